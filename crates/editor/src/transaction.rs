//! A change under way: the only way to change the document.

use crate::Point;
use crate::document::Document;
use crate::ops::{Change, Head, Move, Op, Piece};
use backpressure_sim::design::{Fault, Link, Node, Note, Zone};
use std::collections::HashSet;

/// A change under way: collects the operations it makes. Only [`crate::history::History`] hands one out.
pub(crate) struct Transaction<'a> {
    doc: &'a mut Document,
    ops: Vec<Op>,
}

impl<'a> Transaction<'a> {
    pub fn new(doc: &'a mut Document) -> Self {
        Self { doc, ops: Vec::new() }
    }

    /// The document as it is by now.
    pub fn doc(&self) -> &Document {
        self.doc
    }

    pub fn finish(self) -> Vec<Op> {
        self.ops
    }

    fn push(&mut self, op: Op) {
        self.doc.apply(&op);
        self.ops.push(op);
    }

    /// Append nodes.
    pub fn add_nodes(&mut self, nodes: Vec<Node>) {
        if !nodes.is_empty() {
            let at = self.doc.design().nodes.len();
            self.push(Op::Nodes(appended(at, nodes)));
        }
    }

    /// Append links.
    pub fn add_links(&mut self, links: Vec<Link>) {
        if !links.is_empty() {
            let at = self.doc.design().links.len();
            self.push(Op::Links(appended(at, links)));
        }
    }

    /// Append zones.
    pub fn add_zones(&mut self, zones: Vec<Zone>) {
        if !zones.is_empty() {
            let at = self.doc.design().zones.len();
            self.push(Op::Zones(appended(at, zones)));
        }
    }

    /// Append notes.
    pub fn add_notes(&mut self, notes: Vec<Note>) {
        if !notes.is_empty() {
            let at = self.doc.design().notes.len();
            self.push(Op::Notes(appended(at, notes)));
        }
    }

    /// Remove the nodes for which `goes` holds with the links at them and the zones they leave empty, and the links for
    /// which `link_goes` holds.
    pub fn remove(&mut self, goes: impl Fn(&Node) -> bool, link_goes: impl Fn(&Link) -> bool) {
        let design = self.doc.design();
        let nodes = picked(&design.nodes, &goes);
        let gone: HashSet<&str> = nodes.iter().map(|(_, n)| n.id.as_str()).collect();
        let links =
            picked(&design.links, |l| link_goes(l) || gone.contains(l.from.as_str()) || gone.contains(l.to.as_str()));
        let left: Vec<String> = nodes.iter().filter_map(|(_, n)| n.zone.clone()).collect();
        if !links.is_empty() {
            self.push(Op::Links(Change::Remove(links)));
        }
        if !nodes.is_empty() {
            self.push(Op::Nodes(Change::Remove(nodes)));
        }
        self.close_empty(&left);
        self.drop_faults();
    }

    /// Faults of what is no longer there go with it.
    fn drop_faults(&mut self) {
        let design = self.doc.design();
        let there = |f: &Fault| {
            f.node.as_ref().is_none_or(|id| self.doc.node_at(id).is_some())
                && f.link.as_ref().is_none_or(|id| self.doc.link_at(id).is_some())
                && f.zone.as_ref().is_none_or(|id| self.doc.zone_at(id).is_some())
        };
        let faults: Vec<Fault> = design.faults.iter().filter(|f| there(f)).cloned().collect();
        if faults.len() < design.faults.len() {
            self.edit_head(|head| head.faults = faults);
        }
    }

    /// Remove the notes for which `goes` holds.
    pub fn remove_notes(&mut self, goes: impl Fn(&Note) -> bool) {
        let notes = picked(&self.doc.design().notes, goes);
        if !notes.is_empty() {
            self.push(Op::Notes(Change::Remove(notes)));
        }
    }

    /// Put these nodes (by position) into a zone, or into none. Zones left empty vanish.
    pub fn set_zone(&mut self, nodes: &[usize], zone: Option<&str>) {
        let mut left = Vec::new();
        let mut changes = Vec::new();
        for &at in nodes {
            let Some(before) = self.doc.design().nodes.get(at) else { continue };
            if before.zone.as_deref() == zone {
                continue;
            }
            left.extend(before.zone.clone());
            changes.push((at, before.clone(), Node { zone: zone.map(str::to_owned), ..before.clone() }));
        }
        if !changes.is_empty() {
            self.push(Op::Nodes(Change::Set(changes)));
        }
        self.close_empty(&left);
    }

    /// Of these zones, remove those that nothing belongs to any more.
    fn close_empty(&mut self, left: &[String]) {
        let design = self.doc.design();
        let used: HashSet<&str> = design.nodes.iter().filter_map(|n| n.zone.as_deref()).collect();
        let empty = picked(&design.zones, |z| left.contains(&z.id) && !used.contains(z.id.as_str()));
        if !empty.is_empty() {
            self.push(Op::Zones(Change::Remove(empty)));
        }
    }

    /// Put these at these corners.
    pub fn move_to(&mut self, corners: impl IntoIterator<Item = (Piece, Point)>) {
        let design = self.doc.design();
        let moves: Vec<Move> = corners
            .into_iter()
            .filter_map(|(piece, to)| {
                let from = match piece {
                    Piece::Node(at) => design.nodes.get(at).map(|n| Point::new(n.x, n.y)),
                    Piece::Note(at) => design.notes.get(at).map(|n| Point::new(n.x, n.y)),
                }?;
                (from.within(crate::geometry::WORLD_LIMIT) != to).then_some(Move { piece, from, to })
            })
            .collect();
        if !moves.is_empty() {
            self.push(Op::Move(moves));
        }
    }

    /// Change the names or parameters of nodes, by position; their ids stay.
    pub fn edit_nodes(&mut self, places: &[usize], edit: impl Fn(&mut Node)) {
        if let Some(change) = edited(&self.doc.design().nodes, places, |node| {
            let id = node.id.clone();
            edit(node);
            node.id = id;
        }) {
            self.push(Op::Nodes(change));
        }
    }

    /// Change the ends, names or parameters of links, by position; their ids stay.
    pub fn edit_links(&mut self, places: &[usize], edit: impl Fn(&mut Link)) {
        if let Some(change) = edited(&self.doc.design().links, places, |link| {
            let id = link.id.clone();
            edit(link);
            link.id = id;
        }) {
            self.push(Op::Links(change));
        }
    }

    /// Rename a zone, by position.
    pub fn rename_zone(&mut self, at: usize, name: &str) {
        if let Some(change) = edited(&self.doc.design().zones, &[at], |zone| name.clone_into(&mut zone.name)) {
            self.push(Op::Zones(change));
        }
    }

    /// Change the text of a note, by position.
    pub fn set_note(&mut self, at: usize, text: &str) {
        if let Some(change) = edited(&self.doc.design().notes, &[at], |note| text.clone_into(&mut note.text)) {
            self.push(Op::Notes(change));
        }
    }

    /// Change what the design says about itself.
    pub fn edit_head(&mut self, edit: impl FnOnce(&mut Head)) {
        let before = Head::of(self.doc.design());
        let mut after = before.clone();
        edit(&mut after);
        if after != before {
            self.push(Op::SetHead { before, after });
        }
    }
}

fn appended<T>(first: usize, items: Vec<T>) -> Change<T> {
    Change::Insert(items.into_iter().enumerate().map(|(i, item)| (first + i, item)).collect())
}

fn picked<T: Clone>(items: &[T], goes: impl Fn(&T) -> bool) -> Vec<(usize, T)> {
    items.iter().enumerate().filter(|(_, item)| goes(item)).map(|(i, item)| (i, item.clone())).collect()
}

/// The change that edits these; `None` if none of them is another afterwards.
fn edited<T: Clone + PartialEq>(items: &[T], places: &[usize], edit: impl Fn(&mut T)) -> Option<Change<T>> {
    let mut changes = Vec::new();
    for &at in places {
        let Some(before) = items.get(at) else { continue };
        let mut after = before.clone();
        edit(&mut after);
        if after != *before {
            changes.push((at, before.clone(), after));
        }
    }
    (!changes.is_empty()).then_some(Change::Set(changes))
}

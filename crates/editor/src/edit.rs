//! Actions on the document: what each does, and the words for it.

use crate::clipboard;
use crate::document::{Document, Transaction};
use crate::editor::READ_ONLY;
use crate::geometry::{NODE_HEIGHT, NODE_WIDTH, WORLD_LIMIT, node_corner};
use crate::history::{History, Origin};
use crate::placement::{Namer, ROW, Space, beside};
use crate::rules::{self, MAX_LINKS, MAX_NODES, count, title};
use crate::{Action, Editor, Effect, Point, Selection, Side};
use backpressure_sim::{Design, Link, Node};
use serde_json::Value;
use std::collections::HashSet;

impl Editor {
    pub(crate) fn perform(&mut self, action: Action) {
        match action {
            Action::AddNode { kind, at } => self.add_node(&kind, at),
            Action::AddConnected { kind, from, at } => self.add_linked(&kind, &from, Side::Out, at),
            Action::AddCaller { kind, to, at } => self.add_linked(&kind, &to, Side::In, at),
            Action::Connect { from, to } => _ = self.connect(&from, &to, None),
            Action::Reconnect { link, from, to } => _ = self.reconnect(&link, &from, &to, None),
            Action::SetNodeParam { node, pointer, value } => self.set_node_param(&node, &pointer, value),
            Action::SetLinkParam { link, pointer, value } => self.set_link_param(&link, &pointer, value),
            Action::EndEdit => self.history.close(),
            Action::CancelEdit => self.cancel_edit(),
            Action::Rename { node, name } => self.rename(&node, &name),
            Action::RenameDesign { name } => self.edit_head(Origin::RenameDesign, |head| head.name = name),
            Action::SetSeed { seed } => self.edit_head(Origin::Seed, |head| head.seed = seed),
            Action::DeleteSelection => self.delete(Origin::Delete, "Deleted"),
            Action::DuplicateSelection => self.duplicate(None),
            Action::Copy => self.copy(),
            Action::Cut => {
                self.copy();
                self.delete(Origin::Cut, "Cut");
            }
            Action::Select(selection) => self.select(selection),
            Action::SelectAll => self.select_all(),
            Action::Escape => self.escape(),
            Action::Nudge { by } => self.nudge(by),
            Action::Undo => self.undo(),
            Action::Redo => self.redo(),
            Action::Paste { json } => self.paste(&json),
            Action::Load(design) => self.load(*design),
            Action::ZoomBy(factor) => self.zoom_by(factor),
            Action::FitAll => self.fit_all(),
            Action::FitSelection => self.fit_selection(),
            Action::ZoomReset => self.zoom_reset(),
            Action::Reveal { node } => {
                if let Some(at) = self.doc().node_at(&node) {
                    self.focus(at);
                }
            }
            Action::SetTool(tool) => {
                self.tool = tool;
                self.redraw();
            }
        }
    }

    /// A component at a point, or near the selection and connected if that may be.
    fn add_node(&mut self, kind: &str, at: Option<Point>) {
        let corner = at.map(|p| centred(p.within(WORLD_LIMIT)));
        let near = match corner {
            None => self.lone_node(),
            Some(_) => None,
        };
        let middle = centred(self.camera.to_world(self.view_middle()));
        let mut said = String::new();
        self.change(Origin::Add, None, |tx| {
            let Some(near) = near else {
                let at = corner.unwrap_or_else(|| Space::new(tx.doc()).near(middle));
                let id = insert(tx, kind, at)?;
                said = format!("Added {}", named(tx.doc(), &id));
                return Ok(Some(Selection::of_node(id)));
            };
            let (id, words) = add_beside(tx, kind, near)?;
            said = words;
            Ok(Some(Selection::of_node(id)))
        });
        self.after_add(said);
    }

    /// A component and a link between it and `anchor`: from the anchor for `Out`, to it for `In`.
    fn add_linked(&mut self, kind: &str, anchor: &str, side: Side, at: Option<Point>) {
        let mut said = String::new();
        self.change(Origin::Add, None, |tx| {
            let near = tx.doc().node_at(anchor).ok_or("The component to connect is gone")?;
            let corner = match at.map(|p| p.within(WORLD_LIMIT)) {
                // The port is where the link was dropped.
                Some(p) if side == Side::Out => Point::new(p.x, p.y - NODE_HEIGHT / 2.0).snapped(),
                Some(p) => Point::new(p.x - NODE_WIDTH, p.y - NODE_HEIGHT / 2.0).snapped(),
                None => beside(tx.doc(), near, side),
            };
            let id = insert(tx, kind, corner)?;
            let (from, to) = if side == Side::Out { (anchor, id.as_str()) } else { (id.as_str(), anchor) };
            link(tx, from, to)?;
            let word = if side == Side::Out { "from" } else { "to" };
            said = format!("Added {}, connected {word} {}", named(tx.doc(), &id), named(tx.doc(), anchor));
            Ok(Some(Selection::of_node(id)))
        });
        self.after_add(said);
    }

    fn after_add(&mut self, said: String) {
        if said.is_empty() {
            return;
        }
        self.focused = None;
        let added = self.selection.nodes.first().and_then(|id| self.doc().node(id)).map(crate::node_rect);
        if let Some(rect) = added {
            self.reveal(rect);
        }
        self.announce(said);
    }

    /// Connect two components; `at` is where on the screen to say why not.
    pub(crate) fn connect(&mut self, from: &str, to: &str, at: Option<Point>) -> bool {
        let done = self.change(Origin::Connect, at, |tx| {
            link(tx, from, to)?;
            // Not selected: its end would lie over the port that the next link begins at.
            Ok(None)
        });
        if done {
            self.announce(format!("Connected {} to {}", named(self.doc(), from), named(self.doc(), to)));
        }
        done
    }

    /// Give a link other ends.
    pub(crate) fn reconnect(&mut self, link: &str, from: &str, to: &str, at: Option<Point>) -> bool {
        let Some(place) = self.doc().link_at(link) else { return false };
        if self.doc().link(link).is_some_and(|l| l.from == from && l.to == to) {
            return false;
        }
        let verdict = rules::may_connect(&without_link(self.design(), place), from, to);
        let done = self.change(Origin::Reconnect, at, |tx| {
            verdict?;
            tx.edit_link(place, |l| {
                l.from = from.to_owned();
                l.to = to.to_owned();
            });
            Ok(Some(Selection::of_link(link)))
        });
        if done {
            self.announce(format!("Reconnected: {} to {}", named(self.doc(), from), named(self.doc(), to)));
        }
        done
    }

    fn set_node_param(&mut self, node: &str, pointer: &str, value: Option<Value>) {
        let Some(at) = self.doc().node_at(node) else { return };
        let fields = rules::fields(&self.design().nodes[at].kind);
        self.merge(Origin::Param, &format!("node {node} {pointer}"), |tx| {
            tx.edit_node(at, |n| _ = crate::params::set(&mut n.params, &fields, pointer, value));
        });
    }

    fn set_link_param(&mut self, link: &str, pointer: &str, value: Option<Value>) {
        let Some(at) = self.doc().link_at(link) else { return };
        let fields = rules::link_fields();
        self.merge(Origin::Param, &format!("link {link} {pointer}"), |tx| {
            tx.edit_link(at, |l| _ = crate::params::set(&mut l.params, &fields, pointer, value));
        });
    }

    pub(crate) fn merge(&mut self, origin: Origin, mark: &str, change: impl FnOnce(&mut Transaction)) -> bool {
        if !self.editable {
            self.refuse(READ_ONLY.to_owned(), None);
            return false;
        }
        let changed = self.history.merge(origin, mark, &self.selection, change);
        if changed {
            self.touched();
        }
        changed
    }

    fn cancel_edit(&mut self) {
        if let Some(selection) = self.history.bail() {
            self.selection = selection;
            self.prune();
            self.touched();
        }
    }

    fn rename(&mut self, node: &str, name: &str) {
        let Some(at) = self.doc().node_at(node) else { return };
        let name = name.trim();
        if self.design().nodes[at].name == name {
            return;
        }
        self.change(Origin::Rename, None, |tx| {
            tx.edit_node(at, |n| name.clone_into(&mut n.name));
            Ok(None)
        });
        self.announce(format!("Renamed to {}", named(self.doc(), node)));
    }

    fn edit_head(&mut self, origin: Origin, edit: impl FnOnce(&mut crate::document::Head)) {
        let before = (self.design().name.clone(), self.design().seed);
        let mut head = crate::document::Head { name: before.0, seed: before.1 };
        edit(&mut head);
        if head.name != self.design().name || head.seed != self.design().seed {
            self.change(origin, None, |tx| {
                tx.edit_head(|h| *h = head);
                Ok(None)
            });
        }
    }

    fn delete(&mut self, origin: Origin, verb: &str) {
        if self.selection.is_empty() {
            return;
        }
        if !self.editable {
            return self.refuse(READ_ONLY.to_owned(), None);
        }
        let nodes: HashSet<&str> = self.selection.nodes.iter().map(String::as_str).collect();
        let links: HashSet<&str> = self.selection.links.iter().map(String::as_str).collect();
        let said = match (&self.selection.nodes[..], links.len()) {
            ([], n) => format!("{verb} {}", count(n, "link")),
            ([one], _) => format!("{verb} {}", named(self.doc(), one)),
            (many, _) => format!("{verb} {}", count(many.len(), "component")),
        };
        let result = self.history.transact(origin, &self.selection, |tx| {
            tx.remove(
                |_, n| nodes.contains(n.id.as_str()),
                |_, l| {
                    links.contains(l.id.as_str()) || nodes.contains(l.from.as_str()) || nodes.contains(l.to.as_str())
                },
            );
            Ok::<(), String>(())
        });
        if result.is_ok() {
            self.selection = Selection::default();
            self.prune();
            self.history.selected(&self.selection);
            self.touched();
            self.announce(said);
        }
    }

    /// Duplicate the selection, moved by `by`, or beside itself.
    pub(crate) fn duplicate(&mut self, by: Option<Point>) {
        let part = clipboard::part(self.doc(), &self.selection);
        if part.nodes.is_empty() {
            return;
        }
        let by = by.unwrap_or_else(|| {
            let step = Point::new(2.0 * crate::GRID, 2.0 * crate::GRID);
            step + clipboard::paste_offset(self.doc(), &shifted(&part, step), crate::Rect::default())
        });
        let said = format!("Duplicated {}", several(&part));
        if self.change(Origin::Duplicate, None, |tx| clipboard::add_copies(tx, &part, by).map(Some)) {
            self.announce(said);
        }
    }

    fn copy(&mut self) {
        let part = clipboard::part(self.doc(), &self.selection);
        if !part.nodes.is_empty() {
            self.emit(Effect::Copy { json: clipboard::write(&part) });
            self.announce(format!("Copied {}", several(&part)));
        }
    }

    fn paste(&mut self, json: &str) {
        let part = match clipboard::read(json) {
            Ok(part) => part,
            Err(message) => return self.refuse(message, None),
        };
        let by = clipboard::paste_offset(self.doc(), &part, self.visible());
        let said = format!("Pasted {}", several(&part));
        if self.change(Origin::Paste, None, |tx| clipboard::add_copies(tx, &part, by).map(Some)) {
            self.focused = None;
            self.announce(said);
        }
    }

    /// Select exactly these, as far as they exist.
    pub(crate) fn select(&mut self, selection: Selection) {
        self.selection = selection;
        let mut seen = HashSet::new();
        self.selection.nodes.retain(|id| seen.insert(id.clone()));
        seen.clear();
        self.selection.links.retain(|id| seen.insert(id.clone()));
        self.prune();
        self.redraw();
    }

    pub(crate) fn select_all(&mut self) {
        let nodes = self.design().nodes.iter().map(|n| n.id.clone()).collect();
        let links = self.design().links.iter().map(|l| l.id.clone()).collect();
        self.select(Selection { nodes, links });
        self.announce(format!("Selected {}", count(self.selection.nodes.len(), "component")));
    }

    pub(crate) fn escape(&mut self) {
        if self.cancel_gesture() {
            return;
        }
        self.history.close();
        if !self.selection.is_empty() || self.focused.is_some() {
            self.selection = Selection::default();
            self.focused = None;
            self.redraw();
        }
    }

    pub(crate) fn nudge(&mut self, by: Point) {
        if !by.is_finite() {
            return;
        }
        let places: Vec<usize> = self.selection.nodes.iter().filter_map(|id| self.doc().node_at(id)).collect();
        let design = self.design();
        let corners: Vec<(usize, Point)> =
            places.iter().map(|&i| (i, (node_corner(&design.nodes[i]) + by).within(WORLD_LIMIT))).collect();
        if self.merge(Origin::Nudge, "nudge", |tx| tx.move_nodes(corners)) {
            let words = match (by.x, by.y) {
                (x, 0.0) if x > 0.0 => "right",
                (_, 0.0) => "left",
                (_, y) if y > 0.0 => "down",
                _ => "up",
            };
            self.announce(format!("Moved {words}"));
        }
    }

    pub(crate) fn undo(&mut self) {
        match self.history.undo() {
            Some((origin, selection)) => self.travelled("Undid", origin, selection),
            None => self.announce("Nothing to undo"),
        }
    }

    pub(crate) fn redo(&mut self) {
        match self.history.redo() {
            Some((origin, selection)) => self.travelled("Redid", origin, selection),
            None => self.announce("Nothing to redo"),
        }
    }

    fn travelled(&mut self, verb: &str, origin: Origin, selection: Selection) {
        self.selection = selection;
        self.prune();
        self.touched();
        self.announce(format!("{verb} {}", origin.words()));
    }

    fn load(&mut self, design: Design) {
        let name = if design.name.trim().is_empty() { "design".to_owned() } else { design.name.trim().to_owned() };
        let said = format!("Opened {name}, {}", count(design.nodes.len(), "component"));
        self.history = History::new(design);
        self.selection = Selection::default();
        self.focused = None;
        self.touched();
        self.fit_all();
        self.announce(said);
    }

    /// The one node that new things refer to: the only one selected, else the focused one.
    pub(crate) fn lone_node(&self) -> Option<usize> {
        match &self.selection.nodes[..] {
            [one] => self.doc().node_at(one),
            [] => self.doc().node_at(self.focused.as_deref()?),
            _ => None,
        }
    }
}

/// Top left of a node with its centre here, on the grid.
fn centred(p: Point) -> Point {
    Point::new(p.x - NODE_WIDTH / 2.0, p.y - NODE_HEIGHT / 2.0).snapped()
}

/// Append a component of this kind, with a free id and a name that tells it from others of its kind.
fn insert(tx: &mut Transaction, kind: &str, at: Point) -> Result<String, String> {
    let design = tx.doc().design();
    if design.nodes.len() >= MAX_NODES {
        return Err(format!("A design holds at most {MAX_NODES} components"));
    }
    let label = rules::label(kind);
    let names: HashSet<&str> = design
        .nodes
        .iter()
        .filter(|n| n.kind == kind)
        .map(|n| if n.name.is_empty() { &label } else { n.name.trim() })
        .collect();
    let mut name = String::new();
    let mut number = 1;
    while names.contains(if name.is_empty() { label.as_str() } else { &name }) {
        number += 1;
        name = format!("{label} {number}");
    }
    let id = Namer::new(tx.doc()).node(kind);
    let at = at.within(WORLD_LIMIT);
    let node = Node { id: id.clone(), kind: kind.to_owned(), name, x: at.x, y: at.y, ..Node::default() };
    tx.add_nodes(vec![node]);
    Ok(id)
}

/// Append a link if it may be.
fn link(tx: &mut Transaction, from: &str, to: &str) -> Result<String, String> {
    rules::may_connect(tx.doc().design(), from, to)?;
    if tx.doc().design().links.len() >= MAX_LINKS {
        return Err(format!("A design holds at most {MAX_LINKS} links"));
    }
    let id = Namer::new(tx.doc()).link();
    let (from, to) = (from.to_owned(), to.to_owned());
    tx.add_links(vec![Link { id: id.clone(), from, to, ..Link::default() }]);
    Ok(id)
}

/// Add a component beside the node at `near`, connected in the way that makes sense; returns its id and the words.
fn add_beside(tx: &mut Transaction, kind: &str, near: usize) -> Result<(String, String), String> {
    let home = tx.doc().design().nodes[near].clone();
    // Another of a balanced kind is its sibling, not its servant.
    let balancer = (home.kind == kind)
        .then(|| {
            let mut callers = tx.doc().ends().iter().filter(|[_, to]| *to == near).map(|[from, _]| *from);
            callers.find(|&i| tx.doc().design().nodes.get(i).is_some_and(|n| n.kind == "load_balancer"))
        })
        .flatten();
    if let Some(balancer) = balancer {
        let caller = tx.doc().design().nodes[balancer].id.clone();
        let at = Space::new(tx.doc()).below(node_corner(&home) + Point::new(0.0, ROW));
        let id = insert(tx, kind, at)?;
        link(tx, &caller, &id)?;
        let words = format!("Added {}, connected from {}", named(tx.doc(), &id), named(tx.doc(), &caller));
        return Ok((id, words));
    }
    let (right, left) = (beside(tx.doc(), near, Side::Out), beside(tx.doc(), near, Side::In));
    let below = Space::new(tx.doc()).below(node_corner(&home) + Point::new(0.0, ROW));
    let id = insert(tx, kind, right)?;
    if link(tx, &home.id, &id).is_ok() {
        let words = format!("Added {}, connected from {}", named(tx.doc(), &id), title(&home));
        return Ok((id, words));
    }
    let place = tx.doc().node_at(&id).unwrap_or(near);
    if link(tx, &id, &home.id).is_ok() {
        tx.move_nodes([(place, left)]);
        let words = format!("Added {}, connected to {}", named(tx.doc(), &id), title(&home));
        return Ok((id, words));
    }
    tx.move_nodes([(place, below)]);
    let words = format!("Added {}", named(tx.doc(), &id));
    Ok((id, words))
}

/// The design without one link, to ask what would be allowed if it were not there.
pub(crate) fn without_link(design: &Design, at: usize) -> Design {
    let mut design = design.clone();
    if at < design.links.len() {
        design.links.remove(at);
    }
    design
}

fn named(doc: &Document, id: &str) -> String {
    doc.node(id).map_or_else(|| "component".to_owned(), title)
}

fn several(part: &Design) -> String {
    match &part.nodes[..] {
        [one] => title(one),
        many => count(many.len(), "component"),
    }
}

fn shifted(part: &Design, by: Point) -> Design {
    let mut part = part.clone();
    for n in &mut part.nodes {
        let at = node_corner(n) + by;
        (n.x, n.y) = (at.x, at.y);
    }
    part
}

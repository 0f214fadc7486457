//! What is copied and pasted: a part of a design as the document's own JSON, so that it works across tabs, in files and
//! in mails.

use crate::document::Document;
use crate::geometry::{WORLD_LIMIT, node_corner, node_rect, note_corner, note_rect};
use crate::placement::Namer;
use crate::rules::{MAX_LINKS, MAX_NODES, MAX_NOTES, MAX_ZONES};
use crate::transaction::Transaction;
use crate::{GRID, Point, Rect, Selection, bounds};
use backpressure_sim::Design;
use backpressure_sim::design::{self, Link, Node, Note, Severity, Zone, share};
use std::collections::{HashMap, HashSet};

/// Which zones a part takes along.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zones {
    /// Those of all its components.
    All,
    /// Only those that are in it as a whole: copies of single members stay in their zone.
    Whole,
}

/// The selected nodes and notes, the links among them, and their zones.
pub(crate) fn part(doc: &Document, selection: &Selection, zones: Zones) -> Design {
    let chosen: HashSet<&str> = selection.nodes.iter().map(String::as_str).collect();
    let design = doc.design();
    let (inside, outside): (Vec<&Node>, Vec<&Node>) = design.nodes.iter().partition(|n| chosen.contains(n.id.as_str()));
    let of = |nodes: &[&Node]| nodes.iter().filter_map(|n| n.zone.clone()).collect::<HashSet<String>>();
    let (used, elsewhere) = (of(&inside), of(&outside));
    let takes = |zone: &&Zone| used.contains(&zone.id) && (zones == Zones::All || !elsewhere.contains(&zone.id));
    Design {
        name: design.name.clone(),
        nodes: inside.into_iter().cloned().collect(),
        links: design
            .links
            .iter()
            .filter(|l| chosen.contains(l.from.as_str()) && chosen.contains(l.to.as_str()))
            .cloned()
            .collect(),
        zones: design.zones.iter().filter(takes).cloned().collect(),
        notes: design.notes.iter().filter(|n| selection.has_note(&n.id)).cloned().collect(),
        ..Design::default()
    }
}

/// Does it hold nothing that could be pasted?
pub(crate) fn is_empty(part: &Design) -> bool {
    part.nodes.is_empty() && part.notes.is_empty()
}

/// Add copies of a part of a design, moved by `by`, under free ids. Returns what to select.
pub(crate) fn add_copies(tx: &mut Transaction, part: &Design, by: Point) -> Result<Selection, String> {
    let design = tx.doc().design();
    if design.nodes.len() + part.nodes.len() > MAX_NODES || design.links.len() + part.links.len() > MAX_LINKS {
        return Err(format!("A design holds at most {MAX_NODES} components and {MAX_LINKS} links"));
    }
    if design.zones.len() + part.zones.len() > MAX_ZONES || design.notes.len() + part.notes.len() > MAX_NOTES {
        return Err(format!("A design holds at most {MAX_ZONES} zones and {MAX_NOTES} notes"));
    }
    let mut names = Namer::new(tx.doc());
    let mut zones: HashMap<&str, String> = HashMap::new();
    let mut new_zones: Vec<Zone> = Vec::with_capacity(part.zones.len());
    for zone in &part.zones {
        let id = names.zone();
        zones.entry(&zone.id).or_insert_with(|| id.clone());
        new_zones.push(Zone { id, ..zone.clone() });
    }
    let mut renamed: HashMap<&str, String> = HashMap::new();
    let mut copies: Vec<Node> = Vec::with_capacity(part.nodes.len());
    for node in &part.nodes {
        let id = names.like(&node.id, &node.kind);
        renamed.entry(&node.id).or_insert_with(|| id.clone());
        let at = (node_corner(node) + by).within(WORLD_LIMIT);
        // A zone that did not come along is that of the document, if it has one of that id.
        let own = |id: &String| zones.get(id.as_str()).cloned().or_else(|| tx.doc().zone_at(id).map(|_| id.clone()));
        copies.push(Node { id, x: at.x, y: at.y, zone: node.zone.as_ref().and_then(own), ..node.clone() });
    }
    let link = |l: &Link| {
        let (from, to) = (renamed.get(l.from.as_str())?.clone(), renamed.get(l.to.as_str())?.clone());
        Some(Link { id: names.link(), from, to, ..l.clone() })
    };
    let new_links: Vec<Link> = part.links.iter().filter_map(link).collect();
    let note = |n: &Note| {
        let at = (note_corner(n) + by).within(WORLD_LIMIT);
        Note { id: names.note(), x: at.x, y: at.y, ..n.clone() }
    };
    let new_notes: Vec<Note> = part.notes.iter().map(note).collect();
    let selection = Selection {
        nodes: copies.iter().map(|n| n.id.clone()).collect(),
        links: Vec::new(),
        notes: new_notes.iter().map(|n| n.id.clone()).collect(),
    };
    tx.add_zones(new_zones);
    tx.add_nodes(copies);
    tx.add_links(new_links);
    tx.add_notes(new_notes);
    Ok(selection)
}

/// How far to move a copied part: by `first` if that is in view (an empty view counts as everywhere), else to the middle
/// of the view, and never exactly onto what is there.
pub(crate) fn free_offset(doc: &Document, part: &Design, first: Point, visible: Rect) -> Point {
    let rects = part.nodes.iter().map(node_rect).chain(part.notes.iter().map(note_rect));
    let Some(area) = bounds(rects) else { return first };
    let mut by = first;
    if visible.w > 0.0 && !area.moved(by).touches(&visible) {
        by = (visible.center() - area.center()).snapped();
    }
    let key = |p: Point| (p.x.round() as i64, p.y.round() as i64);
    let corners = |design: &Design| -> Vec<Point> {
        design.nodes.iter().map(node_corner).chain(design.notes.iter().map(note_corner)).collect()
    };
    let taken: HashSet<_> = corners(doc.design()).into_iter().map(key).collect();
    let own = corners(part);
    for _ in 0..1_000 {
        if own.iter().all(|p| !taken.contains(&key(*p + by))) {
            break;
        }
        by = by + Point::new(2.0 * GRID, 2.0 * GRID);
    }
    by
}

/// What a text held.
pub(crate) struct Pasted {
    pub part: Design,
    /// What was wrong with it, in a sentence.
    pub problem: Option<String>,
}

/// A design in clipboard text: JSON, or a share link.
pub(crate) fn read(text: &str) -> Result<Pasted, String> {
    const NOT_OURS: &str = "The clipboard holds neither components of a design nor a share link.";
    let text = text.trim();
    let reading = match text.split_once("#d=") {
        Some((_, packed)) => share::decode(packed)?,
        None if text.starts_with('{') => design::read(text.as_bytes()),
        None => return Err(NOT_OURS.to_owned()),
    };
    let wrong: Vec<&str> =
        reading.problems.iter().filter(|p| p.severity == Severity::Error).map(|p| p.message.as_str()).collect();
    if is_empty(&reading.design) {
        return Err(wrong.first().map_or(NOT_OURS.to_owned(), |first| format!("{NOT_OURS} {first}")));
    }
    let problem = wrong.first().map(|first| match wrong.len() {
        1 => (*first).to_owned(),
        n => format!("{n} things were wrong with it; the first: {first}"),
    });
    Ok(Pasted { part: reading.design, problem })
}

/// A design as clipboard text.
pub(crate) fn write(design: &Design) -> String {
    design::to_json(design)
}

//! Copy, cut, paste and duplicate: the clipboard holds the document's own JSON.

use crate::document::{Document, Transaction};
use crate::geometry::{node_corner, node_rect};
use crate::placement::Namer;
use crate::rules::{MAX_LINKS, MAX_NODES};
use crate::{GRID, Point, Selection, bounds};
use backpressure_sim::{Design, Link, Node};
use std::collections::{HashMap, HashSet};

/// The selected nodes, the links among them, and nothing else.
pub(crate) fn part(doc: &Document, selection: &Selection) -> Design {
    let chosen: HashSet<&str> = selection.nodes.iter().map(String::as_str).collect();
    let design = doc.design();
    Design {
        name: design.name.clone(),
        nodes: design.nodes.iter().filter(|n| chosen.contains(n.id.as_str())).cloned().collect(),
        links: design
            .links
            .iter()
            .filter(|l| chosen.contains(l.from.as_str()) && chosen.contains(l.to.as_str()))
            .cloned()
            .collect(),
        ..Design::default()
    }
}

/// Add copies of a part of a design, moved by `by`, under free ids. Returns what to select.
pub(crate) fn add_copies(tx: &mut Transaction, part: &Design, by: Point) -> Result<Selection, String> {
    let (nodes, links) = (tx.doc().design().nodes.len(), tx.doc().design().links.len());
    if nodes + part.nodes.len() > MAX_NODES || links + part.links.len() > MAX_LINKS {
        return Err(format!("A design holds at most {MAX_NODES} components and {MAX_LINKS} links"));
    }
    let mut names = Namer::new(tx.doc());
    let mut renamed: HashMap<&str, String> = HashMap::new();
    let mut copies: Vec<Node> = Vec::with_capacity(part.nodes.len());
    for n in &part.nodes {
        let id = names.like(&n.id, &n.kind);
        renamed.entry(&n.id).or_insert_with(|| id.clone());
        let at = (node_corner(n) + by).within(crate::geometry::WORLD_LIMIT);
        copies.push(Node { id, x: at.x, y: at.y, ..n.clone() });
    }
    let link = |l: &Link| {
        let (from, to) = (renamed.get(l.from.as_str())?.clone(), renamed.get(l.to.as_str())?.clone());
        Some(Link { id: names.link(), from, to, ..l.clone() })
    };
    let new_links: Vec<Link> = part.links.iter().filter_map(link).collect();
    let selection = Selection { nodes: copies.iter().map(|n| n.id.clone()).collect(), links: Vec::new() };
    tx.add_nodes(copies);
    tx.add_links(new_links);
    Ok(selection)
}

/// How far to move a pasted part: not at all or beside its origin if that is in view, else to the middle of the view,
/// and never exactly onto what is there.
pub(crate) fn paste_offset(doc: &Document, part: &Design, visible: crate::Rect) -> Point {
    let Some(area) = bounds(part.nodes.iter().map(node_rect)) else { return Point::default() };
    let mut by = Point::default();
    if visible.w > 0.0 && !area.touches(&visible) {
        by = (visible.center() - area.center()).snapped();
    }
    let key = |p: Point| (p.x.round() as i64, p.y.round() as i64);
    let taken: HashSet<_> = doc.design().nodes.iter().map(|n| key(node_corner(n))).collect();
    for _ in 0..1_000 {
        if part.nodes.iter().all(|n| !taken.contains(&key(node_corner(n) + by))) {
            break;
        }
        by = by + Point::new(2.0 * GRID, 2.0 * GRID);
    }
    by
}

/// A design in clipboard text.
pub(crate) fn read(json: &str) -> Result<Design, String> {
    const NOT_OURS: &str = "The clipboard does not hold components of a design";
    let value: serde_json::Value = serde_json::from_str(json).map_err(|_| NOT_OURS.to_owned())?;
    let design: Design = serde_json::from_value(value).map_err(|_| NOT_OURS.to_owned())?;
    if design.nodes.is_empty() { Err(NOT_OURS.to_owned()) } else { Ok(design) }
}

/// A design as clipboard text.
pub(crate) fn write(design: &Design) -> String {
    serde_json::to_string_pretty(design).unwrap_or_default()
}

//! Tidy up: the whole document laid out, zones as boxes of their own, notes beside what they stood beside.

use super::{Edge, Graph, Singles, lay_out};
use crate::document::{Document, NOWHERE};
use crate::frames::framed;
use crate::geometry::{NODE_HEIGHT, NODE_WIDTH, WORLD_LIMIT, node_corner, note_rect};
use crate::history::Origin;
use crate::ops::Piece;
use crate::{Editor, Effect, Point, Rect, bounds, node_rect};
use std::collections::HashMap;

/// A note farther than this from every component stays where it is, world units.
const BESIDE: f64 = 400.0;

impl Editor {
    pub(crate) fn tidy_up(&mut self) {
        if self.design().nodes.is_empty() {
            return;
        }
        let nodes = tidied(self.doc());
        let mut corners: Vec<(Piece, Point)> = nodes.iter().enumerate().map(|(i, at)| (Piece::Node(i), *at)).collect();
        corners.extend(self.notes_beside(&nodes));
        let before = self.revision();
        if self.change(Origin::TidyUp, None, |tx| {
            tx.move_to(corners);
            Ok(None)
        }) && self.revision() != before
        {
            self.rearranged();
            self.announce("Tidied up");
        }
    }

    /// Everything may have moved at once: the screen shows how, and all of it.
    pub(crate) fn rearranged(&mut self) {
        self.emit(Effect::Rearranged);
        let seen = self.visible();
        if self.bounds().is_some_and(|b| b.union(&seen) != seen) {
            self.fit_all();
        }
    }

    /// Notes go along with the component they stand nearest to, to a free place.
    fn notes_beside(&self, nodes: &[Point]) -> Vec<(Piece, Point)> {
        let design = self.design();
        let mut taken: Vec<Rect> = nodes.iter().map(|at| Rect::of_node_at(*at)).collect();
        let mut moves = Vec::new();
        for (i, note) in design.notes.iter().enumerate() {
            let rect = note_rect(note);
            let distance = |r: &Rect| {
                let dx = (r.x - rect.right()).max(rect.x - r.right()).max(0.0);
                let dy = (r.y - rect.bottom()).max(rect.y - r.bottom()).max(0.0);
                dx.hypot(dy)
            };
            let near = design.nodes.iter().map(node_rect).enumerate().map(|(n, r)| (distance(&r), n));
            let near = near.filter(|(d, _)| *d <= BESIDE).min_by(|a, b| a.0.total_cmp(&b.0));
            let mut to = rect;
            if let Some((_, n)) = near {
                to = rect.moved(nodes[n] - node_corner(&design.nodes[n]));
                // Down until nothing is in the way.
                while let Some(other) = taken.iter().find(|r| r.overlaps(&to)) {
                    to.y = ((other.bottom() + crate::GRID) / crate::GRID).ceil() * crate::GRID;
                }
            }
            taken.push(to);
            moves.push((Piece::Note(i), to.corner().within(WORLD_LIMIT)));
        }
        moves
    }
}

/// The corners of all components, laid out around where they were.
fn tidied(doc: &Document) -> Vec<Point> {
    let design = doc.design();
    let zone_places: HashMap<&str, usize> = design.zones.iter().enumerate().map(|(i, z)| (z.id.as_str(), i)).collect();
    let zone_of = |i: usize| design.nodes[i].zone.as_deref().and_then(|z| zone_places.get(z)).copied();
    let edges: Vec<[usize; 2]> =
        doc.ends().iter().filter(|[from, to]| *from != NOWHERE && *to != NOWHERE && from != to).copied().collect();

    // Each zone by itself.
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); design.zones.len()];
    for i in 0..design.nodes.len() {
        if let Some(zone) = zone_of(i) {
            members[zone].push(i);
        }
    }
    // Where each node lies within the box it takes part in, and which box that is.
    let mut inside = vec![Point::default(); design.nodes.len()];
    let mut boxes = vec![0_usize; design.nodes.len()];
    let mut outer = Graph::default();
    let mut add = |size: Point, before: f64| {
        outer.sizes.push(size);
        outer.before.push(before);
        outer.sizes.len() - 1
    };
    for members in &members {
        let place: HashMap<usize, usize> = members.iter().enumerate().map(|(k, &i)| (i, k)).collect();
        let inner = Graph {
            sizes: vec![Point::new(NODE_WIDTH, NODE_HEIGHT); members.len()],
            before: members.iter().map(|&i| node_corner(&design.nodes[i]).y).collect(),
            edges: edges.iter().filter_map(|[a, b]| Some(edge(*place.get(a)?, *place.get(b)?))).collect(),
        };
        let corners = lay_out(&inner, Singles::Columns);
        let Some(area) = bounds(corners.iter().map(|at| Rect::of_node_at(*at))) else { continue };
        let frame = framed(&area);
        let before = inner.before.iter().sum::<f64>() / members.len() as f64;
        let place = add(Point::new(frame.w, frame.h), before);
        for (&i, at) in members.iter().zip(corners) {
            inside[i] = at - frame.corner();
            boxes[i] = place;
        }
    }
    for (i, node) in design.nodes.iter().enumerate().filter(|(i, _)| zone_of(*i).is_none()) {
        boxes[i] = add(Point::new(NODE_WIDTH, NODE_HEIGHT), node_corner(node).y);
    }
    for [a, b] in edges {
        if boxes[a] != boxes[b] {
            let port = NODE_HEIGHT / 2.0;
            outer.edges.push(Edge { from: (boxes[a], inside[a].y + port), to: (boxes[b], inside[b].y + port) });
        }
    }
    let placed = lay_out(&outer, Singles::Rows);
    let corners: Vec<Point> = (0..design.nodes.len()).map(|i| placed[boxes[i]] + inside[i]).collect();
    around(&corners, bounds(design.nodes.iter().map(node_rect)))
}

/// An edge between two nodes, from port to port.
fn edge(from: usize, to: usize) -> Edge {
    Edge { from: (from, NODE_HEIGHT / 2.0), to: (to, NODE_HEIGHT / 2.0) }
}

/// The corners, moved on the grid so that their middle is that of `before`.
fn around(corners: &[Point], before: Option<Rect>) -> Vec<Point> {
    let now = bounds(corners.iter().map(|at| Rect::of_node_at(*at)));
    let (Some(now), Some(before)) = (now, before) else { return corners.to_vec() };
    let by = (before.center() - now.center()).snapped();
    corners.iter().map(|at| (*at + by).within(WORLD_LIMIT)).collect()
}

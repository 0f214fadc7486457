//! Dragging nodes: they snap to the grid and to each other, and land in one step.

use super::{Moving, Phase};
use crate::geometry::{NODE_HEIGHT, NODE_WIDTH, WORLD_LIMIT, node_corner};
use crate::history::Origin;
use crate::{Editor, Guide, Point};

/// Nearer than this to the line of another node, CSS px, a dragged one snaps to it.
const ALIGN: f64 = 6.0;

impl Editor {
    /// Take hold of the selection by this node. `from` is the world point where the pointer took hold.
    pub(crate) fn begin_move(&mut self, pointer: i32, from: Point, leader: &str) {
        let Some(leader) = self.doc().node_at(leader) else { return };
        let design = self.design();
        let places = self.selection.nodes.iter().filter_map(|id| self.doc().node_at(id));
        let nodes = places.map(|i| (i, node_corner(&design.nodes[i]))).collect();
        let by = Point::default();
        self.hands.phase = Phase::Moving(Moving { pointer, from, leader, nodes, by, guides: Vec::new() });
        self.move_on();
    }

    /// The pointer or the keys held changed.
    pub(crate) fn move_on(&mut self) {
        let Phase::Moving(m) = &self.hands.phase else { return };
        let Some(&(_, home)) = m.nodes.iter().find(|(i, _)| *i == m.leader) else { return };
        let mut by = self.camera.to_world(self.hands.at) - m.from;
        if self.hands.mods.shift {
            // Straight along one axis.
            by = if by.x.abs() >= by.y.abs() { Point::new(by.x, 0.0) } else { Point::new(0.0, by.y) };
        }
        let raw = home + by;
        let (to, guides) = if self.hands.mods.command { (raw, Vec::new()) } else { self.snap(raw, m) };
        let by = (to - home).within(WORLD_LIMIT);
        if let Phase::Moving(m) = &mut self.hands.phase {
            (m.by, m.guides) = (by, guides);
        }
        self.redraw();
    }

    /// The nearest place in line with a node that stands still, else on the grid; and lines that show it. All nodes
    /// have one size, so in line by one edge is in line by all.
    fn snap(&self, raw: Point, m: &Moving) -> (Point, Vec<Guide>) {
        let reach = ALIGN / self.camera.zoom;
        let seen = self.visible();
        let moves = |i: usize| m.nodes.iter().any(|(n, _)| *n == i) && !self.hands.mods.alt;
        let others = || {
            let all = self.design().nodes.iter().enumerate();
            all.filter(|(i, n)| !moves(*i) && crate::node_rect(n).touches(&seen)).map(|(_, n)| node_corner(n))
        };
        let nearest = |along: fn(Point) -> f64| {
            others()
                .map(along)
                .filter(|v| (v - along(raw)).abs() <= reach)
                .min_by(|a, b| (a - along(raw)).abs().total_cmp(&(b - along(raw)).abs()))
        };
        let grid = raw.snapped();
        let (x, y) = (nearest(|p| p.x), nearest(|p| p.y));
        let to = Point::new(x.unwrap_or(grid.x), y.unwrap_or(grid.y));
        let half = Point::new(NODE_WIDTH / 2.0, NODE_HEIGHT / 2.0);
        let mut guides = Vec::new();
        if x.is_some() {
            let ys = others().filter(|p| (p.x - to.x).abs() < 0.01).map(|p| p.y).chain([to.y]);
            let (low, high) = ys.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            let at = to.x + half.x;
            guides.push(Guide { from: Point::new(at, low), to: Point::new(at, high + NODE_HEIGHT) });
        }
        if y.is_some() {
            let xs = others().filter(|p| (p.y - to.y).abs() < 0.01).map(|p| p.x).chain([to.x]);
            let (low, high) = xs.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            let at = to.y + half.y;
            guides.push(Guide { from: Point::new(low, at), to: Point::new(high + NODE_WIDTH, at) });
        }
        (to, guides)
    }

    /// The button was released: one step, or none if nothing moved.
    pub(crate) fn end_move(&mut self, m: Moving) {
        if m.by == Point::default() {
            return;
        }
        if self.hands.mods.alt {
            return self.duplicate(Some(m.by));
        }
        let corners: Vec<(usize, Point)> =
            m.nodes.iter().map(|(i, at)| (*i, (*at + m.by).within(WORLD_LIMIT))).collect();
        let moved = corners.len();
        if self.change(Origin::Drag, None, |tx| {
            tx.move_nodes(corners);
            Ok(None)
        }) {
            self.announce(format!("Moved {}", crate::rules::count(moved, "component")));
        }
    }
}

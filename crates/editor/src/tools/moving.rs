//! Dragging components and notes: they snap to the grid and to their neighbours, and land in one step.

use super::{Hit, Moving, Phase};
use crate::geometry::{NODE_HEIGHT, NODE_WIDTH, WORLD_LIMIT};
use crate::history::Origin;
use crate::ops::Piece;
use crate::rules::{count, zone_title};
use crate::snap::{Snapped, snap};
use crate::{Editor, Point, Rect, bounds, node_rect, note_rect};
use std::collections::HashSet;

/// Nearer than this to a line or an equal distance, CSS px, what is dragged snaps to it.
const REACH: f64 = 6.0;

impl Editor {
    /// Take hold of the selection by what is under the pointer. `from` is the world point where it took hold.
    pub(crate) fn begin_move(&mut self, pointer: i32, from: Point, on: &Hit) {
        let pieces = self.pieces();
        let held = match on {
            Hit::Node(id) => self.doc().node_at(id).map(Piece::Node),
            Hit::Note(id) => self.doc().note_at(id).map(Piece::Note),
            _ => None,
        };
        let home = pieces.iter().find(|(piece, _)| Some(*piece) == held).or(pieces.first()).map(|(_, at)| *at);
        let area = bounds(pieces.iter().map(|(piece, at)| self.piece_rect(*piece, *at)));
        let (Some(home), Some(area)) = (home, area) else { return };
        let zones = self.zones_around(&pieces);
        let others = self.still(&pieces);
        let (by, guides) = (Point::default(), Vec::new());
        self.hands.phase = Phase::Moving(Moving { pointer, from, home, pieces, area, others, by, guides, zones });
        self.move_on();
    }

    /// The box of a piece with its top left here.
    fn piece_rect(&self, piece: Piece, at: Point) -> Rect {
        let (w, h) = match piece {
            Piece::Node(_) => (NODE_WIDTH, NODE_HEIGHT),
            Piece::Note(i) => self.design().notes.get(i).map(note_rect).map_or((0.0, 0.0), |r| (r.w, r.h)),
        };
        Rect { x: at.x, y: at.y, w, h }
    }

    /// The boxes of what stands still and is in view. Copies snap to what they are copied from as well.
    fn still(&self, pieces: &[(Piece, Point)]) -> Vec<Rect> {
        let moving: HashSet<Piece> =
            if self.hands.mods.alt { HashSet::new() } else { pieces.iter().map(|(piece, _)| *piece).collect() };
        let seen = self.visible();
        let design = self.design();
        let nodes = design.nodes.iter().enumerate().map(|(i, n)| (Piece::Node(i), node_rect(n)));
        let notes = design.notes.iter().enumerate().map(|(i, n)| (Piece::Note(i), note_rect(n)));
        nodes.chain(notes).filter(|(p, r)| r.touches(&seen) && !moving.contains(p)).map(|(_, r)| r).collect()
    }

    /// The pointer, the camera or the keys held changed.
    pub(crate) fn move_on(&mut self) {
        let Phase::Moving(m) = &self.hands.phase else { return };
        let mut by = self.camera.to_world(self.hands.at) - m.from;
        let axis = self.hands.mods.shift.then_some(by.x.abs() >= by.y.abs());
        // Straight along one axis.
        match axis {
            Some(true) => by.y = 0.0,
            Some(false) => by.x = 0.0,
            None => {}
        }
        let mut guides = Vec::new();
        if !self.hands.mods.command {
            let found = snap(m.area.moved(by), &m.others, REACH / self.camera.zoom);
            let grid = self.on_grid(m.home + by) - m.home;
            // Along an axis that is held there is nothing to snap.
            let Snapped { x, y, guides: lines } = found;
            if axis != Some(false) {
                by.x = x.map_or(grid.x, |shift| by.x + shift);
            }
            if axis != Some(true) {
                by.y = y.map_or(grid.y, |shift| by.y + shift);
            }
            guides = lines;
        }
        let by = by.within(WORLD_LIMIT);
        if let Phase::Moving(m) = &mut self.hands.phase {
            (m.by, m.guides) = (by, guides);
        }
        self.redraw();
    }

    /// Alt was pressed or let go: copies snap to what they are copied from.
    pub(crate) fn copy_or_move(&mut self) {
        let Phase::Moving(m) = &self.hands.phase else { return };
        let others = self.still(&m.pieces);
        if let Phase::Moving(m) = &mut self.hands.phase {
            m.others = others;
        }
        self.move_on();
    }

    /// The button was released: one step, or none if nothing moved.
    pub(crate) fn end_move(&mut self, m: Moving) {
        if m.by == Point::default() {
            return;
        }
        if self.hands.mods.alt {
            return self.duplicate(Some(m.by));
        }
        let corners: Vec<(Piece, Point)> =
            m.pieces.iter().map(|(piece, at)| (*piece, (*at + m.by).within(WORLD_LIMIT))).collect();
        let changes = m.zones.changes(m.by);
        let mut said = format!("Moved {}", count(corners.len(), "component"));
        if let Some((_, zone)) = changes.first() {
            said += &match zone.and_then(|z| self.design().zone(z)) {
                Some(zone) => format!(" into {}", zone_title(zone)),
                None => " out of the zone".to_owned(),
            };
        }
        if self.change(Origin::Drag, None, |tx| {
            tx.move_to(corners);
            for (node, zone) in &changes {
                tx.set_zone(&[*node], *zone);
            }
            Ok(None)
        }) {
            self.announce(said);
        }
    }
}

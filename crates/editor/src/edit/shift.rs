//! Moving what is selected by key.

use crate::geometry::{WORLD_LIMIT, node_corner, note_corner};
use crate::history::Origin;
use crate::ops::Piece;
use crate::{Editor, Point};

impl Editor {
    /// What moves when the selection moves, with its top left corners.
    pub(crate) fn pieces(&self) -> Vec<(Piece, Point)> {
        let (doc, design) = (self.doc(), self.design());
        let nodes = self.selection.nodes.iter().filter_map(|id| doc.node_at(id));
        let notes = self.selection.notes.iter().filter_map(|id| doc.note_at(id));
        nodes
            .map(|i| (Piece::Node(i), node_corner(&design.nodes[i])))
            .chain(notes.map(|i| (Piece::Note(i), note_corner(&design.notes[i]))))
            .collect()
    }

    pub(crate) fn nudge(&mut self, by: Point) {
        if !by.is_finite() {
            return;
        }
        let corners: Vec<(Piece, Point)> =
            self.pieces().into_iter().map(|(piece, at)| (piece, (at + by).within(WORLD_LIMIT))).collect();
        if self.merge(Origin::Nudge, "nudge", |tx| tx.move_to(corners)) {
            let words = match (by.x, by.y) {
                (x, 0.0) if x > 0.0 => "right",
                (_, 0.0) => "left",
                (_, y) if y > 0.0 => "down",
                _ => "up",
            };
            self.announce(format!("Moved {words}"));
        }
    }
}

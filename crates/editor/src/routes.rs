//! The courses of the links as they are drawn now: in the document, and while something is dragged.

use crate::geometry::{node_rect, note_rect};
use crate::ops::Piece;
use crate::route::{Picture, Route, Router, Words};
use crate::tools::Phase;
use crate::{Editor, Rect};
use std::cell::Ref;

impl Editor {
    /// The courses of the links, brought up to date; what did not change is not planned again.
    pub fn routes(&self) -> Ref<'_, Router> {
        // Whoever holds the courses does not ask for them: then they are as up to date as they were.
        if let Ok(mut router) = self.router.try_borrow_mut() {
            let design = self.design();
            let nodes = design.nodes.iter().map(node_rect);
            let mut boxes: Vec<Rect> = nodes.chain(design.notes.iter().map(note_rect)).collect();
            let moving = match &self.hands.phase {
                Phase::Moving(m) if !self.hands.mods.alt => Some(m),
                _ => None,
            };
            for (piece, at) in moving.into_iter().flat_map(|m| m.pieces.iter().map(|(p, at)| (p, *at + m.by))) {
                let place = match piece {
                    Piece::Node(i) => *i,
                    Piece::Note(i) => design.nodes.len() + i,
                };
                if let Some(rect) = boxes.get_mut(place) {
                    (rect.x, rect.y) = (at.x, at.y);
                }
            }
            let mut ids = design.links.iter().map(|l| l.id.as_str());
            let mut words = design.links.iter().map(Words::of);
            let (revision, ends, moving) = (self.revision(), self.doc().ends(), moving.is_some());
            router.update(Picture { revision, ids: &mut ids, words: &mut words, ends, boxes, moving });
        }
        self.router.borrow()
    }

    /// The course of a link.
    pub fn route_of(&self, link: &str) -> Option<Route> {
        self.routes().route(self.doc().link_at(link)?).cloned()
    }
}

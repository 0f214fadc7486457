//! The box that selects what it touches.

use super::Phase;
use crate::{Editor, Rect, node_rect, note_rect};
use std::collections::HashSet;

impl Editor {
    /// What the marquee touches is selected.
    pub(crate) fn brush(&mut self) {
        let Some(area) = self.marquee() else { return };
        let Phase::Marquee { base, .. } = &self.hands.phase else { return };
        let mut selection = base.clone();
        let design = self.design();
        let mut inside: HashSet<&str> = base.nodes.iter().map(String::as_str).collect();
        for node in &design.nodes {
            if node_rect(node).touches(&area) && inside.insert(&node.id) {
                selection.nodes.push(node.id.clone());
            }
        }
        let linked: HashSet<&str> = base.links.iter().map(String::as_str).collect();
        for link in &design.links {
            // A link belongs to a selection that holds both its ends.
            let between = inside.contains(link.from.as_str()) && inside.contains(link.to.as_str());
            if between && !linked.contains(link.id.as_str()) {
                selection.links.push(link.id.clone());
            }
        }
        for note in &design.notes {
            if note_rect(note).touches(&area) && !base.has_note(&note.id) {
                selection.notes.push(note.id.clone());
            }
        }
        self.select(selection);
    }

    /// The marquee, world units.
    pub(crate) fn marquee(&self) -> Option<Rect> {
        match &self.hands.phase {
            Phase::Marquee { from, .. } => Some(Rect::between(*from, self.camera.to_world(self.hands.at))),
            _ => None,
        }
    }
}

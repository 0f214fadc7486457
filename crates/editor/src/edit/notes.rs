//! Notes on the canvas.

use crate::geometry::{WORLD_LIMIT, note_rect};
use crate::history::Origin;
use crate::placement::{Namer, Space};
use crate::rules::{MAX_NOTES, bounded};
use crate::{Editor, Effect, Part, Point, Selection};
use backpressure_sim::design::{MAX_NOTE, Note};

impl Editor {
    pub(crate) fn add_note(&mut self, at: Option<Point>) {
        if self.design().notes.len() >= MAX_NOTES {
            return self.refuse(format!("A design holds at most {MAX_NOTES} notes"), None);
        }
        let at = match at {
            Some(p) => self.on_grid(p.within(WORLD_LIMIT)),
            None => Space::new(self.doc()).near(self.camera.to_world(self.free_middle())),
        };
        let id = Namer::new(self.doc()).note();
        let note = Note { id: id.clone(), x: at.x, y: at.y, ..Note::default() };
        let rect = note_rect(&note);
        // The text that is typed next is part of the same step.
        if self.merge(Origin::AddNote, &mark(&id), |tx| tx.add_notes(vec![note])) {
            self.focused = None;
            self.selection = Selection::of_note(&id);
            self.history.selected(&self.selection);
            self.reveal(rect);
            self.announce("Added a note");
            self.emit(Effect::Edit(Part::Note(id)));
        }
    }

    pub(crate) fn set_note(&mut self, note: &str, text: &str) {
        let Some(at) = self.doc().note_at(note) else { return };
        let text = bounded(text.trim_end(), MAX_NOTE);
        if text.trim().is_empty() {
            return self.discard_note(note);
        }
        if self.merge(Origin::EditNote, &mark(note), |tx| tx.set_note(at, text)) {
            self.announce("Changed the note");
        }
        self.history.close();
    }

    /// A note that never had a text leaves no step behind; one that had is deleted.
    fn discard_note(&mut self, note: &str) {
        if self.history.is_open(&mark(note)) {
            return self.cancel_edit();
        }
        let note = note.to_owned();
        if self.change(Origin::Delete, None, |tx| {
            tx.remove_notes(|n| n.id == note);
            Ok(None)
        }) {
            self.announce("Deleted the note");
        }
    }
}

fn mark(note: &str) -> String {
    format!("note {note}")
}

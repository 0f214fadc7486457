//! Duplicate, copy and paste.

use super::several;
use crate::clipboard::{self, Zones};
use crate::history::Origin;
use crate::{Editor, Effect, GRID, Point, Rect};

impl Editor {
    /// Duplicate the selection, moved by `by`, or beside itself.
    pub(crate) fn duplicate(&mut self, by: Option<Point>) {
        let part = clipboard::part(self.doc(), &self.selection, Zones::Whole);
        if clipboard::is_empty(&part) {
            return;
        }
        let by = by.unwrap_or_else(|| {
            let step = Point::new(2.0 * GRID, 2.0 * GRID);
            clipboard::free_offset(self.doc(), &part, step, Rect::default())
        });
        let said = format!("Duplicated {}", several(self.doc(), &self.selection));
        if self.change(Origin::Duplicate, None, |tx| clipboard::add_copies(tx, &part, by).map(Some)) {
            self.announce(said);
        }
    }

    pub(super) fn copy(&mut self) {
        let part = clipboard::part(self.doc(), &self.selection, Zones::All);
        if !clipboard::is_empty(&part) {
            self.emit(Effect::Copy { json: clipboard::write(&part) });
            self.announce(format!("Copied {}", several(self.doc(), &self.selection)));
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        let pasted = match clipboard::read(text) {
            Ok(pasted) => pasted,
            Err(message) => return self.refuse(message, None),
        };
        let part = pasted.part;
        let by = clipboard::free_offset(self.doc(), &part, Point::default(), self.visible());
        if self.change(Origin::Paste, None, |tx| clipboard::add_copies(tx, &part, by).map(Some)) {
            self.focused = None;
            let said = format!("Pasted {}", several(self.doc(), &self.selection));
            self.announce(said.clone());
            if let Some(problem) = pasted.problem {
                self.refuse(format!("{said}. {problem}"), None);
            }
        }
    }
}

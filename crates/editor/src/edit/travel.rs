//! Back and forth in time, and to another document.

use crate::history::{History, Origin};
use crate::rules::count;
use crate::{Editor, Selection};
use backpressure_sim::Design;

impl Editor {
    pub(crate) fn undo(&mut self) {
        match self.history.undo() {
            Some((origin, selection)) => self.travelled("Undid", origin, selection),
            None => self.announce("Nothing to undo"),
        }
    }

    pub(crate) fn redo(&mut self) {
        match self.history.redo() {
            Some((origin, selection)) => self.travelled("Redid", origin, selection),
            None => self.announce("Nothing to redo"),
        }
    }

    fn travelled(&mut self, verb: &str, origin: Origin, selection: Selection) {
        self.selection = selection;
        self.prune();
        self.touched();
        if origin == Origin::TidyUp {
            self.rearranged();
        }
        self.announce(format!("{verb} {}", origin.words()));
    }

    pub(super) fn load(&mut self, design: Design) {
        let name = if design.name.trim().is_empty() { "design".to_owned() } else { design.name.trim().to_owned() };
        let said = format!("Opened {name}, {}", count(design.nodes.len(), "component"));
        self.history = History::new(design);
        self.opened += 1;
        self.selection = Selection::default();
        self.focused = None;
        self.touched();
        self.fit_all();
        self.announce(said);
    }
}

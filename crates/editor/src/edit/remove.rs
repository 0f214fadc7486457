//! Deleting.

use super::several;
use crate::editor::READ_ONLY;
use crate::history::Origin;
use crate::rules::count;
use crate::{Editor, Selection};
use std::collections::HashSet;

impl Editor {
    pub(super) fn delete(&mut self, origin: Origin, verb: &str) {
        if self.selection.is_empty() {
            return;
        }
        if !self.editable {
            return self.refuse(READ_ONLY.to_owned(), None);
        }
        let set = |ids: &[String]| ids.iter().cloned().collect::<HashSet<String>>();
        let (nodes, links, notes) =
            (set(&self.selection.nodes), set(&self.selection.links), set(&self.selection.notes));
        let said = if nodes.is_empty() && notes.is_empty() {
            format!("{verb} {}", count(links.len(), "link"))
        } else {
            format!("{verb} {}", several(self.doc(), &self.selection))
        };
        if self.change(origin, None, |tx| {
            tx.remove(|n| nodes.contains(&n.id), |l| links.contains(&l.id));
            tx.remove_notes(|n| notes.contains(&n.id));
            Ok(Some(Selection::default()))
        }) {
            self.announce(said);
        }
    }
}

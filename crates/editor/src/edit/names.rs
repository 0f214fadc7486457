//! Names: of components, links and the design.

use super::named;
use crate::Editor;
use crate::history::Origin;
use crate::ops::Head;
use crate::rules::bounded;
use backpressure_sim::design::MAX_NAME;

impl Editor {
    pub(super) fn rename(&mut self, node: &str, name: &str) {
        let Some(at) = self.doc().node_at(node) else { return };
        let name = bounded(name.trim(), MAX_NAME);
        if self.design().nodes[at].name == name {
            return;
        }
        if self.change(Origin::Rename, None, |tx| {
            tx.edit_nodes(&[at], |n| name.clone_into(&mut n.name));
            Ok(None)
        }) {
            self.announce(format!("Renamed to {}", named(self.doc(), node)));
        }
    }

    pub(super) fn rename_link(&mut self, link: &str, name: &str) {
        let Some(at) = self.doc().link_at(link) else { return };
        let name = bounded(name.trim(), MAX_NAME);
        if self.design().links[at].name == name {
            return;
        }
        if self.change(Origin::Rename, None, |tx| {
            tx.edit_links(&[at], |l| name.clone_into(&mut l.name));
            Ok(None)
        }) {
            let said = if name.is_empty() { "Label removed".to_owned() } else { format!("Labelled {name}") };
            self.announce(said);
        }
    }

    pub(super) fn edit_head(&mut self, origin: Origin, edit: impl FnOnce(&mut Head)) {
        let before = Head::of(self.design());
        let mut head = before.clone();
        edit(&mut head);
        head.name.truncate(bounded(&head.name, MAX_NAME).len());
        if head != before {
            self.change(origin, None, |tx| {
                tx.edit_head(|h| *h = head);
                Ok(None)
            });
        }
    }
}

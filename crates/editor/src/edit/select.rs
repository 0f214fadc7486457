//! Selecting.

use super::several;
use crate::rules::{count, zone_title};
use crate::{Editor, Selection};
use std::collections::HashSet;

impl Editor {
    /// Select exactly these, as far as they exist.
    pub(crate) fn select(&mut self, selection: Selection) {
        self.selection = selection;
        for ids in [&mut self.selection.nodes, &mut self.selection.links, &mut self.selection.notes] {
            let mut seen = HashSet::new();
            ids.retain(|id| seen.insert(id.clone()));
        }
        self.prune();
        self.redraw();
    }

    pub(crate) fn select_all(&mut self) {
        let design = self.design();
        let all = Selection {
            nodes: design.nodes.iter().map(|n| n.id.clone()).collect(),
            links: design.links.iter().map(|l| l.id.clone()).collect(),
            notes: design.notes.iter().map(|n| n.id.clone()).collect(),
        };
        self.select(all);
        self.announce_selection();
    }

    /// Select the components of a zone.
    pub(crate) fn select_zone(&mut self, zone: &str) {
        let nodes = self.zone_members(zone);
        let Some(at) = self.doc().zone_at(zone) else { return };
        let said = format!("Selected {}, {}", zone_title(&self.design().zones[at]), count(nodes.len(), "component"));
        self.select(Selection { nodes, ..Selection::default() });
        self.announce(said);
    }

    /// Ids of the components of a zone, in the document's order.
    pub(crate) fn zone_members(&self, zone: &str) -> Vec<String> {
        let members = self.design().nodes.iter().filter(|n| n.zone.as_deref() == Some(zone));
        members.map(|n| n.id.clone()).collect()
    }

    pub(crate) fn announce_selection(&mut self) {
        let said = match (self.selection.nodes.len() + self.selection.notes.len(), self.selection.links.len()) {
            (0, 0) => "Nothing selected".to_owned(),
            (0, links) => format!("Selected {}", count(links, "link")),
            _ => format!("Selected {}", several(self.doc(), &self.selection)),
        };
        self.announce(said);
    }

    pub(crate) fn escape(&mut self) {
        if self.cancel_gesture() {
            return;
        }
        self.history.close();
        if !self.selection.is_empty() || self.focused.is_some() {
            self.selection = Selection::default();
            self.focused = None;
            self.redraw();
        }
    }
}

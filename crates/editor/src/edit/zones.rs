//! Grouping components into zones.

use crate::editor::READ_ONLY;
use crate::history::Origin;
use crate::placement::Namer;
use crate::rules::{MAX_ZONES, bounded, count, unused, zone_title};
use crate::{Editor, Effect, Part};
use backpressure_sim::design::{MAX_NAME, Zone};
use std::collections::HashSet;

impl Editor {
    pub(crate) fn group(&mut self) {
        let places: Vec<usize> = self.selection.nodes.iter().filter_map(|id| self.doc().node_at(id)).collect();
        if places.is_empty() {
            return self.refuse("Select the components that shall be a zone.".to_owned(), None);
        }
        let zones = &self.design().zones;
        if zones.len() >= MAX_ZONES {
            return self.refuse(format!("A design holds at most {MAX_ZONES} zones"), None);
        }
        let name = unused("Zone", zones.iter().map(|z| z.name.as_str()));
        let id = Namer::new(self.doc()).zone();
        let zone = Zone { id: id.clone(), name, ..Zone::default() };
        // The name that is typed next is part of the same step.
        if self.merge(Origin::Group, &mark(&id), |tx| {
            tx.add_zones(vec![zone]);
            tx.set_zone(&places, Some(&id));
        }) {
            self.announce(format!("Grouped {}", count(places.len(), "component")));
            self.emit(Effect::Edit(Part::Zone(id)));
        }
    }

    pub(super) fn rename_zone(&mut self, zone: &str, name: &str) {
        let Some(at) = self.doc().zone_at(zone) else { return };
        let name = bounded(name.trim(), MAX_NAME);
        if self.merge(Origin::Rename, &mark(zone), |tx| tx.rename_zone(at, name)) {
            let said = format!("Renamed to {}", zone_title(&self.design().zones[at]));
            self.announce(said);
        }
        self.history.close();
    }

    pub(crate) fn ungroup(&mut self) {
        if !self.editable {
            return self.refuse(READ_ONLY.to_owned(), None);
        }
        // A zone of which only a part is selected loses that part; one that is wholly selected vanishes.
        let grouped = |at: &usize| self.design().nodes[*at].zone.is_some();
        let places: Vec<usize> =
            self.selection.nodes.iter().filter_map(|id| self.doc().node_at(id)).filter(grouped).collect();
        if places.is_empty() {
            return self.refuse("Nothing selected belongs to a zone.".to_owned(), None);
        }
        if self.change(Origin::Ungroup, None, |tx| {
            tx.set_zone(&places, None);
            Ok(None)
        }) {
            self.announce(format!("Ungrouped {}", count(places.len(), "component")));
        }
    }

    /// The zone whose components are exactly the selected ones, if there is one.
    pub fn selected_zone(&self) -> Option<&Zone> {
        if !self.selection.links.is_empty() || !self.selection.notes.is_empty() {
            return None;
        }
        let zone = self.node(self.selection.nodes.first()?)?.zone.as_deref()?;
        let selected: HashSet<&str> = self.selection.nodes.iter().map(String::as_str).collect();
        let inside = |id: &str| self.node(id).is_some_and(|n| n.zone.as_deref() == Some(zone));
        let members = self.design().nodes.iter().filter(|n| n.zone.as_deref() == Some(zone)).count();
        let exactly = members == selected.len() && selected.iter().all(|id| inside(id));
        self.design().zone(zone).filter(|_| exactly)
    }
}

fn mark(zone: &str) -> String {
    format!("zone {zone}")
}

//! A press that did not move: it selects; the second of two edits.

use super::{Hit, Press, adds, follows};
use crate::{Editor, Effect, Part, Point, Selection};

impl Editor {
    /// Is a press here and now the rest of a run of quick clicks, the second of which has opened a field? It is to leave
    /// that field, and the keyboard in it, alone. `at` is a screen point; `time_ms` by the clock of the inputs.
    pub fn is_rest_of_clicks(&self, at: Point, time_ms: f64) -> bool {
        follows(self.hands.opened, time_ms, at)
    }

    pub(crate) fn click(&mut self, press: &Press, time_ms: f64) {
        let double = follows(self.hands.clicked, time_ms, press.at);
        // A third click is the first of a new pair.
        self.hands.clicked = (!double).then_some((time_ms, press.at));
        let adding = adds(press.mods);
        if double && !adding && self.editable && self.edit(&press.on) {
            self.hands.opened = Some((time_ms, press.at));
            return;
        }
        match &press.on {
            Hit::Node(node) if adding => self.toggle(|s| &mut s.nodes, std::slice::from_ref(node)),
            Hit::Node(node) => self.select(Selection::of_node(node.clone())),
            Hit::Link(link) | Hit::LinkEnd { link, .. } if adding => {
                self.toggle(|s| &mut s.links, std::slice::from_ref(link));
            }
            Hit::Link(link) | Hit::LinkEnd { link, .. } => self.select(Selection::of_link(link.clone())),
            Hit::Note(note) if adding => self.toggle(|s| &mut s.notes, std::slice::from_ref(note)),
            Hit::Note(note) => self.select(Selection::of_note(note.clone())),
            Hit::Zone(zone) if adding => self.toggle(|s| &mut s.nodes, &self.zone_members(zone)),
            Hit::Zone(zone) => self.select_zone(zone),
            Hit::Port { node, side } => {
                self.hands.clicked = None;
                self.begin_link(None, node.clone(), *side, None);
                if let Some(said) = self.prompt() {
                    self.announce(said);
                }
            }
            Hit::Nothing if adding => {}
            Hit::Nothing => self.select(Selection::default()),
        }
    }

    /// A double click edits what is there; on nothing it asks what to add. Says whether it did.
    fn edit(&mut self, on: &Hit) -> bool {
        let part = match on {
            Hit::Node(node) => Part::Node(node.clone()),
            Hit::Link(link) | Hit::LinkEnd { link, .. } => Part::Link(link.clone()),
            Hit::Zone(zone) => Part::Zone(zone.clone()),
            Hit::Note(note) => Part::Note(note.clone()),
            Hit::Port { .. } => return false,
            Hit::Nothing => {
                self.ask_what(self.hands.at, None, None);
                return true;
            }
        };
        self.emit(Effect::Edit(part));
        true
    }

    /// Adds these to the selection, or takes them away if they are all in it.
    fn toggle(&mut self, list: fn(&mut Selection) -> &mut Vec<String>, ids: &[String]) {
        let mut selection = self.selection.clone();
        let selected = list(&mut selection);
        if ids.iter().all(|id| selected.contains(id)) {
            selected.retain(|id| !ids.contains(id));
        } else {
            selected.extend(ids.iter().cloned());
        }
        self.select(selection);
    }
}

//! Actions on the document: what each does, and the words for it.

mod add;
mod connect;
mod copies;
mod faults;
mod find;
mod names;
mod notes;
mod parameters;
mod remove;
mod select;
mod shift;
mod travel;
mod zones;

pub(crate) use connect::without_link;

use crate::document::Document;
use crate::editor::READ_ONLY;
use crate::history::Origin;
use crate::rules::{count, title};
use crate::transaction::Transaction;
use crate::{Action, Effect, Side};
use crate::{Editor, Selection};

impl Editor {
    pub(crate) fn perform(&mut self, action: Action) {
        match action {
            Action::AddNode { kind, at } => self.add_node(&kind, at),
            Action::AddConnected { kind, from, at } => self.add_linked(&kind, &from, Side::Out, at),
            Action::AddCaller { kind, to, at } => self.add_linked(&kind, &to, Side::In, at),
            Action::Connect { from, to } => _ = self.connect(&from, &to, None),
            Action::StartConnecting { from } => self.start_connecting(&from),
            Action::Reconnect { link, from, to } => _ = self.reconnect(&link, &from, &to, None),
            Action::SetNodeParam { node, pointer, value } => self.set_node_param(&node, &pointer, value),
            Action::SetSelectedParam { pointer, value } => self.set_selected_param(&pointer, value),
            Action::SetLinkParam { link, pointer, value } => self.set_link_param(&link, &pointer, value),
            Action::EndEdit => self.history.close(),
            Action::CancelEdit => self.cancel_edit(),
            Action::Rename { node, name } => self.rename(&node, &name),
            Action::RenameLink { link, name } => self.rename_link(&link, &name),
            Action::RenameZone { zone, name } => self.rename_zone(&zone, &name),
            Action::RenameDesign { name } => self.edit_head(Origin::RenameDesign, |head| head.name = name),
            Action::SetSeed { seed } => self.edit_head(Origin::Seed, |head| head.seed = seed),
            Action::SetFaults { faults, mark } => self.set_faults(faults, &mark),
            Action::SetFaultsOff { off } => self.edit_head(Origin::Faults, |head| head.faults_off = off),
            Action::SetAssertions { assertions } => {
                self.edit_head(Origin::Assertions, |head| head.assertions = assertions);
            }
            Action::SetCost { node, usd_per_hour } => self.set_cost(&node, usd_per_hour),
            Action::Group => self.group(),
            Action::Ungroup => self.ungroup(),
            Action::AddNote { at } => self.add_note(at),
            Action::SetNote { note, text } => self.set_note(&note, &text),
            Action::TidyUp => self.tidy_up(),
            Action::DeleteSelection => self.delete(Origin::Delete, "Deleted"),
            Action::DuplicateSelection => self.duplicate(None),
            Action::Copy => self.copy(),
            Action::Cut => {
                self.copy();
                self.delete(Origin::Cut, "Cut");
            }
            Action::Select(selection) => self.select(selection),
            Action::SelectZone { zone } => self.select_zone(&zone),
            Action::SelectAll => self.select_all(),
            Action::Escape => self.escape(),
            Action::Nudge { by } => self.nudge(by),
            Action::Undo => self.undo(),
            Action::Redo => self.redo(),
            Action::Paste { text } => self.paste(&text),
            Action::Load(design) => self.load(*design),
            Action::ZoomBy(factor) => self.zoom_by(factor),
            Action::FitAll => self.fit_all(),
            Action::FitSelection => self.fit_selection(),
            Action::ZoomReset => self.zoom_reset(),
            Action::LookAt(world) => self.look_at(world),
            Action::Reveal { node } => {
                if let Some(at) = self.doc().node_at(&node) {
                    self.focus(crate::navigate::Stop::Node(at));
                }
            }
            Action::Find { text } => self.find(&text),
            Action::SetTool(tool) => {
                self.tool = tool;
                self.redraw();
            }
            Action::ToggleGrid => {
                self.grid = !self.grid;
                self.redraw();
                self.announce(if self.grid { "Grid on" } else { "Grid off" });
            }
            Action::Describe => self.emit(Effect::Describe),
            Action::DescribeOften => self.emit(Effect::DescribeOften),
        }
    }

    /// Change the document in one step with others of the same mark, until anything else happens.
    pub(crate) fn merge(&mut self, origin: Origin, mark: &str, change: impl FnOnce(&mut Transaction)) -> bool {
        if !self.editable {
            self.refuse(READ_ONLY.to_owned(), None);
            return false;
        }
        let changed = self.history.merge(origin, mark, &self.selection, change);
        if changed {
            self.touched();
        }
        changed
    }

    fn cancel_edit(&mut self) {
        if let Some(selection) = self.history.bail() {
            self.selection = selection;
            self.prune();
            self.touched();
        }
    }
}

/// What a component is called in a sentence.
fn named(doc: &Document, id: &str) -> String {
    doc.node(id).map_or_else(|| "component".to_owned(), title)
}

/// "cache", "3 components", "3 components and 1 note".
fn several(doc: &Document, selection: &Selection) -> String {
    match (&selection.nodes[..], selection.notes.len()) {
        ([], n) => count(n, "note"),
        ([one], 0) => named(doc, one),
        (many, 0) => count(many.len(), "component"),
        (many, n) => format!("{} and {}", count(many.len(), "component"), count(n, "note")),
    }
}

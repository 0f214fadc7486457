//! Undo and redo: steps of reversible operations. A transaction is the only way to change the document.

use crate::Selection;
use crate::document::Document;
use crate::ops::Op;
use crate::transaction::Transaction;
use backpressure_pack::{Pack, from_bytes, to_bytes};
use backpressure_sim::Design;
use std::collections::VecDeque;

/// Most steps kept; older ones are forgotten.
const MAX_STEPS: usize = 1_000;
/// About the most memory the steps may hold, bytes; older ones are forgotten.
const MAX_WEIGHT: usize = 64 << 20;

/// Where a step came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pack)]
pub(crate) enum Origin {
    /// A component was added.
    Add,
    /// A link was drawn.
    Connect,
    /// An end of a link was moved to another component.
    Reconnect,
    /// Components were dragged.
    Drag,
    /// Components were moved by key.
    Nudge,
    /// Parts were deleted.
    Delete,
    /// Parts were cut.
    Cut,
    /// Parts were duplicated.
    Duplicate,
    /// Parts were pasted.
    Paste,
    /// A parameter was changed.
    Param,
    /// A component was renamed.
    Rename,
    /// The design was renamed.
    RenameDesign,
    /// The seed was changed.
    Seed,
    /// A fault was added, changed or removed.
    Faults,
    /// What the design promises was changed.
    Assertions,
    /// Components became a zone.
    Group,
    /// Components left their zones.
    Ungroup,
    /// A note was added.
    AddNote,
    /// The text of a note was changed.
    EditNote,
    /// Everything was laid out anew.
    TidyUp,
}

impl Origin {
    /// Stable name (`select.drag`), for tests and traces.
    pub fn name(self) -> &'static str {
        match self {
            Origin::Add => "node.add",
            Origin::Connect => "link.connect",
            Origin::Reconnect => "link.reconnect",
            Origin::Drag => "select.drag",
            Origin::Nudge => "select.nudge",
            Origin::Delete => "select.delete",
            Origin::Cut => "clipboard.cut",
            Origin::Duplicate => "select.duplicate",
            Origin::Paste => "clipboard.paste",
            Origin::Param => "param.edit",
            Origin::Rename => "node.rename",
            Origin::RenameDesign => "design.rename",
            Origin::Seed => "design.seed",
            Origin::Faults => "faults.edit",
            Origin::Assertions => "assertions.edit",
            Origin::Group => "zone.group",
            Origin::Ungroup => "zone.ungroup",
            Origin::AddNote => "note.add",
            Origin::EditNote => "note.edit",
            Origin::TidyUp => "design.tidy",
        }
    }

    /// What to call it when it is undone ("Undid move").
    pub fn words(self) -> &'static str {
        match self {
            Origin::Add => "adding a component",
            Origin::Connect => "connection",
            Origin::Reconnect => "reconnection",
            Origin::Drag | Origin::Nudge => "move",
            Origin::Delete => "deletion",
            Origin::Cut => "cut",
            Origin::Duplicate => "duplication",
            Origin::Paste => "paste",
            Origin::Param => "parameter change",
            Origin::Rename | Origin::RenameDesign => "renaming",
            Origin::Seed => "change of seed",
            Origin::Faults => "change of a fault",
            Origin::Assertions => "change of a promise",
            Origin::Group => "grouping",
            Origin::Ungroup => "ungrouping",
            Origin::AddNote => "adding a note",
            Origin::EditNote => "change of a note",
            Origin::TidyUp => "tidying up",
        }
    }
}

/// One undo step.
#[derive(Debug, Pack)]
struct Step {
    origin: Origin,
    /// In the order they were carried out.
    ops: Vec<Op>,
    before: Selection,
    after: Selection,
    weight: usize,
}

/// The document and the way it came to be.
#[derive(Debug, Default)]
pub(crate) struct History {
    doc: Document,
    done: VecDeque<Step>,
    undone: Vec<Step>,
    /// While steps of this name merge into the last one: its mark.
    open: Option<String>,
    /// Weight of `done`, bytes.
    weight: usize,
}

impl History {
    pub fn new(design: Design) -> Self {
        Self { doc: Document::new(design), ..Self::default() }
    }

    pub fn doc(&self) -> &Document {
        &self.doc
    }

    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Origins of the steps that can be undone, oldest first.
    pub fn origins(&self) -> impl Iterator<Item = &'static str> {
        self.done.iter().map(|s| s.origin.name())
    }

    /// Change the document in one step. If `change` fails, everything it did is taken back. A change that alters
    /// nothing leaves no step. `selection` is what is selected now; set the one afterwards with [`Self::selected`].
    pub fn transact<T, E>(
        &mut self,
        origin: Origin,
        selection: &Selection,
        change: impl FnOnce(&mut Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        self.close();
        let mut tx = Transaction::new(&mut self.doc);
        let result = change(&mut tx);
        let ops = tx.finish();
        match result {
            Ok(value) => {
                self.record(origin, selection, ops);
                Ok(value)
            }
            Err(error) => {
                for op in ops.into_iter().rev() {
                    self.doc.apply(&op.inverse());
                }
                Err(error)
            }
        }
    }

    /// Like [`Self::transact`], but as long as the mark `name` stays open the changes are one step.
    /// Returns whether anything changed.
    pub fn merge(
        &mut self,
        origin: Origin,
        name: &str,
        selection: &Selection,
        change: impl FnOnce(&mut Transaction),
    ) -> bool {
        if self.open.as_deref() != Some(name) {
            self.open = None;
        }
        let mut tx = Transaction::new(&mut self.doc);
        change(&mut tx);
        let ops = tx.finish();
        if ops.is_empty() {
            return false;
        }
        match self.done.back_mut() {
            Some(step) if self.open.is_some() => {
                self.weight -= step.weight;
                for op in ops {
                    let left = match step.ops.last_mut() {
                        Some(last) => last.absorb(op),
                        None => Some(op),
                    };
                    step.ops.extend(left);
                }
                step.weight = step.ops.iter().map(Op::weight).sum();
                self.weight += step.weight;
                self.undone.clear();
            }
            _ => {
                self.record(origin, selection, ops);
                self.open = Some(name.to_owned());
            }
        }
        true
    }

    /// Close the mark: later changes are steps of their own.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// Is the mark of this name open?
    pub fn is_open(&self, name: &str) -> bool {
        self.open.as_deref() == Some(name)
    }

    /// Go back to the open mark as if nothing had happened since; returns the selection of then.
    pub fn bail(&mut self) -> Option<Selection> {
        self.open.take()?;
        let step = self.done.pop_back()?;
        self.weight -= step.weight;
        for op in step.ops.into_iter().rev() {
            self.doc.apply(&op.inverse());
        }
        Some(step.before)
    }

    /// The selection after the step just made.
    pub fn selected(&mut self, selection: &Selection) {
        if let Some(step) = self.done.back_mut() {
            step.after = selection.clone();
        }
    }

    /// Undo one step; returns what it was and the selection to restore.
    pub fn undo(&mut self) -> Option<(Origin, Selection)> {
        self.close();
        let mut step = self.done.pop_back()?;
        self.weight -= step.weight;
        step.ops = step.ops.into_iter().rev().map(Op::inverse).collect();
        for op in &step.ops {
            self.doc.apply(op);
        }
        let answer = (step.origin, step.before.clone());
        self.undone.push(step);
        Some(answer)
    }

    /// Redo one step; returns what it was and the selection to restore.
    pub fn redo(&mut self) -> Option<(Origin, Selection)> {
        self.close();
        let mut step = self.undone.pop()?;
        step.ops = step.ops.into_iter().rev().map(Op::inverse).collect();
        for op in &step.ops {
            self.doc.apply(op);
        }
        let answer = (step.origin, step.after.clone());
        self.weight += step.weight;
        self.done.push_back(step);
        Some(answer)
    }

    /// The newest steps that fit into so many bytes, to go on from with [`Self::restore`] when the same document is opened
    /// again.
    pub fn save(&self, most: usize) -> Vec<u8> {
        let (mut room, mut kept) = (most, [Vec::new(), Vec::new()]);
        // What can be undone is worth more than what can be redone, and the newest of both the most.
        let sides: [&mut dyn Iterator<Item = &Step>; 2] = [&mut self.done.iter().rev(), &mut self.undone.iter().rev()];
        for (steps, kept) in sides.into_iter().zip(&mut kept) {
            for step in steps {
                let bytes = to_bytes(step);
                if bytes.len() > room {
                    break;
                }
                room -= bytes.len();
                kept.push(bytes);
            }
            kept.reverse();
        }
        to_bytes(&kept)
    }

    /// Takes up steps that were saved with this very document. Bytes that hold none change nothing.
    pub fn restore(&mut self, saved: &[u8]) {
        let read = |steps: Vec<Vec<u8>>| steps.iter().map(|bytes| from_bytes(bytes)).collect::<Option<Vec<Step>>>();
        let Some([done, undone]) = from_bytes::<[Vec<Vec<u8>>; 2]>(saved) else { return };
        if let (Some(done), Some(undone)) = (read(done), read(undone)) {
            self.weight = done.iter().map(|step| step.weight).sum();
            (self.done, self.undone) = (done.into(), undone);
        }
    }

    fn record(&mut self, origin: Origin, selection: &Selection, ops: Vec<Op>) {
        if ops.is_empty() {
            return;
        }
        self.undone.clear();
        let weight = ops.iter().map(Op::weight).sum();
        self.weight += weight;
        let (before, after) = (selection.clone(), selection.clone());
        self.done.push_back(Step { origin, ops, before, after, weight });
        while self.done.len() > MAX_STEPS || (self.weight > MAX_WEIGHT && self.done.len() > 1) {
            self.weight -= self.done.pop_front().map_or(0, |s| s.weight);
        }
    }
}

//! The editor: what there is, and what can be asked of it.

use crate::document::Document;
use crate::history::{History, Origin};
use crate::route::Router;
use crate::tools::Hands;
use crate::transaction::Transaction;
use crate::{Action, Camera, Effect, Part, Point, Rect, Selection, Tool, node_rect, note_rect, zone_frames};
use backpressure_sim::{Design, Link, Node};
use std::cell::RefCell;

/// Why nothing can be changed.
pub(crate) const READ_ONLY: &str = "This design is here to be looked at: it cannot be edited.";

/// The headless editor of one design.
#[derive(Debug)]
pub struct Editor {
    pub(crate) history: History,
    pub(crate) selection: Selection,
    pub(crate) focused: Option<Part>,
    pub(crate) camera: Camera,
    /// Size of the canvas, CSS px; zero until the first [`Input::Resize`].
    pub(crate) view: Point,
    /// What bars on the canvas cover of its bottom, CSS px: nothing is fitted or put there.
    pub(crate) covered: f64,
    /// What the map covers of its bottom right corner while something is out of view, CSS px.
    pub(crate) map: Point,
    /// Fit the camera as soon as the size of the canvas is known.
    pub(crate) fit_pending: bool,
    pub(crate) tool: Tool,
    /// Is the grid shown and snapped to?
    pub(crate) grid: bool,
    pub(crate) hands: Hands,
    pub(crate) editable: bool,
    revision: u64,
    /// Counts the documents opened.
    pub(crate) opened: u64,
    pub(crate) router: RefCell<Router>,
    /// The answer being collected.
    pub(crate) out: Answer,
}

/// Effects of the call under way; those that make no sense twice are flags.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub changed: bool,
    pub redraw: bool,
    /// The focus leaves the canvas: the answer to the key must be empty, so that the browser moves it on.
    pub leave: bool,
    pub effects: Vec<Effect>,
}

impl Editor {
    /// An editor holding this design, whatever is wrong with it.
    pub fn new(design: Design) -> Self {
        Self {
            history: History::new(design),
            selection: Selection::default(),
            focused: None,
            camera: Camera::default(),
            view: Point::default(),
            covered: 0.0,
            map: Point::default(),
            fit_pending: true,
            tool: Tool::default(),
            grid: true,
            hands: Hands::default(),
            editable: true,
            revision: 0,
            opened: 0,
            router: RefCell::default(),
            out: Answer::default(),
        }
    }

    /// The document. A gesture under way has not changed it yet.
    pub fn design(&self) -> &Design {
        self.doc().design()
    }

    /// The first node with this id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.doc().node(id)
    }

    /// The first link with this id.
    pub fn link(&self, id: &str) -> Option<&Link> {
        self.doc().link(id)
    }

    /// What is selected.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The component, zone or note that has the keyboard focus inside the canvas.
    pub fn focused(&self) -> Option<&Part> {
        self.focused.as_ref()
    }

    /// Where the canvas looks.
    pub fn camera(&self) -> Camera {
        self.camera
    }

    /// Size of the canvas, CSS px.
    pub fn view(&self) -> Point {
        self.view
    }

    /// The tool in hand.
    pub fn tool(&self) -> Tool {
        self.tool
    }

    /// Is the grid shown and snapped to?
    pub fn grid(&self) -> bool {
        self.grid
    }

    /// The nearest grid point if there is a grid, else the point itself.
    pub(crate) fn on_grid(&self, p: Point) -> Point {
        if self.grid { p.snapped() } else { p }
    }

    /// Is there a step to undo?
    pub fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    /// Is there a step to redo?
    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// Counts changes of the document: equal revisions mean an equal document.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Counts the documents opened: what is missing in another one was not removed.
    pub fn opened(&self) -> u64 {
        self.opened
    }

    /// Where each step that can be undone came from (`select.drag`, `param.edit`), oldest first.
    pub fn steps(&self) -> impl Iterator<Item = &'static str> {
        self.history.origins()
    }

    /// The newest undo steps that fit into so many bytes, for [`Self::restore_steps`] when the same design is opened again.
    pub fn saved_steps(&self, most: usize) -> Vec<u8> {
        self.history.save(most)
    }

    /// Takes up undo steps that were saved with the design as it is now.
    pub fn restore_steps(&mut self, saved: &[u8]) {
        self.history.restore(saved);
    }

    /// The smallest rectangle around all components, zones and notes, world units; `None` for an empty design.
    pub fn bounds(&self) -> Option<Rect> {
        let design = self.design();
        let nodes = design.nodes.iter().map(node_rect);
        let zones = zone_frames(design, |_, n| (node_rect(n), n.zone.as_deref())).into_iter().map(|(_, rect)| rect);
        crate::bounds(nodes.chain(zones).chain(design.notes.iter().map(note_rect)))
    }

    /// So many CSS px at the bottom of the canvas lie under bars, and so many of its bottom right corner under the map, which is
    /// there while something is out of view: what is fitted into the view, added or gone to stays clear of them.
    pub fn set_covered(&mut self, bottom: f64, map: Point) {
        self.covered = if bottom.is_finite() { bottom.max(0.0) } else { 0.0 };
        self.map = map;
    }

    /// May the document be edited? Looking, selecting and moving the camera are always free.
    pub fn set_editable(&mut self, editable: bool) {
        self.editable = editable;
    }

    /// Carry out one action.
    pub fn act(&mut self, action: Action) -> Vec<Effect> {
        // What is done from outside ends the gesture under way; to look closer does not.
        if !matches!(
            action,
            Action::ZoomBy(_)
                | Action::ZoomReset
                | Action::FitAll
                | Action::FitSelection
                | Action::LookAt(_)
                | Action::ToggleGrid
                | Action::Describe
                | Action::DescribeOften
                | Action::Escape
        ) {
            self.cancel_gesture();
        }
        self.perform(action);
        self.answer()
    }

    pub(crate) fn doc(&self) -> &Document {
        self.history.doc()
    }

    pub(crate) fn redraw(&mut self) {
        self.out.redraw = true;
    }

    pub(crate) fn emit(&mut self, effect: Effect) {
        self.out.effects.push(effect);
    }

    pub(crate) fn announce(&mut self, text: impl Into<String>) {
        self.emit(Effect::Announce(text.into()));
    }

    pub(crate) fn refuse(&mut self, message: String, at: Option<Point>) {
        self.emit(Effect::Refused { message, at });
    }

    /// The document changed.
    pub(crate) fn touched(&mut self) {
        self.revision += 1;
        self.out.changed = true;
        self.out.redraw = true;
    }

    /// Change the document in one step; what `change` returns is selected afterwards, `None` leaves the selection as
    /// it is. Returns whether it succeeded; a failure is shown to the person.
    pub(crate) fn change(
        &mut self,
        origin: Origin,
        at: Option<Point>,
        change: impl FnOnce(&mut Transaction) -> Result<Option<Selection>, String>,
    ) -> bool {
        if !self.editable {
            self.refuse(READ_ONLY.to_owned(), at);
            return false;
        }
        match self.history.transact(origin, &self.selection, change) {
            Ok(selection) => {
                if let Some(selection) = selection {
                    self.selection = selection;
                }
                self.prune();
                self.history.selected(&self.selection);
                self.touched();
                true
            }
            Err(message) => {
                self.refuse(message, at);
                false
            }
        }
    }

    /// Forget what is no longer there.
    pub(crate) fn prune(&mut self) {
        let doc = self.history.doc();
        self.selection.nodes.retain(|id| doc.node_at(id).is_some());
        self.selection.links.retain(|id| doc.link_at(id).is_some());
        self.selection.notes.retain(|id| doc.note_at(id).is_some());
        let there = |part: &Part| match part {
            Part::Node(id) => doc.node_at(id).is_some(),
            Part::Link(id) => doc.link_at(id).is_some(),
            Part::Zone(id) => doc.zone_at(id).is_some(),
            Part::Note(id) => doc.note_at(id).is_some(),
        };
        self.focused = self.focused.take().filter(there);
    }

    pub(crate) fn answer(&mut self) -> Vec<Effect> {
        let out = std::mem::take(&mut self.out);
        if out.leave {
            return Vec::new();
        }
        let mut effects = Vec::with_capacity(out.effects.len() + 3);
        if out.changed {
            effects.push(Effect::DesignChanged);
        }
        if out.redraw || out.changed {
            effects.push(Effect::Redraw);
        }
        effects.extend(out.effects);
        effects
    }
}

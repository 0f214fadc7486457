//! What the panels ask of the editor.

use crate::{Point, Selection};
use backpressure_sim::design::Fault;
use serde_json::Value;

/// An edit or a command by name: the one way to change the document from outside a gesture. Each edit is one undo step.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Add a component, selected.
    AddNode {
        /// Kind by its field name (`load_balancer`).
        kind: String,
        /// World point of its centre; `None` puts it near the selection, connected from the selected component if
        /// that may be, or in a free place in the middle of the view.
        at: Option<Point>,
    },
    /// Add a component and a link to it (quick-add after dropping a link on empty canvas).
    AddConnected {
        /// Kind by its field name.
        kind: String,
        /// The calling node.
        from: String,
        /// World point of the new component's in port, where the link was dropped; `None`: beside `from`.
        at: Option<Point>,
    },
    /// Add a component and a link from it (quick-add after dragging backwards from an in port).
    AddCaller {
        /// Kind by its field name.
        kind: String,
        /// The called node.
        to: String,
        /// World point of the new component's out port, where the link was dropped; `None`: beside `to`.
        at: Option<Point>,
    },
    /// Connect two components.
    Connect {
        /// The calling node.
        from: String,
        /// The called node.
        to: String,
    },
    /// Begin a link as a click on the out port of a component does; the next click says where it leads.
    StartConnecting {
        /// The calling node.
        from: String,
    },
    /// Give a link other ends; its parameters stay.
    Reconnect {
        /// The link.
        link: String,
        /// The calling node.
        from: String,
        /// The called node.
        to: String,
    },
    /// Set one parameter of a node. Consecutive edits of the same pointer merge into one undo step until
    /// [`Action::EndEdit`].
    SetNodeParam {
        /// The node.
        node: String,
        /// JSON pointer inside `params` (`/service_time/mean_ms`); what it passes through is filled in with defaults.
        /// `/endpoints/-` appends to a list.
        pointer: String,
        /// The new value; `None` restores the default, or removes an item of a list.
        value: Option<Value>,
    },
    /// The same for every selected component that has such a parameter, in one step; for the selected links if no component
    /// is selected.
    SetSelectedParam {
        /// JSON pointer inside `params`.
        pointer: String,
        /// The new value; `None` restores the default.
        value: Option<Value>,
    },
    /// The same for a link.
    SetLinkParam {
        /// The link.
        link: String,
        /// JSON pointer inside `params` (`/latency`).
        pointer: String,
        /// The new value; `None` restores the default.
        value: Option<Value>,
    },
    /// Close the current run of merged parameter edits (focus left the field).
    EndEdit,
    /// Take back the current run of merged parameter edits (Escape in the field): it leaves no undo step.
    CancelEdit,
    /// Rename a component.
    Rename {
        /// The node.
        node: String,
        /// New name; empty means the kind's label.
        name: String,
    },
    /// Label a link.
    RenameLink {
        /// The link.
        link: String,
        /// New label; empty means none.
        name: String,
    },
    /// Rename a zone.
    RenameZone {
        /// The zone.
        zone: String,
        /// New name; empty means "Zone".
        name: String,
    },
    /// Rename the design.
    RenameDesign {
        /// New name.
        name: String,
    },
    /// Set the seed of the run.
    SetSeed {
        /// New seed.
        seed: u64,
    },
    /// Put this list in the place of the design's faults.
    SetFaults {
        /// All faults.
        faults: Vec<Fault>,
        /// Edits of the same mark make one undo step until [`Action::EndEdit`].
        mark: String,
    },
    /// Switch all faults off, or on.
    SetFaultsOff {
        /// Off?
        off: bool,
    },
    /// Put this list in the place of what the design promises.
    SetAssertions {
        /// All assertions.
        assertions: Vec<String>,
    },
    /// Say what a component costs.
    SetCost {
        /// The node.
        node: String,
        /// USD per hour; `None`: what its kind costs by default.
        usd_per_hour: Option<f64>,
    },
    /// Put the selected components into a new zone, whose name can then be edited.
    Group,
    /// Take the selected components out of their zones.
    Ungroup,
    /// Add an empty note, selected, whose text can then be edited.
    AddNote {
        /// World point of its top left; `None`: a free place in the middle of the view.
        at: Option<Point>,
    },
    /// Change the text of a note; a note without text vanishes.
    SetNote {
        /// The note.
        note: String,
        /// New text.
        text: String,
    },
    /// Lay the whole design out in layers, in one step.
    TidyUp,
    /// Delete the selection.
    DeleteSelection,
    /// Duplicate the selection, beside itself.
    DuplicateSelection,
    /// Copy the selection: answered by [`crate::Effect::Copy`].
    Copy,
    /// Copy the selection and delete it.
    Cut,
    /// Select exactly these.
    Select(Selection),
    /// Select the components of a zone.
    SelectZone {
        /// The zone.
        zone: String,
    },
    /// Select every component, link and note.
    SelectAll,
    /// Cancel the gesture under way and restore everything; if there is none, select nothing.
    Escape,
    /// Move the selected components and notes. Consecutive nudges merge into one undo step until anything else happens.
    Nudge {
        /// Vector, world units.
        by: Point,
    },
    /// Undo one step.
    Undo,
    /// Redo one step.
    Redo,
    /// Add what a text holds, selected, beside its origin if that is in view, else in the view's middle.
    Paste {
        /// The document's own JSON (a design or a part of one), or a share link.
        text: String,
    },
    /// Replace the document by another (open, preset, share link): history starts anew, the camera fits.
    Load(Box<backpressure_sim::Design>),
    /// Multiply the zoom about the view's middle.
    ZoomBy(f64),
    /// Show everything.
    FitAll,
    /// Show the selection.
    FitSelection,
    /// Zoom to 100 %.
    ZoomReset,
    /// Look at this world point.
    LookAt(Point),
    /// Move the camera so that the node is in view, and give it the focus.
    Reveal {
        /// The node.
        node: String,
    },
    /// Select the component that matches best and bring it into the middle of the view; asked again, the next one.
    Find {
        /// Part of a name, a kind or an id.
        text: String,
    },
    /// Choose a tool.
    SetTool(Tool),
    /// Show the grid and snap to it, or neither.
    ToggleGrid,
    /// Say how the system fares: answered by [`crate::Effect::Describe`].
    Describe,
    /// Say so again and again, more rarely, or no more: answered by [`crate::Effect::DescribeOften`].
    DescribeOften,
}

/// Tools, as every canvas editor has them. A tool stays until another is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Select and move (V).
    #[default]
    Select,
    /// Pan (H).
    Hand,
    /// Connect (A): press on a node and drag to another.
    Connect,
}

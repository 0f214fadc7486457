//! What the panels ask of the editor, and what it asks of the screen.

use crate::{Point, Rect};
use serde_json::Value;

/// Nodes and links selected, by id, in the order they were selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Ids of nodes.
    pub nodes: Vec<String>,
    /// Ids of links.
    pub links: Vec<String>,
}

impl Selection {
    /// Just this node.
    pub fn of_node(id: impl Into<String>) -> Self {
        Self { nodes: vec![id.into()], links: Vec::new() }
    }

    /// Just this link.
    pub fn of_link(id: impl Into<String>) -> Self {
        Self { nodes: Vec::new(), links: vec![id.into()] }
    }

    /// Is nothing selected?
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.links.is_empty()
    }

    /// How many nodes and links.
    pub fn len(&self) -> usize {
        self.nodes.len() + self.links.len()
    }

    /// Is this node selected?
    pub fn has_node(&self, id: &str) -> bool {
        self.nodes.iter().any(|n| n == id)
    }

    /// Is this link selected?
    pub fn has_link(&self, id: &str) -> bool {
        self.links.iter().any(|l| l == id)
    }
}

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
    /// Delete the selection.
    DeleteSelection,
    /// Duplicate the selection, beside itself.
    DuplicateSelection,
    /// Copy the selection: answered by [`Effect::Copy`].
    Copy,
    /// Copy the selection and delete it.
    Cut,
    /// Select exactly these.
    Select(Selection),
    /// Select every node and link.
    SelectAll,
    /// Cancel the gesture under way and restore everything; if there is none, select nothing.
    Escape,
    /// Move the selected nodes. Consecutive nudges merge into one undo step until anything else happens.
    Nudge {
        /// Vector, world units.
        by: Point,
    },
    /// Undo one step.
    Undo,
    /// Redo one step.
    Redo,
    /// Add the content of clipboard JSON (a design or a part of one), selected, beside its origin if that is in view,
    /// else in the view's middle.
    Paste {
        /// The document's own JSON.
        json: String,
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
    /// Move the camera so that the node is in view, and give it the focus.
    Reveal {
        /// The node.
        node: String,
    },
    /// Choose a tool.
    SetTool(Tool),
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

/// What the editor asks of the screen after an input or an action. An empty answer to a key means that the editor has
/// no use for it: the browser may do as it does (Tab past the last component leaves the canvas, Ctrl+V makes a paste
/// event); after any other answer its default should be prevented.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The document changed (edits, undo, redo); a gesture under way reports only at its end.
    DesignChanged,
    /// Anything drawn changed (camera, selection, gesture preview): draw again.
    Redraw,
    /// Keep sending [`crate::Input::Tick`]; always the last effect of an answer.
    NeedTick,
    /// Open quick-add; the chosen kind comes back as `AddNode`, `AddConnected` or `AddCaller`.
    OpenQuickAdd {
        /// Screen point; turned into a world point it is the `at` of the action that follows.
        at: Point,
        /// The node that will call the new component ([`Action::AddConnected`]).
        connect_from: Option<String>,
        /// The node that the new component will call ([`Action::AddCaller`]).
        connect_to: Option<String>,
    },
    /// Open the name of a node for editing (F2, double-click).
    EditName {
        /// The node.
        node: String,
    },
    /// Put this text on the clipboard.
    Copy {
        /// The document's own JSON.
        json: String,
    },
    /// Open the context menu for the selection, which the editor has adjusted.
    OpenContextMenu {
        /// Screen point.
        at: Point,
    },
    /// Say this to a screen reader ("Added cache, connected from app server").
    Announce(String),
    /// Tell the person that something was refused and why ("A load balancer cannot call users").
    Refused {
        /// A sentence.
        message: String,
        /// Screen point where it happened, if it happened somewhere.
        at: Option<Point>,
    },
    /// A run command typed on the canvas.
    Run(RunKey),
    /// Show the shortcut help.
    OpenHelp,
    /// The keyboard focus inside the canvas moved to this node, and the camera with it.
    Focused {
        /// The node.
        node: String,
        /// Its box, world units.
        bounds: Rect,
    },
}

/// Run commands with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunKey {
    /// P or Ctrl/⌘ Enter.
    PlayPause,
    /// `.`
    StepEvent,
    /// `,`
    StepRequest,
}

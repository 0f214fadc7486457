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

/// An edit or a command by name: the one way to change the document from outside a gesture. Each is one undo step.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Add a component of `kind`. `at`: world point of its centre; `None` puts it near the selection (or in the middle
    /// of the view), connected from the selected component if that makes sense.
    AddNode { kind: String, at: Option<Point> },
    /// Add a component and a link to it from `from` (quick-add after dropping a link on empty canvas).
    AddConnected { kind: String, from: String, at: Option<Point> },
    /// Connect two components.
    Connect { from: String, to: String },
    /// Set one parameter; `pointer` is a JSON pointer inside `params` (`/service_time/mean_ms`); `None` restores the
    /// default. Consecutive edits of the same pointer merge into one undo step until [`Action::EndEdit`].
    SetNodeParam { node: String, pointer: String, value: Option<Value> },
    /// The same for a link.
    SetLinkParam { link: String, pointer: String, value: Option<Value> },
    /// Close the current run of merged parameter edits (focus left the field).
    EndEdit,
    /// Rename a component.
    Rename { node: String, name: String },
    /// Rename the design.
    RenameDesign { name: String },
    /// Set the seed of the run.
    SetSeed { seed: u64 },
    /// Delete the selection.
    DeleteSelection,
    /// Duplicate the selection, beside itself.
    DuplicateSelection,
    /// Select exactly these.
    Select(Selection),
    /// Select every node and link.
    SelectAll,
    /// Select nothing; cancels a gesture under way.
    Escape,
    /// Move the selection by this vector, world units.
    Nudge { by: Point },
    /// Undo one step.
    Undo,
    /// Redo one step.
    Redo,
    /// Add the content of clipboard JSON (a design or a part of one) beside the view's middle, selected.
    Paste { json: String },
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

/// What the editor asks of the screen after an input or an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The document changed (edits, undo, redo); a gesture under way reports only at its end.
    DesignChanged,
    /// Anything drawn changed (camera, selection, gesture preview): draw again.
    Redraw,
    /// Keep sending [`crate::Input::Tick`].
    NeedTick,
    /// Open quick-add at this screen point; the chosen kind comes back as `AddNode` or `AddConnected`.
    OpenQuickAdd { at: Point, connect_from: Option<String> },
    /// Open the name of a node for editing (F2, double-click).
    EditName { node: String },
    /// Put this text on the clipboard.
    Copy { json: String },
    /// Open the context menu at this screen point.
    OpenContextMenu { at: Point },
    /// Say this to a screen reader ("Added cache, connected from app server").
    Announce(String),
    /// Tell the person that something was refused and why ("A load balancer cannot call users").
    Refused { message: String, at: Option<Point> },
    /// A run command typed on the canvas.
    Run(RunKey),
    /// Show the shortcut help.
    OpenHelp,
    /// Scroll this world rectangle into view was done by the editor itself; listed for screen readers that follow focus.
    Focused { node: String, bounds: Rect },
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

//! What the editor asks of the screen.

use crate::{Part, Point, Rect};

/// What the editor asks of the screen after an input or an action. An empty answer to a key means that the editor has
/// no use for it: the browser may do as it does (Tab past the last component leaves the canvas, Ctrl+V makes a paste
/// event); after any other answer its default should be prevented.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The document changed (edits, undo, redo); a gesture under way reports only at its end.
    DesignChanged,
    /// Anything drawn changed (camera, selection, gesture preview): draw again.
    Redraw,
    /// Parts moved all at once (tidied up, or that undone): show how they get there.
    Rearranged,
    /// Keep sending [`crate::Input::Tick`]; always the last effect of an answer.
    NeedTick,
    /// Open quick-add; the chosen kind comes back as `AddNode`, `AddConnected` or `AddCaller`.
    OpenQuickAdd {
        /// Screen point; turned into a world point it is the `at` of the action that follows.
        at: Point,
        /// The node that will call the new component ([`crate::Action::AddConnected`]).
        connect_from: Option<String>,
        /// The node that the new component will call ([`crate::Action::AddCaller`]).
        connect_to: Option<String>,
    },
    /// Open the name of a component, a link or a zone, or the text of a note, for editing in place.
    Edit(Part),
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
    /// Say how the system fares: the person asked ([`crate::Action::Describe`]).
    Describe,
    /// Say it at the next longer interval, or no more ([`crate::Action::DescribeOften`]).
    DescribeOften,
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
    /// The keyboard focus inside the canvas moved here, and the camera with it.
    Focused {
        /// A component, a zone or a note.
        part: Part,
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

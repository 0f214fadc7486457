//! What hands do, free of any browser: the screen translates DOM events into these.

use crate::Point;

/// Modifier keys held. `command` is Ctrl, or ⌘ on a Mac.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mods {
    /// Shift.
    pub shift: bool,
    /// Alt or Option.
    pub alt: bool,
    /// Ctrl or ⌘.
    pub command: bool,
}

/// Pointer buttons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// Left button, finger, or pen tip.
    Primary,
    /// Wheel button.
    Middle,
    /// Right button.
    Secondary,
}

/// What points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointerKind {
    /// A mouse or a trackpad.
    Mouse,
    /// A finger: bigger targets, long press, pinch.
    Touch,
    /// A pen.
    Pen,
}

/// One input. All points are canvas-relative screen points, CSS px. `time_ms` is any monotonic clock
/// (double clicks and long presses are recognised here, not by the browser).
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A button or finger went down.
    PointerDown {
        /// DOM `pointerId`.
        pointer: i32,
        /// Where.
        at: Point,
        /// Which button.
        button: Button,
        /// What points.
        kind: PointerKind,
        /// Modifier keys held.
        mods: Mods,
        /// When, ms.
        time_ms: f64,
    },
    /// A pointer moved, pressed or not.
    PointerMove {
        /// DOM `pointerId`.
        pointer: i32,
        /// Where.
        at: Point,
        /// Modifier keys held.
        mods: Mods,
        /// When, ms.
        time_ms: f64,
    },
    /// A button or finger went up.
    PointerUp {
        /// DOM `pointerId`.
        pointer: i32,
        /// Where.
        at: Point,
        /// Modifier keys held.
        mods: Mods,
        /// When, ms.
        time_ms: f64,
    },
    /// The browser took the pointer away: the gesture is cancelled and everything restored.
    PointerCancel {
        /// DOM `pointerId`.
        pointer: i32,
    },
    /// The pointer left the canvas without a button held: nothing is hovered any more.
    PointerLeave,
    /// Wheel or trackpad scroll; `mods.command` means zoom at the pointer.
    Wheel {
        /// Where.
        at: Point,
        /// CSS px, as DOM `deltaX`, `deltaY` in pixel mode.
        delta: Point,
        /// Modifier keys held (a browser reports a trackpad pinch as Ctrl + wheel).
        mods: Mods,
    },
    /// A key went down while the canvas (not a text field) had focus.
    KeyDown {
        /// As in DOM `KeyboardEvent.key`.
        key: String,
        /// Modifier keys held.
        mods: Mods,
        /// When, ms.
        time_ms: f64,
    },
    /// A key went up.
    KeyUp {
        /// As in DOM `KeyboardEvent.key`.
        key: String,
    },
    /// The canvas lost the keyboard focus: keys held are let go.
    Blur,
    /// Called about every 16 ms while [`crate::Effect::NeedTick`] was the last answer: edge scrolling, long press.
    Tick {
        /// When, ms.
        time_ms: f64,
    },
    /// The canvas changed size.
    Resize {
        /// CSS px.
        width: f64,
        /// CSS px.
        height: f64,
    },
}

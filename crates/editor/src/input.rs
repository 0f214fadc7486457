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
    PointerDown { pointer: i32, at: Point, button: Button, kind: PointerKind, mods: Mods, time_ms: f64 },
    /// A pointer moved, pressed or not.
    PointerMove { pointer: i32, at: Point, mods: Mods, time_ms: f64 },
    /// A button or finger went up.
    PointerUp { pointer: i32, at: Point, mods: Mods, time_ms: f64 },
    /// The browser took the pointer away: the gesture is cancelled and everything restored.
    PointerCancel { pointer: i32 },
    /// Wheel or trackpad scroll; `mods.command` means zoom at the pointer.
    Wheel { at: Point, delta: Point, mods: Mods },
    /// A key went down while the canvas (not a text field) had focus. `key` as in DOM `KeyboardEvent.key`.
    KeyDown { key: String, mods: Mods, time_ms: f64 },
    /// A key went up.
    KeyUp { key: String },
    /// Called about every 16 ms while [`crate::Effect::NeedTick`] was the last answer: edge scrolling, long press.
    Tick { time_ms: f64 },
    /// The canvas changed size, CSS px.
    Resize { width: f64, height: f64 },
}

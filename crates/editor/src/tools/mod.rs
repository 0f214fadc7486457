//! Gestures: what hands and keys do with the canvas, as a state chart.
//!
//! ```text
//!            down            moved far enough             up
//!   Idle ───────────▶ Pressed ───────────────▶ Moving ─────────▶ one step, Idle
//!    ▲                  │ up: a click          Marquee
//!    │                  ▼                      Connecting ─────▶ or asks what to create
//!    └──── Escape, cancel, second finger ───── Panning, Pinching
//! ```
//!
//! A gesture under way changes nothing but the camera: what it would do is in its phase, drawn from the scene, and
//! becomes one transaction at its end. Cancelled, it gives back the selection that it began with.

mod click;
mod connect;
mod edge;
mod hit;
mod input;
mod keys;
mod marquee;
mod membership;
mod moving;
mod pinch;
mod press;
mod scene;
mod targets;

use crate::ops::Piece;
use crate::{Hover, Mods, Point, PointerKind, Rect, Selection, Side, Target};
pub(crate) use hit::Hit;
use std::rc::Rc;

/// Where the hands are.
#[derive(Debug, Default)]
pub(crate) struct Hands {
    pub phase: Phase,
    /// Pointers that are down, with where they are on the screen.
    pub down: Vec<(i32, Point)>,
    /// The pointer seen last, on the screen.
    pub at: Point,
    pub mods: Mods,
    /// The last press was a finger's.
    pub finger: bool,
    /// The space bar is held, and whether a hand moved meanwhile.
    pub space: Option<bool>,
    pub hover: Option<Hover>,
    /// The node whose ports the pointer comes near.
    pub near: Option<String>,
    /// When and where a click ended, to recognise the second of two.
    pub clicked: Option<(f64, Point)>,
    /// When and where a double click opened something: the clicks that still follow it on the spot are part of it.
    pub opened: Option<(f64, Point)>,
    /// When the last tick was, ms.
    pub ticked: Option<f64>,
    /// Where the last press began, on the screen.
    pub pressed: Point,
    /// What was selected when the gesture began.
    pub before: Selection,
}

/// The gesture under way.
#[derive(Clone, Debug, Default)]
pub(crate) enum Phase {
    #[default]
    Idle,
    /// Pressed, and not moved far enough to be more than a click.
    Pressed(Press),
    /// The world follows the hand. A link begun with a click waits meanwhile.
    Panning { pointer: i32, waits: Option<Box<Waiting>> },
    /// Two fingers.
    Pinching { waits: Option<Box<Waiting>> },
    /// Components and notes follow the pointer.
    Moving(Moving),
    /// A box is drawn around what shall be selected.
    Marquee {
        pointer: i32,
        /// World point where it began.
        from: Point,
        /// What stays selected besides.
        base: Selection,
    },
    /// A link follows the pointer.
    Connecting(Connecting),
}

/// A link that was begun with a click, while the hand does something else.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub link: Connecting,
    /// Where the hand went down, on the screen; it has not moved from there yet.
    pub pressed: Option<Point>,
}

#[derive(Clone, Debug)]
pub(crate) struct Press {
    pub pointer: i32,
    pub kind: PointerKind,
    /// Screen point.
    pub at: Point,
    pub since_ms: f64,
    pub on: Hit,
    pub mods: Mods,
}

#[derive(Clone, Debug)]
pub(crate) struct Moving {
    pub pointer: i32,
    /// World point where the pointer took hold.
    pub from: Point,
    /// Top left corner of what was taken hold of: it lands on the grid.
    pub home: Point,
    /// What moves, with the top left corners it had.
    pub pieces: Vec<(Piece, Point)>,
    /// The box around all that moves, where it was.
    pub area: Rect,
    /// Boxes that stand still, to snap to.
    pub others: Vec<Rect>,
    /// How far it has come.
    pub by: Point,
    pub guides: Vec<crate::Guide>,
    /// What it may join or leave.
    pub zones: membership::Zones,
}

#[derive(Clone, Debug)]
pub(crate) struct Connecting {
    /// The pointer that draws it; `None` after a click on a port, while the second click is awaited.
    pub pointer: Option<i32>,
    pub anchor: String,
    /// `Out`: the anchor calls; `In`: it is called.
    pub side: Side,
    /// The link whose end is moved.
    pub replaces: Option<String>,
    /// Where it may lead.
    pub targets: Rc<[Target]>,
    /// The node under the pointer.
    pub target: Option<String>,
    /// Why it may not lead there.
    pub refused: Option<String>,
}

/// Farther than this, CSS px, a press is a drag.
pub(crate) fn threshold(kind: PointerKind) -> f64 {
    if kind == PointerKind::Touch { 10.0 } else { 4.0 }
}
/// Two clicks within this time, ms, and distance, CSS px, are a double click: as desktops have it out of the box.
pub(crate) const DOUBLE: (f64, f64) = (500.0, 8.0);

/// Does what happens at this time, ms, and place follow so closely on what happened before that both are one?
pub(crate) fn follows(before: Option<(f64, Point)>, time_ms: f64, at: Point) -> bool {
    before.is_some_and(|(time, place)| time_ms - time <= DOUBLE.0 && at.distance(place) <= DOUBLE.1)
}
/// A finger resting this long asks for the menu, ms.
pub(crate) const LONG_PRESS_MS: f64 = 500.0;

impl Phase {
    /// Its name, for tests and styles.
    pub fn name(&self) -> &'static str {
        match self {
            Phase::Idle => "Idle",
            Phase::Pressed(_) => "Pressed",
            Phase::Panning { .. } => "Panning",
            Phase::Pinching { .. } => "Pinching",
            Phase::Moving(_) => "Translating",
            Phase::Marquee { .. } => "Brushing",
            Phase::Connecting(_) => "Connecting",
        }
    }
}

/// Does a click with these keys add to the selection?
pub(crate) fn adds(mods: Mods) -> bool {
    mods.shift || mods.command
}

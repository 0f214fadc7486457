//! What goes on while a hand rests: scrolling near an edge, and the long press.

use super::{LONG_PRESS_MS, Phase};
use crate::{Editor, Point, PointerKind};

/// Dragging nearer than this to an edge scrolls, CSS px.
const EDGE: f64 = 36.0;
/// At the very edge it scrolls this fast, CSS px a second.
const SPEED: f64 = 900.0;

impl Editor {
    pub(crate) fn needs_tick(&self) -> bool {
        match &self.hands.phase {
            Phase::Pressed(press) => press.kind == PointerKind::Touch,
            Phase::Moving(_) | Phase::Marquee { .. } => self.at_edge() != Point::default(),
            Phase::Connecting(c) => c.pointer.is_some() && self.at_edge() != Point::default(),
            _ => false,
        }
    }

    /// How far into the edge the pointer is, each way: -1 to 1. What was taken hold of near an edge does not scroll before
    /// it comes nearer.
    fn at_edge(&self) -> Point {
        let (at, from, view) = (self.hands.at, self.hands.pressed, self.view);
        let pull = |v: f64, from: f64, size: f64| {
            let (near, far) = (EDGE.min(from).max(1.0), EDGE.min(size - from).max(1.0));
            if size < 4.0 * EDGE {
                0.0
            } else if v < near {
                (v - near).max(-near) / near
            } else if v > size - far {
                (v - size + far).min(far) / far
            } else {
                0.0
            }
        };
        Point::new(pull(at.x, from.x, view.x), pull(at.y, from.y, view.y))
    }

    #[inline(never)]
    pub(crate) fn tick(&mut self, time_ms: f64) {
        let elapsed_s = self.hands.ticked.map_or(0.016, |t| ((time_ms - t) / 1000.0).clamp(0.0, 0.05));
        self.hands.ticked = Some(time_ms);
        match &self.hands.phase {
            Phase::Pressed(press) if press.kind == PointerKind::Touch && time_ms - press.since_ms >= LONG_PRESS_MS => {
                let press = press.clone();
                self.hands.phase = Phase::Idle;
                self.context_menu(press.at, &press.on);
            }
            Phase::Moving(_) | Phase::Marquee { .. } | Phase::Connecting(_) => {
                let pull = self.at_edge();
                if pull == Point::default() {
                    return;
                }
                self.set_camera(self.camera.panned(pull * (-SPEED * elapsed_s)));
                match self.hands.phase {
                    Phase::Moving(_) => self.move_on(),
                    Phase::Marquee { .. } => self.brush(),
                    _ => self.aim(PointerKind::Mouse),
                }
            }
            _ => {}
        }
    }
}

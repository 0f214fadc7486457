//! From an input to the part of the state chart that takes it.

use super::{Hit, Phase, Press, threshold};
use crate::{Editor, Effect, Input, Mods, Point, PointerKind, Selection};

impl Editor {
    /// Take one input.
    pub fn handle(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::PointerDown { pointer, at, button, kind, mods, time_ms } => {
                self.pointer_down(Press { pointer, kind, at, since_ms: time_ms, on: Hit::Nothing, mods }, button);
            }
            Input::PointerMove { pointer, at, mods, .. } => self.pointer_move(pointer, at, mods),
            Input::PointerUp { pointer, at, mods, time_ms } => self.pointer_up(pointer, at, mods, time_ms),
            Input::PointerCancel { pointer } => {
                self.hands.down.retain(|(id, _)| *id != pointer);
                self.cancel_gesture();
            }
            Input::PointerLeave => {
                self.hover(None);
                self.approach(None);
            }
            Input::Wheel { at, delta, mods } => self.wheel(at, delta, mods),
            Input::KeyDown { key, mods, .. } => self.key_down(&key, mods),
            Input::KeyUp { key } => self.key_up(&key),
            Input::Blur => {
                self.hands.space = None;
                self.hands.mods = Mods::default();
            }
            Input::Tick { time_ms } => self.tick(time_ms),
            Input::Resize { width, height } => self.resize(Point::new(width, height)),
        }
        if self.needs_tick() {
            self.emit(Effect::NeedTick);
        }
        self.answer()
    }

    #[inline(never)]
    fn pointer_move(&mut self, pointer: i32, at: Point, mods: Mods) {
        let at = at.within(1e6);
        let before = std::mem::replace(&mut self.hands.at, at);
        self.hands.mods = mods;
        let fingers = self.hands.down.clone();
        if let Some(down) = self.hands.down.iter_mut().find(|(id, _)| *id == pointer) {
            down.1 = at;
        }
        match &self.hands.phase {
            Phase::Idle => self.look(at),
            Phase::Pressed(press) if press.pointer == pointer && press.at.distance(at) > threshold(press.kind) => {
                let press = press.clone();
                self.begin(press);
            }
            Phase::Panning { pointer: own, waits } if *own == pointer => {
                let rests = waits.as_ref().and_then(|w| w.pressed);
                if rests.is_none_or(|from| from.distance(at) > threshold(PointerKind::Touch)) {
                    self.fit_pending = false;
                    self.set_camera(self.camera.panned(at - rests.unwrap_or(before)));
                    self.moved_on();
                }
            }
            Phase::Pinching { .. } => self.pinch(&fingers),
            Phase::Moving(m) if m.pointer == pointer => self.move_on(),
            Phase::Marquee { pointer: own, .. } if *own == pointer => self.brush(),
            Phase::Connecting(c) if c.pointer.is_none_or(|own| own == pointer) => self.aim(PointerKind::Mouse),
            _ => {}
        }
    }

    #[inline(never)]
    fn pointer_up(&mut self, pointer: i32, at: Point, mods: Mods, time_ms: f64) {
        let at = at.within(1e6);
        self.hands.down.retain(|(id, _)| *id != pointer);
        (self.hands.at, self.hands.mods) = (at, mods);
        match std::mem::take(&mut self.hands.phase) {
            Phase::Pressed(press) if press.pointer == pointer => self.click(&press, time_ms),
            Phase::Moving(m) if m.pointer == pointer => self.end_move(m),
            Phase::Marquee { pointer: own, .. } if own == pointer => self.announce_selection(),
            Phase::Connecting(c) if c.pointer == Some(pointer) => {
                self.hands.phase = Phase::Connecting(c);
                self.aim(PointerKind::Mouse);
                self.drop_link();
            }
            Phase::Panning { pointer: own, waits } if own == pointer => self.come_back(waits, true),
            Phase::Pinching { waits } => self.come_back(waits, false),
            other => self.hands.phase = other,
        }
        self.redraw();
    }

    /// Ends the gesture under way and restores everything; says whether there was one.
    pub(crate) fn cancel_gesture(&mut self) -> bool {
        if matches!(std::mem::take(&mut self.hands.phase), Phase::Idle) {
            return false;
        }
        let before: Selection = std::mem::take(&mut self.hands.before);
        self.select(before);
        true
    }
}

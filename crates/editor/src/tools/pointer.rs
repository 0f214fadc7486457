//! Pointers: press, drag, release, with mouse, pen and fingers.

use super::{DOUBLE, EDGE, EDGE_SPEED, Hit, LONG_PRESS_MS, Phase, Press, threshold};
use crate::{Button, Editor, Effect, Input, Mods, Point, PointerKind, Rect, Selection, Side, Tool, node_rect};

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
            Input::PointerLeave => self.hover(None),
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

    fn pointer_down(&mut self, mut press: Press, button: Button) {
        press.at = press.at.within(1e6);
        let at = press.at;
        self.history.close();
        self.hands.down.retain(|(id, _)| *id != press.pointer);
        self.hands.down.push((press.pointer, at));
        (self.hands.at, self.hands.mods) = (at, press.mods);
        if self.hands.down.len() == 2 && press.kind == PointerKind::Touch {
            // The second finger ends what the first began.
            self.cancel_gesture();
            self.hands.phase = Phase::Pinching;
            return self.redraw();
        }
        if self.hands.down.len() > 1 {
            return;
        }
        // After a click on a port the next click says where the link leads.
        if matches!(self.hands.phase, Phase::Connecting(_)) && button == Button::Primary {
            self.aim(press.kind);
            return self.drop_link();
        }
        self.cancel_gesture();
        let panning = button == Button::Middle
            || (button == Button::Primary && (self.tool == Tool::Hand || self.hands.space.is_some()));
        if panning {
            self.hands.space = self.hands.space.map(|_| true);
            self.hands.phase = Phase::Panning { pointer: press.pointer };
            return self.redraw();
        }
        press.on = self.hit(at, press.kind);
        if button == Button::Secondary {
            return self.context_menu(at, &press.on);
        }
        if let (Tool::Connect, true, Hit::Node(node)) = (self.tool, self.editable, &press.on) {
            press.on = Hit::Port { node: node.clone(), side: Side::Out };
        }
        if !adds(press.mods) {
            self.take_hold(&press.on);
        }
        self.focused = None;
        self.hands.phase = Phase::Pressed(press);
        self.redraw();
    }

    /// What is pressed is selected at once, unless it is part of the selection, which may be about to move as a whole.
    fn take_hold(&mut self, on: &Hit) {
        match on {
            Hit::Node(node) if !self.selection.has_node(node) => self.select(Selection::of_node(node.clone())),
            Hit::Link(link) if !self.selection.has_link(link) => self.select(Selection::of_link(link.clone())),
            _ => {}
        }
    }

    fn context_menu(&mut self, at: Point, on: &Hit) {
        match on {
            Hit::Nothing => self.select(Selection::default()),
            Hit::Port { node, .. } => self.take_hold(&Hit::Node(node.clone())),
            on => self.take_hold(on),
        }
        self.emit(Effect::OpenContextMenu { at });
    }

    fn pointer_move(&mut self, pointer: i32, at: Point, mods: Mods) {
        let at = at.within(1e6);
        let before = std::mem::replace(&mut self.hands.at, at);
        self.hands.mods = mods;
        let fingers = self.hands.down.clone();
        if let Some(down) = self.hands.down.iter_mut().find(|(id, _)| *id == pointer) {
            down.1 = at;
        }
        match self.hands.phase.clone() {
            Phase::Idle => {
                let hit = self.hit(at, PointerKind::Mouse);
                self.hover(hit.hover());
            }
            Phase::Pressed(press) if press.pointer == pointer && press.at.distance(at) > threshold(press.kind) => {
                self.begin(press);
            }
            Phase::Panning { pointer: own } if own == pointer => {
                self.fit_pending = false;
                self.set_camera(self.camera.panned(at - before));
            }
            Phase::Pinching => self.pinch(&fingers),
            Phase::Moving(m) if m.pointer == pointer => self.move_on(),
            Phase::Marquee { pointer: own, .. } if own == pointer => self.brush(),
            Phase::Connecting(c) if c.pointer.is_none_or(|own| own == pointer) => self.aim(PointerKind::Mouse),
            _ => {}
        }
    }

    /// The press has become a drag.
    fn begin(&mut self, press: Press) {
        let from = self.camera.to_world(press.at);
        let marquee = |base| Phase::Marquee { pointer: press.pointer, from, base };
        match press.on {
            Hit::Node(node) if !press.mods.shift && self.editable => {
                if !self.selection.has_node(&node) {
                    let mut selection = self.selection.clone();
                    selection.nodes.push(node.clone());
                    self.select(selection);
                }
                self.begin_move(press.pointer, from, &node);
            }
            Hit::Port { node, side } => self.begin_link(Some(press.pointer), node, side, None),
            Hit::LinkEnd { link, side } => {
                let Some((from, to)) = self.link(&link).map(|l| (l.from.clone(), l.to.clone())) else { return };
                // The other end stays where it is.
                let (anchor, anchored) = if side == Side::In { (from, Side::Out) } else { (to, Side::In) };
                self.begin_link(Some(press.pointer), anchor, anchored, Some(link));
            }
            Hit::Nothing | Hit::Link(_) | Hit::Node(_) if press.kind == PointerKind::Touch || !self.editable => {
                self.hands.phase = Phase::Panning { pointer: press.pointer };
                self.set_camera(self.camera.panned(self.hands.at - press.at));
                self.redraw();
            }
            Hit::Nothing | Hit::Link(_) | Hit::Node(_) => {
                let base = if adds(press.mods) { self.selection.clone() } else { Selection::default() };
                self.hands.phase = marquee(base);
                self.brush();
            }
        }
    }

    /// What the marquee touches is selected.
    fn brush(&mut self) {
        let Some(area) = self.marquee() else { return };
        let Phase::Marquee { base, .. } = &self.hands.phase else { return };
        let mut selection = base.clone();
        for node in &self.design().nodes {
            if node_rect(node).touches(&area) && !selection.has_node(&node.id) {
                selection.nodes.push(node.id.clone());
            }
        }
        for link in &self.design().links {
            // A link belongs to a selection that holds both its ends.
            if selection.has_node(&link.from) && selection.has_node(&link.to) && !selection.has_link(&link.id) {
                selection.links.push(link.id.clone());
            }
        }
        self.select(selection);
    }

    /// The marquee, world units.
    pub(crate) fn marquee(&self) -> Option<Rect> {
        match &self.hands.phase {
            Phase::Marquee { from, .. } => Some(Rect::between(*from, self.camera.to_world(self.hands.at))),
            _ => None,
        }
    }

    /// Two fingers: the world points under them stay under them.
    fn pinch(&mut self, before: &[(i32, Point)]) {
        let ([(_, a0), (_, b0), ..], [(_, a1), (_, b1), ..]) = (before, &self.hands.down[..]) else { return };
        let (from, to) = (a0.middle(*b0), a1.middle(*b1));
        let spread = (a1.distance(*b1) / a0.distance(*b0).max(1.0)).clamp(0.2, 5.0);
        self.fit_pending = false;
        let panned = self.camera.panned(to - from);
        self.set_camera(panned.zoomed(panned.zoom * spread, to));
    }

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
            Phase::Panning { pointer: own } if own == pointer => {}
            Phase::Pinching => {}
            other => self.hands.phase = other,
        }
        self.redraw();
    }

    fn click(&mut self, press: &Press, time_ms: f64) {
        let double = self
            .hands
            .clicked
            .is_some_and(|(time, at)| time_ms - time <= DOUBLE.0 && at.distance(press.at) <= DOUBLE.1);
        // A third click is the first of a new pair.
        self.hands.clicked = (!double).then_some((time_ms, press.at));
        match &press.on {
            Hit::Node(node) if double && self.editable && !adds(press.mods) => {
                self.emit(Effect::EditName { node: node.clone() })
            }
            Hit::Node(node) if adds(press.mods) => self.toggle(|s| &mut s.nodes, node),
            Hit::Node(node) => self.select(Selection::of_node(node.clone())),
            Hit::Link(link) | Hit::LinkEnd { link, .. } if adds(press.mods) => self.toggle(|s| &mut s.links, link),
            Hit::Link(link) | Hit::LinkEnd { link, .. } => self.select(Selection::of_link(link.clone())),
            Hit::Port { node, side } => {
                self.hands.clicked = None;
                self.begin_link(None, node.clone(), *side, None);
                self.announce("Click the component to connect to");
            }
            Hit::Nothing if double && self.editable => self.ask_what(press.at, None, None),
            Hit::Nothing if adds(press.mods) => {}
            Hit::Nothing => self.select(Selection::default()),
        }
    }

    fn toggle(&mut self, list: fn(&mut Selection) -> &mut Vec<String>, id: &str) {
        let mut selection = self.selection.clone();
        let ids = list(&mut selection);
        match ids.iter().position(|i| i == id) {
            Some(at) => drop(ids.remove(at)),
            None => ids.push(id.to_owned()),
        }
        self.select(selection);
    }

    pub(crate) fn hover(&mut self, hover: Option<crate::Hover>) {
        if self.hands.hover != hover {
            self.hands.hover = hover;
            self.redraw();
        }
    }

    /// Ends the gesture under way and restores everything; says whether there was one.
    pub(crate) fn cancel_gesture(&mut self) -> bool {
        let phase = std::mem::take(&mut self.hands.phase);
        match phase {
            Phase::Idle => return false,
            Phase::Marquee { base, .. } => self.select(base),
            _ => {}
        }
        self.redraw();
        true
    }

    fn needs_tick(&self) -> bool {
        match &self.hands.phase {
            Phase::Pressed(press) => press.kind == PointerKind::Touch,
            Phase::Moving(_) | Phase::Marquee { .. } => self.at_edge() != Point::default(),
            Phase::Connecting(c) => c.pointer.is_some() && self.at_edge() != Point::default(),
            _ => false,
        }
    }

    /// How far into the edge the pointer is, each way: -1 to 1.
    fn at_edge(&self) -> Point {
        let (at, view) = (self.hands.at, self.view);
        let pull = |v: f64, size: f64| {
            if size < 4.0 * EDGE {
                0.0
            } else if v < EDGE {
                (v - EDGE).max(-EDGE) / EDGE
            } else if v > size - EDGE {
                (v - size + EDGE).min(EDGE) / EDGE
            } else {
                0.0
            }
        };
        Point::new(pull(at.x, view.x), pull(at.y, view.y))
    }

    fn tick(&mut self, time_ms: f64) {
        let elapsed_s = self.hands.ticked.map_or(0.016, |t| ((time_ms - t) / 1000.0).clamp(0.0, 0.05));
        self.hands.ticked = Some(time_ms);
        match self.hands.phase.clone() {
            Phase::Pressed(press) if press.kind == PointerKind::Touch && time_ms - press.since_ms >= LONG_PRESS_MS => {
                self.hands.phase = Phase::Idle;
                self.context_menu(press.at, &press.on);
            }
            Phase::Moving(_) | Phase::Marquee { .. } | Phase::Connecting(_) => {
                let pull = self.at_edge();
                if pull == Point::default() {
                    return;
                }
                self.set_camera(self.camera.panned(pull * (-EDGE_SPEED * elapsed_s)));
                match self.hands.phase {
                    Phase::Moving(_) => self.move_on(),
                    Phase::Marquee { .. } => self.brush(),
                    _ => self.aim(PointerKind::Mouse),
                }
            }
            _ => {}
        }
    }

    fn announce_selection(&mut self) {
        let n = self.selection.nodes.len();
        self.announce(format!("Selected {}", crate::rules::count(n, "component")));
    }
}

/// Does a click with these keys add to the selection?
fn adds(mods: Mods) -> bool {
    mods.shift || mods.command
}

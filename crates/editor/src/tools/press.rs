//! A button or a finger goes down, and the press becomes a click or a drag.

use super::{Hit, Phase, Press, adds};
use crate::{Button, Editor, Effect, Point, PointerKind, Selection, Side, Tool};

impl Editor {
    #[inline(never)]
    pub(crate) fn pointer_down(&mut self, mut press: Press, button: Button) {
        press.at = press.at.within(1e6);
        let at = press.at;
        if button == Button::Primary && self.is_rest_of_clicks(at, press.since_ms) {
            self.hands.opened = Some((press.since_ms, at));
            return;
        }
        // A press anywhere else is no part of that, and what comes after it is not either.
        self.hands.opened = None;
        self.history.close();
        self.hands.finger = press.kind == PointerKind::Touch;
        self.hands.down.retain(|(id, _)| *id != press.pointer);
        self.hands.down.push((press.pointer, at));
        (self.hands.at, self.hands.pressed, self.hands.mods) = (at, at, press.mods);
        if self.hands.down.len() == 2 && press.kind == PointerKind::Touch {
            // The second finger ends what the first began, but for a link that was begun with a click.
            let waits = self.waiting(None);
            self.cancel_gesture();
            self.hands.before = self.selection.clone();
            self.hands.phase = Phase::Pinching { waits };
            return self.redraw();
        }
        if self.hands.down.len() > 1 {
            return;
        }
        let panning = button == Button::Middle
            || (button == Button::Primary && (self.tool == Tool::Hand || self.hands.space.is_some()));
        if panning {
            self.hands.space = self.hands.space.map(|_| true);
            return self.pan(press.pointer, None);
        }
        // After a click on a port the next click says where the link leads. A press beside everything may be one, or
        // may move the canvas.
        if matches!(self.hands.phase, Phase::Connecting(_)) && button == Button::Primary {
            self.aim(press.kind);
            if self.aims_at_nothing() {
                return self.pan(press.pointer, Some(at));
            }
            return self.drop_link();
        }
        self.cancel_gesture();
        self.hands.before = self.selection.clone();
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
        self.approach(None);
        self.hands.phase = Phase::Pressed(press);
        self.redraw();
    }

    /// The hand moves the canvas; a link begun with a click waits. `pressed` is where it may still be a click.
    fn pan(&mut self, pointer: i32, pressed: Option<Point>) {
        let waits = self.waiting(pressed);
        if waits.is_none() {
            self.cancel_gesture();
        }
        self.hands.before = self.selection.clone();
        self.hands.phase = Phase::Panning { pointer, waits };
        self.redraw();
    }

    /// What is pressed is selected at once, unless it is part of the selection, which may be about to move as a whole.
    pub(crate) fn take_hold(&mut self, on: &Hit) {
        match on {
            Hit::Node(node) if !self.selection.has_node(node) => self.select(Selection::of_node(node.clone())),
            Hit::Link(link) if !self.selection.has_link(link) => self.select(Selection::of_link(link.clone())),
            Hit::Note(note) if !self.selection.has_note(note) => self.select(Selection::of_note(note.clone())),
            Hit::Zone(zone) => {
                let nodes = self.zone_members(zone);
                if !nodes.iter().all(|n| self.selection.has_node(n)) {
                    self.select(Selection { nodes, ..Selection::default() });
                }
            }
            _ => {}
        }
    }

    /// Opens the menu for what is there.
    pub(crate) fn context_menu(&mut self, at: Point, on: &Hit) {
        match on {
            Hit::Nothing => self.select(Selection::default()),
            Hit::Port { node, .. } => self.take_hold(&Hit::Node(node.clone())),
            on => self.take_hold(on),
        }
        self.emit(Effect::OpenContextMenu { at });
    }

    /// The press has become a drag.
    #[inline(never)]
    pub(crate) fn begin(&mut self, press: Press) {
        let from = self.camera.to_world(press.at);
        let pans = press.kind == PointerKind::Touch || !self.editable;
        match press.on {
            on @ (Hit::Node(_) | Hit::Note(_) | Hit::Zone(_)) if !press.mods.shift && self.editable => {
                self.add_hold(&on);
                self.begin_move(press.pointer, from, &on);
            }
            Hit::Port { node, side } => self.begin_link(Some(press.pointer), node, side, None),
            Hit::LinkEnd { link, side } => {
                let Some((from, to)) = self.link(&link).map(|l| (l.from.clone(), l.to.clone())) else { return };
                // The other end stays where it is.
                let (anchor, anchored) = if side == Side::In { (from, Side::Out) } else { (to, Side::In) };
                self.begin_link(Some(press.pointer), anchor, anchored, Some(link));
            }
            _ if pans => {
                self.hands.phase = Phase::Panning { pointer: press.pointer, waits: None };
                self.set_camera(self.camera.panned(self.hands.at - press.at));
                self.redraw();
            }
            _ => {
                let base = if adds(press.mods) { self.hands.before.clone() } else { Selection::default() };
                self.hands.phase = Phase::Marquee { pointer: press.pointer, from, base };
                self.brush();
            }
        }
    }

    /// What is dragged with Ctrl held joins the selection, which moves as a whole.
    fn add_hold(&mut self, on: &Hit) {
        let mut selection = self.selection.clone();
        match on {
            Hit::Node(node) if !selection.has_node(node) => selection.nodes.push(node.clone()),
            Hit::Note(note) if !selection.has_note(note) => selection.notes.push(note.clone()),
            Hit::Zone(zone) => selection.nodes.extend(self.zone_members(zone)),
            _ => return,
        }
        self.select(selection);
    }
}

//! Drawing links: from a port to a node, or moving an end of one.

use super::hit::nearest;
use super::targets::targets;
use super::{Connecting, Phase, Waiting};
use crate::navigate::Stop;
use crate::rules::{capitalised, may_connect, title};
use crate::{
    Editor, Effect, LinkPreview, Part, Point, PointerKind, Side, Tool, in_port, node_rect, out_port, path_between,
};
use backpressure_sim::components;

/// How near to a node a link counts as led to it, CSS px.
const NEAR: f64 = 16.0;

impl Editor {
    /// Begin a link at `anchor`; `pointer` is the one that drags it, `None` after a click.
    pub(crate) fn begin_link(&mut self, pointer: Option<i32>, anchor: String, side: Side, replaces: Option<String>) {
        if !self.editable {
            return;
        }
        let Some(at) = self.doc().node_at(&anchor) else { return };
        let without = replaces.as_deref().and_then(|l| self.doc().link_at(l));
        let targets = targets(self.doc(), at, side, without).into();
        let (target, refused) = (None, None);
        self.hands.phase = Phase::Connecting(Connecting { pointer, anchor, side, replaces, targets, target, refused });
        self.hover(None);
        self.approach(None);
        self.aim(PointerKind::Mouse);
    }

    /// Finds the node that the link leads to now.
    pub(crate) fn aim(&mut self, kind: PointerKind) {
        let reach = if kind == PointerKind::Touch { 2.0 * NEAR } else { NEAR } / self.camera.zoom;
        let p = self.camera.to_world(self.hands.at);
        let Phase::Connecting(c) = &self.hands.phase else { return };
        let target = nearest(&self.design().nodes, Some(&c.anchor), p, reach).map(|node| node.id.clone());
        self.lead_to(target);
    }

    /// The link leads here now; if it may not, says why.
    fn lead_to(&mut self, target: Option<String>) {
        let Phase::Connecting(c) = &self.hands.phase else { return };
        if c.target != target {
            let refused = target.as_deref().and_then(|node| {
                let (from, to) = ends(&c.anchor, c.side, node);
                let without = c.replaces.as_deref().and_then(|l| self.doc().link_at(l));
                let design = without.map(|at| crate::edit::without_link(self.design(), at));
                may_connect(design.as_ref().unwrap_or(self.design()), from, to).err()
            });
            if let Phase::Connecting(c) = &mut self.hands.phase {
                (c.target, c.refused) = (target, refused);
            }
        }
        self.redraw();
    }

    /// The keyboard's focus says where the link leads.
    pub(crate) fn aim_by_focus(&mut self) {
        let focused = self.focused.as_ref().and_then(Part::node).map(str::to_owned);
        let Phase::Connecting(c) = &self.hands.phase else { return };
        let target = focused.filter(|id| *id != c.anchor);
        self.lead_to(target);
        if let Phase::Connecting(Connecting { refused: Some(why), .. }) = &self.hands.phase {
            let why = why.clone();
            self.announce(why);
        }
    }

    /// Does a link wait for its other end, with nobody dragging it?
    pub(crate) fn link_waits(&self) -> bool {
        matches!(&self.hands.phase, Phase::Connecting(c) if c.pointer.is_none())
    }

    /// An arrow key while a link waits: on to the next component in this direction that it may lead to.
    pub(crate) fn aim_towards(&mut self, way: Point) {
        let Phase::Connecting(c) = &self.hands.phase else { return };
        let here = c.target.as_deref().unwrap_or(&c.anchor);
        let open = c.targets.iter().filter(|t| t.open && t.node != here).filter_map(|t| self.doc().node_at(&t.node));
        let next = self.doc().node_at(here).and_then(|here| self.nearest_towards(here, way, open.map(|at| (at, at))));
        match next {
            Some(next) => self.focus(Stop::Node(next)),
            None => self.announce("Nothing to connect to that way"),
        }
    }

    /// Enter with the connect tool: the first begins a link at the component with the focus, or the selected one, the
    /// second ends it. Says whether it did either.
    pub(crate) fn connect_by_key(&mut self) -> bool {
        if let Phase::Connecting(c) = &self.hands.phase {
            if c.pointer.is_some() {
                return false;
            }
            if c.target.is_none() {
                // Nothing is aimed at yet: what is asked for is said again.
                if let Some(said) = self.prompt() {
                    self.announce(said);
                }
                return true;
            }
            self.drop_link();
            return true;
        }
        let here = self.here_node().and_then(|at| self.design().nodes.get(at)).map(|node| node.id.clone());
        match here {
            Some(anchor) if self.tool == Tool::Connect && self.editable => {
                self.start_connecting(&anchor);
                true
            }
            _ => false,
        }
    }

    /// The connect tool was taken with one component selected: a link begins there, and the way to its other end is from there
    /// on. With none the tool waits, and says so.
    pub(crate) fn connect_selected(&mut self) {
        let anchor = match &self.selection.nodes[..] {
            [one] if self.editable => one.clone(),
            _ => {
                return self
                    .announce("Connect tool: Enter begins a link at a component, Tab goes to the next".to_owned());
            }
        };
        self.start_connecting(&anchor);
        if matches!(self.hands.phase, Phase::Connecting(_)) {
            self.focused = Some(Part::Node(anchor));
        }
    }

    /// Does the link lead to no component now?
    pub(crate) fn aims_at_nothing(&self) -> bool {
        match &self.hands.phase {
            Phase::Connecting(c) => c.pointer.is_none() && c.target.is_none(),
            _ => false,
        }
    }

    /// Takes a link that was begun with a click out of the present phase, to come back to it.
    pub(crate) fn waiting(&mut self, pressed: Option<Point>) -> Option<Box<Waiting>> {
        match std::mem::take(&mut self.hands.phase) {
            Phase::Connecting(link) if link.pointer.is_none() => Some(Box::new(Waiting { link, pressed })),
            Phase::Panning { waits, .. } | Phase::Pinching { waits } => waits,
            other => {
                self.hands.phase = other;
                None
            }
        }
    }

    /// The hand that moves the canvas has moved: it is no click any more.
    pub(crate) fn moved_on(&mut self) {
        if let Phase::Panning { waits: Some(waits), .. } = &mut self.hands.phase {
            waits.pressed = None;
        }
    }

    /// Back to the link that waited; if the hand went down and up in one place, that was its other end.
    pub(crate) fn come_back(&mut self, waits: Option<Box<Waiting>>, clicked: bool) {
        let Some(waits) = waits else { return };
        self.hands.phase = Phase::Connecting(waits.link);
        self.aim(PointerKind::Mouse);
        if clicked && waits.pressed.is_some() {
            self.drop_link();
        }
    }

    /// What to do next with a link that was begun with a click.
    pub(crate) fn prompt(&self) -> Option<String> {
        let link = match &self.hands.phase {
            Phase::Connecting(c) if c.pointer.is_none() => c,
            Phase::Panning { waits: Some(w), .. } | Phase::Pinching { waits: Some(w) } => &w.link,
            _ => return None,
        };
        let anchor = capitalised(&title(self.node(&link.anchor)?));
        Some(match (link.side, &link.replaces) {
            (_, Some(_)) => "Choose the component that the link shall lead to".to_owned(),
            (Side::Out, _) => format!("Choose what {anchor} calls, or an empty place for something new"),
            (Side::In, _) => format!("Choose what calls {anchor}, or an empty place for something new"),
        })
    }

    /// Begin a link as a click on the out port would.
    pub(crate) fn start_connecting(&mut self, from: &str) {
        let Some(node) = self.node(from) else { return };
        if components::kind(&node.kind).is_some_and(|kind| !kind.makes_calls) {
            let name = capitalised(&title(node));
            return self.refuse(format!("{name} calls nothing: begin at what shall call it."), None);
        }
        if self.editable {
            self.hands.before = self.selection.clone();
            // Until the pointer moves the link has no length, and leads nowhere.
            if let Some(node) = self.node(from) {
                self.hands.at = self.camera.to_screen(out_port(node_rect(node)));
            }
            self.begin_link(None, from.to_owned(), Side::Out, None);
            self.lead_to(None);
            if let Some(said) = self.prompt() {
                self.announce(said + ". Arrow keys or Tab go there, Enter connects");
            }
        }
    }

    /// The link is let go: it connects, is refused, or asks what to create.
    pub(crate) fn drop_link(&mut self) {
        let Phase::Connecting(c) = std::mem::take(&mut self.hands.phase) else { return };
        self.redraw();
        let at = self.hands.at;
        let Some(target) = &c.target else {
            // Back on its own node: nothing was meant.
            let on_anchor = self.node(&c.anchor).is_some_and(|n| node_rect(n).contains(self.camera.to_world(at)));
            if c.replaces.is_none() && !on_anchor {
                match c.side {
                    Side::Out => self.ask_what(at, Some(c.anchor), None),
                    Side::In => self.ask_what(at, None, Some(c.anchor)),
                }
            }
            return;
        };
        let (from, to) = ends(&c.anchor, c.side, target);
        match &c.replaces {
            Some(link) => self.reconnect(link, from, to, Some(at)),
            None => self.connect(from, to, Some(at)),
        };
    }

    /// Ask which component to create at a screen point.
    pub(crate) fn ask_what(&mut self, at: Point, connect_from: Option<String>, connect_to: Option<String>) {
        self.emit(Effect::OpenQuickAdd { at, connect_from, connect_to });
    }

    /// The link being drawn.
    pub(crate) fn preview(&self) -> Option<LinkPreview> {
        let Phase::Connecting(c) = &self.hands.phase else { return None };
        let anchor = node_rect(self.node(&c.anchor)?);
        let target = c.target.as_deref().and_then(|id| self.node(id)).map(node_rect);
        let free = self.camera.to_world(self.hands.at);
        let path = match c.side {
            Side::Out => path_between(out_port(anchor), target.map_or(free, in_port)),
            Side::In => path_between(target.map_or(free, out_port), in_port(anchor)),
        };
        Some(LinkPreview {
            anchor: c.anchor.clone(),
            side: c.side,
            path,
            target: c.target.clone(),
            refused: c.refused.clone(),
            replaces: c.replaces.clone(),
        })
    }
}

/// Caller and callee of a link between the anchor and another node.
fn ends<'a>(anchor: &'a str, side: Side, other: &'a str) -> (&'a str, &'a str) {
    if side == Side::Out { (anchor, other) } else { (other, anchor) }
}

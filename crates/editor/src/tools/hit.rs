//! What is under a point.

use crate::frames::zone_title;
use crate::{
    Editor, Hover, NODE_WIDTH, Point, PointerKind, Rect, Side, Tool, in_port, node_rect, note_rect, out_port,
    zone_frames,
};
use backpressure_sim::{Node, components};

/// What is under a point, from the front: ends of a selected link, ports, components, notes, links, zones by their names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Hit {
    Nothing,
    Node(String),
    Port { node: String, side: Side },
    Link(String),
    LinkEnd { link: String, side: Side },
    Zone(String),
    Note(String),
}

/// Below this zoom ports are not drawn, but of the one component that a finger has chosen.
const PORTS_FROM_ZOOM: f64 = 0.5;
/// A port is hit within this distance, CSS px: it is drawn smaller.
const PORT_REACH: f64 = 13.0;
/// The same for a finger: it takes 44 px to be hit surely.
const PORT_REACH_OF_FINGER: f64 = 22.0;
/// Nobody's port reaches farther into its component, world units: the half in the middle is always the component itself,
/// however small it is drawn. What is cut off here a port reaches farther out.
const PORT_DEPTH: f64 = NODE_WIDTH / 4.0;
/// A port as it is drawn, world units.
const PORT_RADIUS: f64 = 7.0;
/// Coming nearer than this to a component shows its ports, CSS px.
const APPROACH: f64 = 28.0;

impl Hit {
    /// As the scene shows it.
    pub fn hover(&self) -> Option<Hover> {
        match self.clone() {
            Hit::Nothing => None,
            Hit::Node(node) => Some(Hover::Node(node)),
            Hit::Port { node, side } => Some(Hover::Port { node, side }),
            Hit::Link(link) => Some(Hover::Link(link)),
            Hit::LinkEnd { link, side } => Some(Hover::LinkEnd { link, side }),
            Hit::Zone(zone) => Some(Hover::Zone(zone)),
            Hit::Note(note) => Some(Hover::Note(note)),
        }
    }
}

impl Editor {
    /// What is under a screen point for this kind of pointer.
    pub(crate) fn hit(&self, at: Point, kind: PointerKind) -> Hit {
        let touch = kind == PointerKind::Touch;
        let px = 1.0 / self.camera.zoom;
        let p = self.camera.to_world(at);
        if self.editable {
            let reach = if touch { PORT_REACH_OF_FINGER } else { PORT_REACH } * px;
            for id in self.selection.links.iter().rev() {
                if let Some(hit) = self.link_end(id, p, reach) {
                    return hit;
                }
            }
            if let Some(hit) = self.port(p, reach, touch) {
                return hit;
            }
        }
        let slack = if touch { 6.0 * px } else { 0.0 };
        let design = self.design();
        if let Some(node) = nearest(&design.nodes, None, p, slack) {
            return Hit::Node(node.id.clone());
        }
        if let Some(note) = design.notes.iter().rev().find(|n| note_rect(n).grown(slack).contains(p)) {
            return Hit::Note(note.id.clone());
        }
        self.link_under(p, if touch { 16.0 } else { 7.0 } * px)
            .or_else(|| self.zone_under(p, if touch { 12.0 } else { 4.0 } * px))
            .unwrap_or(Hit::Nothing)
    }

    /// What a mouse pointer at this screen point is over, seen from the front.
    pub fn over(&self, at: Point) -> Option<Hover> {
        self.hit(at, PointerKind::Mouse).hover()
    }

    /// The zone whose frame has this screen point in it, for what is dropped onto a zone as a whole; of several the foremost.
    pub fn zone_around(&self, at: Point) -> Option<String> {
        let (design, p) = (self.design(), self.camera.to_world(at));
        let frames = zone_frames(design, |_, n| (node_rect(n), n.zone.as_deref()));
        let (i, _) = frames.into_iter().rev().find(|(_, rect)| rect.contains(p))?;
        Some(design.zones[i].id.clone())
    }

    /// The pointer moved without a button: what is hovered, and which ports come near.
    pub(crate) fn look(&mut self, at: Point) {
        let hit = self.hit(at, PointerKind::Mouse);
        let near = if self.editable && self.all_ports() {
            let p = self.camera.to_world(at);
            let reach = APPROACH / self.camera.zoom;
            self.design().nodes.iter().rev().find(|n| node_rect(n).grown(reach).contains(p)).map(|n| n.id.clone())
        } else {
            None
        };
        self.hover(hit.hover());
        self.approach(near);
    }

    pub(crate) fn hover(&mut self, hover: Option<Hover>) {
        if self.hands.hover != hover {
            self.hands.hover = hover;
            self.redraw();
        }
    }

    pub(crate) fn approach(&mut self, near: Option<String>) {
        if self.hands.near != near {
            self.hands.near = near;
            self.redraw();
        }
    }

    /// Are the ports of all components there to be hit?
    fn all_ports(&self) -> bool {
        self.camera.zoom >= PORTS_FROM_ZOOM || self.tool == Tool::Connect
    }

    /// The one component whose ports are there for a finger at any zoom: the only one selected.
    pub(crate) fn chosen_by_finger(&self) -> Option<&str> {
        let [only] = &self.selection.nodes[..] else { return None };
        (self.hands.finger && self.editable).then_some(only)
    }

    fn link_end(&self, id: &str, p: Point, reach: f64) -> Option<Hit> {
        let link = self.link(id)?;
        let at = |side, node: &str| on_port(node_rect(self.node(node)?), side, p, reach);
        let side = [Side::In, Side::Out].into_iter().find(|&side| {
            let node = if side == Side::In { &link.to } else { &link.from };
            at(side, node).is_some()
        })?;
        Some(Hit::LinkEnd { link: id.to_owned(), side })
    }

    /// The nearest port at a point. Inside a component it can only be one of its own, or one that is drawn over it.
    fn port(&self, p: Point, reach: f64, touch: bool) -> Option<Hit> {
        let nodes = &self.design().nodes;
        let inside = nodes.iter().rposition(|n| node_rect(n).contains(p));
        let chosen = self.chosen_by_finger().filter(|_| touch);
        let mut best: Option<(f64, Hit)> = None;
        for (i, node) in nodes.iter().enumerate().rev() {
            let rect = node_rect(node);
            if !rect.grown(2.0 * reach).contains(p) || !(self.all_ports() || chosen == Some(&*node.id)) {
                continue;
            }
            let kind = components::kind(&node.kind);
            let ports =
                [(Side::Out, kind.is_none_or(|k| k.makes_calls)), (Side::In, kind.is_none_or(|k| k.accepts_calls))];
            for (side, there) in ports {
                let Some(distance) = on_port(rect, side, p, reach).filter(|_| there) else { continue };
                let covered = inside.is_some_and(|top| top > i || top < i && distance > PORT_RADIUS);
                if !covered && best.as_ref().is_none_or(|(d, _)| distance < *d) {
                    best = Some((distance, Hit::Port { node: node.id.clone(), side }));
                }
            }
        }
        best.map(|(_, hit)| hit)
    }

    fn link_under(&self, p: Point, reach: f64) -> Option<Hit> {
        let routes = self.routes();
        let mut best: Option<(f64, &str)> = None;
        for (i, link) in self.design().links.iter().enumerate() {
            let Some(route) = routes.route(i).filter(|r| r.bounds.grown(reach).contains(p)) else { continue };
            let distance = route.nearest(p).distance;
            if distance <= reach && best.is_none_or(|(d, _)| distance < d) {
                best = Some((distance, &link.id));
            }
        }
        best.map(|(_, link)| Hit::Link(link.to_owned()))
    }

    /// A zone is held by the strip with its name and by its border; inside it is as open as the canvas.
    fn zone_under(&self, p: Point, reach: f64) -> Option<Hit> {
        let design = self.design();
        let frames = zone_frames(design, |_, n| (node_rect(n), n.zone.as_deref()));
        let held = |rect: &Rect| {
            zone_title(rect).grown(reach).contains(p)
                || (rect.grown(reach).contains(p) && !rect.grown(-reach).contains(p))
        };
        let (i, _) = frames.into_iter().rev().find(|(_, rect)| held(rect))?;
        Some(Hit::Zone(design.zones[i].id.clone()))
    }
}

/// How far a point is from a port, if it is on it, world units. A port is a square with edges of twice the reach, moved out of
/// its component where that is drawn too small for both.
fn on_port(rect: Rect, side: Side, p: Point, reach: f64) -> Option<f64> {
    let (port, out) = match side {
        Side::Out => (out_port(rect), p.x - rect.right()),
        Side::In => (in_port(rect), rect.x - p.x),
    };
    let depth = reach.min(PORT_DEPTH);
    let on = out >= -depth && out <= 2.0 * reach - depth && (p.y - port.y).abs() <= reach;
    on.then(|| port.distance(p))
}

/// The component at a point: the one in front, or else the nearest within `slack`, world units; never `but`.
pub(crate) fn nearest<'a>(nodes: &'a [Node], but: Option<&str>, p: Point, slack: f64) -> Option<&'a Node> {
    let mut best: Option<(f64, &Node)> = None;
    for node in nodes.iter().rev().filter(|n| but != Some(&n.id)) {
        let distance = node_rect(node).distance(p);
        if distance <= slack && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, node));
        }
    }
    best.map(|(_, node)| node)
}

//! What is under a point.

use crate::frames::zone_title;
use crate::{
    Editor, Hover, Point, PointerKind, Rect, Side, Tool, in_port, node_rect, note_rect, out_port, zone_frames,
};
use backpressure_sim::components;

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

/// Below this zoom ports are not drawn.
const PORTS_FROM_ZOOM: f64 = 0.5;
/// A port is hit within this distance, CSS px: it is drawn smaller.
const PORT_REACH: f64 = 13.0;
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
            let reach = if touch { 22.0 } else { PORT_REACH } * px;
            for id in self.selection.links.iter().rev() {
                if let Some(hit) = self.link_end(id, p, reach) {
                    return hit;
                }
            }
            if (self.camera.zoom >= PORTS_FROM_ZOOM || self.tool == Tool::Connect)
                && let Some(hit) = self.port(p, reach)
            {
                return hit;
            }
        }
        let slack = if touch { 6.0 * px } else { 0.0 };
        let design = self.design();
        if let Some(node) = design.nodes.iter().rev().find(|n| node_rect(n).grown(slack).contains(p)) {
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
        let near = if self.editable && self.camera.zoom >= PORTS_FROM_ZOOM {
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

    fn link_end(&self, id: &str, p: Point, reach: f64) -> Option<Hit> {
        let link = self.link(id)?;
        let (from, to) = (self.node(&link.from)?, self.node(&link.to)?);
        let ends = [(Side::In, in_port(node_rect(to))), (Side::Out, out_port(node_rect(from)))];
        let (side, _) = ends.into_iter().find(|(_, end)| end.distance(p) <= reach)?;
        Some(Hit::LinkEnd { link: id.to_owned(), side })
    }

    fn port(&self, p: Point, reach: f64) -> Option<Hit> {
        let mut best: Option<(f64, Hit)> = None;
        for node in self.design().nodes.iter().rev() {
            let rect = node_rect(node);
            if !rect.grown(reach).contains(p) {
                continue;
            }
            let kind = components::kind(&node.kind);
            let ports = [
                (Side::Out, out_port(rect), kind.is_none_or(|k| k.makes_calls)),
                (Side::In, in_port(rect), kind.is_none_or(|k| k.accepts_calls)),
            ];
            for (side, port, there) in ports {
                let distance = port.distance(p);
                if there && distance <= reach && best.as_ref().is_none_or(|(d, _)| distance < *d) {
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

//! What is under a point.

use crate::path::nearest_on;
use crate::{Editor, Hover, Point, PointerKind, Side, Tool, in_port, link_path, node_rect, out_port, path_bounds};
use backpressure_sim::components;

/// What is under a point, from the front: ends of a selected link, ports, nodes, links.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Hit {
    Nothing,
    Node(String),
    Port { node: String, side: Side },
    Link(String),
    LinkEnd { link: String, side: Side },
}

/// Below this zoom ports are not drawn.
const PORTS_FROM_ZOOM: f64 = 0.5;

impl Hit {
    /// As the scene shows it.
    pub fn hover(&self) -> Option<Hover> {
        match self.clone() {
            Hit::Nothing => None,
            Hit::Node(node) => Some(Hover::Node(node)),
            Hit::Port { node, side } => Some(Hover::Port { node, side }),
            Hit::Link(link) => Some(Hover::Link(link)),
            Hit::LinkEnd { link, side } => Some(Hover::LinkEnd { link, side }),
        }
    }
}

impl Editor {
    /// What is under a screen point for this kind of pointer.
    pub(crate) fn hit(&self, at: Point, kind: PointerKind) -> Hit {
        let reach = if kind == PointerKind::Touch { 22.0 } else { 11.0 } / self.camera.zoom;
        let p = self.camera.to_world(at);
        if self.editable {
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
        let slack = if kind == PointerKind::Touch { 6.0 / self.camera.zoom } else { 0.0 };
        if let Some(node) = self.design().nodes.iter().rev().find(|n| node_rect(n).grown(slack).contains(p)) {
            return Hit::Node(node.id.clone());
        }
        self.link_under(p, if kind == PointerKind::Touch { 16.0 } else { 7.0 } / self.camera.zoom)
            .unwrap_or(Hit::Nothing)
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
        let mut best: Option<(f64, Hit)> = None;
        for link in &self.design().links {
            let (Some(from), Some(to)) = (self.node(&link.from), self.node(&link.to)) else { continue };
            let path = link_path(node_rect(from), node_rect(to));
            if !path_bounds(&path).grown(reach).contains(p) {
                continue;
            }
            let distance = nearest_on(&path, p).distance;
            if distance <= reach && best.as_ref().is_none_or(|(d, _)| distance < *d) {
                best = Some((distance, Hit::Link(link.id.clone())));
            }
        }
        best.map(|(_, hit)| hit)
    }
}

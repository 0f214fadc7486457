//! Finding components by name.

use crate::geometry::{node_corner, node_rect};
use crate::rules::{label, title};
use crate::{Camera, Editor, Part, Selection};
use backpressure_sim::Node;

/// Looked at from no farther away than this, CSS px per world unit: the name found can be read.
const READABLE: f64 = 0.6;

impl Editor {
    /// Ids of the components whose name, kind or id holds this text, the best first; all of them for an empty text.
    pub fn matches(&self, text: &str) -> Vec<String> {
        let text = text.trim().to_lowercase();
        let mut found: Vec<(u8, &Node)> =
            self.design().nodes.iter().filter_map(|node| Some((rank(node, &text)?, node))).collect();
        found.sort_by(|(a, m), (b, n)| {
            let (p, q) = (node_corner(m), node_corner(n));
            a.cmp(b).then(p.x.total_cmp(&q.x)).then(p.y.total_cmp(&q.y))
        });
        found.into_iter().map(|(_, node)| node.id.clone()).collect()
    }

    pub(super) fn find(&mut self, text: &str) {
        let found = self.matches(text);
        let here = match &self.selection.nodes[..] {
            [one] => found.iter().position(|id| id == one),
            _ => None,
        };
        let next = here.map_or(0, |i| (i + 1) % found.len());
        let Some(node) = found.get(next).and_then(|id| self.node(id)) else {
            return self.refuse(format!("No component is called “{}”.", text.trim()), None);
        };
        let (id, rect) = (node.id.clone(), node_rect(node));
        let said = format!("Found {}, {} of {}", title(node), next + 1, found.len());
        self.select(Selection::of_node(id.clone()));
        self.focused = Some(Part::Node(id));
        if self.view.x > 0.0 {
            self.set_camera(Camera::centred(rect.center(), self.view, self.camera.zoom.max(READABLE)));
        }
        self.announce(said);
    }
}

/// How well a component matches a text in small letters, 0 best; `None` if it does not.
fn rank(node: &Node, text: &str) -> Option<u8> {
    let name = node.name.to_lowercase();
    let kind = label(&node.kind).to_lowercase();
    let shown = if name.is_empty() { &kind } else { &name };
    let ranks =
        [shown == text, shown.starts_with(text), shown.contains(text), kind.contains(text), node.id.contains(text)];
    (0..).zip(ranks).find(|(_, hit)| *hit).map(|(rank, _)| rank)
}

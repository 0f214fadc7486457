//! What may stand at the other end of a link, the likeliest first.

use crate::rules::may_connect;
use crate::{Editor, Side};
use backpressure_sim::components::{self, Kind};
use backpressure_sim::design::{Design, Node};

/// Id of a component that is not there yet; no design can have it.
const STAND_IN: &str = "\u{1}new";

impl Editor {
    /// Kinds of component that `anchor` may call (`Out`) or be called by (`In`), the likeliest first: what its like is
    /// linked with in this design already, then what stands nearest to it on the palette in the direction of calls, its own
    /// group after the others (behind a balancer servers, not another door), and last what does nothing until it has been
    /// described (`custom`). All kinds in the palette's order if there is no anchor.
    pub fn suggestions(&self, anchor: Option<(&str, Side)>) -> Vec<&'static Kind> {
        let Some((anchor, side)) = anchor else { return components::kinds().iter().collect() };
        let design = self.design();
        let Some(own) = self.node(anchor).map(|n| n.kind.as_str()) else { return Vec::new() };
        let mut trial = Design { nodes: design.nodes.clone(), links: design.links.clone(), ..Design::default() };
        trial.nodes.push(Node { id: STAND_IN.to_owned(), ..Node::default() });
        let mut fits = |kind: &&Kind| {
            if let Some(node) = trial.nodes.last_mut() {
                kind.name.clone_into(&mut node.kind);
            }
            let (from, to) = if side == Side::Out { (anchor, STAND_IN) } else { (STAND_IN, anchor) };
            may_connect(&trial, from, to).is_ok()
        };
        let kinds = components::kinds();
        let place = |name: &str| kinds.iter().position(|k| k.name == name).unwrap_or(0);
        let here = place(own);
        let linked = |kind: &Kind| {
            let (from, to) = if side == Side::Out { (own, kind.name) } else { (kind.name, own) };
            let is = |id: &str, kind: &str| self.node(id).is_some_and(|n| n.kind == kind);
            design.links.iter().filter(|l| is(&l.from, from) && is(&l.to, to)).count()
        };
        // Behind it on the palette first, then from the start; for callers the other way round.
        let steps = |kind: &Kind| {
            let (at, count) = (place(kind.name), kinds.len());
            let (a, b) = if side == Side::Out { (at, here) } else { (here, at) };
            (a + count - b - 1) % count
        };
        let late = |kind: &Kind| match kind.name {
            "custom" => 2,
            _ if kinds.get(here).is_some_and(|own| own.group == kind.group) => 1,
            _ => 0,
        };
        let rank = |kind: &Kind| steps(kind) + late(kind) * kinds.len();
        let mut found: Vec<(usize, usize, &'static Kind)> =
            kinds.iter().filter(|k| fits(k)).map(|k| (linked(k), rank(k), k)).collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        found.into_iter().map(|(_, _, kind)| kind).collect()
    }
}

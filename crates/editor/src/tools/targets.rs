//! Which components a link from (or to) one of them may lead to: all of them at once, so that a link can be begun in a
//! design of thousands without a pause.

use crate::document::{Document, NOWHERE};
use crate::{Side, Target};
use backpressure_sim::components;
use std::collections::HashSet;

/// Whether a link between `anchor` and each other node may be, in the order of the document: what `may_connect` says, of
/// all in one go. `without` is a link that is being moved, which does not stand in its own way. O(nodes + links).
pub(super) fn targets(doc: &Document, anchor: usize, side: Side, without: Option<usize>) -> Vec<Target> {
    let design = doc.design();
    let may = |kind: &str, side: Side| {
        components::kind(kind).is_none_or(|k| if side == Side::Out { k.makes_calls } else { k.accepts_calls })
    };
    let links = || doc.ends().iter().enumerate().filter(|(i, _)| Some(*i) != without).map(|(_, ends)| *ends);
    let linked: HashSet<usize> = links()
        .filter_map(|[from, to]| match side {
            Side::Out => (from == anchor).then_some(to),
            Side::In => (to == anchor).then_some(from),
        })
        .collect();
    let circle = beyond(doc, anchor, side, links());
    let anchor_may = design.nodes.get(anchor).is_some_and(|n| may(&n.kind, side));
    let mut targets = Vec::with_capacity(design.nodes.len());
    for (i, node) in design.nodes.iter().enumerate().filter(|(i, _)| *i != anchor) {
        let open = anchor_may && may(&node.kind, side.opposite()) && !linked.contains(&i) && !circle[i];
        targets.push(Target { node: node.id.clone(), open });
    }
    targets
}

/// The nodes that a link from the anchor must not lead to, because the anchor can be reached from them (for a link to the
/// anchor: that can be reached from it): a request would go round for ever.
fn beyond(doc: &Document, anchor: usize, side: Side, links: impl Iterator<Item = [usize; 2]>) -> Vec<bool> {
    let count = doc.design().nodes.len();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    for [from, to] in links.filter(|[from, to]| *from != NOWHERE && *to != NOWHERE) {
        match side {
            Side::Out => next[to].push(from),
            Side::In => next[from].push(to),
        }
    }
    let mut reached = vec![false; count];
    let mut open = vec![anchor];
    while let Some(at) = open.pop() {
        for &to in &next[at] {
            if !std::mem::replace(&mut reached[to], true) {
                open.push(to);
            }
        }
    }
    reached
}

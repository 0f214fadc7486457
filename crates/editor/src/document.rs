//! The document with an index, and the reversible operations that are the whole vocabulary of change.

use crate::Point;
use crate::geometry::node_corner;
use backpressure_sim::{Design, Link, Node};
use serde_json::Value;
use std::collections::HashMap;

/// Marks the end of a link that names no node.
pub(crate) const NOWHERE: usize = usize::MAX;

/// A design, and where to find things in it. Changed only by [`Op`]s.
#[derive(Debug, Default)]
pub(crate) struct Document {
    design: Design,
    /// Position of the first node with this id.
    nodes: HashMap<String, usize>,
    /// Position of the first link with this id.
    links: HashMap<String, usize>,
    /// For each link the positions of its two nodes, or [`NOWHERE`].
    ends: Vec<[usize; 2]>,
}

/// A node's corner, before and after.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Move {
    pub at: usize,
    pub from: Point,
    pub to: Point,
}

/// What a design says about itself apart from its parts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Head {
    pub name: String,
    pub seed: u64,
}

/// One reversible change. Parts are named by position, which the strict order of undo and redo keeps true,
/// so that documents with repeated ids come back exactly as they were.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Insert these; afterwards each is at its position. Ascending.
    InsertNodes(Vec<(usize, Node)>),
    /// Remove these, each at its position beforehand. Ascending.
    RemoveNodes(Vec<(usize, Node)>),
    /// Like `InsertNodes`.
    InsertLinks(Vec<(usize, Link)>),
    /// Like `RemoveNodes`.
    RemoveLinks(Vec<(usize, Link)>),
    /// Move nodes.
    MoveNodes(Vec<Move>),
    /// Replace a node, keeping its id.
    SetNode { at: usize, before: Box<Node>, after: Box<Node> },
    /// Replace a link.
    SetLink { at: usize, before: Box<Link>, after: Box<Link> },
    /// Change the design's own fields.
    SetHead { before: Head, after: Head },
}

impl Op {
    /// The operation that takes this one back.
    pub fn inverse(self) -> Op {
        match self {
            Op::InsertNodes(v) => Op::RemoveNodes(v),
            Op::RemoveNodes(v) => Op::InsertNodes(v),
            Op::InsertLinks(v) => Op::RemoveLinks(v),
            Op::RemoveLinks(v) => Op::InsertLinks(v),
            Op::MoveNodes(mut v) => {
                for m in &mut v {
                    std::mem::swap(&mut m.from, &mut m.to);
                }
                Op::MoveNodes(v)
            }
            Op::SetNode { at, before, after } => Op::SetNode { at, before: after, after: before },
            Op::SetLink { at, before, after } => Op::SetLink { at, before: after, after: before },
            Op::SetHead { before, after } => Op::SetHead { before: after, after: before },
        }
    }

    /// Take in a following operation on the same parts; gives it back if that is not possible.
    pub fn absorb(&mut self, next: Op) -> Option<Op> {
        match (self, next) {
            (Op::SetNode { at, after, .. }, Op::SetNode { at: b, after: next, .. }) if *at == b => *after = next,
            (Op::SetLink { at, after, .. }, Op::SetLink { at: b, after: next, .. }) if *at == b => *after = next,
            (Op::SetHead { after, .. }, Op::SetHead { after: next, .. }) => *after = next,
            (Op::MoveNodes(a), Op::MoveNodes(b))
                if a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.at == b.at) =>
            {
                for (a, b) in a.iter_mut().zip(b) {
                    a.to = b.to;
                }
            }
            (_, next) => return Some(next),
        }
        None
    }

    /// About how much memory it holds, bytes.
    pub fn weight(&self) -> usize {
        match self {
            Op::InsertNodes(v) | Op::RemoveNodes(v) => v.iter().map(|(_, n)| node_weight(n)).sum(),
            Op::InsertLinks(v) | Op::RemoveLinks(v) => v.iter().map(|(_, l)| link_weight(l)).sum(),
            Op::MoveNodes(v) => v.len() * size_of::<Move>(),
            Op::SetNode { before, after, .. } => node_weight(before) + node_weight(after),
            Op::SetLink { before, after, .. } => link_weight(before) + link_weight(after),
            Op::SetHead { before, after } => before.name.len() + after.name.len() + size_of::<Op>(),
        }
    }
}

fn node_weight(n: &Node) -> usize {
    let maps = n.params.values().chain(n.unknown.values()).map(value_weight).sum::<usize>();
    size_of::<Node>() + n.id.len() + n.kind.len() + n.name.len() + maps
}

fn link_weight(l: &Link) -> usize {
    let maps = l.params.values().chain(l.unknown.values()).map(value_weight).sum::<usize>();
    size_of::<Link>() + l.id.len() + l.from.len() + l.to.len() + maps
}

/// Depth is bounded by the reader of documents (serde_json stops at 128).
fn value_weight(v: &Value) -> usize {
    size_of::<Value>()
        + match v {
            Value::String(s) => s.len(),
            Value::Array(a) => a.iter().map(value_weight).sum(),
            Value::Object(o) => o.iter().map(|(k, v)| k.len() + 48 + value_weight(v)).sum(),
            _ => 0,
        }
}

impl Document {
    pub fn new(design: Design) -> Self {
        let mut doc = Self { design, ..Self::default() };
        doc.index();
        doc
    }

    pub fn design(&self) -> &Design {
        &self.design
    }

    /// Position of the node with this id.
    pub fn node_at(&self, id: &str) -> Option<usize> {
        self.nodes.get(id).copied()
    }

    pub fn node(&self, id: &str) -> Option<&Node> {
        self.design.nodes.get(self.node_at(id)?)
    }

    /// Position of the link with this id.
    pub fn link_at(&self, id: &str) -> Option<usize> {
        self.links.get(id).copied()
    }

    pub fn link(&self, id: &str) -> Option<&Link> {
        self.design.links.get(self.link_at(id)?)
    }

    /// For each link the positions of its two nodes, or [`NOWHERE`].
    pub fn ends(&self) -> &[[usize; 2]] {
        &self.ends
    }

    /// Carry out one operation. Positions were true when it was made; a stale one is skipped rather than a panic.
    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::InsertNodes(v) => insert_all(&mut self.design.nodes, v),
            Op::RemoveNodes(v) => remove_all(&mut self.design.nodes, v),
            Op::InsertLinks(v) => insert_all(&mut self.design.links, v),
            Op::RemoveLinks(v) => remove_all(&mut self.design.links, v),
            Op::MoveNodes(v) => {
                for m in v {
                    if let Some(n) = self.design.nodes.get_mut(m.at) {
                        (n.x, n.y) = (m.to.x, m.to.y);
                    }
                }
                return;
            }
            Op::SetNode { at, after, .. } => {
                if let Some(n) = self.design.nodes.get_mut(*at) {
                    *n = (**after).clone();
                }
                return;
            }
            Op::SetLink { at, after, .. } => {
                if let Some(l) = self.design.links.get_mut(*at) {
                    *l = (**after).clone();
                }
            }
            Op::SetHead { after, .. } => {
                self.design.name.clone_from(&after.name);
                self.design.seed = after.seed;
                return;
            }
        }
        self.index();
    }

    fn index(&mut self) {
        self.nodes.clear();
        self.links.clear();
        for (i, n) in self.design.nodes.iter().enumerate() {
            self.nodes.entry(n.id.clone()).or_insert(i);
        }
        for (i, l) in self.design.links.iter().enumerate() {
            self.links.entry(l.id.clone()).or_insert(i);
        }
        let at = |id: &str| self.nodes.get(id).copied().unwrap_or(NOWHERE);
        self.ends = self.design.links.iter().map(|l| [at(&l.from), at(&l.to)]).collect();
    }
}

fn insert_all<T: Clone>(into: &mut Vec<T>, items: &[(usize, T)]) {
    let old = std::mem::take(into);
    into.reserve(old.len() + items.len());
    let mut new = items.iter().peekable();
    for item in old {
        while let Some((_, n)) = new.next_if(|(at, _)| *at == into.len()) {
            into.push(n.clone());
        }
        into.push(item);
    }
    into.extend(new.map(|(_, n)| n.clone()));
}

fn remove_all<T>(from: &mut Vec<T>, items: &[(usize, T)]) {
    let (mut at, mut gone) = (0, items.iter().peekable());
    from.retain(|_| {
        let goes = gone.next_if(|(i, _)| *i == at).is_some();
        at += 1;
        !goes
    });
}

/// A change under way: collects the operations it makes. Only [`crate::history::History`] hands one out.
pub(crate) struct Transaction<'a> {
    doc: &'a mut Document,
    ops: Vec<Op>,
}

impl<'a> Transaction<'a> {
    pub fn new(doc: &'a mut Document) -> Self {
        Self { doc, ops: Vec::new() }
    }

    /// The document as it is by now.
    pub fn doc(&self) -> &Document {
        self.doc
    }

    pub fn finish(self) -> Vec<Op> {
        self.ops
    }

    fn push(&mut self, op: Op) {
        self.doc.apply(&op);
        self.ops.push(op);
    }

    /// Append nodes.
    pub fn add_nodes(&mut self, nodes: Vec<Node>) {
        if !nodes.is_empty() {
            let first = self.doc.design.nodes.len();
            self.push(Op::InsertNodes(nodes.into_iter().enumerate().map(|(i, n)| (first + i, n)).collect()));
        }
    }

    /// Append links.
    pub fn add_links(&mut self, links: Vec<Link>) {
        if !links.is_empty() {
            let first = self.doc.design.links.len();
            self.push(Op::InsertLinks(links.into_iter().enumerate().map(|(i, l)| (first + i, l)).collect()));
        }
    }

    /// Remove the nodes for which `goes` holds, and the links for which `link_goes` holds.
    pub fn remove(&mut self, goes: impl Fn(usize, &Node) -> bool, link_goes: impl Fn(usize, &Link) -> bool) {
        let pick = |(i, l): (usize, &Link)| link_goes(i, l).then(|| (i, l.clone()));
        let links: Vec<_> = self.doc.design.links.iter().enumerate().filter_map(pick).collect();
        let pick = |(i, n): (usize, &Node)| goes(i, n).then(|| (i, n.clone()));
        let nodes: Vec<_> = self.doc.design.nodes.iter().enumerate().filter_map(pick).collect();
        if !links.is_empty() {
            self.push(Op::RemoveLinks(links));
        }
        if !nodes.is_empty() {
            self.push(Op::RemoveNodes(nodes));
        }
    }

    /// Put nodes (by position) at these corners.
    pub fn move_nodes(&mut self, corners: impl IntoIterator<Item = (usize, Point)>) {
        let nodes = &self.doc.design.nodes;
        let moves: Vec<Move> = corners
            .into_iter()
            .filter_map(|(at, to)| {
                let n = nodes.get(at)?;
                let from = Point::new(n.x, n.y);
                (node_corner(n) != to).then_some(Move { at, from, to })
            })
            .collect();
        if !moves.is_empty() {
            self.push(Op::MoveNodes(moves));
        }
    }

    /// Change a node's name or parameters; its id stays.
    pub fn edit_node(&mut self, at: usize, edit: impl FnOnce(&mut Node)) {
        let Some(before) = self.doc.design.nodes.get(at) else { return };
        let mut after = Box::new(before.clone());
        edit(&mut after);
        after.id.clone_from(&before.id);
        if *after != *before {
            self.push(Op::SetNode { at, before: Box::new(before.clone()), after });
        }
    }

    /// Change a link's ends or parameters; its id stays.
    pub fn edit_link(&mut self, at: usize, edit: impl FnOnce(&mut Link)) {
        let Some(before) = self.doc.design.links.get(at) else { return };
        let mut after = Box::new(before.clone());
        edit(&mut after);
        after.id.clone_from(&before.id);
        if *after != *before {
            self.push(Op::SetLink { at, before: Box::new(before.clone()), after });
        }
    }

    /// Change what the design says about itself.
    pub fn edit_head(&mut self, edit: impl FnOnce(&mut Head)) {
        let before = Head { name: self.doc.design.name.clone(), seed: self.doc.design.seed };
        let mut after = before.clone();
        edit(&mut after);
        if after != before {
            self.push(Op::SetHead { before, after });
        }
    }
}

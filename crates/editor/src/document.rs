//! The document with an index of what is where. It is changed only by [`Op`]s.

use crate::ops::Op;
use backpressure_sim::{Design, Link, Node};
use std::collections::HashMap;

/// Marks the end of a link that names no node.
pub(crate) const NOWHERE: usize = usize::MAX;

/// A design, and where to find things in it.
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

    /// Position of the zone with this id. O(zones): there are few.
    pub fn zone_at(&self, id: &str) -> Option<usize> {
        self.design.zones.iter().position(|z| z.id == id)
    }

    /// Position of the note with this id. O(notes): there are few.
    pub fn note_at(&self, id: &str) -> Option<usize> {
        self.design.notes.iter().position(|n| n.id == id)
    }

    /// For each link the positions of its two nodes, or [`NOWHERE`].
    pub fn ends(&self) -> &[[usize; 2]] {
        &self.ends
    }

    /// Carry out one operation.
    pub fn apply(&mut self, op: &Op) {
        op.apply(&mut self.design);
        if op.reorders() {
            self.index();
        }
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

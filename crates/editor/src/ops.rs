//! The reversible operations that are the whole vocabulary of change.

use crate::Point;
use backpressure_pack::Pack;
use backpressure_sim::Design;
use backpressure_sim::design::{Fault, Link, Node, Note, Zone};
use serde_json::{Map, Value};

/// One reversible change. Parts are named by position, which the strict order of undo and redo keeps true,
/// so that documents with repeated ids come back exactly as they were.
#[derive(Clone, Debug, Pack)]
pub(crate) enum Op {
    /// Components come, go or change.
    Nodes(Change<Node>),
    /// Links come, go or change.
    Links(Change<Link>),
    /// Zones come, go or change.
    Zones(Change<Zone>),
    /// Notes come, go or change.
    Notes(Change<Note>),
    /// Components and notes move.
    Move(Vec<Move>),
    /// Change the design's own fields.
    SetHead { before: Head, after: Head },
}

/// What happens to parts of one sort.
#[derive(Clone, Debug, Pack)]
pub(crate) enum Change<T> {
    /// Insert these; afterwards each is at its position. Ascending.
    Insert(Vec<(usize, T)>),
    /// Remove these, each at its position beforehand. Ascending.
    Remove(Vec<(usize, T)>),
    /// Replace these at their positions, keeping their ids: before and after.
    Set(Vec<(usize, T, T)>),
}

/// What moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Pack)]
pub(crate) enum Piece {
    /// The component at this position.
    Node(usize),
    /// The note at this position.
    Note(usize),
}

/// A corner, before and after.
#[derive(Clone, Debug, PartialEq, Pack)]
pub(crate) struct Move {
    pub piece: Piece,
    pub from: Point,
    pub to: Point,
}

/// What a design says about itself apart from its parts.
#[derive(Clone, Debug, PartialEq, Pack)]
pub(crate) struct Head {
    pub name: String,
    pub seed: u64,
    pub faults: Vec<Fault>,
    pub faults_off: bool,
    pub assertions: Vec<String>,
}

impl Head {
    /// What this design says.
    pub fn of(design: &Design) -> Self {
        Self {
            name: design.name.clone(),
            seed: design.seed,
            faults: design.faults.clone(),
            faults_off: design.faults_off,
            assertions: design.assertions.clone(),
        }
    }
}

impl Op {
    /// The operation that takes this one back.
    pub fn inverse(self) -> Op {
        match self {
            Op::Nodes(change) => Op::Nodes(change.inverse()),
            Op::Links(change) => Op::Links(change.inverse()),
            Op::Zones(change) => Op::Zones(change.inverse()),
            Op::Notes(change) => Op::Notes(change.inverse()),
            Op::Move(mut moves) => {
                for m in &mut moves {
                    std::mem::swap(&mut m.from, &mut m.to);
                }
                Op::Move(moves)
            }
            Op::SetHead { before, after } => Op::SetHead { before: after, after: before },
        }
    }

    /// Take in a following operation on the same parts; gives it back if that is not possible.
    pub fn absorb(&mut self, next: Op) -> Option<Op> {
        match (self, next) {
            (Op::Nodes(a), Op::Nodes(b)) => a.absorb(b).map(Op::Nodes),
            (Op::Links(a), Op::Links(b)) => a.absorb(b).map(Op::Links),
            (Op::Zones(a), Op::Zones(b)) => a.absorb(b).map(Op::Zones),
            (Op::Notes(a), Op::Notes(b)) => a.absorb(b).map(Op::Notes),
            (Op::SetHead { after, .. }, Op::SetHead { after: next, .. }) => {
                *after = next;
                None
            }
            (Op::Move(a), Op::Move(b)) if a.iter().map(|m| m.piece).eq(b.iter().map(|m| m.piece)) => {
                for (a, b) in a.iter_mut().zip(b) {
                    a.to = b.to;
                }
                None
            }
            (_, next) => Some(next),
        }
    }

    /// Carry it out. Positions were true when it was made; a stale one is skipped rather than a panic.
    pub fn apply(&self, design: &mut Design) {
        match self {
            Op::Nodes(change) => change.apply(&mut design.nodes),
            Op::Links(change) => change.apply(&mut design.links),
            Op::Zones(change) => change.apply(&mut design.zones),
            Op::Notes(change) => change.apply(&mut design.notes),
            Op::Move(moves) => {
                for m in moves {
                    let at = match m.piece {
                        Piece::Node(i) => design.nodes.get_mut(i).map(|n| (&mut n.x, &mut n.y)),
                        Piece::Note(i) => design.notes.get_mut(i).map(|n| (&mut n.x, &mut n.y)),
                    };
                    if let Some((x, y)) = at {
                        (*x, *y) = (m.to.x, m.to.y);
                    }
                }
            }
            Op::SetHead { after, .. } => {
                design.name.clone_from(&after.name);
                design.seed = after.seed;
                design.faults.clone_from(&after.faults);
                design.faults_off = after.faults_off;
                design.assertions.clone_from(&after.assertions);
            }
        }
    }

    /// May positions, ids or ends of links be others afterwards, so that an index is out of date?
    pub fn reorders(&self) -> bool {
        match self {
            Op::Nodes(change) => !matches!(change, Change::Set(_)),
            Op::Links(Change::Set(all)) => all.iter().any(|(_, a, b)| a.from != b.from || a.to != b.to),
            Op::Links(_) => true,
            Op::Zones(_) | Op::Notes(_) | Op::Move(_) | Op::SetHead { .. } => false,
        }
    }

    /// About how much memory it holds, bytes.
    pub fn weight(&self) -> usize {
        match self {
            Op::Nodes(change) => change
                .weight(|n| n.id.len() + n.kind.len() + n.name.len() + map_weight(&n.params) + map_weight(&n.unknown)),
            Op::Links(change) => change
                .weight(|l| l.id.len() + l.from.len() + l.to.len() + map_weight(&l.params) + map_weight(&l.unknown)),
            Op::Zones(change) => change.weight(|z| z.id.len() + z.name.len() + map_weight(&z.unknown)),
            Op::Notes(change) => change.weight(|n| n.id.len() + n.text.len() + map_weight(&n.unknown)),
            Op::Move(moves) => moves.len() * size_of::<Move>(),
            Op::SetHead { before, after } => before.name.len() + after.name.len() + size_of::<Op>(),
        }
    }
}

impl<T: Clone> Change<T> {
    fn inverse(self) -> Self {
        match self {
            Change::Insert(items) => Change::Remove(items),
            Change::Remove(items) => Change::Insert(items),
            Change::Set(items) => Change::Set(items.into_iter().map(|(at, a, b)| (at, b, a)).collect()),
        }
    }

    fn absorb(&mut self, next: Self) -> Option<Self> {
        match (self, next) {
            (Change::Set(a), Change::Set(b)) if a.iter().map(|i| i.0).eq(b.iter().map(|i| i.0)) => {
                for (a, b) in a.iter_mut().zip(b) {
                    a.2 = b.2;
                }
                None
            }
            (_, next) => Some(next),
        }
    }

    fn apply(&self, list: &mut Vec<T>) {
        match self {
            Change::Insert(items) => insert_all(list, items),
            Change::Remove(items) => remove_all(list, items),
            Change::Set(items) => {
                for (at, _, after) in items {
                    if let Some(item) = list.get_mut(*at) {
                        item.clone_from(after);
                    }
                }
            }
        }
    }

    fn weight(&self, heap: impl Fn(&T) -> usize) -> usize {
        let one = |item: &T| size_of::<T>() + heap(item);
        match self {
            Change::Insert(items) | Change::Remove(items) => items.iter().map(|(_, item)| one(item)).sum(),
            Change::Set(items) => items.iter().map(|(_, a, b)| one(a) + one(b)).sum(),
        }
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

fn map_weight(map: &Map<String, Value>) -> usize {
    map.iter().map(|(k, v)| k.len() + 48 + value_weight(v)).sum()
}

/// Depth is bounded by the reader of documents (serde_json stops at 128).
fn value_weight(v: &Value) -> usize {
    size_of::<Value>()
        + match v {
            Value::String(s) => s.len(),
            Value::Array(a) => a.iter().map(value_weight).sum(),
            Value::Object(o) => map_weight(o),
            _ => 0,
        }
}

//! Pending events of which the least is known: a sorted list while they are few, a 4-ary implicit heap from then on (four
//! 24-byte children span two cache lines).
//!
//! A small design has a handful of events pending: the next arrival, what is in service. Taking the least of a sorted list
//! is one step and putting one in a few, less than a heap of any size takes. When the list is full it is turned round and is
//! a heap, until that has run empty.

use super::calendar::{Entry, NEVER};
use backpressure_pack::Pack;
use std::hint::select_unpredictable;

/// Most events in the list: putting one in takes as many steps as there are earlier ones. Tests go there and back often.
const FEW: usize = if cfg!(test) { 5 } else { 20 };

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Heap {
    /// While they are few the latest first; then a heap.
    entries: Vec<Entry>,
    few: bool,
    /// The heap's root was taken and not yet replaced. An event that is handled often schedules another, which then takes the
    /// empty place: one walk down instead of one down and one up.
    hole: bool,
    /// Where the root was taken, the least of its children.
    heir: usize,
    /// Key of the least event; [`NEVER`] if there is none.
    least: u128,
}

impl Default for Heap {
    fn default() -> Self {
        Self { entries: Vec::new(), few: true, hole: false, heir: 0, least: NEVER }
    }
}

impl Heap {
    pub fn len(&self) -> usize {
        self.entries.len() - usize::from(self.hole)
    }

    // Numbers go from function to function in registers, an `Entry` by way of memory: three times as slow.
    #[inline(always)]
    pub fn push(&mut self, Entry { time, seq, event }: Entry) {
        let key = Entry { time, seq, event }.key();
        self.least = select_unpredictable(key < self.least, key, self.least);
        if self.few {
            self.insert(time, seq, event);
        } else if self.hole {
            self.succeed(time, seq, event);
        } else {
            self.sift_up(time, seq, event);
        }
    }

    /// Puts an event where it belongs in the list.
    #[inline(always)]
    fn insert(&mut self, time: u64, seq: u64, event: u64) {
        let entry = Entry { time, seq, event };
        if self.entries.len() == FEW {
            // Sorted the other way round it is a heap.
            self.entries.reverse();
            self.few = false;
            return self.sift_up(time, seq, event);
        }
        self.entries.push(entry);
        let list = self.entries.as_mut_slice();
        let mut i = list.len() - 1;
        if i == 0 {
            return;
        }
        // Whether the newcomer is before what was next so far is anybody's guess: a processor is not made to guess.
        let last = list[i - 1];
        let (later, key) = ordered(last, entry, &mut list[i]);
        i -= 1;
        while i > 0 && list[i - 1].key() < key {
            list[i] = list[i - 1];
            i -= 1;
        }
        list[i] = later;
    }

    fn sift_up(&mut self, time: u64, seq: u64, event: u64) {
        let entry = Entry { time, seq, event };
        self.entries.push(entry);
        let heap = self.entries.as_mut_slice();
        let key = entry.key();
        let mut i = heap.len() - 1;
        while i > 0 {
            let parent = (i - 1) / 4;
            if heap[parent].key() <= key {
                break;
            }
            heap[i] = heap[parent];
            i = parent;
        }
        heap[i] = entry;
    }

    /// Key of the least event; [`NEVER`] if there is none.
    #[inline(always)]
    pub fn least(&self) -> u128 {
        self.least
    }

    /// The least event.
    pub fn first(&self) -> Option<&Entry> {
        if self.few { self.entries.last() } else { self.entries.get(if self.hole { self.heir } else { 0 }) }
    }

    /// Takes the least event.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<Entry> {
        if self.few {
            let entry = self.entries.pop();
            self.least = self.entries.as_slice().last().map_or(NEVER, Entry::key);
            return entry;
        }
        if self.hole {
            self.fill();
        }
        let [root, ..] = self.entries.as_slice() else {
            return None;
        };
        let root = *root;
        self.hole = true;
        (self.heir, self.least) = least_child(self.entries.as_slice(), 0);
        if self.least == NEVER {
            (self.few, self.hole) = (true, false);
            self.entries.clear();
        }
        Some(root)
    }

    /// Nothing took the empty place: the last event does.
    fn fill(&mut self) {
        if let Some(last) = self.entries.pop()
            && !self.entries.is_empty()
        {
            self.succeed(last.time, last.seq, last.event);
        }
    }

    /// Takes every event out, in no particular order.
    pub fn drain(&mut self) -> impl Iterator<Item = Entry> + '_ {
        let first = usize::from(self.hole);
        (self.few, self.hole, self.least) = (true, false, NEVER);
        self.entries.drain(..).skip(first)
    }

    /// Puts an event where the root was.
    fn succeed(&mut self, time: u64, seq: u64, event: u64) {
        self.hole = false;
        let entry = Entry { time, seq, event };
        let key = entry.key();
        let heap = self.entries.as_mut_slice();
        let mut i = 0;
        // (The heir is not there any more if it is the one that succeeds.)
        let mut child = self.heir;
        let mut child_key = heap.get(child).map_or(NEVER, Entry::key);
        while child_key < key {
            heap[i] = heap[child];
            i = child;
            (child, child_key) = least_child(heap, i);
        }
        heap[i] = entry;
    }
}

/// Puts the lesser of two into a place; returns the other, and its key.
#[inline(always)]
fn ordered(a: Entry, b: Entry, lesser: &mut Entry) -> (Entry, u128) {
    let less = a.key() < b.key();
    let pick = |x: u64, y: u64| (select_unpredictable(less, x, y), select_unpredictable(less, y, x));
    let (time, later_time) = pick(a.time, b.time);
    let (seq, later_seq) = pick(a.seq, b.seq);
    let (event, later_event) = pick(a.event, b.event);
    *lesser = Entry { time, seq, event };
    let later = Entry { time: later_time, seq: later_seq, event: later_event };
    (later, later.key())
}

/// The least of the children of the event at `i`, and its key; [`NEVER`] if it has none.
#[inline(always)]
fn least_child(heap: &[Entry], i: usize) -> (usize, u128) {
    let first = 4 * i + 1;
    match heap.get(first..).unwrap_or_default() {
        // A tournament: its comparisons do not wait for each other.
        [a, b, c, d, ..] => {
            let left = lesser((first, a.key()), (first + 1, b.key()));
            let right = lesser((first + 2, c.key()), (first + 3, d.key()));
            lesser(left, right)
        }
        few => {
            let (mut least, mut c) = ((first, NEVER), 0);
            while c < few.len() {
                least = lesser(least, (first + c, few[c].key()));
                c += 1;
            }
            least
        }
    }
}

/// The one with the lesser key, without a branch: a processor would guess wrongly every other time.
#[inline(always)]
pub(crate) fn lesser(a: (usize, u128), b: (usize, u128)) -> (usize, u128) {
    let less = b.1 < a.1;
    (select_unpredictable(less, b.0, a.0), select_unpredictable(less, b.1, a.1))
}

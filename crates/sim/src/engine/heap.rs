//! Pending events of which the least is known: a sorted list while they are few, a 4-ary implicit heap from then on (four
//! 24-byte children span two cache lines).
//!
//! A small design has a handful of events pending: the next arrival, what is in service. Taking the least of a sorted list
//! is one step and putting one in a few, less than a heap of any size takes. When the list is full it is turned round and is
//! a heap, until that has run empty.

use super::calendar::{Entry, NEVER, is_earlier};
use backpressure_pack::Pack;
use std::hint::select_unpredictable;

/// Most events in the list: putting one in takes as many steps as there are earlier ones. Tests go there and back often.
const FEW: usize = if cfg!(test) { 5 } else { 20 };

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Heap {
    /// While they are few: the latest first.
    list: [Entry; FEW],
    listed: usize,
    /// Once they are many: a heap.
    entries: Vec<Entry>,
    few: bool,
    /// The heap's root was taken and not yet replaced. An event that is handled often schedules another, which then takes the
    /// empty place: one walk down instead of one down and one up.
    hole: bool,
    /// Where the root was taken, the least of its children.
    heir: usize,
    /// When the least event happens; [`NEVER`] if there is none.
    least: u64,
}

impl Default for Heap {
    fn default() -> Self {
        let nothing = Entry { time: 0, seq: 0, event: 0 };
        let (list, entries) = ([nothing; FEW], Vec::new());
        Self { list, listed: 0, entries, few: true, hole: false, heir: 0, least: NEVER }
    }
}

impl Heap {
    pub fn len(&self) -> usize {
        self.listed + self.entries.len() - usize::from(self.hole)
    }

    /// Puts an event in that was scheduled after all others in here. True if there are many.
    // Numbers go from function to function in registers, an `Entry` by way of memory: three times as slow.
    #[inline(always)]
    pub fn push(&mut self, Entry { time, seq, event }: Entry) -> bool {
        self.least = select_unpredictable(time < self.least, time, self.least);
        if self.few {
            if self.listed < FEW {
                self.insert(time, seq, event);
                return false;
            }
            self.turn();
        }
        if self.hole {
            self.succeed(time, seq, event)
        } else {
            self.sift_up(time, seq, event)
        }
        true
    }

    /// Puts an event in, whenever it was scheduled. The list must be empty: there, who comes later goes behind.
    pub fn add(&mut self, Entry { time, seq, event }: Entry) {
        debug_assert!(self.listed == 0 && !self.hole);
        self.few = false;
        self.least = self.least.min(time);
        self.sift_up(time, seq, event);
    }

    /// Puts an event where it belongs in the list, which has room.
    #[inline(always)]
    fn insert(&mut self, time: u64, seq: u64, event: u64) {
        let (list, mut at) = (&mut self.list, self.listed);
        self.listed += 1;
        if at > 0 {
            // Whether the newcomer is before what was next so far is anybody's guess: a processor is not made to guess.
            // (Number by number: an `Entry` would be copied by way of the stack.)
            let Entry { time: next, seq: next_seq, event: next_event } = list[at - 1];
            let sooner = usize::from(time < next);
            list[at - sooner] = Entry { time: next, seq: next_seq, event: next_event };
            at = at + sooner - 1;
            while at > 0 {
                let Entry { time: other, seq: other_seq, event: other_event } = list[at - 1];
                if other > time {
                    break;
                }
                list[at] = Entry { time: other, seq: other_seq, event: other_event };
                at -= 1;
            }
        }
        list[at] = Entry { time, seq, event };
    }

    /// The list is full. Sorted the other way round it is a heap.
    #[cold]
    #[inline(never)]
    fn turn(&mut self) {
        self.entries.extend(self.list.iter().rev());
        (self.few, self.listed) = (false, 0);
    }

    fn sift_up(&mut self, time: u64, seq: u64, event: u64) {
        let entry = Entry { time, seq, event };
        self.entries.push(entry);
        let heap = self.entries.as_mut_slice();
        let mut i = heap.len() - 1;
        while i > 0 {
            let parent = (i - 1) / 4;
            if !entry.is_before(&heap[parent]) {
                break;
            }
            heap[i] = heap[parent];
            i = parent;
        }
        heap[i] = entry;
    }

    /// When the least event happens; [`NEVER`] if there is none.
    #[inline(always)]
    pub fn least(&self) -> u64 {
        self.least
    }

    /// The least event.
    pub fn first(&self) -> Option<&Entry> {
        if self.few {
            return self.list[..self.listed].last();
        }
        self.entries.get(if self.hole { self.heir } else { 0 })
    }

    /// Takes the least event.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<Entry> {
        if self.few {
            let [.., last] = self.list.get(..self.listed)? else {
                return None;
            };
            let last = *last;
            self.listed -= 1;
            self.least = self.list[..self.listed].last().map_or(NEVER, |next| next.time);
            return Some(last);
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
        if self.entries.len() == 1 {
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
        let (first, listed) = (usize::from(self.hole), self.listed);
        (self.few, self.hole, self.least, self.listed) = (true, false, NEVER, 0);
        self.list[..listed].iter().copied().chain(self.entries.drain(..).skip(first))
    }

    /// Puts an event where the root was.
    fn succeed(&mut self, time: u64, seq: u64, event: u64) {
        self.hole = false;
        let entry = Entry { time, seq, event };
        let heap = self.entries.as_mut_slice();
        let mut i = 0;
        // (The heir is not there any more if it is the one that succeeds.)
        let mut child = self.heir;
        while child < heap.len() && heap[child].is_before(&entry) {
            heap[i] = heap[child];
            i = child;
            (child, _) = least_child(heap, i);
        }
        heap[i] = entry;
    }
}

/// The least of the children of the event at `i`, and its time; a place beyond the last and [`NEVER`] if it has none.
#[inline(always)]
fn least_child(heap: &[Entry], i: usize) -> (usize, u64) {
    let first = 4 * i + 1;
    match heap.get(first..).unwrap_or_default() {
        // A tournament: its comparisons do not wait for each other.
        [a, b, c, d, ..] => {
            let left = lesser(heap, (first, a.time), (first + 1, b.time));
            let right = lesser(heap, (first + 2, c.time), (first + 3, d.time));
            lesser(heap, left, right)
        }
        [] => (first, NEVER),
        [a, rest @ ..] => {
            let (mut least, mut c) = ((first, a.time), 0);
            while c < rest.len() {
                least = lesser(heap, least, (first + 1 + c, rest[c].time));
                c += 1;
            }
            least
        }
    }
}

/// The lesser of two events by their places and times, without a branch: a processor would guess wrongly every other time. (That
/// two happen at the same instant it guesses well.)
#[inline(always)]
fn lesser(heap: &[Entry], a: (usize, u64), b: (usize, u64)) -> (usize, u64) {
    let less = if a.1 == b.1 { is_earlier(heap[b.0].seq, heap[a.0].seq) } else { b.1 < a.1 };
    (select_unpredictable(less, b.0, a.0), select_unpredictable(less, b.1, a.1))
}

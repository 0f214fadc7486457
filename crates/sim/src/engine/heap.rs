//! A 4-ary implicit heap of pending events: four 24-byte children span two cache lines.

use super::calendar::{Entry, NEVER};
use backpressure_pack::Pack;
use std::hint::select_unpredictable;

/// Events in no particular order but for the least, which is known.
#[derive(Clone, Debug, Default, Pack)]
pub(crate) struct Heap {
    entries: Vec<Entry>,
    /// The root was taken and not yet replaced. An event that is handled often schedules another, which then takes the
    /// empty place: one walk down instead of one down and one up.
    hole: bool,
}

impl Heap {
    pub fn len(&self) -> usize {
        self.entries.len() - usize::from(self.hole)
    }

    #[inline(always)]
    pub fn push(&mut self, Entry { time, seq, event }: Entry) {
        if self.hole {
            self.hole = false;
            self.sift_down(time, seq, event);
            return;
        }
        self.sift_up(time, seq, event);
    }

    // Numbers go from function to function in registers, an `Entry` by way of memory: three times as slow.
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
    pub fn least(&mut self) -> u128 {
        if self.hole {
            self.fill();
        }
        match self.entries.as_slice() {
            [root, ..] => root.key(),
            [] => NEVER,
        }
    }

    /// Nothing took the empty place: the last event does.
    fn fill(&mut self) {
        self.hole = false;
        if let Some(last) = self.entries.pop()
            && !self.entries.is_empty()
        {
            self.sift_down(last.time, last.seq, last.event);
        }
    }

    /// Is every event later than this instant? Known without tidying up.
    #[inline(always)]
    pub fn begins_after(&self, now: u64) -> bool {
        let entries = self.entries.as_slice();
        // Below an empty root the least is among its children.
        let (mut i, end) = if self.hole { (1, entries.len().min(5)) } else { (0, entries.len().min(1)) };
        while i < end {
            if entries[i].time <= now {
                return false;
            }
            i += 1;
        }
        true
    }

    /// The same without tidying up.
    pub fn peek(&self) -> u128 {
        let root = if self.hole { self.entries.get(1..self.entries.len().min(5)) } else { self.entries.get(..1) };
        root.unwrap_or_default().iter().map(Entry::key).fold(NEVER, u128::min)
    }

    /// The least event. [`Heap::least`] was asked before.
    pub fn first(&self) -> Option<&Entry> {
        self.entries.first()
    }

    /// Takes the least event. [`Heap::least`] was asked before.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<Entry> {
        let [root, ..] = self.entries.as_slice() else {
            return None;
        };
        self.hole = true;
        Some(*root)
    }

    /// Takes every event out, in no particular order.
    pub fn drain(&mut self) -> impl Iterator<Item = Entry> + '_ {
        let first = usize::from(self.hole);
        self.hole = false;
        self.entries.drain(..).skip(first)
    }

    /// Puts an event where the root was.
    fn sift_down(&mut self, time: u64, seq: u64, event: u64) {
        let entry = Entry { time, seq, event };
        let key = entry.key();
        let heap = self.entries.as_mut_slice();
        let mut i = 0;
        loop {
            let first = 4 * i + 1;
            let (child, child_key) = match heap.get(first..).unwrap_or_default() {
                [] => break,
                // A tournament: its comparisons do not wait for each other.
                [a, b, c, d, ..] => {
                    let left = lesser((first, a.key()), (first + 1, b.key()));
                    let right = lesser((first + 2, c.key()), (first + 3, d.key()));
                    lesser(left, right)
                }
                few => {
                    let (mut least, mut c) = ((first, few[0].key()), 1);
                    while c < few.len() {
                        least = lesser(least, (first + c, few[c].key()));
                        c += 1;
                    }
                    least
                }
            };
            if child_key >= key {
                break;
            }
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = entry;
    }
}

/// The one with the lesser key, without a branch: a processor would guess wrongly every other time.
#[inline(always)]
pub(crate) fn lesser(a: (usize, u128), b: (usize, u128)) -> (usize, u128) {
    let less = b.1 < a.1;
    (select_unpredictable(less, b.0, a.0), select_unpredictable(less, b.1, a.1))
}

//! A 4-ary implicit heap of pending events: four 24-byte children span two cache lines.

use super::calendar::{Entry, NEVER};
use backpressure_pack::Pack;

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

    #[inline]
    pub fn push(&mut self, entry: Entry) {
        if self.hole {
            self.hole = false;
            self.sift_down(entry);
            return;
        }
        self.entries.push(entry);
        let key = entry.key();
        let mut i = self.entries.len() - 1;
        while i > 0 {
            let parent = (i - 1) / 4;
            if self.entries[parent].key() <= key {
                break;
            }
            self.entries[i] = self.entries[parent];
            i = parent;
        }
        self.entries[i] = entry;
    }

    /// Key of the least event; [`NEVER`] if there is none.
    #[inline]
    pub fn least(&mut self) -> u128 {
        if self.hole {
            self.hole = false;
            if let Some(last) = self.entries.pop()
                && !self.entries.is_empty()
            {
                self.sift_down(last);
            }
        }
        self.entries.first().map_or(NEVER, Entry::key)
    }

    /// The same without tidying up.
    pub fn peek(&self) -> u128 {
        let root = if self.hole { self.entries.get(1..self.entries.len().min(5)) } else { self.entries.get(..1) };
        root.unwrap_or_default().iter().map(Entry::key).fold(NEVER, u128::min)
    }

    /// Takes the least event. [`Heap::least`] was asked before.
    #[inline]
    pub fn pop(&mut self) -> Option<Entry> {
        let top = self.entries.first().copied()?;
        self.hole = true;
        Some(top)
    }

    /// Takes every event out, in no particular order.
    pub fn drain(&mut self) -> impl Iterator<Item = Entry> + '_ {
        let first = usize::from(self.hole);
        self.hole = false;
        self.entries.drain(..).skip(first)
    }

    /// Puts an event where the root was.
    fn sift_down(&mut self, entry: Entry) {
        let key = entry.key();
        let heap = self.entries.as_mut_slice();
        let mut i = 0;
        loop {
            let first = 4 * i + 1;
            let child = match heap.get(first..first + 4) {
                // A tournament: its comparisons do not wait for each other, nor for a guess which way they go.
                Some([a, b, c, d]) => {
                    let (left, left_key) = lesser((first, a.key()), (first + 1, b.key()));
                    let (right, right_key) = lesser((first + 2, c.key()), (first + 3, d.key()));
                    lesser((left, left_key), (right, right_key)).0
                }
                _ => match (first..heap.len()).min_by_key(|&c| heap[c].key()) {
                    Some(child) => child,
                    None => break,
                },
            };
            if heap[child].key() >= key {
                break;
            }
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = entry;
    }
}

#[inline]
fn lesser(a: (usize, u128), b: (usize, u128)) -> (usize, u128) {
    if b.1 < a.1 { b } else { a }
}

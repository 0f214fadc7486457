//! A queue of events in the order they were put in.

use super::calendar::{Entry, NEVER};
use backpressure_pack::{Pack, Source};

/// First in, first out, in a ring that grows as needed. (`VecDeque` does the same by way of a dozen small functions; see
/// [`super::call::Calls`].)
#[derive(Clone, Debug, Default)]
pub(crate) struct Ring {
    /// Its length is a power of two.
    entries: Vec<Entry>,
    head: usize,
    len: usize,
}

impl Ring {
    pub fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first event, if there is one.
    pub fn first(&self) -> Option<&Entry> {
        if self.len == 0 { None } else { self.entries.get(self.head) }
    }

    #[inline(always)]
    pub fn push(&mut self, entry: Entry) {
        if self.len == self.entries.len() {
            self.grow();
        }
        let mask = self.entries.len() - 1;
        self.entries.as_mut_slice()[(self.head + self.len) & mask] = entry;
        self.len += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let len = self.entries.len();
        self.entries.rotate_left(self.head);
        self.head = 0;
        self.entries.resize((2 * len).max(16), Entry { time: 0, seq: 0, event: 0 });
    }

    /// Takes the first event; there must be one. Also returns the time of the one after it, or [`NEVER`].
    #[inline(always)]
    pub fn pop(&mut self) -> (Entry, u64) {
        let entries = self.entries.as_slice();
        let mask = entries.len() - 1;
        let first = entries[self.head & mask];
        self.head = (self.head + 1) & mask;
        self.len -= 1;
        (first, if self.len == 0 { NEVER } else { entries[self.head].time })
    }
}

impl Ring {
    /// Takes events from the front as long as they are such. Returns the time of the first that stays, or [`NEVER`].
    pub fn drop_first_while(&mut self, such: impl Fn(&Entry) -> bool) -> u64 {
        while self.len > 0 {
            let first = &self.entries[self.head];
            if !such(first) {
                return first.time;
            }
            self.pop();
        }
        NEVER
    }
}

impl Pack for Ring {
    fn pack(&self, out: &mut Vec<u8>) {
        self.len.pack(out);
        for i in 0..self.len {
            self.entries[(self.head + i) % self.entries.len()].pack(out);
        }
    }

    fn unpack(from: &mut Source) -> Self {
        let mut ring = Ring::default();
        for entry in Vec::unpack(from) {
            ring.push(entry);
        }
        ring
    }
}

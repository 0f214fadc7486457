//! Far events, when very many are pending: a hierarchical timing wheel (G. Varghese & T. Lauck, 1987).
//!
//! A time is a number of eleven digits to base 64. An event lies at the level of its first digit that differs from that
//! of the wheel's `start`, in the slot of that digit. So the first slot of the lowest level in use holds the earliest
//! events; it is either small, and taken out whole, or spread over the level below. A slot is a list of chunks, in no
//! order: whoever takes the events out sorts them. Adding an event is O(1); each is moved at most once a level.

use super::calendar::Entry;
use backpressure_pack::{Pack, Source};

const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// Eleven digits of 6 bits cover 64.
const LEVELS: usize = 11;
/// Events of a chunk: memory is read and written in runs, while a sparse slot wastes little.
const CHUNK: usize = 63;
const NIL: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Chunk {
    entries: [Entry; CHUNK],
    len: u32,
    next: u32,
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Wheel {
    /// No event is earlier.
    start: u64,
    /// No event is earlier than this either: the first slot in use begins here, or its first event is this.
    bound: u64,
    len: usize,
    /// A bit for each slot in use, by level.
    used: [u64; LEVELS],
    /// First chunk of each slot.
    slots: [[u32; SLOTS]; LEVELS],
    chunks: Vec<Chunk>,
    free: u32,
}

impl Default for Wheel {
    fn default() -> Self {
        Self {
            start: 0,
            bound: u64::MAX,
            len: 0,
            used: [0; LEVELS],
            slots: [[NIL; SLOTS]; LEVELS],
            chunks: Vec::new(),
            free: NIL,
        }
    }
}

impl Wheel {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A time before which no event is.
    #[inline]
    pub fn bound(&self) -> u64 {
        self.bound
    }

    /// The earliest event's time. O(events in its slot).
    pub fn next_time(&self) -> Option<u64> {
        let (level, slot) = self.first()?;
        self.slot(self.slots[level][slot]).map(|e| e.time).min()
    }

    /// Moves the start forward: no event earlier than `start` will be added. It must lie before the end of the span
    /// that [`Wheel::take`] emptied last, so that every event's slot stays what it is.
    pub fn begin(&mut self, start: u64) {
        self.start = start;
    }

    #[inline]
    pub fn insert(&mut self, entry: Entry) {
        debug_assert!(entry.time >= self.start);
        self.len += 1;
        self.bound = self.bound.min(entry.time);
        self.place(entry);
    }

    #[inline]
    fn place(&mut self, entry: Entry) {
        let differs = entry.time ^ self.start;
        let level = (63 - (differs | 1).leading_zeros()) / BITS;
        let digit = (entry.time >> (level * BITS)) as usize % SLOTS;
        let (level, bit) = (level as usize, 1 << digit);
        let head = if self.used[level] & bit == 0 { NIL } else { self.slots[level][digit] };
        self.used[level] |= bit;
        if let Some(chunk) = self.chunks.get_mut(head as usize)
            && (chunk.len as usize) < CHUNK
        {
            chunk.entries[chunk.len as usize] = entry;
            chunk.len += 1;
            return;
        }
        self.slots[level][digit] = self.add_chunk(entry, head);
    }

    /// A chunk that holds `entry`, before the chunk `next`.
    fn add_chunk(&mut self, entry: Entry, next: u32) -> u32 {
        let id = self.free;
        if let Some(unused) = self.chunks.get_mut(id as usize) {
            self.free = unused.next;
            (unused.entries[0], unused.len, unused.next) = (entry, 1, next);
            return id;
        }
        self.chunks.push(Chunk { entries: [entry; CHUNK], len: 1, next });
        self.chunks.len() as u32 - 1
    }

    /// Hands out the earliest events, about `many` at most unless they are at one instant, if there can be any at or
    /// before `until`. Returns the end of the span that was emptied: no event left is before it.
    pub fn take(&mut self, until: u64, many: usize, mut out: impl FnMut(Entry)) -> Option<u64> {
        loop {
            let (level, slot) = self.first()?;
            let shift = level as u32 * BITS;
            // The digits above the level are those of `start`.
            let above = self.start.checked_shr(shift + BITS).map_or(0, |d| d << (shift + BITS));
            let begin = above | ((slot as u64) << shift);
            self.bound = begin;
            if begin > until {
                return None;
            }
            self.start = begin;
            self.used[level] &= !(1 << slot);
            let mut head = self.slots[level][slot];
            let small = level == 0 || self.slot(head).take(many + 1).count() <= many;
            while let Some(chunk) = self.chunks.get(head as usize) {
                let (len, next) = (chunk.len as usize, chunk.next);
                if small {
                    chunk.entries[..len].iter().for_each(|&entry| out(entry));
                    self.len -= len;
                } else {
                    (0..len).for_each(|i| self.place(self.chunks[head as usize].entries[i]));
                }
                self.chunks[head as usize].next = self.free;
                self.free = head;
                head = next;
            }
            if small {
                if self.len == 0 {
                    self.bound = u64::MAX;
                }
                return Some(begin.saturating_add(1 << shift));
            }
        }
    }

    /// Level and number of the slot with the earliest events.
    fn first(&self) -> Option<(usize, usize)> {
        let level = self.used.iter().position(|&u| u != 0)?;
        Some((level, self.used[level].trailing_zeros() as usize))
    }

    fn slot(&self, head: u32) -> impl Iterator<Item = &Entry> {
        let first = self.chunks.get(head as usize);
        std::iter::successors(first, |c| self.chunks.get(c.next as usize)).flat_map(|c| &c.entries[..c.len as usize])
    }
}

// A saved wheel is its events: where they lie follows from when they are due.
impl Pack for Wheel {
    fn pack(&self, out: &mut Vec<u8>) {
        self.start.pack(out);
        self.bound.pack(out);
        self.len.pack(out);
        for (level, used) in self.used.iter().enumerate() {
            for slot in (0..SLOTS).filter(|slot| used >> slot & 1 == 1) {
                self.slot(self.slots[level][slot]).for_each(|entry| entry.pack(out));
            }
        }
    }

    fn unpack(from: &mut Source) -> Self {
        let mut wheel = Wheel { start: u64::unpack(from), ..Wheel::default() };
        let bound = u64::unpack(from);
        for entry in Vec::unpack(from) {
            wheel.insert(entry);
        }
        wheel.bound = bound;
        wheel
    }
}

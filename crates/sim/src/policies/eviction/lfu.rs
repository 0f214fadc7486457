//! Least frequently used.

use super::slots::{Chain, NIL, Slots};
use backpressure_pack::Pack;

/// Entries that were used equally often.
#[derive(Clone, Copy, Debug, PartialEq, Pack)]
struct Bucket {
    uses: u32,
    chain: Chain,
    /// The next bucket of more, and of fewer uses.
    more: u32,
    fewer: u32,
}

/// Buckets of entries in order of how often they were used, each in order of their last use (Shah, Mitra & Matani, "An O(1)
/// algorithm for implementing the LFU cache eviction scheme", 2010). In a slot, `mark` is its bucket.
#[derive(Clone, Debug, PartialEq, Pack)]
pub(super) struct Lfu {
    buckets: Vec<Bucket>,
    free: Vec<u32>,
    /// The bucket of the fewest uses.
    least: u32,
}

impl Lfu {
    pub fn new() -> Self {
        Self { buckets: Vec::new(), free: Vec::new(), least: NIL }
    }

    pub fn enter(&mut self, slots: &mut Slots, s: u32) {
        let bucket = self.bucket_after(NIL, 1);
        self.push(bucket, slots, s);
    }

    pub fn hit(&mut self, slots: &mut Slots, s: u32) {
        let from = slots.at(s).mark;
        let uses = self.buckets[from as usize].uses.saturating_add(1);
        let to = self.bucket_after(from, uses);
        self.leave(slots, s);
        self.push(to, slots, s);
    }

    pub fn leave(&mut self, slots: &mut Slots, s: u32) {
        let b = slots.at(s).mark;
        let bucket = &mut self.buckets[b as usize];
        bucket.chain.unlink(slots, s);
        if bucket.chain.newest == NIL {
            let Bucket { more, fewer, .. } = *bucket;
            if fewer == NIL {
                self.least = more;
            } else {
                self.buckets[fewer as usize].more = more;
            }
            if more != NIL {
                self.buckets[more as usize].fewer = fewer;
            }
            self.free.push(b);
        }
    }

    /// The one used least often; of several, the one whose last use is the longest ago.
    pub fn victim(&self) -> u32 {
        self.buckets.get(self.least as usize).map_or(NIL, |b| b.chain.oldest)
    }

    fn push(&mut self, bucket: u32, slots: &mut Slots, s: u32) {
        slots.at_mut(s).mark = bucket;
        self.buckets[bucket as usize].chain.push(slots, s);
    }

    /// The bucket of so many uses that stands right after `before` (`NIL`: first), made if there is none.
    fn bucket_after(&mut self, before: u32, uses: u32) -> u32 {
        let next = if before == NIL { self.least } else { self.buckets[before as usize].more };
        if next != NIL && self.buckets[next as usize].uses == uses {
            return next;
        }
        if before != NIL && self.buckets[before as usize].uses == uses {
            return before; // The count is at its largest.
        }
        let new = Bucket { uses, chain: Chain::default(), more: next, fewer: before };
        let b = match self.free.pop() {
            Some(b) => {
                self.buckets[b as usize] = new;
                b
            }
            None => {
                self.buckets.push(new);
                self.buckets.len() as u32 - 1
            }
        };
        if before == NIL {
            self.least = b;
        } else {
            self.buckets[before as usize].more = b;
        }
        if next != NIL {
            self.buckets[next as usize].fewer = b;
        }
        b
    }
}

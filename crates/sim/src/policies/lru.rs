//! A cache directory that forgets the least recently used key.

use crate::engine::rng::mix;
use backpressure_pack::Pack;

const NIL: u32 = u32::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Pack)]
struct Slot {
    key: u64,
    expires_ns: u64,
    version: u32,
    newer: u32,
    older: u32,
}

/// Keys in order of use, at most `capacity` of them. Lookup, insertion and removal are O(1) expected: an
/// open-addressing index (linear probing, deletion by shifting back; Knuth, TAOCP 6.4) over a doubly linked list.
/// A table of our own because its layout is part of the saved state and must be the same on every target.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Lru {
    capacity: usize,
    slots: Vec<Slot>,
    free: Vec<u32>,
    index: Vec<u32>,
    newest: u32,
    oldest: u32,
    len: usize,
}

impl Lru {
    /// An empty directory for at most `capacity` keys (at least 1).
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            slots: Vec::new(),
            free: Vec::new(),
            index: vec![NIL; 16],
            newest: NIL,
            oldest: NIL,
            len: 0,
        }
    }

    /// Keys held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if no key is held.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Changes the capacity; the least recently used keys beyond it are forgotten. Returns how many.
    pub fn set_capacity(&mut self, capacity: usize) -> usize {
        self.capacity = capacity.max(1);
        let mut evicted = 0;
        while self.len > self.capacity {
            self.evict_oldest();
            evicted += 1;
        }
        evicted
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }

    /// Looks `key` up at time `now`; a hit gives its version and makes it the most recently used. An expired key is
    /// forgotten, a miss.
    pub fn touch(&mut self, key: u64, now_ns: u64) -> Option<u32> {
        let at = self.find(key)?;
        let slot = self.index[at];
        if self.slots[slot as usize].expires_ns <= now_ns {
            self.remove_at(at);
            return None;
        }
        self.unlink(slot);
        self.push_newest(slot);
        Some(self.slots[slot as usize].version)
    }

    /// Holds this version of `key` until `expires_ns` as the most recently used. Returns true if another was evicted to make room.
    pub fn insert(&mut self, key: u64, version: u32, expires_ns: u64) -> bool {
        if let Some(at) = self.find(key) {
            let slot = self.index[at];
            self.slots[slot as usize].expires_ns = expires_ns;
            self.slots[slot as usize].version = version;
            self.unlink(slot);
            self.push_newest(slot);
            return false;
        }
        let evicted = self.len >= self.capacity;
        if evicted {
            self.evict_oldest();
        }
        let new = Slot { key, expires_ns, version, newer: NIL, older: NIL };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = new;
                slot
            }
            None => {
                self.slots.push(new);
                self.slots.len() as u32 - 1
            }
        };
        self.push_newest(slot);
        self.len += 1;
        if self.len * 2 > self.index.len() {
            self.grow();
        }
        self.enter(slot);
        evicted
    }

    /// Forgets `key`. Returns true if it was held.
    pub fn remove(&mut self, key: u64) -> bool {
        self.find(key).map(|at| self.remove_at(at)).is_some()
    }

    fn home(&self, key: u64) -> usize {
        mix(key) as usize & (self.index.len() - 1)
    }

    fn find(&self, key: u64) -> Option<usize> {
        let mask = self.index.len() - 1;
        let mut at = self.home(key);
        while self.index[at] != NIL {
            if self.slots[self.index[at] as usize].key == key {
                return Some(at);
            }
            at = (at + 1) & mask;
        }
        None
    }

    fn enter(&mut self, slot: u32) {
        let mask = self.index.len() - 1;
        let mut at = self.home(self.slots[slot as usize].key);
        while self.index[at] != NIL {
            at = (at + 1) & mask;
        }
        self.index[at] = slot;
    }

    fn grow(&mut self) {
        // The newest slot is linked but not yet entered: it goes in after this, with the caller.
        let entered: Vec<u32> = self.index.iter().copied().filter(|&s| s != NIL).collect();
        self.index = vec![NIL; self.index.len() * 2];
        for slot in entered {
            self.enter(slot);
        }
    }

    fn evict_oldest(&mut self) {
        if self.oldest != NIL
            && let Some(at) = self.find(self.slots[self.oldest as usize].key)
        {
            self.remove_at(at);
        }
    }

    fn remove_at(&mut self, mut at: usize) {
        let slot = self.index[at];
        self.unlink(slot);
        self.free.push(slot);
        self.len -= 1;
        let mask = self.index.len() - 1;
        let mut probe = at;
        loop {
            probe = (probe + 1) & mask;
            let candidate = self.index[probe];
            if candidate == NIL {
                break;
            }
            // May the candidate move back to the hole? Only if its home is not between the hole and itself.
            let home = self.home(self.slots[candidate as usize].key);
            if (probe.wrapping_sub(home) & mask) >= (probe.wrapping_sub(at) & mask) {
                self.index[at] = candidate;
                at = probe;
            }
        }
        self.index[at] = NIL;
    }

    fn unlink(&mut self, slot: u32) {
        let Slot { newer, older, .. } = self.slots[slot as usize];
        if newer == NIL {
            self.newest = older
        } else {
            self.slots[newer as usize].older = older
        }
        if older == NIL { self.oldest = newer } else { self.slots[older as usize].newer = newer }
    }

    fn push_newest(&mut self, slot: u32) {
        let old = self.newest;
        self.slots[slot as usize].newer = NIL;
        self.slots[slot as usize].older = old;
        if old == NIL {
            self.oldest = slot
        } else {
            self.slots[old as usize].newer = slot
        }
        self.newest = slot;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_least_recently_used_key_goes_first() {
        let mut lru = Lru::new(2);
        assert!(!lru.insert(1, 7, u64::MAX));
        assert!(!lru.insert(2, 7, u64::MAX));
        assert!(lru.touch(1, 0).is_some());
        assert!(lru.insert(3, 7, u64::MAX));
        assert!(lru.touch(1, 0).is_some() && lru.touch(3, 0).is_some() && lru.touch(2, 0).is_none());
    }

    #[test]
    fn an_expired_key_is_a_miss() {
        let mut lru = Lru::new(2);
        lru.insert(1, 7, 100);
        assert!(lru.touch(1, 99).is_some());
        assert!(lru.touch(1, 100).is_none());
        assert!(lru.is_empty());
    }

    proptest! {
        /// Against a plain list in order of use.
        #[test]
        fn behaves_as_a_list_in_order_of_use(capacity in 1usize..20, steps in prop::collection::vec((0u8..4, 0u64..40), 0..500)) {
            let mut lru = Lru::new(capacity);
            let mut list: Vec<u64> = Vec::new();
            for (what, key) in steps {
                let at = list.iter().position(|&k| k == key);
                match what {
                    0 => {
                        prop_assert_eq!(lru.touch(key, 0).is_some(), at.is_some());
                        if let Some(at) = at { list.remove(at); list.push(key); }
                    }
                    1 | 2 => {
                        let full = at.is_none() && list.len() == capacity;
                        prop_assert_eq!(lru.insert(key, 7, u64::MAX), full);
                        if let Some(at) = at { list.remove(at); } else if full { list.remove(0); }
                        list.push(key);
                    }
                    _ => {
                        prop_assert_eq!(lru.remove(key), at.is_some());
                        if let Some(at) = at { list.remove(at); }
                    }
                }
                prop_assert_eq!(lru.len(), list.len());
            }
            for key in 0..40 {
                prop_assert_eq!(lru.clone().touch(key, 0).is_some(), list.contains(&key));
            }
        }
    }
}

//! Where the entries of a cache directory lie, and the chains they hang on.

use crate::engine::table::Table;
use backpressure_pack::{Pack, Source};

/// No slot.
pub(super) const NIL: u32 = u32::MAX;
/// Key of a slot that is free.
const FREE: u64 = u64::MAX;

/// What a cache keeps of a value besides its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Version of the object.
    pub version: u32,
    /// Size of the value, bytes.
    pub size: u32,
    /// When it is too old to be used, ns; `u64::MAX` for never.
    pub expires_ns: u64,
    /// What it took to get the value, µs.
    pub cost_us: u32,
}

/// An entry: 40 bytes, and 24 to 48 more in the index.
#[derive(Clone, Copy, Debug, PartialEq, Pack)]
pub(super) struct Slot {
    pub key: u64,
    /// 0 stands for never, which takes one byte in a saved run.
    expires_ns: u64,
    version: u32,
    size: u32,
    cost_us: u32,
    /// Neighbours on its chain.
    pub newer: u32,
    pub older: u32,
    /// For the policy: a visited bit, a segment, a number of uses.
    pub mark: u32,
}

impl Slot {
    pub fn item(&self) -> Item {
        let expires_ns = self.expires_ns.wrapping_sub(1);
        Item { version: self.version, size: self.size, expires_ns, cost_us: self.cost_us }
    }

    pub fn set_item(&mut self, item: Item) {
        self.expires_ns = item.expires_ns.wrapping_add(1);
        (self.version, self.size, self.cost_us) = (item.version, item.size, item.cost_us);
    }

    pub fn set_expires(&mut self, expires_ns: u64) {
        self.expires_ns = expires_ns.wrapping_add(1);
    }

    pub fn has_expired(&self, now_ns: u64) -> bool {
        self.expires_ns != 0 && self.expires_ns - 1 <= now_ns
    }
}

/// Slots by number, and their numbers by key.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// Does an entry weigh what it is large, or 1?
    pub by_size: bool,
    /// Not in a saved run: it follows from the slots, and nothing depends on its layout.
    index: Table<u32>,
}

impl Pack for Slots {
    fn pack(&self, out: &mut Vec<u8>) {
        self.slots.pack(out);
        self.free.pack(out);
        self.by_size.pack(out);
    }

    fn unpack(from: &mut Source) -> Self {
        let slots: Vec<Slot> = Pack::unpack(from);
        let mut index = Table::default();
        for (s, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.key != FREE) {
            index.set(slot.key, s as u32);
        }
        Self { slots, free: Pack::unpack(from), by_size: Pack::unpack(from), index }
    }
}

impl Slots {
    pub fn len(&self) -> usize {
        self.index.len()
    }

    #[inline]
    pub fn find(&self, key: u64) -> Option<u32> {
        self.index.get(key)
    }

    #[inline]
    pub fn at(&self, s: u32) -> &Slot {
        &self.slots[s as usize]
    }

    #[inline]
    pub fn at_mut(&mut self, s: u32) -> &mut Slot {
        &mut self.slots[s as usize]
    }

    /// What slot `s` weighs against the capacity.
    #[inline]
    pub fn weight(&self, s: u32) -> u64 {
        self.weight_of(self.at(s).size)
    }

    /// What a value of this size weighs: nothing weighs nothing, so that what fits is bounded.
    pub fn weight_of(&self, size: u32) -> u64 {
        if self.by_size { u64::from(size.max(1)) } else { 1 }
    }

    pub fn insert(&mut self, key: u64, item: Item) -> u32 {
        let mut slot = Slot { key, expires_ns: 0, version: 0, size: 0, cost_us: 0, newer: NIL, older: NIL, mark: 0 };
        slot.set_item(item);
        let s = match self.free.pop() {
            Some(s) => {
                self.slots[s as usize] = slot;
                s
            }
            None => {
                self.slots.push(slot);
                self.slots.len() as u32 - 1
            }
        };
        self.index.set(key, s);
        s
    }

    pub fn remove(&mut self, s: u32) {
        let slot = &mut self.slots[s as usize];
        self.index.remove(slot.key);
        slot.key = FREE;
        self.free.push(s);
    }

    /// Forgets everything, and keeps the room.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.free.clear();
        self.index.clear();
    }

    /// Numbers of the slots in use.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.iter().enumerate().filter(|(_, slot)| slot.key != FREE).map(|(s, _)| s as u32)
    }
}

/// Slots in a row, from the newest to the oldest, and what they weigh together.
#[derive(Clone, Copy, Debug, PartialEq, Pack)]
pub(super) struct Chain {
    pub newest: u32,
    pub oldest: u32,
    pub weight: u64,
}

impl Default for Chain {
    fn default() -> Self {
        Self { newest: NIL, oldest: NIL, weight: 0 }
    }
}

impl Chain {
    pub fn push(&mut self, slots: &mut Slots, s: u32) {
        let old = self.newest;
        self.weight += slots.weight(s);
        let slot = slots.at_mut(s);
        (slot.newer, slot.older) = (NIL, old);
        if old == NIL {
            self.oldest = s;
        } else {
            slots.at_mut(old).newer = s;
        }
        self.newest = s;
    }

    pub fn unlink(&mut self, slots: &mut Slots, s: u32) {
        self.weight -= slots.weight(s);
        let Slot { newer, older, .. } = *slots.at(s);
        if newer == NIL {
            self.newest = older;
        } else {
            slots.at_mut(newer).older = older;
        }
        if older == NIL {
            self.oldest = newer;
        } else {
            slots.at_mut(older).newer = newer;
        }
    }

    pub fn bring_up(&mut self, slots: &mut Slots, s: u32) {
        if self.newest != s {
            self.unlink(slots, s);
            self.push(slots, s);
        }
    }
}

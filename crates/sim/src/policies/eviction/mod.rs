//! Which entry a full cache gives up: one directory of keys, and the policies that order it.
//!
//! A directory holds what a cache knows of its values (version, size, when they expire), not the values. Everything is
//! deterministic and O(1) expected a request, and nothing is allocated once the directory was full.

mod lfu;
mod slots;
mod tiny_lfu;

use crate::design::choice;
use crate::engine::rng::Stream;
use backpressure_pack::Pack;
use lfu::Lfu;
pub use slots::Item;
use slots::{Chain, NIL, Slots};
use tiny_lfu::TinyLfu;

choice! {
    /// Which key a full cache gives up to make room.
    pub enum Eviction {
        /// The one not used for the longest time (Redis allkeys-lru, Memcached).
        Lru = "lru", "LRU (least recently used)";
        /// The one used least often since it was put in; old favourites stay long after their time (Redis allkeys-lfu, which lets them fade).
        Lfu = "lfu", "LFU (least frequently used)";
        /// The one that was put in first, however much it is used.
        Fifo = "fifo", "FIFO (first in, first out)";
        /// Any, by chance (Redis allkeys-random).
        Random = "random", "Random";
        /// The oldest that was not used since the hand last came by: LRU at the price of one bit (Corbató, 1968).
        Clock = "clock", "CLOCK (second chance)";
        /// As CLOCK, but what was used stays where it is and newcomers go quickly (Zhang et al., "SIEVE is Simpler than LRU", 2024).
        Sieve = "sieve", "SIEVE";
        /// Newcomers must be asked for more often than what they would replace (Einziger, Friedman & Manes, 2017; Caffeine). A scan does no harm.
        WTinyLfu = "w_tinylfu", "W-TinyLFU";
    }
}

/// What a directory has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pack)]
pub enum Capacity {
    /// So many keys.
    Items(u64),
    /// Values of so many bytes together.
    Bytes(u64),
}

/// Most keys in a directory, whatever their size.
pub const MAX_ITEMS: usize = 10_000_000;

/// What a lookup found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The key is there.
    Hit(Item),
    /// It was there, too old to be used, and is forgotten now.
    Expired,
    /// It is not there.
    Absent,
}

/// Keys in a cache.
#[derive(Clone, Debug, Pack)]
pub struct Directory {
    eviction: Eviction,
    /// In units of weight: keys, or bytes.
    capacity: u64,
    most_items: usize,
    weight: u64,
    slots: Slots,
    order: Order,
    rng: Stream,
}

/// The order in which entries go.
#[derive(Clone, Debug, Pack)]
enum Order {
    /// By age or by last use. The hand of CLOCK and SIEVE points at the next to be looked at; `NIL` is the oldest.
    Row {
        chain: Chain,
        hand: u32,
    },
    /// The entries without a gap; in a slot, `mark` is its place.
    Places(Vec<u32>),
    Uses(Lfu),
    Tiny(Box<TinyLfu>),
}

impl Directory {
    /// An empty directory. `rng` is drawn from by random eviction only.
    pub fn new(eviction: Eviction, capacity: Capacity, rng: Stream) -> Self {
        let mut slots = Slots::default();
        let (units, by_size) = units(capacity);
        slots.by_size = by_size;
        Self {
            eviction,
            capacity: units,
            most_items: MAX_ITEMS,
            weight: 0,
            slots,
            order: Order::new(eviction, units),
            rng,
        }
    }

    /// The same for no more than so many keys, whatever their size (at least one): where many directories share the memory.
    pub fn at_most(mut self, items: usize) -> Self {
        self.most_items = items.clamp(1, MAX_ITEMS);
        self
    }

    /// Keys held.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// True if no key is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keys, or bytes, held.
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// Keys, or bytes, there is room for.
    pub fn room(&self) -> u64 {
        self.capacity
    }

    /// Changes policy and capacity; what is held stays as far as there is room. Returns how many keys were evicted.
    pub fn set(&mut self, eviction: Eviction, capacity: Capacity) -> u64 {
        let (units, by_size) = units(capacity);
        if (eviction, by_size) != (self.eviction, self.slots.by_size) {
            (self.eviction, self.slots.by_size) = (eviction, by_size);
            self.order = Order::new(eviction, units);
            self.weight = 0;
            let numbers: Vec<u32> = self.slots.numbers().collect();
            for s in numbers {
                self.weight += self.slots.weight(s);
                self.order.enter(&mut self.slots, s);
            }
        }
        self.capacity = units;
        if let Order::Tiny(tiny) = &mut self.order {
            tiny.resize(units);
        }
        self.make_room()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.weight = 0;
        self.order = Order::new(self.eviction, self.capacity);
    }

    /// Looks `key` up at time `now_ns`: a hit counts as a use of it.
    #[inline]
    pub fn touch(&mut self, key: u64, now_ns: u64) -> Lookup {
        let Some(s) = self.slots.find(key) else {
            return Lookup::Absent;
        };
        if self.slots.at(s).has_expired(now_ns) {
            self.take_out(s);
            return Lookup::Expired;
        }
        self.order.hit(self.eviction, &mut self.slots, s);
        Lookup::Hit(self.slots.at(s).item())
    }

    /// What is held of `key`, expired or not; not a use of it.
    pub fn peek(&self, key: u64) -> Option<Item> {
        self.slots.find(key).map(|s| self.slots.at(s).item())
    }

    /// Changes when `key`, if it is held, expires.
    pub fn set_expires(&mut self, key: u64, expires_ns: u64) {
        if let Some(s) = self.slots.find(key) {
            self.slots.at_mut(s).set_expires(expires_ns);
        }
    }

    /// Changes the version held of `key`, if it is held.
    pub fn set_version(&mut self, key: u64, version: u32) {
        if let Some(s) = self.slots.find(key) {
            let slot = self.slots.at_mut(s);
            slot.set_item(Item { version, ..slot.item() });
        }
    }

    /// Holds this of `key` from now on, which counts as a use of it, and makes room. Returns how many keys were evicted. What is
    /// larger than the whole cache is not held.
    pub fn insert(&mut self, key: u64, item: Item) -> u64 {
        let found = self.slots.find(key);
        if self.slots.weight_of(item.size) > self.capacity {
            if let Some(s) = found {
                self.take_out(s);
            }
            return 0;
        }
        match found {
            Some(s) if self.slots.at(s).item().size == item.size || !self.slots.by_size => {
                self.slots.at_mut(s).set_item(item);
                self.order.hit(self.eviction, &mut self.slots, s);
                return 0;
            }
            Some(s) => self.take_out(s),
            None => {}
        }
        // Room first, for the policies that give a place before they know who is worth it; W-TinyLFU compares both.
        let comes = self.slots.weight_of(item.size);
        let mut evicted = 0;
        if !matches!(self.order, Order::Tiny(_)) {
            evicted += self.make_room_for(comes, 1);
        }
        let s = self.slots.insert(key, item);
        self.weight += comes;
        self.order.enter(&mut self.slots, s);
        evicted + self.make_room()
    }

    /// Forgets `key`. Returns true if it was held.
    pub fn remove(&mut self, key: u64) -> bool {
        let found = self.slots.find(key);
        if let Some(s) = found {
            self.take_out(s);
        }
        found.is_some()
    }

    fn make_room(&mut self) -> u64 {
        self.make_room_for(0, 0)
    }

    /// Evicts until so much weight and so many more keys have room.
    fn make_room_for(&mut self, weight: u64, items: usize) -> u64 {
        let mut evicted = 0;
        while self.weight + weight > self.capacity || self.slots.len() + items > self.most_items {
            let s = self.order.victim(self.eviction, &mut self.slots, &mut self.rng);
            if s == NIL {
                break;
            }
            self.take_out(s);
            evicted += 1;
        }
        evicted
    }

    fn take_out(&mut self, s: u32) {
        self.weight -= self.slots.weight(s);
        self.order.leave(&mut self.slots, s);
        self.slots.remove(s);
    }
}

fn units(capacity: Capacity) -> (u64, bool) {
    match capacity {
        Capacity::Items(items) => (items.max(1), false),
        Capacity::Bytes(bytes) => (bytes.max(1), true),
    }
}

/// Marks of the policies with a hand.
const NEW: u32 = 0;
const USED: u32 = 1;

impl Order {
    fn new(eviction: Eviction, capacity: u64) -> Self {
        match eviction {
            Eviction::Lru | Eviction::Fifo | Eviction::Clock | Eviction::Sieve => {
                Order::Row { chain: Chain::default(), hand: NIL }
            }
            Eviction::Random => Order::Places(Vec::new()),
            Eviction::Lfu => Order::Uses(Lfu::new()),
            Eviction::WTinyLfu => Order::Tiny(Box::new(TinyLfu::new(capacity))),
        }
    }

    fn enter(&mut self, slots: &mut Slots, s: u32) {
        match self {
            Order::Row { chain, .. } => {
                slots.at_mut(s).mark = NEW;
                chain.push(slots, s);
            }
            Order::Places(places) => {
                slots.at_mut(s).mark = places.len() as u32;
                places.push(s);
            }
            Order::Uses(lfu) => lfu.enter(slots, s),
            Order::Tiny(tiny) => tiny.enter(slots, s),
        }
    }

    #[inline]
    fn hit(&mut self, eviction: Eviction, slots: &mut Slots, s: u32) {
        match self {
            Order::Row { chain, .. } => match eviction {
                Eviction::Lru => chain.bring_up(slots, s),
                Eviction::Fifo => {}
                _ => slots.at_mut(s).mark = USED,
            },
            Order::Places(_) => {}
            Order::Uses(lfu) => lfu.hit(slots, s),
            Order::Tiny(tiny) => tiny.hit(slots, s),
        }
    }

    fn leave(&mut self, slots: &mut Slots, s: u32) {
        match self {
            Order::Row { chain, hand } => {
                if *hand == s {
                    *hand = slots.at(s).newer;
                }
                chain.unlink(slots, s);
            }
            Order::Places(places) => {
                let place = slots.at(s).mark;
                places.swap_remove(place as usize);
                if let Some(&moved) = places.get(place as usize) {
                    slots.at_mut(moved).mark = place;
                }
            }
            Order::Uses(lfu) => lfu.leave(slots, s),
            Order::Tiny(tiny) => tiny.leave(slots, s),
        }
    }

    /// Who goes next; `NIL` if nobody is there. The hand's steps over used entries were paid for by their hits: O(1) amortised.
    fn victim(&mut self, eviction: Eviction, slots: &mut Slots, rng: &mut Stream) -> u32 {
        match self {
            Order::Row { chain, hand } => {
                // With a hand, entries used since it last came by lose their mark and are passed over: each once at most.
                loop {
                    let s = if *hand == NIL { chain.oldest } else { *hand };
                    if s == NIL || slots.at(s).mark == NEW {
                        *hand = if eviction == Eviction::Sieve { s } else { NIL };
                        return s;
                    }
                    slots.at_mut(s).mark = NEW;
                    if eviction == Eviction::Clock {
                        // A circle in which newcomers come in behind the hand is a row whose oldest goes to the other end.
                        chain.bring_up(slots, s);
                    } else {
                        *hand = slots.at(s).newer;
                    }
                }
            }
            Order::Places(places) => places.get(rng.below(places.len() as u64) as usize).copied().unwrap_or(NIL),
            Order::Uses(lfu) => lfu.victim(),
            Order::Tiny(tiny) => tiny.victim(slots),
        }
    }
}

#[cfg(test)]
mod tests;

//! One machine of a cache.

use super::metrics;
use super::params::{CacheParams, Hits, capacity};
use crate::engine::Context;
use crate::engine::call::CallId;
use crate::engine::pool::{Pool, WhenFull};
use crate::engine::rng::Stream;
use crate::engine::sampler::ns;
use crate::engine::table::Table;
use crate::policies::eviction::{Capacity, Directory, Eviction, Item, Lookup};
use crate::policies::single_flight::SingleFlight;
use backpressure_pack::Pack;

/// Operations that may wait for a node that does one after the other.
pub(super) const QUEUE: u32 = 10_000;

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(super) struct Node {
    pub directory: Directory,
    pub flights: SingleFlight,
    /// The one thread that serves operations, where their number is limited.
    pub thread: Pool,
    /// Keys written here and not yet in the store.
    pub owed: Table<Owed>,
    /// Counts its crashes: what was out when it died brings it nothing.
    pub life: u32,
    /// Keys lost, less those put in since.
    cold: u32,
    /// Keys held when the metric was last set.
    shown: u32,
}

/// A value to be put in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub version: u32,
    pub size: u32,
    /// What it took to get it, where that is known.
    pub fetch_ns: Option<u64>,
}

/// A key that is owed to the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pack)]
pub(super) struct Owed {
    /// The background work that writes it.
    pub job: CallId,
    /// Writes of it that were acknowledged and are not on their way yet.
    pub writes: u32,
}

/// What is true of all nodes alike.
#[derive(Clone, Debug, Pack)]
pub(super) struct Rules {
    pub eviction: Eviction,
    pub capacity: Capacity,
    /// `u64::MAX` for ever.
    pub ttl_ns: u64,
    pub jitter: f64,
    pub renewed: bool,
    /// An older version never replaces a newer one.
    pub versioned: bool,
}

impl Rules {
    pub fn of(p: &CacheParams) -> Self {
        let versioned = p.invalidation == super::params::Invalidation::Versioned;
        match &p.hits {
            Hits::Keys { capacity_items, capacity_mb, eviction, ttl_ms, ttl_jitter, ttl_renewed } => Self {
                eviction: *eviction,
                capacity: capacity(*capacity_items, *capacity_mb),
                ttl_ns: ttl_ms.map_or(u64::MAX, ns),
                jitter: *ttl_jitter,
                renewed: *ttl_renewed,
                versioned,
            },
            Hits::MeasuredRatio { .. } => Self {
                eviction: Eviction::Fifo,
                capacity: Capacity::Items(1),
                ttl_ns: u64::MAX,
                jitter: 0.0,
                renewed: false,
                versioned,
            },
        }
    }

    /// When a key put in now expires.
    fn expires_ns(&self, now_ns: u64, rng: &mut Stream) -> u64 {
        if self.ttl_ns == u64::MAX {
            return u64::MAX;
        }
        let shorter = if self.jitter > 0.0 { self.jitter * rng.unit() } else { 0.0 };
        now_ns.saturating_add((self.ttl_ns as f64 * (1.0 - shorter)) as u64)
    }
}

impl Node {
    pub fn new(rules: &Rules, rng: Stream) -> Self {
        Self {
            directory: Directory::new(rules.eviction, rules.capacity, rng),
            flights: SingleFlight::default(),
            thread: Pool::new(1, QUEUE, WhenFull::RejectNewest),
            owed: Table::default(),
            life: 0,
            cold: 0,
            shown: 0,
        }
    }

    /// Takes over new rules; what is held stays as far as there is room.
    pub fn set(&mut self, rules: &Rules, cx: &mut Context) {
        let evicted = self.directory.set(rules.eviction, rules.capacity);
        self.evicted(evicted, cx);
    }

    /// Looks a key up.
    #[inline(never)]
    pub fn look_up(&mut self, key: u64, rules: &Rules, rng: &mut Stream, cx: &mut Context) -> Option<Item> {
        match self.directory.touch(key, cx.now()) {
            Lookup::Hit(item) => {
                if rules.renewed {
                    let expires_ns = rules.expires_ns(cx.now(), rng);
                    self.directory.set_expires(key, expires_ns);
                }
                Some(item)
            }
            Lookup::Expired => {
                cx.count(metrics::EXPIRED, 1);
                self.show(cx);
                None
            }
            Lookup::Absent => None,
        }
    }

    /// Puts a value in, unless it is older than what is there and versions count.
    pub fn put(&mut self, key: u64, value: Value, rules: &Rules, rng: &mut Stream, cx: &mut Context) {
        let Value { version, size, fetch_ns } = value;
        let before = if rules.versioned || fetch_ns.is_none() { self.directory.peek(key) } else { None };
        if rules.versioned && before.is_some_and(|item| item.version > version) {
            return;
        }
        let known_us = before.map_or(0, |item| item.cost_us);
        let cost_us = fetch_ns.map_or(known_us, |ns| (ns / 1000).min(u64::from(u32::MAX)) as u32);
        let expires_ns = rules.expires_ns(cx.now(), rng);
        let evicted = self.directory.insert(key, Item { version, size, expires_ns, cost_us });
        if self.cold > 0 {
            self.cold -= 1;
            cx.level(metrics::COLD, -1);
        }
        self.evicted(evicted, cx);
    }

    /// Forgets a key.
    pub fn forget(&mut self, key: u64, cx: &mut Context) {
        if self.directory.remove(key) {
            self.show(cx);
        }
    }

    /// Forgets every key.
    pub fn forget_all(&mut self, cx: &mut Context) {
        self.directory.clear();
        self.show(cx);
    }

    /// Memory is gone: keys, and what was owed to the store.
    pub fn lose_memory(&mut self, cx: &mut Context) {
        let gone = self.directory.len() as u32;
        self.cold += gone;
        cx.level(metrics::COLD, gone as i32);
        self.forget_all(cx);
        let lost: u32 = self.owed.iter().map(|(_, owed)| owed.writes).sum();
        self.owed.clear();
        cx.count(metrics::LOST, u64::from(lost));
        cx.level(metrics::BUFFERED, -(lost as i32));
    }

    /// The process died.
    pub fn crash(&mut self, cx: &mut Context) {
        self.lose_memory(cx);
        self.flights.clear();
        self.thread.clear(cx);
        self.life = self.life.wrapping_add(1);
    }

    /// Is nothing going on here?
    pub fn is_idle(&self) -> bool {
        self.thread.busy() == 0 && self.thread.waiting() == 0 && self.flights.is_empty() && self.owed.is_empty()
    }

    fn evicted(&mut self, keys: u64, cx: &mut Context) {
        cx.record_evictions(keys);
        self.show(cx);
    }

    fn show(&mut self, cx: &mut Context) {
        let held = self.directory.len() as u32;
        cx.level(metrics::KEYS, held.wrapping_sub(self.shown) as i32);
        self.shown = held;
    }
}

//! A server's disk, and the rows it holds in memory.

use super::params::DiskParams;
use crate::engine::rng::Stream;
use crate::policies::eviction::{Capacity, Directory, Eviction, Item, Lookup};
use backpressure_pack::Pack;

/// A row in memory.
const ROW: Item = Item { version: 0, size: 1, expires_ns: u64::MAX, cost_us: 0 };

/// Operations take a fixed time each, ns, one after the other, so the instant one ends is known when it begins to wait.
#[derive(Clone, Debug, Pack)]
pub(super) struct Disk {
    operation_ns: u64,
    free_at: u64,
    memory: Directory,
    /// Operations that wait or are carried out.
    pub out: u32,
}

impl Disk {
    /// `rng` is not drawn from: the least recently used row goes first.
    pub fn new(p: &DiskParams, rng: Stream) -> Self {
        let memory = Directory::new(Eviction::Lru, Capacity::Items(p.memory_rows), rng);
        Self { operation_ns: operation_ns(p), free_at: 0, memory, out: 0 }
    }

    /// Takes over changed parameters; what is in memory stays.
    pub fn set(&mut self, p: &DiskParams) {
        self.operation_ns = operation_ns(p);
        self.memory.set(Eviction::Lru, Capacity::Items(p.memory_rows));
    }

    /// A query uses this row. How long it waits for its turn at the disk, and how long its own operation takes, ns; `None` if
    /// it needs none.
    #[inline(never)]
    pub fn access(&mut self, key: u64, writes: bool, now: u64) -> Option<(u64, u64)> {
        let in_memory = matches!(self.memory.touch(key, now), Lookup::Hit(_));
        if !in_memory {
            self.memory.insert(key, ROW);
        }
        if in_memory && !writes {
            return None;
        }
        let wait = self.free_at.saturating_sub(now);
        self.free_at = self.free_at.max(now).saturating_add(self.operation_ns);
        self.out += 1;
        Some((wait, self.free_at - now - wait))
    }

    /// The process died: memory is empty, and nobody waits any more.
    pub fn crash(&mut self) {
        self.memory.clear();
        (self.free_at, self.out) = (0, 0);
    }
}

fn operation_ns(p: &DiskParams) -> u64 {
    (1e9 / p.iops) as u64
}

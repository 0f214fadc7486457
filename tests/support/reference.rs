//! Hand-written loops beside which the engine is measured: nothing general, nothing to configure, nothing to draw.
//!
//! They share the engine's generator, ziggurat and histogram, so that what differs is the engine itself: pending events
//! are 128-bit keys in one 4-ary heap, requests are rows of one table.

use std::collections::VecDeque;

use backpressure_sim::engine::rng::Stream;
use backpressure_sim::engine::ziggurat::exponential;
use backpressure_sim::metrics::histogram::Histogram;

/// What a loop came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Requests answered.
    pub requests: u64,
    /// Mean latency, ms.
    pub mean_ms: f64,
}

/// Pending events: time (64 bits), number (40), what (24), in one integer.
#[derive(Default)]
struct Heap {
    keys: Vec<u128>,
    number: u64,
}

impl Heap {
    #[inline]
    fn push(&mut self, time: u64, what: u32) {
        let key = (u128::from(time) << 64) | (u128::from(self.number) << 24) | u128::from(what);
        self.number += 1;
        self.keys.push(key);
        let mut at = self.keys.len() - 1;
        while at > 0 && self.keys[(at - 1) / 4] > key {
            self.keys[at] = self.keys[(at - 1) / 4];
            at = (at - 1) / 4;
        }
        self.keys[at] = key;
    }

    #[inline]
    fn pop(&mut self) -> Option<(u64, u32)> {
        let last = self.keys.pop()?;
        let top = self.keys.first().copied().unwrap_or(last);
        let count = self.keys.len();
        let mut at = 0;
        while 4 * at + 1 < count {
            let mut least = 4 * at + 1;
            for child in least + 1..(4 * at + 5).min(count) {
                if self.keys[child] < self.keys[least] {
                    least = child;
                }
            }
            if self.keys[least] >= last {
                break;
            }
            self.keys[at] = self.keys[least];
            at = least;
        }
        if count > 0 {
            self.keys[at] = last;
        }
        Some(((top >> 64) as u64, (top as u32) & 0xff_ffff))
    }
}

/// Slots, and who waits for one.
#[derive(Default)]
struct Pool {
    free: u32,
    waiting: VecDeque<u32>,
}

impl Pool {
    fn new(slots: u32) -> Self {
        Self { free: slots, waiting: VecDeque::new() }
    }

    /// True if the request got a slot; otherwise it waits.
    #[inline]
    fn acquire(&mut self, request: u32) -> bool {
        if self.free == 0 {
            self.waiting.push_back(request);
            return false;
        }
        self.free -= 1;
        true
    }

    /// Whose turn it is now.
    #[inline]
    fn release(&mut self) -> Option<u32> {
        let next = self.waiting.pop_front();
        self.free += u32::from(next.is_none());
        next
    }
}

#[inline]
fn spread(stream: &mut Stream, mean_ns: f64) -> u64 {
    (exponential(stream) * mean_ns) as u64
}

/// M/M/c: arrivals at a mean distance of `gap_ns`, `slots` servers with a mean service time of `service_ns`.
pub fn mmc(slots: u32, gap_ns: f64, service_ns: f64, requests: u64) -> Outcome {
    let (mut arrivals, mut services) = (Stream::new(1, "users", "arrivals"), Stream::new(1, "server", "service"));
    let (mut heap, mut pool, mut latency) = (Heap::default(), Pool::new(slots), Histogram::default());
    let (mut born, mut unused): (Vec<u64>, Vec<u32>) = (Vec::new(), Vec::new());
    const ARRIVE: u32 = 0xff_ffff;
    heap.push(0, ARRIVE);
    while let Some((now, what)) = heap.pop() {
        if what == ARRIVE {
            heap.push(now + spread(&mut arrivals, gap_ns), ARRIVE);
            let request = unused.pop().unwrap_or_else(|| {
                born.push(0);
                born.len() as u32 - 1
            });
            born[request as usize] = now;
            if pool.acquire(request) {
                heap.push(now + spread(&mut services, service_ns), request);
            }
            continue;
        }
        latency.record(now - born[what as usize]);
        unused.push(what);
        if latency.count() == requests {
            break;
        }
        if let Some(next) = pool.release() {
            heap.push(now + spread(&mut services, service_ns), next);
        }
    }
    Outcome { requests: latency.count(), mean_ms: latency.mean_ms() }
}

/// Where a request of the three-tier web application is.
mod stage {
    pub const ARRIVE: u32 = 0;
    pub const AT_BALANCER: u32 = 1;
    pub const BALANCED: u32 = 2;
    pub const AT_SERVER: u32 = 3;
    pub const COMPUTED: u32 = 4;
    pub const AT_CACHE: u32 = 5;
    pub const LOOKED_UP: u32 = 6;
    pub const FROM_CACHE: u32 = 7;
    pub const AT_DATABASE: u32 = 8;
    pub const READ: u32 = 9;
    pub const FROM_DATABASE: u32 = 10;
    pub const BACK_AT_BALANCER: u32 = 11;
    pub const BACK: u32 = 12;
}

#[derive(Clone, Copy, Default)]
struct Request {
    born: u64,
    server: u8,
    hit: bool,
}

/// The three-tier web application: 6,000 requests/s, a balancer in turn (0.1 ms), 8 servers of 8 slots (6 ms, the slot
/// held during calls), a cache (0.3 ms, 80 % hits), a database of 32 connections (8 ms), 0.5 ms each way on every hop.
pub fn three_tiers(requests: u64) -> Outcome {
    use stage::*;
    const HOP: u64 = 500_000;
    let stream = |owner: &str| Stream::new(1, owner, "reference");
    let (mut arrivals, mut work, mut reads, mut hits) =
        (stream("users"), stream("server"), stream("sql"), stream("cache"));
    let (mut heap, mut latency) = (Heap::default(), Histogram::default());
    let mut servers: Vec<Pool> = (0..8).map(|_| Pool::new(8)).collect();
    let mut database = Pool::new(32);
    let (mut table, mut unused): (Vec<Request>, Vec<u32>) = (Vec::new(), Vec::new());
    let mut turn = 0u8;
    heap.push(0, ARRIVE);
    while let Some((now, what)) = heap.pop() {
        let id = what >> 4;
        let at = |stage: u32| (id << 4) | stage;
        match what & 15 {
            ARRIVE => {
                heap.push(now + spread(&mut arrivals, 1e9 / 6_000.0), ARRIVE);
                let id = unused.pop().unwrap_or_else(|| {
                    table.push(Request::default());
                    table.len() as u32 - 1
                });
                table[id as usize].born = now;
                heap.push(now + HOP, (id << 4) | AT_BALANCER);
            }
            AT_BALANCER => heap.push(now + 100_000, at(BALANCED)),
            BALANCED => {
                table[id as usize].server = turn;
                turn = (turn + 1) % 8;
                heap.push(now + HOP, at(AT_SERVER));
            }
            AT_SERVER => {
                if servers[usize::from(table[id as usize].server)].acquire(id) {
                    heap.push(now + spread(&mut work, 6e6), at(COMPUTED));
                }
            }
            COMPUTED => heap.push(now + HOP, at(AT_CACHE)),
            AT_CACHE => heap.push(now + 300_000, at(LOOKED_UP)),
            LOOKED_UP => {
                table[id as usize].hit = hits.chance(0.8);
                heap.push(now + HOP, at(FROM_CACHE));
            }
            FROM_CACHE if !table[id as usize].hit => heap.push(now + HOP, at(AT_DATABASE)),
            AT_DATABASE => {
                if database.acquire(id) {
                    heap.push(now + spread(&mut reads, 8e6), at(READ));
                }
            }
            READ => {
                heap.push(now + HOP, at(FROM_DATABASE));
                if let Some(next) = database.release() {
                    heap.push(now + spread(&mut reads, 8e6), (next << 4) | READ);
                }
            }
            FROM_CACHE | FROM_DATABASE => {
                heap.push(now + HOP, at(BACK_AT_BALANCER));
                if let Some(next) = servers[usize::from(table[id as usize].server)].release() {
                    heap.push(now + spread(&mut work, 6e6), (next << 4) | COMPUTED);
                }
            }
            BACK_AT_BALANCER => heap.push(now + HOP, at(BACK)),
            _ => {
                latency.record(now - table[id as usize].born);
                unused.push(id);
                if latency.count() == requests {
                    break;
                }
            }
        }
    }
    Outcome { requests: latency.count(), mean_ms: latency.mean_ms() }
}

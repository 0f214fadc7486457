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
    /// Mean latency, ms.
    pub mean_ms: f64,
}

/// Pending events: time (64 bits), number (40), what (24), in one integer.
#[derive(Default)]
pub struct Heap {
    keys: Vec<u128>,
    number: u64,
}

impl Heap {
    #[inline]
    pub fn push(&mut self, time: u64, what: u32) {
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
    pub fn pop(&mut self) -> Option<(u64, u32)> {
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
    Outcome { mean_ms: latency.mean_ms() }
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
    pub const TIMEOUT: u32 = 13;
}

#[derive(Clone, Copy, Default)]
struct Request {
    born: u64,
    server: u8,
    hit: bool,
}

/// The three-tier web application: 6,000 requests/s, a balancer in turn (0.1 ms), 8 servers of 8 slots (6 ms, the slot
/// held during calls), a cache (0.3 ms, 80 % hits), a database of 32 connections (8 ms), 0.5 ms each way on every hop. With a
/// timeout, one is armed for each request; the latencies are far below it.
pub fn three_tiers(requests: u64, timeout: Option<u64>) -> Outcome {
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
                if let Some(timeout) = timeout {
                    heap.push(now + timeout, (id << 4) | TIMEOUT);
                }
            }
            // Its request is over, and the row may be another's.
            TIMEOUT => assert_ne!(now.checked_sub(table[id as usize].born), timeout, "a request took a second"),
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
                table[id as usize].born = u64::MAX;
                unused.push(id);
                if latency.count() == requests {
                    break;
                }
            }
        }
    }
    Outcome { mean_ms: latency.mean_ms() }
}

/// Where a request of the fan-out is.
mod fan {
    pub const ARRIVE: u32 = 0;
    pub const ENTER: u32 = 1;
    pub const FAILED: u32 = 2;
    pub const RETRY: u32 = 3;
    pub const SERVED: u32 = 4;
    pub const LEAVE: u32 = 5;
    pub const SERVICE_BACK: u32 = 6;
    pub const BACK: u32 = 7;
}

/// The fan-out: a gateway that calls 10 services in turn, each of which calls 9 others in turn. A sixth of the calls to the
/// last level fails on arrival and is made again after 1 ms.
pub fn fan_out(requests: u64) -> Outcome {
    use fan::*;
    const HOP: u64 = 100_000;
    const BACKOFF: u64 = 1_000_000;
    let stream = |owner: &str| Stream::new(1, owner, "reference");
    let (mut arrivals, mut work, mut errors) = (stream("users"), stream("services"), stream("errors"));
    let (mut heap, mut latency) = (Heap::default(), Histogram::default());
    // The gateway, the services, and the nine of each.
    let mut pools: Vec<Pool> = std::iter::once(Pool::new(1000)).collect();
    pools.extend((0..10).map(|_| Pool::new(100)));
    pools.extend((0..90).map(|_| Pool::new(4)));
    let (mut table, mut unused): (Vec<(u64, usize)>, Vec<u32>) = (Vec::new(), Vec::new());
    let mean_ns = |pool: usize| if pool > 10 { 200_000.0 } else { 100_000.0 };
    heap.push(0, ARRIVE);
    while let Some((now, what)) = heap.pop() {
        let id = what >> 3;
        if what & 7 == ARRIVE {
            heap.push(now + spread(&mut arrivals, 1e9 / 500.0), ARRIVE);
            let id = unused.pop().unwrap_or_else(|| {
                table.push((0, 0));
                table.len() as u32 - 1
            });
            table[id as usize] = (now, 0);
            heap.push(now + HOP, (id << 3) | ENTER);
            continue;
        }
        // `step` counts the calls made so far in depth-first order: 1 + 10 × (1 + 9) in all.
        let (born, step) = table[id as usize];
        let pool = match step {
            0 => 0,
            _ if (step - 1).is_multiple_of(10) => 1 + (step - 1) / 10,
            _ => 11 + (step - 1) / 10 * 9 + (step - 1) % 10 - 1,
        };
        let leaf = pool > 10;
        match what & 7 {
            // A sixth fails at once, travels back, waits, and travels here again.
            ENTER if leaf && errors.chance(1.0 / 6.0) => heap.push(now + HOP, (id << 3) | FAILED),
            ENTER => {
                if pools[pool].acquire(id) {
                    heap.push(now + spread(&mut work, mean_ns(pool)), (id << 3) | SERVED);
                }
            }
            FAILED => heap.push(now + BACKOFF, (id << 3) | RETRY),
            RETRY => heap.push(now + HOP, (id << 3) | ENTER),
            SERVED if leaf => {
                heap.push(now + HOP, (id << 3) | LEAVE);
                if let Some(next) = pools[pool].release() {
                    heap.push(now + spread(&mut work, mean_ns(pool)), (next << 3) | SERVED);
                }
            }
            // Computed; now for the calls.
            SERVED => {
                table[id as usize].1 += 1;
                heap.push(now + HOP, (id << 3) | ENTER);
            }
            LEAVE if !step.is_multiple_of(10) => {
                table[id as usize].1 += 1;
                heap.push(now + HOP, (id << 3) | ENTER);
            }
            // The last of the nine is back: so is, one hop later, the service.
            LEAVE => {
                heap.push(now + HOP, (id << 3) | SERVICE_BACK);
                if let Some(next) = pools[step / 10].release() {
                    heap.push(now + spread(&mut work, 100_000.0), (next << 3) | SERVED);
                }
            }
            _ if step < 100 => {
                table[id as usize].1 += 1;
                heap.push(now + HOP, (id << 3) | ENTER);
            }
            _ if what & 7 == SERVICE_BACK => {
                heap.push(now + HOP, (id << 3) | BACK);
                if let Some(next) = pools[0].release() {
                    heap.push(now + spread(&mut work, 100_000.0), (next << 3) | SERVED);
                }
            }
            _ => {
                latency.record(now - born);
                unused.push(id);
                if latency.count() == requests {
                    break;
                }
            }
        }
    }
    Outcome { mean_ms: latency.mean_ms() }
}

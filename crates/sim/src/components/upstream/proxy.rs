//! What a reverse proxy and an API gateway have in common: a process on a few cores that receives requests, looks at them, and
//! answers them itself or passes them on.
//!
//! ```text
//!   call ─▶ [core: handshake, credentials, processing] ─▶ 401? 429? ─▶ cached? ─▶ pass on … reply ─▶ [core: compress] ─▶ answer
//!                                                           └─ leaky bucket: later
//! ```
//! No core is held while a request waits for a server: the process is driven by events.

use super::{UNANSWERED, Upstream};
use crate::components::{Metric, MetricOf};
use crate::design::{Distribution, params};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, Op, Outcome, Reason};
use crate::engine::pool::{Granted, Pool, WhenFull};
use crate::engine::rng::Stream;
use crate::engine::sampler::{Sampler, ns};
use crate::engine::{Context, Facts, Reply};
use crate::metrics::NodeSnapshot;
use crate::policies::clients::Clients;
use crate::policies::eviction::{Capacity, Directory, Eviction, Item, Lookup};
use crate::policies::rate_limit::{RateLimitParams, RateLimiter, Verdict};
use backpressure_pack::Pack;

params! {
    /// TLS ends here: the way on to the servers is in the clear.
    pub struct Tls {
        /// Computing time of a full handshake, for a client that has no session (a signature with a 2,048-bit RSA key takes about 1 ms).
        handshake_ms: f64 = 1.0, label "Handshake", unit "ms", range 0.0..=1000.0;
        /// Computing time of a handshake that resumes a session.
        resumed_ms: f64 = 0.1, label "Resumed", unit "ms", range 0.0..=1000.0;
        /// A connection is kept open for this long after its last request, and needs no handshake.
        keep_alive_ms: f64 = 75_000.0, label "Keep-alive", unit "ms", range 0.0..=86_400_000.0;
        /// A session can be resumed for this long after its last request.
        session_ms: f64 = 300_000.0, label "Session", unit "ms", range 0.0..=86_400_000.0;
    }
}

params! {
    /// Answers to reads are kept and given again. A write does not change what is kept: until it is too old, readers may see an old answer.
    pub struct ResponseCache {
        /// Answers kept; beyond, the least recently used one goes.
        capacity_items: u64 = 10_000, label "Capacity", unit "answers", range 1..=10_000_000;
        /// How long an answer is good for.
        ttl_ms: f64 = 60_000.0, label "Time to live", unit "ms", range 1.0..=86_400_000.0;
    }
}

params! {
    /// Answers are compressed: fewer bytes to send, for computing time.
    pub struct Compression {
        /// Size of a compressed answer, as a share of the original (text with gzip: about a quarter).
        ratio: f64 = 0.25, label "Compressed size", range 0.01..=1.0;
        /// Computing time for a megabyte (gzip at level 6: about 25 ms).
        ms_per_mb: f64 = 25.0, label "Computing time", unit "ms per MB", range 0.0..=10_000.0;
    }
}

/// What a [`Proxy`] is asked to do. All that is off costs nothing.
#[derive(Clone, Debug)]
pub(crate) struct Duties<'a> {
    pub cores: u32,
    pub queue_limit: u32,
    pub processing: &'a Distribution,
    pub tls: &'a Option<Tls>,
    /// Computing time of looking at credentials, ms; without, anybody may pass.
    pub credentials_ms: Option<f64>,
    pub rate_limit: &'a Option<RateLimitParams>,
    pub cache: &'a Option<ResponseCache>,
    pub compression: &'a Option<Compression>,
}

/// Places of a kind's own metrics after those of the upstream.
const BEYOND: usize = super::METRICS.len();
pub(crate) const HANDSHAKES: usize = BEYOND + 1;
pub(crate) const RESUMED: usize = HANDSHAKES + 1;

/// What a proxy with a rate limit measures, after the upstream's metrics.
pub(crate) const BEYOND_LIMIT: Metric = Metric {
    name: "passed_beyond_limit",
    label: "Passed beyond the limit",
    help: "Requests that a fixed window let pass though more than the limit came within a window's length around its edge.",
    of: MetricOf::Count,
};

/// What is worth saying of the rate limit of a component that measures [`BEYOND_LIMIT`].
pub(crate) fn says(node: &NodeSnapshot) -> Option<String> {
    let beyond = node.own.get(BEYOND)?;
    (beyond.recent > 0.0).then(|| {
        format!(
            "Double burst: around the edge of two windows {:.0} requests passed beyond the limit so far, since each fixed window counts from zero.",
            beyond.value
        )
    })
}

/// See the module. In a call, `state` and `aux` are the upstream's while it is with it; else `state` is [`RECEIVE`] or [`SEND`].
#[derive(Clone, Debug, Pack)]
pub(crate) struct Proxy {
    pub upstream: Upstream,
    cores: Pool,
    queue_limit: u32,
    processing: Sampler,
    tls: Option<Tls>,
    /// When each client was here last, in units of 2²² ns.
    clients: Clients,
    credentials_ns: Option<u64>,
    limiter: Option<RateLimiter>,
    cache: Option<Cached>,
    compression: Option<Compression>,
}

#[derive(Clone, Debug, Pack)]
struct Cached {
    directory: Directory,
    ttl_ns: u64,
}

// Work on a core, by timer tag and, while waiting for a core, by `state`.
const RECEIVE: u8 = 0;
const SEND: u8 = 1;
/// Timer: a request may leave the leaky bucket.
const DRIPPED: u8 = 2;
/// Units in which the time of a client's last visit is kept: 4 ms.
const VISIT: u32 = 22;

impl Proxy {
    pub fn new(upstream: Upstream, duties: &Duties, cx: &mut Context) -> Self {
        let mut proxy = Self {
            upstream,
            cores: Pool::new(duties.cores, u32::MAX, WhenFull::RejectNewest),
            queue_limit: 0,
            processing: cx.sampler(duties.processing, "processing"),
            tls: None,
            clients: Clients::default(),
            credentials_ns: None,
            limiter: None,
            cache: None,
            compression: None,
        };
        proxy.take(duties, cx);
        proxy
    }

    /// Takes over what it is asked to do, as far as it changed.
    pub fn configure(&mut self, duties: &Duties, changed: bool, cx: &mut Context) {
        self.processing.set(duties.processing, cx.calendar());
        if changed {
            self.take(duties, cx);
            while let Some(call) = self.cores.admit(cx) {
                self.work(call, cx);
            }
        }
    }

    fn take(&mut self, duties: &Duties, cx: &mut Context) {
        self.cores.resize(duties.cores, u32::MAX, WhenFull::RejectNewest);
        self.queue_limit = duties.queue_limit;
        self.tls.clone_from(duties.tls);
        self.credentials_ns = duties.credentials_ms.map(ns);
        self.compression.clone_from(duties.compression);
        match (&mut self.limiter, duties.rate_limit) {
            (Some(limiter), Some(params)) => limiter.set(params),
            (limiter, params) => *limiter = params.as_ref().map(RateLimiter::new),
        }
        match (&mut self.cache, duties.cache) {
            (Some(cache), Some(p)) => {
                cache.directory.set(Eviction::Lru, Capacity::Items(p.capacity_items));
                cache.ttl_ns = ns(p.ttl_ms);
            }
            (cache, p) => {
                *cache = p.as_ref().map(|p| Cached {
                    directory: Directory::new(Eviction::Lru, Capacity::Items(p.capacity_items), Stream::new(0, "", "")),
                    ttl_ns: ns(p.ttl_ms),
                });
            }
        }
        cx.declare(Facts {
            slots: duties.cores,
            queue_limit: Some(duties.queue_limit),
            answer_share: duties.compression.as_ref().map_or(1.0, |c| c.ratio),
            ..Facts::default()
        });
    }

    pub fn on_call(&mut self, call: CallId, cx: &mut Context) {
        if self.cores.waiting() >= self.queue_limit && self.cores.busy() >= cx.facts().slots {
            return cx.reply(call, Outcome::Failed(Reason::QueueFull));
        }
        self.compute(call, RECEIVE, cx);
    }

    /// Has a core work for a call, now or when one is free.
    fn compute(&mut self, call: CallId, what: u8, cx: &mut Context) {
        cx.call_mut(call).state = u32::from(what);
        if self.cores.acquire(call, cx) == Granted::Slot {
            self.work(call, cx);
        }
    }

    /// A core begins to work for a call.
    fn work(&mut self, call: CallId, cx: &mut Context) {
        if cx.call(call).state == u32::from(SEND) {
            let bytes = cx.endpoint_of(call).map_or(0, |e| e.payload_bytes);
            let ms = self.compression.as_ref().map_or(0.0, |c| c.ms_per_mb * f64::from(bytes) / 1e6);
            return cx.work(Delay::once(ns(ms)), call, SEND);
        }
        let mut time = self.processing.draw();
        let more = self.handshake_ns(cx.call(call).client, cx) + self.credentials_ns.unwrap_or(0);
        if more > 0 {
            time = Delay::once(time.ns.saturating_add(more));
        }
        cx.work(time, call, RECEIVE);
    }

    /// What it takes to speak to this client in secret.
    fn handshake_ns(&mut self, client: u32, cx: &mut Context) -> u64 {
        let Some(tls) = &self.tls else {
            return 0;
        };
        let now = cx.now();
        let visit = (now >> VISIT) as u32;
        let last = self.clients.recall(client, now);
        let (open, session) = (ns(tls.keep_alive_ms), ns(tls.session_ms));
        self.clients.remember(client, visit, now.saturating_add(open.max(session)));
        let away = last.map(|last| u64::from(visit.wrapping_sub(last)) << VISIT);
        match away {
            Some(away) if away <= open => 0,
            Some(away) if away <= session => {
                cx.count(RESUMED, 1);
                ns(tls.resumed_ms)
            }
            _ => {
                cx.count(HANDSHAKES, 1);
                ns(tls.handshake_ms)
            }
        }
    }

    pub fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        match tag {
            UNANSWERED => self.upstream.on_timer(call, cx),
            RECEIVE => {
                self.received(call, cx);
                self.free_core(cx);
            }
            SEND => {
                cx.reply(call, Outcome::Answered);
                self.free_core(cx);
            }
            _ => self.pass_on(call, cx),
        }
    }

    fn free_core(&mut self, cx: &mut Context) {
        if let Some(next) = self.cores.release(cx) {
            self.work(next, cx);
        }
    }

    /// A request has been read and looked at.
    fn received(&mut self, call: CallId, cx: &mut Context) {
        if self.credentials_ns.is_some() && !cx.call(call).is_authentic() {
            return cx.reply(call, Outcome::Failed(Reason::Unauthorized));
        }
        let (client, now) = (cx.call(call).client, cx.now());
        let verdict = self.limiter.as_mut().map_or(Verdict::Passes, |l| l.ask(client, now));
        if self.limiter.as_ref().is_some_and(RateLimiter::was_beyond) {
            cx.count(BEYOND, 1);
        }
        match verdict {
            Verdict::Passes => self.pass_on(call, cx),
            Verdict::Waits(ns) => {
                cx.book_wait(call, ns);
                cx.after(Delay::once(ns), call, DRIPPED);
            }
            Verdict::Refused => cx.reply(call, Outcome::Failed(Reason::RateLimited)),
        }
    }

    /// From the cache, or from a server.
    fn pass_on(&mut self, call: CallId, cx: &mut Context) {
        if self.cache.is_some() && self.is_cached(call, cx) {
            return self.answer(call, cx);
        }
        if let Err(reason) = self.upstream.forward(call, cx) {
            cx.reply(call, Outcome::Failed(reason));
        }
    }

    /// Does the cache have what is asked for?
    #[inline(never)]
    fn is_cached(&mut self, call: CallId, cx: &mut Context) -> bool {
        let (op, key, now) = (cx.call(call).op, cx.call(call).key, cx.now());
        let Some(cache) = self.cache.as_mut().filter(|_| op == Op::Read) else {
            return false;
        };
        if let Lookup::Hit(item) = cache.directory.touch(key, now) {
            cx.record_hit();
            cx.serve_version(call, item.version);
            return true;
        }
        cx.record_miss();
        false
    }

    pub fn on_reply(&mut self, call: CallId, reply: &Reply, cx: &mut Context) {
        match self.upstream.on_reply(call, reply, cx) {
            None => {}
            Some(Outcome::Failed(reason)) => cx.reply(call, Outcome::Failed(reason)),
            Some(_) => {
                if let Some(cache) = &mut self.cache
                    && reply.op == Op::Read
                {
                    let expires_ns = cx.now().saturating_add(cache.ttl_ns);
                    let item = Item { version: reply.version, size: 1, expires_ns, cost_us: 0 };
                    cx.record_evictions(cache.directory.insert(cx.call(call).key, item));
                }
                self.answer(call, cx);
            }
        }
    }

    fn answer(&mut self, call: CallId, cx: &mut Context) {
        if self.compression.is_some() {
            self.compute(call, SEND, cx);
        } else {
            cx.reply(call, Outcome::Answered);
        }
    }

    /// The process died.
    pub fn crash(&mut self, cx: &mut Context) {
        self.cores.clear(cx);
        self.flush();
        self.clients.clear();
        self.upstream.crash(cx);
    }

    /// What was kept of answers is gone.
    pub fn flush(&mut self) {
        if let Some(cache) = &mut self.cache {
            cache.directory.clear();
        }
    }
}

//! A content delivery network: many caches, each near to some of the clients, with the origin far behind them.
//!
//! ```text
//!   client ─▶ its edge ──a copy──▶ answer
//!                 └─none─▶ [origin shield ──a copy──▶ back] ──none─▶ origin ─▶ kept by the shield and by the edge
//! ```
//!
//! Those who ask an edge, or the shield, for what is being fetched wait for that. In a call, `state` says how its reply is to
//! be taken, and `aux` how long what it brings from the shield is good for, ms.

use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::design::{Distribution, Reader, Trouble, params};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::rng::mix;
use crate::engine::sampler::{Sampler, ns};
use crate::engine::{Context, Facts, Reply};
use crate::metrics::NodeSnapshot;
use crate::policies::eviction::{Capacity, Directory, Eviction, Item, Lookup, MAX_ITEMS};
use crate::policies::single_flight::SingleFlight;
use crate::words::{figure, per_s_are};
use backpressure_pack::Pack;
use serde_json::{Map, Value};

params! {
    /// An origin shield.
    pub struct Shield {
        /// Memory for values.
        capacity_mb: f64 = 10_000.0, label "Capacity", unit "MB", range 0.001..=100_000_000.0;
        /// Time from an edge to the shield, one way.
        way_ms: f64 = 20.0, label "Way to it", unit "ms", range 0.0..=10_000.0;
    }
}

params! {
    /// Parameters of a CDN.
    pub struct CdnParams {
        /// Places with a cache of their own. A client has always the same one.
        edges: u32 = 20, label "Edge locations", range 1..=500;
        /// Memory for values at each edge. A value is as large as the payload of its endpoint.
        capacity_mb: f64 = 1000.0, label "Capacity per edge", unit "MB", range 0.001..=100_000_000.0;
        /// Which object a full edge gives up to make room.
        eviction: Eviction = Eviction::Lru, label "Eviction", advanced;
        /// How long an object is good for after it left the origin. Off: until it is evicted or purged.
        ttl_ms: Option<f64> = Some(60_000.0), label "Time to live", unit "ms", range 0.001..=31_536_000_000.0;
        /// Reads whose path starts with one of these are cached (separated by spaces, such as `/static /img`). Empty: all reads.
        cached_paths: String = String::new(), label "Cached paths", max_len 500;
        /// One cache more, between the edges and the origin: what one edge has fetched the others get from there. Off: each edge asks the origin.
        shield: Option<Shield> = None, label "Origin shield";
        /// A write that comes through deletes the object at every edge after this long. Off: copies stay until they expire.
        purge_ms: Option<f64> = None, label "Purge after a write", unit "ms", range 0.0..=3_600_000.0;
        /// Time an edge takes for a request.
        access_time: Distribution = Distribution::Constant { mean_ms: 1.0 }, label "Access time", advanced;
    }
}

/// A cache at one place.
#[derive(Clone, Debug, Pack)]
struct Place {
    directory: Directory,
    flights: SingleFlight,
}

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Cdn {
    /// Those beyond `running` were taken out of the design and finish what they have.
    edges: Vec<Place>,
    running: u32,
    /// Stays until nobody waits in it, when it is switched off.
    shield: Option<Place>,
    shielded: bool,
    way: Delay,
    ttl_ns: u64,
    paths: Vec<String>,
    purge: Option<Delay>,
    access: Sampler,
    origin: u32,
}

// Timers of a call.
const ACCESSED: u8 = 0;
const AT_SHIELD: u8 = 1;
const BACK: u8 = 2;
const PURGE: u8 = 3;

// How the reply of the origin is to be taken (`state`).
const PASS: u32 = 0;
const FETCH: u32 = 1;

/// Fetches always end: nobody loses patience.
const FOR_EVER: u64 = u64::MAX;

// Metrics.
const ORIGIN: usize = 0;
const SHIELDED: usize = 1;
const COALESCED: usize = 2;
const PURGED: usize = 3;

fn says(node: &NodeSnapshot) -> Option<String> {
    if node.stale_per_s >= 1.0 {
        return Some(format!("Stale: {} older than what the origin holds.", per_s_are(node.stale_per_s, "answer")));
    }
    let origin = node.own.get(ORIGIN).map_or(0.0, |o| o.recent);
    (node.rate_in_per_s >= 1.0 && origin < 0.5 * node.rate_in_per_s).then(|| {
        format!(
            "Of {} requests a second, {} reach the origin: the edges have the others.",
            figure(node.rate_in_per_s),
            figure(origin)
        )
    })
}

impl Component for Cdn {
    fn kind() -> Kind {
        Kind {
            name: "cdn",
            group: Group::Edge,
            label: "CDN",
            summary: "Caches near to the users, far from the origin behind it: most answers travel a short way, and the origin is spared.",
            leaves_out: &[
                "Distances: the link to the CDN stands for the way to an edge, the link behind it for the way to the origin.",
                "Headers: what is cached, and for how long, is set here, not by the origin.",
                "Stale copies served while the origin is down.",
            ],
            sources: &[
                "RFC 9111: HTTP caching",
                "Amazon CloudFront Developer Guide: origin shield, collapsing of simultaneous requests",
                "Fastly: instant purge",
            ],
            may_call: |to| match to.group {
                Group::Messaging => Some("a CDN needs an origin behind it that answers."),
                _ => None,
            },
            needs_callee: |_| Some("every request that no edge can answer fails."),
            fields: Fields::new(CdnParams::fields),
            check: CdnParams::check,
            faults: &["flush"],
            metrics: &[
                Metric {
                    name: "origin_requests",
                    label: "To the origin",
                    help: "Requests that the origin had to answer.",
                    of: MetricOf::Count,
                },
                Metric {
                    name: "shield_hits",
                    label: "Shield hits",
                    help: "Misses of an edge that the shield could answer.",
                    of: MetricOf::Count,
                },
                Metric {
                    name: "coalesced",
                    label: "Coalesced",
                    help: "Lookups that waited for a fetch under way instead of making one.",
                    of: MetricOf::Count,
                },
                Metric {
                    name: "purges",
                    label: "Purges",
                    help: "Objects deleted at every edge after a write.",
                    of: MetricOf::Count,
                },
            ],
            says,
            // What a small plan costs; CDNs charge by traffic (0.02 to 0.1 USD a GB, list prices of 2024), not by machines.
            cost_usd_per_hour: |_| 0.03,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = CdnParams::read(params, &mut Reader::default());
        let mut cdn = Self {
            edges: Vec::new(),
            running: 0,
            shield: None,
            shielded: false,
            way: Delay::once(0),
            ttl_ns: u64::MAX,
            paths: Vec::new(),
            purge: None,
            access: cx.sampler(&p.access_time, "access"),
            origin: NONE,
        };
        cdn.claim_lanes(&p, cx);
        cdn.take(&p, cx);
        cdn
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = CdnParams::read(params, &mut Reader::default());
        self.access.set(&p.access_time, cx.calendar());
        self.claim_lanes(&p, cx);
        if changed {
            self.take(&p, cx);
        }
    }

    fn wire(&mut self, cx: &mut Context) {
        self.origin = cx.downstream().first().map_or(NONE, |d| d.link);
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        // The client's own edge; if that is down, the next one that is up.
        let first = (mix(u64::from(cx.call(call).client)) % u64::from(self.running)) as u32;
        let up = (0..self.running).map(|i| (first + i) % self.running).find(|&e| cx.is_up(e as u16));
        let Some(edge) = up else {
            return cx.reply(call, Outcome::Failed(Reason::Refused));
        };
        let record = cx.call_mut(call);
        (record.instance, record.state) = (edge as u16, PASS);
        let time = self.access.draw();
        cx.work(time, call, ACCESSED);
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        match tag {
            ACCESSED if cx.call(call).op == Op::Read && self.is_cached(call, cx) => self.look_up(call, cx),
            ACCESSED => self.ask_origin(call, cx),
            AT_SHIELD => self.look_up_in_shield(call, cx),
            BACK => {
                let (version, good_for_ms) = (cx.call(call).version, cx.call(call).aux);
                let good_for_ns = if good_for_ms == NONE { u64::MAX } else { u64::from(good_for_ms) * 1_000_000 };
                self.settle(call, version, cx.now().saturating_add(good_for_ns), cx);
            }
            _ => {
                let key = cx.call(call).key;
                for place in self.edges.iter_mut().chain(&mut self.shield) {
                    place.directory.remove(key);
                    place.flights.make_void(key);
                }
                cx.count(PURGED, 1);
                cx.finish(call);
            }
        }
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        let ok = reply.outcome.is_ok();
        if cx.call(call).state == PASS {
            if ok
                && reply.op == Op::Write
                && let Some(purge) = self.purge
            {
                let job = cx.spawn(call);
                if job != NONE {
                    cx.after(purge, job, PURGE);
                }
            }
            return cx.reply(call, if ok { Outcome::Answered } else { reply.outcome });
        }
        if let Outcome::Failed(reason) = reply.outcome {
            return self.fail(call, reason, cx);
        }
        let expires_ns = cx.now().saturating_add(self.ttl_ns);
        self.keep_in_shield(call, reply.version, expires_ns, cx);
        if self.shielded {
            self.send_back(call, reply.version, expires_ns, cx);
        } else {
            self.settle(call, reply.version, expires_ns, cx);
        }
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        match trouble {
            Trouble::Flush {} if begins => {
                self.edges.iter_mut().chain(&mut self.shield).for_each(|place| place.directory.clear());
            }
            Trouble::Crash { instance: None, .. } if begins => {
                for place in self.edges.iter_mut().chain(&mut self.shield) {
                    place.directory.clear();
                    place.flights.clear();
                }
            }
            Trouble::Crash { instance: Some(edge), .. } if begins => self.lose_edge(*edge, cx),
            _ => {}
        }
    }
}

impl Cdn {
    fn claim_lanes(&mut self, p: &CdnParams, cx: &mut Context) {
        if let Some(shield) = &p.shield {
            self.way = cx.calendar().constant(ns(shield.way_ms));
        }
        self.purge = p.purge_ms.map(|ms| cx.calendar().constant(ns(ms)));
    }

    fn take(&mut self, p: &CdnParams, cx: &mut Context) {
        let bytes = |mb: f64| Capacity::Bytes((mb * 1e6) as u64);
        let place = |n: u32, mb: f64, cx: &Context| Place {
            directory: Directory::new(p.eviction, bytes(mb), cx.stream(&format!("eviction {n}")))
                .at_most(MAX_ITEMS / p.edges as usize),
            flights: SingleFlight::default(),
        };
        self.ttl_ns = p.ttl_ms.map_or(u64::MAX, ns);
        self.paths = p.cached_paths.split_whitespace().map(str::to_owned).collect();
        for edge in &mut self.edges {
            cx.record_evictions(edge.directory.set(p.eviction, bytes(p.capacity_mb)));
        }
        for n in self.edges.len() as u32..p.edges {
            self.edges.push(place(n, p.capacity_mb, cx));
        }
        for edge in &mut self.edges[p.edges as usize..] {
            edge.directory.clear();
        }
        while self.edges.len() > p.edges as usize && self.edges.last().is_some_and(|e| e.flights.is_empty()) {
            self.edges.pop();
        }
        self.running = p.edges;
        self.shielded = p.shield.is_some();
        match (&mut self.shield, &p.shield) {
            (Some(there), Some(wanted)) => drop(there.directory.set(p.eviction, bytes(wanted.capacity_mb))),
            (None, Some(wanted)) => self.shield = Some(place(NONE, wanted.capacity_mb, cx)),
            (Some(there), None) if there.flights.is_empty() => self.shield = None,
            (Some(there), None) => there.directory.clear(),
            (None, None) => {}
        }
        cx.declare(Facts { routes: p.edges > 1, ..Facts::default() });
    }

    fn is_cached(&self, call: CallId, cx: &Context) -> bool {
        self.paths.is_empty()
            || cx.endpoint_of(call).is_some_and(|e| self.paths.iter().any(|p| e.path.starts_with(p.as_str())))
    }

    fn edge_of(&mut self, call: CallId, cx: &Context) -> &mut Place {
        let last = self.edges.len() - 1;
        &mut self.edges[usize::from(cx.call(call).instance).min(last)]
    }

    #[inline(never)]
    fn look_up(&mut self, call: CallId, cx: &mut Context) {
        let (key, now) = (cx.call(call).key, cx.now());
        let edge = self.edge_of(call, cx);
        if let Lookup::Hit(item) = edge.directory.touch(key, now) {
            cx.record_hit();
            cx.serve_version(call, item.version);
            return cx.reply(call, Outcome::Hit);
        }
        if !edge.flights.begin(key, call, now, FOR_EVER) {
            return edge.flights.wait(key, call, cx);
        }
        cx.record_miss();
        cx.call_mut(call).state = FETCH;
        if self.shielded {
            cx.book_travel(call, self.way.ns);
            cx.after(self.way, call, AT_SHIELD);
        } else {
            self.ask_origin(call, cx);
        }
    }

    fn look_up_in_shield(&mut self, call: CallId, cx: &mut Context) {
        let (key, now) = (cx.call(call).key, cx.now());
        let Some(shield) = &mut self.shield else {
            return self.ask_origin(call, cx);
        };
        if let Lookup::Hit(item) = shield.directory.touch(key, now) {
            cx.count(SHIELDED, 1);
            return self.send_back(call, item.version, item.expires_ns, cx);
        }
        if shield.flights.begin(key, call, now, FOR_EVER) {
            self.ask_origin(call, cx);
        } else {
            shield.flights.wait(key, call, cx);
        }
    }

    fn ask_origin(&mut self, call: CallId, cx: &mut Context) {
        if self.origin == NONE {
            return self.fail(call, Reason::NoRoute, cx);
        }
        cx.count(ORIGIN, 1);
        let op = cx.call(call).op;
        if cx.send(call, self.origin, op, u16::MAX) == NONE {
            self.fail(call, Reason::Limit, cx);
        }
    }

    /// From the shield back to the edge, with what is good until then.
    fn send_back(&mut self, call: CallId, version: u32, expires_ns: u64, cx: &mut Context) {
        let left_ms = expires_ns.saturating_sub(cx.now()) / 1_000_000;
        let record = cx.call_mut(call);
        record.version = version;
        record.aux = if expires_ns == u64::MAX { NONE } else { left_ms.min(u64::from(NONE - 1)) as u32 };
        cx.book_travel(call, self.way.ns);
        cx.after(self.way, call, BACK);
    }

    /// The origin has answered: the shield keeps it, and whoever waited there has it too.
    fn keep_in_shield(&mut self, call: CallId, version: u32, expires_ns: u64, cx: &mut Context) {
        let (key, size) = (cx.call(call).key, payload(call, cx));
        let Some(flight) = self.shield.as_mut().and_then(|s| {
            let flight = s.flights.land(key);
            if flight.is_none_or(|f| !f.void) {
                s.directory.insert(key, Item { version, size, expires_ns, cost_us: 0 });
            }
            flight
        }) else {
            return;
        };
        let mut waiting = flight.waiting;
        while let Some(next) = waiting.pop_front(cx) {
            cx.count(SHIELDED, 1);
            self.send_back(next, version, expires_ns, cx);
        }
    }

    /// A fetch is back at its edge: the edge keeps what it brings, and whoever waited there has it too.
    fn settle(&mut self, call: CallId, version: u32, expires_ns: u64, cx: &mut Context) {
        let (key, size) = (cx.call(call).key, payload(call, cx));
        let edge = self.edge_of(call, cx);
        let flight = edge.flights.land(key);
        if flight.is_none_or(|f| !f.void) {
            cx.record_evictions(edge.directory.insert(key, Item { version, size, expires_ns, cost_us: 0 }));
        }
        cx.serve_version(call, version);
        cx.reply(call, Outcome::Answered);
        let mut waiting = flight.map(|f| f.waiting).unwrap_or_default();
        while let Some(next) = waiting.pop_front(cx) {
            cx.count(COALESCED, 1);
            cx.record_hit();
            cx.serve_version(next, version);
            cx.reply(next, Outcome::Hit);
        }
    }

    /// A request has failed: so have those that wait for what it was to bring, in the shield and at its edge.
    fn fail(&mut self, call: CallId, reason: Reason, cx: &mut Context) {
        if cx.call(call).state == FETCH {
            let key = cx.call(call).key;
            let led = |f: &SingleFlight| f.get(key).is_some_and(|f| f.leader == call);
            if let Some(shield) = self.shield.as_mut().filter(|s| led(&s.flights)) {
                let mut waiting = shield.flights.land(key).map(|f| f.waiting).unwrap_or_default();
                while let Some(next) = waiting.pop_front(cx) {
                    self.fail_at_edge(next, reason, cx);
                }
            }
            return self.fail_at_edge(call, reason, cx);
        }
        cx.reply(call, Outcome::Failed(reason));
    }

    fn fail_at_edge(&mut self, call: CallId, reason: Reason, cx: &mut Context) {
        let key = cx.call(call).key;
        let flight = self.edge_of(call, cx).flights.land(key);
        cx.reply(call, Outcome::Failed(reason));
        let mut waiting = flight.map(|f| f.waiting).unwrap_or_default();
        while let Some(next) = waiting.pop_front(cx) {
            cx.record_miss();
            cx.reply(next, Outcome::Failed(reason));
        }
    }

    /// An edge died, and with it the calls inside: none of them may be waited for in the shield, or wait there.
    fn lose_edge(&mut self, edge: u32, cx: &mut Context) {
        if let Some(place) = self.edges.get_mut(edge as usize) {
            place.directory.clear();
            place.flights.clear();
        }
        let Some(shield) = &mut self.shield else {
            return;
        };
        let dies = |call: CallId, cx: &Context| u32::from(cx.call(call).instance) == edge;
        for heir in shield.flights.lose(dies, cx) {
            self.ask_origin(heir, cx);
        }
    }
}

fn payload(call: CallId, cx: &Context) -> u32 {
    cx.endpoint_of(call).map_or(0, |e| e.payload_bytes)
}

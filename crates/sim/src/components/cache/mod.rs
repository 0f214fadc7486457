//! A cache of the Redis or Memcached kind: keys in the memory of one node or several, some of them forgotten when it is full.
//!
//! ```text
//!   app server ──lookup──▶ cache                    cache-aside: a miss is the caller's affair, which reads the
//!        └──────read────▶ store                     store and fills the cache; and tells it of its writes
//!
//!   app server ──read──▶ cache ──on a miss──▶ store read-through: the cache has a link to the store; writes go
//!              ──write──▶      ──write──────▶       around it, through it, or behind (later)
//! ```
//!
//! In a call that this component made for itself, `state` says what for, and `aux` what it needs to know at the end.

mod hottest;
mod metrics;
mod node;
mod params;
mod writes;

use super::{Component, Fields, Group, Kind};
use crate::analysis::contrasts::Yardstick;
use crate::analysis::model::{CacheContent, Model};
use crate::design::{Reader, Trouble};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::pool::Granted;
use crate::engine::rng::Stream;
use crate::engine::sampler::{Sampler, ns};
use crate::engine::{Context, Facts, Reply};
use crate::metrics::{Inside, PartMark, PartSnapshot};
use crate::policies::balancing::Ring;
use crate::policies::early_refresh;
use crate::policies::eviction::Item;
use backpressure_pack::Pack;
use hottest::Hottest;
use node::{Node, Rules, Value};
use params::{CacheParams, Hits, Invalidation, Writes};
use serde_json::{Map, Value as Json};

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Cache {
    /// Those beyond `running` were taken out of the design and finish what they have.
    nodes: Vec<Node>,
    running: u32,
    ring: Ring,
    rules: Rules,
    /// The share of lookups that hit, where that is measured and not an outcome.
    measured: Option<f64>,
    invalidation: Invalidation,
    writes: Writes,
    flush_after: Delay,
    /// How long a lookup waits for another's fetch, or a fetch is believed in; and whether lookups wait at all.
    patience: Delay,
    coalesces: bool,
    early: Option<f64>,
    /// A hit refreshes a key that has less than this left to live, ns; 0 for never.
    refresh_left_ns: u64,
    access: Sampler,
    /// Time of the node's thread for an operation, if it is limited.
    operation: Option<Delay>,
    chance: Stream,
    hottest: Hottest,
    /// The store behind, if the cache reads through.
    store: u32,
}

// Timers of a call.
const ACCESSED: u8 = 0;
const SERVED: u8 = 1;
const PATIENCE: u8 = 2;
const FLUSH: u8 = 3;

// What a call of its own is for (`state`).
const REFRESH: u32 = 1;
const WRITE_BEHIND: u32 = 2;

/// So many who fetch the same key at once are a stampede.
const STAMPEDE: u32 = 8;

/// How long a fetch is believed in without coalescing, ms: for the count of duplicates.
const USUAL_PATIENCE_MS: f64 = 1000.0;

impl Component for Cache {
    fn kind() -> Kind {
        Kind {
            name: "cache",
            group: Group::Data,
            label: "Cache",
            summary: "Answers from memory what was asked for lately, and spares the store. Beside the store it is the caller who reads, fills and deletes (cache-aside); with the store linked behind it, it reads through.",
            leaves_out: &[
                "Memory of keys and bookkeeping: only values count.",
                "Keys that expire leave memory when somebody asks for them, or when they are evicted.",
                "Copies of a node: what a crash takes is gone.",
                "Writes behind go to the store one by one, not in batches.",
            ],
            sources: &[
                "R. Nishtala et al., Scaling Memcache at Facebook, 2013",
                "A. Vattani, F. Chierichetti, K. Lowenstein, Optimal Probabilistic Cache Stampede Prevention, 2015",
                "D. Karger et al., Consistent Hashing and Random Trees, 1997",
            ],
            may_call: |to| match to.group {
                Group::Messaging => Some("a cache needs a store behind it to be read-through."),
                _ => None,
            },
            needs_callee: |params| {
                let p = CacheParams::read(params, &mut Reader::default());
                let wants = !matches!(p.writes, Writes::Around {}) || p.refresh_ahead.is_some();
                wants.then_some("write-through, write-behind and refresh ahead need a store there.")
            },
            fields: Fields::new(CacheParams::fields),
            check: CacheParams::check,
            faults: &["flush"],
            metrics: metrics::METRICS,
            says: metrics::says,
            compared: &[(&["hits", "eviction"], Yardstick::HitRatioWhenFull), (&["writes"], Yardstick::HitRatio)],
            cost_usd_per_hour: cost,
            ..Kind::default()
        }
    }

    fn model(params: &Map<String, Json>) -> Model {
        let p = CacheParams::read(params, &mut Reader::default());
        // The formulas know one directory of keys, filled by misses and emptied by deletes and its capacity.
        let plain = match &p.hits {
            Hits::Keys { capacity_mb, ttl_jitter, .. } => capacity_mb.is_none() && *ttl_jitter == 0.0,
            Hits::MeasuredRatio { .. } => true,
        };
        let fills_otherwise = p.coalesce_ms.is_some() || p.early_refresh.is_some() || p.refresh_ahead.is_some();
        let writes_otherwise = p.writes != (Writes::Around {}) || p.invalidation != Invalidation::DeleteOnWrite;
        if !plain || fills_otherwise || writes_otherwise || p.nodes > 1 || p.node_ops_per_s.is_some() {
            return Model::Unknown;
        }
        let content = match p.hits {
            Hits::Keys { capacity_items, eviction, ttl_ms, ttl_renewed, .. } => {
                CacheContent::Keys { eviction, capacity: capacity_items, ttl_ms, renewed: ttl_renewed }
            }
            Hits::MeasuredRatio { hit_ratio } => CacheContent::Ratio(hit_ratio),
        };
        Model::Cache { content, time: p.access_time }
    }

    fn new(params: &Map<String, Json>, cx: &mut Context) -> Self {
        let p = CacheParams::read(params, &mut Reader::default());
        let mut cache = Self {
            nodes: Vec::new(),
            running: 0,
            ring: Ring::default(),
            rules: Rules::of(&p),
            measured: None,
            invalidation: p.invalidation,
            writes: p.writes.clone(),
            flush_after: Delay::once(0),
            patience: Delay::once(0),
            coalesces: false,
            early: None,
            refresh_left_ns: 0,
            access: cx.sampler(&p.access_time, "access"),
            operation: None,
            chance: cx.stream("hits"),
            hottest: Hottest::new(),
            store: NONE,
        };
        cache.claim_lanes(&p, cx);
        cache.take(&p, cx);
        cache
    }

    fn configure(&mut self, params: &Map<String, Json>, changed: bool, cx: &mut Context) {
        let p = CacheParams::read(params, &mut Reader::default());
        self.access.set(&p.access_time, cx.calendar());
        self.claim_lanes(&p, cx);
        if changed {
            self.take(&p, cx);
        }
    }

    fn wire(&mut self, cx: &mut Context) {
        self.store = cx.downstream().first().map_or(NONE, |d| d.link);
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let Some(n) = self.owner(cx.call(call).key, cx) else {
            return cx.reply(call, Outcome::Failed(Reason::Refused));
        };
        let record = cx.call_mut(call);
        (record.instance, record.state) = (n as u16, 0);
        if self.operation.is_none() {
            let time = self.access.draw();
            return cx.work(time, call, ACCESSED);
        }
        match self.nodes[n].thread.acquire(call, cx) {
            Granted::Slot => self.serve(call, cx),
            Granted::Queued => {}
            Granted::QueuedInsteadOf(dropped) => cx.reply(dropped, Outcome::Failed(Reason::QueueFull)),
            Granted::Full => cx.reply(call, Outcome::Failed(Reason::QueueFull)),
        }
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        match tag {
            SERVED => {
                let time = self.access.draw();
                cx.work(time, call, ACCESSED);
                let n = self.node_of(call, cx);
                if let Some(next) = self.nodes[n].thread.release(cx) {
                    self.serve(next, cx);
                }
            }
            ACCESSED => self.act(call, cx),
            PATIENCE => self.lose_patience(call, cx),
            _ => self.flush(call, cx),
        }
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        match (cx.call(call).state, reply.op) {
            (REFRESH, _) => {
                let n = self.node_of(call, cx);
                // A process that died meanwhile gets nothing.
                if self.nodes[n].life == cx.call(call).aux {
                    self.fetched(call, &reply, cx);
                }
                cx.finish(call);
            }
            (WRITE_BEHIND, _) => self.flushed(call, &reply, cx),
            (_, Op::Read) => {
                self.fetched(call, &reply, cx);
                cx.reply(call, answered(reply.outcome));
            }
            _ => {
                self.written(call, &reply, cx);
                cx.reply(call, answered(reply.outcome));
            }
        }
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        if !begins {
            return;
        }
        match trouble {
            Trouble::Flush {} => self.nodes.iter_mut().for_each(|node| node.lose_memory(cx)),
            Trouble::Crash { instance, .. } => {
                for (n, node) in self.nodes.iter_mut().enumerate() {
                    if instance.is_none_or(|wanted| wanted as usize == n) {
                        node.crash(cx);
                    }
                }
            }
            _ => {}
        }
    }

    fn made_of(&self, _is_up: &dyn Fn(u16) -> bool) -> Option<Inside> {
        if self.measured.is_some() {
            return None;
        }
        let hottest = self.hottest.per_mille();
        // Ten per cent of all lookups fill a bar; nine in ten keys of a usual crowd get less than one in a thousand.
        let part = |&share: &u64| PartSnapshot {
            level: (share as f32 / 100.0).min(1.0),
            mark: if share >= 100 { PartMark::Hot } else { PartMark::Plain },
        };
        let (held, room): (u64, u64) =
            self.nodes.iter().fold((0, 0), |(h, r), n| (h + n.directory.weight(), r + n.directory.room()));
        let full = (100 * held).checked_div(room).unwrap_or(0);
        // As long as the tray has room for.
        let caption = if full >= 100 { "hot keys, full".to_owned() } else { format!("keys, {full} % full") };
        Some(Inside { caption, many: hottest.len(), parts: hottest.iter().map(part).collect() })
    }
}

/// A node of a managed cache: about 0.01 USD/h for the machine and 0.016 for a GB of memory (list prices of public clouds,
/// 2024, rounded). Without a size in MB a value counts as 1 kB.
fn cost(params: &Map<String, Json>) -> f64 {
    let p = CacheParams::read(params, &mut Reader::default());
    let mb = match p.hits {
        Hits::Keys { capacity_items, capacity_mb, .. } => capacity_mb.unwrap_or(capacity_items as f64 / 1000.0),
        Hits::MeasuredRatio { .. } => 1000.0,
    };
    f64::from(p.nodes) * (0.01 + 0.016 * mb / 1000.0)
}

/// The store's "hit" is for the cache, not for whoever asked it.
fn answered(outcome: Outcome) -> Outcome {
    if outcome.is_ok() { Outcome::Answered } else { outcome }
}

impl Cache {
    fn claim_lanes(&mut self, p: &CacheParams, cx: &mut Context) {
        let calendar = cx.calendar();
        self.patience = p.coalesce_ms.map_or(Delay::once(ns(USUAL_PATIENCE_MS)), |ms| calendar.constant(ns(ms)));
        self.operation = p.node_ops_per_s.map(|ops| calendar.constant(ns(1000.0 / ops)));
        if let Writes::Behind { flush_after_ms, .. } = p.writes {
            self.flush_after = calendar.constant(ns(flush_after_ms));
        }
    }

    fn take(&mut self, p: &CacheParams, cx: &mut Context) {
        self.rules = Rules::of(p);
        self.measured = match p.hits {
            Hits::MeasuredRatio { hit_ratio } => Some(hit_ratio),
            Hits::Keys { .. } => None,
        };
        self.invalidation = p.invalidation;
        self.writes = p.writes.clone();
        self.coalesces = p.coalesce_ms.is_some();
        self.early = p.early_refresh;
        self.refresh_left_ns = match p.refresh_ahead {
            Some(share) if self.rules.ttl_ns < u64::MAX => (self.rules.ttl_ns as f64 * (1.0 - share)) as u64,
            _ => 0,
        };
        let rules = &self.rules;
        self.nodes.iter_mut().for_each(|node| node.set(rules, cx));
        for n in self.nodes.len()..p.nodes as usize {
            let rng = cx.stream(&format!("eviction {n}"));
            self.nodes.push(Node::new(&self.rules, rng));
        }
        let gone = self.nodes.len() - p.nodes as usize;
        // A node taken out loses its keys, as does a cache of real keys that becomes one of a measured ratio.
        let cleared = if self.measured.is_some() { self.nodes.len() } else { gone };
        self.nodes.iter_mut().rev().take(cleared).for_each(|node| node.forget_all(cx));
        while self.nodes.len() > p.nodes as usize && self.nodes.last().is_some_and(Node::is_idle) {
            self.nodes.pop();
        }
        if self.running != p.nodes {
            self.running = p.nodes;
            self.ring = Ring::new((0..p.nodes).map(|n| (u64::from(n), n)));
        }
        cx.declare(Facts {
            cache: true,
            keeps_keys: self.measured.is_none(),
            routes: p.nodes > 1,
            slots: if self.operation.is_some() { p.nodes } else { 0 },
            queue_limit: self.operation.map(|_| p.nodes.saturating_mul(node::QUEUE)),
            ..Facts::default()
        });
    }

    /// The node that has the key; with that one down, the next on the ring. `None` if all are down.
    fn owner(&self, key: u64, cx: &Context) -> Option<usize> {
        if self.running == 1 {
            return cx.is_up(0).then_some(0);
        }
        self.ring.from(key).find(|&n| cx.is_up(n as u16)).map(|n| n as usize)
    }

    /// The node a call is at.
    fn node_of(&self, call: CallId, cx: &Context) -> usize {
        usize::from(cx.call(call).instance).min(self.nodes.len() - 1)
    }

    fn serve(&mut self, call: CallId, cx: &mut Context) {
        if let Some(time) = self.operation {
            cx.work(time, call, SERVED);
        } else {
            // The limit was taken away while it waited.
            self.on_timer(call, SERVED, cx);
        }
    }

    fn act(&mut self, call: CallId, cx: &mut Context) {
        match cx.call(call).op {
            Op::Read => self.read(call, cx),
            Op::Write if self.store != NONE => self.write(call, cx),
            Op::Write => {
                // Nobody behind it: the cache is the store.
                let version = cx.commit(call);
                self.put(call, version, None, cx);
                cx.reply(call, Outcome::Answered);
            }
            Op::Fill => {
                self.filled(call, cx);
                cx.reply(call, Outcome::Answered);
            }
            Op::Invalidate | Op::Probe => {
                let version = cx.call(call).version;
                self.invalidate(call, version, cx);
                cx.reply(call, Outcome::Answered);
            }
        }
    }

    fn read(&mut self, call: CallId, cx: &mut Context) {
        if let Some(hit_ratio) = self.measured {
            return if self.chance.chance(hit_ratio) {
                cx.record_hit();
                cx.reply(call, Outcome::Hit);
            } else {
                self.fetch(call, cx);
            };
        }
        self.read_by_key(call, cx);
    }

    #[inline(never)]
    fn read_by_key(&mut self, call: CallId, cx: &mut Context) {
        let (n, key) = (self.node_of(call, cx), cx.call(call).key);
        let node = &mut self.nodes[n];
        let found = node.look_up(key, &self.rules, &mut self.chance, cx);
        self.hottest.note(key, cx.now());
        if !node.owed.is_empty() && node.owed.get(key).is_some() {
            // What will be in the store is here already, and newer than anything there.
            let newest = cx.newest(key);
            return hit(call, newest, cx);
        }
        match found {
            Some(item) if !self.refreshes_instead(call, n, &item, cx) => hit(call, item.version, cx),
            Some(_) => {
                cx.record_miss();
                cx.reply(call, Outcome::Miss);
            }
            None if self.nodes[n].flights.begin(key, call, cx.now(), self.patience.ns) => self.fetch(call, cx),
            None if self.coalesces => {
                self.nodes[n].flights.wait(key, call, cx);
                cx.after(self.patience, call, PATIENCE);
            }
            None => {
                cx.count(metrics::DUPLICATES, 1);
                cx.count(metrics::STAMPEDES, u64::from(self.nodes[n].flights.join(key) == STAMPEDE));
                self.fetch(call, cx);
            }
        }
    }

    /// What a miss leads to: the cache asks the store behind it, or the caller asks the store beside it.
    fn fetch(&mut self, call: CallId, cx: &mut Context) {
        cx.record_miss();
        if self.store == NONE {
            cx.reply(call, Outcome::Miss);
        } else if cx.send(call, self.store, Op::Read, u16::MAX) == NONE {
            let n = self.node_of(call, cx);
            let key = cx.call(call).key;
            self.land(n, key, Outcome::Failed(Reason::Limit), 0, cx);
            cx.reply(call, Outcome::Failed(Reason::Limit));
        }
    }

    /// A hit on a key that is about to expire: has it fetched anew behind the caller's back, or, beside the store, says that
    /// this caller shall do so (true).
    #[inline(never)]
    fn refreshes_instead(&mut self, call: CallId, n: usize, item: &Item, cx: &mut Context) -> bool {
        if item.expires_ns == u64::MAX || (self.early.is_none() && self.refresh_left_ns == 0) {
            return false;
        }
        let now = cx.now();
        let fetch_ns = u64::from(item.cost_us) * 1000;
        let ahead = self.store != NONE && item.expires_ns - now <= self.refresh_left_ns;
        let early = self
            .early
            .is_some_and(|beta| early_refresh::is_due(now, item.expires_ns, fetch_ns, beta, &mut self.chance));
        if !ahead && !early {
            return false;
        }
        let key = cx.call(call).key;
        let first = self.nodes[n].flights.begin(key, call, now, self.patience.ns);
        if self.store == NONE {
            // Without coalescing each decides by itself, as in the paper.
            let goes = first || !self.coalesces;
            cx.count(metrics::REFRESHED, u64::from(goes));
            cx.count(metrics::DUPLICATES, u64::from(goes && !first));
            return goes;
        }
        if first {
            self.refresh(call, n, cx);
        }
        false
    }

    /// Fetches the key of `call` in the background.
    fn refresh(&mut self, call: CallId, n: usize, cx: &mut Context) {
        let job = cx.spawn(call);
        if job == NONE {
            return;
        }
        let record = cx.call_mut(job);
        (record.instance, record.state, record.aux, record.version) = (n as u16, REFRESH, self.nodes[n].life, 0);
        if cx.send(job, self.store, Op::Read, u16::MAX) == NONE {
            return cx.finish(job);
        }
        cx.count(metrics::REFRESHED, 1);
    }

    /// The store behind has answered a fetch of ours.
    fn fetched(&mut self, call: CallId, reply: &Reply, cx: &mut Context) {
        let (n, key) = (self.node_of(call, cx), cx.call(call).key);
        if reply.outcome.is_ok() {
            self.keep(call, n, reply.version, cx);
        }
        self.land(n, key, reply.outcome, reply.version, cx);
    }

    /// The caller beside us has read the store, and hands us what it found.
    fn filled(&mut self, call: CallId, cx: &mut Context) {
        let (n, key, version) = (self.node_of(call, cx), cx.call(call).key, cx.call(call).version);
        self.keep(call, n, version, cx);
        self.land(n, key, Outcome::Hit, version, cx);
    }

    /// Puts in what a fetch brought, unless the key was deleted meanwhile and somebody watched.
    fn keep(&mut self, call: CallId, n: usize, version: u32, cx: &mut Context) {
        let flight = self.nodes[n].flights.get(cx.call(call).key);
        if !flight.is_some_and(|f| f.void && self.coalesces) {
            let fetch_ns = flight.map(|f| cx.now() - f.since_ns);
            self.put(call, version, fetch_ns, cx);
        }
    }

    /// A fetch is over: whoever waited for it has the answer.
    fn land(&mut self, n: usize, key: u64, outcome: Outcome, version: u32, cx: &mut Context) {
        let Some(mut flight) = self.nodes[n].flights.land(key) else {
            return;
        };
        while let Some(waiting) = flight.waiting.pop_front(cx) {
            if outcome.is_ok() {
                cx.count(metrics::COALESCED, 1);
                hit(waiting, version, cx);
            } else {
                cx.record_miss();
                cx.reply(waiting, outcome);
            }
        }
    }

    /// A lookup has waited for another's fetch for long enough: the one that waited longest fetches for itself.
    fn lose_patience(&mut self, call: CallId, cx: &mut Context) {
        let (n, key, now) = (self.node_of(call, cx), cx.call(call).key, cx.now());
        let (first, until) = self.nodes[n].flights.lose_patience(key, now, self.patience.ns, cx);
        if first != Some(call) {
            cx.after(Delay::once(until.saturating_sub(now)), call, PATIENCE);
        }
        if let Some(first) = first {
            self.fetch(first, cx);
        }
    }

    fn put(&mut self, call: CallId, version: u32, fetch_ns: Option<u64>, cx: &mut Context) {
        if self.measured.is_some() {
            return;
        }
        let size = cx.endpoint_of(call).map_or(0, |e| e.payload_bytes);
        let (n, key) = (self.node_of(call, cx), cx.call(call).key);
        self.nodes[n].put(key, Value { version, size, fetch_ns }, &self.rules, &mut self.chance, cx);
    }
}

fn hit(call: CallId, version: u32, cx: &mut Context) {
    cx.record_hit();
    cx.serve_version(call, version);
    cx.reply(call, Outcome::Hit);
}

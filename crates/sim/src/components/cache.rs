//! A cache of the Redis or Memcached kind: keys in memory, some of them forgotten when it is full.
//!
//! ```text
//!   app server ──lookup──▶ cache                    cache-aside: a miss is the caller's affair, which reads the
//!        └──────read────▶ store                     store and fills the cache
//!
//!   app server ──read──▶ cache ──on a miss──▶ store read-through: the cache has a link to the store
//! ```

use super::{Component, Group, Kind};
use crate::analysis::model::{CacheContent, Model};
use crate::design::{Distribution, Reader, Trouble, params, variant};
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::rng::Stream;
use crate::engine::sampler::{Sampler, ns};
use crate::engine::{Context, Facts, Reply};
use crate::policies::eviction::{Capacity, Directory, Eviction, Item, Lookup};
use backpressure_pack::Pack;
use serde_json::{Map, Value};

variant! {
    /// What decides whether a lookup hits.
    pub enum Hits tag "hits" {
        /// Real keys are kept and evicted: the hit ratio is an outcome of capacity and popularity.
        Keys = "keys", "Real keys" {
            /// Keys the cache can hold.
            capacity_items: u64 = 1000, label "Capacity", unit "keys", range 1..=10_000_000;
            /// Which key a full cache gives up to make room.
            eviction: Eviction = Eviction::Lru, label "Eviction";
            /// How long a key is good for after it was put in. Off: until it is evicted.
            ttl_ms: Option<f64> = None, label "Time to live", unit "ms", range 0.001..=31_536_000_000.0;
            /// Whether a hit starts the time to live anew: then a key expires when nobody has asked for it for so long.
            ttl_renewed: bool = false, label "Renewed by hits", advanced;
        }
        /// A hit ratio measured in production stands for the keys: each lookup hits by chance, whatever it asks for.
        MeasuredRatio = "measured_ratio", "Measured ratio" {
            /// Share of lookups that hit, 0 to 1, as measured in production.
            hit_ratio: f64 = 0.8, label "Hit ratio, as measured", range 0.0..=1.0;
        }
    }
}

params! {
    /// Parameters of a cache.
    pub struct CacheParams {
        /// What decides whether a lookup hits.
        hits: Hits = Hits::Keys { capacity_items: 1000, eviction: Eviction::Lru, ttl_ms: None, ttl_renewed: false }, label "Hits";
        /// Time the cache takes for a lookup, a write or a deletion.
        access_time: Distribution = Distribution::Constant { mean_ms: 0.3 }, label "Access time";
    }
}

#[derive(Clone, Debug, Pack)]
#[allow(clippy::large_enum_variant)] // One value per node.
enum Content {
    Keys { directory: Directory, ttl_ns: u64, renewed: bool },
    Ratio { hit_ratio: f64 },
}

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Cache {
    content: Content,
    access: Sampler,
    chance: Stream,
    /// The store behind, if the cache reads through.
    store: u32,
}

const ACCESSED: u8 = 0;
/// Stands for the version of what is not kept by key.
const UNKNOWN_VERSION: u32 = u32::MAX;

fn content(hits: &Hits, cx: &Context) -> Content {
    match hits {
        Hits::Keys { capacity_items, eviction, ttl_ms, ttl_renewed } => Content::Keys {
            directory: Directory::new(*eviction, Capacity::Items(*capacity_items), cx.stream("eviction")),
            ttl_ns: ttl_ms.map_or(u64::MAX, ns),
            renewed: *ttl_renewed,
        },
        Hits::MeasuredRatio { hit_ratio } => Content::Ratio { hit_ratio: *hit_ratio },
    }
}

fn facts(hits: &Hits) -> Facts {
    Facts { cache: true, keeps_keys: matches!(hits, Hits::Keys { .. }), ..Facts::default() }
}

impl Component for Cache {
    fn kind() -> Kind {
        Kind {
            name: "cache",
            group: Group::Data,
            label: "Cache",
            summary: "Answers from memory what was asked for lately, and spares the store behind it.",
            leaves_out: &[
                "Memory in bytes: the capacity is a number of keys, whatever their size.",
                "The server's own limit of throughput: any number of lookups run at once.",
            ],
            accepts_calls: true,
            makes_calls: true,
            fields: CacheParams::fields(),
            check: CacheParams::check,
            faults: &["flush"],
            ..Kind::default()
        }
    }

    fn model(params: &Map<String, Value>) -> Model {
        let p = CacheParams::read(params, &mut Reader::default());
        let content = match p.hits {
            Hits::Keys { capacity_items, eviction, ttl_ms, ttl_renewed } => {
                CacheContent::Keys { eviction, capacity: capacity_items, ttl_ms, renewed: ttl_renewed }
            }
            Hits::MeasuredRatio { hit_ratio } => CacheContent::Ratio(hit_ratio),
        };
        Model::Cache { content, time: p.access_time }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = CacheParams::read(params, &mut Reader::default());
        cx.declare(facts(&p.hits));
        Self {
            content: content(&p.hits, cx),
            access: cx.sampler(&p.access_time, "access"),
            chance: cx.stream("hits"),
            store: NONE,
        }
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = CacheParams::read(params, &mut Reader::default());
        self.access.set(&p.access_time, cx.calendar());
        if !changed {
            return;
        }
        cx.declare(facts(&p.hits));
        match (&mut self.content, &p.hits) {
            // What is cached stays cached while the capacity or the TTL of new entries changes.
            (
                Content::Keys { directory, ttl_ns, renewed },
                Hits::Keys { capacity_items, eviction, ttl_ms, ttl_renewed },
            ) => {
                (*ttl_ns, *renewed) = (ttl_ms.map_or(u64::MAX, ns), *ttl_renewed);
                for _ in 0..directory.set(*eviction, Capacity::Items(*capacity_items)) {
                    cx.record_eviction();
                }
            }
            (old, hits) => *old = content(hits, cx),
        }
    }

    fn wire(&mut self, cx: &mut Context) {
        self.store = cx.downstream().first().map_or(NONE, |d| d.link);
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let time = self.access.draw();
        cx.work(time, call, ACCESSED);
    }

    fn on_timer(&mut self, call: CallId, _tag: u8, cx: &mut Context) {
        let (op, key, now) = (cx.call(call).op, cx.call(call).key, cx.now());
        match op {
            Op::Read => {
                if let Some(version) = self.lookup(key, now) {
                    cx.record_hit();
                    if version != UNKNOWN_VERSION {
                        cx.serve_version(call, version);
                    }
                    cx.reply(call, Outcome::Hit);
                } else {
                    cx.record_miss();
                    if self.store == NONE {
                        cx.reply(call, Outcome::Miss);
                    } else {
                        self.ask_store(call, op, cx);
                    }
                }
            }
            // Behind a read-through cache a write goes to the store; the key is forgotten once it is there.
            Op::Write if self.store != NONE => self.ask_store(call, op, cx),
            Op::Write | Op::Fill => {
                let version = cx.call(call).version;
                self.fill(key, version, cx);
                cx.reply(call, Outcome::Answered);
            }
            Op::Invalidate | Op::Probe => {
                self.forget(key);
                cx.reply(call, Outcome::Answered);
            }
        }
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        let key = cx.call(call).key;
        if reply.outcome.is_ok() {
            match reply.op {
                Op::Read => self.fill(key, reply.version, cx),
                _ => self.forget(key),
            }
        }
        let outcome = if reply.outcome.is_ok() { Outcome::Answered } else { reply.outcome };
        cx.reply(call, outcome);
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, _cx: &mut Context) {
        // What is in memory is gone with the process, and with a flush.
        if matches!(trouble, Trouble::Crash { .. } | Trouble::Flush {}) && begins
            && let Content::Keys { directory, .. } = &mut self.content
        {
            directory.clear();
        }
    }
}

impl Cache {
    /// The version held of a key, if it hits. A measured ratio knows nothing of versions.
    fn lookup(&mut self, key: u64, now: u64) -> Option<u32> {
        match &mut self.content {
            Content::Keys { directory, ttl_ns, renewed } => match directory.touch(key, now) {
                Lookup::Hit(item) => {
                    if *renewed {
                        directory.set_expires(key, now.saturating_add(*ttl_ns));
                    }
                    Some(item.version)
                }
                Lookup::Expired | Lookup::Absent => None,
            },
            Content::Ratio { hit_ratio } => self.chance.chance(*hit_ratio).then_some(UNKNOWN_VERSION),
        }
    }

    fn fill(&mut self, key: u64, version: u32, cx: &mut Context) {
        if let Content::Keys { directory, ttl_ns, .. } = &mut self.content {
            let expires_ns = cx.now().saturating_add(*ttl_ns);
            for _ in 0..directory.insert(key, Item { version, size: 0, expires_ns, cost_us: 0 }) {
                cx.record_eviction();
            }
        }
    }

    fn forget(&mut self, key: u64) {
        if let Content::Keys { directory, .. } = &mut self.content {
            directory.remove(key);
        }
    }

    fn ask_store(&mut self, call: CallId, op: Op, cx: &mut Context) {
        if cx.send(call, self.store, op, u16::MAX) == NONE {
            cx.reply(call, Outcome::Failed(Reason::Limit));
        }
    }
}

//! A search index of the Elasticsearch kind: documents spread over shards, every one of which a query has to ask.
//!
//! ```text
//!   query ─┬▶ shard 0: [queue] ─▶ thread ─┐
//!          ├▶ shard 1: [queue] ─▶ thread ─┼─ the last is in ─▶ answer
//!          └▶ …                           ┘
//!   write ──▶ the document's shard: [queue] ─▶ thread ─▶ answer … the next refresh ─▶ to be found
//! ```
//!
//! What a shard does for a query is background work of its own, with the query in its `aux`. In a query, `state` is the number
//! of shards that are still at work, `aux` that of those that have answered.

use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::design::{Distribution, Reader, Trouble, params};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::pool::{Granted, Pool, WhenFull};
use crate::engine::rng::mix;
use crate::engine::sampler::{Sampler, ns};
use crate::engine::table::Table;
use crate::engine::{Context, Facts};
use crate::metrics::NodeSnapshot;
use crate::words::{count, per_s_are, rounded};
use backpressure_pack::Pack;
use serde_json::{Map, Value};

params! {
    /// Parameters of a search index.
    pub struct SearchIndexParams {
        /// Parts the documents are spread over, each on a machine of its own. A query has to ask all of them.
        shards: u32 = 5, label "Shards", range 1..=200;
        /// Queries and writes a shard works on at once.
        threads: u32 = 8, label "Threads per shard", unit "threads", range 1..=10_000;
        /// Time a shard takes for its part of a query.
        search_time: Distribution = Distribution::Exponential { mean_ms: 10.0 }, label "Search time";
        /// Time a shard takes to take a document in.
        index_time: Distribution = Distribution::Exponential { mean_ms: 5.0 }, label "Indexing time";
        /// What was written can be found after the next refresh, which comes this often.
        refresh_ms: f64 = 1000.0, label "Refresh interval", unit "ms", range 1.0..=3_600_000.0;
        /// Queries and writes that may wait at a shard; those beyond are refused.
        queue_limit: u32 = 1000, label "Queue limit per shard", unit "requests", range 0..=1_000_000, advanced;
    }
}

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(crate) struct SearchIndex {
    /// Those beyond `running` were taken out of the design and finish what they have.
    shards: Vec<Pool>,
    running: u32,
    search: Sampler,
    index: Sampler,
    refresh_ns: u64,
    /// Versions that can be found, of every document that was ever written.
    found: Table<u32>,
    /// Versions that the next refresh brings.
    fresh: Table<u32>,
    refreshing: bool,
}

const WORKED: u8 = 0;
const REFRESH: u8 = 0;

// Metrics.
const WAITING: usize = 0;
const PARTIAL: usize = 1;

fn says(node: &NodeSnapshot) -> Option<String> {
    let own = |i: usize| node.own.get(i).copied().unwrap_or_default();
    let partial = own(PARTIAL).recent;
    if partial >= 1.0 {
        return Some(format!("{} incomplete: a shard did not answer.", per_s_are(partial, "answer")));
    }
    (node.stale_per_s >= 1.0).then(|| {
        format!(
            "{} without the latest write: {} wait for the next refresh.",
            per_s_are(node.stale_per_s, "answer"),
            count(rounded(own(WAITING).value), "document")
        )
    })
}

impl Component for SearchIndex {
    fn kind() -> Kind {
        Kind {
            name: "search_index",
            group: Group::Data,
            label: "Search index",
            summary: "Finds documents by their words. A query asks every shard and is as slow as the slowest; what is written is found only after the next refresh.",
            leaves_out: &[
                "Words: a query is about one object, and finds it or an older version of it.",
                "Replicas of shards, and the coordinating node's own work.",
                "Merging of segments, and the load of a refresh.",
            ],
            sources: &[
                "Elasticsearch Guide: near real-time search, refresh interval, search thread pool, partial results",
                "J. Dean, L. A. Barroso, The Tail at Scale, 2013",
            ],
            makes_calls: false,
            fields: Fields::new(SearchIndexParams::fields),
            check: SearchIndexParams::check,
            metrics: &[
                Metric {
                    name: "waiting_documents",
                    label: "Not yet searchable",
                    help: "Documents written since the last refresh.",
                    of: MetricOf::Level,
                },
                Metric {
                    name: "partial_answers",
                    label: "Incomplete",
                    help: "Answers without what a shard would have added.",
                    of: MetricOf::Count,
                },
            ],
            faults: &["disk_full"],
            says,
            // A machine with 8 GB of memory for each shard, at about 0.1 USD/h (list prices of 2024).
            cost_usd_per_hour: |params| 0.1 * f64::from(SearchIndexParams::read(params, &mut Reader::default()).shards),
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = SearchIndexParams::read(params, &mut Reader::default());
        let mut index = Self {
            shards: Vec::new(),
            running: 0,
            search: cx.sampler(&p.search_time, "search"),
            index: cx.sampler(&p.index_time, "index"),
            refresh_ns: 1,
            found: Table::default(),
            fresh: Table::default(),
            refreshing: false,
        };
        index.take(&p, cx);
        index
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = SearchIndexParams::read(params, &mut Reader::default());
        self.search.set(&p.search_time, cx.calendar());
        self.index.set(&p.index_time, cx.calendar());
        if changed {
            self.take(&p, cx);
        }
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        if cx.call(call).op == Op::Read {
            return self.scatter(call, cx);
        }
        let shard = (mix(cx.call(call).key) % u64::from(self.running)) as u16;
        cx.call_mut(call).instance = shard;
        if !cx.is_up(shard) {
            return cx.reply(call, Outcome::Failed(Reason::Refused));
        }
        self.queue(call, cx);
    }

    fn on_timer(&mut self, call: CallId, _tag: u8, cx: &mut Context) {
        let shard = usize::from(cx.call(call).instance);
        if cx.call(call).op != Op::Read && cx.disk_is_full() {
            cx.reply(call, Outcome::Failed(Reason::DiskFull));
        } else if cx.call(call).op != Op::Read {
            self.wrote(call, cx);
        } else {
            self.gather(call, true, cx);
        }
        if let Some(next) = self.shards[shard].release(cx) {
            self.work(next, cx);
        }
    }

    fn on_node_timer(&mut self, _tag: u8, cx: &mut Context) {
        self.refreshing = false;
        for (key, version) in self.fresh.iter() {
            // Two writers of a document may arrive in either order: the later version stays.
            let before = self.found.get(key).unwrap_or(0);
            self.found.set(key, version.max(before));
        }
        self.fresh.clear();
        cx.set_level(WAITING, 0);
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        if let Trouble::Crash { instance, .. } = trouble
            && begins
        {
            for shard in 0..self.shards.len() {
                if instance.is_none_or(|wanted| wanted as usize == shard) {
                    self.lose(shard, instance.is_some(), cx);
                }
            }
        }
    }
}

impl SearchIndex {
    /// A document is written: searches find it after the next refresh.
    #[inline(never)]
    fn wrote(&mut self, call: CallId, cx: &mut Context) {
        let version = cx.commit(call);
        let known = self.fresh.set(cx.call(call).key, version);
        cx.level(WAITING, i32::from(known.is_none()));
        self.refresh_soon(cx);
        cx.reply(call, Outcome::Answered);
    }

    fn take(&mut self, p: &SearchIndexParams, cx: &mut Context) {
        self.refresh_ns = ns(p.refresh_ms).max(1);
        let pool = Pool::new(p.threads, p.queue_limit, WhenFull::RejectNewest);
        for n in 0..self.shards.len() {
            self.shards[n].resize(p.threads, p.queue_limit, WhenFull::RejectNewest);
            while let Some(call) = self.shards[n].admit(cx) {
                self.work(call, cx);
            }
        }
        let wanted = p.shards as usize;
        if self.shards.len() < wanted {
            self.shards.resize(wanted, pool);
        }
        while self.shards.len() > wanted && self.shards.last().is_some_and(|s| s.busy() == 0 && s.waiting() == 0) {
            self.shards.pop();
        }
        self.running = p.shards;
        let threads = p.threads.saturating_mul(p.shards);
        let queue_limit = Some(p.queue_limit.saturating_mul(p.shards));
        cx.declare(Facts { slots: threads, queue_limit, routes: p.shards > 1, ..Facts::default() });
    }

    /// Asks every shard.
    fn scatter(&mut self, call: CallId, cx: &mut Context) {
        let record = cx.call_mut(call);
        // A query is at no shard: the death of one, also of the first, takes a part away, not the query.
        (record.instance, record.state, record.aux) = (u16::MAX, self.running, 0);
        let mut missing = 0;
        for shard in 0..self.running as u16 {
            let job = if cx.is_up(shard) { cx.spawn(call) } else { NONE };
            if job == NONE {
                missing += 1;
                continue;
            }
            let record = cx.call_mut(job);
            (record.instance, record.aux) = (shard, call);
            self.queue(job, cx);
        }
        for _ in 0..missing {
            self.answered(call, false, cx);
        }
    }

    /// A part of a query, or a write, joins the queue of its shard.
    fn queue(&mut self, call: CallId, cx: &mut Context) {
        let shard = usize::from(cx.call(call).instance);
        match self.shards[shard].acquire(call, cx) {
            Granted::Slot => self.work(call, cx),
            Granted::Queued => {}
            Granted::QueuedInsteadOf(refused) => self.refuse(refused, cx),
            Granted::Full => self.refuse(call, cx),
        }
    }

    fn refuse(&mut self, call: CallId, cx: &mut Context) {
        if cx.call(call).op == Op::Read {
            self.gather(call, false, cx);
        } else {
            cx.reply(call, Outcome::Failed(Reason::QueueFull));
        }
    }

    fn work(&mut self, call: CallId, cx: &mut Context) {
        let time = if cx.call(call).op == Op::Read { self.search.draw() } else { self.index.draw() };
        cx.work(time, call, WORKED);
    }

    /// A shard is through with its part of a query.
    fn gather(&mut self, job: CallId, ok: bool, cx: &mut Context) {
        let query = cx.call(job).aux;
        if cx.call(query).state == 1 {
            // The answer has taken as long as its last part.
            cx.takes_as_long_as(query, job);
        }
        cx.finish(job);
        self.answered(query, ok, cx);
    }

    fn answered(&mut self, query: CallId, ok: bool, cx: &mut Context) {
        let record = cx.call_mut(query);
        record.state -= 1;
        record.aux += u32::from(ok);
        let (left, answers, key, whole) = (record.state, record.aux, record.key, !record.is_degraded());
        if !ok && whole {
            cx.degrade(query);
        }
        if left > 0 {
            return;
        }
        if answers == 0 {
            return cx.reply(query, Outcome::Failed(Reason::QueueFull));
        }
        cx.count(PARTIAL, u64::from(cx.call(query).is_degraded()));
        cx.serve_version(query, self.found.get(key).unwrap_or(0));
        cx.reply(query, Outcome::Answered);
    }

    /// Refreshes come at multiples of the interval; none is needed while nothing waits for it.
    fn refresh_soon(&mut self, cx: &mut Context) {
        if !self.refreshing {
            self.refreshing = true;
            let wait = self.refresh_ns - cx.now() % self.refresh_ns;
            cx.after_node(Delay::once(wait), REFRESH);
        }
    }

    /// A shard died. Its parts of queries are lost; the queries go on without them, unless they die as well.
    fn lose(&mut self, shard: usize, queries_live: bool, cx: &mut Context) {
        self.shards[shard].clear(cx);
        for job in cx.background_at(shard as u16) {
            if queries_live {
                self.gather(job, false, cx);
            } else {
                cx.finish(job);
            }
        }
    }
}

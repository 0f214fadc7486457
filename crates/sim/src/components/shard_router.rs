//! A shard router: one database to its callers, several behind it.
//!
//! ```text
//!   request with the shard key ─▶ its shard
//!   read without it            ─▶ every shard, waits for the slowest               (scatter, gather)
//!   its key is still to move   ─▶ read at the old shard ─▶ write at the new ─▶ the new shard
//! ```
//!
//! When shards are added or taken away, the keys seen so far that have a new owner are copied there, a few at once. A shard
//! that is gone has nothing left to read: its keys are written anew, as from a backup.

use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::design::{Distribution, Reader, params};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::rng::Stream;
use crate::engine::sampler::{Sampler, ns};
use crate::engine::table::Table;
use crate::engine::{Context, Reply};
use crate::metrics::{Inside, NodeSnapshot};
use crate::policies::sharding::{Sharder, Sharding};
use crate::words::{count_are, figure, rounded};
use backpressure_pack::Pack;
use serde_json::{Map, Value};

/// Keys whose shard is remembered. Others are taken to live where they belong.
const MOST_KEYS: usize = 1 << 20;
/// Stretch of time over which the busiest shard is found, ns.
const WINDOW_NS: u64 = 1_000_000_000;
/// A copy that failed is tried again after this long, ns.
const AGAIN_NS: u64 = 100_000_000;

params! {
    /// Parameters of a shard router.
    pub struct ShardRouterParams {
        /// How keys are spread over the shards.
        sharding: Sharding = Sharding::Hash {}, label "Sharding";
        /// Share of reads that do not say the shard key: every shard is asked, and the slowest decides.
        scatter_share: f64 = 0.0, label "Reads without shard key", range 0.0..=1.0;
        /// Time the router itself takes for a request.
        processing_time: Distribution = Distribution::Constant { mean_ms: 0.1 }, label "Processing time";
        /// Keys copied at once when shards are added or taken away: more is faster, and more load.
        copies_at_once: u32 = 8, label "Keys copied at once", unit "keys", range 1..=10_000;
        /// The last shard is taken into use only at this time of the run, to see what it moves. Off: from the beginning.
        last_joins_at_s: Option<f64> = None, label "Last shard joins at", unit "s", range 0.0..=31_536_000.0, advanced;
    }
}

/// See the module. In a call, `state` is the step it is at, `aux` the shards it waits for, or the shard it moves to. A key being copied
/// in the background is a call of the router's own, with the same steps.
#[derive(Clone, Debug, Pack)]
pub(crate) struct ShardRouter {
    sharding: Sharding,
    sharder: Sharder,
    /// Where each key lives, by the link.
    homes: Table<u32>,
    /// Keys that have to move, the next one last.
    moving: Vec<u64>,
    copying: u32,
    copies_at_once: u32,
    scatter_share: f64,
    processing: Sampler,
    chance: Stream,
    /// Requests to each shard in this window.
    asked: Vec<u32>,
    /// The same in the window before.
    asked_before: Vec<u32>,
    window_end: u64,
    levels: [i32; 3],
    /// When the last shard is taken into use, ns.
    joins_at: u64,
}

// Steps.
const ARRIVED: u32 = 0;
const FORWARDED: u32 = 1;
const GATHERING: u32 = 2;
const READING: u32 = 3;
const WRITING: u32 = 4;
/// As [`GATHERING`], and one of the shards has failed: its reason, above this.
const FAILED: u32 = 16;

// Timers: of a call, and of the router.
const PROCESSED: u8 = 0;
const AGAIN: u8 = 1;
const COPY: u8 = 0;
const JOIN: u8 = 1;

// Levels that are set, not counted, come first.
const MOVED: usize = 0;
const KNOWN: usize = 1;
const HOTTEST: usize = 2;
const TO_COPY: usize = 3;
const SCATTERED: usize = 4;
const PULLED: usize = 5;

const METRICS: &[Metric] = &[
    Metric {
        name: "keys_moved",
        label: "Keys moved",
        help: "Keys that got another shard when shards were last added or taken away.",
        of: MetricOf::Level,
    },
    Metric { name: "keys_known", label: "Keys known", help: "Keys seen before that.", of: MetricOf::Level },
    Metric {
        name: "hottest_shard_pct",
        label: "Hottest shard",
        help: "Requests to the busiest shard in the last second, in % of an even share.",
        of: MetricOf::Level,
    },
    Metric {
        name: "keys_to_copy",
        label: "Keys to copy",
        help: "Keys not yet on their new shard.",
        of: MetricOf::Level,
    },
    Metric { name: "scattered", label: "Scattered reads", help: "Reads that asked every shard.", of: MetricOf::Count },
    Metric {
        name: "slowed_by_moves",
        label: "Slowed by moves",
        help: "Requests whose key had to be fetched from its old shard first.",
        of: MetricOf::Count,
    },
];

fn says(node: &NodeSnapshot) -> Option<String> {
    let own = |metric: usize| node.own.get(metric).copied().unwrap_or_default();
    if own(TO_COPY).value > 0.0 {
        let (moved, known) = (own(MOVED).value, own(KNOWN).value.max(1.0));
        return Some(format!(
            "{} of {} keys move to another shard ({:.0} %). {} still to be copied: requests for them take three calls instead of one.",
            figure(moved),
            figure(known),
            100.0 * moved / known,
            count_are(rounded(own(TO_COPY).value), "key")
        ));
    }
    if own(HOTTEST).recent >= 150.0 {
        return Some(format!(
            "A hot shard: the busiest gets {} times its even share of the requests.",
            figure(own(HOTTEST).value / 100.0)
        ));
    }
    let scattered = own(SCATTERED).recent;
    (scattered > 0.0).then(|| {
        let theirs = scattered * node.made_of.as_ref().map_or(1.0, |made_of| made_of.many as f64);
        format!(
            "{} reads a second ask every shard and wait for the slowest: {} of the {} calls/s are theirs.",
            figure(scattered),
            figure(theirs),
            figure(node.rate_in_per_s - scattered + theirs)
        )
    })
}

fn joins_at(p: &ShardRouterParams) -> u64 {
    p.last_joins_at_s.map_or(0, |s| ns(s * 1000.0))
}

impl Component for ShardRouter {
    fn kind() -> Kind {
        Kind {
            name: "shard_router",
            label: "Shard router",
            group: Group::Data,
            summary: "Makes several databases one: each key lives on one of the shards behind it.",
            leaves_out: &[
                "Transactions over several shards.",
                "Writes that arrive while their key is being copied: they go to the new shard once it is there.",
                "The router's own limit: it handles any number of requests at once.",
            ],
            sources: &[
                "D. Karger et al., Consistent Hashing and Random Trees, STOC 1997",
                "M. Kleppmann, Designing Data-Intensive Applications, 2017, chapter 6",
                "Vitess and MongoDB manuals: sharding, scatter-gather queries, resharding",
            ],
            fields: Fields::new(ShardRouterParams::fields),
            metrics: METRICS,
            may_call: |kind| {
                let store = kind.group == Group::Data || kind.name == "load_balancer";
                (!store).then_some("the shards behind a shard router are stores.")
            },
            needs_callee: |_| Some("every request fails."),
            // A small machine.
            cost_usd_per_hour: |_| 0.05,
            says,
            check: ShardRouterParams::check,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = ShardRouterParams::read(params, &mut Reader::default());
        Self {
            sharding: p.sharding.clone(),
            sharder: Sharder::default(),
            homes: Table::default(),
            moving: Vec::new(),
            copying: 0,
            copies_at_once: p.copies_at_once,
            scatter_share: p.scatter_share,
            processing: cx.sampler(&p.processing_time, "processing"),
            chance: cx.stream("scatter"),
            asked: Vec::new(),
            asked_before: Vec::new(),
            window_end: 0,
            levels: [0; 3],
            joins_at: joins_at(&p),
        }
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = ShardRouterParams::read(params, &mut Reader::default());
        self.processing.set(&p.processing_time, cx.calendar());
        if changed {
            (self.copies_at_once, self.scatter_share) = (p.copies_at_once, p.scatter_share);
            self.joins_at = joins_at(&p);
            self.await_last(cx);
            if p.sharding != self.sharding {
                self.sharding = p.sharding;
                let shards = self.sharder.shards().to_vec();
                self.reshard(&shards, cx);
            }
        }
    }

    fn wire(&mut self, cx: &mut Context) {
        let mut shards: Vec<u32> = cx.downstream().iter().map(|d| d.link).collect();
        if cx.now() < self.joins_at && shards.len() > 1 {
            shards.pop();
        }
        if shards != self.sharder.shards() {
            self.reshard(&shards, cx);
        }
    }

    fn start(&mut self, cx: &mut Context) {
        self.await_last(cx);
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        cx.call_mut(call).state = ARRIVED;
        let time = self.processing.draw();
        cx.work(time, call, PROCESSED);
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        let key = cx.call(call).key;
        match tag {
            AGAIN => self.pull(call, key, cx),
            _ if cx.call(call).op == Op::Read && self.scatter_share > 0.0 && self.chance.chance(self.scatter_share) => {
                self.scatter(call, cx);
            }
            _ => self.route(call, key, cx),
        }
    }

    fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
        if tag == JOIN { self.wire(cx) } else { self.copy(cx) }
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        let (state, key) = (cx.call(call).state, cx.call(call).key);
        match (state, reply.outcome) {
            (FORWARDED | ARRIVED, outcome) => cx.reply(call, outcome),
            (READING | WRITING, Outcome::Failed(reason)) => self.pull_failed(call, reason, cx),
            (READING, _) => self.put(call, cx),
            (WRITING, _) => self.pulled(call, key, reply.link, cx),
            (_, outcome) => {
                let record = cx.call_mut(call);
                if let Outcome::Failed(reason) = outcome {
                    record.state = FAILED + reason as u32;
                }
                record.aux -= 1;
                if record.aux == 0 {
                    let reason = record.state.checked_sub(FAILED).and_then(|r| Reason::ALL.get(r as usize));
                    let outcome = reason.map_or(Outcome::Answered, |r| Outcome::Failed(*r));
                    cx.reply(call, outcome);
                }
            }
        }
    }

    fn made_of(&self, _is_up: &dyn Fn(u16) -> bool) -> Option<Inside> {
        let asked = self.asked_before.iter().map(|&n| u64::from(n));
        (asked.len() > 1).then(|| Inside::of_work(format!("{} shards", asked.len()), 10.0, asked))
    }
}

impl ShardRouter {
    /// Comes back when the last shard is to be taken into use.
    fn await_last(&self, cx: &mut Context) {
        if cx.now() < self.joins_at {
            cx.after_node(Delay::once(self.joins_at - cx.now()), JOIN);
        }
    }

    /// The shards, or how keys are spread over them, have changed.
    fn reshard(&mut self, shards: &[u32], cx: &mut Context) {
        let first = self.sharder.shards().is_empty();
        self.sharder.set(&self.sharding, shards);
        self.asked = vec![0; shards.len()];
        self.asked_before = self.asked.clone();
        for (_, home) in self.homes.iter() {
            self.sharder.settle(home);
        }
        cx.level(TO_COPY, -(self.moving.len() as i32));
        self.moving.clear();
        if first || shards.is_empty() {
            return;
        }
        for (key, home) in self.homes.iter() {
            if self.sharder.owner(key, Some(home)) != Some(home) {
                self.moving.push(key);
            }
        }
        cx.level(TO_COPY, self.moving.len() as i32);
        self.set_level(MOVED, self.moving.len() as i32, cx);
        self.set_level(KNOWN, self.homes.len() as i32, cx);
        cx.after_node(Delay::once(0), COPY);
    }

    fn set_level(&mut self, level: usize, value: i32, cx: &mut Context) {
        cx.level(level, value - self.levels[level]);
        self.levels[level] = value;
    }

    /// Sends a request to the shard of its key, which is fetched there first if it still lives elsewhere.
    fn route(&mut self, call: CallId, key: u64, cx: &mut Context) {
        let home = self.homes.get(key);
        let Some(owner) = self.sharder.owner(key, home) else {
            return cx.reply(call, Outcome::Failed(Reason::NoRoute));
        };
        match home {
            Some(home) if home != owner => {
                cx.count(PULLED, 1);
                return self.pull(call, key, cx);
            }
            None if self.homes.len() < MOST_KEYS => {
                self.homes.set(key, owner);
                self.sharder.settle(owner);
            }
            _ => {}
        }
        self.forward(call, owner, cx);
    }

    fn forward(&mut self, call: CallId, shard: u32, cx: &mut Context) {
        self.note(shard, cx);
        let record = cx.call_mut(call);
        record.state = FORWARDED;
        let op = record.op;
        if cx.send(call, shard, op, u16::MAX) == NONE {
            cx.reply(call, Outcome::Failed(Reason::Limit));
        }
    }

    /// Counts a request to a shard.
    fn note(&mut self, shard: u32, cx: &mut Context) {
        if cx.now() >= self.window_end {
            let (total, most) = self.asked.iter().fold((0, 0), |(sum, most), &a| (sum + u64::from(a), a.max(most)));
            let of_even = (100 * u64::from(most) * self.asked.len() as u64).checked_div(total).unwrap_or(0);
            self.set_level(HOTTEST, of_even as i32, cx);
            self.asked_before.copy_from_slice(&self.asked);
            self.asked.fill(0);
            self.window_end = cx.now() + WINDOW_NS;
        }
        if let Some(i) = self.sharder.place(shard) {
            self.asked[i] += 1;
        }
    }

    /// Asks every shard.
    fn scatter(&mut self, call: CallId, cx: &mut Context) {
        cx.count(SCATTERED, 1);
        let record = cx.call_mut(call);
        (record.state, record.aux) = (GATHERING, 0);
        for i in 0..self.sharder.shards().len() {
            let shard = self.sharder.shards()[i];
            self.note(shard, cx);
            let sent = cx.send(call, shard, Op::Read, u16::MAX) != NONE;
            cx.call_mut(call).aux += u32::from(sent);
        }
        if cx.call(call).aux == 0 {
            cx.reply(call, Outcome::Failed(Reason::NoRoute));
        }
    }

    /// Fetches a key from its old shard.
    fn pull(&mut self, call: CallId, key: u64, cx: &mut Context) {
        match self.homes.get(key).filter(|&home| self.sharder.place(home).is_some()) {
            Some(home) => {
                cx.call_mut(call).state = READING;
                if cx.send(call, home, Op::Read, u16::MAX) == NONE {
                    self.pull_failed(call, Reason::Limit, cx);
                }
            }
            None => self.put(call, cx),
        }
    }

    /// Writes a key to its new shard.
    fn put(&mut self, call: CallId, cx: &mut Context) {
        let key = cx.call(call).key;
        let owner = self.sharder.owner(key, self.homes.get(key));
        cx.call_mut(call).state = WRITING;
        let sent = owner.map_or(NONE, |owner| cx.send(call, owner, Op::Fill, u16::MAX));
        if sent == NONE {
            self.pull_failed(call, Reason::NoRoute, cx);
        }
    }

    /// A key is on its new shard.
    fn pulled(&mut self, call: CallId, key: u64, shard: u32, cx: &mut Context) {
        // Shards may have changed again meanwhile.
        if self.sharder.place(shard).is_some() && self.homes.get(key) != Some(shard) {
            self.homes.set(key, shard);
            self.sharder.settle(shard);
        }
        if cx.call(call).link == NONE {
            self.copied(call, cx);
        } else {
            self.route(call, key, cx);
        }
    }

    fn pull_failed(&mut self, call: CallId, reason: Reason, cx: &mut Context) {
        if cx.call(call).link != NONE {
            cx.reply(call, Outcome::Failed(reason));
        } else if self.sharder.shards().is_empty() {
            cx.finish(call);
            self.copying -= 1;
        } else {
            cx.after(Delay::once(AGAIN_NS), call, AGAIN);
        }
    }

    /// Copies the next keys in the background.
    fn copy(&mut self, cx: &mut Context) {
        while self.copying < self.copies_at_once
            && let Some(key) = self.moving.pop()
        {
            cx.level(TO_COPY, -1);
            let home = self.homes.get(key);
            if home == self.sharder.owner(key, home) {
                // A request has fetched it already.
                continue;
            }
            let job = cx.spawn_alone(Op::Read, key);
            if job == NONE {
                return;
            }
            self.copying += 1;
            self.pull(job, key, cx);
        }
    }

    /// A copy in the background is over.
    fn copied(&mut self, job: CallId, cx: &mut Context) {
        cx.finish(job);
        self.copying -= 1;
        self.copy(cx);
    }
}

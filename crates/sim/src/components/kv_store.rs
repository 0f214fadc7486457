//! A key–value store of the Dynamo kind: keys spread over partitions, each kept on several replicas.
//!
//! ```text
//!   write ─▶ partition's capacity ─▶ to all N replicas ─▶ answered when W have it; the rest get it later
//!   read  ─▶ partition's capacity ─▶ to all N replicas ─▶ answered with the newest of the first R answers
//! ```
//!
//! With R + W > N some replica is asked that has every committed write: reads are strong. Otherwise they are eventual,
//! and the share of stale ones is an outcome of the times that writes and reads take.

use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::design::{Distribution, Reader, Trouble, params};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::copies::Copies;
use crate::engine::rng::mix;
use crate::engine::sampler::Sampler;
use crate::engine::{Context, Facts};
use crate::metrics::{Inside, NodeSnapshot};
use crate::words::{count_are, figure, rounded};
use backpressure_pack::Pack;
use serde_json::{Map, Value};
use std::collections::VecDeque;

/// Most replicas of a key.
const MOST_REPLICAS: usize = 7;
/// Writes kept for a replica that is down; beyond, it is repaired from the others when it is back.
const MOST_HINTS: usize = 1 << 18;
/// Stretch of time over which the busiest partition is found, ns.
const WINDOW_NS: u64 = 1_000_000_000;

params! {
    /// Parameters of a key–value store.
    pub struct KvStoreParams check KvStoreParams::look_over {
        /// Parts that the keys are spread over, by their hash.
        partitions: u32 = 8, label "Partitions", range 1..=1024;
        /// Requests that a partition serves per second; what it did not use in the last second it may use at once. Those beyond fail with 429. Off: without limit.
        partition_rps: Option<f64> = Some(1000.0), label "Capacity per partition", unit "requests/s", range 0.1..=10_000_000.0;
        /// N: machines that keep each key. In a fault they are instances 0 to N − 1.
        replicas: u32 = 3, label "Replicas (N)", range 1..=7;
        /// W: replicas that must have a write before it is answered.
        write_quorum: u32 = 2, label "Write quorum (W)", range 1..=7;
        /// R: replicas whose answers a read waits for; the newest counts. R + W > N: reads see every committed write.
        read_quorum: u32 = 2, label "Read quorum (R)", range 1..=7;
        /// Time until a replica has a write.
        write_time: Distribution = Distribution::Exponential { mean_ms: 5.0 }, label "Write time";
        /// Time until a replica's answer to a read is there.
        read_time: Distribution = Distribution::Exponential { mean_ms: 2.0 }, label "Read time";
    }
}

impl KvStoreParams {
    /// No quorum is larger than the number of replicas.
    fn look_over(&mut self, reader: &mut Reader) {
        let replicas = self.replicas;
        for (name, quorum) in [("write_quorum", &mut self.write_quorum), ("read_quorum", &mut self.read_quorum)] {
            if *quorum > replicas {
                reader.at(name, |reader| {
                    reader.error(format!("`{name}` is {quorum}; accepted: at most `replicas`, which is {replicas}."));
                });
                *quorum = replicas;
            }
        }
    }
}

/// A partition's capacity, as a token bucket of one second (by its theoretical arrival time, ITU-T I.371), and how much is
/// asked of it.
#[derive(Clone, Copy, Debug, Default, Pack)]
struct Partition {
    due_ns: u64,
    asked: u32,
    /// Requests in the window before.
    asked_before: u32,
}

/// See the module. In a read, `state` is the newest version when it began, `version` the newest seen so far, and `aux` which
/// replicas were asked (low byte) and how many answers are awaited. A write is a piece of background work beside the call that
/// asked for it: there `state` is that call, and `aux` its generation, how many replicas have the write and how many it is
/// still on its way to.
#[derive(Clone, Debug, Pack)]
pub(crate) struct KvStore {
    n: u32,
    r: u32,
    w: u32,
    partitions: Vec<Partition>,
    /// Time a request takes of its partition's capacity, ns; 0 without limit.
    share_ns: u64,
    read: Sampler,
    write: Sampler,
    copies: Copies,
    /// By replica: writes kept for it while it is down, and when the first of them will be there.
    hints: Vec<VecDeque<(u64, u32)>>,
    hint_due: Vec<Option<u64>>,
    window_end: u64,
    hottest_pct: i32,
}

// In `aux` of a write: generation of the call (24 bits), replicas that have it (4), replicas it is on its way to (4).
const HAVE: u32 = 1 << 24;
const COMING: u32 = 1 << 28;
/// In `aux` of a read.
const AWAITED: u32 = 1 << 8;

/// Timer of a call; those below carry the number of a replica.
const FILLED: u8 = 16;

const HINTS: usize = 0;
const CONVERGENCE: usize = 1;
const HOTTEST: usize = 2;
const METRICS: &[Metric] = &[
    Metric { name: "hints", label: "Hints", help: "Writes kept for replicas that are down.", of: MetricOf::Level },
    Metric {
        name: "convergence_ms",
        label: "Convergence",
        help: "Time from a write until every replica that is up has it.",
        of: MetricOf::Span,
    },
    Metric {
        name: "hottest_partition_pct",
        label: "Hottest partition",
        help: "Share of the last second's requests that the busiest partition got.",
        of: MetricOf::Level,
    },
];

fn says(node: &NodeSnapshot) -> Option<String> {
    let (hints, hottest) = (node.own.first()?, node.own.get(HOTTEST)?);
    if node.failed_per_s > 0.0 && hottest.value > 0.0 && node.failed.iter().any(|(reason, _)| reason == "rate_limited")
    {
        return Some(format!(
            "A hot partition gets {:.0} % of the requests, more than its share of the capacity: {} a second fail.",
            hottest.value,
            figure(node.failed_per_s)
        ));
    }
    if hints.value > 0.0 {
        return Some(format!(
            "A replica is down or catching up: {} kept for it.",
            count_are(rounded(hints.value), "write")
        ));
    }
    (node.stale_per_s > 0.0).then(|| {
        format!(
            "{} stale reads a second: R + W is no more than N, so a read may miss every replica that has the newest write.",
            figure(node.stale_per_s)
        )
    })
}

/// Provisioned capacity of the large public clouds: about 0.0002 USD an hour for a request a second, kept three times.
fn cost(params: &Map<String, Value>) -> f64 {
    let p = read_params(params);
    f64::from(p.partitions) * p.partition_rps.unwrap_or(1000.0) * 0.0002 * f64::from(p.replicas) / 3.0
}

fn read_params(params: &Map<String, Value>) -> KvStoreParams {
    KvStoreParams::read(params, &mut Reader::default())
}

impl Component for KvStore {
    fn kind() -> Kind {
        Kind {
            name: "kv_store",
            label: "Key–value store",
            group: Group::Data,
            summary: "Keeps values by key on several replicas; a quorum of them decides what is written and what is read.",
            leaves_out: &[
                "Read repair and anti-entropy: a replica gets a write from its coordinator, or as a hint when it is back.",
                "Conflicting writes: the later version wins everywhere.",
                "What a machine can do beside the capacity of its partitions: any number of requests run at once.",
                "Strong reads that cost twice as much as eventual ones.",
            ],
            sources: &[
                "G. DeCandia et al., Dynamo: Amazon's Highly Available Key-value Store, SOSP 2007",
                "P. Bailis et al., Probabilistically Bounded Staleness for Practical Partial Quorums, VLDB 2012",
                "Amazon DynamoDB Developer Guide: partitions, burst capacity, throttling",
            ],
            makes_calls: false,
            fields: Fields::new(KvStoreParams::fields),
            metrics: METRICS,
            cost_usd_per_hour: cost,
            faults: &["disk_full"],
            says,
            check: KvStoreParams::check,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = read_params(params);
        let mut store = Self {
            n: 0,
            r: 0,
            w: 0,
            partitions: Vec::new(),
            share_ns: 0,
            read: cx.sampler(&p.read_time, "read"),
            write: cx.sampler(&p.write_time, "write"),
            copies: Copies::default(),
            hints: vec![VecDeque::new(); MOST_REPLICAS],
            hint_due: vec![None; MOST_REPLICAS],
            window_end: 0,
            hottest_pct: 0,
        };
        store.copies.grow(MOST_REPLICAS);
        store.take(&p, cx);
        store
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = read_params(params);
        self.read.set(&p.read_time, cx.calendar());
        self.write.set(&p.write_time, cx.calendar());
        if changed {
            self.take(&p, cx);
        }
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let record = cx.call_mut(call);
        // A coordinator, not a replica: it does not die with the replica of a balancer's number.
        record.instance = u16::MAX;
        let (op, key) = (record.op, record.key);
        if !self.admit(key, cx) {
            return cx.reply(call, Outcome::Failed(Reason::RateLimited));
        }
        match op {
            Op::Read => self.begin_read(call, cx),
            Op::Write if cx.disk_is_full() => cx.reply(call, Outcome::Failed(Reason::DiskFull)),
            Op::Write => self.begin_write(call, cx),
            // Nothing that changes what is true.
            Op::Fill | Op::Invalidate | Op::Probe => {
                let time = self.write.draw();
                cx.work(time, call, FILLED);
            }
        }
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        match tag {
            FILLED => cx.reply(call, Outcome::Answered),
            replica if cx.call(call).link == NONE => self.written(call, replica, cx),
            replica => self.answered(call, replica, cx),
        }
    }

    fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
        let replica = usize::from(tag);
        if self.hint_due[replica] != Some(cx.now()) {
            return;
        }
        self.hint_due[replica] = None;
        if let Some((key, version)) = self.hints[replica].pop_front() {
            cx.level(HINTS, -1);
            self.copies.arrive(replica, key, version);
            // It may be one that had failed for want of a quorum: now that everybody has it, it is the truth.
            self.copies.commit(key, version, cx);
        }
        self.send_hint(replica, cx);
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        if matches!(trouble, Trouble::Crash { .. }) {
            for replica in 0..MOST_REPLICAS {
                if begins && !cx.is_up(replica as u16) {
                    self.hint_due[replica] = None;
                } else {
                    self.send_hint(replica, cx);
                }
            }
        }
    }

    fn made_of(&self, is_up: &dyn Fn(u16) -> bool) -> Option<Inside> {
        let down = (0..self.n).filter(|&replica| !is_up(replica as u16)).count();
        let caption = match down {
            0 => format!("{} partitions", self.partitions.len()),
            _ => format!("{down} of {} replicas down", self.n),
        };
        Some(Inside::of_work(caption, 10.0, self.partitions.iter().map(|p| u64::from(p.asked_before))))
    }
}

/// Answers a call on which replicas have worked ever since it came.
fn finish(call: CallId, cx: &mut Context) {
    let since = cx.call(call).arrived;
    cx.book_work(call, since, cx.now() - since);
    cx.reply(call, Outcome::Answered);
}

impl KvStore {
    fn take(&mut self, p: &KvStoreParams, cx: &mut Context) {
        cx.declare(Facts { routes: true, ..Facts::default() });
        (self.n, self.r, self.w) = (p.replicas, p.read_quorum, p.write_quorum);
        self.share_ns = p.partition_rps.map_or(0, |rps| (1e9 / rps) as u64);
        self.partitions.resize(p.partitions as usize, Partition::default());
        // Machines taken away, and those that come anew, hold nothing that is behind.
        for replica in self.n as usize..MOST_REPLICAS {
            self.copies.renew(replica);
            cx.level(HINTS, -(self.hints[replica].len() as i32));
            self.hints[replica].clear();
            self.hint_due[replica] = None;
        }
    }

    /// Is there capacity left for a request about this key?
    fn admit(&mut self, key: u64, cx: &mut Context) -> bool {
        let now = cx.now();
        if now >= self.window_end {
            self.look_for_the_hottest(cx);
            self.window_end = now + WINDOW_NS;
        }
        let place = (mix(key) % self.partitions.len() as u64) as usize;
        let partition = &mut self.partitions[place];
        partition.asked += 1;
        if self.share_ns == 0 {
            return true;
        }
        let due_ns = partition.due_ns.max(now) + self.share_ns;
        let admitted = due_ns - now <= WINDOW_NS.max(self.share_ns);
        if admitted {
            partition.due_ns = due_ns;
        }
        admitted
    }

    fn look_for_the_hottest(&mut self, cx: &mut Context) {
        let total: u64 = self.partitions.iter().map(|p| u64::from(p.asked)).sum();
        let most = self.partitions.iter().map(|p| u64::from(p.asked)).max().unwrap_or(0);
        let percent = (100 * most + total / 2).checked_div(total).unwrap_or(0) as i32;
        cx.level(HOTTEST, percent - self.hottest_pct);
        self.hottest_pct = percent;
        self.partitions.iter_mut().for_each(|p| p.asked_before = std::mem::take(&mut p.asked));
    }

    fn up(&self, cx: &Context) -> impl Iterator<Item = u32> + use<> {
        let up = (0..self.n).filter(|&i| cx.is_up(i as u16)).fold(0u32, |mask, i| mask | 1 << i);
        (0..MOST_REPLICAS as u32).filter(move |i| up & (1 << i) != 0)
    }

    /// Asks every replica; the first R answers count.
    fn begin_read(&mut self, call: CallId, cx: &mut Context) {
        let newest = cx.newest(cx.call(call).key);
        let record = cx.call_mut(call);
        (record.state, record.aux, record.version) = (newest, self.r * AWAITED, 0);
        let mut times = [(u64::MAX, 0u32); MOST_REPLICAS];
        let mut up = 0;
        for replica in self.up(cx) {
            times[up] = (self.draw(true, replica, cx), replica);
            up += 1;
        }
        if up < self.r as usize {
            return cx.reply(call, Outcome::Failed(Reason::Refused));
        }
        for _ in 0..self.r {
            let Some(next) = (0..up).min_by_key(|&i| times[i]) else { break };
            let (ns, replica) = std::mem::replace(&mut times[next], (u64::MAX, 0));
            self.ask(call, replica, ns, cx);
        }
    }

    fn ask(&mut self, call: CallId, replica: u32, ns: u64, cx: &mut Context) {
        cx.call_mut(call).aux |= 1 << replica;
        cx.after(Delay::once(ns), call, replica as u8);
    }

    fn draw(&mut self, read: bool, replica: u32, cx: &Context) -> u64 {
        let time = if read { self.read.draw() } else { self.write.draw() };
        (time.ns as f64 * cx.slowness(replica as u16)) as u64
    }

    /// A replica's answer to a read is there.
    fn answered(&mut self, call: CallId, replica: u8, cx: &mut Context) {
        let key = cx.call(call).key;
        if !cx.is_up(u16::from(replica)) {
            // It died meanwhile: another is asked instead.
            let asked = cx.call(call).aux;
            match self.up(cx).find(|i| asked & (1 << i) == 0) {
                Some(other) => {
                    let ns = self.draw(true, other, cx);
                    self.ask(call, other, ns, cx);
                }
                None => {
                    cx.void_timers(call);
                    cx.reply(call, Outcome::Failed(Reason::Refused));
                }
            }
            return;
        }
        let held = self.copies.held(usize::from(replica), key, cx);
        let record = cx.call_mut(call);
        record.version = record.version.max(held);
        record.aux -= AWAITED;
        if record.aux < AWAITED {
            let (version, newest) = (record.version, record.state);
            cx.serve_version_as_of(call, version, newest);
            finish(call, cx);
        }
    }

    /// Sends a write to every replica; what is down gets it later.
    fn begin_write(&mut self, call: CallId, cx: &mut Context) {
        let c = *cx.call(call);
        let up = self.up(cx).fold(0u32, |mask, i| mask | 1 << i);
        if up.count_ones() < self.w {
            return cx.reply(call, Outcome::Failed(Reason::Refused));
        }
        let work = cx.spawn(call);
        if work == NONE {
            return cx.reply(call, Outcome::Failed(Reason::Limit));
        }
        let before = self.copies.latest(c.key, cx);
        let version = if c.version == 0 { self.copies.begin(c.key, cx) } else { c.version };
        let record = cx.call_mut(work);
        (record.state, record.aux, record.version) = (call, c.generation + up.count_ones() * COMING, version);
        for replica in 0..self.n {
            self.copies.expect(replica as usize, c.key, before);
            if up & (1 << replica) == 0 {
                self.keep_hint(replica as usize, c.key, version, cx);
            } else {
                let ns = self.draw(false, replica, cx);
                cx.after(Delay::once(ns), work, replica as u8);
            }
        }
    }

    /// A write has reached a replica.
    fn written(&mut self, work: CallId, replica: u8, cx: &mut Context) {
        let record = cx.call_mut(work);
        record.aux -= COMING;
        let (key, version, caller) = (record.key, record.version, record.state);
        if cx.is_up(u16::from(replica)) {
            cx.call_mut(work).aux += HAVE;
            self.copies.arrive(usize::from(replica), key, version);
        } else {
            self.keep_hint(usize::from(replica), key, version, cx);
        }
        let aux = cx.call(work).aux;
        let (have, coming, generation) = (aux / HAVE % (COMING / HAVE), aux / COMING, aux % HAVE);
        let waits = caller != NONE && cx.calls().of_event(caller, generation).is_some();
        if have >= self.w.min(self.n) {
            self.copies.commit(key, version, cx);
            if waits {
                cx.call_mut(caller).version = version;
                finish(caller, cx);
                self.forget_caller(work, cx);
            }
        } else if have + coming < self.w && waits {
            cx.reply(caller, Outcome::Failed(Reason::Refused));
            self.forget_caller(work, cx);
        }
        if coming == 0 {
            cx.span(CONVERGENCE, cx.now() - cx.call(work).arrived);
            cx.finish(work);
        }
    }

    /// The call that asked for a write has its answer.
    fn forget_caller(&mut self, work: CallId, cx: &mut Context) {
        let record = cx.call_mut(work);
        // No call has this number.
        record.state = NONE;
    }

    fn keep_hint(&mut self, replica: usize, key: u64, version: u32, cx: &mut Context) {
        self.hints[replica].push_back((key, version));
        cx.level(HINTS, 1);
        if self.hints[replica].len() > MOST_HINTS {
            cx.level(HINTS, -(self.hints[replica].len() as i32));
            self.hints[replica].clear();
            self.copies.renew(replica);
        }
    }

    /// A replica that is back gets what was kept for it, one write after the other.
    fn send_hint(&mut self, replica: usize, cx: &mut Context) {
        if self.hints[replica].is_empty() || self.hint_due[replica].is_some() || !cx.is_up(replica as u16) {
            return;
        }
        let ns = self.draw(false, replica as u32, cx);
        self.hint_due[replica] = Some(cx.now() + ns);
        cx.after_node(Delay::once(ns), replica as u8);
    }
}

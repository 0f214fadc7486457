//! An event stream of the Kafka class: a log in partitions that is kept, and read by any number of consumer groups, each at its own pace.
//!
//! ```text
//!   append ─▶ partition of the key ─▶ [ … records, kept for a while … ]
//!                                        ▲            ▲
//!                           group A ─ offset     group B ─ offset        a link is a group; its instances share the partitions
//! ```
//!
//! Within a partition a group reads in order, a record (or a few) at a time, so the events of one key are handled in order. When
//! the members of a group change, nothing is read until the partitions are shared out anew.

use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::design::{Distribution, Reader, params};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::rng::mix;
use crate::engine::sampler::{Sampler, ns};
use crate::engine::{Context, Reply};
use crate::metrics::{Health, Inside, NodeSnapshot};
use crate::words::figure;
use backpressure_pack::Pack;
use serde_json::{Map, Value};
use std::collections::VecDeque;

params! {
    /// Parameters of an event stream.
    pub struct EventStreamParams {
        /// Time until the producer hears that its event is kept; waiting for all replicas takes longer.
        append_time: Distribution = Distribution::Constant { mean_ms: 2.0 }, label "Append time";
        /// Partitions of the log. Events with the same key go to the same one; a group reads them in parallel, one member each at most.
        partitions: u32 = 8, label "Partitions", range 1..=256;
        /// Events kept in each partition; the oldest fall out, read or not.
        retention: u32 = 20_000, label "Kept per partition", unit "events", range 1..=200_000;
        /// Events of a partition that a group handles at once. Above 1 the order within a key is no longer kept.
        in_flight: u32 = 1, label "At once per partition", unit "events", range 1..=1000;
        /// Nothing is read for this long when the members of a group change.
        rebalance_ms: f64 = 3000.0, label "Rebalance takes", unit "ms", range 0.0..=600_000.0;
        /// A member that has not handled its event after this long is taken for dead, and another gets its partitions.
        member_timeout_ms: f64 = 10_000.0, label "Member timeout", unit "ms", range 1.0..=3_600_000.0;
        /// How often an event that fails is tried again before it is skipped; meanwhile its partition stands still.
        retries: u32 = 3, label "Retries", range 0..=100;
    }
}

/// One event of the log.
#[derive(Clone, Copy, Debug, Pack)]
struct Record {
    key: u64,
    born: u64,
    request: u32,
    version: u32,
    endpoint: u16,
    op: Op,
    flags: u8,
}

#[derive(Clone, Debug, Default, Pack)]
struct Partition {
    /// Offset of the oldest record kept.
    first: u64,
    records: VecDeque<Record>,
}

/// How far a group has come in one partition.
#[derive(Clone, Copy, Debug, Default, Pack)]
struct Place {
    next: u64,
    out: u32,
    /// How often the partition was moved on to another member because its reader was gone.
    moved: u16,
}

#[derive(Clone, Debug, Pack)]
struct ConsumerGroup {
    link: u32,
    members: u16,
    /// Nothing is read before this instant, ns.
    paused_until: u64,
    places: Vec<Place>,
}

/// See the module. An event being handled is a piece of background work; `state` is its partition and how often it was tried
/// again, `aux` the link of the group that handles it.
#[derive(Clone, Debug, Pack)]
pub(crate) struct EventStream {
    append: Sampler,
    partitions: Vec<Partition>,
    groups: Vec<ConsumerGroup>,
    retention: usize,
    in_flight: u32,
    rebalance_ns: u64,
    retries: u32,
    member_timeout: Delay,
    /// The lag as it was last shown, as a queue.
    lag: u32,
}

const APPENDED: u8 = 0;
/// An event goes to the next member once the partitions are shared out anew.
const ELSEWHERE: u8 = 1;
/// From here on: the member has had its time for the try of this number.
const OVERDUE: u8 = 8;
const RESUME: u8 = 0;
/// One more try, in `state`; below it the partition.
const TRY: u32 = 1 << 16;

const CONSUMED: usize = 0;
const SKIPPED: usize = 1;
const RETRIED: usize = 2;
const LOST: usize = 3;
const REBALANCES: usize = 4;
const LAG: usize = 5;
const WORST: usize = 6;
const AGE: usize = 7;

/// Events not yet handled from which consumers count as behind.
const BEHIND: f64 = 50.0;

const METRICS: &[Metric] = &[
    Metric { name: "consumed", label: "Handled", help: "Events handled, over all groups.", of: MetricOf::Count },
    Metric { name: "skipped", label: "Skipped", help: "Events that failed too often.", of: MetricOf::Count },
    Metric { name: "event_retries", label: "Tried again", help: "Events tried again.", of: MetricOf::Count },
    Metric {
        name: "lost_to_retention",
        label: "Lost unread",
        help: "Events that fell out of the log before a group had read them.",
        of: MetricOf::Count,
    },
    Metric {
        name: "rebalances",
        label: "Rebalances",
        help: "Times the members of a group changed.",
        of: MetricOf::Count,
    },
    Metric {
        name: "lag",
        label: "Lag",
        help: "Events not yet handled, over all groups and partitions.",
        of: MetricOf::Level,
    },
    Metric {
        name: "lag_worst_partition",
        label: "Lag, worst partition",
        help: "Events not yet handled in the partition that is furthest behind.",
        of: MetricOf::Level,
    },
    Metric { name: "age_ms", label: "Time to handled", help: "From appending to handled.", of: MetricOf::Span },
];

/// Events that have fallen out of the log are lost; consumers far behind do not keep up.
fn ails(node: &NodeSnapshot) -> Option<Health> {
    let (lost, lag) = (node.own.get(LOST)?.recent, node.own.get(LAG)?.value);
    (lost > 0.0).then_some(Health::Failing).or((lag >= BEHIND).then_some(Health::Saturated))
}

fn says(node: &NodeSnapshot) -> Option<String> {
    let (lag, worst) = (node.own.get(LAG)?.value, node.own.get(WORST)?.value);
    if node.own.get(LOST)?.recent > 0.0 {
        return Some(format!(
            "{} events/s fall out of the log before a group has read them.",
            figure(node.own[LOST].recent)
        ));
    }
    if lag < BEHIND {
        return None;
    }
    Some(if worst > 0.5 * lag {
        format!(
            "The lag is {} events, {} of them in one partition: its keys are hot, and a partition has one reader.",
            figure(lag),
            figure(worst)
        )
    } else {
        format!("The consumers are {} events behind.", figure(lag))
    })
}

impl Component for EventStream {
    fn kind() -> Kind {
        Kind {
            name: "event_stream",
            label: "Event stream",
            group: Group::Messaging,
            summary: "A log that is kept: every group of consumers reads all of it, in order within a key, at its own pace.",
            leaves_out: &[
                "Batches: events are handed over one by one. A member that comes back gets partitions again at the next change of the group.",
                "Compaction and transactions. Brokers and their replicas are one component; a crash loses nothing that was appended.",
            ],
            sources: &["Kreps, Narkhede & Rao, Kafka, NetDB 2011; Apache Kafka documentation: consumer groups"],
            fields: Fields::new(EventStreamParams::fields),
            metrics: METRICS,
            cost_usd_per_hour: |params| {
                let p = EventStreamParams::read(params, &mut Reader::default());
                0.30 + 0.0015 * f64::from(p.partitions)
            },
            faults: &["disk_full"],
            says,
            ails,
            check: EventStreamParams::check,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = EventStreamParams::read(params, &mut Reader::default());
        Self {
            append: cx.sampler(&p.append_time, "append"),
            partitions: vec![Partition::default(); p.partitions as usize],
            groups: Vec::new(),
            retention: p.retention as usize,
            in_flight: p.in_flight,
            rebalance_ns: ns(p.rebalance_ms),
            retries: p.retries,
            member_timeout: cx.calendar().constant(ns(p.member_timeout_ms)),
            lag: 0,
        }
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = EventStreamParams::read(params, &mut Reader::default());
        self.append.set(&p.append_time, cx.calendar());
        self.member_timeout = cx.calendar().constant(ns(p.member_timeout_ms));
        if !changed {
            return;
        }
        (self.retention, self.in_flight) = (p.retention as usize, p.in_flight);
        (self.rebalance_ns, self.retries) = (ns(p.rebalance_ms), p.retries);
        // As in reality partitions can be added, not taken away: what is in the others stays where it is.
        let wanted = self.partitions.len().max(p.partitions as usize);
        if wanted > self.partitions.len() {
            self.partitions.resize(wanted, Partition::default());
            for group in &mut self.groups {
                group.places.resize(wanted, Place::default());
            }
        }
    }

    fn wire(&mut self, cx: &mut Context) {
        let downstream = cx.downstream();
        self.groups.retain(|g| downstream.iter().any(|d| d.link == g.link));
        let now = cx.now();
        for d in downstream {
            match self.groups.iter_mut().find(|g| g.link == d.link) {
                Some(group) if group.members == d.instances => {}
                Some(group) => {
                    group.members = d.instances;
                    group.places.iter_mut().for_each(|p| p.moved = 0);
                    group.pause(self.rebalance_ns, cx);
                }
                None => {
                    // A new group starts with what is appended from now on.
                    let places = self.partitions.iter().map(|p| Place { next: p.end(), ..Place::default() });
                    let places = places.collect();
                    self.groups.push(ConsumerGroup { link: d.link, members: d.instances, paused_until: now, places });
                }
            }
        }
        self.note_lag(cx);
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let time = self.append.draw();
        cx.work(time, call, APPENDED);
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        if tag == ELSEWHERE {
            return self.elsewhere(call, cx);
        }
        if tag >= OVERDUE {
            return self.overdue(call, u32::from(tag - OVERDUE), cx);
        }
        // Consumers go on reading what is kept.
        if cx.disk_is_full() {
            return cx.reply(call, Outcome::Failed(Reason::DiskFull));
        }
        let c = *cx.call(call);
        let p = (mix(c.key) % self.partitions.len() as u64) as usize;
        let record = Record {
            key: c.key,
            born: cx.now(),
            request: c.request,
            version: c.version,
            endpoint: c.endpoint,
            op: if c.op == Op::Read { Op::Read } else { Op::Write },
            flags: cx.marks(call),
        };
        self.partitions[p].records.push_back(record);
        if self.partitions[p].records.len() > self.retention {
            self.drop_oldest(p, cx);
        }
        cx.reply(call, Outcome::Answered);
        for g in 0..self.groups.len() {
            self.read(g, p, cx);
        }
        self.note_lag(cx);
    }

    fn on_node_timer(&mut self, _tag: u8, cx: &mut Context) {
        for g in 0..self.groups.len() {
            for p in 0..self.partitions.len() {
                self.read(g, p, cx);
            }
        }
    }

    fn on_reply(&mut self, event: CallId, reply: Reply, cx: &mut Context) {
        let (p, tries) = ((cx.call(event).state % TRY) as usize, cx.call(event).state / TRY);
        let age = cx.now() - cx.call(event).arrived;
        let Some(g) = self.groups.iter().position(|g| g.link == reply.link) else {
            return cx.finish(event);
        };
        if reply.outcome.is_ok() {
            cx.count(CONSUMED, 1);
            cx.span(AGE, age);
        } else if tries < self.retries {
            cx.count(RETRIED, 1);
            cx.call_mut(event).state += TRY;
            if is_gone(reply.outcome) {
                // The reader is gone: the others share its partitions out.
                return self.share_out_anew(g, event, cx);
            }
            if self.hand(event, g, cx) {
                return;
            }
        } else {
            cx.count(SKIPPED, 1);
        }
        cx.finish(event);
        self.groups[g].places[p].out -= 1;
        self.read(g, p, cx);
        self.note_lag(cx);
    }

    fn made_of(&self, _is_up: &dyn Fn(u16) -> bool) -> Option<Inside> {
        let caption = format!("lag, {} partitions", self.partitions.len());
        Some(Inside::of_work(caption, 50.0, (0..self.partitions.len()).map(|p| self.lag_of(p))))
    }
}

impl Partition {
    /// Offset of the record to come.
    fn end(&self) -> u64 {
        self.first + self.records.len() as u64
    }
}

impl ConsumerGroup {
    /// Nothing is read while the partitions are shared out anew.
    fn pause(&mut self, for_ns: u64, cx: &mut Context) {
        let now = cx.now();
        if self.paused_until <= now {
            cx.count(REBALANCES, 1);
        }
        self.paused_until = now.saturating_add(for_ns);
        cx.after_node(Delay::once(for_ns), RESUME);
    }
}

fn is_gone(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Failed(Reason::Refused | Reason::Crashed | Reason::Lost | Reason::Timeout))
}

impl EventStream {
    /// Sends an event whose reader was gone to the one that has its partition now.
    fn elsewhere(&mut self, event: CallId, cx: &mut Context) {
        let p = (cx.call(event).state % TRY) as usize;
        let link = cx.call(event).aux;
        let Some(g) = self.groups.iter().position(|g| g.link == link) else {
            return cx.finish(event);
        };
        if !self.hand(event, g, cx) {
            cx.finish(event);
            self.groups[g].places[p].out -= 1;
        }
    }

    /// Hands an event to the member that has its partition. False at the bound on calls in flight.
    fn hand(&mut self, event: CallId, g: usize, cx: &mut Context) -> bool {
        let (state, op) = (cx.call(event).state, cx.call(event).op);
        let member = self.member(g, (state % TRY) as usize);
        if state / TRY > 0 {
            cx.call_mut(event).mark_again();
        }
        let delivery = cx.send(event, self.groups[g].link, op, member);
        if delivery == NONE {
            return false;
        }
        // Remembered where a client's number would stand: an event has no client.
        cx.call_mut(event).client = delivery;
        let timeout = self.member_timeout;
        cx.after(timeout, event, OVERDUE + (state / TRY) as u8);
        true
    }

    /// The member has not answered in its time: it is taken for dead.
    fn overdue(&mut self, event: CallId, tries: u32, cx: &mut Context) {
        let (state, link) = (cx.call(event).state, cx.call(event).aux);
        let group = self.groups.iter().position(|g| g.link == link);
        let Some(g) = group.filter(|_| state / TRY == tries && cx.call(event).client != NONE) else {
            return;
        };
        if tries >= self.retries {
            return;
        }
        let delivery = cx.call(event).client;
        cx.abandon(delivery);
        cx.count(RETRIED, 1);
        cx.call_mut(event).state += TRY;
        self.share_out_anew(g, event, cx);
    }

    /// The reader of an event is gone: the others share its partitions out, and the event waits for that.
    fn share_out_anew(&mut self, g: usize, event: CallId, cx: &mut Context) {
        let p = (cx.call(event).state % TRY) as usize;
        cx.call_mut(event).client = NONE;
        self.groups[g].places[p].moved += 1;
        self.groups[g].pause(self.rebalance_ns, cx);
        cx.after(Delay::once(self.rebalance_ns), event, ELSEWHERE);
    }

    /// The member of a group that reads a partition.
    fn member(&self, g: usize, p: usize) -> u16 {
        let group = &self.groups[g];
        ((p + usize::from(group.places[p].moved)) % usize::from(group.members.max(1))) as u16
    }

    /// Hands a group the next events of a partition, as many as it may have at once.
    fn read(&mut self, g: usize, p: usize, cx: &mut Context) {
        if self.groups[g].paused_until > cx.now() {
            return;
        }
        let link = self.groups[g].link;
        loop {
            let (place, partition) = (&mut self.groups[g].places[p], &self.partitions[p]);
            if place.out >= self.in_flight || place.next >= partition.end() {
                return;
            }
            let record = partition.records[(place.next - partition.first) as usize];
            let event = cx.spawn_alone(record.op, record.key);
            if event == NONE {
                return;
            }
            place.next += 1;
            cx.relate(event, record.request, record.endpoint, record.version, record.flags, record.born);
            let call = cx.call_mut(event);
            (call.state, call.aux) = (p as u32, link);
            if !cx.carries(link, event, record.op) {
                cx.finish(event);
            } else if self.hand(event, g, cx) {
                self.groups[g].places[p].out += 1;
            } else {
                cx.finish(event);
                self.groups[g].places[p].next -= 1;
                return;
            }
        }
    }

    fn drop_oldest(&mut self, p: usize, cx: &mut Context) {
        let partition = &mut self.partitions[p];
        partition.records.pop_front();
        partition.first += 1;
        for group in &mut self.groups {
            let place = &mut group.places[p];
            if place.next < partition.first {
                place.next = partition.first;
                cx.count(LOST, 1);
            }
        }
    }

    /// Events that the slowest group has yet to handle, of a partition.
    fn lag_of(&self, partition: usize) -> u64 {
        let end = self.partitions.get(partition).map_or(0, Partition::end);
        let behind = |place: &Place| end - place.next + u64::from(place.out);
        self.groups.iter().filter_map(|group| group.places.get(partition)).map(behind).max().unwrap_or(0)
    }

    fn note_lag(&mut self, cx: &mut Context) {
        let (mut lag, mut worst) = (0u64, 0u64);
        for group in &self.groups {
            for (place, partition) in group.places.iter().zip(&self.partitions) {
                let behind = partition.end() - place.next + u64::from(place.out);
                lag += behind;
                worst = worst.max(behind);
            }
        }
        let shown = |n: u64| n.min(u64::from(u32::MAX)) as u32;
        // Every card has a figure for what waits: here it is what is not yet handled.
        let before = std::mem::replace(&mut self.lag, shown(lag));
        cx.waits(self.lag.wrapping_sub(before) as i32);
        cx.set_level(LAG, shown(lag));
        cx.set_level(WORST, shown(worst));
    }
}

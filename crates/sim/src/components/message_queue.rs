//! A message queue of the RabbitMQ class: publishers hear at once that a message is kept; consumers get it, and say when it is done.
//!
//! ```text
//!   publish ─▶ broker's time ─▶ [ready, by priority] ──delivery (prefetch)──▶ consumer ──acknowledgement──▶ gone
//!      ◀─ confirm ──┘               ▲        └─too old, too often─▶ dead-letter queue (a link to another queue)
//!                                   └──────── refused, lost, or not acknowledged in time ────────┘
//! ```
//!
//! A message is a piece of background work. In it, `state` holds how often it was delivered, how many deliveries are out
//! and whether it is done; a delivery is a call that it makes.

use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::analysis::guards::ms;
use crate::design::{Distribution, Reader, Trouble, choice, params};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::line::Line;
use crate::engine::sampler::{Sampler, ns};
use crate::engine::{Context, Facts, Reply};
use crate::metrics::NodeSnapshot;
use crate::words::{count, figure, per_s_are};
use backpressure_pack::Pack;
use serde_json::{Map, Value};

choice! {
    /// What happens to messages beyond the longest the queue may get.
    pub enum QueueOverflow {
        /// The publisher is refused, and knows it.
        Reject = "reject", "Refuse the newest";
        /// The oldest message is dropped, or dead-lettered, and the publisher never learns.
        DropHead = "drop_head", "Drop the oldest";
    }
}

params! {
    /// Parameters of a message queue.
    pub struct MessageQueueParams {
        /// Time until the publisher hears that its message is kept.
        publish_time: Distribution = Distribution::Constant { mean_ms: 0.5 }, label "Publish time";
        /// Messages that a consumer may have without having acknowledged them, for each of its task slots. 1 spreads work evenly; more keeps consumers busy over slow links.
        prefetch: u32 = 1, label "Prefetch", unit "per slot", range 1..=65_535;
        /// Messages that may wait.
        max_length: u32 = 100_000, label "Longest queue", unit "messages", range 1..=1_000_000;
        /// What happens beyond.
        on_overflow: QueueOverflow = QueueOverflow::Reject, label "When it is full";
        /// A message not acknowledged after this long is delivered again, though the first consumer may still be at it: at least once, possibly twice. Off: only when the consumer fails.
        ack_timeout_ms: Option<f64> = None, label "Acknowledge within", unit "ms", range 1.0..=86_400_000.0;
        /// Deliveries after which a message goes to the dead-letter queue (a link to another message queue), or is dropped.
        max_deliveries: u32 = 5, label "Deliveries at most", range 1..=100;
        /// Messages that have waited longer are dead-lettered, or dropped. Off: they wait for ever.
        ttl_ms: Option<f64> = None, label "Time to live", unit "ms", range 1.0..=86_400_000.0;
        /// Whether messages survive a crash of the queue itself.
        durable: bool = true, label "Durable";
    }
}

/// Lines of messages, by the priority of their endpoint: 0 first.
const PRIORITIES: usize = 4;

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(crate) struct MessageQueue {
    publish: Sampler,
    prefetch: u32,
    max_length: u32,
    drop_head: bool,
    ack_timeout: Option<Delay>,
    max_deliveries: u32,
    ttl_ns: u64,
    durable: bool,
    ready: [Line; PRIORITIES],
    consumers: Vec<Consumer>,
    /// Whose turn it is.
    turn: usize,
    dead_letters: u32,
}

#[derive(Clone, Debug, Pack)]
struct Consumer {
    link: u32,
    instance: u16,
    slots: u32,
    /// Deliveries out.
    out: u32,
    /// Its connection broke; it connects again when it is back.
    gone: bool,
}

const PUBLISHED: u8 = 0;
/// From here on the timer of a delivery, which carries its number (modulo what fits).
const ACK_DUE: u8 = 8;
const ACK_TAGS: u32 = 100;

// Parts of a message's `state`.
const DONE: u32 = 1;
const OUT: u32 = 1 << 1;
const OUT_MASK: u32 = 0xff << 1;
const DELIVERED: u32 = 1 << 16;

/// A message's `aux` while it stands in a line.
const IN_LINE: u32 = 0;

const ACKED: usize = 0;
const REDELIVERED: usize = 1;
const DUPLICATES: usize = 2;
const DEAD: usize = 3;
const EXPIRED: usize = 4;
const DROPPED: usize = 5;
const UNACKED: usize = 6;
const OLDEST_MS: usize = 7;
const WAIT: usize = 8;
const AGE: usize = 9;

const METRICS: &[Metric] = &[
    Metric { name: "acked", label: "Done", help: "Messages acknowledged.", of: MetricOf::Count },
    Metric {
        name: "redelivered",
        label: "Delivered again",
        help: "Deliveries of a message that had been delivered before.",
        of: MetricOf::Count,
    },
    Metric {
        name: "duplicates",
        label: "Done twice",
        help: "Messages that were done by a second consumer as well: the price of at-least-once.",
        of: MetricOf::Count,
    },
    Metric { name: "dead_lettered", label: "Given up", help: "Messages that failed too often.", of: MetricOf::Count },
    Metric {
        name: "expired",
        label: "Too old",
        help: "Messages that waited longer than they may.",
        of: MetricOf::Count,
    },
    Metric {
        name: "dropped",
        label: "Lost",
        help: "Messages dropped from a full queue, or lost with a queue that was not durable.",
        of: MetricOf::Count,
    },
    Metric { name: "unacked", label: "With consumers", help: "Deliveries not yet acknowledged.", of: MetricOf::Level },
    Metric {
        name: "oldest_ms",
        label: "Oldest message, ms",
        help: "Age of the message at the head of the queue.",
        of: MetricOf::Level,
    },
    Metric { name: "wait_ms", label: "Wait", help: "Time from publishing to the first delivery.", of: MetricOf::Span },
    Metric { name: "age_ms", label: "Time to done", help: "Time from publishing to done.", of: MetricOf::Span },
];

fn says(node: &NodeSnapshot) -> Option<String> {
    let (done, oldest) = (node.own.get(ACKED)?.recent, node.own.get(OLDEST_MS)?);
    if node.own.get(DUPLICATES)?.recent > 0.0 {
        return Some(format!(
            "{} done twice: delivered again before the first consumer had acknowledged it.",
            per_s_are(node.own[DUPLICATES].recent, "message")
        ));
    }
    let overflow = overflows(node, done);
    if overflow.is_some() {
        return overflow;
    }
    if node.queue < 20 {
        return answers_at_once(node);
    }
    if node.rate_out_per_s > 1.02 * done {
        return Some(format!(
            "The backlog is {} and grows: {}/s come in, {}/s are done; the oldest is {:.1} s old.",
            count(u64::from(node.queue), "message"),
            figure(node.rate_out_per_s),
            figure(done),
            oldest.value / 1000.0
        ));
    }
    let spare = done - node.rate_out_per_s;
    (spare > 0.01 * done).then(|| {
        format!(
            "The backlog of {} drains at {}/s: {:.0} s to go.",
            count(u64::from(node.queue), "message"),
            figure(spare),
            f64::from(node.queue) / spare
        )
    })
}

/// A queue this full has no room for what comes in.
const FULL: f64 = 0.95;

/// Of a queue that is full and loses what it is for.
#[inline(never)]
fn overflows(node: &NodeSnapshot, done: f64) -> Option<String> {
    if f64::from(node.queue) < FULL * f64::from(node.queue_limit?) {
        return None;
    }
    let (dropped, refused) = (node.own.get(DROPPED)?.recent, node.failed_per_s);
    let held = format!(
        "The queue is full: it holds {}, {}/s come in and {}/s are done.",
        count(u64::from(node.queue), "message"),
        figure(node.rate_in_per_s),
        figure(done)
    );
    if dropped > 0.0 {
        return Some(format!(
            "{held} {}/s are dropped, the oldest first, and their senders never learn.",
            figure(dropped)
        ));
    }
    (refused > 0.0 && node.failed.iter().any(|(reason, _)| reason == "queue_full"))
        .then(|| format!("{held} {}/s are refused, and their senders know it.", figure(refused)))
}

/// What a queue is for: the work takes much longer than the answer.
fn answers_at_once(node: &NodeSnapshot) -> Option<String> {
    let (kept_ms, done_ms) = (node.residence.mean_ms, node.own.get(AGE)?.value);
    (done_ms > 20.0 && done_ms > 10.0 * kept_ms).then(|| {
        format!(
            "Nobody waits for the work: the sender hears after {} that its message is kept, the work is done after {}.",
            ms(kept_ms),
            ms(done_ms)
        )
    })
}

impl Component for MessageQueue {
    fn kind() -> Kind {
        Kind {
            name: "message_queue",
            label: "Message queue",
            group: Group::Messaging,
            summary: "Keeps messages until a consumer has done what they ask: the sender need not wait for slow work.",
            leaves_out: &[
                "The broker's own limits of memory and disk.",
                "Exchanges and bindings: a link takes the messages its paths and operations say.",
            ],
            sources: &[
                "AMQP 0-9-1; RabbitMQ documentation: consumer prefetch, acknowledgements, dead letter exchanges, TTL",
            ],
            fields: Fields::new(MessageQueueParams::fields),
            metrics: METRICS,
            cost_usd_per_hour: |_| 0.10,
            faults: &["disk_full"],
            says,
            check: MessageQueueParams::check,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = MessageQueueParams::read(params, &mut Reader::default());
        let publish = cx.sampler(&p.publish_time, "publish");
        let mut queue = Self {
            publish,
            prefetch: 1,
            max_length: 1,
            drop_head: false,
            ack_timeout: None,
            max_deliveries: 1,
            ttl_ns: u64::MAX,
            durable: true,
            ready: Default::default(),
            consumers: Vec::new(),
            turn: 0,
            dead_letters: NONE,
        };
        queue.take(&p, cx);
        queue
    }

    fn configure(&mut self, params: &Map<String, Value>, _changed: bool, cx: &mut Context) {
        let p = MessageQueueParams::read(params, &mut Reader::default());
        self.publish.set(&p.publish_time, cx.calendar());
        self.take(&p, cx);
    }

    fn wire(&mut self, cx: &mut Context) {
        let before = std::mem::take(&mut self.consumers);
        self.dead_letters = NONE;
        for d in cx.downstream() {
            if d.kind == "message_queue" {
                self.dead_letters = d.link;
                continue;
            }
            for instance in 0..d.instances {
                let known = before.iter().find(|c| c.link == d.link && c.instance == instance);
                self.consumers.push(Consumer {
                    link: d.link,
                    instance,
                    slots: d.slots.max(1),
                    out: known.map_or(0, |c| c.out),
                    gone: false,
                });
            }
        }
        self.deliver(cx);
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let time = self.publish.draw();
        cx.work(time, call, PUBLISHED);
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        if tag == PUBLISHED {
            // Deliveries go on, and make room.
            if cx.disk_is_full() {
                return cx.reply(call, Outcome::Failed(Reason::DiskFull));
            }
            return self.publish(call, cx);
        }
        // The acknowledgement of a delivery is due: does it still matter?
        let state = cx.call(call).state;
        let current = (state / DELIVERED) % ACK_TAGS == u32::from(tag - ACK_DUE);
        if current && state & DONE == 0 && state & OUT_MASK != 0 {
            // The consumer it is with may still be at it: its place stays taken until it answers.
            self.again(call, cx);
            self.deliver(cx);
        }
    }

    fn on_reply(&mut self, message: CallId, reply: Reply, cx: &mut Context) {
        let mut state = cx.call(message).state - OUT;
        if matches!(reply.outcome, Outcome::Failed(Reason::Refused)) {
            // It never got there.
            state -= DELIVERED;
        }
        cx.call_mut(message).state = state;
        cx.level(UNACKED, -1);
        self.free(reply);
        let up = cx.is_up(u16::MAX);
        if reply.outcome.is_ok() && up {
            if state & DONE != 0 {
                cx.count(DUPLICATES, 1);
            } else {
                cx.count(ACKED, 1);
                let age = cx.now() - cx.call(message).arrived;
                cx.span(AGE, age);
                cx.call_mut(message).state |= DONE;
            }
        } else if state & DONE == 0 && state & OUT_MASK == 0 && cx.call(message).aux == NONE {
            self.again(message, cx);
        }
        self.settle(message, cx);
        self.deliver(cx);
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        if !matches!(trouble, Trouble::Crash { .. }) {
            return;
        }
        if begins && !self.durable {
            while let Some(message) = self.next(cx) {
                cx.count(DROPPED, 1);
                cx.call_mut(message).state |= DONE;
                self.settle(message, cx);
            }
        }
        if !begins {
            self.deliver(cx);
        }
    }
}

impl MessageQueue {
    fn take(&mut self, p: &MessageQueueParams, cx: &mut Context) {
        self.prefetch = p.prefetch;
        self.max_length = p.max_length;
        self.drop_head = p.on_overflow == QueueOverflow::DropHead;
        self.ack_timeout = p.ack_timeout_ms.map(|ms| cx.calendar().constant(ns(ms)));
        self.max_deliveries = p.max_deliveries;
        self.ttl_ns = p.ttl_ms.map_or(u64::MAX, ns);
        self.durable = p.durable;
        cx.declare(Facts { queue_limit: Some(p.max_length), ..Facts::default() });
    }

    fn waiting(&self) -> u32 {
        self.ready.iter().map(Line::len).sum()
    }

    /// The broker has taken the message: it is kept, and its publisher hears so.
    fn publish(&mut self, call: CallId, cx: &mut Context) {
        if self.waiting() >= self.max_length {
            match self.drop_head.then(|| self.next(cx)).flatten() {
                Some(oldest) => {
                    cx.count(DROPPED, 1);
                    self.dead_letter(oldest, cx);
                }
                None => return cx.reply(call, Outcome::Failed(Reason::QueueFull)),
            }
        }
        let message = cx.spawn(call);
        if message == NONE {
            return cx.reply(call, Outcome::Failed(Reason::Limit));
        }
        self.join(message, false, cx);
        cx.reply(call, Outcome::Answered);
        self.deliver(cx);
    }

    /// Stands in line, at the end or back at the front.
    fn join(&mut self, message: CallId, front: bool, cx: &mut Context) {
        let priority = cx.endpoint_of(message).map_or(0, |e| usize::from(e.priority)).min(PRIORITIES - 1);
        cx.call_mut(message).aux = IN_LINE;
        let line = &mut self.ready[priority];
        if front {
            line.push_front(message, cx)
        } else {
            line.push_back(message, cx)
        }
        cx.waits(1);
    }

    /// Takes the next message out of its line.
    fn next(&mut self, cx: &mut Context) -> Option<CallId> {
        let line = self.ready.iter_mut().find(|l| !l.is_empty())?;
        let message = line.pop_front(cx)?;
        cx.call_mut(message).aux = NONE;
        cx.waits(-1);
        Some(message)
    }

    /// Hands messages to consumers that may have another.
    fn deliver(&mut self, cx: &mut Context) {
        while cx.is_up(u16::MAX) && self.waiting() > 0 {
            let n = self.consumers.len();
            let free = (0..n).map(|i| (self.turn + i) % n).find(|&i| self.has_room(i));
            let Some(message) = free.and_then(|_| self.next(cx)) else {
                break;
            };
            let age = cx.now() - cx.call(message).arrived;
            let (state, deliveries) = (cx.call(message).state, cx.call(message).state / DELIVERED);
            if state & DONE != 0 {
                // The first consumer was done after all, while it waited to be delivered again.
                self.settle(message, cx);
                continue;
            }
            if age > self.ttl_ns && deliveries == 0 {
                cx.count(EXPIRED, 1);
                self.dead_letter(message, cx);
                continue;
            }
            let Some(i) = free else { break };
            self.turn = (i + 1) % n;
            if deliveries == 0 {
                cx.span(WAIT, age);
            } else {
                cx.count(REDELIVERED, 1);
                cx.call_mut(message).mark_again();
            }
            let (link, instance, op) = (self.consumers[i].link, self.consumers[i].instance, cx.call(message).op);
            if cx.send(message, link, op, instance) == NONE {
                self.join(message, true, cx);
                break;
            }
            self.consumers[i].out += 1;
            cx.level(UNACKED, 1);
            let state = cx.call(message).state + DELIVERED + OUT;
            cx.call_mut(message).state = state;
            if let Some(timeout) = self.ack_timeout {
                cx.after(timeout, message, ACK_DUE + ((state / DELIVERED) % ACK_TAGS) as u8);
            }
        }
        self.note_oldest(cx);
    }

    fn has_room(&self, i: usize) -> bool {
        let consumer = &self.consumers[i];
        !consumer.gone && consumer.out < self.prefetch.saturating_mul(consumer.slots)
    }

    fn note_oldest(&mut self, cx: &mut Context) {
        let heads = self.ready.iter().filter_map(Line::first).map(|m| cx.call(m).arrived);
        let age_ns = heads.min().map_or(0, |arrived| cx.now() - arrived);
        cx.set_level(OLDEST_MS, (age_ns / 1_000_000).min(u64::from(u32::MAX)) as u32);
    }

    /// A consumer has room for another.
    fn free(&mut self, reply: Reply) {
        let it = |c: &&mut Consumer| c.link == reply.link && c.instance == reply.instance;
        if let Some(consumer) = self.consumers.iter_mut().find(it) {
            consumer.out = consumer.out.saturating_sub(1);
            consumer.gone |= matches!(reply.outcome, Outcome::Failed(Reason::Refused | Reason::Crashed | Reason::Lost));
        }
    }

    /// A delivery came to nothing: the message goes back to its place, unless it has been tried often enough.
    fn again(&mut self, message: CallId, cx: &mut Context) {
        let state = cx.call(message).state;
        if state / DELIVERED >= self.max_deliveries {
            if state & OUT_MASK == 0 {
                cx.count(DEAD, 1);
                self.mark_dead(message, cx);
            }
        } else {
            self.join(message, true, cx);
        }
    }

    /// Nothing more will be done about this message here; the dead-letter queue gets a copy.
    fn mark_dead(&mut self, message: CallId, cx: &mut Context) {
        if self.dead_letters != NONE {
            cx.send_and_forget(message, self.dead_letters, Op::Write);
        }
        cx.call_mut(message).state |= DONE;
    }

    fn dead_letter(&mut self, message: CallId, cx: &mut Context) {
        self.mark_dead(message, cx);
        self.settle(message, cx);
    }

    /// A message is gone once it is done with and no delivery is out.
    fn settle(&mut self, message: CallId, cx: &mut Context) {
        let call = cx.call(message);
        if call.state & DONE != 0 && call.state & OUT_MASK == 0 && call.aux != IN_LINE {
            cx.finish(message);
        }
    }
}

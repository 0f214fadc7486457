//! The people, or programs, that the system is for: they make requests, wait, give up, and try again.
//!
//! Giving up and trying again is the guard of their links ([`crate::engine::caller`]), with what is set here.

mod curve;
mod outline;
mod params;
mod source;

use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::analysis::model::{Model, Source as SourceModel, SourceEndpoint, Spacing};
use crate::design::{Reader, Trouble};
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::rng::{Stream, hash_text};
use crate::engine::sampler::ns;
use crate::engine::{Context, EndpointFacts, Reply};
use crate::metrics::NodeSnapshot;
use crate::policies::popularity::{KeySampler, draw_by_sums};
use backpressure_pack::Pack;
use curve::Shape;
use params::{Arrivals, Endpoint, Operation, UsersParams, Workload};
use serde_json::{Map, Value};
use source::{ARRIVAL, SPAWN, Source, THOUGHT};

/// See the module. In a call, `instance` is the epoch of the workload that made it.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Users {
    source: Source,
    endpoints: Vec<Line>,
    /// Sums of the endpoints' weights so far, for drawing one.
    mix: Vec<f64>,
    mix_rng: Stream,
    keys_rng: Stream,
    entry_rng: Stream,
    who_rng: Stream,
    invalid: f64,
    /// Number of the first client, and how many there are; 0 if every request has its own.
    first_client: u32,
    clients: u32,
    /// Is there anything to say of who asks?
    has_clients: bool,
    entries: Vec<Entry>,
    /// Does some entry carry some requests only?
    selective: bool,
    /// Counts changes of the workload: a closed user of an earlier one does not come back.
    epoch: u16,
    workload: Workload,
    /// Factors of the spikes that are going on.
    spikes: Vec<f64>,
}

/// An endpoint made ready.
#[derive(Clone, Debug, Pack)]
struct Line {
    number: u16,
    op: Op,
    /// High half of the keys, the same for the same path.
    space: u64,
    keys: KeySampler,
}

/// A link out.
#[derive(Clone, Copy, Debug, Pack)]
struct Entry {
    link: u32,
    weight: f64,
    selective: bool,
}

/// Places in [`METRICS`].
const PRESENT: usize = 0;
/// What a user would have waited who means to ask every think time, whatever the system does. While one request hangs, a
/// closed user does not make the next ones, so they are missing from the measured latency ("coordinated omission", G. Tene,
/// "How NOT to Measure Latency", 2013). They are added as HdrHistogram's `recordValueWithExpectedInterval` does: besides a
/// latency L also L − T, L − 2T, … down to T, for a think time of T on average.
const INTENDED: usize = 1;
/// Answers after the deadline, whenever their requests came. (Those of requests that came in the measured time are counted by
/// the engine too, as `answered` less `in_time`.)
pub(crate) const LATE: usize = 2;

const METRICS: &[Metric] = &[
    Metric {
        name: "users",
        label: "Users present",
        help: "Users of a closed workload that have joined.",
        of: MetricOf::Level,
    },
    Metric {
        name: "intended_latency_ms",
        label: "Latency from intended start",
        help: "Latency of a closed workload counted from when users meant to ask, not from when they came to it.",
        of: MetricOf::Span,
    },
    Metric { name: "late", label: "Late answers", help: "Answers after the deadline.", of: MetricOf::Count },
];

/// One answer stands for this many intended ones at most.
const MOST_INTENDED: u64 = 1000;

impl Component for Users {
    fn kind() -> Kind {
        Kind {
            name: "users",
            group: Group::Traffic,
            label: "Users",
            summary: "The people the system is for: they make requests, wait for the answer, give up and try again.",
            leaves_out: &[
                "Their own network: the link to the system stands for it.",
                "Sessions: each request is drawn from the mix independently of the last.",
            ],
            sources: &[
                "E. Çinlar, Introduction to Stochastic Processes, 1975 (rates that change, by inversion)",
                "W. Fischer, K. Meier-Hellstern, The Markov-modulated Poisson process cookbook, 1993",
                "G. Tene, How NOT to Measure Latency, 2013, and HdrHistogram (coordinated omission)",
            ],
            accepts_calls: false,
            makes_calls: true,
            fields: Fields::new(UsersParams::fields),
            metrics: METRICS,
            faults: &["spike"],
            outline: Some(outline::outline),
            call_policy: |params| UsersParams::read(params, &mut Reader::default()).call_policy(),
            says,
            check: UsersParams::check,
            ..Kind::default()
        }
    }

    fn model(params: &Map<String, Value>) -> Model {
        let p = UsersParams::read(params, &mut Reader::default());
        let total: f64 = p.endpoints.iter().map(|e| e.weight).sum();
        let endpoint = |e: &Endpoint| SourceEndpoint {
            share: e.weight / total,
            writes: e.operation == Operation::Write,
            path: e.path.clone(),
            keys: e.keys,
            popularity: e.popularity.clone(),
        };
        Model::Source(SourceModel {
            spacing: match p.workload {
                Workload::Open { shape, .. } if shape != (Shape::Steady {}) => Spacing::Other("their rate changes"),
                Workload::Open { rate_rps, arrivals: Arrivals::Poisson, .. } => {
                    Spacing::Poisson { rate_per_s: rate_rps }
                }
                Workload::Open { .. } => Spacing::Other("they are evenly spaced"),
                Workload::Closed { users, think_time, .. } => Spacing::Closed { users, think: think_time },
                Workload::Replay { .. } => Spacing::Other("they are replayed from a list"),
            },
            endpoints: p.endpoints.iter().filter(|e| e.weight > 0.0).map(endpoint).collect(),
            retries: p.retries > 0,
        })
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = UsersParams::read(params, &mut Reader::default());
        let mut users = Self {
            source: Source::new(&p.workload, cx),
            endpoints: Vec::new(),
            mix: Vec::new(),
            mix_rng: cx.stream("mix"),
            keys_rng: cx.stream("keys"),
            entry_rng: cx.stream("entry"),
            who_rng: cx.stream("clients"),
            invalid: 0.0,
            first_client: cx.stream("addresses").bits() as u32,
            clients: 0,
            has_clients: false,
            entries: Vec::new(),
            selective: false,
            epoch: 0,
            workload: p.workload.clone(),
            spikes: Vec::new(),
        };
        users.take(&p, cx);
        users
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = UsersParams::read(params, &mut Reader::default());
        let workload_changed = p.workload != self.workload;
        let goes_on = self.source.configure(&p.workload, workload_changed, cx);
        if !changed {
            return;
        }
        self.take(&p, cx);
        self.workload = p.workload;
        if !goes_on {
            if let Source::Closed(closed) = &self.source {
                cx.level(PRESENT, -(closed.present() as i32));
            }
            self.source = Source::new(&self.workload, cx);
            self.epoch = self.epoch.wrapping_add(1);
            cx.void_node_timers();
            self.source.start(cx);
            self.crowd(cx);
        }
        // Users who think go on thinking; new ones join, and surplus ones leave when they have thought.
        self.join(cx);
    }

    fn wire(&mut self, cx: &mut Context) {
        let entry = |d: crate::engine::Downstream| Entry { link: d.link, weight: d.weight, selective: d.selective };
        self.entries = cx.downstream().into_iter().map(entry).collect();
        self.selective = self.entries.iter().any(|e| e.selective);
    }

    fn start(&mut self, cx: &mut Context) {
        self.source.start(cx);
        self.join(cx);
    }

    /// Nobody calls users.
    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        cx.reply(call, Outcome::Failed(Reason::Refused));
    }

    fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
        match (tag, &mut self.source) {
            (ARRIVAL, Source::Open(open)) => {
                open.next(cx);
                self.request(cx);
            }
            (SPAWN, Source::Closed(closed)) => {
                if closed.next_joins(cx) {
                    self.joined(cx);
                }
            }
            (THOUGHT, Source::Closed(closed)) => {
                if closed.stays() {
                    self.request(cx);
                } else {
                    cx.level(PRESENT, -1);
                }
            }
            (tag, source) => {
                for _ in 0..source.ring(tag, cx) {
                    self.request(cx);
                }
            }
        }
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        let outcome = if reply.outcome.is_ok() { Outcome::Answered } else { reply.outcome };
        self.over(call, outcome, cx);
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        let Trouble::Spike { factor } = trouble else {
            return;
        };
        if begins {
            self.spikes.push(*factor);
        } else if let Some(i) = self.spikes.iter().position(|f| f == factor) {
            self.spikes.swap_remove(i);
        }
        self.crowd(cx);
    }
}

impl Users {
    /// Takes over all parameters but the workload.
    fn take(&mut self, p: &UsersParams, cx: &mut Context) {
        let mut sum = 0.0;
        self.endpoints.clear();
        self.mix.clear();
        for e in &p.endpoints {
            sum += e.weight;
            self.mix.push(sum);
            self.endpoints.push(Line {
                number: cx.endpoint(EndpointFacts {
                    name: e.name.clone(),
                    method: e.method.name().to_owned(),
                    path: e.path.clone(),
                    payload_bytes: e.payload_bytes as u32,
                    priority: e.priority as u8,
                    deadline_ns: e.deadline_ms.or(p.deadline_ms).map_or(0, ns),
                }),
                op: match e.operation {
                    Operation::Read => Op::Read,
                    Operation::Write => Op::Write,
                },
                space: hash_text(&e.path) << 32,
                keys: KeySampler::new(e.keys, &e.popularity),
            });
        }
        self.clients = p.clients.unwrap_or(0);
        self.invalid = p.invalid_credentials;
        self.has_clients = self.clients > 0 || self.invalid > 0.0;
    }

    /// Tells the source how many times as much as usual is going on.
    fn crowd(&mut self, cx: &mut Context) {
        let crowd = self.spikes.iter().product();
        self.source.set_crowd(crowd, cx);
        self.join(cx);
    }

    fn join(&mut self, cx: &mut Context) {
        if let Source::Closed(closed) = &mut self.source
            && closed.joins(cx)
        {
            self.joined(cx);
        }
    }

    fn joined(&mut self, cx: &mut Context) {
        cx.level(PRESENT, 1);
        self.request(cx);
    }

    /// Makes one request.
    fn request(&mut self, cx: &mut Context) {
        let line = match self.endpoints.as_slice() {
            [] => return,
            [only] => only,
            many => &many[draw_by_sums(&self.mix, &mut self.mix_rng)],
        };
        let op = line.op;
        let key = line.space | line.keys.draw(&mut self.keys_rng);
        let call = cx.open(line.number, op, key, self.epoch);
        if call == NONE {
            // Not even opened: a closed user thinks it over like after any failure.
            self.think(self.epoch, cx);
            return;
        }
        if self.has_clients {
            self.name_client(call, cx);
        }
        match self.entry(call, op, cx) {
            NONE => self.over(call, Outcome::Failed(Reason::NoRoute), cx),
            link if cx.send(call, link, op, u16::MAX) == NONE => {
                self.over(call, Outcome::Failed(Reason::Limit), cx);
            }
            _ => {}
        }
    }

    /// Says who asks, and whether they can prove it.
    #[inline(never)]
    fn name_client(&mut self, call: CallId, cx: &mut Context) {
        if self.clients > 0 {
            let who = self.who_rng.below(u64::from(self.clients)) as u32;
            cx.call_mut(call).client = self.first_client.wrapping_add(who);
        }
        if self.invalid > 0.0 && self.who_rng.chance(self.invalid) {
            cx.forge(call);
        }
    }

    /// The link a request goes over: one of those that carry it, by weight; `NONE` if none does.
    #[inline(always)]
    fn entry(&mut self, call: CallId, op: Op, cx: &Context) -> u32 {
        match self.entries.as_slice() {
            [only] if !self.selective => only.link,
            _ => self.draw_entry(call, op, cx),
        }
    }

    #[inline(never)]
    fn draw_entry(&mut self, call: CallId, op: Op, cx: &Context) -> u32 {
        let carries = |e: &&Entry| !e.selective || cx.carries(e.link, call, op);
        let total: f64 = self.entries.iter().filter(carries).map(|e| e.weight).sum();
        let at = self.entry_rng.unit() * total;
        let mut upto = 0.0;
        let drawn = self.entries.iter().filter(carries).find(|e| {
            upto += e.weight;
            upto > at
        });
        // Rounding may leave the last bit of the total to nobody.
        drawn.or_else(|| self.entries.iter().rfind(carries)).map_or(NONE, |e| e.link)
    }

    fn over(&mut self, call: CallId, outcome: Outcome, cx: &mut Context) {
        let record = cx.call(call);
        let (epoch, latency) = (record.instance, cx.now() - record.arrived);
        let deadline_ns = cx.endpoint_of(call).map_or(0, |e| e.deadline_ns);
        let deadline_ns = if deadline_ns == 0 { u64::MAX } else { deadline_ns };
        if latency > deadline_ns && outcome.is_ok() {
            cx.count(LATE, 1);
        }
        cx.close(call, outcome, deadline_ns);
        if let Source::Closed(closed) = &self.source
            && outcome.is_ok()
        {
            let step = closed.pace_ns.max(latency / MOST_INTENDED).max(1);
            cx.span(INTENDED, latency);
            let mut missing = latency;
            while missing >= 2 * step {
                missing -= step;
                cx.span(INTENDED, missing);
            }
        }
        self.think(epoch, cx);
    }

    /// A closed user has an answer, thinks, and comes back; one from an earlier workload does not.
    fn think(&mut self, epoch: u16, cx: &mut Context) {
        if let Source::Closed(closed) = &mut self.source
            && epoch == self.epoch
        {
            closed.think(cx);
        }
    }
}

/// Names coordinated omission when what was measured hides most of the wait.
fn says(node: &NodeSnapshot) -> Option<String> {
    let (measured, intended) = (node.residence.mean_ms, node.own.get(INTENDED)?.value);
    (node.own[PRESENT].value > 0.0 && intended > 50.0 && intended > 1.5 * measured).then(|| {
        format!(
            "Measured latency is {measured:.0} ms on average, but {intended:.0} ms from when users meant to ask: while they wait \
             they do not ask (coordinated omission)."
        )
    })
}

//! The people, or programs, that the system is for: they make requests, wait, give up, and try again.

use super::{Component, Group, Kind};
use crate::analysis::model::{Model, Source as SourceModel, SourceEndpoint, Spacing};
use crate::design::{Distribution, Reader, choice, params, variant};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::rng::{Stream, hash_text};
use crate::engine::sampler::{Sampler, ns};
use crate::engine::{Context, EndpointFacts, Reply};
use crate::policies::popularity::{KeySampler, Popularity};
use crate::policies::retry::Backoff;
use backpressure_pack::Pack;
use serde_json::{Map, Value};

choice! {
    /// Spacing of arrivals.
    pub enum Arrivals {
        /// Independent of each other, as those of many people are: a Poisson process.
        Poisson = "poisson", "Poisson";
        /// Evenly spaced, like a metronome.
        Constant = "constant", "Evenly spaced";
    }
}

variant! {
    /// How requests come about.
    pub enum Workload tag "workload" {
        /// Requests arrive at a given rate whatever the system does, as from a large public.
        Open = "open", "Open" {
            /// Mean arrival rate.
            rate_rps: f64 = 100.0, label "Rate", unit "requests/s", range 0.001..=1_000_000.0;
            /// Spacing of arrivals.
            arrivals: Arrivals = Arrivals::Poisson, label "Arrivals";
        }
        /// A fixed number of users, each of whom waits for the answer, thinks, and asks again: a slow system slows them down.
        Closed = "closed", "Closed" {
            /// Users.
            users: u32 = 50, label "Users", unit "users", range 1..=1_000_000;
            /// Time a user thinks between an answer and the next request.
            think_time: Distribution = Distribution::Exponential { mean_ms: 1000.0 }, label "Think time";
            /// Users that join per second until all are there.
            spawn_rate_per_s: f64 = 10.0, label "Spawn rate", unit "users/s", range 0.001..=1_000_000.0;
        }
    }
}

choice! {
    /// HTTP methods.
    pub enum Method {
        /// Read.
        Get = "GET", "GET";
        /// Create.
        Post = "POST", "POST";
        /// Replace.
        Put = "PUT", "PUT";
        /// Change.
        Patch = "PATCH", "PATCH";
        /// Delete.
        Delete = "DELETE", "DELETE";
    }
}

choice! {
    /// What a request does to the data.
    pub enum Operation {
        /// Reads one object.
        Read = "read", "Read";
        /// Writes one object.
        Write = "write", "Write";
    }
}

params! {
    /// One kind of request that users make.
    pub struct Endpoint {
        /// Name in results.
        name: String = "read item".to_owned(), label "Name";
        /// HTTP method.
        method: Method = Method::Get, label "Method";
        /// Path. Endpoints with the same path ask for the same objects.
        path: String = "/items/{id}".to_owned(), label "Path";
        /// How often it is asked for, relative to the others.
        weight: f64 = 1.0, label "Weight", range 0.0..=1_000_000.0;
        /// Whether it reads or writes.
        operation: Operation = Operation::Read, label "Operation";
        /// Size of the answer.
        payload_bytes: u64 = 1000, label "Payload", unit "bytes", range 0..=1_000_000_000, advanced;
        /// Different objects that are asked for.
        keys: u64 = 10_000, label "Keys", unit "keys", range 1..=1_000_000_000;
        /// How requests spread over the keys.
        popularity: Popularity = Popularity::Zipf { exponent: 1.0 }, label "Popularity";
    }
}

params! {
    /// Parameters of users.
    pub struct UsersParams check UsersParams::look_over {
        /// How requests come about.
        workload: Workload = Workload::Open { rate_rps: 100.0, arrivals: Arrivals::Poisson }, label "Workload";
        /// What users ask for.
        endpoints: Vec<Endpoint> = vec![Endpoint::default()], label "Request mix", item "endpoint", items 1..=50;
        /// Users give up on an answer after this long. Off: they wait for ever.
        timeout_ms: Option<f64> = None, label "Timeout", unit "ms", range 0.001..=3_600_000.0;
        /// How often a failed or timed-out request is tried again.
        retries: u32 = 0, label "Retries", range 0..=10;
        /// The wait before each retry.
        backoff: Backoff = Backoff::default(), label "Backoff", advanced;
        /// An answer later than this is no use to the user: goodput counts only answers in time. Off: every answer is.
        deadline_ms: Option<f64> = None, label "Deadline", unit "ms", range 0.001..=3_600_000.0;
    }
}

impl UsersParams {
    /// Weights share requests out among endpoints; if all are zero there is nothing to share by.
    fn look_over(&mut self, reader: &mut Reader) {
        if self.endpoints.iter().all(|e| e.weight == 0.0) {
            reader.at("endpoints", |reader| {
                reader.error("Every endpoint has `weight` 0; accepted: at least one weight above 0.");
            });
            self.endpoints.iter_mut().for_each(|e| e.weight = 1.0);
        }
    }
}

/// See the module. In a call, `state` is the number of the attempt, `aux` the call that is out, and `instance` the
/// epoch of the workload that made it.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Users {
    source: Source,
    endpoints: Vec<Line>,
    /// Sums of the endpoints' weights so far, for drawing one.
    mix: Vec<f64>,
    mix_rng: Stream,
    keys_rng: Stream,
    retry_rng: Stream,
    entry_rng: Stream,
    timeout: Option<Delay>,
    deadline_ns: u64,
    retries: u32,
    backoff: Backoff,
    /// Links out, with the sum of their weights so far.
    entries: Vec<(u32, f64)>,
    /// Counts changes of the workload: a closed user of an earlier one does not come back.
    epoch: u16,
    workload: Workload,
}

#[derive(Clone, Debug, Pack)]
enum Source {
    Open { gap: Sampler },
    Closed { think: Sampler, spawn: Delay, wanted: u32, present: u32, spawning: bool },
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

// Timers of the component itself.
const ARRIVAL: u8 = 0;
const SPAWN: u8 = 1;
const THOUGHT: u8 = 2;
// Timers of a request: its timeout carries the number of the attempt, so that that of an earlier one is recognised.
const RETRY: u8 = 0;
const TIMEOUT: u8 = 16;

const SHORTEST_THOUGHT_NS: u64 = 1000;

fn gap(rate_rps: f64, arrivals: Arrivals) -> Distribution {
    let mean_ms = 1000.0 / rate_rps;
    match arrivals {
        Arrivals::Poisson => Distribution::Exponential { mean_ms },
        Arrivals::Constant => Distribution::Constant { mean_ms },
    }
}

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
            accepts_calls: false,
            makes_calls: true,
            fields: UsersParams::fields(),
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
                Workload::Open { arrivals: Arrivals::Poisson, .. } => Spacing::Poisson,
                Workload::Open { arrivals: Arrivals::Constant, .. } => Spacing::Other("they are evenly spaced"),
                Workload::Closed { users, think_time, .. } => Spacing::Closed { users, think: think_time },
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
            retry_rng: cx.stream("retry"),
            entry_rng: cx.stream("entry"),
            timeout: None,
            deadline_ns: u64::MAX,
            retries: 0,
            backoff: Backoff::default(),
            entries: Vec::new(),
            epoch: 0,
            workload: p.workload.clone(),
        };
        users.take(&p, cx);
        users
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = UsersParams::read(params, &mut Reader::default());
        match (&mut self.source, &p.workload) {
            (Source::Open { gap: sampler }, Workload::Open { rate_rps, arrivals }) => {
                sampler.set(&gap(*rate_rps, *arrivals), cx.calendar());
            }
            (Source::Closed { think, spawn, wanted, .. }, Workload::Closed { users, think_time, spawn_rate_per_s }) => {
                think.set(think_time, cx.calendar());
                *spawn = cx.calendar().constant(ns(1000.0 / spawn_rate_per_s));
                *wanted = *users;
            }
            _ => {}
        }
        self.timeout = p.timeout_ms.map(|ms| cx.calendar().constant(ns(ms)));
        if !changed {
            return;
        }
        self.take(&p, cx);
        if p.workload == self.workload {
            return;
        }
        let same_kind = std::mem::discriminant(&p.workload) == std::mem::discriminant(&self.workload);
        self.workload = p.workload.clone();
        match &mut self.source {
            // Users who think go on thinking; new ones join, and surplus ones leave when they have thought.
            Source::Closed { .. } if same_kind => self.spawn(cx),
            _ => {
                if !same_kind {
                    self.source = Source::new(&p.workload, cx);
                }
                self.epoch = self.epoch.wrapping_add(1);
                cx.void_node_timers();
                self.start(cx);
            }
        }
    }

    fn wire(&mut self, cx: &mut Context) {
        let mut sum = 0.0;
        self.entries.clear();
        for d in cx.downstream() {
            sum += d.weight;
            self.entries.push((d.link, sum));
        }
    }

    fn start(&mut self, cx: &mut Context) {
        match &mut self.source {
            Source::Open { gap } => {
                let first = gap.draw();
                cx.after_node(first, ARRIVAL);
            }
            Source::Closed { .. } => self.spawn(cx),
        }
    }

    /// Nobody calls users.
    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        cx.reply(call, Outcome::Failed(Reason::Refused));
    }

    fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
        match (tag, &mut self.source) {
            (ARRIVAL, Source::Open { gap }) => {
                let next = gap.draw();
                cx.after_node(next, ARRIVAL);
                self.request(cx);
            }
            (SPAWN, Source::Closed { spawning, .. }) => {
                *spawning = false;
                self.spawn(cx);
            }
            (THOUGHT, Source::Closed { wanted, present, .. }) => {
                if *present > *wanted {
                    *present -= 1;
                } else {
                    self.request(cx);
                }
            }
            _ => {}
        }
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        cx.call_mut(call).aux = NONE;
        match reply.outcome {
            Outcome::Failed(reason) => self.failed(call, reason, cx),
            _ => self.over(call, Outcome::Answered, cx),
        }
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        if tag == RETRY {
            self.attempt(call, cx);
        } else if u32::from(tag - TIMEOUT) == cx.call(call).state && cx.call(call).aux != NONE {
            let child = cx.call(call).aux;
            cx.abandon(child);
            cx.call_mut(call).aux = NONE;
            self.failed(call, Reason::Timeout, cx);
        }
    }
}

impl Source {
    fn new(workload: &Workload, cx: &mut Context) -> Self {
        match workload {
            Workload::Open { rate_rps, arrivals } => {
                Source::Open { gap: cx.sampler(&gap(*rate_rps, *arrivals), "arrivals") }
            }
            Workload::Closed { users, think_time, spawn_rate_per_s } => Source::Closed {
                think: cx.sampler(think_time, "think"),
                spawn: cx.calendar().constant(ns(1000.0 / spawn_rate_per_s)),
                wanted: *users,
                present: 0,
                spawning: false,
            },
        }
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
                    priority: 0,
                }),
                op: match e.operation {
                    Operation::Read => Op::Read,
                    Operation::Write => Op::Write,
                },
                space: hash_text(&e.path) << 32,
                keys: KeySampler::new(e.keys, &e.popularity),
            });
        }
        self.timeout = p.timeout_ms.map(|ms| cx.calendar().constant(ns(ms)));
        self.deadline_ns = p.deadline_ms.map_or(u64::MAX, ns);
        self.retries = p.retries;
        self.backoff = p.backoff.clone();
    }

    /// Lets the next user join, if any is missing, and the one after that later.
    fn spawn(&mut self, cx: &mut Context) {
        let Source::Closed { spawn, wanted, present, spawning, .. } = &mut self.source else {
            return;
        };
        if *spawning || *present >= *wanted {
            return;
        }
        *present += 1;
        *spawning = true;
        let delay = *spawn;
        cx.after_node(delay, SPAWN);
        self.request(cx);
    }

    /// Makes one request.
    fn request(&mut self, cx: &mut Context) {
        let line = match self.endpoints.as_slice() {
            [] => return,
            [only] => only,
            many => {
                let at = self.mix_rng.unit() * self.mix.last().copied().unwrap_or(0.0);
                let i = self.mix.partition_point(|&upto| upto <= at);
                &many[i.min(many.len() - 1)]
            }
        };
        let key = line.space | line.keys.draw(&mut self.keys_rng);
        let call = cx.open(line.number, line.op, key);
        if call == NONE {
            // Not even opened: a closed user thinks it over like after any failure.
            self.think(self.epoch, cx);
            return;
        }
        let record = cx.call_mut(call);
        record.state = 0;
        record.instance = self.epoch;
        self.attempt(call, cx);
    }

    /// Sends the request, for the first time or again.
    fn attempt(&mut self, call: CallId, cx: &mut Context) {
        let entry = match self.entries.as_slice() {
            [] => return self.over(call, Outcome::Failed(Reason::NoRoute), cx),
            [only] => only.0,
            many => {
                let at = self.entry_rng.unit() * many[many.len() - 1].1;
                let i = many.partition_point(|&(_, upto)| upto <= at);
                many[i.min(many.len() - 1)].0
            }
        };
        let op = cx.call(call).op;
        let child = cx.send(call, entry, op, u16::MAX);
        if child == NONE {
            return self.over(call, Outcome::Failed(Reason::Limit), cx);
        }
        let record = cx.call_mut(call);
        record.aux = child;
        let attempt = record.state as u8;
        if let Some(timeout) = self.timeout {
            cx.after(timeout, call, TIMEOUT + attempt);
        }
    }

    fn failed(&mut self, call: CallId, reason: Reason, cx: &mut Context) {
        let attempt = cx.call(call).state;
        if attempt >= self.retries {
            return self.over(call, Outcome::Failed(reason), cx);
        }
        let record = cx.call_mut(call);
        record.state = attempt + 1;
        record.mark_again();
        let wait = self.backoff.wait_ns(attempt, &mut self.retry_rng);
        cx.after(Delay::once(wait), call, RETRY);
    }

    fn over(&mut self, call: CallId, outcome: Outcome, cx: &mut Context) {
        let epoch = cx.call(call).instance;
        cx.close(call, outcome, self.deadline_ns);
        self.think(epoch, cx);
    }

    /// A closed user has an answer, thinks, and comes back; one from an earlier workload does not.
    fn think(&mut self, epoch: u16, cx: &mut Context) {
        if let Source::Closed { think, .. } = &mut self.source
            && epoch == self.epoch
        {
            let time = think.draw();
            // A user who thinks for no time at all, in a system that takes none, would stop the clock.
            let time = if time.ns < SHORTEST_THOUGHT_NS { Delay::once(SHORTEST_THOUGHT_NS) } else { time };
            cx.after_node(time, THOUGHT);
        }
    }
}

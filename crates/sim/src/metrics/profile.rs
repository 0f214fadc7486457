//! Single requests as text and as sums: log lines, waterfalls, and where the time goes.

use super::Trace;
use crate::engine::Simulation;
use crate::engine::call::Outcome;
use backpressure_pack::Pack;
use serde::Serialize;
use std::collections::BTreeMap;

/// A request with every call it caused, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct RequestTrace {
    /// Number of the request since the start of the run.
    pub request: u32,
    /// Name of its endpoint.
    pub endpoint: String,
    /// HTTP method.
    pub method: String,
    /// Path.
    pub path: String,
    /// The object it is about (the low half of its key).
    pub key: u32,
    /// When it was made, simulated s.
    pub at_s: f64,
    /// Time to the answer, ms.
    pub latency_ms: f64,
    /// HTTP status its user saw.
    pub status: u16,
    /// `ok`, or the reason it failed.
    pub outcome: String,
    /// Its calls in the order they were sent; the first is the request itself.
    pub spans: Vec<SpanTrace>,
    /// Calls that did not fit the record.
    pub left_out: u32,
}

/// One call of a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct SpanTrace {
    /// Place of the call that made it.
    pub parent: Option<u16>,
    /// Id of the component called.
    pub node: String,
    /// When it was sent, ms after the request was made.
    pub from_ms: f64,
    /// When the answer was back; absent if there was none.
    pub to_ms: Option<f64>,
    /// On the network, there and back, ms.
    pub network_ms: f64,
    /// Waiting for a slot, ms.
    pub queueing_ms: f64,
    /// Worked on, ms.
    pub service_ms: f64,
    /// Waiting for the calls it made, ms.
    pub downstream_ms: f64,
    /// `ok`, `hit`, `miss`, or the reason it failed.
    pub outcome: String,
}

/// Where the time of the recorded requests goes: one path of calls from the users down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct ProfileRow {
    /// Ids of the components from the users down to this one.
    pub path: Vec<String>,
    /// Calls made along this path.
    pub calls: u64,
    /// Mean per request: on the network, waiting, working, ms. What is below has rows of its own.
    pub network_ms: f64,
    /// See `network_ms`.
    pub queueing_ms: f64,
    /// See `network_ms`.
    pub service_ms: f64,
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "ok",
        Outcome::Hit => "hit",
        Outcome::Miss => "miss",
        Outcome::Failed(reason) => reason.name(),
    }
}

fn ms(ns: u64) -> f64 {
    ns as f64 / 1e6
}

impl Simulation {
    /// Records every `every`-th users' request from now on, call by call; 0 turns it off. Never changes the run.
    pub fn trace(&mut self, every: u32) {
        if every == 0 {
            self.cx.world.traces.clear();
        }
        self.cx.world.traces.every = every;
    }

    /// Every how many requests one is recorded; 0 if none is.
    pub fn traced_every(&self) -> u32 {
        self.world().traces.every
    }

    /// The latest recorded requests that are over, oldest first.
    pub fn recent_traces(&self) -> Vec<RequestTrace> {
        self.world().traces.recent().map(|t| self.named(t)).collect()
    }

    /// The slowest recorded requests, slowest first.
    pub fn slowest_traces(&self) -> Vec<RequestTrace> {
        self.world().traces.slowest().iter().map(|t| self.named(t)).collect()
    }

    /// Takes the recorded requests that are over out of the record, oldest first.
    pub fn take_traces(&mut self) -> Vec<RequestTrace> {
        let traces = self.recent_traces();
        self.cx.world.traces.forget_recent();
        traces
    }

    fn named(&self, trace: &Trace) -> RequestTrace {
        let world = self.world();
        let facts = world.endpoints.get(usize::from(trace.endpoint)).map(|e| e.facts.clone()).unwrap_or_default();
        let begin = trace.begin_ns;
        let span = |s: &super::Span| {
            let [network, queueing, service, downstream] = s.parts_ns();
            SpanTrace {
                parent: s.parent,
                node: world.nodes.get(s.node as usize).map(|n| n.id.clone()).unwrap_or_default(),
                from_ms: ms(s.sent_ns - begin),
                to_ms: (s.returned_ns > 0).then(|| ms(s.returned_ns - begin)),
                network_ms: ms(network),
                queueing_ms: ms(queueing),
                service_ms: ms(service),
                downstream_ms: ms(downstream),
                outcome: word(s.outcome).to_owned(),
            }
        };
        RequestTrace {
            request: trace.request,
            endpoint: facts.name,
            method: facts.method,
            path: facts.path,
            key: trace.key as u32,
            at_s: begin as f64 / 1e9,
            latency_ms: ms(trace.latency_ns()),
            status: match trace.outcome {
                Outcome::Failed(reason) => reason.status(),
                _ => 200,
            },
            outcome: word(trace.outcome).to_owned(),
            spans: trace.spans.iter().map(span).collect(),
            left_out: trace.left_out,
        }
    }

    /// Where the time of the recorded requests goes, path by path, as a flame graph is drawn from.
    pub fn profile(&self) -> Vec<ProfileRow> {
        let requests = self.world().traces.recent().count().max(1) as f64;
        let mut rows: BTreeMap<Vec<u32>, (u64, [u64; 4])> = BTreeMap::new();
        for trace in self.world().traces.recent() {
            let mut paths: Vec<Vec<u32>> = Vec::new();
            for span in &trace.spans {
                let mut path = span.parent.and_then(|p| paths.get(usize::from(p)).cloned()).unwrap_or_default();
                path.push(span.node);
                let row = rows.entry(path.clone()).or_default();
                row.0 += 1;
                for (sum, part) in row.1.iter_mut().zip(span.parts_ns()) {
                    *sum += part;
                }
                paths.push(path);
            }
        }
        let name = |n: &u32| self.world().nodes.get(*n as usize).map(|n| n.id.clone()).unwrap_or_default();
        rows.iter()
            .map(|(path, (calls, [network, queueing, service, _]))| ProfileRow {
                path: path.iter().map(name).collect(),
                calls: *calls,
                network_ms: ms(*network) / requests,
                queueing_ms: ms(*queueing) / requests,
                service_ms: ms(*service) / requests,
            })
            .collect()
    }
}

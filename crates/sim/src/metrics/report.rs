//! The result of a headless run. Its JSON shape is a promise: other tools read it.

use super::{Latency, LatencyConfidence, LatencyParts, NodeConfidence, Own, Parts, RequestCounters, named};
use crate::analysis::comparison::{Comparison, compare_all};
use crate::analysis::cost::{as_run, per_million};
use crate::analysis::relaxation::Worth;
use crate::analysis::stationarity;
use crate::components::LATE;
use crate::engine::Simulation;
use crate::engine::world::NodeCore;
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything measured since the warm-up ended ([`Simulation::start_measuring`]).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Version of this shape: 1.
    pub format: u32,
    /// Simulated time in all, warm-up included, s.
    pub simulated_s: f64,
    /// Simulated time measured, s.
    pub measured_s: f64,
    /// Events processed, warm-up included.
    pub events: u64,
    /// Wall time of the run, s.
    pub wall_s: f64,
    /// Hash of the run event by event, hexadecimal: equal for equal design, seed and version.
    pub trace_hash: String,
    /// Users' requests that arrived in the measured time.
    pub requests: Requests,
    /// Answers to users in the measured time, whenever their requests arrived, per second.
    pub throughput_per_s: f64,
    /// Those of them that came within the deadline.
    pub goodput_per_s: f64,
    /// Latency of answered requests as users see it, from the first attempt to the answer.
    pub latency_ms: LatencyReport,
    /// Where it went, for every eighth request; absent if none was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_parts: Option<LatencyParts>,
    /// The same by endpoint name.
    pub endpoints: BTreeMap<String, EndpointReport>,
    /// By node id.
    pub nodes: BTreeMap<String, NodeReport>,
    /// What the design costs.
    pub cost: CostReport,
    /// By node id: what theory says of it, or why it says nothing. Only what queues or keeps something.
    pub theory: BTreeMap<String, Comparison>,
    /// What makes the figures above mean less than they seem to, in sentences; empty if nothing does.
    pub warnings: Vec<String>,
}

/// What a design costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CostReport {
    /// All components together, USD per hour.
    pub usd_per_hour: f64,
    /// For a million answered requests at the measured rate, USD; absent if none was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_per_million_requests: Option<f64>,
}

/// Counts of users' requests. `offered = answered + in_flight + Σ failed`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Requests {
    /// Made.
    pub offered: u64,
    /// Answered.
    pub answered: u64,
    /// Answered within the deadline.
    pub in_time: u64,
    /// Neither answered nor failed at the end.
    pub in_flight: u64,
    /// Failed, by reason.
    pub failed: BTreeMap<String, u64>,
    /// Answered with less than was asked for (a fallback); among the answered.
    pub degraded: u64,
    /// Answered with an older version than the store held; among the answered.
    pub stale: u64,
    /// By the status that a client of a REST API sees: 200, or that of the reason of the failure.
    pub status: BTreeMap<u16, u64>,
}

/// A latency distribution, ms. Without observations there is none: not a number, in JSON `null`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LatencyReport {
    /// Arithmetic mean, exact.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
    /// Largest.
    pub max: f64,
    /// How far the figures above may be off for having been measured for so long only: whole, with `null` for what a run of
    /// this length does not tell, or absent where it does not even tell the mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<LatencyConfidence>,
}

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EndpointReport {
    /// Counts.
    pub requests: Requests,
    /// Latency of answered requests.
    pub latency_ms: LatencyReport,
    /// Where it went, for every eighth request; absent if none was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_parts: Option<LatencyParts>,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeReport {
    /// Kind of component.
    pub kind: String,
    /// Name shown to people.
    pub name: String,
    /// What it costs, USD per hour; if it scales itself, for the instances that ran and started.
    pub cost_usd_per_hour: f64,
    /// Calls arriving per second.
    pub rate_in_per_s: f64,
    /// Calls answered per second.
    pub rate_out_per_s: f64,
    /// Share of slots busy, time average, 0 to 1; absent without slots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utilisation: Option<f64>,
    /// Share of cores busy, time average, 0 to 1; absent where there is a core for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<f64>,
    /// Mean number waiting for a slot, time average.
    pub queue_mean: f64,
    /// Most that waited at once.
    pub queue_max: u32,
    /// Mean number inside, time average.
    pub concurrency_mean: f64,
    /// Time from arrival to answer, of answered calls.
    pub residence_ms: LatencyReport,
    /// Calls failed here, by reason.
    pub failed: BTreeMap<String, u64>,
    /// Lookups that found their key; absent where nothing was looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hits: Option<u64>,
    /// Lookups that did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misses: Option<u64>,
    /// Hits over lookups, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hit_ratio: Option<f64>,
    /// Keys evicted to make room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evictions: Option<u64>,
    /// Time the component itself worked, per second of simulated time.
    pub work_mean: f64,
    /// Answers that left it with less than was asked for.
    pub degraded: u64,
    /// Answers that left it with an older version than the store held.
    pub stale: u64,
    /// What only its kind measures: counts as whole numbers, levels as `{now, mean, max}`, spans as latencies.
    #[serde(flatten)]
    pub own: BTreeMap<String, OwnReport>,
    /// How far the averages over time may be off for having been measured for so long only; absent after a very short run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<NodeConfidence>,
}

/// A figure that only one kind of component has.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum OwnReport {
    /// Things counted.
    Count(u64),
    /// A number that goes up and down.
    Level {
        /// At the end.
        now: u32,
        /// Time average.
        mean: f64,
        /// Largest.
        max: u32,
    },
    /// A distribution of times, ms.
    Span(LatencyReport),
}

/// Two without observations are the same, though nothing in them is a number.
impl PartialEq for LatencyReport {
    fn eq(&self, other: &Self) -> bool {
        let bits = |l: &Self| [l.mean, l.p50, l.p90, l.p95, l.p99, l.p999, l.max].map(f64::to_bits);
        bits(self) == bits(other) && self.confidence == other.confidence
    }
}

impl LatencyReport {
    pub(crate) fn new(l: Latency, confidence: Option<LatencyConfidence>) -> Self {
        let observed = |ms: f64| if l.count > 0 { ms } else { f64::NAN };
        Self {
            confidence: confidence.filter(|c| c.mean.is_some()),
            mean: observed(l.mean_ms),
            p50: observed(l.p50_ms),
            p90: observed(l.p90_ms),
            p95: observed(l.p95_ms),
            p99: observed(l.p99_ms),
            p999: observed(l.p999_ms),
            max: observed(l.max_ms),
        }
    }
}

/// A part of a whole, if there is one.
fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

fn by_name(failed: &[u64; crate::engine::call::Reason::ALL.len()]) -> BTreeMap<String, u64> {
    named(failed).map(|(name, n)| (name.to_owned(), n)).collect()
}

impl From<&RequestCounters> for Requests {
    fn from(c: &RequestCounters) -> Self {
        Self {
            offered: c.offered,
            answered: c.answered,
            in_time: c.in_time,
            degraded: c.degraded,
            stale: c.stale,
            in_flight: c.in_flight(),
            failed: by_name(&c.failed),
            status: c.status(),
        }
    }
}

impl Simulation {
    /// The result so far. `wall_s` is what the run took on the wall's clock, which the simulation does not know.
    pub fn report(&self, wall_s: f64) -> Report {
        let world = self.world();
        let span_ns = (world.now - world.measure_from).max(1) as f64;
        let seconds = span_ns / 1e9;
        let (worth, mut nodes) = (Worth::of(self), BTreeMap::new());
        for &n in &world.node_order {
            let core = &world.nodes[n as usize];
            let c = &core.counters;
            let lookups = c.hits + c.misses;
            let looked_up = |value: u64| (lookups > 0).then_some(value);
            let report = NodeReport {
                kind: core.kind.clone(),
                name: core.name.clone(),
                cost_usd_per_hour: as_run(core, world.measure_from, world.now),
                rate_in_per_s: c.arrived as f64 / seconds,
                rate_out_per_s: c.replied as f64 / seconds,
                utilisation: share(c.busy.area(world.now), c.slots.area(world.now)),
                cpu: share(c.computing.area(world.now), c.slots.area(world.now) * core.facts.cores_per_slot()),
                queue_mean: c.waiting.area(world.now) / span_ns,
                queue_max: c.waiting.max(),
                concurrency_mean: c.inside.area(world.now) / span_ns,
                residence_ms: LatencyReport::new(c.residence.summary(), c.residence_confidence(worth.at(n))),
                failed: by_name(&c.failed),
                hits: looked_up(c.hits),
                misses: looked_up(c.misses),
                hit_ratio: (lookups > 0).then(|| c.hits as f64 / lookups as f64),
                evictions: looked_up(c.evictions),
                work_mean: c.work_ns as f64 / span_ns,
                degraded: c.degraded,
                stale: c.stale,
                own: self.own_reports(core, span_ns),
                confidence: c.confidence(&core.facts, worth.at(n)),
            };
            nodes.insert(core.id.clone(), report);
        }
        let (answered, late) = self.answers();
        let throughput_per_s = answered as f64 / seconds;
        Report {
            format: 1,
            simulated_s: world.now as f64 / 1e9,
            measured_s: seconds,
            events: self.events(),
            wall_s,
            trace_hash: format!("{:016x}", self.trace_hash()),
            requests: (&world.requests).into(),
            throughput_per_s,
            goodput_per_s: answered.saturating_sub(late) as f64 / seconds,
            latency_ms: LatencyReport::new(
                world.requests.latency.summary(),
                world.requests.confidence(worth.of_users()),
            ),
            latency_parts: world.requests.parts.since(&Parts::default()),
            endpoints: self.endpoint_reports(&worth),
            nodes,
            cost: self.cost_report(throughput_per_s),
            theory: compare_all(self),
            warnings: stationarity::unsteady(self).iter().map(|g| g.sentence()).collect(),
        }
    }

    /// Answers that users had since measuring began, whenever they asked, and how many of them were too late.
    fn answers(&self) -> (u64, u64) {
        let world = self.world();
        let nodes = world.node_order.iter().map(|&n| &world.nodes[n as usize]).filter(|core| core.kind == "users");
        nodes.fold((0, 0), |(answered, late), core| {
            let too_late = if let Some(Own::Count(n)) = core.counters.own.get(LATE) { *n } else { 0 };
            (answered + core.counters.replied, late + too_late)
        })
    }

    fn cost_report(&self, answered_per_s: f64) -> CostReport {
        let world = self.world();
        let usd_per_hour: f64 =
            (world.node_order.iter()).map(|&n| as_run(&world.nodes[n as usize], world.measure_from, world.now)).sum();
        CostReport { usd_per_hour, usd_per_million_requests: per_million(usd_per_hour, answered_per_s) }
    }

    fn own_reports(&self, core: &NodeCore, span_ns: f64) -> BTreeMap<String, OwnReport> {
        let metrics = crate::components::kind(&core.kind).map_or(&[][..], |k| k.metrics);
        let mut out = BTreeMap::new();
        for (metric, own) in metrics.iter().zip(&core.counters.own) {
            let report = match own {
                Own::Count(n) => OwnReport::Count(*n),
                Own::Level(level) => OwnReport::Level {
                    now: level.value(),
                    mean: level.area(self.world().now) / span_ns,
                    max: level.max(),
                },
                Own::Span(spans) => OwnReport::Span(LatencyReport::new(spans.summary(), None)),
            };
            out.insert(metric.name.to_owned(), report);
        }
        out
    }

    fn endpoint_reports(&self, worth: &Worth) -> BTreeMap<String, EndpointReport> {
        let world = self.world();
        let mut out = BTreeMap::new();
        for (i, e) in world.endpoints.iter().enumerate() {
            let requests = world.requests_of(i);
            let node = &world.nodes[e.node as usize];
            if !node.alive && requests.offered == 0 {
                continue;
            }
            // Two groups of users may give an endpoint the same name; then the name says whose it is.
            let shared = world.endpoints.iter().any(|o| o.node != e.node && o.facts.name == e.facts.name);
            let name = if shared { format!("{}/{}", node.id, e.facts.name) } else { e.facts.name.clone() };
            let latency_ms = LatencyReport::new(requests.latency.summary(), requests.confidence(worth.at(e.node)));
            let latency_parts = requests.parts.since(&Parts::default());
            let report = EndpointReport { requests: requests.into(), latency_ms, latency_parts };
            out.insert(name, report);
        }
        out
    }
}

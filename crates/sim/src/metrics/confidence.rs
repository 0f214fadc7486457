//! Confidence intervals of a run's figures, from its batches. Whether the run is long enough for one is not asked of the figure
//! itself: see `analysis/relaxation.rs`.

use super::batches::Batches;
pub use super::batches::CONFIDENCE;
use super::counters::{node_row, request_row};
use super::histogram::Histogram;
use super::{NodeCounters, RequestCounters};
use crate::analysis::relaxation;
use crate::engine::Simulation;
use backpressure_pack::Pack;
use serde::Serialize;

/// Lower and upper end; `None` (in JSON `null`) while the run is too short to say.
pub type Ends = Option<[f64; 2]>;

/// Confidence intervals of a latency distribution, ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Pack)]
pub struct LatencyConfidence {
    /// The true value lies inside with this probability, 0 to 1.
    pub level: f64,
    /// Of the arithmetic mean.
    pub mean: Ends,
    /// Of the median.
    pub p50: Ends,
    /// Of the 90th percentile.
    pub p90: Ends,
    /// Of the 95th percentile.
    pub p95: Ends,
    /// Of the 99th percentile.
    pub p99: Ends,
    /// Of the 99.9th percentile.
    pub p999: Ends,
}

/// Confidence intervals of a node's averages over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Pack)]
pub struct NodeConfidence {
    /// The true value lies inside with this probability, 0 to 1.
    pub level: f64,
    /// Of the calls arriving per second.
    pub rate_in_per_s: Ends,
    /// Of the share of slots busy, 0 to 1.
    pub utilisation: Ends,
    /// Of the mean number waiting for a slot.
    pub queue_mean: Ends,
    /// Of the mean number inside.
    pub concurrency_mean: Ends,
    /// Of hits over lookups, 0 to 1.
    pub hit_ratio: Ends,
}

/// The figure Σ over / Σ under of a node since its batches began, times `unit`, with its interval of confidence `level`.
pub(crate) fn figure(batches: &Batches, over: usize, under: usize, unit: f64, level: f64) -> (Option<f64>, Ends) {
    let value = batches.ratio(over, under);
    let ends = value.and_then(|v| batches.ratio_interval(over, under, v, level));
    // None of these figures can be below zero.
    (value.map(|v| v * unit), ends.map(|ends| ends.map(|end| (end * unit).max(0.0))))
}

/// Ends that stay below what is possible.
fn at_most(most: f64, ends: Ends) -> Ends {
    ends.map(|[low, high]| [low.min(most), high.min(most)])
}

/// The quantile `p` of a node's times, ms, since its batches began, with its interval of confidence `level`; `worth` is the
/// number of independent observations of the run.
pub(crate) fn quantile(batches: &Batches, times: &Histogram, p: f64, level: f64, worth: f64) -> (f64, Ends) {
    use node_row::{RESIDENCE, RESIDENTS};
    let since = batches.since_begun(times);
    let ends = enough_for(p, worth).then(|| batches.quantile_interval(p, RESIDENTS, RESIDENCE, &since, level));
    (since.quantile_ms(p), ends.flatten())
}

/// Is a run of so many independent observations long enough for an interval of this quantile?
fn enough_for(p: f64, worth: f64) -> bool {
    worth >= relaxation::MEAN && worth * (1.0 - p) >= relaxation::BEYOND
}

impl LatencyConfidence {
    fn of(batches: &Batches, latencies: &Histogram, count: usize, sum: usize, worth: f64) -> Option<Self> {
        let since = batches.since_begun(latencies);
        if worth < relaxation::MEAN || since.count() == 0 {
            return None;
        }
        let quantile = |p| {
            let enough = enough_for(p, worth);
            enough.then(|| batches.quantile_interval(p, count, sum, &since, CONFIDENCE)).flatten()
        };
        let mean = batches.ratio_interval(sum, count, since.mean_ms() * 1e6, CONFIDENCE);
        let all = Self {
            level: CONFIDENCE,
            mean: mean.map(|ends| ends.map(|ns| (ns / 1e6).max(0.0))),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p95: quantile(0.95),
            p99: quantile(0.99),
            p999: quantile(0.999),
        };
        [all.mean, all.p50, all.p90, all.p95, all.p99, all.p999].iter().any(Option::is_some).then_some(all)
    }
}

impl RequestCounters {
    /// Mean latency of answered requests since the system last changed, ms; 0 if there were none.
    pub(crate) fn mean_latency_ms(&self) -> f64 {
        self.batches.since_begun(&self.latency).mean_ms()
    }

    /// Intervals of the latency of answered requests, from a run of so many independent observations; `None` if there is not one.
    pub(crate) fn confidence(&self, worth: f64) -> Option<LatencyConfidence> {
        LatencyConfidence::of(&self.batches, &self.latency, request_row::ANSWERED, request_row::LATENCY, worth)
    }
}

impl NodeCounters {
    /// Intervals of the time from arrival to answer, from a run of so many independent observations; `None` if there is not one.
    pub(crate) fn residence_confidence(&self, worth: f64) -> Option<LatencyConfidence> {
        LatencyConfidence::of(&self.batches, &self.residence, node_row::RESIDENTS, node_row::RESIDENCE, worth)
    }

    /// Intervals of the averages over time of a component of which this is known; `None` if there is not one.
    pub(crate) fn confidence(&self, facts: &crate::engine::Facts, worth: f64) -> Option<NodeConfidence> {
        use node_row::{ARRIVED, BUSY, HITS, INSIDE, LOOKUPS, TIME, WAITING};
        let over_time = |counter: usize, unit: f64| figure(&self.batches, counter, TIME, unit, CONFIDENCE).1;
        let queued = |counter: usize| over_time(counter, 1.0).filter(|_| worth >= relaxation::MEAN);
        let most = facts.queue_limit.map_or(f64::INFINITY, f64::from);
        let all = NodeConfidence {
            level: CONFIDENCE,
            rate_in_per_s: over_time(ARRIVED, 1e9),
            utilisation: (facts.slots > 0 && worth >= relaxation::SHARE)
                .then(|| at_most(1.0, over_time(BUSY, 1.0 / f64::from(facts.slots))))
                .flatten(),
            queue_mean: at_most(most, queued(WAITING)),
            concurrency_mean: queued(INSIDE),
            hit_ratio: at_most(1.0, figure(&self.batches, HITS, LOOKUPS, 1.0, CONFIDENCE).1),
        };
        all.rate_in_per_s.is_some().then_some(all)
    }
}

impl Simulation {
    /// The system changed: figures of what it was say nothing of what it is. Counts, latencies and levels go on; what
    /// intervals and warnings rest on starts anew.
    pub fn restart_batches(&mut self) {
        let world = &mut self.cx.world;
        world.all_requests().for_each(RequestCounters::restart_batches);
        for node in &mut world.nodes {
            node.counters.restart_batches(world.now);
        }
    }
}

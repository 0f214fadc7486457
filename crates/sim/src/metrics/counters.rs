//! Counters and time-weighted levels, kept while the simulation runs. Everything here only grows between two
//! [`crate::Simulation::start_measuring`], so a window is the difference of two states.

use super::LatencyParts;
use super::batches::Batches;
use super::histogram::Histogram;
use crate::components::{Metric, MetricOf};
use crate::engine::Spent;
use crate::engine::call::{DEGRADED, Outcome, Reason, STALE};
use backpressure_pack::Pack;
use std::collections::BTreeMap;

/// Failures by reason, indexed by `Reason as usize`.
pub(crate) type ByReason = [u64; Reason::ALL.len()];

/// Reasons that occurred, with their counts.
pub(crate) fn named(by: &ByReason) -> impl Iterator<Item = (&'static str, u64)> + '_ {
    Reason::ALL.iter().map(|r| (r.name(), by[*r as usize])).filter(|(_, n)| *n > 0)
}

/// A number that changes at instants, and its integral over time.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub(crate) struct Level {
    value: u32,
    max: u32,
    /// Σ change · instant, modulo 2¹²⁸: the value times the present instant, less this, is ∫ value dt in whole ns. A change
    /// costs one subtraction that way, without asking when the last one was.
    moments: u128,
    /// The integral before it was started anew.
    before: f64,
}

impl Level {
    #[inline(always)]
    pub fn change(&mut self, by: i32, now: u64) {
        self.value = self.value.wrapping_add_signed(by);
        if by > 0 && self.value > self.max {
            self.max = self.value;
        }
        match by {
            1 => self.moments = self.moments.wrapping_add(u128::from(now)),
            -1 => self.moments = self.moments.wrapping_sub(u128::from(now)),
            _ => self.changed_by(by, now),
        }
    }

    /// Nearly every change is by one.
    #[cold]
    #[inline(never)]
    fn changed_by(&mut self, by: i32, now: u64) {
        self.moments = self.moments.wrapping_add((i128::from(by) * i128::from(now)).cast_unsigned());
    }

    pub fn value(&self) -> u32 {
        self.value
    }

    pub fn max(&self) -> u32 {
        self.max
    }

    /// ∫ value dt up to `now`, ns.
    pub fn area(&self, now: u64) -> f64 {
        (u128::from(self.value) * u128::from(now)).wrapping_sub(self.moments).cast_signed() as f64
    }

    /// ∫ value dt since the run began, ns, whenever measuring started.
    pub fn whole_area(&self, now: u64) -> f64 {
        self.before + self.area(now)
    }

    /// Starts the integral anew; the value stays.
    pub fn restart(&mut self, now: u64) {
        self.before = self.whole_area(now);
        (self.moments, self.max) = (u128::from(self.value) * u128::from(now), self.value);
    }
}

/// What one node counted.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub(crate) struct NodeCounters {
    pub arrived: u64,
    pub replied: u64,
    pub failed: ByReason,
    pub hits: u64,
    pub misses: u64,
    pub evictions: u64,
    pub inside: Level,
    pub busy: Level,
    pub waiting: Level,
    /// Slots there are, and cores in use, where a component has any.
    pub slots: Level,
    pub computing: Level,
    pub residence: Histogram,
    /// Time the component itself worked, over all calls, ns.
    pub work_ns: u64,
    /// Answered with less than was asked for; with an older version than the store held.
    pub degraded: u64,
    pub stale: u64,
    /// What only this kind of component measures, in the order of its [`crate::components::Kind::metrics`].
    pub own: Vec<Own>,
    /// Filled by the calls that left, answered or failed.
    pub batches: Batches,
}

/// A measurement of a kind's own.
#[derive(Clone, Debug, PartialEq, Pack)]
pub(crate) enum Own {
    Count(u64),
    Level(Level),
    Span(Histogram),
}

/// What the batches of a node keep of an instant, by place in the row.
pub(crate) mod node_row {
    /// Simulated time, ns.
    pub const TIME: usize = 0;
    pub const ARRIVED: usize = 1;
    /// Calls whose residence counts, and its sum, ns.
    pub const RESIDENTS: usize = 2;
    pub const RESIDENCE: usize = 3;
    /// ∫ dt, ns.
    pub const INSIDE: usize = 4;
    pub const BUSY: usize = 5;
    pub const WAITING: usize = 6;
    pub const HITS: usize = 7;
    pub const LOOKUPS: usize = 8;
    pub const LEFT: usize = 9;
    pub const FAILED: usize = 10;
    pub const WIDTH: usize = 11;
}

impl NodeCounters {
    pub fn restart(&mut self, now: u64) {
        (self.arrived, self.replied, self.hits, self.misses, self.evictions) = (0, 0, 0, 0, 0);
        self.failed = ByReason::default();
        for level in [&mut self.inside, &mut self.busy, &mut self.waiting, &mut self.slots, &mut self.computing] {
            level.restart(now);
        }
        self.residence.clear();
        (self.work_ns, self.degraded, self.stale) = (0, 0, 0);
        for own in &mut self.own {
            match own {
                Own::Count(n) => *n = 0,
                Own::Level(level) => level.restart(now),
                Own::Span(spans) => spans.clear(),
            }
        }
        self.restart_batches(now);
    }

    /// Counters of a component of this kind.
    pub fn of_kind(kind: &str) -> Self {
        let own = |metric: &Metric| match metric.of {
            MetricOf::Count => Own::Count(0),
            MetricOf::Level => Own::Level(Level::default()),
            MetricOf::Span => Own::Span(Histogram::default()),
        };
        let own = crate::components::kind(kind).map_or_else(Vec::new, |k| k.metrics.iter().map(own).collect());
        Self { own, ..Self::default() }
    }

    #[inline]
    pub fn count(&mut self, metric: usize, by: u64) {
        if let Some(Own::Count(n)) = self.own.get_mut(metric) {
            *n += by;
        }
    }

    pub fn level(&mut self, metric: usize, by: i32, now: u64) {
        if let Some(Own::Level(level)) = self.own.get_mut(metric) {
            level.change(by, now);
        }
    }

    pub fn set_level(&mut self, metric: usize, to: u32, now: u64) {
        if let Some(Own::Level(level)) = self.own.get_mut(metric) {
            let by = to.wrapping_sub(level.value()) as i32;
            if by != 0 {
                level.change(by, now);
            }
        }
    }

    pub fn span(&mut self, metric: usize, ns: u64) {
        if let Some(Own::Span(spans)) = self.own.get_mut(metric) {
            spans.record(ns);
        }
    }

    /// An answer left with these marks on it.
    #[inline(always)]
    pub fn flagged(&mut self, flags: u8) {
        if flags & (DEGRADED | STALE) != 0 {
            self.degraded += u64::from(flags & DEGRADED != 0);
            self.stale += u64::from(flags & STALE != 0);
        }
    }

    /// Batches begin anew: what was before belongs to another system, or to the warm-up.
    pub fn restart_batches(&mut self, now: u64) {
        self.batches.begin(self.row(now), &self.residence);
    }

    fn row(&self, now: u64) -> [f64; node_row::WIDTH] {
        [
            now as f64,
            self.arrived as f64,
            self.residence.count() as f64,
            self.residence.sum_ns() as f64,
            self.inside.area(now),
            self.busy.area(now),
            self.waiting.area(now),
            self.hits as f64,
            (self.hits + self.misses) as f64,
            (self.replied + self.failed_total()) as f64,
            self.failed_total() as f64,
        ]
    }

    /// The same without the batches and what they are made from: cheap to keep.
    pub fn without_batches(&self) -> Self {
        Self {
            inside: self.inside.clone(),
            busy: self.busy.clone(),
            waiting: self.waiting.clone(),
            slots: self.slots.clone(),
            computing: self.computing.clone(),
            residence: self.residence.clone(),
            own: self.own.clone(),
            batches: Batches::default(),
            ..*self
        }
    }

    pub fn failed_total(&self) -> u64 {
        self.failed.iter().sum()
    }
}

/// What one link counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pack)]
pub(crate) struct LinkCounters {
    pub calls: u64,
    pub replies: u64,
    pub failed: u64,
    /// Messages lost on the way, calls and replies.
    pub lost: u64,
}

/// Where the time of answered requests went, for those that are broken down (see [`crate::engine`]'s `spent`): sums, ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pack)]
pub(crate) struct Parts {
    pub requests: u64,
    pub latency: u64,
    pub spent: Spent,
}

impl Parts {
    pub fn add(&mut self, spent: Spent, latency: u64) {
        self.requests += 1;
        self.latency += latency;
        self.spent.network += spent.network;
        self.spent.queueing += spent.queueing;
        self.spent.service += spent.service;
    }

    /// Those of another as well.
    pub fn include(&mut self, other: &Parts) {
        self.requests += other.requests;
        self.latency += other.latency;
        self.spent.network = self.spent.network.wrapping_add(other.spent.network);
        self.spent.queueing = self.spent.queueing.wrapping_add(other.spent.queueing);
        self.spent.service = self.spent.service.wrapping_add(other.spent.service);
    }

    /// Means per request, ms, of those since `earlier`; `None` if there are none.
    pub fn since(&self, earlier: &Parts) -> Option<LatencyParts> {
        let requests = self.requests.saturating_sub(earlier.requests);
        let mean = |now: u64, before: u64| now.wrapping_sub(before) as f64 / requests as f64 / 1e6;
        let (now, before) = (&self.spent, &earlier.spent);
        let network_ms = mean(now.network, before.network);
        let queueing_ms = mean(now.queueing, before.queueing);
        let service_ms = mean(now.service, before.service);
        let all = mean(self.latency, earlier.latency);
        (requests > 0).then(|| LatencyParts {
            requests,
            network_ms,
            queueing_ms,
            service_ms,
            lost_ms: (all - network_ms - queueing_ms - service_ms).max(0.0),
        })
    }
}

/// What the users saw: in total, and per endpoint.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub(crate) struct RequestCounters {
    pub offered: u64,
    pub answered: u64,
    pub in_time: u64,
    /// Answered with less than was asked for.
    pub degraded: u64,
    /// Answered with an older version than the store held.
    pub stale: u64,
    pub failed: ByReason,
    pub latency: Histogram,
    pub parts: Parts,
    pub batches: Batches,
}

/// What the batches of requests keep of an instant, by place in the row.
pub(crate) mod request_row {
    /// Answers, and the sum of their latencies, ns.
    pub const ANSWERED: usize = 0;
    pub const LATENCY: usize = 1;
}

impl RequestCounters {
    /// A request ended, with these marks on it.
    #[inline]
    pub fn close(&mut self, outcome: Outcome, latency_ns: u64, in_time: bool, flags: u8) {
        match outcome {
            Outcome::Failed(reason) => self.failed[reason as usize] += 1,
            _ => {
                self.degraded += u64::from(flags & DEGRADED != 0);
                self.stale += u64::from(flags & STALE != 0);
                if self.answer(Histogram::bucket(latency_ns), latency_ns, in_time) {
                    self.end_batch();
                }
            }
        }
    }

    /// A request was answered after so long, which lies in this bucket. True if a batch is full: then end it.
    #[inline(always)]
    pub fn answer(&mut self, bucket: usize, latency_ns: u64, in_time: bool) -> bool {
        self.answered += 1;
        self.in_time += u64::from(in_time);
        self.latency.record_in(bucket, latency_ns);
        self.batches.observe()
    }

    #[cold]
    #[inline(never)]
    fn end_batch(&mut self) {
        self.batches.end(self.row(), &self.latency);
    }

    fn row(&self) -> [f64; 2] {
        [self.latency.count() as f64, self.latency.sum_ns() as f64]
    }

    /// Batches begin anew: what was before belongs to another system.
    pub fn restart_batches(&mut self) {
        self.batches.begin(self.row(), &self.latency);
    }

    /// The same without the batches: cheap to keep.
    pub fn without_batches(&self) -> Self {
        Self { latency: self.latency.clone(), batches: Batches::default(), ..*self }
    }

    pub fn failed_total(&self) -> u64 {
        self.failed.iter().sum()
    }

    /// Ended requests by HTTP status.
    pub fn status(&self) -> BTreeMap<u16, u64> {
        let mut by = BTreeMap::new();
        if self.answered > 0 {
            by.insert(200, self.answered);
        }
        for reason in Reason::ALL {
            if self.failed[reason as usize] > 0 {
                *by.entry(reason.status()).or_insert(0) += self.failed[reason as usize];
            }
        }
        by
    }

    /// Requests neither answered nor failed.
    pub fn in_flight(&self) -> u64 {
        self.offered - self.answered - self.failed_total()
    }
}

impl NodeCounters {
    /// A call left this node. Residence is that of answered calls: a refusal takes no time and would flatter it.
    #[inline]
    pub fn leave(&mut self, now: u64, outcome: Outcome, measured: bool, residence_ns: u64) {
        let full = match outcome {
            Outcome::Failed(reason) => {
                self.inside.change(-1, now);
                self.failed[reason as usize] += 1;
                self.batches.observe()
            }
            _ if measured => self.answer(now, Histogram::bucket(residence_ns), residence_ns),
            _ => {
                self.inside.change(-1, now);
                self.replied += 1;
                self.batches.observe()
            }
        };
        if full {
            self.end_batch(now);
        }
    }

    /// A call that counts left this node, answered after so long, which lies in this bucket. True if a batch is full: then
    /// end it.
    #[inline(always)]
    pub fn answer(&mut self, now: u64, bucket: usize, residence_ns: u64) -> bool {
        self.inside.change(-1, now);
        self.replied += 1;
        self.residence.record_in(bucket, residence_ns);
        self.batches.observe()
    }

    #[cold]
    #[inline(never)]
    fn end_batch(&mut self, now: u64) {
        self.batches.end(self.row(now), &self.residence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against rectangles added up one by one, over runs of years with millions inside, and with measuring begun anew on the
        /// way.
        #[test]
        fn the_integral_of_a_level_is_the_area_under_it(
            steps in prop::collection::vec((-2_000_000i32..2_000_000, 0u64..1 << 55), 1..60),
            anew in 0usize..60,
        ) {
            let (mut level, mut now, mut value, mut area, mut whole) = (Level::default(), 0u64, 0u32, 0i128, 0i128);
            let mut max = 0;
            for (i, (by, wait)) in steps.into_iter().enumerate() {
                // Nothing falls below zero.
                let by = if i % 3 == 0 { 1 } else { by.max(-(value as i32)) };
                now += wait;
                area += i128::from(value) * i128::from(wait);
                if i == anew {
                    level.restart(now);
                    (whole, area, max) = (area, 0, value);
                }
                value = value.wrapping_add_signed(by);
                max = max.max(value);
                level.change(by, now);
                prop_assert_eq!((level.value(), level.max()), (value, max));
                prop_assert_eq!(level.area(now), area as f64);
                let all = (whole + area) as f64;
                prop_assert!((level.whole_area(now) - all).abs() <= 1e-15 * all, "{} for {all}", level.whole_area(now));
            }
        }
    }
}

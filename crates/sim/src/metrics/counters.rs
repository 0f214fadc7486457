//! Counters and time-weighted levels, kept while the simulation runs. Everything here only grows between two
//! [`crate::Simulation::start_measuring`], so a window is the difference of two states.

use super::histogram::Histogram;
use crate::engine::call::{Outcome, Reason};
use serde::{Deserialize, Serialize};

/// Failures by reason, indexed by `Reason as usize`.
pub(crate) type ByReason = [u64; Reason::ALL.len()];

/// Reasons that occurred, with their counts.
pub(crate) fn named(by: &ByReason) -> impl Iterator<Item = (&'static str, u64)> + '_ {
    Reason::ALL.iter().map(|r| (r.name(), by[*r as usize])).filter(|(_, n)| *n > 0)
}

/// A number that changes at instants, and its integral over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Level {
    value: u32,
    max: u32,
    since_ns: u64,
    /// ∫ value dt, ns. A sum of whole numbers, exact below 2⁵³ and correct to 10⁻¹⁶ beyond.
    area: f64,
}

impl Level {
    #[inline]
    pub fn change(&mut self, by: i32, now: u64) {
        self.area += f64::from(self.value) * (now - self.since_ns) as f64;
        self.since_ns = now;
        self.value = self.value.wrapping_add_signed(by);
        self.max = self.max.max(self.value);
    }

    pub fn value(&self) -> u32 {
        self.value
    }

    pub fn max(&self) -> u32 {
        self.max
    }

    /// ∫ value dt up to `now`, ns.
    pub fn area(&self, now: u64) -> f64 {
        self.area + f64::from(self.value) * now.saturating_sub(self.since_ns) as f64
    }

    /// Starts the integral anew; the value stays.
    pub fn restart(&mut self, now: u64) {
        (self.area, self.since_ns, self.max) = (0.0, now, self.value);
    }
}

/// What one node counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    pub residence: Histogram,
}

impl NodeCounters {
    pub fn restart(&mut self, now: u64) {
        (self.arrived, self.replied, self.hits, self.misses, self.evictions) = (0, 0, 0, 0, 0);
        self.failed = ByReason::default();
        for level in [&mut self.inside, &mut self.busy, &mut self.waiting] {
            level.restart(now);
        }
        self.residence.clear();
    }

    pub fn failed_total(&self) -> u64 {
        self.failed.iter().sum()
    }
}

/// What one link counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct LinkCounters {
    pub calls: u64,
    pub replies: u64,
    pub failed: u64,
}

/// What the users saw: in total, and per endpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct RequestCounters {
    pub offered: u64,
    pub answered: u64,
    pub in_time: u64,
    pub failed: ByReason,
    pub latency: Histogram,
}

impl RequestCounters {
    #[inline]
    pub fn close(&mut self, outcome: Outcome, latency_ns: u64, in_time: bool) {
        match outcome {
            Outcome::Failed(reason) => self.failed[reason as usize] += 1,
            _ => {
                self.answered += 1;
                self.in_time += u64::from(in_time);
                self.latency.record(latency_ns);
            }
        }
    }

    pub fn failed_total(&self) -> u64 {
        self.failed.iter().sum()
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
        self.inside.change(-1, now);
        match outcome {
            Outcome::Failed(reason) => self.failed[reason as usize] += 1,
            _ => {
                self.replied += 1;
                if measured {
                    self.residence.record(residence_ns);
                }
            }
        }
    }
}

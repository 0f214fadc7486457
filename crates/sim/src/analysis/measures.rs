//! The figures that whole systems are judged by, and whether two systems differ in them.

use super::statistics::Interval;
use crate::metrics::Report;
use serde::Serialize;

/// A figure of a whole run.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Name in results (`latency_p99_ms`).
    pub name: &'static str,
    /// As people call it.
    pub label: &'static str,
    /// Is more of it better?
    pub more_is_better: bool,
    /// Reads it; not a number where a run has none.
    pub read: fn(&Report) -> f64,
}

/// Every measure, the most asked for first.
pub const MEASURES: [Measure; 10] = [
    Measure {
        name: "throughput_per_s",
        label: "throughput, 1/s",
        more_is_better: true,
        read: |r| r.requests.answered as f64 / r.measured_s,
    },
    Measure {
        name: "goodput_per_s",
        label: "goodput, 1/s",
        more_is_better: true,
        read: |r| r.requests.in_time as f64 / r.measured_s,
    },
    Measure { name: "failed_share", label: "failed, share", more_is_better: false, read: failed_share },
    Measure {
        name: "latency_mean_ms",
        label: "mean latency, ms",
        more_is_better: false,
        read: |r| answered(r, r.latency_ms.mean),
    },
    Measure {
        name: "latency_p50_ms",
        label: "p50, ms",
        more_is_better: false,
        read: |r| answered(r, r.latency_ms.p50),
    },
    Measure {
        name: "latency_p90_ms",
        label: "p90, ms",
        more_is_better: false,
        read: |r| answered(r, r.latency_ms.p90),
    },
    Measure {
        name: "latency_p95_ms",
        label: "p95, ms",
        more_is_better: false,
        read: |r| answered(r, r.latency_ms.p95),
    },
    Measure {
        name: "latency_p99_ms",
        label: "p99, ms",
        more_is_better: false,
        read: |r| answered(r, r.latency_ms.p99),
    },
    Measure {
        name: "latency_p999_ms",
        label: "p99.9, ms",
        more_is_better: false,
        read: |r| answered(r, r.latency_ms.p999),
    },
    Measure {
        name: "cost_usd_per_hour",
        label: "cost, USD/hour",
        more_is_better: false,
        read: |r| r.cost.usd_per_hour,
    },
];

/// Share of the requests that ended which failed; 0 if none ended.
fn failed_share(r: &Report) -> f64 {
    let failed: u64 = r.requests.failed.values().sum();
    failed as f64 / (r.requests.answered + failed).max(1) as f64
}

fn answered(r: &Report, value: f64) -> f64 {
    if r.requests.answered > 0 { value } else { f64::NAN }
}

/// How two systems differ in one measure, under common random numbers: run `i` of both has the same seed, so what chance
/// gives to one it gives to the other, and the differences of pairs vary less than the runs themselves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// [`Measure::name`].
    pub measure: &'static str,
    /// [`Measure::label`].
    #[serde(skip)]
    pub label: &'static str,
    /// The first system.
    pub a: Interval,
    /// The second.
    pub b: Interval,
    /// Second minus first, pair by pair.
    pub difference: Interval,
    /// Does the interval of the difference leave zero out?
    pub real: bool,
    /// What that says, in words.
    pub words: String,
}

/// Compares two systems by the paired t interval of each measure. The runs are pairs, in order. Measures that a run has no
/// value of are left out.
pub fn compare(a: &[Report], b: &[Report], confidence: f64) -> Vec<Difference> {
    MEASURES.iter().filter_map(|measure| difference(measure, a, b, confidence)).collect()
}

fn difference(measure: &Measure, a: &[Report], b: &[Report], confidence: f64) -> Option<Difference> {
    let of = |reports: &[Report]| reports.iter().map(measure.read).collect::<Vec<f64>>();
    let (a, b) = (of(a), of(b));
    let pairs: Vec<f64> = a.iter().zip(&b).map(|(a, b)| b - a).collect();
    if pairs.iter().any(|d| !d.is_finite()) {
        return None;
    }
    let (a, b) = (Interval::of(&a, confidence), Interval::of(&b, confidence));
    let difference = Interval::of(&pairs, confidence);
    let real = !difference.holds(0.0);
    let words = words(measure, &a, &difference, real);
    Some(Difference { measure: measure.name, label: measure.label, a, b, difference, real, words })
}

/// A difference of a smaller share is of no account, real or not: one request more in flight at the end makes as much.
const NEGLIGIBLE: f64 = 0.001;

fn words(measure: &Measure, a: &Interval, difference: &Interval, real: bool) -> String {
    if difference.mean == 0.0 && difference.half_width == 0.0 {
        return "the same".to_owned();
    }
    if !real {
        return "no difference that chance would not explain".to_owned();
    }
    if difference.mean.abs() < NEGLIGIBLE * a.mean {
        return "a real difference, but of less than 0.1 %".to_owned();
    }
    let more = difference.mean > 0.0;
    let judged = if more == measure.more_is_better { "better" } else { "worse" };
    let by = if a.mean > 0.0 {
        format!("{:.1} % {}", difference.mean.abs() / a.mean * 100.0, if more { "higher" } else { "lower" })
    } else {
        (if more { "higher" } else { "lower" }).to_owned()
    };
    format!("really {by} in the second: {judged}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure() -> Measure {
        MEASURES[3]
    }

    #[test]
    fn a_difference_is_judged_by_what_is_better() {
        let a = Interval { mean: 10.0, half_width: 1.0 };
        let words = |mean: f64, half_width: f64, real| words(&measure(), &a, &Interval { mean, half_width }, real);
        assert_eq!(words(-2.5, 0.5, true), "really 25.0 % lower in the second: better");
        assert_eq!(words(1.0, 0.5, true), "really 10.0 % higher in the second: worse");
        assert_eq!(words(0.005, 0.001, true), "a real difference, but of less than 0.1 %");
        assert_eq!(words(0.1, 0.5, false), "no difference that chance would not explain");
        assert_eq!(words(0.0, 0.0, false), "the same");
    }
}

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
    /// What is better?
    pub better: Better,
    /// Reads it; not a number where a run has none.
    pub read: fn(&Report) -> f64,
}

/// Whether more or less of a figure is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is.
    More,
    /// Less is.
    Less,
    /// It is what is asked of a system, not what it makes of it.
    Neither,
}

/// Every measure, the most asked for first.
pub const MEASURES: [Measure; 11] = [
    Measure {
        name: "offered_per_s",
        label: "offered, 1/s",
        better: Better::Neither,
        read: |r| r.requests.offered as f64 / r.measured_s,
    },
    Measure { name: "throughput_per_s", label: "answered, 1/s", better: Better::More, read: |r| r.throughput_per_s },
    Measure { name: "goodput_per_s", label: "answered in time, 1/s", better: Better::More, read: |r| r.goodput_per_s },
    Measure { name: "failed_share", label: "failed, share", better: Better::Less, read: failed_share },
    Measure { name: "latency_mean_ms", label: "mean latency, ms", better: Better::Less, read: |r| r.latency_ms.mean },
    Measure { name: "latency_p50_ms", label: "p50, ms", better: Better::Less, read: |r| r.latency_ms.p50 },
    Measure { name: "latency_p90_ms", label: "p90, ms", better: Better::Less, read: |r| r.latency_ms.p90 },
    Measure { name: "latency_p95_ms", label: "p95, ms", better: Better::Less, read: |r| r.latency_ms.p95 },
    Measure { name: "latency_p99_ms", label: "p99, ms", better: Better::Less, read: |r| r.latency_ms.p99 },
    Measure { name: "latency_p999_ms", label: "p99.9, ms", better: Better::Less, read: |r| r.latency_ms.p999 },
    Measure { name: "cost_usd_per_hour", label: "cost, USD/hour", better: Better::Less, read: |r| r.cost.usd_per_hour },
];

/// Share of the requests that ended which failed; 0 if none ended.
fn failed_share(r: &Report) -> f64 {
    let failed: u64 = r.requests.failed.values().sum();
    failed as f64 / (r.requests.answered + failed).max(1) as f64
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
    /// The first system; not a number (in JSON `null`) where no run has the figure.
    pub a: Interval,
    /// The second.
    pub b: Interval,
    /// Second minus first, pair by pair.
    pub difference: Interval,
    /// How many pairs that rests on: those in which both have the figure.
    pub pairs: usize,
    /// Does the interval of the difference leave zero out, and are there enough pairs to say so?
    pub real: bool,
    /// What that says, in words.
    pub words: String,
}

/// Fewer pairs than these tell no real difference from chance: the interval of so few rests on the assumption that they vary as
/// a normal distribution does, which latencies do not.
pub const FEWEST_PAIRS: usize = 5;

/// Compares two systems by the paired t interval of each measure. The runs are pairs, in order.
pub fn compare(a: &[Report], b: &[Report], confidence: f64) -> Vec<Difference> {
    let all = MEASURES.iter().map(|measure| {
        let of = |reports: &[Report]| reports.iter().map(measure.read).collect::<Vec<f64>>();
        difference(measure, &of(a), &of(b), confidence)
    });
    let mut all: Vec<Difference> = all.collect();
    if let Some(load) = loads(&all) {
        let judged =
            all.iter_mut().filter(|d| d.real && d.words.contains("really") && d.measure != "cost_usd_per_hour");
        judged.filter(|d| d.measure != LOAD).for_each(|d| d.words = [&d.words, ", but ", &load].concat());
    }
    all
}

/// The measure of what is asked.
const LOAD: &str = "offered_per_s";

/// From this share on loads are not the same, whatever chance had to do with it.
const OTHER_LOAD: f64 = 0.01;

/// Says what load the second system had, if it is not that of the first: then other figures compare loads as well.
pub fn loads(differences: &[Difference]) -> Option<String> {
    let load = differences.iter().find(|d| d.measure == LOAD)?;
    let by = load.difference.mean / load.a.mean;
    (by.is_finite() && by.abs() >= OTHER_LOAD)
        .then(|| format!("under {:.1} % {} load", by.abs() * 100.0, if by > 0.0 { "more" } else { "less" }))
}

fn difference(measure: &Measure, a: &[f64], b: &[f64], confidence: f64) -> Difference {
    let interval = |values: &[f64]| {
        let there: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        if there.is_empty() { NONE } else { Interval::of(&there, confidence) }
    };
    let pairs: Vec<f64> = a.iter().zip(b).map(|(a, b)| b - a).filter(|d| d.is_finite()).collect();
    let (a, b, difference) = (interval(a), interval(b), interval(&pairs));
    let outside = difference.mean.is_finite() && !difference.holds(0.0);
    let real = outside && pairs.len() >= FEWEST_PAIRS;
    let words = match (a.mean.is_finite(), b.mean.is_finite()) {
        (false, false) => "neither answered anything".to_owned(),
        (false, true) => "the first answered nothing".to_owned(),
        (true, false) => "the second answered nothing".to_owned(),
        _ if pairs.is_empty() => "no pair in which both answered anything".to_owned(),
        _ => words(measure, &a, &difference, pairs.len(), outside),
    };
    Difference { measure: measure.name, label: measure.label, a, b, difference, pairs: pairs.len(), real, words }
}

const NONE: Interval = Interval { mean: f64::NAN, half_width: f64::NAN };

/// A difference of a smaller share is of no account, real or not: one request more in flight at the end makes as much.
const NEGLIGIBLE: f64 = 0.001;

fn words(measure: &Measure, a: &Interval, difference: &Interval, pairs: usize, outside: bool) -> String {
    if difference.mean == 0.0 && (difference.half_width == 0.0 || pairs == 1) {
        return "the same".to_owned();
    }
    if pairs < FEWEST_PAIRS {
        return format!("too few pairs to say: it takes {FEWEST_PAIRS}");
    }
    if !outside {
        return "no difference that chance would not explain".to_owned();
    }
    if difference.mean.abs() < NEGLIGIBLE * a.mean {
        return "a real difference, but of less than 0.1 %".to_owned();
    }
    let more = difference.mean > 0.0;
    let judged = match measure.better {
        Better::Neither => "",
        better if more == (better == Better::More) => ": better",
        _ => ": worse",
    };
    let by = if a.mean > 0.0 {
        format!("{:.1} % {}", difference.mean.abs() / a.mean * 100.0, if more { "higher" } else { "lower" })
    } else {
        (if more { "higher" } else { "lower" }).to_owned()
    };
    format!("really {by} in the second{judged}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(name: &str) -> Measure {
        *MEASURES.iter().find(|m| m.name == name).unwrap_or(&MEASURES[0])
    }

    #[test]
    fn a_difference_is_judged_by_what_is_better() {
        let a = Interval { mean: 10.0, half_width: 1.0 };
        let latency = measure("latency_mean_ms");
        let words = |mean: f64, half_width: f64, out| words(&latency, &a, &Interval { mean, half_width }, 10, out);
        assert_eq!(words(-2.5, 0.5, true), "really 25.0 % lower in the second: better");
        assert_eq!(words(1.0, 0.5, true), "really 10.0 % higher in the second: worse");
        assert_eq!(words(0.005, 0.001, true), "a real difference, but of less than 0.1 %");
        assert_eq!(words(0.1, 0.5, false), "no difference that chance would not explain");
        assert_eq!(words(0.0, 0.0, false), "the same");
        let load = measure(LOAD);
        let words = super::words(&load, &a, &Interval { mean: -2.5, half_width: 0.5 }, 10, true);
        assert_eq!(words, "really 25.0 % lower in the second", "more load is neither better nor worse");
    }

    #[test]
    fn few_pairs_say_nothing_of_what_is_real() {
        let of = |n: usize| {
            difference(&measure("latency_p50_ms"), &[10.0, 10.2, 10.1, 10.0, 10.3][..n], &[20.0; 5][..n], 0.95)
        };
        for n in 1..FEWEST_PAIRS {
            assert!(!of(n).real && of(n).words.starts_with("too few pairs"), "{:?}", of(n));
        }
        assert!(of(FEWEST_PAIRS).real, "{:?}", of(FEWEST_PAIRS));
        let same = difference(&measure("latency_p50_ms"), &[10.0], &[10.0], 0.95);
        assert_eq!(same.words, "the same", "a design does not differ from itself");
    }

    #[test]
    fn who_answered_nothing_has_no_latency_to_compare() {
        let nothing = [f64::NAN; 6];
        let some = [8.0, 9.0, f64::NAN, 8.5, 8.2, 8.1];
        let of = |a: &[f64], b: &[f64]| difference(&measure("latency_p50_ms"), a, b, 0.95);
        let d = of(&some, &nothing);
        assert!(d.a.mean.is_finite() && d.b.mean.is_nan() && d.difference.mean.is_nan() && !d.real, "{d:?}");
        assert_eq!((d.pairs, d.words.as_str()), (0, "the second answered nothing"));
        assert_eq!(of(&nothing, &some).words, "the first answered nothing");
        assert_eq!(of(&nothing, &nothing).words, "neither answered anything");
        assert_eq!(of(&some, &[9.0; 6]).pairs, 5, "the run without answers is in no pair");
    }
}

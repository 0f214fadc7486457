//! What a design promises, as sentences that can be tested: `p99 < 200 ms at 5000 rps`, `survives the loss of one zone`.
//!
//! ```text
//!   FIGURE OP NUMBER [UNIT] [at RATE rps]
//!   survives the loss of one zone | instance | component
//!
//!   FIGURE  p50 p90 p95 p99 p99.9 mean max   [of ENDPOINT]        latency, ms or s
//!           error rate, availability, stale reads, degraded       share, %
//!           throughput, goodput                                   rps
//!           utilisation | queue | hit ratio   of COMPONENT        share or number
//!           cost                                                  USD per hour
//!   OP      < <= > >=
//! ```

use super::cost::cost;
use crate::components::kind;
use crate::design::{Design, Fault, Severity, check};
use crate::engine::Simulation;
use crate::metrics::{LatencyReport, Report, Requests};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What came of an assertion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The assertion as it stands in the design.
    pub assertion: String,
    /// Does it hold?
    pub holds: bool,
    /// The figure measured, in the assertion's unit; absent where there is none, or the assertion could not be understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<f64>,
    /// One sentence: what was measured, or what is wrong with the assertion.
    pub sentence: String,
}

/// How an assertion is tested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// Simulated time of each run, warm-up included, s.
    pub duration_s: f64,
    /// Simulated time before measuring starts, s.
    pub warmup_s: f64,
}

/// A system that lost a part survives if at least this share of requests is answered in time again, once callers have had
/// [`RECOVERY_S`] to find out.
pub const SURVIVES: f64 = 0.99;
/// Time callers are given to find out, simulated s.
pub const RECOVERY_S: f64 = 30.0;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Assertion {
    Figure {
        figure: Figure,
        of: Option<String>,
        less: bool,
        or_equal: bool,
        bound: f64,
        unit: Unit,
        rate_rps: Option<f64>,
    },
    Survives(Part),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part {
    Zone,
    Instance,
    Component,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Figure {
    Latency(&'static str),
    ErrorRate,
    Availability,
    Stale,
    Degraded,
    Throughput,
    Goodput,
    Utilisation,
    Queue,
    HitRatio,
    Cost,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unit {
    Ms,
    Seconds,
    Percent,
    Rps,
    Usd,
    None,
}

impl Unit {
    pub(super) fn label(self) -> &'static str {
        match self {
            Unit::Ms => " ms",
            Unit::Seconds => " s",
            Unit::Percent => " %",
            Unit::Rps => " rps",
            Unit::Usd => " USD/h",
            Unit::None => "",
        }
    }

    /// A figure, which is in ms or a share until then.
    pub(super) fn of(self, measured: f64) -> f64 {
        match self {
            Unit::Seconds => measured / 1000.0,
            Unit::Percent => measured * 100.0,
            _ => measured,
        }
    }
}

/// Is the figure on the right side of its bound?
pub(super) fn holds(measured: f64, less: bool, or_equal: bool, bound: f64) -> bool {
    measured == bound && or_equal || if less { measured < bound } else { measured > bound }
}

const FIGURES: &[(&str, Figure)] = &[
    ("p50", Figure::Latency("p50")),
    ("p90", Figure::Latency("p90")),
    ("p95", Figure::Latency("p95")),
    ("p99.9", Figure::Latency("p999")),
    ("p99", Figure::Latency("p99")),
    ("mean", Figure::Latency("mean")),
    ("max", Figure::Latency("max")),
    ("error rate", Figure::ErrorRate),
    ("errors", Figure::ErrorRate),
    ("availability", Figure::Availability),
    ("stale reads", Figure::Stale),
    ("degraded", Figure::Degraded),
    ("throughput", Figure::Throughput),
    ("goodput", Figure::Goodput),
    ("utilisation", Figure::Utilisation),
    ("queue", Figure::Queue),
    ("hit ratio", Figure::HitRatio),
    ("cost", Figure::Cost),
];

pub(super) fn parse(text: &str) -> Result<Assertion, String> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if let Some(rest) = lower.strip_prefix("survives the loss of ") {
        let part = rest.trim_start_matches("one ").trim_start_matches("any ").trim();
        return match part {
            "zone" => Ok(Assertion::Survives(Part::Zone)),
            "instance" | "server" => Ok(Assertion::Survives(Part::Instance)),
            "component" => Ok(Assertion::Survives(Part::Component)),
            _ => Err(format!("`{part}` cannot be lost; accepted: one zone, one instance, one component.")),
        };
    }
    let Some(at) = text.find(['<', '>']) else {
        return Err("It compares nothing; accepted: such as `p99 < 200 ms`.".to_owned());
    };
    let (left, less) = (text[..at].trim(), text[at..].starts_with('<'));
    let rest = &text[at + 1..];
    let (or_equal, rest) = rest.strip_prefix('=').map_or((false, rest), |r| (true, r));
    let (name, of) = match left.to_ascii_lowercase().find(" of ") {
        Some(i) => (left[..i].trim().to_ascii_lowercase(), Some(left[i + 4..].trim().to_owned())),
        None => (left.to_ascii_lowercase(), None),
    };
    let Some(&(_, figure)) = FIGURES.iter().find(|(n, _)| *n == name) else {
        let known: Vec<_> = FIGURES.iter().map(|(n, _)| *n).collect();
        return Err(format!("`{name}` is not a figure known here; accepted: {}.", known.join(", ")));
    };
    if matches!(figure, Figure::Utilisation | Figure::Queue | Figure::HitRatio) && of.is_none() {
        return Err(format!("Of which component? Accepted: such as `{name} of Database < 0.8`."));
    }
    let rest = rest.trim();
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',' || c == '_')).unwrap_or(rest.len());
    let number = |t: &str| t.replace([',', '_'], "").parse::<f64>().ok().filter(|n| n.is_finite());
    let Some(bound) = number(&rest[..end]) else {
        return Err(format!("`{rest}` does not begin with a number."));
    };
    let tail = rest[end..].trim().to_ascii_lowercase();
    let (unit, at) = match tail.split_once("at ") {
        Some((unit, at)) => (unit.trim().to_owned(), Some(at.trim().to_owned())),
        None => (tail, None),
    };
    let unit = match unit.as_str() {
        "ms" => Unit::Ms,
        "s" => Unit::Seconds,
        "%" => Unit::Percent,
        "rps" | "requests/s" => Unit::Rps,
        "usd/h" | "usd per hour" | "usd" | "$" => Unit::Usd,
        "" => Unit::None,
        other => return Err(format!("`{other}` is not a unit known here; accepted: ms, s, %, rps, USD/h.")),
    };
    let fits = match figure {
        Figure::Latency(_) => matches!(unit, Unit::Ms | Unit::Seconds),
        Figure::Throughput | Figure::Goodput => matches!(unit, Unit::Rps | Unit::None),
        Figure::Queue => unit == Unit::None,
        Figure::Cost => matches!(unit, Unit::Usd | Unit::None),
        _ => matches!(unit, Unit::Percent | Unit::None),
    };
    if !fits {
        return Err(format!("`{name}` is not measured in `{}`.", unit.label().trim()));
    }
    let rate_rps = match at {
        None => None,
        Some(at) => match number(at.trim_end_matches("rps").trim_end_matches("requests/s").trim()) {
            Some(rate) if rate > 0.0 => Some(rate),
            _ => return Err(format!("`{at}` is not a rate; accepted: such as `at 5000 rps`.")),
        },
    };
    Ok(Assertion::Figure { figure, of, less, or_equal, bound, unit, rate_rps })
}

/// What is wrong with an assertion as a sentence; `None` if it can be tested.
pub fn problem(text: &str) -> Option<String> {
    parse(text).err()
}

/// Tests one assertion of a design. Runs the design, for `survives` once for each part that may be lost.
pub fn test(design: &Design, text: &str, trial: Trial) -> Verdict {
    let verdict = |holds, measured, sentence| Verdict { assertion: text.to_owned(), holds, measured, sentence };
    match parse(text) {
        Err(problem) => verdict(false, None, format!("This cannot be tested: {problem}")),
        Ok(Assertion::Survives(part)) => match survives(design, part, trial) {
            Ok((holds, worst, sentence)) => verdict(holds, worst, sentence),
            Err(problem) => verdict(false, None, problem),
        },
        Ok(Assertion::Figure { figure, of, less, or_equal, bound, unit, rate_rps }) => {
            let mut design = design.clone();
            if let Some(rate) = rate_rps
                && !set_rate(&mut design, rate)
            {
                return verdict(false, None, "This cannot be tested: no users make requests at a rate.".to_owned());
            }
            let report = match run(&design, trial) {
                Ok(report) => report,
                Err(problem) => return verdict(false, None, problem),
            };
            match measure(&report, &design, figure, of.as_deref()) {
                Err(problem) => verdict(false, None, problem),
                Ok(measured) => {
                    let measured = unit.of(measured);
                    let held = |value: f64| holds(value, less, or_equal, bound);
                    let sentence = format!("Measured: {}{}.", figure_in_words(measured, held), unit.label());
                    verdict(held(measured), Some(measured), sentence)
                }
            }
        }
    }
}

/// A figure with four digits that count, or as many more as it takes to see on which side of the bound it is.
fn figure_in_words(value: f64, held: impl Fn(f64) -> bool) -> String {
    let places = match value.abs() {
        0.0 | 1000.0.. => 0,
        100.0.. => 1,
        10.0.. => 2,
        1.0.. => 3,
        _ => 4,
    };
    let worded = (places..8).map(|places| format!("{value:.places$}"));
    let telling = |words: &String| words.parse().is_ok_and(|shown| held(shown) == held(value));
    worded.into_iter().find(telling).unwrap_or_else(|| value.to_string())
}

fn run(design: &Design, trial: Trial) -> Result<Report, String> {
    let mut sim = Simulation::new(design).map_err(|problems| {
        let first = problems.iter().find(|p| p.severity == Severity::Error);
        format!("The design does not run: {}", first.map_or("see its problems.", |p| p.message.as_str()))
    })?;
    sim.run_until((trial.warmup_s * 1e9) as u64, u64::MAX);
    sim.start_measuring();
    sim.run_until((trial.duration_s * 1e9) as u64, u64::MAX);
    Ok(sim.report(0.0))
}

/// Brings the users' open workloads to this rate together, in their present proportion.
fn set_rate(design: &mut Design, rate: f64) -> bool {
    let now = |params: &serde_json::Map<String, serde_json::Value>| {
        let workload = params.get("workload");
        let kind = workload.and_then(|w| w.get("workload")).and_then(|w| w.as_str()).unwrap_or("open");
        (kind == "open").then(|| workload.and_then(|w| w.get("rate_rps")).and_then(|r| r.as_f64()).unwrap_or(100.0))
    };
    let users = |n: &crate::design::Node| n.kind == "users";
    let total: f64 = design.nodes.iter().filter(|n| users(n)).filter_map(|n| now(&n.params)).sum();
    if total <= 0.0 {
        return false;
    }
    for node in design.nodes.iter_mut().filter(|n| users(n)) {
        if let Some(its) = now(&node.params) {
            let workload = node.params.entry("workload").or_insert_with(|| json!({"workload": "open"}));
            workload["rate_rps"] = json!(its / total * rate);
        }
    }
    true
}

fn share(n: u64, requests: &Requests) -> f64 {
    let over = requests.answered + requests.failed.values().sum::<u64>();
    if over == 0 { 0.0 } else { n as f64 / over as f64 }
}

fn measure(report: &Report, design: &Design, figure: Figure, of: Option<&str>) -> Result<f64, String> {
    let requests = &report.requests;
    let failed: u64 = requests.failed.values().sum();
    let node = || {
        let of = of.unwrap_or_default();
        called(design, of)
            .and_then(|n| report.nodes.get(&n.id))
            .ok_or_else(|| format!("There is no component called {of}."))
    };
    Ok(match figure {
        Figure::Latency(which) => {
            let latency = match of {
                None => report.latency_ms,
                Some(name) => {
                    report.endpoints.get(name).ok_or_else(|| format!("There is no endpoint called {name}."))?.latency_ms
                }
            };
            Some(percentile(&latency, which)).filter(|ms| ms.is_finite()).ok_or("Nothing was answered.")?
        }
        Figure::ErrorRate => share(failed, requests),
        Figure::Availability => 1.0 - share(failed, requests),
        Figure::Stale => share(requests.stale, requests),
        Figure::Degraded => share(requests.degraded, requests),
        Figure::Throughput => report.throughput_per_s,
        Figure::Goodput => report.goodput_per_s,
        Figure::Utilisation => node()?.utilisation.ok_or("It has no slots, so no utilisation.")?,
        Figure::Queue => node()?.queue_mean,
        Figure::HitRatio => node()?.hit_ratio.ok_or("Nothing was looked up in it.")?,
        Figure::Cost => cost(design, 0.0).usd_per_hour,
    })
}

/// The component that goes by this id, name or kind.
pub(super) fn called<'a>(design: &'a Design, of: &str) -> Option<&'a crate::design::Node> {
    let label = |n: &crate::design::Node| kind(&n.kind).is_some_and(|k| k.label.eq_ignore_ascii_case(of));
    (design.nodes.iter().find(|n| n.id == of))
        .or_else(|| design.nodes.iter().find(|n| n.name.eq_ignore_ascii_case(of)))
        .or_else(|| design.nodes.iter().find(|n| label(n)))
}

pub(super) fn percentile(latency: &LatencyReport, which: &str) -> f64 {
    match which {
        "p50" => latency.p50,
        "p90" => latency.p90,
        "p95" => latency.p95,
        "p99" => latency.p99,
        "p999" => latency.p999,
        "max" => latency.max,
        _ => latency.mean,
    }
}

/// Loses each part in turn, right after the warm-up, and looks at what is answered in time after [`RECOVERY_S`].
fn survives(design: &Design, part: Part, trial: Trial) -> Result<(bool, Option<f64>, String), String> {
    let suffers = |n: &&crate::design::Node| kind(&n.kind).is_some_and(|k| k.accepts_calls);
    let fault = |node: Option<&str>, zone: Option<&str>, instance: Option<u32>| Fault {
        id: "lost".to_owned(),
        node: node.map(str::to_owned),
        zone: zone.map(str::to_owned),
        params: (json!({
            "trouble": {"fault": "crash", "instance": instance, "silent": true},
            "schedule": {"when": "once", "at_s": trial.warmup_s, "for_s": null},
        }))
        .as_object()
        .cloned()
        .unwrap_or_default(),
        ..Fault::default()
    };
    let losses: Vec<(String, Fault)> = match part {
        Part::Zone => design.zones.iter().map(|z| (z.id.clone(), fault(None, Some(&z.id), None))).collect(),
        Part::Component => {
            design.nodes.iter().filter(suffers).map(|n| (n.id.clone(), fault(Some(&n.id), None, None))).collect()
        }
        Part::Instance => (design.nodes.iter().filter(suffers))
            .map(|n| {
                let several = n.params.get("instances").and_then(|i| i.as_u64()).unwrap_or(1) > 1;
                (n.id.clone(), fault(Some(&n.id), None, several.then_some(0)))
            })
            .collect(),
    };
    if losses.is_empty() {
        return Err("There is nothing of that kind to lose.".to_owned());
    }
    let mut worst: Option<(f64, String)> = None;
    for (name, fault) in losses {
        let mut hurt = Design { faults_off: false, faults: vec![fault], ..design.clone() };
        hurt.assertions.clear();
        if check(&hurt).iter().any(|p| p.severity == Severity::Error) {
            return Err("The design does not run.".to_owned());
        }
        let later = Trial { warmup_s: trial.warmup_s + RECOVERY_S, duration_s: trial.duration_s + RECOVERY_S };
        let requests = run(&hurt, later)?.requests;
        let good = if requests.offered == 0 { 0.0 } else { requests.in_time as f64 / requests.offered as f64 };
        if worst.as_ref().is_none_or(|(w, _)| good < *w) {
            worst = Some((good, name));
        }
    }
    let (good, name) = worst.unwrap_or((0.0, String::new()));
    let sentence = format!("Without {name}, {:.2} % of requests are answered in time.", good * 100.0);
    Ok((good >= SURVIVES, Some(good), sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_as_many_digits_as_tell_something() {
        let below_200 = |value: f64| value < 200.0;
        assert_eq!(figure_in_words(72.0695, below_200), "72.07");
        assert_eq!(figure_in_words(0.0, below_200), "0");
        assert_eq!(figure_in_words(4321.9, below_200), "4322");
        assert_eq!(figure_in_words(199.996, below_200), "199.996", "not 200.0, which would be too much");
    }

    fn design(instances: u32) -> Design {
        serde_json::from_value(json!({"format": 1, "nodes": [
            {"id": "u", "kind": "users", "params": {"workload": {"workload": "open", "rate_rps": 50.0}, "timeout_ms": 5000.0}},
            {"id": "lb", "kind": "load_balancer"},
            {"id": "s", "kind": "app_server", "name": "API", "zone": "a", "params": {"instances": instances, "slots": 4, "service_time": {"distribution": "constant", "mean_ms": 10.0}}},
        ], "links": [
            {"id": "1", "from": "u", "to": "lb", "params": {"latency": {"distribution": "constant", "mean_ms": 0.0}}},
            {"id": "2", "from": "lb", "to": "s", "params": {"latency": {"distribution": "constant", "mean_ms": 0.0}}},
        ], "zones": [{"id": "a"}]}))
        .unwrap_or_default()
    }

    const TRIAL: Trial = Trial { duration_s: 30.0, warmup_s: 5.0 };

    #[test]
    fn figures_are_compared_in_their_units() {
        // 10 ms of work and 0.1 ms in the balancer; at 50/s hardly anything waits.
        for (text, holds) in [
            ("p50 < 11 ms", true),
            ("p50 > 0.011 s", false),
            ("error rate <= 0 %", true),
            ("availability >= 99.9 %", true),
            ("utilisation of API < 0.2", true),
            ("utilisation of s > 20 %", false),
            ("p99 of read item < 100 ms", true),
            ("throughput > 45 rps", true),
            // 4 slots of 10 ms are 400/s: more than that cannot be.
            ("throughput > 450 rps at 2,000 rps", false),
            ("throughput > 340 rps at 2,000 rps", true),
        ] {
            let verdict = test(&design(1), text, TRIAL);
            assert_eq!(verdict.holds, holds, "{verdict:?}");
            assert!(verdict.measured.is_some(), "{verdict:?}");
        }
    }

    #[test]
    fn what_cannot_be_tested_says_why() {
        for (text, why) in [
            ("fast", "compares nothing"),
            ("p98 < 1 ms", "`p98` is not a figure"),
            ("p99 < soon", "does not begin with a number"),
            ("p99 < 3 parsec", "`parsec` is not a unit"),
            ("p99 < 3 %", "not measured in `%`"),
            ("queue < 3", "Of which component?"),
            ("p99 < 3 ms at noon", "is not a rate"),
            ("survives the loss of hope", "cannot be lost"),
        ] {
            let problem = problem(text).unwrap_or_default();
            assert!(problem.contains(why), "{text}: {problem}");
        }
        assert!(test(&design(1), "queue of Nobody < 3", TRIAL).sentence.contains("no component called Nobody"));
    }

    #[test]
    fn losing_the_only_server_or_its_zone_is_not_survived() {
        for text in ["survives the loss of one component", "survives the loss of one zone"] {
            let verdict = test(&design(3), text, TRIAL);
            assert!(!verdict.holds && verdict.measured.is_some_and(|m| m < 0.01), "{verdict:?}");
        }
    }
}

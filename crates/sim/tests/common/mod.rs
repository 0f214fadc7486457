//! Designs written by hand, and the statistics that compare a run with theory.
#![allow(dead_code)] // Each test target uses its own part.

pub mod random;

use backpressure_sim::Simulation;
use backpressure_sim::design::{Design, Link, Node};
use backpressure_sim::metrics::Report;
use serde_json::{Map, Value, json};

/// A design from `(id, kind, params)` and `(from, to)`; every link takes no time.
pub fn design(nodes: &[(&str, &str, Value)], links: &[(&str, &str)]) -> Design {
    with_latency(nodes, links, 0.0)
}

/// The same with a constant latency on every link, ms.
pub fn with_latency(nodes: &[(&str, &str, Value)], links: &[(&str, &str)], latency_ms: f64) -> Design {
    let nodes = nodes.iter().map(|(id, kind, params)| Node {
        id: (*id).to_owned(),
        kind: (*kind).to_owned(),
        params: object(params),
        ..Node::default()
    });
    let links = links.iter().enumerate().map(|(i, (from, to))| Link {
        id: format!("l{i}"),
        from: (*from).to_owned(),
        to: (*to).to_owned(),
        params: object(&json!({"latency": {"distribution": "constant", "mean_ms": latency_ms}})),
        ..Link::default()
    });
    Design { nodes: nodes.collect(), links: links.collect(), ..Design::default() }
}

pub fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// Users with Poisson arrivals.
pub fn open(rate_rps: f64) -> Value {
    json!({"workload": {"workload": "open", "rate_rps": rate_rps, "arrivals": "poisson"}, "endpoints": [endpoint("read", "uniform", 10_000)]})
}

pub fn endpoint(operation: &str, popularity: &str, keys: u64) -> Value {
    json!({"name": operation, "operation": operation, "keys": keys, "popularity": {"popularity": popularity}})
}

/// A server of one instance with a queue that never fills.
pub fn server(slots: u32, service_time: Value) -> Value {
    json!({"slots": slots, "service_time": service_time, "queue_limit": 1_000_000})
}

pub fn exponential(mean_ms: f64) -> Value {
    json!({"distribution": "exponential", "mean_ms": mean_ms})
}

pub fn constant(mean_ms: f64) -> Value {
    json!({"distribution": "constant", "mean_ms": mean_ms})
}

/// A run to `until_s`, held to the invariants of a run: stopped, saved and restored every 37 ms it conserves its requests,
/// and is the same as in one go.
pub fn whole_and_in_slices(design: &Design, until_s: u64) -> Simulation {
    let end_ns = until_s * 1_000_000_000;
    let mut whole = Simulation::new(design).unwrap_or_else(|p| panic!("{p:#?}"));
    let mut sliced = whole.clone();
    whole.run_until(end_ns, u64::MAX);
    while sliced.now_ns() < end_ns {
        sliced.run_until((sliced.now_ns() + 37_000_000).min(end_ns), u64::MAX);
        sliced.check_conservation().unwrap_or_else(|e| panic!("{e}"));
        sliced = Simulation::restore(&sliced.save()).unwrap_or_else(|e| panic!("{e}"));
    }
    assert_eq!(whole.trace_hash(), sliced.trace_hash());
    assert_eq!(whole.report(0.0), sliced.report(0.0));
    whole
}

/// Runs `design` with `seed`; the report covers what arrived after the warm-up.
pub fn run(design: &Design, seed: u64, warmup_s: f64, duration_s: f64) -> Report {
    let design = Design { seed, ..design.clone() };
    let mut sim = Simulation::new(&design).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.run_until((warmup_s * 1e9) as u64, u64::MAX);
    sim.start_measuring();
    sim.run_until((duration_s * 1e9) as u64, u64::MAX);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
    sim.report(0.0)
}

/// Mean and 99 % half-width of independent replications (Student's t for 10 of them).
pub fn interval(values: &[f64]) -> (f64, f64) {
    assert_eq!(values.len(), REPLICATIONS as usize);
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, T_99_9 * (variance / n).sqrt())
}

pub const REPLICATIONS: u64 = 10;
/// Two-sided 99 % point of Student's t with 9 degrees of freedom.
const T_99_9: f64 = 3.250;

/// Runs ten replications and holds each figure against theory: it must lie in the 99 % confidence interval, and the
/// interval must be narrower than `narrow` (relative), so that an error of that size would be seen.
pub fn agrees<const N: usize>(
    design: &Design,
    warmup_s: f64,
    duration_s: f64,
    narrow: f64,
    figures: impl Fn(&Report) -> [f64; N],
    theory: [(&str, f64); N],
) {
    let runs: Vec<[f64; N]> =
        (1..=REPLICATIONS).map(|seed| figures(&run(design, seed, warmup_s, duration_s))).collect();
    for (i, (what, expected)) in theory.into_iter().enumerate() {
        let (mean, half) = interval(&runs.iter().map(|r| r[i]).collect::<Vec<_>>());
        println!("{what}: theory {expected:.5}, simulated {mean:.5} ± {half:.5}");
        assert!(
            (mean - expected).abs() <= half.max(expected * 1e-4),
            "{what}: theory {expected}, simulated {mean} ± {half}"
        );
        assert!(
            half <= narrow * expected.abs(),
            "{what}: interval ± {half} around {mean} is too wide to prove anything"
        );
    }
}

//! How many requests are simulated per second of wall time, by the engine as a user gets it and by hand-written loops.

use backpressure_sim::Simulation;
use backpressure_sim::design::{self, Design};
use backpressure_sim::metrics::Recorder;
use serde_json::{Value, json};

use crate::reference::{self, Outcome};

/// Measurements of each; the median counts.
const ROUNDS: usize = 5;
/// Events run between two looks at the clock, about what the page's worker does.
const SLICE_EVENTS: u64 = 50_000;
/// Wall time between two snapshots for the screen, s.
const SNAPSHOT_EVERY_S: f64 = 0.1;
/// The engine and the loop must agree on the mean latency by this much, or the comparison says nothing.
const AGREEMENT: f64 = 0.05;

struct Workload {
    name: &'static str,
    design: Design,
    requests: u64,
    reference: fn(u64) -> Outcome,
}

/// Measures every workload and hands each finished line to `print`. `now_s` is the wall clock.
pub fn run(now_s: fn() -> f64, print: &mut dyn FnMut(&str)) -> Result<(), String> {
    print("requests/s of wall time, median of 5          engine    hand-written    ratio    mean latency");
    for workload in workloads() {
        let (mut engine, mut loops, mut means) = (Vec::new(), Vec::new(), [0.0; 2]);
        for _ in 0..ROUNDS {
            // Side by side, so that whatever else the machine does meets both.
            for (rates, mean, outcome) in [
                (&mut engine, 0, simulate as fn(&Workload, fn() -> f64) -> Result<Outcome, String>),
                (&mut loops, 1, |workload: &Workload, _| Ok((workload.reference)(workload.requests))),
            ] {
                let start = now_s();
                let outcome = outcome(&workload, now_s)?;
                rates.push(outcome.requests as f64 / (now_s() - start).max(1e-9));
                means[mean] = outcome.mean_ms;
            }
        }
        let (engine, loops) = (median(&mut engine), median(&mut loops));
        print(&format!(
            "{:<40} {:>11} {:>15} {:>8.2} {:>7.2} and {:.2} ms",
            workload.name,
            grouped(engine),
            grouped(loops),
            engine / loops,
            means[0],
            means[1],
        ));
        if (means[0] / means[1] - 1.0).abs() > AGREEMENT {
            return Err(format!("{}: the engine and the loop do not simulate the same system", workload.name));
        }
    }
    Ok(())
}

/// The engine with what a user gets: charts recorded, snapshots taken, in slices.
fn simulate(workload: &Workload, now_s: fn() -> f64) -> Result<Outcome, String> {
    let mut sim = Simulation::new(&workload.design).map_err(|problems| format!("{problems:#?}"))?;
    let (mut recorder, start) = (Recorder::new(), now_s());
    let mut shown = start;
    let mut snapshot = recorder.snapshot(&sim, 1.0);
    while sim.completed() < workload.requests {
        recorder.advance(&mut sim, u64::MAX, SLICE_EVENTS);
        let now = now_s();
        if now - shown >= SNAPSHOT_EVERY_S {
            shown = now;
            snapshot = recorder.snapshot(&sim, sim.now_ns() as f64 / 1e9 / (now - start));
        }
    }
    if snapshot.nodes.len() != workload.design.nodes.len() {
        return Err(format!("{}: the snapshot lacks components", workload.name));
    }
    Ok(Outcome { requests: sim.completed(), mean_ms: sim.report(0.0).latency_ms.mean })
}

fn workloads() -> [Workload; 3] {
    let one_pool = |slots: u32, rate_rps: f64, service_ms: f64| {
        read(json!({
            "format": 1,
            "nodes": [users(rate_rps), {"id": "server", "kind": "app_server", "params": {
                "slots": slots, "service_time": exponential(service_ms), "queue_limit": 1_000_000}}],
            "links": [{"id": "l", "from": "users", "to": "server", "params": {"latency": constant(0.0)}}],
        }))
    };
    [
        Workload {
            name: "W1  M/M/1, 80 % busy",
            design: one_pool(1, 800.0, 1.0),
            requests: 3_000_000,
            reference: |requests| reference::mmc(1, 1.25e6, 1e6, requests),
        },
        Workload {
            name: "W2  M/M/16, 90 % busy",
            design: one_pool(16, 14_400.0, 1.0),
            requests: 3_000_000,
            reference: |requests| reference::mmc(16, 1e9 / 14_400.0, 1e6, requests),
        },
        Workload {
            name: "W3  three-tier web application",
            design: three_tiers(),
            requests: 1_000_000,
            reference: reference::three_tiers,
        },
    ]
}

fn three_tiers() -> Design {
    let mut nodes = vec![
        users(6_000.0),
        json!({"id": "balancer", "kind": "load_balancer", "params": {"algorithm": "round_robin", "processing_time": constant(0.1)}}),
        json!({"id": "cache", "kind": "cache", "params": {
            "hits": {"hits": "measured_ratio", "hit_ratio": 0.8}, "access_time": constant(0.3)}}),
        json!({"id": "sql", "kind": "sql_database", "params": {"connections": 32, "read_time": exponential(8.0)}}),
    ];
    let link = |from: &str, to: &str| json!({"id": format!("{from}-{to}"), "from": from, "to": to, "params": {"latency": constant(0.5)}});
    let mut links = vec![link("users", "balancer")];
    for server in (1..=8).map(|n| format!("server-{n}")) {
        nodes.push(
            json!({"id": server, "kind": "app_server", "params": {"slots": 8, "service_time": exponential(6.0)}}),
        );
        links.extend([link("balancer", &server), link(&server, "cache"), link(&server, "sql")]);
    }
    read(json!({"format": 1, "nodes": nodes, "links": links}))
}

fn users(rate_rps: f64) -> Value {
    json!({"id": "users", "kind": "users", "params": {
        "workload": {"workload": "open", "rate_rps": rate_rps, "arrivals": "poisson"}}})
}

fn exponential(mean_ms: f64) -> Value {
    json!({"distribution": "exponential", "mean_ms": mean_ms})
}

fn constant(mean_ms: f64) -> Value {
    json!({"distribution": "constant", "mean_ms": mean_ms})
}

fn read(document: Value) -> Design {
    let reading = design::read(document.to_string().as_bytes());
    assert!(reading.problems.is_empty(), "{:#?}", reading.problems);
    reading.design
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A whole number with thousands apart.
pub fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

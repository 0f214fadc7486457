//! While a run is watched, what it breaks of what its design promises is said.

use backpressure_sim::Simulation;
use backpressure_sim::analysis::promises;
use backpressure_sim::design::{self, Design};
use backpressure_sim::metrics::{Recorder, Snapshot};
use serde_json::json;

/// M/M/1, half busy: answers take an exponential time with a mean of 20 ms, so one in a hundred takes more than 92 ms.
fn half_busy(promises: &[&str]) -> Design {
    let document = json!({"format": 1, "assertions": promises, "nodes": [
        {"id": "users", "kind": "users", "params": {"workload": {"workload": "open", "rate_rps": 50.0, "arrivals": "poisson"}}},
        {"id": "server", "kind": "app_server", "name": "Shop", "params": {
            "slots": 1, "service_time": {"distribution": "exponential", "mean_ms": 10.0}}}],
        "links": [{"id": "l", "from": "users", "to": "server", "params": {"latency": {"distribution": "constant", "mean_ms": 0.0}}}]});
    let reading = design::read(document.to_string().as_bytes());
    assert!(reading.problems.is_empty(), "{:#?}", reading.problems);
    reading.design
}

/// The run after two minutes, the last forty seconds of which are in the window.
fn watched(design: &Design) -> Snapshot {
    let mut sim = Simulation::new(design).unwrap();
    let mut recorder = Recorder::new();
    for second in 1..=120 {
        recorder.advance(&mut sim, second * 1_000_000_000, u64::MAX);
        recorder.snapshot(&sim, 20.0);
    }
    recorder.snapshot(&sim, 20.0)
}

fn said(promises: &[&str]) -> Option<(String, String)> {
    let design = half_busy(promises);
    promises::broken(&design, &watched(&design))
}

#[test]
fn promises_that_are_kept_are_not_spoken_of() {
    let kept =
        ["p99 < 140 ms", "mean < 0.03 s", "error rate < 1 %", "utilisation of Shop < 0.6", "throughput > 40 rps"];
    assert_eq!(said(&kept), None);
}

#[test]
fn the_first_that_is_broken_is_said_with_the_figure_and_whose_it_is() {
    let (node, sentence) = said(&["p99 < 140 ms", "p99 < 60 ms"]).unwrap();
    assert_eq!(node, "users");
    assert!(sentence.starts_with("Promise broken: “p99 < 60 ms”, but lately it is "), "{sentence}");
    let figure: f64 = sentence.rsplit("is ").next().unwrap().trim_end_matches(" ms.").parse().unwrap();
    assert!((70.0..120.0).contains(&figure), "{sentence}");

    let (node, sentence) = said(&["utilisation of Shop < 30 %", "queue of Shop < 0.1"]).unwrap();
    assert_eq!(node, "server");
    assert!(sentence.contains("30 %") && sentence.ends_with("; 1 more not kept."), "{sentence}");
}

#[test]
fn what_takes_a_run_of_its_own_and_what_cannot_be_understood_is_left_to_the_tests() {
    assert_eq!(said(&["p99 < 1 ms at 90 rps", "survives the loss of one zone", "cost < 0.0001", "nonsense"]), None);
}

#[test]
fn it_comes_before_everything_else_that_is_said() {
    let design = half_busy(&["mean < 1 ms"]);
    let mut snapshot = watched(&design);
    promises::say(&design, &mut snapshot);
    assert!(snapshot.remarks[0].1.starts_with("Promise broken"), "{:?}", snapshot.remarks);
}

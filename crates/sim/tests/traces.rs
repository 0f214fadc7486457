//! Single requests: what is recorded of them adds up, and recording them changes nothing.

mod common;

use backpressure_sim::Simulation;
use common::{constant, exponential, open, server, with_latency};
use serde_json::json;

fn three_tiers() -> backpressure_sim::Design {
    with_latency(
        &[
            ("users", "users", open(500.0)),
            ("lb", "load_balancer", json!({"processing_time": constant(0.1)})),
            ("a", "app_server", server(4, exponential(5.0))),
            ("b", "app_server", server(4, exponential(5.0))),
            ("cache", "cache", json!({"hits": {"hits": "measured_ratio", "hit_ratio": 0.5}})),
            ("db", "sql_database", json!({"connections": 8, "read_time": exponential(8.0)})),
        ],
        &[("users", "lb"), ("lb", "a"), ("lb", "b"), ("a", "cache"), ("a", "db"), ("b", "cache"), ("b", "db")],
        0.5,
    )
}

#[test]
fn network_waiting_and_work_add_up_to_the_latency() {
    let mut sim = Simulation::new(&three_tiers()).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.trace(1);
    sim.run_until(20_000_000_000, u64::MAX);
    let traces = sim.recent_traces();
    assert_eq!(traces.len(), 200);
    let mut misses = 0;
    for trace in &traces {
        // Calls are made one after the other, so each instant belongs to exactly one part of one call.
        let parts: f64 = trace.spans[1..].iter().map(|s| s.network_ms + s.queueing_ms + s.service_ms).sum();
        assert!((parts - trace.latency_ms).abs() < 1e-6, "{parts} of {}: {trace:#?}", trace.latency_ms);
        let path: Vec<&str> = trace.spans.iter().map(|s| s.node.as_str()).collect();
        assert!(path.len() >= 4 && path[..2] == ["users", "lb"] && path[3] == "cache", "{path:?}");
        misses += usize::from(path.len() == 5 && path[4] == "db");
        assert_eq!((trace.status, trace.outcome.as_str()), (200, "ok"));
    }
    assert!((60..140).contains(&misses), "half of the lookups miss: {misses}");
    // The profile says the same in sums.
    let profile = sim.profile();
    let total: f64 = profile.iter().map(|r| r.network_ms + r.queueing_ms + r.service_ms).sum();
    let mean = traces.iter().map(|t| t.latency_ms).sum::<f64>() / traces.len() as f64;
    assert!((total - mean).abs() < 1e-6 * mean, "{total} and {mean}");
}

#[test]
fn the_slowest_are_kept_and_recording_changes_nothing() {
    let mut plain = Simulation::new(&three_tiers()).unwrap_or_else(|p| panic!("{p:#?}"));
    let mut traced = plain.clone();
    traced.trace(3);
    plain.run_until(10_000_000_000, u64::MAX);
    traced.run_until(10_000_000_000, u64::MAX);
    assert_eq!(plain.trace_hash(), traced.trace_hash());
    assert_eq!(plain.report(0.0), traced.report(0.0));
    let slowest = traced.slowest_traces();
    assert!(slowest.len() == 20 && slowest.windows(2).all(|w| w[0].latency_ms >= w[1].latency_ms));
    let recent = traced.recent_traces();
    assert!(recent.iter().all(|t| t.latency_ms <= slowest[0].latency_ms && t.request % 3 == 0));
}

#[test]
fn a_failed_request_says_where_and_why() {
    let mut d = three_tiers();
    d.nodes[5].params = common::object(&json!({"connections": 1, "read_time": constant(100.0), "queue_limit": 0}));
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.trace(1);
    sim.run_until(5_000_000_000, u64::MAX);
    let failed: Vec<_> = sim.recent_traces().into_iter().filter(|t| t.status != 200).collect();
    assert!(failed.len() > 50);
    for trace in failed {
        assert_eq!((trace.status, trace.outcome.as_str()), (503, "queue_full"));
        let last = trace.spans.last().map(|s| (s.node.as_str(), s.outcome.as_str()));
        assert_eq!(last, Some(("db", "queue_full")));
    }
}

//! Search index: the slowest shard, the refresh, shards that are down.

mod common;

use backpressure_sim::design::{Design, Trouble};
use backpressure_sim::metrics::{OwnReport, Recorder, Report};
use backpressure_sim::{Simulation, engine::Victim};
use common::{agrees, constant, design, exponential, object, run, server, whole_and_in_slices};
use serde_json::{Value, json};

fn people(operation: &str, rate_rps: f64, keys: u64) -> Value {
    json!({"workload": {"workload": "open", "rate_rps": rate_rps},
           "endpoints": [{"name": operation, "operation": operation, "path": "/docs", "keys": keys,
                          "popularity": {"popularity": "uniform"}}]})
}

fn index(reads: f64, writes: f64, keys: u64, more: Value) -> Design {
    let mut params = object(&json!({"search_time": constant(0.0), "index_time": constant(0.0), "threads": 1000}));
    params.extend(object(&more));
    design(
        &[
            ("readers", "users", people("read", reads, keys)),
            ("writers", "users", people("write", writes, keys)),
            ("i", "search_index", Value::Object(params)),
        ],
        &[("readers", "i"), ("writers", "i")],
    )
}

fn count(r: &Report, name: &str) -> f64 {
    match &r.nodes["i"].own[name] {
        OwnReport::Count(n) => *n as f64,
        OwnReport::Level { mean, .. } => *mean,
        OwnReport::Span(_) => f64::NAN,
    }
}

#[test]
fn a_query_is_as_slow_as_the_slowest_shard() {
    // n exponential parts without queueing: the largest is H_n times the mean.
    for (n, harmonic) in [(1, 1.0), (4, 25.0 / 12.0), (10, 7381.0 / 2520.0)] {
        let d = index(200.0, 0.001, 100, json!({"shards": n, "search_time": exponential(10.0)}));
        agrees(&d, 2.0, 62.0, 0.02, |r| [r.latency_ms.mean], [("time of a query, ms", 10.0 * harmonic)]);
    }
}

#[test]
fn a_shard_is_a_queue() {
    // One shard with one thread at ρ = 0.7: M/M/1, W = 10/(1 − 0.7) ms.
    let d = index(70.0, 0.001, 100, json!({"shards": 1, "threads": 1, "search_time": exponential(10.0)}));
    agrees(
        &d,
        20.0,
        1020.0,
        0.05,
        |r| [r.latency_ms.mean, r.nodes["i"].utilisation.unwrap_or(0.0)],
        [("time of a query, ms", 100.0 / 3.0), ("busy", 0.7)],
    );
    let parts = run(&d, 1, 20.0, 220.0).latency_parts.unwrap_or_default();
    assert!((parts.service_ms - 10.0).abs() < 1.0 && parts.queueing_ms > 15.0, "{parts:?}");
}

#[test]
fn what_is_written_is_found_after_the_next_refresh() {
    // A read at u after a refresh misses a write since then with 1 − e^(−wu); over an interval T, 1 − (1 − e^(−wT))/(wT).
    let (w, t) = (0.5, 2.0);
    let d = index(500.0, w * 50.0, 50, json!({"refresh_ms": t * 1000.0}));
    let expected = 1.0 + libm::expm1(-w * t) / (w * t);
    let stale = |r: &Report| r.endpoints["read"].requests.stale as f64 / r.endpoints["read"].requests.answered as f64;
    // Documents that wait, over an interval: those written at least once.
    let waiting = 50.0 * expected;
    agrees(
        &d,
        4.0,
        104.0,
        0.03,
        |r| [stale(r), count(r, "waiting_documents")],
        [("stale share", expected), ("documents that wait", waiting)],
    );
}

#[test]
fn a_store_that_keeps_the_truth_is_ahead_of_its_index() {
    // The app writes the database and then the index: the index shows the database's versions, later.
    let nodes = [
        ("readers", "users", people("read", 200.0, 20)),
        ("writers", "users", people("write", 20.0, 20)),
        ("writer", "app_server", server(1000, constant(0.0))),
        ("db", "sql_database", json!({})),
        ("i", "search_index", json!({"refresh_ms": 100.0})),
    ];
    let links = [("readers", "i"), ("writers", "writer"), ("writer", "db"), ("writer", "i")];
    let r = run(&design(&nodes, &links), 1, 5.0, 65.0);
    let stale = r.endpoints["read"].requests.stale as f64 / r.endpoints["read"].requests.answered as f64;
    // A document is written once a second; from the commit it takes 5 ms to index and 50 ms until the refresh, on average.
    assert!((0.03..0.09).contains(&stale), "{stale}");
}

#[test]
fn without_a_shard_answers_are_incomplete_and_without_any_there_are_none() {
    let d = index(200.0, 50.0, 100, json!({"shards": 4, "search_time": constant(5.0)}));
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
    let mut recorder = Recorder::new();
    recorder.advance(&mut sim, 2_000_000_000, u64::MAX);
    sim.inject(Victim::Node("i".into()), Trouble::Crash { instance: Some(0), silent: false }, Some(4.0));
    sim.start_measuring();
    recorder.advance(&mut sim, 5_900_000_000, u64::MAX);
    let r = sim.report(0.0);
    let reads = &r.endpoints["read"].requests;
    assert_eq!((reads.degraded, reads.failed.len()), (reads.answered, 0));
    // Those that came before measuring began count in the one and not in the other.
    assert!((count(&r, "partial_answers") - reads.answered as f64).abs() < 6.0);
    // A quarter of the documents live there, and cannot be written.
    let writes = &r.endpoints["write"].requests;
    let refused = writes.failed["refused"] as f64 / writes.offered as f64;
    assert!((refused - 0.25).abs() < 0.12, "{refused}");
    let remarks = recorder.snapshot(&sim, 1.0).remarks;
    assert!(remarks.iter().any(|(_, said)| said.contains("incomplete")), "{remarks:?}");
    sim.run_until(7_000_000_000, u64::MAX);
    sim.start_measuring();
    sim.run_until(9_000_000_000, u64::MAX);
    assert_eq!(sim.report(0.0).requests.degraded, 0);
    for shard in 0..4 {
        sim.inject(Victim::Node("i".into()), Trouble::Crash { instance: Some(shard), silent: false }, None);
    }
    sim.start_measuring();
    sim.run_until(10_000_000_000, u64::MAX);
    assert_eq!(sim.report(0.0).requests.answered, 0);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_query_from_a_balancer_does_not_live_at_a_shard() {
    // A balancer sends to an instance, of which the index shows one. Its number is not that of a shard: when the first shard
    // dies with a part of the query, the query goes on.
    let params = json!({"shards": 4, "search_time": constant(50.0)});
    let nodes = [
        ("users", "users", people("read", 200.0, 100)),
        ("b", "load_balancer", json!({})),
        ("i", "search_index", params),
    ];
    let mut sim = Simulation::new(&design(&nodes, &[("users", "b"), ("b", "i")])).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.run_until(2_000_000_000, u64::MAX);
    sim.inject(Victim::Node("i".into()), Trouble::Crash { instance: Some(0), silent: false }, None);
    sim.run_until(4_000_000_000, u64::MAX);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
    let r = sim.report(0.0);
    assert!(r.requests.failed.is_empty() && r.requests.degraded > 300, "{:?}", r.requests);
}

#[test]
fn a_run_with_trouble_conserves_saves_and_slices() {
    let params = json!({"shards": 3, "threads": 2, "queue_limit": 10, "search_time": exponential(8.0), "refresh_ms": 300.0,
                        "index_time": exponential(4.0)});
    let mut d = index(220.0, 60.0, 50, params);
    d.faults = serde_json::from_value(json!([
        {"id": "a", "node": "i", "params": {"trouble": {"fault": "crash", "instance": 0},
            "schedule": {"when": "random", "mtbf_s": 0.4, "mttr_s": 0.2}}},
        {"id": "b", "node": "i", "params": {"trouble": {"fault": "slow", "factor": 5.0, "instance": 2},
            "schedule": {"when": "random", "mtbf_s": 1.0, "mttr_s": 0.5}}},
        {"id": "c", "node": "i", "params": {"trouble": {"fault": "crash"},
            "schedule": {"when": "random", "mtbf_s": 2.0, "mttr_s": 0.2}}},
    ]))
    .unwrap_or_else(|e| panic!("{e}"));
    let mut whole = whole_and_in_slices(&d, 6);
    let r = whole.report(0.0);
    assert!(count(&r, "partial_answers") > 0.0 && r.requests.failed.len() >= 2, "{:?}", r.requests);
    // With another number of shards what is under way is finished.
    let mut more = d.clone();
    for shards in [7, 1, 3] {
        more.nodes[2].params.insert("shards".into(), json!(shards));
        whole.apply(&more).unwrap_or_else(|p| panic!("{p:?}"));
        let to = whole.now_ns() + 1_000_000_000;
        whole.run_until(to, u64::MAX);
        whole.check_conservation().unwrap_or_else(|e| panic!("{e}"));
    }
}

//! Latency in its parts: network, queueing, service, and what was lost to attempts that came to nothing.

mod common;

use backpressure_sim::analysis::theory::{mmc_mean_wait, processor_sharing_mean_time};
use backpressure_sim::metrics::{LatencyParts, Report};
use common::{constant, design, endpoint, exponential, object, open, run, server, with_latency};
use serde_json::{Value, json};

fn parts(r: &Report) -> LatencyParts {
    let parts = r.latency_parts.unwrap_or_default();
    let n = r.requests.answered as f64;
    // A binomial share of one in eight, give or take the phase.
    assert!((parts.requests as f64 - n / 8.0).abs() < 3.3 * (n * 7.0 / 64.0).sqrt() + 2.0, "{parts:?} of {n}");
    parts
}

fn near(what: &str, got: f64, theory: f64, share: f64) {
    assert!((got - theory).abs() <= share * theory, "{what}: {got}, {theory} expected");
}

#[test]
fn a_request_travels_waits_and_is_served() {
    let nodes = [("users", "users", open(80.0)), ("s", "app_server", server(1, exponential(10.0)))];
    let r = run(&with_latency(&nodes, &[("users", "s")], 7.0), 1, 50.0, 8050.0);
    let p = parts(&r);
    near("network, ms", p.network_ms, 14.0, 1e-9);
    near("queueing, ms", p.queueing_ms, 1000.0 * mmc_mean_wait(80.0, 100.0, 1), 0.06);
    near("service, ms", p.service_ms, 10.0, 0.02);
    assert!(p.lost_ms < 1e-6, "{p:?}");
    near("sum, ms", p.network_ms + p.queueing_ms + p.service_ms, r.latency_ms.mean, 0.03);
    assert_eq!(r.endpoints["read"].latency_parts, r.latency_parts);
}

#[test]
fn of_calls_made_at_once_the_slowest_counts_and_of_those_in_turn_all() {
    let calls = |order: &str| {
        let front = json!({"slots": 1000, "service_time": constant(3.0), "calls": order});
        let nodes = [
            ("users", "users", open(200.0)),
            ("front", "app_server", front),
            ("near", "app_server", server(1000, constant(50.0))),
            ("far", "app_server", server(1000, constant(2.0))),
        ];
        let mut d = design(&nodes, &[("users", "front"), ("front", "near"), ("front", "far")]);
        d.links[2].params.insert("latency".into(), constant(40.0));
        parts(&run(&d, 1, 1.0, 21.0))
    };
    let in_turn = calls("sequential");
    near("network", in_turn.network_ms, 80.0, 1e-9);
    near("service", in_turn.service_ms, 55.0, 1e-9);
    let at_once = calls("parallel");
    near("network of the far one", at_once.network_ms, 80.0, 1e-9);
    near("service there", at_once.service_ms, 5.0, 1e-9);
    assert!(at_once.queueing_ms + at_once.lost_ms < 1e-6, "{at_once:?}");
}

#[test]
fn waiting_for_a_core_is_queueing() {
    let params = json!({"slots": 1000, "cores": 1, "service_time": exponential(10.0)});
    let d = design(&[("users", "users", open(70.0)), ("s", "app_server", params)], &[("users", "s")]);
    let p = parts(&run(&d, 1, 20.0, 4020.0));
    near("service, ms", p.service_ms, 10.0, 0.03);
    near("queueing, ms", p.queueing_ms, 1000.0 * processor_sharing_mean_time(0.07, 10.0) / 1000.0 - 10.0, 0.1);
}

#[test]
fn failed_attempts_and_waits_before_retries_are_lost() {
    let retrying = |calls: Value| {
        let mut d = design(
            &[("users", "users", open(500.0)), ("s", "app_server", server(1000, constant(5.0)))],
            &[("users", "s")],
        );
        d.links[0].params.extend(object(&json!({"calls": calls})));
        d.faults = serde_json::from_value(json!([{"id": "f", "node": "s", "params": {
            "trouble": {"fault": "errors", "error_rate": 0.5},
            "schedule": {"when": "once", "at_s": 0.0, "for_s": null}}}]))
        .unwrap_or_else(|e| panic!("{e}"));
        run(&d, 1, 1.0, 101.0)
    };
    let r = retrying(json!({"retries": 1, "backoff": {"base_ms": 30.0, "jitter": "none"}}));
    let p = parts(&r);
    near("service", p.service_ms, 5.0, 1e-9);
    // Of those answered two thirds made it at once, one third after a wait of 30 ms.
    near("lost", p.lost_ms, 10.0, 0.1);
    near("all", p.service_ms + p.lost_ms, r.latency_ms.mean, 0.05);
}

/// A database of one table with room for everybody, that is only written to, 60 times a second.
fn written(keys: u64, extra: Value) -> LatencyParts {
    let writes =
        json!({"workload": {"workload": "open", "rate_rps": 60.0}, "endpoints": [endpoint("write", "uniform", keys)]});
    let mut db = object(&json!({"connections": 100_000, "write_time": constant(1.0)}));
    db.extend(object(&extra));
    let nodes = [("users", "users", writes), ("db", "sql_database", Value::Object(db))];
    parts(&run(&design(&nodes, &[("users", "db")]), 1, 50.0, 4050.0))
}

#[test]
fn waiting_for_the_disk_is_queueing_and_its_own_operation_is_work() {
    // M/D/1: an operation takes 10 ms, and so a write waits ρ/(2μ(1 − ρ)) = 7.5 ms for those before it.
    let p = written(1000, json!({"disk": {"iops": 100.0}}));
    near("service", p.service_ms, 11.0, 1e-9);
    near("queueing", p.queueing_ms, 7.5, 0.06);
    assert!(p.lost_ms < 1e-6, "{p:?}");
}

#[test]
fn waiting_for_a_lock_is_queueing() {
    // One row, 10 ms under its lock: M/M/1.
    let locks =
        json!({"write_time": exponential(10.0), "concurrency": {"concurrency": "row_locks", "lock_wait_ms": 60_000.0}});
    let p = written(1, locks);
    near("service", p.service_ms, 10.0, 0.02);
    near("queueing", p.queueing_ms, 1000.0 * mmc_mean_wait(60.0, 100.0, 1), 0.08);
    assert!(p.lost_ms < 1e-6, "{p:?}");
}

#[test]
fn waiting_for_replicas_is_queueing() {
    let replicas = |replication: &str| json!({"replicas": {"count": 1, "replication": replication, "delay": constant(20.0), "apply_time": constant(0.0)}});
    for replication in ["semi_synchronous", "synchronous"] {
        // There and back.
        let p = written(1000, replicas(replication));
        near(replication, p.queueing_ms, 40.0, 1e-9);
        near("service", p.service_ms, 1.0, 1e-9);
        assert!(p.lost_ms < 1e-6, "{p:?}");
    }
}

#[test]
fn replicas_work_side_by_side() {
    let kv = json!({"replicas": 3, "read_quorum": 2, "write_quorum": 2, "partition_rps": null,
                    "read_time": constant(3.0), "write_time": constant(5.0)});
    for (operation, ms) in [("read", 3.0), ("write", 5.0)] {
        let people = json!({"workload": {"workload": "open", "rate_rps": 100.0},
                            "endpoints": [endpoint(operation, "uniform", 100)]});
        let r = run(
            &design(&[("users", "users", people), ("kv", "kv_store", kv.clone())], &[("users", "kv")]),
            1,
            1.0,
            11.0,
        );
        near(operation, parts(&r).service_ms, ms, 1e-9);
        assert!(parts(&r).lost_ms < 1e-6);
    }
}

#[test]
fn the_way_between_edge_and_shield_is_network_and_a_fetch_of_another_is_waited_for() {
    // Every request is a miss at its edge and in the shield, and about an object of its own: four ways.
    let cdn = json!({"edges": 4, "access_time": constant(1.0), "shield": {"way_ms": 20.0}});
    let with = |keys: u64, rate: f64| {
        let people = json!({"workload": {"workload": "open", "rate_rps": rate}, "endpoints": [endpoint("read", "uniform", keys)]});
        let nodes = [
            ("users", "users", people),
            ("cdn", "cdn", cdn.clone()),
            ("s", "app_server", server(1000, constant(10.0))),
        ];
        parts(&run(&with_latency(&nodes, &[("users", "cdn"), ("cdn", "s")], 5.0), 1, 0.0, 10.0))
    };
    let p = with(1_000_000_000, 100.0);
    near("network", p.network_ms, 60.0, 1e-3);
    near("service", p.service_ms, 11.0, 1e-3);
    assert!(p.lost_ms < 1e-6, "{p:?}");
    // All ask for the same few, and at first they wait for who came first.
    let p = with(40, 2000.0);
    assert!(p.queueing_ms > 0.0 && p.lost_ms < 1e-6, "{p:?}");
}

#[test]
fn waiting_for_a_leaky_bucket_is_queueing() {
    // 80 a second through a bucket that leaks 100: M/D/1, a wait of 20 ms.
    let bucket = json!({"algorithm": "leaky_bucket", "rate_per_s": 100.0, "queue": 10_000});
    let limit = json!({"rate_limit": {"limit": bucket, "scope": "all"}});
    let nodes = [
        ("users", "users", open(80.0)),
        ("gw", "api_gateway", limit),
        ("s", "app_server", server(1000, constant(1.0))),
    ];
    let p = parts(&run(&design(&nodes, &[("users", "gw"), ("gw", "s")]), 1, 50.0, 4050.0));
    near("queueing", p.queueing_ms, 20.0, 0.1);
    assert!(p.lost_ms < 1e-6, "{p:?}");
}

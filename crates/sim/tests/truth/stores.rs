//! Stores: hot rows, lost updates, the disk, replicas, quorums, shards.

use backpressure_sim::Design;
use backpressure_sim::metrics::OwnReport;
use serde_json::{Value, json};

use crate::case::{Case, Run, Seen, about, exact};
use crate::common::{constant, design, exponential};

/// People who read and write rows, each as often as any other, and a store that takes them all; nothing else takes time.
fn store(reads: f64, writes: f64, keys: u64, kind: &str, params: Value) -> Design {
    let endpoint = |operation: &str, weight: f64| {
        json!({"name": operation, "operation": operation, "path": "/rows", "weight": weight, "keys": keys,
               "popularity": {"popularity": "uniform"}})
    };
    let users = json!({
        "workload": {"workload": "open", "rate_rps": reads + writes},
        "endpoints": [endpoint("read", reads), endpoint("write", writes)],
    });
    design(&[("users", "users", users), ("store", kind, params)], &[("users", "store")])
}

fn database(reads: f64, writes: f64, keys: u64, extra: Value) -> Design {
    let mut params = json!({"connections": 100_000, "read_time": constant(0.0), "write_time": constant(0.0)});
    for (name, value) in extra.as_object().into_iter().flatten() {
        params[name] = value.clone();
    }
    store(reads, writes, keys, "sql_database", params)
}

fn count(s: &Seen, name: &str) -> f64 {
    match s.node("store").own[name] {
        OwnReport::Count(n) => n as f64,
        _ => 0.0,
    }
}

fn span_s(s: &Seen, name: &str) -> f64 {
    match &s.node("store").own[name] {
        OwnReport::Span(span) => span.mean / 1000.0,
        _ => 0.0,
    }
}

fn answered(s: &Seen, endpoint: &str) -> f64 {
    s.report.endpoints[endpoint].requests.answered as f64
}

fn stale_share(s: &Seen) -> f64 {
    s.report.requests.stale as f64 / answered(s, "read")
}

fn hot_row() -> Case {
    let locks = json!({"concurrency": "row_locks", "lock_wait_ms": 3_600_000.0});
    Case::of_run(
        "row lock, λ = 60, μ = 100",
        "writes of one row take turns: M/M/1, W = 1/(μ − λ)",
        Run::new(database(0.0, 60.0, 1, json!({"write_time": exponential(10.0), "concurrency": locks})), 20.0, 1500.0),
        vec![exact("W, s", 1.0 / 40.0, |s| s.report.latency_ms.mean / 1000.0)],
    )
}

fn lost_updates() -> Case {
    let unprotected = json!({"concurrency": "read_modify_write"});
    Case::of_run(
        "read, change, write back: λ = 20, 10 ms",
        "an update is lost if another of its row commits meanwhile: 1 − e^(−λτ)",
        Run::new(
            database(0.0, 20.0, 1, json!({"write_time": constant(10.0), "concurrency": unprotected})),
            5.0,
            2000.0,
        ),
        vec![exact("share of updates lost", -libm::expm1(-0.2), |s| count(s, "lost_updates") / answered(s, "write"))],
    )
}

fn optimistic() -> Case {
    let optimistic = json!({"concurrency": "optimistic", "attempts": 1});
    Case::of_run(
        "optimistic, one attempt: λ = 50, 10 ms",
        "a write succeeds if none has within its 10 ms: a counter with dead time τ, λ/(1 + λτ)",
        Run::new(database(0.0, 50.0, 1, json!({"write_time": constant(10.0), "concurrency": optimistic})), 5.0, 500.0),
        vec![exact("writes a second", 50.0 / 1.5, |s| answered(s, "write") / s.report.measured_s)],
    )
}

fn disk() -> Case {
    Case::of_run(
        "disk, 80 operations/s of 100",
        "M/D/1: W = 1/μ + ρ/(2μ(1 − ρ))",
        Run::new(database(0.0, 80.0, 1000, json!({"disk": {"iops": 100.0}})), 20.0, 1000.0),
        vec![exact("W, s", 0.03, |s| s.report.latency_ms.mean / 1000.0)],
    )
}

fn stale_replica() -> Case {
    let replicas = json!({"count": 2, "delay": constant(100.0), "apply_time": constant(0.0)});
    Case::of_run(
        "asynchronous replica 100 ms behind, 5 writes/s of the row",
        "a read is stale if its row was written within the lag: 1 − e^(−wD)",
        Run::new(database(100.0, 5.0, 1, json!({"replicas": replicas})), 5.0, 1500.0),
        vec![exact("share of stale reads", -libm::expm1(-0.5), stale_share)],
    )
}

fn apply_queue() -> Case {
    let replicas = json!({"count": 1, "delay": constant(20.0), "apply_time": exponential(5.0)});
    Case::of_run(
        "replica that applies 200 writes/s, 150 come",
        "20 ms on the way, then M/M/1: D + 1/(μ − λ)",
        Run::new(database(0.0, 150.0, 1000, json!({"replicas": replicas})), 10.0, 800.0),
        vec![exact("replication lag, s", 0.04, |s| span_s(s, "replication_lag_ms"))],
    )
}

/// The primary dies 3 s after the start; that is noticed after 1 s, and a replica is promoted in another 0.5 s.
fn dying_primary(apply_time: Value) -> Design {
    let replicas = json!({"count": 2, "delay": constant(500.0), "apply_time": apply_time,
                          "failover_after_ms": 1000.0, "promotion_ms": 500.0});
    let mut d = database(0.0, 6000.0, 1_000_000, json!({"replicas": replicas}));
    let fault = json!([{"id": "f", "node": "store", "params": {
        "trouble": {"fault": "crash", "instance": 0}, "schedule": {"when": "once", "at_s": 3.0, "for_s": null}}}]);
    d.faults = serde_json::from_value(fault).unwrap();
    d
}

fn failover() -> Case {
    Case::of_run(
        "failover, 6,000 writes/s, 500 ms behind",
        "lost is what was committed and on its way, λD; refused is what comes until the promotion is over",
        Run::new(dying_primary(constant(0.0)), 1.0, 5.0),
        vec![
            exact("lost writes", 3000.0, |s| count(s, "lost_writes")),
            exact("writes refused", 9000.0, |s| s.report.requests.failed["refused"] as f64),
        ],
    )
}

/// The candidate has 2.5 s of writes, which began to arrive after 0.5 s; at 2,000/s it is through 7.5 s later, 5 s after the death.
fn failover_of_a_replica_that_lags() -> Case {
    Case::of_run(
        "failover, 6,000 writes/s, a replica that applies 2,000/s",
        "refused is what comes until it has applied all it received: λ(D + (t − D)λ/μ − t) after a death at t",
        Run::new(dying_primary(constant(0.5)), 1.0, 9.0),
        vec![exact("writes refused", 6000.0 * (0.5 + 2.5 * 3.0 - 3.0), |s| s.report.requests.failed["refused"] as f64)],
    )
}

fn quorum(name: &'static str, r: u32, w: u32, law: &'static str, theory: f64, tolerance: Option<f64>) -> Case {
    let kv = json!({"replicas": 3, "read_quorum": r, "write_quorum": w, "partition_rps": null,
                    "write_time": exponential(100.0), "read_time": exponential(0.001)});
    let reading = match tolerance {
        Some(tolerance) => about("share of stale reads", theory, tolerance, stale_share),
        None => exact("share of stale reads", theory, stale_share),
    };
    Case::of_run(name, law, Run::new(store(1000.0, 20.0, 100, "kv_store", kv), 5.0, 200.0), vec![reading])
}

fn quorums() -> Vec<Case> {
    // w = 0.2 writes/s of each key, 100 ms to a replica.
    let pbs = |w: f64| (3.0 - w) / 3.0 * 0.2 / (0.2 + 10.0);
    let law = "when a write is answered the times still missing are exponential again: (N − W)/N · w/(w + 1/m); Bailis et al., 2012, \
               but for overlapping writes of one key";
    vec![
        quorum("quorums, N = 3, R = W = 2", 2, 2, "R + W > N reads the newest committed version", 0.0, None),
        quorum("quorums, N = 3, R = 1, W = 3", 1, 3, "R + W > N reads the newest committed version", 0.0, None),
        quorum("quorums, N = 3, R = W = 1", 1, 1, law, pbs(1.0), Some(0.0006)),
        quorum("quorums, N = 3, R = 1, W = 2", 1, 2, law, pbs(2.0), Some(0.0004)),
    ]
}

fn scatter() -> Case {
    let users =
        json!({"workload": {"workload": "open", "rate_rps": 300.0}, "endpoints": [{"name": "read", "keys": 1000}]});
    let router = json!({"scatter_share": 1.0, "processing_time": constant(0.0)});
    let ids: Vec<String> = (0..8).map(|i| format!("s{i}")).collect();
    let mut nodes = vec![("users", "users", users), ("router", "shard_router", router)];
    let shard = json!({"connections": 100_000, "read_time": exponential(5.0)});
    nodes.extend(ids.iter().map(|id| (id.as_str(), "sql_database", shard.clone())));
    let links: Vec<_> =
        std::iter::once(("users", "router")).chain(ids.iter().map(|id| ("router", id.as_str()))).collect();
    Case::of_run(
        "scatter and gather, 8 shards",
        "the slowest of n exponential times: H_n/μ",
        Run::new(design(&nodes, &links), 1.0, 100.0),
        vec![exact("W, s", 0.005 * 761.0 / 280.0, |s| s.report.latency_ms.mean / 1000.0)],
    )
}

pub fn cases() -> Vec<Case> {
    let mut cases = vec![hot_row(), lost_updates(), optimistic(), disk(), stale_replica(), apply_queue(), failover()];
    cases.extend([failover_of_a_replica_that_lags(), scatter()]);
    cases.extend(quorums());
    cases
}

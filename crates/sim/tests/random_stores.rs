//! The invariants over stores nobody configured: random options, random faults, random edits.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::design::Design;
use common::{constant, exponential, with_latency};
use proptest::prelude::*;
use serde_json::{Value, json};

fn time() -> impl Strategy<Value = Value> {
    prop_oneof![(0.0..20.0f64).prop_map(constant), (0.01..20.0f64).prop_map(exponential)]
}

fn users() -> impl Strategy<Value = Value> {
    (1.0..2000.0f64, 1u64..50, prop::option::of(1.0..30.0f64), 0u32..3).prop_map(|(rate, keys, timeout, retries)| {
        let endpoint = |operation: &str| json!({"name": operation, "operation": operation, "path": "/x", "keys": keys});
        json!({"workload": {"workload": "open", "rate_rps": rate}, "timeout_ms": timeout, "retries": retries,
               "backoff": {"base_ms": 1.0}, "endpoints": [endpoint("read"), endpoint("write")]})
    })
}

fn database() -> impl Strategy<Value = Value> {
    let concurrency = prop_oneof![
        Just(json!({"concurrency": "last_write_wins"})),
        Just(json!({"concurrency": "read_modify_write"})),
        (1u32..5).prop_map(|n| json!({"concurrency": "optimistic", "attempts": n})),
        (1.0..100.0f64).prop_map(|ms| json!({"concurrency": "row_locks", "lock_wait_ms": ms})),
    ];
    let replicas = (
        1u32..4,
        prop::sample::select(vec!["asynchronous", "semi_synchronous", "synchronous"]),
        prop::sample::select(vec!["replicas", "primary", "all"]),
        (time(), time()),
        prop::option::of(0.0..200.0f64),
        0.0..200.0f64,
    )
        .prop_map(|(count, mode, from, (delay, apply), failover, promotion)| {
            json!({"count": count, "replication": mode, "reads_from": from, "delay": delay, "apply_time": apply,
                   "failover_after_ms": failover, "promotion_ms": promotion})
        });
    let disk = (10.0..5000.0f64, 1u64..50).prop_map(|(iops, rows)| json!({"iops": iops, "memory_rows": rows}));
    let scans = (0.0..1.0f64, 1u64..20_000).prop_map(|(share, rows)| json!({"share": share, "rows": rows}));
    (
        (1u32..20, 0u32..50, time(), time()),
        concurrency,
        prop::option::weighted(0.7, replicas),
        prop::option::of(disk),
        prop::option::of(scans),
        (prop::option::of(0u64..100), any::<bool>()),
    )
        .prop_map(|((connections, limit, read, write), concurrency, replicas, disk, scans, (stock, keys))| {
            json!({"connections": connections, "queue_limit": limit, "read_time": read, "write_time": write,
                   "concurrency": concurrency, "replicas": replicas, "disk": disk, "scans": scans, "stock": stock,
                   "idempotency_keys": keys})
        })
}

fn key_value_store() -> impl Strategy<Value = Value> {
    (1u32..5, 1u32..8, 1u32..8, 1u32..8, prop::option::of(10.0..1000.0f64), (time(), time())).prop_map(
        |(partitions, n, r, w, rps, (read, write))| {
            json!({"partitions": partitions, "replicas": n, "read_quorum": r.min(n), "write_quorum": w.min(n),
                   "partition_rps": rps, "read_time": read, "write_time": write})
        },
    )
}

fn store() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![database().prop_map(|p| ("sql_database", p)), key_value_store().prop_map(|p| ("kv_store", p))]
}

fn router() -> impl Strategy<Value = (Value, usize)> {
    let sharding = prop_oneof![
        Just(json!({"sharding": "hash"})),
        (1u64..60).prop_map(|keys| json!({"sharding": "range", "keys": keys})),
        Just(json!({"sharding": "directory"})),
        Just(json!({"sharding": "consistent_hash"})),
    ];
    (sharding, 0.0..1.0f64, 1u32..10, prop::option::of(0.0..1.0f64), 1usize..4).prop_map(
        |(s, scatter, copies, joins, n)| {
            let params =
                json!({"sharding": s, "scatter_share": scatter, "copies_at_once": copies, "last_joins_at_s": joins});
            (params, n)
        },
    )
}

fn trouble() -> impl Strategy<Value = Value> {
    prop_oneof![
        (prop::option::of(0u32..4), any::<bool>())
            .prop_map(|(i, silent)| json!({"fault": "crash", "instance": i, "silent": silent})),
        (prop::option::of(0u32..4)).prop_map(|i| json!({"fault": "slow", "instance": i, "factor": 3.0})),
        (0.0..1.0f64).prop_map(|rate| json!({"fault": "errors", "error_rate": rate})),
        Just(json!({"fault": "disk_full"})),
        (1.0..100.0f64).prop_map(|rate| json!({"fault": "connection_leak", "leak_per_s": rate})),
    ]
}

/// Users, a server, a balancer and a store behind both, with faults at random.
fn any_design() -> impl Strategy<Value = Design> {
    let fault = (trouble(), 0.0..1.0f64, 0.001..0.5f64, any::<bool>());
    (users(), store(), prop::option::of(router()), prop::collection::vec(fault, 0..5), 0.0..2.0f64, any::<u64>()).prop_map(
        |(users, (kind, store), router, faults, latency, seed)| {
            let mut nodes = vec![
                ("users", "users", users.clone()),
                ("lb", "load_balancer", json!({})),
                ("server", "app_server", json!({"slots": 50, "service_time": constant(1.0)})),
                ("store", kind, store),
            ];
            let mut links = vec![("users", "lb"), ("lb", "store"), ("lb", "server"), ("server", "store")];
            if let Some((params, more)) = router {
                nodes.push(("router", "shard_router", params));
                (links[1].1, links[3].1) = ("router", "router");
                links.push(("router", "store"));
                for shard in &["second", "third", "fourth"][..more] {
                    nodes.push((*shard, "sql_database", json!({"connections": 3, "queue_limit": 30})));
                    links.push(("router", *shard));
                }
            }
            let mut d = with_latency(&nodes, &links, latency);
            let calls = json!({"timeout_ms": 20.0, "retries": 1, "hedge_after_ms": 10.0});
            d.links[3].params.insert("calls".into(), calls);
            let faults: Vec<Value> = (faults.into_iter().enumerate())
                .filter(|(_, (trouble, ..))| {
                    // Only a database has connections to lose.
                    kind == "sql_database" || trouble["fault"] != "connection_leak"
                })
                .map(|(i, (trouble, at_s, for_s, again))| {
                    let schedule = if again {
                        json!({"when": "random", "mtbf_s": at_s + 0.01, "mttr_s": for_s})
                    } else {
                        json!({"when": "once", "at_s": at_s, "for_s": for_s})
                    };
                    json!({"id": format!("f{i}"), "node": "store", "params": {"trouble": trouble, "schedule": schedule}})
                })
                .collect();
            d.faults = serde_json::from_value(Value::Array(faults)).unwrap_or_default();
            Design { seed, ..d }
        },
    )
}

const END_NS: u64 = 1_500_000_000;
const EVENTS: u64 = 30_000;

fn start(design: &Design) -> Result<Simulation, TestCaseError> {
    Simulation::new(design).map_err(|p| TestCaseError::fail(format!("{p:#?}")))
}

proptest! {
    #![proptest_config(common::random::cases(300))]

    #[test]
    fn nothing_is_lost_in_slices_or_through_a_save(design in any_design(), cuts in prop::collection::vec(1u64..3000, 1..8)) {
        let mut whole = start(&design)?;
        whole.run_until(END_NS, EVENTS);
        whole.check_conservation().map_err(TestCaseError::fail)?;
        let mut cut = start(&design)?;
        for events in cuts.iter().cycle() {
            if cut.events() >= whole.events() {
                break;
            }
            cut.run_until(END_NS, (*events).min(whole.events() - cut.events()));
            cut.check_conservation().map_err(TestCaseError::fail)?;
            if *events % 3 == 0 {
                cut = Simulation::restore(&cut.save()).map_err(TestCaseError::fail)?;
            }
        }
        prop_assert_eq!(whole.trace_hash(), cut.trace_hash());
        prop_assert_eq!(whole.report(0.0).requests, cut.report(0.0).requests);
    }

    /// When faults and traffic are over, everything that came was answered or failed: nobody hangs in a store.
    #[test]
    fn a_store_that_is_left_alone_empties(design in any_design(), after in any_design()) {
        let mut sim = start(&design)?;
        for design in [&design, &after, &design] {
            sim.run_until(sim.now_ns() + END_NS / 3, EVENTS);
            sim.check_conservation().map_err(TestCaseError::fail)?;
            sim.apply(design).map_err(|p| TestCaseError::fail(format!("{p:#?}")))?;
            sim.check_conservation().map_err(TestCaseError::fail)?;
        }
        let mut quiet = Design { faults_off: true, ..design };
        quiet.nodes[0].params["workload"]["rate_rps"] = json!(0.001);
        quiet.nodes[0].params["timeout_ms"] = Value::Null;
        sim.apply(&quiet).map_err(|p| TestCaseError::fail(format!("{p:#?}")))?;
        // Long enough for what the slowest store has in line, and for connections that the system gives up after 127 s.
        sim.run_until(sim.now_ns() + 200_000_000_000, 2_000_000);
        sim.check_conservation().map_err(TestCaseError::fail)?;
        let leaks = quiet.faults.iter().chain(&after.faults).any(|f| f.params["trouble"]["fault"] == "connection_leak");
        let report = sim.report(0.0);
        prop_assert!(report.requests.in_flight <= 1 || leaks, "{:?}", report.requests);
    }
}

//! The invariants over designs nobody drew: random components, parameters, links and edits.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::design::Design;
use common::{constant, exponential, with_latency};
use proptest::prelude::*;
use serde_json::{Value, json};

fn distribution() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0.0..20.0f64).prop_map(constant),
        (0.01..20.0f64).prop_map(exponential),
        (0.1..10.0f64, 0.1..2.0f64).prop_map(|(m, s)| json!({"distribution": "lognormal", "mean_ms": m, "sigma": s})),
        (0.1..5.0f64, 1.1..4.0f64).prop_map(|(m, a)| json!({"distribution": "pareto", "min_ms": m, "alpha": a})),
        (0.0..5.0f64, 0.0..9.0f64).prop_map(|(a, b)| json!({"distribution": "uniform", "min_ms": a, "max_ms": a + b})),
        prop::collection::vec(0.0..9.0f64, 1..5).prop_map(|s| json!({"distribution": "empirical", "samples_ms": s})),
    ]
}

fn users() -> impl Strategy<Value = Value> {
    let workload = prop_oneof![
        (1.0..3000.0f64, any::<bool>()).prop_map(|(rate, poisson)| {
            json!({"workload": "open", "rate_rps": rate, "arrivals": if poisson { "poisson" } else { "constant" }})
        }),
        (1u32..100, distribution()).prop_map(|(n, think)| {
            json!({"workload": "closed", "users": n, "think_time": think, "spawn_rate_per_s": 500.0})
        }),
    ];
    (workload, prop::option::of(1.0..50.0f64), 0u32..4, 1u64..200, any::<bool>()).prop_map(|(w, timeout, retries, keys, write)| {
        json!({
            "workload": w, "timeout_ms": timeout, "retries": retries, "deadline_ms": 20.0,
            "backoff": {"base_ms": 1.0},
            "endpoints": [
                {"name": "a", "keys": keys, "operation": "read"},
                {"name": "b", "keys": keys, "operation": if write { "write" } else { "read" }, "popularity": {"popularity": "uniform"}},
            ],
        })
    })
}

fn balancer() -> impl Strategy<Value = Value> {
    let algorithm = prop::sample::select(vec![
        "round_robin",
        "weighted",
        "random",
        "least_connections",
        "power_of_two",
        "consistent_hash",
    ]);
    (algorithm, any::<bool>(), distribution()).prop_map(|(algorithm, next, time)| {
        json!({"algorithm": algorithm, "on_refusal": if next { "try_next" } else { "fail" }, "processing_time": time})
    })
}

fn server() -> impl Strategy<Value = Value> {
    (1u32..4, 1u32..6, 0u32..20, any::<bool>(), distribution()).prop_map(|(instances, slots, limit, drop, time)| {
        json!({
            "instances": instances, "slots": slots, "queue_limit": limit, "service_time": time,
            "on_overflow": if drop { "drop_oldest" } else { "reject" },
        })
    })
}

fn cache() -> impl Strategy<Value = Value> {
    prop_oneof![
        (1u64..100, prop::option::of(1.0..500.0f64))
            .prop_map(|(capacity, ttl)| json!({"hits": {"hits": "keys", "capacity_items": capacity, "ttl_ms": ttl}})),
        (0.0..=1.0f64).prop_map(|ratio| json!({"hits": {"hits": "measured_ratio", "hit_ratio": ratio}})),
    ]
}

fn database() -> impl Strategy<Value = Value> {
    (1u32..6, 0u32..20, distribution(), distribution())
        .prop_map(|(c, limit, r, w)| json!({"connections": c, "queue_limit": limit, "read_time": r, "write_time": w}))
}

/// A layered design: users call balancers or servers, those call servers, caches and databases behind them.
fn any_design() -> impl Strategy<Value = Design> {
    (
        prop::collection::vec(users(), 1..3),
        prop::collection::vec(balancer(), 0..2),
        prop::collection::vec(server(), 1..4),
        prop::collection::vec(cache(), 0..3),
        prop::collection::vec(database(), 0..3),
        0.0..2.0f64,
        any::<[bool; 24]>(),
        any::<u64>(),
    )
        .prop_map(|(users, balancers, servers, caches, databases, latency, coins, seed)| {
            let mut nodes: Vec<(String, &str, Value)> = Vec::new();
            let layers = [
                ("users", users),
                ("load_balancer", balancers),
                ("app_server", servers),
                ("cache", caches),
                ("sql_database", databases),
            ];
            for (kind, list) in layers {
                for (i, params) in list.into_iter().enumerate() {
                    nodes.push((format!("{kind}-{i}"), kind, params));
                }
            }
            // Only downwards, so there is no cycle; and everybody who may has somebody to call.
            let rank = |kind: &str| {
                ["users", "load_balancer", "app_server", "cache", "sql_database"]
                    .iter()
                    .position(|k| *k == kind)
                    .unwrap_or(0)
            };
            let mut links: Vec<(String, String)> = Vec::new();
            let mut coin = coins.iter().cycle();
            for (from, kind, _) in &nodes {
                let below: Vec<&String> = nodes
                    .iter()
                    .filter(|(_, k, _)| rank(k) > rank(kind) && (rank(kind) > 1 || rank(k) < 3))
                    .map(|(id, _, _)| id)
                    .collect();
                let mut any = false;
                for to in &below {
                    if *coin.next().unwrap_or(&true) && (rank(kind) != 3 || !any) {
                        links.push((from.clone(), (*to).clone()));
                        any = true;
                    }
                }
                if !any && rank(kind) < 2 {
                    links.extend(below.first().map(|to| (from.clone(), (*to).clone())));
                }
            }
            let nodes: Vec<(&str, &str, Value)> = nodes.iter().map(|(id, k, p)| (id.as_str(), *k, p.clone())).collect();
            let links: Vec<(&str, &str)> = links.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            Design { seed, ..with_latency(&nodes, &links, latency) }
        })
}

/// Simulated time given to each design, and the most events: a design may be slow, a test may not.
const END_NS: u64 = 1_000_000_000;
const EVENTS: u64 = 60_000;

fn start(design: &Design) -> Result<Simulation, TestCaseError> {
    Simulation::new(design).map_err(|p| TestCaseError::fail(format!("{p:#?}")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_in_slices_or_through_a_save(design in any_design(), cuts in prop::collection::vec(1u64..5000, 1..8)) {
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
        let r = whole.report(0.0);
        prop_assert_eq!(r.requests.offered, r.requests.answered + r.requests.in_flight + r.requests.failed.values().sum::<u64>());
    }

    #[test]
    fn a_design_may_turn_into_another_under_the_run(first in any_design(), second in any_design()) {
        let mut sim = start(&first)?;
        for (i, design) in [&second, &first, &second].into_iter().enumerate() {
            sim.run_until(END_NS * (i as u64 + 1), EVENTS / 4);
            sim.check_conservation().map_err(TestCaseError::fail)?;
            sim.apply(design).map_err(|p| TestCaseError::fail(format!("{p:#?}")))?;
            sim.check_conservation().map_err(TestCaseError::fail)?;
        }
        sim.run_until(END_NS * 4, EVENTS / 4);
        sim.check_conservation().map_err(TestCaseError::fail)?;
        let restored = Simulation::restore(&sim.save()).map_err(TestCaseError::fail)?;
        prop_assert_eq!(restored.save(), sim.save());
    }
}

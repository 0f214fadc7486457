//! The invariants over designs nobody drew: random components, parameters, links and edits.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::design::{Design, Fault};
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
        "least_response_time",
        "power_of_two",
        "ip_hash",
        "consistent_hash",
        "bounded_hash",
    ]);
    let check = (10.0..300.0f64, 1.0..50.0f64, 1u32..4, 1u32..4).prop_map(
        |(interval, timeout, fall, rise)| json!({"interval_ms": interval, "timeout_ms": timeout, "fall": fall, "rise": rise}),
    );
    let ejection = (1u32..5, 10.0..500.0f64, 0.0..1.0f64)
        .prop_map(|(failures, ms, share)| json!({"failures": failures, "ejection_ms": ms, "max_share": share}));
    let layer = prop_oneof![
        Just(json!({"layer": "l7"})),
        (1.0..500.0f64).prop_map(|idle| json!({"layer": "l4", "idle_ms": idle})),
    ];
    let keeping = (
        layer,
        prop::option::of(1.0..500.0f64),
        prop::option::of(1.0..500.0f64),
        prop::option::of(1u32..8),
        0u32..20,
        1u32..=10,
    );
    let checking = (prop::option::of(check), prop::option::of(ejection));
    (algorithm, any::<bool>(), distribution(), keeping, checking).prop_map(
        |(algorithm, next, time, (layer, sticky, slow, connections, queue, choices), (check, ejection))| {
            json!({
                "algorithm": algorithm, "on_refusal": if next { "try_next" } else { "fail" }, "processing_time": time,
                "layer": layer, "sticky_ms": sticky, "slow_start_ms": slow, "max_connections": connections,
                "queue_limit": queue, "choices": choices, "health_check": check, "outlier_ejection": ejection,
            })
        },
    )
}

fn rate_limit() -> impl Strategy<Value = Value> {
    let bucket = (1.0..3000.0f64, 1u32..50);
    let window = (1u32..200, 0.01..1.0f64);
    let limit = prop_oneof![
        bucket.clone().prop_map(|(r, b)| json!({"algorithm": "token_bucket", "rate_per_s": r, "burst": b})),
        bucket.prop_map(|(r, q)| json!({"algorithm": "leaky_bucket", "rate_per_s": r, "queue": q})),
        (window, prop::sample::select(vec!["fixed_window", "sliding_log", "sliding_counter"]))
            .prop_map(|((l, w), name)| json!({"algorithm": name, "limit": l, "window_s": w})),
    ];
    (limit, any::<bool>()).prop_map(|(l, all)| json!({"limit": l, "scope": if all { "all" } else { "client" }}))
}

/// What stands between users and servers, by kind.
fn front() -> impl Strategy<Value = (&'static str, Value)> {
    let check = json!({"interval_ms": 50.0, "timeout_ms": 20.0, "fall": 2, "rise": 1});
    let servers = || {
        let check = check.clone();
        any::<[bool; 2]>().prop_map(move |[next, checked]| {
            json!({"algorithm": "least_connections", "on_refusal": if next { "try_next" } else { "fail" },
               "health_check": if checked { check.clone() } else { Value::Null }})
        })
    };
    let proxy = || (1u32..4, 0u32..20, distribution(), prop::option::of(rate_limit()), servers());
    let features = any::<[bool; 3]>().prop_map(|[tls, cache, compression]| {
        json!({"tls": if tls { json!({"keep_alive_ms": 100.0}) } else { Value::Null },
               "cache": if cache { json!({"capacity_items": 20, "ttl_ms": 100.0}) } else { Value::Null },
               "compression": if compression { json!({"ms_per_mb": 2000.0}) } else { Value::Null }})
    });
    let dns = (prop::sample::select(vec!["round_robin", "weighted", "failover"]), 0.0..500.0f64, distribution());
    let with = |(cores, queue, time, limit, servers): (u32, u32, Value, Option<Value>, Value), more: Value| {
        let mut params = json!({"cores": cores, "queue_limit": queue, "processing_time": time, "rate_limit": limit, "servers": servers});
        common::object(&more).into_iter().for_each(|(name, value)| params[name] = value);
        params
    };
    prop_oneof![
        balancer().prop_map(|p| ("load_balancer", p)),
        (proxy(), features).prop_map(move |(p, f)| ("reverse_proxy", with(p, f))),
        (proxy(), any::<bool>()).prop_map(move |(p, open)| {
            ("api_gateway", with(p, if open { json!({"authentication": null}) } else { json!({}) }))
        }),
        dns.prop_map(|(answers, ttl, lookup)| {
            (
                "dns",
                json!({"answers": answers, "ttl_ms": ttl, "lookup_time": lookup,
                           "health_check": {"interval_ms": 50.0, "timeout_ms": 20.0, "fall": 2}}),
            )
        }),
    ]
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
    let eviction = prop::sample::select(vec!["lru", "lfu", "fifo", "random", "clock", "sieve", "w_tinylfu"]);
    let keys = (1u64..100, prop::option::of(0.001..0.05f64), eviction, prop::option::of(1.0..500.0f64), 0.0..1.0f64);
    let hits = prop_oneof![
        4 => (keys, any::<bool>()).prop_map(|((capacity, mb, eviction, ttl, jitter), renewed)| {
            json!({"hits": "keys", "capacity_items": capacity, "capacity_mb": mb, "eviction": eviction, "ttl_ms": ttl,
                   "ttl_jitter": jitter, "ttl_renewed": renewed})
        }),
        1 => (0.0..=1.0f64).prop_map(|ratio| json!({"hits": "measured_ratio", "hit_ratio": ratio})),
    ];
    let writes = prop_oneof![
        Just(json!({"writes": "write_around"})),
        Just(json!({"writes": "write_through"})),
        (1.0..300.0f64, 1u32..50)
            .prop_map(|(after, room)| json!({"writes": "write_behind", "flush_after_ms": after, "buffer_items": room})),
    ];
    let invalidation = prop::sample::select(vec!["delete_on_write", "update_on_write", "versioned", "ttl_only"]);
    let more = (prop::option::of(1.0..100.0f64), prop::option::of(0.1..5.0f64), prop::option::of(0.0..1.0f64));
    let nodes = (1u32..4, prop::option::of(100.0..5000.0f64));
    (hits, writes, invalidation, more, nodes).prop_map(|(hits, writes, invalidation, more, nodes)| {
        let ((coalesce, early, ahead), (nodes, ops)) = (more, nodes);
        json!({"hits": hits, "writes": writes, "invalidation": invalidation, "coalesce_ms": coalesce,
               "early_refresh": early, "refresh_ahead": ahead, "nodes": nodes, "node_ops_per_s": ops})
    })
}

fn database() -> impl Strategy<Value = Value> {
    (1u32..6, 0u32..20, distribution(), distribution())
        .prop_map(|(c, limit, r, w)| json!({"connections": c, "queue_limit": limit, "read_time": r, "write_time": w}))
}

/// Whom (a number to choose by), what, when and for how long.
fn fault() -> impl Strategy<Value = (usize, Value, f64, f64)> {
    let trouble = prop_oneof![
        (prop::option::of(0u32..3), any::<bool>())
            .prop_map(|(instance, silent)| json!({"fault": "crash", "instance": instance, "silent": silent})),
        (1.0..10.0f64, prop::option::of(0u32..3))
            .prop_map(|(factor, instance)| json!({"fault": "slow", "factor": factor, "instance": instance})),
        (0.0..=1.0f64).prop_map(|rate| json!({"fault": "errors", "error_rate": rate})),
        Just(json!({"fault": "flush"})),
        (0.0..50.0f64).prop_map(|ms| json!({"fault": "latency", "extra_ms": ms})),
        (0.0..=1.0f64).prop_map(|share| json!({"fault": "loss", "share": share})),
        prop::sample::select(vec!["both", "requests", "replies"])
            .prop_map(|way| json!({"fault": "partition", "direction": way})),
    ];
    (any::<usize>(), trouble, 0.0..1.0f64, 0.001..0.5f64)
}

/// A layered design: users call balancers or servers, those call servers, caches and databases behind them.
fn any_design() -> impl Strategy<Value = Design> {
    (
        prop::collection::vec(users(), 1..3),
        prop::collection::vec(front(), 0..4),
        prop::collection::vec(server(), 1..4),
        prop::collection::vec(cache(), 0..3),
        prop::collection::vec(database(), 0..3),
        0.0..2.0f64,
        any::<[bool; 24]>(),
        any::<u64>(),
        prop::collection::vec(fault(), 0..4),
    )
        .prop_map(|(users, mut fronts, servers, caches, databases, latency, coins, seed, faults)| {
            let mut nodes: Vec<(String, &str, Value)> = Vec::new();
            const KINDS: [&str; 8] = [
                "users",
                "dns",
                "reverse_proxy",
                "api_gateway",
                "load_balancer",
                "app_server",
                "cache",
                "sql_database",
            ];
            const SERVERS: usize = 5;
            const CACHES: usize = 6;
            let rank = |kind: &str| KINDS.iter().position(|k| *k == kind).unwrap_or(0);
            fronts.sort_by_key(|(kind, _)| rank(kind));
            let of = |kind: &'static str, list: Vec<Value>| list.into_iter().map(move |params| (kind, params));
            let layers = (of("users", users).chain(fronts).chain(of("app_server", servers)))
                .chain(of("cache", caches).chain(of("sql_database", databases)));
            for (kind, params) in layers {
                nodes.push((format!("{kind}-{}", nodes.len()), kind, params));
            }
            // Only downwards, so there is no cycle; and everybody who may has somebody to call.
            let mut links: Vec<(String, String)> = Vec::new();
            let mut coin = coins.iter().cycle();
            for (from, kind, _) in &nodes {
                let below: Vec<&String> = nodes
                    .iter()
                    .filter(|(_, k, _)| rank(k) > rank(kind) && (rank(kind) >= SERVERS || rank(k) <= SERVERS))
                    .map(|(id, _, _)| id)
                    .collect();
                let mut any = false;
                for to in &below {
                    if *coin.next().unwrap_or(&true) && (rank(kind) != CACHES || !any) {
                        links.push((from.clone(), (*to).clone()));
                        any = true;
                    }
                }
                if !any && rank(kind) < SERVERS {
                    links.extend(below.first().map(|to| (from.clone(), (*to).clone())));
                }
            }
            let nodes: Vec<(&str, &str, Value)> = nodes.iter().map(|(id, k, p)| (id.as_str(), *k, p.clone())).collect();
            let links: Vec<(&str, &str)> = links.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            let mut design = Design { seed, ..with_latency(&nodes, &links, latency) };
            // Some links carry some requests only.
            for link in &mut design.links {
                if *coin.next().unwrap_or(&false) && *coin.next().unwrap_or(&false) {
                    let some = *coin.next().unwrap_or(&false);
                    let (name, value) = if some { ("operations", "reads") } else { ("paths", "/items /static") };
                    link.params.insert(name.to_owned(), json!(value));
                }
            }
            for (i, (whom, trouble, at_s, for_s)) in faults.into_iter().enumerate() {
                let of_link = ["latency", "loss", "partition"].contains(&trouble["fault"].as_str().unwrap_or(""));
                let (victim, id) = if of_link {
                    ("link", &design.links[whom % design.links.len()].id)
                } else {
                    ("node", &design.nodes[whom % design.nodes.len()].id)
                };
                let mut fault = json!({"id": format!("f{i}"), "params": {
                    "trouble": trouble, "schedule": {"when": "once", "at_s": at_s, "for_s": for_s}}});
                fault[victim] = json!(id);
                design.faults.extend(serde_json::from_value::<Fault>(fault));
            }
            design
        })
}

/// Simulated time given to each design, and the most events: a design may be slow, a test may not.
const END_NS: u64 = 1_000_000_000;
const EVENTS: u64 = 60_000;

fn start(design: &Design) -> Result<Simulation, TestCaseError> {
    Simulation::new(design).map_err(|p| TestCaseError::fail(format!("{p:#?}")))
}

proptest! {
    #![proptest_config(common::random::cases(300))]

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
        // Events that lie far ahead may be saved in another order; the run goes on all the same.
        let mut restored = Simulation::restore(&sim.save()).map_err(TestCaseError::fail)?;
        for sim in [&mut sim, &mut restored] {
            sim.run_until(END_NS * 5, EVENTS / 4);
        }
        prop_assert_eq!(restored.trace_hash(), sim.trace_hash());
        prop_assert_eq!(restored.report(0.0), sim.report(0.0));
    }
}

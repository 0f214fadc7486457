//! CDN: edges with real keys, the origin behind them, shield, purge. Links take no time unless a test says so.

mod common;

use backpressure_sim::design::{Design, Trouble};
use backpressure_sim::metrics::{OwnReport, Report};
use backpressure_sim::{Simulation, engine::Victim};
use common::{agrees, constant, design, object, run, server, whole_and_in_slices, with_latency};
use serde_json::{Value, json};

const EDGES: f64 = 10.0;

fn people(operation: &str, rate_rps: f64, keys: u64, path: &str) -> Value {
    json!({"workload": {"workload": "open", "rate_rps": rate_rps},
           "endpoints": [{"name": operation, "operation": operation, "path": path, "keys": keys,
                          "popularity": {"popularity": "uniform"}}]})
}

/// Readers on a CDN of ten edges before an origin; everything fits, and nothing but fetching takes time.
fn cdn(rate_rps: f64, keys: u64, more: Value, fetch_ms: f64) -> Design {
    let mut params = object(&json!({"edges": EDGES, "access_time": constant(0.0)}));
    params.extend(object(&more));
    design(
        &[
            ("users", "users", people("read", rate_rps, keys, "/img")),
            ("cdn", "cdn", Value::Object(params)),
            ("origin", "app_server", server(100_000, constant(fetch_ms))),
        ],
        &[("users", "cdn"), ("cdn", "origin")],
    )
}

fn count(r: &Report, name: &str) -> f64 {
    match &r.nodes["cdn"].own[name] {
        OwnReport::Count(n) => *n as f64,
        _ => f64::NAN,
    }
}

fn per_s(r: &Report, name: &str) -> f64 {
    count(r, name) / r.measured_s
}

#[test]
fn every_edge_asks_the_origin_for_itself() {
    // An object is asked for λ times a second at each of E edges, and fetched there every T + 1/λ.
    let (keys, t, each) = (20.0, 2.0, 0.5);
    let d = cdn(each * EDGES * keys, keys as u64, json!({"ttl_ms": t * 1000.0}), 0.0);
    let origin = keys * EDGES / (t + 1.0 / each);
    let hits = 1.0 - 1.0 / (1.0 + each * t);
    agrees(
        &d,
        10.0,
        110.0,
        0.01,
        |r| [per_s(r, "origin_requests"), r.nodes["cdn"].hit_ratio.unwrap_or(0.0)],
        [("requests to the origin", origin), ("edge hit ratio", hits)],
    );
}

#[test]
fn behind_a_shield_the_origin_sees_one_cache() {
    // The shield fetches an object every T + 1/(Eλ); the edges get it from there, and their copies expire with the shield's.
    let (keys, t, each) = (20.0, 2.0, 0.5);
    let shield = json!({"ttl_ms": t * 1000.0, "shield": {"way_ms": 0.0}});
    let d = cdn(each * EDGES * keys, keys as u64, shield, 0.0);
    let origin = keys / (t + 1.0 / (each * EDGES));
    // In a life of T an edge asks the shield if anybody there asks at all.
    let to_shield = keys * (EDGES - 1.0) * -libm::expm1(-each * t) / (t + 1.0 / (each * EDGES));
    // The edge that fetched it does not ask again; times are to the millisecond.
    agrees(
        &d,
        10.0,
        110.0,
        0.02,
        |r| [per_s(r, "origin_requests"), per_s(r, "shield_hits")],
        [("requests to the origin", origin), ("hits in the shield", to_shield)],
    );
}

#[test]
fn the_way_is_short_for_a_hit_and_long_for_a_miss() {
    // 5 ms to the edge, 1 ms there; from the edge 20 ms to the shield, from there 40 to the origin and 10 in it, each way.
    let mut d =
        cdn(100.0, 1, json!({"ttl_ms": 1000.0, "access_time": constant(1.0), "shield": {"way_ms": 20.0}}), 10.0);
    d.links[0].params.insert("latency".into(), json!(constant(5.0)));
    d.links[1].params.insert("latency".into(), json!(constant(40.0)));
    let r = run(&d, 1, 5.0, 65.0);
    assert!((r.latency_ms.p50 - 11.0).abs() < 0.1, "{}", r.latency_ms.p50);
    let far = 11.0 + 2.0 * 20.0 + 2.0 * 40.0 + 10.0;
    assert!((r.latency_ms.max - far).abs() < 0.5, "{}", r.latency_ms.max);
}

#[test]
fn those_who_ask_while_it_is_fetched_wait_for_that() {
    // All edges together, with a shield: one fetch of 50 ms every T, whoever asks.
    let d = cdn(2000.0, 1, json!({"ttl_ms": 1000.0, "shield": {"way_ms": 0.0}}), 50.0);
    let r = run(&d, 1, 5.0, 205.0);
    let cycle = 1.0 + 0.05 + 1.0 / 2000.0;
    assert!((per_s(&r, "origin_requests") * cycle - 1.0).abs() < 0.01, "{}", per_s(&r, "origin_requests"));
    // Of the hundred who ask meanwhile the first of each edge, less the one who fetches, waits in the shield, the others at their edge.
    let waiting = (per_s(&r, "shield_hits") + per_s(&r, "coalesced")) * cycle;
    assert!((waiting / 100.0 - 1.0).abs() < 0.03, "{waiting}");
    assert!(r.latency_ms.max < 50.1);
}

#[test]
fn what_is_not_cached_passes() {
    let mut d = cdn(400.0, 20, json!({"cached_paths": "/img /css"}), 1.0);
    d.nodes.push(d.nodes[0].clone());
    d.nodes[3].id = "buyers".into();
    d.nodes[3].params = object(&people("buy", 100.0, 20, "/cart"));
    d.nodes[3].params["endpoints"][0]["operation"] = json!("read");
    d.links.push(d.links[0].clone());
    (d.links[2].id, d.links[2].from) = ("l2".into(), "buyers".into());
    let r = run(&d, 1, 10.0, 60.0);
    assert!((r.nodes["origin"].rate_in_per_s - 100.0).abs() < 12.0, "{}", r.nodes["origin"].rate_in_per_s);
    assert!(r.nodes["cdn"].hit_ratio.is_some_and(|h| h > 0.99));
    assert!((r.endpoints["buy"].latency_ms.mean - 1.0).abs() < 1e-6);
}

#[test]
fn a_purge_ends_what_a_write_has_made_stale() {
    // An object is written at rate w and read at rate r at each edge, and a purge takes D. A read is stale if the newest write,
    // of age a < D, is younger than the copy: fetched at the first read after the purge before, which was y ago, e^(−wy) likely.
    // ∫₀^D we^(−wa) ∫ₐ we^(−wy)(1 − e^(−r(y − a))) dy da = (1 − e^(−2wD))/2 · r/(r + w). Without a purge nearly every read is.
    let with_writers = |purge: Value| {
        let mut d = cdn(1000.0, 10, json!({"ttl_ms": 600_000.0, "purge_ms": purge}), 0.0);
        d.nodes[2].kind = "sql_database".into();
        d.nodes[2].params = object(&json!({"read_time": constant(0.0), "write_time": constant(0.0)}));
        d.nodes.push(d.nodes[0].clone());
        d.nodes[3].id = "writers".into();
        d.nodes[3].params = object(&people("write", 5.0, 10, "/img"));
        d.links.push(d.links[0].clone());
        (d.links[2].id, d.links[2].from) = ("l2".into(), "writers".into());
        d
    };
    let stale = |r: &Report| r.endpoints["read"].requests.stale as f64 / r.endpoints["read"].requests.answered as f64;
    let purged = with_writers(json!(200.0));
    let expected = -libm::expm1(-2.0 * 0.5 * 0.2) / 2.0 * 10.0 / 10.5;
    agrees(&purged, 20.0, 220.0, 0.04, |r| [stale(r)], [("stale share", expected)]);
    let r = run(&purged, 1, 20.0, 120.0);
    assert!((per_s(&r, "purges") - 5.0).abs() < 0.8);
    let never = run(&with_writers(json!(null)), 1, 20.0, 120.0);
    assert!(stale(&never) > 0.99, "{}", stale(&never));
}

#[test]
fn an_edge_that_dies_leaves_its_clients_to_the_next() {
    for shield in [json!(null), json!({"way_ms": 5.0})] {
        let d = cdn(1000.0, 50, json!({"ttl_ms": 2000.0, "shield": shield}), 30.0);
        let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
        sim.run_until(10_000_000_000, u64::MAX);
        sim.inject(Victim::Node("cdn".into()), Trouble::Crash { instance: Some(3), silent: false }, Some(5.0));
        sim.start_measuring();
        sim.run_until(14_000_000_000, u64::MAX);
        sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
        let r = sim.report(0.0);
        // Only what was inside the edge at that instant is lost, and that before measuring began.
        assert!(r.requests.failed.is_empty(), "{:?}", r.requests.failed);
        assert!(r.nodes["cdn"].hit_ratio.is_some_and(|h| h > 0.5));
        assert!(r.requests.in_flight < 60, "nobody waits for ever: {}", r.requests.in_flight);
    }
}

#[test]
fn a_run_with_everything_conserves_saves_and_slices() {
    let params = json!({
        "edges": 4, "capacity_mb": 0.05, "ttl_ms": 300.0, "shield": {"capacity_mb": 0.1, "way_ms": 8.0}, "purge_ms": 50.0,
        "eviction": "sieve",
    });
    let nodes = [
        ("readers", "users", people("read", 1500.0, 150, "/a")),
        ("writers", "users", people("write", 100.0, 150, "/a")),
        ("cdn", "cdn", params),
        ("origin", "sql_database", json!({"connections": 8})),
    ];
    let mut d = with_latency(&nodes, &[("readers", "cdn"), ("writers", "cdn"), ("cdn", "origin")], 2.0);
    d.faults = serde_json::from_value(json!([
        {"id": "a", "node": "cdn", "params": {"trouble": {"fault": "crash", "instance": 1},
            "schedule": {"when": "random", "mtbf_s": 0.5, "mttr_s": 0.2}}},
        {"id": "b", "node": "cdn", "params": {"trouble": {"fault": "crash", "instance": 2},
            "schedule": {"when": "random", "mtbf_s": 0.5, "mttr_s": 0.2}}},
        {"id": "c", "node": "origin", "params": {"trouble": {"fault": "crash"},
            "schedule": {"when": "random", "mtbf_s": 1.0, "mttr_s": 0.3}}},
        {"id": "d", "node": "cdn", "params": {"trouble": {"fault": "flush"},
            "schedule": {"when": "random", "mtbf_s": 1.0, "mttr_s": 0.3}}},
        {"id": "e", "node": "cdn", "params": {"trouble": {"fault": "crash"},
            "schedule": {"when": "once", "at_s": 3.0, "for_s": 0.5}}},
    ]))
    .unwrap_or_else(|e| panic!("{e}"));
    let r = whole_and_in_slices(&d, 6).report(0.0);
    for name in ["origin_requests", "shield_hits", "coalesced", "purges"] {
        assert!(count(&r, name) > 0.0, "{name} never happened");
    }
    assert!(r.requests.in_flight < 200, "{}", r.requests.in_flight);
}

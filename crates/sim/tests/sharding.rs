//! The shard router: where keys live, what moves when shards are added, and what it costs meanwhile.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::design::{Design, Link, Node};
use backpressure_sim::metrics::{OwnReport, Report};
use common::{agrees, constant, exponential, object, run};
use serde_json::{Value, json};

const KEYS: u64 = 5000;

fn people(rate: f64, popularity: Value) -> Value {
    json!({"workload": {"workload": "open", "rate_rps": rate},
           "endpoints": [{"name": "read", "path": "/keys", "keys": KEYS, "popularity": popularity}]})
}

/// Users, a router, and `shards` databases with room for everybody; nothing but the databases takes time.
fn sharded(people: Value, router: Value, shards: usize, read_time: Value) -> Design {
    let mut router = router;
    router["processing_time"] = constant(0.0);
    let db = json!({"connections": 100_000, "queue_limit": 0, "read_time": read_time, "write_time": constant(3.0)});
    let node = |id: &str, kind: &str, params: &Value| Node {
        id: id.into(),
        kind: kind.into(),
        params: object(params),
        ..Node::default()
    };
    let link = |id: String, from: &str, to: &str| Link {
        id,
        from: from.into(),
        to: to.into(),
        params: object(&json!({"latency": constant(0.0)})),
        ..Link::default()
    };
    let mut d = Design {
        nodes: vec![node("users", "users", &people), node("router", "shard_router", &router)],
        ..Design::default()
    };
    d.links.push(link("l".into(), "users", "router"));
    for i in 0..shards {
        d.nodes.push(node(&format!("shard-{i}"), "sql_database", &db));
        d.links.push(link(format!("l{i}"), "router", &format!("shard-{i}")));
    }
    assert_eq!(backpressure_sim::design::check(&d), []);
    d
}

fn level(r: &Report, name: &str) -> f64 {
    let OwnReport::Level { now, .. } = r.nodes["router"].own[name] else { panic!("{name} is no level") };
    f64::from(now)
}

fn count(r: &Report, name: &str) -> f64 {
    let OwnReport::Count(n) = r.nodes["router"].own[name] else { panic!("{name} is no count") };
    n as f64
}

fn uniform() -> Value {
    json!({"popularity": "uniform"})
}

/// A run that has seen every key, and then gets another number of shards.
fn resharded(sharding: Value, before: usize, after: usize) -> Simulation {
    let design = |shards| sharded(people(2000.0, uniform()), json!({"sharding": sharding}), shards, constant(2.0));
    let mut sim = Simulation::new(&design(before)).unwrap_or_else(|p| panic!("{p:#?}"));
    // 2,000/s for 20 s: a key is missed with a probability of e^(−8).
    sim.run_until(20_000_000_000, u64::MAX);
    sim.apply(&design(after)).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.start_measuring();
    sim.run_until(20_000_000_001, u64::MAX);
    sim
}

#[test]
fn a_new_shard_moves_as_many_keys_as_its_sharding_must() {
    let share = |sharding: Value, before, after| {
        let r = resharded(sharding, before, after).report(0.0);
        assert!(level(&r, "keys_known") > 0.999 * KEYS as f64);
        level(&r, "keys_moved") / level(&r, "keys_known")
    };
    let hash = json!({"sharding": "hash"});
    // n/(n + 1), give or take 3.3 · √(0.8 · 0.2 / 5,000); and the other way round the same.
    assert!((share(hash.clone(), 4, 5) - 0.8).abs() < 0.02);
    assert!((share(hash, 5, 4) - 0.8).abs() < 0.02);
    let ring = json!({"sharding": "consistent_hash"});
    // 1/(n + 1), give or take the unevenness of the ring.
    assert!((share(ring.clone(), 4, 5) - 0.2).abs() < 0.05);
    assert!((share(ring, 5, 4) - 0.2).abs() < 0.05);
    // n equal ranges into n + 1: half of everything (see the policy).
    assert!((share(json!({"sharding": "range", "keys": KEYS}), 4, 5) - 0.5).abs() < 0.001);
    assert_eq!(share(json!({"sharding": "directory"}), 4, 5), 0.0);
    assert!((share(json!({"sharding": "directory"}), 5, 4) - 0.2).abs() < 0.001, "those of the shard that is gone");
}

#[test]
fn moved_keys_are_slow_until_they_are_copied() {
    let mut sim = resharded(json!({"sharding": "hash"}), 4, 5);
    let moved = level(&sim.report(0.0), "keys_moved");
    // Eight at once, 2 ms to read and 3 ms to write each: 4,000 keys in 2.5 s, less what requests fetch themselves.
    let alone_s = moved * 0.005 / 8.0;
    sim.run_until(20_000_000_000 + (alone_s * 0.5e9) as u64, u64::MAX);
    let half = sim.report(0.0);
    assert!(level(&half, "keys_to_copy") > 0.2 * moved && level(&half, "keys_to_copy") < 0.6 * moved);
    let slowed = count(&half, "slowed_by_moves");
    assert!(slowed > 200.0, "{slowed}");
    // A request for a key that has to move reads it, writes it, and is served: 2 + 3 + 2 ms instead of 2.
    assert!(
        (half.latency_ms.p50 - 2.0).abs() < 0.05 && (half.latency_ms.max - 7.0).abs() < 0.1,
        "{:?}",
        half.latency_ms
    );
    let expected = 2.0 + 5.0 * slowed / half.requests.answered as f64;
    assert!((half.latency_ms.mean - expected).abs() < 0.05, "{} instead of {expected}", half.latency_ms.mean);
    sim.run_until(20_000_000_000 + (alone_s * 1e9) as u64, u64::MAX);
    assert_eq!(level(&sim.report(0.0), "keys_to_copy"), 0.0);
    sim.run_until(30_000_000_000, u64::MAX);
    sim.start_measuring();
    sim.run_until(35_000_000_000, u64::MAX);
    let after = sim.report(0.0);
    assert!(after.requests.failed.is_empty() && (after.latency_ms.max - 2.0).abs() < 0.05, "{:?}", after.latency_ms);
    for i in 0..5 {
        let share = after.nodes[&format!("shard-{i}")].rate_in_per_s / 2000.0;
        assert!((share - 0.2).abs() < 0.02, "{share}");
    }
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_read_without_the_shard_key_is_as_slow_as_the_slowest_shard() {
    // The largest of n exponential times: m·H_n. With 5 ms and eight shards 5 · 2.718 = 13.6 ms instead of 5.
    for (shards, harmonic) in [(2, 1.5), (8, 761.0 / 280.0)] {
        agrees(
            &sharded(people(300.0, uniform()), json!({"scatter_share": 1.0}), shards, exponential(5.0)),
            1.0,
            101.0,
            0.02,
            |r| [r.latency_ms.mean, r.nodes["shard-0"].rate_in_per_s / 300.0],
            [("latency", 5.0 * harmonic), ("share of reads that each shard gets", 1.0)],
        );
    }
}

#[test]
fn a_shard_that_fails_fails_every_read_that_asks_all() {
    let mut d = sharded(people(200.0, uniform()), json!({"scatter_share": 0.5}), 4, constant(1.0));
    let fault = json!([{"id": "f", "node": "shard-1", "params": {
        "trouble": {"fault": "crash"}, "schedule": {"when": "once", "at_s": 0.0, "for_s": null}}}]);
    d.faults = serde_json::from_value(fault).unwrap_or_else(|e| panic!("{e}"));
    let r = run(&d, 1, 1.0, 101.0);
    // Half of the reads ask all; of the others, a quarter ask the one that is down.
    let share = r.requests.failed["refused"] as f64 / r.requests.offered as f64;
    assert!((share - 0.625).abs() < 0.02, "{share}");
}

#[test]
fn a_hot_key_makes_a_hot_shard_and_ranges_make_hot_ranges() {
    // Half of all requests ask for one key: its shard gets 0.5 + 0.5/4 of them, 2.5 times its share.
    let hot = json!({"popularity": "hot_share", "hot_share": 0.5, "hot_keys": 1});
    let r = run(&sharded(people(2000.0, hot), json!({}), 4, constant(1.0)), 1, 5.0, 25.0);
    assert!((level(&r, "hottest_shard_pct") - 250.0).abs() < 15.0, "{}", level(&r, "hottest_shard_pct"));
    // Zipf with exponent 1 over 5,000 keys: the first quarter of the range gets H(1250)/H(5000) of the requests.
    let harmonic = |n: u32| (1..=n).map(|k| 1.0 / f64::from(k)).sum::<f64>();
    let theory = 100.0 * 4.0 * harmonic(1250) / harmonic(5000);
    let range = json!({"sharding": {"sharding": "range", "keys": KEYS}});
    let zipf = json!({"popularity": "zipf", "exponent": 1.0});
    let r = run(&sharded(people(2000.0, zipf), range, 4, constant(1.0)), 1, 5.0, 25.0);
    assert!((level(&r, "hottest_shard_pct") - theory).abs() < 0.04 * theory, "theory {theory}");
}

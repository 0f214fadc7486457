//! The key–value store: quorums, staleness, hot partitions, replicas that are down.

mod common;

use backpressure_sim::design::{Design, Trouble};
use backpressure_sim::metrics::{OwnReport, Report};
use backpressure_sim::{Simulation, engine::Victim};
use common::{agrees, design, exponential, run};
use serde_json::{Value, json};

fn people(reads_per_s: f64, writes_per_s: f64, keys: u64) -> Value {
    let endpoint = |operation: &str, weight: f64| {
        json!({"name": operation, "operation": operation, "path": "/keys", "weight": weight, "keys": keys,
               "popularity": {"popularity": "uniform"}})
    };
    json!({"workload": {"workload": "open", "rate_rps": reads_per_s + writes_per_s},
           "endpoints": [endpoint("read", reads_per_s), endpoint("write", writes_per_s)]})
}

/// A store of three replicas without a limit, called without latency.
fn store(people: Value, r: u32, w: u32, extra: Value) -> Design {
    let mut kv = json!({"replicas": 3, "read_quorum": r, "write_quorum": w, "partition_rps": null});
    for (name, value) in extra.as_object().into_iter().flatten() {
        kv[name] = value.clone();
    }
    let d = design(&[("users", "users", people), ("kv", "kv_store", kv)], &[("users", "kv")]);
    assert_eq!(backpressure_sim::design::check(&d), []);
    d
}

fn reads(r: &Report) -> f64 {
    r.endpoints["read"].requests.answered as f64
}

fn hints(r: &Report) -> f64 {
    let OwnReport::Level { now, .. } = r.nodes["kv"].own["hints"] else { panic!("no level") };
    f64::from(now)
}

fn times(write_ms: f64, read_ms: f64) -> Value {
    json!({"write_time": exponential(write_ms), "read_time": exponential(read_ms)})
}

#[test]
fn a_quorum_takes_as_long_as_its_slowest_member() {
    // The k-th of three exponential times: m/3, m(1/3 + 1/2), m(1/3 + 1/2 + 1).
    let kth = [1.0 / 3.0, 5.0 / 6.0, 11.0 / 6.0];
    for (quorum, share) in (1..=3).zip(kth) {
        agrees(
            &store(people(200.0, 200.0, 1000), quorum, quorum, times(30.0, 6.0)),
            1.0,
            101.0,
            0.02,
            |r| [r.endpoints["read"].latency_ms.mean, r.endpoints["write"].latency_ms.mean],
            [("read", 6.0 * share), ("write", 30.0 * share)],
        );
    }
}

#[test]
fn with_overlapping_quorums_no_read_is_stale() {
    for (r, w) in [(2, 2), (3, 1), (1, 3)] {
        let result = run(&store(people(2000.0, 500.0, 20), r, w, times(20.0, 5.0)), 1, 0.0, 60.0);
        assert_eq!(result.requests.stale, 0, "R = {r}, W = {w}");
        assert!(reads(&result) > 100_000.0);
    }
}

#[test]
fn otherwise_reads_are_as_stale_as_the_times_say() {
    // Bailis et al. 2012 (WARS, with acknowledgements and reads that take no time): when a write is answered, the times
    // still missing are exponential again. The replica that answers first is any of the three; it is missing the write with
    // (N − W)/N · e^(−t/m), t after the answer. A key is written w times a second, so t is exponential too: together
    // (N − W)/N · w/(w + 1/m), but for writes of one key that overlap (0.2/s · 0.1 s: at the second decimal).
    let (w, m) = (0.2, 0.1);
    for (write_quorum, missing) in [(1, 2.0), (2, 1.0)] {
        let d = store(people(1000.0, w * 100.0, 100), 1, write_quorum, times(1000.0 * m, 0.001));
        let theory = missing / 3.0 * w / (w + 1.0 / m);
        let stale: Vec<f64> = (1..=10)
            .map(|seed| {
                let r = run(&d, seed, 10.0, 410.0);
                r.requests.stale as f64 / reads(&r)
            })
            .collect();
        let (mean, half) = common::interval(&stale);
        println!("W = {write_quorum}: theory {theory:.5}, simulated {mean:.5} ± {half:.5}");
        assert!((mean / theory - 1.0).abs() < 0.04 && half < 0.04 * theory, "{mean} ± {half}, theory {theory}");
    }
}

#[test]
fn a_hot_partition_is_throttled_while_the_others_idle() {
    // 400 requests a second over eight partitions of 100 each: 50 each, unless half of them are about one key.
    let mut even = people(400.0, 0.0, 100_000);
    let capacity = json!({"partitions": 8, "partition_rps": 100.0});
    let r = run(&store(even.clone(), 1, 1, capacity.clone()), 1, 10.0, 60.0);
    assert!(r.requests.failed.is_empty(), "{:?}", r.requests);
    even["endpoints"][0]["popularity"] = json!({"popularity": "hot_share", "hot_share": 0.5, "hot_keys": 1});
    let theory = 400.0 * (0.5 + 0.5 / 8.0) - 100.0;
    agrees(
        &store(even, 1, 1, capacity),
        10.0,
        210.0,
        0.02,
        |r| [r.requests.failed["rate_limited"] as f64 / r.measured_s],
        [("throttled", theory)],
    );
}

#[test]
fn a_replica_that_is_down_gets_its_writes_later_and_nobody_sees_the_gap() {
    let d = store(people(500.0, 100.0, 50), 2, 2, times(5.0, 2.0));
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.run_until(5_000_000_000, u64::MAX);
    let one = sim.inject(Victim::Node("kv".into()), Trouble::Crash { instance: Some(0), silent: false }, None);
    sim.run_until(15_000_000_000, u64::MAX);
    let kept = hints(&sim.report(0.0));
    assert!((kept - 1000.0).abs() < 3.3 * 1000f64.sqrt(), "{kept}");
    let two = sim.inject(Victim::Node("kv".into()), Trouble::Crash { instance: Some(2), silent: false }, None);
    let before = sim.report(0.0).requests;
    assert!(before.failed.is_empty() && before.stale == 0, "{before:?}");
    sim.run_until(16_000_000_000, u64::MAX);
    let refused = sim.report(0.0).requests.failed["refused"] as f64;
    assert!((refused - 600.0).abs() < 3.3 * 600f64.sqrt() + 10.0, "one of three is no quorum: {refused}");
    sim.heal(one);
    sim.heal(two);
    // 5 ms a hint: 1000 take 5 s, while 100 new ones a second are nobody's hints.
    sim.run_until(30_000_000_000, u64::MAX);
    let r = sim.report(0.0);
    assert_eq!((hints(&r), r.requests.stale), (0.0, 0));
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_replica_that_catches_up_gives_old_answers_if_one_is_enough() {
    let d = store(people(500.0, 100.0, 50), 1, 2, times(5.0, 2.0));
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
    let trouble = Trouble::Crash { instance: Some(0), silent: false };
    sim.inject(Victim::Node("kv".into()), trouble, Some(10.0));
    sim.run_until(10_000_000_000, u64::MAX);
    sim.start_measuring();
    sim.run_until(12_000_000_000, u64::MAX);
    let r = sim.report(0.0);
    // A third of the reads is answered by the one that missed ten seconds. Of a key it knows the newest once that is written
    // again, twice a second: over two seconds the mean of e^(−2t). The hints come in order, and the newest last. A little is
    // stale as always: (N − W)/N · w/(w + 1/m).
    let theory = (1.0 - libm::exp(-4.0)) / 4.0 / 3.0 + 2.0 / 202.0 / 3.0;
    let share = r.requests.stale as f64 / reads(&r);
    assert!((share / theory - 1.0).abs() < 0.15, "{share}, theory {theory}");
}

#[test]
fn a_quorum_larger_than_the_replicas_is_reported() {
    let d = design(
        &[("users", "users", people(1.0, 1.0, 1)), ("kv", "kv_store", json!({"replicas": 2, "read_quorum": 3}))],
        &[("users", "kv")],
    );
    let problems = backpressure_sim::design::check(&d);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].field.as_deref(), Some("/read_quorum"));
}

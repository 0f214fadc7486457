//! The SQL database: hot rows, lost updates, indexes, the disk, replicas, failover.

mod common;

use backpressure_sim::design::{Design, Trouble};
use backpressure_sim::metrics::{OwnReport, Recorder, Report};
use backpressure_sim::{Simulation, engine::Victim};
use common::{agrees, constant, design, exponential, run};
use serde_json::{Value, json};

/// People who read and write `keys` rows of the same table, each row as often as any other.
fn people(reads_per_s: f64, writes_per_s: f64, keys: u64) -> Value {
    let endpoint = |operation: &str, weight: f64| {
        json!({"name": operation, "operation": operation, "path": "/rows", "weight": weight, "keys": keys,
               "popularity": {"popularity": "uniform"}})
    };
    json!({"workload": {"workload": "open", "rate_rps": reads_per_s + writes_per_s},
           "endpoints": [endpoint("read", reads_per_s), endpoint("write", writes_per_s)]})
}

/// A database with room for everybody, called without latency. `extra` overrides its parameters.
fn database(people: Value, extra: Value) -> Design {
    let mut db =
        json!({"connections": 100_000, "queue_limit": 0, "read_time": constant(0.0), "write_time": constant(0.0)});
    for (name, value) in extra.as_object().into_iter().flatten() {
        db[name] = value.clone();
    }
    design(&[("users", "users", people), ("db", "sql_database", db)], &[("users", "db")])
}

fn count(report: &Report, name: &str) -> f64 {
    match &report.nodes["db"].own[name] {
        OwnReport::Count(n) => *n as f64,
        other => panic!("{name} is no count: {other:?}"),
    }
}

fn mean_ms(report: &Report, name: &str) -> f64 {
    match &report.nodes["db"].own[name] {
        OwnReport::Span(span) => span.mean,
        OwnReport::Level { mean, .. } => *mean,
        other => panic!("{name} is no span: {other:?}"),
    }
}

fn answered(report: &Report, endpoint: &str) -> f64 {
    report.endpoints[endpoint].requests.answered as f64
}

/// Half-width that holds 99.9 % of a Poisson count.
fn chance(count: f64) -> f64 {
    3.3 * count.sqrt()
}

#[test]
fn writes_of_a_hot_row_take_turns_like_a_single_server() {
    // One row, exponential 10 ms under its lock, 60 writes a second: M/M/1, W = 1/(100 − 60) = 25 ms; in line for the lock,
    // ρ²/(1 − ρ) = 0.9. Connections are without number, and do not help.
    let d = database(
        people(0.0, 60.0, 1),
        json!({"write_time": exponential(10.0), "concurrency": {"concurrency": "row_locks", "lock_wait_ms": 3_600_000.0}}),
    );
    agrees(
        &d,
        20.0,
        1020.0,
        0.06,
        |r| [r.latency_ms.mean, mean_ms(r, "lock_wait_ms") * 0.6, mean_ms(r, "waiting_for_rows")],
        // Only those that have to wait are in the span: a share ρ of them.
        [("latency", 25.0), ("wait for the row", 15.0), ("in line", 0.9)],
    );
}

#[test]
fn different_rows_do_not_wait_for_each_other() {
    let locks = json!({"write_time": constant(10.0), "concurrency": {"concurrency": "row_locks"}});
    let r = run(&database(people(0.0, 500.0, 1_000_000), locks), 1, 1.0, 21.0);
    assert!((r.latency_ms.mean - 10.0).abs() < 0.05, "{}", r.latency_ms.mean);
}

#[test]
fn a_write_that_waits_too_long_for_its_row_fails_with_a_conflict() {
    // 150 writes a second of a row that takes 100: a third is turned away, after exactly the lock wait timeout.
    let locks =
        json!({"write_time": exponential(10.0), "concurrency": {"concurrency": "row_locks", "lock_wait_ms": 500.0}});
    let d = database(people(0.0, 150.0, 1), locks);
    let r = run(&d, 1, 10.0, 210.0);
    let conflicts = r.requests.failed["conflict"] as f64;
    assert_eq!(r.requests.failed.len(), 1);
    // At the beginning some 50 were waiting who had come before the measuring.
    assert!((conflicts - count(&r, "conflicts")).abs() < 100.0);
    // The row is never idle: 100 a second are served. M/M/1 with patience so long is empty with a probability of e^(−(150 − 100)/2).
    assert!((answered(&r, "write") / r.measured_s - 100.0).abs() < 2.4, "{}", answered(&r, "write") / r.measured_s);
    assert!(r.latency_ms.max < 500.0 + 150.0, "{}", r.latency_ms.max);
}

#[test]
fn unprotected_writes_lose_updates_as_often_as_another_commits_meanwhile() {
    // Commits of one row are Poisson; a write that takes 10 ms overwrites one it has not seen with 1 − e^(−20/s · 10 ms).
    let d = database(
        people(0.0, 20.0, 1),
        json!({"write_time": constant(10.0), "concurrency": {"concurrency": "read_modify_write"}}),
    );
    let theory = -libm::expm1(-0.2);
    agrees(&d, 5.0, 1005.0, 0.03, |r| [count(r, "lost_updates") / answered(r, "write")], [("share lost", theory)]);
    for safe in [json!({"concurrency": "row_locks"}), json!({"concurrency": "optimistic", "attempts": 100})] {
        let d = database(people(0.0, 20.0, 1), json!({"write_time": constant(10.0), "concurrency": safe}));
        let r = run(&d, 1, 0.0, 100.0);
        assert_eq!(count(&r, "lost_updates"), 0.0);
        assert!(r.requests.failed.is_empty() && answered(&r, "write") > 1900.0);
    }
}

#[test]
fn an_optimistic_write_fails_when_the_row_has_moved_on() {
    // One attempt: a write succeeds if none has in the 10 ms before its end. That is a counter with a dead time of τ, which
    // counts λ/(1 + λτ): 50/1.5 = 33.3 a second.
    let optimistic = json!({"concurrency": "optimistic", "attempts": 1});
    let d = database(people(0.0, 50.0, 1), json!({"write_time": constant(10.0), "concurrency": optimistic}));
    agrees(
        &d,
        5.0,
        505.0,
        0.03,
        |r| [answered(r, "write") / r.measured_s, r.requests.failed["conflict"] as f64 / r.measured_s],
        [("written", 50.0 / 1.5), ("conflicts", 50.0 - 50.0 / 1.5)],
    );
}

#[test]
fn a_read_without_an_index_costs_as_much_as_there_are_rows() {
    for (rows, extra_ms) in [(20_000, 20.0), (200_000, 200.0)] {
        let scans = json!({"share": 0.1, "rows": rows, "rows_per_ms": 1000.0});
        let d = database(people(200.0, 0.0, 1000), json!({"read_time": constant(1.0), "scans": scans}));
        let r = run(&d, 1, 5.0, 105.0);
        let scanned = count(&r, "scans") / answered(&r, "read");
        // 20,000 reads: ± 3.3 · √(0.1 · 0.9 / 20,000).
        assert!((scanned - 0.1).abs() < 0.007, "{scanned}");
        assert!((r.latency_ms.mean - 1.0 - scanned * extra_ms).abs() < 0.02 * extra_ms, "{}", r.latency_ms.mean);
        assert!((r.latency_ms.p99 - 1.0 - extra_ms).abs() < 0.01 * extra_ms);
    }
}

#[test]
fn the_disk_serves_operations_one_after_the_other() {
    // M/D/1 with ρ = 0.8: Wq = ρ/(2μ(1 − ρ)) = 20 ms, and 10 ms for the operation.
    let d = database(people(0.0, 80.0, 1000), json!({"disk": {"iops": 100.0}}));
    agrees(
        &d,
        20.0,
        620.0,
        0.05,
        |r| [r.latency_ms.mean, mean_ms(r, "disk_wait_ms"), mean_ms(r, "disk_queue")],
        [("latency", 30.0), ("disk", 30.0), ("operations in line", 2.4)],
    );
}

#[test]
fn reads_of_rows_in_memory_spare_the_disk() {
    // Every row as popular as any other: 300 of 1,000 in memory are 30 % of the reads, and 0.7 · 50/s go to the disk.
    let d = database(people(50.0, 0.0, 1000), json!({"disk": {"iops": 100.0, "memory_rows": 300}}));
    let mean = (1..=10).map(|seed| run(&d, seed, 30.0, 430.0).latency_ms.mean).sum::<f64>() / 10.0;
    let (rate, mu) = (0.7 * 50.0, 100.0);
    let theory = 0.7 * 1000.0 * (1.0 / mu + rate / mu / (2.0 * mu * (1.0 - rate / mu)));
    assert!((mean / theory - 1.0).abs() < 0.02, "{mean}, theory {theory}");
}

fn replicas(extra: Value) -> Value {
    let mut replicas = json!({"count": 1, "delay": constant(100.0), "apply_time": constant(0.0)});
    for (name, value) in extra.as_object().into_iter().flatten() {
        replicas[name] = value.clone();
    }
    json!({"replicas": replicas})
}

#[test]
fn a_read_at_a_replica_is_stale_if_its_row_was_written_within_the_lag() {
    // One row, written 5 times a second, 100 ms behind: 1 − e^(−0.5).
    let d = database(people(100.0, 5.0, 1), replicas(json!({"count": 2})));
    let theory = -libm::expm1(-0.5);
    let stale = |r: &Report| [r.requests.stale as f64 / answered(r, "read"), mean_ms(r, "replication_lag_ms")];
    agrees(&d, 5.0, 1005.0, 0.03, stale, [("share stale", theory), ("lag", 100.0)]);
    let r = run(&database(people(100.0, 5.0, 1), replicas(json!({"reads_from": "primary"}))), 1, 0.0, 100.0);
    assert_eq!(r.requests.stale, 0, "the primary is never behind itself");
    let r = run(&database(people(100.0, 5.0, 1), replicas(json!({"reads_from": "all"}))), 1, 0.0, 500.0);
    let share = r.requests.stale as f64 / answered(&r, "read");
    assert!((share - theory / 2.0).abs() < 0.01, "every other read goes to the primary: {share}");
}

#[test]
fn a_replica_applies_one_write_after_the_other_and_lags_when_it_is_busy() {
    // 20 ms on the way, then M/M/1: 1/(200 − 150) = 20 ms. In the log: 150/s · 40 ms.
    let busy = replicas(json!({"delay": constant(20.0), "apply_time": exponential(5.0)}));
    agrees(
        &database(people(0.0, 150.0, 1000), busy),
        10.0,
        610.0,
        0.05,
        |r| [mean_ms(r, "replication_lag_ms"), mean_ms(r, "replication_backlog")],
        [("lag", 40.0), ("backlog", 6.0)],
    );
}

#[test]
fn synchronous_replicas_are_never_behind_and_writes_wait_for_the_slowest() {
    // Three replicas, exponential 10 ms each to receive, 10 ms back: the slowest of three takes H₃ = 11/6 times as long.
    let mut synchronous = replicas(json!({"count": 3, "replication": "synchronous", "delay": exponential(10.0)}));
    let d = database(people(500.0, 5.0, 1), synchronous.clone());
    let r = run(&d, 1, 0.0, 200.0);
    assert_eq!(r.requests.stale, 0);
    assert!(answered(&r, "read") > 90_000.0);
    // Five writes a second hardly ever overtake each other on the way.
    let latency = r.endpoints["write"].latency_ms.mean;
    assert!((latency / (10.0 * 11.0 / 6.0 + 10.0) - 1.0).abs() < 0.08, "{latency}");
    // One received copy is enough: the fastest of three, and the way back.
    synchronous["replicas"]["replication"] = json!("semi_synchronous");
    let r = run(&database(people(500.0, 5.0, 1), synchronous), 1, 0.0, 200.0);
    let latency = r.endpoints["write"].latency_ms.mean;
    assert!((latency / (10.0 / 3.0 + 10.0) - 1.0).abs() < 0.12, "{latency}");
    assert!(r.requests.stale > 0, "the others lag all the same");
}

fn primary_dies(d: &Design, seed: u64) -> Report {
    let mut d = d.clone();
    let fault = json!([{"id": "f", "node": "db", "params": {
        "trouble": {"fault": "crash", "instance": 0}, "schedule": {"when": "once", "at_s": 10.0, "for_s": 30.0}}}]);
    d.faults = serde_json::from_value(fault).unwrap_or_else(|e| panic!("{e}"));
    run(&d, seed, 0.0, 60.0)
}

#[test]
fn a_failover_loses_what_the_replica_had_not_received() {
    // 200 writes a second, 500 ms behind: 100 are on their way when the primary dies, a Poisson number of them.
    let lagging = |mode: &str, count: u32| {
        let extra = json!({"delay": constant(500.0), "replication": mode, "count": count,
                           "failover_after_ms": 4000.0, "promotion_ms": 1000.0});
        database(people(0.0, 200.0, 1_000_000), replicas(extra))
    };
    let runs: Vec<Report> = (1..=20).map(|seed| primary_dies(&lagging("asynchronous", 2), seed)).collect();
    let lost: f64 = runs.iter().map(|r| count(r, "lost_writes")).sum();
    assert!((lost - 2000.0).abs() < chance(2000.0), "{lost}");
    for r in &runs {
        assert_eq!(count(r, "failovers"), 1.0);
        // Nobody takes writes for five seconds.
        let refused = r.requests.failed["refused"] as f64;
        assert!((refused - 1000.0).abs() < chance(1000.0), "{refused}");
        assert_eq!(r.requests.failed.len(), 1);
    }
    for mode in ["semi_synchronous", "synchronous"] {
        let r = primary_dies(&lagging(mode, 2), 1);
        assert_eq!(count(&r, "lost_writes"), 0.0, "{mode}");
        assert_eq!(count(&r, "failovers"), 1.0, "{mode}");
        assert!(r.requests.failed["crashed"] > 50, "{mode}: those in flight were not promised anything");
    }
}

#[test]
fn what_is_said_of_a_server_that_is_down_names_its_part_and_who_takes_over() {
    let extra = json!({"delay": constant(10.0), "count": 2, "failover_after_ms": 4000.0, "promotion_ms": 1000.0});
    let said = |instance: u32, at_s: u64| {
        let mut d = database(people(50.0, 50.0, 1000), replicas(extra.clone()));
        let crash = json!([{"id": "f", "node": "db", "params": {
            "trouble": {"fault": "crash", "instance": instance}, "schedule": {"when": "once", "at_s": 10.0, "for_s": 30.0}}}]);
        d.faults = serde_json::from_value(crash).unwrap_or_else(|e| panic!("{e}"));
        let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:?}"));
        let mut recorder = Recorder::new();
        recorder.advance(&mut sim, at_s * 1_000_000_000 + 500_000_000, u64::MAX);
        let remarks = recorder.snapshot(&sim, 1.0).remarks;
        remarks.into_iter().map(|(_, words)| words).find(|words| words.contains(" is down")).unwrap_or_default()
    };
    // Down at 10 s, noticed at 14 s, promoted at 15 s.
    assert!(said(0, 11).starts_with("The primary is down"), "{}", said(0, 11));
    let promotion = said(0, 14);
    assert!(promotion.starts_with("The primary is down; replica") && promotion.contains("taking over"), "{promotion}");
    assert!(said(0, 20).starts_with("The old primary is down"), "{}", said(0, 20));
    assert!(said(2, 11).starts_with("Replica 2 is down"), "{}", said(2, 11));
}

#[test]
fn without_failover_everybody_waits_and_nothing_is_lost() {
    let d = database(people(0.0, 200.0, 1000), replicas(json!({"delay": constant(500.0), "failover_after_ms": null})));
    let r = primary_dies(&d, 1);
    assert_eq!((count(&r, "lost_writes"), count(&r, "failovers")), (0.0, 0.0));
    let refused = r.requests.failed["refused"] as f64;
    assert!((refused - 6000.0).abs() < chance(6000.0), "thirty seconds without writes: {refused}");
    let OwnReport::Level { now, .. } = r.nodes["db"].own["replication_backlog"] else { panic!("no level") };
    assert!((f64::from(now) - 100.0).abs() < chance(100.0), "the replica is as far behind as ever: {now}");
}

#[test]
fn what_was_lost_is_gone_and_a_cache_that_holds_it_is_stale() {
    // Rows are written, cached by a reader, and lost. Readers of the database see the older version, which is the newest
    // again, and nothing is stale; readers of the cache see what no longer exists.
    let writers = people(0.0, 50.0, 100);
    let readers = people(500.0, 0.0, 100);
    let db = json!({"replicas": {"delay": constant(3_000.0), "reads_from": "primary", "failover_after_ms": 0.0, "promotion_ms": 0.0},
                    "connections": 1000, "read_time": constant(0.0), "write_time": constant(0.0)});
    let nodes = [
        ("writers", "users", writers),
        ("readers", "users", readers),
        ("server", "app_server", json!({"slots": 1000, "service_time": constant(0.0)})),
        ("cache", "cache", json!({"hits": {"hits": "keys", "capacity_items": 1000, "ttl_ms": 1000.0}})),
        ("db", "sql_database", db),
    ];
    let with_cache = [("writers", "db"), ("readers", "server"), ("server", "cache"), ("server", "db")];
    let without = [("writers", "db"), ("readers", "server"), ("server", "db")];
    let stale_after = |links: &[(&str, &str)]| {
        let nodes: Vec<_> =
            nodes.iter().filter(|(id, ..)| links.iter().any(|(a, b)| a == id || b == id)).cloned().collect();
        let mut sim = Simulation::new(&design(&nodes, links)).unwrap_or_else(|p| panic!("{p:#?}"));
        sim.run_until(20_000_000_000, u64::MAX);
        let trouble = Trouble::Crash { instance: Some(0), silent: false };
        sim.inject(Victim::Node("db".into()), trouble, None);
        sim.start_measuring();
        // Nobody writes any more: what is stale is stale because it was lost.
        let mut d = design(&nodes, links);
        d.nodes[0].params["workload"]["rate_rps"] = json!(0.001);
        sim.apply(&d).unwrap_or_else(|p| panic!("{p:#?}"));
        sim.run_until(20_500_000_000, u64::MAX);
        sim.report(0.0)
    };
    let r = stale_after(&without);
    assert!(count(&r, "lost_writes") > 100.0, "{:?}", r.nodes["db"].own);
    assert_eq!(r.requests.stale, 0);
    let r = stale_after(&with_cache);
    assert!(r.requests.stale > 50, "{:?}", r.requests);
}

#[test]
fn the_old_primary_follows_the_new_one() {
    let d = database(people(100.0, 50.0, 10), replicas(json!({"count": 1, "delay": constant(10.0)})));
    let r = primary_dies(&d, 1);
    assert_eq!(count(&r, "failovers"), 1.0);
    // Back since 40 s; at 60 s it answers the reads, 10 ms behind.
    let OwnReport::Level { now, .. } = r.nodes["db"].own["replication_backlog"] else { panic!("no level") };
    assert!(now < 10, "{now} writes behind");
    // While it was down the only other server answered the reads: none failed but those of the instant.
    assert_eq!(r.endpoints["read"].requests.failed.values().sum::<u64>(), 0, "{:?}", r.endpoints["read"]);
}

#[test]
fn a_dead_replica_is_left_out_and_catches_up() {
    let mut d = database(
        people(100.0, 100.0, 1000),
        replicas(json!({"count": 2, "replication": "synchronous", "delay": constant(5.0)})),
    );
    let fault = json!([{"id": "f", "node": "db", "params": {
        "trouble": {"fault": "crash", "instance": 2}, "schedule": {"when": "once", "at_s": 10.0, "for_s": 10.0}}}]);
    d.faults = serde_json::from_value(fault).unwrap_or_else(|e| panic!("{e}"));
    let r = run(&d, 1, 0.0, 19.9);
    assert!(r.requests.failed.is_empty(), "{:?}", r.requests);
    assert!(r.endpoints["write"].latency_ms.max < 11.0);
    let OwnReport::Level { now, .. } = r.nodes["db"].own["replication_backlog"] else { panic!("no level") };
    assert!((f64::from(now) - 990.0).abs() < chance(990.0), "it has 9.9 s of writes to catch up on: {now}");
    let r = run(&d, 1, 0.0, 30.0);
    let OwnReport::Level { now, .. } = r.nodes["db"].own["replication_backlog"] else { panic!("no level") };
    assert!(now < 10, "{now}");
}

/// Every first attempt of a write is given up after 20 ms, when it has 10 ms to go; the second has all the time.
fn impatient(extra: Value) -> Design {
    let mut d = database(people(0.0, 50.0, 1000), extra);
    d.nodes.push(d.nodes[1].clone());
    d.nodes[1].kind = "app_server".into();
    d.nodes[1].id = "server".into();
    d.nodes[1].params = common::object(&json!({"slots": 10_000, "service_time": constant(0.0)}));
    d.links.push(d.links[0].clone());
    d.links[0].to = "server".into();
    (d.links[1].from, d.links[1].id) = ("server".into(), "l1".into());
    let calls = json!({"timeout_ms": 20.0, "retries": 1, "backoff": {"base_ms": 0.0, "jitter": "none"}});
    d.links[1].params.insert("calls".into(), calls);
    d
}

#[test]
fn a_write_made_again_is_done_twice_unless_it_is_recognised() {
    let slow = json!({"write_time": {"distribution": "constant", "mean_ms": 30.0}});
    let r = run(&impatient(slow.clone()), 1, 0.0, 100.0);
    let (offered, duplicates) = (r.requests.offered as f64, count(&r, "duplicates"));
    assert!((offered - duplicates).abs() <= 10.0, "{duplicates} of {offered}: all but those under way");
    let mut safe = slow;
    safe["idempotency_keys"] = json!(true);
    let r = run(&impatient(safe), 1, 0.0, 100.0);
    assert_eq!(count(&r, "duplicates"), 0.0);
    assert!((r.requests.offered as f64 - count(&r, "duplicates_recognised")).abs() <= 10.0);
}

#[test]
fn a_request_that_writes_several_times_is_no_duplicate() {
    let mut d = impatient(json!({"write_time": constant(1.0)}));
    d.links[1].params.insert("calls_per_request".into(), json!(3.0));
    let r = run(&d, 1, 0.0, 20.0);
    assert!(answered(&r, "write") > 900.0);
    assert_eq!(count(&r, "duplicates"), 0.0);
}

#[test]
fn stock_is_sold_once_if_writes_see_each_other_and_oversold_if_not() {
    let sale = |concurrency: &str| {
        let stock = json!({"write_time": constant(20.0), "stock": 500, "concurrency": {"concurrency": concurrency}});
        run(&database(people(0.0, 100.0, 1), stock), 1, 0.0, 60.0)
    };
    for safe in ["last_write_wins", "row_locks", "optimistic"] {
        let r = sale(safe);
        assert!(answered(&r, "write") <= 500.0, "{safe}: {}", answered(&r, "write"));
        assert_eq!(count(&r, "oversold"), 0.0);
        assert!(r.requests.failed["conflict"] > 1000);
    }
    assert_eq!(answered(&sale("row_locks"), "write"), 500.0);
    // Unprotected: what is sold within the 20 ms of the last sale, nobody has seen: Poisson with mean 2.
    let oversold: f64 = (1..=20)
        .map(|seed| {
            let stock = json!({"write_time": constant(20.0), "stock": 500, "concurrency": {"concurrency": "read_modify_write"}});
            let r = run(&database(people(0.0, 100.0, 1), stock), seed, 0.0, 60.0);
            assert_eq!(answered(&r, "write"), 500.0 + count(&r, "oversold"));
            count(&r, "oversold")
        })
        .sum();
    assert!((oversold - 40.0).abs() < chance(40.0), "{oversold}");
}

fn with_trouble(mut d: Design, trouble: Value, at_s: f64, for_s: f64) -> Design {
    let fault = json!([{"id": "f", "node": "db", "params": {
        "trouble": trouble, "schedule": {"when": "once", "at_s": at_s, "for_s": for_s}}}]);
    d.faults = serde_json::from_value(fault).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(backpressure_sim::design::check(&d), []);
    d
}

#[test]
fn a_full_disk_fails_writes_and_lets_reads_pass() {
    let d = with_trouble(database(people(50.0, 50.0, 100), json!({})), json!({"fault": "disk_full"}), 10.0, 10.0);
    let r = run(&d, 1, 0.0, 30.0);
    assert!(r.endpoints["read"].requests.failed.is_empty());
    let failed = r.endpoints["write"].requests.failed["disk_full"] as f64;
    assert!((failed - 500.0).abs() < chance(500.0), "{failed}");
}

#[test]
fn leaked_connections_are_missing_until_a_restart() {
    // 20 connections, one lost every second: after 20 s nobody is served any more, whether the leak goes on or not.
    let small = json!({"connections": 20, "read_time": constant(1.0), "queue_limit": 10});
    let d = with_trouble(
        database(people(100.0, 0.0, 100), small),
        json!({"fault": "connection_leak", "leak_per_s": 1.0}),
        10.0,
        25.0,
    );
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.run_until(20_500_000_000, u64::MAX);
    assert!(sim.report(0.0).requests.failed.is_empty());
    sim.run_until(40_000_000_000, u64::MAX);
    sim.start_measuring();
    sim.run_until(50_000_000_000, u64::MAX);
    let r = sim.report(0.0);
    assert_eq!(r.requests.answered, 0, "the leak has ended, the connections are gone");
    assert_eq!(r.nodes["db"].utilisation, Some(1.0));
    sim.inject(Victim::Node("db".into()), Trouble::Crash { instance: None, silent: false }, Some(1.0));
    sim.run_until(52_000_000_000, u64::MAX);
    sim.start_measuring();
    sim.run_until(60_000_000_000, u64::MAX);
    assert!(sim.report(0.0).requests.failed.is_empty(), "restarted");
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

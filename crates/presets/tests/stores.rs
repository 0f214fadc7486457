//! What the presets about stores claim, against arithmetic and theory.

mod common;

use backpressure_sim::analysis::theory::{che_lru_hit_ratio, mg1_mean_wait};
use backpressure_sim::design::Design;
use backpressure_sim::metrics::{OwnReport, Report};
use common::{HOP_MS, between, mean_of_ten, near, own, per_s, preset, run, says, start, until, utilisation, with};
use serde_json::Value;

fn stale_share(r: &Report, endpoint: &str) -> f64 {
    r.requests.stale as f64 / r.endpoints[endpoint].requests.answered as f64
}

/// Both ways between users, server and store.
const HOPS_MS: f64 = 4.0 * HOP_MS;

#[test]
fn read_replicas_give_old_answers() {
    let d = preset("read-replicas", &["11 of 100 reads are stale", "a write takes 600 ms more, there and back"]);
    // A profile is written 20/50 = 0.4 times a second and is old for 300.5 ms.
    let theory = -libm::expm1(-0.4 * 0.3005);
    says("share of stale reads", 0.11, theory, 0.005);
    near("share of stale reads", mean_of_ten(&d, 5.0, 105.0, |r| stale_share(r, "view profile")), theory, 0.04);
    // Within the first ten seconds there are some two hundred.
    assert!(run(&d, 1, 0.0, 10.0).requests.stale > 100);

    let primary = run(&with(&d, "db", "/replicas/reads_from", "primary"), 1, 0.0, 30.0);
    assert_eq!(primary.requests.stale, 0);
    let latency = |mode: &str| {
        let r = run(&with(&d, "db", "/replicas/replication", mode), 1, 5.0, 65.0);
        (r.requests.stale, r.endpoints["edit profile"].latency_ms.mean)
    };
    let plain = 1.0 + 6.0 + HOPS_MS;
    near("asynchronous, ms", latency("asynchronous").1, plain, 0.05);
    let (stale, ms) = latency("synchronous");
    assert_eq!(stale, 0);
    near("synchronous, ms", ms, plain + 600.5, 0.01);
    let (stale, ms) = latency("semi_synchronous");
    // Both replicas are as far away as the one that is waited for.
    assert_eq!(stale, 0);
    near("semi-synchronous, ms", ms, plain + 600.0, 0.01);
}

#[test]
fn a_failover_loses_confirmed_orders() {
    let d = preset(
        "failover",
        &[
            "For three seconds every order is refused, about 300",
            "the 40 or so orders of the last 400 ms",
            "takes 800 ms longer",
        ],
    );
    let lost = mean_of_ten(&d, 0.0, 10.0, |r| own(r, "db", "lost_writes"));
    // 100/s · 0.4 s: Poisson, and the mean of ten of them ± 3.3 · √(40/10).
    near("lost", lost, 40.0, 3.3 * (40.0f64 / 10.0).sqrt() / 40.0);
    let refused = mean_of_ten(&d, 0.0, 10.0, |r| r.requests.failed["refused"] as f64);
    near("refused", refused, 300.0, 3.3 * (300.0f64 / 10.0).sqrt() / 300.0);

    let semi = with(&d, "db", "/replicas/replication", "semi_synchronous");
    assert_eq!(own(&run(&semi, 1, 0.0, 30.0), "db", "lost_writes"), 0.0);
    near("semi-synchronous, ms", run(&semi, 1, 0.5, 3.9).latency_ms.mean, 1.0 + 6.0 + HOPS_MS + 800.0, 0.01);
    let off = with(&d, "db", "/replicas/failover_after_ms", Value::Null);
    let r = run(&off, 1, 0.0, 30.0);
    assert_eq!(own(&r, "db", "lost_writes"), 0.0);
    near("refused without failover", r.requests.failed["refused"] as f64, 2000.0, 0.08);
}

#[test]
fn a_hot_row_takes_every_connection() {
    let d = preset("hot-row", &["the row can take 100 a second", "a vote takes 25 ms, and the readers notice nothing"]);
    let r = run(&d, 1, 6.0, 206.0);
    near("votes, 1/s", r.endpoints["vote"].requests.answered as f64 / r.measured_s, 100.0, 0.06);
    assert!(utilisation(&r, "db") > 0.99, "{}", utilisation(&r, "db"));
    assert!(r.endpoints["read article"].latency_ms.mean > 20.0 * 5.0, "{:?}", r.endpoints["read article"].latency_ms);
    // M/M/1: 1/(100 − 60).
    let calm = with(&d, "voters", "/workload/rate_rps", 60);
    near("vote, ms", mean_of_ten(&calm, 5.0, 65.0, |r| r.endpoints["vote"].latency_ms.mean), 25.0 + 2.0 * HOP_MS, 0.06);
    near("reader, ms", run(&calm, 1, 5.0, 65.0).endpoints["read article"].latency_ms.mean, 5.0 + 2.0 * HOP_MS, 0.03);
    // Without locks: no line.
    let blind = run(&with(&d, "db", "/concurrency/concurrency", "last_write_wins"), 1, 5.0, 65.0);
    near("last one wins, ms", blind.endpoints["vote"].latency_ms.mean, 10.0 + 2.0 * HOP_MS, 0.03);
    let optimistic = run(&with(&d, "db", "/concurrency/concurrency", "optimistic"), 1, 5.0, 65.0);
    assert!(optimistic.requests.failed["conflict"] as f64 / optimistic.measured_s > 10.0);
    near("reader beside conflicts, ms", optimistic.endpoints["read article"].latency_ms.mean, 5.0 + 2.0 * HOP_MS, 0.03);
}

#[test]
fn a_scan_costs_as_much_as_there_are_rows() {
    let d = preset(
        "index-or-scan",
        &[
            "which takes 4 ms",
            "less than 3 ms",
            "take more than 400 ms",
            "the mean of 24 ms",
            "five scans a second of four seconds each keep all 20 connections busy",
        ],
    );
    let r = run(&d, 1, 5.0, 305.0);
    near("mean, ms", r.latency_ms.mean, 4.0 + 0.05 * 400.0 + 2.0 * HOP_MS, 0.06);
    near("slowest, ms", r.latency_ms.p99, 404.0, 0.03);
    // Median of what has an index, a little later than that for the five in a hundred without: 4 · ln(0.95/0.45) = 2.99.
    near("median, ms", r.latency_ms.p50, 4.0 * libm::log(0.95 / 0.45) + 2.0 * HOP_MS, 0.04);
    let large = run(&with(&d, "db", "/scans/rows", 4_000_000), 1, 20.0, 60.0);
    assert!(utilisation(&large, "db") > 0.9 && large.latency_ms.p50 > 100.0, "{:?}", large.latency_ms);
    let index = with(&with(&d, "db", "/scans/rows", 4_000_000), "db", "/scans/share", 0);
    near("with an index, ms", run(&index, 1, 5.0, 65.0).latency_ms.mean, 4.0 + 2.0 * HOP_MS, 0.04);
}

#[test]
fn memory_spares_the_disk() {
    let d = preset(
        "disk-limit",
        &[
            "160 operations a second for a disk that does 200",
            "an operation waits 10 ms in line and takes 5 ms",
            "240 operations a second are more than the disk can do",
        ],
    );
    let disk = |r: &Report| match r.nodes["db"].own["disk_wait_ms"] {
        OwnReport::Span(span) => span.mean,
        _ => panic!("no span"),
    };
    let theory = |ops: f64| 1000.0 * mg1_mean_wait(ops, 0.005, 0.005 * 0.005) + 5.0;
    says("wait and operation, ms", 15.0, theory(160.0), 0.01);
    near("disk, ms", mean_of_ten(&d, 20.0, 120.0, disk), theory(0.5 * 200.0 + 60.0), 0.06);
    let roomy = with(&d, "db", "/disk/memory_rows", 900);
    near("disk with memory, ms", mean_of_ten(&roomy, 20.0, 120.0, disk), theory(0.1 * 200.0 + 60.0), 0.03);
    // 240 come, 200 are done: 40 more every second.
    let mut sim = start(&with(&d, "db", "/disk/memory_rows", 100), 1);
    let growth = |r: &Report| r.requests.in_flight as f64;
    let (early, late) = (growth(&between(&mut sim, 0.0, 10.0)), growth(&between(&mut sim, 10.0, 40.0)));
    near("growth of the line, 1/s", (late - early) / 30.0, 40.0, 0.2);
}

#[test]
fn overlapping_quorums_see_every_write() {
    let d = preset(
        "quorums",
        &[
            "about 13 of 1,000 reads are stale",
            "half as many reads are stale",
            "no read is stale",
            "two of three are a quorum",
        ],
    );
    // (N − W)/N · w/(w + 1/m): see the store's own tests.
    let theory = |w: f64| (3.0 - w) / 3.0 * 0.2 / (0.2 + 10.0);
    says("stale of 1,000", 13.0, 1000.0 * theory(1.0), 0.5);
    let share = |d: &Design| mean_of_ten(d, 5.0, 205.0, |r| stale_share(r, "load state"));
    near("W = 1", share(&d), theory(1.0), 0.06);
    let two = with(&d, "kv", "/write_quorum", 2);
    near("W = 2", share(&two), theory(2.0), 0.08);
    let strong = with(&two, "kv", "/read_quorum", 2);
    let mut sim = start(&strong, 1);
    until(&mut sim, 20.0);
    let crash = backpressure_sim::design::Trouble::Crash { instance: Some(0), silent: false };
    sim.inject(backpressure_sim::engine::Victim::Node("kv".into()), crash, Some(10.0));
    let r = between(&mut sim, 20.0, 60.0);
    assert!(r.requests.stale == 0 && r.requests.failed.is_empty(), "{:?}", r.requests);
}

#[test]
fn a_hot_partition_refuses_while_others_idle() {
    let d = preset("hot-partition", &["Its partition gets 225 a second, of which 125 fail", "make it 16"]);
    near("refused, 1/s", per_s(&run(&d, 1, 5.0, 205.0), "rate_limited"), 400.0 * (0.5 + 0.5 / 8.0) - 100.0, 0.02);
    assert!(run(&d, 1, 0.0, 10.0).requests.failed["rate_limited"] > 800);
    let sixteen = run(&with(&d, "kv", "/partitions", 16), 1, 5.0, 205.0);
    near("refused of sixteen, 1/s", per_s(&sixteen, "rate_limited"), 400.0 * (0.5 + 0.5 / 16.0) - 100.0, 0.02);
}

/// Share of Zipf requests (exponent 1) that ask for the first `head` of `keys`.
fn zipf_head(head: u32, keys: u32) -> f64 {
    let harmonic = |n: u32| (1..=n).map(|k| 1.0 / f64::from(k)).sum::<f64>();
    harmonic(head) / harmonic(keys)
}

#[test]
fn ranges_of_popular_neighbours_make_a_hot_shard() {
    let d = preset("hot-shard", &["each can do 1,600", "86 % of the requests, 3.4 times its share"]);
    let theory = zipf_head(2500, 10_000);
    says("share of the first shard", 0.86, theory, 0.005);
    says("times its share", 3.4, 4.0 * theory, 0.05);
    let r = run(&d, 1, 2.0, 32.0);
    near("first shard, 1/s", r.nodes["shard-1"].rate_in_per_s, 1800.0 * theory, 0.02);
    near("first shard, busy", utilisation(&r, "shard-1"), 1800.0 * theory * 0.005 / 8.0, 0.03);
    near("hottest, %", own(&r, "router", "hottest_shard_pct"), 400.0 * theory, 0.05);
    let hashed = run(&with(&d, "router", "/sharding/sharding", "hash"), 1, 2.0, 32.0);
    for i in 1..=4 {
        assert!(utilisation(&hashed, &format!("shard-{i}")) < 0.5, "shard {i}");
    }
}

#[test]
fn scatter_and_gather_waits_for_the_slowest() {
    let d = preset("scatter-gather", &["13.6 ms on average instead of 5", "480 reads a second for the users' 200"]);
    let slowest = 5.0 * (1..=8).map(|k| 1.0 / f64::from(k)).sum::<f64>();
    says("slowest of eight, ms", 13.6, slowest, 0.05);
    // The router's 0.1 ms, and both ways between users, router and shard.
    let around = 0.1 + HOPS_MS;
    let mean = |share: f64| run(&with(&d, "router", "/scatter_share", share), 1, 2.0, 202.0).latency_ms.mean;
    near("none scattered, ms", mean(0.0), 5.0 + around, 0.02);
    near("all scattered, ms", mean(1.0), slowest + around, 0.02);
    let r = run(&d, 1, 2.0, 202.0);
    near("mean, ms", r.latency_ms.mean, 0.8 * 5.0 + 0.2 * slowest + around, 0.03);
    let load: f64 = (1..=8).map(|i| r.nodes[&format!("shard-{i}")].rate_in_per_s).sum();
    near("reads of all shards, 1/s", load, 200.0 * (0.8 + 0.2 * 8.0), 0.03);
}

#[test]
fn resharding_moves_what_its_sharding_must() {
    let d = preset(
        "resharding",
        &[
            "At 4 s a fifth is taken into use",
            "four of five keys",
            "about seven seconds",
            "24 ms instead of 7",
            "one key in five moves",
            "half the time",
        ],
    );
    let reshard = |d: &Design| {
        let mut sim = start(d, 1);
        let early = between(&mut sim, 0.0, 4.1);
        let moved = own(&early, "router", "keys_moved") / own(&early, "router", "keys_known");
        let later = between(&mut sim, 4.1, 5.0);
        let mut at = 5.0;
        while own(&sim.report(0.0), "router", "keys_to_copy") > 0.0 {
            at += 0.1;
            until(&mut sim, at);
        }
        let quiet = between(&mut sim, at + 1.0, at + 11.0);
        assert!(quiet.requests.failed.is_empty());
        near("latency afterwards, ms", quiet.latency_ms.mean, 5.0 + 0.1 + HOPS_MS, 0.01);
        (moved, at - 4.0, later)
    };
    let (moved, seconds, meanwhile) = reshard(&d);
    near("moved by mod n", moved, 0.8, 0.04);
    // 59 a second are copied in the background, and requests fetch each key left once in three seconds:
    // 3 s · ln(1 + moved/(59/s · 3 s)).
    let known = 3000.0 * -libm::expm1(-4.0 / 3.0);
    let theory = |share: f64| 3.0 * libm::log(1.0 + share * known / (3.0 / 0.017));
    says("seconds", 7.0, theory(0.8), 0.5);
    near("seconds", seconds, theory(0.8), 0.1);
    // Read at the old shard, written at the new one, and asked there: 5 + 10 + 5 ms, and three times there and back.
    near("a request that meets it, ms", meanwhile.latency_ms.max, 20.0 + 0.1 + 2.0 * HOP_MS + 3.0 * 2.0 * HOP_MS, 0.05);
    let (moved, seconds, _) = reshard(&with(&d, "router", "/sharding/sharding", "consistent_hash"));
    near("moved by consistent hashing", moved, 0.2, 0.3);
    near("seconds", seconds, theory(0.2), 0.25);
}

#[test]
fn a_ticket_sale_oversells_unless_purchases_see_each_other() {
    let d = preset(
        "ticket-sale",
        &[
            "150 tickets each",
            "After five seconds",
            "About three for each concert are oversold",
            "hundreds of updates",
            "Idempotency keys: nobody buys twice",
            "ten tickets a second",
        ],
    );
    let sold = |r: &Report| r.endpoints["buy"].requests.answered as f64;
    let runs: Vec<Report> = (1..=20).map(|seed| run(&d, seed, 0.0, 20.0)).collect();
    // On their way when the last ticket goes: 30/s · 100 ms of each concert, whatever the distribution; and one in twenty
    // purchases is made again after 300 ms, e^(−3). Poisson.
    let oversold: f64 = runs.iter().map(|r| own(r, "db", "oversold")).sum::<f64>() / 20.0;
    let theory = 2.0 * 3.0 * (1.0 + libm::exp(-3.0));
    near("oversold", oversold, theory, 3.3 * (theory / 20.0).sqrt() / theory);
    for r in &runs {
        assert!(own(r, "db", "lost_updates") > 200.0);
        assert!(own(r, "db", "duplicates") > 0.0);
        assert!(r.requests.failed["conflict"] > 400, "sold out: {:?}", r.requests);
    }
    let keys = run(&with(&d, "db", "/idempotency_keys", true), 1, 0.0, 20.0);
    assert_eq!(own(&keys, "db", "duplicates"), 0.0);
    assert!(own(&keys, "db", "duplicates_recognised") > 0.0);
    let locks = with(&with(&d, "db", "/idempotency_keys", true), "db", "/concurrency/concurrency", "row_locks");
    let r = run(&locks, 1, 2.0, 10.0);
    assert_eq!((own(&r, "db", "oversold"), own(&r, "db", "lost_updates")), (0.0, 0.0));
    assert!(sold(&r) / r.measured_s < 2.0 * 10.0 * 1.2, "{}", sold(&r) / r.measured_s);
    let right = with(&locks, "db", "/write_time/mean_ms", 10);
    let r = run(&right, 1, 0.0, 20.0);
    assert_eq!(sold(&r), 300.0, "every ticket once: {:?}", r.endpoints["buy"].requests);
    assert_eq!((own(&r, "db", "oversold"), own(&r, "db", "duplicates")), (0.0, 0.0));
    let r = run(&right, 1, 0.5, 4.0);
    near("sold, 1/s", sold(&r) / r.measured_s, 60.0, 0.2);
    assert!(r.endpoints["buy"].latency_ms.mean < 40.0, "{:?}", r.endpoints["buy"].latency_ms);
}

#[test]
fn a_url_shortener_lives_on_its_cache() {
    let d = preset(
        "url-shortener",
        &[
            "a cache of 10,000 of the 100,000 links answers three of four",
            "for the 300 or so",
            "two of three",
            "At 15 s the cache is emptied",
        ],
    );
    let weights: Vec<f64> = (1..=100_000).map(|k| 1.0 / f64::from(k)).collect();
    let hits = |capacity| che_lru_hit_ratio(&weights, capacity);
    says("hits", 0.75, hits(10_000), 0.02);
    says("calls of the store, 1/s", 300.0, 950.0 * (1.0 - hits(10_000)) + 50.0, 10.0);
    says("hits of the half", 0.67, hits(5000), 0.02);
    let calm = Design { faults_off: true, ..d.clone() };
    // The cache takes a minute to fill to the last link.
    near("hits", run(&calm, 1, 100.0, 160.0).nodes["cache"].hit_ratio.unwrap_or(0.0), hits(10_000), 0.02);
    near(
        "hits of the half",
        run(&with(&calm, "cache", "/hits/capacity_items", 5000), 1, 60.0, 120.0).nodes["cache"]
            .hit_ratio
            .unwrap_or(0.0),
        hits(5000),
        0.02,
    );
    let mut sim = start(&d, 1);
    let limited = |r: &Report| per_s(r, "rate_limited");
    let before = limited(&between(&mut sim, 10.0, 15.0));
    let cold = limited(&between(&mut sim, 15.0, 18.0));
    let after = limited(&between(&mut sim, 27.0, 30.0));
    assert!(cold > 30.0 && before < 10.0 && after < 10.0, "{before}, then {cold}, then {after}");
}

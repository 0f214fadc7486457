//! What the presets about cache strategies, stampedes, staleness, eviction, cold caches and CDNs claim, against theory.

mod common;

use backpressure_sim::analysis::theory::{che_lru_hit_ratio, fifo_hit_ratio};
use backpressure_sim::design::{Design, Trouble};
use backpressure_sim::engine::Victim;
use backpressure_sim::metrics::Report;
use common::{HOP_MS, between, hit_ratio, mean_of_ten, near, own, preset, run, says, start, until, utilisation, with};

/// Share of the reads of one lane that were stale.
fn stale(r: &Report, lane: &str) -> f64 {
    let reads = &r.endpoints[&format!("users-{lane}/read")].requests;
    reads.stale as f64 / reads.answered as f64
}

#[test]
fn strategies_side_by_side() {
    let d = preset(
        "cache-strategies",
        &[
            "450 reads and 50 writes a second of 50 items",
            "89 % of the reads hit",
            "all reads hit",
            "a write still takes the database's 12 ms",
            "two seconds later",
            "a third of them",
            "about 67",
        ],
    );
    let r = run(&d, 1, 10.0, 110.0);
    // One event in ten of an item is a write, and the read after it misses; with it those that come while it is fetched:
    // an item is read 9 times a second, and a fetch takes 8 ms and its way.
    let (reads, writes) = (9.0, 1.0);
    let fetch_s = (8.0 + 4.0 * HOP_MS + 0.3) / 1000.0;
    let hits = 1.0 - writes / (reads + writes) * (1.0 + reads * fetch_s);
    says("hit ratio", 0.89, hits, 0.005);
    for lane in ["aside", "around"] {
        near("hit ratio", hit_ratio(&r, &format!("cache-{lane}")), hits, 0.01);
    }
    for lane in ["through", "behind"] {
        assert!(hit_ratio(&r, &format!("cache-{lane}")) > 0.9999);
    }
    // To the app, to the cache, to the database and back, 1 ms in the app, and the look into the cache.
    let through = &r.endpoints["users-through/write"].latency_ms;
    near("a write through", through.mean, 12.0 + 6.0 * HOP_MS + 1.3, 0.03);
    let behind = &r.endpoints["users-behind/write"].latency_ms;
    near("a write behind", behind.max, 4.0 * HOP_MS + 1.3, 0.01);
    // A write reaches the database every two seconds and the second until the next write.
    let to_database = r.nodes["db-behind"].rate_in_per_s / r.nodes["db-through"].rate_in_per_s;
    near("writes that reach the database", to_database, 1.0 / 3.0, 0.04);
    // In the buffer are, per item: one to three writes in two seconds of three, D + wD²/2 over D + 1/w.
    says("writes lost", 67.0, 50.0 * (2.0 + 2.0) / 3.0, 0.5);
    let lost: f64 = (1..=10)
        .map(|seed| {
            let mut sim = start(&d, seed);
            until(&mut sim, 10.0);
            let crash = Trouble::Crash { instance: None, silent: false };
            sim.inject(Victim::Node("cache-behind".into()), crash, Some(1.0));
            own(&sim.report(0.0), "cache-behind", "lost_writes")
        })
        .sum::<f64>()
        / 10.0;
    near("writes lost", lost, 200.0 / 3.0, 0.12);
}

#[test]
fn a_stampede_and_two_cures() {
    let d = preset(
        "stampede-cures",
        &[
            "800 times a second",
            "about 44 at once for eight connections",
            "more than 250 ms",
            "one query a second",
            "about three queries a second",
        ],
    );
    let r = run(&d, 1, 10.0, 210.0);
    // The lookup's way back, the query and its way, and the way to the cache again.
    let window_s = (50.0 + 4.0 * HOP_MS + 0.3) / 1000.0;
    let together = 1.0 + 800.0 * window_s;
    says("queries at once", 44.0, together, 1.5);
    // 43 wait for eight connections: the last has its answer after six rounds.
    let last_ms = (together / 8.0).ceil() * 50.0;
    assert!(
        r.endpoints["users-plain/read"].latency_ms.p999 > 250.0
            && r.endpoints["users-plain/read"].latency_ms.p99 < last_ms
    );
    // A wave takes until the last of them has put the page into the cache again.
    let cycle = 1.0 / 800.0 + last_ms / 1000.0 + 1.0;
    near("queries of a wave", r.nodes["db-plain"].rate_in_per_s * cycle, together, 0.08);
    near("with coalescing", r.nodes["db-coalescing"].rate_in_per_s, 1.0 / (1.0 + window_s), 0.02);
    let wait = &r.endpoints["users-coalescing/read"].latency_ms;
    near("the longest wait", wait.max, 50.0 + 6.0 * HOP_MS + 1.6 + 2.0 * HOP_MS, 0.03);
    // XFetch: e fetches for each life, of a second less the Δ(ln λΔ + γ) that the first is early, and until the last is back.
    let early_s = window_s * (libm::log(800.0 * window_s) + 0.5772);
    let life = 1.0 - early_s + 1.6 * window_s;
    says("queries with early refresh", 3.0, std::f64::consts::E / life, 0.5);
    near("queries with early refresh", r.nodes["db-early"].rate_in_per_s, std::f64::consts::E / life, 0.06);
    assert_eq!(own(&r, "cache-early", "expired"), 0.0);
    let both = with(&d, "cache-early", "/coalesce_ms", 1000.0);
    near(
        "with both",
        run(&both, 1, 10.0, 110.0).nodes["db-early"].rate_in_per_s,
        1.0 / (1.0 - early_s + window_s),
        0.05,
    );
}

#[test]
fn four_ways_to_keep_a_copy_in_step() {
    let d = preset(
        "stale-reads",
        &[
            "950 reads and 50 writes a second of 20 items",
            "60 % of the reads",
            "leaves 3 %",
            "3 % again",
            "what is left, 2 %",
            "which leaves 9 %",
        ],
    );
    let (reads, writes) = (47.5, 2.5);
    // Of the reads in a life of T, those of a copy that a write has overtaken: see sim/tests/caching.rs.
    let by_ttl = |t: f64| reads * (t + libm::expm1(-writes * t) / writes) / (1.0 + reads * t);
    // The newest write's news is still on its way, which takes 8 ms on average (exponential).
    let on_its_way = writes * 0.008 / (1.0 + writes * 0.008);
    says("with a time to live", 0.60, by_ttl(1.0), 0.025);
    says("with versions", 0.02, on_its_way, 0.002);
    let mean = |lane: &'static str| mean_of_ten(&d, 5.0, 65.0, move |r| stale(r, lane));
    // Fetching takes 8 ms and the way to the cache another 16, in which nothing is in the cache that could be stale.
    near("with a time to live", mean("ttl"), by_ttl(1.0), 0.04);
    near("with versions", mean("versioned"), on_its_way, 0.10);
    let (deleted, updated) = (mean("delete"), mean("update"));
    for share in [deleted, updated] {
        assert!(share > 1.2 * on_its_way, "{share}");
        says("with the races", 0.03, share, 0.005);
    }
    let short = with(&d, "cache-ttl", "/hits/ttl_ms", 100.0);
    says("with 100 ms", 0.09, by_ttl(0.1), 0.006);
    near("with 100 ms", mean_of_ten(&short, 5.0, 65.0, |r| stale(r, "ttl")), by_ttl(0.1), 0.06);
    let mut near_by: Design = d.clone();
    near_by.links.iter_mut().for_each(|l| drop(l.params.remove("latency")));
    let r = run(&near_by, 1, 5.0, 65.0);
    for lane in ["delete", "update", "versioned"] {
        assert!(stale(&r, lane) < on_its_way / 4.0, "{lane}");
    }
}

#[test]
fn what_a_full_cache_gives_up() {
    let d = preset(
        "eviction-policies",
        &[
            "700 shoppers a second",
            "300 of a million items",
            "36 % of the lookups hit",
            "FIFO does not even look at what is used: 33 %",
            "45 to 47 %",
            "would be 49 %",
            "LRU comes to 59 %, FIFO to 54, of 69",
        ],
    );
    let harmonic: f64 = (1..=10_000).map(|k| 1.0 / f64::from(k)).sum();
    let head: f64 = (1..=500).map(|k| 1.0 / f64::from(k)).sum();
    let popularity = |crawler: f64| -> Vec<f64> {
        let shopper = |k: u32| if k <= 10_000 { (1.0 - crawler) / f64::from(k) / harmonic } else { 0.0 };
        let last = if crawler > 0.0 { 1_000_000 } else { 10_000 };
        (1..=last).map(|k| shopper(k) + crawler / 1e6).collect()
    };
    for (crawler, lru, fifo, most) in [(0.3, 0.36, 0.33, 0.49), (0.0, 0.59, 0.54, 0.69)] {
        let weights = popularity(crawler);
        let (che, gelenbe) = (che_lru_hit_ratio(&weights, 500), fifo_hit_ratio(&weights, 500));
        let best = (1.0 - crawler) * head / harmonic;
        says("LRU", lru, che, 0.006);
        says("FIFO", fifo, gelenbe, 0.006);
        says("the most", most, best, 0.006);
        let mut lanes = d.clone();
        lanes.nodes[0].params["endpoints"][1]["weight"] = serde_json::json!(crawler * 100.0);
        let r = run(&lanes, 1, 30.0, 330.0);
        near("LRU", hit_ratio(&r, "lru"), che, 0.01);
        near("FIFO", hit_ratio(&r, "fifo"), gelenbe, 0.015);
        for policy in ["lfu", "sieve", "w-tinylfu"] {
            let hits = hit_ratio(&r, policy);
            assert!(hits > che + 0.06 && hits < best, "{policy}: {hits}");
            if crawler > 0.0 {
                assert!((0.445..0.475).contains(&hits), "{policy}: {hits}");
            }
        }
        if crawler > 0.0 {
            let other = |policy: &str| {
                let d = with(&d, "lru", "/hits/eviction", policy);
                hit_ratio(&run(&d, 1, 30.0, 330.0), "lru")
            };
            near("random", other("random"), gelenbe, 0.015);
            near("CLOCK", other("clock"), che, 0.05);
        }
    }
}

#[test]
fn a_flush_makes_the_cache_cold() {
    let d = preset(
        "cache-flush",
        &[
            "2,000 reads a second, of which the database could do 1,000",
            "After 8 seconds",
            "two hundred reads wait",
            "90 ms on average instead of 4",
            "hardly notices",
            "20 connections",
        ],
    );
    // Eight connections for 8 ms each.
    assert_eq!(8.0 / 0.008, 1000.0);
    let mut sim = start(&d, 1);
    let before = between(&mut sim, 6.0, 8.0);
    assert!(utilisation(&before, "database") < 0.25 && hit_ratio(&before, "cache") > 0.88);
    near("before", before.latency_ms.mean, 4.0, 0.15);
    let mut sim = start(&d, 1);
    let cold = between(&mut sim, 8.0, 9.0);
    assert!(utilisation(&cold, "database") > 0.98);
    assert!((150..300).contains(&cold.nodes["database"].queue_max), "{}", cold.nodes["database"].queue_max);
    near("after the flush", mean_of_ten(&d, 8.0, 9.0, |r| r.latency_ms.mean), 90.0, 0.06);
    assert!(own(&cold, "cache", "cold_keys") > 0.25 * own(&before, "cache", "keys_held"));
    let after = between(&mut sim, 11.0, 12.0);
    assert!(after.latency_ms.mean < 6.0 && after.requests.failed.is_empty(), "{}", after.latency_ms.mean);

    let mut nodes = with(&d, "cache", "/nodes", 4);
    let crash = serde_json::json!({"fault": "crash", "instance": 0});
    nodes.faults[0].params.insert("trouble".into(), crash);
    let mut sim = start(&nodes, 1);
    until(&mut sim, 7.99);
    let held = own(&sim.report(0.0), "cache", "keys_held");
    until(&mut sim, 8.0);
    let lost = own(&sim.report(0.0), "cache", "cold_keys");
    assert!((lost / held - 0.25).abs() < 0.075, "{lost} of {held}");
    let crashed = between(&mut sim, 8.0, 9.0);
    assert!(
        utilisation(&crashed, "database") < 0.5 && crashed.latency_ms.mean < 6.0 && crashed.requests.failed.is_empty()
    );

    let roomy = with(&d, "database", "/connections", 20);
    assert!(run(&roomy, 1, 8.0, 9.0).latency_ms.mean < 12.0);
}

/// Requests a second that reach the origin from `edges` caches with this time to live, s, each with its share of 1,000 requests a
/// second for 300 pictures (Zipf 0.8): from one to the next fetch of a picture pass the way to the origin and back, the time to
/// live, and the time until somebody asks again.
fn to_origin(edges: f64, ttl_s: f64) -> f64 {
    let weights: Vec<f64> = (1..=300).map(|k| libm::pow(f64::from(k), -0.8)).collect();
    let total: f64 = weights.iter().sum();
    let fetch_s = 0.180;
    weights.iter().map(|w| edges / (fetch_s + ttl_s + edges / (1000.0 * w / total))).sum()
}

#[test]
fn a_cdn_is_near_to_its_users_and_a_shield_to_the_origin() {
    let d = preset(
        "cdn",
        &[
            "1,000 pictures a second",
            "each of them waits 190 ms",
            "more than half of the answers now take 11 ms",
            "480 still get there",
            "52 requests a second",
            "waits 51 ms instead of 191",
            "250 and 14 requests a second",
        ],
    );
    let reaches = |r: &Report, lane: &str| r.nodes[&format!("origin-{lane}")].rate_in_per_s;
    says("without a shield", 480.0, to_origin(30.0, 5.0), 5.0);
    says("with one", 52.0, to_origin(1.0, 5.0), 1.0);
    let r = run(&d, 1, 20.0, 220.0);
    near("reach the origin", reaches(&r, "cdn"), to_origin(30.0, 5.0), 0.02);
    near("reach it through the shield", reaches(&r, "shield"), to_origin(1.0, 5.0), 0.02);
    let latency = |lane: &str| &r.endpoints[&format!("users-{lane}/image")].latency_ms;
    near("without a CDN", latency("direct").mean, 190.0, 0.001);
    near("at the edge", latency("cdn").p50, 11.0, 0.01);
    near("from the origin", latency("cdn").p99, 191.0, 0.01);
    // To the shield and back 40 ms more. More than one in twenty waits for the origin, itself or for another's fetch.
    near("from the shield", latency("shield").p90, 51.0, 0.01);
    let mut longer = with(&d, "cdn", "/ttl_ms", 20_000.0);
    longer = with(&longer, "shield", "/ttl_ms", 20_000.0);
    let r = run(&longer, 1, 60.0, 260.0);
    for (lane, words, edges) in [("cdn", 250.0, 30.0), ("shield", 14.0, 1.0)] {
        says("with 20 s", words, to_origin(edges, 20.0), words * 0.05);
        near("with 20 s", reaches(&r, lane), to_origin(edges, 20.0), 0.04);
    }
    let few = run(&with(&d, "cdn", "/edges", 5), 1, 20.0, 120.0);
    near("with five edges", reaches(&few, "cdn"), to_origin(5.0, 5.0), 0.03);
    assert!(to_origin(5.0, 5.0) < 0.5 * to_origin(30.0, 5.0));
}

#[test]
fn refresh_ahead_lets_nobody_wait() {
    let d = preset(
        "refresh-ahead",
        &[
            "4 % of the readers wait",
            "by 1.8 of them",
            "every 1.7 seconds instead of 2.1",
            "12 a second instead of 17",
            "two pages in three expire",
            "three and a half times as many queries",
        ],
    );
    let (rate, ttl_s, fetch_s) = (20.0, 2.0, (40.0 + 2.0 * HOP_MS + 0.3) / 1000.0);
    // From the first read of an expired page, who reads it while it is fetched asks as well; then it is good for its time to
    // live, and expires unnoticed until the next read.
    let together = 1.0 + rate * fetch_s;
    let expired_s = ttl_s + 1.0 / rate + fetch_s;
    // Ahead: the first read past the share of its time to live fetches it, and nobody is in the way of that.
    let refreshed_s = |share: f64| share * ttl_s + 1.0 / rate + fetch_s;
    says("who ask for a page together", 1.8, together, 0.05);
    says("readers who wait", 0.04, together / (rate * expired_s), 0.005);
    says("a page is fetched every, s", 2.1, expired_s, 0.05);
    says("ahead, s", 1.7, refreshed_s(0.8), 0.05);
    says("queries", 17.0, 20.0 * together / expired_s, 0.6);
    says("queries ahead", 12.0, 20.0 / refreshed_s(0.8), 0.5);
    says("times as many queries", 3.5, refreshed_s(0.8) / refreshed_s(0.2), 0.1);
    says("expired unread", 2.0 / 3.0, libm::exp(-0.2 * ttl_s * 1.0), 0.02);
    let r = run(&d, 1, 10.0, 210.0);
    near("misses", 1.0 - hit_ratio(&r, "cache-late"), together / (rate * expired_s), 0.05);
    near("queries", r.nodes["db-late"].rate_in_per_s, 20.0 * together / expired_s, 0.04);
    near("queries ahead", r.nodes["db-ahead"].rate_in_per_s, 20.0 / refreshed_s(0.8), 0.03);
    // Unread for the last fifth of its time to live: e^(−20 · 0.4), one refresh in three thousand.
    assert!(1.0 - hit_ratio(&r, "cache-ahead") < 1e-3, "{}", hit_ratio(&r, "cache-ahead"));
    assert!(r.endpoints["ahead"].latency_ms.p99 < 3.0 && r.endpoints["late"].latency_ms.p99 > 40.0);
    let often = run(&with(&d, "cache-ahead", "/refresh_ahead", 0.2), 1, 10.0, 110.0);
    near("queries, a fifth", often.nodes["db-ahead"].rate_in_per_s, 20.0 / refreshed_s(0.2), 0.03);
}

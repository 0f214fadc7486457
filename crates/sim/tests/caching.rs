//! Caches: strategies, invalidation and stale reads, stampedes and their cures, nodes, faults. Figures from renewal theory
//! and from the papers named; every link takes no time unless a test says so.

mod common;

use backpressure_sim::design::{Design, Trouble};
use backpressure_sim::metrics::{NodeReport, OwnReport, Recorder, Report};
use backpressure_sim::{Simulation, engine::Victim};
use common::{
    REPLICATIONS, agrees, constant, design, interval, object, run, server, whole_and_in_slices, with_latency,
};
use serde_json::{Value, json};

const KEYS: u64 = 100;

/// Readers and writers of the same keys, each key equally popular.
fn people(operation: &str, rate_rps: f64, keys: u64) -> Value {
    json!({"workload": {"workload": "open", "rate_rps": rate_rps},
           "endpoints": [{"name": operation, "operation": operation, "path": "/x", "keys": keys,
                          "popularity": {"popularity": "uniform"}}]})
}

fn store(read_ms: f64, write_ms: f64) -> Value {
    json!({"connections": 10_000, "read_time": constant(read_ms), "write_time": constant(write_ms)})
}

/// Room for every key, no time to look up, and what else is given.
fn cache(more: Value) -> Value {
    let mut params =
        object(&json!({"hits": {"hits": "keys", "capacity_items": 1_000_000}, "access_time": constant(0.0)}));
    for (name, value) in object(&more) {
        if name == "hits" {
            let mut hits = object(&params["hits"]);
            hits.extend(object(&value));
            params.insert(name, Value::Object(hits));
        } else {
            params.insert(name, value);
        }
    }
    Value::Object(params)
}

/// The app looks in the cache, and reads and writes the store itself.
fn aside(reads: f64, writes: f64, keys: u64, params: Value, db: Value) -> Design {
    design(
        &[
            ("readers", "users", people("read", reads, keys)),
            ("writers", "users", people("write", writes, keys)),
            ("app", "app_server", server(100_000, constant(0.0))),
            ("cache", "cache", params),
            ("db", "sql_database", db),
        ],
        &[("readers", "app"), ("writers", "app"), ("app", "cache"), ("app", "db")],
    )
}

/// The cache stands before the store: it is all that the app calls.
fn through(reads: f64, writes: f64, keys: u64, params: Value, db: Value) -> Design {
    let mut d = aside(reads, writes, keys, params, db);
    d.links.truncate(3);
    let mut link = d.links[0].clone();
    (link.id, link.from, link.to) = ("store".into(), "cache".into(), "db".into());
    d.links.push(link);
    d
}

fn count(node: &NodeReport, name: &str) -> f64 {
    match &node.own[name] {
        OwnReport::Count(n) => *n as f64,
        OwnReport::Level { now, .. } => f64::from(*now),
        OwnReport::Span(_) => f64::NAN,
    }
}

fn hit_ratio(r: &Report) -> f64 {
    r.nodes["cache"].hit_ratio.unwrap_or(0.0)
}

/// Share of the reads that were answered with an older version than the store held.
fn stale(r: &Report) -> f64 {
    r.endpoints["read"].requests.stale as f64 / r.endpoints["read"].requests.answered as f64
}

fn per_s(r: &Report, name: &str) -> f64 {
    count(&r.nodes["cache"], name) / r.measured_s
}

// --- Strategies ---------------------------------------------------------------------------------------------------

#[test]
fn a_copy_that_every_write_deletes_hits_if_the_last_to_come_was_a_read() {
    // Reads of a key at rate r and writes at rate w, both Poisson: the one before a read was a read with r/(r + w).
    // Beside the store or before it, the keys are the same.
    for d in [
        aside(900.0, 300.0, KEYS, cache(json!({})), store(0.0, 0.0)),
        through(900.0, 300.0, KEYS, cache(json!({"writes": {"writes": "write_around"}})), store(0.0, 0.0)),
    ] {
        agrees(&d, 2.0, 42.0, 0.01, |r| [hit_ratio(r)], [("hit ratio", 0.75)]);
        assert_eq!(run(&d, 1, 2.0, 12.0).requests.stale, 0);
    }
}

#[test]
fn write_through_keeps_the_copy_and_nothing_is_stale() {
    for invalidation in ["delete_on_write", "versioned"] {
        let params = cache(json!({"writes": {"writes": "write_through"}, "invalidation": invalidation}));
        let r = run(&through(900.0, 300.0, KEYS, params, store(0.0, 2.0)), 1, 5.0, 25.0);
        assert_eq!(hit_ratio(&r), 1.0, "every key is there after the first seconds, and stays");
        // A read in the instant between the store's commit and the cache's update would be stale; here that takes no time.
        assert_eq!(r.requests.stale, 0);
        // A write waits for the store.
        assert!((r.endpoints["write"].latency_ms.mean - 2.0).abs() < 1e-6, "{}", r.endpoints["write"].latency_ms.mean);
    }
}

#[test]
fn write_behind_answers_at_once_and_spares_the_store() {
    // A key is written at rate w; the first write starts the clock of D, and those that come meanwhile cost nothing:
    // a write reaches the store every D + 1/w.
    let (w, d) = (4.0, 0.5);
    let behind = json!({"writes": "write_behind", "flush_after_ms": d * 1000.0});
    let design = through(100.0, w * KEYS as f64, KEYS, cache(json!({"writes": behind})), store(0.0, 2.0));
    let to_store = |r: &Report| r.nodes["db"].rate_out_per_s;
    let expected = KEYS as f64 / (d + 1.0 / w);
    agrees(&design, 5.0, 45.0, 0.01, |r| [to_store(r)], [("writes in the store per second", expected)]);
    let r = run(&design, 1, 5.0, 45.0);
    assert_eq!(r.endpoints["write"].latency_ms.max, 0.0, "nobody waits for the store");
    assert_eq!(r.requests.stale, 0, "a read sees what was written, buffered or not");
    assert!((per_s(&r, "writes_saved") + to_store(&r) - w * KEYS as f64).abs() < 20.0);
}

#[test]
fn a_crash_loses_the_writes_that_were_only_in_memory() {
    // Of a key, D + 1/w apart, the writes in the buffer grow from 1 at rate w for D: on average (D + wD²/2)/(D + 1/w).
    let (w, d) = (4.0, 0.5);
    let behind = json!({"writes": "write_behind", "flush_after_ms": d * 1000.0});
    let design = through(100.0, w * KEYS as f64, KEYS, cache(json!({"writes": behind})), store(0.0, 0.0));
    let mean = KEYS as f64 * (d + w * d * d / 2.0) / (d + 1.0 / w);
    let lost: Vec<f64> = (1..=REPLICATIONS)
        .map(|seed| {
            let mut sim = Simulation::new(&Design { seed, ..design.clone() }).unwrap_or_else(|p| panic!("{p:#?}"));
            sim.run_until(10_000_000_000, u64::MAX);
            let buffered = count(&sim.report(0.0).nodes["cache"], "buffered_writes");
            sim.inject(Victim::Node("cache".into()), Trouble::Crash { instance: None, silent: false }, Some(1.0));
            let lost = count(&sim.report(0.0).nodes["cache"], "lost_writes");
            assert_eq!(lost, buffered);
            sim.run_until(20_000_000_000, u64::MAX);
            sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(count(&sim.report(0.0).nodes["cache"], "lost_writes"), lost);
            lost
        })
        .collect();
    let (simulated, half) = interval(&lost);
    assert!((simulated - mean).abs() < half && half < 0.1 * mean, "{simulated} ± {half}, expected {mean}");
}

#[test]
fn a_full_buffer_makes_writes_wait_for_the_store() {
    let behind = json!({"writes": "write_behind", "flush_after_ms": 60_000.0, "buffer_items": 10});
    let design = through(1.0, 400.0, KEYS, cache(json!({"writes": behind})), store(0.0, 2.0));
    let r = run(&design, 1, 5.0, 25.0);
    // Ten keys of a hundred are in the buffer, and stay there; writes of the others go through.
    let waited = r.nodes["db"].rate_out_per_s / (r.endpoints["write"].requests.answered as f64 / r.measured_s);
    assert!((waited - 0.9).abs() < 0.02, "{waited}");
}

#[test]
fn write_behind_goes_on_when_the_store_is_back() {
    let behind = json!({"writes": "write_behind", "flush_after_ms": 100.0});
    let d = through(1.0, 100.0, KEYS, cache(json!({"writes": behind})), store(0.0, 1.0));
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.run_until(5_000_000_000, u64::MAX);
    sim.inject(Victim::Node("db".into()), Trouble::Crash { instance: None, silent: false }, Some(5.0));
    sim.run_until(9_900_000_000, u64::MAX);
    let buffered = count(&sim.report(0.0).nodes["cache"], "buffered_writes");
    // 490 writes since then, on a hundred keys, all acknowledged.
    assert!((buffered - 490.0).abs() < 100.0, "{buffered}");
    assert_eq!(sim.report(0.0).endpoints["write"].requests.failed.len(), 0);
    sim.run_until(11_000_000_000, u64::MAX);
    let r = sim.report(0.0);
    assert!(count(&r.nodes["cache"], "buffered_writes") < 30.0);
    assert_eq!(count(&r.nodes["cache"], "lost_writes"), 0.0);
}

#[test]
fn refresh_ahead_spares_readers_the_wait() {
    // A read within the last (1 − f)T of a key's life refreshes it: only if none comes, with e^(−r(1 − f)T), does it expire.
    // A life that long has r f T reads, and the one that ends it.
    let (r, t, f) = (5.0, 1.0, 0.6);
    let params = |more: Value| cache(json!({"hits": {"ttl_ms": t * 1000.0}, "refresh_ahead": more}));
    let miss = libm::exp(-r * (1.0 - f) * t) / (1.0 + r * f * t);
    let rate = r * KEYS as f64;
    let ahead = through(rate, 0.001, KEYS, params(json!(f)), store(0.0, 0.0));
    agrees(&ahead, 5.0, 105.0, 0.02, |r| [1.0 - hit_ratio(r)], [("misses with refresh ahead", miss)]);
    let plain = through(rate, 0.001, KEYS, params(json!(null)), store(0.0, 0.0));
    agrees(&plain, 5.0, 105.0, 0.02, |r| [1.0 - hit_ratio(r)], [("misses without", 1.0 / (1.0 + r * t))]);
}

// --- Invalidation and stale reads ---------------------------------------------------------------------------------

#[test]
fn without_invalidation_a_copy_is_stale_until_it_expires() {
    // A copy of age a was overtaken by a write with 1 − e^(−wa). In a life of T after a miss come rT hits of every age:
    // stale reads per read = r(T − (1 − e^(−wT))/w) / (1 + rT).
    let (r, w, t) = (10.0, 0.5, 1.0);
    let expected = r * (t + libm::expm1(-w * t) / w) / (1.0 + r * t);
    let params = || cache(json!({"hits": {"ttl_ms": t * 1000.0}, "invalidation": "ttl_only"}));
    let (reads, writes) = (r * KEYS as f64, w * KEYS as f64);
    for d in
        [aside(reads, writes, KEYS, params(), store(0.0, 0.0)), through(reads, writes, KEYS, params(), store(0.0, 0.0))]
    {
        agrees(&d, 3.0, 63.0, 0.02, |r| [stale(r)], [("stale share", expected)]);
    }
}

/// The app is 5 ms (exponential) away from the cache, so that what it tells the cache takes time and may be overtaken.
fn far_cache(params: Value) -> Design {
    let mut d = aside(2000.0, 800.0, 80, params, store(0.0, 0.0));
    d.links[2].params.insert("latency".into(), json!({"distribution": "exponential", "mean_ms": 5.0}));
    d
}

#[test]
fn versions_leave_only_the_time_the_news_takes() {
    // A copy is stale from the commit until the new version has arrived, on average 5 ms (exponential). Writes come at
    // w = 10/s to a key: it is stale if the newest write's news is still on its way, i.e. unless a later version has come.
    // A version younger than x is missing with e^(−x/5 ms): stale with P(exists a write whose news is out and none newer
    // has arrived) = ∫ w e^(−wa) e^(−a/m) da over the age a of the newest write = wm/(1 + wm).
    let (w, m) = (10.0, 0.005);
    let versioned = far_cache(cache(json!({"invalidation": "versioned"})));
    let expected = w * m / (1.0 + w * m);
    agrees(&versioned, 2.0, 42.0, 0.02, |r| [stale(r)], [("stale share", expected)]);
    // Without versions a late writer's older value stays until the next write: one in w·m/2 writes is overtaken by the one
    // after it, which leaves the older value for the time to the write after that.
    let updated = run(&far_cache(cache(json!({"invalidation": "update_on_write"}))), 1, 2.0, 42.0);
    assert!(stale(&updated) > 1.3 * expected, "{} against {expected}", stale(&updated));
}

#[test]
fn a_late_fill_after_a_delete_is_stale_and_a_lease_keeps_it_out() {
    // A reader misses, reads the old version, and is overtaken by a write and its delete before it fills the cache: the old
    // version stays until the next delete. With leases (coalescing) the fill is refused.
    let slow_reader = |more: Value| {
        let mut d = aside(200.0, 20.0, 20, cache(more), store(0.0, 0.0));
        // The way back from the store is long for what was read, and the writers tell the cache quickly.
        d.nodes.push(
            serde_json::from_value(
                json!({"id": "writer", "kind": "app_server", "params": server(1000, constant(0.0))}),
            )
            .unwrap_or_default(),
        );
        d.links[1].to = "writer".into();
        d.links[3].params.insert("latency".into(), json!({"distribution": "constant", "mean_ms": 20.0}));
        for (id, to) in [("w1", "db"), ("w2", "cache")] {
            let mut link = d.links[0].clone();
            (link.id, link.from, link.to) = (id.into(), "writer".into(), to.into());
            d.links.push(link);
        }
        run(&d, 1, 5.0, 205.0)
    };
    let (plain, leased) = (slow_reader(json!({})), slow_reader(json!({"coalesce_ms": 1000.0})));
    // What a read still brings of before the write is stale for the one who asked; what stays in the cache is for all.
    assert!(plain.requests.stale > 3 * leased.requests.stale, "{} and {}", plain.requests.stale, leased.requests.stale);
    assert!(plain.nodes["cache"].stale > 20 * leased.nodes["cache"].stale.max(1));
}

// --- Stampedes ----------------------------------------------------------------------------------------------------

/// One hot key, asked for λ times a second, that takes d to fetch and lives for T.
const HOT: f64 = 800.0;
const FETCH_MS: f64 = 50.0;
const LIFE_S: f64 = 5.0;

fn hot(more: Value) -> Value {
    let mut params = object(&cache(json!({"hits": {"ttl_ms": LIFE_S * 1000.0}})));
    params.extend(object(&more));
    Value::Object(params)
}

#[test]
fn a_stampede_is_everybody_who_asks_while_the_key_is_fetched() {
    // The first misses, and with it the λd that come until it is back: all of them fetch. Then the key is there for T after
    // the last of them has filled the cache.
    let d = FETCH_MS / 1000.0;
    let life = 1.0 / HOT + d + LIFE_S;
    for design in [
        aside(HOT, 0.001, 1, hot(json!({})), store(FETCH_MS, 1.0)),
        through(HOT, 0.001, 1, hot(json!({})), store(FETCH_MS, 1.0)),
    ] {
        let reads = |r: &Report| r.nodes["db"].rate_out_per_s;
        let r = run(&design, 1, 1.0, 2001.0);
        // The last of them fills the cache up to d after the first: on average the whole of d, less one arrival.
        let cycles = r.measured_s / (life + d - 1.0 / HOT);
        let each = reads(&r) * r.measured_s / cycles;
        assert!((each / (1.0 + HOT * d) - 1.0).abs() < 0.02, "{each}, theory {}", 1.0 + HOT * d);
        let duplicates = count(&r.nodes["cache"], "duplicate_fetches") / cycles;
        assert!((duplicates / (HOT * d) - 1.0).abs() < 0.02, "{duplicates}");
    }
}

#[test]
fn coalescing_makes_one_fetch_of_it() {
    let d = FETCH_MS / 1000.0;
    for design in [
        aside(HOT, 0.001, 1, hot(json!({"coalesce_ms": 1000.0})), store(FETCH_MS, 1.0)),
        through(HOT, 0.001, 1, hot(json!({"coalesce_ms": 1000.0})), store(FETCH_MS, 1.0)),
    ] {
        let r = run(&design, 1, 1.0, 2001.0);
        let cycles = r.measured_s / (1.0 / HOT + d + LIFE_S);
        let each = r.nodes["db"].rate_out_per_s * r.measured_s / cycles;
        assert!((each - 1.0).abs() < 0.005, "{each}");
        let waited = count(&r.nodes["cache"], "coalesced") / cycles;
        assert!((waited / (HOT * d) - 1.0).abs() < 0.02, "{waited}");
        assert_eq!(count(&r.nodes["cache"], "duplicate_fetches"), 0.0);
        // They wait for what is left of the fetch: nobody longer than the first.
        assert!((r.latency_ms.max - FETCH_MS).abs() < 0.01 * FETCH_MS, "{}", r.latency_ms.max);
    }
}

#[test]
fn early_refresh_makes_about_e_fetches_of_it() {
    // XFetch with β = 1: at s before the expiry each of λ readers a second fetches with e^(−s/Δ). The hazard up to the first
    // to do so, Y = λΔe^(−s/Δ), is exponential with mean 1; until its fetch is back, Δ later, Y(e − 1) others follow. So e
    // fetches on average, however hot the key, instead of 1 + λΔ = 21. It expires all the same if Y > λΔ/e: with 0.06 %.
    let (rate, fetch_ms) = (1000.0, 20.0);
    let params = |more: Value| {
        let mut params = object(&cache(json!({"hits": {"ttl_ms": 500.0}, "early_refresh": 1.0})));
        params.extend(object(&more));
        aside(rate, 0.001, 1, Value::Object(params), store(fetch_ms, 1.0))
    };
    let fetches = |r: &Report| {
        let (early, others) = (count(&r.nodes["cache"], "refreshes"), count(&r.nodes["cache"], "duplicate_fetches"));
        assert!(count(&r.nodes["cache"], "expired") < 0.01 * early);
        early / (early - others)
    };
    agrees(&params(json!({})), 5.0, 705.0, 0.04, |r| [fetches(r)], [("fetches", std::f64::consts::E)]);
    // With coalescing the first to decide does it for all.
    let r = run(&params(json!({"coalesce_ms": 1000.0})), 1, 5.0, 505.0);
    assert_eq!(fetches(&r), 1.0);
    assert!(count(&r.nodes["cache"], "refreshes") > 900.0);
}

#[test]
fn those_who_wait_share_the_failure_or_lose_patience() {
    // Every fetch fails: behind the cache all who wait hear of it at once.
    let errors = Trouble::Errors { error_rate: 1.0 };
    let params = || hot(json!({"coalesce_ms": 200.0}));
    let mut sim =
        Simulation::new(&through(HOT, 0.001, 1, params(), store(FETCH_MS, 1.0))).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.inject(Victim::Node("db".into()), errors.clone(), None);
    sim.run_until(5_000_000_000, u64::MAX);
    let r = sim.report(0.0);
    assert_eq!(r.requests.answered, 0);
    assert!(r.requests.in_flight < 5, "{:?}", r.requests);
    // Beside the cache the one who fetched says nothing more, and another tries when 200 ms are over.
    let mut sim =
        Simulation::new(&aside(HOT, 0.001, 1, params(), store(FETCH_MS, 1.0))).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.inject(Victim::Node("db".into()), errors, None);
    sim.run_until(5_000_000_000, u64::MAX);
    let r = sim.report(0.0);
    assert!((r.nodes["db"].rate_in_per_s - 5.0).abs() < 0.5, "{}", r.nodes["db"].rate_in_per_s);
    assert!((r.requests.in_flight as f64) > 4.0 * HOT, "the others wait: {:?}", r.requests);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn jitter_spreads_what_was_put_in_together() {
    // 1,000 keys are put in within a second or so, to live for 10 s. Without jitter they are all fetched anew within as long;
    // with jitter of a half over 5 s, 200 a second.
    let peak = |jitter: f64| {
        let hits = json!({"hits": {"ttl_ms": 10_000.0, "ttl_jitter": jitter}});
        let d = aside(10_000.0, 0.001, 1000, cache(hits), store(0.0, 0.0));
        let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
        sim.run_until(4_000_000_000, u64::MAX);
        let per_slice = (0..80).map(|i| {
            sim.start_measuring();
            sim.run_until(4_000_000_000 + (i + 1) * 100_000_000, u64::MAX);
            sim.report(0.0).nodes["cache"].misses.unwrap_or(0)
        });
        per_slice.max().unwrap_or(0)
    };
    let (together, spread) = (peak(0.0), peak(0.5));
    // A key is put in when it is first read, and fetched anew when it is read after 10 s: two exponential waits of 0.1 s. In the
    // fullest 0.1 s, the second, that is (1 + 1)e^(−1) − (1 + 2)e^(−2) = 33 % of the keys; standard deviation 15.
    assert!((together as f64 - 330.0).abs() < 50.0, "{together}");
    // 20 in 0.1 s, and the largest of 80 such counts (standard deviation 4.4) is below 20 + 4 · 4.4.
    assert!(spread < 38, "{spread}");
}

// --- Nodes --------------------------------------------------------------------------------------------------------

#[test]
fn a_node_that_crashes_takes_its_keys_and_the_others_go_on() {
    let d = aside(2000.0, 0.001, 2000, cache(json!({"nodes": 4})), store(0.0, 0.0));
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.run_until(20_000_000_000, u64::MAX);
    assert_eq!(count(&sim.report(0.0).nodes["cache"], "keys_held"), 2000.0);
    sim.inject(Victim::Node("cache".into()), Trouble::Crash { instance: Some(2), silent: false }, Some(10.0));
    let lost = count(&sim.report(0.0).nodes["cache"], "cold_keys");
    // A quarter, give or take the ring's unevenness of 10 % three times over.
    assert!((lost / 2000.0 - 0.25).abs() < 0.075, "{lost}");
    sim.start_measuring();
    sim.run_until(29_000_000_000, u64::MAX);
    let r = sim.report(0.0);
    // Each of them is fetched once more, to where it now belongs: nobody fails.
    assert_eq!(r.nodes["cache"].misses.map(|m| m as f64), Some(lost));
    assert!(r.requests.failed.is_empty());
    // When it is back, empty, its keys are its own again.
    sim.run_until(30_500_000_000, u64::MAX);
    sim.start_measuring();
    sim.run_until(45_000_000_000, u64::MAX);
    let again = sim.report(0.0).nodes["cache"].misses.unwrap_or(0) as f64;
    assert!((again / lost - 1.0).abs() < 0.8 && again < lost, "those not asked for in the first half second: {again}");
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_node_more_moves_its_share_of_the_keys() {
    let with_nodes = |n: u32| aside(2000.0, 0.001, 2000, cache(json!({"nodes": n})), store(0.0, 0.0));
    let mut sim = Simulation::new(&with_nodes(9)).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.run_until(20_000_000_000, u64::MAX);
    sim.apply(&with_nodes(10)).unwrap_or_else(|p| panic!("{p:#?}"));
    sim.start_measuring();
    sim.run_until(40_000_000_000, u64::MAX);
    let moved = sim.report(0.0).nodes["cache"].misses.unwrap_or(0) as f64 / 2000.0;
    assert!((moved - 0.1).abs() < 0.03, "{moved}");
}

#[test]
fn a_node_with_a_limit_is_a_queue() {
    // M/D/1 at ρ = 0.8 and 1 ms an operation: the mean wait is ρ/(2(1 − ρ)) = 2 ms, beside 1 ms of work and 0.5 ms of access.
    let params = cache(json!({"access_time": constant(0.5), "node_ops_per_s": 1000.0}));
    let d = design(
        &[
            ("users", "users", people("read", 800.0, 10)),
            ("cache", "cache", params),
            ("db", "sql_database", store(0.0, 0.0)),
        ],
        &[("users", "cache"), ("cache", "db")],
    );
    agrees(
        &d,
        5.0,
        105.0,
        0.02,
        |r| [r.nodes["cache"].residence_ms.mean, r.nodes["cache"].utilisation.unwrap_or(0.0)],
        [("time in the cache, ms", 3.5), ("busy", 0.8)],
    );
    // One hot key is one node's affair, however many there are.
    let mut hot = d.clone();
    hot.nodes[0].params = object(&people("read", 1500.0, 1));
    hot.nodes[1].params.insert("nodes".into(), json!(4));
    let r = run(&hot, 1, 5.0, 25.0);
    assert!((r.nodes["cache"].rate_out_per_s - 1000.0).abs() < 5.0, "{}", r.nodes["cache"].rate_out_per_s);
    assert!((r.nodes["cache"].utilisation.unwrap_or(0.0) - 0.25).abs() < 0.01);
}

// --- Capacity, faults, words --------------------------------------------------------------------------------------

#[test]
fn capacity_in_mb_counts_payloads() {
    // 1 MB holds a thousand values of 1,000 bytes: with 4,000 equally popular keys a quarter of the lookups hit.
    let hits = json!({"hits": {"capacity_mb": 1.0}});
    let d = aside(5000.0, 0.001, 4000, cache(hits), store(0.0, 0.0));
    agrees(&d, 5.0, 15.0, 0.01, |r| [hit_ratio(r)], [("hit ratio", 0.25)]);
    assert_eq!(count(&run(&d, 1, 5.0, 6.0).nodes["cache"], "keys_held"), 1000.0);
}

#[test]
fn a_flush_is_a_cold_start_and_says_so() {
    let d = aside(2000.0, 0.001, 5000, cache(json!({})), store(0.0, 0.0));
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
    let mut recorder = Recorder::new();
    recorder.advance(&mut sim, 30_000_000_000, u64::MAX);
    assert!(recorder.snapshot(&sim, 1.0).remarks.is_empty());
    let misses_before = sim.report(0.0).nodes["cache"].misses.unwrap_or(0);
    sim.inject(Victim::Node("cache".into()), Trouble::Flush {}, Some(0.1));
    recorder.advance(&mut sim, 31_000_000_000, u64::MAX);
    let r = sim.report(0.0);
    // Of 2,000 lookups among 5,000 keys, as many are of a key not asked for before as there are different ones among them.
    let different = 5000.0 * -libm::expm1(-2000.0 / 5000.0);
    let misses = (r.nodes["cache"].misses.unwrap_or(0) - misses_before) as f64;
    assert!((misses / different - 1.0).abs() < 0.08, "{misses} misses, {different} expected");
    let remarks = recorder.snapshot(&sim, 1.0).remarks;
    assert!(remarks.iter().any(|(id, said)| id == "cache" && said.contains("Cold")), "{remarks:?}");
    recorder.advance(&mut sim, 60_000_000_000, u64::MAX);
    assert!(recorder.snapshot(&sim, 1.0).remarks.is_empty(), "warm again");
    assert!(r.requests.failed.is_empty());
}

#[test]
fn a_stampede_and_its_cure_are_named() {
    let said = |more: Value| {
        let d = aside(HOT, 0.001, 1, hot(more), store(FETCH_MS, 1.0));
        let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
        let mut recorder = Recorder::new();
        let mut all = String::new();
        for i in 1..=60 {
            recorder.advance(&mut sim, i * 200_000_000, u64::MAX);
            for (_, said) in recorder.snapshot(&sim, 1.0).remarks {
                all.push_str(&said);
            }
        }
        all
    };
    let stampede = said(json!({}));
    assert!(stampede.contains("Stampede"), "{stampede}");
    let cured = said(json!({"coalesce_ms": 1000.0}));
    assert!(cured.contains("Coalescing") && !cured.contains("Stampede"), "{cured}");
}

#[test]
fn a_run_with_everything_conserves_saves_and_slices() {
    let behind = json!({"writes": "write_behind", "flush_after_ms": 80.0, "buffer_items": 200});
    let params = json!({
        "hits": {"hits": "keys", "capacity_items": 100, "ttl_ms": 400.0, "ttl_jitter": 0.5, "eviction": "w_tinylfu"},
        "nodes": 3, "node_ops_per_s": 1500.0, "writes": behind, "coalesce_ms": 20.0, "early_refresh": 1.0, "refresh_ahead": 0.8,
    });
    let nodes = [
        ("readers", "users", people("read", 2000.0, 400)),
        ("writers", "users", people("write", 300.0, 400)),
        ("cache", "cache", params),
        ("db", "sql_database", json!({"connections": 8})),
    ];
    let mut d = with_latency(&nodes, &[("readers", "cache"), ("writers", "cache"), ("cache", "db")], 0.2);
    d.faults = serde_json::from_value(json!([
        {"id": "a", "node": "cache", "params": {"trouble": {"fault": "crash", "instance": 1},
            "schedule": {"when": "random", "mtbf_s": 1.0, "mttr_s": 0.2}}},
        {"id": "b", "node": "cache", "params": {"trouble": {"fault": "flush"},
            "schedule": {"when": "random", "mtbf_s": 1.0, "mttr_s": 0.1}}},
        {"id": "c", "node": "db", "params": {"trouble": {"fault": "crash"},
            "schedule": {"when": "random", "mtbf_s": 2.0, "mttr_s": 0.3}}},
        {"id": "d", "node": "cache", "params": {"trouble": {"fault": "crash"},
            "schedule": {"when": "once", "at_s": 3.0, "for_s": 0.5}}},
    ]))
    .unwrap_or_else(|e| panic!("{e}"));
    let r = whole_and_in_slices(&d, 6).report(0.0);
    for name in ["coalesced", "refreshes", "lost_writes", "writes_saved", "expired"] {
        assert!(count(&r.nodes["cache"], name) > 0.0, "{name} never happened");
    }
}

#[test]
fn a_strategy_that_needs_a_store_behind_says_so() {
    let params = cache(json!({"writes": {"writes": "write_through"}}));
    let beside = aside(1.0, 1.0, 1, params.clone(), store(0.0, 0.0));
    let problems = backpressure_sim::design::check(&beside);
    assert!(problems.iter().any(|p| p.message.contains("need a store there")), "{problems:?}");
    assert_eq!(backpressure_sim::design::check(&through(1.0, 1.0, 1, params, store(0.0, 0.0))), []);
    let queue = design(&[("cache", "cache", json!({})), ("q", "message_queue", json!({}))], &[]);
    let refused = backpressure_sim::design::may_connect(&queue, "cache", "q");
    assert!(refused.clone().is_err_and(|why| why.contains("needs a store behind it")), "{refused:?}");
}

#[test]
fn a_key_takes_little_room_in_a_saved_run() {
    // The page keeps a state of up to 32 MB to go on from after a crash: a million keys must fit.
    let d = aside(100_000.0, 0.001, 100_000, cache(json!({})), store(0.0, 0.0));
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
    let empty = sim.save().len();
    sim.run_until(5_000_000_000, u64::MAX);
    let held = count(&sim.report(0.0).nodes["cache"], "keys_held");
    let each = (sim.save().len() - empty) as f64 / held;
    assert!(held > 99_000.0 && each < 30.0, "{each} bytes a key");
}

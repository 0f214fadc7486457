//! What the presets about caches claim, against Che's approximation and arithmetic.

mod common;

use backpressure_sim::analysis::theory::che_lru_hit_ratio;
use common::{HOP_MS, hit_ratio, near, preset, run, says, utilisation, with};
use serde_json::json;

/// Hit ratio of the preset's cache of `capacity` keys, if this share of 1,000 requests a second are reads and the rest writes.
///
/// A lookup hits if the key was touched within Che's characteristic time T and the last touch was a read, since a write
/// deletes it: reads · (1 − e^(−aT)) for a key touched at rate a. The same is the chance to be held, which gives T. While a
/// key is fetched those who ask for it miss as well: each miss brings (rate of reads) · `fetch_s` (rate of reads) more.
fn hits_beside_writes(capacity: f64, reads: f64, fetch_s: fn(f64) -> f64) -> f64 {
    let sum: f64 = (1..=10_000).map(|k| 1.0 / f64::from(k)).sum();
    let touches: Vec<f64> = (1..=10_000).map(|k| 1000.0 / f64::from(k) / sum).collect();
    let hit = |a: f64, t: f64| reads * -libm::expm1(-a * t);
    let (mut low, mut high) = (0.0, 1000.0);
    for _ in 0..60 {
        let t = (low + high) / 2.0;
        if touches.iter().map(|&a| hit(a, t)).sum::<f64>() < capacity { low = t } else { high = t }
    }
    let misses = |a: f64| reads * a * (1.0 - hit(a, low)) * (1.0 + reads * a * fetch_s(reads * a));
    1.0 - touches.iter().map(|&a| misses(a)).sum::<f64>() / (reads * 1000.0)
}

/// From the first miss until the key is in the cache, s, if it is read at this rate: the way back to the server, to the
/// database and back, into the cache, and the first of the reads of the database to end. Those who miss meanwhile start more
/// of them, each of 10 ms (exponential), so that none has ended after t with probability e^(−(t + rate · t²/2)/10 ms).
fn fetch_s(rate: f64) -> f64 {
    let (mean, step) = (0.010, 0.000_2);
    let none_ended = |t: f64| libm::exp(-(t + rate * t * t / 2.0) / mean);
    let first_s: f64 = (0..500).map(|i| none_ended((f64::from(i) + 0.5) * step) * step).sum();
    (4.0 * HOP_MS + 0.3) / 1000.0 + first_s
}

#[test]
fn the_formula_is_ches_without_writes_and_fetching() {
    let popularity: Vec<f64> = (1..=10_000).map(|k| 1.0 / f64::from(k)).collect();
    let che = che_lru_hit_ratio(&popularity, 1000);
    assert!((hits_beside_writes(1000.0, 1.0, |_| 0.0) - che).abs() < 1e-6);
}

#[test]
fn cache_aside_hits_what_is_there() {
    let d = preset(
        "cache-aside",
        &[
            "yet 64 % of the lookups are hits",
            "still gives about 36 % hits",
            "67 % busy instead of 41 %",
            "would hit 67 %",
        ],
    );
    for (capacity, words_hits, words_busy) in [(1000, 0.64, 0.41), (100, 0.36, 0.67)] {
        let hits = hits_beside_writes(f64::from(capacity), 0.95, fetch_s);
        // 950 lookups a second, of which the misses read for 10 ms, and 50 writes of 14 ms, over ten connections.
        let busy = (950.0 * (1.0 - hits) * 0.010 + 50.0 * 0.014) / 10.0;
        // Che's formula is good to a percentage point, and a point of hits is 950 · 0.01 · 0.010/10 of the database.
        says("hit ratio", words_hits, hits, 0.01);
        says("database", words_busy, busy, 0.0095);
        let r = run(&with(&d, "cache", "/hits/capacity_items", capacity), 1, 30.0, 330.0);
        // An approximation, good to a percentage point.
        near("hit ratio", hit_ratio(&r, "cache"), hits, 0.01 / hits);
        near("database", utilisation(&r, "database"), busy, 0.015);
        assert_eq!(r.requests.failed.values().sum::<u64>(), 0);
    }
    let mut reads_only = d.clone();
    reads_only.nodes[0].params["endpoints"] = json!([{"name": "read product", "path": "/products/{id}"}]);
    let hits = hits_beside_writes(1000.0, 1.0, fetch_s);
    says("hit ratio without writes", 0.67, hits, 0.01);
    near("hit ratio without writes", hit_ratio(&run(&reads_only, 1, 30.0, 330.0), "cache"), hits, 0.015);
}

#[test]
fn the_hit_ratio_rises_as_the_cache_warms_up() {
    let d = preset("cache-aside", &["Watch the ratio rise as the cache warms up"]);
    let cold = hit_ratio(&run(&d, 1, 0.0, 0.5), "cache");
    let warm = hit_ratio(&run(&d, 1, 29.5, 30.0), "cache");
    // Of the first n lookups of a cold cache that large, those hit that ask for a key seen before: n = 475 in half a
    // second see Σ (1 − (1 − pᵢ)ⁿ) different keys, each of which misses once (and once more after a write).
    let sum: f64 = (1..=10_000).map(|k| 1.0 / f64::from(k)).sum();
    let different: f64 = (1..=10_000).map(|k| 1.0 - libm::pow(1.0 - 1.0 / f64::from(k) / sum, 475.0)).sum();
    near("hit ratio when cold", cold, 1.0 - different / 475.0, 0.15);
    assert!(warm > cold + 0.15, "{cold} → {warm}");
}

/// Requests that miss together when the hot article expires: the first, and all that look while it is fetched and put back.
fn stampede(read_ms: f64) -> f64 {
    let access_ms = 0.3;
    // Lookup back to the server, to the database and back, to the cache, and into it.
    let window_ms = HOP_MS + (HOP_MS + read_ms + HOP_MS) + HOP_MS + access_ms;
    1.0 + 0.8 * window_ms
}

#[test]
fn a_hot_key_that_expires_is_asked_for_nineteen_times_at_once() {
    let d = preset(
        "hot-key",
        &[
            "800 a second",
            "That takes 22 ms",
            "about nineteen requests",
            "ten times less often",
            "only about eleven",
            "near 80 %",
        ],
    );
    says("requests that miss together", 19.0, stampede(20.0), 0.5);
    says("with a faster database", 11.0, stampede(10.0), 0.5);
    for (ttl_s, read_ms) in [(1.0, 20.0), (10.0, 20.0), (1.0, 10.0)] {
        let d = with(&d, "cache", "/hits/ttl_ms", ttl_s * 1000.0);
        let d = with(&d, "database", "/read_time/mean_ms", read_ms);
        let seconds = 2000.0 * ttl_s;
        // Only the hot article: what misses then is the stampede and nothing else.
        let mut hot = with(&d, "users", "/workload/rate_rps", 800.0);
        hot.nodes[0].params["endpoints"][0]["popularity"]["hot_share"] = json!(1.0);
        let r = run(&hot, 1, 30.0, 30.0 + seconds);
        let misses = r.nodes["cache"].misses.unwrap_or(0) as f64;
        // Between two waves: until somebody looks, until the wave has been served (eight at a time; the last answer sets
        // the time to live), and the time to live.
        let served_s = (stampede(read_ms) / 8.0).ceil() * read_ms / 1000.0 + 0.004;
        let waves = seconds / (1.0 / 800.0 + served_s + ttl_s);
        near("requests that miss together", misses / waves, stampede(read_ms), 0.06);

        let r = run(&d, 1, 30.0, 230.0);
        let ratio = hit_ratio(&r, "cache");
        assert!((0.78..=0.82).contains(&ratio), "hit ratio {ratio} with {ttl_s} s, {read_ms} ms");
        // A wave larger than the connections is a queue, whatever the time to live.
        assert!(r.nodes["database"].queue_max >= stampede(read_ms) as u32 - 8, "{:?}", r.nodes["database"]);
    }
}

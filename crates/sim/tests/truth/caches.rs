//! Caches: which keys are there when they are asked for.

use backpressure_sim::Design;
use backpressure_sim::analysis::theory::*;
use backpressure_sim::engine::rng::Stream;
use backpressure_sim::policies::lru::Lru;
use backpressure_sim::policies::popularity::{KeySampler, Popularity};
use serde_json::{Value, json};

use crate::case::{Case, Figure, Run, Within, about, exact};
use crate::common::{constant, design, server};

/// Che's formula is an approximation, good to about a percentage point.
const CHE: f64 = 0.01;

fn zipf_weights(keys: u64, exponent: f64) -> Vec<f64> {
    (1..=keys).map(|k| libm::pow(k as f64, -exponent)).collect()
}

/// Cache-aside: a server looks in the cache, then asks the store, then fills the cache; nothing takes time or waits.
fn aside(rate_rps: f64, keys: u64, popularity: Value, cache: Value) -> Design {
    let users = json!({
        "workload": {"workload": "open", "rate_rps": rate_rps},
        "endpoints": [{"name": "read", "keys": keys, "popularity": popularity}],
    });
    design(
        &[
            ("users", "users", users),
            ("server", "app_server", server(1000, constant(0.0))),
            ("cache", "cache", json!({"hits": cache, "access_time": constant(0.0)})),
            ("db", "sql_database", json!({"connections": 1000, "read_time": constant(0.0)})),
        ],
        &[("users", "server"), ("server", "cache"), ("server", "db")],
    )
}

fn hit_ratio(s: &crate::case::Seen) -> f64 {
    s.node("cache").hit_ratio.unwrap_or(0.0)
}

/// LRU, per object: independent requests straight at the directory, without a system around it.
fn lru_by_object() -> Case {
    let (keys, capacity, exponent) = (2000, 200, 0.8);
    let weights = zipf_weights(keys, exponent);
    let total: f64 = weights.iter().sum();
    let t = che_characteristic_time(&weights, capacity).unwrap_or(f64::INFINITY);
    let ranks = [0usize, 2, 9, 29, 99, 299];
    let figures = ranks.map(|rank| Figure {
        what: format!("hit ratio of object {}", rank + 1),
        theory: -libm::expm1(-weights[rank] / total * t),
        within: Within::Approximation(CHE),
    });
    Case::of_policy(
        "LRU, 200 of 2,000 keys, Zipf 0.8, by object",
        "Che's approximation: an object of popularity p is there with 1 − e^(−pT), Σ(1 − e^(−pT)) = capacity",
        "1,500,000 requests after 20,000 of warm-up",
        figures.into(),
        move |seed| {
            let mut rng = Stream::new(seed, "truth", "keys");
            let sampler = KeySampler::new(keys, &Popularity::Zipf { exponent });
            let mut lru = Lru::new(capacity);
            let mut asked = vec![(0u32, 0u32); keys as usize];
            for i in 0..1_520_000 {
                let key = sampler.draw(&mut rng);
                let hit = lru.touch(key, 0).is_some();
                if !hit {
                    lru.insert(key, 0, u64::MAX);
                }
                if i >= 20_000 {
                    let (n, hits) = &mut asked[key as usize];
                    (*n, *hits) = (*n + 1, *hits + u32::from(hit));
                }
            }
            ranks.iter().map(|&r| f64::from(asked[r].1) / f64::from(asked[r].0)).collect()
        },
    )
}

fn lru_in_total(name: &'static str, exponent: f64) -> Case {
    let (keys, capacity) = (10_000, 500);
    Case::of_run(
        name,
        "Che's approximation (Che, Tung & Wang, 2002)",
        Run::new(
            aside(
                10_000.0,
                keys,
                json!({"popularity": "zipf", "exponent": exponent}),
                json!({"hits": "keys", "capacity_items": capacity}),
            ),
            1.0,
            8.0,
        ),
        vec![about("hit ratio", che_lru_hit_ratio(&zipf_weights(keys, exponent), capacity), CHE, hit_ratio)],
    )
}

pub fn cases() -> Vec<Case> {
    vec![
        lru_by_object(),
        lru_in_total("LRU, 500 of 10,000 keys, Zipf 0.8", 0.8),
        lru_in_total("LRU, 500 of 10,000 keys, Zipf 1", 1.0),
        Case::of_run(
            "TTL set on insertion, λT = 2",
            "hit ratio 1 − 1/(1 + λT)",
            // 100 keys at 10 requests/s each, kept for 0.2 s.
            Run::new(
                aside(
                    1000.0,
                    100,
                    json!({"popularity": "uniform"}),
                    json!({"hits": "keys", "capacity_items": 100, "ttl_ms": 200.0}),
                ),
                1.0,
                40.0,
            ),
            vec![exact("hit ratio", ttl_hit_ratio(10.0, 0.2), hit_ratio)],
        ),
    ]
}

//! Caches: which keys are there when they are asked for.

use backpressure_sim::Design;
use backpressure_sim::analysis::theory::*;
use backpressure_sim::engine::rng::Stream;
use backpressure_sim::policies::eviction::{Capacity, Directory, Eviction, Item, Lookup};
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

/// Independent requests straight at the directory, without a system around it: the hit ratio of single objects, where `held`
/// gives the chance that an object is there from how often it is asked for in a characteristic time.
fn by_object(
    name: &'static str,
    law: &'static str,
    eviction: Eviction,
    characteristic_time: fn(&[Class], f64) -> Option<f64>,
    held: fn(f64) -> f64,
) -> Case {
    let (keys, capacity, exponent) = (2000, 200, 0.8);
    let classes = classes(&zipf_weights(keys, exponent));
    let t = characteristic_time(&classes, capacity as f64).unwrap_or(f64::INFINITY);
    let ranks = [0usize, 2, 9, 29, 99, 299];
    let figures = ranks.map(|rank| Figure {
        what: format!("hit ratio of object {}", rank + 1),
        theory: held(classes[rank].0 * t),
        within: Within::Approximation(CHE),
    });
    Case::of_policy(name, law, "1,500,000 requests after 20,000 of warm-up", figures.into(), move |seed| {
        let mut rng = Stream::new(seed, "truth", "keys");
        let sampler = KeySampler::new(keys, &Popularity::Zipf { exponent });
        let mut directory =
            Directory::new(eviction, Capacity::Items(capacity as u64), Stream::new(seed, "truth", "eviction"));
        let item = Item { version: 0, size: 0, expires_ns: u64::MAX, cost_us: 0 };
        let mut asked = vec![(0u32, 0u32); keys as usize];
        for i in 0..1_520_000 {
            let key = sampler.draw(&mut rng);
            let hit = matches!(directory.touch(key, 0), Lookup::Hit(_));
            if !hit {
                directory.insert(key, item);
            }
            if i >= 20_000 {
                let (n, hits) = &mut asked[key as usize];
                (*n, *hits) = (*n + 1, *hits + u32::from(hit));
            }
        }
        ranks.iter().map(|&r| f64::from(asked[r].1) / f64::from(asked[r].0)).collect()
    })
}

/// The hit ratio in total of a cache of 500 of 10,000 keys.
fn in_total(
    name: &'static str,
    law: &'static str,
    eviction: &str,
    exponent: f64,
    theory: fn(&[f64], usize) -> f64,
) -> Case {
    let (keys, capacity) = (10_000, 500);
    Case::of_run(
        name,
        law,
        Run::new(
            aside(
                10_000.0,
                keys,
                json!({"popularity": "zipf", "exponent": exponent}),
                json!({"hits": "keys", "capacity_items": capacity, "eviction": eviction}),
            ),
            1.0,
            8.0,
        ),
        vec![about("hit ratio", theory(&zipf_weights(keys, exponent), capacity), CHE, hit_ratio)],
    )
}

const CHES: &str = "Che's approximation (Che, Tung & Wang, 2002)";
const GELENBES: &str = "Σ pᵢ·pᵢT/(1 + pᵢT), where Σ pᵢT/(1 + pᵢT) = capacity; the same for both (Gelenbe, 1973; Martina, Garetto & Leonardi, 2014)";

/// 100 keys at 10 requests/s each, kept for 0.2 s.
fn ttl(name: &'static str, law: &'static str, renewed: bool, theory: f64) -> Case {
    Case::of_run(
        name,
        law,
        Run::new(
            aside(
                1000.0,
                100,
                json!({"popularity": "uniform"}),
                json!({"hits": "keys", "capacity_items": 100, "ttl_ms": 200.0, "ttl_renewed": renewed}),
            ),
            1.0,
            40.0,
        ),
        vec![exact("hit ratio", theory, hit_ratio)],
    )
}

pub fn cases() -> Vec<Case> {
    let lru = |pt: f64| -libm::expm1(-pt);
    let fifo = |pt: f64| pt / (1.0 + pt);
    vec![
        by_object(
            "LRU, 200 of 2,000 keys, Zipf 0.8, by object",
            "Che's approximation: an object of popularity p is there with 1 − e^(−pT), Σ(1 − e^(−pT)) = capacity",
            Eviction::Lru,
            che_characteristic_time,
            lru,
        ),
        in_total("LRU, 500 of 10,000 keys, Zipf 0.8", CHES, "lru", 0.8, che_lru_hit_ratio),
        in_total("LRU, 500 of 10,000 keys, Zipf 1", CHES, "lru", 1.0, che_lru_hit_ratio),
        by_object(
            "FIFO, 200 of 2,000 keys, Zipf 0.8, by object",
            "an object of popularity p is there with pT/(1 + pT), Σ pT/(1 + pT) = capacity",
            Eviction::Fifo,
            fifo_characteristic_time,
            fifo,
        ),
        by_object(
            "random eviction, 200 of 2,000 keys, Zipf 0.8, by object",
            "the same as FIFO",
            Eviction::Random,
            fifo_characteristic_time,
            fifo,
        ),
        in_total("FIFO, 500 of 10,000 keys, Zipf 0.8", GELENBES, "fifo", 0.8, fifo_hit_ratio),
        in_total("random eviction, 500 of 10,000 keys, Zipf 0.8", GELENBES, "random", 0.8, fifo_hit_ratio),
        in_total("FIFO, 500 of 10,000 keys, Zipf 1", GELENBES, "fifo", 1.0, fifo_hit_ratio),
        in_total("random eviction, 500 of 10,000 keys, Zipf 1", GELENBES, "random", 1.0, fifo_hit_ratio),
        ttl("TTL set on insertion, λT = 2", "hit ratio 1 − 1/(1 + λT)", false, ttl_hit_ratio(10.0, 0.2)),
        ttl("TTL renewed by every hit, λT = 2", "misses e^(−λT)", true, 1.0 - renewed_ttl_miss_ratio(10.0, 0.2)),
    ]
}

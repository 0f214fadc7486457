//! Distributions and random streams: moments, Kolmogorov–Smirnov, chi-squared, independence; and that a node keeps its draws
//! whatever else is in the design.
//!
//! A test of randomness that is repeated fails by chance now and then. Here seeds are fixed, so each of these either fails or
//! holds for good, and the bounds are set so that a right generator has less than one chance in a thousand to fail.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::analysis::statistics::{ks_distance, ks_p_value, mean, variance};
use backpressure_sim::design::{Design, Distribution, Numbers};
use backpressure_sim::engine::calendar::Calendar;
use backpressure_sim::engine::rng::Stream;
use backpressure_sim::engine::sampler::Sampler;
use backpressure_sim::engine::ziggurat;
use backpressure_sim::engine::zipf::Zipf;
use backpressure_sim::metrics::Recorder;
use common::{constant, design, endpoint, exponential, open, server};
use serde_json::json;

const DRAWS: usize = 100_000;

fn stream(seed: u64) -> Stream {
    Stream::new(seed, "test", "draws")
}

/// Draws in ms.
fn draws(distribution: &Distribution, seed: u64) -> Vec<f64> {
    let mut sampler = Sampler::new(distribution, stream(seed), &mut Calendar::default());
    (0..DRAWS).map(|_| sampler.draw().ns as f64 / 1e6).collect()
}

fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// A continuous distribution, its textbook distribution function, mean, variance and fourth central moment.
struct Law {
    distribution: Distribution,
    cdf: fn(f64) -> f64,
    mean: f64,
    variance: f64,
    fourth: f64,
}

fn laws() -> Vec<Law> {
    let e = libm::exp;
    // Lognormal with sigma 0.5 and mean 10: w = e^(σ²); fourth central moment var²·(w⁴ + 2w³ + 3w² − 3).
    let w: f64 = e(0.25);
    let lognormal = 100.0 * (w - 1.0);
    vec![
        Law {
            distribution: Distribution::Exponential { mean_ms: 6.0 },
            cdf: |x| -libm::expm1(-x / 6.0),
            mean: 6.0,
            variance: 36.0,
            fourth: 9.0 * 36.0 * 36.0,
        },
        Law {
            distribution: Distribution::Lognormal { mean_ms: 10.0, sigma: 0.5 },
            cdf: |x| normal_cdf((libm::log(x / 10.0) + 0.125) / 0.5),
            mean: 10.0,
            variance: lognormal,
            fourth: lognormal * lognormal * (w * w * w * w + 2.0 * w * w * w + 3.0 * w * w - 3.0),
        },
        Law {
            // Alpha 9: eight moments exist. Variance α/((α − 1)²(α − 2)), excess kurtosis 6(α³ + α² − 6α − 2)/(α(α − 3)(α − 4)).
            distribution: Distribution::Pareto { min_ms: 2.0, alpha: 9.0 },
            cdf: |x| if x < 2.0 { 0.0 } else { 1.0 - libm::pow(2.0 / x, 9.0) },
            mean: 2.25,
            variance: 4.0 * 9.0 / (64.0 * 7.0),
            fourth: {
                let excess = 6.0 * (729.0 + 81.0 - 54.0 - 2.0) / (9.0 * 6.0 * 5.0);
                let v: f64 = 4.0 * 9.0 / (64.0 * 7.0);
                v * v * (3.0 + excess)
            },
        },
        Law {
            distribution: Distribution::Uniform { min_ms: 2.0, max_ms: 8.0 },
            cdf: |x| ((x - 2.0) / 6.0).clamp(0.0, 1.0),
            mean: 5.0,
            variance: 3.0,
            fourth: 1.8 * 9.0,
        },
    ]
}

#[test]
fn draws_follow_their_distribution_function() {
    for law in laws() {
        // The probabilities of 100 tests are themselves uniform: a generator slightly off shows here, though no single
        // test would tell.
        let mut p_values: Vec<f64> = (1..=100)
            .map(|seed| ks_p_value(ks_distance(&mut draws(&law.distribution, seed), law.cdf), DRAWS))
            .collect();
        let p = ks_p_value(ks_distance(&mut p_values, |x| x), 100);
        assert!(p > 0.001, "{:?}: the tests' probabilities are not uniform ({p})", law.distribution);
    }
}

#[test]
fn the_test_itself_tells_distributions_apart() {
    // A service time 2 % too long is seen.
    let law = &laws()[0];
    let slow = Distribution::Exponential { mean_ms: 6.12 };
    let p = ks_p_value(ks_distance(&mut draws(&slow, 1), law.cdf), DRAWS);
    assert!(p < 0.01, "{p}");
    let same_mean = Distribution::Lognormal { mean_ms: 6.0, sigma: 0.8 };
    assert!(ks_p_value(ks_distance(&mut draws(&same_mean, 1), law.cdf), DRAWS) < 1e-9);
}

#[test]
fn moments_are_those_of_the_textbook() {
    for law in laws() {
        let all: Vec<f64> = (1..=20).flat_map(|seed| draws(&law.distribution, seed)).collect();
        let n = all.len() as f64;
        let off = (mean(&all) - law.mean) / (law.variance / n).sqrt();
        assert!(off.abs() < 3.5, "{:?}: mean {}, {off} standard errors off", law.distribution, mean(&all));
        // The variance of a sample variance is (μ₄ − σ⁴)/n.
        let off = (variance(&all) - law.variance) / ((law.fourth - law.variance * law.variance) / n).sqrt();
        assert!(off.abs() < 3.5, "{:?}: variance {}, {off} standard errors off", law.distribution, variance(&all));
        assert!((law.distribution.mean_ms() - law.mean).abs() < 1e-12);
        let second = law.variance + law.mean * law.mean;
        assert!((law.distribution.second_moment_ms2() - second).abs() < 1e-9 * second, "{:?}", law.distribution);
    }
}

#[test]
fn a_heavy_tail_is_as_heavy_as_it_says() {
    // Alpha 1.5 has no variance: hold the tail itself. P(X > 100·min) = 100^(−1.5) = 0.001.
    let tail = Distribution::Pareto { min_ms: 1.0, alpha: 1.5 };
    let beyond: usize = (1..=20).map(|seed| draws(&tail, seed).iter().filter(|x| **x > 100.0).count()).sum();
    let expected = 20.0 * DRAWS as f64 * 0.001;
    assert!((beyond as f64 - expected).abs() < 3.5 * expected.sqrt(), "{beyond} for {expected}");
    assert_eq!(tail.second_moment_ms2(), f64::INFINITY);
}

/// Chi-squared of counts against expected counts, as a normal deviate (Wilson & Hilferty, 1931).
fn chi_squared_deviate(counts: &[f64], expected: &[f64]) -> f64 {
    let chi: f64 = counts.iter().zip(expected).map(|(c, e)| (c - e) * (c - e) / e).sum();
    let k = (counts.len() - 1) as f64;
    (libm::cbrt(chi / k) - (1.0 - 2.0 / (9.0 * k))) / (2.0 / (9.0 * k)).sqrt()
}

#[test]
fn measured_samples_come_equally_often_and_a_constant_always() {
    let samples = vec![1.0, 2.0, 5.0, 9.0, 9.5];
    let drawn = draws(&Distribution::Empirical { samples_ms: Numbers(samples.clone()) }, 1);
    let counts: Vec<f64> = samples.iter().map(|s| drawn.iter().filter(|d| *d == s).count() as f64).collect();
    assert_eq!(counts.iter().sum::<f64>(), DRAWS as f64, "nothing else comes");
    assert!(chi_squared_deviate(&counts, &[DRAWS as f64 / 5.0; 5]).abs() < 3.5, "{counts:?}");
    assert!(draws(&Distribution::Constant { mean_ms: 2.5 }, 1).iter().all(|x| *x == 2.5));
}

#[test]
fn keys_follow_zipfs_law() {
    for (n, s) in [(50u64, 0.6), (50, 1.0), (50, 2.5), (1_000_000, 0.99)] {
        let zipf = Zipf::new(n, s);
        let mut rng = stream(7);
        // The first 49 ranks, and all others together.
        let mut counts = vec![0.0; 50];
        for _ in 0..DRAWS * 5 {
            counts[zipf.draw(&mut rng).min(49) as usize] += 1.0;
        }
        let weight = |k: u64| libm::pow(k as f64, -s);
        let total: f64 = (1..=n).map(weight).sum();
        let mut expected: Vec<f64> = (1..=49).map(|k| (DRAWS * 5) as f64 * weight(k) / total).collect();
        expected.push((DRAWS * 5) as f64 - expected.iter().sum::<f64>());
        let deviate = chi_squared_deviate(&counts, &expected);
        assert!(deviate.abs() < 3.5, "{n} keys, exponent {s}: {deviate}");
    }
}

#[test]
fn the_uniform_stream_and_the_normal_draws_are_right() {
    let mut p_values = Vec::new();
    for seed in 1..=50 {
        let mut rng = stream(seed);
        let mut uniform: Vec<f64> = (0..DRAWS).map(|_| rng.unit()).collect();
        p_values.push(ks_p_value(ks_distance(&mut uniform, |x| x), DRAWS));
        let mut normal: Vec<f64> = (0..DRAWS).map(|_| ziggurat::normal(&mut rng)).collect();
        p_values.push(ks_p_value(ks_distance(&mut normal, normal_cdf), DRAWS));
    }
    assert!(ks_p_value(ks_distance(&mut p_values, |x| x), 100) > 0.001, "{p_values:?}");
    let mut rng = stream(1);
    let mut counts = vec![0.0; 7];
    for _ in 0..DRAWS {
        counts[rng.below(7) as usize] += 1.0;
    }
    assert!(chi_squared_deviate(&counts, &[DRAWS as f64 / 7.0; 7]).abs() < 3.5, "{counts:?}");
}

#[test]
fn streams_are_independent_of_each_other_and_of_themselves_later() {
    // Seeds, owners and purposes that differ as little as can be.
    let mut streams = Vec::new();
    for seed in [1, 2, 3] {
        for owner in ["web", "web-1", "web-2", "beW"] {
            for purpose in ["service", "arrivals", "keys"] {
                streams.push(Stream::new(seed, owner, purpose));
            }
        }
    }
    let n = 20_000;
    let columns: Vec<Vec<f64>> = streams.iter_mut().map(|s| (0..n + 1).map(|_| s.unit() - 0.5).collect()).collect();
    // The correlation of n pairs has standard deviation 1/√n. The largest of so many is not a matter of chance beyond 4.5.
    let deviate =
        |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() / n as f64 * 12.0 * (n as f64).sqrt();
    for (i, a) in columns.iter().enumerate() {
        assert!(deviate(&a[..n], &a[1..]).abs() < 4.5, "stream {i} follows itself");
        for (j, b) in columns.iter().enumerate().skip(i + 1) {
            let d = deviate(&a[..n], &b[..n]);
            assert!(d.abs() < 4.5, "streams {i} and {j}: {d}");
        }
    }
}

/// How many requests users made in each step of the chart.
fn arrivals(d: &Design) -> Vec<f32> {
    let mut sim = Simulation::new(d).unwrap();
    let mut recorder = Recorder::new();
    recorder.advance(&mut sim, 20_000_000_000, u64::MAX);
    recorder.series(&sim).points.iter().map(|p| p.offered_per_s).collect()
}

#[test]
fn users_ask_at_the_same_instants_whatever_stands_behind_them() {
    let alone = design(
        &[("users", "users", open(700.0)), ("web", "app_server", server(2, exponential(2.0)))],
        &[("users", "web")],
    );
    let mut more = alone.clone();
    let others = design(
        &[
            ("lb", "load_balancer", json!({"algorithm": "random"})),
            ("web-2", "app_server", server(8, exponential(1.0))),
            ("cache", "cache", json!({})),
            ("db", "sql_database", json!({})),
        ],
        &[("users", "lb"), ("lb", "web"), ("lb", "web-2"), ("web-2", "cache"), ("web-2", "db")],
    );
    more.nodes.splice(0..0, others.nodes);
    more.links = others.links;
    assert_eq!(arrivals(&alone), arrivals(&more));
}

#[test]
fn a_server_serves_the_same_times_in_the_same_order_whatever_stands_beside_it() {
    // One request at a time, so the order of service is the order of arrival: a closed user without thought.
    let users = json!({
        "workload": {"workload": "closed", "users": 1, "think_time": constant(1.0), "spawn_rate_per_s": 1000.0},
        "endpoints": [endpoint("read", "uniform", 10)],
    });
    let alone = design(
        &[("users", "users", users), ("db", "sql_database", json!({"read_time": exponential(3.0)}))],
        &[("users", "db")],
    );
    let beside = design(
        &[
            ("crowd", "users", open(300.0)),
            ("cache", "cache", json!({})),
            ("other", "sql_database", json!({"read_time": exponential(3.0)})),
        ],
        &[("crowd", "cache"), ("cache", "other")],
    );
    let mut more = beside.clone();
    more.nodes.extend(alone.nodes.clone());
    more.links.extend(alone.links.iter().cloned().map(|mut link| {
        link.id = "own".to_owned();
        link
    }));
    let times = |d: &Design| common::run(d, 5, 0.0, 60.0).nodes["db"].residence_ms;
    assert_eq!(times(&alone), times(&more));
    assert!(times(&alone).max > 10.0);
}

//! The simulation against queueing theory: the theoretical value lies inside the simulated 99 % confidence interval of
//! ten replications, and the interval is narrow. Formulas and their sources: `analysis::theory`.

mod common;

use backpressure_sim::analysis::theory::{
    che_lru_hit_ratio, mg1_mean_wait, mm1k_blocking, mmc_mean_wait, mva_single_station,
};
use common::{agrees, constant, design, endpoint, exponential, open, run, server};
use serde_json::{Value, json};

fn one_server(rate: f64, params: Value) -> backpressure_sim::Design {
    design(&[("users", "users", open(rate)), ("server", "app_server", params)], &[("users", "server")])
}

#[test]
fn mm1() {
    // λ = 800/s, μ = 1000/s.
    let d = one_server(800.0, server(1, exponential(1.0)));
    let w = 1.0 + mmc_mean_wait(0.8, 1.0, 1);
    agrees(
        &d,
        20.0,
        2420.0,
        0.02,
        |r| {
            [
                r.latency_ms.mean,
                r.latency_ms.p99,
                r.nodes["server"].concurrency_mean,
                r.nodes["server"].utilisation.unwrap_or(0.0),
            ]
        },
        [
            ("mean time in system, ms", w),
            // Time in system is exponential.
            ("p99, ms", w * libm::log(100.0)),
            ("mean number in system", 4.0),
            ("utilisation", 0.8),
        ],
    );
}

#[test]
fn mmc() {
    // 16 servers at ρ = 0.9: λ = 14,400/s, μ = 1000/s each.
    let d = one_server(14_400.0, server(16, exponential(1.0)));
    agrees(
        &d,
        5.0,
        245.0,
        0.025,
        |r| [r.latency_ms.mean, r.nodes["server"].queue_mean],
        // Little: the mean queue is λ times the mean wait.
        [
            ("mean time in system, ms", 1.0 + mmc_mean_wait(14.4, 1.0, 16)),
            ("mean queue", 14.4 * mmc_mean_wait(14.4, 1.0, 16)),
        ],
    );
}

#[test]
fn md1() {
    let d = one_server(800.0, server(1, constant(1.0)));
    agrees(
        &d,
        20.0,
        320.0,
        0.02,
        |r| [r.latency_ms.mean],
        [("mean time in system, ms", 1.0 + mg1_mean_wait(0.8, 1.0, 1.0))],
    );
}

#[test]
fn mg1_with_lognormal_service() {
    // Second moment of a lognormal: mean² e^σ².
    let sigma: f64 = 0.8;
    let d = one_server(600.0, server(1, json!({"distribution": "lognormal", "mean_ms": 1.0, "sigma": sigma})));
    let wait = mg1_mean_wait(0.6, 1.0, libm::exp(sigma * sigma));
    agrees(&d, 20.0, 620.0, 0.02, |r| [r.latency_ms.mean], [("mean time in system, ms", 1.0 + wait)]);
}

#[test]
fn mm1k() {
    // 1 in service and 4 waiting: K = 5, at ρ = 0.9.
    let d = one_server(900.0, json!({"slots": 1, "service_time": exponential(1.0), "queue_limit": 4}));
    agrees(
        &d,
        5.0,
        305.0,
        0.02,
        |r| [*r.requests.failed.get("queue_full").unwrap_or(&0) as f64 / r.requests.offered as f64],
        [("blocking", mm1k_blocking(0.9, 5))],
    );
}

#[test]
fn random_splitting_gives_independent_mm1_queues() {
    let servers = ["a", "b", "c", "d"];
    let mut nodes = vec![
        ("users", "users", open(3200.0)),
        ("lb", "load_balancer", json!({"algorithm": "random", "processing_time": constant(0.0)})),
    ];
    nodes.extend(servers.map(|s| (s, "app_server", server(1, exponential(1.0)))));
    let links: Vec<(&str, &str)> = std::iter::once(("users", "lb")).chain(servers.map(|s| ("lb", s))).collect();
    // Each server sees Poisson arrivals at a quarter of the rate: M/M/1 at ρ = 0.8.
    agrees(
        &design(&nodes, &links),
        20.0,
        220.0,
        0.02,
        |r| [r.latency_ms.mean, r.latency_ms.p99],
        [("mean time in system, ms", 5.0), ("p99, ms", 5.0 * libm::log(100.0))],
    );
}

#[test]
fn lru_under_zipf_follows_che() {
    let (keys, capacity) = (10_000, 500);
    for exponent in [0.8, 1.0] {
        let users = json!({
            "workload": {"workload": "open", "rate_rps": 10_000.0},
            "endpoints": [{"name": "read", "keys": keys, "popularity": {"popularity": "zipf", "exponent": exponent}}],
        });
        let d = design(
            &[
                ("users", "users", users),
                ("server", "app_server", server(1000, constant(0.1))),
                (
                    "cache",
                    "cache",
                    json!({"hits": {"hits": "keys", "capacity_items": capacity}, "access_time": constant(0.1)}),
                ),
                ("db", "sql_database", json!({"connections": 1000, "read_time": constant(1.0)})),
            ],
            &[("users", "server"), ("server", "cache"), ("server", "db")],
        );
        let popularity: Vec<f64> = (1..=keys).map(|k| libm::pow(k as f64, -exponent)).collect();
        let theory = che_lru_hit_ratio(&popularity, capacity);
        let simulated = run(&d, 1, 10.0, 110.0).nodes["cache"].hit_ratio.unwrap_or(0.0);
        // An approximation, good to a percentage point.
        assert!((simulated - theory).abs() < 0.01, "zipf {exponent}: Che {theory}, simulated {simulated}");
    }
}

#[test]
fn a_closed_workload_follows_mean_value_analysis() {
    // 100 users, 1 s of thought, one server of 12 ms: beyond the knee N* = (12 + 1000)/12 = 84.
    let users = json!({
        "workload": {"workload": "closed", "users": 100, "think_time": exponential(1000.0), "spawn_rate_per_s": 1000.0},
        "endpoints": [endpoint("read", "uniform", 10)],
    });
    let d = design(
        &[("users", "users", users), ("server", "app_server", server(1, exponential(12.0)))],
        &[("users", "server")],
    );
    let (response_s, throughput) = mva_single_station(100, 0.012, 1.0);
    agrees(
        &d,
        60.0,
        2060.0,
        0.03,
        |r| [r.latency_ms.mean, r.nodes["server"].rate_out_per_s],
        [("response time, ms", response_s * 1000.0), ("throughput, 1/s", throughput)],
    );
}

#[test]
fn littles_law_and_the_utilisation_law_hold_at_every_station() {
    let d = common::with_latency(
        &[
            ("users", "users", open(700.0)),
            ("lb", "load_balancer", json!({"algorithm": "least_connections"})),
            ("a", "app_server", server(8, exponential(6.0))),
            ("b", "app_server", server(8, json!({"distribution": "uniform", "min_ms": 2.0, "max_ms": 8.0}))),
            ("cache", "cache", json!({"hits": {"hits": "measured_ratio", "hit_ratio": 0.5}})),
            ("db", "sql_database", json!({"connections": 8, "read_time": exponential(10.0)})),
        ],
        &[("users", "lb"), ("lb", "a"), ("lb", "b"), ("a", "cache"), ("b", "cache"), ("a", "db"), ("b", "db")],
        0.5,
    );
    let r = run(&d, 3, 20.0, 420.0);
    for (id, n) in &r.nodes {
        let (l, lambda_w) = (n.concurrency_mean, n.rate_out_per_s * n.residence_ms.mean / 1000.0);
        // Only the requests inside at the two ends of the run are counted on one side and not on the other.
        assert!((l - lambda_w).abs() < 0.005 * l, "{id}: L = {l}, λW = {lambda_w}");
    }
    let db = &r.nodes["db"];
    let (rho, law) = (db.utilisation.unwrap_or(0.0), db.rate_in_per_s * 0.010 / 8.0);
    assert!((rho - law).abs() < 0.02 * law, "ρ = {rho}, λS/c = {law}");
}

#[test]
fn retries_multiply_the_load_as_the_formula_says() {
    // Each attempt times out with probability f = e^(−2): the server is an infinite one with exponential times.
    let users = json!({
        "workload": {"workload": "open", "rate_rps": 1000.0},
        "endpoints": [endpoint("read", "uniform", 10)],
        "timeout_ms": 20.0, "retries": 3, "backoff": {"base_ms": 1.0, "jitter": "none"},
    });
    let d = design(
        &[("users", "users", users), ("server", "app_server", server(100_000, exponential(10.0)))],
        &[("users", "server")],
    );
    let f = libm::exp(-2.0);
    agrees(
        &d,
        5.0,
        105.0,
        0.02,
        |r| [r.nodes["server"].rate_in_per_s / r.nodes["users"].rate_in_per_s],
        [("attempts a request", (1.0 - libm::pow(f, 4.0)) / (1.0 - f))],
    );
}

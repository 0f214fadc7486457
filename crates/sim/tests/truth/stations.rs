//! One station: M/M/1 and its relatives.

use backpressure_sim::analysis::theory::*;
use serde_json::{Value, json};

use crate::case::{Case, Run, Seen, exact};
use crate::common::{constant, design, exponential, open, server};

/// Users in front of one server, without a hop between them.
fn one(rate_rps: f64, params: Value) -> backpressure_sim::Design {
    design(&[("users", "users", open(rate_rps)), ("server", "app_server", params)], &[("users", "server")])
}

/// Place of the server in the design.
const SERVER: std::ops::Range<usize> = 1..2;

fn lognormal(mean_ms: f64, sigma: f64) -> Value {
    json!({"distribution": "lognormal", "mean_ms": mean_ms, "sigma": sigma})
}

fn bounded(slots: u32, service_time: Value, queue_limit: u32) -> Value {
    json!({"slots": slots, "service_time": service_time, "queue_limit": queue_limit})
}

/// Two classes of requests on one server, the first served first.
fn two_priorities() -> Case {
    let (first, second) = (300.0, 500.0);
    let users = json!({
        "workload": {"workload": "open", "rate_rps": first + second},
        "endpoints": [
            {"name": "first", "priority": 0, "weight": first},
            {"name": "second", "priority": 1, "weight": second},
        ],
    });
    let params = json!({"slots": 1, "service_time": exponential(1.0), "queue_limit": 1_000_000, "discipline": {"discipline": "priority"}});
    let d = design(&[("users", "users", users), ("server", "app_server", params)], &[("users", "server")]);
    let waits = priority_mean_waits(&[(0.3, 1.0, 2.0), (0.5, 1.0, 2.0)]);
    let latency = |name: &'static str| move |s: &Seen| s.report.endpoints[name].latency_ms.mean;
    Case::of_run(
        "M/M/1 with two priorities, non-preemptive",
        "Cobham (1954): Wₖ = W₀/((1 − ρ₁ − … − ρₖ₋₁)(1 − ρ₁ − … − ρₖ))",
        Run::new(d, 20.0, 2000.0),
        vec![
            exact("mean time of the first, ms", 1.0 + waits[0], latency("first")),
            exact("mean time of the second, ms", 1.0 + waits[1], latency("second")),
        ],
    )
}

/// A server with a slot for everybody and few cores.
fn shared(cores: u32, service_time: Value) -> Value {
    json!({"slots": 100_000, "service_time": service_time, "cores": cores})
}

pub fn cases() -> Vec<Case> {
    vec![
        two_priorities(),
        Case::of_run(
            "M/G/1 under processor sharing, lognormal service, ρ = 0.7",
            "W = E[S]/(1 − ρ), whatever the distribution (Sakata, Noguchi & Oizumi, 1971)",
            Run::new(one(700.0, shared(1, lognormal(1.0, 1.0))), 20.0, 400.0),
            vec![
                exact("mean time in system, ms", processor_sharing_mean_time(0.7, 1.0), |s| s.report.latency_ms.mean),
                exact("core busy", 0.7, |s| s.node("server").cpu.unwrap_or(0.0)),
            ],
        ),
        Case::of_run(
            "M/M/3 under processor sharing, ρ = 0.8",
            "as many inside as in M/M/3: 1/μ + C(c, λ/μ)/(cμ − λ)",
            Run::new(one(2400.0, shared(3, exponential(1.0))), 20.0, 200.0),
            vec![exact("mean time in system, ms", 1.0 + mmc_mean_wait(2.4, 1.0, 3), |s| s.report.latency_ms.mean)],
        ),
        Case::of_run(
            "M/M/1, ρ = 0.8",
            "W = 1/(μ − λ); L = λW",
            Run::new(one(800.0, server(1, exponential(1.0))), 20.0, 600.0),
            vec![
                exact("mean time in system, ms", 5.0, |s| s.report.latency_ms.mean),
                exact("mean number in system", 4.0, |s| s.node("server").concurrency_mean),
                exact("utilisation", 0.8, |s| s.node("server").utilisation.unwrap_or(0.0)),
            ],
        ),
        Case::of_run(
            "M/M/1, ρ = 0.5",
            "time in system is exponential, so its quantile is W·ln(1/(1 − q)); P(n) = (1 − ρ)ρⁿ",
            Run::new(one(500.0, server(1, exponential(1.0))), 5.0, 500.0).looking(SERVER, 0.002),
            vec![
                exact("median time in system, ms", 2.0 * libm::log(2.0), |s| s.report.latency_ms.p50),
                exact("99th percentile, ms", 2.0 * libm::log(100.0), |s| s.report.latency_ms.p99),
                exact("P(0)", mm1_probability(0.5, 0), |s| s.share(|n| n == 0)),
                exact("P(1)", mm1_probability(0.5, 1), |s| s.share(|n| n == 1)),
                exact("P(2)", mm1_probability(0.5, 2), |s| s.share(|n| n == 2)),
                exact("P(3)", mm1_probability(0.5, 3), |s| s.share(|n| n == 3)),
            ],
        ),
        Case::of_run(
            "M/M/4, ρ = 0.75",
            "Erlang C: Wq = C(c, λ/μ)/(cμ − λ)",
            Run::new(one(3000.0, server(4, exponential(1.0))), 5.0, 120.0).looking(SERVER, 0.001),
            vec![
                exact("mean time in system, ms", 1.0 + mmc_mean_wait(3.0, 1.0, 4), |s| s.report.latency_ms.mean),
                exact("mean queue", 3.0 * mmc_mean_wait(3.0, 1.0, 4), |s| s.node("server").queue_mean),
                exact("probability of waiting", erlang_c(4, 3.0), |s| s.share(|n| n >= 4)),
            ],
        ),
        Case::of_run(
            "M/D/1, ρ = 0.8",
            "Pollaczek–Khinchine: Wq = λE[S²]/(2(1 − ρ))",
            Run::new(one(800.0, server(1, constant(1.0))), 10.0, 200.0),
            vec![exact("mean time in system, ms", 1.0 + mg1_mean_wait(0.8, 1.0, 1.0), |s| s.report.latency_ms.mean)],
        ),
        Case::of_run(
            "M/G/1, lognormal service, ρ = 0.6",
            "Pollaczek–Khinchine; E[S²] = E[S]²·e^(σ²)",
            Run::new(one(600.0, server(1, lognormal(1.0, 0.8))), 10.0, 400.0),
            vec![exact("mean time in system, ms", 1.0 + mg1_mean_wait(0.6, 1.0, libm::exp(0.64)), |s| {
                s.report.latency_ms.mean
            })],
        ),
        Case::of_run(
            "M/G/1, uniform service, ρ = 0.7",
            "Pollaczek–Khinchine; E[S²] = (a² + ab + b²)/3",
            Run::new(
                one(700.0, server(1, json!({"distribution": "uniform", "min_ms": 0.2, "max_ms": 1.8}))),
                10.0,
                250.0,
            ),
            vec![exact(
                "mean time in system, ms",
                1.0 + mg1_mean_wait(0.7, 1.0, (0.2 * 0.2 + 0.2 * 1.8 + 1.8 * 1.8) / 3.0),
                |s| s.report.latency_ms.mean,
            )],
        ),
        Case::of_run(
            "M/M/8/8, λ/μ = 6",
            "Erlang B",
            Run::new(one(6000.0, bounded(8, exponential(1.0), 0)), 1.0, 30.0),
            vec![
                exact("share lost", erlang_b(8, 6.0), |s| s.failed_share("queue_full")),
                exact("servers busy", 6.0 * (1.0 - erlang_b(8, 6.0)), |s| s.node("server").concurrency_mean),
            ],
        ),
        Case::of_run(
            "M/G/8/8, lognormal service, λ/μ = 6",
            "Erlang B holds for any distribution of service times (Sevastyanov, 1957)",
            Run::new(one(6000.0, bounded(8, lognormal(1.0, 1.0), 0)), 1.0, 30.0),
            vec![exact("share lost", erlang_b(8, 6.0), |s| s.failed_share("queue_full"))],
        ),
        Case::of_run(
            "M/M/1/5, ρ = 0.9",
            "P(K) = (1 − ρ)ρ^K/(1 − ρ^(K+1))",
            Run::new(one(900.0, bounded(1, exponential(1.0), 4)), 5.0, 200.0),
            vec![
                exact("share lost", mmck(1, 5, 0.9).blocking, |s| s.failed_share("queue_full")),
                exact("mean number in system", mmck(1, 5, 0.9).inside, |s| s.node("server").concurrency_mean),
            ],
        ),
        Case::of_run(
            "M/M/3/10, offered twice its capacity",
            "P(n) = P(n − 1)·λ/(μ·min(n, c)) for n ≤ K",
            Run::new(one(6000.0, bounded(3, exponential(1.0), 7)), 1.0, 20.0),
            vec![
                exact("share lost", mmck(3, 10, 6.0).blocking, |s| s.failed_share("queue_full")),
                exact("mean queue", mmck(3, 10, 6.0).waiting(), |s| s.node("server").queue_mean),
            ],
        ),
    ]
}

//! Several stations: product forms, splitting, closed systems.

use backpressure_sim::Design;
use backpressure_sim::analysis::theory::*;
use serde_json::{Value, json};

use crate::case::{Case, Reading, Run, about, exact};
use crate::common::{constant, design, endpoint, exponential, open, server};

/// A component that calls those behind it in turn, takes no time, and has a slot for everybody.
fn front() -> Value {
    server(100_000, constant(0.0))
}

fn database(connections: u32, mean_ms: f64) -> Value {
    json!({"connections": connections, "read_time": exponential(mean_ms), "queue_limit": 1_000_000})
}

/// Tosses a coin: a lookup that hits ends the request.
fn coin(hit_ratio: f64) -> Value {
    json!({"hits": {"hits": "measured_ratio", "hit_ratio": hit_ratio}, "access_time": constant(0.0)})
}

fn closed(users: u32, think_ms: f64) -> Value {
    json!({
        "workload": {"workload": "closed", "users": users, "think_time": exponential(think_ms), "spawn_rate_per_s": 10_000.0},
        "endpoints": [endpoint("read", "uniform", 10)],
    })
}

/// Users, a balancer without delay, and `n` servers of one slot and 1 ms.
fn balanced(algorithm: &str, n: usize, rate_rps: f64) -> Design {
    let ids: Vec<String> = (0..n).map(|i| format!("s{i}")).collect();
    let balancer = json!({"algorithm": algorithm, "processing_time": constant(0.0)});
    let mut nodes = vec![("users", "users", open(rate_rps)), ("lb", "load_balancer", balancer)];
    nodes.extend(ids.iter().map(|id| (id.as_str(), "app_server", server(1, exponential(1.0)))));
    let links: Vec<_> = std::iter::once(("users", "lb")).chain(ids.iter().map(|id| ("lb", id.as_str()))).collect();
    design(&nodes, &links)
}

/// The same with one connection per server: what is more waits in the balancer.
fn limited(n: usize, rate_rps: f64) -> Design {
    let mut design = balanced("random", n, rate_rps);
    design.nodes[1].params.insert("max_connections".into(), json!(1));
    design.nodes[1].params.insert("queue_limit".into(), json!(1_000_000));
    design
}

/// Place of the first server in [`balanced`].
const FIRST: usize = 2;

fn tandem() -> Design {
    design(
        &[
            ("users", "users", open(700.0)),
            ("front", "app_server", front()),
            ("first", "sql_database", database(1, 1.0)),
            ("second", "sql_database", database(2, 2.0)),
        ],
        &[("users", "front"), ("front", "first"), ("front", "second")],
    )
}

/// After each visit to the database a coin decides whether the request is done or goes round again, three visits at most.
fn feedback() -> Design {
    design(
        &[
            ("users", "users", open(320.0)),
            ("front", "app_server", front()),
            ("again", "app_server", front()),
            ("last", "app_server", front()),
            ("coin", "cache", coin(0.5)),
            ("db", "sql_database", database(1, 1.0)),
        ],
        &[
            ("users", "front"),
            ("front", "db"),
            ("front", "again"),
            ("again", "coin"),
            ("again", "db"),
            ("again", "last"),
            ("last", "coin"),
            ("last", "db"),
        ],
    )
}

/// The closed system with one station.
fn single(users: u32) -> Design {
    design(
        &[("users", "users", closed(users, 1000.0)), ("server", "app_server", server(1, exponential(10.0)))],
        &[("users", "server")],
    )
}

fn single_readings(users: u32) -> Vec<Reading> {
    let (response_s, throughput) = mva(users, 1.0, &[0.010]);
    vec![
        exact("response time, ms", response_s * 1000.0, |s| s.report.latency_ms.mean),
        exact("throughput, 1/s", throughput, |s| s.node("server").rate_out_per_s),
    ]
}

const SATURATION: &str =
    "exact mean value analysis (Reiser & Lavenberg, 1980); saturation at N* = (D + Z)/D = 101 users";

/// A front server that calls eight others at once, each with a slot for everybody.
fn fork_join() -> Case {
    const BRANCHES: u32 = 8;
    let ids: Vec<String> = (0..BRANCHES).map(|i| format!("branch-{i}")).collect();
    let mut params = front();
    params["calls"] = json!("parallel");
    let mut nodes = vec![("users", "users", open(1000.0)), ("front", "app_server", params)];
    nodes.extend(ids.iter().map(|id| (id.as_str(), "app_server", server(100_000, exponential(10.0)))));
    let links: Vec<_> =
        std::iter::once(("users", "front")).chain(ids.iter().map(|id| ("front", id.as_str()))).collect();
    Case::of_run(
        "fork and join of eight branches without queues",
        "E[max] = H₈/μ; P(max ≤ t) = (1 − e^(−μt))⁸",
        Run::new(design(&nodes, &links), 1.0, 50.0),
        vec![
            exact("mean time in system, ms", 10.0 * harmonic(BRANCHES), |s| s.report.latency_ms.mean),
            exact("median, ms", -10.0 * libm::log(1.0 - libm::pow(0.5, 1.0 / f64::from(BRANCHES))), |s| {
                s.report.latency_ms.p50
            }),
        ],
    )
}

/// How far a thousand servers may be from infinitely many.
const CHOICES_TOLERANCE: f64 = 0.005;

fn choices(name: &'static str, d: u32, load: f64) -> Case {
    let mut readings = vec![about("mean time in system, service times", supermarket_mean_time(load, d), 0.02, |s| {
        s.report.latency_ms.mean
    })];
    for k in 1..=4 {
        let theory = supermarket_at_least(load, d, k);
        readings.push(about(&format!("share of servers with {k} or more"), theory, CHOICES_TOLERANCE, move |s| {
            s.share(|n| n >= k)
        }));
    }
    let servers = 1000;
    let mut design = balanced("power_of_two", servers, load * 1000.0 * servers as f64);
    design.nodes[1].params.insert("choices".into(), json!(d));
    Case::of_run(
        name,
        "share with k or more → ρ^((d^k − 1)/(d − 1)) as the servers become many (Vvedenskaya et al., 1996; Mitzenmacher, 2001)",
        Run::new(design, 0.1, 0.4).looking(FIRST..FIRST + servers, 0.005),
        readings,
    )
}

/// Two servers, each arrival joins the one with fewer requests: mean time in system at load `rho`, in service times, from the
/// stationary state of the Markov chain by iteration.
fn shorter_of_two(rho: f64) -> f64 {
    const MOST: usize = 80;
    let rate = 2.0 * rho;
    let most = rate + 2.0;
    let mut chance = vec![[0.0; MOST + 2]; MOST + 2];
    chance[0][0] = 1.0;
    for _ in 0..20_000 {
        let mut next = vec![[0.0; MOST + 2]; MOST + 2];
        for (a, row) in chance.iter().enumerate() {
            // By symmetry the first has no more than the second.
            for (b, &p) in row.iter().enumerate().skip(a).filter(|(_, p)| **p > 0.0) {
                let mut flow = |x: usize, y: usize, r: f64| {
                    let (x, y) = (x.min(y).min(MOST), x.max(y).min(MOST));
                    next[x][y] += p * r / most;
                };
                flow(a + 1, b, rate);
                flow(a.saturating_sub(1), b, 1.0);
                flow(a, b.saturating_sub(1), 1.0);
            }
        }
        chance = next;
    }
    let inside =
        |(a, row): (usize, &[f64; MOST + 2])| row.iter().enumerate().map(|(b, p)| p * (a + b) as f64).sum::<f64>();
    chance.iter().enumerate().map(inside).sum::<f64>() / rate
}

pub fn cases() -> Vec<Case> {
    let visits = 1.0 + 0.5 + 0.25;
    // 560 visits a second at 1 ms each.
    let visit_ms = 1.0 / (1.0 - 0.320 * visits);
    let second = 2.0 + mmc_mean_wait(0.7, 0.5, 2);
    let (response_s, throughput) = mva(20, 0.050, &[0.002, 0.004]);
    vec![
        Case::of_run(
            "tandem of M/M/1 and M/M/2",
            "product form (Jackson, 1957): each station as if alone, at the same rate (Burke, 1956)",
            Run::new(tandem(), 10.0, 300.0),
            vec![
                exact("time at the first, ms", 1.0 / (1.0 - 0.7), |s| s.node("first").residence_ms.mean),
                exact("time at the second, ms", second, |s| s.node("second").residence_ms.mean),
                exact("mean time in system, ms", 1.0 / (1.0 - 0.7) + second, |s| s.report.latency_ms.mean),
            ],
        ),
        Case::of_run(
            "feedback: up to three visits, a coin between",
            "product form (Jackson, 1963), though the arrivals at the station are not Poisson",
            Run::new(feedback(), 10.0, 300.0),
            vec![
                exact("time of a visit, ms", visit_ms, |s| s.node("db").residence_ms.mean),
                exact("mean number at the station", 0.320 * visits * visit_ms, |s| s.node("db").concurrency_mean),
                exact("mean time in system, ms", visits * visit_ms, |s| s.report.latency_ms.mean),
            ],
        ),
        Case::of_run(
            "random splitting to 4 servers, ρ = 0.7",
            "four independent M/M/1",
            Run::new(balanced("random", 4, 2800.0), 10.0, 100.0),
            vec![
                exact("mean time in system, ms", 1.0 / 0.3, |s| s.report.latency_ms.mean),
                exact("90th percentile, ms", libm::log(10.0) / 0.3, |s| s.report.latency_ms.p90),
            ],
        ),
        fork_join(),
        choices("two choices among 1,000 servers, ρ = 0.9", 2, 0.9),
        choices("three choices among 1,000 servers, ρ = 0.9", 3, 0.9),
        Case::of_run(
            "least connections, 2 servers, ρ = 0.8",
            "join the shorter queue, from the chain's stationary state (Haight, 1958)",
            Run::new(balanced("least_connections", 2, 1600.0), 10.0, 100.0),
            vec![exact("mean time in system, ms", shorter_of_two(0.8), |s| s.report.latency_ms.mean)],
        ),
        Case::of_run(
            "one connection per server and a queue in the balancer, 4 servers, ρ = 0.8",
            "M/M/4: one queue for all",
            Run::new(limited(4, 3200.0), 10.0, 100.0),
            vec![exact("mean time in system, ms", 1.0 + mmc_mean_wait(3.2, 1.0, 4), |s| s.report.latency_ms.mean)],
        ),
        Case::of_run("closed, 40 users", SATURATION, Run::new(single(40), 20.0, 2000.0), single_readings(40)),
        Case::of_run("closed, 101 users", SATURATION, Run::new(single(101), 60.0, 4000.0), single_readings(101)),
        Case::of_run("closed, 200 users", SATURATION, Run::new(single(200), 60.0, 1000.0), single_readings(200)),
        Case::of_run(
            "closed, 20 users, two stations",
            "exact mean value analysis (Reiser & Lavenberg, 1980)",
            Run::new(
                design(
                    &[
                        ("users", "users", closed(20, 50.0)),
                        ("front", "app_server", front()),
                        ("first", "sql_database", database(1, 2.0)),
                        ("second", "sql_database", database(1, 4.0)),
                    ],
                    &[("users", "front"), ("front", "first"), ("front", "second")],
                ),
                10.0,
                300.0,
            ),
            vec![
                exact("response time, ms", response_s * 1000.0, |s| s.report.latency_ms.mean),
                exact("throughput, 1/s", throughput, |s| s.node("front").rate_out_per_s),
            ],
        ),
    ]
}

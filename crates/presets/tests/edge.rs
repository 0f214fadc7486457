//! What the presets about balancers, proxies, gateways and names claim, against theory and arithmetic.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::analysis::theory::{mmc_mean_wait, supermarket_mean_time, ttl_hit_ratio};
use backpressure_sim::design::{Design, Trouble};
use backpressure_sim::engine::Victim;
use backpressure_sim::metrics::{OwnReport, Recorder, Report};
use common::{HOP_MS, between, hit_ratio, mean_of_ten, near, per_s, preset, run, says, start, until, with};
use serde_json::{Value, json};

/// What the screen says of a component at this instant.
fn remark(sim: &Simulation, node: &str) -> String {
    let remarks = Recorder::new().snapshot(sim, 1.0).remarks;
    remarks.into_iter().find(|(id, _)| id == node).map(|(_, sentence)| sentence).unwrap_or_default()
}

fn own(r: &Report, node: &str, metric: &str) -> u64 {
    match r.nodes[node].own[metric] {
        OwnReport::Count(n) => n,
        OwnReport::Level { now, .. } => u64::from(now),
        OwnReport::Span(_) => panic!("{metric} is a span"),
    }
}

fn failures(r: &Report) -> u64 {
    r.requests.failed.values().sum()
}

#[test]
fn one_look_at_a_second_server_is_worth_much_and_more_looks_are_worth_little() {
    let d = preset(
        "balancing-compared",
        &[
            "an answer takes 200 ms",
            "about 56 ms",
            "less than 30 ms",
            "Set the choices of the second balancer to 1",
            "about 45 ms",
            "about 107 ms",
        ],
    );
    let way_ms = 4.0 * HOP_MS + 0.1;
    let mean = |d: &Design, endpoint: &str| {
        (1..=5).map(|seed| run(d, seed, 20.0, 45.0).endpoints[endpoint].latency_ms.mean).sum::<f64>() / 5.0
    };
    // M/M/1 at 90 %: ten times the work. The supermarket model is of infinitely many servers; with fifty it takes a few per cent
    // longer.
    let random = 20.0 / (1.0 - 0.9) + way_ms;
    let choices = |d| 20.0 * supermarket_mean_time(0.9, d) + way_ms;
    says("random, ms", 200.0, random, 5.0);
    says("two choices, ms", 56.0, choices(2), 2.0);
    says("three choices, ms", 45.0, choices(3), 2.5);
    near("random, ms", mean(&d, "Random"), random, 0.05);
    near("two choices, ms", mean(&d, "Two choices"), choices(2), 0.06);
    let three = with(&d, "balancer-choices", "/choices", 3);
    near("three choices, ms", mean(&three, "Two choices"), choices(3), 0.07);
    let one = with(&d, "balancer-choices", "/choices", 1);
    near("one choice, ms", mean(&one, "Two choices"), random, 0.05);
    let least = mean(&d, "Least connections");
    let one_queue = 20.0 + mmc_mean_wait(2.25, 1.0 / 20.0, 50) + way_ms;
    assert!((one_queue..30.0).contains(&least), "{least}; one queue for all would take {one_queue}");
    // Every fiftieth of Poisson arrivals is nearly evenly spaced: D/M/1, where 1/(1 − σ) times the work is the time in system,
    // and σ the root of σ = e^(−(1 − σ)/ρ).
    let sigma = (0..200).fold(0.5, |sigma: f64, _| libm::exp(-(1.0 - sigma) / 0.9));
    let turns = 20.0 / (1.0 - sigma) + way_ms;
    says("round robin, ms", 107.0, turns, 2.0);
    near("round robin, ms", mean(&with(&d, "balancer-random", "/algorithm", "round_robin"), "Random"), turns, 0.04);
    // Ten seconds after play it is there to see.
    let mut sim = start(&d, 1);
    until(&mut sim, 10.0);
    let lately = sim.report(0.0).endpoints;
    assert!(lately["Random"].latency_ms.mean > 2.0 * lately["Two choices"].latency_ms.mean);
}

#[test]
fn a_dead_server_costs_a_quarter_until_the_checks_have_noticed() {
    let d = preset(
        "health-checks",
        &[
            "Four seconds into the run server 2 dies",
            "one request in four fails",
            "four to six seconds",
            "back at 18 seconds",
            "one to one and a half seconds",
            "only the one or two requests that the server was working on",
            "the two servers in the West carry everything",
        ],
    );
    // (time of an answer, end of trouble): what fails in each tenth of a second, from four seconds on.
    let trouble_s = |d: &Design, seed| {
        let mut sim = start(d, seed);
        assert_eq!(failures(&between(&mut sim, 0.0, 4.0)), 0);
        let failing = |i: &u32| {
            per_s(&between(&mut sim, 4.0 + f64::from(*i) / 5.0, 4.0 + f64::from(i + 1) / 5.0), "refused") > 0.0
        };
        f64::from((0..70).take_while(failing).count() as u32) / 5.0
    };
    for seed in 1..=5 {
        let (slow, fast) =
            (trouble_s(&d, seed), trouble_s(&with(&d, "balancer", "/health_check/interval_ms", 500), seed));
        assert!((4.0..=6.2).contains(&slow), "{slow}");
        assert!((1.0..=1.7).contains(&fast), "{fast}");
    }
    let mut sim = start(&d, 1);
    let r = between(&mut sim, 4.1, 8.0);
    near("failing, 1/s", per_s(&r, "refused"), 100.0, 0.1);
    assert!(
        remark(&sim, "balancer").contains("fail at a server that is down and still in turn"),
        "{}",
        remark(&sim, "balancer")
    );
    let r = between(&mut sim, 10.1, 18.0);
    assert_eq!(failures(&r), 0);
    assert!(remark(&sim, "balancer").contains("taken 1 server out of turn"));
    near("at each of the others, 1/s", r.nodes["web-1"].rate_in_per_s, 400.0 / 3.0, 0.06);
    near("back again, 1/s", between(&mut sim, 22.1, 40.0).nodes["web-2"].rate_in_per_s, 100.0, 0.06);

    let next = with(&d, "balancer", "/on_refusal", "try_next");
    let lost: Vec<u64> = (1..=20)
        .map(|seed| {
            let r = run(&next, seed, 0.0, 40.0);
            assert!(r.requests.failed.keys().all(|reason| reason == "crashed"), "{:?}", r.requests.failed);
            failures(&r)
        })
        .collect();
    // 100 a second for 15 ms are 1.5 on average.
    let mean = lost.iter().sum::<u64>() as f64 / 20.0;
    assert!((mean - 1.5).abs() < 3.3 * (1.5_f64 / 20.0).sqrt(), "{lost:?}");

    let mut sim = start(&next, 1);
    until(&mut sim, 30.0);
    sim.inject(Victim::Zone("east".into()), Trouble::Crash { instance: None, silent: false }, None);
    let r = between(&mut sim, 36.2, 60.0);
    assert_eq!(failures(&r), 0);
    near("in the West, 1/s", r.nodes["web-3"].rate_in_per_s, 200.0, 0.05);
}

#[test]
fn a_fixed_window_lets_twice_its_limit_through_at_its_edge() {
    let d = preset(
        "rate-limits",
        &[
            "100 requests within 0.2 s",
            "All of them pass",
            "waits two seconds",
            "50 pass, 50 are refused with 429",
            "nobody waits more than a second",
            "lets 29 pass",
            "never has a queue",
        ],
    );
    // Rounds of three seconds, a burst of 100 around 1 s, 4 s, 7 s …, and a single request before the next round.
    let rounds = 20.0;
    let of = |limit: Value| run(&with(&d, "gateway", "/rate_limit/limit", limit), 1, 0.0, 3.0 * rounds + 0.5);
    let window = |algorithm: &str| json!({"algorithm": algorithm, "limit": 50, "window_s": 1.0});
    let passed = |r: &Report| (r.requests.answered as f64) / rounds - 1.0;
    let fixed = of(window("fixed_window"));
    assert_eq!((passed(&fixed), failures(&fixed)), (100.0, 0));
    assert_eq!(own(&fixed, "gateway", "passed_beyond_limit") as f64 / rounds, 50.0, "all after the edge");
    // The last of a hundred: 100 · 20 ms after the first, which came 0.2 s before it.
    near("longest wait, ms", fixed.latency_ms.max, 100.0 * 20.0 - 198.0, 0.02);
    let log = of(window("sliding_log"));
    assert_eq!((passed(&log), log.requests.failed["rate_limited"] as f64), (50.0, 50.0 * rounds));
    assert!(log.latency_ms.max < 1000.0);
    let counter = passed(&of(window("sliding_counter")));
    assert!((50.0..56.0).contains(&counter), "{counter}");
    let token = of(json!({"algorithm": "token_bucket", "rate_per_s": 50.0, "burst": 20}));
    // 20, and 50 a second for the 0.2 s of the burst.
    near("token bucket", passed(&token), 20.0 + 0.198 * 50.0, 0.04);
    let leaky = of(json!({"algorithm": "leaky_bucket", "rate_per_s": 50.0, "queue": 20}));
    assert_eq!(leaky.nodes["service"].queue_max, 0);
}

#[test]
fn a_gateway_keeps_one_client_from_taking_what_belongs_to_all() {
    let d = preset(
        "rest-api",
        &[
            "five in a hundred",
            "gets 20 of them answered",
            "which can do 250",
            "The app does not notice",
            "queue is gone ten seconds later",
            "the app is refused for what the scraper does",
        ],
    );
    let r = run(&d, 1, 10.0, 310.0);
    let app = |r: &Report| {
        let (mut offered, mut failed) = (0, std::collections::BTreeMap::new());
        for name in ["list items", "place order"] {
            offered += r.endpoints[name].requests.offered;
            for (reason, n) in &r.endpoints[name].requests.failed {
                *failed.entry(reason.clone()).or_insert(0) += n;
            }
        }
        (offered as f64, failed)
    };
    let (offered, failed) = app(&r);
    assert_eq!(failed.keys().collect::<Vec<_>>(), ["unauthorized"], "{failed:?}");
    near("share of 401", failed["unauthorized"] as f64 / offered, 0.05, 0.04);
    let scraper = &r.endpoints["scrape items"].requests;
    near("answers for the scraper, 1/s", scraper.answered as f64 / 300.0, 20.0, 0.01);
    assert_eq!(scraper.failed.keys().collect::<Vec<_>>(), ["rate_limited"]);
    assert_eq!(own(&r, "gateway", "servers_down"), 0);

    // Without the limit: 300 + 142.5 for 250.
    let open = with(&d, "gateway", "/rate_limit", Value::Null);
    let mut sim = start(&d, 1);
    until(&mut sim, 10.0);
    common::change(&mut sim, &open);
    let full = between(&mut sim, 30.0, 60.0);
    assert_eq!(full.nodes["catalogue"].queue_max, 1000);
    assert!(app(&full).1["queue_full"] > 0);
    common::change(&mut sim, &d);
    // 1,000 to be worked off at 250 less the 162.5 that come.
    let queue = between(&mut sim, 74.0, 75.0).nodes["catalogue"].queue_mean;
    assert!(queue < 20.0, "{queue}");

    let shared = with(&d, "gateway", "/rate_limit/scope", "all");
    let (offered, failed) = app(&run(&shared, 1, 10.0, 110.0));
    assert!(failed["rate_limited"] as f64 / offered > 0.85, "{failed:?}");
}

#[test]
fn a_reverse_proxy_saves_bytes_work_and_handshakes() {
    let d = preset(
        "reverse-proxy",
        &[
            "64 Mbit/s, over a line of 50",
            "1.25 ms of computing",
            "16 Mbit/s",
            "by 0.28 s every second",
            "50 pages a second while 80",
            "grows by 30 every second",
            "500 clients",
            "resumes a session",
        ],
    );
    says("Mbit/s", 64.0, 160.0 * 50_000.0 * 8.0 / 1e6, 0.1);
    let r = run(&d, 1, 60.0, 160.0);
    assert_eq!(failures(&r), 0);
    // 0.1 ms and the compression of every answer; handshakes are over.
    near("cores busy", r.nodes["proxy"].utilisation.unwrap_or(0.0) * 2.0, 160.0 * (0.1 + 1.25) / 1000.0, 0.04);
    assert!(own(&r, "proxy", "handshakes") + own(&r, "proxy", "handshakes_resumed") < 10);
    assert!(hit_ratio(&r, "proxy") > 0.6 && r.nodes["app"].utilisation.unwrap_or(1.0) < 0.9);
    assert_eq!(own(&run(&d, 1, 0.0, 60.0), "proxy", "handshakes"), 500);

    let plain = with(&d, "proxy", "/compression", Value::Null);
    let mut sim = start(&plain, 1);
    let latency = |r: Report| r.latency_ms.mean;
    // 64/50 of what the line carries: every second of requests takes it 1.28 s. (Of requests of a late second none is answered within
    // it.)
    let (early, late) = (latency(between(&mut sim, 1.0, 3.0)), {
        until(&mut sim, 40.0);
        latency(between(&mut sim, 40.0, 60.0))
    });
    assert!(late > early && late > 0.28 * 20.0 * 1000.0, "{early} ms, then {late} ms");

    let mut sim = start(&with(&d, "proxy", "/cache", Value::Null), 1);
    let early = between(&mut sim, 4.9, 5.1).nodes["app"].queue_mean;
    let growth = (between(&mut sim, 24.9, 25.1).nodes["app"].queue_mean - early) / 20.0;
    near("growth of the app's queue, 1/s", growth, 80.0 - 50.0, 0.15);

    let closing = run(&with(&d, "proxy", "/tls/keep_alive_ms", 0), 1, 60.0, 120.0);
    near("resumed, 1/s", own(&closing, "proxy", "handshakes_resumed") as f64 / 60.0, 160.0, 0.05);
}

#[test]
fn a_failover_by_name_takes_the_checks_and_the_ttl() {
    let d = preset(
        "dns-failover",
        &[
            "Three seconds into the run",
            "within a second and a bit",
            "for six seconds",
            "until about ten seconds",
            "three times as fast",
            "three requests in four",
            "one in three",
            "back at 23 seconds",
        ],
    );
    // A client asks every two seconds on average.
    says("address known, six seconds", 3.0 / 4.0, ttl_hit_ratio(0.5, 6.0), 1e-9);
    says("address known, one second", 1.0 / 3.0, ttl_hit_ratio(0.5, 1.0), 1e-9);
    let short = with(&d, "dns", "/ttl_ms", 1000);
    for (d, ttl) in [(&d, 6.0), (&short, 1.0)] {
        near(
            "address known",
            mean_of_ten(&without_faults(d), 20.0, 120.0, |r| hit_ratio(r, "dns")),
            ttl_hit_ratio(0.5, ttl),
            0.01,
        );
    }
    for seed in 1..=10 {
        let mut sim = start(&d, seed);
        assert_eq!(failures(&between(&mut sim, 0.0, 3.0)), 0);
        // Two checks half a second apart, the second of which fails within a second; then everybody who asks is told.
        let at_once = between(&mut sim, 3.0, 4.05);
        assert_eq!(own(&at_once, "dns", "addresses_down"), 1, "seed {seed}");
        let fewer: Vec<u64> = (0..3)
            .map(|i| failures(&between(&mut sim, 4.05 + 2.0 * f64::from(i), 6.05 + 2.0 * f64::from(i))))
            .collect();
        assert!(fewer.is_sorted_by(|a, b| a > b) && fewer[2] > 0, "{fewer:?}");
        assert_eq!(failures(&between(&mut sim, 10.05, 23.0)), 0, "the TTL has passed for everybody");
    }
    let mut sim = start(&d, 1);
    until(&mut sim, 6.0);
    assert!(remark(&sim, "dns").contains("their clients keep it until its TTL has passed"), "{}", remark(&sim, "dns"));
    let mut sim = start(&short, 1);
    until(&mut sim, 5.05);
    assert_eq!(failures(&between(&mut sim, 5.05, 23.0)), 0);
}

fn without_faults(d: &Design) -> Design {
    Design { faults_off: true, ..d.clone() }
}

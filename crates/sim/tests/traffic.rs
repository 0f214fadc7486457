//! What users do: rates that change, bursts, replays, spikes, and what a closed workload does not measure.

mod common;

use backpressure_sim::design::{Design, Trouble};
use backpressure_sim::metrics::OwnReport;
use backpressure_sim::{Simulation, engine::Victim};
use common::{constant, design, endpoint, exponential, server};
use serde_json::{Value, json};

/// Users with this workload in front of a server that is never busy.
fn driven(workload: Value) -> Design {
    let users = json!({"workload": workload, "endpoints": [endpoint("read", "uniform", 100)]});
    design(&[("users", "users", users), ("s", "app_server", server(100_000, constant(1.0)))], &[("users", "s")])
}

fn open(rate_rps: f64, arrivals: &str, shape: Value) -> Design {
    driven(json!({"workload": "open", "rate_rps": rate_rps, "arrivals": arrivals, "shape": shape}))
}

fn start(d: &Design) -> Simulation {
    Simulation::new(d).unwrap_or_else(|p| panic!("{p:#?}"))
}

/// Requests made between the seconds given, one number for each stretch.
fn counts(d: &Design, seed: u64, seconds: &[f64]) -> Vec<f64> {
    let mut sim = start(&Design { seed, ..d.clone() });
    let offered = |sim: &mut Simulation, s: f64| {
        sim.run_until((s * 1e9) as u64, u64::MAX);
        sim.report(0.0).requests.offered as f64
    };
    let at: Vec<f64> = seconds.iter().map(|s| offered(&mut sim, *s)).collect();
    at.windows(2).map(|w| w[1] - w[0]).collect()
}

/// The counts of Poisson arrivals, over ten seeds, are those expected: within 3.3 standard deviations.
fn expect(d: &Design, seconds: &[f64], expected: &[f64]) {
    let seeds = 10;
    let mut sums = vec![0.0; expected.len()];
    for seed in 1..=seeds {
        for (sum, n) in sums.iter_mut().zip(counts(d, seed, seconds)) {
            *sum += n;
        }
    }
    for (i, (sum, mean)) in sums.iter().zip(expected).enumerate() {
        let all = mean * seeds as f64;
        assert!((sum - all).abs() <= 3.3 * all.sqrt(), "stretch {i}: {sum} arrivals, {all} expected");
    }
}

#[test]
fn the_rate_follows_its_shape() {
    let ramp = open(100.0, "poisson", json!({"shape": "ramp", "to_rps": 500, "over_s": 10}));
    // Halfway up the rate is 300: 5 · (100 + 300)/2, then 5 · (300 + 500)/2, then 500 a second.
    expect(&ramp, &[0.0, 5.0, 10.0, 20.0], &[1000.0, 2000.0, 5000.0]);
    let steps = open(100.0, "poisson", json!({"shape": "steps", "step_rps": 200, "every_s": 5, "steps": 2}));
    expect(&steps, &[0.0, 5.0, 10.0, 20.0], &[500.0, 1500.0, 5000.0]);
    let spike = open(100.0, "poisson", json!({"shape": "spike", "peak_rps": 1000, "at_s": 5, "for_s": 2}));
    expect(&spike, &[0.0, 5.0, 7.0, 17.0], &[500.0, 2000.0, 1000.0]);
    let day = open(100.0, "poisson", json!({"shape": "diurnal", "peak_rps": 500, "period_s": 20}));
    // The night half of a day: 10 s at 300 on average, less 200 · 20/(2π) for each of its two quarters.
    let swing = 2.0 * 200.0 * 20.0 / (2.0 * std::f64::consts::PI);
    expect(&day, &[0.0, 5.0, 15.0, 20.0], &[1500.0 - swing / 2.0, 3000.0 + swing, 1500.0 - swing / 2.0]);
}

#[test]
fn even_arrivals_keep_their_beat_whatever_the_shape() {
    // One arrival each time the integral of the rate reaches the next whole number: exact counts, no chance.
    let ramp = open(100.0, "constant", json!({"shape": "ramp", "to_rps": 500, "over_s": 10}));
    for (got, exact) in counts(&ramp, 1, &[0.0, 5.0, 10.0, 20.0]).iter().zip([1000.0, 2000.0, 5000.0]) {
        assert!((got - exact).abs() <= 1.0, "{got} for {exact}");
    }
}

#[test]
fn bursts_have_the_mean_and_the_dispersion_of_a_markov_modulated_process() {
    let (calm, burst, calm_s, burst_s) = (50.0, 500.0, 2.0, 0.5);
    let shape = json!({"shape": "bursty", "burst_rps": burst, "mean_burst_s": burst_s, "mean_calm_s": calm_s});
    let (length, windows) = (100.0, 400);
    let marks: Vec<f64> = (0..=windows).map(|i| f64::from(i) * length).collect();
    let n = counts(&open(calm, "poisson", shape), 3, &marks);
    let mean = n.iter().sum::<f64>() / n.len() as f64;
    let variance = n.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n.len() - 1) as f64;
    let rate = (calm * calm_s + burst * burst_s) / (calm_s + burst_s);
    // Index of dispersion of counts over a window T (Fischer & Meier-Hellstern, 1993, for two states with rates of leaving
    // σ₁, σ₂): 1 + 2·(λ₁ − λ₂)²·σ₁σ₂/((σ₁ + σ₂)²·(λ₁σ₂ + λ₂σ₁)) · (1 − (1 − e^(−(σ₁ + σ₂)T))/((σ₁ + σ₂)T)).
    let (s1, s2) = (1.0 / calm_s, 1.0 / burst_s);
    let limit = 2.0 * (calm - burst) * (calm - burst) * s1 * s2 / ((s1 + s2) * (s1 + s2) * (calm * s2 + burst * s1));
    let dispersion = 1.0 + limit * (1.0 - (1.0 - libm::exp(-(s1 + s2) * length)) / ((s1 + s2) * length));
    let error = (dispersion * rate * length / f64::from(windows)).sqrt() / length;
    assert!(
        (mean / length - rate).abs() < 3.3 * error && error < 0.02 * rate,
        "{} for {rate} ± {error}",
        mean / length
    );
    // A sample variance of 400 counts has a relative error of about √(2/400) = 7 %.
    let got = variance / mean;
    assert!((got / dispersion - 1.0).abs() < 0.23, "index of dispersion {got}, {dispersion} expected");
    assert!(dispersion > 50.0, "Poisson would have 1");
}

#[test]
fn a_recorded_list_is_replayed_to_the_instant_and_begins_anew() {
    let d = driven(json!({"workload": "replay", "at_s": [0.5, 0.0, 2.0, 0.5], "repeat": true}));
    // The round is 2 s and the mean gap of 2/3 s: the second begins at 2.667 s.
    let seconds = [0.0, 0.4999, 0.5, 1.9999, 2.0, 2.666, 2.667, 3.1667, 5.0];
    assert_eq!(counts(&d, 1, &seconds), [0.0, 2.0, 0.0, 1.0, 0.0, 1.0, 2.0, 1.0]);
    let once = driven(json!({"workload": "replay", "at_s": [1_700_000_001.5, 1_700_000_000.0], "repeat": false}));
    assert_eq!(counts(&once, 1, &[0.0, 1.4, 1.5, 100.0]), [0.0, 1.0, 0.0], "Unix time counts from the first");
}

#[test]
fn a_spike_multiplies_the_traffic_and_then_it_is_as_before() {
    let spike = |sim: &mut Simulation, for_s| {
        sim.inject(Victim::Node("users".into()), Trouble::Spike { factor: 5.0 }, Some(for_s))
    };
    let offered = |sim: &mut Simulation, s: f64| {
        sim.run_until((s * 1e9) as u64, u64::MAX);
        sim.report(0.0).requests.offered as f64
    };
    // Evenly spaced, so that the count is arithmetic: 10 s at 100, 2 s at 500, 10 s at 100.
    for shape in ["steady", "ramp"] {
        let mut sim = start(&open(100.0, "constant", json!({"shape": shape, "to_rps": 100, "over_s": 1})));
        let before = offered(&mut sim, 10.005);
        spike(&mut sim, 2.0);
        let during = offered(&mut sim, 12.005) - before;
        let after = offered(&mut sim, 22.005) - before - during;
        assert!((during - 1000.0).abs() <= 1.0 && (after - 1000.0).abs() <= 1.0, "{shape}: {before} {during} {after}");
    }
    let closed = json!({"workload": "closed", "users": 20, "think_time": exponential(100.0), "spawn_rate_per_s": 1000});
    let mut sim = start(&driven(closed));
    sim.run_until(5_000_000_000, u64::MAX);
    spike(&mut sim, 10.0);
    let users = |sim: &Simulation| match sim.report(0.0).nodes["users"].own["users"] {
        OwnReport::Level { now, .. } => now,
        _ => panic!("users is a level"),
    };
    sim.run_until(6_000_000_000, u64::MAX);
    assert_eq!(users(&sim), 100);
    sim.run_until(20_000_000_000, u64::MAX);
    assert_eq!(users(&sim), 20);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn an_edit_of_the_rate_takes_effect_at_once_and_keeps_what_is_due() {
    let slow = open(0.01, "poisson", json!({"shape": "ramp", "to_rps": 0.01, "over_s": 1}));
    let mut sim = start(&slow);
    sim.run_until(1_000_000_000, u64::MAX);
    sim.apply(&open(1000.0, "poisson", json!({"shape": "diurnal", "peak_rps": 1000, "period_s": 10})))
        .unwrap_or_else(|p| panic!("{p:?}"));
    sim.run_until(11_000_000_000, u64::MAX);
    let n = sim.report(0.0).requests.offered as f64;
    assert!((n - 10_000.0).abs() < 3.3 * 100.0, "{n}");
}

/// A server that works on one request at a time, and hangs for five seconds with the next one it begins every fifty seconds.
fn hanging(workload: Value) -> Design {
    let mut d = driven(workload);
    d.nodes[1].params = common::object(&server(1, constant(1.0)));
    let hang = |i: u32| {
        json!({"id": format!("f{i}"), "node": "s", "params": {
            "trouble": {"fault": "slow", "factor": 1000.0},
            "schedule": {"when": "once", "at_s": 20.0 + 50.0 * f64::from(i), "for_s": 1.0}}})
    };
    d.nodes[1].params.insert("service_time".into(), constant(5.0));
    d.faults = serde_json::from_value(json!((0..20).map(hang).collect::<Vec<_>>())).unwrap_or_else(|e| panic!("{e}"));
    d
}

#[test]
fn a_closed_workload_hides_a_stall_that_the_intended_start_shows() {
    let open = json!({"workload": "open", "rate_rps": 10.0});
    let closed =
        json!({"workload": "closed", "users": 10, "think_time": exponential(1000.0), "spawn_rate_per_s": 10.0});
    // Whoever comes at random meets the five seconds in fifty with probability 0.1, and then waits for a uniform part of
    // them: the 95th percentile is half of them.
    let truth = common::run(&hanging(open), 1, 10.0, 1010.0).latency_ms.p95;
    assert!((truth / 2500.0 - 1.0).abs() < 0.15, "{truth}");
    // Ten users ask ten times a second, but while one waits he asks nothing: 10 of about 450 requests are slow.
    let report = common::run(&hanging(closed), 1, 10.0, 1010.0);
    assert!(report.latency_ms.p95 < 50.0, "{}", report.latency_ms.p95);
    let OwnReport::Span(intended) = report.nodes["users"].own["intended_latency_ms"] else {
        panic!("a span");
    };
    assert!((intended.p95 / truth - 1.0).abs() < 0.2, "{} from the intended start, {truth} in truth", intended.p95);
}

#[test]
fn endpoints_have_status_codes_and_deadlines_of_their_own() {
    let users = json!({
        "workload": {"workload": "open", "rate_rps": 200.0}, "deadline_ms": 100.0, "timeout_ms": 60.0,
        "endpoints": [
            {"name": "list", "path": "/items", "weight": 3},
            {"name": "export", "method": "POST", "path": "/export", "operation": "write", "deadline_ms": 20.0},
        ],
    });
    let routes = json!([{"paths": "/export", "service_time": constant(30.0)}]);
    let params = json!({"slots": 100, "queue_limit": 0, "service_time": constant(5.0), "routes": routes});
    let mut d = design(&[("users", "users", users), ("s", "app_server", params)], &[("users", "s")]);
    d.faults = serde_json::from_value(json!([{"id": "f", "node": "s", "params": {
        "trouble": {"fault": "errors", "error_rate": 0.1},
        "schedule": {"when": "once", "at_s": 0.0, "for_s": null}}}]))
    .unwrap_or_else(|e| panic!("{e}"));
    let report = common::run(&d, 1, 1.0, 101.0);
    let (list, export) = (&report.endpoints["list"].requests, &report.endpoints["export"].requests);
    assert_eq!((list.in_time, export.in_time), (list.answered, 0), "30 ms are too late for 20, 5 ms are not for 100");
    for (requests, rate) in [(list, 150.0), (export, 50.0)] {
        let n = requests.offered as f64;
        assert!((n - 100.0 * rate).abs() < 3.3 * (100.0 * rate).sqrt(), "{n}");
        let failed = requests.status[&500] as f64 / n;
        assert!((failed - 0.1).abs() < 3.3 * (0.09 / n).sqrt(), "{failed}");
        assert_eq!(requests.status[&200], requests.answered);
    }
    assert!((report.endpoints["export"].latency_ms.mean - 30.0).abs() < 1e-6);
}

#[test]
fn an_endpoint_added_to_the_only_one_begins_at_zero_and_the_two_add_up_to_the_total() {
    let with = |endpoints: Value| {
        let workload = json!({"workload": "open", "rate_rps": 500.0, "arrivals": "poisson"});
        let users = json!({"workload": workload, "endpoints": endpoints});
        design(&[("users", "users", users), ("s", "app_server", server(100_000, constant(1.0)))], &[("users", "s")])
    };
    let read = endpoint("read", "uniform", 100);
    let mut sim = start(&with(json!([read])));
    sim.run_until(2_000_000_000, u64::MAX);
    let before = sim.report(0.0);
    assert_eq!(before.endpoints["read"].requests.offered, before.requests.offered);
    assert_eq!(before.endpoints["read"].latency_ms.mean, before.latency_ms.mean);

    sim.apply(&with(json!([read, endpoint("write", "uniform", 100)]))).unwrap_or_else(|p| panic!("{p:#?}"));
    let edited = sim.report(0.0);
    assert_eq!(edited.endpoints["read"].requests.answered, before.requests.answered);
    assert_eq!(edited.endpoints["write"].requests.offered, 0);

    sim.run_until(4_000_000_000, u64::MAX);
    let after = sim.report(0.0);
    let of = |name: &str| after.endpoints[name].requests.answered;
    assert!(of("read") > before.requests.answered && of("write") > 0);
    assert_eq!(of("read") + of("write"), after.requests.answered);
}

//! Calls guarded by the policy of their link: timeouts, retries, budget, hedging, bulkhead, circuit breaker.

mod common;

use backpressure_sim::design::Design;
use backpressure_sim::metrics::Recorder;
use backpressure_sim::{Simulation, engine::Victim};
use common::{constant, design, exponential, object, open, run, server, whole_and_in_slices};
use serde_json::{Value, json};

/// Users, a front server with room for everything, and a back server called over a guarded link without latency.
fn guarded(rate: f64, back: Value, calls: Value) -> Design {
    let front = json!({"slots": 100_000, "service_time": constant(0.0), "queue_limit": 0});
    let mut d = design(
        &[("users", "users", open(rate)), ("front", "app_server", front), ("back", "app_server", back)],
        &[("users", "front"), ("front", "back")],
    );
    d.links[1].params.insert("calls".to_owned(), calls);
    d
}

fn failing(rate: f64, share: f64, calls: Value) -> Design {
    let mut d = guarded(rate, server(1000, constant(1.0)), calls);
    let fault = json!({"faults": [{"id": "f", "node": "back", "params": {
        "trouble": {"fault": "errors", "error_rate": share},
        "schedule": {"when": "once", "at_s": 0.0, "for_s": null}}}]});
    d.faults = serde_json::from_value(fault["faults"].clone()).unwrap_or_else(|e| panic!("{e}"));
    d
}

/// Half-width that holds 99.9 % of a binomial share.
fn within(share: f64, of: f64) -> f64 {
    3.3 * (share * (1.0 - share) / of).sqrt()
}

#[test]
fn retries_amplify_the_load_as_theory_says() {
    // Independent failures with probability f and r retries: (1 − f^(r+1)) / (1 − f) attempts a request, f^(r+1) fail.
    let (f, r) = (0.4, 2);
    let no_wait = json!({"base_ms": 0.0, "jitter": "none"});
    let report = run(&failing(500.0, f, json!({"retries": r, "backoff": no_wait})), 3, 5.0, 205.0);
    let offered = report.requests.offered as f64;
    let attempts = report.nodes["back"].rate_in_per_s * report.measured_s / offered;
    let expected = (1.0 - libm::pow(f, f64::from(r + 1))) / (1.0 - f);
    assert!((attempts / expected - 1.0).abs() < 0.01, "{attempts} attempts a request, {expected} expected");
    let failed = report.requests.failed["error"] as f64 / offered;
    let lost = libm::pow(f, f64::from(r + 1));
    assert!((failed - lost).abs() < within(lost, offered), "{failed} failed, {lost} expected");
}

#[test]
fn a_retry_budget_caps_the_amplification() {
    // Everything fails; the budget allows one retry in ten calls, beside the ten tokens it starts with.
    let calls = json!({"retries": 3, "retry_budget": 0.1, "backoff": {"base_ms": 0.0, "jitter": "none"}});
    let report = run(&failing(200.0, 1.0, calls), 1, 5.0, 105.0);
    let attempts = report.nodes["back"].rate_in_per_s * report.measured_s / report.requests.offered as f64;
    assert!((attempts - 1.1).abs() < 0.005, "{attempts} attempts a request");
}

#[test]
fn a_timed_out_attempt_goes_on_at_the_other_end() {
    let report = run(&guarded(100.0, server(1000, constant(50.0)), json!({"timeout_ms": 20.0})), 1, 1.0, 21.0);
    assert_eq!(report.requests.answered, 0);
    assert!(report.requests.failed["timeout"] > 1900, "{:?}", report.requests);
    assert!((report.nodes["back"].rate_out_per_s - 100.0).abs() < 8.0, "the back server does the work for nobody");
    assert!((report.nodes["front"].concurrency_mean - 2.0).abs() < 0.2, "100/s for 20 ms each");
}

#[test]
fn hedging_cuts_the_tail_and_costs_load() {
    // P(X > t) = e^(−t/m). A hedge sent after h makes it P(X > t)·P(X > t − h) for t > h: the 99th percentile of
    // exponential 10 ms falls from 46.1 ms to (h + m ln 100)/2 = 33.0 ms with h = 20 ms, for e^(−2) = 13.5 % more calls.
    let back = || server(1000, exponential(10.0));
    let plain = run(&guarded(500.0, back(), json!({})), 5, 5.0, 105.0);
    let hedged = run(&guarded(500.0, back(), json!({"hedge_after_ms": 20.0})), 5, 5.0, 105.0);
    let p99 = 10.0 * libm::log(100.0);
    assert!((plain.latency_ms.p99 / p99 - 1.0).abs() < 0.04, "{}", plain.latency_ms.p99);
    assert!((hedged.latency_ms.p99 / ((20.0 + p99) / 2.0) - 1.0).abs() < 0.04, "{}", hedged.latency_ms.p99);
    let load = hedged.nodes["back"].rate_in_per_s / plain.nodes["back"].rate_in_per_s;
    assert!((load - 1.0 - libm::exp(-2.0)).abs() < 0.01, "{load}");
}

#[test]
fn a_bulkhead_keeps_one_slow_dependency_from_taking_every_slot() {
    // Erlang B with 5 places and 10 erlangs offered: 56.4 % are refused, and never more than 5 are out.
    let report = run(&guarded(100.0, server(1000, exponential(100.0)), json!({"max_concurrent": 5})), 2, 5.0, 405.0);
    let refused = report.requests.failed["bulkhead_full"] as f64 / report.requests.offered as f64;
    let theory = backpressure_sim::analysis::theory::erlang_b(5, 10.0);
    assert!((refused - theory).abs() < 0.02 * theory, "{refused}, theory {theory}");
    assert!(report.nodes["back"].concurrency_mean <= 5.0);
}

#[test]
fn a_breaker_opens_spares_the_failing_server_and_closes_again() {
    let breaker = json!({"failure_ratio": 0.5, "window_calls": 20, "open_ms": 500.0, "trial_calls": 3});
    let d = guarded(200.0, server(1000, constant(1.0)), json!({"breaker": breaker}));
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
    let state = |sim: &Simulation| Recorder::new().snapshot(sim, 1.0).links[1].breaker.clone().unwrap_or_default();
    sim.run_until(5_000_000_000, u64::MAX);
    assert_eq!(state(&sim), "closed");
    let trouble = backpressure_sim::design::Trouble::Errors { error_rate: 1.0 };
    let fault = sim.inject(Victim::Node("back".into()), trouble, None);
    sim.start_measuring();
    sim.run_until(15_000_000_000, u64::MAX);
    assert_eq!(state(&sim), "open");
    let report = sim.report(0.0);
    // 20 calls to open it, and a trial every half second: 200/s would have been 2000.
    let tried = report.nodes["back"].rate_in_per_s * report.measured_s;
    assert!((20.0..60.0).contains(&tried), "{tried} calls reached the failing server");
    assert!(report.requests.failed["breaker_open"] > 1800);
    sim.heal(fault);
    sim.run_until(16_000_000_000, u64::MAX);
    assert_eq!(state(&sim), "closed");
    sim.start_measuring();
    sim.run_until(20_000_000_000, u64::MAX);
    assert_eq!(sim.report(0.0).requests.failed.len(), 0);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_run_with_every_guard_conserves_saves_and_slices() {
    let calls = json!({
        "timeout_ms": 15.0, "retries": 3, "hedge_after_ms": 8.0, "max_concurrent": 30, "retry_budget": 0.5,
        "breaker": {"failure_ratio": 0.6, "open_ms": 200.0},
    });
    let mut d = failing(2000.0, 0.2, calls);
    d.nodes[2].params = object(&json!({"slots": 20, "service_time": exponential(10.0), "queue_limit": 20}));
    d.links[1].params.insert("loss".into(), json!(0.02));
    let report = whole_and_in_slices(&d, 5).report(0.0);
    assert!(report.requests.answered > 500 && report.requests.failed.len() >= 3, "{:?}", report.requests);
}

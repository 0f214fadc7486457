//! What the presets about calls that fail, queues and load tests claim.

mod common;

use backpressure_sim::analysis::theory::attempts;
use backpressure_sim::metrics::{OwnReport, Recorder, Report};
use common::{HOP_MS, between, near, per_s, preset, run, says, start, until, with, with_fault, with_link};
use serde_json::json;

#[test]
fn retries_multiply_the_load_just_then() {
    let d = preset(
        "retry-amplification",
        &[
            "only one request in forty fails",
            "1 + 0.4 + 0.16 + 0.064 = 1.62",
            "162 after",
            "and they are 344",
            "never more than 110",
        ],
    );
    says("attempts", 1.62, attempts(0.4, 3), 0.005);
    says("failed", 1.0 / 40.0, libm::pow(0.4, 4.0), 0.001);
    let calls = |r: &Report| r.nodes["payment"].rate_in_per_s / r.nodes["shop"].rate_in_per_s;
    let r = run(&d, 1, 3.0, 603.0);
    near("calls for each request", calls(&r), attempts(0.4, 3), 0.01);
    near("failed", per_s(&r, "error") / 100.0, libm::pow(0.4, 4.0), 0.1);
    says("attempts at 0.9", 3.44, attempts(0.9, 3), 0.005);
    near(
        "calls at 0.9",
        calls(&run(&with_fault(&d, "failing", "/trouble/error_rate", 0.9), 1, 3.0, 203.0)),
        attempts(0.9, 3),
        0.01,
    );
    let budget =
        with_link(&with_fault(&d, "failing", "/trouble/error_rate", 0.9), "shop-payment", "/calls/retry_budget", 0.1);
    near("calls within the budget", calls(&run(&budget, 1, 10.0, 210.0)), 1.1, 0.005);
    // Both levels multiply: the users' calls fail with 0.4⁴.
    let both = with_link(&d, "users-shop", "/calls/retries", 3);
    let levels = run(&both, 1, 3.0, 603.0);
    let per_user = levels.nodes["payment"].rate_in_per_s / 100.0;
    near("calls with retries on both levels", per_user, attempts(0.4, 3) * attempts(libm::pow(0.4, 4.0), 3), 0.03);
}

#[test]
fn a_breaker_spares_its_users_the_wait() {
    let d = preset(
        "circuit-breaker",
        &[
            "After 4 seconds",
            "hundredfold for 10 seconds",
            "soon has no slots left",
            "their page in 6 ms",
            "closed, open, half open",
        ],
    );
    let mut sim = start(&d, 1);
    let mut recorder = Recorder::new();
    recorder.advance(&mut sim, 4_000_000_000, u64::MAX);
    let before = sim.report(0.0);
    assert!(before.requests.failed.is_empty() && before.requests.degraded == 0, "{:?}", before.requests);
    sim.start_measuring();
    recorder.advance(&mut sim, 13_900_000_000, u64::MAX);
    let r = sim.report(0.0);
    // 200 a second hold a slot for 305 ms: 61 of 30.
    let refused = |node: &str| r.nodes[node].failed.get("queue_full").copied().unwrap_or(0);
    assert!(refused("plain") > 500 && refused("guarded") == 0, "{:?}", r.nodes["plain"].failed);
    assert!(r.nodes["guarded"].degraded as f64 > 0.98 * r.nodes["guarded"].rate_out_per_s * r.measured_s);
    near("page with the breaker open, ms", r.nodes["guarded"].residence_ms.p50 + 2.0 * HOP_MS, 6.0, 0.01);
    let states = |sim: &backpressure_sim::Simulation, recorder: &mut Recorder| {
        recorder.snapshot(sim, 1.0).links[3].breaker.clone().unwrap_or_default()
    };
    assert_eq!(states(&sim, &mut recorder), "open");
    recorder.advance(&mut sim, 17_000_000_000, u64::MAX);
    assert_eq!(states(&sim, &mut recorder), "closed");
    let after = between(&mut sim, 20.0, 30.0);
    assert!(after.requests.failed.is_empty() && after.requests.degraded == 0, "{:?}", after.requests);
}

#[test]
fn a_bulkhead_keeps_the_rest_afloat() {
    let d = preset(
        "bulkhead",
        &["reports then ask for 80 slots", "at most 20 calls at once", "nobody who searches notices"],
    );
    let r = run(&d, 1, 6.0, 66.0);
    let refused = |node: &str| r.nodes[node].failed.get("queue_full").copied().unwrap_or(0) as f64;
    assert!(refused("plain") > 0.3 * 240.0 * 60.0 && refused("guarded") == 0.0, "{}", refused("plain"));
    // Erlang's formula counts: 20 places for 40 reports a second of two seconds, and nobody waits for one.
    let full = r.nodes["guarded"].failed["bulkhead_full"] as f64 / r.measured_s;
    near("reports refused, 1/s", full, 40.0 * backpressure_sim::analysis::theory::erlang_b(20, 80.0), 0.05);
    assert!(r.nodes["guarded"].utilisation.unwrap_or_default() < 0.56, "half of its slots stay free");
}

#[test]
fn a_hedge_cuts_the_tail_for_five_per_cent_more_calls() {
    let d = preset(
        "hedged-requests",
        &["the 99th percentile above is 301 ms", "is 31 ms, for 5 % more calls", "every call is made twice"],
    );
    let r = run(&d, 1, 5.0, 605.0);
    near("plain, ms", r.nodes["plain"].residence_ms.p99, 300.0 + 2.0 * HOP_MS, 0.01);
    // A slow one is overtaken by a quick one sent 20 ms later; both are slow once in 400.
    near("hedged, ms", r.nodes["hedged"].residence_ms.p99, 20.0 + 10.0 + 2.0 * HOP_MS, 0.01);
    near("calls", r.nodes["store"].rate_in_per_s, 200.0 + 200.0 * 1.05, 0.02);
    let eager = run(&with_link(&d, "hedged-store", "/calls/hedge_after_ms", 1), 1, 5.0, 65.0);
    near("calls", eager.nodes["store"].rate_in_per_s, 600.0, 0.03);
}

#[test]
fn the_queue_decides_who_goes_without() {
    let d = preset(
        "queue-disciplines",
        &[
            "150 requests a second for the 100",
            "after two seconds everybody waits longer",
            "100 a second are served in time",
        ],
    );
    let mut sim = start(&d, 1);
    // Fifty a second too many: after 4 s the queue is 200, two seconds of work.
    until(&mut sim, 6.0);
    let r = between(&mut sim, 10.0, 70.0);
    let p99 = |node: &str| r.nodes[node].residence_ms.p99;
    for node in ["long", "short", "lifo", "codel"] {
        near("served, 1/s", r.nodes[node].rate_out_per_s, 100.0, 0.01);
    }
    assert!(r.nodes["long"].residence_ms.p50 > 5000.0);
    assert!(p99("short") < 200.0 && r.nodes["lifo"].residence_ms.p90 < 200.0);
    assert!(r.nodes["codel"].residence_ms.p50 < 150.0, "{}", r.nodes["codel"].residence_ms.p50);
    near("dropped by CoDel, 1/s", r.nodes["codel"].failed["shed"] as f64 / r.measured_s, 50.0, 0.1);
    near("refused, 1/s", r.nodes["short"].failed["queue_full"] as f64 / r.measured_s, 50.0, 0.1);
    // In time: everything of the short queue, nothing of the long one, most of the other two.
    let in_time = r.requests.in_time as f64 / r.measured_s;
    assert!((270.0..300.0).contains(&in_time), "{in_time}");
}

#[test]
fn payments_go_first() {
    let d = preset(
        "priorities",
        &[
            "they take 20 ms; of the others half is dropped",
            "both lose a third",
            "payments wait for 200 ms",
            "Raise the rate to 330",
        ],
    );
    let share = |r: &Report, name: &str| {
        let e = &r.endpoints[name].requests;
        e.failed.values().sum::<u64>() as f64 / e.offered as f64
    };
    let r = run(&d, 1, 10.0, 310.0);
    assert_eq!(share(&r, "pay"), 0.0);
    near("others dropped", share(&r, "browse"), 0.5, 0.05);
    near("payments, ms", r.endpoints["pay"].latency_ms.mean, 20.0, 0.03);
    let plain = run(&with(&d, "server", "/discipline", json!({"discipline": "fifo"})), 1, 10.0, 310.0);
    near("payments lost", share(&plain, "pay"), 1.0 / 3.0, 0.05);
    near("others lost", share(&plain, "browse"), 1.0 / 3.0, 0.05);
    near("payments, ms", plain.endpoints["pay"].latency_ms.mean, 200.0, 0.06);
    let more = run(&with(&d, "users", "/workload/rate_rps", 330), 1, 20.0, 120.0);
    assert!(share(&more, "browse") > 0.999, "{}", share(&more, "browse"));
}

#[test]
fn a_closed_load_test_stops_measuring_when_it_matters() {
    let d = preset(
        "load-testing",
        &[
            "at 3, 25 and 45 seconds both hang for 5 seconds",
            "one request in four was slow",
            "one in sixteen",
            "90th percentile of 6 ms",
        ],
    );
    let r = run(&d, 1, 0.0, 60.0);
    let (open, closed) = (&r.endpoints["public/read item"], &r.endpoints["testers/read item"]);
    // The hang is a quarter of the minute, and whoever comes in it waits for a uniform part of 5 s.
    assert!((open.latency_ms.p90 / 3000.0 - 1.0).abs() < 0.15, "{}", open.latency_ms.p90);
    assert!((open.latency_ms.p50 - 6.0).abs() < 1.0);
    near("p90 of the closed test, ms", closed.latency_ms.p90, 6.0, 0.05);
    near("share of slow ones", 30.0 / closed.requests.answered as f64, 1.0 / 16.0, 0.1);
    let OwnReport::Span(intended) = r.nodes["testers"].own["intended_latency_ms"] else { panic!("a span") };
    near("p90 from the intended start, ms", intended.p90, open.latency_ms.p90, 0.2);
    let mut sim = start(&d, 1);
    let mut recorder = Recorder::new();
    recorder.advance(&mut sim, 12_000_000_000, u64::MAX);
    let remarks = recorder.snapshot(&sim, 1.0).remarks;
    assert!(
        remarks.iter().any(|(node, text)| node == "testers" && text.contains("coordinated omission")),
        "{remarks:?}"
    );
}

#[test]
fn shapes_of_traffic_have_nearly_the_same_mean_and_very_different_peaks() {
    let d =
        preset("traffic-shapes", &["All have a mean near 50 a second over the first minute", "The server can do 400"]);
    let runs: Vec<Report> = (1..=10).map(|seed| run(&d, seed, 0.0, 60.0)).collect();
    // Ramp: (5 + 95)/2. Steps: 10, 26 … 90. Spike: 55 s of 20 and 5 of 380. Bursts: a fifth of the time 200, else 20.
    for (group, mean) in
        [("steady", 50.0), ("ramp", 50.0), ("steps", 50.0), ("spike", 50.0), ("day", 50.0), ("bursts", 56.0)]
    {
        let rate = runs.iter().map(|r| r.nodes[group].rate_in_per_s).sum::<f64>() / 10.0;
        near(group, rate, mean, if group == "bursts" { 0.15 } else { 0.02 });
    }
    let mut sim = start(&d, 1);
    let spike = between(&mut sim, 6.0, 11.0);
    near("during the spike, 1/s", spike.nodes["spike"].rate_in_per_s, 380.0, 0.1);
    near("served, 1/s", spike.nodes["server"].rate_out_per_s, 400.0, 0.03);
}

//! What a run says about its own figures: intervals that hold what they promise, and a warning where an average means
//! nothing.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::analysis::theory::{mmc_mean_wait, mmck};
use backpressure_sim::metrics::{CONFIDENCE, Ends, Health, Recorder, Report};
use common::{constant, design, exponential, open, run, server};
use serde_json::json;

fn one(rate_rps: f64, params: serde_json::Value) -> backpressure_sim::Design {
    design(&[("users", "users", open(rate_rps)), ("server", "app_server", params)], &[("users", "server")])
}

/// How many of the runs gave an interval, and in how many of those the truth was inside.
fn coverage(runs: &[Report], truth: f64, interval: impl Fn(&Report) -> Ends) -> (f64, f64) {
    let given: Vec<[f64; 2]> = runs.iter().filter_map(interval).collect();
    let inside = given.iter().filter(|[low, high]| (*low..=*high).contains(&truth)).count();
    (given.len() as f64 / runs.len() as f64, inside as f64 / given.len().max(1) as f64)
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_promise() {
    // M/M/1 at ρ = 0.6, 600 requests/s for 60 s: latencies that follow each other are strongly correlated.
    let d = one(600.0, server(1, exponential(1.0)));
    let runs: Vec<Report> = (1..=400).map(|seed| run(&d, seed, 2.0, 62.0)).collect();
    let w = 1.0 / 0.4;
    let quantile = |p: f64| w * libm::log(1.0 / (1.0 - p));
    let latency = |r: &Report| r.latency_ms.confidence.unwrap_or_default();
    let node = |r: &Report| r.nodes["server"].confidence.unwrap_or_default();
    type Reader<'a> = &'a dyn Fn(&Report) -> Ends;
    let figures: [(&str, f64, Reader); 10] = [
        ("mean", w, &|r| latency(r).mean),
        ("p50", quantile(0.5), &|r| latency(r).p50),
        ("p90", quantile(0.9), &|r| latency(r).p90),
        ("p95", quantile(0.95), &|r| latency(r).p95),
        ("p99", quantile(0.99), &|r| latency(r).p99),
        ("arrival rate", 600.0, &|r| node(r).rate_in_per_s),
        ("utilisation", 0.6, &|r| node(r).utilisation),
        ("queue", 0.6 * 0.6 / 0.4, &|r| node(r).queue_mean),
        ("inside", 0.6 / 0.4, &|r| node(r).concurrency_mean),
        ("residence", w, &|r| r.nodes["server"].residence_ms.confidence.unwrap_or_default().mean),
    ];
    assert_eq!(latency(&runs[0]).level, CONFIDENCE);
    for (what, truth, interval) in figures {
        let (given, inside) = coverage(&runs, truth, interval);
        println!("{what}: given in {given}, holds the truth in {inside}");
        assert!(given > 0.85, "{what}: only {given} of the runs give an interval");
        // 95 % promised; of 400 runs the share inside has a standard deviation of 1.1 %, and batch means of a finite run
        // promise a little too much (Law, 9.5.3).
        assert!(inside > 0.9, "{what}: the truth is inside in {inside} of the runs");
        let widths = runs.iter().filter_map(interval).map(|[low, high]| (high - low) / truth);
        let width = widths.sum::<f64>() / (given * runs.len() as f64);
        assert!(width < 0.35, "{what}: intervals as wide as {width} of the truth say nothing");
    }
}

#[test]
fn a_longer_run_has_narrower_intervals_and_a_very_short_one_none() {
    let d = one(500.0, server(1, exponential(1.0)));
    let width = |seconds: f64| {
        let [low, high] = run(&d, 1, 1.0, 1.0 + seconds).latency_ms.confidence.and_then(|c| c.mean).unwrap();
        high - low
    };
    let (short, long) = (width(20.0), width(320.0));
    // 16 times as long: 4 times as narrow, give or take how well a spread is known from 16 batches.
    assert!(long < short / 2.5 && long > short / 7.0, "{short} and {long}");
    assert_eq!(run(&d, 1, 1.0, 1.1).latency_ms.confidence, None);
    let p999 = |seconds| run(&d, 1, 1.0, 1.0 + seconds).latency_ms.confidence.and_then(|c| c.p999);
    assert_eq!(p999(20.0), None, "ten latencies beyond a percentile are too few");
    assert!(p999(320.0).is_some());
}

#[test]
fn latencies_that_are_all_alike_have_an_interval_without_width() {
    let confidence = run(&one(100.0, server(1000, constant(5.0))), 1, 1.0, 101.0).latency_ms.confidence.unwrap();
    for ends in [confidence.mean, confidence.p50, confidence.p99] {
        let [low, high] = ends.unwrap();
        // The histogram knows 5 ms to its bucket.
        assert!(low > 4.96 && high < 5.04, "{low} to {high}");
    }
}

#[test]
fn a_system_that_is_offered_more_than_it_can_do_is_called_so() {
    for (rate, seconds) in [(1200.0, 20.0), (1050.0, 60.0)] {
        for seed in 1..=10 {
            let r = run(&one(rate, server(1, exponential(1.0))), seed, 2.0, 2.0 + seconds);
            assert_eq!(r.warnings.len(), 1, "{rate}/s, seed {seed}: {:?}", r.warnings);
            assert!(r.warnings[0].starts_with("App server is not in a steady state: "), "{:?}", r.warnings);
        }
    }
}

#[test]
fn the_screen_hears_of_a_growing_queue_and_of_intervals() {
    let mut sim = Simulation::new(&one(1200.0, server(1, exponential(1.0)))).unwrap();
    let mut recorder = Recorder::new();
    recorder.advance(&mut sim, 10_000_000_000, u64::MAX);
    let snapshot = recorder.snapshot(&sim, 1.0);
    assert_eq!(snapshot.finding.growing, ["server"]);
    assert_eq!(snapshot.finding.health, Health::Saturated);
    assert!(snapshot.finding.sentence.ends_with("grows: averages and percentiles only say for how long."));
    // With more room the queue of 2,000 is done within seconds; what was before the change is no longer spoken of.
    sim.apply(&one(1200.0, server(4, exponential(1.0)))).unwrap();
    assert_eq!(recorder.snapshot(&sim, 1.0).finding.growing, [""; 0]);
    recorder.advance(&mut sim, 20_000_000_000, u64::MAX);
    // Another change, as small as can be, and again all that was before is forgotten. A change of place is none.
    sim.apply(&one(1200.1, server(4, exponential(1.0)))).unwrap();
    assert_eq!(recorder.snapshot(&sim, 1.0).confidence, None);
    recorder.advance(&mut sim, 80_000_000_000, u64::MAX);
    let mut moved = one(1200.1, server(4, exponential(1.0)));
    moved.nodes[0].x += 100.0;
    sim.apply(&moved).unwrap();
    let snapshot = recorder.snapshot(&sim, 1.0);
    assert_eq!(snapshot.finding.growing, [""; 0]);
    let theory = 1.0 + mmc_mean_wait(1.2, 1.0, 4);
    let [low, high] = snapshot.confidence.and_then(|c| c.mean).unwrap();
    assert!(low < theory && theory < high && high - low < 0.1 * theory, "{theory} in {low} to {high}");
    let [low, high] = snapshot.confidence.and_then(|c| c.p50).unwrap();
    assert!(0.5 < low && high < theory, "the median is far below the mean: {low} to {high}");
}

#[test]
fn a_busy_system_is_not() {
    // At ρ = 0.95 queues of a hundred come and go.
    for seconds in [1.0, 5.0, 20.0, 100.0] {
        for seed in 1..=25 {
            let r = run(&one(950.0, server(1, exponential(1.0))), seed, 2.0, 2.0 + seconds);
            assert_eq!(r.warnings, [""; 0], "{seconds} s, seed {seed}");
        }
    }
}

#[test]
fn a_queue_that_fills_up_while_it_is_measured_is_spoken_of() {
    let bounded = json!({"slots": 1, "service_time": exponential(1.0), "queue_limit": 5000});
    // 500 a second too many: full after ten seconds of forty.
    let r = run(&one(1500.0, bounded), 1, 0.1, 40.0);
    assert_eq!(r.warnings.len(), 1);
    assert!(r.warnings[0].starts_with("App server was not in a steady state all the time: "), "{:?}", r.warnings);
}

#[test]
fn a_full_bounded_queue_is_a_steady_state() {
    let bounded = json!({"slots": 1, "service_time": exponential(1.0), "queue_limit": 50});
    let r = run(&one(1500.0, bounded), 1, 2.0, 62.0);
    assert_eq!(r.warnings, [""; 0]);
    let [low, high] = r.nodes["server"].confidence.and_then(|c| c.queue_mean).unwrap();
    let theory = mmck(1, 51, 1.5).waiting();
    assert!((low..=high).contains(&theory), "{theory} is not in {low} to {high}");
}

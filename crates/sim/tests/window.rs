//! The figures of the last while are of that while alone, and lines are drawn from steps that hold requests.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::design::Design;
use backpressure_sim::metrics::{Recorder, Series, Snapshot};
use common::{constant, design, open, server};
use serde_json::json;

/// Users and one server that is down from 4 s on.
fn failing() -> Design {
    let mut d = up(200.0, 5.0);
    let crash = json!({"trouble": {"fault": "crash"}, "schedule": {"when": "once", "at_s": 4.0, "for_s": 100.0}});
    d.faults = serde_json::from_value(json!([{"id": "f", "node": "web", "params": crash}])).unwrap();
    d
}

fn up(rate: f64, service_ms: f64) -> Design {
    design(
        &[("users", "users", open(rate)), ("web", "app_server", server(50, constant(service_ms)))],
        &[("users", "web")],
    )
}

/// Watches a run as the page does at a speed of 1, a snapshot every 66 ms.
fn watch(d: &Design, until_s: f64, mut seen: impl FnMut(&Snapshot)) -> Series {
    let mut sim = Simulation::new(d).unwrap_or_else(|p| panic!("{p:?}"));
    let mut recorder = Recorder::new();
    let mut at_ns = 0;
    while (at_ns as f64) < until_s * 1e9 {
        at_ns += 66_000_000;
        recorder.advance(&mut sim, at_ns, u64::MAX);
        seen(&recorder.snapshot(&sim, 1.0));
    }
    recorder.series(&sim)
}

#[test]
fn a_window_is_two_wall_seconds_long_and_a_quarter_more_at_most() {
    let mut longest: f64 = 0.0;
    watch(&failing(), 30.0, |s| {
        let now_s = s.now_ns as f64 / 1e9;
        assert!(s.window.seconds >= now_s.min(2.0) - 1e-9, "{} at {now_s}", s.window.seconds);
        longest = longest.max(s.window.seconds);
    });
    // A snapshot may come 66 ms after the mark is due.
    assert!(longest <= 2.5 + 2.0 * 0.066, "{longest}");
}

#[test]
fn what_is_over_for_longer_than_the_window_is_in_no_figure_of_it() {
    let mut last = Snapshot::default();
    watch(&failing(), 6.7, |s| last = s.clone());
    let w = &last.window;
    assert!(last.totals.answered > 700, "{} answered before", last.totals.answered);
    assert!(w.answered_per_s.abs() < 1e-9, "{} answered a second since", w.answered_per_s);
    assert_eq!(w.latency.count, 0, "no latency of what was answered before");
    let failed: f64 = w.failed_per_s.iter().map(|(_, n)| n).sum();
    assert!((failed - w.offered_per_s).abs() < 0.02 * w.offered_per_s, "{failed} of {} fail", w.offered_per_s);
}

#[test]
fn a_point_of_a_line_holds_requests_enough_and_a_line_points_enough() {
    for rate in [20.0, 200.0, 20_000.0] {
        let series = watch(&up(rate, 1.0), 10.0, |_| ());
        let requests = rate * series.step_s;
        assert!(series.points.len() >= 24, "{} points at {rate}/s", series.points.len());
        // Where a point holds fewer than fifty, half as many points would be too few.
        assert!(requests >= 45.0 || series.points.len() < 2 * 24 + 2, "{requests} a point at {rate}/s");
        assert!(requests < 120.0 || series.points.len() >= 120, "no coarser than need be at {rate}/s: {requests}");
    }
}

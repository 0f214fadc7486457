//! A workload as a picture: how much comes when, before anything runs. Drawn from the curve that arrivals are drawn from.

use super::curve::{Curve, Shape};
use super::params::{UsersParams, Workload};
use super::source::instants;
use crate::components::Outline;
use crate::design::Reader;
use serde_json::{Map, Value};

/// Values of a picture.
const POINTS: usize = 120;
/// Recorded instants to a value.
const ENOUGH: usize = 16;
/// How long a steady rate is drawn, s.
const STEADY_S: f64 = 60.0;
/// Rounds of calm and burst, or days, that are drawn.
const ROUNDS: f64 = 3.0;
/// Share of the span that shows what comes after the last change.
const AFTER: f64 = 1.25;
const NS: f64 = 1e9;

/// How the traffic of users with these parameters runs.
pub(super) fn outline(params: &Map<String, Value>) -> Outline {
    match UsersParams::read(params, &mut Reader::default()).workload {
        Workload::Open { rate_rps, shape, .. } => open(rate_rps, &shape),
        Workload::Closed { users, spawn_rate_per_s, .. } => {
            let (users, all_there_s) = (f64::from(users), f64::from(users) / spawn_rate_per_s);
            let there = |from: f64, to: f64| ((from + to) / 2.0 * spawn_rate_per_s).min(users);
            sampled(all_there_s * AFTER, "users", "", there)
        }
        Workload::Replay { at_s, .. } => {
            let (instants, _) = instants(&at_s, false);
            let before = |s: f64| instants.partition_point(|at| (*at as f64) < s * NS) as f64;
            // The last instant is in the picture too.
            let span = instants.last().map_or(0.0, |at| *at as f64 / NS).max(1e-3) * (1.0 + 1e-6);
            // Wide enough that one instant more or less does not make a wave of even traffic.
            let points = (instants.len() / ENOUGH).clamp(1, POINTS);
            pieces(points, span, "requests/s", "", |from, to| (before(to) - before(from)) / (to - from))
        }
    }
}

fn open(rate_rps: f64, shape: &Shape) -> Outline {
    let (span_s, note) = match shape {
        Shape::Steady {} => (STEADY_S, ""),
        Shape::Ramp { over_s, .. } => (over_s * AFTER, ""),
        Shape::Steps { every_s, steps, .. } => (every_s * f64::from(steps + 1), ""),
        Shape::Spike { at_s, for_s, .. } => ((at_s + for_s) * AFTER, ""),
        Shape::Diurnal { period_s, .. } => (period_s * ROUNDS, ""),
        Shape::Bursty { mean_burst_s, mean_calm_s, .. } => (
            (mean_calm_s + mean_burst_s) * ROUNDS,
            "bursts of mean length after calms of mean length; in the run both are random",
        ),
    };
    let curve = Curve::new(rate_rps, shape);
    let ns = |s: f64| (s * NS) as u64;
    let mean = |from: f64, to: f64| curve.between(ns(from), ns(to)) / (to - from);
    match shape {
        Shape::Bursty { burst_rps, mean_burst_s, mean_calm_s } => {
            let round = mean_calm_s + mean_burst_s;
            let at = |from: f64, to: f64| {
                if (from + to) / 2.0 % round < *mean_calm_s { mean(from, to) } else { *burst_rps }
            };
            sampled(span_s, "requests/s", note, at)
        }
        _ => sampled(span_s, "requests/s", note, mean),
    }
}

fn sampled(span_s: f64, unit: &'static str, note: &'static str, mean: impl Fn(f64, f64) -> f64) -> Outline {
    pieces(POINTS, span_s, unit, note, mean)
}

fn pieces(
    count: usize,
    span_s: f64,
    unit: &'static str,
    note: &'static str,
    mean: impl Fn(f64, f64) -> f64,
) -> Outline {
    let step = span_s / count as f64;
    let values = (0..count).map(|i| mean(step * i as f64, step * (i + 1) as f64)).collect();
    Outline { span_s, values, unit, note }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(workload: Value) -> Outline {
        outline(json!({ "workload": workload }).as_object().unwrap())
    }

    fn ends(o: &Outline) -> (f64, f64, f64) {
        let most = o.values.iter().copied().fold(0.0, f64::max);
        (o.values[0].round(), most.round(), o.values[POINTS - 1].round())
    }

    #[test]
    fn each_shape_is_drawn_from_where_it_begins_over_its_peak_to_where_it_ends() {
        let open = |shape: Value| of(json!({"workload": "open", "rate_rps": 100, "shape": shape}));
        assert_eq!(ends(&open(json!({"shape": "steady"}))), (100.0, 100.0, 100.0));
        // 1/120 of 37.5 s into a ramp of 400 over 30 s: the mean of its first piece is 2 above where it begins.
        assert_eq!(ends(&open(json!({"shape": "ramp", "to_rps": 500, "over_s": 30}))), (102.0, 500.0, 500.0));
        let steps = open(json!({"shape": "steps", "step_rps": 50, "every_s": 10, "steps": 2}));
        assert_eq!((ends(&steps), steps.span_s), ((100.0, 200.0, 200.0), 30.0));
        assert_eq!(
            ends(&open(json!({"shape": "spike", "peak_rps": 900, "at_s": 5, "for_s": 5}))),
            (100.0, 900.0, 100.0)
        );
        let day = open(json!({"shape": "diurnal", "peak_rps": 500, "period_s": 60}));
        // A fortieth of a day beside noon: 300 + 200 sin(x)/x at x = 2π/40.
        assert_eq!((ends(&day), day.span_s), ((101.0, 499.0, 101.0), 180.0));
        let bursts = open(json!({"shape": "bursty", "burst_rps": 700, "mean_burst_s": 1, "mean_calm_s": 3}));
        let burst = bursts.values.iter().filter(|v| **v == 700.0).count();
        assert_eq!((ends(&bursts), burst), ((100.0, 700.0, 700.0), POINTS / 4));
        assert!(!bursts.note.is_empty());
    }

    #[test]
    fn users_join_and_recorded_instants_are_counted() {
        let closed = of(json!({"workload": "closed", "users": 50, "spawn_rate_per_s": 10}));
        assert_eq!((ends(&closed), closed.span_s, closed.unit), ((0.0, 50.0, 50.0), 6.25, "users"));
        let replay = of(json!({"workload": "replay", "at_s": [1.7e9 + 1.0, 1.7e9 + 1.2, 1.7e9 + 13.0]}));
        let piece = |outline: &Outline| outline.span_s / outline.values.len() as f64;
        let requests: f64 = replay.values.iter().map(|v| v * piece(&replay)).sum();
        assert!(
            (requests - 3.0).abs() < 1e-6 && (replay.span_s - 12.0).abs() < 0.001,
            "{requests} in {} s",
            replay.span_s
        );
    }
    #[test]
    fn even_recorded_traffic_is_drawn_even() {
        let instants: Vec<f64> = (0..100).map(|i| f64::from(i) / 20.0).collect();
        let replay = of(json!({"workload": "replay", "at_s": instants}));
        let (least, most) = replay.values.iter().fold((f64::INFINITY, 0.0_f64), |(l, m), v| (l.min(*v), m.max(*v)));
        assert!(least > 19.0 && most < 21.5, "20 a second, drawn as {least} to {most}");
    }
}

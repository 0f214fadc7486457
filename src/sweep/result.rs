//! What a sweep gave: a sentence, two curves, a table.

use super::Names;
use super::axis::Axis;
use super::curve::{Curve, Line, curve};
use crate::metrics::scale::{latency, percent, short};
use crate::session::Sweep;
use backpressure_sim::analysis::sweep::Point;
use yew::prelude::*;

/// A value that was set: whole numbers whole.
fn set(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e9 { value.to_string() } else { short(value) }
}

/// The result as far as it has come; `axis` is what was swept.
pub fn result(sweep: &Sweep, names: &Names, axis: &Axis) -> Html {
    let (Some(first), Some(last)) = (sweep.values.first(), sweep.values.last()) else {
        return html! {
            <p class="sweep-none">
                { "How much can it take? A sweep runs the design at one value of a parameter after another, each for itself, and shows where latency turns \
                   upwards. The run on the canvas goes on." }
            </p>
        };
    };
    let shape = sweep.shape();
    let value = |i: Option<usize>| i.and_then(|i| sweep.values.get(i)).copied();
    let name = |id: &str| names.iter().find(|n| n.0 == id && !n.1.is_empty()).map_or(id.to_owned(), |n| n.1.clone());
    let points = || sweep.values.iter().copied().zip(&sweep.points).filter_map(|(v, p)| Some((v, p.as_ref()?)));
    let line = |name, token, dash, of: fn(&Point) -> f64| Line {
        name,
        token,
        dash,
        points: points().map(|(v, p)| (v, of(p))).collect(),
    };
    // Where a queue grows without end, latency says how long the run was: the axis is for the rest.
    let most = |of: fn(&Point) -> f64, room: bool| {
        points().filter(|(_, p)| !room || p.has_room()).map(|(_, p)| of(p)).fold(0.0, f64::max)
    };
    // `max` leaves out what is no number: where nothing was answered there is no latency.
    let worst = |p: &Point| p.latency_p99_ms;
    let highest = if most(worst, true) > 0.0 { most(worst, true) } else { most(worst, false) };
    let common = |title, top, lines| Curve {
        title,
        range: (first.min(*last), first.max(*last)),
        top,
        lines,
        knee: value(shape.knee),
        full: [
            value(shape.enough).map(|v| (f64::NEG_INFINITY, v)),
            value(shape.saturated).map(|v| (v, value(shape.enough).filter(|e| *e > v).unwrap_or(f64::INFINITY))),
        ],
        path: &axis.label,
    };
    let mut words = vec![[&axis.label, ":"].concat()];
    let at = |i: Option<usize>| value(i).map(|v| axis.with_unit(&set(v), " "));
    let why = "queues grow without end, or more than 1 % fails.";
    if let Some(v) = at(shape.knee) {
        words.push(if shape.falls {
            ["beyond ", &v, " latency falls little (the knee)."].concat()
        } else {
            ["at ", &v, " latency turns upwards (the knee)."].concat()
        });
    }
    if let Some(v) = at(shape.enough) {
        words.push(["From ", &v, " on there is enough: below, ", why].concat());
    }
    if let Some(v) = at(shape.saturated) {
        words.push(if points().any(|(_, p)| p.has_room()) {
            ["From ", &v, " there is no room left: ", why].concat()
        } else {
            ["No value has room: ", why].concat()
        });
    }
    if let Some(most) = shape.capacity.and_then(|i| sweep.points.get(i)?.as_ref()) {
        let limit = name(&shape.limit);
        let busy = if limit.is_empty() { String::new() } else { [", when ", &limit, " is busy all the time"].concat() };
        words.push(["Capacity: about ", &short(most.throughput_per_s), " requests/s", &busy, "."].concat());
    }
    if words.len() == 1 {
        words.clear();
    }
    if points().any(|(_, p)| worst(p) > highest) {
        words.push(["Latency above ", &latency(highest), " is cut off in the curve; the table has it."].concat());
    }
    let row = |(v, p): (f64, &Point)| {
        html! {
            <tr>
                <th scope="row">{ set(v) }</th>
                <td>{ short(p.offered_per_s) }</td><td>{ short(p.throughput_per_s) }</td><td>{ percent(p.failed_share) }</td>
                { for [p.latency_mean_ms, p.latency_p50_ms, p.latency_p95_ms, p.latency_p99_ms].map(|ms| html! {
                    <td>{ if ms.is_finite() { latency(ms) } else { "–".to_owned() } }</td>
                }) }
                <td>{ name(&p.busiest) }</td><td>{ if p.busiest.is_empty() { String::new() } else { percent(p.utilisation) } }</td>
                <td>{ match () {
                    () if !p.latency_mean_ms.is_finite() => "nothing was answered",
                    () if !p.steady => "not steady: latency says how long the run was",
                    () => "",
                } }</td>
            </tr>
        }
    };
    html! { <>
        <p class="sweep-words" role="status" data-testid="sweep-words">{ words.join(" ") }</p>
        <div class="sweep-curves">
            { curve(&common("Latency, ms", highest * 1.05, vec![
                line("p99", "--series-2", "5 3", |p| p.latency_p99_ms),
                line("p95", "--series-3", "2 2", |p| p.latency_p95_ms),
                line("p50", "--series-1", "", |p| p.latency_p50_ms),
            ])) }
            { curve(&common("Requests, per second", most(|p| p.offered_per_s, false) * 1.05, vec![
                line("offered", "--series-2", "5 3", |p| p.offered_per_s),
                line("answered", "--series-1", "", |p| p.throughput_per_s),
                line("in time", "--series-3", "2 2", |p| p.goodput_per_s),
            ])) }
        </div>
        <div class="sweep-table"><table class="table">
            <caption>{ "The same on the command line: " }<code>{ sweep.command.clone() }</code></caption>
            <thead><tr>
                { for [axis.with_unit(&axis.name, ", ").as_str(), "offered /s", "answered /s", "failed", "mean", "p50", "p95", "p99", "busiest", "utilisation", ""].into_iter()
                    .map(|head| html! { <th scope="col">{ head.to_owned() }</th> }) }
            </tr></thead>
            <tbody>{ for points().map(row) }</tbody>
        </table></div>
    </> }
}

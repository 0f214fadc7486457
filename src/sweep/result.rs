//! What a sweep gave: a sentence, two curves, a table.

use super::Names;
use super::curve::{Curve, Line, curve};
use crate::metrics::scale::{latency, percent, short};
use crate::session::Sweep;
use backpressure_sim::analysis::sweep::Point;
use yew::prelude::*;

/// The result as far as it has come; `label` says what was swept.
pub fn result(sweep: &Sweep, names: &Names, label: &str) -> Html {
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
    let worst = |p: &Point| p.latency_p99_ms;
    let highest = if most(worst, true) > 0.0 { most(worst, true) } else { most(worst, false) };
    let common = |title, top, lines| Curve {
        title,
        range: (first.min(*last), first.max(*last)),
        top,
        lines,
        knee: value(shape.knee),
        saturated: value(shape.saturated),
        path: label,
    };
    let mut words = Vec::new();
    if let Some(v) = value(shape.knee) {
        words.push(["Latency turns upwards (the knee) at ", &short(v), ": ", label, "."].concat());
    }
    if let Some(v) = value(shape.saturated) {
        words.push(
            ["From ", &short(v), " there is no room left: queues grow without end, or more than 1 % fails."].concat(),
        );
    }
    if shape.capacity_per_s > 0.0 {
        let limit = name(&shape.limit);
        words.push(
            ["Capacity: about ", &short(shape.capacity_per_s), " requests/s, when ", &limit, " is busy all the time."]
                .concat(),
        );
    }
    if points().any(|(_, p)| worst(p) > highest) {
        words.push(["Latency above ", &latency(highest), " is cut off in the curve; the table has it."].concat());
    }
    let row = |(v, p): (f64, &Point)| {
        html! {
            <tr>
                <th scope="row">{ short(v) }</th>
                <td>{ short(p.offered_per_s) }</td><td>{ short(p.throughput_per_s) }</td><td>{ percent(p.failed_share) }</td>
                <td>{ latency(p.latency_mean_ms) }</td><td>{ latency(p.latency_p50_ms) }</td><td>{ latency(p.latency_p95_ms) }</td><td>{ latency(p.latency_p99_ms) }</td>
                <td>{ name(&p.busiest) }</td><td>{ percent(p.utilisation) }</td>
                <td>{ if p.steady { "" } else { "not steady: latency says how long the run was" } }</td>
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
            <caption>{ ["The same on the command line: backpressure sweep DESIGN.json --set ", &sweep.path, "=VALUES"].concat() }</caption>
            <thead><tr>
                { for [sweep.path.as_str(), "offered /s", "answered /s", "failed", "mean", "p50", "p95", "p99", "busiest", "utilisation", ""].into_iter()
                    .map(|head| html! { <th scope="col">{ head.to_owned() }</th> }) }
            </tr></thead>
            <tbody>{ for points().map(row) }</tbody>
        </table></div>
    </> }
}

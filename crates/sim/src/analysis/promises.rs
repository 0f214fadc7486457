//! Which of its promises a run breaks while it is watched. The tests of [`super::assertions`] make runs of their own; this
//! looks at what happened lately.

use super::assertions::{Assertion, Figure, called, holds, parse, percentile};
use crate::design::Design;
use crate::metrics::{Latency, LatencyReport, MAX_REMARKS, Snapshot};

/// Requests below which the last while says little.
const FEW: f64 = 20.0;

/// Says first what is broken, if anything is.
#[inline(never)]
pub fn say(design: &Design, snapshot: &mut Snapshot) {
    if let Some(said) = broken(design, snapshot) {
        snapshot.remarks.insert(0, said);
        snapshot.telling = true;
        snapshot.remarks.truncate(MAX_REMARKS);
    }
}

/// The first promise that does not hold lately, as a sentence with the component it is said of, and how many others do not. What a
/// promise says of another rate, of losses and of the cost takes runs of its own and is not looked at.
pub fn broken(design: &Design, snapshot: &Snapshot) -> Option<(String, String)> {
    let mut all = design.assertions.iter().filter_map(|text| {
        let Ok(Assertion::Figure { figure, of, less, or_equal, bound, unit, rate_rps: None }) = parse(text) else {
            return None;
        };
        let (node, measured) = lately(design, snapshot, figure, of.as_deref())?;
        let measured = unit.of(measured);
        let decimals = 2 - usize::from(measured >= 10.0) - usize::from(measured >= 100.0);
        (!holds(measured, less, or_equal, bound)).then(|| {
            (node, format!("Promise broken: “{text}”, but lately it is {measured:.decimals$}{}", unit.label()))
        })
    });
    let (node, first) = all.next()?;
    let sentence = match all.count() {
        0 => first + ".",
        more => format!("{first}; {more} more not kept."),
    };
    Some((node, sentence))
}

/// A figure of the last while, in ms or as a share, and whose it is.
fn lately(design: &Design, snapshot: &Snapshot, figure: Figure, of: Option<&str>) -> Option<(String, f64)> {
    let window = &snapshot.window;
    let failed: f64 = window.failed_per_s.iter().map(|(_, n)| n).sum();
    let ended = window.answered_per_s + failed;
    if ended * window.seconds < FEW {
        return None;
    }
    let percentile = |latency: Latency, which| percentile(&LatencyReport::new(latency, None), which);
    let users = || design.nodes.iter().find(|n| n.kind == "users").map(|n| n.id.clone()).unwrap_or_default();
    let node = || {
        let id = &called(design, of?)?.id;
        snapshot.nodes.iter().find(|n| n.id == *id)
    };
    let of_node = |value: Option<f64>| Some((node()?.id.clone(), value?));
    let of_users = |value: f64| value.is_finite().then(|| (users(), value));
    match figure {
        Figure::Latency(which) => match of {
            None => of_users(percentile(window.latency, which)),
            Some(name) => {
                let endpoint = snapshot.endpoints.iter().find(|e| e.name == name)?;
                let its = percentile(endpoint.latency, which);
                its.is_finite().then(|| (endpoint.node.clone(), its))
            }
        },
        Figure::ErrorRate => of_users(failed / ended),
        Figure::Availability => of_users(1.0 - failed / ended),
        Figure::Throughput => of_users(window.answered_per_s),
        Figure::Goodput => of_users(window.in_time_per_s),
        Figure::Utilisation => of_node(node()?.utilisation),
        Figure::Queue => of_node(Some(node()?.queue_mean)),
        Figure::HitRatio => of_node(node()?.hit_ratio),
        Figure::Stale | Figure::Degraded | Figure::Cost => None,
    }
}

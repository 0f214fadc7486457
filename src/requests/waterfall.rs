//! One request as a waterfall: every call it caused as a bar, from sent to answered.

use crate::canvas::figures;
use backpressure_sim::metrics::{RequestTrace, SpanTrace};
use yew::prelude::*;

fn depth(trace: &RequestTrace, span: &SpanTrace) -> usize {
    let (mut at, mut depth) = (span.parent, 0);
    while let Some(parent) = at.and_then(|p| trace.spans.get(usize::from(p))) {
        at = parent.parent;
        depth += 1;
        if depth > 30 {
            break;
        }
    }
    depth
}

/// The waterfall of one request.
pub fn waterfall(trace: &RequestTrace, name: &dyn Fn(&str) -> String) -> Html {
    let end = trace.spans.iter().filter_map(|s| s.to_ms).fold(trace.latency_ms, f64::max).max(1e-6);
    let share = |ms: f64| ms / end * 100.0;
    let line = |(i, s): (usize, &SpanTrace)| {
        let to = s.to_ms.unwrap_or(end);
        // There and back take equally long; then it waits, is worked on, and waits for its own calls.
        let half = s.network_ms / 2.0;
        let part = |from: f64, ms: f64, class: &'static str| {
            html! { <i class={class} style={format!("left: {:.2}%; width: {:.2}%", share(from), share(ms))} /> }
        };
        let text = format!(
            "{}: network {}, waiting {}, work {}, its own calls {}; {}",
            name(&s.node),
            figures::text(figures::duration, s.network_ms),
            figures::text(figures::duration, s.queueing_ms),
            figures::text(figures::duration, s.service_ms),
            figures::text(figures::duration, s.downstream_ms),
            figures::reason(&s.outcome),
        );
        let good = matches!(s.outcome.as_str(), "ok" | "hit" | "miss");
        html! {
            <tr key={i} title={text.clone()}>
                <th scope="row" style={format!("padding-left: {}px", depth(trace, s) * 12)}>{ name(&s.node) }</th>
                <td class="waterfall-track">
                    <span class="visually-hidden">{ text }</span>
                    { part(s.from_ms, to - s.from_ms, "part-whole") }
                    { part(s.from_ms, half, "part-network") }
                    { part(s.from_ms + half, s.queueing_ms, "part-queueing") }
                    { part(s.from_ms + half + s.queueing_ms, s.service_ms, "part-service") }
                    { part(to - half, half, "part-network") }
                </td>
                <td class="number">{ figures::text(figures::duration, to - s.from_ms) }</td>
                <td data-failed={(!good).to_string()}>{ if s.outcome == "ok" { String::new() } else { figures::reason(&s.outcome).to_owned() } }</td>
            </tr>
        }
    };
    html! {
        <table class="table waterfall" data-testid="waterfall">
            <caption>{ format!("Request {}: {} {}, {} in {}", trace.request, trace.method, trace.path, trace.status, figures::text(figures::duration, trace.latency_ms)) }</caption>
            <tbody>{ for trace.spans.iter().enumerate().map(line) }</tbody>
        </table>
    }
}

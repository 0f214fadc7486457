//! Live figures of what is selected, in full.

use crate::canvas::{figures, status};
use crate::faults::trouble_label;
use crate::icons::{Symbol, icon};
use crate::session::{Note, RunView, Session, use_session};
use backpressure_sim::components::{Metric, MetricOf};
use backpressure_sim::metrics::{Health, LinkSnapshot, NodeSnapshot, OwnSnapshot};
use yew::prelude::*;

/// Properties of [`NodeFigures`] and [`LinkFigures`].
#[derive(Properties, PartialEq)]
pub struct FiguresProps {
    /// The page's session.
    pub session: Session,
    /// Id of the component or link.
    pub id: String,
}

/// Nothing before the run begins: zeros would only stand before the parameters.
fn read_node(run: &RunView, id: &str) -> Option<(NodeSnapshot, Health, String)> {
    if run.snapshot.now_ns == 0 {
        return None;
    }
    let index = run.snapshot.nodes.iter().position(|n| n.id == id)?;
    let node = run.snapshot.nodes.get(index)?.clone();
    let (health, word) =
        run.status.get(index).map_or((Health::Idle, String::new()), |s| (s.health, s.word.to_string()));
    Some((node, health, word))
}

fn read_link(run: &RunView, id: &str) -> Option<LinkSnapshot> {
    run.snapshot.links.iter().filter(|_| run.snapshot.now_ns > 0).find(|l| l.id == id).cloned()
}

fn figure(label: &'static str, value: String) -> Html {
    html! { <div class="live-figure" key={label}><dt>{ label }</dt><dd>{ value }</dd></div> }
}

fn kind_of(session: &Session, id: &str) -> String {
    session.editor().design().node(id).map(|n| n.kind.clone()).unwrap_or_default()
}

/// A figure that only this kind of component has.
fn own_figure(metric: &'static Metric, own: &OwnSnapshot) -> Html {
    let value = match metric.of {
        MetricOf::Count => {
            let total = figures::text(figures::count, own.value as u64);
            if own.recent > 0.0 { format!("{total}, {}", figures::text(figures::rate, own.recent)) } else { total }
        }
        MetricOf::Level => figures::text(figures::amount, own.value),
        MetricOf::Span => format!(
            "{}, p99 {}",
            figures::text(figures::duration, own.value),
            figures::text(figures::duration, own.recent)
        ),
    };
    html! { <div class="live-figure" key={metric.name} title={metric.help}><dt>{ metric.label }</dt><dd>{ value }</dd></div> }
}

/// Figures of a component.
#[component]
pub fn NodeFigures(props: &FiguresProps) -> Html {
    let live = {
        let id = props.id.clone();
        use_session(&props.session, |n| *n == Note::Run, move |s| read_node(&s.run(), &id))
    };
    let Some((node, health, word)) = &*live else {
        return html! { <p class="inspector-note live-none">{ "Press play to see live figures." }</p> };
    };
    let word = if word.is_empty() { status::word(*health).to_owned() } else { word.clone() };
    let whole = |n: u32| figures::text(figures::count, u64::from(n));
    let mut rows = vec![
        figure("Arrival rate", figures::text(figures::rate, node.rate_in_per_s)),
        figure("Answer rate", figures::text(figures::rate, node.rate_out_per_s)),
    ];
    if let Some(utilisation) = node.utilisation {
        rows.push(figure("Utilisation", figures::text(figures::percent, utilisation)));
        rows.push(figure("Slots busy", format!("{} of {}", whole(node.busy), whole(node.slots))));
    }
    if let Some(limit) = node.queue_limit {
        rows.push(figure("Queue", format!("{} of {}", whole(node.queue), whole(limit))));
        rows.push(figure("Queue, mean", figures::text(figures::amount, node.queue_mean)));
    }
    if let Some(ratio) = node.hit_ratio {
        rows.push(figure("Hit ratio", figures::text(figures::percent, ratio)));
        rows.push(figure("Evicted", figures::text(figures::rate, node.evictions_per_s)));
    }
    rows.push(figure("Inside", whole(node.inside)));
    rows.push(figure("Failing", figures::text(figures::rate, node.failed_per_s)));
    let kind = backpressure_sim::components::kind(kind_of(&props.session, &props.id).as_str());
    // What it could measure and never saw would only stand between the figures and the parameters.
    let mut at_zero = Vec::new();
    for (metric, own) in kind.map_or(&[][..], |k| k.metrics).iter().zip(&node.own) {
        let list = if *own == OwnSnapshot::default() { &mut at_zero } else { &mut rows };
        list.push(own_figure(metric, own));
    }
    if node.stale_per_s > 0.0 {
        rows.push(figure("Stale answers", figures::text(figures::rate, node.stale_per_s)));
    }
    let latency = &node.residence;
    let percentile = |label: &'static str, ms: f64| {
        let text = if latency.count == 0 { "–".to_owned() } else { figures::text(figures::duration, ms) };
        html! { <div class="latency-figure" key={label}><dt>{ label }</dt><dd>{ text }</dd></div> }
    };
    let failures = node.failed.iter().map(|(reason, n)| {
        html! { <li key={reason.clone()}><span>{ figures::reason(reason) }</span><span class="number">{ figures::text(figures::count, *n) }</span></li> }
    });
    html! {
        <div class="live" data-health={status::name(*health)}>
            <p class="live-status">
                <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path fill="currentColor" fill-rule="evenodd" d={status::shape(*health)} /></svg>
                { word }
            </p>
            { faults_now(&node.faults) }
            <dl class="live-figures">{ for rows }</dl>
            <details class="live-zero" hidden={at_zero.is_empty()}>
                <summary>{ icon(Symbol::ChevronRight, 14) }{ format!("{} more, at 0", at_zero.len()) }</summary>
                <dl class="live-figures">{ for at_zero }</dl>
            </details>
            <h2 class="inspector-heading">{ "Time spent here" }</h2>
            <dl class="latency-figures">
                { percentile("p50", latency.p50_ms) }
                { percentile("p95", latency.p95_ms) }
                { percentile("p99", latency.p99_ms) }
            </dl>
            <div class="live-failures" hidden={node.failed.is_empty()}>
                <h2 class="inspector-heading">{ "Failed so far, by reason" }</h2>
                <ul>{ for failures }</ul>
            </div>
        </div>
    }
}

/// What befalls it at this instant.
fn faults_now(faults: &[String]) -> Html {
    let names = faults.iter().map(|f| trouble_label(f)).collect::<Vec<_>>().join(", ");
    html! { <p class="live-faults" hidden={names.is_empty()}>{ "Fault now: " }{ names }</p> }
}

/// Figures of a link.
#[component]
pub fn LinkFigures(props: &FiguresProps) -> Html {
    let live = {
        let id = props.id.clone();
        use_session(&props.session, |n| *n == Note::Run, move |s| read_link(&s.run(), &id))
    };
    let Some(link) = &*live else {
        return html! { <p class="inspector-note live-none">{ "Press play to see live figures." }</p> };
    };
    html! {
        <div class="live">
            { faults_now(&link.faults) }
            <dl class="live-figures">
                { figure("Calls", figures::text(figures::rate, link.calls_per_s)) }
                { figure("Replies", figures::text(figures::rate, link.replies_per_s)) }
                { figure("Failed replies", figures::text(figures::rate, link.failed_per_s)) }
                { for (link.lost_per_s > 0.0).then(|| figure("Lost on the way", figures::text(figures::rate, link.lost_per_s))) }
                { for (link.retries > 0).then(|| figure("Retries so far", figures::text(figures::count, link.retries))) }
                { for link.breaker.as_ref().map(|state| figure("Circuit breaker", state.replace('_', "-"))) }
            </dl>
        </div>
    }
}

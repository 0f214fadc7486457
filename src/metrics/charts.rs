//! The five charts, all over the same stretch of simulated time, with one crosshair.

use super::MetricsProps;
use super::chart::{Data, Line};
use super::chart_view::{ChartView, ChartViewProps, Unit};
use super::scale::stretch;
use crate::canvas::description::name_of;
use crate::canvas::figures;
use crate::part::part;
use crate::session::{Note, SeriesRef, Session, use_session};
use backpressure_sim::metrics::{Point, Series, Window};
use std::collections::HashMap;
use std::rc::Rc;
use yew::prelude::*;

/// Most components drawn in the utilisation chart: the busiest. The table has all.
const MOST_NODES: usize = 5;
const COLOURS: [&str; 6] = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];
const DASHES: [&[f64]; 6] = [&[], &[6.0, 3.0], &[2.0, 3.0], &[9.0, 3.0, 2.0, 3.0], &[4.0, 2.0], &[1.0, 2.0]];

fn line(name: impl Into<String>, style: usize, values: Vec<Option<f32>>) -> Line {
    Line { name: name.into(), token: COLOURS[style % COLOURS.len()], dash: DASHES[style % DASHES.len()], values }
}

fn data(series: &Series, share: bool, lines: Vec<Line>) -> Rc<Data> {
    Rc::new(Data { start_s: series.start_s, step_s: series.step_s, lines, share })
}

fn each(series: &Series, value: impl Fn(&Point) -> Option<f32>) -> Vec<Option<f32>> {
    series.points.iter().map(value).collect()
}

fn throughput(series: &Series) -> Rc<Data> {
    let lines = vec![
        line("offered", 2, each(series, |p| Some(p.offered_per_s))),
        line("answered", 0, each(series, |p| Some(p.answered_per_s))),
        line("in time", 1, each(series, |p| Some(p.in_time_per_s))),
    ];
    data(series, false, lines)
}

fn latencies(series: &Series) -> Rc<Data> {
    let percentile = |i: usize| each(series, |p| p.latency_ms.map(|l| l[i]));
    let lines = vec![
        line("p99.9", 3, percentile(3)),
        line("p99", 2, percentile(2)),
        line("p95", 1, percentile(1)),
        line("p50", 0, percentile(0)),
    ];
    data(series, false, lines)
}

fn errors(series: &Series) -> Rc<Data> {
    let lines = series.reasons.iter().enumerate().map(|(i, reason)| {
        line(figures::reason(reason), i + 3, each(series, |p| Some(p.failed_per_s.get(i).copied().unwrap_or(0.0))))
    });
    data(series, false, lines.collect())
}

fn hits(series: &Series) -> Rc<Data> {
    let any = series.points.iter().any(|p| p.hit_ratio.is_some());
    let lines = if any { vec![line("hits", 0, each(series, |p| p.hit_ratio))] } else { Vec::new() };
    data(series, true, lines)
}

/// The busiest components of late, and which they are.
fn utilisation(series: &Series, names: &HashMap<String, String>) -> (Rc<Data>, Vec<usize>) {
    let recent = &series.points[series.points.len().saturating_sub(10)..];
    let load = |i: usize| recent.iter().filter_map(|p| p.nodes.get(i)).map(|n| n[0].max(0.0)).sum::<f32>();
    let ever = |i: usize| series.points.iter().any(|p| p.nodes.get(i).is_some_and(|n| n[0] > 0.0));
    let mut busiest: Vec<usize> = (0..series.node_ids.len()).filter(|i| ever(*i)).collect();
    // Few are wanted of perhaps many: the least busy goes, again and again.
    while busiest.len() > MOST_NODES {
        let least = (0..busiest.len()).min_by(|a, b| load(busiest[*a]).total_cmp(&load(busiest[*b])));
        busiest.remove(least.unwrap_or_default());
    }
    let lines = busiest.iter().enumerate().map(|(style, &i)| {
        let id = &series.node_ids[i];
        line(
            names.get(id).unwrap_or(id).clone(),
            style,
            each(series, |p| p.nodes.get(i).map(|n| n[0]).filter(|busy| !busy.is_nan())),
        )
    });
    (data(series, true, lines.collect()), busiest)
}

fn names(session: &Session) -> HashMap<String, String> {
    session.editor().design().nodes.iter().map(|n| (n.id.clone(), name_of(n).to_owned())).collect()
}

/// The last while, as the legends tell it: the figures of the headline, and how busy each node was, in the order of the chart's.
#[derive(Clone, Default, PartialEq)]
struct Lately {
    window: Window,
    named: String,
    busy: Vec<Option<f64>>,
}

impl Lately {
    fn read(session: &Session) -> Self {
        let run = session.run();
        let snapshot = &run.snapshot;
        if snapshot.events == 0 {
            return Self::default();
        }
        Self {
            window: snapshot.window.clone(),
            named: stretch(snapshot.window.seconds, snapshot.now_ns),
            busy: snapshot.nodes.iter().map(|n| n.utilisation).collect(),
        }
    }

    /// A figure for each line of a chart, in its order.
    fn figures(&self, chart: usize, series: &Series, nodes: &[usize]) -> Vec<Option<f64>> {
        let (w, l) = (&self.window, &self.window.latency);
        let failed = |reason: &String| w.failed_per_s.iter().find(|(name, _)| name == reason).map_or(0.0, |(_, n)| *n);
        match chart {
            _ if self.named.is_empty() => Vec::new(),
            0 => vec![Some(w.offered_per_s), Some(w.answered_per_s), Some(w.in_time_per_s)],
            1 if l.count > 0 => vec![Some(l.p999_ms), Some(l.p99_ms), Some(l.p95_ms), Some(l.p50_ms)],
            1 => Vec::new(),
            2 => series.reasons.iter().map(|reason| Some(failed(reason))).collect(),
            3 => vec![w.hit_ratio],
            _ => nodes.iter().map(|n| self.busy.get(*n).copied().flatten()).collect(),
        }
    }
}

/// The charts.
#[component]
pub fn Charts(props: &MetricsProps) -> Html {
    let series = use_session(&props.session, |n| *n == Note::Run, |s| s.run().series.clone());
    let lately = use_session(&props.session, |n| *n == Note::Run, Lately::read);
    let names = use_session(&props.session, |n| *n == Note::Design, names);
    let hover = use_state_eq(|| None::<usize>);
    let on_hover = {
        let hover = hover.setter();
        Callback::from(move |step: Option<usize>| hover.set(step))
    };
    let drawn = {
        let key: (SeriesRef, HashMap<String, String>) = ((*series).clone(), (*names).clone());
        use_memo(key, |(series, names)| {
            let s = series.get();
            let (busy, nodes) = utilisation(s, names);
            ([throughput(s), latencies(s), errors(s), hits(s), busy], nodes)
        })
    };
    let chart = |i: usize, title: &'static str, unit_words: &'static str, unit: Unit, nothing: &'static str| {
        part::<ChartView>(ChartViewProps {
            title: title.into(),
            unit_words: unit_words.into(),
            unit,
            data: drawn.0[i].clone(),
            lately: lately.figures(i, series.get(), &drawn.1),
            window: lately.named.clone().into(),
            nothing: nothing.into(),
            hover: *hover,
            on_hover: on_hover.clone(),
        })
    };
    html! {
        <div class="charts">
            { chart(0, "Throughput", "per s", Unit::PerS, "Nothing has run yet") }
            { chart(1, "Latency", "as users see it", Unit::Ms, "Nothing answered yet") }
            { chart(2, "Errors", "per s", Unit::PerS, "No request has failed") }
            { chart(3, "Cache hits", "of lookups", Unit::Share, "No cache was asked yet") }
            { chart(4, "Utilisation", "busiest", Unit::Share, "Nothing that can be busy has had work yet") }
        </div>
    }
}

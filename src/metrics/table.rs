//! Every figure of the charts as tables: for a screen reader, and for whoever wants the number.

use super::MetricsProps;
use super::scale::{latency, percent, short};
use crate::canvas::description::{label_of_kind, name_of};
use crate::canvas::figures;
use crate::session::{Note, Session, use_mounted};
use backpressure_sim::metrics::{Latency, Snapshot};
use gloo::timers::callback::Interval;
use yew::prelude::*;

/// Tables are written this often, wall ms: faster, nobody could read them.
const REFRESH_MS: u32 = 500;

#[derive(Clone, PartialEq)]
struct Row {
    id: String,
    name: String,
    kind: String,
    cells: Vec<String>,
}

#[derive(Clone, PartialEq)]
struct Content {
    run: Vec<(String, String)>,
    endpoints: Vec<Row>,
    rows: Vec<Row>,
}

fn read(session: &Session) -> Content {
    let (run, editor) = (session.run(), session.editor());
    let snapshot = &run.snapshot;
    let ms = |l: &Latency, x: f64| if l.count > 0 { latency(x) } else { "–".to_owned() };
    let rows = snapshot.nodes.iter().map(|n| {
        let node = editor.design().node(&n.id);
        let failed: u64 = n.failed.iter().map(|(_, k)| k).sum();
        let r = &n.residence;
        Row {
            id: n.id.clone(),
            name: node.map_or_else(|| n.id.clone(), |x| name_of(x).to_owned()),
            kind: node.map_or_else(String::new, |x| label_of_kind(&x.kind).to_owned()),
            cells: vec![
                run.status_of(&n.id).map_or("–", |s| s.word).to_owned(),
                short(n.rate_in_per_s),
                short(n.rate_out_per_s),
                n.utilisation.map_or("–".to_owned(), percent),
                n.queue.to_string(),
                short(n.queue_mean),
                ms(r, r.p50_ms),
                ms(r, r.p95_ms),
                ms(r, r.p99_ms),
                failed.to_string(),
                n.hit_ratio.map_or("–".to_owned(), percent),
            ],
        }
    });
    // With one group of users, whose request it is needs no words.
    let several = snapshot.endpoints.windows(2).any(|two| two[0].node != two[1].node);
    let endpoints = snapshot.endpoints.iter().map(|e| {
        let l = &e.latency;
        let statuses: Vec<String> =
            e.status_per_s.iter().map(|(status, rate)| format!("{status}: {}/s", short(*rate))).collect();
        Row {
            id: format!("{}/{}", e.node, e.name),
            name: match editor.design().node(&e.node).filter(|_| several) {
                Some(users) => [name_of(users), " · ", &e.name].concat(),
                None => e.name.clone(),
            },
            kind: e.route.clone(),
            cells: vec![statuses.join(", "), short(e.offered_per_s), ms(l, l.p50_ms), ms(l, l.p95_ms), ms(l, l.p99_ms)],
        }
    });
    Content { rows: rows.collect(), endpoints: endpoints.collect(), run: overall(snapshot) }
}

fn overall(s: &Snapshot) -> Vec<(String, String)> {
    let (t, w, l) = (&s.totals, &s.window, &s.window.latency);
    let ms = |x: f64| if l.count > 0 { latency(x) } else { "–".to_owned() };
    let mut rows = vec![
        ("Simulated time".to_owned(), format!("{:.3} s", s.now_ns as f64 / 1e9)),
        ("Events simulated".to_owned(), s.events.to_string()),
        ("Requests offered".to_owned(), t.offered.to_string()),
        ("Requests answered".to_owned(), t.answered.to_string()),
        ("Answered in time".to_owned(), t.in_time.to_string()),
        ("In flight".to_owned(), t.in_flight.to_string()),
    ];
    rows.extend(t.failed.iter().map(|(reason, n)| (format!("Failed: {}", figures::reason(reason)), n.to_string())));
    rows.extend([
        (format!("Throughput, last {} s", short(w.seconds)), format!("{}/s", short(w.answered_per_s))),
        ("Goodput".to_owned(), format!("{}/s", short(w.in_time_per_s))),
        ("Latency, mean".to_owned(), ms(l.mean_ms)),
    ]);
    if let Some(p) = &w.parts {
        for (part, x) in [
            ("on the network", p.network_ms),
            ("waiting in queues", p.queueing_ms),
            ("being served", p.service_ms),
            ("lost to failed attempts", p.lost_ms),
        ] {
            rows.push((format!("… {part}"), latency(x)));
        }
    }
    rows.extend([
        ("Latency, p50".to_owned(), ms(l.p50_ms)),
        ("Latency, p95".to_owned(), ms(l.p95_ms)),
        ("Latency, p99".to_owned(), ms(l.p99_ms)),
        ("Latency, p99.9".to_owned(), ms(l.p999_ms)),
    ]);
    rows
}

const ENDPOINT_HEADS: [&str; 5] = ["Answers by status", "Made, /s", "p50", "p95", "p99"];
const HEADS: [&str; 11] =
    ["Status", "In, /s", "Out, /s", "Utilisation", "Queue", "Queue, mean", "p50", "p95", "p99", "Failed", "Hit ratio"];

/// The tables.
#[component]
pub fn Tables(props: &MetricsProps) -> Html {
    let content = use_state_eq(|| read(&props.session));
    {
        let setter = content.setter();
        let session = props.session.clone();
        use_mounted(move || {
            let (own, late) = (session.clone(), setter.clone());
            let interval = Interval::new(REFRESH_MS, move || late.set(read(&own)));
            let own = session.clone();
            let subscription = session.subscribe(Callback::from(move |note: Note| {
                if note == Note::Design {
                    setter.set(read(&own));
                }
            }));
            (interval, subscription)
        });
    }
    html! {
        <div class="tables" data-testid="metrics-table" tabindex="0" role="group" aria-label="Tables">
            <table class="table table-run">
                <caption>{ "Requests of the users" }</caption>
                <tbody>
                    { for content.run.iter().enumerate().map(|(i, (name, value))| html! {
                        <tr key={i}><th scope="row">{ name }</th><td class="number">{ value }</td></tr>
                    }) }
                </tbody>
            </table>
            <div class="tables-wide">
                { grid("Components", ["Component", "Kind"], &HEADS, &content.rows) }
                { grid("Endpoints", ["Endpoint", "Request"], &ENDPOINT_HEADS, &content.endpoints) }
            </div>
        </div>
    }
}

/// A table of rows with a name, a kind, a word and figures.
fn grid(caption: &'static str, first: [&'static str; 2], heads: &'static [&'static str], rows: &[Row]) -> Html {
    html! {
        <table class="table table-wide" hidden={rows.is_empty()}>
            <caption>{ caption }</caption>
            <thead>
                <tr>
                    <th scope="col">{ first[0] }</th><th scope="col">{ first[1] }</th>
                    { for heads.iter().enumerate().map(|(i, h)| html! { <th key={*h} scope="col" class={(i > 0).then_some("number")}>{ *h }</th> }) }
                </tr>
            </thead>
            <tbody>
                { for rows.iter().map(|row| html! {
                    <tr key={row.id.clone()}>
                        <th scope="row">{ &row.name }</th><td>{ &row.kind }</td>
                        { for row.cells.iter().zip(heads).enumerate().map(|(i, (cell, head))| html! {
                            <td key={i} class={(i > 0).then_some("number")} data-label={*head}>{ cell }</td>
                        }) }
                    </tr>
                }) }
            </tbody>
        </table>
    }
}

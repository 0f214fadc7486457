//! Every figure of the charts as tables: for a screen reader, and for whoever wants the number.

use super::MetricsProps;
use super::scale::{latency, percent, short};
use crate::canvas::description::{label_of_kind, name_of};
use crate::canvas::figures;
use crate::session::{Note, Session, use_mounted};
use backpressure_sim::metrics::{Latency, Snapshot};
use gloo::timers::callback::Interval;
use std::cell::Cell;
use std::rc::Rc;
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
    /// Which columns of the components hold anything.
    shown: Shown,
}

/// Columns that held anything since a document was opened: one that is there stays, though a cache may idle for a while.
#[derive(Clone, Copy, Default, PartialEq)]
struct Shown {
    opened: u64,
    columns: [bool; HEADS.len()],
}

impl Shown {
    /// Takes in the rows of another moment.
    fn and(self, opened: u64, rows: &[Row]) -> Self {
        let mut columns = if self.opened == opened { self.columns } else { HEADS.map(|head| !head.optional) };
        for (i, column) in columns.iter_mut().enumerate() {
            *column |= rows.iter().any(|row| row.cells.get(i).is_some_and(|cell| cell != NOTHING));
        }
        Self { opened, columns }
    }
}

/// A figure that there is not.
const NOTHING: &str = "–";

fn read(session: &Session, shown: Shown) -> Content {
    let (run, editor) = (session.run(), session.editor());
    let snapshot = &run.snapshot;
    let ms = |l: &Latency, x: f64| if l.count > 0 { latency(x) } else { NOTHING.to_owned() };
    let rows = snapshot.nodes.iter().map(|n| {
        let node = editor.design().node(&n.id);
        let failed: u64 = n.failed.iter().map(|(_, k)| k).sum();
        let r = &n.residence;
        Row {
            id: n.id.clone(),
            name: node.map_or_else(|| n.id.clone(), |x| name_of(x).to_owned()),
            kind: node.map_or_else(String::new, |x| label_of_kind(&x.kind).to_owned()),
            cells: vec![
                run.status_of(&n.id).map_or(NOTHING, |s| s.word).to_owned(),
                short(n.rate_in_per_s),
                short(n.rate_out_per_s),
                n.utilisation.map_or(NOTHING.to_owned(), percent),
                n.queue.to_string(),
                short(n.queue_mean),
                ms(r, r.p50_ms),
                ms(r, r.p95_ms),
                ms(r, r.p99_ms),
                failed.to_string(),
                n.hit_ratio.map_or(NOTHING.to_owned(), percent),
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
    let rows: Vec<Row> = rows.collect();
    let shown = shown.and(editor.opened(), &rows);
    Content { shown, rows, endpoints: endpoints.collect(), run: overall(snapshot) }
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

/// The head of a column: short, because the table stands beside the inspector, and what it stands for.
#[derive(Clone, Copy)]
struct Head {
    short: &'static str,
    whole: &'static str,
    /// Is it left out where it holds nothing?
    optional: bool,
}

const fn head(short: &'static str, whole: &'static str) -> Head {
    Head { short, whole, optional: false }
}

const fn optional(short: &'static str, whole: &'static str) -> Head {
    Head { short, whole, optional: true }
}

const ENDPOINT_HEADS: [Head; 5] = [
    head("Answers by status", "Answers by status, per second"),
    head("Made/s", "Requests made, per second"),
    head("p50", "Median latency"),
    head("p95", "95th percentile of the latency"),
    head("p99", "99th percentile of the latency"),
];
const HEADS: [Head; 11] = [
    head("Status", "Status"),
    head("In/s", "Calls that come in, per second"),
    head("Out/s", "Answers that leave, per second"),
    optional("Util", "Utilisation: share of the slots busy"),
    head("Queue", "Requests waiting"),
    head("Mean", "Requests waiting, on average"),
    head("p50", "Median of the time spent here"),
    head("p95", "95th percentile of the time spent here"),
    head("p99", "99th percentile of the time spent here"),
    head("Failed", "Calls failed here since the start"),
    optional("Hits", "Hit ratio: hits of all lookups"),
];

/// The tables.
#[component]
pub fn Tables(props: &MetricsProps) -> Html {
    let content = use_state_eq(|| read(&props.session, Shown::default()));
    {
        let setter = content.setter();
        let session = props.session.clone();
        use_mounted(move || {
            let shown = Rc::new(Cell::new(Shown::default()));
            let own = session.clone();
            let write = move || {
                let content = read(&own, shown.get());
                shown.set(content.shown);
                setter.set(content);
            };
            let late = write.clone();
            let interval = Interval::new(REFRESH_MS, late);
            let subscription = session.subscribe(Callback::from(move |note: Note| {
                if note == Note::Design {
                    write();
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
                { grid("Components", ["Component", "Kind"], &HEADS, &content.shown.columns, &content.rows) }
                { grid("Endpoints", ["Endpoint", "Request"], &ENDPOINT_HEADS, &[true; ENDPOINT_HEADS.len()], &content.endpoints) }
            </div>
        </div>
    }
}

/// A table of rows with a name, a kind, a word and figures.
fn grid(caption: &'static str, first: [&'static str; 2], heads: &'static [Head], shown: &[bool], rows: &[Row]) -> Html {
    let columns = || heads.iter().enumerate().filter(|(i, _)| shown[*i]);
    html! {
        <table class="table table-wide" hidden={rows.is_empty()}>
            <caption>{ caption }</caption>
            <thead>
                <tr>
                    <th scope="col">{ first[0] }</th><th scope="col">{ first[1] }</th>
                    { for columns().map(|(i, h)| html! {
                        <th key={h.short} scope="col" title={h.whole} aria-label={h.whole} class={(i > 0).then_some("number")}>{ h.short }</th>
                    }) }
                </tr>
            </thead>
            <tbody>
                { for rows.iter().map(|row| html! {
                    <tr key={row.id.clone()}>
                        <th scope="row" title={[&row.name, " · ", &row.kind].concat()}>{ &row.name }</th><td>{ &row.kind }</td>
                        { for columns().map(|(i, head)| html! {
                            <td key={i} class={(i > 0).then_some("number")} data-label={head.short}>{ &row.cells[i] }</td>
                        }) }
                    </tr>
                }) }
            </tbody>
        </table>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: [&str; HEADS.len()]) -> Row {
        let cells = cells.map(str::to_owned).to_vec();
        Row { id: "n".to_owned(), name: "N".to_owned(), kind: String::new(), cells }
    }

    #[test]
    fn columns_that_no_component_has_a_figure_for_are_left_out_and_once_there_they_stay() {
        let heads = |shown: Shown| {
            let heads = HEADS.iter().zip(shown.columns);
            heads.filter(|(_, shown)| *shown).map(|(head, _)| head.short).collect::<Vec<_>>().join(" ")
        };
        let idle = row(["–", "0", "0", "–", "0", "0", "–", "–", "–", "0", "–"]);
        let server = row(["Healthy", "9", "9", "40 %", "0", "0", "1 ms", "2 ms", "3 ms", "0", "–"]);
        let cache = row(["Healthy", "9", "9", "–", "0", "0", "1 ms", "2 ms", "3 ms", "0", "80 %"]);
        let shown = Shown::default().and(1, std::slice::from_ref(&idle));
        assert_eq!(heads(shown), "Status In/s Out/s Queue Mean p50 p95 p99 Failed");
        let shown = shown.and(1, &[idle.clone(), server]);
        assert_eq!(heads(shown), "Status In/s Out/s Util Queue Mean p50 p95 p99 Failed");
        let shown = shown.and(1, &[cache]);
        assert!(heads(shown).ends_with("Util Queue Mean p50 p95 p99 Failed Hits"));
        assert_eq!(
            shown.and(1, std::slice::from_ref(&idle)).columns,
            shown.columns,
            "nobody looks anything up for a while"
        );
        assert!(!heads(shown.and(2, &[idle])).contains("Hits"), "another design");
    }
}

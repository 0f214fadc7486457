//! The figures everybody asks for first.

use super::MetricsProps;
use super::scale::{latency, percent, short, stretch};
use crate::canvas::figures;
use crate::session::{Note, Session, use_session};
use yew::prelude::*;

type Figure = (&'static str, &'static str, String);

fn read(session: &Session) -> Vec<Figure> {
    let run = session.run();
    let (w, t) = (&run.snapshot.window, &run.snapshot.totals);
    let any = run.snapshot.events > 0;
    // Not `sum`: of nothing it makes -0.
    let failed = w.failed_per_s.iter().fold(0.0, |all, (_, n)| all + n);
    let ended = w.answered_per_s + failed;
    let rate = |x: f64| if any { format!("{}/s", short(x)) } else { "–".to_owned() };
    let ms = |x: f64| if w.latency.count > 0 { latency(x) } else { "–".to_owned() };
    vec![
        ("Throughput", "throughput", rate(w.answered_per_s)),
        ("Goodput", "goodput", rate(w.in_time_per_s)),
        ("p50", "p50", ms(w.latency.p50_ms)),
        ("p95", "p95", ms(w.latency.p95_ms)),
        ("p99", "p99", ms(w.latency.p99_ms)),
        ("p99.9", "p999", ms(w.latency.p999_ms)),
        ("Errors", "errors", if ended > 0.0 { percent(failed / ended) } else { "–".to_owned() }),
        ("In flight", "in-flight", if any { figures::text(figures::count, t.in_flight) } else { "–".to_owned() }),
        ("Over", "window", if any { stretch(w.seconds, run.snapshot.now_ns) } else { "–".to_owned() }),
    ]
}

fn help(key: &str) -> &'static str {
    match key {
        "throughput" => "Requests answered per simulated second",
        "goodput" => "Requests answered within their deadline, per simulated second",
        "errors" => "Share of requests that failed",
        "window" => "The simulated time that these figures and those beside the charts are of",
        "in-flight" => "Requests made and not yet answered",
        _ => "Percentile of the latency that users see",
    }
}

/// A row of figures over the last stretch of simulated time.
#[component]
pub fn Headline(props: &MetricsProps) -> Html {
    let figures = use_session(&props.session, |n| *n == Note::Run, read);
    html! {
        <dl class="headline" tabindex="0">
            { for figures.iter().map(|(label, key, value)| html! {
                <div key={*key} class="headline-figure" title={help(key)} data-headline={*key}><dt>{ *label }</dt><dd>{ value }</dd></div>
            }) }
        </dl>
    }
}

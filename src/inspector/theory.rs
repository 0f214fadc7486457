//! What theory says of the component beside what the simulation gives, or which assumption of theory fails.

use super::live::FiguresProps;
use crate::session::{Note, Session, use_session};
use backpressure_sim::analysis::comparison::{Compared, Comparison, Quantity};
use yew::prelude::*;

fn read(session: &Session, id: &str) -> Option<Comparison> {
    let run = session.run();
    if run.snapshot.now_ns == 0 {
        return None;
    }
    run.theory.iter().find(|(node, _)| node == id).map(|(_, said)| said.clone())
}

/// A figure with four digits: intervals are narrow, and their ends are to be told apart.
fn shown(figure: Quantity, value: f64) -> String {
    let (value, unit) = match figure {
        Quantity::TimeMs | Quantity::TimeP99Ms => (value, "\u{202f}ms"),
        Quantity::Waiting | Quantity::Inside => (value, ""),
        Quantity::Utilisation | Quantity::Refused | Quantity::HitRatio => (value * 100.0, "\u{202f}%"),
        Quantity::Throughput => (value, "/s"),
    };
    let decimals = match value {
        // What is rare is still not nothing.
        v if v > 0.0 && v < 0.01 => 5 + 3 * usize::from(v < 1e-4),
        v if v < 10.0 => 3,
        v => 2 - usize::from(v >= 100.0) - usize::from(v >= 1000.0),
    };
    format!("{value:.decimals$}{unit}")
}

fn row(compared: &Compared) -> Html {
    let figure = compared.figure;
    let interval = compared
        .interval
        .map_or_else(String::new, |[low, high]| [&shown(figure, low), " to ", &shown(figure, high)].concat());
    let (verdict, words) = match compared.agrees {
        Some(true) => ("agrees", "agrees"),
        Some(false) => ("differs", "differs"),
        None => ("open", "too early"),
    };
    html! {
        <tr key={figure.label()} data-verdict={verdict}>
            <th scope="row">{ figure.label() }</th>
            <td>{ shown(figure, compared.theory) }</td>
            <td>{ shown(figure, compared.simulated) }<small>{ interval }</small></td>
            <td>{ words }</td>
        </tr>
    }
}

/// Theory beside simulation.
#[component]
pub fn TheoryFigures(props: &FiguresProps) -> Html {
    let said = {
        let id = props.id.clone();
        use_session(&props.session, |n| *n == Note::Run, move |s| read(s, &id))
    };
    let Some(Comparison { model, reason, figures }) = (*said).clone() else {
        return html! { <span hidden=true /> };
    };
    let title = model.map_or("Theory".to_owned(), |name| ["Theory: ", &name].concat());
    html! {
        <section class="theory" data-testid="theory" aria-label="Theory">
            <h3 class="inspector-heading">{ title }</h3>
            <p class="inspector-note">{ reason }</p>
            <table hidden={figures.is_empty()}>
                <thead><tr><th scope="col"><span class="visually-hidden">{ "Figure" }</span></th><th scope="col">{ "Theory" }</th><th scope="col">{ "Simulation" }<small>{ "99 % interval" }</small></th><th scope="col"><span class="visually-hidden">{ "Verdict" }</span></th></tr></thead>
                <tbody>{ for figures.iter().map(row) }</tbody>
            </table>
        </section>
    }
}

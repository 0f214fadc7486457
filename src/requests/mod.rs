//! Single requests: a list to filter, the waterfall of one, and where the time of all of them goes.

mod waterfall;

use crate::canvas::description::name_of;
use crate::canvas::figures;
use crate::metrics::MetricsProps;
use crate::protocol::Requests;
use crate::session::{Note, RunCommand, Session, use_mounted, use_session};
use crate::storage::file;
use backpressure_sim::metrics::{ProfileRow, RequestTrace};
use std::rc::Rc;
use waterfall::waterfall;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Most rows of the list.
const MAX_ROWS: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Show {
    Latest,
    Slowest,
    Failed,
}

/// Shared, and equal only to itself: comparing batches would cost more than drawing them.
#[derive(Clone)]
struct Shared(Rc<Requests>);

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Records while it is held.
struct Recording(Session);

impl Drop for Recording {
    fn drop(&mut self) {
        self.0.command(RunCommand::Record(false));
    }
}

fn named(session: &Session, id: &str) -> String {
    session.editor().design().node(id).map_or(id, name_of).to_owned()
}

/// The panel.
#[component]
pub fn RequestsPanel(props: &MetricsProps) -> Html {
    let session = &props.session;
    {
        let session = session.clone();
        use_mounted(move || {
            session.command(RunCommand::Record(true));
            Recording(session)
        });
    }
    let data = use_session(session, |n| matches!(n, Note::Requests), |s| Shared(s.run().requests.clone()));
    let show = use_state(|| Show::Latest);
    let text = use_state(String::new);
    let chosen = use_state(|| None::<RequestTrace>);
    let requests = &data.0;
    let wanted = |t: &&RequestTrace| {
        let fits = text.is_empty()
            || t.endpoint.contains(text.as_str())
            || t.path.contains(text.as_str())
            || t.outcome.contains(text.as_str())
            || t.status.to_string() == **text;
        fits && (*show != Show::Failed || t.status != 200)
    };
    let list: Vec<&RequestTrace> = match *show {
        Show::Slowest => requests.slowest.iter().filter(wanted).collect(),
        _ => requests.recent.iter().rev().filter(wanted).take(MAX_ROWS).collect(),
    };
    let row = |t: &RequestTrace| {
        let on = chosen.as_ref().is_some_and(|c| c.request == t.request);
        let choose = {
            let (chosen, trace) = (chosen.setter(), t.clone());
            Callback::from(move |_: MouseEvent| chosen.set(Some(trace.clone())))
        };
        html! {
            <li key={t.request}>
                <button type="button" class="request" aria-pressed={on.to_string()} data-failed={(t.status != 200).to_string()} onclick={choose}>
                    <span class="number">{ format!("{:.3} s", t.at_s) }</span>
                    <span class="request-name">{ t.endpoint.clone() }</span>
                    <span class="request-status">{ t.status }</span>
                    <span class="number">{ figures::text(figures::duration, t.latency_ms) }</span>
                </button>
            </li>
        }
    };
    let rows: Html = list.iter().map(|t| row(t)).collect();
    let filter = {
        let text = text.setter();
        Callback::from(move |e: InputEvent| text.set(e.target_unchecked_into::<HtmlInputElement>().value()))
    };
    let pick = {
        let show = show.setter();
        Callback::from(move |e: Event| {
            show.set(match e.target_unchecked_into::<HtmlSelectElement>().value().as_str() {
                "slowest" => Show::Slowest,
                "failed" => Show::Failed,
                _ => Show::Latest,
            });
        })
    };
    let export = {
        let lines: Vec<RequestTrace> = list.iter().map(|t| (*t).clone()).collect();
        Callback::from(move |_: MouseEvent| {
            let mut out = String::new();
            for trace in &lines {
                out.push_str(&serde_json::to_string(trace).unwrap_or_default());
                out.push('\n');
            }
            let _ = file::download(&out, "requests.jsonl", "application/jsonl");
        })
    };
    let name = |id: &str| named(session, id);
    html! {
        <div class="requests" data-testid="requests">
            <div class="requests-list">
                <div class="requests-filter">
                    <select class="input" aria-label="Which requests" onchange={pick}>
                        <option value="latest" selected={*show == Show::Latest}>{ "Latest" }</option>
                        <option value="slowest" selected={*show == Show::Slowest}>{ "Slowest" }</option>
                        <option value="failed" selected={*show == Show::Failed}>{ "Failed" }</option>
                    </select>
                    <input class="input" type="search" placeholder="Endpoint, path, status" aria-label="Filter requests" oninput={filter} />
                    <button type="button" class="button button-small" disabled={list.is_empty()} onclick={export}>{ "JSON Lines" }</button>
                </div>
                <ul>{ rows }</ul>
                <p class="requests-none" hidden={!list.is_empty()}>{ "Press play: requests that are over appear here." }</p>
            </div>
            <div class="requests-one" tabindex="0" role="group" aria-label="The chosen request">
                if let Some(trace) = chosen.as_ref() { { waterfall(trace, &name) } } else { { profile(&requests.profile, &name) } }
                if chosen.is_some() {
                    <button type="button" class="button button-small" onclick={{ let chosen = chosen.setter(); Callback::from(move |_: MouseEvent| chosen.set(None)) }}>
                        { "Where the time of all requests goes" }
                    </button>
                } else { <span hidden=true /> }
            </div>
        </div>
    }
}

/// Where the time goes, path by path: a flame graph that can be read as a table.
fn profile(rows: &[ProfileRow], name: &dyn Fn(&str) -> String) -> Html {
    let total: f64 = rows.iter().map(|r| r.network_ms + r.queueing_ms + r.service_ms).sum();
    let bar = |ms: f64, class: &'static str, what: &str| {
        let share = if total > 0.0 { ms / total * 100.0 } else { 0.0 };
        html! { <i class={class} style={format!("width: {share:.2}%")} title={format!("{what} {}", figures::text(figures::duration, ms))} /> }
    };
    let line = |r: &ProfileRow| {
        let own = r.network_ms + r.queueing_ms + r.service_ms;
        let indent = r.path.len().saturating_sub(1) * 12;
        html! {
            <tr key={r.path.join("/")}>
                <th scope="row" style={format!("padding-left: {indent}px")}>{ name(r.path.last().map_or("", String::as_str)) }</th>
                <td class="profile-bars">{ bar(r.network_ms, "part-network", "network") }{ bar(r.queueing_ms, "part-queueing", "waiting") }{ bar(r.service_ms, "part-service", "work") }</td>
                <td class="number">{ figures::text(figures::duration, own) }</td>
                <td class="number">{ figures::text(figures::percent, if total > 0.0 { own / total } else { 0.0 }) }</td>
            </tr>
        }
    };
    html! {
        <table class="table profile">
            <caption>{ "Where the time of a request goes, on average over the latest: " }<b class="part-network">{ "network" }</b>{ ", " }<b class="part-queueing">{ "waiting" }</b>{ ", " }<b class="part-service">{ "work" }</b></caption>
            <thead><tr><th>{ "Component" }</th><th>{ "Share" }</th><th class="number">{ "Time" }</th><th class="number">{ "%" }</th></tr></thead>
            <tbody>{ for rows.iter().map(line) }</tbody>
        </table>
    }
}

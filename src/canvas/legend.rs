//! What the signs on the canvas mean, and how many requests a dot stands for.

use super::dots::clearness;
use super::stage::MAP;
use super::status;
use crate::icons::{Symbol, icon};
use crate::session::{Note, Session, use_session};
use backpressure_sim::metrics::Health;
use yew::prelude::*;

/// Properties of [`Legend`].
#[derive(Properties, PartialEq)]
pub struct LegendProps {
    /// The page's session.
    pub session: Session,
}

/// Latency of a link where nobody set another, ms: what the legend judges the speed by.
const USUAL_LATENCY_MS: f64 = 0.5;

/// Fates with their drawings on a 14 × 14 grid: path, filled or stroked.
const FATES: [(&str, &str, &str, bool); 5] = [
    ("fresh", "request", "M7 3.2a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6Z", true),
    ("hit", "cache hit", "M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4ZM7 6a1 1 0 1 1 0 2 1 1 0 0 1 0-2Z", false),
    ("miss", "cache miss", "M7 3.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8Z", false),
    ("answered", "answered", "M7 2.2 11.8 7 7 11.8 2.2 7Z", true),
    ("failed", "failed", "M3.8 3.8l6.4 6.4M10.2 3.8l-6.4 6.4", false),
];

/// What a line of the flow stands for: name, colour, word.
const FLOWS: [(&str, &str, &str); 3] =
    [("calls", "fresh", "calls"), ("replies", "answered", "replies"), ("failing", "failed", "failed replies")];

/// What a dot stands for at this instant, and whether there is a flow instead of dots.
fn meaning(session: &Session) -> (AttrValue, bool) {
    let run = session.run();
    if session.editor().camera().zoom < MAP {
        return (AttrValue::from("Coloured line = traffic"), true);
    }
    if clearness(USUAL_LATENCY_MS / run.speed.max(1e-9)) < 0.02 {
        return (AttrValue::from("Wider line = higher rate"), true);
    }
    let one = match run.one_dot_is {
        0 | 1 => AttrValue::from("1 dot = 1 request"),
        n => AttrValue::from(format!("1 dot = {n} requests")),
    };
    (one, false)
}

/// The legend.
#[component]
pub fn Legend(props: &LegendProps) -> Html {
    let open = use_state(|| {
        web_sys::window().and_then(|w| w.inner_width().ok()).and_then(|w| w.as_f64()).is_none_or(|w| w > 1280.0)
    });
    let shown = use_session(&props.session, |n| *n == Note::Run, meaning);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let fate = |(name, word, path, filled): &(&'static str, &'static str, &'static str, bool)| {
        html! {
            <li key={*name} style={format!("--colour: var(--fate-{name})")}>
                <svg class={if *filled { "is-filled" } else { "is-stroked" }} width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><path d={*path} /></svg>
                { *word }
            </li>
        }
    };
    let flow = |(name, fate, word): &(&'static str, &'static str, &'static str)| {
        html! {
            <li key={*name} style={format!("--colour: var(--fate-{fate})")}>
                <svg class="is-stroked" width="18" height="8" viewBox="0 0 18 8" aria-hidden="true"><path d="M1 4h6M11 4h6" stroke-width="3" /></svg>
                { *word }
            </li>
        }
    };
    let health = |health: Health| {
        html! {
            <li key={status::name(health)} data-health={status::name(health)}>
                <svg class="is-filled" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path fill-rule="evenodd" d={status::shape(health)} /></svg>
                { status::word(health).to_ascii_lowercase() }
            </li>
        }
    };
    html! {
        <div class={classes!("legend", (!*open).then_some("is-closed"))} data-testid="legend">
            <span class="legend-one-dot">{ shown.0.clone() }</span>
            <div id="legend-body" class="legend-body" hidden={!*open}>
                <ul class="legend-list" hidden={!shown.1}>{ for FLOWS.iter().map(flow) }</ul>
                <ul class="legend-list" hidden={shown.1}>
                    { for FATES.iter().map(fate) }
                    <li key="waiting" style="--colour: var(--fate-waiting)">
                        <svg class="is-filled" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
                            <path d="M3 4.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4ZM9.6 4.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4Z" />
                        </svg>
                        { "waiting" }
                    </li>
                </ul>
                <ul class="legend-list legend-health">
                    { for [Health::Healthy, Health::Busy, Health::Saturated, Health::Failing].into_iter().map(health) }
                </ul>
            </div>
            <button type="button" class="legend-toggle" aria-expanded={open.to_string()} aria-controls="legend-body"
                    aria-label={if *open { "Hide the legend" } else { "Show the legend" }} onclick={toggle}>
                { icon(if *open { Symbol::Close } else { Symbol::Info }, 14) }
            </button>
        </div>
    }
}

//! One sentence: what limits the system now, and the figures that say so.

use super::MetricsProps;
use super::problems::Problems;
use crate::canvas::description::name_of;
use crate::canvas::figures::unbroken;
use crate::canvas::status;
use crate::part::part;
use crate::session::{Note, RunPhase, Session, use_session};
use backpressure_editor::{Action, Selection};
use backpressure_sim::metrics::Finding;
use backpressure_sim::{Problem, Severity};
use yew::prelude::*;

/// Remarks shown beside the finding, the most important ones; the others wait behind a button.
const FIRST_REMARKS: usize = 2;
/// Remarks stand still so long while the clock runs, wall ms: figures that change many times a second cannot be read.
const REST_MS: f64 = 600.0;

/// The finding, whether there is a run, the remarks, and whether the first of them tells more than the finding.
fn read(session: &Session) -> (Finding, RunPhase, Vec<String>, bool) {
    let run = session.run();
    let editor = session.editor();
    let name = |id: &str| editor.design().node(id).map_or(id, name_of).to_owned();
    let remarks = run.snapshot.remarks.iter().map(|(node, text)| [&*name(node), " · ", &*unbroken(text)].concat());
    let mut finding = run.snapshot.finding.clone();
    if !finding.sentence.is_empty() {
        finding.sentence = unbroken(&finding.sentence);
    }
    if run.phase == RunPhase::Stopped {
        // What would be found if it ran; until then what keeps it from running, or nothing.
        let error = |p: &&Problem| p.severity == Severity::Error;
        let keeps = run.problems.iter().find(error).filter(|_| !editor.design().nodes.is_empty());
        finding.sentence = keeps.map(|p| p.message.clone()).unwrap_or_default();
    }
    (finding, run.phase.clone(), remarks.collect(), run.snapshot.telling)
}

/// The strip over the metrics panel.
#[component]
pub fn FindingStrip(props: &MetricsProps) -> Html {
    let now = use_session(&props.session, |n| matches!(n, Note::Run | Note::Problems), read);
    let (finding, phase, latest, telling) = &*now;
    let stopped = *phase == RunPhase::Stopped;
    let all = use_state_eq(|| false);
    let held = use_mut_ref(|| (0.0, Vec::<String>::new()));
    let wall_ms = js_sys::Date::now();
    if *phase != RunPhase::Running || (wall_ms - held.borrow().0).abs() > REST_MS {
        *held.borrow_mut() = (wall_ms, latest.clone());
    }
    let remarks = &held.borrow().1;
    let more = remarks.len().saturating_sub(FIRST_REMARKS);
    let shown = if *all { remarks.len() } else { FIRST_REMARKS };
    let toggle = {
        let all = all.clone();
        Callback::from(move |_: MouseEvent| all.set(!*all))
    };
    // A screen reader hears a change of the verdict, not of every figure in it.
    let said = use_state_eq(|| (None::<String>, status::name(finding.health), AttrValue::default()));
    {
        let (said, finding) = (said.clone(), finding.clone());
        use_effect_with(finding, move |finding| {
            if said.0 != finding.node || said.1 != status::name(finding.health) {
                said.set((finding.node.clone(), status::name(finding.health), finding.sentence.clone().into()));
            }
        });
    }
    let sentence = match (finding.sentence.is_empty(), stopped) {
        (false, _) => finding.sentence.clone(),
        (true, true) => {
            "Press play to run the design: this line will name the bottleneck and the figures that say so.".to_owned()
        }
        (true, false) => "No request has come yet.".to_owned(),
    };
    let show = finding.node.clone().map(|node| {
        let session = props.session.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            session.act(Action::Select(Selection::of_node(node.clone())));
            session.act(Action::Reveal { node: node.clone() });
        });
        html! { <button type="button" class="button button-small finding-show" {onclick}>{ "Show it" }</button> }
    });
    let health = if stopped { backpressure_sim::metrics::Health::Idle } else { finding.health };
    // What is longer than the strip is high scrolls, by keys as well; where little of it is seen, the most telling comes first.
    html! {
        <section class="finding" aria-label="Finding" data-health={status::name(health)}>
            <svg class="finding-shape" width="14" height="14" viewBox="0 0 12 12" aria-hidden="true"><path fill="currentColor" fill-rule="evenodd" d={status::shape(health)} /></svg>
            <div class="finding-words" tabindex="0" data-telling={telling.to_string()}>
                <p class="finding-sentence" data-testid="finding">{ sentence }</p>
                <ul id="finding-remarks" class="finding-remarks" data-testid="remarks" hidden={remarks.is_empty()}
                    tabindex={all.then_some("0")} aria-label="Remarks">
                    { for remarks.iter().take(shown).map(|text| html! { <li>{ text.clone() }</li> }) }
                </ul>
                <button type="button" class="finding-more" data-testid="remarks-more" hidden={more == 0} onclick={toggle}
                        aria-expanded={all.to_string()} aria-controls="finding-remarks">
                    { if *all { "Show less".to_owned() } else { format!("{more} more") } }
                </button>
            </div>
            { part::<Problems>(MetricsProps { session: props.session.clone() }) }
            <span class="finding-action">{ show.filter(|_| !stopped).unwrap_or_default() }</span>
            <span class="visually-hidden" role="status">{ said.2.clone() }</span>
        </section>
    }
}

//! One sentence: what limits the system now, and the figures that say so.

use super::MetricsProps;
use crate::canvas::description::name_of;
use crate::canvas::status;
use crate::session::{Note, RunPhase, Session, use_session};
use backpressure_editor::{Action, Selection};
use backpressure_sim::metrics::Finding;
use yew::prelude::*;

/// Most remarks shown beside the finding: more would not be read.
const MAX_REMARKS: usize = 2;

fn read(session: &Session) -> (Finding, bool, Vec<String>) {
    let run = session.run();
    let editor = session.editor();
    let name = |id: &str| editor.design().node(id).map_or(id, name_of).to_owned();
    let remarks = run.snapshot.remarks.iter().take(MAX_REMARKS).map(|(node, text)| format!("{}: {text}", name(node)));
    (run.snapshot.finding.clone(), run.phase == RunPhase::Stopped, remarks.collect())
}

/// The strip over the metrics panel.
#[component]
pub fn FindingStrip(props: &MetricsProps) -> Html {
    let now = use_session(&props.session, |n| matches!(n, Note::Run), read);
    let (finding, stopped, remarks) = &*now;
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
    let sentence = match (finding.sentence.is_empty(), *stopped) {
        (false, false) => finding.sentence.clone(),
        _ => "Press play to run the design: this line will name the bottleneck and the figures that say so.".to_owned(),
    };
    let show = finding.node.clone().map(|node| {
        let session = props.session.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            session.act(Action::Select(Selection::of_node(node.clone())));
            session.act(Action::Reveal { node: node.clone() });
        });
        html! { <button type="button" class="button button-small finding-show" {onclick}>{ "Show it" }</button> }
    });
    let health = if *stopped { backpressure_sim::metrics::Health::Idle } else { finding.health };
    html! {
        <section class="finding" aria-label="Finding" data-health={status::name(health)}>
            <svg class="finding-shape" width="14" height="14" viewBox="0 0 12 12" aria-hidden="true"><path fill="currentColor" fill-rule="evenodd" d={status::shape(health)} /></svg>
            <div class="finding-words">
                <p class="finding-sentence" data-testid="finding">{ sentence }</p>
                <ul class="finding-remarks" data-testid="remarks" hidden={remarks.is_empty()}>
                    { for remarks.iter().map(|text| html! { <li>{ text.clone() }</li> }) }
                </ul>
            </div>
            <span class="finding-action">{ show.filter(|_| !stopped).unwrap_or_default() }</span>
            <span class="visually-hidden" role="status">{ said.2.clone() }</span>
        </section>
    }
}

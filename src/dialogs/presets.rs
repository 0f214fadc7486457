//! Our example designs, each with what to try.

use super::miniature::Miniature;
use super::modal::Modal;
use crate::app;
use crate::session::Session;
use crate::storage;
use backpressure_presets::PRESETS;
use backpressure_sim::design::{Design, read};
use yew::prelude::*;

/// Properties of [`Presets`].
#[derive(Properties, PartialEq)]
pub struct PresetsProps {
    /// The page's session.
    pub session: Session,
    /// Called when the dialog closes.
    pub on_closed: Callback<()>,
}

/// The list of examples.
#[component]
pub fn Presets(props: &PresetsProps) -> Html {
    let designs =
        use_memo((), |()| PRESETS.iter().map(|p| (p.name, read(p.json.as_bytes()).design)).collect::<Vec<_>>());
    let card = |(name, design): &(&'static str, Design)| {
        let (session, closed, chosen, title) =
            (props.session.clone(), props.on_closed.clone(), design.clone(), design.name.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            app::open(&session, chosen.clone(), &format!("“{title}”"));
            closed.emit(());
        });
        let first = design.description.split("\n\n").next().unwrap_or_default().to_owned();
        html! {
            <li key={*name}>
                <button type="button" class="preset" data-testid={format!("preset-{name}")} {onclick}>
                    <span class="preset-picture"><Miniature design={design.clone()} /></span>
                    <span class="preset-title">{ design.name.clone() }</span>
                    <span class="preset-text">{ first }</span>
                </button>
            </li>
        }
    };
    let empty = {
        let (session, closed) = (props.session.clone(), props.on_closed.clone());
        Callback::from(move |_: MouseEvent| {
            app::open(&session, Design::default(), "an empty canvas");
            closed.emit(());
        })
    };
    let before = use_memo((), |()| storage::kept_before().map(|r| r.design));
    let bring_back = {
        let (session, closed, before) = (props.session.clone(), props.on_closed.clone(), before.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(design) = &*before {
                app::open(&session, design.clone(), "the design from before");
            }
            closed.emit(());
        })
    };
    html! {
        <Modal title="Presets" class="modal-wide" on_closed={props.on_closed.clone()}>
            <p class="modal-lead">{ "Each opens with a note on what to try. What you have open now can be brought back." }</p>
            <ul class="preset-grid">{ for designs.iter().map(card) }</ul>
            <p class="modal-foot"><button type="button" class="button" data-testid="preset-empty" onclick={empty}>{ "Start with an empty canvas" }</button>
                <button type="button" class="button" hidden={before.is_none()} onclick={bring_back}>{ "Bring back the design from before" }</button>
            </p>
        </Modal>
    }
}

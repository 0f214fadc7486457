//! Our example designs, each with what to try.

use super::miniature::miniature;
use super::modal::modal;
use crate::app;
use crate::session::Session;
use crate::storage;
use backpressure_presets::{PRESETS, Preset};
use backpressure_sim::design::{Design, read};
use yew::prelude::*;

/// The list of examples. `on_closed` is called when it closes.
pub fn presets(session: &Session, on_closed: Callback<()>) -> Html {
    let card = |preset: &Preset| {
        let (name, design) = (preset.name, read(preset.json.as_bytes()).design);
        let (session, closed, chosen, title) =
            (session.clone(), on_closed.clone(), design.clone(), design.name.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            app::open(&session, chosen.clone(), &format!("“{title}”"));
            closed.emit(());
        });
        let first = design.description.split("\n\n").next().unwrap_or_default().to_owned();
        html! {
            <li key={name}>
                <button type="button" class="preset" data-testid={format!("preset-{name}")} {onclick}>
                    <span class="preset-picture">{ miniature(&design) }</span>
                    <span class="preset-title">{ design.name.clone() }</span>
                    <span class="preset-text">{ first }</span>
                </button>
            </li>
        }
    };
    let empty = {
        let (session, closed) = (session.clone(), on_closed.clone());
        Callback::from(move |_: MouseEvent| {
            app::open(&session, Design::default(), "an empty canvas");
            closed.emit(());
        })
    };
    let before = storage::kept_before().map(|r| r.design);
    let bring_back = {
        let (session, closed, before) = (session.clone(), on_closed.clone(), before.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(design) = &before {
                app::open(&session, design.clone(), "the design from before");
            }
            closed.emit(());
        })
    };
    let body = html! {
        <>
            <p class="modal-lead">{ "Each opens with a note on what to try. What you have open now can be brought back." }</p>
            <ul class="preset-grid">{ for PRESETS.iter().map(card) }</ul>
            <p class="modal-foot"><button type="button" class="button" data-testid="preset-empty" onclick={empty}>{ "Start with an empty canvas" }</button>
                <button type="button" class="button" hidden={before.is_none()} onclick={bring_back}>{ "Bring back the design from before" }</button>
            </p>
        </>
    };
    modal("Presets", "modal-wide", on_closed.clone(), body)
}

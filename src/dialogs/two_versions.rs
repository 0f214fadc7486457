//! Two tabs changed the same design: neither is lost, and the person says which of them counts.

use super::modal::modal;
use crate::session::Session;
use crate::storage::keeper::{Counts, settle_between};
use yew::prelude::*;

/// The question. `on_closed` is called when it is answered; closing it unanswered keeps both.
pub fn two_versions(session: &Session, on_closed: Callback<()>) -> Html {
    let choice = |counts: Counts, label: &'static str, class: &'static str, testid: &'static str| {
        let (session, closed) = (session.clone(), on_closed.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            settle_between(&session, counts);
            closed.emit(());
        });
        html! { <button type="button" {class} data-testid={testid} {onclick}>{ label }</button> }
    };
    let body = html! {
        <>
            <p class="modal-lead">{ "This design was changed here and in another tab of this browser. Nothing has been overwritten." }</p>
            <div class="modal-foot">
                { choice(Counts::Both, "Keep both", "button button-primary", "keep-both") }
                { choice(Counts::Other, "Show the other tab's", "button", "keep-other") }
                { choice(Counts::This, "Overwrite it with this one", "button", "keep-this") }
            </div>
            <p class="field-note">{ "Keeping both makes this tab's version a design of its own." }</p>
        </>
    };
    let unanswered = {
        let (session, closed) = (session.clone(), on_closed.clone());
        Callback::from(move |()| {
            // Answered already if a button closed it.
            settle_between(&session, Counts::Both);
            closed.emit(());
        })
    };
    modal("Which version counts?", "modal-narrow", unanswered, body)
}

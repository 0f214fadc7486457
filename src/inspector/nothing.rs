//! With nothing selected the inspector speaks of the design as a whole: its name, what to try, the seed.

use super::header::{NameInput, NameInputProps};
use crate::canvas::figures::unbroken;
use crate::icons::{Symbol, icon};
use crate::part::part;
use crate::session::Session;
use backpressure_editor::Action;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Properties of [`Nothing`].
#[derive(Properties, PartialEq)]
pub struct NothingProps {
    /// The page's session.
    pub session: Session,
    /// Title of the design.
    pub name: AttrValue,
    /// What to try; blank lines part paragraphs.
    pub description: AttrValue,
    /// Seed of the run.
    pub seed: u64,
    /// Has the design no component yet?
    pub empty: bool,
}

/// The design as a whole.
#[component]
pub fn Nothing(props: &NothingProps) -> Html {
    let on_name = {
        let session = props.session.clone();
        Callback::from(move |name: String| session.act(Action::RenameDesign { name }))
    };
    let refused = use_state(|| false);
    let on_seed = {
        let (session, refused) = (props.session.clone(), refused.clone());
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            match input.value().trim().parse::<u64>() {
                Ok(seed) => {
                    refused.set(false);
                    session.act(Action::SetSeed { seed });
                }
                Err(_) => refused.set(true),
            }
        })
    };
    let tips = props.empty || props.description.is_empty();
    html! {
        <>
            <header class="inspector-header">
                <span class="inspector-icon">{ icon(Symbol::Logo, 22) }</span>
                <div class="inspector-titles">
                    { part::<NameInput>(NameInputProps {
                        value: props.name.clone(),
                        label: "Name of the design".into(),
                        placeholder: "Untitled design".into(),
                        max: 120,
                        readonly: !props.session.is_editable(),
                        on_name,
                    }) }
                    <p class="inspector-kind">{ "Design" }</p>
                </div>
            </header>
            <div class="inspector-scroll">
                <div class="what-to-try" hidden={props.description.is_empty()}>
                    <h2 class="inspector-heading">{ "What to try" }</h2>
                    { for props.description.split("\n\n").enumerate().map(|(i, text)| html! { <p key={i}>{ unbroken(text) }</p> }) }
                </div>
                <div class="inspector-tips" hidden={!tips}>
                    <h2 class="inspector-heading">{ "Getting started" }</h2>
                    <ol>
                        <li>{ "Click users, then an app server, on the palette: they are connected." }</li>
                        <li>{ "Connect others by dragging from the right-hand port of one onto another." }</li>
                        <li>{ "Press play, then slow down until you can follow a single request." }</li>
                    </ol>
                </div>
                <div class="field field-inline">
                    <div class="field-head"><label class="field-label" for="design-seed">{ "Seed" }</label></div>
                    <div class="field-control">
                        <div class={classes!("text-input", "is-numeric", refused.then_some("is-invalid"))}>
                            <div class="input-box">
                                <input id="design-seed" class="input" type="text" inputmode="numeric" autocomplete="off"
                                       value={props.seed.to_string()} aria-invalid={refused.to_string()}
                                       aria-describedby="design-seed-help" onchange={on_seed} />
                            </div>
                            <p class="field-problem" hidden={!*refused} role="alert">{ "A whole number, 0 or more." }</p>
                        </div>
                    </div>
                    <p id="design-seed-help" class="field-note">{ "The same design with the same seed gives the same run, to the last request." }</p>
                </div>
                <p class="inspector-note">{ "Select a component or a link to see its figures and change its parameters, also while it runs." }</p>
            </div>
        </>
    }
}

//! The share link, and the code that embeds the design in another page.

use super::modal::modal;
use crate::part::part;
use crate::session::Session;
use crate::storage::link::{MAX_ADDRESS, address_of};
use crate::{app, clipboard};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The dialog. `on_closed` is called when it closes.
pub fn share(session: &Session, on_closed: Callback<()>) -> Html {
    let body = match address_of(session.editor().design()) {
        Some(address) => {
            let embedded = address.replacen('#', "?embed=1#", 1);
            let code = format!(
                "<iframe src=\"{embedded}\" width=\"800\" height=\"500\" style=\"border:0\" title=\"Backpressure\" loading=\"lazy\"></iframe>"
            );
            html! {
                <>
                    { part::<Copyable>(CopyableProps {
                        label: "Link".into(),
                        text: address.into(),
                        testid: "share-link".into(),
                        note: "The whole design is in the link itself. It is sent to no server, and what you change afterwards stays yours.".into(),
                    }) }
                    { part::<Copyable>(CopyableProps {
                        label: "Embed in a page".into(),
                        text: code.into(),
                        testid: "share-embed".into(),
                        note: "Add running=1, speed=1/500 or theme=dark after embed=1 to choose how it starts.".into(),
                    }) }
                </>
            }
        }
        None => {
            let session = session.clone();
            let save = Callback::from(move |_: MouseEvent| app::save(&session));
            html! {
                <div class="share-too-long">
                    <p>{ format!("This design is too large for a link: many programs cut addresses off after {MAX_ADDRESS} characters. Save it to a file and share that; anyone can open it here.") }</p>
                    <button type="button" class="button button-primary" onclick={save}>{ "Save to a file" }</button>
                </div>
            }
        }
    };
    modal("Share this design", "modal-narrow", on_closed, body)
}

#[derive(Properties, PartialEq)]
struct CopyableProps {
    label: AttrValue,
    text: AttrValue,
    testid: AttrValue,
    note: AttrValue,
}

/// A line of text with a button that copies it.
#[component]
fn Copyable(props: &CopyableProps) -> Html {
    let copied = use_state(|| None::<bool>);
    let copy = {
        let (text, copied) = (props.text.clone(), copied.setter());
        Callback::from(move |_: MouseEvent| {
            let (text, copied) = (text.clone(), copied.clone());
            wasm_bindgen_futures::spawn_local(async move { copied.set(Some(clipboard::put(&text).await)) });
        })
    };
    let select = Callback::from(|event: FocusEvent| {
        if let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) {
            input.select();
        }
    });
    let id = format!("{}-input", props.testid);
    html! {
        <div class="copyable">
            <label for={id.clone()}>{ props.label.clone() }</label>
            <div class="copyable-row">
                <input {id} class="input" type="text" readonly=true value={props.text.clone()} data-testid={props.testid.clone()} onfocus={select} />
                <button type="button" class="button button-primary" onclick={copy}>{ if *copied == Some(true) { "Copied" } else { "Copy" } }</button>
            </div>
            <p class="field-note">{ props.note.clone() }</p>
            <p class="field-problem" role="alert" hidden={*copied != Some(false)}>{ "The browser did not allow it: select the text and copy it yourself." }</p>
        </div>
    }
}

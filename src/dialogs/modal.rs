//! A dialog that takes the focus and gives it back: the browser's own, so that everything behind it is inert.

use crate::icons::{Symbol, icon};
use crate::part::part;
use crate::session::use_mounted;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement};
use yew::prelude::*;

/// Properties of [`Modal`].
#[derive(Properties, PartialEq)]
struct ModalProps {
    /// Its title.
    pub title: AttrValue,
    /// For styles and tests.
    pub class: AttrValue,
    /// Called when it closes, however that happens.
    pub on_closed: Callback<()>,
    /// What is in it.
    pub children: Html,
}

/// A dialog over the page. `on_closed` is called when it closes, however that happens.
pub fn modal(title: &'static str, class: &'static str, on_closed: Callback<()>, children: Html) -> Html {
    part::<Modal>(ModalProps { title: title.into(), class: class.into(), on_closed, children })
}

#[component]
fn Modal(props: &ModalProps) -> Html {
    let dialog = use_node_ref();
    {
        let dialog = dialog.clone();
        use_mounted(move || {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                let _ = dialog.show_modal();
            }
        });
    }
    let closed = props.on_closed.clone();
    let onclose = Callback::from(move |_: Event| closed.emit(()));
    let close = {
        let dialog = dialog.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                dialog.close();
            }
        })
    };
    let outside = {
        let dialog = dialog.clone();
        // The dialog itself is hit only outside of what it holds: on its backdrop.
        Callback::from(move |event: MouseEvent| {
            let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
            if let (Some(dialog), Some(target)) = (dialog.cast::<HtmlDialogElement>(), target)
                && target.is_same_node(Some(dialog.as_ref()))
            {
                dialog.close();
            }
        })
    };
    html! {
        <dialog ref={dialog} class={classes!("modal", props.class.to_string())} aria-label={props.title.clone()} {onclose} onclick={outside}>
            <div class="modal-box">
                <header class="modal-head">
                    <h2>{ props.title.clone() }</h2>
                    <button type="button" class="icon-button" aria-label="Close" onclick={close}>{ icon(Symbol::Close, 20) }</button>
                </header>
                <div class="modal-body">{ props.children.clone() }</div>
            </div>
        </dialog>
    }
}

//! The form of one fault, from its own description. It lies where the forms of components lie: beside the diagram, and on a
//! phone over it.

use super::{change, fields, remove};
use crate::icons::{Symbol, icon};
use crate::inspector::field_row::{Rows, rows};
use crate::session::{Session, use_mounted};
use backpressure_editor::Action;
use backpressure_sim::design::Fault;
use serde_json::Value;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Properties of [`Form`].
#[derive(Properties, PartialEq)]
pub struct FormProps {
    /// The page's session.
    pub session: Session,
    /// The fault.
    pub fault: Fault,
    /// What it is called.
    pub label: AttrValue,
    /// What it befalls, in words.
    pub victim: AttrValue,
    /// When, in words.
    pub when: AttrValue,
    /// Called to close it.
    pub on_close: Callback<()>,
}

/// See the module.
#[component]
pub fn Form(props: &FormProps) -> Html {
    let (session, id) = (&props.session, &props.fault.id);
    let editable = session.is_editable();
    let close_button = use_node_ref();
    {
        let close_button = close_button.clone();
        use_mounted(move || {
            if let Some(button) = close_button.cast::<HtmlElement>() {
                let _ = button.focus();
            }
        });
    }
    let on_change = {
        let (session, id) = (session.clone(), id.clone());
        Callback::from(move |(name, value): (&'static str, Option<Value>)| {
            change(&session, &id, &[&id, " ", name].concat(), |f| {
                match value {
                    Some(value) => f.params.insert(name.to_owned(), value),
                    None => f.params.shift_remove(name),
                };
            });
        })
    };
    let on_end = {
        let session = session.clone();
        Callback::from(move |kept: bool| session.act(if kept { Action::EndEdit } else { Action::CancelEdit }))
    };
    let close = {
        let close = props.on_close.clone();
        Callback::from(move |_: MouseEvent| close.emit(()))
    };
    let keys = {
        let close = props.on_close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" && !event.default_prevented() {
                event.stop_propagation();
                close.emit(());
            }
        })
    };
    let gone = {
        let (session, id, close) = (session.clone(), id.clone(), props.on_close.clone());
        Callback::from(move |_: MouseEvent| {
            close.emit(());
            remove(&session, &id);
        })
    };
    html! {
        <section class="fault-form" role="dialog" aria-label={[&*props.label, ": ", &*props.victim].concat()} data-testid="fault-form" onkeydown={keys}>
            <header class="inspector-header">
                <span class="inspector-icon fault-icon">{ icon(Symbol::Bolt, 22) }</span>
                <div class="inspector-titles">
                    <h2 class="inspector-title">{ props.label.clone() }</h2>
                    <p class="inspector-kind">{ props.victim.clone() }{ ", " }{ props.when.clone() }</p>
                </div>
                <button type="button" class="icon-button" ref={close_button} aria-label="Close" onclick={close}>{ icon(Symbol::Close, 20) }</button>
            </header>
            <div class="inspector-scroll">
                { rows(&Rows {
                    fields: fields(), object: props.fault.params.clone(), pointer: AttrValue::default(), problems: Default::default(),
                    on_change, on_end, disabled: !editable,
                }) }
                <button type="button" class="button fault-remove" disabled={!editable} onclick={gone}>{ icon(Symbol::Trash, 16) }{ "Remove this fault" }</button>
            </div>
        </section>
    }
}

//! The top of the inspector: what is selected, its name, and what can be done with it.

use crate::canvas::description::label_of_kind;
use crate::icons::{Symbol, colour, icon, kind_icon};
use crate::part::part;
use crate::session::Session;
use backpressure_editor::Action;
use backpressure_sim::design::Link;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Properties of [`NameInput`].
#[derive(Properties, PartialEq)]
pub struct NameInputProps {
    /// The name now.
    pub value: AttrValue,
    /// For screen readers.
    pub label: AttrValue,
    /// Shown while there is no name.
    pub placeholder: AttrValue,
    /// Longest name, characters.
    pub max: u32,
    /// Only to be read?
    pub readonly: bool,
    /// Called with the new name when it is complete.
    pub on_name: Callback<String>,
}

/// A title that is edited where it stands. It is one undo step: it takes effect when focus leaves, or with Enter.
#[component]
pub fn NameInput(props: &NameInputProps) -> Html {
    let input = use_node_ref();
    {
        let input = input.clone();
        use_effect_with(props.value.clone(), move |value| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                input.set_value(value);
            }
        });
    }
    let commit = {
        let (on_name, value) = (props.on_name.clone(), props.value.clone());
        move |input: &HtmlInputElement| {
            let typed = input.value().trim().to_owned();
            if typed != *value {
                on_name.emit(typed);
            }
        }
    };
    let onblur = {
        let (input, commit) = (input.clone(), commit.clone());
        Callback::from(move |_: FocusEvent| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                commit(&input);
            }
        })
    };
    let onkeydown = {
        let value = props.value.clone();
        Callback::from(move |event: KeyboardEvent| {
            let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) else { return };
            match event.key().as_str() {
                "Enter" => {
                    let _ = input.blur();
                }
                "Escape" => {
                    input.set_value(&value);
                    let _ = input.blur();
                }
                _ => {}
            }
        })
    };
    html! {
        <input ref={input} class="name-input" type="text" aria-label={props.label.clone()} placeholder={props.placeholder.clone()}
               maxlength={props.max.to_string()} readonly={props.readonly} autocomplete="off" spellcheck="false" {onblur} {onkeydown} />
    }
}

/// Picture, name and kind of a component.
pub fn node_header(session: &Session, id: &str, kind: &str, name: &AttrValue) -> Html {
    let on_name = {
        let (session, node) = (session.clone(), id.to_owned());
        Callback::from(move |name: String| session.act(Action::Rename { node: node.clone(), name }))
    };
    let summary = backpressure_sim::components::kind(kind).map_or("", |k| k.summary);
    html! {
        <header class="inspector-header" style={colour(kind)}>
            <span class="inspector-icon">{ kind_icon(kind, 22) }</span>
            <div class="inspector-titles">
                { part::<NameInput>(NameInputProps {
                    value: name.clone(),
                    label: "Name of the component".into(),
                    placeholder: AttrValue::default(),
                    max: 64,
                    readonly: !session.is_editable(),
                    on_name,
                }) }
                <p class="inspector-kind" title={summary}>{ label_of_kind(kind) }</p>
            </div>
            { actions(session) }
        </header>
    }
}

/// Both ends of a link, and its label.
pub fn link_header(session: &Session, link: &Link, from: &str, to: &str) -> Html {
    let on_name = {
        let (session, link) = (session.clone(), link.id.clone());
        Callback::from(move |name: String| session.act(Action::RenameLink { link: link.clone(), name }))
    };
    html! {
        <header class="inspector-header">
            <span class="inspector-icon">{ icon(Symbol::Connect, 22) }</span>
            <div class="inspector-titles">
                { part::<NameInput>(NameInputProps {
                    value: link.name.clone().into(),
                    label: "Label of the link".into(),
                    placeholder: "Add a label".into(),
                    max: 64,
                    readonly: !session.is_editable(),
                    on_name,
                }) }
                <p class="inspector-kind">{ format!("{from} → {to}") }</p>
            </div>
            { button(session, Action::DeleteSelection, Symbol::Trash, "Delete") }
        </header>
    }
}

/// A note.
pub fn note_header(session: &Session) -> Html {
    html! {
        <header class="inspector-header">
            <span class="inspector-icon">{ icon(Symbol::Info, 22) }</span>
            <div class="inspector-titles">
                <h2 class="inspector-title">{ "Note" }</h2>
                <p class="inspector-kind">{ "Double-click it, or press Enter, to edit" }</p>
            </div>
            { actions(session) }
        </header>
    }
}

/// Duplicate and delete.
pub fn actions(session: &Session) -> Html {
    html! {
        <div class="inspector-actions">
            { button(session, Action::DuplicateSelection, Symbol::Duplicate, "Duplicate") }
            { button(session, Action::DeleteSelection, Symbol::Trash, "Delete") }
        </div>
    }
}

fn button(session: &Session, action: Action, symbol: Symbol, name: &'static str) -> Html {
    html! {
        <button type="button" class="icon-button" aria-label={name} title={name} onclick={acting(session, action)}>
            { icon(symbol, 18) }
        </button>
    }
}

/// What does something when it is clicked.
pub fn acting(session: &Session, action: Action) -> Callback<MouseEvent> {
    let session = session.clone();
    Callback::from(move |_: MouseEvent| session.act(action.clone()))
}

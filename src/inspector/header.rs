//! The top of the inspector: what is selected, its name, and what can be done with it.

use crate::canvas::description::label_of_kind;
use crate::icons::{Symbol, icon, kind_icon};
use crate::part::part;
use crate::session::Session;
use backpressure_editor::Action;
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
        <header class="inspector-header" style={format!("--kind: var(--kind-{}, var(--accent))", kind)}>
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

/// Both ends of a link.
pub fn link_header(session: &Session, from: &str, to: &str) -> Html {
    html! {
        <header class="inspector-header">
            <span class="inspector-icon">{ icon(Symbol::Connect, 22) }</span>
            <div class="inspector-titles">
                <h2 class="inspector-title">{ format!("{} → {}", from, to) }</h2>
                <p class="inspector-kind">{ "Link" }</p>
            </div>
            { button(session, Action::DeleteSelection, Symbol::Trash, "Delete") }
        </header>
    }
}

/// How many things are selected, and what can be done with all of them.
pub fn several(session: &Session, nodes: usize, links: usize) -> Html {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let words = [(nodes, "component"), (links, "link")];
    let title = words.iter().filter(|(n, _)| *n > 0).map(|(n, w)| plural(*n, w)).collect::<Vec<_>>().join(", ");
    html! {
        <>
            <header class="inspector-header">
                <span class="inspector-icon">{ icon(Symbol::Layers, 22) }</span>
                <div class="inspector-titles">
                    <h2 class="inspector-title">{ title }</h2>
                    <p class="inspector-kind">{ "Selected" }</p>
                </div>
                { actions(session) }
            </header>
            <div class="inspector-scroll">
                <p class="inspector-note">{ "Drag to move them together, arrow keys to nudge. Select one alone to see its figures and parameters." }</p>
                <button type="button" class="button" onclick={acting(session, Action::FitSelection)}>
                    { icon(Symbol::Fit, 16) }{ "Show the selection" }
                </button>
            </div>
        </>
    }
}

fn actions(session: &Session) -> Html {
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

fn acting(session: &Session, action: Action) -> Callback<MouseEvent> {
    let session = session.clone();
    Callback::from(move |_: MouseEvent| session.act(action.clone()))
}

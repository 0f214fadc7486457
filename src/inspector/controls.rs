//! The controls a parameter is edited with: a line of text with a unit, a select, a switch.

use super::value::{parse, stepped, text_of};
use crate::icons::{Symbol, icon};
use backpressure_sim::design::FieldKind;
use serde_json::Value;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Properties of [`TextInput`].
#[derive(Properties, PartialEq)]
pub struct TextInputProps {
    /// DOM id, which the label names.
    pub id: AttrValue,
    /// What may be typed.
    pub kind: &'static FieldKind,
    /// The document's value.
    pub value: Value,
    /// JSON pointer, for tests and styles.
    pub pointer: AttrValue,
    /// Called with each value that can be read; never with one that cannot.
    pub on_change: Callback<Option<Value>>,
    /// Called when the edit is over: true, it stands; false, it is taken back (Escape).
    pub on_end: Callback<bool>,
    /// May the design be edited?
    pub disabled: bool,
}

/// What is being typed and what is wrong with it.
#[derive(Clone, Default, PartialEq)]
struct Draft {
    /// The text as typed; `None`: the document's value is shown.
    text: Option<String>,
    /// Why it is not accepted.
    refusal: Option<String>,
    /// The value last handed over, to tell our own edits from undo and others' edits.
    handed: Option<Value>,
}

/// A line of text holding a number, a name or a list of numbers. Text that cannot be read stays, with the reason under
/// it, while the document keeps the last good value.
#[component]
pub fn TextInput(props: &TextInputProps) -> Html {
    let draft = use_state(Draft::default);
    {
        let draft = draft.clone();
        use_effect_with(props.value.clone(), move |value| {
            if draft.text.is_some() && draft.handed.as_ref() != Some(value) {
                draft.set(Draft::default());
            }
        });
    }
    let shown = draft.text.clone().unwrap_or_else(|| text_of(&props.value));
    let numeric = matches!(props.kind, FieldKind::Number { .. } | FieldKind::Integer { .. });
    let long = matches!(props.kind, FieldKind::Numbers { .. });
    let unit = match props.kind {
        FieldKind::Number { unit, .. } | FieldKind::Integer { unit, .. } | FieldKind::Numbers { unit, .. } => *unit,
        _ => "",
    };

    let typed = {
        let (draft, change, kind) = (draft.clone(), props.on_change.clone(), props.kind);
        move |text: String| match parse(kind, &text) {
            Ok(value) => {
                draft.set(Draft { text: Some(text), refusal: None, handed: Some(value.clone()) });
                change.emit(Some(value));
            }
            Err(refusal) => draft.set(Draft { text: Some(text), refusal: Some(refusal), handed: draft.handed.clone() }),
        }
    };
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| typed(event.target_unchecked_into::<HtmlInputElement>().value()))
    };
    let onblur = {
        let (draft, end) = (draft.clone(), props.on_end.clone());
        Callback::from(move |_: FocusEvent| {
            if draft.refusal.is_none() {
                draft.set(Draft::default());
            }
            end.emit(true);
        })
    };
    let onkeydown = {
        let (draft, end, kind, value) = (draft.clone(), props.on_end.clone(), props.kind, props.value.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            up_or_down @ ("ArrowUp" | "ArrowDown") => {
                let next =
                    value.as_f64().and_then(|now| stepped(kind, now, up_or_down == "ArrowUp", event.shift_key()));
                if let Some(next) = next {
                    event.prevent_default();
                    typed(text_of(&next));
                }
            }
            "Enter" => {
                end.emit(true);
                if let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) {
                    input.select();
                }
            }
            "Escape" => {
                draft.set(Draft::default());
                end.emit(false);
            }
            _ => {}
        })
    };

    let problem_id = format!("{}-problem", props.id);
    let unit_id = format!("{}-unit", props.id);
    let described = match (draft.refusal.is_some(), unit.is_empty()) {
        (true, true) => Some(problem_id.clone()),
        (true, false) => Some(format!("{unit_id} {problem_id}")),
        (false, false) => Some(unit_id.clone()),
        (false, true) => None,
    };
    let input = html! {
        <input id={props.id.clone()} class="input" type="text" inputmode={if numeric { "decimal" } else { "text" }}
               placeholder={props.value.is_null().then_some("mixed")} autocomplete="off" spellcheck="false" value={shown} disabled={props.disabled} data-param={props.pointer.clone()}
               aria-invalid={draft.refusal.is_some().to_string()} aria-describedby={described}
               {oninput} {onblur} {onkeydown} />
    };
    html! {
        <div class={classes!("text-input", numeric.then_some("is-numeric"), long.then_some("is-long"),
                             draft.refusal.is_some().then_some("is-invalid"))}>
            <div class="input-box">
                { input }
                <span class="input-unit" id={unit_id}>{ unit }</span>
            </div>
            <p class="field-problem" id={problem_id} role="alert" hidden={draft.refusal.is_none()}>
                { draft.refusal.clone().unwrap_or_default() }
            </p>
        </div>
    }
}

/// Properties of [`ChoiceInput`].
#[derive(Properties, PartialEq)]
pub struct ChoiceInputProps {
    /// DOM id, which the label names.
    pub id: AttrValue,
    /// Names in the document and labels on the form.
    pub options: Vec<(&'static str, &'static str)>,
    /// Name of the chosen one.
    pub chosen: AttrValue,
    /// JSON pointer, for tests and styles.
    pub pointer: AttrValue,
    /// Called with the name of another one.
    pub on_change: Callback<String>,
    /// May the design be edited?
    pub disabled: bool,
}

/// A select.
#[component]
pub fn ChoiceInput(props: &ChoiceInputProps) -> Html {
    let select = use_node_ref();
    // The browser keeps what the person chose even when undo says otherwise: write it back.
    {
        let select = select.clone();
        use_effect_with(props.chosen.clone(), move |chosen| {
            if let Some(select) = select.cast::<HtmlSelectElement>() {
                select.set_value(chosen);
            }
        });
    }
    let change = props.on_change.clone();
    let onchange =
        Callback::from(move |event: Event| change.emit(event.target_unchecked_into::<HtmlSelectElement>().value()));
    html! {
        <div class="select-box">
            <select ref={select} id={props.id.clone()} class="select" disabled={props.disabled} data-param={props.pointer.clone()} {onchange}>
                if props.chosen.is_empty() {
                    <option value="" selected=true disabled=true hidden=true>{ "mixed" }</option>
                }
                { for props.options.iter().map(|(name, label)| html! {
                    <option key={*name} value={*name} selected={*name == &*props.chosen}>{ *label }</option>
                }) }
            </select>
            <span class="select-arrow">{ icon(Symbol::ChevronDown, 14) }</span>
        </div>
    }
}

/// What [`switch`] needs.
pub struct Switch {
    /// DOM id.
    pub id: AttrValue,
    /// What it switches, for screen readers.
    pub label: AttrValue,
    /// On?
    pub value: bool,
    /// JSON pointer, for tests; absent for the switch of an optional field.
    pub pointer: Option<AttrValue>,
    /// Called with the other state.
    pub on_change: Callback<bool>,
    /// May the design be edited?
    pub disabled: bool,
}

/// A switch.
pub fn switch(props: &Switch) -> Html {
    let (change, value) = (props.on_change.clone(), props.value);
    let onclick = Callback::from(move |_: MouseEvent| change.emit(!value));
    html! {
        <button type="button" role="switch" id={props.id.clone()} class="switch" aria-checked={value.to_string()}
                aria-label={props.label.clone()} disabled={props.disabled} data-param={props.pointer.clone()} {onclick}>
            <span class="switch-knob" />
        </button>
    }
}

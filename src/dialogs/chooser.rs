//! A field with a list under it: what is typed narrows the list, arrows choose, Enter takes. The command palette and
//! quick-add are made of it.

use crate::commands::shown;
use crate::icons::{Drawing, picture};
use crate::session::use_mounted;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

/// One of the list.
#[derive(Clone, PartialEq)]
pub struct Choice {
    /// Tells it from the others; handed back when it is chosen, and its name in tests.
    pub key: AttrValue,
    /// Heading above it, where it differs from the one before.
    pub heading: &'static str,
    /// Its picture.
    pub picture: Option<Drawing>,
    /// Kind of component whose colour the picture has.
    pub kind: Option<&'static str>,
    /// Its name.
    pub title: AttrValue,
    /// More about it.
    pub detail: AttrValue,
    /// Its shortcut.
    pub chord: Option<&'static str>,
}

/// Properties of [`Chooser`].
#[derive(Properties, PartialEq)]
pub struct ChooserProps {
    /// Begins the DOM ids and the tests' names of what is in it.
    pub id: &'static str,
    /// What is chosen, for screen readers.
    pub label: &'static str,
    /// In the empty field.
    pub placeholder: &'static str,
    /// The list for a text.
    pub list: Callback<String, Vec<Choice>>,
    /// Called with the key of the one that was chosen.
    pub on_chosen: Callback<AttrValue>,
    /// Called on Escape and Tab.
    pub on_given_up: Callback<()>,
    /// Called when the focus leaves the field.
    pub on_left: Callback<()>,
}

/// The field and its list.
#[component]
pub fn Chooser(props: &ChooserProps) -> Html {
    let typed = use_state_eq(String::new);
    let at = use_state_eq(|| 0usize);
    let (input, list) = (use_node_ref(), use_node_ref());
    {
        let input = input.clone();
        use_mounted(move || {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                let _ = input.focus();
            }
        });
    }
    {
        let list = list.clone();
        use_effect_with(*at, move |_| {
            if let Some(list) = list.cast::<HtmlElement>() {
                keep_in_view(&list);
            }
        });
    }
    let choices = props.list.emit(typed.trim().to_lowercase());
    let chosen = choices.get(*at).map(|c| c.key.clone());
    let oninput = {
        let (typed, at) = (typed.setter(), at.setter());
        Callback::from(move |event: InputEvent| {
            typed.set(event.target_unchecked_into::<HtmlInputElement>().value());
            at.set(0);
        })
    };
    let onkeydown = {
        let (n, at, chosen) = (choices.len(), at.clone(), chosen.clone());
        let (on_chosen, on_given_up) = (props.on_chosen.clone(), props.on_given_up.clone());
        Callback::from(move |event: KeyboardEvent| {
            match event.key().as_str() {
                "ArrowDown" if n > 0 => at.set((*at + 1) % n),
                "ArrowUp" if n > 0 => at.set((*at + n - 1) % n),
                "PageDown" if n > 0 => at.set((*at + 8).min(n - 1)),
                "PageUp" => at.set(at.saturating_sub(8)),
                "Enter" => {
                    if let Some(chosen) = &chosen {
                        on_chosen.emit(chosen.clone());
                    }
                }
                "Escape" | "Tab" => on_given_up.emit(()),
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        })
    };
    let onblur = {
        let left = props.on_left.clone();
        Callback::from(move |_: FocusEvent| left.emit(()))
    };
    let id = props.id;
    let mut heading = "";
    let option = |(i, choice): (usize, &Choice)| {
        let (on_chosen, key) = (props.on_chosen.clone(), choice.key.clone());
        // On press, and keeping the focus: leaving the field may close the list before a click is one.
        let onpointerdown = Callback::from(|event: PointerEvent| event.prevent_default());
        let onclick = Callback::from(move |_: MouseEvent| on_chosen.emit(key.clone()));
        let new_heading = (choice.heading != heading).then_some(choice.heading);
        heading = choice.heading;
        html! {
            <>
                if let Some(heading) = new_heading.filter(|h| !h.is_empty()) {
                    <li class="chooser-heading" role="presentation">{ heading }</li>
                }
                <li id={format!("{id}-{}", choice.key)} role="option" aria-selected={(i == *at).to_string()} class="chooser-option"
                    data-testid={format!("{id}-{}", choice.key)} style={choice.kind.map(crate::icons::colour)} {onpointerdown} {onclick}>
                    <span class={if choice.kind.is_some() { "palette-icon" } else { "chooser-icon" }}>
                        { choice.picture.map(|p| picture(p, 20)).unwrap_or_default() }
                    </span>
                    <span class="chooser-words"><span>{ choice.title.clone() }</span><span class="chooser-detail">{ choice.detail.clone() }</span></span>
                    <span class="chooser-keys" aria-hidden="true">{ for choice.chord.map(shown).into_iter().flatten().map(|key| html! { <kbd>{ key }</kbd> }) }</span>
                </li>
            </>
        }
    };
    let options: Vec<Html> = choices.iter().enumerate().map(option).collect();
    html! {
        <div class="chooser">
            <input ref={input} class="input" type="text" role="combobox" aria-expanded="true" aria-controls={format!("{id}-list")}
                   aria-autocomplete="list" aria-activedescendant={chosen.map(|key| format!("{id}-{key}"))} aria-label={props.label}
                   autocomplete="off" spellcheck="false" placeholder={props.placeholder} {oninput} {onkeydown} {onblur} />
            <ul ref={list} id={format!("{id}-list")} class="chooser-list" role="listbox" aria-label={props.label}>{ for options }</ul>
            <p class="chooser-nothing" role="status" hidden={!choices.is_empty()}>{ "Nothing here has that name." }</p>
        </div>
    }
}

/// Scrolls the list so that the chosen option is seen, with the heading over the first.
fn keep_in_view(list: &HtmlElement) {
    let chosen = list.query_selector("[aria-selected=true]").ok().flatten();
    let Some(option) = chosen.and_then(|o| o.dyn_into::<HtmlElement>().ok()) else { return };
    let (top, bottom) = (option.offset_top(), option.offset_top() + option.offset_height());
    if top < list.scroll_top() + 30 {
        list.set_scroll_top(top - 30);
    } else if bottom > list.scroll_top() + list.client_height() {
        list.set_scroll_top(bottom - list.client_height() + 6);
    }
}

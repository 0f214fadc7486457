//! Light or dark.

use crate::icons::{Symbol, icon};
use web_sys::Element;
use yew::prelude::*;

const KEY: &str = "backpressure.theme";

fn root() -> Option<Element> {
    web_sys::window()?.document()?.document_element()
}

fn is_dark() -> bool {
    root().and_then(|r| r.get_attribute("data-theme")).as_deref() == Some("dark")
}

fn system_is_dark() -> bool {
    web_sys::window()
        .and_then(|w| w.match_media("(prefers-color-scheme: dark)").ok().flatten())
        .is_some_and(|m| m.matches())
}

/// Shows the theme, and keeps the choice where it differs from the system's.
fn choose(dark: bool) {
    let name = if dark { "dark" } else { "light" };
    if let Some(root) = root() {
        let _ = root.set_attribute("data-theme", name);
    }
    if let Some(storage) = web_sys::window().and_then(|w| w.local_storage().ok().flatten()) {
        // What cannot be kept is chosen again next time.
        let _ = if dark == system_is_dark() { storage.remove_item(KEY) } else { storage.set_item(KEY, name) };
    }
}

/// The button that changes the theme.
#[component]
pub fn ThemeButton() -> Html {
    let dark = use_state(is_dark);
    let onclick = {
        let dark = dark.clone();
        Callback::from(move |_: MouseEvent| {
            choose(!*dark);
            dark.set(!*dark);
        })
    };
    let (symbol, label) = if *dark { (Symbol::Sun, "Light theme") } else { (Symbol::Moon, "Dark theme") };
    html! {
        <button type="button" class="icon-button" title={label} aria-label={label} data-testid="theme" {onclick}>{ icon(symbol, 20) }</button>
    }
}

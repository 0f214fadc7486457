//! Light, dark, or for a projector.

use crate::session::{Note, Session};
use web_sys::Element;

const KEY: &str = "backpressure.theme";

/// How the page looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

fn root() -> Option<Element> {
    web_sys::window()?.document()?.document_element()
}

/// The theme in force.
pub fn current() -> Theme {
    match root().and_then(|r| r.get_attribute("data-theme")).as_deref() {
        Some("dark") => Theme::Dark,
        _ => Theme::Light,
    }
}

fn of_the_system() -> Theme {
    let dark = web_sys::window().and_then(|w| w.match_media("(prefers-color-scheme: dark)").ok().flatten());
    if dark.is_some_and(|m| m.matches()) { Theme::Dark } else { Theme::Light }
}

/// Shows the theme, and keeps the choice where it differs from the system's.
pub fn choose(session: &Session, theme: Theme) {
    if let Some(root) = root() {
        let _ = root.set_attribute("data-theme", theme.name());
    }
    // An embed keeps nothing.
    let keeps = root().is_some_and(|r| !r.has_attribute("data-embed"));
    if let Some(storage) = web_sys::window().filter(|_| keeps).and_then(|w| w.local_storage().ok().flatten()) {
        // What cannot be kept is chosen again next time.
        let _ = if theme == of_the_system() { storage.remove_item(KEY) } else { storage.set_item(KEY, theme.name()) };
    }
    session.notify(Note::Theme);
}

/// What `look` finds while the page has this theme. Nothing is painted meanwhile.
pub fn seen_as<T>(theme: Theme, look: impl FnOnce() -> T) -> T {
    let before = current();
    let put = |theme: Theme| root().map(|root| root.set_attribute("data-theme", theme.name()));
    put(theme);
    let found = look();
    put(before);
    found
}

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
    /// Black on white, larger and with stronger lines: to be read from the back of a room.
    Projector,
}

impl Theme {
    fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Projector => "projector",
        }
    }

    /// Name of the command for the theme that comes after this one.
    pub fn next(self) -> &'static str {
        match self {
            Self::Light => "theme-dark",
            Self::Dark => "theme-projector",
            Self::Projector => "theme-light",
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
        Some("projector") => Theme::Projector,
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    const TOKENS: &str = include_str!("../static/styles/tokens.css");

    /// The colours of a theme: those of all, then its own.
    fn colours(theme: &str) -> HashMap<&'static str, [f64; 3]> {
        let own = format!(":root[data-theme=\"{theme}\"] {{");
        let mut all = HashMap::new();
        for start in [":root[data-theme=\"light\"] {", &own] {
            let block =
                TOKENS.split_once(start).and_then(|(_, rest)| rest.split_once('}')).map_or("", |(block, _)| block);
            for (name, value) in block.lines().filter_map(|line| line.trim().trim_end_matches(';').split_once(": #")) {
                let channel =
                    |at: usize| f64::from(u8::from_str_radix(&value[at..at + 2], 16).unwrap_or_default()) / 255.0;
                if value.len() == 6 {
                    all.insert(name, [channel(0), channel(2), channel(4)]);
                }
            }
        }
        all
    }

    /// Contrast as WCAG 2.2 defines it.
    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let luminance = |c: [f64; 3]| {
            let [r, g, b] = c.map(|v| if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) });
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn least(theme: &str, inks: &[&str], wanted: f64) {
        let colours = colours(theme);
        for ink in inks {
            for ground in ["--bg", "--surface", "--surface-2"] {
                let got = contrast(colours[ink], colours[ground]);
                assert!(got >= wanted, "{theme}: {ink} on {ground} reaches {got:.2}, not {wanted}");
            }
        }
    }

    const STATES: [&str; 5] = ["--ok", "--busy", "--saturated", "--failing", "--accent"];

    #[test]
    fn text_reads_in_every_theme() {
        for theme in ["light", "dark"] {
            least(theme, &["--text", "--text-2", "--text-3"], 4.5);
            least(theme, &STATES, 4.5);
            least(theme, &["--line-strong"], 3.0);
        }
    }

    #[test]
    fn on_a_projector_everything_reaches_the_strictest_level() {
        least("projector", &["--text", "--text-2", "--text-3"], 12.0);
        least("projector", &STATES, 7.0);
        least("projector", &["--line-strong"], 7.0);
        let fates = ["--fate-fresh", "--fate-waiting", "--fate-hit", "--fate-miss", "--fate-answered", "--fate-failed"];
        least("projector", &fates, 4.5);
    }
}

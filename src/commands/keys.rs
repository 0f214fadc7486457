//! Shortcuts as text: `Mod+Shift+G`. `Mod` is ⌘ on a Mac and Ctrl elsewhere.

use backpressure_editor::Mods;
use std::sync::OnceLock;

/// Key and modifiers of a shortcut.
pub fn parsed(chord: &str) -> (&str, Mods) {
    let mut mods = Mods::default();
    let mut rest = chord;
    loop {
        let (word, after) = rest.split_once('+').unwrap_or((rest, ""));
        match word {
            "Mod" => mods.command = true,
            "Shift" => mods.shift = true,
            "Alt" => mods.alt = true,
            _ => return (if rest == "Space" { " " } else { rest }, mods),
        }
        rest = after;
    }
}

/// The shortcut that these are.
pub fn chord_of(key: &str, mods: Mods) -> String {
    let mut chord = String::new();
    for (on, word) in [(mods.command, "Mod+"), (mods.shift, "Shift+"), (mods.alt, "Alt+")] {
        if on {
            chord.push_str(word);
        }
    }
    chord.push_str(if key == " " { "Space" } else { key });
    chord
}

/// The keys of a shortcut as they stand on the keyboard, one after another.
pub fn shown(chord: &str) -> Vec<&str> {
    let (key, mods) = parsed(chord);
    let mac = on_a_mac();
    let mut keys = Vec::new();
    for (on, there, here) in [(mods.command, "⌘", "Ctrl"), (mods.shift, "⇧", "Shift"), (mods.alt, "⌥", "Alt")] {
        if on {
            keys.push(if mac { there } else { here });
        }
    }
    keys.push(match key {
        " " => "Space",
        "Escape" => "Esc",
        "Arrows" => "←↑→↓",
        "Enter" if mac => "↩",
        key => key,
    });
    keys
}

/// The same in one piece: "Ctrl+Z", on a Mac "⌘Z".
pub fn words(chord: &str) -> String {
    shown(chord).join(if on_a_mac() { "" } else { "+" })
}

fn on_a_mac() -> bool {
    static MAC: OnceLock<bool> = OnceLock::new();
    *MAC.get_or_init(|| {
        let agent = || web_sys::window()?.navigator().user_agent().ok();
        cfg!(target_arch = "wasm32") && agent().is_some_and(|a| a.contains("Mac OS"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_are_read_and_written() {
        for (chord, key, mods) in [
            ("Mod+Shift+G", "G", Mods { command: true, shift: true, alt: false }),
            ("Alt+Arrows", "Arrows", Mods { command: false, shift: false, alt: true }),
            ("?", "?", Mods::default()),
            ("Space", " ", Mods::default()),
        ] {
            assert_eq!(parsed(chord), (key, mods));
            assert_eq!(chord_of(key, mods), chord);
        }
        assert_eq!(shown("Mod+Shift+G"), ["Ctrl", "Shift", "G"]);
        assert_eq!(words("Mod+Z"), "Ctrl+Z");
        assert_eq!(words("Escape"), "Esc");
    }
}

//! The command palette, and that everything else which names a shortcut reads the same list.

use backpressure_tests::page::{Page, key};
use serde_json::Value;

/// Opens the palette with its shortcut and types.
fn ask(page: &Page, text: &str) {
    page.press(&[key::CONTROL, "k"]);
    page.until("the palette", "document.activeElement?.getAttribute('aria-label') === 'Commands'");
    page.type_text(text);
}

#[test]
fn everything_is_found_by_a_part_of_its_name_and_done() {
    let page = Page::open("?preset=load-balanced&theme=light");
    let before = page.count("[data-node-id]");
    ask(&page, "dark");
    page.press(&[key::ENTER]);
    page.until("the dark theme", "document.documentElement.dataset.theme === 'dark'");
    ask(&page, "projector");
    page.press(&[key::ENTER]);
    page.until("the theme for a projector", "document.documentElement.dataset.theme === 'projector'");

    ask(&page, "go server 3");
    page.press(&[key::ENTER]);
    page.until_text(".node.is-selected .node-name", "Web server 3");

    ask(&page, "add cache");
    page.press(&[key::ENTER]);
    page.until("a cache", "document.querySelectorAll('[data-kind=cache][data-node-id]').length === 1");
    ask(&page, "undo");
    page.press(&[key::ENTER]);
    page.until("it undone", &format!("document.querySelectorAll('[data-node-id]').length === {before}"));

    // Arrows choose, and Esc leaves everything as it was.
    ask(&page, "fast");
    page.press(&[key::ENTER]);
    page.until_text(".speed-words", "Max");
    ask(&page, "");
    page.press(&[key::DOWN]);
    page.until(
        "the second chosen",
        "document.querySelectorAll('#command-list [role=option]')[1].ariaSelected === 'true'",
    );
    page.press(&[key::ESCAPE]);
    page.until("the palette closed", "!document.querySelector('#command-list')");
    ask(&page, "zzz");
    page.until_text(".chooser-nothing", "Nothing here");
    page.press(&[key::ESCAPE]);
    page.is_clean(&[]);
}

#[test]
fn only_what_can_be_done_now_is_offered() {
    let page = Page::open("?preset=load-balanced");
    ask(&page, "");
    let offered = |id: &str| page.count(&format!("[data-testid=command-{id}]")) == 1;
    assert!(offered("select-all") && !offered("undo") && !offered("group") && !offered("duplicate"));
    page.press(&[key::ESCAPE]);
    page.press(&[key::CONTROL, "a"]);
    ask(&page, "");
    assert!(offered("group") && offered("duplicate") && !offered("undo"));
    page.press(&[key::ESCAPE]);
    page.is_clean(&[]);
}

#[test]
fn the_help_tooltips_and_menu_show_the_palettes_shortcuts() {
    let page = Page::open("?preset=load-balanced");
    page.press(&[key::CONTROL, "a"]);
    ask(&page, "");
    let read = "Object.fromEntries([...document.querySelectorAll('#command-list [role=option]')].map(
        o => [o.querySelector('.chooser-words > span').textContent, [...o.querySelectorAll('kbd')].map(k => k.textContent).join('+')]).filter(([, k]) => k))";
    let palette = page.get(read);
    page.press(&[key::ESCAPE]);
    page.press(&["?"]);
    page.until("the help", "document.querySelector('.help-groups')");
    let help = page.get(
        "Object.fromEntries([...document.querySelectorAll('.help-groups dl > div')].map(
            d => [d.querySelector('dd').firstChild.textContent, [...d.querySelector('.chord').children].map(k => k.textContent).join('+')]))",
    );
    page.press(&[key::ESCAPE]);
    let shortcuts = palette.as_object().cloned().unwrap_or_default();
    assert!(shortcuts.len() > 20, "{palette}");
    for (title, keys) in &shortcuts {
        assert_eq!(&help[title], keys, "{title}");
    }
    let fit = page.get("document.querySelector('[data-testid=zoom-fit]').title");
    assert_eq!(fit, format!("Show everything ({})", shortcuts["Show everything"].as_str().unwrap_or_default()));
    page.press(&[key::SHIFT, "\u{e03a}"]); // F10
    page.until("the menu", "document.querySelector('[data-testid=menu-duplicate]')");
    assert_eq!(page.text("[data-testid=menu-duplicate] kbd"), shortcuts["Duplicate"].as_str().unwrap_or_default());
    page.click("[data-testid=menu-group]");
    page.until("a zone", "document.querySelectorAll('.zone').length === 1");
    page.is_clean(&[]);
}

#[test]
fn typing_in_a_field_never_triggers_a_shortcut() {
    let page = Page::open("?preset=load-balanced");
    page.click("[data-testid=design-name] input");
    page.press(&[key::CONTROL, "a"]);
    for letter in ["p", "a", "?", "/", ",", "."] {
        page.press(&[letter]);
    }
    assert_eq!(page.value("[data-testid=design-name] input"), "pa?/,.");
    assert_eq!(page.count("dialog, [data-testid=quick-add]"), 0);
    assert_eq!(page.get("document.querySelector('[data-testid=play]').getAttribute('aria-label')"), "Play");
    // What no field has a use for works there as well.
    page.press(&[key::CONTROL, "k"]);
    page.until("the palette", "document.querySelector('#command-list')");
    page.run("document.querySelector('dialog').close()", Value::Null);
    page.is_clean(&[]);
}

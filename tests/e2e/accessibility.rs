//! axe-core finds nothing serious and nothing moderate in any state: every panel, menu and dialog, in light and dark, on a
//! desktop and a phone.

use backpressure_tests::page::{Page, Screen, key};
use serde_json::Value;

/// Nothing that axe-core calls serious, critical or moderate.
fn nothing_amiss(page: &Page, what: &str) {
    if page.get("typeof axe") != "object" {
        let path =
            std::env::var("AXE_CORE").unwrap_or_else(|_| panic!("AXE_CORE names no file: run `cargo xtask test e2e`"));
        let script = std::fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{path}: {problem}"));
        page.run(&script, Value::Null);
    }
    let found = page.browser.command(
        "POST",
        "/execute/async",
        serde_json::json!({"args": [], "script":
            "const done = arguments[arguments.length - 1];
             axe.run(document, {resultTypes: ['violations']}).then(
                 r => done(r.violations.filter(v => v.impact !== 'minor')
                     .map(v => v.impact + ' ' + v.id + ': ' + v.help + ' — ' + v.nodes.slice(0, 5).map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join('; '))),
                 e => done(['axe failed: ' + e]));"}),
    );
    assert_eq!(found, serde_json::json!([]), "{what}");
}

/// The tabs of the panel under the canvas, each with what it shows first.
const TABS: [(&str, &str); 7] = [
    ("metrics-tab-charts", "canvas, svg"),
    ("metrics-tab-table", "[data-testid=metrics-table]"),
    ("metrics-tab-faults", "[data-testid=faults]"),
    ("metrics-tab-requests", "[data-testid=requests]"),
    ("metrics-tab-promises", "[data-testid=promises]"),
    ("metrics-tab-sweep", "button"),
    ("metrics-tab-cost", "[data-testid=costs]"),
];

fn look_everywhere(screen: Screen, theme: &str) {
    let page = Page::open_on(screen, &format!("?preset=load-balanced&theme={theme}"));
    assert_eq!(page.get("document.documentElement.dataset.theme"), theme);
    nothing_amiss(&page, "at rest");
    page.play();
    page.until("a run", "!document.querySelector('[data-testid=sim-time]').textContent.endsWith(' ms')");
    nothing_amiss(&page, "running");
    page.select(&page.node("app_server", 0));
    if screen == Screen::Phone {
        for sheet in ["sheet-inspect", "sheet-metrics", "sheet-add"] {
            page.click(&format!("[data-testid={sheet}]"));
            std::thread::sleep(std::time::Duration::from_millis(400));
            nothing_amiss(&page, sheet);
            if sheet == "sheet-metrics" {
                look_at_the_tabs(&page);
            }
            page.click(&format!("[data-testid={sheet}]"));
            std::thread::sleep(std::time::Duration::from_millis(400));
        }
    } else {
        nothing_amiss(&page, "with a selection");
        look_at_the_tabs(&page);
        look_at_the_canvas(&page);
    }
    look_at_the_dialogs(&page, screen);
}

fn look_at_the_tabs(page: &Page) {
    for (tab, shows) in TABS {
        page.click(&format!("[data-testid={tab}]"));
        page.until(tab, &format!("document.querySelector('#metrics-body').querySelector('{shows}')"));
        nothing_amiss(page, tab);
    }
}

/// Menus, fields and pieces that lie on the canvas.
fn look_at_the_canvas(page: &Page) {
    page.select(&page.node("app_server", 0));
    page.press(&[key::CONTROL, "a"]);
    nothing_amiss(page, "with everything selected");
    page.press(&[key::CONTROL, "g"]);
    // The new zone asks for its name.
    page.press(&[key::ESCAPE]);
    page.press(&[key::SHIFT, key::F10]);
    page.until("the menu", "document.querySelector('[data-testid=context-menu]')");
    nothing_amiss(page, "with the menu of a zone");
    page.press(&[key::ESCAPE]);
    page.press(&["/"]);
    page.until("the search for a component", "document.activeElement?.closest('[data-testid=quick-add]')");
    nothing_amiss(page, "adding a component");
    page.press(&[key::ESCAPE]);
}

/// Trays close in, links, notes, an error beside the pointer, planned faults, a single request, messages, an empty canvas.
fn look_at_moments(theme: &str) {
    let page = Page::open(&format!("?preset=hot-shard&running=1&theme={theme}"));
    page.until_text("[data-kind=shard_router] .inside-caption", "4 shards");
    page.click("[data-testid=zoom-in]");
    nothing_amiss(&page, "what components are made of, close in");
    page.press(&[key::SHIFT, "1"]);
    page.ready();

    let router = page.node("shard_router", 0);
    page.select(&router);
    page.click("[data-testid=metrics-tab-faults]");
    page.click("[data-testid=chip-crash]");
    page.click("[data-testid=chip-slow] ~ .chip-plan");
    page.until("two faults", "document.querySelectorAll('.fault-bar').length === 2");
    page.until("the form", "document.querySelector('[data-testid=fault-form] select') !== null");
    nothing_amiss(&page, "a fault at work, and one planned with its form");
    page.click("[data-testid=metrics-tab-requests]");
    page.until("requests", "document.querySelector('.request')");
    page.pause();
    page.click(".request");
    page.until("the waterfall", "document.querySelector('[data-testid=waterfall]')");
    nothing_amiss(&page, "a single request");

    page.right_click_at(page.canvas(0.5, 0.1));
    page.until("the menu", "document.querySelector('[data-testid=context-menu]')");
    nothing_amiss(&page, "the menu of the canvas");
    page.press(&[key::ESCAPE]);
    page.select(&router);
    page.press(&[key::ALT, key::SHIFT, key::LEFT]);
    page.until("a link", "document.querySelector('.link.is-selected')");
    nothing_amiss(&page, "with a link selected");
    page.press(&[key::F2]);
    page.until("a field for its label", "document.activeElement?.matches('[data-testid=edit-in-place]')");
    nothing_amiss(&page, "labelling a link");
    page.press(&[key::ESCAPE]);

    // A link led by keyboard to what only makes requests: what may be is lit, and what may not says why.
    page.select(&router);
    page.press(&["a"]);
    page.press(&[key::ENTER]);
    let refused = "document.querySelector('[data-kind=users].is-refused')";
    for _ in 0..12 {
        if page.get(&format!("!!{refused}")) == true {
            break;
        }
        page.press(&[key::TAB]);
        page.ready();
    }
    page.until("users refused", refused);
    nothing_amiss(&page, "a link that may not be");
    page.press(&[key::ESCAPE]);
    page.press(&["n"]);
    page.until("a field for the note", "document.activeElement?.matches('textarea')");
    page.type_text("Why?");
    nothing_amiss(&page, "writing a note");
    page.press(&[key::CONTROL, key::ENTER]);

    page.click("[data-testid=presets]");
    page.until("designs kept here", "document.querySelector('[data-testid=designs-kept] li')");
    nothing_amiss(&page, "with designs kept here");
    page.click("[data-testid=preset-empty]");
    page.until(
        "the empty canvas",
        "!document.querySelector('[data-node-id]') && document.querySelector('[data-testid=toast]')",
    );
    nothing_amiss(&page, "an empty canvas with a message");
    page.is_clean(&[]);
}

#[test]
fn nothing_amiss_at_passing_moments() {
    for theme in ["light", "dark", "projector"] {
        look_at_moments(theme);
    }
}

fn look_at_the_dialogs(page: &Page, screen: Screen) {
    for (button, shows) in [
        ("presets", "[data-testid=designs-search]"),
        ("share", "[data-testid=share-link]"),
        ("help", "table, dl, ul"),
        ("commands", "input"),
    ] {
        // A phone has no room for a button for help: it is a command there.
        if screen == Screen::Phone && button == "help" {
            continue;
        }
        page.click(&format!("[data-testid={button}]"));
        page.until(button, &format!("document.querySelector('dialog[open]')?.querySelector('{shows}')"));
        nothing_amiss(page, button);
        if button == "presets" {
            page.click("[data-testid=designs-list]");
            nothing_amiss(page, "the designs as a list");
        }
        page.press(&[key::ESCAPE]);
        page.until("it closed", "!document.querySelector('dialog[open]')");
    }
}

#[test]
fn nothing_amiss_on_a_light_desktop() {
    look_everywhere(Screen::Desktop, "light");
}

#[test]
fn nothing_amiss_on_a_dark_desktop() {
    look_everywhere(Screen::Desktop, "dark");
}

#[test]
fn nothing_amiss_on_a_projector() {
    look_everywhere(Screen::Desktop, "projector");
}

#[test]
fn nothing_amiss_on_a_light_phone() {
    look_everywhere(Screen::Phone, "light");
}

#[test]
fn nothing_amiss_on_a_dark_phone() {
    look_everywhere(Screen::Phone, "dark");
}

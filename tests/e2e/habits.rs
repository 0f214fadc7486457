//! What hands already know from other editors, row by row, by real keys and a real pointer.

use backpressure_tests::page::{At, Page, key};
use serde_json::{Value, json};

const NODES: &str = "document.querySelectorAll('[data-node-id]').length";
const SELECTED: &str = "document.querySelectorAll('.node.is-selected').length";
/// The canvas' place and zoom.
const VIEW: &str = "getComputedStyle(document.querySelector('.world-front')).transform";
/// A field asks for something.
const ASKS: &str = "document.activeElement.tagName === 'INPUT'";
const MENU: &str = "!!document.querySelector('[role=menu]')";

/// Presses keys until what they do has been done.
fn does(page: &Page, keys: &[&str], expression: &str) {
    page.press(keys);
    page.until(&format!("what {keys:?} does"), expression);
}

/// The clipboard is written in the background: what is read after has been written.
fn until_written(page: &Page) {
    let permissions = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
    page.browser.devtools("Browser.grantPermissions", permissions);
    page.run("return navigator.clipboard.readText()", Value::Null);
}

/// A place on the canvas with nothing on it.
fn nothing(page: &Page) -> At {
    page.canvas(0.3, 0.12)
}

#[test]
fn keys_edit_copy_and_undo() {
    let page = Page::open("?preset=load-balanced");
    let all = page.get(NODES).as_u64().unwrap_or_default();
    let server = page.node("app_server", 0);
    let count = |n: u64| format!("{NODES} === {n}");

    page.select(&server);
    does(&page, &[key::CONTROL, "d"], &count(all + 1));
    does(&page, &[key::CONTROL, "z"], &count(all));
    does(&page, &[key::CONTROL, key::SHIFT, "z"], &count(all + 1));
    does(&page, &[key::CONTROL, "z"], &count(all));
    does(&page, &[key::CONTROL, "y"], &count(all + 1));
    does(&page, &[key::DELETE], &count(all));

    page.select(&server);
    page.press(&[key::CONTROL, "c"]);
    until_written(&page);
    does(&page, &[key::CONTROL, "v"], &count(all + 1));
    does(&page, &[key::CONTROL, "x"], &count(all));
    until_written(&page);
    does(&page, &[key::CONTROL, "v"], &count(all + 1));
    does(&page, &["\u{e003}"], &count(all));

    does(&page, &[key::CONTROL, "a"], &format!("{SELECTED} === {all}"));
    does(&page, &[key::CONTROL, "g"], "document.querySelectorAll('[data-zone-id]').length === 1");
    page.press(&[key::ESCAPE]);
    does(&page, &[key::CONTROL, key::SHIFT, "g"], "document.querySelectorAll('[data-zone-id]').length === 0");
    does(&page, &[key::ESCAPE], &format!("{SELECTED} === 0"));
    page.is_clean(&[]);
}

#[test]
fn keys_choose_tools_look_around_and_run() {
    let page = Page::open("?preset=load-balanced");
    page.click_at(nothing(&page));
    for (letter, tool) in [("h", "hand"), ("a", "connect"), ("v", "select")] {
        let pressed = "document.querySelector('.canvas-tools [aria-pressed=true]').dataset.testid";
        does(&page, &[letter], &format!("{pressed}.includes('{tool}')"));
    }
    does(&page, &[key::SHIFT, "0"], &format!("{VIEW}.startsWith('matrix(1, 0, 0, 1,')"));
    page.select(&page.node("app_server", 0));
    let before = page.get(VIEW);
    does(&page, &[key::SHIFT, "2"], &format!("{VIEW} !== {before}"));
    let before = page.get(VIEW);
    does(&page, &[key::SHIFT, "1"], &format!("{VIEW} !== {before}"));
    does(&page, &[key::CONTROL, "'"], "document.querySelector('.grid').hidden");
    does(&page, &[key::CONTROL, "'"], "!document.querySelector('.grid').hidden");

    let label = "document.querySelector('[data-testid=play]').getAttribute('aria-label')";
    does(&page, &[key::CONTROL, key::ENTER], &format!("{label} === 'Pause'"));
    does(&page, &["p"], &format!("{label} !== 'Pause'"));
    for step in [".", ","] {
        let time = page.text("[data-testid=sim-time]");
        does(&page, &[step], &format!("document.querySelector('[data-testid=sim-time]').textContent !== '{time}'"));
    }
    page.is_clean(&[]);
}

#[test]
fn keys_and_clicks_open_what_they_open_elsewhere() {
    let page = Page::open("?preset=load-balanced");
    let node = page.node("app_server", 0);
    let close = |page: &Page| does(page, &[key::ESCAPE], &format!("!({ASKS}) && !{MENU}"));

    page.double_click_at(nothing(&page));
    page.until("quick add", ASKS);
    close(&page);
    does(&page, &["/"], ASKS);
    close(&page);
    page.double_click_at(page.middle(&node));
    page.until("its name", ASKS);
    close(&page);
    page.select(&node);
    does(&page, &[key::F2], ASKS);
    close(&page);
    does(&page, &[key::SHIFT, key::F10], MENU);
    close(&page);
    // By the right button as well, and the keyboard is in it then.
    page.right_click_at(page.middle(&node));
    page.until("the menu", MENU);
    std::thread::sleep(std::time::Duration::from_millis(200));
    let item = page.get("document.activeElement.dataset.testid");
    does(&page, &[key::DOWN], &format!("document.activeElement.matches('[role=menuitem]:not([data-testid={item}])')"));
    close(&page);
    let focused = "document.querySelector('[data-testid=canvas]').getAttribute('aria-activedescendant')";
    let before = page.get(focused);
    does(&page, &[key::ALT, key::LEFT], &format!("{focused} !== {before}"));
    page.is_clean(&[]);
}

#[test]
fn a_double_click_right_after_a_click_opens_what_it_opens_alone() {
    let page = Page::open("?preset=load-balanced");
    let node = page.middle(&page.node("app_server", 0));
    for (at, field) in [(nothing(&page), "[data-testid=quick-add] input"), (node, "[data-testid=edit-in-place]")] {
        page.click_at(at);
        page.double_click_at(at);
        // Long enough for a field that is about to close again to have closed.
        std::thread::sleep(std::time::Duration::from_millis(700));
        assert_eq!(page.get(&format!("document.activeElement.matches('{field}')")), true, "{field}");
        does(&page, &[key::ESCAPE], &format!("!document.querySelector('{field}')"));
    }
    // A press beside the field closes it, as anywhere.
    let at = nothing(&page);
    page.double_click_at(at);
    page.until("quick add", ASKS);
    page.click_at(page.canvas(0.8, 0.85));
    page.until("it closed", "!document.querySelector('[data-testid=quick-add]')");
    page.is_clean(&[]);
}

#[test]
fn the_name_of_the_design_is_shown_whole_where_there_is_room() {
    let page = Page::open("?preset=load-balanced");
    page.until(
        "its name",
        "document.querySelector('[data-testid=design-name] input').value === 'Load-balanced servers'",
    );
    let [shown, whole] = ["clientWidth", "scrollWidth"]
        .map(|of| page.get(&format!("document.querySelector('[data-testid=design-name] input').{of}")));
    assert_eq!(shown, whole);
    page.is_clean(&[]);
}

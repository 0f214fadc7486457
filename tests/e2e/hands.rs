//! What hands know from other editors, by real input: zones, notes, tidying up, connecting, several at once, and a run that
//! none of it disturbs.

use backpressure_tests::browser::wait_for;
use backpressure_tests::page::{Page, key};
use serde_json::json;

/// The document, read back from what the browser keeps.
fn node(page: &Page, id: &str) -> serde_json::Value {
    let kept = page.kept();
    kept["nodes"].as_array().and_then(|n| n.iter().find(|n| n["id"] == id)).cloned().unwrap_or_default()
}

fn focus_canvas(page: &Page) {
    page.run("document.querySelector('[data-testid=canvas]').focus()", json!(null));
}

#[test]
fn components_are_grouped_named_moved_together_and_ungrouped() {
    let page = Page::open("?preset=load-balanced");
    page.select(&page.node("app_server", 0));
    page.shift_click(&page.node("app_server", 1));
    page.press(&[key::CONTROL, "g"]);
    page.until("a field for the name", "document.activeElement?.matches('[data-testid=edit-in-place]')");
    // Letters typed here are a name: they choose no tools and start nothing.
    page.type_text("apvh zone");
    page.press(&[key::ENTER]);
    page.until_text(".zone-name", "apvh zone");
    assert_eq!(page.get("document.querySelector('[data-testid=play]').getAttribute('aria-label')"), "Play");
    assert_eq!(page.get("document.querySelector('[data-testid=tool-select]').getAttribute('aria-pressed')"), "true");

    let (one, other) = (page.node("app_server", 0), page.node("app_server", 2));
    let (before, still) = (page.rect(&one), page.rect(&other));
    let [x, y, width, _] = page.rect(".zone");
    let title = (x + width / 2.0, y + 10.0);
    page.drag(title, (title.0 - 80.0, title.1));
    wait_for("the zone moved", || (page.rect(&one)[0] < before[0] - 60.0).then_some(()));
    assert_eq!(page.rect(&other), still, "what is not in the zone stays");

    page.press(&[key::CONTROL, key::SHIFT, "g"]);
    page.until("no zone", "!document.querySelector('.zone')");
    for _ in 0..3 {
        page.press(&[key::CONTROL, "z"]);
    }
    page.until("nothing to undo", "document.querySelector('[data-testid=undo]').disabled");
    // Three steps: group with its name, move, ungroup. Cards are drawn at the next frame.
    wait_for("everything back in its place", || (page.rect(&one) == before).then_some(()));
    page.is_clean(&[]);
}

/// Writes a note below the design by keyboard; `end` are the keys that end its text.
fn write_note(page: &Page, end: &[&str]) {
    focus_canvas(page);
    page.hover(page.canvas(0.3, 0.75));
    page.press(&["n"]);
    page.until("a field for the text", "document.activeElement?.matches('textarea[data-testid=edit-in-place]')");
    page.type_text("Why so slow?");
    page.press(end);
    page.until_text(".note-text", "Why so slow?");
}

#[test]
fn escape_ends_the_text_of_a_note_and_keeps_it() {
    let page = Page::open("?preset=one-server");
    write_note(&page, &[key::ESCAPE]);
    page.is_clean(&[]);
}

#[test]
fn a_note_is_written_moved_changed_and_deleted() {
    let page = Page::open("?preset=one-server");
    write_note(&page, &[key::CONTROL, key::ENTER]);
    let from = page.middle(".note");
    page.drag(from, (from.0 + 80.0, from.1 - 40.0));
    wait_for("the note moved", || (page.middle(".note").0 > from.0 + 60.0).then_some(()));
    page.double_click_at(page.middle(".note"));
    page.until("the field again", "document.activeElement?.matches('textarea')");
    page.type_text(" Slots.");
    page.click_at(page.canvas(0.9, 0.9));
    page.until_text(".note-text", "Why so slow? Slots.");
    page.click_at(page.middle(".note"));
    page.press(&[key::DELETE]);
    page.until("no note", "!document.querySelector('.note')");
    page.is_clean(&[]);
}

#[test]
fn tidying_up_moves_everything_in_one_step() {
    let page = Page::open("?preset=load-balanced");
    let users = page.node("users", 0);
    // Out of order first.
    let from = page.middle(&users);
    page.drag(from, page.canvas(0.85, 0.2));
    page.press(&[key::SHIFT, "t"]);
    let [a, b] = [users, page.node("load_balancer", 0)];
    wait_for("users left of the balancer", || (page.rect(&a)[0] + 100.0 < page.rect(&b)[0]).then_some(()));
    let id = |css: &str| css.split('\'').nth(1).unwrap_or_default().to_owned();
    wait_for("one line", || ((page.rect(&a)[1] - page.rect(&b)[1]).abs() < 1.0).then_some(()));
    let tidy = node(&page, &id(&a));
    page.press(&[key::CONTROL, "z"]);
    assert_ne!(node(&page, &id(&a)), tidy);
    page.is_clean(&[]);
}

#[test]
fn links_are_drawn_refused_with_the_reason_and_lead_to_something_new() {
    let page = Page::open("?preset=one-server");
    let (users, server) = (page.node("users", 0), page.node("app_server", 0));
    let [x, y, width, height] = page.rect(&server);
    let port = (x + width, y + height / 2.0);
    page.hover((port.0 + 4.0, port.1));
    page.until_text(".canvas-pointer-hint", "what it calls");
    // A click on the port, then on a component that calls nothing but makes requests.
    page.click_at(port);
    page.until_text(".canvas-prompt", "Choose what");
    page.hover(page.middle(&users));
    page.until_text(".canvas-pointer-hint", "only make requests");
    page.click_at(page.middle(&users));
    assert_eq!(page.count("[data-link-id]"), 1, "refused");
    // Dropped on nothing: what may follow, the likeliest first.
    page.drag(port, (port.0 + 150.0, port.1 + 90.0));
    page.until("what may follow", "document.querySelector('[data-testid=quick-add]')");
    assert_eq!(page.count("[data-testid=quick-add-users]"), 0);
    page.type_text("sql");
    page.press(&[key::ENTER]);
    page.until("a database with its link", "document.querySelectorAll('[data-link-id]').length === 2");
    page.is_clean(&[]);
}

#[test]
fn one_parameter_of_several_is_set_together() {
    let page = Page::open("?preset=load-balanced");
    page.select(&page.node("app_server", 0));
    page.fill("[data-param='/slots']", "7");
    page.shift_click(&page.node("app_server", 1));
    page.until_text("[data-testid=inspector]", "2 components");
    page.until("both values", "document.querySelector(\"[data-param='/slots']\")?.placeholder === 'mixed'");
    page.fill("[data-param='/slots']", "5");
    let slots = |n: usize| {
        let id = page.node("app_server", n).split('\'').nth(1).unwrap_or_default().to_owned();
        node(&page, &id)["params"]["slots"].as_u64()
    };
    assert_eq!([slots(0), slots(1)], [Some(5), Some(5)]);
    assert_ne!(slots(2), Some(5));
    focus_canvas(&page);
    page.press(&[key::CONTROL, "z"]);
    assert_eq!(slots(0), Some(7), "one step back for both");
    page.is_clean(&[]);
}

#[test]
fn a_run_goes_on_whatever_is_done_to_the_drawing() {
    let page = Page::open("?preset=load-balanced");
    page.play();
    page.until_figure("Requests answered", 200.0);
    let mut before = page.figures(["Simulated time", "Requests answered", "Requests offered"]);
    let mut goes_on = |what: &str| {
        page.until_figure("Simulated time", before[0] + 0.2);
        let now = page.figures(["Simulated time", "Requests answered", "Requests offered"]);
        assert!(now[1] > before[1] && now[2] > before[2], "{what}: {before:?} became {now:?}");
        before = now;
    };
    let server = page.node("app_server", 0);
    let from = page.middle(&server);
    page.drag(from, (from.0 + 60.0, from.1 + 20.0));
    goes_on("moving");
    page.press(&[key::F2]);
    page.until("a field for the name", "document.activeElement?.matches('[data-testid=edit-in-place]')");
    page.type_text("Renamed");
    page.press(&[key::ENTER]);
    goes_on("renaming");
    page.press(&[key::CONTROL, "g"]);
    page.press(&[key::ENTER]);
    goes_on("grouping");
    page.press(&[key::SHIFT, "t"]);
    goes_on("tidying up");
    for _ in 0..4 {
        page.press(&[key::CONTROL, "z"]);
    }
    page.until("nothing to undo", "document.querySelector('[data-testid=undo]').disabled");
    goes_on("undoing");
    page.press(&[key::CONTROL, key::SHIFT, "z"]);
    goes_on("redoing");
    page.is_clean(&[]);
}

/// Plays an overload and removes its server, with requests inside.
pub fn remove_what_is_at_work(page: &Page) {
    page.play();
    let server = page.node("app_server", 0);
    page.until(
        "requests inside",
        &format!("/[1-9]/.test(document.querySelector(\"{server} [data-figure=queue]\").textContent)"),
    );
    page.select(&server);
    page.press(&[key::DELETE]);
    page.until_text(".node-gone", "failed with");
}

#[test]
fn what_was_inside_a_removed_component_fails_and_is_seen_to() {
    let page = Page::open("?preset=overload");
    remove_what_is_at_work(&page);
    page.until_text(".toast", "inside what was removed failed");
    page.is_clean(&[]);
}

#[test]
fn a_screen_reader_hears_what_happened_and_how_the_system_fares() {
    let page = Page::open("?preset=overload");
    let hears = |words: &str| page.until_text(".canvas-host [role=status]", words);
    focus_canvas(&page);
    page.press(&["s"]);
    hears("Nothing has run yet");
    page.press(&["p"]);
    page.until_figure("Requests answered", 100.0);
    focus_canvas(&page);
    page.press(&["s"]);
    let said = hears("requests per second answered");
    assert!(said.contains("p99"), "{said}");
    page.press(&[key::TAB]);
    hears("1 of");
    page.press(&[key::ENTER]);
    hears("Selected");
    page.press(&[key::SHIFT, "s"]);
    hears("every 10 seconds");
    // Unasked, while it runs.
    let said = hears("requests per second answered");
    assert!(said.contains("Running"), "{said}");
    page.is_clean(&[]);
}

#[test]
fn a_screen_reader_hears_what_was_added_connected_refused_and_deleted() {
    let page = Page::open("");
    let hears = |words: &str| page.until_text(".canvas-host [role=status]", words);
    page.start_empty();
    focus_canvas(&page);
    page.press(&["/"]);
    page.until("the list of components", "document.activeElement?.closest('[data-testid=quick-add]')");
    page.type_text("users");
    page.press(&[key::ENTER]);
    hears("Added users");
    page.until("the canvas again", "document.activeElement?.matches('[data-testid=canvas]')");
    page.press(&[key::CONTROL, key::RIGHT]);
    page.choose_kind_if_asked("app server");
    let said = hears("Added app server");
    assert!(said.contains("connected from"), "what it is connected with: {said}");
    page.until("the canvas again", "document.activeElement?.matches('[data-testid=canvas]')");
    // Backwards it may not lead: the reason is heard.
    page.press(&["a"]);
    page.press(&[key::ENTER]);
    page.press(&[key::TAB]);
    hears("only make requests");
    page.press(&[key::ESCAPE]);
    page.press(&["v"]);
    page.press(&[key::CONTROL, "a"]);
    hears("2 components");
    page.press(&[key::DELETE]);
    hears("Deleted");
    page.press(&[key::CONTROL, "z"]);
    hears("Undid");
    page.is_clean(&[]);
}

#[test]
fn a_design_is_copied_to_another_tab() {
    let page = Page::open("?preset=load-balanced");
    page.browser.devtools(
        "Browser.grantPermissions",
        json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}),
    );
    let link = page.share_link();
    focus_canvas(&page);
    page.press(&[key::CONTROL, "a"]);
    page.press(&[key::CONTROL, "c"]);
    let count = page.count("[data-node-id]");
    page.new_tab("");
    page.start_empty();
    focus_canvas(&page);
    page.press(&[key::CONTROL, "v"]);
    page.until("the components", &format!("document.querySelectorAll('[data-node-id]').length === {count}"));
    // A share link on the clipboard is pasted as what it holds.
    page.run("return navigator.clipboard.writeText(arguments[0])", json!(link));
    page.press(&[key::CONTROL, "v"]);
    page.until("twice as many", &format!("document.querySelectorAll('[data-node-id]').length === {}", 2 * count));
    // And so is a design written by hand.
    page.run("return navigator.clipboard.writeText(arguments[0])", json!(BY_HAND));
    page.press(&[key::CONTROL, "v"]);
    page.until("one more", &format!("document.querySelectorAll('[data-node-id]').length === {}", 2 * count + 1));
    page.until_text(".node.is-selected .node-name", "Till");
    // What is no design is refused in words, and changes nothing.
    page.run("return navigator.clipboard.writeText(arguments[0])", json!("{\"shop\": 1}"));
    page.press(&[key::CONTROL, "v"]);
    page.until_text("[data-testid=toast]", "clipboard holds neither");
    assert_eq!(page.count("[data-node-id]"), 2 * count + 1);
    page.is_clean(&[]);
}

/// A design as a person would write it.
const BY_HAND: &str = r#"{"format": 1, "nodes": [{"id": "till", "kind": "app_server", "name": "Till"}]}"#;

#[test]
fn a_file_dropped_on_the_canvas_is_opened() {
    let page = Page::open("?preset=load-balanced");
    let before = page.count("[data-node-id]");
    let drop = |name: &str, text: &str| page.drop_file(name, text, page.canvas(0.5, 0.5));
    drop("holiday.json", "no design");
    page.until_text("[data-testid=toast]", "holiday.json holds no design that can be read");
    assert_eq!(page.count("[data-node-id]"), before);
    drop("till.json", BY_HAND);
    page.until("the file's design", "document.querySelectorAll('[data-node-id]').length === 1");
    page.until_text(".node-name", "Till");
    page.is_clean(&[]);
}

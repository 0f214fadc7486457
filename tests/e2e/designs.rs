//! Several designs, several tabs, and browsers that keep nothing.

use backpressure_tests::browser::wait_for;
use backpressure_tests::page::{Page, Screen, key};
use serde_json::{Value, json};

/// Renames the design, which is an edit as any other, and waits until it is kept.
fn rename(page: &Page, name: &str) {
    page.fill("[data-testid=design-name] input", name);
    wait_for(&format!("“{name}” to be kept"), || (page.kept()["name"] == name).then_some(()));
}

/// Names of the kept designs, the one edited last first.
fn kept_names(page: &Page) -> Vec<String> {
    let names = page.get("JSON.parse(localStorage.getItem('backpressure.designs') ?? '[]').map(e => e.name)");
    names.as_array().into_iter().flatten().filter_map(|n| n.as_str().map(str::to_owned)).collect()
}

fn open_list(page: &Page) {
    page.click("[data-testid=presets]");
    page.until("the list", "document.querySelector('[data-testid=designs-search]')");
}

#[test]
fn every_edited_design_is_kept_listed_found_and_deleted() {
    let page = Page::open("?preset=cache-aside");
    // What was only looked at is not kept.
    assert_eq!(kept_names(&page), [""; 0]);
    rename(&page, "My shop");
    page.start_empty();
    page.drag_in("users", page.canvas(0.3, 0.4));
    rename(&page, "Second");
    assert_eq!(kept_names(&page), ["Second", "My shop"]);

    open_list(&page);
    assert_eq!(page.count("[data-testid=kept-design]"), 2);
    assert!(page.count("[data-testid=designs-kept] .miniature-node") >= 5, "each has its picture");
    page.click("[data-testid=designs-search]");
    page.type_text("shop");
    page.until("one left", "document.querySelectorAll('[data-testid=kept-design]').length === 1");
    page.click("[data-testid=kept-design]");
    page.until("the shop", "document.querySelectorAll('[data-kind=cache][data-node-id]').length === 1");
    page.reload();
    assert_eq!(page.value("[data-testid=design-name] input"), "My shop");

    // The open one cannot be deleted under one's hands; another can, and had back.
    open_list(&page);
    page.click("[data-testid=kept-delete]:not(:disabled)");
    page.until("one left", "document.querySelectorAll('[data-testid=kept-design]').length === 1");
    assert_eq!(kept_names(&page), ["My shop"]);
    page.press(&[key::ESCAPE]);
    page.until_text("[data-testid=toast]", "Deleted “Second”");
    page.run("[...document.querySelectorAll('[data-testid=toast]')].find(t => t.textContent.includes('Deleted')).querySelector('.toast-action button').click()", Value::Null);
    assert_eq!(kept_names(&page), ["Second", "My shop"]);
    page.is_clean(&[]);
}

#[test]
fn what_is_opened_from_the_list_has_the_keyboard_at_once() {
    let page = Page::open("?preset=cache-aside");
    let on_canvas = "document.activeElement?.matches('[data-testid=canvas]')";
    open_list(&page);
    page.click("[data-testid=preset-three-tier]");
    page.until("the canvas with the example", on_canvas);
    page.start_empty();
    page.until("the empty canvas", on_canvas);
    // By keyboard as well.
    page.run("document.querySelector('[data-testid=presets]').focus()", Value::Null);
    page.press(&[key::ENTER]);
    page.until("the list", "document.querySelector('[data-testid=preset-empty]')");
    page.run("document.querySelector('[data-testid=preset-empty]').focus()", Value::Null);
    page.press(&[key::ENTER]);
    page.until("the empty canvas again", on_canvas);
    page.press(&["/"]);
    page.until("what to add", "document.activeElement?.closest('[data-testid=quick-add]')");
    page.is_clean(&[]);
}

#[test]
fn examples_stand_under_topics_and_are_found() {
    let page = Page::open("");
    open_list(&page);
    let topics = page.get("[...document.querySelectorAll('.designs-group:not([hidden]) h3')].map(h => h.textContent)");
    assert!(topics.as_array().is_some_and(|t| t.len() >= 5 && t.contains(&json!("Caching"))), "{topics}");
    page.click("[data-testid=designs-search]");
    page.type_text("retry");
    page.until("fewer", "document.querySelectorAll('.designs-group:not([hidden]) .preset').length < 12");
    assert_eq!(page.count("[data-testid=preset-retry-storm]"), 1);
    page.fill("[data-testid=designs-search]", "no such design");
    page.until_text(".designs [role=status]", "No design or example fits");
    page.fill("[data-testid=designs-search]", "retry");
    page.click("[data-testid=designs-list]");
    assert_eq!(
        page.get("document.querySelector('[data-testid=preset-retry-storm] .preset-picture').checkVisibility()"),
        false
    );
    page.click("[data-testid=preset-retry-storm]");
    page.until_text("[data-testid=inspector]", "retries");
    page.is_clean(&[]);
}

#[test]
fn undo_steps_survive_a_reload() {
    let page = Page::open("?preset=load-balanced");
    page.select(&page.node("app_server", 0));
    page.press(&[key::DELETE]);
    rename(&page, "Three servers");
    page.reload();
    assert_eq!(page.count("[data-kind=app_server][data-node-id]"), 3);
    page.click("[data-testid=undo]");
    page.click("[data-testid=undo]");
    page.until("the server back", "document.querySelectorAll('[data-kind=app_server][data-node-id]').length === 4");
    page.until("the old name", "document.querySelector('[data-testid=design-name] input').value !== 'Three servers'");
    // That too is kept, and what was undone can be redone after another reload.
    wait_for("it to be kept", || (page.kept()["nodes"].as_array()?.len() == 6).then_some(()));
    page.reload();
    page.click("[data-testid=redo]");
    page.until("it redone", "document.querySelectorAll('[data-kind=app_server][data-node-id]').length === 3");
    page.is_clean(&[]);
}

#[test]
fn two_tabs_never_overwrite_each_other() {
    let page = Page::open("?preset=load-balanced");
    rename(&page, "Ours");
    let first = page.tab();
    page.new_tab("");
    let second = page.tab();
    assert_eq!(page.value("[data-testid=design-name] input"), "Ours", "the design edited last");
    rename(&page, "Theirs");

    // The first tab has changed nothing since: it is told, and shows the other's version on request.
    page.switch(&first);
    page.until_text("[data-testid=toast]", "Another tab changed this design");
    assert_eq!(page.value("[data-testid=design-name] input"), "Ours");
    // It edits all the same: now both have changed, and the person is asked.
    page.fill("[data-testid=design-name] input", "Ours again");
    page.until("the question", "document.querySelector('[data-testid=keep-both]')");
    assert_eq!(kept_names(&page), ["Theirs"], "nothing has been overwritten");
    page.click("[data-testid=keep-both]");
    wait_for("both to be kept", || (kept_names(&page) == ["Ours again (this tab)", "Theirs"]).then_some(()));

    // From now on they are two designs.
    page.switch(&second);
    rename(&page, "Theirs still");
    assert_eq!(kept_names(&page), ["Theirs still", "Ours again (this tab)"]);
    page.switch(&first);
    rename(&page, "Ours still");
    assert_eq!(kept_names(&page), ["Ours still", "Theirs still"]);
    page.is_clean(&[]);
}

#[test]
fn one_tabs_version_can_take_the_place_of_the_others() {
    let page = Page::open("?preset=load-balanced");
    rename(&page, "Start");
    let first = page.tab();
    for (button, theirs, ours, left) in
        [("keep-other", "Theirs", "Ours", "Theirs"), ("keep-this", "Theirs again", "Ours again", "Ours again")]
    {
        page.new_tab("");
        rename(&page, theirs);
        page.switch(&first);
        page.fill("[data-testid=design-name] input", ours);
        page.click(&format!("[data-testid={button}]"));
        wait_for("one design left", || (kept_names(&page) == [left]).then_some(()));
        page.until(
            "it on the screen",
            &format!("document.querySelector('[data-testid=design-name] input').value === '{left}'"),
        );
    }
    page.is_clean(&[]);
}

#[test]
fn storage_that_is_full_is_said_and_a_file_offered() {
    let page = Page::open("?preset=load-balanced");
    page.run(
        "let text = 'x'.repeat(1 << 20); for (let i = 0; text.length; i++) { try { localStorage.setItem('junk' + i, text); } catch { text = text.slice(0, text.length >> 1); } }",
        Value::Null,
    );
    page.fill("[data-testid=design-name] input", "Too much");
    page.until_text("[data-testid=toast]", "storage is full or switched off");
    page.click(".toast-action button");
    let saved = std::fs::read_to_string(page.browser.saved_file()).unwrap_or_default();
    assert!(saved.contains("\"Too much\""), "{saved}");
    // Once there is room, it is kept without a word.
    page.run("localStorage.clear()", Value::Null);
    rename(&page, "Fits now");
    page.is_clean(&[]);
}

#[test]
fn a_browser_that_forbids_storage_does_no_harm() {
    let page = Page::blank(Screen::Desktop);
    page.browser.devtools(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({"source": "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, {get() { throw new DOMException('no', 'SecurityError'); }});"}),
    );
    page.go(&page.site.page("?preset=load-balanced"));
    page.ready();
    page.fill("[data-testid=design-name] input", "Nowhere");
    page.until_text("[data-testid=toast]", "storage is full or switched off");
    open_list(&page);
    page.click("[data-testid=preset-one-server]");
    page.play();
    page.until_figure("Requests answered", 10.0);
    page.is_clean(&[]);
}

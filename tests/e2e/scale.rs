//! Large designs: from afar components are shapes, and a map shows what is out of view.

use backpressure_sim::design::to_json;
use backpressure_tests::crowd::crowd;
use backpressure_tests::page::Page;
use serde_json::json;

/// Components of the design; all of them are in view only from afar.
const COMPONENTS: usize = 400;

/// Cards that are drawn.
const CARDS: &str = "[...document.querySelectorAll('[data-node-id]')].filter(e => e.checkVisibility()).length";
/// Is anything drawn as a shape?
const SHAPES: &str = "(() => { const c = document.querySelector('.sketch'); return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v); })()";

/// The page with a large design, all of it in view.
fn from_afar() -> Page {
    let page = Page::open("");
    let file = page.browser.folder().join("crowd.json");
    std::fs::write(&file, to_json(&crowd(COMPONENTS))).unwrap_or_else(|problem| panic!("{problem}"));
    page.choose_file("#open-file-input", &file);
    page.until("the design", &format!("document.querySelectorAll('[data-node-id]').length === {COMPONENTS}"));
    page.click("[data-testid=zoom-fit]");
    page.until("shapes instead of cards", &format!("{CARDS} === 0 && {SHAPES}"));
    page
}

#[test]
fn from_afar_components_are_shapes_and_the_map_leads_to_what_is_out_of_view() {
    let page = from_afar();
    assert_eq!(page.get("document.querySelector('[data-testid=minimap]').hidden"), true, "all of it is in view");

    page.click("[data-testid=zoom-reset]");
    page.until("cards instead of shapes", &format!("{CARDS} > 0 && {CARDS} < 100 && !{SHAPES}"));
    let first = "document.querySelector('[data-node-id=users-0]').checkVisibility()";
    assert_eq!(page.get(first), false, "the first system is out of view");
    let [x, y, ..] = page.rect("[data-testid=minimap]");
    page.click_at((x + 14.0, y + 20.0));
    page.until("the first system in view", first);

    // From afar as well, what is under the pointer is a card with its name.
    page.click("[data-testid=zoom-fit]");
    page.until("shapes again", &format!("{CARDS} === 0"));
    let world = "new DOMMatrix(getComputedStyle(document.querySelector('.world-front')).transform)";
    let [left, top, ..] = page.rect("[data-testid=canvas]");
    let at = |axis: &str| page.get(&format!("{world}.{axis}")).as_f64().unwrap_or_default();
    let users = &crowd(COMPONENTS).nodes[0];
    page.hover((left + at("e") + (users.x + 92.0) * at("a"), top + at("f") + (users.y + 50.0) * at("a")));
    page.until("its card", &format!("{first} && {CARDS} === 1"));
    let name = "(() => { const e = document.querySelector('[data-node-id=users-0] .node-name');
        return parseFloat(getComputedStyle(e).fontSize) * e.getBoundingClientRect().width / e.offsetWidth; })()";
    assert!(page.get(name).as_f64().is_some_and(|px| px > 11.0), "legible: {}", page.get(name));
    page.run("document.activeElement?.blur()", json!(null));
    page.is_clean(&[]);
}

/// Counts the cards that are shown anew between two frames, the most at once, in `window.most`.
const WATCH: &str = "
    window.most = 0;
    new MutationObserver(all => {
        const shown = new Set(all.filter(m => /display: none/.test(m.oldValue) && m.target.style.display === '').map(m => m.target));
        window.most = Math.max(window.most, shown.size);
    }).observe(document.querySelector('.cards'), {subtree: true, attributeFilter: ['style'], attributeOldValue: true});";

#[test]
fn cards_that_come_into_view_at_once_are_laid_out_a_few_a_frame() {
    let page = from_afar();

    page.run(WATCH, json!(null));
    while page.get(&format!("{CARDS} === 0")) == true {
        page.click("[data-testid=zoom-in]");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    // Until all are there, shapes stand for those that are not.
    page.until("cards in place of all shapes", &format!("{CARDS} > 40 && !{SHAPES}"));
    let most = page.get("window.most").as_u64().unwrap_or_default();
    assert!((1..=32).contains(&most), "{most} at once");
    page.run("document.activeElement?.blur()", json!(null));
    page.is_clean(&[]);
}

#[test]
fn close_in_a_router_shows_its_shards_and_the_hot_one() {
    let page = Page::open("?preset=hot-shard&running=1");
    let drawn =
        |layer: &str| format!("document.querySelector('[data-kind=shard_router] {layer}')?.getAttribute('d') ?? ''");
    page.until_text("[data-kind=shard_router] .inside-caption", "4 shards");
    page.until("the hot shard", &format!("({}).length > 0", drawn(".inside-hot")));
    let bars = |layer: &str| page.get(&format!("({}).split('z').length - 1", drawn(layer)));
    assert_eq!((bars(".inside-tracks"), bars(".inside-hot"), bars(".inside-bars")), (json!(4), json!(1), json!(3)));

    // From afar there is no room for it.
    page.get("document.querySelector('[data-testid=canvas]').focus()");
    let seen = "document.querySelector('.node-inside').checkVisibility()";
    assert_eq!(page.get(seen), true);
    while page.get(seen) == true {
        page.click("[data-testid=zoom-out]");
    }
    page.is_clean(&[]);
}

#[test]
fn from_afar_as_well_those_who_wait_before_a_component_lie_on_no_other() {
    // Sixty units apart: no room for a line of ten and a count. The note keeps the camera far off.
    let design = r#"{"format": 1, "nodes": [
        {"id": "users", "kind": "users", "x": 0, "y": 0, "params": {"workload": {"workload": "open", "rate_rps": 500}}},
        {"id": "server", "kind": "app_server", "x": 244, "y": 0, "params": {"slots": 1}}],
      "links": [{"id": "link", "from": "users", "to": "server"}], "notes": [{"id": "note", "text": "Far off", "x": 2400, "y": 0}]}"#;
    let page = Page::open("");
    page.drop_file("close.json", design, page.canvas(0.5, 0.5));
    page.until("the design", "document.querySelectorAll('[data-node-id]').length === 2");
    page.play();
    page.until(
        "a long queue",
        "parseInt(document.querySelector('[data-node-id=server] [data-figure=queue]').textContent) > 20",
    );
    page.until("cards with names only", "document.querySelector('[data-node-id=server]').classList.contains('is-far')");
    let box_of = |css: &str| format!("document.querySelector('{css}').getBoundingClientRect()");
    let users = box_of("[data-node-id=users] .node-card");
    let queue = box_of("[data-node-id=server] .node-waiting");
    // Without any room the figure alone says it.
    page.until("the queue beside the users", &format!("{queue}.width === 0 || {queue}.left > {users}.right"));
    page.is_clean(&[]);
}

//! Gestures that hands know from other editors, by a real pointer and real fingers.

use backpressure_tests::browser::wait_for;
use backpressure_tests::page::{At, Page, Screen, key};
use serde_json::{Value, json};

const MENU: &str = "!!document.querySelector('[role=menu]')";

/// Zoom of the canvas, and where it lies: the horizontal and the vertical shift, CSS px.
fn view(page: &Page) -> [f64; 3] {
    let matrix = page.get(
        "(() => { const m = new DOMMatrix(getComputedStyle(document.querySelector('.world-front')).transform);
            return [m.a, m.e, m.f]; })()",
    );
    let numbers: Vec<f64> = matrix.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    numbers.try_into().unwrap_or_default()
}

/// Where a component stands in the world, whatever the canvas shows of it: units of the document.
fn place(page: &Page, css: &str) -> At {
    let ([zoom, right, down], [left, top, ..]) = (view(page), page.rect("[data-testid=canvas]"));
    let [x, y, ..] = page.rect(css);
    (((x - left - right) / zoom).round(), ((y - top - down) / zoom).round())
}

/// The middle of the right edge of a component, where it calls from.
fn out_port(page: &Page, css: &str) -> At {
    let [x, y, width, height] = page.rect(css);
    (x + width, y + height / 2.0)
}

/// The middle of the left edge, where it is called.
fn in_port(page: &Page, css: &str) -> At {
    let [x, y, _, height] = page.rect(css);
    (x, y + height / 2.0)
}

#[test]
fn an_end_of_a_link_is_dragged_to_another_component() {
    let page = Page::open("?preset=one-server");
    page.drag_in("app_server", page.canvas(0.6, 0.8));
    let (users, [one, other]) = (page.node("users", 0), [0, 1].map(|n| page.node("app_server", n)));
    let links = page.count("[data-link-id]");
    let (from, to) = (out_port(&page, &users), in_port(&page, &one));
    page.click_at(((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0));
    page.until("the link selected", "document.querySelectorAll('[data-link-id].is-selected').length === 1");
    page.drag(to, page.middle(&other));
    let leads = |page: &Page, server: &str| {
        let links = page.kept()["links"].clone();
        let server = server.split('\'').nth(1).unwrap_or_default();
        links.as_array().is_some_and(|links| links.iter().any(|link| link["from"] == "users" && link["to"] == server))
    };
    assert!(leads(&page, &other) && !leads(&page, &one), "{:#}", page.kept());
    assert_eq!(page.count("[data-link-id]"), links, "moved, not another one");
    page.press(&[key::CONTROL, "z"]);
    assert!(leads(&page, &one) && !leads(&page, &other), "one step back");
    page.is_clean(&[]);
}

#[test]
fn a_drag_with_alt_leaves_a_duplicate() {
    let page = Page::open("?preset=load-balanced");
    let all = page.count("[data-node-id]");
    let server = page.node("app_server", 2);
    let (from, before) = (page.middle(&server), page.rect(&server));
    page.holding(key::ALT, || page.drag(from, (from.0 - 160.0, from.1 + 80.0)));
    page.until("one more", &format!("document.querySelectorAll('[data-node-id]').length === {}", all + 1));
    assert_eq!(page.rect(&server), before, "the original stays");
    page.press(&[key::CONTROL, "z"]);
    page.until("one step", &format!("document.querySelectorAll('[data-node-id]').length === {all}"));
    page.is_clean(&[]);
}

#[test]
fn a_drag_with_shift_selects_what_the_box_touches() {
    let page = Page::open("?preset=load-balanced");
    page.select(&page.node("users", 0));
    let [x, y, ..] = page.rect(&page.node("app_server", 0));
    let [_, below, width, height] = page.rect(&page.node("app_server", 1));
    // Beginning beside them, over both, added to what is selected.
    page.holding(key::SHIFT, || page.drag((x - 30.0, y - 20.0), (x + width / 2.0, below + height / 2.0)));
    let selected = "[...document.querySelectorAll('.node.is-selected')].map(e => e.dataset.kind).sort().join()";
    page.until("users and two servers", &format!("{selected} === 'app_server,app_server,users'"));
    page.is_clean(&[]);
}

#[test]
fn the_space_bar_and_the_middle_button_pan() {
    let page = Page::open("?preset=load-balanced");
    // Begun on a component: it is the canvas that moves.
    let server = page.node("app_server", 0);
    let stood = place(&page, &server);
    page.select(&server);
    let mut before = view(&page);
    let mut panned = |what: &str| {
        let now = view(&page);
        let by = [1, 2].map(|i| (now[i] - before[i]).round());
        assert_eq!((now[0], by), (before[0], [90.0, 50.0]), "{what}");
        before = now;
    };
    let drag = |button: u8| {
        let from = page.middle(&server);
        page.drag_and_rest(button, from, (from.0 + 90.0, from.1 + 50.0), 60);
        page.ready();
    };
    page.holding(" ", || drag(0));
    panned("space");
    drag(1);
    panned("middle button");
    assert_eq!(place(&page, &server), stood, "nothing in the design moved");
    // The space bar let go is a key again, and the next drag one of a component.
    drag(0);
    assert_ne!(place(&page, &server), stood);
    page.is_clean(&[]);
}

#[test]
fn a_component_dragged_to_the_edge_scrolls_the_canvas() {
    let page = Page::open("?preset=load-balanced");
    let server = page.node("app_server", 0);
    let (from, stood, before) = (page.middle(&server), place(&page, &server), view(&page));
    let over = (page.canvas(1.0, 0.0).0 - 6.0, from.1);
    page.drag_and_rest(0, from, over, 700);
    page.ready();
    let now = view(&page);
    assert!(now[1] < before[1] - 100.0, "{before:?} → {now:?}");
    // The component stayed under the hand all the way, but for the grid: it has come as far as hand and canvas together.
    let come = (place(&page, &server).0 - stood.0) * now[0];
    let meant = over.0 - from.0 + before[1] - now[1];
    assert!((come - meant).abs() < 25.0 * now[0], "moved {come} px instead of {meant}");
    page.is_clean(&[]);
}

#[test]
fn two_fingers_zoom_the_canvas_and_not_the_page() {
    let page = Page::open_on(Screen::Phone, "?preset=load-balanced");
    let scale = || page.get("visualViewport.scale").as_f64().unwrap_or_default();
    let at = page.canvas(0.5, 0.5);
    let before = view(&page);
    page.pinch(at, 60.0, 150.0);
    wait_for("the canvas zoomed", || (view(&page)[0] > before[0] * 2.0).then_some(()));
    assert_eq!(scale(), 1.0);
    let near = view(&page);
    page.pinch(at, 150.0, 60.0);
    wait_for("the canvas zoomed back", || (view(&page)[0] < near[0] / 2.0).then_some(()));
    // The browser's own gesture, as it comes from a screen, or a trackpad.
    let pinch = |at: At| {
        let gesture = json!({"x": at.0.round(), "y": at.1.round(), "scaleFactor": 2.0, "relativeSpeed": 1600, "gestureSourceType": "touch"});
        page.browser.devtools("Input.synthesizePinchGesture", gesture);
    };
    let before = view(&page);
    pinch(at);
    wait_for("the canvas zoomed", || (view(&page)[0] > before[0] * 1.5).then_some(()));
    assert_eq!(scale(), 1.0, "the page was zoomed");
    // A headless browser zooms no page by gestures, so this alone would prove little: what forbids it to the others is there.
    assert_eq!(page.get("getComputedStyle(document.querySelector('[data-testid=canvas]')).touchAction"), "none");
    page.is_clean(&[]);
}

#[test]
fn a_finger_that_rests_opens_the_menu() {
    let page = Page::open_on(Screen::Phone, "?preset=load-balanced");
    let server = page.node("app_server", 0);
    page.long_press(page.middle(&server), 800);
    page.until("the menu", MENU);
    page.until("what it is about", &format!("document.querySelector(\"{server}\").classList.contains('is-selected')"));
    // It stays once the finger has gone, and one of its entries can be tapped.
    std::thread::sleep(std::time::Duration::from_millis(400));
    let all = page.count("[data-node-id]");
    page.click("[role=menuitem][data-testid*=duplicate]");
    page.until("a duplicate", &format!("document.querySelectorAll('[data-node-id]').length === {}", all + 1));
    page.is_clean(&[]);
}

//! Somebody new builds users → balancer → two servers → database and runs it: with the mouse alone, with the keyboard
//! alone, with fingers alone.

use backpressure_tests::page::{Page, Screen, key};
use serde_json::Value;

/// The system stands, in the way it was meant, and answers requests that reach the database.
fn stands_and_runs(page: &Page) {
    assert_eq!(page.kinds(), ["app_server", "app_server", "load_balancer", "sql_database", "users"]);
    let kept = page.kept();
    let kind = |id: &Value| {
        let nodes = kept["nodes"].as_array().into_iter().flatten();
        nodes.filter(|n| n["id"] == *id).filter_map(|n| n["kind"].as_str()).collect::<String>()
    };
    let links = kept["links"].as_array().into_iter().flatten();
    let mut calls: Vec<String> = links.map(|l| format!("{} → {}", kind(&l["from"]), kind(&l["to"]))).collect();
    calls.sort();
    let server = "load_balancer → app_server";
    let database = "app_server → sql_database";
    assert_eq!(calls, [database, database, server, server, "users → load_balancer"]);
    for node in [page.node("app_server", 0), page.node("app_server", 1), page.node("sql_database", 0)] {
        let rate = format!("document.querySelector(\"{node} [data-figure=rate]\").textContent");
        page.until("requests at every component", &format!("/^[1-9].*\\/s/.test({rate})"));
    }
    page.is_clean(&[]);
}

fn until_links(page: &Page, count: u32) {
    page.until(&format!("{count} links"), &format!("document.querySelectorAll('[data-link-id]').length === {count}"));
}

#[test]
fn with_the_mouse_alone() {
    let page = Page::open("");
    page.start_empty();
    // What is clicked on the palette stands beside the last and is connected; a second server is another for the balancer.
    for kind in ["users", "load_balancer", "app_server", "app_server"] {
        page.click(&format!("[data-testid=palette-item-{kind}]"));
    }
    until_links(&page, 3);
    // A link drawn onto nothing asks what is to be there.
    let port = |n: usize| {
        let [x, y, width, height] = page.rect(&page.node("app_server", n));
        (x + width, y + height / 2.0)
    };
    let from = port(1);
    page.drag(from, (from.0 - 60.0, from.1 + 80.0));
    page.until("what may follow", "document.querySelector('[data-testid=quick-add]')");
    page.click("[data-testid=quick-add-sql_database]");
    until_links(&page, 4);
    page.click("[data-testid=zoom-fit]");
    // The canvas is drawn in the frame after.
    page.ready();
    page.connect(&page.node("app_server", 0), &page.node("sql_database", 0));
    page.play();
    stands_and_runs(&page);
}

#[test]
fn with_the_keyboard_alone() {
    let page = Page::open("");
    // The way to the canvas is Tab, from the top of the page on.
    let on_canvas = "document.activeElement?.matches('[data-testid=canvas]')";
    let chosen = |name: &str| {
        page.until("a field to type in", "document.activeElement?.matches('[role=combobox]')");
        page.type_text(name);
        page.press(&[key::ENTER]);
        page.until("the canvas again", on_canvas);
    };
    page.press(&[key::CONTROL, "k"]);
    page.until("the palette of commands", "document.activeElement?.matches('[role=combobox]')");
    page.type_text("new design");
    page.press(&[key::ENTER]);
    page.until(
        "an empty canvas",
        "!document.querySelector('[data-node-id]') && !document.querySelector('dialog[open]')",
    );
    let mut tabs = 0;
    while page.get(on_canvas) != true {
        page.press(&[key::TAB]);
        tabs += 1;
        assert!(tabs < 80, "the canvas cannot be reached with Tab");
    }
    page.press(&["/"]);
    chosen("users");
    for kind in ["load balancer", "app server", "sql"] {
        page.press(&[key::CONTROL, key::RIGHT]);
        chosen(kind);
    }
    until_links(&page, 3);
    // Back along the links to the balancer, and down from there to another server.
    page.press(&[key::ALT, key::LEFT]);
    page.press(&[key::ALT, key::LEFT]);
    page.press(&[key::CONTROL, key::DOWN]);
    chosen("app server");
    until_links(&page, 4);
    // From that server a link to the database: the connect tool, Enter, Tab until it is there, Enter.
    page.press(&["a"]);
    page.press(&[key::ENTER]);
    page.until_text(".canvas-prompt", "Choose what");
    let aimed = "document.querySelector('[data-kind=sql_database].is-allowed')";
    for _ in 0..12 {
        if page.get(&format!("!!{aimed}")) == true {
            break;
        }
        page.press(&[key::TAB]);
        // It is drawn in a frame after.
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    page.until("the database aimed at", aimed);
    page.press(&[key::ENTER]);
    until_links(&page, 5);
    page.press(&["p"]);
    stands_and_runs(&page);
}

#[test]
fn with_fingers_alone() {
    let page = Page::open_on(Screen::Phone, "");
    page.start_empty();
    for (n, kind) in ["users", "load_balancer", "app_server", "app_server", "sql_database"].into_iter().enumerate() {
        page.click("[data-testid=sheet-add]");
        page.until("the sheet", "document.querySelector('.sheet-open, [data-sheet], .side')?.checkVisibility()");
        page.run(
            "document.querySelector(arguments[0]).scrollIntoView({block: 'center'})",
            format!("[data-testid=palette-item-{kind}]").into(),
        );
        page.click(&format!("[data-testid=palette-item-{kind}]"));
        page.until("the component", &format!("document.querySelectorAll('[data-node-id]').length === {}", n + 1));
    }
    until_links(&page, 4);
    // The first server calls nothing yet: tap its port, then the database.
    let [x, y, width, height] = page.rect(&page.node("app_server", 0));
    page.click_at((x + width, y + height / 2.0));
    page.until_text(".canvas-prompt", "Choose what");
    page.click_at(page.middle(&page.node("sql_database", 0)));
    until_links(&page, 5);
    page.play();
    stands_and_runs(&page);
}

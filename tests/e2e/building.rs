//! Building designs from nothing, by pointer and by keyboard.

use backpressure_tests::browser::wait_for;
use backpressure_tests::page::{Page, key};
use serde_json::Value;

#[test]
fn a_design_is_dragged_together_run_undone_and_found_again() {
    let page = Page::open("");
    page.start_empty();
    page.drag_in("users", page.canvas(0.15, 0.4));
    page.drag_in("load_balancer", page.canvas(0.40, 0.4));
    page.drag_in("app_server", page.canvas(0.66, 0.22));
    page.drag_in("app_server", page.canvas(0.66, 0.62));
    let (users, balancer) = (page.node("users", 0), page.node("load_balancer", 0));
    let servers = [page.node("app_server", 0), page.node("app_server", 1)];
    page.connect(&users, &balancer);
    page.connect(&balancer, &servers[0]);
    page.connect(&balancer, &servers[1]);

    // The form comes from the component's own description.
    page.select(&users);
    page.fill("[data-param='/workload/rate_rps']", "300");
    page.select(&servers[0]);
    page.fill("[data-param='/slots']", "4");
    let kept = page.kept();
    let param = |node: usize, pointer: &str| kept["nodes"][node]["params"].pointer(pointer).cloned();
    assert_eq!(param(0, "/workload/rate_rps").and_then(|v| v.as_f64()), Some(300.0), "{kept:#}");
    assert_eq!(param(2, "/slots").and_then(|v| v.as_f64()), Some(4.0), "{kept:#}");

    // Run it: 300 requests/s, shared by two servers.
    page.play();
    page.flat_out();
    page.until_figure("Requests answered", 3_000.0);
    page.pause();
    // The table is written twice a second.
    std::thread::sleep(std::time::Duration::from_millis(1200));
    let [offered, answered, seconds] = page.figures(["Requests offered", "Requests answered", "Simulated time"]);
    assert!((offered / seconds / 300.0 - 1.0).abs() < 0.1, "{offered} requests in {seconds} s");
    assert!(answered > 0.98 * offered, "{answered} of {offered} answered");
    assert!(page.text("[data-testid=finding]").len() > 30, "{}", page.text("[data-testid=finding]"));
    for figure in ["rate", "utilisation", "queue", "p99", "errors", "status"] {
        let text = page.text(&format!("{} [data-figure={figure}]", servers[1]));
        assert!(text.chars().any(char::is_alphanumeric), "{figure} of the server says “{text}”");
    }

    // One gesture is one step, and undoing never touches the clock.
    let clock = page.text("[data-testid=sim-time]");
    let links = page.count("[data-link-id]");
    page.select(&servers[1]);
    page.press(&[key::DELETE]);
    page.until("the server gone", "document.querySelectorAll('[data-node-id]').length === 3");
    assert_eq!(page.count("[data-link-id]"), links - 1);
    page.press(&[key::CONTROL, "z"]);
    page.until("the server back", "document.querySelectorAll('[data-node-id]').length === 4");
    assert_eq!(page.count("[data-link-id]"), links);
    page.click("[data-testid=undo]");
    page.click("[data-testid=undo]");
    page.click("[data-testid=undo]");
    page.until("a link undone", &format!("document.querySelectorAll('[data-link-id]').length === {}", links - 1));
    for _ in 0..3 {
        page.click("[data-testid=redo]");
    }
    page.until("the link redone", &format!("document.querySelectorAll('[data-link-id]').length === {links}"));
    assert_eq!(page.text("[data-testid=sim-time]"), clock);

    // Moving a component is seen, kept and undone.
    let before = page.kept();
    let from = page.middle(&servers[1]);
    page.drag(from, (from.0 + 60.0, from.1 + 40.0));
    let moved = page.kept();
    assert_ne!(moved["nodes"][3]["y"], before["nodes"][3]["y"]);
    page.press(&[key::CONTROL, "z"]);
    assert_eq!(page.kept(), before);

    page.reload();
    assert_eq!(page.kinds(), ["app_server", "app_server", "load_balancer", "users"]);
    assert_eq!(page.count("[data-link-id]"), links);
    assert_eq!(page.kept(), before);
    page.is_clean(&[]);
}

#[test]
fn a_cancelled_gesture_leaves_nothing() {
    let page = Page::open("?preset=load-balanced");
    let before = page.count("[data-link-id]");
    let node = page.node("app_server", 0);
    // That a drag that is not cancelled does move it is what makes the rest say something.
    let (from, place) = (page.middle(&node), page.rect(&node));
    page.drag(from, (from.0 + 80.0, from.1 + 60.0));
    assert_ne!(page.rect(&node), place);
    page.press(&[key::CONTROL, "z"]);
    // The canvas is drawn in the frame after the buttons.
    wait_for("the component back", || (page.rect(&node) == place).then_some(()));
    page.until("nothing to undo", "document.querySelector('[data-testid=undo]').disabled");

    page.hold_and_cancel(page.middle(&node), (80.0, 60.0));
    assert_eq!(page.rect(&node), place, "Esc in the middle of a drag must put the component back");
    assert_eq!(
        page.get("document.querySelector('[data-testid=undo]').disabled"),
        true,
        "a cancelled gesture is no step"
    );
    assert_eq!(page.count("[data-link-id]"), before);
    page.is_clean(&[]);
}

#[test]
fn a_design_is_built_by_keyboard_alone() {
    let page = Page::open("");
    page.start_empty();
    page.run("document.querySelector('[data-testid=canvas]').focus()", Value::Null);
    let add = |name: &str| {
        page.until("the list of components", "document.activeElement?.closest('[data-testid=quick-add]')");
        page.type_text(name);
        page.press(&[key::ENTER]);
        page.until("the list closed", "!document.querySelector('[data-testid=quick-add]')");
    };
    page.press(&["/"]);
    add("users");
    page.until("users", "document.querySelectorAll('[data-kind=users]').length === 1");
    // Ctrl and an arrow: a connected component in that direction.
    page.press(&[key::CONTROL, key::RIGHT]);
    page.choose_kind_if_asked("app server");
    page.until("a second component", "document.querySelectorAll('[data-node-id]').length === 2");
    page.press(&[key::CONTROL, key::RIGHT]);
    page.choose_kind_if_asked("sql");
    page.until("a third component", "document.querySelectorAll('[data-node-id]').length === 3");
    page.until("two links", "document.querySelectorAll('[data-link-id]').length === 2");

    // Arrows move, and that is kept and undone like any other step.
    let before = page.kept();
    page.press(&[key::DOWN]);
    let moved = page.kept();
    assert_ne!(moved["nodes"], before["nodes"]);
    page.press(&[key::CONTROL, "z"]);
    assert_eq!(page.kept()["nodes"], before["nodes"]);

    // F2 renames.
    page.press(&[key::F2]);
    page.until("a field for the name", "document.activeElement?.tagName === 'INPUT'");
    page.press(&[key::CONTROL, "a"]);
    page.type_text("last one");
    page.press(&[key::ENTER]);
    page.until_text("[data-node-id] .node-name", "last one");

    // P runs. Letters typed into the name did not.
    assert_eq!(page.get("document.querySelector('[data-testid=play]').getAttribute('aria-label')"), "Play");
    page.press(&["p"]);
    page.until_figure("Requests answered", 20.0);
    page.is_clean(&[]);
}

#[test]
fn components_show_only_the_ports_that_a_link_can_have() {
    let page = Page::open("?preset=web-crawler");
    let shown = |kind: &str| {
        page.get(&format!(
            "[...document.querySelectorAll('[data-kind={kind}] .port')].filter(p => getComputedStyle(p).display !== 'none').map(p => p.dataset.port)"
        ))
    };
    // Nobody calls users; stores and other people's services call nobody.
    for (kind, ports) in [
        ("users", vec!["out"]),
        ("message_queue", vec!["in", "out"]),
        ("worker", vec!["in", "out"]),
        ("external_api", vec!["in"]),
        ("sql_database", vec!["in"]),
    ] {
        assert_eq!(shown(kind), serde_json::json!(ports), "{kind}");
    }
    page.is_clean(&[]);
}

#[test]
fn a_component_of_one_s_own_gets_its_figures_and_the_run_keeps_to_them() {
    let page = Page::open("");
    page.start_empty();
    page.drag_in("users", page.canvas(0.15, 0.4));
    page.drag_in("custom", page.canvas(0.45, 0.4));
    page.drag_in("sql_database", page.canvas(0.75, 0.4));
    let [users, custom, database] = ["users", "custom", "sql_database"].map(|kind| page.node(kind, 0));
    page.connect(&users, &custom);
    page.connect(&custom, &database);
    page.select(&users);
    page.fill("[data-param='/workload/rate_rps']", "400");
    page.select(&custom);
    page.fill("[data-param='/slots']", "8");
    page.fill("[data-param='/failure_rate']", "0.25");
    page.run("document.querySelector(\"[data-param='/service_time/distribution']\").focus()", Value::Null);
    page.press(&["c"]); // The first that begins so: constant.
    page.until("a constant time", "!document.querySelector(\"[data-param='/service_time/sigma']\")");
    page.fill("[data-param='/service_time/mean_ms']", "4");

    page.play();
    page.flat_out();
    page.until_figure("Requests answered", 20_000.0);
    page.pause();
    // The table is written twice a second.
    std::thread::sleep(std::time::Duration::from_millis(1200));

    // Each request fails with a chance of its own: the share has a standard deviation of √(p(1 − p) / n).
    let off = |n: f64| 5.0 * (0.25 * 0.75 / n).sqrt();
    let [offered, answered, failed, inside] =
        page.figures(["Requests offered", "Requests answered", "Failed: error", "In flight"]);
    assert_eq!(answered + failed + inside, offered, "nothing fails for another reason");
    let (n, share) = (answered + failed, failed / (answered + failed));
    assert!((share - 0.25).abs() < off(n), "{share} of {n} failed");

    // Over the last stretch of time: those that do not fail call the database.
    let [arrive, call, busy] = [("Custom", 2), ("SQL database", 2), ("Custom", 4)].map(|(name, column)| {
        let row =
            format!("[...document.querySelectorAll('.table-wide tr')].find(r => r.cells[0].textContent === '{name}')");
        page.get(&format!("parseFloat({row}.cells[{column} + 1].textContent)")).as_f64().unwrap_or(f64::NAN)
    });
    let seconds: f64 = page
        .get("parseFloat(document.querySelector('.table-run').textContent.match(/Throughput, last ([0-9.]+) s/)[1])")
        .as_f64()
        .unwrap_or(f64::NAN);
    assert!((call / arrive - 0.75).abs() < off(arrive * seconds), "{call} of {arrive} calls/s, for {seconds} s");
    for node in [&custom, &users] {
        let shown =
            page.get(&format!("parseFloat(document.querySelector(\"{node} [data-figure=errors]\").textContent)"));
        let share = shown.as_f64().unwrap_or(f64::NAN) / 100.0;
        assert!((share - 0.25).abs() < off(arrive * seconds) + 0.005, "the card of {node} says that {share} fail");
    }
    // A slot is held for 4 ms, and of three requests in four for the 8 ms of a read and 0.5 ms of network there and back:
    // by Little's law 400/s × 10.75 ms = 4.3 of the 8 slots are busy.
    assert!((busy / 100.0 - 4.3 / 8.0).abs() < 0.15, "{busy} % of the slots busy");
    // The inspector says the same of it.
    page.select(&custom);
    page.until_text("[data-testid=inspector] .live-figure", "of 8");
    page.until_text("[data-testid=inspector] .live-failures", "error");
    page.is_clean(&[]);
}

#[test]
fn problems_and_messages_take_no_drop_and_no_click_from_what_lies_below() {
    let page = Page::open("");
    page.start_empty();
    // Components that are not connected are problems, wherever they stand; here in a corner of the canvas.
    page.drag_in("users", page.canvas(0.5, 0.12));
    page.drag_in("load_balancer", page.canvas(0.1, 0.12));
    page.until("the problems", "document.querySelector('[data-testid=problems]').checkVisibility()");
    let over = "(() => { const p = document.querySelector('[data-testid=problems]').getBoundingClientRect();
        const c = document.querySelector('[data-testid=canvas]').getBoundingClientRect();
        return p.left < c.right && p.right > c.left && p.top < c.bottom && p.bottom > c.top; })()";
    assert_eq!(page.get(over), false, "they lie over the canvas");
    page.select(&page.node("load_balancer", 0));

    // A message: a link that cannot be, drawn from what answers only.
    page.click("[data-testid=metrics-tab-faults]");
    page.drag(page.middle("[data-testid=chip-partition]"), page.middle(&page.node("load_balancer", 0)));
    page.until_text("[data-testid=toast]", "befalls links");
    let message = page.middle("[data-testid=toast] .toast-body");
    page.drag_in("app_server", message);
    page.select(&page.node("app_server", 0));
    assert!(page.count("[data-testid=toast]") > 0, "the message had gone before");
    let close = "[data-testid=toast] button[aria-label='Close this message']";
    // Its own buttons are no way through.
    page.click(close);
    page.until("the message gone", "!document.querySelector('[data-testid=toast]')");

    // Opened, each leads to its place.
    page.click(".problems-title");
    page.run("document.querySelector('[data-testid=canvas]').focus()", Value::Null);
    page.press(&[key::ESCAPE]);
    page.until("nothing selected", "!document.querySelector('.node.is-selected')");
    page.click("[data-testid=problems] li button:not(:disabled)");
    page.until("the component", "document.querySelectorAll('.node.is-selected').length === 1");
    page.is_clean(&[]);
}

#[test]
fn every_switch_of_a_form_stands_in_the_head_of_its_field() {
    let page = Page::open("?preset=load-balanced");
    page.select(&page.node("app_server", 0));
    page.press(&[key::ALT, key::SHIFT, key::LEFT]);
    page.until("a link", "document.querySelector('.link.is-selected')");
    // What a screen reader is at, and what it says there.
    let here =
        "document.getElementById(document.querySelector('[data-testid=canvas]').getAttribute('aria-activedescendant'))";
    page.until("its name", &format!("{here}?.ariaLabel.startsWith('Link from Load balancer to ')"));
    page.click("[data-testid=inspector] .field-more summary");
    let outside = "[...document.querySelectorAll('[data-testid=inspector] [role=switch]')].filter(s => !s.closest('.field-head')).length";
    assert_eq!(page.get(outside), 0);
    let wait = "[role=switch][data-param='/wait']";
    assert_eq!(page.get(&format!("document.querySelector(\"{wait}\").ariaChecked")), "true");
    page.click(wait);
    page.until("the switch off", &format!("document.querySelector(\"{wait}\").ariaChecked === 'false'"));
    let kept = page.kept();
    let links = kept["links"].as_array().into_iter().flatten();
    assert_eq!(links.filter(|l| l["params"]["wait"] == false).count(), 1, "{kept:#}");
    page.is_clean(&[]);
}

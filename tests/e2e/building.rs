//! Building designs from nothing, by pointer and by keyboard.

use backpressure_tests::browser::wait_for;
use backpressure_tests::page::{Page, key};

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
    page.run("document.querySelector('[data-testid=canvas]').focus()", serde_json::Value::Null);
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

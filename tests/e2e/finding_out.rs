//! Finding out: faults let loose and planned, single requests, promises, costs.

use backpressure_tests::page::{Page, Screen, key};
use serde_json::Value;

#[test]
fn a_fault_is_dropped_on_a_component_moved_by_keys_and_undone() {
    let page = Page::open("?preset=load-balanced");
    page.click("[data-testid=metrics-tab-faults]");
    page.until("the chips", "document.querySelectorAll('[data-testid^=chip-]').length > 5");
    let server = page.node("app_server", 0);
    page.drag(page.middle("[data-testid=chip-crash]"), page.middle(&server));
    page.until("the fault", "document.querySelectorAll('.fault-bar').length === 1");
    let starts = "Number(document.querySelector('.fault-bar').getAttribute('aria-valuenow'))";
    let before = page.get(starts).as_f64().unwrap_or_default();
    page.run("document.querySelector('.fault-bar').focus()", serde_json::Value::Null);
    page.press(&["\u{e014}"]); // Right arrow: a second later
    page.until("the move", &format!("{starts} === {}", before + 1.0));
    // A trouble of links is refused by a component, in words.
    page.drag(page.middle("[data-testid=chip-partition]"), page.middle(&server));
    page.until("the reason", "document.body.textContent.includes('befalls links')");
    assert_eq!(page.count(".fault-bar"), 1);
    page.click("[data-testid=undo]");
    page.click("[data-testid=undo]");
    page.until("the undoing", "document.querySelectorAll('.fault-bar').length === 0");
    page.is_clean(&[]);
}

#[test]
fn while_no_request_has_come_the_finding_says_so() {
    let page = Page::open("?preset=one-server");
    page.select(&page.node("users", 0));
    page.fill("[data-param='/workload/rate_rps']", "0.001");
    page.until_text("[data-testid=finding]", "Press play");
    page.play();
    page.until_text("[data-testid=finding]", "No request has come yet");
    page.is_clean(&[]);
}

#[test]
fn a_fault_befalls_a_whole_zone_and_one_that_nothing_there_suffers_says_what_does() {
    let page = Page::open("?preset=zone-outage");
    page.click("[data-testid=metrics-tab-faults]");
    page.until("the chips", "document.querySelectorAll('[data-testid^=chip-]').length > 5");
    // Between the two servers of a zone: in its frame, on none of them.
    let (east, other) = (page.middle(&page.node("app_server", 0)), page.middle(&page.node("app_server", 1)));
    let between = ((east.0 + other.0) / 2.0, (east.1 + other.1) / 2.0);
    page.drag(page.middle("[data-testid=chip-slow]"), between);
    page.until(
        "the fault",
        "[...document.querySelectorAll('.fault-name')].some(e => e.textContent.startsWith('Slow zone East'))",
    );
    page.drag(page.middle("[data-testid=chip-disk_full]"), between);
    page.until(
        "the reason",
        "document.body.textContent.includes('Disk full befalls nothing in zone East, only SQL database')",
    );
    // What is selected says beforehand what does not befall it.
    page.select(&page.node("users", 0));
    page.until(
        "the spike",
        "document.querySelector('[data-testid=chip-spike]').parentElement.dataset.unfit === 'false'",
    );
    assert_eq!(page.count(".fault-chip[data-unfit=false]"), 1);
    page.is_clean(&[]);
}

#[test]
fn a_link_that_a_fault_is_dropped_on_says_what_befalls_it_while_it_lasts() {
    let page = Page::open("?preset=load-balanced");
    page.click("[data-testid=metrics-tab-faults]");
    page.until("the chips", "document.querySelectorAll('[data-testid^=chip-]').length > 5");
    let (users, balancer) = (page.rect(&page.node("users", 0)), page.rect(&page.node("load_balancer", 0)));
    let link = ((users[0] + users[2] + balancer[0]) / 2.0, users[1] + users[3] / 2.0);
    page.drag(page.middle("[data-testid=chip-partition]"), link);
    page.until_text(".fault-name", "Users → Load balancer");
    // It begins with the run: as many seconds earlier as it was planned for.
    let starts = "Number(document.querySelector('.fault-bar').getAttribute('aria-valuenow'))";
    page.run("document.querySelector('.fault-bar').focus()", Value::Null);
    for _ in 0..page.get(starts).as_u64().unwrap_or_default() {
        page.press(&["\u{e012}"]); // Left arrow: a second earlier
    }
    page.until("the beginning", &format!("{starts} === 0"));
    page.play();
    page.until_text(".link-figure", "Partition");
    let named = "[...document.querySelectorAll('.link')].map(e => e.ariaLabel).find(l => l.startsWith('Link from Users to Load balancer'))";
    for said in ["latency 0.50", "calls per second", "fault: Partition"] {
        page.until("what a screen reader says of the link", &format!("{named}.includes('{said}')"));
    }
    page.click_at(link);
    page.until_text("[data-testid=inspector] .live-faults", "Fault now: Partition");
    page.click("[data-testid=fault-end]");
    page.until(
        "the end",
        "![...document.querySelectorAll('.link-figure')].some(e => e.textContent.includes('Partition'))",
    );
    page.until("that a screen reader says so no longer", &format!("!{named}.includes('Partition')"));
    page.is_clean(&[]);
}

#[test]
fn what_is_broken_now_lies_on_the_timeline_until_it_is_ended() {
    let page = Page::open("?preset=one-server");
    page.play();
    page.until_figure("Requests answered", 20.0);
    page.select(&page.node("app_server", 0));
    page.click("[data-testid=metrics-tab-faults]");
    // By keyboard: a chip is a button.
    page.run("document.querySelector('[data-testid=chip-crash]').focus()", Value::Null);
    page.press(&[key::ENTER]);
    page.until("the fault on the component", "document.querySelector('.live-faults')?.textContent.includes('Crash')");
    page.until("that it goes on", "document.querySelector('.fault-row[data-running=true] .fault-end').offsetWidth > 0");
    let (kept, opened) = (page.kept(), include_str!("../../static/presets/one-server.json"));
    assert!(kept["faults"][0]["params"]["schedule"]["at_s"].as_f64() > Some(0.0), "the instant it was pressed");
    let opened: Value = serde_json::from_str(opened).unwrap_or_default();
    assert_eq!((&kept["nodes"], &kept["links"]), (&opened["nodes"], &opened["links"]), "the diagram is as it was");
    page.click(".fault-end");
    page.until("that it is over", "document.querySelector('.live-faults:not([hidden])') === null");
    let lasted_s = page.kept()["faults"][0]["params"]["schedule"]["for_s"].as_f64().unwrap_or_default();
    assert!(lasted_s > 0.0 && page.count(".fault-row[data-running=true]") == 0);
    // Two steps: that it ended, and that it was.
    page.click("[data-testid=undo]");
    page.until("it at work again", "document.querySelector('.live-faults')?.textContent.includes('Crash')");
    page.click("[data-testid=undo]");
    page.until("the undoing", "document.querySelectorAll('.fault-bar').length === 0");
    page.until("a healthy server", "document.querySelector('.live-faults:not([hidden])') === null");
    // Nothing is broken while faults are off, and it is said why.
    page.click("[data-testid=redo]");
    page.click("[data-testid=faults-off]");
    page.click("[data-testid=chip-slow]");
    page.until("the reason", "document.body.textContent.includes('All faults are switched off')");
    assert_eq!(page.count(".fault-bar"), 1);
    page.is_clean(&[]);
}

/// From when and for how long a fault is planned, s.
fn planned(page: &Page, n: usize) -> (f64, f64) {
    let schedule = page.kept()["faults"][n]["params"]["schedule"].clone();
    (schedule["at_s"].as_f64().unwrap_or_default(), schedule["for_s"].as_f64().unwrap_or_default())
}

#[test]
fn a_fault_is_moved_and_stretched_at_both_ends_by_hand_and_by_keys() {
    let page = Page::open("?preset=load-balanced");
    page.click("[data-testid=metrics-tab-faults]");
    page.until("the chips", "document.querySelectorAll('[data-testid^=chip-]').length > 5");
    page.drag(page.middle("[data-testid=chip-crash]"), page.middle(&page.node("app_server", 0)));
    page.until("its form", "document.querySelector('[data-testid=fault-form]') !== null");
    page.press(&[key::ESCAPE]);
    page.until("the bar in hand", "document.activeElement.className === 'fault-bar'");
    assert_eq!(planned(&page, 0), (10.0, 10.0));
    let [_, _, track, _] = page.rect(".fault-track");
    let pull = |across: f64, by_s: f64| {
        let [x, y, width, height] = page.rect(".fault-bar");
        let from = (x + width * across, y + height / 2.0);
        page.drag(from, (from.0 + by_s * track / 60.0, from.1));
        planned(&page, 0)
    };
    let near = |is: (f64, f64), wanted: (f64, f64)| {
        // A pixel is a tenth of a second or two.
        assert!((is.0 - wanted.0).abs() < 0.3 && (is.1 - wanted.1).abs() < 0.3, "{is:?} instead of {wanted:?}");
    };
    near(pull(0.5, 20.0), (30.0, 10.0));
    near(pull(0.99, 10.0), (30.0, 20.0));
    near(pull(0.01, -20.0), (10.0, 40.0));
    page.click("[data-testid=undo]");
    near(planned(&page, 0), (30.0, 20.0));
    page.run("document.querySelector('.fault-bar').focus()", Value::Null);
    let at = planned(&page, 0);
    let hold = |keys: &[&str]| {
        page.press(keys);
        planned(&page, 0)
    };
    near(hold(&[key::LEFT]), (at.0 - 1.0, at.1));
    near(hold(&[key::SHIFT, key::LEFT]), (at.0 - 11.0, at.1));
    near(hold(&[key::ALT, key::RIGHT]), (at.0 - 11.0, at.1 + 1.0));
    near(hold(&[key::ALT, key::SHIFT, key::RIGHT]), (at.0 - 10.0, at.1));
    page.press(&[key::DELETE]);
    page.until("no fault", "document.querySelectorAll('.fault-bar').length === 0");
    page.is_clean(&[]);
}

#[test]
fn the_form_of_a_fault_has_room_and_makes_way_for_what_is_selected() {
    for screen in [Screen::Desktop, Screen::Phone] {
        let page = Page::open_on(screen, "?preset=random-faults");
        if screen == Screen::Phone {
            page.click("[data-testid=sheet-metrics]");
        }
        page.click("[data-testid=metrics-tab-faults]");
        page.until("a fault at random", "document.querySelectorAll('.fault-bar[data-random=true]').length > 0");
        page.run("document.querySelector('.fault-name').scrollIntoView({block: 'center'})", Value::Null);
        page.click(".fault-name");
        page.until("its form", "document.querySelector('[data-testid=fault-form] select') !== null");
        let [_, _, width, height] = page.rect("[data-testid=fault-form]");
        assert!(width >= 320.0 && height >= 500.0, "{width} × {height}");
        if screen == Screen::Desktop {
            page.select(&page.node("app_server", 0));
            page.until("the component's own", "document.querySelector('[data-testid=fault-form]') === null");
        } else {
            page.click("[data-testid=fault-form] [aria-label=Close]");
            page.until("it closed", "document.querySelector('[data-testid=fault-form]') === null");
        }
        page.is_clean(&[]);
    }
}

#[test]
fn what_came_at_random_is_marked_on_the_timeline() {
    let page = Page::open("?preset=random-faults");
    page.click("[data-testid=metrics-tab-faults]");
    page.play();
    page.flat_out();
    page.until("two that came", "document.querySelectorAll('.fault-came').length >= 2");
    page.click("[data-testid=reset]");
    page.until("a new run", "document.querySelectorAll('.fault-came').length === 0");
    page.is_clean(&[]);
}

#[test]
fn single_requests_are_listed_and_one_is_a_waterfall() {
    let page = Page::open("?preset=cache-aside");
    page.click("[data-testid=metrics-tab-requests]");
    page.play();
    page.until("requests", "document.querySelectorAll('.request').length > 5");
    page.pause();
    page.click(".request");
    page.until("the waterfall", "document.querySelectorAll('[data-testid=waterfall] tbody tr').length >= 2");
    page.is_clean(&[]);
}

#[test]
fn a_promise_is_written_tested_and_kept_in_the_design() {
    let page = Page::open("?preset=one-server");
    page.click("[data-testid=metrics-tab-promises]");
    page.click("[data-testid=promise-input]");
    page.type_text("p98 < 2 s");
    page.press(&[key::ENTER]);
    page.until("the reason", "document.querySelector('[data-testid=promises]').textContent.includes('not a figure')");
    page.fill("[data-testid=promise-input]", "p50 < 2 s");
    page.click("[data-testid=promise-input]");
    page.press(&[key::ENTER]);
    page.until("the promise", "document.querySelectorAll('[data-testid=promises] tbody tr').length === 1");
    page.click("[data-testid=promises-test]");
    page.until("the verdict", "document.querySelector('[data-verdict=kept]') !== null");
    page.is_clean(&[]);
}

#[test]
fn a_sweep_fills_in_and_says_what_the_server_can_take() {
    let page = Page::open("?preset=one-server");
    page.click("[data-testid=metrics-tab-sweep]");
    // A range that is none is refused in words, and nothing starts.
    page.fill("[data-testid=sweep-values]", "20..200");
    page.click("[data-testid=sweep-start]");
    page.until("the reason", "document.querySelector('[data-testid=sweep]').textContent.includes('FROM..TOxCOUNT')");
    let value = |name: &str| page.value(&format!("[data-testid=sweep-{name}]"));
    assert_eq!(value("values"), "20..200", "what the reason is about stays");
    let seen = "(r => r.height > 0 && r.bottom <= innerHeight)(document.querySelector('[data-testid=sweep] [role=alert]').getBoundingClientRect())";
    assert_eq!(page.get(seen), true, "the reason is in sight");
    page.fill("[data-testid=sweep-values]", "20..200x10");
    page.fill("[data-testid=sweep-seconds]", "90");
    page.click("[data-testid=sweep-start]");
    let rows = "document.querySelectorAll('[data-testid=sweep] tbody tr').length";
    page.until("points", &format!("{rows} > 0"));
    page.until("all points", &format!("{rows} === 10"));
    // One slot of 8 ms: 125 requests/s, by the utilisation law; at 140 the queue grows.
    page.until("the words", "document.querySelector('[data-testid=sweep-words]').textContent.includes('From 140 ')");
    let words = page.text("[data-testid=sweep-words]");
    let capacity = words.split("about ").nth(1).and_then(|w| w.split(' ').next()?.parse::<f64>().ok());
    assert!(capacity.is_some_and(|c| (c - 125.0).abs() < 2.5), "{words}");
    assert!(words.contains("Web server"), "{words}");
    // The fields are as they were typed, and so is the command.
    assert_eq!((value("values"), value("seconds")), ("20..200x10".into(), "90".into()));
    let caption = page.text("[data-testid=sweep] caption");
    assert!(caption.ends_with("--set users.workload.rate_rps=20..200x10 --duration-s 108 --warmup-s 18"), "{caption}");
    page.is_clean(&[]);
}

#[test]
fn theory_stands_beside_the_simulation_or_says_what_it_would_need() {
    let page = Page::open("?preset=one-server");
    page.play();
    page.flat_out();
    page.select(&page.node("app_server", 0));
    page.until("the formula", "document.querySelector('[data-testid=theory]')?.textContent.includes('Theory: M/M/1')");
    page.until("a verdict", "document.querySelectorAll('[data-testid=theory] [data-verdict=agrees]').length >= 2");
    // 8 ms / (1 − 0.8), as the description of the design says, once the rate that came is near the rate that was asked for.
    let theory = "parseFloat(document.querySelector('[data-testid=theory] tbody tr:first-child td').textContent)";
    page.until("40 ms", &format!("Math.abs({theory} - 40) < 2"));
    page.select(&page.node("users", 0));
    page.until("nothing of users", "document.querySelector('[data-testid=theory]') === null");
    page.is_clean(&[]);
}

#[test]
fn a_csv_of_timestamps_is_dropped_on_users_and_replayed() {
    let page = Page::open("?preset=one-server");
    let drop = |css: &str, text: &str| page.drop_file("access.csv", text, page.middle(css));
    let said = |words: &str| format!("document.body.textContent.includes({words:?})");
    drop(&page.node("app_server", 0), "1\n2\n");
    page.until("where to drop it", &said("onto a users component"));
    drop(&page.node("users", 0), "at\n0.5\nlater\n");
    page.until("the line that is no time", &said("line 3, “later”"));
    drop(&page.node("users", 0), "at\n2026-01-01T00:00:00Z\n2026-01-01T00:00:00.5Z\n2026-01-01T00:00:03Z\n");
    page.until("that it is taken", &said("3 requests of access.csv are replayed"));
    page.play();
    page.until_figure("Requests answered", 3.0);
    page.click("[data-testid=undo]");
    page.until_figure("Requests answered", 20.0);
    // More than anybody would read: the first are taken, and the page stays at hand.
    let huge: String = (0..150_000).map(|n| format!("{:.3},/a\n", f64::from(n) / 50.0)).collect();
    page.run("document.querySelectorAll('.toast > .icon-button').forEach(e => e.click())", Value::Null);
    drop(&page.node("users", 0), &huge);
    page.until("how many are taken", &said("The first 100000 requests of access.csv are replayed"));
    // One in 20 ms, evenly.
    page.until("the rate", "document.querySelector('[data-kind=users] .node-rate').textContent === '50/s'");
    page.is_clean(&[]);
}

#[test]
fn the_remarks_beyond_the_first_two_open_by_a_button() {
    let page = Page::open("?preset=network-faults");
    page.play();
    page.until("more remarks than are shown", "!document.querySelector('[data-testid=remarks-more]').hidden");
    assert_eq!(page.count("[data-testid=remarks] li"), 2);
    page.run("document.querySelector('[data-testid=remarks-more]').focus()", serde_json::Value::Null);
    page.press(&["\u{e007}"]); // Enter
    page.until("all of them", "document.querySelectorAll('[data-testid=remarks] li').length > 2");
    page.until("what it does now", "document.querySelector('[data-testid=remarks-more]').ariaExpanded === 'true'");
    page.press(&["\u{e007}"]);
    page.until("the first two", "document.querySelectorAll('[data-testid=remarks] li').length === 2");
    page.is_clean(&[]);
}

#[test]
fn the_design_s_total_what_a_million_cost_and_each_share_are_seen_and_a_price_is_changed() {
    let page = Page::open("?preset=load-balanced");
    page.click("[data-testid=metrics-tab-cost]");
    let number = |testid: &str| {
        page.get(&format!("Number(document.querySelector('[data-testid={testid}]').textContent)"))
            .as_f64()
            .unwrap_or(f64::NAN)
    };
    let prices = "[...document.querySelectorAll('[data-testid=costs] [data-testid=price]')].reduce((s, e) => s + Number(e.value), 0)";
    page.until(
        "the parts add up",
        &format!("Math.abs({prices} - Number(document.querySelector('[data-testid=cost-hour]').textContent)) < 0.002"),
    );
    assert!(number("cost-million").is_nan(), "nothing has been answered yet");
    page.play();
    page.until(
        "the price of a million",
        "Number(document.querySelector('[data-testid=cost-million]').textContent) > 0",
    );
    // Another price for the dearest: the total rises by what it is dearer.
    page.run(
        "const e = document.querySelector('[data-testid=price]'); e.value = '7'; e.dispatchEvent(new Event('change', { bubbles: true }))",
        serde_json::Value::Null,
    );
    page.until("the new total", "Number(document.querySelector('[data-testid=cost-hour]').textContent) > 7");
    page.click("[data-testid=costs] .link-button");
    page.until(
        "whose price it is",
        "document.querySelector('[data-testid=cost-section]')?.textContent.includes('Your price.')",
    );
    page.click("[data-testid=undo]");
    page.until("the undoing", "Number(document.querySelector('[data-testid=cost-hour]').textContent) < 7");
    page.is_clean(&[]);
}

#[test]
fn the_inspector_says_what_a_bigger_server_costs_and_where_machines_end() {
    let page = Page::open("?preset=vertical-scaling");
    page.select(&page.node("app_server", 0));
    let says = |text: &str| {
        page.until(text, &format!("document.querySelector('[data-testid=growth]')?.textContent.includes('{text}')"));
    };
    says("Cores 2 → 4: 2× the capacity for 2.01× the cost");
    page.is_clean(&[]);
}

#[test]
fn whatever_is_found_the_canvas_keeps_its_size_and_no_card_slips_under_its_bars() {
    for screen in [Screen::Desktop, Screen::Phone] {
        let page = Page::open_on(screen, "?preset=retry-storm");
        // Bottoms of the canvas and of the lowest card, the top of the bars over it, and how many lines are said, as they are
        // in every frame of a run.
        let watch = "window.seen = new Set();
            const bottom = css => Math.max(...[...document.querySelectorAll(css)].map(e => e.getBoundingClientRect().bottom));
            const bars = () => [...document.querySelectorAll('.legend, .canvas-tools, .canvas-zoom')].filter(e => e.checkVisibility());
            const look = () => {
                const top = Math.min(...bars().map(e => e.getBoundingClientRect().top));
                seen.add([bottom('[data-testid=canvas]'), bottom('[data-node-id]') < top].join());
                requestAnimationFrame(look);
            };
            look();";
        page.run(watch, serde_json::Value::Null);
        let words = page.text("[data-testid=finding]");
        page.play();
        page.until("a remark", "document.querySelectorAll('[data-testid=remarks] li').length > 0");
        std::thread::sleep(std::time::Duration::from_secs(3));
        assert_ne!(page.text("[data-testid=finding]"), words);
        let seen = page.get("[...seen]");
        let seen: Vec<_> = seen.as_array().into_iter().flatten().filter_map(|s| s.as_str()).collect();
        assert_eq!(seen.len(), 1, "{screen:?}: the canvas changed its size: {seen:?}");
        assert!(seen[0].ends_with("true"), "{screen:?}: a card lies under the bars: {seen:?}");
        // That there is more is said where it is seen.
        let button = "document.querySelector('[data-testid=remarks-more]')";
        page.until("more than is shown", &format!("!{button}.hidden"));
        let seen = format!(
            "(() => {{ const e = {button}, r = e.getBoundingClientRect();
            return document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2) === e; }})()"
        );
        assert_eq!(page.get(&seen), true, "{screen:?}");
        // What does not fit can be read all the same.
        let cut = "(() => { const e = document.querySelector('.finding-words'); e.scrollTop = 1e6;
            return [...e.children].filter(c => c.checkVisibility()).at(-1).getBoundingClientRect().bottom - e.getBoundingClientRect().bottom; })()";
        assert!(page.get(cut).as_f64().is_some_and(|px| px < 1.0), "{screen:?}");
        page.is_clean(&[]);
    }
}

#[test]
fn the_shape_of_traffic_is_a_curve_beside_what_sets_it() {
    let page = Page::open("?preset=traffic-shapes");
    let says = |text: &str| {
        page.until(text, &format!("document.querySelector('[data-testid=outline]')?.textContent.includes('{text}')"));
    };
    page.select(&page.node("users", 0));
    says("The first 60 s: 50 requests/s.");
    page.select(&page.node("users", 4));
    says("The first 60 s: 10 to 90 requests/s.");
    page.select(&page.node("app_server", 0));
    page.until("the server", "document.querySelector('[data-testid=growth]')");
    assert_eq!(page.count("[data-testid=outline]"), 0);
    page.is_clean(&[]);
}

#[test]
fn all_faults_can_be_switched_off_however_many_there_are() {
    let page = Page::open("?preset=network-faults");
    page.click("[data-testid=metrics-tab-faults]");
    page.until("the faults", "document.querySelectorAll('.fault-bar').length === 4");
    let seen = "(() => { const e = document.querySelector('[data-testid=faults-off]'), r = e.getBoundingClientRect();
        const of = document.querySelector('#metrics-body').getBoundingClientRect();
        return r.top >= of.top && r.bottom <= of.bottom && e.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)); })()";
    assert_eq!(page.get(seen), true, "without scrolling");
    page.run("document.querySelector('#metrics-body').scrollTop = 1e6", Value::Null);
    assert_eq!(page.get(seen), true, "with the last fault in sight");
    page.click("[data-testid=faults-off]");
    page.until("all off", "document.querySelectorAll('.fault[data-off=true]').length === 4");
    page.is_clean(&[]);
}

#[test]
fn figures_that_say_nothing_take_no_room_from_those_that_do() {
    let page = Page::open("?preset=load-balanced&running=1");
    page.until_text("[data-headline=in-flight] dd", "1");
    page.select(&page.node("app_server", 0));
    // Nothing scales, nothing runs out of memory here.
    let shown =
        "[...document.querySelectorAll('.live > .live-figures .live-figure[title] dt')].map(e => e.textContent)";
    page.until_text(".live-zero summary", "more, at 0");
    assert_eq!(page.get(shown), serde_json::json!(["Instances"]));
    page.click(".live-zero summary");
    page.until("the others", "document.querySelector('.live-zero .live-figure').checkVisibility()");
    page.until(
        "all of them zeros",
        "[...document.querySelectorAll('.live-zero dd')].every(e => e.textContent[0] === '0')",
    );
    // Web server 1 to 4 can be told apart on the legend, and what is counted is a whole number.
    let cut = "[...document.querySelectorAll('.chart-name')].filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)";
    page.until(
        "the busiest",
        "[...document.querySelectorAll('.chart-name')].filter(e => e.textContent.startsWith('Web')).length === 4",
    );
    assert_eq!(page.get(cut), serde_json::json!([]));
    assert!(!page.text("[data-headline=in-flight] dd").contains('.'));
    page.is_clean(&[]);
}

#[test]
fn the_table_fits_beside_the_inspector_and_where_it_cannot_its_components_stay_in_sight() {
    let page = Page::blank(Screen::Desktop);
    for design in ["three-tier", "chat", "cache-strategies"] {
        page.reopen(&format!("?preset={design}&running=1&speed=5"));
        page.open_table();
        page.until("figures", "document.querySelector('.table-wide td[data-label=p99]')?.textContent.endsWith('ms')");
        let [inspector, body] = [page.rect("[data-testid=inspector]"), page.rect(".metrics-body")];
        assert!(inspector[2] > 200.0 && inspector[0] >= body[0] + body[2], "beside it");
        let wide = page.get("document.querySelector('.metrics-body').scrollWidth");
        assert_eq!(wide, page.get("document.querySelector('.metrics-body').clientWidth"), "{design}");
    }
    // Every head says in full what it stands for.
    let heads = page.get(
        "[...document.querySelectorAll('.table-wide thead th.number')].every(h => h.title && h.ariaLabel === h.title)",
    );
    assert_eq!(heads, true);
    let narrow = serde_json::json!({"width": 700, "height": 900, "deviceScaleFactor": 1, "mobile": false});
    page.browser.devtools("Emulation.setDeviceMetricsOverride", narrow);
    page.until("it scrolls", "(b => b.scrollWidth > b.clientWidth + 300)(document.querySelector('.metrics-body'))");
    page.run("document.querySelector('.metrics-body').scrollLeft = 10_000", Value::Null);
    let [body, name] = [page.rect(".metrics-body"), page.rect(".table-wide tbody th")];
    assert!((name[0] - body[0]).abs() < 2.0, "{name:?} in {body:?}");
    page.is_clean(&[]);
}

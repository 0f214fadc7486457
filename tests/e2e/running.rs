//! Running: steps, seeds, edits under a running simulation, and a worker that dies.

use backpressure_tests::page::{Page, key};

#[test]
fn steps_go_one_event_and_one_request_at_a_time() {
    let page = Page::open("?preset=load-balanced");
    assert_eq!(page.text("[data-testid=sim-time]"), "0.000 ms");
    page.open_table();
    for events in 1..=3 {
        page.click("[data-testid=step-event]");
        page.until_figure("Events simulated", f64::from(events));
        assert_eq!(page.figure("Events simulated"), f64::from(events));
    }
    page.click("[data-testid=step-request]");
    page.until_figure("Requests answered", 1.0);
    assert_eq!(page.figure("Requests answered"), 1.0);
    page.click("[data-testid=reset]");
    page.until("the start", "document.querySelector('[data-testid=sim-time]').textContent === '0.000 ms'");
    page.is_clean(&[]);
}

#[test]
fn the_same_seed_gives_the_same_run_on_the_screen() {
    let page = Page::open("?preset=load-balanced");
    let walk = || {
        for _ in 0..12 {
            page.click("[data-testid=step-request]");
        }
        page.until_figure("Requests answered", 12.0);
        let seen = page.text("[data-testid=sim-time]");
        page.click("[data-testid=reset]");
        page.until("the start", "document.querySelector('[data-testid=sim-time]').textContent === '0.000 ms'");
        seen
    };
    let first = walk();
    assert_eq!(walk(), first);
    page.fill("#design-seed", "987654");
    page.click("[data-testid=reset]");
    assert_ne!(walk(), first);
    page.is_clean(&[]);
}

#[test]
fn parameters_change_under_a_running_simulation() {
    let page = Page::open("?preset=load-balanced");
    page.select(&page.node("users", 0));
    page.fill("[data-param='/workload/rate_rps']", "50");
    page.play();
    page.until_figure("Requests answered", 50.0);
    page.fill("[data-param='/workload/rate_rps']", "400");
    let [at, offered] = page.figures(["Simulated time", "Requests offered"]);
    page.until_figure("Simulated time", at + 3.0);
    let [later, more] = page.figures(["Simulated time", "Requests offered"]);
    let rate = (more - offered) / (later - at);
    assert!((300.0..500.0).contains(&rate), "{rate} requests/s after the change");
    assert!(at > 0.0, "the edit reset the run");

    // A value that cannot be is explained beside its field, and the run goes on with the last good one.
    page.fill("[data-param='/workload/rate_rps']", "-3");
    page.until_text(".field-problem", "0.001");
    let at = page.figure("Simulated time");
    page.until_figure("Simulated time", at + 0.5);

    // A component is taken out and put back while requests are inside.
    page.select(&page.node("app_server", 0));
    page.press(&[key::DELETE]);
    let at = page.figure("Simulated time");
    page.until_figure("Simulated time", at + 0.5);
    page.press(&[key::CONTROL, "z"]);
    let at = page.figure("Simulated time");
    page.until_figure("Simulated time", at + 0.5);
    page.is_clean(&[]);
}

#[test]
fn the_worker_dies_and_the_page_says_so_and_goes_on() {
    let page = Page::open("?preset=load-balanced");
    let kinds = page.kinds();
    page.play();
    page.until_figure("Simulated time", 3.0);
    page.run("window.__backpressure_kill_worker()", serde_json::Value::Null);
    let said = page.until_text("[data-testid=toast]", "stopped");
    assert!(said.contains("diagram"), "{said}");
    assert_eq!(page.kinds(), kinds);
    let at = page.figure("Simulated time");
    assert!(at >= 1.0, "the run started anew at {at} s, although it had been saved");
    page.until_figure("Simulated time", at + 2.0);
    // The new worker hears edits as the old one did.
    page.select(&page.node("users", 0));
    page.fill("[data-param='/workload/rate_rps']", "200");
    let at = page.figure("Simulated time");
    page.until_figure("Simulated time", at + 1.0);
    page.is_clean(&[]);
}

#[test]
fn in_slow_motion_every_request_is_a_dot_and_the_legend_says_so() {
    let page = Page::open("?preset=load-balanced&speed=1/200&running=1");
    page.until("a dot's meaning", "document.querySelector('[data-testid=legend]')");
    page.until_text("[data-testid=legend]", "request");
    // Dots are drawn on a canvas: some of its pixels must change from one moment to the next.
    let pixels = "(() => { const c = document.querySelector('[data-testid=canvas] canvas.dots');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0, h = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) { n++; h = (h * 31 + i) | 0; } return [n, h]; })()";
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..10 {
        seen.insert(page.get(pixels).to_string());
        std::thread::sleep(std::time::Duration::from_millis(150));
    }
    assert!(seen.len() >= 5, "nothing moves: {seen:?}");
    page.is_clean(&[]);
}

#[test]
fn figures_of_a_link_stand_in_the_middle_of_where_there_is_room_for_them() {
    let page = Page::open("?preset=load-balanced&running=1");
    page.until("figures", "[...document.querySelectorAll('.link-figure')].every(e => e.textContent)");
    let aside = "Math.max(...[...document.querySelectorAll('.link-label')].map(label => {
        const words = label.querySelector('.link-figure').getBoundingClientRect();
        return Math.abs(words.x + words.width / 2 - label.getBoundingClientRect().x); }))";
    assert!(page.get(aside).as_f64().is_some_and(|px| px < 1.0), "{}", page.get(aside));
    page.is_clean(&[]);
}

#[test]
fn legends_of_charts_say_what_the_headline_says_of_the_same_named_while() {
    let page = Page::open("?preset=at-least-once&running=1");
    page.until_text("[data-headline=window] dd", "last");
    page.click("[data-testid=play]");
    let differ = "(() => {
        const head = name => document.querySelector(`[data-headline=${name}] dd`).textContent.replace('/s', '');
        const said = {};
        for (const li of document.querySelectorAll('.chart-legend li'))
            said[li.querySelector('.chart-name').textContent] ??= li.querySelector('.chart-value').textContent;
        const pairs = { answered: 'throughput', 'in time': 'goodput', p50: 'p50', p95: 'p95', p99: 'p99', 'p99.9': 'p999' };
        const wrong = Object.entries(pairs).filter(([line, name]) => said[line] !== head(name)).map(p => p + ': ' + said[p[0]]);
        for (const when of document.querySelectorAll('.chart-when:not([hidden])'))
            if (when.textContent !== head('window')) wrong.push(when.textContent);
        return wrong.join('; '); })()";
    page.until("the clock to stand", "document.querySelector('[data-testid=play]').ariaLabel === 'Play'");
    assert_eq!(page.get(differ).as_str(), Some(""), "{}", page.get(differ));
    page.is_clean(&[]);
}

//! 360 × 740, with fingers.

use backpressure_tests::page::{Page, Screen};

#[test]
fn a_design_is_built_and_run_with_fingers() {
    let page = Page::open_on(Screen::Phone, "");
    page.start_empty();
    for kind in ["users", "app_server"] {
        page.click("[data-testid=sheet-add]");
        page.click(&format!("[data-testid=palette-item-{kind}]"));
        page.until("the component", &format!("document.querySelector('[data-kind={kind}]')"));
    }
    // Tapping adds near what is there, connected where that makes sense; if not, tap the port and the other.
    if page.count("[data-link-id]") == 0 {
        let [x, y, width, height] = page.rect(&page.node("users", 0));
        page.click_at((x + width, y + height / 2.0));
        page.click_at(page.middle(&page.node("app_server", 0)));
    }
    page.until("a link", "document.querySelectorAll('[data-link-id]').length === 1");
    page.play();
    page.until("the clock to move", "document.querySelector('[data-testid=sim-time]').textContent !== '0.000 ms'");
    page.click("[data-testid=sheet-metrics]");
    page.until_figure("Requests answered", 20.0);
    page.is_clean(&[]);
}

#[test]
fn nothing_is_wider_than_the_screen_and_targets_fit_a_finger() {
    let page = Page::open_on(Screen::Phone, "?preset=load-balanced");
    for sheet in ["", "sheet-add", "sheet-inspect", "sheet-metrics"] {
        if !sheet.is_empty() {
            page.click(&format!("[data-testid={sheet}]"));
            std::thread::sleep(std::time::Duration::from_millis(400));
        }
        assert_eq!(page.get("document.documentElement.scrollWidth"), 360, "{sheet}");
        let sideways = "[...document.querySelectorAll('.side, .metrics-slot')].filter(e => e.scrollWidth > e.clientWidth + 1).length";
        assert_eq!(page.get(sideways), 0, "a sheet scrolls sideways, with {sheet} open");
        let small = page.get(
            "[...document.querySelectorAll('button, select, input:not([type=hidden]):not([type=file]), a')].filter(e => {
                if (!e.checkVisibility({visibilityProperty: true}) || e.closest('[data-testid=canvas] [data-node-id]')) return false;
                const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
                const top = document.elementFromPoint(x, y);
                if (!top || !(e === top || e.contains(top))) return false;
                const after = getComputedStyle(e, '::after'), grown = after.content !== 'none' ? parseFloat(after.height) || 0 : 0;
                return Math.max(r.height, grown) < 43.5 || Math.max(r.width, parseFloat(after.width) || 0) < 43.5;
            }).map(e => (e.dataset.testid ?? e.className) + ' ' + e.getBoundingClientRect().width + '×' + e.getBoundingClientRect().height)",
        );
        assert_eq!(small, serde_json::json!([]), "too small for a finger, with {sheet} open");
        if !sheet.is_empty() {
            page.click(&format!("[data-testid={sheet}]"));
        }
    }
    page.is_clean(&[]);
}

#[test]
fn in_every_theme_the_whole_clock_is_seen() {
    for theme in ["light", "dark", "projector"] {
        let page = Page::open_on(Screen::Phone, &format!("?preset=load-balanced&theme={theme}"));
        page.play();
        page.until(
            "seconds on the clock",
            "/\\d\\.\\d+ s$/.test(document.querySelector('[data-testid=sim-time]').textContent.trim())",
        );
        let covered = page.get(
            "(() => {
                const clock = document.querySelector('[data-testid=sim-time]'), range = document.createRange();
                range.selectNodeContents(clock);
                const r = range.getBoundingClientRect();
                return [r.left + 1, r.right - 1].map(x => document.elementFromPoint(x, r.y + r.height / 2)).filter(e => !clock.contains(e)).length;
            })()",
        );
        assert_eq!(covered, 0, "in the {theme} theme");
    }
}

#[test]
fn charts_of_a_paused_run_are_drawn_when_their_sheet_opens() {
    let page = Page::open_on(Screen::Phone, "?preset=load-balanced");
    page.play();
    page.until_text("[data-headline=throughput] dd", "/s");
    page.pause();
    page.click("[data-testid=sheet-metrics]");
    page.until(
        "lines in the chart of the throughput",
        "(() => { const c = document.querySelector('.chart canvas');
            return c.width > 200 && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v); })()",
    );
    page.is_clean(&[]);
}

#[test]
fn tap_and_tap_connect_in_a_design_that_just_fits() {
    let page = Page::open_on(Screen::Phone, "?preset=load-balanced");
    let (server, links) = (page.node("app_server", 1), page.count("[data-link-id]"));
    page.click("[data-testid=sheet-add]");
    let item = "[data-testid=palette-item-sql_database]";
    page.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", item.into());
    page.click(item);
    page.until("the database", "document.querySelector('[data-kind=sql_database]')");
    let database = page.node("sql_database", 0);
    page.run("document.querySelector('[data-testid=zoom-fit]').click()", serde_json::Value::Null);
    page.ready();
    let [x, y, width, height] = page.rect(&server);
    assert!(width < 90.0, "as small as it has to be to fit: {width} px");
    page.click_at(page.middle(&server));
    page.until("its ports", &format!("document.querySelector(\"{server} .port-out\").checkVisibility()"));
    // Where a finger lands that meant the port.
    page.click_at((x + width + 14.0, y + height / 2.0 + 10.0));
    page.until_text(".canvas-prompt", "Choose what");
    page.click_at(page.middle(&database));
    page.until("the link", &format!("document.querySelectorAll('[data-link-id]').length > {links}"));
    page.is_clean(&[]);
}

#[test]
fn no_tab_of_the_metrics_scrolls_sideways_and_their_head_leaves_room() {
    let page = Page::open_on(Screen::Phone, "?preset=load-balanced");
    page.play();
    page.until_text("[data-headline=throughput] dd", "/s");
    page.click("[data-testid=sheet-metrics]");
    // The sheet lies over 62 % of the screen: its figures and tabs take no more than a third of that.
    let [_, _, _, sheet] = page.rect(".metrics-slot");
    let heads: f64 = [".metrics-slot .sheet-head", ".metrics-head"].map(|css| page.rect(css)[3]).iter().sum();
    assert!(heads < sheet / 3.0, "{heads} px of {sheet} px");
    for tab in ["charts", "table", "faults", "requests", "promises", "sweep", "cost"] {
        page.click(&format!("[data-testid=metrics-tab-{tab}]"));
        page.until(tab, &format!("document.querySelector('[data-testid=metrics-tab-{tab}]').ariaSelected === 'true'"));
        let sideways = "[...document.querySelectorAll('.metrics-slot, .metrics-slot *')]
            .filter(e => e.scrollWidth > e.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))
            .map(e => `${e.className}: ${e.scrollWidth} of ${e.clientWidth} px`)";
        assert_eq!(page.get(sideways), serde_json::json!([]), "{tab}");
        let beyond = "[...document.querySelectorAll('#metrics-body *')]
            .filter(e => e.checkVisibility() && !e.closest('.visually-hidden') && e.getBoundingClientRect().right > innerWidth + 1)
            .map(e => e.tagName + ' ' + e.className)";
        assert_eq!(page.get(beyond), serde_json::json!([]), "{tab}");
    }
    // Each figure of a component has its label beside it.
    page.click("[data-testid=metrics-tab-table]");
    page.until("the labels", "document.querySelectorAll('.table-wide tbody td[data-label=p99]').length > 5");
    page.is_clean(&[]);
}

#[test]
fn a_fault_is_tapped_and_then_what_it_befalls() {
    let page = Page::open_on(Screen::Phone, "?preset=load-balanced");
    page.play();
    page.click("[data-testid=sheet-metrics]");
    page.click("[data-testid=metrics-tab-faults]");
    page.click("[data-testid=chip-crash]");
    // The sheet makes way, and says what it waits for.
    page.until_text("[data-testid=aim]", "Crash: choose what it befalls");
    page.until("no sheet", "document.querySelector('.app').dataset.sheet === 'none'");
    let server = page.node("app_server", 0);
    page.click_at(page.middle(&server));
    page.until("nothing that waits", "document.querySelector('[data-testid=aim]').hidden");
    page.click("[data-testid=sheet-metrics]");
    page.until("the fault on the timeline", "document.querySelectorAll('.faults-list .fault').length === 1");
    page.is_clean(&[]);
}

#[test]
fn a_fault_that_cannot_befall_what_was_tapped_waits_on_until_it_is_given_up() {
    let page = Page::open_on(Screen::Phone, "?preset=load-balanced");
    page.click("[data-testid=sheet-metrics]");
    page.click("[data-testid=metrics-tab-faults]");
    page.click("[data-testid=chip-loss]");
    page.click_at(page.middle(&page.node("app_server", 0)));
    page.until("a word on links", "/befalls links/.test(document.body.textContent)");
    assert_eq!(page.get("document.querySelector('[data-testid=aim]').hidden"), false);
    page.click("[data-testid=aim] button");
    page.until("nothing that waits", "document.querySelector('[data-testid=aim]').hidden");
    page.click("[data-testid=sheet-metrics]");
    assert_eq!(page.count(".faults-list .fault"), 0);
    page.is_clean(&[]);
}

#[test]
fn the_sentence_that_names_the_effect_is_in_sight() {
    let page = Page::open_on(Screen::Phone, "?preset=retry-storm&speed=10&running=1");
    let first = "document.querySelector('[data-testid=remarks] li')";
    page.until("the effect", &format!("{first}?.textContent.includes('Metastable failure')"));
    let seen = format!(
        "(() => {{ const r = {first}.getBoundingClientRect(), s = document.querySelector('.finding').getBoundingClientRect(),
            f = document.querySelector('[data-testid=finding]').getBoundingClientRect();
            return r.height > 0 && r.top >= s.top && r.bottom <= s.bottom + 1 && r.top < f.top; }})()"
    );
    assert_eq!(page.get(&seen), true, "it stands first, whole, before what is the bottleneck");
    page.is_clean(&[]);
}

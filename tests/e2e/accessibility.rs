//! axe-core finds nothing serious, in light and dark, on a desktop and a phone, with and without a selection.

use backpressure_tests::page::{Page, Screen};
use serde_json::Value;

fn nothing_serious(page: &Page, what: &str) {
    if page.get("typeof axe") != "object" {
        let path =
            std::env::var("AXE_CORE").unwrap_or_else(|_| panic!("AXE_CORE names no file: run `cargo xtask test e2e`"));
        let script = std::fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{path}: {problem}"));
        page.run(&script, Value::Null);
    }
    let found = page.browser.command(
        "POST",
        "/execute/async",
        serde_json::json!({"args": [], "script":
            "const done = arguments[arguments.length - 1];
             axe.run(document, {resultTypes: ['violations']}).then(
                 r => done(r.violations.filter(v => ['serious', 'critical'].includes(v.impact))
                     .map(v => v.id + ': ' + v.help + ' — ' + v.nodes.slice(0, 5).map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join('; '))),
                 e => done(['axe failed: ' + e]));"}),
    );
    assert_eq!(found, serde_json::json!([]), "{what}");
}

fn look_everywhere(screen: Screen, theme: &str) {
    let page = Page::open_on(screen, &format!("?preset=load-balanced&theme={theme}"));
    assert_eq!(page.get("document.documentElement.dataset.theme"), theme);
    nothing_serious(&page, "at rest");
    page.play();
    page.until("a run", "!document.querySelector('[data-testid=sim-time]').textContent.endsWith(' ms')");
    nothing_serious(&page, "running");
    page.select(&page.node("app_server", 0));
    if screen == Screen::Phone {
        for sheet in ["sheet-inspect", "sheet-metrics", "sheet-add"] {
            page.click(&format!("[data-testid={sheet}]"));
            std::thread::sleep(std::time::Duration::from_millis(400));
            nothing_serious(&page, sheet);
            page.click(&format!("[data-testid={sheet}]"));
            std::thread::sleep(std::time::Duration::from_millis(400));
        }
    } else {
        nothing_serious(&page, "with a selection");
        page.open_table();
        nothing_serious(&page, "with the tables");
    }
    page.click("[data-testid=presets]");
    page.until("the presets", "document.querySelector('[data-testid=preset-empty]')");
    nothing_serious(&page, "with a dialog");
}

#[test]
fn nothing_serious_on_a_light_desktop() {
    look_everywhere(Screen::Desktop, "light");
}

#[test]
fn nothing_serious_on_a_dark_desktop() {
    look_everywhere(Screen::Desktop, "dark");
}

#[test]
fn nothing_serious_on_a_light_phone() {
    look_everywhere(Screen::Phone, "light");
}

#[test]
fn nothing_serious_on_a_dark_phone() {
    look_everywhere(Screen::Phone, "dark");
}

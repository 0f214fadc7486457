//! What a visit costs: opening the page and watching a run is one thing, the rest of the program comes when it is touched.

use std::io::Write;
use std::process::{Command, Stdio};

use backpressure_tests::browser::wait_for;
use backpressure_tests::page::{Page, key};
use backpressure_tests::site::dist;

/// Most that opening the page and watching a run may transfer, bytes, compressed: half a second on a connection of 8 Mbit/s. When
/// it no longer fits, look first at what opening runs (`cargo xtask opening`), then at what is new.
const BUDGET: usize = 500_000;
/// Which file the rest is.
const REST: &str = "_rest.wasm";

fn rest_was_served(page: &Page) -> bool {
    page.site.served().iter().any(|file| file.to_string_lossy().ends_with(REST))
}

/// Waits until the clock shows more than so many simulated seconds.
fn run_until(page: &Page, seconds: f64) {
    let clock = "document.querySelector('[data-testid=sim-time]').textContent";
    page.until("the run", &format!("/^[\\d.]+ s/.test({clock}) && parseFloat({clock}) > {seconds}"));
}

#[test]
fn opening_the_page_and_watching_a_run_stays_below_500_kb_compressed() {
    let page = Page::open("?preset=load-balanced&running=1");
    // By then the run was saved.
    run_until(&page, 3.0);
    let mut total = 0;
    for file in page.site.served() {
        let size = compressed(&std::fs::read(&file).unwrap_or_else(|problem| panic!("{problem}")));
        let name = file.strip_prefix(dist()).unwrap_or(&file).display().to_string();
        println!("{size:>9} {name}");
        total += size;
    }
    println!("{total:>9} in all");
    assert!(total > 20_000, "this cannot be the page");
    assert!(total < BUDGET, "a visit transfers {total} bytes; the budget is {BUDGET}");
    assert!(!rest_was_served(&page), "the rest came though nobody touched the page");
    page.is_clean(&[]);
}

#[test]
fn the_rest_comes_with_the_first_touch() {
    let page = Page::open("?preset=load-balanced");
    page.press(&[key::TAB]);
    wait_for("the rest", || rest_was_served(&page).then_some(()));
    page.click("[data-testid=presets]");
    page.until("the start screen", "document.querySelector('[data-testid=preset-quorums]')");
    page.is_clean(&[]);
}

#[test]
fn a_run_that_needs_the_rest_fetches_it_untouched() {
    // Key-value stores are not among what everybody opens.
    let page = Page::open("?preset=quorums&running=1");
    run_until(&page, 1.0);
    assert!(rest_was_served(&page));
    page.is_clean(&[]);
}

#[test]
fn a_rest_that_cannot_be_had_is_said_and_loses_nothing() {
    let page = Page::open("?preset=cache-aside");
    page.fill("[data-testid=design-name] input", "Precious");
    wait_for("it to be kept", || (page.kept()["name"] == "Precious").then_some(()));
    page.site.hide(REST);
    // The browser has the file that was fetched: from here on without.
    page.browser.devtools("Network.enable", serde_json::json!({}));
    page.browser.devtools("Network.setCacheDisabled", serde_json::json!({"cacheDisabled": true}));
    page.reload();
    page.click("[data-testid=presets]");
    page.until_text("#rest-missing[role=alert]", "could not be loaded");
    page.site.hide("");
    page.click("#rest-missing button");
    page.until("the page anew", "!document.querySelector('#rest-missing')");
    page.ready();
    assert_eq!(page.value("[data-testid=design-name] input"), "Precious");
    page.click("[data-testid=presets]");
    page.until("the start screen", "document.querySelector('[data-testid=preset-quorums]')");
}

/// What `gzip -9` makes of it, as hosts do.
fn compressed(bytes: &[u8]) -> usize {
    let mut gzip = Command::new("gzip")
        .args(["-9", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|problem| panic!("gzip: {problem}"));
    let mut input = gzip.stdin.take().unwrap_or_else(|| panic!("gzip takes no input"));
    let own = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&own));
    let output = gzip.wait_with_output().unwrap_or_else(|problem| panic!("gzip: {problem}"));
    assert!(writer.join().is_ok_and(|written| written.is_ok()) && output.status.success(), "gzip failed");
    output.stdout.len()
}

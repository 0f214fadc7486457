//! `cargo xtask opening`: opens a page that records which of its functions run, as people do who come to look, and writes the
//! list by which the module is taken apart (`crates/finish`).
//!
//! What belongs to opening: the page comes up, with one of the first designs that people open, on a desktop or a phone or inside
//! another page, and its run plays. What takes another touch (a component, a dialog, another panel, an edit) does not.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use backpressure_tests::browser::wait_for;
use backpressure_tests::page::{Page, Screen};
use serde_json::json;

/// How long a run is watched: what it does seldom (saving every two seconds) has happened by then.
const WATCHED: Duration = Duration::from_secs(6);
const HEAD: &str =
    "# The functions that opening the page runs, without hashes of crates. `cargo xtask opening` writes them anew.";

fn main() {
    let names = std::env::args().nth(1).unwrap_or_else(|| panic!("the file with the names of the functions"));
    let names = std::fs::read_to_string(&names).unwrap_or_else(|problem| panic!("{names}: {problem}"));
    let names: Vec<&str> = names.lines().collect();
    let mut ran = BTreeSet::new();
    let mut note = |page: &Page| {
        let marks = page.get("functionsThatRan()");
        let marks = marks.as_str().unwrap_or_else(|| panic!("the page does not record"));
        assert_eq!(marks.len(), names.len(), "this is another page's list of names");
        ran.extend(names.iter().zip(marks.bytes()).filter(|(_, mark)| *mark != b'0').map(|(name, _)| *name));
    };

    let page = Page::open("");
    std::thread::sleep(Duration::from_secs(1));
    note(&page);
    for design in ["load-balanced", "three-tier", "cache-aside", "overload"] {
        page.reopen(&format!("?preset={design}"));
        page.play();
        std::thread::sleep(WATCHED);
        note(&page);
    }
    // Who comes back finds what was edited.
    page.reopen("?preset=cache-aside");
    page.fill("[data-testid=design-name] input", "Mine");
    wait_for("it to be kept", || (page.kept()["name"] == "Mine").then_some(()));
    page.reload();
    note(&page);
    page.reopen("");
    page.play();
    std::thread::sleep(WATCHED);
    note(&page);
    let embedded = Page::open("?embed=1&preset=load-balanced&running=1&theme=dark");
    std::thread::sleep(WATCHED);
    note(&embedded);
    let phone = Page::open_on(Screen::Phone, "?preset=load-balanced&running=1");
    std::thread::sleep(WATCHED);
    note(&phone);

    // A slow machine does some of it in another order: what was to be drawn is asked for again before it was.
    let slow = Page::open("");
    for rate in [6, 12, 20] {
        slow.browser.devtools("Emulation.setCPUThrottlingRate", json!({"rate": rate}));
        slow.reopen("?preset=load-balanced&running=1");
        std::thread::sleep(WATCHED);
        note(&slow);
    }

    ran.remove("");
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/finish/opening.txt");
    let text: String = std::iter::once(HEAD).chain(ran.iter().copied()).flat_map(|line| [line, "\n"]).collect();
    std::fs::write(&list, text).unwrap_or_else(|problem| panic!("{}: {problem}", list.display()));
    println!("crates/finish/opening.txt: {} of {} functions", ran.len(), names.len());
}

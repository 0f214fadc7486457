//! Keeping and sharing: links, files, presets, and what happens when they are broken.

use backpressure_presets::PRESETS;
use backpressure_sim::design::{read, to_json};
use backpressure_tests::page::Page;

#[test]
fn a_share_link_opens_in_a_fresh_profile() {
    let page = Page::open("?preset=load-balanced");
    page.select(&page.node("users", 0));
    page.fill("[data-param='/workload/rate_rps']", "123");
    let link = page.share_link();
    let fragment = link.split_once('#').map(|(_, fragment)| fragment).unwrap_or_default().to_owned();
    page.is_clean(&[]);

    let other = Page::open(&format!("#{fragment}"));
    assert_eq!(other.kinds(), page.kinds());
    other.select(&other.node("users", 0));
    assert_eq!(other.value("[data-param='/workload/rate_rps']"), "123");
    other.play();
    other.until_figure("Requests answered", 10.0);
    other.is_clean(&[]);
}

#[test]
fn a_broken_link_is_explained_and_loses_nothing() {
    let page = Page::open("?preset=load-balanced");
    page.select(&page.node("users", 0));
    page.fill("[data-param='/workload/rate_rps']", "77");
    let mine = page.kept();
    let link = page.share_link();
    let text = link.split_once("#d=").map(|(_, text)| text).unwrap_or_default().to_owned();
    for (broken, why) in [
        (&text[..text.len() / 2], "cut off"),
        (&format!("{}!{}", &text[..20], &text[21..]), "damaged"),
        ("hello", "does not start with a version"),
        ("9abc", "later than this build"),
        ("", "holds no design"),
    ] {
        // Into the page that is open: nothing changes.
        page.run("location.hash = '#d=' + arguments[0]", broken.into());
        page.until_text("[data-testid=toast]", why);
        assert_eq!(page.kinds().len(), mine["nodes"].as_array().map_or(0, Vec::len), "{broken}");
        // And as the address of a new page: the last design can be had back.
        page.reopen(&format!("#d={broken}"));
        page.until_text("[data-testid=toast]", why);
        page.until_text("[data-testid=toast]", "kept");
        page.click(".toast-action button");
        page.until("my design back", "document.querySelectorAll('[data-node-id]').length > 0");
        assert_eq!(page.kept()["nodes"], mine["nodes"], "{broken}");
    }
    page.is_clean(&[]);
}

#[test]
fn an_address_that_brings_no_design_is_explained_and_nothing_goes_on_loading() {
    let page = Page::open("?src=presets/no-such-design.json");
    page.until_text("[data-testid=toast]", "no-such-design");
    page.until("nothing loading", "!document.body.textContent.includes('Loading…')");
}

#[test]
fn files_are_saved_opened_and_refused_in_words() {
    let page = Page::open("?preset=load-balanced");
    page.click("[data-testid=save-file]");
    let saved = page.browser.saved_file();
    let bytes = std::fs::read(&saved).unwrap_or_default();
    let reading = read(&bytes);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    let kinds = page.kinds();

    page.start_empty();
    page.choose_file("#open-file-input", &saved);
    page.until("the file's design", &format!("document.querySelectorAll('[data-node-id]').length === {}", kinds.len()));
    assert_eq!(page.kinds(), kinds);

    // A file that is no design changes nothing, and a cut one neither hangs nor loses anything.
    for (name, bytes) in [
        ("picture.json", &b"\x89PNG\r\n\x1a\n\x00\x01"[..]),
        ("empty.json", &b""[..]),
        ("cut.json", &bytes[..bytes.len() / 3]),
        ("huge.json", &vec![b'['; 10_000_000][..]),
    ] {
        let file = page.browser.folder().join(name);
        std::fs::write(&file, bytes).unwrap_or_else(|problem| panic!("{problem}"));
        page.choose_file("#open-file-input", &file);
        page.until_text("[data-testid=toast]", name);
        let had = page.kinds().len();
        assert!(had > 0, "{name} lost what was open");
    }

    // A design with faults opens as far as it can, and each fault is named.
    let mut faulty = reading.design.clone();
    if let Some(users) = faulty.nodes.iter_mut().find(|n| n.kind == "users") {
        users.params.insert("timeout_ms".into(), serde_json::json!(-5));
    }
    if let Some(server) = faulty.nodes.iter_mut().find(|n| n.kind == "app_server") {
        server.params.insert("instances".into(), serde_json::json!(1_000_000_000));
    }
    let file = page.browser.folder().join("faulty.json");
    std::fs::write(&file, to_json(&faulty)).unwrap_or_else(|problem| panic!("{problem}"));
    page.choose_file("#open-file-input", &file);
    page.until_text("[data-testid=toast], [data-testid=problems]", "is -5; accepted");
    page.until_text("[data-testid=toast], [data-testid=problems]", "is 1000000000; accepted");
    assert_eq!(page.kinds(), kinds);
    page.is_clean(&[]);
}

#[test]
fn a_design_without_users_says_what_is_missing() {
    let page = Page::open("");
    page.start_empty();
    page.drag_in("app_server", page.canvas(0.5, 0.4));
    page.until_text("[data-testid=problems]", "users");
    page.click("[data-testid=play]");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(page.text("[data-testid=sim-time]"), "0.000 ms");
    page.is_clean(&[]);
}

#[test]
fn every_preset_opens_by_its_name_and_runs() {
    assert!(PRESETS.len() >= 6, "only {} presets", PRESETS.len());
    let page = Page::blank(backpressure_tests::page::Screen::Desktop);
    for preset in PRESETS {
        let design = read(preset.json.as_bytes()).design;
        page.reopen(&format!("?preset={}", preset.name));
        assert_eq!(page.count("[data-node-id]") as usize, design.nodes.len(), "{}", preset.name);
        assert_eq!(page.count("[data-link-id]") as usize, design.links.len(), "{}", preset.name);
        // On the page figures are not parted from their units.
        let inspector = page.text("[data-testid=inspector]").replace('\u{a0}', " ");
        assert!(inspector.contains(&design.description[..20]), "{}", preset.name);
        page.play();
        page.flat_out();
        page.until_figure("Requests offered", 1000.0);
        assert!(page.text("[data-testid=finding]").len() > 20, "{}", preset.name);
    }
    page.reopen("?preset=no-such-design");
    page.until_text("[data-testid=toast]", "There is no preset named “no-such-design”");
    page.is_clean(&["no-such-design.json"]);
}

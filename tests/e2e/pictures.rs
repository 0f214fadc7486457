//! The diagram as a picture: SVG, PNG, and on paper.

use backpressure_tests::page::{Page, key};
use serde_json::{Value, json};

/// Finds a command by its name and runs it.
fn run(page: &Page, command: &str) {
    page.press(&[key::CONTROL, "k"]);
    page.until("the palette", "document.activeElement?.getAttribute('aria-label') === 'Commands'");
    page.type_text(command);
    page.press(&[key::ENTER]);
}

fn names(page: &Page) -> Vec<String> {
    let names = page.get("[...document.querySelectorAll('.node-name')].map(n => n.textContent)");
    names.as_array().into_iter().flatten().filter_map(|n| n.as_str().map(str::to_owned)).collect()
}

/// What a saved SVG says, as a browser reads it: its size and its texts.
fn read(page: &Page, svg: &str) -> (f64, Vec<String>) {
    let found = page.run(
        "const doc = new DOMParser().parseFromString(arguments[0], 'image/svg+xml');
         return {width: +doc.documentElement.getAttribute('width'), texts: [...doc.querySelectorAll('text')].map(t => t.textContent),
                 fault: doc.querySelector('parsererror')?.textContent ?? '', colours: [...doc.querySelectorAll('[fill]')].filter(e => !CSS.supports('color', e.getAttribute('fill')) && e.getAttribute('fill') !== 'none').length};",
        json!(svg),
    );
    assert_eq!((&found["fault"], &found["colours"]), (&json!(""), &json!(0)), "{svg}");
    let texts = found["texts"].as_array().into_iter().flatten().filter_map(|t| t.as_str().map(str::to_owned));
    (found["width"].as_f64().unwrap_or_default(), texts.collect())
}

fn saved_text(page: &Page) -> String {
    let file = page.browser.saved_as("svg");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let _ = std::fs::remove_file(file);
    text
}

#[test]
fn a_picture_is_saved_as_svg_with_live_figures_or_without() {
    let page = Page::open("?preset=load-balanced");
    run(&page, "picture (svg)");
    let (_, texts) = read(&page, &saved_text(&page));
    for name in names(&page) {
        assert!(texts.contains(&name), "{name} in {texts:?}");
    }
    assert!(!texts.iter().any(|t| t == "util"), "nothing has run: {texts:?}");
    page.play();
    page.until_figure("Requests answered", 100.0);
    page.pause();
    run(&page, "live svg");
    let (_, texts) = read(&page, &saved_text(&page));
    let rate = page.text(".node [data-figure=rate]");
    assert!(rate.ends_with("/s") && texts.contains(&rate), "{rate} as on the card in {texts:?}");
    assert!(["util", "queue", "p99", "err"].iter().all(|l| texts.iter().any(|t| t == l)), "{texts:?}");
    page.is_clean(&[]);
}

#[test]
fn a_picture_is_saved_as_png_in_the_colours_of_the_theme() {
    let page = Page::open("?preset=load-balanced&theme=dark");
    run(&page, "picture (svg)");
    let (width, _) = read(&page, &saved_text(&page));
    run(&page, "picture (png)");
    let bytes = std::fs::read(page.browser.saved_as("png")).unwrap_or_default();
    assert_eq!(bytes.get(1..4), Some(&b"PNG"[..]));
    // Two pixels for a unit: sharp on any screen.
    let pixels = bytes.get(16..20).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes);
    assert_eq!(f64::from(pixels), (2.0 * width).ceil());
    // In its corner the ground; somewhere, the light ink of a dark theme's names.
    let found = page.browser.command(
        "POST",
        "/execute/async",
        json!({"args": [bytes], "script":
            "const [bytes, done] = arguments;
             createImageBitmap(new Blob([new Uint8Array(bytes)])).then(image => {
                 const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
                 context.drawImage(image, 0, 0);
                 const data = context.getImageData(0, 0, image.width, image.height).data;
                 let light = 0;
                 for (let i = 0; i < data.length; i += 4) if (data[i] > 200 && data[i + 1] > 200 && data[i + 2] > 200) light++;
                 done({corner: [...data.slice(0, 4)], light});
             });"}),
    );
    assert_eq!(found["corner"], json!([0x0e, 0x11, 0x17, 255]), "--bg of the dark theme");
    assert!(found["light"].as_u64().is_some_and(|n| n > 500), "{found}");
    page.is_clean(&[]);
}

#[test]
fn the_diagram_is_printed_alone_on_one_page_and_light() {
    let page = Page::open("?preset=three-tier&theme=dark");
    page.run(
        "addEventListener('beforeprint', () => { const sheet = document.querySelector('.print-sheet');
             window.printed = {texts: [...sheet.querySelectorAll('text')].map(t => t.textContent), ground: sheet.querySelector('rect').getAttribute('fill')}; });",
        Value::Null,
    );
    let pdf = page.browser.devtools("Page.printToPDF", json!({"landscape": true, "printBackground": true}));
    let bytes = page.run("return atob(arguments[0])", pdf["data"].clone());
    let pages = bytes.as_str().unwrap_or_default().matches("/Type /Page\n").count();
    assert_eq!(pages, 1);
    let printed = page.get("window.printed");
    for name in names(&page) {
        let texts = printed["texts"].as_array().into_iter().flatten();
        let begin: String = name.chars().take(15).collect();
        assert!(texts.filter_map(Value::as_str).any(|t| t.starts_with(&begin)), "{name} in {printed}");
    }
    assert_eq!(printed["ground"], "#f6f7f9", "--bg of the light theme");
    // Afterwards everything is as it was.
    page.until("the sheet gone", "!document.querySelector('.print-sheet')");
    assert_eq!(page.get("document.documentElement.dataset.theme"), "dark");
    page.is_clean(&[]);
}

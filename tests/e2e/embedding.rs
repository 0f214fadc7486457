//! The page inside somebody else's page.

use backpressure_tests::page::{Page, Screen};
use backpressure_tests::site::FOLDER;

#[test]
fn the_wheel_scrolls_the_host_until_the_embed_is_clicked() {
    let page = Page::blank(Screen::Desktop);
    let host = page.site.add(
        "host.html",
        &format!(
            "<!doctype html><title>A study site</title><link rel=icon href='data:,'><body style='margin:0'><p>Text</p>
             <iframe src='{FOLDER}?embed=1&preset=load-balanced&running=1' width=800 height=500 style='border:0'></iframe>
             <div style='height:3000px'></div><script>
             window.messages = [];
             addEventListener('message', e => messages.push(e.data));</script>"
        ),
    );
    page.go(&host);
    page.enter_frame(true);
    page.ready();
    page.until("the embed to run", "document.querySelector('[data-testid=sim-time]').textContent !== '0.000 ms'");
    let transform = "JSON.stringify(document.querySelector('[data-node-id]').getBoundingClientRect())";
    let (over, seen) = (page.canvas(0.3, 0.8), page.get(transform));
    page.enter_frame(false);
    let over = (over.0 + page.rect("iframe")[0], over.1 + page.rect("iframe")[1]);
    page.wheel(over, 120);
    page.until("the host to scroll", "scrollY > 50");
    page.enter_frame(true);
    assert_eq!(page.get(transform), seen, "the embed took the wheel that was the host's");
    page.enter_frame(false);
    page.run("scrollTo(0, 0)", serde_json::Value::Null);

    page.click_at(over);
    page.wheel(over, 120);
    page.enter_frame(true);
    page.until("the embed to pan", &format!("{transform} !== {}", serde_json::json!(seen)));
    page.enter_frame(false);
    assert_eq!(page.get("scrollY"), 0);
    assert_eq!(page.get("messages.some(m => m && m.context === 'iframe.resize' && m.height === 500)"), true);
    assert_eq!(page.get("messages.some(m => m && m.type === 'resize' && m.width === 800)"), true);
    page.enter_frame(true);
    assert_eq!(page.get("localStorage.length + sessionStorage.length"), 0, "an embed keeps nothing unless asked");
    assert_eq!(page.get("document.cookie"), "");
    page.is_clean(&[]);
}

#[test]
fn an_embed_leads_to_the_page_with_the_design_as_it_is_now() {
    let page = Page::open("?embed=1&preset=load-balanced");
    page.select(&page.node("app_server", 0));
    page.press(&[backpressure_tests::page::key::DELETE]);
    page.until("the server gone", "document.querySelectorAll('[data-node-id]').length === 5");
    let link = "document.querySelector('[data-testid=own-page]')";
    page.run(&format!("{link}.addEventListener('click', e => e.preventDefault())"), serde_json::Value::Null);
    page.click("[data-testid=own-page]");
    let address = page.get(&format!("{link}.href")).as_str().unwrap_or_default().to_owned();
    assert!(!address.contains("embed"), "{address}");
    page.is_clean(&[]);
    let fragment = address.split_once('#').map(|(_, f)| f).unwrap_or_default();
    let other = Page::open(&format!("#{fragment}"));
    assert_eq!(other.kinds(), page.kinds());
    other.is_clean(&[]);
}

#[test]
fn a_poster_loads_only_when_clicked() {
    let page = Page::blank(Screen::Desktop);
    page.go(&page.site.page("?embed=1&ctl=1&preset=load-balanced&running=1"));
    page.until("the poster", "document.querySelector('[data-testid=poster]')");
    assert_eq!(page.count("[data-testid=canvas]"), 0);
    page.click("[data-testid=poster]");
    page.ready();
    page.until("a run", "document.querySelector('[data-testid=sim-time]').textContent !== '0.000 ms'");
    page.is_clean(&[]);
}

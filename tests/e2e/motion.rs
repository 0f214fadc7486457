//! Who asks the system for less motion sees states change, and nothing move.

use backpressure_tests::page::{Page, key};
use serde_json::{Value, json};

/// Watches the layer of traffic and one component, frame by frame: pictures of requests drawn, places that dashes had, and
/// places that the component had.
const WATCH: &str = "
    const seen = window.seen = {dots: 0, dashes: new Set(), places: new Set()};
    const proto = CanvasRenderingContext2D.prototype;
    const draw = proto.drawImage;
    proto.drawImage = function (...given) { if (this.canvas.matches?.('.dots')) seen.dots++; return draw.apply(this, given); };
    const offset = Object.getOwnPropertyDescriptor(proto, 'lineDashOffset');
    Object.defineProperty(proto, 'lineDashOffset', {...offset, set(v) { if (this.canvas.matches?.('.dots')) seen.dashes.add(v); offset.set.call(this, v); }});
    const node = document.querySelector('[data-node-id]');
    const look = () => { const r = node.getBoundingClientRect(); seen.places.add(Math.round(r.x) + ' ' + Math.round(r.y)); requestAnimationFrame(look); };
    look();";

/// A page on which that is watched.
fn watched(address: &str, less: bool) -> Page {
    let page = Page::open(address);
    let value = if less { "reduce" } else { "no-preference" };
    let features = json!({"features": [{"name": "prefers-reduced-motion", "value": value}]});
    page.browser.devtools("Emulation.setEmulatedMedia", features);
    page.until("the wish heard", &format!("matchMedia('(prefers-reduced-motion: reduce)').matches === {less}"));
    page.run(WATCH, Value::Null);
    page
}

/// How many of something were seen.
fn seen(page: &Page, what: &str) -> u64 {
    page.get(&format!("window.seen.{what}")).as_u64().unwrap_or_default()
}

#[test]
fn requests_and_flow_stand_still_for_who_wants_less_motion_and_figures_go_on() {
    for less in [false, true] {
        for speed in ["1/200", "1"] {
            let page = watched(&format!("?preset=load-balanced&speed={speed}"), less);
            page.play();
            let time = "document.querySelector('[data-testid=sim-time]').textContent";
            let begin = page.get(time);
            page.until("the clock to move", &format!("{time} !== {begin}"));
            std::thread::sleep(std::time::Duration::from_millis(2500));
            let moved = seen(&page, "dots") + seen(&page, "dashes.size").saturating_sub(1);
            assert_eq!(moved > 0, !less, "{moved} movements at speed {speed}, less motion wanted: {less}");
            page.is_clean(&[]);
        }
    }
}

#[test]
fn tidying_up_glides_unless_less_motion_is_wanted() {
    for less in [false, true] {
        let page = watched("?preset=load-balanced", less);
        let node = page.node("users", 0);
        page.drag(page.middle(&node), page.canvas(0.8, 0.8));
        for keys in [[key::SHIFT, "t"], [key::SHIFT, "2"], [key::SHIFT, "1"]] {
            let [x, y, ..] = page.rect(&node);
            page.run("seen.places.clear()", Value::Null);
            page.press(&keys);
            page.until("another place", &format!("[...seen.places].some(at => {{ const [x, y] = at.split(' '); return Math.hypot(x - {x}, y - {y}) > 3; }})"));
            // Until it stands where it stood a moment ago.
            let mut last = [f64::NAN; 4];
            loop {
                std::thread::sleep(std::time::Duration::from_millis(500));
                let now = page.rect(&node);
                if now == last {
                    break;
                }
                last = now;
            }
            let places = seen(&page, "places.size");
            // Only what changes places glides; the view itself always jumps.
            let glides = !less && keys[1] == "t";
            assert_eq!(places > 2, glides, "{places} places on the way with {keys:?}, less motion wanted: {less}");
        }
        // Dialogs, sheets and messages come without moving.
        page.click("[data-testid=presets]");
        page.until("the designs", "document.querySelector('dialog[open]')");
        let moving = "document.getAnimations().filter(a => a.effect.getComputedTiming().duration > 1).length";
        if less {
            assert_eq!(page.get(moving), 0);
        }
        page.is_clean(&[]);
    }
}

#[test]
fn what_was_removed_with_requests_inside_is_seen_without_fading() {
    let page = watched("?preset=overload", true);
    crate::hands::remove_what_is_at_work(&page);
    assert_eq!(page.get("getComputedStyle(document.querySelector('.node-gone')).opacity"), "1");
    page.is_clean(&[]);
}

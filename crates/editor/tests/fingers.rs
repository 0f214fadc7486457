//! Fingers are thick: at any zoom the ports of the component that was tapped are 44 px large, and no component is lost
//! under them.

mod hands;

use backpressure_editor::{Action, Hover, Point, PointerKind, Side, Tool};
use hands::{Hands, SHOP, p};

/// A finger has to have so much, CSS px.
const TARGET: f64 = 44.0;

/// The shop under fingers, at this zoom.
fn from_afar(zoom: f64) -> Hands {
    of_from_afar(SHOP, zoom)
}

fn of_from_afar(design: &str, zoom: f64) -> Hands {
    let mut h = Hands::of(design);
    h.act(Action::ZoomBy(zoom));
    assert!((h.editor.camera().zoom - zoom).abs() < 1e-9);
    h.kind = PointerKind::Touch;
    h
}

/// A point of the world on the screen.
fn on_screen(h: &Hands, world: Point) -> Point {
    h.editor.camera().to_screen(world)
}

/// Taps the middle of a component.
fn tap(h: &mut Hands, node: &str) {
    let at = on_screen(h, h.middle(node));
    h.click(at);
}

fn connecting(h: &Hands) -> bool {
    h.editor.scene().phase == "Connecting"
}

#[test]
fn tap_and_tap_connect_at_any_zoom() {
    for zoom in [1.0, 0.6, 0.4, 0.25, 0.15] {
        let mut h = from_afar(zoom);
        tap(&mut h, "s");
        assert_eq!(h.selected(), ["s"]);
        let port = on_screen(&h, h.out("s"));
        h.click(port + p(15.0, -12.0));
        assert!(connecting(&h), "at {zoom}");
        tap(&mut h, "c");
        assert!(h.has_link("s", "c"), "at {zoom}");
    }
}

#[test]
fn a_port_of_what_was_tapped_is_44_px_wide_and_high() {
    for zoom in [1.0, 0.4, 0.2] {
        let mut h = from_afar(zoom);
        tap(&mut h, "s");
        let port = on_screen(&h, h.out("s"));
        let hit = |h: &mut Hands, by: Point| {
            h.click(port + by);
            let hit = connecting(h);
            h.key("Escape");
            if h.selected() != ["s"] {
                tap(h, "s");
            }
            hit
        };
        let along = |h: &mut Hands, way: Point| (-60..=60).filter(|i| hit(h, way * f64::from(*i))).count() as f64;
        // Counted px by px through the port.
        assert!(along(&mut h, p(1.0, 0.0)) >= TARGET, "wide enough at {zoom}");
        assert!(along(&mut h, p(0.0, 1.0)) >= TARGET, "high enough at {zoom}");
    }
}

#[test]
fn the_ports_of_what_was_tapped_are_shown_and_only_those() {
    let mut h = from_afar(0.4);
    assert_eq!(h.editor.scene().near, None);
    let port = on_screen(&h, h.out("s"));
    h.click(port + p(10.0, 0.0));
    assert!(!connecting(&h), "not tapped before: nothing to be seen there, nothing to be hit");
    tap(&mut h, "s");
    assert_eq!(h.editor.scene().near.as_deref(), Some("s"));
    tap(&mut h, "d");
    assert_eq!(h.editor.scene().near.as_deref(), Some("d"));
    // A mouse comes near enough to a port to hit it; from afar it moves what it takes hold of.
    h.kind = PointerKind::Mouse;
    tap(&mut h, "s");
    assert_eq!(h.editor.scene().near, None);
    h.click(port);
    assert!(!connecting(&h));
}

#[test]
fn the_middle_of_a_component_is_the_component_however_small() {
    let mut h = from_afar(0.15);
    tap(&mut h, "s");
    for share in [0.3, 0.5, 0.7] {
        let (left, right) = (h.inn("s"), h.out("s"));
        let at = on_screen(&h, left + (right - left) * share);
        h.click(at);
        assert!(!connecting(&h), "{share} of the way across");
        assert_eq!(h.selected(), ["s"]);
    }
}

#[test]
fn a_port_does_not_cover_the_component_beside_it() {
    // 20 units apart: 8 px at this zoom, less than a port takes.
    let design = r#"{"format":1,"nodes":[
        {"id":"a","kind":"app_server","x":0,"y":200},{"id":"b","kind":"app_server","x":204,"y":200}]}"#;
    let mut h = of_from_afar(design, 0.4);
    tap(&mut h, "a");
    let beside = on_screen(&h, h.inn("b")) + p(4.0, 0.0);
    h.click(beside);
    assert!(!connecting(&h));
    assert_eq!(h.selected(), ["b"], "nearer to the out port of a, but in b");
}

#[test]
fn with_the_connect_tool_every_port_is_there_and_the_nearest_is_meant() {
    let mut h = from_afar(0.2);
    h.act(Action::SetTool(Tool::Connect));
    // Anywhere on a component is its out port, but for the end where it is called.
    tap(&mut h, "s");
    assert!(connecting(&h));
    tap(&mut h, "c");
    assert!(h.has_link("s", "c"));
    let port = on_screen(&h, h.inn("c"));
    assert_eq!(h.editor.over(port - p(6.0, 0.0)), Some(Hover::Port { node: "c".into(), side: Side::In }));
    let port = on_screen(&h, h.out("s"));
    assert_eq!(h.editor.over(port + p(6.0, 0.0)), Some(Hover::Port { node: "s".into(), side: Side::Out }));
}

#[test]
fn a_tap_between_components_leads_a_link_to_the_nearest() {
    let mut h = from_afar(0.2);
    tap(&mut h, "u");
    h.act(Action::SetTool(Tool::Connect));
    tap(&mut h, "u");
    assert!(connecting(&h));
    // The cache stands above the database; between them, nearer to the database.
    let (cache, database) = (on_screen(&h, h.middle("c")), on_screen(&h, h.middle("d")));
    let between = cache + (database - cache) * 0.6;
    h.click(between);
    assert!(h.has_link("u", "d") && !h.has_link("u", "c"));
}

//! What is added is seen: not under the bars at the canvas' bottom, nor under the map in its corner.

mod hands;

use backpressure_editor::{Action, Point, Rect, Selection, node_rect, note_rect};
use hands::{Hands, p};

/// The canvas of [`Hands`], CSS px.
const VIEW: Point = Point { x: 1200.0, y: 800.0 };
const BARS: f64 = 62.0;
const MAP: Point = Point { x: 204.0, y: 192.0 };

fn hands() -> Hands {
    let mut h = Hands::new();
    h.editor.set_covered(BARS, MAP);
    h
}

/// What is selected, as it lies on the screen.
fn on_screen(h: &Hands) -> Rect {
    let (design, selection) = (h.editor.design(), h.editor.selection());
    let node = design.nodes.iter().find(|n| selection.nodes.contains(&n.id)).map(node_rect);
    let note = design.notes.iter().find(|n| selection.notes.contains(&n.id)).map(note_rect);
    let rect = node.or(note).expect("something is selected");
    let camera = h.editor.camera();
    let at = camera.to_screen(rect.corner());
    Rect { x: at.x, y: at.y, w: rect.w * camera.zoom, h: rect.h * camera.zoom }
}

fn is_free(h: &Hands) {
    let seen = on_screen(h);
    assert!(seen.x >= 0.0 && seen.y >= 0.0 && seen.right() <= VIEW.x, "{seen:?} is out of view");
    assert!(seen.bottom() <= VIEW.y - BARS, "{seen:?} lies under the bars");
    let outside = h.editor.design().nodes.iter().any(|n| {
        let at = h.editor.camera().to_screen(node_rect(n).center());
        at.x < 0.0 || at.y < 0.0 || at.x > VIEW.x || at.y > VIEW.y
    });
    let map = Rect { x: VIEW.x - MAP.x, y: VIEW.y - MAP.y, w: MAP.x, h: MAP.y };
    assert!(!outside || !seen.overlaps(&map), "{seen:?} lies under the map");
}

fn cache(at: Option<Point>) -> Action {
    Action::AddNode { kind: "cache".into(), at }
}

#[test]
fn what_is_dropped_at_the_bottom_comes_out_from_under_the_bars() {
    for x in [100.0, 600.0, 1150.0] {
        let mut h = hands();
        h.act(cache(Some(p(x, 790.0))));
        is_free(&h);
        h.act(Action::AddNote { at: Some(p(x, 780.0)) });
        is_free(&h);
    }
}

#[test]
fn what_is_dropped_under_the_map_comes_out_from_under_it() {
    let mut h = hands();
    // The map shows while something is out of view.
    h.act(cache(Some(p(5000.0, 200.0)))).act(Action::LookAt(p(600.0, 400.0))).act(cache(Some(p(1100.0, 700.0))));
    is_free(&h);
}

#[test]
fn while_all_is_in_view_the_corner_is_as_good_as_any_place() {
    let mut h = hands();
    h.act(cache(Some(p(1060.0, 620.0))));
    assert_eq!(h.editor.camera().origin, Point::default(), "nothing has to move");
}

#[test]
fn however_many_are_added_each_is_seen() {
    let mut h = hands();
    for _ in 0..60 {
        h.act(Action::Select(Selection::default())).act(cache(None));
        is_free(&h);
    }
}

#[test]
fn what_hangs_below_its_neighbours_is_seen_as_well() {
    let mut h = hands();
    for _ in 0..20 {
        h.act(Action::Select(Selection::of_node("s".to_owned())))
            .act(Action::AddNode { kind: "sql_database".into(), at: None });
        is_free(&h);
    }
}

/// Is all of every component in the free part of the canvas?
fn all_is_seen(h: &Hands) -> bool {
    let camera = h.editor.camera();
    h.editor.design().nodes.iter().map(node_rect).all(|rect| {
        let (at, end) = (camera.to_screen(rect.corner()), camera.to_screen(p(rect.right(), rect.bottom())));
        at.x >= 0.0 && at.y >= 0.0 && end.x <= VIEW.x && end.y <= VIEW.y - BARS
    })
}

#[test]
fn while_a_design_grows_all_of_it_stays_in_view_as_long_as_it_can_be_read() {
    let mut h = Hands::of(r#"{"format":1,"nodes":[]}"#);
    h.editor.set_covered(BARS, MAP);
    for kind in ["users", "load_balancer", "app_server", "cache", "app_server", "sql_database"] {
        h.act(Action::AddNode { kind: kind.into(), at: None });
        assert!(all_is_seen(&h), "after {kind}: {:?}", h.editor.camera());
    }
    assert!(h.editor.camera().zoom < 1.0 && h.editor.camera().zoom >= 0.5, "{:?}", h.editor.camera());
}

#[test]
fn who_has_moved_away_from_a_part_of_the_design_is_not_taken_back_to_all_of_it() {
    let mut h = hands();
    h.act(Action::Select(Selection::default()));
    let away = h.editor.camera().panned(p(-900.0, 0.0));
    h.act(Action::LookAt(away.visible(VIEW).center()));
    let zoom = h.editor.camera().zoom;
    h.act(cache(Some(p(600.0, 400.0))));
    is_free(&h);
    assert_eq!(h.editor.camera().zoom, zoom);
}

//! Links run round components, stay apart, and are planned anew only where something changed.

mod hands;

use backpressure_editor::{Action, Editor, Point, Rect, Route, Selection, node_rect};
use backpressure_sim::design::{Design, read};
use hands::{Hands, p};
use proptest::prelude::*;

/// Servers at these places, and links between them by number.
fn design(places: &[(f64, f64)], links: &[(usize, usize)]) -> Design {
    let nodes: Vec<String> = (0..places.len())
        .map(|i| format!(r#"{{"id":"n{i}","kind":"app_server","x":{},"y":{}}}"#, places[i].0, places[i].1))
        .collect();
    let links: Vec<String> =
        links.iter().enumerate().map(|(i, (a, b))| format!(r#"{{"id":"l{i}","from":"n{a}","to":"n{b}"}}"#)).collect();
    read(format!(r#"{{"format":1,"nodes":[{}],"links":[{}]}}"#, nodes.join(","), links.join(",")).as_bytes()).design
}

fn routes(editor: &Editor) -> Vec<Option<Route>> {
    let routes = editor.routes();
    (0..editor.design().links.len()).map(|i| routes.route(i).cloned()).collect()
}

/// Points all along a route.
fn points(route: &Route) -> impl Iterator<Item = Point> + '_ {
    (0..=100).map(|i| route.point_at(f64::from(i) / 100.0))
}

/// What the figures of a link without a name cover, if they take all the room they have.
fn figures(route: &Route) -> Rect {
    let half = route.label_room / 2.0;
    Rect::between(route.label_at + p(-half, 8.0), route.label_at + p(half, 23.0))
}

/// The boxes that a link runs through, but for thin edges; its own at their ports do not count.
fn runs_through(editor: &Editor, link: usize) -> Vec<String> {
    let route = editor.routes().route(link).cloned().expect("a route");
    let points: Vec<Point> = points(&route).collect();
    let near = editor.design().nodes.iter().filter(|n| node_rect(n).touches(&route.bounds));
    near.filter(|n| points.iter().any(|p| node_rect(n).grown(-3.0).contains(*p))).map(|n| n.id.clone()).collect()
}

#[test]
fn where_the_way_is_free_a_link_is_one_smooth_curve() {
    let editor = Editor::new(design(&[(0.0, 0.0), (400.0, 120.0)], &[(0, 1)]));
    let route = editor.route_of("l0").expect("a route");
    assert_eq!(route.pieces.len(), 1);
    assert_eq!((route.start(), route.end()), (p(184.0, 50.0), p(400.0, 170.0)));
}

#[test]
fn a_link_runs_round_what_stands_in_the_way() {
    let editor = Editor::new(design(&[(0.0, 0.0), (280.0, 0.0), (560.0, 0.0)], &[(0, 2), (0, 1), (1, 2)]));
    let route = editor.route_of("l0").expect("a route");
    assert!(route.pieces.len() > 1);
    assert_eq!((route.start(), route.end()), (p(184.0, 50.0), p(560.0, 50.0)));
    assert_eq!(runs_through(&editor, 0), Vec::<String>::new());
    // It keeps a distance, and takes no detour beyond what the box needs.
    let middle = node_rect(editor.node("n1").expect("the node"));
    assert!(points(&route).all(|p| !middle.grown(10.0).contains(p)));
    assert!(route.length() < 376.0 + 2.0 * (50.0 + 16.0) + 10.0, "{}", route.length());
}

#[test]
fn a_link_back_to_the_left_passes_outside_both_boxes() {
    for (x, y) in [(-400.0, 0.0), (-400.0, 300.0), (0.0, 160.0), (60.0, -200.0), (-90.0, 140.0)] {
        let editor = Editor::new(design(&[(0.0, 0.0), (x, y)], &[(0, 1)]));
        assert_eq!(runs_through(&editor, 0), Vec::<String>::new(), "to {x}, {y}");
        let route = editor.route_of("l0").expect("a route");
        let second = route.point_at(0.02);
        assert!(second.x > 184.0, "it leaves to the right: {second:?}");
        assert!(route.point_at(0.98).x < x, "and arrives from the left");
    }
}

#[test]
fn links_round_the_same_box_lie_side_by_side() {
    // Two in a column, one in the way, two behind it; all four links would take the same way round.
    let places =
        [(0.0, 0.0), (0.0, 140.0), (280.0, 70.0), (560.0, 0.0), (560.0, 140.0), (280.0, -70.0), (280.0, 210.0)];
    let editor = Editor::new(design(&places, &[(0, 4), (1, 3)]));
    let [Some(a), Some(b)] = &routes(&editor)[..] else { panic!("two routes") };
    assert!(a.pieces.len() > 1 && b.pieces.len() > 1, "the way is not free");
    // Crossings are points; lying on each other is a stretch.
    let together = points(a).filter(|p| b.nearest(*p).distance < 5.0).count();
    assert!(together < 10, "{together} of 101 points lie on the other link");
}

#[test]
fn routes_follow_the_drag_and_come_back_when_it_is_cancelled() {
    let mut h = Hands::new();
    let before = routes(&h.editor);
    let s = h.middle("s");
    h.down(s).to(s + p(0.0, 150.0));
    let during = routes(&h.editor);
    assert_eq!(during[0].as_ref().map(Route::end), Some(h.inn("s") + p(0.0, 160.0)));
    h.key("Escape");
    assert_eq!(routes(&h.editor), before);
}

#[test]
fn a_component_dropped_onto_a_link_pushes_it_aside() {
    let mut h = Hands::of(&hands::SHOP.replace("\"x\":300", "\"x\":560"));
    h.drag(h.middle("c"), h.inn("s").middle(h.out("u")));
    assert_eq!(runs_through(&h.editor, 0), Vec::<String>::new());
    // The pointer finds it where it runs now, and no longer where it ran.
    let on = h.editor.route_of("us").expect("a route").point_at(0.5);
    h.click(on);
    assert_eq!(h.selected(), ["us"]);
}

#[test]
fn a_link_that_is_made_undone_or_led_elsewhere_lies_where_its_ends_are_though_nothing_moved() {
    let mut h = Editor::new(design(&[(0.0, 0.0), (400.0, 0.0), (400.0, 400.0)], &[(0, 1)]));
    let fresh = |h: &Editor| routes(&Editor::new(h.design().clone()));
    let _ = routes(&h);
    h.act(Action::Connect { from: "n0".into(), to: "n2".into() });
    assert_eq!(h.design().links.len(), 2);
    assert!(routes(&h) == fresh(&h), "made");
    let end = routes(&h)[1].as_ref().map(Route::end);
    assert_eq!(end, Some(p(400.0, 450.0)));
    h.act(Action::Undo);
    assert!(routes(&h) == fresh(&h), "undone: the other one has its lane for itself");
    h.act(Action::Redo);
    assert!(routes(&h) == fresh(&h), "redone");
    h.act(Action::Reconnect { link: "l0".into(), from: "n1".into(), to: "n2".into() });
    assert!(routes(&h) == fresh(&h), "led elsewhere");
}

#[test]
fn words_stand_on_no_component_where_there_is_room() {
    // The middle of the plain curve would be between the two; a third stands above it, or below, where words are written.
    for y in [-62.0, 62.0] {
        let editor = Editor::new(design(&[(0.0, 0.0), (700.0, 0.0), (350.0, y)], &[(0, 1)]));
        let route = editor.route_of("l0").expect("a route");
        assert!(route.label_room >= 80.0, "{}", route.label_room);
        let words = figures(&route);
        assert!(editor.design().nodes.iter().all(|n| !node_rect(n).overlaps(&words)), "{y}");
    }
}

#[test]
fn words_get_the_room_there_is_and_none_between_components_that_touch() {
    let room = |gap: f64| {
        let editor = Editor::new(design(&[(0.0, 0.0), (184.0 + gap, 0.0)], &[(0, 1)]));
        let route = editor.route_of("l0").expect("a route");
        let words = figures(&route);
        assert!(words.w == 0.0 || editor.design().nodes.iter().all(|n| !node_rect(n).overlaps(&words)), "{gap}");
        route.label_room
    };
    assert!(room(300.0) >= 92.0, "a rate and a share of failures: {}", room(300.0));
    assert!((52.0..92.0).contains(&room(80.0)), "one of the two: {}", room(80.0));
    assert!((36.0..52.0).contains(&room(45.0)), "a rate: {}", room(45.0));
    assert!(room(20.0) < 1.0, "nothing: {}", room(20.0));
}

#[test]
fn words_and_those_who_wait_before_a_component_lie_apart() {
    // Down to a component that is called: the middle of the curve is where its queue is drawn.
    let editor = Editor::new(design(&[(0.0, -60.0), (380.0, 0.0)], &[(0, 1)]));
    let route = editor.route_of("l0").expect("a route");
    let words = figures(&route);
    let waiting = Rect::between(p(370.0 - 165.0, 18.0), p(370.0, 40.0));
    assert!(words.w > 0.0 && !words.overlaps(&waiting), "{words:?}");
}

#[test]
fn words_give_way_to_the_queue_before_a_component_that_another_link_calls() {
    // The first runs down past the place where requests wait before the third.
    let editor = Editor::new(design(&[(0.0, 0.0), (400.0, 180.0), (400.0, 60.0)], &[(0, 1), (0, 2)]));
    let waiting = Rect::between(p(390.0 - 165.0, 78.0), p(390.0, 100.0));
    for route in routes(&editor).iter().flatten() {
        assert!(route.label_room > 0.0 && !figures(route).overlaps(&waiting), "{:?}", figures(route));
    }
}

#[test]
fn words_of_two_links_that_cross_stand_apart() {
    let places = [(0.0, 0.0), (0.0, 300.0), (480.0, 0.0), (480.0, 300.0)];
    let editor = Editor::new(design(&places, &[(0, 3), (1, 2)]));
    let [Some(a), Some(b)] = &routes(&editor)[..] else { panic!("two routes") };
    assert!(a.label_room >= 52.0 && b.label_room >= 52.0, "a rate each");
    assert!(!figures(a).overlaps(&figures(b)), "{:?}, {:?}", figures(a), figures(b));
}

#[test]
fn words_make_way_for_what_is_dragged_and_come_back_when_it_is_cancelled() {
    let mut h = Hands::of(&hands::SHOP.replace("\"x\":300", "\"x\":560"));
    let before = routes(&h.editor);
    let first = before[0].as_ref().expect("a route");
    let (at, from) = (first.label_at, h.middle("c"));
    h.down(from).to(at + p(0.0, 90.0)).to(at + p(0.0, 60.0));
    let moved = h.editor.scene().moved.iter().map(|(_, at)| Rect::of_node_at(*at)).next().expect("a card in hand");
    assert!(figures(first).overlaps(&moved), "they stood where it is now");
    let during = routes(&h.editor);
    let words = figures(during[0].as_ref().expect("a route"));
    assert!(words.w > 0.0 && !words.overlaps(&moved), "{words:?} on {moved:?}");
    h.key("Escape");
    assert_eq!(routes(&h.editor), before);
}

#[test]
fn a_name_has_room_where_there_is_any_and_is_cut_short_where_not() {
    let named = |gap: f64| {
        let mut editor = Editor::new(design(&[(0.0, 0.0), (184.0 + gap, 0.0)], &[(0, 1)]));
        let _ = routes(&editor);
        editor.act(Action::RenameLink { link: "l0".into(), name: "reads that may be stale".into() });
        editor.route_of("l0").expect("a route").cut("reads that may be stale").into_owned()
    };
    assert_eq!(named(400.0), "reads that may be stale", "it gets more room than figures need");
    assert_eq!(named(90.0), "reads th…");
    assert_eq!(named(20.0), "");
}

#[test]
fn a_queue_is_drawn_no_wider_than_the_gap_before_its_component() {
    let room = |gap: f64| {
        let editor = Editor::new(design(&[(0.0, 0.0), (184.0 + gap, 0.0)], &[(0, 1)]));
        editor.routes().room_before(1)
    };
    assert!((room(400.0) - 165.0).abs() < 1e-9, "all of it: {}", room(400.0));
    assert!((room(100.0) - 80.0).abs() < 1e-9, "ten apart from either: {}", room(100.0));
    assert!(room(15.0).abs() < 1e-9);
}

/// 1,000 components on a grid with a fifth of the places free, 1,500 links to near and far columns.
fn large() -> Design {
    let mut places = Vec::new();
    for i in 0_u32..1250 {
        if i % 5 != 3 {
            places.push((f64::from(i / 25) * 280.0, f64::from(i % 25) * 140.0));
        }
    }
    let links = (0..1500).map(|i| (i * 7 % 1000, i * 7 % 1000 + 21 + i % 3 * 19)).filter(|(_, to)| *to < 1000);
    design(&places, &links.collect::<Vec<_>>())
}

#[test]
fn a_thousand_components_are_routed_without_running_through_them() {
    let editor = Editor::new(large());
    let links = editor.design().links.len();
    assert!(links > 1400);
    let through = (0..links).filter(|i| !runs_through(&editor, *i).is_empty()).count();
    assert_eq!(through, 0, "of {links} links");
}

#[test]
fn after_any_edits_routes_are_those_of_a_fresh_start() {
    let mut h = Editor::new(large());
    let _ = routes(&h);
    for i in [3, 500, 999] {
        h.act(Action::Select(Selection::of_node(format!("n{i}"))));
        h.act(Action::Nudge { by: Point::new(140.0, 70.0) });
    }
    h.act(Action::Select(Selection::of_node("n400")));
    h.act(Action::DeleteSelection);
    h.act(Action::AddNode { kind: "cache".into(), at: Some(Point::new(4000.0, 900.0)) });
    assert!(routes(&h) == routes(&Editor::new(h.design().clone())), "planned anew where it was needed");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn moved_about_at_random_routes_are_those_of_a_fresh_start(
        places in prop::collection::vec((-500i32..500, -400i32..400), 6..14),
        moves in prop::collection::vec((0usize..6, -300i32..300, -300i32..300), 1..6),
    ) {
        let places: Vec<_> = places.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).collect();
        let mut editor = Editor::new(design(&places, &[(0, 1), (1, 2), (2, 3), (0, 4), (4, 5), (0, 5), (1, 5)]));
        for (node, x, y) in moves {
            let _ = routes(&editor);
            editor.act(Action::Select(Selection::of_node(format!("n{node}"))));
            editor.act(Action::Nudge { by: Point::new(f64::from(x), f64::from(y)) });
        }
        let found = routes(&editor);
        prop_assert!(found.iter().flatten().all(|r| points(r).all(|p| p.is_finite())));
        let words: Vec<Rect> = found.iter().flatten().map(figures).filter(|r| r.w > 0.0).collect();
        for (i, a) in words.iter().enumerate() {
            prop_assert!(words[i + 1..].iter().all(|b| !a.overlaps(b)), "words on words");
            prop_assert!(editor.design().nodes.iter().all(|n| !node_rect(n).overlaps(a)), "words on a component");
        }
        prop_assert_eq!(found, routes(&Editor::new(editor.design().clone())));
    }
}

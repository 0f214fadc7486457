//! What hands already know, as a specification: select, move, connect, pan and zoom with mouse and fingers.

mod hands;

use backpressure_editor::{Action, Button, Effect, Hover, Input, Part, PointerKind, Side, Tool};
use hands::{ALT, CTRL, Hands, NONE, SHIFT, p};

const EMPTY: (f64, f64) = (300.0, 600.0);

#[test]
fn a_click_selects_and_a_click_beside_selects_nothing() {
    let mut h = Hands::new();
    h.click(h.middle("s"));
    assert_eq!(h.selected(), ["s"]);
    h.click(p(EMPTY.0, EMPTY.1));
    assert!(h.selected().is_empty());
    assert!(h.steps().is_empty(), "selecting is no edit");
}

#[test]
fn shift_or_control_and_click_add_and_take_away() {
    let mut h = Hands::new();
    h.click(h.middle("s"));
    h.with(SHIFT);
    h.click(h.middle("d"));
    h.with(CTRL);
    h.click(h.middle("c"));
    assert_eq!(h.selected(), ["s", "d", "c"]);
    h.with(SHIFT);
    h.click(h.middle("d"));
    assert_eq!(h.selected(), ["s", "c"]);
}

#[test]
fn a_link_is_selected_by_a_click_near_it() {
    let mut h = Hands::new();
    let near = h.out("u").middle(h.inn("s")) + p(0.0, 5.0);
    h.click(near);
    assert_eq!(h.selected(), ["us"]);
}

#[test]
fn a_box_selects_what_it_touches_with_the_links_between() {
    let mut h = Hands::new();
    h.drag(p(-20.0, 120.0), p(400.0, 290.0));
    assert_eq!(h.selected(), ["u", "s", "us"]);
    // With Shift it adds.
    h.with(SHIFT).drag(p(600.0, 40.0), p(640.0, 80.0));
    assert_eq!(h.selected(), ["u", "s", "c", "us"]);
}

#[test]
fn dragging_moves_in_one_step_and_lands_on_the_grid() {
    let mut h = Hands::new();
    let from = h.middle("c");
    h.drag(from, from + p(47.0, -33.0));
    assert_eq!(h.at("c"), (660.0, 20.0));
    assert_eq!(h.steps(), ["select.drag"]);
    h.act(Action::Undo);
    assert_eq!(h.at("c"), (620.0, 60.0));
}

#[test]
fn the_document_waits_for_the_end_of_the_drag() {
    let mut h = Hands::new();
    let from = h.middle("s");
    h.down(from).to(from + p(100.0, 100.0));
    assert_eq!(h.at("s"), (300.0, 200.0));
    let scene = h.editor.scene();
    assert_eq!(scene.moved, [("s".to_owned(), p(400.0, 300.0))]);
    assert_eq!(scene.phase, "Translating");
    h.key("Escape");
    assert!(h.editor.scene().moved.is_empty());
    h.up(from + p(100.0, 100.0));
    assert_eq!((h.at("s"), h.steps().len()), ((300.0, 200.0), 0), "a cancelled gesture is none");
}

#[test]
fn the_whole_selection_moves() {
    let mut h = Hands::new();
    h.act(Action::SelectAll);
    let from = h.middle("s");
    h.drag(from, from + p(40.0, 60.0));
    assert_eq!((h.at("u"), h.at("d")), ((40.0, 260.0), (660.0, 400.0)));
    assert_eq!(h.steps().len(), 1);
}

#[test]
fn a_dragged_node_snaps_into_line_with_another_and_shows_it() {
    let mut h = Hands::of(&hands::SHOP.replace("\"x\":620,\"y\":60", "\"x\":607,\"y\":60"));
    let from = h.middle("d");
    h.down(from).to(from + p(-16.0, 120.0));
    let scene = h.editor.scene();
    assert_eq!(scene.moved, [("d".to_owned(), p(607.0, 460.0))]);
    assert_eq!(scene.guides.len(), 1);
}

#[test]
fn a_dragged_node_snaps_to_an_equal_distance() {
    // Two in a row, 116 apart; the third comes behind them.
    let mut h = Hands::of(&hands::SHOP.replace("\"x\":620,\"y\":340", "\"x\":600,\"y\":420"));
    let from = h.middle("d");
    h.down(from).to(from + p(4.0, -170.0));
    let scene = h.editor.scene();
    assert_eq!(scene.moved[0].1.x, 600.0, "{:?}", scene.moved);
    let bars: Vec<_> = scene.guides.iter().filter(|g| g.gap).map(|g| g.to.x - g.from.x).collect();
    assert_eq!(bars, [116.0, 116.0]);
}

#[test]
fn without_the_grid_things_land_where_they_are_put() {
    let mut h = Hands::new();
    h.with(CTRL).key("'").with(NONE);
    assert!(!h.editor.grid());
    let from = h.middle("c");
    h.drag(from, from + p(47.0, -33.0));
    assert_eq!(h.at("c"), (667.0, 27.0));
    h.with(CTRL).key("'").with(NONE);
    let from = h.middle("c");
    h.drag(from, from + p(31.0, -11.0));
    assert_eq!(h.at("c"), (700.0, 20.0));
}

#[test]
fn alt_and_drag_duplicates() {
    let mut h = Hands::new();
    let from = h.middle("s");
    h.with(ALT).down(from).to(from + p(0.0, 200.0));
    assert_eq!(h.editor.scene().ghosts.len(), 1);
    h.up(from + p(0.0, 200.0));
    assert_eq!(h.editor.design().nodes.len(), 5);
    assert_eq!(h.at("s"), (300.0, 200.0));
    assert_eq!(h.steps(), ["select.duplicate"]);
}

#[test]
fn a_link_is_drawn_from_a_port_to_a_node() {
    let mut h = Hands::new();
    h.drag(h.out("s"), h.middle("c"));
    assert!(h.has_link("s", "c"));
    assert_eq!(h.steps(), ["link.connect"]);
}

#[test]
fn several_links_are_drawn_from_one_port_in_a_row() {
    let mut h = Hands::of(
        r#"{"format":1,"nodes":[{"id":"b","kind":"load_balancer","x":0,"y":200},
        {"id":"s1","kind":"app_server","x":300,"y":60},{"id":"s2","kind":"app_server","x":300,"y":300}]}"#,
    );
    h.drag(h.out("b"), h.middle("s1"));
    h.drag(h.out("b"), h.middle("s2"));
    assert!(h.has_link("b", "s1") && h.has_link("b", "s2"));
}

#[test]
fn a_link_is_drawn_backwards_from_an_in_port() {
    let mut h = Hands::new();
    h.drag(h.inn("c"), h.middle("s"));
    assert!(h.has_link("s", "c"));
}

#[test]
fn two_clicks_connect_as_well() {
    let mut h = Hands::new();
    h.click(h.out("s"));
    assert_eq!(h.editor.scene().phase, "Connecting");
    h.to(p(500.0, 150.0));
    assert!(h.editor.scene().preview.is_some());
    h.click(h.middle("c"));
    assert!(h.has_link("s", "c"));
    assert_eq!(h.editor.scene().phase, "Idle");
}

#[test]
fn a_link_that_may_not_be_is_refused_with_the_reason() {
    let mut h = Hands::new();
    h.down(h.out("s"));
    h.to(h.middle("u"));
    let preview = h.editor.scene().preview.expect("a preview");
    assert!(preview.refused.is_some_and(|why| why.contains("users only make requests")));
    h.up(h.middle("u"));
    assert!(h.refusal().is_some_and(|why| why.contains("Users")));
    assert!(h.steps().is_empty());
}

#[test]
fn a_link_that_would_go_round_for_ever_is_refused() {
    let mut h = Hands::of(
        r#"{"format":1,"nodes":[{"id":"a","kind":"app_server","x":0,"y":0},{"id":"b","kind":"app_server","x":300,"y":0}],
        "links":[{"id":"l","from":"a","to":"b"}]}"#,
    );
    h.drag(h.out("b"), h.middle("a"));
    assert!(h.refusal().is_some_and(|why| why.contains("for ever")));
}

#[test]
fn a_link_dropped_on_nothing_asks_what_to_create() {
    let mut h = Hands::new();
    h.drag(h.out("s"), p(EMPTY.0 + 300.0, EMPTY.1));
    let asked = h.effects.iter().any(
        |e| matches!(e, Effect::OpenQuickAdd { at, connect_from: Some(from), connect_to: None } if from == "s" && *at == p(600.0, 600.0)),
    );
    assert!(asked, "{:?}", h.effects);
    h.act(Action::AddConnected { kind: "cache".into(), from: "s".into(), at: Some(p(600.0, 600.0)) });
    assert_eq!(h.steps(), ["node.add"], "the component and its link are one step");
    assert_eq!(h.editor.design().links.len(), 3);
}

#[test]
fn an_end_of_a_selected_link_is_dragged_to_another_node() {
    let mut h = Hands::new();
    h.act(Action::Select(backpressure_editor::Selection::of_link("sd")));
    h.drag(h.inn("d"), h.middle("c"));
    assert!(h.has_link("s", "c") && !h.has_link("s", "d"));
    assert_eq!(h.steps(), ["link.reconnect"]);
    assert_eq!(h.editor.design().links.len(), 2);
}

#[test]
fn the_connect_tool_draws_from_anywhere_on_a_node_and_stays() {
    let mut h = Hands::new();
    h.key("a");
    h.drag(h.middle("s"), h.middle("c"));
    assert!(h.has_link("s", "c"));
    assert_eq!(h.editor.tool(), Tool::Connect);
}

#[test]
fn the_hand_the_space_bar_and_the_middle_button_pan() {
    let mut h = Hands::new();
    h.key("h");
    h.drag(h.middle("s"), h.middle("s") + p(50.0, 20.0));
    assert_eq!(h.editor.camera().origin, p(-50.0, -20.0));
    h.key("v");
    h.input(Input::KeyDown { key: " ".into(), mods: NONE, time_ms: 0.0 });
    h.drag(p(200.0, 200.0), p(150.0, 180.0));
    h.input(Input::KeyUp { key: " ".into() });
    assert_eq!(h.editor.camera().origin, p(0.0, 0.0));
    h.down_with(1, p(10.0, 10.0), Button::Middle).to(p(30.0, 10.0)).up(p(30.0, 10.0));
    assert_eq!(h.editor.camera().origin, p(-20.0, 0.0));
    assert!(h.steps().is_empty());
}

#[test]
fn the_wheel_pans_and_with_control_zooms_at_the_pointer() {
    let mut h = Hands::new();
    h.input(Input::Wheel { at: p(0.0, 0.0), delta: p(10.0, 30.0), mods: NONE });
    assert_eq!(h.editor.camera().origin, p(10.0, 30.0));
    let at = p(321.0, 123.0);
    let before = h.editor.camera().to_world(at);
    h.input(Input::Wheel { at, delta: p(0.0, -120.0), mods: CTRL });
    assert!(h.editor.camera().zoom > 1.2);
    assert!(h.editor.camera().to_world(at).distance(before) < 1e-9);
}

#[test]
fn two_fingers_pan_and_zoom_and_end_what_one_began() {
    let mut h = Hands::new();
    h.kind = PointerKind::Touch;
    let s = h.middle("s");
    h.down(s).to(s + p(30.0, 0.0));
    h.down_with(2, s + p(130.0, 0.0), Button::Primary);
    assert_eq!(h.editor.scene().phase, "Pinching");
    let between = (s + p(30.0, 0.0)).middle(s + p(130.0, 0.0));
    let world = h.editor.camera().to_world(between);
    h.move_with(1, s + p(-20.0, 0.0)).move_with(2, s + p(180.0, 0.0));
    assert!((h.editor.camera().zoom - 2.0).abs() < 0.01, "twice as far apart, twice as large");
    assert!(h.editor.camera().to_world(between).distance(world) < 1.0);
    h.up_with(2, s).up_with(1, s);
    assert_eq!((h.at("s"), h.steps().len()), ((300.0, 200.0), 0));
}

#[test]
fn one_finger_moves_nodes_and_pans_the_rest() {
    let mut h = Hands::new();
    h.kind = PointerKind::Touch;
    h.drag(p(EMPTY.0, EMPTY.1), p(EMPTY.0 + 40.0, EMPTY.1));
    assert_eq!(h.editor.camera().origin, p(-40.0, 0.0));
    let s = h.editor.camera().to_screen(h.middle("s"));
    h.drag(s, s + p(60.0, 0.0));
    assert_eq!(h.at("s"), (360.0, 200.0));
}

#[test]
fn tap_and_tap_connect() {
    let mut h = Hands::new();
    h.kind = PointerKind::Touch;
    h.click(h.out("s") + p(12.0, 6.0));
    h.click(h.middle("c"));
    assert!(h.has_link("s", "c"));
}

#[test]
fn a_long_press_and_a_right_click_open_the_menu_for_what_is_there() {
    let mut h = Hands::new();
    h.down_with(1, h.middle("d"), Button::Secondary);
    assert_eq!(h.selected(), ["d"]);
    assert!(h.effects.iter().any(|e| matches!(e, Effect::OpenContextMenu { .. })));
    h.up(h.middle("d"));
    h.kind = PointerKind::Touch;
    h.down(h.middle("c"));
    assert!(h.effects.contains(&Effect::NeedTick));
    h.tick(200.0);
    assert!(!h.effects.iter().any(|e| matches!(e, Effect::OpenContextMenu { .. })));
    h.tick(400.0);
    assert!(h.effects.iter().any(|e| matches!(e, Effect::OpenContextMenu { .. })));
    assert_eq!(h.selected(), ["c"]);
}

#[test]
fn a_double_click_renames_and_on_nothing_adds() {
    let mut h = Hands::new();
    h.double_click(h.middle("s"));
    assert!(h.effects.contains(&Effect::Edit(Part::Node("s".into()))));
    h.double_click(p(EMPTY.0, EMPTY.1));
    assert!(h.effects.iter().any(|e| matches!(e, Effect::OpenQuickAdd { connect_from: None, connect_to: None, .. })));
}

#[test]
fn two_clicks_with_a_key_between_them_are_no_double_click() {
    let mut h = Hands::new();
    let s = h.middle("s");
    h.click(s).key("ArrowRight").down(s).up(s);
    assert!(!h.effects.iter().any(|e| matches!(e, Effect::Edit(_))), "{:?}", h.effects);
    h.down(s).up(s);
    assert!(h.effects.contains(&Effect::Edit(Part::Node("s".into()))), "the next is the second of two");
}

/// Whoever clicks three times in a row has opened the field with the second.
#[test]
fn a_double_click_right_after_a_click_opens_what_it_asks_for_and_leaves_it_open() {
    for (at, opens) in [(Hands::new().middle("s"), true), (p(EMPTY.0, EMPTY.1), false)] {
        let mut h = Hands::new();
        h.double_click(at);
        assert_eq!(h.effects.contains(&Effect::Edit(Part::Node("s".into()))), opens);
        h.wait(60.0);
        assert!(h.editor.is_rest_of_clicks(at, h.now()), "a press here and now belongs to the double click");
        h.down(at).up(at);
        assert!(h.effects.iter().all(|e| matches!(e, Effect::Redraw)), "{:?}", h.effects);
        assert!(!h.editor.is_rest_of_clicks(at + p(40.0, 0.0), h.now()), "one elsewhere is a press of its own");
        h.wait(1000.0);
        assert!(!h.editor.is_rest_of_clicks(at, h.now()), "and so is a later one");
        h.double_click(at);
        assert!(h.effects.iter().any(|e| matches!(e, Effect::Edit(_) | Effect::OpenQuickAdd { .. })));
    }
}

#[test]
fn a_press_elsewhere_ends_a_run_of_quick_clicks() {
    let mut h = Hands::new();
    let (server, beside) = (h.middle("s"), p(EMPTY.0, EMPTY.1));
    h.double_click(server);
    // Quick hands: all of this within the time of a double click.
    h.down(beside).up(beside).down(server).up(server);
    assert_eq!(h.selected(), ["s"], "what came after is a click of its own");
}

#[test]
fn dragging_near_the_edge_scrolls() {
    let mut h = Hands::new();
    let s = h.middle("s");
    h.down(s).to(s + p(100.0, 0.0)).to(p(1195.0, 250.0));
    assert_eq!(h.effects.last(), Some(&Effect::NeedTick));
    let before = h.editor.camera().origin.x;
    h.tick(16.0).tick(16.0);
    assert!(h.editor.camera().origin.x > before);
    h.up(p(1195.0, 250.0));
    let rect = backpressure_editor::node_rect(h.editor.node("s").expect("the node"));
    assert!(rect.touches(&h.editor.camera().visible(p(1200.0, 800.0))), "the node stays under the pointer");
}

#[test]
fn what_is_taken_hold_of_near_the_edge_does_not_scroll_until_it_comes_nearer() {
    let mut h = Hands::new();
    h.input(Input::Wheel { at: p(0.0, 0.0), delta: p(0.0, 180.0), mods: NONE });
    // The server's upper part lies within the strip that scrolls.
    let grip = p(350.0, 30.0);
    h.down(grip).to(grip + p(100.0, 0.0));
    assert!(!h.effects.contains(&Effect::NeedTick), "{:?}", h.editor.scene().phase);
    h.to(p(450.0, 5.0));
    assert!(h.effects.contains(&Effect::NeedTick));
}

#[test]
fn what_is_under_the_pointer_is_known() {
    let mut h = Hands::new();
    h.to(h.middle("s"));
    assert_eq!(h.editor.scene().hover, Some(Hover::Node("s".into())));
    h.to(h.out("s"));
    assert_eq!(h.editor.scene().hover, Some(Hover::Port { node: "s".into(), side: Side::Out }));
    h.to(h.out("d"));
    assert_eq!(h.editor.scene().hover, Some(Hover::Node("d".into())), "a database calls nothing: no port");
    h.input(Input::PointerLeave);
    assert_eq!(h.editor.scene().hover, None);
}

#[test]
fn a_design_to_be_looked_at_is_not_changed() {
    let mut h = Hands::new();
    h.editor.set_editable(false);
    let before = h.editor.design().clone();
    h.drag(h.middle("s"), h.middle("s") + p(80.0, 0.0));
    h.input(Input::Wheel { at: p(0.0, 0.0), delta: p(-80.0, 0.0), mods: NONE });
    h.drag(h.out("s"), h.middle("c"));
    h.act(Action::SelectAll).key("Delete");
    assert!(h.refusal().is_some());
    h.key("ArrowRight").with(CTRL).key("d");
    assert_eq!(*h.editor.design(), before);
    assert!(h.steps().is_empty());
}

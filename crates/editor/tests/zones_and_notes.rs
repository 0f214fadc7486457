//! Zones are groups that move together, notes are text on the canvas.

mod hands;

use backpressure_editor::{Action, Effect, Input, Part, Selection, zone_title};
use hands::{ALT, CTRL, Hands, NONE, SHIFT, p};

/// The shop with server and database in a zone.
fn zoned() -> Hands {
    let mut h = Hands::new();
    h.act(Action::Select(Selection::of_nodes(["s", "d"]))).with(CTRL).key("g").with(NONE);
    h
}

fn zone_of<'h>(h: &'h Hands, node: &str) -> Option<&'h str> {
    h.editor.node(node).expect("the node").zone.as_deref()
}

fn frame(h: &Hands) -> backpressure_editor::Rect {
    h.editor.scene().zones[0].rect
}

#[test]
fn control_g_groups_the_selection_and_asks_for_the_name_in_one_step() {
    let mut h = zoned();
    assert_eq!((zone_of(&h, "s"), zone_of(&h, "d"), zone_of(&h, "c")), (Some("zone-1"), Some("zone-1"), None));
    h.act(Action::RenameZone { zone: "zone-1".into(), name: "  Region 1 ".into() });
    assert_eq!(h.editor.design().zones[0].name, "Region 1");
    assert_eq!(h.steps(), ["zone.group"]);
    h.act(Action::Undo);
    assert!(h.editor.design().zones.is_empty() && zone_of(&h, "s").is_none());
    h.act(Action::Redo);
    assert_eq!(h.editor.design().zones[0].name, "Region 1");
}

#[test]
fn the_name_is_asked_for_at_once() {
    let mut h = Hands::new();
    h.act(Action::Select(Selection::of_nodes(["s", "d"]))).with(CTRL).key("g");
    assert!(h.effects.contains(&Effect::Edit(Part::Zone("zone-1".into()))));
    h.with(NONE).key("Escape").with(CTRL).key("a").key("g");
    assert_eq!(h.editor.design().zones.len(), 1, "the first zone lost all its members and is gone");
    assert_eq!(h.editor.design().zones[0].id, "zone-2");
}

#[test]
fn the_frame_is_around_its_members_wherever_they_are() {
    let mut h = zoned();
    let before = frame(&h);
    for node in ["s", "d"] {
        let rect = backpressure_editor::node_rect(h.editor.node(node).expect("the node"));
        assert!(before.contains(rect.corner()) && before.contains(p(rect.right(), rect.bottom())));
    }
    let from = h.middle("d");
    h.down(from).to(from + p(0.0, 60.0));
    assert_eq!(frame(&h).bottom(), before.bottom() + 60.0, "it follows the drag");
    h.key("Escape");
    assert_eq!(frame(&h), before);
}

#[test]
fn dragging_its_name_moves_the_whole_zone() {
    let mut h = zoned();
    h.act(Action::Escape);
    let title = zone_title(&frame(&h)).center();
    h.drag(title, title + p(40.0, -60.0));
    assert_eq!((h.at("s"), h.at("d"), h.at("c")), ((340.0, 140.0), (660.0, 280.0), (620.0, 60.0)));
    assert_eq!(h.steps(), ["zone.group", "select.drag"]);
    assert_eq!((zone_of(&h, "s"), zone_of(&h, "d")), (Some("zone-1"), Some("zone-1")));
    h.click(zone_title(&frame(&h)).center());
    assert_eq!(h.selected(), ["s", "d"]);
    h.double_click(zone_title(&frame(&h)).center());
    assert!(h.effects.contains(&Effect::Edit(Part::Zone("zone-1".into()))));
}

#[test]
fn inside_its_frame_a_zone_is_as_open_as_the_canvas() {
    let mut h = zoned();
    h.act(Action::Escape).click(p(540.0, 240.0));
    assert!(h.selected().is_empty());
    h.down(p(560.0, 280.0)).to(p(300.0, 250.0));
    assert_eq!(h.editor.scene().phase, "Brushing");
}

#[test]
fn a_component_dropped_inside_joins_and_one_dragged_far_away_leaves() {
    let mut h = zoned();
    let c = h.middle("c");
    h.down(c).to(p(560.0, 300.0));
    assert!(h.editor.scene().zones[0].receives, "the zone lights up");
    h.up(p(560.0, 300.0));
    assert_eq!(zone_of(&h, "c"), Some("zone-1"));
    assert_eq!(h.steps(), ["zone.group", "select.drag"], "joining is part of the drag");
    h.act(Action::Undo);
    assert_eq!((zone_of(&h, "c"), h.at("c")), (None, (620.0, 60.0)));
    // A little way off it stays, and the frame grows.
    let d = h.middle("d");
    h.drag(d, d + p(100.0, 60.0));
    assert_eq!(zone_of(&h, "d"), Some("zone-1"));
    let d = h.middle("d");
    h.drag(d, d + p(0.0, 320.0));
    assert_eq!(zone_of(&h, "d"), None);
    assert_eq!(zone_of(&h, "s"), Some("zone-1"));
}

#[test]
fn what_is_put_down_inside_a_zone_belongs_to_it() {
    let mut h = zoned();
    h.act(Action::AddNode { kind: "cache".into(), at: Some(p(560.0, 260.0)) });
    let new = h.editor.selection().nodes[0].clone();
    assert_eq!(zone_of(&h, &new), Some("zone-1"));
    h.act(Action::AddNode { kind: "cache".into(), at: Some(p(0.0, 700.0)) });
    let new = h.editor.selection().nodes[0].clone();
    assert_eq!(zone_of(&h, &new), None);
    assert_eq!(h.steps(), ["zone.group", "node.add", "node.add"]);
}

#[test]
fn another_server_beside_one_in_a_zone_is_in_it_as_well() {
    let mut h = Hands::of(
        r#"{"format":1,"nodes":[{"id":"b","kind":"load_balancer","x":0,"y":0},{"id":"s","kind":"app_server","x":300,"y":0,"zone":"z"}],
        "links":[{"id":"l","from":"b","to":"s"}],"zones":[{"id":"z"}]}"#,
    );
    h.act(Action::Select(Selection::of_node("s"))).act(Action::AddNode { kind: "app_server".into(), at: None });
    let new = h.editor.selection().nodes[0].clone();
    assert!(h.has_link("b", &new));
    assert_eq!(zone_of(&h, &new), Some("z"));
}

#[test]
fn control_shift_g_takes_out_and_an_empty_zone_vanishes() {
    let mut h = zoned();
    h.act(Action::Select(Selection::of_node("s"))).with(mods_ctrl_shift()).key("G");
    assert_eq!((zone_of(&h, "s"), zone_of(&h, "d")), (None, Some("zone-1")));
    h.act(Action::Select(Selection::of_node("d"))).with(NONE).key("Delete");
    assert!(h.editor.design().zones.is_empty());
    h.act(Action::Undo);
    assert_eq!(zone_of(&h, "d"), Some("zone-1"));
    assert_eq!(h.editor.design().zones.len(), 1);
    h.act(Action::Select(Selection::of_node("u"))).with(mods_ctrl_shift()).key("g");
    assert!(h.refusal().is_some_and(|why| why.contains("belongs to a zone")));
}

fn mods_ctrl_shift() -> backpressure_editor::Mods {
    backpressure_editor::Mods { shift: true, ..CTRL }
}

#[test]
fn copies_of_a_whole_zone_are_a_zone_and_copies_of_a_member_stay_in_it() {
    let mut h = zoned();
    h.with(CTRL).key("d");
    let zones: Vec<_> = h.editor.design().zones.iter().map(|z| z.id.as_str()).collect();
    assert_eq!(zones, ["zone-1", "zone-2"]);
    let new = h.editor.selection().nodes.clone();
    assert!(new.iter().all(|id| zone_of(&h, id) == Some("zone-2")));
    h.act(Action::Select(Selection::of_node("s"))).key("d");
    let copy = h.editor.selection().nodes[0].clone();
    assert_eq!(zone_of(&h, &copy), Some("zone-1"));
    // Pasted elsewhere the zone comes along.
    h.act(Action::Select(Selection::of_node("s"))).key("c");
    let json = h.copied();
    let mut other = Hands::of(r#"{"format":1}"#);
    other.act(Action::Paste { text: json });
    assert_eq!(other.editor.design().zones.len(), 1);
    assert_eq!(other.editor.design().nodes[0].zone.as_deref(), Some("zone-1"));
}

#[test]
fn the_keyboard_reaches_zones_and_notes() {
    let mut h = zoned();
    h.act(Action::Escape).act(Action::AddNote { at: Some(p(0.0, 400.0)) });
    h.act(Action::SetNote { note: "note-1".into(), text: "Look here".into() }).act(Action::Escape);
    let mut seen = Vec::new();
    for _ in 0..6 {
        h.key("Tab");
        seen.push(h.focused().expect("a focus").to_owned());
    }
    assert_eq!(seen, ["u", "note-1", "zone-1", "s", "c", "d"], "a zone before its members, a column from the top");
    h.with(SHIFT).key("Tab").key("Tab").key("Tab").with(NONE).key("Enter");
    assert_eq!(h.selected(), ["s", "d"]);
    h.key("Enter");
    assert!(h.effects.contains(&Effect::Edit(Part::Zone("zone-1".into()))));
    h.with(SHIFT).key("Tab").with(NONE).key(" ");
    assert_eq!(h.selected(), ["note-1"]);
    h.key("F2");
    assert!(h.effects.contains(&Effect::Edit(Part::Note("note-1".into()))));
}

#[test]
fn a_note_is_added_where_the_pointer_is_and_its_text_is_part_of_the_step() {
    let mut h = Hands::new();
    h.to(p(307.0, 611.0)).key("n");
    assert!(h.effects.contains(&Effect::Edit(Part::Note("note-1".into()))));
    h.act(Action::SetNote { note: "note-1".into(), text: "Why two servers?\n".into() });
    let note = &h.editor.design().notes[0];
    assert_eq!((note.text.as_str(), note.x, note.y), ("Why two servers?", 300.0, 620.0));
    assert_eq!(h.steps(), ["note.add"]);
    h.act(Action::SetNote { note: "note-1".into(), text: "Two.".into() });
    assert_eq!(h.steps(), ["note.add", "note.edit"]);
}

#[test]
fn a_note_without_text_leaves_no_trace() {
    let mut h = Hands::new();
    h.to(p(300.0, 600.0)).key("n").act(Action::SetNote { note: "note-1".into(), text: " \n".into() });
    assert!(h.editor.design().notes.is_empty() && h.steps().is_empty());
    // One that had a text is deleted, which can be undone.
    h.key("n").act(Action::SetNote { note: "note-1".into(), text: "a".into() });
    h.act(Action::SetNote { note: "note-1".into(), text: String::new() });
    assert!(h.editor.design().notes.is_empty());
    h.act(Action::Undo);
    assert_eq!(h.editor.design().notes[0].text, "a");
}

#[test]
fn notes_are_selected_moved_nudged_copied_and_deleted_like_components() {
    let mut h = Hands::new();
    h.act(Action::AddNote { at: Some(p(300.0, 600.0)) });
    h.act(Action::SetNote { note: "note-1".into(), text: "Here".into() });
    let middle = p(400.0, 620.0);
    h.click(middle);
    assert_eq!(h.selected(), ["note-1"]);
    h.drag(middle, middle + p(40.0, 20.0));
    let at = |h: &Hands, i: usize| (h.editor.design().notes[i].x, h.editor.design().notes[i].y);
    assert_eq!(at(&h, 0), (340.0, 620.0));
    h.key("ArrowUp");
    assert_eq!(at(&h, 0), (340.0, 615.0));
    h.double_click(p(440.0, 635.0));
    assert!(h.effects.contains(&Effect::Edit(Part::Note("note-1".into()))));
    h.with(ALT).drag(p(440.0, 635.0), p(440.0, 735.0)).with(NONE);
    assert_eq!(h.editor.design().notes.len(), 2);
    assert_eq!(h.selected(), ["note-2"]);
    h.with(CTRL).key("c").with(NONE).key("Delete");
    assert_eq!(h.editor.design().notes.len(), 1);
    let text = h.copied();
    h.act(Action::Paste { text });
    assert_eq!(h.editor.design().notes[1].text, "Here");
    // A marquee takes both sorts.
    h.act(Action::Escape).drag(p(250.0, 150.0), p(420.0, 680.0));
    assert!(h.selected().contains(&"s") && h.selected().contains(&"note-1"));
}

#[test]
fn a_dragged_note_lights_no_zone_up() {
    let mut h = zoned();
    h.act(Action::AddNote { at: Some(p(0.0, 600.0)) });
    h.act(Action::SetNote { note: "note-1".into(), text: "Here".into() });
    h.down(p(100.0, 620.0)).to(p(560.0, 300.0));
    assert!(!h.editor.scene().zones[0].receives);
    h.input(Input::PointerCancel { pointer: 1 });
    assert_eq!(h.selected(), ["note-1"], "as before the gesture");
}

#[test]
fn a_design_with_a_zone_that_is_missing_is_drawn_all_the_same() {
    let h = Hands::of(r#"{"format":1,"nodes":[{"id":"a","kind":"cache","zone":"gone"}],"zones":[{"id":"empty"}]}"#);
    assert!(h.editor.scene().zones.is_empty());
}

#[test]
fn anywhere_in_a_frame_is_in_the_zone_for_what_is_dropped_onto_it() {
    let h = zoned();
    let frame = frame(&h);
    let camera = h.editor.camera();
    let inside = p(frame.x + 10.0, frame.bottom() - 10.0);
    let at = |world| camera.to_screen(world);
    assert_eq!(h.editor.over(at(inside)), None, "the frame's inside is the canvas to a hand that pans and selects");
    assert_eq!(h.editor.zone_around(at(inside)).as_deref(), Some("zone-1"));
    assert_eq!(h.editor.zone_around(at(p(frame.x - 40.0, frame.y))), None);
}

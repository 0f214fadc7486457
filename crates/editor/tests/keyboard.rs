//! Everything works by keyboard.

mod hands;

use backpressure_editor::{Action, Effect, Part, RunKey, Selection, Tool};
use hands::{ALT, CTRL, Hands, NONE, SHIFT, p};

#[test]
fn tab_walks_in_reading_order_and_leaves_at_the_end() {
    let mut h = Hands::new();
    let mut seen = Vec::new();
    for _ in 0..4 {
        h.key("Tab");
        seen.push(h.focused().expect("a focus").to_owned());
    }
    assert_eq!(seen, ["u", "s", "c", "d"]);
    h.with(SHIFT).key("Tab");
    assert_eq!(h.focused(), Some("c"));
    h.with(NONE).key("Tab").key("Tab");
    assert!(h.effects.is_empty(), "the browser moves the focus on");
    assert_eq!(h.focused(), None);
}

#[test]
fn enter_or_space_select_what_has_the_focus_and_enter_again_renames() {
    let mut h = Hands::new();
    h.key("Tab").key(" ");
    assert_eq!(h.selected(), ["u"]);
    h.key("Tab").key("Enter");
    assert_eq!(h.selected(), ["s"]);
    h.key("Enter");
    assert!(h.effects.contains(&Effect::Edit(Part::Node("s".into()))));
    h.key("F2");
    assert!(h.effects.contains(&Effect::Edit(Part::Node("s".into()))));
}

#[test]
fn a_run_of_nudges_is_one_step() {
    let mut h = Hands::new();
    h.act(Action::Select(Selection::of_node("s")));
    h.key("ArrowRight").key("ArrowRight").key("ArrowDown");
    h.with(SHIFT).key("ArrowRight");
    assert_eq!(h.at("s"), (330.0, 205.0));
    assert_eq!(h.steps(), ["select.nudge"]);
    h.with(CTRL).key("z");
    assert_eq!(h.at("s"), (300.0, 200.0));
    h.with(NONE).key("ArrowLeft");
    assert_eq!(h.steps(), ["select.nudge"]);
}

#[test]
fn alt_and_arrow_walk_along_links() {
    let mut h = Hands::new();
    h.key("Tab").with(ALT).key("ArrowRight");
    assert_eq!(h.focused(), Some("s"));
    h.key("ArrowRight");
    assert_eq!(h.focused(), Some("d"));
    h.key("ArrowLeft").key("ArrowLeft");
    assert_eq!(h.focused(), Some("u"));
}

#[test]
fn control_and_arrow_ask_for_a_connected_component() {
    let mut h = Hands::new();
    h.act(Action::Select(Selection::of_node("s"))).with(CTRL).key("ArrowDown");
    let asked = h.effects.iter().find_map(|e| match e {
        Effect::OpenQuickAdd { at, connect_from: Some(from), .. } => Some((from.clone(), *at)),
        _ => None,
    });
    let (from, at) = asked.expect("quick-add");
    let world = h.editor.camera().to_world(at);
    h.act(Action::AddConnected { kind: "cache".into(), from, at: Some(world) });
    let new = h.editor.selection().nodes[0].clone();
    assert!(h.has_link("s", &new));
    assert!(h.at(&new).1 > 200.0 && h.at(&new).0 > 300.0);
    h.act(Action::Select(Selection::of_node("s"))).key("ArrowLeft");
    assert!(h.effects.iter().any(|e| matches!(e, Effect::OpenQuickAdd { connect_to: Some(to), .. } if to == "s")));
}

#[test]
fn a_whole_diagram_is_built_without_a_mouse() {
    let mut h = Hands::of(r#"{"format":1}"#);
    h.key("/");
    assert!(matches!(h.effects[0], Effect::OpenQuickAdd { connect_from: None, .. }));
    h.act(Action::AddNode { kind: "users".into(), at: None });
    for kind in ["load_balancer", "app_server", "sql_database"] {
        h.with(CTRL).key("ArrowRight");
        let (from, at) = h
            .effects
            .iter()
            .find_map(|e| match e {
                Effect::OpenQuickAdd { at, connect_from: Some(from), .. } => Some((from.clone(), *at)),
                _ => None,
            })
            .expect("quick-add");
        let at = h.editor.camera().to_world(at);
        h.act(Action::AddConnected { kind: kind.into(), from, at: Some(at) });
    }
    assert_eq!((h.editor.design().nodes.len(), h.editor.design().links.len()), (4, 3));
    assert!(
        !backpressure_sim::design::check(h.editor.design())
            .iter()
            .any(|p| p.severity == backpressure_sim::Severity::Error)
    );
}

#[test]
fn letters_choose_tools_and_tools_stay() {
    let mut h = Hands::new();
    for (key, tool) in [("h", Tool::Hand), ("a", Tool::Connect), ("V", Tool::Select)] {
        h.key(key);
        assert_eq!(h.editor.tool(), tool);
    }
}

#[test]
fn delete_and_backspace_delete_with_the_links() {
    let mut h = Hands::new();
    h.click(h.middle("s")).key("Backspace");
    assert!(h.editor.node("s").is_none() && h.editor.design().links.is_empty());
    h.with(CTRL).key("z");
    assert!(h.has_link("u", "s") && h.has_link("s", "d"));
    assert_eq!(h.selected(), ["s"], "undo gives the selection back");
    h.with(CTRL).key("y");
    assert!(h.editor.node("s").is_none());
}

#[test]
fn copy_and_paste_use_the_documents_own_json() {
    let mut h = Hands::new();
    h.with(CTRL).key("a").key("c");
    let json = h.effects.iter().find_map(|e| if let Effect::Copy { json } = e { Some(json.clone()) } else { None });
    let json = json.expect("a copy");
    assert!(json.contains("\"format\""));
    let mut other = Hands::of(r#"{"format":1}"#);
    other.act(Action::Paste { text: json });
    assert_eq!((other.editor.design().nodes.len(), other.editor.design().links.len()), (4, 2));
    assert_eq!(other.steps(), ["clipboard.paste"]);
    other.act(Action::Paste { text: "no design".into() });
    assert!(other.refusal().is_some());
}

#[test]
fn the_view_and_the_run_have_their_keys() {
    let mut h = Hands::new();
    h.input(backpressure_editor::Input::Wheel { at: p(0.0, 0.0), delta: p(5000.0, 0.0), mods: NONE });
    h.with(SHIFT).key("1");
    let seen = h.editor.camera().visible(p(1200.0, 800.0));
    assert!(seen.contains(h.middle("u")) && seen.contains(h.middle("d")));
    h.act(Action::ZoomBy(2.0)).key("0");
    assert!((h.editor.camera().zoom - 1.0).abs() < 1e-9);
    h.with(NONE).key("p");
    assert!(h.effects.contains(&Effect::Run(RunKey::PlayPause)));
    h.key(".");
    assert!(h.effects.contains(&Effect::Run(RunKey::StepEvent)));
    h.key(",");
    assert!(h.effects.contains(&Effect::Run(RunKey::StepRequest)));
    h.key("?");
    assert!(h.effects.contains(&Effect::OpenHelp));
    h.with(SHIFT).key("F10");
    assert!(h.effects.iter().any(|e| matches!(e, Effect::OpenContextMenu { .. })));
}

#[test]
fn escape_cancels_the_gesture_first_and_the_selection_next() {
    let mut h = Hands::new();
    h.click(h.middle("s"));
    let port = h.out("s");
    h.wait(1000.0).down(port).to(p(500.0, 500.0)).key("Escape");
    assert_eq!(h.editor.scene().phase, "Idle");
    assert_eq!(h.selected(), ["s"]);
    h.key("Escape");
    assert!(h.selected().is_empty());
    h.key("Escape");
    assert!(h.effects.is_empty(), "nothing left to do here");
}

#[test]
fn keys_without_a_meaning_are_left_to_the_browser() {
    let mut h = Hands::new();
    for (mods, key) in [(CTRL, "v"), (CTRL, "r"), (NONE, "q"), (CTRL, "l"), (NONE, "F5"), (NONE, "ArrowUp")] {
        h.with(mods).key(key);
        assert!(h.effects.is_empty(), "{key}");
    }
}

//! Connecting is found without instructions: ports show on approach, a link begun with a click waits for its other end,
//! and where it may not lead the reason is there.

mod hands;

use backpressure_editor::{
    Action, Button, Editor, Effect, Hover, Input, Mods, PointerKind, Selection, Side, in_port, node_rect, out_port,
};
use backpressure_sim::design::{Design, Link, Node, may_connect};
use hands::{CTRL, Hands, NONE, p};
use proptest::prelude::*;

fn asked(h: &Hands) -> bool {
    h.effects.iter().any(|e| matches!(e, Effect::OpenQuickAdd { .. }))
}

#[test]
fn ports_show_on_approach_and_are_hit_beyond_what_is_drawn() {
    let mut h = Hands::new();
    let port = h.inn("c");
    h.to(port - p(24.0, 0.0));
    assert_eq!(h.editor.scene().near.as_deref(), Some("c"), "near, but not on it");
    assert_eq!(h.editor.scene().hover, None);
    h.to(port - p(12.0, 0.0));
    assert_eq!(h.editor.scene().hover, Some(Hover::Port { node: "c".into(), side: Side::In }));
    h.to(port - p(60.0, 0.0));
    assert_eq!(h.editor.scene().near, None);
}

#[test]
fn a_port_says_what_it_is_for_until_links_have_been_drawn() {
    let mut h = Hands::new();
    h.to(h.out("s"));
    assert!(h.editor.scene().hint.is_some_and(|hint| hint.words.contains("what it calls")));
    h.to(h.inn("c"));
    assert!(h.editor.scene().hint.is_some_and(|hint| hint.words.contains("what calls it")));
    h.drag(h.out("s"), h.middle("c"));
    h.drag(h.out("u"), h.middle("c"));
    h.to(h.out("s"));
    assert_eq!(h.editor.design().links.len(), 4);
    assert_eq!(h.editor.scene().hint, None);
}

#[test]
fn while_connecting_every_component_is_a_target_or_says_why_not() {
    let mut h = Hands::new();
    h.down(h.out("s")).to(p(500.0, 500.0));
    let targets = h.editor.scene().targets;
    let open: Vec<_> = targets.iter().filter(|t| t.open).map(|t| t.node.as_str()).collect();
    assert_eq!((open, targets.len()), (vec!["c"], 3), "itself is none");
    let mut why = |node: &str| {
        let at = h.middle(node);
        h.to(at);
        h.editor.scene().preview.and_then(|p| p.refused)
    };
    assert_eq!(why("c"), None);
    assert!(why("u").is_some_and(|why| why.contains("only make requests")));
    assert!(why("d").is_some_and(|why| why.contains("already")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// All targets are found in one go; each must be what the simulation says of that one link.
    #[test]
    fn targets_are_those_that_may_be_connected(
        kinds in prop::collection::vec(0usize..4, 6),
        links in prop::collection::vec((0usize..6, 0usize..6), 0..10),
        out in any::<bool>(),
        reconnects in any::<bool>(),
    ) {
        let kinds: Vec<_> = kinds.iter().map(|k| ["users", "app_server", "sql_database", "made_up"][*k]).collect();
        let mut design = Design::default();
        for (i, kind) in kinds.iter().enumerate() {
            let (id, x) = (format!("n{i}"), 300.0 * i as f64);
            design.nodes.push(Node { id, kind: (*kind).to_owned(), x, ..Node::default() });
        }
        for (i, (from, to)) in links.into_iter().enumerate() {
            design.links.push(Link { id: format!("l{i}"), from: format!("n{from}"), to: format!("n{to}"), ..Link::default() });
        }
        let mut editor = Editor::new(design.clone());
        editor.handle(Input::Resize { width: 2000.0, height: 800.0 });
        let rect = |id: &str| node_rect(design.node(id).expect("the node"));
        // Take hold of a port of n2, or of the called end of a link out of it.
        let (port, anchor, without) = match design.links.iter().position(|l| reconnects && l.from != l.to) {
            Some(i) => {
                editor.act(Action::Select(Selection::of_link(&design.links[i].id)));
                (in_port(rect(&design.links[i].to)), design.links[i].from.clone(), Some(i))
            }
            None => (if out { out_port(rect("n2")) } else { in_port(rect("n2")) }, "n2".to_owned(), None),
        };
        let at = editor.camera().to_screen(port);
        let none = Mods::default();
        let (pointer, kind, button) = (1, PointerKind::Mouse, Button::Primary);
        editor.handle(Input::PointerDown { pointer, at, button, kind, mods: none, time_ms: 0.0 });
        editor.handle(Input::PointerMove { pointer, at: at + p(0.0, 90.0), mods: none, time_ms: 9.0 });
        let scene = editor.scene();
        prop_assume!(scene.phase == "Connecting");
        let out = scene.preview.map(|p| p.side) == Some(Side::Out);
        let mut trial = design.clone();
        if let Some(i) = without {
            trial.links.remove(i);
        }
        prop_assert_eq!(scene.targets.len(), 5);
        for target in scene.targets.iter() {
            let (from, to) = if out { (&anchor, &target.node) } else { (&target.node, &anchor) };
            prop_assert_eq!(target.open, may_connect(&trial, from, to).is_ok(), "{} to {}", from, to);
        }
    }
}

#[test]
fn a_link_begun_with_a_click_says_what_to_do_next_and_escape_ends_it() {
    let mut h = Hands::new();
    h.click(h.out("s"));
    assert!(h.editor.scene().prompt.is_some_and(|words| words.contains("what Server calls")));
    h.key("Escape");
    assert_eq!((h.editor.scene().prompt, h.editor.scene().phase), (None, "Idle"));
    assert!(h.steps().is_empty());
}

#[test]
fn a_click_beside_everything_asks_what_to_create_and_a_drag_moves_the_canvas() {
    let mut h = Hands::new();
    h.click(h.out("s"));
    h.down(p(400.0, 600.0)).to(p(300.0, 500.0)).up(p(300.0, 500.0));
    assert!(!asked(&h));
    assert_eq!(h.editor.camera().origin, p(100.0, 100.0), "the canvas moved");
    assert_eq!(h.editor.scene().phase, "Connecting", "and the link still waits");
    h.input(backpressure_editor::Input::Wheel { at: p(0.0, 0.0), delta: p(-100.0, -100.0), mods: NONE });
    h.click(p(400.0, 600.0));
    assert!(asked(&h), "a click without a move is the place for something new");
}

#[test]
fn with_fingers_the_canvas_is_moved_and_zoomed_while_a_link_waits() {
    let mut h = Hands::new();
    h.kind = PointerKind::Touch;
    h.click(h.out("s"));
    h.down(p(400.0, 600.0)).down_with(2, p(500.0, 600.0), Button::Primary);
    h.move_with(2, p(450.0, 600.0)).up_with(2, p(450.0, 600.0));
    assert!(h.editor.camera().zoom < 1.0);
    h.up_with(1, p(400.0, 600.0));
    assert_eq!(h.editor.scene().phase, "Connecting");
    let at = h.editor.camera().to_screen(h.middle("c"));
    h.click(at);
    assert!(h.has_link("s", "c"));
}

#[test]
fn the_menu_begins_a_link_as_well() {
    let mut h = Hands::new();
    h.act(Action::StartConnecting { from: "s".into() });
    let preview = h.editor.scene().preview.expect("a preview");
    assert_eq!((preview.anchor.as_str(), preview.target), ("s", None));
    h.click(h.middle("c"));
    assert!(h.has_link("s", "c"));
}

#[test]
fn by_keyboard_enter_begins_a_link_and_ends_it_at_another_component() {
    let mut h = Hands::new();
    h.key("a").key("Tab").key("Tab");
    assert_eq!(h.focused(), Some("s"));
    h.key("Enter");
    assert_eq!(h.editor.scene().phase, "Connecting");
    h.key("Tab");
    assert_eq!(h.editor.scene().preview.and_then(|p| p.target).as_deref(), Some("c"));
    h.key("Enter");
    assert!(h.has_link("s", "c"));
    assert_eq!(h.steps(), ["link.connect"]);
    // Where it may not lead, the reason is said at once.
    h.key("Enter").with(hands::SHIFT).key("Tab").with(NONE);
    h.key("Escape");
    h.act(Action::Select(Selection::of_node("s"))).act(Action::StartConnecting { from: "s".into() });
    h.with(hands::SHIFT).key("Tab");
    let said = h.effects.iter().any(|e| matches!(e, Effect::Announce(words) if words.contains("only make requests")));
    assert!(said, "{:?}", h.effects);
}

#[test]
fn by_keyboard_a_link_begins_at_what_is_selected_and_tab_goes_round_until_it_ends() {
    let mut h = Hands::new();
    h.act(Action::Select(Selection::of_node("d")));
    // A database calls nothing: the reason is said, and no name is edited.
    h.key("a").key("Enter");
    assert_eq!(h.editor.scene().phase, "Idle");
    assert_eq!(h.refusal(), Some("Database calls nothing: begin at what shall call it."));
    assert!(!h.effects.iter().any(|e| matches!(e, Effect::Edit(_))), "{:?}", h.effects);
    h.act(Action::Select(Selection::of_node("s"))).key("Enter");
    assert_eq!(h.editor.scene().phase, "Connecting");
    h.key("Enter");
    assert!(h.effects.iter().all(|e| !matches!(e, Effect::Edit(_))), "a link waits: no name is edited");
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..8 {
        h.key("Tab");
        assert!(!h.effects.is_empty(), "Tab stays on the canvas");
        seen.insert(h.focused().map(str::to_owned));
    }
    assert_eq!(seen.len(), 4, "every component: {seen:?}");
    while h.focused() != Some("c") {
        h.with(hands::SHIFT).key("Tab");
    }
    h.with(NONE).key("Enter");
    assert!(h.has_link("s", "c"));
}

#[test]
fn the_connect_key_begins_a_link_at_the_one_selected_component_and_says_so() {
    let mut h = Hands::new();
    h.act(Action::Select(Selection::of_node("s"))).key("a");
    assert_eq!(h.editor.scene().phase, "Connecting");
    let said =
        |h: &Hands, part: &str| h.effects.iter().any(|e| matches!(e, Effect::Announce(words) if words.contains(part)));
    assert!(said(&h, "Choose what"), "{:?}", h.effects);
    h.key("Tab");
    assert_eq!(h.focused(), Some("c"), "on from where the link begins, not from the first component");
    h.key("Enter");
    assert!(h.has_link("s", "c"));
    // Escape gives up, and nothing is connected.
    let before = h.editor.design().links.len();
    h.act(Action::Select(Selection::of_node("s"))).key("a").key("Escape");
    assert_eq!((h.editor.scene().phase, h.editor.design().links.len()), ("Idle", before));
    // With nothing selected the tool says how it is used.
    h.key("Escape").key("a");
    assert_eq!(h.editor.scene().phase, "Idle");
    assert!(said(&h, "Enter begins a link"), "{:?}", h.effects);
}

#[test]
fn while_a_link_waits_arrows_go_to_what_it_may_lead_to_and_move_nothing() {
    // A balancer, three servers in a column right of it, and the users, who may not be called, above them.
    let mut h = Hands::of(
        r#"{"format":1,"nodes":[
            {"id":"b","kind":"load_balancer","name":"Balancer","x":0,"y":200},
            {"id":"u","kind":"users","name":"Users","x":300,"y":-80},
            {"id":"s1","kind":"app_server","name":"Upper","x":300,"y":60},
            {"id":"s2","kind":"app_server","name":"Middle","x":300,"y":200},
            {"id":"s3","kind":"app_server","name":"Lower","x":300,"y":340}],
          "links":[]}"#,
    );
    let target = |h: &Hands| h.editor.scene().preview.and_then(|p| p.target);
    let said = |h: &Hands, words: &str| h.effects.iter().any(|e| matches!(e, Effect::Announce(w) if w.contains(words)));
    h.act(Action::Select(Selection::of_node("b"))).key("a").key("ArrowRight");
    assert_eq!(target(&h).as_deref(), Some("s2"), "the straightest");
    assert_eq!(h.focused(), Some("s2"));
    assert!(said(&h, "Middle"), "{:?}", h.effects);
    h.with(hands::SHIFT).key("ArrowUp").with(NONE);
    assert_eq!(target(&h).as_deref(), Some("s1"), "on from there");
    h.key("ArrowUp");
    assert_eq!(target(&h).as_deref(), Some("s1"), "users cannot be called: they are passed over");
    assert!(said(&h, "Nothing to connect to that way"), "{:?}", h.effects);
    h.key("ArrowDown").key("ArrowDown").key("Enter");
    assert!(h.has_link("b", "s3"));
    assert_eq!(h.steps(), ["link.connect"], "nothing was moved");
    assert_eq!((h.at("b"), h.at("s3")), ((0.0, 200.0), (300.0, 340.0)));
    // Once it is made, arrows move again what is selected.
    h.act(Action::Select(Selection::of_node("b"))).key("ArrowRight");
    assert_eq!(h.at("b"), (5.0, 200.0));
}

#[test]
fn a_link_begun_by_mouse_is_led_on_by_arrows_as_well() {
    let mut h = Hands::new();
    let port = h.out("s");
    h.act(Action::Select(Selection::of_node("u"))).click(port).key("ArrowUp");
    assert_eq!(h.editor.scene().preview.and_then(|p| p.target).as_deref(), Some("c"));
    assert_eq!(h.at("u"), (0.0, 200.0));
}

#[test]
fn what_is_offered_is_what_may_follow_the_likeliest_first() {
    let h = Hands::new();
    let names = |anchor| h.editor.suggestions(anchor).iter().map(|k| k.name).collect::<Vec<_>>();
    let behind_server = names(Some(("s", Side::Out)));
    assert_eq!(behind_server[0], "sql_database", "servers call databases in this design");
    assert!(!behind_server.contains(&"users"));
    let before_cache = names(Some(("c", Side::In)));
    assert!(!before_cache.contains(&"sql_database"), "a database calls nothing");
    assert_eq!(names(Some(("d", Side::Out))), Vec::<&str>::new());
    assert_eq!(names(None).len(), backpressure_sim::components::kinds().len());
}

#[test]
fn users_come_before_a_balancer_and_a_balancer_before_servers() {
    let h = Hands::of(r#"{"format":1,"nodes":[{"id":"u","kind":"users"},{"id":"b","kind":"load_balancer"}]}"#);
    assert_eq!(h.editor.suggestions(Some(("u", Side::Out)))[0].name, "load_balancer");
    assert_eq!(h.editor.suggestions(Some(("b", Side::In)))[0].name, "users");
    assert_eq!(h.editor.suggestions(Some(("b", Side::Out)))[0].name, "app_server");
    // What does nothing until somebody has described it is nobody's first choice.
    let h = Hands::of(r#"{"format":1,"nodes":[{"id":"s","kind":"app_server"}]}"#);
    let behind: Vec<_> = h.editor.suggestions(Some(("s", Side::Out))).iter().map(|k| k.name).collect();
    assert_eq!((behind[0], behind.last()), ("cache", Some(&"custom")), "{behind:?}");
}

#[test]
fn a_link_is_selected_by_keyboard_and_labelled() {
    let mut h = Hands::new();
    let keys = backpressure_editor::Mods { alt: true, shift: true, ..NONE };
    h.key("Tab").with(keys).key("ArrowRight");
    assert_eq!(h.selected(), ["us"]);
    h.with(NONE).key("F2");
    assert!(h.effects.contains(&Effect::Edit(backpressure_editor::Part::Link("us".into()))));
    h.act(Action::RenameLink { link: "us".into(), name: " reads ".into() });
    assert_eq!(h.editor.link("us").map(|l| l.name.as_str()), Some("reads"));
    h.key("Delete");
    assert!(!h.has_link("u", "s"));
    h.with(CTRL).key("z");
    assert_eq!(h.editor.link("us").map(|l| l.name.as_str()), Some("reads"));
}

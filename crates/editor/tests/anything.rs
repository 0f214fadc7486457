//! Whatever hands do: nothing panics, undo leads back to the first document, redo to the last.

mod hands;

use backpressure_editor::{Action, Button, Editor, Effect, Input, Mods, Part, Point, PointerKind, Selection};
use backpressure_sim::design::{Design, Note, Zone, read, to_json};
use proptest::prelude::*;

fn point() -> impl Strategy<Value = Point> {
    (-50.0..1250.0f64, -50.0..850.0f64).prop_map(|(x, y)| Point::new(x, y))
}

fn mods() -> impl Strategy<Value = Mods> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(a, b, c)| Mods {
        shift: a && b,
        alt: b && c,
        command: a && c,
    })
}

fn input() -> impl Strategy<Value = Input> {
    let key = prop::sample::select(
        "a v h n g s t T G ' Delete Escape Tab Enter F2 ArrowLeft ArrowRight ArrowUp ArrowDown z y c x d / 1 2 0 Alt Shift"
            .split(' ')
            .chain([" "])
            .collect::<Vec<_>>(),
    );
    let pointer = prop::sample::select(vec![1, 1, 1, 2]);
    let button = prop::sample::select(vec![
        Button::Primary,
        Button::Primary,
        Button::Primary,
        Button::Middle,
        Button::Secondary,
    ]);
    let kind = prop::sample::select(vec![PointerKind::Mouse, PointerKind::Mouse, PointerKind::Touch, PointerKind::Pen]);
    let time = 0.0..5000.0f64;
    prop_oneof![
        3 => (pointer.clone(), point(), button, kind, mods(), time.clone())
            .prop_map(|(pointer, at, button, kind, mods, time_ms)| Input::PointerDown { pointer, at, button, kind, mods, time_ms }),
        5 => (pointer.clone(), point(), mods(), time.clone())
            .prop_map(|(pointer, at, mods, time_ms)| Input::PointerMove { pointer, at, mods, time_ms }),
        3 => (pointer.clone(), point(), mods(), time.clone())
            .prop_map(|(pointer, at, mods, time_ms)| Input::PointerUp { pointer, at, mods, time_ms }),
        1 => pointer.prop_map(|pointer| Input::PointerCancel { pointer }),
        1 => (point(), point(), mods()).prop_map(|(at, delta, mods)| Input::Wheel { at, delta, mods }),
        3 => (key.clone(), mods(), time.clone()).prop_map(|(key, mods, time_ms)| Input::KeyDown { key: key.to_owned(), mods, time_ms }),
        1 => key.prop_map(|key| Input::KeyUp { key: key.to_owned() }),
        1 => time.prop_map(|time_ms| Input::Tick { time_ms }),
        1 => Just(Input::Blur),
        1 => Just(Input::PointerLeave),
    ]
}

/// The shop with two of its components in a zone, and a note.
fn start() -> Design {
    let mut design = read(hands::SHOP.as_bytes()).design;
    for at in [1, 2] {
        design.nodes[at].zone = Some("z".into());
    }
    design.zones.push(Zone { id: "z".into(), name: "Region".into(), ..Zone::default() });
    design.notes.push(Note { id: "n".into(), text: "Look".into(), x: 60.0, y: 500.0, ..Note::default() });
    design
}

/// What a person does after an effect that asks for something.
fn answer(editor: &mut Editor, effects: &[Effect], words: &str) {
    for effect in effects {
        let text = words.to_owned();
        let action = match effect {
            Effect::Edit(Part::Node(node)) => Action::Rename { node: node.clone(), name: text },
            Effect::Edit(Part::Link(link)) => Action::RenameLink { link: link.clone(), name: text },
            Effect::Edit(Part::Zone(zone)) => Action::RenameZone { zone: zone.clone(), name: text },
            Effect::Edit(Part::Note(note)) => Action::SetNote { note: note.clone(), text },
            Effect::OpenQuickAdd { at, connect_from: Some(from), .. } => {
                let at = Some(editor.camera().to_world(*at));
                Action::AddConnected { kind: "cache".into(), from: from.clone(), at }
            }
            Effect::OpenQuickAdd { at, .. } => {
                Action::AddNode { kind: "app_server".into(), at: Some(editor.camera().to_world(*at)) }
            }
            Effect::Copy { json } => Action::Paste { text: json.clone() },
            _ => continue,
        };
        editor.act(action);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn undo_leads_back_and_redo_forth(inputs in prop::collection::vec((input(), "[a-z]{0,3}"), 1..120)) {
        let first = start();
        let mut editor = Editor::new(first.clone());
        editor.handle(Input::Resize { width: 1200.0, height: 800.0 });
        for (input, words) in inputs {
            let undoes = matches!(&input, Input::KeyDown { key, mods, .. } if mods.command && (key == "z" || key == "y"));
            if !undoes {
                let steps = editor.steps().count();
                let effects = editor.handle(input);
                prop_assert!(editor.steps().count() <= steps + 1, "one input is at most one step");
                answer(&mut editor, &effects, &words);
            }
            let scene = editor.scene();
            prop_assert!(scene.moved.iter().all(|(id, at)| editor.node(id).is_some() && at.is_finite()));
            prop_assert!(scene.zones.iter().all(|z| z.rect.corner().is_finite()));
            prop_assert!(editor.camera().zoom.is_finite() && editor.camera().origin.is_finite());
        }
        editor.act(Action::Escape);
        let last = editor.design().clone();
        let again = read(to_json(&last).as_bytes());
        prop_assert_eq!(&again.design, &last, "what was built can be saved and read");
        let mut ids: Vec<_> = last.nodes.iter().map(|n| &n.id).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), last.nodes.len(), "ids are unique");
        let used = |zone: &Zone| last.nodes.iter().any(|n| n.zone.as_deref() == Some(zone.id.as_str()));
        prop_assert!(last.zones.iter().all(used), "an emptied zone vanishes");
        prop_assert!(last.notes.iter().all(|n| !n.text.trim().is_empty()), "and so does a note without text");
        // Undo steps survive that as well.
        let mut reopened = Editor::new(again.design);
        reopened.restore_steps(&editor.saved_steps(usize::MAX));
        prop_assert!(reopened.steps().eq(editor.steps()));
        for editor in [&mut editor, &mut reopened] {
            while editor.can_undo() {
                editor.act(Action::Undo);
            }
            prop_assert_eq!(editor.design(), &first);
        }
        while editor.can_redo() {
            editor.act(Action::Redo);
        }
        prop_assert_eq!(editor.design(), &last);
    }

    #[test]
    fn a_cancelled_gesture_leaves_no_trace(path in prop::collection::vec(point(), 1..12), from in point(), mods in mods()) {
        let mut editor = Editor::new(start());
        editor.handle(Input::Resize { width: 1200.0, height: 800.0 });
        editor.act(Action::Select(Selection { nodes: vec!["u".into(), "d".into()], notes: vec!["n".into()], ..Selection::default() }));
        let (before, selected) = (editor.design().clone(), editor.selection().clone());
        let down = Input::PointerDown { pointer: 1, at: from, button: Button::Primary, kind: PointerKind::Mouse, mods, time_ms: 0.0 };
        editor.handle(down);
        for (i, at) in path.iter().enumerate() {
            editor.handle(Input::PointerMove { pointer: 1, at: *at, mods, time_ms: i as f64 * 16.0 });
        }
        editor.handle(Input::PointerCancel { pointer: 1 });
        prop_assert_eq!(editor.design(), &before);
        prop_assert_eq!(editor.selection(), &selected);
        prop_assert!(!editor.can_undo());
        prop_assert_eq!(editor.scene().phase, "Idle");
    }
}

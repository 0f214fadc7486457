//! Whatever hands do: nothing panics, undo leads back to the first document, redo to the last.

mod hands;

use backpressure_editor::{Action, Button, Editor, Input, Mods, Point, PointerKind};
use backpressure_sim::design::{read, to_json};
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
    let key = prop::sample::select(vec![
        "a",
        "v",
        "h",
        "Delete",
        "Escape",
        "Tab",
        "Enter",
        " ",
        "F2",
        "ArrowLeft",
        "ArrowRight",
        "ArrowUp",
        "ArrowDown",
        "z",
        "y",
        "c",
        "x",
        "d",
        "/",
        "1",
        "2",
        "0",
        "Alt",
        "Shift",
    ]);
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn undo_leads_back_and_redo_forth(inputs in prop::collection::vec(input(), 1..120)) {
        let first = read(hands::SHOP.as_bytes()).design;
        let mut editor = Editor::new(first.clone());
        editor.handle(Input::Resize { width: 1200.0, height: 800.0 });
        for input in inputs {
            let undoes = matches!(&input, Input::KeyDown { key, mods, .. } if mods.command && (key == "z" || key == "y"));
            if !undoes {
                editor.handle(input);
            }
            let scene = editor.scene();
            prop_assert!(scene.moved.iter().all(|(id, at)| editor.node(id).is_some() && at.is_finite()));
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
        while editor.can_undo() {
            editor.act(Action::Undo);
        }
        prop_assert_eq!(editor.design(), &first);
        while editor.can_redo() {
            editor.act(Action::Redo);
        }
        prop_assert_eq!(editor.design(), &last);
    }

    #[test]
    fn a_cancelled_gesture_leaves_no_trace(path in prop::collection::vec(point(), 1..12), start in point(), mods in mods()) {
        let mut editor = Editor::new(read(hands::SHOP.as_bytes()).design);
        editor.handle(Input::Resize { width: 1200.0, height: 800.0 });
        let before = editor.design().clone();
        let down = Input::PointerDown { pointer: 1, at: start, button: Button::Primary, kind: PointerKind::Mouse, mods, time_ms: 0.0 };
        editor.handle(down);
        for (i, at) in path.iter().enumerate() {
            editor.handle(Input::PointerMove { pointer: 1, at: *at, mods, time_ms: i as f64 * 16.0 });
        }
        editor.handle(Input::PointerCancel { pointer: 1 });
        prop_assert_eq!(editor.design(), &before);
        prop_assert!(!editor.can_undo());
        prop_assert_eq!(editor.scene().phase, "Idle");
    }
}

//! Undo steps that are kept with a design and taken up when it is opened again.

mod hands;

use backpressure_editor::{Action, Editor};
use hands::Hands;

/// The shop after three renamings, the last one undone.
fn edited() -> Hands {
    let mut hands = Hands::new();
    for name in ["One", "Two", "Three"] {
        hands.act(Action::Rename { node: "s".into(), name: name.into() });
    }
    hands.act(Action::Undo);
    hands
}

fn name(editor: &Editor) -> &str {
    editor.node("s").map_or("", |n| &n.name)
}

#[test]
fn undo_and_redo_go_on_where_they_were() {
    let before = edited().editor;
    let mut editor = Editor::new(before.design().clone());
    editor.restore_steps(&before.saved_steps(usize::MAX));
    assert_eq!(name(&editor), "Two");
    editor.act(Action::Redo);
    assert_eq!(name(&editor), "Three");
    for _ in 0..3 {
        editor.act(Action::Undo);
    }
    assert_eq!(name(&editor), "Server");
    assert!(!editor.can_undo() && editor.can_redo());
}

#[test]
fn where_room_is_short_the_newest_steps_are_kept() {
    let before = edited().editor;
    let all = before.saved_steps(usize::MAX).len();
    let mut editor = Editor::new(before.design().clone());
    // Room for one of the two steps that can be undone.
    editor.restore_steps(&before.saved_steps(all / 2));
    assert_eq!(editor.steps().count(), 1);
    editor.act(Action::Undo);
    assert_eq!(name(&editor), "One");
    assert!(!editor.can_undo());
    assert!(before.saved_steps(0).len() < 10, "nothing takes hardly any room");
}

#[test]
fn bytes_that_are_no_steps_change_nothing() {
    let before = edited().editor;
    let saved = before.saved_steps(usize::MAX);
    for bytes in [&[][..], &[1, 2, 3], &saved[..saved.len() - 1], &[0xff; 40]] {
        let mut editor = Editor::new(before.design().clone());
        editor.restore_steps(bytes);
        assert!(!editor.can_undo() && !editor.can_redo());
    }
}

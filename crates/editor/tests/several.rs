//! Several at once: one parameter of all selected components, and finding one among many.

mod hands;

use backpressure_editor::{Action, Selection};
use hands::{Hands, p};
use serde_json::json;

fn param(h: &Hands, node: &str, name: &str) -> Option<serde_json::Value> {
    h.editor.node(node).expect("the node").params.get(name).cloned()
}

#[test]
fn one_parameter_of_all_selected_is_set_in_one_step() {
    let mut h = Hands::of(
        r#"{"format":1,"nodes":[{"id":"a","kind":"app_server"},{"id":"b","kind":"app_server","params":{"slots":3}},
        {"id":"u","kind":"users"},{"id":"c","kind":"app_server"}]}"#,
    );
    h.act(Action::Select(Selection::of_nodes(["a", "b", "u"])));
    for slots in [1, 16] {
        // Typed digit by digit.
        h.act(Action::SetSelectedParam { pointer: "/slots".into(), value: Some(json!(slots)) });
    }
    h.act(Action::EndEdit);
    assert_eq!(["a", "b", "c"].map(|n| param(&h, n, "slots")), [Some(json!(16)), Some(json!(16)), None]);
    assert!(h.editor.node("u").is_some_and(|n| n.params.is_empty()), "users have no slots");
    assert_eq!(h.steps(), ["param.edit"]);
    h.act(Action::Undo);
    assert_eq!(["a", "b"].map(|n| param(&h, n, "slots")), [None, Some(json!(3))]);
    h.act(Action::SetSelectedParam { pointer: "/slots".into(), value: None });
    assert_eq!(param(&h, "b", "slots"), None, "back to the default");
    h.act(Action::CancelEdit);
    assert_eq!(param(&h, "b", "slots"), Some(json!(3)), "Escape takes it back");
}

#[test]
fn one_parameter_of_all_selected_links_is_set_in_one_step() {
    let mut h = Hands::new();
    h.act(Action::Select(Selection { links: vec!["us".into(), "sd".into()], ..Selection::default() }));
    let latency = json!({"distribution": "constant", "mean_ms": 4});
    h.act(Action::SetSelectedParam { pointer: "/latency".into(), value: Some(latency.clone()) });
    assert!(h.editor.design().links.iter().all(|l| l.params["latency"] == latency));
    assert_eq!(h.steps().len(), 1);
}

#[test]
fn a_component_is_found_by_name_selected_and_brought_into_the_middle() {
    let mut h = Hands::new();
    h.input(backpressure_editor::Input::Wheel { at: p(0.0, 0.0), delta: p(9000.0, 4000.0), mods: hands::NONE });
    h.act(Action::Find { text: "data".into() });
    assert_eq!(h.selected(), ["d"]);
    let middle = h.editor.camera().to_screen(h.middle("d"));
    assert!(middle.distance(p(600.0, 400.0)) < 1.0, "{middle:?}");
    assert!(h.steps().is_empty(), "looking is no edit");
}

#[test]
fn asked_again_it_finds_the_next_and_begins_again() {
    let mut h = Hands::of(
        r#"{"format":1,"nodes":[{"id":"a","kind":"app_server","name":"Shop 2","x":0},{"id":"b","kind":"cache","name":"Old shop","x":300},
        {"id":"c","kind":"app_server","name":"Shop","x":600}]}"#,
    );
    let mut found = Vec::new();
    for _ in 0..4 {
        h.act(Action::Find { text: " shop ".into() });
        found.push(h.selected()[0].to_owned());
    }
    assert_eq!(found, ["c", "a", "b", "c"], "the exact name first, then what begins with it, then what holds it");
    assert_eq!(h.editor.matches("app server"), ["a", "c"], "kinds are found as well");
    h.act(Action::Find { text: "nowhere".into() });
    assert!(h.refusal().is_some_and(|why| why.contains("“nowhere”")));
    assert_eq!(h.selected(), ["c"]);
}

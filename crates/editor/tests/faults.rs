//! Faults, promises and costs are edits like any other: one step each, undone and redone, and gone with what they are about.

use backpressure_editor::{Action, Editor, Selection};
use backpressure_sim::Design;
use backpressure_sim::design::Fault;
use serde_json::json;

fn editor() -> Editor {
    let design: Design = serde_json::from_value(json!({"format": 1, "nodes": [
        {"id": "u", "kind": "users"}, {"id": "s", "kind": "app_server"}],
        "links": [{"id": "l", "from": "u", "to": "s"}]}))
    .unwrap_or_default();
    Editor::new(design)
}

fn fault(id: &str, node: &str) -> Fault {
    Fault { id: id.to_owned(), node: Some(node.to_owned()), ..Fault::default() }
}

#[test]
fn dragging_a_fault_is_one_step() {
    let mut e = editor();
    e.act(Action::SetFaults { faults: vec![fault("f", "s")], mark: "add f".into() });
    e.act(Action::EndEdit);
    for at in 1..20 {
        let mut moved = fault("f", "s");
        moved.params.insert("schedule".into(), json!({"when": "once", "at_s": at}));
        e.act(Action::SetFaults { faults: vec![moved], mark: "move f".into() });
    }
    e.act(Action::EndEdit);
    assert_eq!(e.design().faults[0].params["schedule"]["at_s"], 19);
    e.act(Action::Undo);
    assert_eq!(e.design().faults, [fault("f", "s")], "the whole drag is taken back");
    e.act(Action::Undo);
    assert!(e.design().faults.is_empty());
    e.act(Action::Redo);
    assert_eq!(e.design().faults.len(), 1);
}

#[test]
fn a_fault_goes_with_its_victim_and_comes_back_with_it() {
    let mut e = editor();
    e.act(Action::SetFaults { faults: vec![fault("a", "s"), fault("b", "u")], mark: "add".into() });
    e.act(Action::EndEdit);
    e.act(Action::Select(Selection::of_node("s".to_owned())));
    e.act(Action::DeleteSelection);
    assert_eq!(e.design().faults, [fault("b", "u")]);
    e.act(Action::Undo);
    assert_eq!(e.design().faults.len(), 2);
}

#[test]
fn promises_costs_and_the_common_switch_are_undone() {
    let mut e = editor();
    e.act(Action::SetAssertions { assertions: vec!["p99 < 1 s".into()] });
    e.act(Action::SetFaultsOff { off: true });
    e.act(Action::SetCost { node: "s".into(), usd_per_hour: Some(2.5) });
    e.act(Action::EndEdit);
    let all = (e.design().assertions.len(), e.design().faults_off, e.design().nodes[1].cost_usd_per_hour);
    assert_eq!(all, (1, true, Some(2.5)));
    for _ in 0..3 {
        e.act(Action::Undo);
    }
    let none = (e.design().assertions.len(), e.design().faults_off, e.design().nodes[1].cost_usd_per_hour);
    assert_eq!(none, (0, false, None));
}

//! Designs that cannot run: a readable problem each, exit code 2, never a panic, never a hang.

mod common;

use backpressure_presets::PRESETS;
use common::backpressure;
use serde_json::{Value, json};

/// `check` and `run` refuse it with exit code 2 and these words; `run` prints nothing on standard output.
#[track_caller]
fn refused(design: &[u8], words: &[&str]) {
    let check = backpressure(&["check", "-"], design);
    assert_eq!(check.code, Some(2), "{}{}", check.out, check.err);
    let run = backpressure(&["run", "-", "--duration-s", "2", "--warmup-s", "1", "--format", "json"], design);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{}", run.err);
    let as_json = backpressure(&["check", "-", "--format", "json"], design);
    assert_eq!(as_json.code, Some(2));
    let list: Value = serde_json::from_str(&as_json.out).unwrap_or_else(|error| panic!("{error}: {}", as_json.out));
    let problems = list["problems"].as_array().expect("a list of problems");
    assert!(problems.iter().any(|p| p["severity"] == "error"), "{list}");
    assert!(check.out.lines().any(|line| line.starts_with("standard input: error: ")), "{}", check.out);
    for word in words {
        assert!(check.out.contains(word), "check does not say {word:?}:\n{}", check.out);
        assert!(run.err.contains(word), "run does not say {word:?}:\n{}", run.err);
    }
    for line in check.out.lines() {
        assert!(line.len() < 500, "a line that nobody reads: {line}");
    }
}

fn node(id: &str, kind: &str, params: Value) -> Value {
    json!({"id": id, "kind": kind, "params": params})
}

fn link(from: &str, to: &str) -> Value {
    json!({"id": format!("{from}-{to}"), "from": from, "to": to})
}

fn design(nodes: &[Value], links: &[Value]) -> Vec<u8> {
    json!({"format": 1, "nodes": nodes, "links": links}).to_string().into_bytes()
}

/// Users and a server with these parameters.
fn server(params: Value) -> Vec<u8> {
    design(&[node("users", "users", json!({})), node("web", "app_server", params)], &[link("users", "web")])
}

#[test]
fn the_good_one_that_the_bad_ones_are_made_from_runs() {
    let ran =
        backpressure(&["run", "-", "--duration-s", "2", "--warmup-s", "1", "--format", "json"], &server(json!({})));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

#[test]
fn what_is_not_json() {
    refused(b"", &["empty"]);
    refused(b"hello", &["Line 1"]);
    refused(b"[1, 2]", &["accepted: an object"]);
    refused(b"\xff\xfe\x00garbage", &["not UTF-8"]);
    refused(br#"{"format": 1, "nodes": [}"#, &["Line 1"]);
    refused("[".repeat(100_000).as_bytes(), &["deep"]);
}

#[test]
fn a_document_cut_off_anywhere() {
    let whole = PRESETS[0].json.trim_end();
    for tenth in 1..10 {
        let mut at = whole.len() * tenth / 10;
        while !whole.is_char_boundary(at) {
            at -= 1;
        }
        refused(&whole.as_bytes()[..at], &["Line", "cut off"]);
    }
    // In the middle of a character.
    let at = whole.find('÷').expect("a character of two bytes") + 1;
    refused(&whole.as_bytes()[..at], &["UTF-8"]);
}

#[test]
fn ten_megabytes() {
    let text = format!(r#"{{"format": 1, "name": "{}"}}"#, "x".repeat(10_000_000));
    refused(text.as_bytes(), &["10.0 MB", "at most 2 MB"]);
}

#[test]
fn numbers_that_are_none_or_out_of_range() {
    let nan = String::from_utf8(server(json!({"slots": 8}))).expect("UTF-8").replace(":8}", ":NaN}");
    refused(nan.as_bytes(), &["NaN"]);
    refused(&server(json!({"slots": "NaN"})), &["node web, /slots", "NaN", "accepted"]);
    refused(&server(json!({"instances": 1_000_000_000})), &["node web, /instances", "1,000"]);
    refused(&server(json!({"slots": -1})), &["node web, /slots", "accepted"]);
    refused(&server(json!({"slots": 2.5})), &["node web, /slots", "whole number"]);
    refused(
        &server(json!({"service_time": {"distribution": "exponential", "mean_ms": -3}})),
        &["node web, /service_time/mean_ms", "accepted"],
    );
    refused(&server(json!({"service_time": {"distribution": "gaussian"}})), &["gaussian", "lognormal"]);
    let huge = String::from_utf8(server(json!({"slots": 8}))).expect("UTF-8").replace(":8}", ":1e999}");
    refused(huge.as_bytes(), &["1e999"]);
}

#[test]
fn designs_that_go_nowhere() {
    refused(&design(&[], &[]), &["empty"]);
    refused(&design(&[node("web", "app_server", json!({}))], &[]), &["no users"]);
    let around = design(
        &[
            node("users", "users", json!({})),
            node("a", "app_server", json!({})),
            node("b", "app_server", json!({})),
            node("c", "app_server", json!({})),
        ],
        &[link("users", "a"), link("a", "b"), link("b", "c"), link("c", "a")],
    );
    refused(&around, &["round for ever", "link c-a"]);
    let to_itself = design(
        &[node("users", "users", json!({})), node("a", "app_server", json!({}))],
        &[link("users", "a"), link("a", "a")],
    );
    refused(&to_itself, &["cannot call itself"]);
    let dangling = design(&[node("users", "users", json!({}))], &[link("users", "nobody")]);
    refused(&dangling, &["`nobody`, which is not in the design"]);
    refused(
        &design(&[node("users", "users", json!({})), node("x", "teapot", json!({}))], &[]),
        &["teapot", "app_server"],
    );
    let twice = design(&[node("users", "users", json!({})), node("users", "app_server", json!({}))], &[]);
    refused(&twice, &["already taken"]);
}

#[test]
fn what_no_request_reaches_is_a_warning_and_the_rest_runs() {
    let with_an_island = design(
        &[
            node("users", "users", json!({})),
            node("web", "app_server", json!({})),
            json!({"id": "island", "kind": "sql_database", "name": "Forgotten database"}),
        ],
        &[link("users", "web")],
    );
    let check = backpressure(&["check", "-"], &with_an_island);
    assert_eq!(check.code, Some(0));
    assert!(
        check.out.starts_with("standard input: warning: node island: No request reaches Forgotten database"),
        "{}",
        check.out
    );
    let run = backpressure(&["run", "-", "--duration-s", "2", "--warmup-s", "1", "--format", "json"], &with_an_island);
    assert!(run.json()["requests"]["answered"].as_u64() > Some(0));
    assert!(run.err.contains("warning: node island"), "{}", run.err);
}

#[test]
fn every_mistake_of_a_design_is_listed_at_once() {
    let many = design(
        &[
            node("users", "users", json!({"retries": 1000})),
            node("web", "app_server", json!({"slots": 0, "queue_limit": -4})),
        ],
        &[link("users", "web"), link("web", "gone")],
    );
    refused(&many, &["node users, /retries", "node web, /slots", "node web, /queue_limit", "link web-gone"]);
}

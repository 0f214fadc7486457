use serde_json::json;

use super::*;

fn messages(reading: &Reading) -> Vec<&str> {
    reading.problems.iter().map(|p| p.message.as_str()).collect()
}

fn text(value: Value) -> Reading {
    read(value.to_string().as_bytes())
}

#[test]
fn a_good_document_has_no_problems() {
    let reading = text(json!({
        "$schema": "./schema.json", "format": 1, "name": "n", "description": "d", "seed": 7,
        "nodes": [{"id": "a", "kind": "users", "name": "U", "x": 20, "y": -40.5, "zone": "z", "params": {"retries": 1}}],
        "links": [{"id": "l", "from": "a", "to": "b", "name": "reads", "params": {"weight": 2}}],
        "zones": [{"id": "z", "name": "Region 1"}],
        "notes": [{"id": "n", "text": "Why?\nBecause.", "x": 5, "y": 0.5}],
    }));
    assert_eq!(reading.problems, []);
    let node = &reading.design.nodes[0];
    assert_eq!((node.x, node.y, node.params["retries"].as_u64()), (20.0, -40.5, Some(1)));
    assert_eq!(reading.design.seed, 7);
    assert_eq!((node.zone.as_deref(), reading.design.links[0].name.as_str()), (Some("z"), "reads"));
    assert_eq!(reading.design.zone("z").map(|z| z.name.as_str()), Some("Region 1"));
    let note = reading.design.note("n").expect("the note");
    assert_eq!((note.text.as_str(), note.x, note.y), ("Why?\nBecause.", 5.0, 0.5));
    assert_eq!(read(to_json(&reading.design).as_bytes()), reading);
}

#[test]
fn a_bad_field_loses_nothing_else() {
    let reading = text(json!({
        "format": 1, "name": 5, "seed": -1, "extra": [1],
        "nodes": [
            {"id": "a", "kind": "users", "x": "left", "params": [], "colour": "red"},
            7,
            {"id": "b"},
            {"id": "c", "kind": 3},
            {"kind": "cache", "y": 1e300},
            {"id": "a", "kind": "cache"},
            {"id": "héllo wörld", "kind": "cache"},
        ],
        "links": [{"from": "a", "to": "héllo wörld"}, {"id": "x", "from": "a"}, null],
    }));
    let ids: Vec<_> = reading.design.nodes.iter().map(|n| n.id.as_str()).collect();
    assert_eq!(ids, ["a", "cache", "a-2", "h-llo-w-rld"]);
    assert_eq!(reading.design.nodes[0].unknown["colour"], "red");
    assert_eq!(reading.design.nodes[1].y, MAX_COORDINATE);
    assert_eq!(reading.design.unknown["extra"], json!([1]));
    assert_eq!(reading.design.links.len(), 1);
    assert_eq!(reading.design.links[0].to, "h-llo-w-rld", "links follow a mended id");
    let all = messages(&reading).join("\n");
    for part in [
        "`name` is 5; accepted: text.",
        "`seed` is -1; accepted: a whole number",
        "`extra` is not a field of the document",
        "`x` is \"left\"; accepted: a number",
        "`params` is []; accepted: an object",
        "`colour` is not a field of a node",
        "`nodes[1]` is 7; accepted: an object",
        "`nodes[2].kind` is missing",
        "`nodes[3].kind` is 3",
        "`nodes[4].id` is missing",
        "`nodes[5].id` is \"a\", which is already taken",
        "It becomes `a-2`",
        "`links[1].to` is missing; accepted: the id of a node",
        "`links[2]` is null",
    ] {
        assert!(all.contains(part), "no {part:?} in:\n{all}");
    }
}

#[test]
fn a_truncated_document_keeps_what_came_before_and_says_where() {
    let full = to_json(
        &text(json!({"format": 1, "nodes": [{"id": "a", "kind": "users"}, {"id": "b", "kind": "cache"}]})).design,
    );
    let cut = &full[..full.find("\"cache\"").unwrap_or(0) + 4];
    let reading = read(cut.as_bytes());
    assert_eq!(reading.design.nodes.len(), 1);
    assert!(messages(&reading)[0].starts_with("Line 14, column 15: this text has no closing quote"), "{reading:?}");
}

#[test]
fn other_kinds_of_nonsense() {
    for (bytes, message) in [
        (&b""[..], "The document is empty"),
        (b"  \n ", "The document is empty"),
        (b"[]", "The document is []; accepted: an object"),
        (b"\"x\"", "The document is \"x\""),
        (b"<html>", "Line 1, column 1: found '<' where a value was expected."),
        (b"\xff\xfe{}", "not UTF-8"),
        (br#"{"format": 2}"#, "format 2, of a later version"),
        (br#"{"format": "x"}"#, "`format` is \"x\"; accepted: 1."),
        (b"{}", "`format` is missing"),
        (br#"{"format":1,"nodes":{}}"#, "`nodes` is {}; accepted: a list."),
        (br#"{"format":1,"seed":1e999}"#, "1e999 is beyond"),
    ] {
        let reading = read(bytes);
        let all = messages(&reading);
        assert!(all.iter().any(|m| m.contains(message)), "{:?}: {all:?}", String::from_utf8_lossy(bytes));
        assert!(reading.design.nodes.is_empty());
    }
}

#[test]
fn ten_megabytes_are_refused_at_once() {
    let big = vec![b'['; 10_000_000];
    let reading = read(&big);
    assert_eq!(messages(&reading), ["The document is 10.0 MB; accepted: at most 2 MB."]);
}

#[test]
fn too_many_nodes_and_problems_are_counted() {
    let nodes: Vec<Value> = (0..6_000).map(|_| json!({"id": "same", "kind": "cache"})).collect();
    let reading = text(json!({"format": 1, "nodes": nodes}));
    assert_eq!(reading.design.nodes.len(), MAX_NODES);
    assert!(messages(&reading)[0].contains("`nodes` has 6,000 entries; accepted: at most 5,000"));
    assert_eq!(reading.problems.len(), MAX_PROBLEMS + 1);
    assert!(messages(&reading)[MAX_PROBLEMS].contains("more problems"));
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    assert_eq!(read(b"\xef\xbb\xbf{\"format\":1}").problems, []);
}

#[test]
fn long_texts_are_cut_between_characters() {
    let reading = text(json!({"format": 1, "name": "é".repeat(150)}));
    assert_eq!(reading.design.name.len(), 200);
    assert_eq!(reading.problems.len(), 1);
}

#[test]
fn zones_and_notes_are_read_as_forgivingly_as_nodes() {
    let reading = text(json!({
        "format": 1,
        "zones": [{"id": "two words", "colour": "red"}, 7, {"id": "b", "name": 5}, {"id": "b"}],
        "nodes": [
            {"id": "a", "kind": "cache", "zone": "two words"},
            {"id": "c", "kind": "cache", "zone": 3},
            {"id": "d", "kind": "cache", "zone": null},
        ],
        "notes": [{"text": "é".repeat(1_500), "x": "left"}, null, {"id": "n", "size": 3}],
    }));
    let ids: Vec<_> = reading.design.zones.iter().map(|z| z.id.as_str()).collect();
    assert_eq!(ids, ["two-words", "b", "b-2"]);
    let zones: Vec<_> = reading.design.nodes.iter().map(|n| n.zone.as_deref()).collect();
    assert_eq!(zones, [Some("two-words"), None, None], "a component follows a mended id");
    assert_eq!(reading.design.zones[0].unknown["colour"], "red");
    assert_eq!(reading.design.notes[0].text.len(), MAX_NOTE);
    assert_eq!((reading.design.notes[0].id.as_str(), reading.design.notes.len()), ("note", 2));
    assert_eq!(reading.design.notes[1].unknown["size"], 3);
    let all = messages(&reading).join("\n");
    for part in [
        "`zones[0].id` is \"two words\"",
        "`colour` is not a field of a zone",
        "`zones[1]` is 7; accepted: an object",
        "`name` is 5; accepted: text",
        "`zones[3].id` is \"b\", which is already taken",
        "`zone` is 3; accepted: the id of a zone",
        "`notes[0].id` is missing",
        "`text` has 3000 bytes; accepted: at most 2000",
        "`x` is \"left\"; accepted: a number",
        "`notes[1]` is null",
        "`size` is not a field of a note",
    ] {
        assert!(all.contains(part), "no {part:?} in:\n{all}");
    }
}

#[test]
fn zones_and_notes_are_counted() {
    let many: Vec<Value> = (0..600).map(|i| json!({"id": format!("i{i}")})).collect();
    let reading = text(json!({"format": 1, "zones": many, "notes": many}));
    assert_eq!((reading.design.zones.len(), reading.design.notes.len()), (MAX_ZONES, MAX_NOTES));
    let all = messages(&reading).join("\n");
    assert!(all.contains("`zones` has 600 entries; accepted: at most 500"), "{all}");
    assert!(all.contains("`notes` has 600 entries; accepted: at most 500"), "{all}");
}

#[test]
fn what_is_kept_is_written_a_field_a_line_and_a_list_of_numbers_on_one() {
    let text = r#"{
  "format": 1,
  "name": "A \"log\"",
  "seed": 1,
  "nodes": [
    {
      "id": "users",
      "kind": "users",
      "x": 0,
      "y": 0.5,
      "params": {
        "workload": {
          "workload": "replay",
          "at_s": [0,0.25,1]
        },
        "endpoints": [
          {
            "name": "a"
          }
        ],
        "note": {},
        "empty": []
      }
    }
  ],
  "links": []
}
"#;
    assert_eq!(to_json(&read(text.as_bytes()).design), text);
}

#[test]
fn a_design_with_as_many_instants_as_users_can_replay_can_be_kept_and_opened() {
    let instants: Vec<String> = (0..100_000).map(|n| format!("{:.6}", 1000.0 + f64::from(n) / 777.0)).collect();
    let text = format!(
        r#"{{"format": 1, "nodes": [{{"id": "u", "kind": "users", "params": {{"workload": {{"workload": "replay", "at_s": [{}]}}}}}}]}}"#,
        instants.join(",")
    );
    let kept = to_json(&read(text.as_bytes()).design);
    let again = read(kept.as_bytes());
    assert_eq!(again.problems, []);
    assert_eq!(again.design.nodes[0].params["workload"]["at_s"].as_array().map(Vec::len), Some(100_000));
}

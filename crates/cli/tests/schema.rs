//! `backpressure schema`: a JSON Schema that accepts what the program accepts, and says no to mistakes.

mod common;

use backpressure_presets::PRESETS;
use common::backpressure;
use serde_json::{Value, json};

/// What `schema` has against `value`, by JSON pointer; the keywords of draft 2020-12 that the schema uses. An unknown
/// keyword is a failure of the test: it would be a condition that nobody checks.
fn complaints(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    let object = schema.as_object().unwrap_or_else(|| panic!("{at}: a schema is an object, not {schema}"));
    let holds = |schema: &Value| complaints(root, schema, value, at).is_empty();
    let list = |value: &Value| value.as_array().unwrap_or_else(|| panic!("{at}: no list: {value}")).clone();
    let text = value.as_str().map(|text| text.chars().count() as f64);
    let items = value.as_array().map(|items| items.len() as f64);
    let mut bound = |name: &str, figure: Option<f64>, limit: &Value, least: bool| {
        let limit = limit.as_f64().unwrap_or_else(|| panic!("{at}: `{name}` is no number"));
        if figure.is_some_and(|figure| if least { figure < limit } else { figure > limit }) {
            found.push(format!("{at}: {value} against {name} {limit}"));
        }
    };
    for (keyword, rule) in object {
        match keyword.as_str() {
            "minimum" => bound(keyword, value.as_f64(), rule, true),
            "maximum" => bound(keyword, value.as_f64(), rule, false),
            "maxLength" => bound(keyword, text, rule, false),
            "minItems" => bound(keyword, items, rule, true),
            "maxItems" => bound(keyword, items, rule, false),
            _ => {}
        }
    }
    for (keyword, rule) in object {
        let fine = match keyword.as_str() {
            // Words about it, and what is looked at together with another keyword.
            "$schema" | "$defs" | "title" | "description" | "default" | "then" => true,
            "minimum" | "maximum" | "maxLength" | "minItems" | "maxItems" => true,
            "type" => match rule.as_str() {
                Some("object") => value.is_object(),
                Some("array") => value.is_array(),
                Some("string") => value.is_string(),
                Some("number") => value.is_number(),
                Some("integer") => value.as_f64().is_some_and(|n| n.fract() == 0.0),
                Some("boolean") => value.is_boolean(),
                Some("null") => value.is_null(),
                other => panic!("{at}: no type of JSON: {other:?}"),
            },
            "const" => value == rule,
            "enum" => list(rule).contains(value),
            "pattern" => {
                assert_eq!(rule, "^[A-Za-z0-9_-]+$", "{at}: a pattern this test does not know");
                let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                value.as_str().is_none_or(|text| !text.is_empty() && text.chars().all(allowed))
            }
            "required" => list(rule).iter().all(|name| value.get(name.as_str().expect("a name")).is_some()),
            "anyOf" => list(rule).iter().any(holds),
            "oneOf" => list(rule).iter().filter(|s| holds(s)).count() == 1,
            "allOf" => {
                found.extend(list(rule).iter().flat_map(|s| complaints(root, s, value, at)));
                true
            }
            "if" => {
                if holds(rule) {
                    found.extend(complaints(root, &object["then"], value, at));
                }
                true
            }
            "$ref" => {
                let pointer = rule.as_str().and_then(|r| r.strip_prefix('#')).expect("a reference inside the schema");
                let target = root.pointer(pointer).unwrap_or_else(|| panic!("{at}: {rule} leads nowhere"));
                found.extend(complaints(root, target, value, at));
                true
            }
            "properties" => {
                for (name, schema) in rule.as_object().expect("properties by name") {
                    if let Some(inner) = value.get(name) {
                        found.extend(complaints(root, schema, inner, &format!("{at}/{name}")));
                    }
                }
                true
            }
            "items" => {
                for (i, inner) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(complaints(root, rule, inner, &format!("{at}/{i}")));
                }
                true
            }
            other => panic!("{at}: the keyword `{other}` is not one this test knows"),
        };
        if !fine {
            found.push(format!("{at}: {value} against {keyword} {rule}"));
        }
    }
    found
}

fn schema() -> Value {
    let schema = backpressure(&["schema"], b"").json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    schema
}

fn against(schema: &Value, value: &Value) -> Vec<String> {
    complaints(schema, schema, value, "")
}

#[test]
fn it_accepts_every_preset() {
    let schema = schema();
    for preset in PRESETS {
        let design: Value = serde_json::from_str(preset.json).expect("JSON");
        assert_eq!(against(&schema, &design), [""; 0], "{}", preset.name);
    }
}

#[test]
fn every_default_is_acceptable_itself() {
    fn walk(root: &Value, schema: &Value, at: &str, seen: &mut usize) {
        match schema {
            Value::Object(fields) => {
                if let (Some(default), true) = (fields.get("default"), fields.contains_key("title")) {
                    *seen += 1;
                    assert_eq!(complaints(root, schema, default, at), [""; 0]);
                }
                for (name, inner) in fields.iter().filter(|(name, _)| *name != "default") {
                    walk(root, inner, &format!("{at}/{name}"), seen);
                }
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, inner)| walk(root, inner, &format!("{at}/{i}"), seen));
            }
            _ => {}
        }
    }
    let schema = schema();
    let mut seen = 0;
    walk(&schema, &schema, "", &mut seen);
    assert!(seen > 20, "only {seen} defaults");
}

#[test]
fn it_says_no_where_the_program_does() {
    let schema = schema();
    let good: Value = serde_json::from_str(PRESETS[0].json).expect("JSON");
    let params = |at: usize, params: Value| (format!("/nodes/{at}/params"), params);
    for (pointer, bad) in [
        ("/format".to_owned(), json!(2)),
        ("/seed".to_owned(), json!(-1)),
        ("/nodes/0/id".to_owned(), json!("a b")),
        ("/nodes/0/kind".to_owned(), json!("teapot")),
        ("/links/0/from".to_owned(), json!(7)),
        params(1, json!({"instances": 1_000_000_000})),
        params(1, json!({"slots": -1})),
        params(1, json!({"slots": 2.5})),
        params(1, json!({"on_overflow": "explode"})),
        params(1, json!({"service_time": {"distribution": "gaussian"}})),
        params(1, json!({"service_time": {"distribution": "exponential", "mean_ms": -3}})),
        params(0, json!({"workload": {"workload": "closed", "users": 0}})),
        params(0, json!({"endpoints": []})),
        ("/links/0/params".to_owned(), json!({"latency": {"distribution": "pareto", "alpha": 0.5}})),
    ] {
        let mut design = good.clone();
        match (design.pointer_mut(&pointer), pointer.rsplit_once('/')) {
            (Some(place), _) => *place = bad.clone(),
            (None, Some((parent, name))) => design.pointer_mut(parent).expect("a parent")[name] = bad.clone(),
            _ => panic!("{pointer}"),
        }
        assert_ne!(against(&schema, &design), [""; 0], "{pointer} may not be {bad}");
        let ran = backpressure(&["check", "-"], design.to_string().as_bytes());
        assert_eq!(ran.code, Some(2), "{pointer} = {bad}: {}", ran.out);
    }
    let mut nothing = good;
    nothing.as_object_mut().expect("an object").remove("nodes");
    assert_ne!(against(&schema, &nothing), [""; 0]);
}

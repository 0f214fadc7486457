//! The JSON Schema of the document, from the same descriptions as the forms: what a person's text editor completes
//! and checks by.

use serde_json::{Map, Value, json};

use super::read::{
    FORMAT, MAX_ASSERTIONS, MAX_COORDINATE, MAX_COST, MAX_DESCRIPTION, MAX_FAULTS, MAX_ID, MAX_LINKS, MAX_NAME,
    MAX_NODES, MAX_NOTE, MAX_NOTES, MAX_ZONES,
};
use super::{FaultParams, Field, FieldKind, LinkParams};
use crate::components::kinds;

/// JSON Schema (draft 2020-12) of a design, with every kind of component.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    let mut by_kind = Vec::new();
    for kind in kinds() {
        let mut params = object(&kind.fields);
        params["title"] = json!(kind.label);
        params["description"] = json!(kind.summary);
        definitions.insert(kind.name.to_owned(), params);
        by_kind.push(json!({
            "if": {"properties": {"kind": {"const": kind.name}}},
            "then": {"properties": {"params": {"$ref": format!("#/$defs/{}", kind.name)}}},
        }));
    }
    definitions.insert("link".to_owned(), object(&LinkParams::fields()));
    definitions.insert("fault".to_owned(), object(&FaultParams::fields()));
    let id = json!({"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": MAX_ID});
    let coordinate = json!({"type": "number", "minimum": -MAX_COORDINATE, "maximum": MAX_COORDINATE, "default": 0});
    let names: Vec<_> = kinds().iter().map(|k| k.name).collect();
    let mut node = json!({
        "type": "object",
        "required": ["id", "kind"],
        "properties": {
            "id": with(&id, "Unique among nodes."),
            "kind": {"enum": names, "description": "Kind of component."},
            "name": {"type": "string", "maxLength": MAX_NAME, "description": "Name shown to people."},
            "x": with(&coordinate, "Left edge, world units."),
            "y": with(&coordinate, "Top edge, world units."),
            "zone": with(&id, "Id of the zone it belongs to."),
            "cost_usd_per_hour": {"type": "number", "minimum": 0, "maximum": MAX_COST, "description": "What it costs, if not what its kind costs by default."},
            "params": {"type": "object", "description": "Parameters that differ from the defaults."},
        },
    });
    if !by_kind.is_empty() {
        node["allOf"] = Value::Array(by_kind);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Backpressure design",
        "type": "object",
        "required": ["format", "nodes"],
        "properties": {
            "format": {"const": FORMAT, "description": "Version of the format."},
            "name": {"type": "string", "maxLength": MAX_NAME, "description": "Title shown to people."},
            "description": {
                "type": "string", "maxLength": MAX_DESCRIPTION,
                "description": "What to try, as a paragraph of plain text.",
            },
            "seed": {
                "type": "integer", "minimum": 0, "maximum": u64::MAX, "default": 1,
                "description": "Seed of every random stream in the run.",
            },
            "nodes": {"type": "array", "maxItems": MAX_NODES, "items": node, "description": "Components."},
            "links": {
                "type": "array", "maxItems": MAX_LINKS,
                "description": "Links: `from` calls `to`. A component calls its links in this order.",
                "items": {
                    "type": "object",
                    "required": ["id", "from", "to"],
                    "properties": {
                        "id": with(&id, "Unique among links."),
                        "from": with(&id, "Id of the calling node."),
                        "to": with(&id, "Id of the called node."),
                        "name": {"type": "string", "maxLength": MAX_NAME, "description": "Label shown on the canvas."},
                        "params": {"$ref": "#/$defs/link"},
                    },
                },
            },
            "zones": {
                "type": "array", "maxItems": MAX_ZONES,
                "description": "Zones: named groups of components. A component says which it belongs to.",
                "items": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {
                        "id": with(&id, "Unique among zones."),
                        "name": {"type": "string", "maxLength": MAX_NAME, "description": "Name shown to people."},
                    },
                },
            },
            "faults": {
                "type": "array", "maxItems": MAX_FAULTS,
                "description": "What goes wrong, and when: each befalls one node, one link or one zone.",
                "items": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {
                        "id": with(&id, "Unique among faults."),
                        "node": with(&id, "Id of the component it befalls."),
                        "link": with(&id, "Id of the link it befalls."),
                        "zone": with(&id, "Id of the zone whose components it befalls."),
                        "params": {"$ref": "#/$defs/fault"},
                    },
                },
            },
            "faults_off": {"type": "boolean", "default": false, "description": "All faults are switched off together."},
            "assertions": {
                "type": "array", "maxItems": MAX_ASSERTIONS,
                "description": "What the design promises, such as `p99 < 200 ms`.",
                "items": {"type": "string", "maxLength": MAX_NAME},
            },
            "notes": {
                "type": "array", "maxItems": MAX_NOTES,
                "description": "Notes on the canvas.",
                "items": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {
                        "id": with(&id, "Unique among notes."),
                        "text": {"type": "string", "maxLength": MAX_NOTE, "description": "Plain text."},
                        "x": with(&coordinate, "Left edge, world units."),
                        "y": with(&coordinate, "Top edge, world units."),
                    },
                },
            },
        },
        "$defs": definitions,
    })
}

fn with(schema: &Value, description: &str) -> Value {
    let mut schema = schema.clone();
    schema["description"] = json!(description);
    schema
}

fn object(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields.iter().map(|f| (f.name.to_owned(), property(f))).collect();
    json!({"type": "object", "properties": properties})
}

fn property(field: &Field) -> Value {
    let mut schema = holds(&field.kind, &field.default);
    if field.optional {
        // `null` says "off" aloud.
        schema = json!({"anyOf": [schema, {"type": "null"}]});
    }
    schema["title"] = json!(field.label);
    schema["description"] = json!(match unit(&field.kind) {
        "" => field.help.to_owned(),
        unit => format!("{} Unit: {unit}.", field.help),
    });
    schema["default"] = field.default.clone();
    schema
}

fn unit(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Number { unit, .. } | FieldKind::Integer { unit, .. } | FieldKind::Numbers { unit, .. } => unit,
        _ => "",
    }
}

fn holds(kind: &FieldKind, default: &Value) -> Value {
    match kind {
        FieldKind::Number { min, max, .. } => json!({"type": "number", "minimum": min, "maximum": max}),
        FieldKind::Integer { min, max, .. } => json!({"type": "integer", "minimum": min, "maximum": max}),
        FieldKind::Bool => json!({"type": "boolean"}),
        FieldKind::Text { max_len } => json!({"type": "string", "maxLength": max_len}),
        FieldKind::Choice { options } => json!({
            "oneOf": options
                .iter()
                .map(|o| json!({"const": o.name, "title": o.label, "description": o.help}))
                .collect::<Vec<_>>(),
        }),
        FieldKind::Group { fields } => object(fields),
        FieldKind::Variant { tag, cases } => {
            let names: Vec<_> = cases.iter().map(|c| c.name).collect();
            let conditions: Vec<_> = cases
                .iter()
                .map(|case| {
                    // A missing tag means the default's case: exactly then an `if` without `required` holds.
                    let is_default = default.get(tag).and_then(Value::as_str) == Some(case.name);
                    let required = if is_default { vec![] } else { vec![*tag] };
                    let mut then = object(&case.fields);
                    then["description"] = json!(case.help);
                    json!({
                        "if": {"properties": {*tag: {"const": case.name}}, "required": required},
                        "then": then,
                    })
                })
                .collect();
            json!({"type": "object", "properties": {*tag: {"enum": names}}, "allOf": conditions})
        }
        FieldKind::List { fields, min_items, max_items, .. } => {
            json!({"type": "array", "items": object(fields), "minItems": min_items, "maxItems": max_items})
        }
        FieldKind::Numbers { min, max, max_items, .. } => json!({
            "type": "array",
            "items": {"type": "number", "minimum": min, "maximum": max},
            "maxItems": max_items,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_of_every_kind_is_in_it() {
        let schema = schema();
        assert!(!kinds().is_empty());
        for kind in kinds() {
            for field in kind.fields.iter() {
                let property = &schema["$defs"][kind.name]["properties"][field.name];
                assert_eq!(property["default"], field.default, "{} {}", kind.name, field.name);
                assert!(property["description"].as_str().is_some_and(|d| d.starts_with(field.help)));
                if let FieldKind::Number { min, max, .. } = field.kind {
                    let range = if field.optional { &property["anyOf"][0] } else { property };
                    assert_eq!((range["minimum"].as_f64(), range["maximum"].as_f64()), (Some(min), Some(max)));
                }
            }
        }
    }

    #[test]
    fn a_variant_has_a_condition_for_each_case() {
        let latency = &schema()["$defs"]["link"]["properties"]["latency"];
        let cases = latency["allOf"].as_array().map_or(0, Vec::len);
        assert_eq!(cases, 6);
        assert_eq!(latency["allOf"][0]["if"]["required"], json!([]), "constant is the default");
        assert_eq!(latency["allOf"][1]["if"]["required"], json!(["distribution"]));
        assert_eq!(latency["allOf"][5]["then"]["properties"]["samples_ms"]["type"], "array");
    }
}

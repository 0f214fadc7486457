//! Setting one parameter by JSON pointer, so that what it passes through is complete.

use backpressure_sim::design::{Field, FieldKind};
use serde_json::{Map, Value};

/// Deepest pointer followed.
const MAX_DEPTH: usize = 16;
/// Longest list an item may be appended to or set in.
const MAX_ITEMS: usize = 10_000;

/// Set (or with `None` remove, which restores the default) the value at `pointer` inside `params`. Whatever the pointer
/// passes through and is not in the document yet is filled in with its default from `fields`, so that setting one
/// figure of a distribution keeps the distribution's name. Returns false if the pointer leads nowhere.
pub(crate) fn set(params: &mut Map<String, Value>, fields: &[Field], pointer: &str, value: Option<Value>) -> bool {
    let Some(path) = tokens(pointer) else { return false };
    set_in(params, fields, &path, value)
}

fn tokens(pointer: &str) -> Option<Vec<String>> {
    let rest = pointer.strip_prefix('/')?;
    let tokens: Vec<_> = rest.split('/').map(|t| t.replace("~1", "/").replace("~0", "~")).collect();
    (tokens.len() <= MAX_DEPTH).then_some(tokens)
}

fn set_in(map: &mut Map<String, Value>, fields: &[Field], path: &[String], value: Option<Value>) -> bool {
    let Some((name, rest)) = path.split_first() else { return false };
    if rest.is_empty() {
        return match value {
            Some(v) => {
                map.insert(name.clone(), v);
                true
            }
            // `remove` would move the last key here; keep the order of the others, so that files diff well.
            None => map.shift_remove(name).is_some(),
        };
    }
    let field = fields.iter().find(|f| f.name == name);
    let absent = !map.contains_key(name);
    if absent {
        if value.is_none() {
            return false;
        }
        let default = field.map(|f| f.default.clone()).filter(|d| d.is_object() || d.is_array());
        map.insert(name.clone(), default.unwrap_or_else(|| Value::Object(Map::new())));
    }
    let removing = value.is_none();
    let Some(inner) = map.get_mut(name) else { return false };
    let done = set_at(inner, field, rest, value);
    let empty = inner.as_object().is_some_and(Map::is_empty);
    if (absent && !done) || (removing && done && empty) {
        map.shift_remove(name);
    }
    done
}

fn set_at(inner: &mut Value, field: Option<&Field>, path: &[String], value: Option<Value>) -> bool {
    let Some((name, rest)) = path.split_first() else { return false };
    if let Value::Array(items) = inner {
        let fields = match field.map(|f| &f.kind) {
            Some(FieldKind::List { fields, .. }) => fields.as_slice(),
            _ => &[],
        };
        return set_item(items, fields, name, rest, value);
    }
    if !inner.is_object() {
        // A bad value where an object belongs: replace it by the default rather than refuse the edit.
        let default = field.map(|f| f.default.clone()).filter(Value::is_object);
        *inner = default.unwrap_or_else(|| Value::Object(Map::new()));
    }
    let Value::Object(map) = inner else { return false };
    let fields: &[Field] = match field.map(|f| &f.kind) {
        Some(FieldKind::Group { fields }) => fields,
        Some(FieldKind::Variant { tag, cases }) => {
            let case = map.get(*tag).and_then(Value::as_str);
            case.and_then(|name| cases.iter().find(|c| c.name == name)).map_or(&[], |c| c.fields.as_slice())
        }
        _ => &[],
    };
    set_in(map, fields, path, value)
}

fn set_item(items: &mut Vec<Value>, fields: &[Field], name: &str, rest: &[String], value: Option<Value>) -> bool {
    let at = if name == "-" { items.len() } else { name.parse().unwrap_or(usize::MAX) };
    if at > items.len() || at >= MAX_ITEMS {
        return false;
    }
    match (value, rest.is_empty()) {
        (Some(v), true) if at == items.len() => items.push(v),
        (Some(v), true) => items[at] = v,
        (None, true) if at < items.len() => {
            items.remove(at);
        }
        (value, false) if at < items.len() => {
            if !items[at].is_object() {
                items[at] = Value::Object(Map::new());
            }
            return items[at].as_object_mut().is_some_and(|map| set_in(map, fields, rest, value));
        }
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;
    use serde_json::json;

    fn map(v: Value) -> Map<String, Value> {
        v.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_plain_parameter_is_set_and_restored() {
        let fields = rules::fields("app_server");
        let mut params = Map::new();
        assert!(set(&mut params, fields, "/slots", Some(json!(4))));
        assert_eq!(Value::Object(params.clone()), json!({"slots": 4}));
        assert!(set(&mut params, fields, "/slots", None));
        assert!(params.is_empty());
        assert!(!set(&mut params, fields, "/slots", None), "nothing left to restore");
    }

    #[test]
    fn setting_one_figure_of_a_distribution_keeps_its_name() {
        let fields = rules::fields("app_server");
        let mut params = Map::new();
        assert!(set(&mut params, fields, "/service_time/mean_ms", Some(json!(9.0))));
        assert_eq!(Value::Object(params), json!({"service_time": {"distribution": "exponential", "mean_ms": 9.0}}));
    }

    #[test]
    fn setting_one_field_of_a_default_item_fills_in_the_list() {
        let fields = rules::fields("users");
        let mut params = Map::new();
        assert!(set(&mut params, fields, "/endpoints/0/weight", Some(json!(3.0))));
        assert_eq!(params["endpoints"][0]["weight"], json!(3.0));
        let whole = params["endpoints"][0].as_object().map_or(0, Map::len);
        assert!(whole > 1, "the rest of the default endpoint is there: {params:?}");
        assert!(set(&mut params, fields, "/endpoints/-", Some(json!({"name": "b"}))));
        assert!(set(&mut params, fields, "/endpoints/0", None));
        assert_eq!(params["endpoints"], json!([{"name": "b"}]));
    }

    #[test]
    fn pointers_that_lead_nowhere_change_nothing() {
        let fields = rules::fields("users");
        let start = map(json!({"endpoints": [{"name": "a"}]}));
        for pointer in ["", "slots", "/endpoints/7", "/endpoints/x/name", "/endpoints/1/name", &"/a".repeat(99)] {
            let mut params = start.clone();
            assert!(!set(&mut params, fields, pointer, Some(json!(1))), "{pointer}");
            assert_eq!(params, start, "{pointer}");
        }
    }

    #[test]
    fn removing_keeps_the_order_of_the_rest() {
        let mut params = map(json!({"a": 1, "b": 2, "c": 3}));
        assert!(set(&mut params, &[], "/a", None));
        assert_eq!(params.keys().collect::<Vec<_>>(), ["b", "c"]);
    }
}

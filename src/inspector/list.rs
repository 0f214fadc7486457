//! A list of objects on the form (the request mix): add, remove, reorder, edit each.

use super::field_row::{Problems, Rows, dom_id, rows};
use super::value::{defaults, object, with};
use crate::icons::{Symbol, icon};
use backpressure_sim::design::{Field, FieldKind};
use serde_json::Value;
use yew::prelude::*;

/// Properties of [`ListInput`].
#[derive(Properties, PartialEq)]
pub struct ListInputProps {
    /// The list's field.
    pub field: &'static Field,
    /// The array.
    pub value: Value,
    /// JSON pointer of the array.
    pub pointer: AttrValue,
    /// What the document check says.
    pub problems: Problems,
    /// Called with the new array.
    pub on_change: Callback<Option<Value>>,
    /// Called when focus leaves a control.
    pub on_end: Callback<bool>,
    /// May the design be edited?
    pub disabled: bool,
}

/// A change of the list as a whole.
#[derive(Clone, Copy)]
enum Change {
    Add,
    Remove(usize),
    Up(usize),
    Down(usize),
}

/// A list of objects.
#[component]
pub fn ListInput(props: &ListInputProps) -> Html {
    // A new item opens itself; items read from the document start closed unless there is only one.
    let opened = use_state(|| None::<usize>);
    let FieldKind::List { item, fields, min_items, max_items } = &props.field.kind else {
        return html! { <div /> };
    };
    let items: Vec<Value> = props.value.as_array().cloned().unwrap_or_default();
    let change = {
        let (items, emit, end, opened) = (items.clone(), props.on_change.clone(), props.on_end.clone(), opened.clone());
        Callback::from(move |change: Change| {
            let mut next = items.clone();
            match change {
                Change::Add => {
                    next.push(new_item(&next, fields));
                    opened.set(Some(next.len() - 1));
                }
                Change::Remove(i) if i < next.len() => {
                    next.remove(i);
                    opened.set(None);
                }
                Change::Up(i) if i > 0 && i < next.len() => {
                    next.swap(i, i - 1);
                    opened.set(None);
                }
                Change::Down(i) if i + 1 < next.len() => {
                    next.swap(i, i + 1);
                    opened.set(None);
                }
                _ => return,
            }
            emit.emit(Some(Value::Array(next)));
            end.emit(true);
        })
    };
    let button = |what: Change, symbol: Symbol, name: String, off: bool| {
        let change = change.clone();
        html! {
            <button type="button" class="icon-button" aria-label={name.clone()} title={name} disabled={off || props.disabled}
                    onclick={Callback::from(move |e: MouseEvent| { e.prevent_default(); change.emit(what) })}>
                { icon(symbol, 14) }
            </button>
        }
    };
    let last = items.len().saturating_sub(1);
    let row = |(i, value): (usize, &Value)| {
        let current = object(value);
        let (emit, all) = (props.on_change.clone(), items.clone());
        let on_change = {
            let current = current.clone();
            Callback::from(move |(name, value): (&'static str, Option<Value>)| {
                let mut next = all.clone();
                if let Some(slot) = next.get_mut(i) {
                    *slot = Value::Object(with(&current, name, value));
                }
                emit.emit(Some(Value::Array(next)));
            })
        };
        let name = format!("{item} {}", i + 1);
        html! {
            <li key={i} class="list-item">
                <details open={items.len() == 1 || *opened == Some(i)}>
                    <summary>
                        { icon(Symbol::ChevronRight, 14) }
                        <span class="list-item-title">{ title(value, &name) }</span>
                        <span class="list-item-share">{ share(&items, i).unwrap_or_default() }</span>
                    </summary>
                    <div class="list-item-buttons">
                        { button(Change::Up(i), Symbol::ArrowUp, format!("Move {name} up"), i == 0) }
                        { button(Change::Down(i), Symbol::ArrowDown, format!("Move {name} down"), i == last) }
                        { button(Change::Remove(i), Symbol::Trash, format!("Remove {name}"), items.len() <= *min_items) }
                    </div>
                    { rows(&Rows {
                        fields,
                        object: current,
                        pointer: format!("{}/{i}", props.pointer).into(),
                        problems: props.problems.clone(),
                        on_change,
                        on_end: props.on_end.clone(),
                        disabled: props.disabled,
                    }) }
                </details>
            </li>
        }
    };
    let add = {
        let change = change.clone();
        Callback::from(move |_: MouseEvent| change.emit(Change::Add))
    };
    html! {
        <div class="list" role="group" aria-label={props.field.label} id={dom_id(&props.pointer, "list")}>
            <ol class="list-items">{ for items.iter().enumerate().map(row) }</ol>
            <button type="button" class="button button-small" disabled={props.disabled || items.len() >= *max_items} onclick={add}>
                { icon(Symbol::Plus, 14) }{ format!("Add {item}") }
            </button>
        </div>
    }
}

/// A new item: the defaults, under a name that no other item has.
fn new_item(items: &[Value], fields: &'static [Field]) -> Value {
    let mut item = defaults(fields);
    if let Some(Value::String(name)) = item.get("name").cloned() {
        let taken =
            |candidate: &str| items.iter().any(|i| i.get("name").and_then(Value::as_str).unwrap_or(&name) == candidate);
        let mut fresh = name.clone();
        let mut n = 2;
        while taken(&fresh) {
            fresh = format!("{name} {n}");
            n += 1;
        }
        item.insert("name".into(), Value::String(fresh));
    }
    Value::Object(item)
}

/// What an item is called while it is closed: its own words where it has some ("GET /items").
fn title(value: &Value, otherwise: &str) -> String {
    let word = |name: &str| value.get(name).and_then(Value::as_str).filter(|s| !s.is_empty());
    match (word("name"), word("method"), word("path")) {
        (Some(name), _, _) => name.to_owned(),
        (None, Some(method), Some(path)) => format!("{method} {path}"),
        _ => otherwise.to_owned(),
    }
}

/// Share of an item with a weight among all of them ("30 %").
fn share(items: &[Value], index: usize) -> Option<String> {
    let weight = |item: &Value| item.get("weight").map_or(Some(1.0), Value::as_f64);
    if items.len() < 2 || !items.iter().any(|i| i.get("weight").is_some()) {
        return None;
    }
    let total: f64 = items.iter().filter_map(weight).sum();
    let own = weight(items.get(index)?)?;
    (total > 0.0).then(|| format!("{:.0}\u{202f}%", own / total * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_new_item_gets_a_name_of_its_own() {
        let kind = FieldKind::Text { max_len: 64 };
        let field = Field {
            name: "name",
            label: "Name",
            help: "",
            kind,
            optional: false,
            default: json!("item"),
            advanced: false,
        };
        let fields: &'static [Field] = Box::leak(Box::new([field]));
        let items = vec![json!({"name": "item"}), json!({"name": "item 2"})];
        assert_eq!(new_item(&items, fields), json!({"name": "item 3"}));
    }

    #[test]
    fn shares_come_from_weights() {
        let items = [json!({"weight": 1}), json!({"weight": 3})];
        assert_eq!(share(&items, 1).as_deref(), Some("75\u{202f}%"));
        assert_eq!(share(&[json!({"weight": 1})], 0), None);
    }

    #[test]
    fn titles_use_the_items_own_words() {
        assert_eq!(title(&json!({"name": "browse"}), "endpoint 1"), "browse");
        assert_eq!(title(&json!({"name": "", "method": "GET", "path": "/a"}), "endpoint 1"), "GET /a");
        assert_eq!(title(&json!({}), "endpoint 1"), "endpoint 1");
    }
}

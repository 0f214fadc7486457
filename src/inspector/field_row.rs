//! One parameter on the form: its label, its help, its way back to the default, and the control that suits its kind.

use super::controls::{self, ChoiceInput, ChoiceInputProps, Switch, TextInput, TextInputProps};
use super::list::{ListInput, ListInputProps};
use super::value::{effective, object, switched_on, with};
use crate::icons::{Symbol, icon};
use crate::part::{keyed_part, part};
use backpressure_sim::design::{Field, FieldKind};
use serde_json::{Map, Value};
use yew::prelude::*;

/// Properties of [`FieldRow`].
#[derive(Properties, PartialEq)]
pub struct FieldRowProps {
    /// The parameter.
    pub field: &'static Field,
    /// Its value now: the document's, or the default.
    pub value: Value,
    /// Of several components that do not share a value: that of the first. `value` is then null.
    pub mixed: Option<Value>,
    /// JSON pointer of the value inside `params`.
    pub pointer: AttrValue,
    /// What the document check says about this value, by pointer.
    pub problems: Problems,
    /// Called with the new value; `None` restores the default.
    pub on_change: Callback<Option<Value>>,
    /// Called when an edit is over: true, it stands, as one undo step; false, it is taken back.
    pub on_end: Callback<bool>,
    /// May the design be edited?
    pub disabled: bool,
}

/// Messages of the document check by JSON pointer.
pub type Problems = std::rc::Rc<Vec<(String, String)>>;

/// A valid DOM id made of a JSON pointer.
pub fn dom_id(pointer: &str, part: &str) -> String {
    let mut id = String::from("param");
    id.extend(pointer.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }));
    id.push('-');
    id.push_str(part);
    id
}

/// One parameter on the form.
#[component]
pub fn FieldRow(props: &FieldRowProps) -> Html {
    let help_open = use_state(|| false);
    let field = props.field;
    let input_id = dom_id(&props.pointer, "input");
    let help_id = dom_id(&props.pointer, "help");
    let changed = props.mixed.is_some() || props.value != field.default;
    let on = props.mixed.is_some() || !field.optional || !props.value.is_null();

    let toggle_help = {
        let help_open = help_open.clone();
        Callback::from(move |_: MouseEvent| help_open.set(!*help_open))
    };
    let reset = {
        let (change, end) = (props.on_change.clone(), props.on_end.clone());
        Callback::from(move |_: MouseEvent| {
            change.emit(None);
            end.emit(true);
        })
    };
    let switch = {
        let (change, end) = (props.on_change.clone(), props.on_end.clone());
        Callback::from(move |on: bool| {
            change.emit(Some(if on { switched_on(field) } else { Value::Null }));
            end.emit(true);
        })
    };
    let inline = matches!(
        field.kind,
        FieldKind::Number { .. }
            | FieldKind::Integer { .. }
            | FieldKind::Bool
            | FieldKind::Text { .. }
            | FieldKind::Choice { .. }
    );
    // A switch stands in the head, whether it switches the field or is the field.
    let in_head = matches!(field.kind, FieldKind::Bool) && !field.optional && props.mixed.is_none();
    let message =
        props.problems.iter().find(|(pointer, _)| pointer.as_str() == &*props.pointer).map(|(_, m)| m.clone());

    html! {
        <div class={classes!("field", inline.then_some("field-inline"), (!on).then_some("field-off"))}>
            <div class="field-head">
                { label(field, &input_id) }
                <button type="button" class="icon-button field-help-button" aria-expanded={help_open.to_string()}
                        aria-controls={help_id.clone()} aria-label={format!("What is {}?", field.label)}
                        onclick={toggle_help}>
                    { icon(Symbol::Info, 14) }
                </button>
                <button type="button" class={classes!("icon-button", "field-reset", (!changed).then_some("is-hidden"))}
                        aria-label={format!("Reset {} to its default", field.label)} title="Reset to default"
                        disabled={!changed || props.disabled} onclick={reset}>
                    { icon(Symbol::Reset, 14) }
                </button>
                if field.optional {
                    { controls::switch(&Switch {
                        id: dom_id(&props.pointer, "switch").into(),
                        label: format!("{} on", field.label).into(),
                        value: on,
                        pointer: None,
                        on_change: switch,
                        disabled: props.disabled,
                    }) }
                } else if in_head {
                    { control(props, &input_id) }
                }
            </div>
            <p id={help_id} class="field-help" hidden={!*help_open}>{ field.help }</p>
            <div class="field-control">
                if on && !in_head {
                    { control(props, &input_id) }
                }
            </div>
            <div class="field-problem-slot">
                if let Some(message) = message {
                    <p class="field-problem" role="status">{ message }</p>
                }
            </div>
        </div>
    }
}

/// Compound fields have no single control to label.
fn label(field: &'static Field, input_id: &str) -> Html {
    match field.kind {
        FieldKind::Group { .. } | FieldKind::List { .. } => html! { <span class="field-label">{ field.label }</span> },
        _ => html! { <label class="field-label" for={input_id.to_owned()}>{ field.label }</label> },
    }
}

fn control(props: &FieldRowProps, input_id: &str) -> Html {
    let field = props.field;
    let id = input_id.to_owned();
    match &field.kind {
        FieldKind::Bool | FieldKind::Group { .. } | FieldKind::List { .. } if props.mixed.is_some() => alike(props),
        FieldKind::Number { .. } | FieldKind::Integer { .. } | FieldKind::Text { .. } | FieldKind::Numbers { .. } => {
            part::<TextInput>(TextInputProps {
                id: id.into(),
                kind: &field.kind,
                value: props.value.clone(),
                pointer: props.pointer.clone(),
                on_change: props.on_change.clone(),
                on_end: props.on_end.clone(),
                disabled: props.disabled,
            })
        }
        FieldKind::Bool => {
            let (change, end) = (props.on_change.clone(), props.on_end.clone());
            let on_change = Callback::from(move |on: bool| {
                change.emit(Some(Value::Bool(on)));
                end.emit(true);
            });
            controls::switch(&Switch {
                id: id.into(),
                label: field.label.into(),
                value: props.value.as_bool().unwrap_or_default(),
                pointer: Some(props.pointer.clone()),
                on_change,
                disabled: props.disabled,
            })
        }
        FieldKind::Choice { options } => {
            let (change, end) = (props.on_change.clone(), props.on_end.clone());
            let chosen = props.value.as_str().unwrap_or_default().to_owned();
            let help = options.iter().find(|o| o.name == chosen).map_or("", |o| o.help);
            let on_change = Callback::from(move |name: String| {
                change.emit(Some(Value::from(name)));
                end.emit(true);
            });
            let options: Vec<_> = options.iter().map(|o| (o.name, o.label)).collect();
            html! {
                <>
                    { part::<ChoiceInput>(ChoiceInputProps {
                        id: id.into(),
                        options,
                        chosen: chosen.into(),
                        pointer: props.pointer.clone(),
                        on_change,
                        disabled: props.disabled,
                    }) }
                    <p class="choice-help">{ help }</p>
                </>
            }
        }
        FieldKind::Group { fields } => html! {
            <div class="field-nested" role="group" aria-label={field.label}>{ children(props, fields) }</div>
        },
        FieldKind::Variant { tag, cases } => {
            let current = object(&props.value);
            let chosen = current.get(*tag).and_then(Value::as_str).unwrap_or_default().to_owned();
            let case = cases.iter().find(|case| case.name == chosen);
            let options: Vec<_> = cases.iter().map(|c| (c.name, c.label)).collect();
            let (change, end) = (props.on_change.clone(), props.on_end.clone());
            let on_change = Callback::from(move |name: String| {
                let Some(case) = cases.iter().find(|case| case.name == name) else { return };
                change.emit(Some(Value::Object(switch_case(&current, tag, case))));
                end.emit(true);
            });
            html! {
                <>
                    { part::<ChoiceInput>(ChoiceInputProps {
                        id: id.into(),
                        options,
                        chosen: chosen.into(),
                        pointer: format!("{}/{tag}", props.pointer).into(),
                        on_change,
                        disabled: props.disabled,
                    }) }
                    <p class="choice-help">{ case.map_or("", |c| c.help) }</p>
                    <div class="field-nested">
                        if let Some(case) = case {
                            { children(props, &case.fields) }
                        }
                    </div>
                </>
            }
        }
        FieldKind::List { .. } => part::<ListInput>(ListInputProps {
            field,
            value: props.value.clone(),
            pointer: props.pointer.clone(),
            problems: props.problems.clone(),
            on_change: props.on_change.clone(),
            on_end: props.on_end.clone(),
            disabled: props.disabled,
        }),
    }
}

/// For what cannot show several values at once: says so, and offers the first one's.
fn alike(props: &FieldRowProps) -> Html {
    let (change, end, first) = (props.on_change.clone(), props.on_end.clone(), props.mixed.clone());
    let onclick = Callback::from(move |_: MouseEvent| {
        change.emit(first.clone());
        end.emit(true);
    });
    html! {
        <div class="field-mixed">
            <span>{ "mixed" }</span>
            <button type="button" class="button" disabled={props.disabled} {onclick}>{ "All as the first" }</button>
        </div>
    }
}

/// The object of another case: what both cases know by the same name stays as the person set it.
fn switch_case(current: &Map<String, Value>, tag: &str, case: &backpressure_sim::design::Case) -> Map<String, Value> {
    let mut next = Map::new();
    next.insert(tag.to_owned(), Value::from(case.name));
    for field in &case.fields {
        let value = current.get(field.name).filter(|v| same_shape(v, &field.default)).unwrap_or(&field.default);
        if !value.is_null() {
            next.insert(field.name.to_owned(), value.clone());
        }
    }
    next
}

fn same_shape(a: &Value, b: &Value) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// The rows of an object's fields; an edit of one rewrites the object around it.
fn children(props: &FieldRowProps, fields: &'static [Field]) -> Html {
    let current = object(&props.value);
    let parent = props.on_change.clone();
    let change = Callback::from(move |(name, value): (&'static str, Option<Value>)| {
        parent.emit(Some(Value::Object(with(&current, name, value))))
    });
    rows(&Rows {
        fields,
        object: object(&props.value),
        pointer: props.pointer.clone(),
        problems: props.problems.clone(),
        on_change: change,
        on_end: props.on_end.clone(),
        disabled: props.disabled,
    })
}

/// What [`rows`] needs.
pub struct Rows {
    /// The parameters, in the order they stand on the form.
    pub fields: &'static [Field],
    /// What the document says.
    pub object: Map<String, Value>,
    /// JSON pointer of the object; empty for the whole of `params`.
    pub pointer: AttrValue,
    /// What the document check says.
    pub problems: Problems,
    /// Called with the name of a field and its new value.
    pub on_change: Callback<(&'static str, Option<Value>)>,
    /// Called when focus leaves a control.
    pub on_end: Callback<bool>,
    /// May the design be edited?
    pub disabled: bool,
}

/// The fields of one object, the rarely needed ones under "More".
pub fn rows(props: &Rows) -> Html {
    let row = |field: &'static Field| {
        let change = props.on_change.clone();
        let on_change = Callback::from(move |value: Option<Value>| change.emit((field.name, value)));
        keyed_part::<FieldRow>(
            field.name,
            FieldRowProps {
                field,
                value: effective(&props.object, field),
                mixed: None,
                pointer: format!("{}/{}", props.pointer, field.name).into(),
                problems: props.problems.clone(),
                on_change,
                on_end: props.on_end.clone(),
                disabled: props.disabled,
            },
        )
    };
    let (more, plain): (Vec<_>, Vec<_>) = props.fields.iter().partition(|f| f.advanced);
    html! {
        <div class="field-rows">
            <div class="field-rows-plain">{ for plain.into_iter().map(row) }</div>
            if !more.is_empty() {
                <details class="field-more">
                    <summary>{ icon(Symbol::ChevronRight, 14) }{ "More" }</summary>
                    { for more.into_iter().map(row) }
                </details>
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backpressure_sim::design::Case;
    use serde_json::json;

    fn number(name: &'static str, default: Value) -> Field {
        let kind = FieldKind::Number { unit: "ms", min: 0.0, max: 1.0e6 };
        Field { name, label: name, help: "", kind, optional: false, default, advanced: false }
    }

    #[test]
    fn another_case_keeps_what_both_know() {
        let current = object(&json!({"distribution": "exponential", "mean_ms": 42, "odd": 1}));
        let case = Case {
            name: "lognormal",
            label: "",
            help: "",
            fields: vec![number("mean_ms", json!(6)), number("sigma", json!(1))],
        };
        assert_eq!(
            Value::Object(switch_case(&current, "distribution", &case)),
            json!({"distribution": "lognormal", "mean_ms": 42, "sigma": 1})
        );
    }

    #[test]
    fn pointers_make_valid_ids() {
        assert_eq!(dom_id("/endpoints/0/name", "input"), "param-endpoints-0-name-input");
    }
}

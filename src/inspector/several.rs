//! Several things at once: what can be done with all of them, and the parameters they have in common.

use super::field_row::{FieldRow, FieldRowProps, Problems};
use super::header::{NameInput, NameInputProps, acting, actions};
use super::value::effective;
use super::{end_edit, link_fields};
use crate::icons::{Symbol, icon};
use crate::part::{keyed_part, part};
use crate::session::Session;
use backpressure_editor::{Action, Editor};
use backpressure_sim::components;
use backpressure_sim::design::Field;
use serde_json::{Map, Value};
use yew::prelude::*;

/// What is selected, and what it has in common.
#[derive(Clone, PartialEq)]
pub struct Several {
    /// How many components, links and notes.
    counts: [usize; 3],
    /// The zone that they are, if they are one: its id and name.
    zone: Option<(String, AttrValue)>,
    /// The parameters that all components have, or if there are none, all links; each with the value that they share.
    common: Vec<(&'static Field, Option<Value>)>,
    /// The first one's values of those they do not share.
    first: Map<String, Value>,
}

impl Several {
    /// What is selected now.
    pub fn of(editor: &Editor) -> Self {
        let (design, selection) = (editor.design(), editor.selection());
        let nodes: Vec<_> = selection.nodes.iter().filter_map(|id| editor.node(id)).collect();
        let links: Vec<_> = selection.links.iter().filter_map(|id| editor.link(id)).collect();
        let (fields, params): (Vec<&'static Field>, Vec<&Map<String, Value>>) = if nodes.is_empty() {
            (link_fields().iter().collect(), links.iter().map(|l| &l.params).collect())
        } else {
            let mut fields: Vec<&'static Field> = Vec::new();
            for (i, node) in nodes.iter().enumerate() {
                let own: &'static [Field] = components::kind(&node.kind).map_or(&[], |k| &k.fields);
                if i == 0 {
                    fields.extend(own);
                } else {
                    // Of the same name but of another sort is another parameter.
                    fields.retain(|f| own.iter().any(|o| o.name == f.name && o.kind == f.kind));
                }
            }
            (fields, nodes.iter().map(|n| &n.params).collect())
        };
        let mut first = Map::new();
        let common = fields.into_iter().map(|field| {
            let mut values = params.iter().map(|p| effective(p, field));
            let value = values.next().unwrap_or_default();
            let shared = values.all(|v| v == value);
            first.insert(field.name.to_owned(), value.clone());
            (field, shared.then_some(value))
        });
        let common = common.collect();
        let zone = editor.selected_zone().map(|z| (z.id.clone(), z.name.clone().into()));
        let notes = selection.notes.iter().filter(|id| design.note(id).is_some()).count();
        Self { counts: [nodes.len(), links.len(), notes], zone, common, first }
    }
}

/// The panel.
#[inline(never)]
pub fn several(session: &Session, view: &Several) -> Html {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let words = view.counts.iter().zip(["component", "link", "note"]).filter(|(n, _)| **n > 0);
    let title = words.map(|(n, w)| plural(*n, w)).collect::<Vec<_>>().join(", ");
    let editable = session.is_editable();
    let [nodes, ..] = view.counts;
    let in_zone = {
        let editor = session.editor();
        editor.selection().nodes.iter().filter_map(|id| editor.node(id)).any(|n| n.zone.is_some())
    };
    let wide = |action: Action, symbol: Symbol, words: &'static str| {
        html! {
            <button type="button" class="button" onclick={acting(session, action)}>{ icon(symbol, 16) }{ words }</button>
        }
    };
    html! {
        <>
            <header class="inspector-header">
                <span class="inspector-icon">{ icon(Symbol::Layers, 22) }</span>
                <div class="inspector-titles">{ heading(session, view, &title) }</div>
                { actions(session) }
            </header>
            <div class="inspector-scroll">
                <div class="inspector-wide">
                    if editable && nodes > 1 && view.zone.is_none() {
                        { wide(Action::Group, Symbol::Layers, "Group as a zone") }
                    }
                    if editable && in_zone {
                        { wide(Action::Ungroup, Symbol::Layers, "Take out of the zone") }
                    }
                    { wide(Action::FitSelection, Symbol::Fit, "Show the selection") }
                </div>
                if !view.common.is_empty() {
                    <h2 class="inspector-heading">{ "Parameters in common" }</h2>
                    <div class="field-rows">{ for view.common.iter().map(|(field, value)| row(session, view, field, value.as_ref())) }</div>
                }
            </div>
        </>
    }
}

/// The zone's name, which can be edited, or how many there are.
fn heading(session: &Session, view: &Several, title: &str) -> Html {
    let Some((zone, name)) = &view.zone else {
        return html! { <><h2 class="inspector-title">{ title.to_owned() }</h2><p class="inspector-kind">{ "Selected" }</p></> };
    };
    let on_name = {
        let (session, zone) = (session.clone(), zone.clone());
        Callback::from(move |name: String| session.act(Action::RenameZone { zone: zone.clone(), name }))
    };
    html! {
        <>
            { part::<NameInput>(NameInputProps {
                value: name.clone(),
                label: "Name of the zone".into(),
                placeholder: "Zone".into(),
                max: 64,
                readonly: !session.is_editable(),
                on_name,
            }) }
            <p class="inspector-kind">{ format!("Zone of {title}") }</p>
        </>
    }
}

/// One parameter of all of them; `value` is the one they share.
fn row(session: &Session, view: &Several, field: &'static Field, value: Option<&Value>) -> Html {
    let on_change = {
        let session = session.clone();
        Callback::from(move |value: Option<Value>| {
            session.act(Action::SetSelectedParam { pointer: format!("/{}", field.name), value });
        })
    };
    let first = view.first.get(field.name).cloned().unwrap_or_default();
    keyed_part::<FieldRow>(
        field.name,
        FieldRowProps {
            field,
            value: value.cloned().unwrap_or(Value::Null),
            mixed: value.is_none().then_some(first),
            pointer: format!("/{}", field.name).into(),
            problems: Problems::default(),
            on_change,
            on_end: end_edit(session),
            disabled: !session.is_editable(),
        },
    )
}

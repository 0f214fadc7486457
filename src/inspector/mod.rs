//! The inspector: everything about what is selected. Its form comes from the component's own parameter description, so
//! a new component needs no code here.

mod controls;
pub mod field_row;
mod header;
mod list;
mod live;
mod nothing;
mod outline;
mod several;
mod theory;
mod value;
mod view;

use crate::cost;
use crate::part::part;
use crate::session::{Note, Session, use_session};
use field_row::{Rows, rows};
pub use header::{NameInput, NameInputProps};
use header::{link_header, node_header, note_header};
use live::{FiguresProps, LinkFigures, NodeFigures};
use nothing::{Nothing, NothingProps};
use serde_json::{Map, Value};
use theory::TheoryFigures;
use view::View;
use yew::prelude::*;

use backpressure_editor::Action;
use backpressure_sim::Severity;
use backpressure_sim::components;
use backpressure_sim::design::{Field, LinkParams};

/// Properties of [`Inspector`].
#[derive(Properties, PartialEq)]
pub struct InspectorProps {
    /// The page's session.
    pub session: Session,
}

/// The panel beside the canvas: what is selected, how it fares, and its parameters.
#[component]
pub fn Inspector(props: &InspectorProps) -> Html {
    let session = &props.session;
    let view = use_session(session, |n| matches!(n, Note::Design | Note::Redraw | Note::Problems), View::of);
    let body = match &*view {
        View::Nothing { name, description, seed, empty } => part::<Nothing>(NothingProps {
            session: session.clone(),
            name: name.clone(),
            description: description.clone(),
            seed: *seed,
            empty: *empty,
        }),
        View::Node { node, name, problems } => node_panel(session, node, name, problems),
        View::Link { link, from, to, problems } => link_panel(session, link, from, to, problems),
        View::Note { text } => note_panel(session, text),
        View::Several(view) => several::several(session, view),
    };
    // Keyed by what is shown: inputs never carry a half-typed text from one component to another.
    html! {
        <section class="inspector" data-testid="inspector" aria-label="Inspector">
            <div class="inspector-body" key={view.key()}>{ body }</div>
        </section>
    }
}

/// Whether this is said as a warning: the design runs with it.
fn warns(session: &Session, message: &str) -> bool {
    session.run().problems.iter().any(|p| p.message == message && p.severity == Severity::Warning)
}

#[inline(never)]
fn node_panel(
    session: &Session,
    node: &backpressure_sim::design::Node,
    name: &AttrValue,
    problems: &field_row::Problems,
) -> Html {
    let kind = components::kind(&node.kind);
    let change = {
        let (session, id) = (session.clone(), node.id.clone());
        Callback::from(move |(name, value): (&'static str, Option<Value>)| {
            session.act(Action::SetNodeParam { node: id.clone(), pointer: format!("/{name}"), value });
        })
    };
    html! {
        <>
            { node_header(session, &node.id, &node.kind, name) }
            <div class="inspector-scroll">
                { part::<NodeFigures>(FiguresProps { session: session.clone(), id: node.id.clone() }) }
                { part::<TheoryFigures>(FiguresProps { session: session.clone(), id: node.id.clone() }) }
                { for problems.iter().filter(|(pointer, _)| pointer.is_empty()).map(|(_, message)| html! {
                    <p class={classes!("field-problem", "inspector-problem", warns(session, message).then_some("is-warning"))}>{ message }</p>
                }) }
                if let Some(kind) = kind {
                    <h2 class="inspector-heading">{ "Parameters" }</h2>
                    { outline::outline(kind, &node.params) }
                    { form(session, &kind.fields[..], &node.params, problems, change) }
                    { cost::of_component(session, node) }
                    { leaves_out(kind.leaves_out) }
                } else {
                    <p class="inspector-note">{ format!("This build does not know “{}”. It is kept as it is.", node.kind) }</p>
                }
            </div>
        </>
    }
}

#[inline(never)]
fn link_panel(
    session: &Session,
    link: &backpressure_sim::design::Link,
    from: &AttrValue,
    to: &AttrValue,
    problems: &field_row::Problems,
) -> Html {
    let change = {
        let (session, id) = (session.clone(), link.id.clone());
        Callback::from(move |(name, value): (&'static str, Option<Value>)| {
            session.act(Action::SetLinkParam { link: id.clone(), pointer: format!("/{name}"), value });
        })
    };
    html! {
        <>
            { link_header(session, link, from, to) }
            <div class="inspector-scroll">
                { part::<LinkFigures>(FiguresProps { session: session.clone(), id: link.id.clone() }) }
                <h2 class="inspector-heading">{ "Parameters" }</h2>
                { form(session, link_fields(), &link.params, problems, change) }
            </div>
        </>
    }
}

/// A note, as it stands on the canvas.
#[inline(never)]
fn note_panel(session: &Session, text: &AttrValue) -> Html {
    html! {
        <>
            { note_header(session) }
            <div class="inspector-scroll"><p class="inspector-text">{ text.clone() }</p></div>
        </>
    }
}

/// The parameters of a component or a link.
fn form(
    session: &Session,
    fields: &'static [Field],
    params: &Map<String, Value>,
    problems: &field_row::Problems,
    on_change: Callback<(&'static str, Option<Value>)>,
) -> Html {
    rows(&Rows {
        fields,
        object: params.clone(),
        pointer: AttrValue::default(),
        problems: problems.clone(),
        on_change,
        on_end: end_edit(session),
        disabled: !session.is_editable(),
    })
}

fn end_edit(session: &Session) -> Callback<bool> {
    let session = session.clone();
    Callback::from(move |stands: bool| session.act(if stands { Action::EndEdit } else { Action::CancelEdit }))
}

/// The fields of a link, made once: forms hold on to them.
fn link_fields() -> &'static [Field] {
    static FIELDS: std::sync::OnceLock<Vec<Field>> = std::sync::OnceLock::new();
    FIELDS.get_or_init(LinkParams::fields)
}

/// What the model leaves out, for whoever wants to know.
fn leaves_out(sentences: &'static [&'static str]) -> Html {
    html! {
        <details class="leaves-out" hidden={sentences.is_empty()}>
            <summary>{ "What this model leaves out" }</summary>
            <ul>{ for sentences.iter().map(|s| html! { <li key={*s}>{ *s }</li> }) }</ul>
        </details>
    }
}

//! Type a few letters, press Enter: a component where the pointer was, connected if a link led there.

use super::chooser::{Choice, Chooser, ChooserProps};
use super::{focus_canvas, place};
use crate::commands::score;
use crate::icons::drawing_of_kind;
use crate::part::part;
use crate::session::Session;
use backpressure_editor::{Action, Point, Side};
use backpressure_sim::components::Kind;
use yew::prelude::*;

/// Properties of [`QuickAdd`].
#[derive(Properties, PartialEq)]
pub struct QuickAddProps {
    /// The page's session.
    pub session: Session,
    /// Where, screen point of the canvas.
    pub at: Point,
    /// It is to be called by this node.
    pub from: Option<String>,
    /// It is to call this node.
    pub to: Option<String>,
    /// Called when it closes.
    pub on_closed: Callback<()>,
}

fn matching(kinds: &[&'static Kind], typed: &str) -> Vec<&'static Kind> {
    let mut found: Vec<(usize, &'static Kind)> = Vec::new();
    for kind in kinds {
        // What begins with the text comes first.
        if let Some(fit) = score(typed, kind.label, &format!("{} {}", kind.name, kind.summary)) {
            found.insert(found.partition_point(|(before, _)| *before <= fit), (fit, kind));
        }
    }
    found.into_iter().map(|(_, k)| k).collect()
}

/// Quick-add: the kinds of component that fit, at the place where the new one will stand.
#[component]
pub fn QuickAdd(props: &QuickAddProps) -> Html {
    let kinds = use_memo((), |()| {
        let anchor = match (&props.from, &props.to) {
            (Some(from), _) => Some((from.as_str(), Side::Out)),
            (None, to) => to.as_deref().map(|to| (to, Side::In)),
        };
        props.session.editor().suggestions(anchor)
    });
    let list = Callback::from(move |typed: String| matching(&kinds, &typed).into_iter().map(choice).collect());
    let on_given_up = {
        let closed = props.on_closed.clone();
        Callback::from(move |()| {
            closed.emit(());
            focus_canvas();
        })
    };
    let on_chosen = {
        let (session, from, to, at, close) =
            (props.session.clone(), props.from.clone(), props.to.clone(), props.at, on_given_up.clone());
        Callback::from(move |kind: AttrValue| {
            let world = session.editor().camera().to_world(at);
            let kind = kind.to_string();
            session.act(match (from.clone(), to.clone()) {
                (Some(from), _) => Action::AddConnected { kind, from, at: Some(world) },
                (None, Some(to)) => Action::AddCaller { kind, to, at: Some(world) },
                (None, None) => Action::AddNode { kind, at: Some(world) },
            });
            close.emit(());
        })
    };
    // A press beside the field (on the frame, the bar that scrolls) leaves the keyboard in it: it closes with its focus.
    let onmousedown = Callback::from(|event: MouseEvent| {
        if event.target_dyn_into::<web_sys::HtmlInputElement>().is_none() {
            event.prevent_default();
        }
    });
    let (x, y) = place(props.at, (320.0, 360.0));
    html! {
        <div class="quick-add" data-testid="quick-add" role="dialog" aria-label="Add a component" style={format!("left: {x}px; top: {y}px")} {onmousedown}>
            { part::<Chooser>(ChooserProps {
                id: "quick-add",
                label: "Component to add",
                placeholder: if props.from.is_some() { "Connect to a new…" } else { "Add a component…" },
                list,
                on_chosen,
                on_given_up,
                // The focus is where the person put it: it is not taken back to the canvas.
                on_left: props.on_closed.clone(),
            }) }
        </div>
    }
}

fn choice(kind: &'static Kind) -> Choice {
    Choice {
        key: kind.name.into(),
        heading: "",
        picture: Some(drawing_of_kind(kind.name)),
        kind: Some(kind.name),
        title: kind.label.into(),
        detail: kind.summary.into(),
        chord: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backpressure_sim::components;

    #[test]
    fn the_name_that_begins_with_the_text_comes_first() {
        let kinds: Vec<_> = components::kinds().iter().collect();
        assert_eq!(matching(&kinds, "ca")[0].name, "cache");
        assert_eq!(matching(&kinds, "sql")[0].name, "sql_database");
        assert!(matching(&kinds, "zzz").is_empty());
    }
}

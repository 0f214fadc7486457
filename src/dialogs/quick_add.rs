//! Type a few letters, press Enter: a component where the pointer was, connected if a link led there.

use super::{focus_canvas, place};
use crate::icons::kind_icon;
use crate::session::{Session, use_mounted};
use backpressure_editor::{Action, Point, Side};
use backpressure_sim::components::Kind;
use web_sys::HtmlInputElement;
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
    let typed = typed.trim().to_ascii_lowercase();
    let mut found: Vec<(usize, &'static Kind)> = Vec::new();
    for kind in kinds {
        let label = kind.label.to_ascii_lowercase();
        let at = label
            .find(&typed)
            .or_else(|| kind.name.find(&typed).map(|i| i + 1))
            .or_else(|| kind.summary.to_ascii_lowercase().contains(&typed).then_some(100));
        // What begins with the text comes first.
        if let Some(at) = at {
            found.insert(found.partition_point(|(before, _)| *before <= at), (at, kind));
        }
    }
    found.into_iter().map(|(_, k)| k).collect()
}

/// The field and its list.
#[component]
pub fn QuickAdd(props: &QuickAddProps) -> Html {
    let typed = use_state_eq(String::new);
    let chosen = use_state_eq(|| 0usize);
    let input = use_node_ref();
    {
        let input = input.clone();
        use_mounted(move || {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                let _ = input.focus();
            }
        });
    }
    let kinds = use_memo((), |()| {
        let anchor = match (&props.from, &props.to) {
            (Some(from), _) => Some((from.as_str(), Side::Out)),
            (None, to) => to.as_deref().map(|to| (to, Side::In)),
        };
        props.session.editor().suggestions(anchor)
    });
    let found = matching(&kinds, &typed);
    let close = {
        let closed = props.on_closed.clone();
        Callback::from(move |()| {
            closed.emit(());
            focus_canvas();
        })
    };
    let add = {
        let (session, from, to, at, close) =
            (props.session.clone(), props.from.clone(), props.to.clone(), props.at, close.clone());
        Callback::from(move |kind: &'static Kind| {
            let world = session.editor().camera().to_world(at);
            let kind = kind.name.to_owned();
            session.act(match (from.clone(), to.clone()) {
                (Some(from), _) => Action::AddConnected { kind, from, at: Some(world) },
                (None, Some(to)) => Action::AddCaller { kind, to, at: Some(world) },
                (None, None) => Action::AddNode { kind, at: Some(world) },
            });
            close.emit(());
        })
    };
    let oninput = {
        let (typed, chosen) = (typed.setter(), chosen.setter());
        Callback::from(move |event: InputEvent| {
            typed.set(event.target_unchecked_into::<HtmlInputElement>().value());
            chosen.set(0);
        })
    };
    let onkeydown = {
        let (found, chosen, add, close) = (found.clone(), chosen.clone(), add.clone(), close.clone());
        Callback::from(move |event: KeyboardEvent| {
            let n = found.len();
            match event.key().as_str() {
                "ArrowDown" if n > 0 => chosen.set((*chosen + 1) % n),
                "ArrowUp" if n > 0 => chosen.set((*chosen + n - 1) % n),
                "Enter" => {
                    if let Some(kind) = found.get(*chosen) {
                        add.emit(kind);
                    }
                }
                "Escape" | "Tab" => close.emit(()),
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        })
    };
    let onblur = {
        let closed = props.on_closed.clone();
        // The focus is where the person put it: it is not taken back to the canvas.
        Callback::from(move |_: FocusEvent| closed.emit(()))
    };
    let (x, y) = place(props.at, (300.0, 330.0));
    let option = |(i, kind): (usize, &&'static Kind)| {
        let (add, kind) = (add.clone(), *kind);
        html! {
            <li key={kind.name} id={format!("quick-{}", kind.name)} role="option" aria-selected={(i == *chosen).to_string()}
                class="quick-option" data-testid={format!("quick-add-{}", kind.name)} style={format!("--kind: var(--kind-{}, var(--accent))", kind.name)}
                onpointerdown={Callback::from(move |e: PointerEvent| { e.prevent_default(); add.emit(kind); })}>
                <span class="palette-icon">{ kind_icon(kind.name, 20) }</span>
                <span class="quick-words"><span>{ kind.label }</span><span class="quick-summary">{ kind.summary }</span></span>
            </li>
        }
    };
    let active = found.get(*chosen).map(|k| format!("quick-{}", k.name));
    html! {
        <div class="quick-add" data-testid="quick-add" role="dialog" aria-label="Add a component" style={format!("left: {x}px; top: {y}px")}>
            <input ref={input} class="input" type="text" role="combobox" aria-expanded="true" aria-controls="quick-list" aria-autocomplete="list"
                   aria-activedescendant={active} aria-label="Component to add" autocomplete="off" spellcheck="false"
                   placeholder={if props.from.is_some() { "Connect to a new…" } else { "Add a component…" }} {oninput} {onkeydown} {onblur} />
            <ul id="quick-list" role="listbox" aria-label="Components">{ for found.iter().enumerate().map(option) }</ul>
            <p class="quick-nothing" hidden={!found.is_empty()}>{ "Nothing here has that name." }</p>
        </div>
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

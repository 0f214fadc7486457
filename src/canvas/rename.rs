//! Renaming a component where it stands.

use super::description::name_of;
use crate::session::Session;
use backpressure_editor::Action;
use backpressure_editor::node_rect;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Properties of [`Rename`].
#[derive(Properties, PartialEq)]
pub struct RenameProps {
    /// The page's session.
    pub session: Session,
    /// The component being renamed, if one is.
    pub node: Option<String>,
    /// Called when the name is given or refused.
    pub on_done: Callback<()>,
}

/// The input over a card's name.
#[component]
pub fn Rename(props: &RenameProps) -> Html {
    let input = use_node_ref();
    // Leaving the input after Escape must not rename.
    let given_up = use_mut_ref(|| false);
    let place = props.node.as_deref().and_then(|id| {
        let editor = props.session.editor();
        let (node, camera) = (editor.design().node(id)?, editor.camera());
        let rect = node_rect(node);
        let (x, y) = ((rect.x - camera.origin.x) * camera.zoom, (rect.y - camera.origin.y) * camera.zoom);
        let width = (rect.w * camera.zoom).max(160.0);
        Some((x, y, width, name_of(node).to_owned()))
    });
    {
        let (input, given_up) = (input.clone(), given_up.clone());
        let name = place.as_ref().map(|p| p.3.clone());
        use_effect_with((props.node.clone(), name), move |(_, name)| {
            *given_up.borrow_mut() = false;
            if let (Some(input), Some(name)) = (input.cast::<HtmlInputElement>(), name) {
                input.set_value(name);
                let _ = input.focus();
                input.select();
            }
        });
    }
    let onblur = {
        let (session, node, done, given_up, input) =
            (props.session.clone(), props.node.clone(), props.on_done.clone(), given_up.clone(), input.clone());
        Callback::from(move |_: FocusEvent| {
            if let (Some(node), Some(input), false) =
                (node.clone(), input.cast::<HtmlInputElement>(), *given_up.borrow())
            {
                let name = input.value().trim().to_owned();
                let before = session.editor().design().node(&node).map(|n| name_of(n).to_owned());
                if before.as_deref() != Some(name.as_str()) {
                    session.act(Action::Rename { node, name });
                }
            }
            done.emit(());
        })
    };
    let onkeydown = {
        let (given_up, input) = (given_up, input.clone());
        Callback::from(move |event: KeyboardEvent| {
            let key = event.key();
            if key == "Enter" || key == "Escape" {
                event.prevent_default();
                event.stop_propagation();
                *given_up.borrow_mut() = key == "Escape";
                if let Some(input) = input.cast::<HtmlInputElement>() {
                    let _ = input.blur();
                }
            }
        })
    };
    html! {
        <div class="rename-slot">
            if let Some((x, y, width, _)) = place {
                <input ref={input} class="rename" type="text" maxlength="64" aria-label="Name of the component" spellcheck="false"
                       autocomplete="off" style={format!("left: {x}px; top: {y}px; width: {width}px")} {onblur} {onkeydown} />
            }
        </div>
    }
}

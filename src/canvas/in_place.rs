//! Editing a name or a note where it stands on the canvas.

use super::description::name_of;
use crate::session::{Note, Session, use_session};
use backpressure_editor::{Action, Editor, Part, Rect, node_rect, note_rect, zone_title};
use backpressure_sim::design::{MAX_NAME, MAX_NOTE};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

/// Properties of [`InPlace`].
#[derive(Properties, PartialEq)]
pub struct InPlaceProps {
    /// The page's session.
    pub session: Session,
    /// What is being edited, if something is.
    pub part: Option<Part>,
    /// Called when the text is given or refused.
    pub on_done: Callback<()>,
}

/// The text of a part, and its box on the canvas, world units.
fn what(editor: &Editor, part: &Part) -> Option<(String, Rect)> {
    let design = editor.design();
    Some(match part {
        Part::Node(id) => {
            let node = editor.node(id)?;
            (name_of(node).to_owned(), node_rect(node))
        }
        Part::Link(id) => {
            let route = editor.route_of(id)?;
            let middle = route.label_at;
            let rect = Rect { x: middle.x - 80.0, y: middle.y - 20.0, w: 160.0, h: 40.0 };
            (editor.link(id)?.name.clone(), rect)
        }
        Part::Zone(id) => {
            let frame = editor.scene().zones.into_iter().find(|z| z.id == *id)?.rect;
            (design.zone(id)?.name.clone(), zone_title(&frame))
        }
        Part::Note(id) => {
            let note = design.note(id)?;
            (note.text.clone(), note_rect(note))
        }
    })
}

/// What the text is typed into.
enum Field {
    Line(HtmlInputElement),
    Lines(HtmlTextAreaElement),
}

fn element(field: &NodeRef) -> Option<Field> {
    // `NodeRef::cast` does not look what it casts.
    match field.get()?.dyn_into() {
        Ok(input) => Some(Field::Line(input)),
        Err(node) => node.dyn_into().ok().map(Field::Lines),
    }
}

fn words(part: Option<&Part>) -> &'static str {
    match part {
        Some(Part::Link(_)) => "Label of the link",
        Some(Part::Zone(_)) => "Name of the zone",
        Some(Part::Note(_)) => "Text of the note",
        Some(Part::Node(_)) | None => "Name of the component",
    }
}

/// The field over what is being edited.
#[component]
pub fn InPlace(props: &InPlaceProps) -> Html {
    let field = use_node_ref();
    // Leaving the field after Escape must not change anything.
    let given_up = use_mut_ref(|| false);
    // The field follows the camera.
    let camera = use_session(&props.session, |n| matches!(n, Note::Redraw | Note::Design), |s| s.editor().camera());
    let found = props.part.as_ref().and_then(|part| what(&props.session.editor(), part));
    {
        let (field, given_up) = (field.clone(), given_up.clone());
        let text = found.as_ref().map(|(text, _)| text.clone());
        use_effect_with(props.part.clone(), move |_| {
            *given_up.borrow_mut() = false;
            let Some(text) = text else { return };
            match element(&field) {
                Some(Field::Line(input)) => {
                    input.set_value(&text);
                    let _ = input.focus();
                    input.select();
                }
                Some(Field::Lines(area)) => {
                    area.set_value(&text);
                    let _ = area.focus();
                }
                None => {}
            }
        });
    }
    let onblur = {
        let (session, part, done) = (props.session.clone(), props.part.clone(), props.on_done.clone());
        let (field, given_up) = (field.clone(), given_up.clone());
        Callback::from(move |_: FocusEvent| {
            let value = element(&field).map(|field| match field {
                Field::Line(input) => input.value(),
                Field::Lines(area) => area.value(),
            });
            if let (Some(part), Some(value)) = (part.clone(), value) {
                give(&session, part, value, *given_up.borrow());
            }
            done.emit(());
        })
    };
    let onkeydown = {
        let (field, given_up) = (field.clone(), given_up.clone());
        let lines = matches!(props.part, Some(Part::Note(_)));
        Callback::from(move |event: KeyboardEvent| {
            let key = event.key();
            // In a note Enter begins a line; with Ctrl it ends the text, and so does Escape: nobody means to lose what they wrote.
            let ends = key == "Enter" && (!lines || event.ctrl_key() || event.meta_key());
            if ends || key == "Escape" {
                event.prevent_default();
                *given_up.borrow_mut() = key == "Escape" && !lines;
                if let Some(element) = field.get().and_then(|n| n.dyn_into::<web_sys::HtmlElement>().ok()) {
                    let _ = element.blur();
                }
            }
            event.stop_propagation();
        })
    };
    let body = found.map(|(_, rect)| {
        let at = camera.to_screen(rect.corner());
        let zoom = camera.zoom;
        let label = words(props.part.as_ref());
        let placeholder = if matches!(props.part, Some(Part::Zone(_))) { "Zone" } else { "" };
        match props.part {
            Some(Part::Note(_)) => html! {
                <textarea ref={field} class="note-field" maxlength={MAX_NOTE.to_string()} aria-label={label} rows="3"
                          data-testid="edit-in-place" style={format!("left: {}px; top: {}px; width: {}px; min-height: {}px; transform: scale({zoom})", at.x, at.y, rect.w, rect.h)}
                          {onblur} {onkeydown} />
            },
            // Over a card's name; in the middle of what is lower than the field.
            _ => html! {
                <input ref={field} class="rename" type="text" maxlength={MAX_NAME.to_string()} aria-label={label} spellcheck="false" autocomplete="off" {placeholder}
                       data-testid="edit-in-place" style={format!("left: {}px; top: {}px; width: {}px", at.x, at.y + (rect.h * zoom / 2.0 - 23.0).min(0.0), (rect.w * zoom).clamp(160.0, 320.0))}
                       {onblur} {onkeydown} />
            },
        }
    });
    html! { <div class="rename-slot">{ body }</div> }
}

/// Hands the text over, or takes back what was begun for it.
fn give(session: &Session, part: Part, text: String, given_up: bool) {
    let before = what(&session.editor(), &part).map(|(text, _)| text);
    match part {
        _ if given_up || before.as_deref() == Some(text.as_str()) && !text.is_empty() => session.act(Action::EndEdit),
        Part::Node(node) => session.act(Action::Rename { node, name: text }),
        Part::Link(link) => session.act(Action::RenameLink { link, name: text }),
        Part::Zone(zone) => session.act(Action::RenameZone { zone, name: text }),
        Part::Note(note) => session.act(Action::SetNote { note, text }),
    }
}

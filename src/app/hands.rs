//! Keys and files for the page as a whole: what works wherever the focus is, except in a field.

use super::opening::open_bytes;
use crate::canvas::key_of;
use crate::commands::{Command, chord_of};
use crate::faults::under;
use crate::session::{Note, Notice, Session};
use crate::storage::file;
use backpressure_editor::{Action, Input, Mods, timestamps};
use backpressure_sim::engine::Victim;
use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DragEvent, Element, Event, KeyboardEvent};

/// Listens until it is dropped.
pub struct Hands {
    _listeners: Vec<EventListener>,
}

impl Hands {
    /// Listens on the page.
    pub fn new(session: &Session) -> Self {
        let mut listeners = Vec::new();
        let Some(document) = web_sys::window().and_then(|w| w.document()) else {
            return Self { _listeners: listeners };
        };
        let mut on = |name: &'static str, handler: fn(&Session, &Event)| {
            let session = session.clone();
            let options = EventListenerOptions::enable_prevent_default();
            listeners
                .push(EventListener::new_with_options(&document, name, options, move |event| handler(&session, event)));
        };
        on("keydown", key);
        on("paste", paste);
        // A file dropped anywhere on the page is opened; without this the browser would leave the page for it.
        on("dragover", |_, event| {
            if event
                .dyn_ref::<DragEvent>()
                .and_then(DragEvent::data_transfer)
                .is_some_and(|t| t.types().includes(&"Files".into(), 0))
            {
                event.prevent_default();
            }
        });
        on("drop", dropped);
        Self { _listeners: listeners }
    }
}

/// Is this a place where keys mean text, or a dialog that has its own keys?
fn has_own_keys(event: &Event) -> bool {
    let element = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    element.is_some_and(|e| {
        e.closest("input, textarea, select, dialog, [contenteditable], [role=menu], [data-testid=canvas]")
            .ok()
            .flatten()
            .is_some()
    })
}

/// Is a dialog open? It has to be answered first.
fn in_dialog(event: &Event) -> bool {
    let element = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    element.is_some_and(|e| e.closest("dialog").ok().flatten().is_some())
}

fn key(session: &Session, event: &Event) {
    let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
    let mods = Mods { shift: event.shift_key(), alt: event.alt_key(), command: event.ctrl_key() || event.meta_key() };
    let key = key_of(event);
    // What the page itself does with a modifier works in fields as well: nobody types it.
    let own = Command::with_key(&chord_of(&key, mods)).filter(|c| mods.command && !in_dialog(event) && c.id != "paste");
    if let Some(command) = own {
        event.prevent_default();
        if (command.when)(session) {
            command.run(session, None);
        }
        return;
    }
    if event.default_prevented() || has_own_keys(event) {
        return;
    }
    // With nothing focused every key is the diagram's; on a button, those that the button has no use for.
    let on_button = event
        .target()
        .and_then(|t| t.dyn_into::<Element>().ok())
        .is_some_and(|e| e.closest("button, a, summary, [tabindex]").ok().flatten().is_some());
    let moves_focus = matches!(key.as_str(), "Tab" | "Shift" | "Control" | "Alt" | "Meta");
    let buttons_own = matches!(
        key.as_str(),
        "Enter" | " " | "Escape" | "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" | "Delete" | "Backspace"
    ) && !(key == "Enter" && mods.command);
    if moves_focus || (on_button && buttons_own) {
        return;
    }
    if session.input(Input::KeyDown { key: key.clone(), mods, time_ms: event.time_stamp() }) {
        event.prevent_default();
    }
    session.input(Input::KeyUp { key });
}

fn paste(session: &Session, event: &Event) {
    if event.default_prevented() || has_own_keys(event) {
        return;
    }
    let text = event.dyn_ref::<ClipboardEvent>().and_then(|e| e.clipboard_data()?.get_data("text/plain").ok());
    if let Some(text) = text.filter(|t| t.trim_start().starts_with('{') || t.contains(super::address::FRAGMENT)) {
        event.prevent_default();
        session.act(backpressure_editor::Action::Paste { text });
    }
}

fn dropped(session: &Session, event: &Event) {
    let files = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer).and_then(|t| t.files());
    if let Some(file) = files.and_then(|f| f.get(0)) {
        event.prevent_default();
        let name = file.name().to_lowercase();
        if [".csv", ".tsv", ".txt", ".log"].iter().any(|end| name.ends_with(end)) {
            let at = event.dyn_ref::<DragEvent>().map(|e| (f64::from(e.client_x()), f64::from(e.client_y())));
            replay(session.clone(), file, at.and_then(|(x, y)| under(session, x, y)));
        } else {
            read(session.clone(), file);
        }
    }
}

fn is_users(session: &Session, id: &str) -> bool {
    session.editor().design().node(id).is_some_and(|n| n.kind == "users")
}

/// Has the users component that a list of timestamps was dropped on replay it.
fn replay(session: Session, list: web_sys::File, on: Option<Victim>) {
    wasm_bindgen_futures::spawn_local(async move {
        let name = list.name();
        let users = match on {
            Some(Victim::Node(id)) => Some(id).filter(|id| is_users(&session, id)),
            _ => None,
        };
        let Some(node) = users else {
            session.notify(Note::Notice(Notice::problem(format!(
                "Drop {name} onto a users component: it makes its requests at the times in the file. Nothing was changed."
            ))));
            return;
        };
        let times = file::beginning_of(list, timestamps::MAX_BYTES).await.and_then(|bytes| {
            timestamps::read_file(&bytes).map_err(|why| format!("{name}: {why}. Nothing was changed."))
        });
        match times {
            Ok(timestamps::Times { at_s, more }) => {
                let count = at_s.len();
                let value = serde_json::json!({"workload": "replay", "at_s": at_s, "repeat": false});
                session.act(Action::SetNodeParam { node, pointer: "/workload".to_owned(), value: Some(value) });
                session.act(Action::EndEdit);
                let said = if more {
                    format!("The first {count} requests of {name} are replayed; it holds more than users can keep.")
                } else {
                    format!("{count} requests of {name} are replayed.")
                };
                session.notify(Note::Notice(Notice::info(said)));
            }
            Err(why) => session.notify(Note::Notice(Notice::problem(why))),
        }
    });
}

/// Saves the design to a file.
pub fn save(session: &Session) {
    if file::save(session.editor().design()).is_none() {
        session.notify(Note::Notice(Notice::problem(
            "The browser did not take the file. The share link holds the design as well.",
        )));
    }
}

/// Lets the person choose a file: the toolbar's input does it, so that it is the browser's own dialog.
pub fn pick(session: &Session) {
    if !session.is_editable() {
        return;
    }
    let input =
        web_sys::window().and_then(|w| w.document()).and_then(|d| d.query_selector("#open-file-input").ok().flatten());
    if let Some(input) = input.and_then(|i| i.dyn_into::<web_sys::HtmlElement>().ok()) {
        input.click();
    }
}

/// Reads a file and opens what is in it.
pub fn read(session: Session, chosen: web_sys::File) {
    wasm_bindgen_futures::spawn_local(async move {
        let name = chosen.name();
        match file::bytes_of(chosen).await {
            Ok(bytes) => open_bytes(&session, &bytes, &name),
            Err(why) => session.notify(Note::Notice(Notice::problem(why))),
        }
    });
}

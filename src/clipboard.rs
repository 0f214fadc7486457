//! The system's clipboard.

use crate::commands::words;
use crate::session::{Note, Notice, Session};
use backpressure_editor::Action;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlTextAreaElement;

/// Puts text on the clipboard; a failure is told to the person.
pub fn write(session: &Session, text: String) {
    let session = session.clone();
    wasm_bindgen_futures::spawn_local(async move {
        if !put(&text).await {
            session.notify(Note::Notice(Notice::problem("The browser did not let the page write to the clipboard.")));
        }
    });
}

/// Puts text on the clipboard; says whether it is there.
pub async fn put(text: &str) -> bool {
    if let Some(clipboard) = clipboard()
        && JsFuture::from(clipboard.write_text(text)).await.is_ok()
    {
        return true;
    }
    by_selection(text).unwrap_or(false)
}

/// Adds what the clipboard holds to the design, if the person allows it to be read.
pub fn paste(session: &Session) {
    let session = session.clone();
    wasm_bindgen_futures::spawn_local(async move {
        match get().await {
            Some(text) => session.act(Action::Paste { text }),
            None => session.notify(Note::Notice(Notice::info(format!(
                "The browser keeps the clipboard to itself here: press {} on the canvas instead.",
                words("Mod+V")
            )))),
        }
    });
}

/// Text from the clipboard, if the person allows it.
async fn get() -> Option<String> {
    JsFuture::from(clipboard()?.read_text()).await.ok()?.as_string()
}

/// Absent on pages that were not loaded over https.
fn clipboard() -> Option<web_sys::Clipboard> {
    let navigator = web_sys::window()?.navigator();
    let value = js_sys::Reflect::get(&navigator, &"clipboard".into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then(|| navigator.clipboard())
}

/// The way of old: select the text in a field and have the browser copy it.
fn by_selection(text: &str) -> Option<bool> {
    let document = web_sys::window()?.document()?;
    let field: HtmlTextAreaElement = document.create_element("textarea").ok()?.dyn_into().ok()?;
    field.set_value(text);
    field.set_class_name("visually-hidden");
    let body = document.body()?;
    let focused = document.active_element();
    body.append_child(&field).ok()?;
    field.select();
    let copy: js_sys::Function = js_sys::Reflect::get(&document, &"execCommand".into()).ok()?.dyn_into().ok()?;
    let done = copy.call1(&document, &JsValue::from_str("copy")).ok().and_then(|d| d.as_bool());
    field.remove();
    if let Some(element) = focused.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
    done
}

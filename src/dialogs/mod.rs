//! What opens over the page.

mod chooser;
mod commands;
mod designs;
mod help;
mod menu;
mod miniature;
mod modal;
mod quick_add;
mod share;
mod two_versions;

pub use miniature::miniature;

use crate::part::part;
use crate::session::Session;
use backpressure_editor::Point;
use commands::commands;
use designs::designs;
use help::help;
use menu::{Menu, MenuProps};
use quick_add::{QuickAdd, QuickAddProps};
use share::share;
use two_versions::two_versions;
use web_sys::HtmlElement;
use yew::prelude::*;

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// The designs kept in this browser, and our examples.
    Designs,
    /// Which of two versions of a design counts.
    TwoVersions,
    /// The share link and the code to embed.
    Share,
    /// Shortcuts.
    Help,
    /// Everything there is to do.
    Commands,
    /// Type to add a component.
    QuickAdd {
        /// Where, screen point of the canvas.
        at: Point,
        /// It is to be called by this node.
        from: Option<String>,
        /// It is to call this node.
        to: Option<String>,
    },
    /// What can be done with the selection.
    Menu {
        /// Where, screen point of the canvas.
        at: Point,
    },
}

/// The open dialog, if one is. `on_closed` is called when it closes.
pub fn dialogs(session: &Session, open: Option<&Dialog>, on_closed: Callback<()>) -> Html {
    let body = open.map_or_else(|| html! { <span hidden=true /> }, |open| dialog(session, open, on_closed));
    // A landmark only while something is open.
    html! { <section class="dialogs" aria-label={open.is_some().then_some("Open over the page")}>{ body }</section> }
}

#[inline(never)]
fn dialog(session: &Session, open: &Dialog, on_closed: Callback<()>) -> Html {
    let session = session.clone();
    match open {
        Dialog::Designs => designs(&session, on_closed),
        Dialog::TwoVersions => two_versions(&session, on_closed),
        Dialog::Share => share(&session, on_closed),
        Dialog::Help => help(on_closed),
        Dialog::Commands => commands(&session, on_closed),
        Dialog::QuickAdd { at, from, to } => {
            part::<QuickAdd>(QuickAddProps { session, at: *at, from: from.clone(), to: to.clone(), on_closed })
        }
        Dialog::Menu { at } => part::<Menu>(MenuProps { session, at: *at, on_closed }),
    }
}

/// Gives the keyboard back to the canvas.
fn focus_canvas() {
    let canvas = web_sys::window()
        .and_then(|w| w.document())
        .and_then(|d| d.query_selector("[data-testid=canvas]").ok().flatten());
    if let Some(canvas) = canvas.and_then(|c| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(c).ok()) {
        let _ = canvas.focus();
    }
}

/// Gives the keyboard back to the canvas once a dialog is gone, behind which nothing can have it; unless somebody took it
/// meanwhile.
#[inline(never)]
fn focus_canvas_soon() {
    let nobody = || {
        let document = web_sys::window()?.document()?;
        let (active, body) = (document.active_element(), document.body()?);
        active.is_none_or(|active| active.is_same_node(Some(body.as_ref()))).then_some(())
    };
    gloo::timers::callback::Timeout::new(0, move || {
        if nobody().is_some() {
            focus_canvas();
        }
    })
    .forget();
}

/// A point of the canvas as a point of the window, kept inside it for something of this size, CSS px.
fn place(at: Point, size: (f64, f64)) -> (f64, f64) {
    let window = web_sys::window();
    let canvas = window
        .as_ref()
        .and_then(|w| w.document())
        .and_then(|d| d.query_selector("[data-testid=canvas]").ok().flatten());
    let corner = canvas.map_or((0.0, 0.0), |c| {
        let bounds = c.get_bounding_client_rect();
        (bounds.left(), bounds.top())
    });
    let px = |v: Option<wasm_bindgen::JsValue>| v.and_then(|v| v.as_f64()).unwrap_or(800.0);
    let width = px(window.as_ref().and_then(|w| w.inner_width().ok()));
    let height = px(window.as_ref().and_then(|w| w.inner_height().ok()));
    let inside = |v: f64, size: f64, room: f64| v.min(room - size - 8.0).max(8.0);
    (inside(at.x + corner.0, size.0, width), inside(at.y + corner.1, size.1, height))
}

//! What opens over the page.

mod help;
mod menu;
mod miniature;
mod modal;
mod presets;
mod quick_add;
mod share;

pub use miniature::Miniature;

use crate::session::Session;
use backpressure_editor::Point;
use help::Help;
use menu::Menu;
use presets::Presets;
use quick_add::QuickAdd;
use share::Share;
use web_sys::HtmlElement;
use yew::prelude::*;

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// Our example designs.
    Presets,
    /// The share link and the code to embed.
    Share,
    /// Shortcuts.
    Help,
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

/// Properties of [`Dialogs`].
#[derive(Properties, PartialEq)]
pub struct DialogsProps {
    /// The page's session.
    pub session: Session,
    /// Which is open.
    pub open: Option<Dialog>,
    /// Called when it closes.
    pub on_closed: Callback<()>,
}

/// The open dialog, if one is.
#[component]
pub fn Dialogs(props: &DialogsProps) -> Html {
    let (session, on_closed) = (props.session.clone(), props.on_closed.clone());
    let body = match &props.open {
        None => html! { <span hidden=true /> },
        Some(Dialog::Presets) => html! { <Presets {session} {on_closed} /> },
        Some(Dialog::Share) => html! { <Share {session} {on_closed} /> },
        Some(Dialog::Help) => html! { <Help {on_closed} /> },
        Some(Dialog::QuickAdd { at, from, to }) => {
            html! { <QuickAdd {session} at={*at} from={from.clone()} to={to.clone()} {on_closed} /> }
        }
        Some(Dialog::Menu { at }) => html! { <Menu {session} at={*at} {on_closed} /> },
    };
    html! { <div class="dialogs">{ body }</div> }
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

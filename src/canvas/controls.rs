//! Tools and zoom, on the canvas where the hand is.

use crate::icons::{Symbol, icon};
use crate::session::{Note, Session, use_session};
use backpressure_editor::Action;
use backpressure_editor::Tool;
use yew::prelude::*;

/// Properties of [`Controls`].
#[derive(Properties, PartialEq)]
pub struct ControlsProps {
    /// The page's session.
    pub session: Session,
}

const TOOLS: [(Tool, Symbol, &str, &str); 3] = [
    (Tool::Select, Symbol::Select, "Select and move (V)", "tool-select"),
    (Tool::Hand, Symbol::Hand, "Pan (H)", "tool-hand"),
    (Tool::Connect, Symbol::Connect, "Connect (A)", "tool-connect"),
];

/// Tools and zoom.
#[component]
pub fn Controls(props: &ControlsProps) -> Html {
    let read = |session: &Session| {
        let editor = session.editor();
        #[expect(clippy::cast_possible_truncation, reason = "5 to 400")]
        let percent = (editor.camera().zoom * 100.0).round() as i32;
        (editor.tool(), percent)
    };
    let state = use_session(&props.session, |n| matches!(n, Note::Redraw | Note::Design), read);
    let (tool, percent) = *state;
    let acting = |action: Action| {
        let session = props.session.clone();
        Callback::from(move |_: MouseEvent| session.act(action.clone()))
    };
    let button = |action: Action, symbol: Symbol, name: &'static str, testid: &'static str| {
        html! {
            <button type="button" class="canvas-button" title={name} aria-label={name} data-testid={testid} onclick={acting(action)}>
                { icon(symbol, 18) }
            </button>
        }
    };
    html! {
        <div class="canvas-controls">
            <div class="canvas-tools" role="group" aria-label="Tools">
                { for TOOLS.iter().map(|(t, symbol, name, testid)| html! {
                    <button key={*testid} type="button" class="canvas-button" title={*name} aria-label={*name} data-testid={*testid}
                            aria-pressed={(tool == *t).to_string()} onclick={acting(Action::SetTool(*t))}>
                        { icon(*symbol, 18) }
                    </button>
                }) }
            </div>
            <div class="canvas-zoom" role="group" aria-label="Zoom">
                { button(Action::ZoomBy(1.0 / 1.25), Symbol::Minus, "Zoom out", "zoom-out") }
                <button type="button" class="canvas-button canvas-percent" title="Zoom to 100 % (Shift+0)" data-testid="zoom-reset"
                        aria-label={format!("Zoom {percent} %, reset to 100 %")} onclick={acting(Action::ZoomReset)}>
                    { format!("{percent}\u{202f}%") }
                </button>
                { button(Action::ZoomBy(1.25), Symbol::Plus, "Zoom in", "zoom-in") }
                { button(Action::FitAll, Symbol::Fit, "Show everything (Shift+1)", "zoom-fit") }
            </div>
        </div>
    }
}

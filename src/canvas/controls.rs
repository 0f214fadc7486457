//! Tools and zoom, on the canvas where the hand is.

use crate::commands::Command;
use crate::icons::icon;
use crate::session::{Note, Session, use_session};
use backpressure_editor::Tool;
use yew::prelude::*;

/// Properties of [`Controls`].
#[derive(Properties, PartialEq)]
pub struct ControlsProps {
    /// The page's session.
    pub session: Session,
}

const TOOLS: [(Tool, &str, &str); 3] = [
    (Tool::Select, "select", "tool-select"),
    (Tool::Hand, "hand", "tool-hand"),
    (Tool::Connect, "connect", "tool-connect"),
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
    let button = |id: &'static str, testid: &'static str, on: Option<bool>, inside: Option<Html>| {
        let (session, command) = (props.session.clone(), Command::of(id));
        let onclick = Callback::from(move |_: MouseEvent| command.run(&session, None));
        let said =
            if id == "zoom-reset" { format!("{percent} %: {}", command.title) } else { command.title.to_owned() };
        html! {
            <button key={testid} type="button" class="canvas-button" title={command.tooltip()} aria-label={said} data-testid={testid}
                    aria-pressed={on.map(|on| on.to_string())} {onclick}>
                { inside.or_else(|| command.symbol.map(|symbol| icon(symbol, 18))).unwrap_or_default() }
            </button>
        }
    };
    html! {
        <div class="canvas-controls">
            <div class="canvas-tools" role="group" aria-label="Tools">
                { for TOOLS.iter().map(|(t, id, testid)| button(id, testid, Some(tool == *t), None)) }
            </div>
            <div class="canvas-zoom" role="group" aria-label="Zoom">
                { button("zoom-out", "zoom-out", None, None) }
                { button("zoom-reset", "zoom-reset", None, Some(html! { <span class="canvas-percent">{ format!("{percent}\u{202f}%") }</span> })) }
                { button("zoom-in", "zoom-in", None, None) }
                { button("zoom-fit", "zoom-fit", None, None) }
            </div>
        </div>
    }
}

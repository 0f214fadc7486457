//! The bar at the top: the design as a whole, the run, and the page.

mod run;
mod speed;
mod theme;

use crate::app;
use crate::dialogs::Dialog;
use crate::icons::{Symbol, icon};
use crate::inspector::{NameInput, NameInputProps};
use crate::part::part;
use crate::session::{Note, Session, use_session};
use backpressure_editor::Action;
use run::{RunBar, RunBarProps};
use theme::ThemeButton;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Properties of [`Toolbar`].
#[derive(Properties, PartialEq)]
pub struct ToolbarProps {
    /// The page's session.
    pub session: Session,
    /// Part of somebody else's page?
    pub embed: bool,
    /// May the design be edited?
    pub editable: bool,
    /// Called with the dialog to open.
    pub on_dialog: Callback<Dialog>,
}

/// The bar at the top.
#[component]
pub fn Toolbar(props: &ToolbarProps) -> Html {
    let session = &props.session;
    let design_or_redraw = |n: &Note| matches!(n, Note::Design | Note::Redraw);
    let name = use_session(session, |n| *n == Note::Design, |s| AttrValue::from(s.editor().design().name.clone()));
    let steps = use_session(session, design_or_redraw, |s| (s.editor().can_undo(), s.editor().can_redo()));
    let own_page = html! {
        <a class="button button-quiet" href="./" target="_blank" rel="noopener">{ icon(Symbol::External, 16) }{ "Open in Backpressure" }</a>
    };
    let button = |symbol: Symbol,
                  label: &'static str,
                  testid: &'static str,
                  off: bool,
                  onclick: Callback<MouseEvent>| {
        html! {
            <button type="button" class="icon-button" title={label} aria-label={label} data-testid={testid} disabled={off} {onclick}>
                { icon(symbol, 20) }
            </button>
        }
    };
    let acting = |action: Action| {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.act(action.clone()))
    };
    let opening = |dialog: Dialog| {
        let on_dialog = props.on_dialog.clone();
        Callback::from(move |_: MouseEvent| on_dialog.emit(dialog.clone()))
    };
    let pick = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| app::pick(&session))
    };
    let save = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| app::save(&session))
    };
    let on_name = {
        let session = session.clone();
        Callback::from(move |name: String| session.act(Action::RenameDesign { name }))
    };
    let chosen = {
        let session = session.clone();
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Some(file) = input.files().and_then(|f| f.get(0)) {
                app::read(session.clone(), file);
            }
            // The same file may be chosen again.
            input.set_value("");
        })
    };
    html! {
        <header class="toolbar">
            <div class="toolbar-group toolbar-design">
                <span class="brand">{ icon(Symbol::Logo, 22) }<span class="brand-name">{ "Backpressure" }</span></span>
                <span class="design-name-slot" data-testid="design-name">
                    { part::<NameInput>(NameInputProps {
                        value: (*name).clone(),
                        label: "Name of the design".into(),
                        placeholder: "Untitled design".into(),
                        max: 120,
                        readonly: !props.editable,
                        on_name,
                    }) }
                </span>
                if !props.embed {
                    <button type="button" class="button button-quiet" aria-label="Presets" data-testid="presets" onclick={opening(Dialog::Presets)}>
                        { icon(Symbol::Layers, 18) }<span class="wide-only">{ "Presets" }</span>
                    </button>
                } else {
                    <span hidden=true />
                }
                <span class="undo-redo" role="group" aria-label="History" hidden={!props.editable}>
                    { button(Symbol::Undo, "Undo (Ctrl+Z)", "undo", !steps.0, acting(Action::Undo)) }
                    { button(Symbol::Redo, "Redo (Ctrl+Shift+Z)", "redo", !steps.1, acting(Action::Redo)) }
                </span>
            </div>
            <div class="toolbar-group toolbar-run">{ part::<RunBar>(RunBarProps { session: session.clone() }) }</div>
            <div class="toolbar-group toolbar-page">
                if props.embed {
                    { own_page }
                } else {
                    <span class="toolbar-files">
                        { button(Symbol::Open, "Open a file (Ctrl+O)", "open-file", !props.editable, pick) }
                        { button(Symbol::Save, "Save to a file (Ctrl+S)", "save-file", false, save) }
                        <button type="button" class="button button-primary-soft" aria-label="Share" data-testid="share" onclick={opening(Dialog::Share)}>
                            { icon(Symbol::Share, 18) }<span class="wide-only">{ "Share" }</span>
                        </button>
                        { part::<ThemeButton>(()) }
                        { button(Symbol::Help, "Shortcuts and help (?)", "help", false, opening(Dialog::Help)) }
                    </span>
                }
                <input id="open-file-input" class="visually-hidden" type="file" accept=".json,application/json" tabindex="-1"
                       aria-label="File with a design" onchange={chosen} />
            </div>
        </header>
    }
}

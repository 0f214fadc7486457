//! The bar at the top: the design as a whole, the run, and the page.

mod run;
mod speed;

use crate::app;
use crate::commands::{icon_button, wide_button};
use crate::icons::{Symbol, icon};
use crate::inspector::{NameInput, NameInputProps};
use crate::part::part;
use crate::session::{Note, Session, use_session};
use crate::storage::link;
use crate::theme;
use backpressure_editor::Action;
use run::{RunBar, RunBarProps, SimTime};
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
}

/// The bar at the top.
#[component]
pub fn Toolbar(props: &ToolbarProps) -> Html {
    let session = &props.session;
    let name = use_session(session, |n| *n == Note::Design, |s| AttrValue::from(s.editor().design().name.clone()));
    // What decides which buttons are off.
    use_session(
        session,
        |n| matches!(n, Note::Design | Note::Redraw),
        |s| (s.editor().can_undo(), s.editor().can_redo()),
    );
    let next_theme = use_session(session, |n| *n == Note::Theme, |_| theme::current().next());
    let on_name = {
        let session = session.clone();
        Callback::from(move |name: String| session.act(Action::RenameDesign { name }))
    };
    html! {
        <header class="toolbar">
            <div class="toolbar-group toolbar-design">
                <h1 class="brand">{ icon(Symbol::Logo, 22) }<span class="brand-name">{ "Backpressure" }</span></h1>
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
                    { wide_button(session, "presets", "button button-quiet") }
                } else {
                    <span hidden=true />
                }
                <span class="undo-redo" role="group" aria-label="History" hidden={!props.editable}>
                    { icon_button(session, "undo", 20) }
                    { icon_button(session, "redo", 20) }
                </span>
            </div>
            { part::<SimTime>(RunBarProps { session: session.clone() }) }
            <div class="toolbar-group toolbar-run">{ part::<RunBar>(RunBarProps { session: session.clone() }) }</div>
            <div class="toolbar-group toolbar-page">
                if props.embed {
                    { own_page(session) }
                } else {
                    <span class="toolbar-files">
                        { icon_button(session, "open-file", 20) }
                        { icon_button(session, "save-file", 20) }
                        { wide_button(session, "share", "button button-primary-soft") }
                        { icon_button(session, *next_theme, 20) }
                        { icon_button(session, "help", 20) }
                        { icon_button(session, "commands", 20) }
                    </span>
                }
                { file_input(session) }
            </div>
        </header>
    }
}

/// From an embed to the page itself, with the design as it is now.
fn own_page(session: &Session) -> Html {
    let onclick = {
        let session = session.clone();
        Callback::from(move |event: MouseEvent| {
            let address = link::address_of(session.editor().design());
            let anchor: Option<web_sys::HtmlAnchorElement> = event
                .target_dyn_into::<web_sys::Element>()
                .and_then(|e| wasm_bindgen::JsCast::dyn_into(e.closest("a").ok()??).ok());
            // Made when it is followed: the design may have been edited. Too long for a link, it stays behind.
            if let (Some(address), Some(anchor)) = (address, anchor) {
                anchor.set_href(&address);
            }
        })
    };
    html! {
        <a class="button button-quiet" href="./" target="_blank" rel="noopener" data-testid="own-page" aria-label="Open in Backpressure" {onclick}>
            { icon(Symbol::External, 16) }<span class="wide-only">{ "Open in Backpressure" }</span>
        </a>
    }
}

/// What [`app::pick`] clicks.
fn file_input(session: &Session) -> Html {
    let session = session.clone();
    let onchange = Callback::from(move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        if let Some(file) = input.files().and_then(|f| f.get(0)) {
            app::read(session.clone(), file);
        }
        // The same file may be chosen again.
        input.set_value("");
    });
    html! {
        <input id="open-file-input" class="visually-hidden" type="file" accept=".json,application/json" tabindex="-1"
               aria-label="File with a design" {onchange} />
    }
}

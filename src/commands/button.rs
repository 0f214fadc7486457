//! A command as a button: its picture, its name and shortcut as a tooltip, its name in tests.

use super::Command;
use crate::icons::icon;
use crate::session::Session;
use yew::prelude::*;

/// A button of only a picture, `size` CSS px wide.
pub fn icon_button(session: &Session, id: &'static str, size: u32) -> Html {
    let command = Command::of(id);
    let picture = command.symbol.map(|symbol| icon(symbol, size)).unwrap_or_default();
    button(session, command, "icon-button", picture)
}

/// A button with a picture, and its name where the page is wide enough.
pub fn wide_button(session: &Session, id: &'static str, class: &'static str) -> Html {
    let command = Command::of(id);
    let inside = html! {
        <>
            { command.symbol.map(|symbol| icon(symbol, 18)).unwrap_or_default() }
            <span class="wide-only">{ command.title }</span>
        </>
    };
    button(session, command, class, inside)
}

fn button(session: &Session, command: &'static Command, class: &'static str, inside: Html) -> Html {
    let off = !(command.when)(session);
    let session = session.clone();
    let onclick = Callback::from(move |_: MouseEvent| command.run(&session, None));
    html! {
        <button type="button" {class} title={command.tooltip()} aria-label={command.title} data-testid={command.id} disabled={off} {onclick}>
            { inside }
        </button>
    }
}

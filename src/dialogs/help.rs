//! Every key and gesture, from the list of commands.

use super::modal::modal;
use crate::commands::{COMMANDS, Command, Group, shown};
use yew::prelude::*;

/// The list of shortcuts. `on_closed` is called when it closes.
pub fn help(on_closed: Callback<()>) -> Html {
    let row = |command: &'static Command| {
        let chord = |chord: &'static &'static str| html! { <span class="chord">{ for shown(chord).iter().map(|k| html! { <kbd>{ *k }</kbd> }) }</span> };
        html! {
            <div key={command.id}>
                <dt>{ for command.keys.iter().map(chord) }</dt>
                <dd>{ command.title }<span class="help-more">{ command.more }</span></dd>
            </div>
        }
    };
    let group = |group: &Group| {
        html! {
            <section key={group.title()} class="help-group">
                <h3>{ group.title() }</h3>
                <dl>{ for COMMANDS.iter().filter(|c| c.group == *group && !c.keys.is_empty()).map(row) }</dl>
            </section>
        }
    };
    let body = html! {
        <>
            <p class="modal-lead">
                { "Drag a component out of the palette, drag from its right-hand port to another, press play. Slow down until you can follow a single request; speed up until the figures settle." }
            </p>
            // Within reach of the keyboard, which scrolls what has the focus.
            <div class="help-groups" tabindex="0">{ for Group::ALL.iter().map(group) }</div>
        </>
    };
    modal("Shortcuts", "modal-wide", on_closed, body)
}

//! Every key and gesture.

use super::modal::modal;
use yew::prelude::*;

type Group = (&'static str, &'static [(&'static [&'static str], &'static str)]);

const GROUPS: [Group; 4] = [
    (
        "Build",
        &[
            (&["/"], "Add a component by name; double-click does it too"),
            (&["Ctrl", "←↑→↓"], "Create a connected component in that direction"),
            (&["A"], "Connect: drag from one component to another"),
            (&["F2"], "Rename a component, a zone or a link; Enter or double-click as well"),
            (&["Ctrl", "D"], "Duplicate; Alt and drag does it too"),
            (&["Ctrl", "G"], "Group the selection as a zone; with Shift, take it out of its zone"),
            (&["N"], "Add a note"),
            (&["Shift", "T"], "Tidy up: lay everything out in layers"),
            (&["Delete"], "Delete the selection"),
            (&["Ctrl", "Z"], "Undo; with Shift, redo"),
            (&["Ctrl", "C / X / V"], "Copy, cut, paste, also between tabs"),
        ],
    ),
    (
        "Select and move",
        &[
            (&["V"], "Select; Shift and click adds, Shift and drag draws a box"),
            (&["Ctrl", "A"], "Select everything"),
            (&["Tab"], "Next component; with Shift, the one before"),
            (&["Alt", "←↑→↓"], "Walk along the links; with Shift, select the link"),
            (&["←↑→↓"], "Move; with Shift, four times as far"),
            (&["Esc"], "Cancel the gesture, or select nothing"),
            (&["Shift", "F10"], "Menu; right click or a long press as well"),
        ],
    ),
    (
        "Look around",
        &[
            (&["H"], "Pan; Space and drag, or the middle button, as well"),
            (&["Ctrl", "wheel"], "Zoom at the pointer; or pinch"),
            (&["Ctrl", "'"], "Grid on or off"),
            (&["Shift", "1"], "Show everything"),
            (&["Shift", "2"], "Show the selection"),
            (&["Shift", "0"], "100 %"),
        ],
    ),
    (
        "Run",
        &[
            (&["P"], "Play or pause; Ctrl and Enter as well"),
            (&["."], "One event forward"),
            (&[","], "One request forward"),
            (&["S"], "Say how the system fares; with Shift, every 10, 30 or 60 seconds"),
            (&["Ctrl", "S"], "Save to a file"),
            (&["Ctrl", "O"], "Open a file"),
            (&["?"], "This list"),
        ],
    ),
];

/// The list of shortcuts. `on_closed` is called when it closes.
pub fn help(on_closed: Callback<()>) -> Html {
    let group = |(title, rows): &Group| {
        html! {
            <section key={*title} class="help-group">
                <h3>{ *title }</h3>
                <dl>
                    { for rows.iter().map(|(keys, what)| html! {
                        <div key={*what}>
                            <dt>{ for keys.iter().map(|k| html! { <kbd key={*k}>{ *k }</kbd> }) }</dt>
                            <dd>{ *what }</dd>
                        </div>
                    }) }
                </dl>
            </section>
        }
    };
    let body = html! {
        <>
            <p class="modal-lead">
                { "Drag a component out of the palette, drag from its right-hand port to another, press play. Slow down until you can follow a single request; speed up until the figures settle. On a Mac, Ctrl is ⌘." }
            </p>
            <div class="help-groups">{ for GROUPS.iter().map(group) }</div>
        </>
    };
    modal("Shortcuts", "modal-wide", on_closed, body)
}

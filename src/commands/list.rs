//! The list of commands. Order is that of the shortcut help.

use super::{Command, Does, Group};
use crate::canvas::picture;
use crate::canvas::stage::dom::document;
use crate::dialogs::Dialog;
use crate::icons::Symbol;
use crate::session::{Note, RunCommand, Session};
use crate::theme::{self, Theme};
use crate::{app, clipboard};
use backpressure_editor::{Action, Effect, Selection};
use backpressure_sim::components::kind;

const fn command(id: &'static str, title: &'static str, keys: &'static [&'static str], does: Does) -> Command {
    Command { id, title, more: "", keys, group: Group::Build, symbol: None, when: always, does }
}

impl Command {
    const fn more(self, more: &'static str) -> Self {
        Self { more, ..self }
    }

    const fn with(self, symbol: Symbol) -> Self {
        Self { symbol: Some(symbol), ..self }
    }

    const fn when(self, when: fn(&Session) -> bool) -> Self {
        Self { when, ..self }
    }

    const fn at(self, group: Group) -> Self {
        Self { group, ..self }
    }
}

fn always(_: &Session) -> bool {
    true
}

fn editable(session: &Session) -> bool {
    session.is_editable()
}

fn selected(session: &Session, fits: fn(&Selection) -> bool) -> bool {
    fits(session.editor().selection())
}

/// Something is selected that can be changed.
fn changeable(session: &Session) -> bool {
    session.is_editable() && selected(session, |s| !s.is_empty())
}

/// What is selected can be copied: links alone cannot.
fn copyable(session: &Session) -> bool {
    selected(session, |s| !s.nodes.is_empty() || !s.notes.is_empty())
}

fn copyable_and_changeable(session: &Session) -> bool {
    session.is_editable() && copyable(session)
}

/// One thing is selected that has a name or a text.
fn nameable(session: &Session) -> bool {
    let editor = session.editor();
    let s = editor.selection();
    let one = s.nodes.len() + s.notes.len() == 1 || (s.nodes.len() + s.notes.len() == 0 && s.links.len() == 1);
    session.is_editable() && (one || editor.selected_zone().is_some())
}

/// One component is selected, and it is of a kind that calls others.
fn may_call(session: &Session) -> bool {
    let editor = session.editor();
    let calls = |id: &String| editor.node(id).and_then(|n| kind(&n.kind)).is_none_or(|k| k.makes_calls);
    session.is_editable() && matches!(editor.selection().nodes.as_slice(), [one] if calls(one))
}

fn groupable(session: &Session) -> bool {
    let editor = session.editor();
    session.is_editable() && editor.selection().nodes.len() > 1 && editor.selected_zone().is_none()
}

fn ungroupable(session: &Session) -> bool {
    let editor = session.editor();
    let in_zone = |id: &String| editor.node(id).is_some_and(|n| n.zone.is_some());
    session.is_editable() && editor.selection().nodes.iter().any(in_zone)
}

/// There is something to make a picture of.
fn drawn(session: &Session) -> bool {
    !session.editor().design().nodes.is_empty()
}

fn undoable(session: &Session) -> bool {
    session.is_editable() && session.editor().can_undo()
}

fn redoable(session: &Session) -> bool {
    session.is_editable() && session.editor().can_redo()
}

/// Everything a person can do.
pub static COMMANDS: &[Command] = &[
    // Build
    command(
        "add",
        "Add a component",
        &["/"],
        Does::At(|session, at| {
            session.notify(Note::Effect(Effect::OpenQuickAdd { at, connect_from: None, connect_to: None }));
        }),
    )
    .more("Double-click the canvas, or drag out of the palette")
    .with(Symbol::Plus)
    .when(editable),
    command("add-connected", "Add a connected component in that direction", &["Mod+Arrows"], Does::Hand),
    command("connect", "Connect tool", &["A"], Does::Press)
        .more("Arrows or Tab go to the other end, Enter connects; or drag from a port, or click it and then the other component")
        .with(Symbol::Connect)
        .when(editable),
    command(
        "connect-to",
        "Connect to…",
        &[],
        Does::Page(|session| {
            let from = session.editor().selection().nodes.first().cloned();
            if let Some(from) = from {
                session.act(Action::StartConnecting { from });
            }
        }),
    )
    .more("Draw a link from the selected component")
    .when(may_call),
    command(
        "note",
        "Add a note",
        &["N"],
        Does::At(|session, at| {
            let world = session.editor().camera().to_world(at);
            session.act(Action::AddNote { at: Some(world) });
        }),
    )
    .more("Text on the canvas")
    .when(editable),
    command("rename", "Rename", &["F2", "Enter"], Does::Press)
        .more("A component, a zone, a link's label, a note's text; or double-click it")
        .when(nameable),
    command("duplicate", "Duplicate", &["Mod+D"], Does::Press)
        .more("Or hold Alt while dragging")
        .with(Symbol::Duplicate)
        .when(copyable_and_changeable),
    command("group", "Group as a zone", &["Mod+G"], Does::Press).when(groupable),
    command("ungroup", "Take out of the zone", &["Mod+Shift+G"], Does::Press).more("Ungroup").when(ungroupable),
    command("tidy", "Tidy up", &["Shift+T"], Does::Press)
        .more("Lay everything out in layers")
        .when(|session| session.is_editable() && !session.editor().design().nodes.is_empty()),
    command("cut", "Cut", &["Mod+X"], Does::Press).when(copyable_and_changeable),
    command("copy", "Copy", &["Mod+C"], Does::Press).more("As JSON, also for other tabs").when(copyable),
    command("paste", "Paste", &["Mod+V"], Does::Page(clipboard::paste))
        .more("Components, or a share link")
        .when(editable),
    command("delete", "Delete", &["Delete", "Backspace"], Does::Press).with(Symbol::Trash).when(changeable),
    command("undo", "Undo", &["Mod+Z"], Does::Press).with(Symbol::Undo).when(undoable),
    command("redo", "Redo", &["Mod+Shift+Z", "Mod+Y"], Does::Press).with(Symbol::Redo).when(redoable),
    // Select and arrange
    command("select", "Select tool", &["V"], Does::Press)
        .more("Shift and click adds to the selection, Shift and drag draws a box")
        .with(Symbol::Select)
        .at(Group::Arrange),
    command("select-all", "Select all", &["Mod+A"], Does::Press).at(Group::Arrange),
    command("next", "Next component", &["Tab"], Does::Hand).more("With Shift the one before").at(Group::Arrange),
    command("walk", "Walk along the links", &["Alt+Arrows"], Does::Hand)
        .more("With Shift, select the link")
        .at(Group::Arrange),
    command("nudge", "Move the selection", &["Arrows"], Does::Hand)
        .more("With Shift four times as far; while a link waits, go to what it may lead to")
        .at(Group::Arrange),
    command("escape", "Cancel, or select nothing", &["Escape"], Does::Press).at(Group::Arrange),
    command("menu", "Menu of the selection", &["Shift+F10"], Does::Press)
        .more("Or right-click, or press long")
        .at(Group::Arrange),
    // Look around
    command("hand", "Hand tool", &["H"], Does::Press)
        .more("Pan; or hold Space, or the middle button")
        .with(Symbol::Hand)
        .at(Group::Look),
    command("wheel", "Zoom at the pointer", &["Mod+wheel"], Does::Hand).more("Or pinch").at(Group::Look),
    command("zoom-in", "Zoom in", &[], Does::Act(|| Action::ZoomBy(1.25))).with(Symbol::Plus).at(Group::Look),
    command("zoom-out", "Zoom out", &[], Does::Act(|| Action::ZoomBy(1.0 / 1.25))).with(Symbol::Minus).at(Group::Look),
    command("zoom-fit", "Show everything", &["Shift+1"], Does::Press).more("Fit").with(Symbol::Fit).at(Group::Look),
    command("fit-selection", "Show the selection", &["Shift+2"], Does::Press)
        .at(Group::Look)
        .when(|session| selected(session, |s| !s.is_empty())),
    command("zoom-reset", "Zoom to 100 %", &["Shift+0"], Does::Press).at(Group::Look),
    command(
        "minimap",
        "Map of the whole diagram on or off",
        &[],
        Does::Page(|_| {
            if let Some(root) = document().and_then(|d| d.document_element()) {
                let _ = root.class_list().toggle("no-minimap");
            }
        }),
    )
    .more("It shows while part of the diagram is out of view")
    .at(Group::Look),
    command("grid", "Grid on or off", &["Mod+'"], Does::Press).more("Snap").at(Group::Look),
    // Run
    command("play", "Play or pause", &["P", "Mod+Enter"], Does::Press)
        .more("Run, stop")
        .with(Symbol::Play)
        .at(Group::Run),
    command("step-event", "One event forward", &["."], Does::Press).with(Symbol::StepEvent).at(Group::Run),
    command("step-request", "One request forward", &[","], Does::Press).with(Symbol::StepRequest).at(Group::Run),
    command("reset", "Back to the start", &[], Does::Run(RunCommand::Reset))
        .more("Reset the run")
        .with(Symbol::Reset)
        .at(Group::Run),
    command("slow", "Slow motion", &[], Does::Run(RunCommand::Speed(0.002)))
        .more("1/500: follow single requests")
        .at(Group::Run),
    command("real-time", "Real time", &[], Does::Run(RunCommand::Speed(1.0))).more("Speed").at(Group::Run),
    command("flat-out", "As fast as possible", &[], Does::Run(RunCommand::Speed(crate::worker::FASTEST)))
        .more("Speed, maximum")
        .at(Group::Run),
    command("describe", "Say how the system fares", &["S"], Does::Press).more("For screen readers").at(Group::Run),
    command("describe-often", "Say it every 10, 30 or 60 seconds", &["Shift+S"], Does::Press)
        .more("How the system fares, for screen readers; again for longer, then off")
        .at(Group::Run),
    // Designs and page
    command("commands", "Find a command", &["Mod+K"], Does::Page(|session| session.open(Dialog::Commands)))
        .more("Everything there is to do, and every component")
        .with(Symbol::Search)
        .at(Group::Page),
    command("presets", "Designs", &[], Does::Page(|session| session.open(Dialog::Designs)))
        .more("Recent ones, examples with what to try, a new one")
        .with(Symbol::Layers)
        .at(Group::Page)
        .when(editable),
    command(
        "new-design",
        "New design",
        &[],
        Does::Page(|session| app::open(session, backpressure_sim::Design::default(), "an empty canvas")),
    )
    .more("An empty canvas; the one before is kept")
    .with(Symbol::Plus)
    .at(Group::Page)
    .when(editable),
    command("open-file", "Open a file", &["Mod+O"], Does::Page(app::pick))
        .more("Or drop it on the page")
        .with(Symbol::Open)
        .at(Group::Page)
        .when(editable),
    command("save-file", "Save to a file", &["Mod+S"], Does::Page(app::save))
        .more("Download as JSON")
        .with(Symbol::Save)
        .at(Group::Page),
    command("export-png", "Save as a picture (PNG)", &[], Does::Page(|session| picture::save_png(session, false)))
        .more("Export an image of the diagram")
        .with(Symbol::Save)
        .at(Group::Page)
        .when(drawn),
    command("export-svg", "Save as a picture (SVG)", &[], Does::Page(|session| picture::save_svg(session, false)))
        .more("Export an image of the diagram, to be edited or printed at any size")
        .with(Symbol::Save)
        .at(Group::Page)
        .when(drawn),
    command(
        "export-png-live",
        "Save as a picture with live figures (PNG)",
        &[],
        Does::Page(|session| picture::save_png(session, true)),
    )
    .more("Export an image of the diagram and the run")
    .with(Symbol::Save)
    .at(Group::Page)
    .when(picture::has_figures),
    command(
        "export-svg-live",
        "Save as a picture with live figures (SVG)",
        &[],
        Does::Page(|session| picture::save_svg(session, true)),
    )
    .more("Export an image of the diagram and the run")
    .with(Symbol::Save)
    .at(Group::Page)
    .when(picture::has_figures),
    command("print", "Print", &[], Does::Page(picture::print))
        .more("The diagram on one page")
        .with(Symbol::Save)
        .at(Group::Page)
        .when(drawn),
    command("share", "Share", &[], Does::Page(|session| session.open(Dialog::Share)))
        .more("Link, embed")
        .with(Symbol::Share)
        .at(Group::Page),
    command("theme-light", "Light theme", &[], Does::Page(|session| theme::choose(session, Theme::Light)))
        .with(Symbol::Sun)
        .at(Group::Page),
    command("theme-dark", "Dark theme", &[], Does::Page(|session| theme::choose(session, Theme::Dark)))
        .with(Symbol::Moon)
        .at(Group::Page),
    command("theme-projector", "Projector theme", &[], Does::Page(|session| theme::choose(session, Theme::Projector)))
        .more("High contrast, large")
        .with(Symbol::Screen)
        .at(Group::Page),
    command("help", "Shortcuts and help", &["?"], Does::Page(|session| session.open(Dialog::Help)))
        .with(Symbol::Help)
        .at(Group::Page),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::chord_of;
    use crate::commands::keys::parsed;
    use backpressure_editor::{Editor, Input};
    use backpressure_sim::design::read;

    /// An editor with two components, both selected, and something to undo and redo.
    fn editor() -> Editor {
        let text = br#"{"format":1,"nodes":[{"id":"a","kind":"users"},{"id":"b","kind":"cache","x":400,"zone":"z"}],"zones":[{"id":"z"}]}"#;
        let mut editor = Editor::new(read(text).design);
        editor.handle(Input::Resize { width: 800.0, height: 600.0 });
        editor.act(Action::Rename { node: "a".into(), name: "People".into() });
        editor.act(Action::Rename { node: "b".into(), name: "Store".into() });
        editor.act(Action::Undo);
        editor.act(Action::SelectAll);
        editor
    }

    #[test]
    fn the_editor_knows_every_shortcut_that_is_pressed_for_it() {
        for command in COMMANDS.iter().filter(|c| matches!(c.does, Does::Press | Does::At(_))) {
            for chord in command.keys {
                let mut editor = editor();
                if command.group == Group::Look {
                    editor.act(Action::ZoomBy(0.5));
                }
                if command.id == "rename" {
                    editor.act(Action::Select(Selection::of_node("a")));
                }
                let (key, mods) = parsed(chord);
                let effects = editor.handle(Input::KeyDown { key: key.to_owned(), mods, time_ms: 0.0 });
                assert!(!effects.is_empty(), "{}: the canvas has no use for {chord}", command.id);
            }
        }
    }

    #[test]
    fn names_and_shortcuts_are_given_once() {
        let mut seen = std::collections::HashSet::new();
        for command in COMMANDS {
            assert!(seen.insert(command.id.to_owned()), "two commands are named {}", command.id);
            for chord in command.keys {
                let (key, mods) = parsed(chord);
                assert_eq!(chord_of(key, mods), **chord, "modifiers in the order Mod, Shift, Alt");
                assert!(seen.insert(chord.to_ascii_uppercase() + " "), "{chord} means two things");
            }
        }
    }

    #[test]
    fn shortcuts_of_the_page_are_not_the_canvas_own() {
        for command in COMMANDS.iter().filter(|c| matches!(c.does, Does::Page(_) | Does::Act(_) | Does::Run(_))) {
            // The canvas answers ? itself, with the same list; Ctrl+V has to reach the browser, which makes it a paste.
            for chord in command.keys.iter().filter(|chord| !["?", "Mod+V"].contains(chord)) {
                let (key, mods) = parsed(chord);
                let effects = editor().handle(Input::KeyDown { key: key.to_owned(), mods, time_ms: 0.0 });
                assert!(effects.is_empty(), "{}: the canvas would take {chord} for itself", command.id);
            }
        }
    }
}

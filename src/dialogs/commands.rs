//! The command palette: everything there is to do, and every component to go to, by typing a part of its name.

use super::chooser::{Choice, Chooser, ChooserProps};
use super::modal::modal;
use super::{focus_canvas, focus_canvas_soon};
use crate::canvas::description::{label_of_kind, name_of};
use crate::commands::{COMMANDS, Command, Does, Group, score};
use crate::icons::{Symbol, drawing_of_kind};
use crate::part::part;
use crate::session::Session;
use backpressure_editor::{Action, Selection};
use backpressure_sim::components;
use yew::prelude::*;

/// Most of the list shown.
const MOST: usize = 60;

/// The palette. `on_closed` is called when it closes.
pub fn commands(session: &Session, on_closed: Callback<()>) -> Html {
    let list = {
        let session = session.clone();
        Callback::from(move |typed: String| found(&session, &typed))
    };
    let on_chosen = {
        let (session, closed) = (session.clone(), on_closed.clone());
        Callback::from(move |key: AttrValue| {
            closed.emit(());
            focus_canvas();
            carry_out(&session, &key);
            focus_canvas_soon();
        })
    };
    let on_given_up = {
        let closed = on_closed.clone();
        Callback::from(move |()| {
            closed.emit(());
            // Now, for quick hands, and again when the dialog is gone.
            focus_canvas();
            focus_canvas_soon();
        })
    };
    let body = part::<Chooser>(ChooserProps {
        id: "command",
        label: "Commands",
        placeholder: "What would you like to do?",
        list,
        on_chosen,
        on_given_up,
        on_left: Callback::noop(),
    });
    modal("Commands", "modal-commands", on_closed, body)
}

/// What can be done now and fits the text (in small letters), the best first.
fn found(session: &Session, typed: &str) -> Vec<Choice> {
    let mut found: Vec<(usize, Choice)> = Vec::new();
    let groups = Group::ALL.iter().flat_map(|group| COMMANDS.iter().filter(move |c| c.group == *group));
    for command in groups.filter(|c| !matches!(c.does, Does::Hand) && c.id != "commands" && (c.when)(session)) {
        if let Some(score) = score(typed, command.title, command.more) {
            found.push((score, choice(command)));
        }
    }
    // With nothing typed the palette is the list of commands; the rest is found by name.
    if !typed.is_empty() {
        if session.is_editable() {
            for kind in components::kinds() {
                let title = ["Add ", &within(kind.label)].concat();
                if let Some(score) = score(typed, &title, kind.summary) {
                    let picture = Some(drawing_of_kind(kind.name));
                    found.push((
                        score + 1,
                        thing(format!("kind-{}", kind.name), kind.name, title, kind.summary, picture),
                    ));
                }
            }
        }
        for node in &session.editor().design().nodes {
            let title = format!("Go to {}", name_of(node));
            if let Some(score) = score(typed, &title, &node.id) {
                let kind = components::kind(&node.kind).map_or("", |k| k.name);
                let picture = Some(drawing_of_kind(&node.kind));
                found.push((
                    score + 1,
                    thing(format!("node-{}", node.id), kind, title, label_of_kind(&node.kind), picture),
                ));
            }
        }
        rank(&mut found);
    }
    found.truncate(MOST);
    found.into_iter().map(|(_, choice)| choice).collect()
}

/// Best first; the list is short, and equals keep their order.
fn rank(found: &mut [(usize, Choice)]) {
    for i in 1..found.len() {
        let mut at = i;
        while at > 0 && found[at - 1].0 > found[at].0 {
            found.swap(at - 1, at);
            at -= 1;
        }
    }
    for (_, choice) in found {
        choice.heading = "";
    }
}

fn choice(command: &'static Command) -> Choice {
    Choice {
        key: command.id.into(),
        heading: command.group.title(),
        picture: command.symbol.map(Symbol::drawing),
        kind: None,
        title: command.title.into(),
        detail: command.more.into(),
        chord: command.keys.first().copied(),
    }
}

fn thing(
    key: String,
    kind: &'static str,
    title: String,
    detail: &str,
    picture: Option<crate::icons::Drawing>,
) -> Choice {
    Choice {
        key: key.into(),
        heading: "",
        picture,
        kind: Some(kind),
        title: title.into(),
        detail: detail.to_owned().into(),
        chord: None,
    }
}

fn carry_out(session: &Session, key: &str) {
    if let Some(kind) = key.strip_prefix("kind-") {
        session.act(Action::AddNode { kind: kind.to_owned(), at: None });
    } else if let Some(node) = key.strip_prefix("node-") {
        session.act(Action::Select(Selection::of_node(node)));
        session.act(Action::Reveal { node: node.to_owned() });
    } else {
        Command::of(key).run(session, None);
    }
}

/// A label as it stands within a sentence: abbreviations stay as they are.
fn within(label: &str) -> String {
    let is_short = |word: &str| word.chars().nth(1).is_some_and(|second| second.is_ascii_uppercase());
    let words = label.split(' ').map(|word| if is_short(word) { word.to_owned() } else { word.to_ascii_lowercase() });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_keep_their_capitals_within_a_sentence() {
        assert_eq!(
            ["SQL database", "App server", "DNS", "Key–value store"].map(within),
            ["SQL database", "app server", "DNS", "key–value store"]
        );
    }
}

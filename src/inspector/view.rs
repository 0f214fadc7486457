//! What the inspector shows, as a value: it is drawn anew only when this changes.

use super::field_row::Problems;
use super::several::Several;
use crate::canvas::description::name_of;
use crate::session::Session;
use backpressure_sim::design::{Link, Node};
use std::rc::Rc;
use yew::AttrValue;

/// What is selected.
#[derive(Clone, PartialEq)]
pub enum View {
    /// Nothing: the design as a whole.
    Nothing {
        /// Title of the design.
        name: AttrValue,
        /// What to try.
        description: AttrValue,
        /// Seed of the run.
        seed: u64,
        /// Has the design no component yet?
        empty: bool,
    },
    /// One component.
    Node {
        /// The component.
        node: Box<Node>,
        /// Its name as shown.
        name: AttrValue,
        /// What the check says of it, by JSON pointer (empty: of the whole).
        problems: Problems,
    },
    /// One link.
    Link {
        /// The link.
        link: Box<Link>,
        /// Name of the caller.
        from: AttrValue,
        /// Name of the callee.
        to: AttrValue,
        /// What the check says of it, by JSON pointer (empty: of the whole).
        problems: Problems,
    },
    /// One note.
    Note {
        /// Its text.
        text: AttrValue,
    },
    /// Several things.
    Several(Box<Several>),
}

impl View {
    /// What is selected now.
    pub fn of(session: &Session) -> Self {
        let editor = session.editor();
        let (design, selection) = (editor.design(), editor.selection());
        let run = session.run();
        let problems = |of: &dyn Fn(&backpressure_sim::Problem) -> bool| -> Problems {
            Rc::new(
                run.problems
                    .iter()
                    .filter(|p| of(p))
                    .map(|p| (p.field.clone().unwrap_or_default(), p.message.clone()))
                    .collect(),
            )
        };
        match (selection.nodes.as_slice(), selection.links.as_slice(), selection.notes.as_slice()) {
            ([id], [], []) => {
                if let Some(node) = design.node(id) {
                    let name = AttrValue::from(name_of(node).to_owned());
                    return Self::Node {
                        node: Box::new(node.clone()),
                        name,
                        problems: problems(&|p| p.node.as_deref() == Some(id)),
                    };
                }
            }
            ([], [id], []) => {
                if let Some(link) = design.link(id) {
                    let name = |id: &str| AttrValue::from(design.node(id).map_or(id, name_of).to_owned());
                    return Self::Link {
                        link: Box::new(link.clone()),
                        from: name(&link.from),
                        to: name(&link.to),
                        problems: problems(&|p| p.link.as_deref() == Some(id)),
                    };
                }
            }
            ([], [], [id]) => {
                if let Some(note) = design.note(id) {
                    return Self::Note { text: note.text.clone().into() };
                }
            }
            ([], [], []) => {}
            _ => return Self::Several(Box::new(Several::of(&editor))),
        }
        Self::Nothing {
            name: design.name.clone().into(),
            description: design.description.clone().into(),
            seed: design.seed,
            empty: design.nodes.is_empty(),
        }
    }

    /// Tells one shown thing from another.
    pub fn key(&self) -> String {
        match self {
            Self::Nothing { .. } => "nothing".to_owned(),
            Self::Node { node, .. } => format!("node {}", node.id),
            Self::Link { link, .. } => format!("link {}", link.id),
            Self::Note { .. } => "note".to_owned(),
            Self::Several(_) => "several".to_owned(),
        }
    }
}

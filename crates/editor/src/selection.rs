//! Parts of a design by id, and which of them are selected.

use backpressure_pack::Pack;

/// One part of a design, by id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A component.
    Node(String),
    /// A link.
    Link(String),
    /// A zone.
    Zone(String),
    /// A note.
    Note(String),
}

impl Part {
    /// The id, whatever it names.
    pub fn id(&self) -> &str {
        match self {
            Part::Node(id) | Part::Link(id) | Part::Zone(id) | Part::Note(id) => id,
        }
    }

    /// The id of the node, if it is one.
    pub fn node(&self) -> Option<&str> {
        match self {
            Part::Node(id) => Some(id),
            _ => None,
        }
    }
}

/// What is selected, by id, in the order it was selected. A zone is selected by its components: it is nothing beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Pack)]
pub struct Selection {
    /// Ids of nodes.
    pub nodes: Vec<String>,
    /// Ids of links.
    pub links: Vec<String>,
    /// Ids of notes.
    pub notes: Vec<String>,
}

impl Selection {
    /// Just this node.
    pub fn of_node(id: impl Into<String>) -> Self {
        Self { nodes: vec![id.into()], ..Self::default() }
    }

    /// Just this link.
    pub fn of_link(id: impl Into<String>) -> Self {
        Self { links: vec![id.into()], ..Self::default() }
    }

    /// Just this note.
    pub fn of_note(id: impl Into<String>) -> Self {
        Self { notes: vec![id.into()], ..Self::default() }
    }

    /// Just these nodes.
    pub fn of_nodes<T: Into<String>>(ids: impl IntoIterator<Item = T>) -> Self {
        Self { nodes: ids.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Is nothing selected?
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.links.is_empty() && self.notes.is_empty()
    }

    /// How many parts.
    pub fn len(&self) -> usize {
        self.nodes.len() + self.links.len() + self.notes.len()
    }

    /// Is this node selected?
    pub fn has_node(&self, id: &str) -> bool {
        self.nodes.iter().any(|n| n == id)
    }

    /// Is this link selected?
    pub fn has_link(&self, id: &str) -> bool {
        self.links.iter().any(|l| l == id)
    }

    /// Is this note selected?
    pub fn has_note(&self, id: &str) -> bool {
        self.notes.iter().any(|n| n == id)
    }
}

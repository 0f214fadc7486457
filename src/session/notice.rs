//! Something to tell the person, beside the diagram.

use yew::{AttrValue, Callback};

/// A short message with, perhaps, a way to act on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// One or two sentences.
    pub text: AttrValue,
    /// Something went wrong: it stays until it is closed.
    pub problem: bool,
    /// Further lines.
    pub details: Vec<String>,
    /// Label of a button and what it does.
    pub action: Option<(AttrValue, Callback<()>)>,
}

impl Notice {
    /// For information; goes away by itself.
    pub fn info(text: impl Into<AttrValue>) -> Self {
        Self { text: text.into(), problem: false, details: Vec::new(), action: None }
    }

    /// Something went wrong.
    pub fn problem(text: impl Into<AttrValue>) -> Self {
        Self { problem: true, ..Self::info(text) }
    }

    /// With further lines.
    pub fn with_details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// With a button.
    pub fn with_action(mut self, label: &'static str, act: Callback<()>) -> Self {
        self.action = Some((label.into(), act));
        self
    }
}

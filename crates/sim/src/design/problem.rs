//! What is wrong with a design, in words a person can act on.

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; the design runs.
    Warning,
    /// The design does not run until this is mended.
    Error,
}

/// One thing wrong with a design. Reading never fails half-way: it yields a document and a list of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Id of the node concerned, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Id of the link concerned, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// JSON pointer of the field inside the node's or link's `params` (`/service_time/mean_ms`), if one is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// One sentence: the bad value, and what would be accepted.
    pub message: String,
}

impl Problem {
    /// A problem of the design as a whole.
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self { severity, node: None, link: None, field: None, message: message.into() }
    }
}

//! The document: nodes, links, parameters; reading, validating, migrating, the share codec.

mod document;
pub mod field;

pub use document::{Design, Link, Node};
pub use field::{Case, Field, FieldKind, Option_};

mod problem;
pub use problem::{Problem, Severity};

//! The document: nodes, links, parameters; reading, validating, migrating, the share codec.

mod distribution;
mod document;
pub mod field;
mod link_params;
mod macros;
pub mod params;
mod problem;
mod reader;

pub use distribution::Distribution;
pub use document::{Design, Link, Node};
pub use field::{Case, Field, FieldKind, Option_};
pub use link_params::LinkParams;
pub use params::Numbers;
pub use problem::{Problem, Severity};
pub use reader::Reader;

pub(crate) use macros::{choice, params, variant};

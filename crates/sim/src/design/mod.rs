//! The document: nodes, links, zones, notes, parameters; reading, validating, migrating, the share codec.

mod check;
mod distribution;
mod document;
mod fault;
pub mod field;
mod json;
mod link_params;
mod macros;
pub mod params;
mod problem;
mod read;
mod reader;
pub mod schema;
mod setting;
pub mod share;

pub use check::{check, may_connect};
pub use distribution::Distribution;
pub use document::{Design, Fault, Link, Node, Note, Zone};
pub use fault::{Direction, FaultParams, Schedule, Trouble};
pub use field::{Case, Field, FieldKind, Option_};
pub use link_params::{CallPolicy, LinkParams, OnFailure, Operations};
pub use params::Numbers;
pub use problem::{Problem, Severity};
pub use read::{
    FORMAT, MAX_ASSERTIONS, MAX_BYTES, MAX_COORDINATE, MAX_COST, MAX_DESCRIPTION, MAX_FAULTS, MAX_ID, MAX_LINKS,
    MAX_NAME, MAX_NODES, MAX_NOTE, MAX_NOTES, MAX_ZONES, Reading, read, read_object, to_json,
};
pub use reader::Reader;
pub use schema::schema;
pub use setting::{Setting, SettingKind};

pub(crate) use macros::{choice, params, variant};

//! The simulation behind Backpressure: every request one by one, never as a fluid approximation.
//!
//! Pure and deterministic: no web, no clock, no I/O. The folder names are the table of contents.

pub mod analysis;
pub mod components;
pub mod design;
pub mod engine;
pub mod metrics;
pub mod policies;
pub mod words;

pub use design::{Design, Link, Node, Problem, Severity};
pub use engine::Simulation;

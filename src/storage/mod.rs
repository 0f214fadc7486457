//! Where designs are kept: this browser, files, the page's address, and addresses that a person gives.

mod autosave;
pub mod file;
pub mod link;
pub mod source;

pub use autosave::{Autosave, kept, kept_before, put_aside};

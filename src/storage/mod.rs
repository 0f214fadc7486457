//! Where designs are kept: this browser, files, the page's address, and addresses that a person gives.

pub mod file;
pub mod keeper;
pub mod library;
pub mod link;
pub mod source;

//! Where designs are kept: this browser, files, the page's address, addresses that a person gives, and the examples beside the page.

pub mod examples;
pub mod file;
pub mod keeper;
pub mod library;
pub mod link;
pub mod source;

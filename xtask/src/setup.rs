//! Set-up: installs what is missing with the system's ordinary package managers, and skips what is there.
//!
//! Three kinds of tools, one file each: what comes with Rust (`rust`), what npm has (`npm`), and what the
//! operating system packages (`system`). Nothing is downloaded from anywhere else.

pub mod npm;
mod rust;
mod system;

pub use rust::{component, wasm_target};
pub use system::{browser, driver};

/// What building the page needs.
pub fn for_page() -> Result<(), String> {
    wasm_target()?;
    rust::trunk()?;
    rust::wasm_bindgen()?;
    npm::wasm_opt()
}

/// What the tests and measurements need besides: a browser, its driver, and the accessibility checker.
pub fn for_tests() -> Result<(), String> {
    component("rustfmt", "cargo-fmt")?;
    component("clippy", "cargo-clippy")?;
    for_page()?;
    for_browser()
}

/// A browser that can be driven.
pub fn for_browser() -> Result<(), String> {
    system::chromium()?;
    npm::axe_core()
}

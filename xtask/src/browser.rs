//! Programs of the test package that drive a real browser.

use std::process::Command;

use crate::page;
use crate::process::{cargo, run};
use crate::setup::{self, npm};

/// Runs one of the test package's programs on a freshly built page.
pub fn tool(name: &str, arguments: &[String]) -> Result<(), String> {
    setup::for_page()?;
    setup::for_browser()?;
    page::build()?;
    run(with_browser(
        cargo()
            .args(["run", "--package", "backpressure-tests", "--features", "browser", "--bin", name, "--"])
            .args(arguments),
    ))
}

/// Tells a command where the browser, its driver and the accessibility checker are.
pub fn with_browser(command: &mut Command) -> &mut Command {
    if let Some(browser) = setup::browser() {
        command.env("CHROME", browser);
    }
    if let Some(driver) = setup::driver() {
        command.env("CHROMEDRIVER", driver);
    }
    command.env("AXE_CORE", npm::axe_script())
}

/// The engine and a hand-written loop, both in a worker of the browser, then the page's own worker.
pub fn worker_bench() -> Result<(), String> {
    setup::for_page()?;
    setup::for_browser()?;
    run(in_browser(cargo().args(["test", "--release"]), &["wasm_bench"]).args(["--", "--nocapture"]))?;
    tool("throughput", &[])
}

/// Makes a `cargo test` command run tests of the test package in a headless browser.
pub fn in_browser<'a>(command: &'a mut Command, tests: &[&str]) -> &'a mut Command {
    command.args(["--package", "backpressure-tests", "--target", "wasm32-unknown-unknown"]);
    for test in tests {
        command.args(["--test", test]);
    }
    // The timeout is in seconds, for a whole file of tests, on a slow machine.
    with_browser(command)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
}

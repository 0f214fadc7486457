//! Programs of the test package that drive a real browser.

use std::path::PathBuf;
use std::process::Command;

use crate::page;
use crate::process::{cargo, command, root, run};
use crate::setup::{self, npm};

/// Runs one of the test package's programs on a freshly built page.
pub fn tool(name: &str, arguments: &[String]) -> Result<(), String> {
    tool_with(name, arguments, |command| command)
}

/// The same, with something more set for the program.
pub fn tool_with(
    name: &str,
    arguments: &[String],
    set: impl FnOnce(&mut Command) -> &mut Command,
) -> Result<(), String> {
    setup::for_page()?;
    setup::for_browser()?;
    page::build()?;
    run(set(program(name).args(arguments)))
}

/// A program of the test package.
fn program(name: &str) -> Command {
    let mut command = cargo();
    command.args(["run", "--package", "backpressure-tests", "--features", "browser", "--bin", name, "--"]);
    with_browser(&mut command);
    command
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

/// Opens a page that records which functions run, and writes the list by which the module is taken apart.
pub fn opening() -> Result<(), String> {
    setup::for_page()?;
    setup::for_browser()?;
    let folder = root().join("target/opening");
    let names = root().join("target/opening.names");
    page::build_recording(&folder, &names)?;
    run(program("opening").arg(names).env("BACKPRESSURE_DIST", folder))
}

/// The engine and hand-written loops in a worker, then the page's own worker.
pub fn worker_bench() -> Result<(), String> {
    setup::for_page()?;
    setup::for_browser()?;
    let folder = worker_program()?;
    run(program("throughput").arg("loops").env("BACKPRESSURE_DIST", folder))?;
    tool("throughput", &["page".to_owned()])
}

/// Builds the benchmark as the page is built: the same profile, the same wasm-opt.
fn worker_program() -> Result<PathBuf, String> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let text = |path: &str| std::fs::read_to_string(path).map_err(|problem| format!("{path}: {problem}"));
    let link = text("index.html")?;
    let attribute = |name: &str| link.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split('"').next());
    let profile = attribute("data-cargo-profile-release").unwrap_or("release");
    let level = format!("-O{}", attribute("data-wasm-opt").unwrap_or_default());
    let flags = attribute("data-wasm-opt-params").unwrap_or_default();

    let folder = root().join("target/worker-bench");
    std::fs::create_dir_all(&folder).map_err(|problem| format!("{}: {problem}", folder.display()))?;
    run(cargo().args([
        "build",
        "--profile",
        profile,
        "--target",
        TARGET,
        "--package",
        "backpressure-tests",
        "--bin",
        "bench",
    ]))?;
    run(command("wasm-bindgen")
        .args(["--target", "no-modules", "--no-typescript", "--out-dir"])
        .arg(&folder)
        .arg(format!("target/{TARGET}/{profile}/bench.wasm")))?;
    let wasm = folder.join("bench_bg.wasm");
    run(command("wasm-opt").arg(level).args(flags.split_whitespace()).arg(&wasm).arg("-o").arg(&wasm))?;
    for (name, content) in [
        (
            "index.html",
            "<!doctype html><title>bench</title><script>window.lines = []; new Worker('worker.js').onmessage = e => lines.push(e.data);</script>",
        ),
        (
            "worker.js",
            "importScripts('bench.js'); wasm_bindgen({module_or_path: 'bench_bg.wasm'}).catch(e => postMessage('error: ' + e));",
        ),
    ] {
        std::fs::write(folder.join(name), content).map_err(|problem| format!("{name}: {problem}"))?;
    }
    Ok(folder)
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

//! What comes with Rust: the wasm target, rustfmt and clippy through rustup, trunk and wasm-bindgen through cargo.

use std::path::Path;

use crate::process::{cargo, command, good, long_step, output, root, which};

/// Newer ones ask for a newer compiler than the workspace does.
const TRUNK: &str = "0.21.14";

/// The standard library for wasm.
pub fn wasm_target() -> Result<(), String> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let library = output(Path::new("rustc"), &["--print", "target-libdir", "--target", TARGET]);
    if library.is_some_and(|folder| Path::new(&folder).is_dir()) {
        good(&format!("Rust's {TARGET} target is there"));
        return Ok(());
    }
    rustup_is_there(&format!("the {TARGET} target"))?;
    long_step(&format!("Adding Rust's {TARGET} target"), command("rustup").args(["target", "add", TARGET]))
}

/// A component of the toolchain (rustfmt, clippy).
pub fn component(name: &str, program: &str) -> Result<(), String> {
    // rustup puts a stub on the path for components that are not installed: only running it tells.
    if which(program).is_some_and(|path| output(&path, &["--version"]).is_some()) {
        good(&format!("{name} is there"));
        return Ok(());
    }
    rustup_is_there(name)?;
    long_step(&format!("Adding {name}"), command("rustup").args(["component", "add", name]))
}

/// Trunk, which builds and serves the page.
pub fn trunk() -> Result<(), String> {
    if has_version("trunk", TRUNK) {
        return Ok(());
    }
    // Unoptimised on purpose: trunk only copies files and starts other tools, and optimising it takes some
    // twelve minutes on two cores where this takes three or four.
    long_step(
        &format!("Building trunk {TRUNK} (three to six minutes, once)"),
        cargo().args(["install", "--locked", "--debug", "--force", "trunk", "--version", TRUNK]),
    )
}

/// wasm-bindgen's command line, of exactly the version of the library in `Cargo.lock`.
pub fn wasm_bindgen() -> Result<(), String> {
    let version = locked_version("wasm-bindgen")?;
    if has_version("wasm-bindgen", &version) && has_version("wasm-bindgen-test-runner", &version) {
        return Ok(());
    }
    long_step(
        &format!("Building wasm-bindgen {version} (two to five minutes, once)"),
        cargo().args(["install", "--locked", "--debug", "--force", "wasm-bindgen-cli", "--version", &version]),
    )
}

/// Whether a program is on the path at this version; says so when it is.
fn has_version(program: &str, version: &str) -> bool {
    let found = which(program)
        .and_then(|path| output(&path, &["--version"]))
        .is_some_and(|text| text.split_whitespace().any(|word| word == version));
    if found {
        good(&format!("{program} {version} is there"));
    }
    found
}

/// The version of a package in `Cargo.lock`.
fn locked_version(package: &str) -> Result<String, String> {
    let lock =
        std::fs::read_to_string(root().join("Cargo.lock")).map_err(|problem| format!("Cargo.lock: {problem}"))?;
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    lines
        .next()
        .and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .map(str::to_owned)
        .ok_or_else(|| format!("Cargo.lock names no version of {package}"))
}

fn rustup_is_there(wanted: &str) -> Result<(), String> {
    which("rustup").map(|_| ()).ok_or_else(|| {
        format!("{wanted} is missing, and so is rustup. Install rustup (https://rustup.rs), or {wanted} with the package manager your Rust came from, and try again.")
    })
}

//! What npm has: binaryen (for `wasm-opt`) and axe-core (the accessibility checker).

use std::path::{Path, PathBuf};

use super::system;
use crate::process::{command, good, long_step, output, root, which};

/// The version that `Trunk.toml` asks for; any other would make trunk look for a download.
const BINARYEN: &str = "132";
const AXE_CORE: &str = "4.14.1";

/// `wasm-opt`, which makes the page's wasm small.
pub fn wasm_opt() -> Result<(), String> {
    let installed = which("wasm-opt").and_then(|path| output(&path, &["--version"]));
    if installed.is_some_and(|text| text.split_whitespace().any(|word| word == BINARYEN)) {
        good(&format!("wasm-opt {BINARYEN} is there"));
        return Ok(());
    }
    npm_is_there()?;
    // Into cargo's own folder: it is on the search path wherever cargo is (so that plain `trunk build --release`
    // finds it too), and it needs no administrator.
    let folder = cargo_home()?;
    long_step(
        &format!("Installing wasm-opt {BINARYEN} (npm package binaryen)"),
        command("npm")
            .args(["install", "--global", "--no-fund", "--no-audit", "--loglevel=error", "--prefix"])
            .arg(&folder)
            .arg(format!("binaryen@{BINARYEN}.0.0")),
    )?;
    match which("wasm-opt") {
        Some(_) => Ok(()),
        None => Err(format!(
            "wasm-opt was installed below {} but is not on the search path: add its `bin` folder to PATH",
            folder.display()
        )),
    }
}

/// axe-core's script, which the end-to-end tests put into the page.
pub fn axe_core() -> Result<(), String> {
    let script = axe_script();
    let manifest = script.with_file_name("package.json");
    let right =
        std::fs::read_to_string(&manifest).is_ok_and(|text| text.contains(&format!("\"version\": \"{AXE_CORE}\"")));
    if right && script.is_file() {
        good(&format!("axe-core {AXE_CORE} is there"));
        return Ok(());
    }
    install(
        &format!("Installing axe-core {AXE_CORE} (npm)"),
        &root().join("target/tools"),
        &[&format!("axe-core@{AXE_CORE}")],
    )
}

/// Installs packages into a folder below `target/`.
pub fn install(what: &str, folder: &Path, packages: &[&str]) -> Result<(), String> {
    npm_is_there()?;
    std::fs::create_dir_all(folder).map_err(|problem| format!("{}: {problem}", folder.display()))?;
    long_step(
        what,
        command("npm")
            .args([
                "install",
                "--no-save",
                "--no-fund",
                "--no-audit",
                "--no-package-lock",
                "--loglevel=error",
                "--prefix",
            ])
            .arg(folder)
            .args(packages),
    )
}

/// Where axe-core's script is after [`axe_core`].
pub fn axe_script() -> PathBuf {
    root().join("target/tools/node_modules/axe-core/axe.min.js")
}

fn npm_is_there() -> Result<(), String> {
    if which("npm").is_some() { Ok(()) } else { system::npm() }
}

/// The folder whose `bin` holds cargo and what it installs.
fn cargo_home() -> Result<PathBuf, String> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = std::env::home_dir().ok_or("there is no home folder to install wasm-opt into")?;
    Ok(Path::new(&home).join(".cargo"))
}

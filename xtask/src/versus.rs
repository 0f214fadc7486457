//! `cargo xtask versus`: beside React Flow, the library most diagram editors of the web are made with.

use crate::process::{command, long_step, root};
use crate::setup::npm;

/// What the other page is made of; a newer version of any may be tried by changing it here.
const PACKAGES: [&str; 4] = ["@xyflow/react@12.12.1", "react@19.3.1", "react-dom@19.3.1", "esbuild@0.28.2"];

/// Makes one script and one sheet of styles of it, as for a site in production.
const BUNDLE: &str =
    "require('esbuild').buildSync({entryPoints: ['page.jsx'], outfile: 'page.js', bundle: true, minify: true,
    jsx: 'automatic', define: {'process.env.NODE_ENV': '\"production\"'}, logLevel: 'warning'})";

/// Builds the other page below `target/` and measures both.
pub fn versus(arguments: &[String]) -> Result<(), String> {
    let folder = root().join("target/versus");
    if !folder.join("node_modules/@xyflow/react").is_dir() {
        npm::install("Installing React Flow, React and esbuild (npm)", &folder, &PACKAGES)?;
    }
    // The bundler looks for packages beside the source.
    let page = folder.join("page.jsx");
    std::fs::copy(root().join("tests/versus/page.jsx"), &page).map_err(|problem| format!("page.jsx: {problem}"))?;
    long_step("Building the diagram in React Flow", command("node").current_dir(&folder).args(["-e", BUNDLE]))?;
    crate::browser::tool_with("versus", arguments, |command| command.env("VERSUS", &folder))
}

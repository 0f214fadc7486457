//! What happens to the page after Trunk built it.
//!
//! One module is page and worker, editor and engine, every component and every panel. Somebody who opens a design and watches it
//! run needs a little more than half of that. So the module comes apart: what opening needs is one file, the rest another that
//! comes when the page is first touched. Which is which is recorded, not decided: `opening.txt` has the functions that ran when
//! `cargo xtask opening` opened the page, played and clicked. And the examples are put beside the page, to be fetched when asked for.

pub mod constants;
pub mod examples;
pub mod imports;
pub mod module;
pub mod names;
pub mod order;
pub mod page;
pub mod recording;
pub mod split;
pub mod style;

use std::collections::HashSet;
use std::path::Path;

use page::Page;

/// The functions that opening the page runs.
pub const OPENING: &str = include_str!("../opening.txt");
/// With fewer of them in the module than this share, their names are not those of this compiler.
const KNOWN: f64 = 0.5;

/// Takes the page in the folder of a build apart; `linked` is the module as the linker wrote it. Says what it did.
///
/// # Errors
///
/// When the page is not as Trunk and wasm-bindgen write it, or a file cannot be written.
pub fn take_apart(folder: &Path, linked: &Path) -> Result<String, String> {
    let page = Page::find(folder)?;
    page.join_styles()?;
    let wasm = page.wasm()?;
    let opening: Vec<String> = OPENING.lines().filter(|line| !line.starts_with('#')).map(names::plain).collect();
    let opening: HashSet<&str> = opening.iter().map(String::as_str).collect();
    let module = module::Module::read(&wasm)?;
    let found: HashSet<String> = module.names.values().map(|name| names::plain(name)).collect();
    let known = opening.iter().filter(|name| found.contains(**name)).count();
    if (known as f64) < KNOWN * opening.len() as f64 {
        return Ok(format!(
            "The module stays in one piece: of {} functions that opening runs, {known} are in it. \
             `cargo xtask opening` records them anew.",
            opening.len()
        ));
    }
    let mut glue = page.glue()?;
    let short = imports::shorten(&module, &mut glue);
    let linked = std::fs::read(linked).map_err(|problem| format!("{}: {problem}", linked.display()))?;
    let halves = split::split(&module, &opening, &short, &linked)?;
    page.replace(
        &halves.first,
        Some(&halves.rest),
        &glue,
        "imports.rest = { load: loadRest };",
        include_str!("rest.js"),
    )?;
    Ok(format!(
        "The module came apart: {} kB for opening the page, {} kB for the rest. (wasm-opt warned of the linker's notes in it: \
         they were for this, and are gone.)",
        halves.first.len() / 1000,
        halves.rest.len() / 1000
    ))
}

/// Makes the page in the folder of a build record which functions run, and writes their names, a line each, into `names`.
///
/// # Errors
///
/// As [`take_apart`].
pub fn record(folder: &Path, names: &Path) -> Result<String, String> {
    let page = Page::find(folder)?;
    let recording = recording::recording(&page.wasm()?)?;
    let script = include_str!("recording.js")
        .replace("RAN_AT", &recording.at.to_string())
        .replace("RAN_COUNT", &recording.names.len().to_string());
    page.replace(&recording.wasm, None, &page.glue()?, "", &script)?;
    std::fs::write(names, recording.names.join("\n")).map_err(|problem| format!("{}: {problem}", names.display()))?;
    Ok(format!("The page records which of {} functions run", recording.names.len()))
}

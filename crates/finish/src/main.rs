//! Trunk's hook after a build (`Trunk.toml`): it tells the folder and the profile in the environment.

use std::path::PathBuf;
use std::process::ExitCode;

/// Set to a file: the page records which functions run, and their names go there (`cargo xtask opening`).
const RECORD: &str = "BACKPRESSURE_RECORD";
/// Where in cargo's target folder the page's module is as the linker wrote it; the profile is `index.html`'s.
const LINKED: &str = "wasm32-unknown-unknown/page/backpressure-web.wasm";

fn main() -> ExitCode {
    let path = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let Some(folder) = path("TRUNK_STAGING_DIR") else {
        eprintln!("error: Trunk runs this after a build; it tells the folder in TRUNK_STAGING_DIR");
        return ExitCode::FAILURE;
    };
    let done = backpressure_finish::examples::add(&folder).and_then(|()| {
        if let Some(names) = path(RECORD) {
            backpressure_finish::record(&folder, &names)
        } else if std::env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release") {
            linked().and_then(|linked| backpressure_finish::take_apart(&folder, &linked))
        } else {
            Ok("A build for trying something: the module stays in one piece".to_owned())
        }
    });
    match done {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("error: the page could not be finished: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// The module as the linker wrote it. Cargo keeps it in the folder where this program is too.
fn linked() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|problem| format!("where is this program? {problem}"))?;
    let found = program.ancestors().map(|folder| folder.join(LINKED)).find(|path| path.is_file());
    found.ok_or_else(|| format!("{LINKED} is in no folder around {}", program.display()))
}

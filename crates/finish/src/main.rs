//! Trunk's hook after a build (`Trunk.toml`): it tells the folder and the profile in the environment.

use std::path::PathBuf;
use std::process::ExitCode;

/// Set to a file: the page records which functions run, and their names go there (`cargo xtask opening`).
const RECORD: &str = "BACKPRESSURE_RECORD";

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
            backpressure_finish::take_apart(&folder)
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

//! How many requests are simulated per second of wall time.

use crate::browser;
use crate::process::{cargo, run, say};

/// The native benchmark, the one in the browser's worker, or both.
pub fn bench(arguments: &[String]) -> Result<(), String> {
    let wants = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    if let Some(other) = arguments.iter().find(|argument| !matches!(argument.as_str(), "native" | "browser")) {
        return Err(format!("bench knows native and browser, not `{other}`"));
    }
    if wants("native") {
        say("The engine, native");
        run(cargo().args(["bench", "--package", "backpressure-sim", "--bench", "requests_per_second"]))?;
    }
    if wants("browser") {
        say("The engine in the browser's worker");
        browser::worker_bench()?;
    }
    Ok(())
}

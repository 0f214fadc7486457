//! How many requests are simulated per second of wall time.

use crate::browser;
use crate::process::{cargo, run, say};

/// The native benchmark, the one in the browser's worker, or both; or, quickly, single cases natively.
pub fn bench(arguments: &[String]) -> Result<(), String> {
    if let Some((first, cases)) = arguments.split_first()
        && first == "quick"
    {
        return run(cargo()
            .args(["run", "--release", "--package", "backpressure-tests", "--bin", "bench", "--"])
            .args(cases));
    }
    let wants = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    if let Some(other) = arguments.iter().find(|argument| !matches!(argument.as_str(), "native" | "browser")) {
        return Err(format!("bench knows native, browser and quick, not `{other}`"));
    }
    if wants("native") {
        say("The engine, native");
        run(cargo().args(["bench", "--package", "backpressure-tests", "--bench", "engine"]))?;
    }
    if wants("browser") {
        say("The engine in a worker of the browser, built as the page is");
        browser::worker_bench()?;
    }
    Ok(())
}

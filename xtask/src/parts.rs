//! `cargo xtask test`: everything CI runs, in parts that also run alone.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::process::{cargo, command, elapsed, free_space, in_ci, paint, root, run, say};
use crate::{browser, page, setup};

/// One part of the tests.
struct Part {
    name: &'static str,
    what: &'static str,
    run: fn() -> Result<(), String>,
    /// The part whose failure makes this one pointless.
    needs: Option<&'static str>,
}

const PARTS: &[Part] = &[
    Part { name: "fmt", what: "the formatting", run: fmt, needs: None },
    Part { name: "clippy", what: "the compiler's and clippy's warnings", run: clippy, needs: None },
    Part { name: "native", what: "unit, theory and scenario tests", run: native, needs: None },
    Part { name: "wasm", what: "the simulation in a browser, in page and worker", run: wasm, needs: None },
    Part { name: "page", what: "the release build of the page", run: page::build, needs: None },
    Part { name: "e2e", what: "the built page in a real browser", run: e2e, needs: Some("page") },
];

/// What a first build of every part takes on the disk, in bytes.
const ROOM: u64 = 6 << 30;
/// With less than this left, in bytes, a failure is most likely the disk's.
const FULL: u64 = 1 << 29;

/// Runs the named parts, or all of them.
pub fn test(arguments: &[String]) -> Result<(), String> {
    // A person wants the first failure at once; CI's log should hold all of them.
    let mut keep_going = in_ci();
    let mut wanted: Vec<&str> = Vec::new();
    for argument in arguments {
        match argument.as_str() {
            "--keep-going" => keep_going = true,
            name if PARTS.iter().any(|part| part.name == name) => wanted.push(name),
            other => {
                let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
                return Err(format!("`{other}` is no part of the tests; the parts are {}", names.join(", ")));
            }
        }
    }
    // The end-to-end tests are about the page as it is now, never about an old build.
    if wanted.contains(&"e2e") {
        wanted.push("page");
    }
    let parts: Vec<&Part> = PARTS.iter().filter(|part| wanted.is_empty() || wanted.contains(&part.name)).collect();

    let start = Instant::now();
    if let Some(free) = free_space().filter(|free| *free < ROOM && !root().join("target").join("debug").exists()) {
        say(&format!(
            "Little room on this disk: {} free, and a first build takes {}",
            gigabytes(free),
            gigabytes(ROOM)
        ));
    }
    set_up(&parts)?;
    let mut times: Vec<(&str, Result<Duration, String>)> = vec![("set-up", Ok(start.elapsed()))];
    for part in parts {
        let needed = part.needs.and_then(|name| times.iter().find(|(done, _)| *done == name));
        if let Some((name, Err(_))) = needed {
            times.push((part.name, Err(format!("not run: {name} failed"))));
            continue;
        }
        println!();
        say(&format!("{}: {}", part.name, part.what));
        let begin = Instant::now();
        let result = (part.run)().map(|()| begin.elapsed());
        let failed = result.is_err();
        times.push((part.name, result));
        if failed && !keep_going {
            break;
        }
    }
    summary(&times, start.elapsed())
}

/// Installs what the chosen parts need, and no more.
fn set_up(parts: &[&Part]) -> Result<(), String> {
    let any = |names: &[&str]| parts.iter().any(|part| names.contains(&part.name));
    if any(&["fmt"]) {
        setup::component("rustfmt", "cargo-fmt")?;
    }
    if any(&["clippy"]) {
        setup::component("clippy", "cargo-clippy")?;
        setup::wasm_target()?;
    }
    if any(&["wasm", "page", "e2e"]) {
        setup::for_page()?;
    }
    if any(&["wasm", "e2e"]) {
        setup::for_browser()?;
    }
    Ok(())
}

/// Every file by name: `cargo fmt` does not see modules that a macro declares, and the components are such.
fn fmt() -> Result<(), String> {
    let mut files = Vec::new();
    for folder in ["src", "crates", "tests", "xtask"] {
        rust_files(&root().join(folder), &mut files).map_err(|problem| format!("{folder}: {problem}"))?;
    }
    run(command("rustfmt").args(["--check", "--edition", "2024"]).args(files))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

fn clippy() -> Result<(), String> {
    run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--features",
        "backpressure-tests/browser",
        "--",
        "-D",
        "warnings",
    ]))?;
    run(cargo().args([
        "clippy",
        "--package",
        "backpressure-web",
        "--package",
        "backpressure-tests",
        "--all-targets",
        "--target",
        "wasm32-unknown-unknown",
        "--",
        "-D",
        "warnings",
    ]))
}

fn native() -> Result<(), String> {
    run(cargo().args(["test", "--workspace"]))
}

fn wasm() -> Result<(), String> {
    run(browser::in_browser(cargo().arg("test"), &["wasm_page", "wasm_worker"]))
}

fn e2e() -> Result<(), String> {
    run(browser::with_browser(cargo().args([
        "test",
        "--package",
        "backpressure-tests",
        "--features",
        "browser",
        "--test",
        "e2e",
    ])))
}

/// Prints what each part took and how it ended.
fn summary(times: &[(&str, Result<Duration, String>)], total: Duration) -> Result<(), String> {
    println!();
    for (name, result) in times {
        match result {
            Ok(time) => println!("{} {name:<8} {:>12}", paint("1;32", "✓"), elapsed(*time)),
            Err(problem) => println!("{} {name:<8} {problem}", paint("1;31", "✗")),
        }
    }
    println!("  {:<8} {:>12}", "total", elapsed(total));
    let failed: Vec<&str> = times.iter().filter(|(_, result)| result.is_err()).map(|(name, _)| *name).collect();
    println!("\nparts: {} passed, {} failed", times.len() - failed.len(), failed.len());
    if failed.is_empty() {
        return Ok(());
    }
    let full = free_space().filter(|free| *free < FULL).map_or_else(String::new, |free| {
        format!("\nThe disk is full ({} left), which may be why: make room and run this again", gigabytes(free))
    });
    Err(format!("failed: {}{full}", failed.join(", ")))
}

/// Bytes as people say them of a disk.
fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

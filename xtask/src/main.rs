//! The project's own commands: `cargo xtask serve`, `cargo xtask test` and their relatives.
//!
//! Standard library only, so that the first `cargo xtask` on a fresh machine is running within seconds.

mod bench;
mod browser;
mod page;
mod parts;
mod process;
mod setup;
mod truth;
mod versus;

use std::process::ExitCode;

const HELP: &str = "\
The project's own commands. Each installs what it needs and is missing, and says so.

  cargo xtask serve [--dev] [--port N] [--no-open]
        build the playground, serve it on this machine and open the browser
        (--dev: quick unoptimised builds, rebuilt on every change)
  cargo xtask build
        build the playground into dist/ (what plain `trunk build --release` makes)
  cargo xtask test [PART ...] [--keep-going]
        everything CI runs, or only the named parts: fmt clippy native wasm page e2e
  cargo xtask truth [WORD]
        the simulation against theory, case by case, and docs/TRUTH.md written anew
        (with a word: only the cases with it in their name, and nothing written)
  cargo xtask bench [native] [browser] | quick [CASE...]
        requests simulated per second: the engine, and a hand-written loop beside it
  cargo xtask frames
        frame times and longest task of the page with 200 components and 2,000 dots
  cargo xtask versus
        the same diagram here and in React Flow (fetched from npm): frame times and work, as ratios
  cargo xtask opening
        record anew which functions opening the page runs: the others are a file that comes later
  cargo xtask screenshots
        take the README's pictures again from the built page
  cargo xtask setup
        only install what is missing
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    if let Err(problem) = std::env::set_current_dir(process::root()) {
        eprintln!("error: cannot enter the repository: {problem}");
        return ExitCode::FAILURE;
    }
    let result = match command {
        "serve" => page::serve(rest),
        "build" => setup::for_page().and_then(|()| page::build()),
        "test" => parts::test(rest),
        "truth" => truth::truth(rest),
        "bench" => bench::bench(rest),
        "frames" => browser::tool("frames", rest),
        "versus" => versus::versus(rest),
        "opening" => browser::opening(),
        "screenshots" => browser::tool("screenshots", rest),
        "setup" => setup::for_tests(),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no command `{other}`\n\n{HELP}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\nerror: {message}");
            ExitCode::FAILURE
        }
    }
}

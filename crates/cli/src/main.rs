//! `backpressure`: the same simulation without a screen.
//!
//! Exit codes: 0 for a result, 1 when an assertion does not hold or something could not be read or written, 2 for a bad design or bad arguments.

mod assertions;
mod input;
mod log;
mod presets;
mod problems;
mod replications;
mod run;
mod sweep;
mod table;
mod trial;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// Simulates a system design, request by request.
#[derive(Parser)]
#[command(name = "backpressure", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a design and print what was measured
    Run(run::Options),
    /// Run a design at many values of a parameter: latency against load, the knee, the capacity
    Sweep(sweep::Options),
    /// Say what is wrong with a design; exit code 2 if it cannot run
    Check {
        /// File with the design; `-` for standard input, `preset:NAME` for one of ours
        design: String,
        /// How to print the problems
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Test what a design promises; exit code 1 if a promise is broken
    Test(assertions::Options),
    /// Print a line of JSON per request, with every call it caused
    Log(log::Options),
    /// List the designs that come with Backpressure, or print one
    Presets {
        /// Print this one as JSON
        name: Option<String>,
    },
    /// Print the JSON Schema of designs, for a text editor to complete and check by
    Schema,
}

/// Shape of the result on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For programs
    Json,
    /// For people
    Table,
}

/// What ends the program early.
enum Failure {
    /// Something could not be read or written.
    Io(String),
    /// The design cannot run; the problems are printed already.
    BadDesign,
    /// An assertion does not hold; the verdicts are printed already.
    Broken,
    /// The arguments make no sense together.
    Usage(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(format!("cannot write the result: {error}"))
    }
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(options) => run::run(&options),
        Command::Sweep(options) => sweep::run(&options),
        Command::Check { design, format } => problems::check(&design, format),
        Command::Test(options) => assertions::run(&options),
        Command::Log(options) => log::run(&options),
        Command::Presets { name } => presets::list(name.as_deref()),
        Command::Schema => print_json(&backpressure_sim::design::schema()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::BadDesign) => ExitCode::from(2),
        Err(Failure::Broken) => ExitCode::from(1),
        Err(Failure::Usage(message)) => {
            eprintln!("backpressure: {message}");
            ExitCode::from(2)
        }
        Err(Failure::Io(message)) => {
            eprintln!("backpressure: {message}");
            ExitCode::from(1)
        }
    }
}

/// Writes the result. A reader that has seen enough (`… | head`) is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(value).map_err(|e| Failure::Io(e.to_string()))?;
    text.push('\n');
    print(&text)
}

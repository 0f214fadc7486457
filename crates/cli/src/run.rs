//! `backpressure run`.

use std::time::Instant;

use backpressure_sim::Simulation;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::problems::{design_with_problems, has_errors, line};
use crate::{Failure, Format, print, print_json, table};

/// Longest run, simulated seconds: 116 days.
const MAX_DURATION_S: f64 = 1e7;
/// Events between two looks at the progress bar: some tens of milliseconds.
const SLICE: u64 = 500_000;

/// What to run, and how long.
#[derive(Args)]
pub struct Options {
    /// File with the design; `-` for standard input, `preset:NAME` for one of ours
    design: String,
    /// Simulated time in all, the warm-up being its first part, s
    #[arg(long, default_value_t = 120.0, value_parser = seconds, allow_negative_numbers = true)]
    duration_s: f64,
    /// Simulated time before measuring begins, s: requests that arrive in it are not counted
    #[arg(long, default_value_t = 20.0, value_parser = seconds, allow_negative_numbers = true)]
    warmup_s: f64,
    /// Seed of the random streams; the design's own if not given
    #[arg(long, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// A span of simulated time from the command line.
pub fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(s) if (0.0..=MAX_DURATION_S).contains(&s) => Ok(s),
        _ => Err(format!("accepted: seconds from 0 to {MAX_DURATION_S}")),
    }
}

fn ns(seconds: f64) -> u64 {
    (seconds * 1e9).round() as u64
}

/// Runs the design and prints the result.
pub fn run(options: &Options) -> Result<(), Failure> {
    if options.warmup_s >= options.duration_s {
        return Err(Failure::Usage(format!(
            "nothing is left to measure: --warmup-s is {} and --duration-s {}; accepted: a warm-up shorter than the whole",
            options.warmup_s, options.duration_s
        )));
    }
    let (mut design, problems) = design_with_problems(&options.design)?;
    for problem in &problems {
        eprintln!("{}", line(problem));
    }
    if has_errors(&problems) {
        return Err(Failure::BadDesign);
    }
    design.seed = options.seed.unwrap_or(design.seed);
    let started = Instant::now();
    let mut simulation = Simulation::new(&design).map_err(|problems| {
        for problem in &problems {
            eprintln!("{}", line(problem));
        }
        Failure::BadDesign
    })?;
    let bar = progress(options.duration_s);
    advance(&mut simulation, ns(options.warmup_s), &bar, "warming up");
    simulation.start_measuring();
    advance(&mut simulation, ns(options.duration_s), &bar, "measuring");
    bar.finish_and_clear();
    let report = simulation.report(started.elapsed().as_secs_f64());
    match options.format {
        Format::Json => print_json(&report),
        Format::Table => print(&table::render(&report, &design)),
    }
}

fn advance(simulation: &mut Simulation, until_ns: u64, bar: &ProgressBar, what: &'static str) {
    bar.set_message(what);
    while !simulation.run_until(until_ns, SLICE).reached {
        bar.set_position(simulation.now_ns() / 1_000_000);
    }
}

/// A bar over simulated milliseconds, drawn only if standard error is a terminal.
fn progress(duration_s: f64) -> ProgressBar {
    let bar = ProgressBar::new(ns(duration_s) / 1_000_000);
    if let Ok(style) = ProgressStyle::with_template("{msg:>10} {wide_bar} {percent:>3} %  {eta} left") {
        bar.set_style(style);
    }
    bar
}

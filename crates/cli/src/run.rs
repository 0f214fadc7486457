//! `backpressure run`.

use backpressure_sim::Design;
use backpressure_sim::analysis::measures::{Difference, FEWEST_PAIRS, compare, loads};
use backpressure_sim::metrics::CONFIDENCE;
use clap::Args;
use serde_json::json;

use crate::replications::{self, kind_of, warnings};
use crate::trial::{Trial, with};
use crate::{Failure, Format, print, print_json, table};

/// Pairs of runs that a comparison rests on unless told otherwise.
const PAIRS: u64 = 10;

/// What to run, how often, and against what.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    trial: Trial,
    /// Runs with so many seeds in a row, spread over all cores: every figure becomes a mean with its 95 % interval. Theory
    /// stands beside single runs only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    replications: Option<u64>,
    /// Another design, to compare with under common random numbers: says which differences are real, from 10 pairs of runs or
    /// as many as --replications says, at least 5
    #[arg(long, value_name = "DESIGN")]
    compare: Option<String>,
    /// Changes a parameter, such as users.rate_rps=500; may be given more than once. With --compare it changes both designs
    #[arg(long = "set", value_name = "COMPONENT.PARAMETER=VALUE")]
    sets: Vec<String>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Runs the design and prints the result.
pub fn run(options: &Options) -> Result<(), Failure> {
    let trial = &options.trial;
    trial.check()?;
    let design = with(trial.read(&trial.design)?, &trial.design, &options.sets)?;
    if let Some(other) = &options.compare {
        return run_both(options, &design, other);
    }
    let Some(n) = options.replications else {
        let reports = trial.run_all(std::slice::from_ref(&design))?;
        return match (options.format, &reports[0]) {
            (Format::Json, report) => print_json(report),
            (Format::Table, report) => print(&table::render(std::slice::from_ref(report), &design)),
        };
    };
    let reports = trial.run_all(&seeded(&design, n))?;
    match options.format {
        Format::Json => print_json(&replications::json(&reports, &seeds(&design, n))),
        Format::Table => print(&table::render(&reports, &design)),
    }
}

fn seeds(design: &Design, n: u64) -> Vec<u64> {
    (0..n).map(|i| design.seed.wrapping_add(i)).collect()
}

fn seeded(design: &Design, n: u64) -> Vec<Design> {
    seeds(design, n).into_iter().map(|seed| Design { seed, ..design.clone() }).collect()
}

/// Runs two designs under common random numbers and prints how they differ.
fn run_both(options: &Options, a: &Design, other: &str) -> Result<(), Failure> {
    let n = options.replications.unwrap_or(PAIRS);
    let mut b = with(options.trial.read(other)?, other, &options.sets)?;
    // The same chance for both.
    b.seed = a.seed;
    let mut designs = seeded(a, n);
    designs.extend(seeded(&b, n));
    let reports = options.trial.run_all(&designs)?;
    let (of_a, of_b) = reports.split_at(n as usize);
    let differences = compare(of_a, of_b, CONFIDENCE);
    match options.format {
        Format::Json => print_json(&json!({
            "format": 1,
            "replications": n,
            "seeds": seeds(a, n),
            "level": CONFIDENCE,
            "a": {"name": a.name, "warnings": warnings(of_a)},
            "b": {"name": b.name, "warnings": warnings(of_b)},
            "loads_differ": loads(&differences),
            "figures": differences,
        })),
        Format::Table => {
            let said = sided(&warnings(of_a), &warnings(of_b));
            print(&(comparison(&differences, a, &b, n) + &said))
        }
    }
}

/// What the runs of both sides warn of, each kind of warning once.
fn sided(first: &[String], second: &[String]) -> String {
    let told = |of: &[String], warning: &str| of.iter().any(|other| kind_of(other) == kind_of(warning));
    let mut out = String::new();
    for warning in first {
        let side = if told(second, warning) { "both; the figures are those of the first" } else { "the first" };
        out += &format!("\nwarning of {side}: {warning}\n");
    }
    for warning in second.iter().filter(|w| !told(first, w)) {
        out += &format!("\nwarning of the second: {warning}\n");
    }
    out
}

fn comparison(differences: &[Difference], a: &Design, b: &Design, n: u64) -> String {
    let name = |d: &Design, which: &str| if d.name.is_empty() { which.to_owned() } else { d.name.clone() };
    let (first, second) = (name(a, "first"), name(b, "second"));
    let mut out =
        format!("First: {first}. Second: {second}. {n} pairs of runs with the same seeds; intervals of 95 %.\n\n");
    let mut rows = vec![["", "first", "second", "difference", ""].map(str::to_owned).to_vec()];
    rows.extend(differences.iter().map(|d| {
        let interval = |i: &backpressure_sim::analysis::statistics::Interval| table::interval(i);
        vec![d.label.to_owned(), interval(&d.a), interval(&d.b), interval(&d.difference), d.words.clone()]
    }));
    out += &table::aligned(&rows, 1, 1);
    if let Some(load) = loads(differences) {
        out += &format!("\nThe second ran {load}: that alone changes the other figures.\n");
    }
    if differences.iter().any(|d| d.pairs >= FEWEST_PAIRS) {
        out += "\nOf systems that do not differ, one verdict in twenty says that they do: one odd row among these may be chance.\n";
    }
    out
}

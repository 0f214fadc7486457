//! `backpressure test`: what a design promises, tested.

use backpressure_sim::analysis::assertions::{Trial, Verdict, test};
use clap::Args;

use crate::problems::ready;
use crate::{Failure, Format, print, print_json};

/// What to test, and how long.
#[derive(Args)]
pub struct Options {
    /// File with the design; `-` for standard input, `preset:NAME` for one of ours
    design: String,
    /// Simulated time of each run, the warm-up being its first part, s
    #[arg(long, default_value_t = 60.0, value_parser = crate::trial::seconds, allow_negative_numbers = true)]
    duration_s: f64,
    /// Simulated time before measuring begins, s; a sixth of the whole if not given, but no more than 20
    #[arg(long, value_parser = crate::trial::seconds, allow_negative_numbers = true)]
    warmup_s: Option<f64>,
    /// Seed of the random streams; the design's own if not given
    #[arg(long, value_parser = crate::trial::seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Test this as well as, or instead of, what stands in the design; may be given more than once
    #[arg(long = "assert", value_name = "ASSERTION")]
    assertions: Vec<String>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Tests every assertion and prints the verdicts.
pub fn run(options: &Options) -> Result<(), Failure> {
    let warmup_s = options.warmup_s.unwrap_or_else(|| crate::trial::warmup_of(options.duration_s));
    if warmup_s >= options.duration_s {
        return Err(Failure::Usage(
            "nothing is left to measure: --warmup-s must be shorter than --duration-s".to_owned(),
        ));
    }
    let mut design = ready(&options.design)?;
    design.seed = options.seed.unwrap_or(design.seed);
    let texts: Vec<&String> = design.assertions.iter().chain(&options.assertions).collect();
    if texts.is_empty() {
        return Err(Failure::Usage(
            "the design promises nothing: add `assertions`, or give --assert 'p99 < 200 ms'".to_owned(),
        ));
    }
    let trial = Trial { duration_s: options.duration_s, warmup_s };
    let verdicts: Vec<Verdict> = texts.iter().map(|text| test(&design, text, trial)).collect();
    match options.format {
        Format::Json => print_json(&verdicts)?,
        Format::Table => {
            let lines = verdicts
                .iter()
                .map(|v| format!("{}  {}  {}\n", if v.holds { "holds " } else { "BROKEN" }, v.assertion, v.sentence));
            print(&lines.collect::<String>())?;
        }
    }
    if verdicts.iter().all(|v| v.holds) { Ok(()) } else { Err(Failure::Broken) }
}

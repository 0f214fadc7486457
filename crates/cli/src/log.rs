//! `backpressure log`: a line of JSON per request, with every call it caused.

use backpressure_sim::Simulation;
use clap::Args;

use crate::problems::ready;
use crate::{Failure, print};

/// What to log.
#[derive(Args)]
pub struct Options {
    /// File with the design; `-` for standard input, `preset:NAME` for one of ours
    design: String,
    /// Simulated time, s
    #[arg(long, default_value_t = 10.0, value_parser = crate::trial::seconds, allow_negative_numbers = true)]
    duration_s: f64,
    /// Log one request in so many
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    every: u32,
    /// Only requests with this HTTP status; may be given more than once
    #[arg(long)]
    status: Vec<u16>,
    /// Only requests to this endpoint; may be given more than once
    #[arg(long)]
    endpoint: Vec<String>,
    /// Only requests that took at least so long, ms
    #[arg(long, default_value_t = 0.0)]
    slower_than_ms: f64,
    /// Seed of the random streams; the design's own if not given
    #[arg(long, value_parser = crate::trial::seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Leave out the calls that requests caused
    #[arg(long)]
    brief: bool,
}

/// Simulated time between two looks at what was recorded: short enough that nothing falls out of the record.
const SLICE_EVENTS: u64 = 500;

/// Runs the design and prints the log.
pub fn run(options: &Options) -> Result<(), Failure> {
    let mut design = ready(&options.design)?;
    design.seed = options.seed.unwrap_or(design.seed);
    let mut simulation = Simulation::new(&design).map_err(|_| Failure::BadDesign)?;
    simulation.trace(options.every);
    let end = (options.duration_s * 1e9) as u64;
    loop {
        let over = simulation.run_until(end, SLICE_EVENTS).reached;
        let mut text = String::new();
        for mut trace in simulation.take_traces() {
            let wanted = (options.status.is_empty() || options.status.contains(&trace.status))
                && (options.endpoint.is_empty() || options.endpoint.contains(&trace.endpoint))
                && trace.latency_ms >= options.slower_than_ms;
            if !wanted {
                continue;
            }
            if options.brief {
                trace.spans.clear();
            }
            text.push_str(&serde_json::to_string(&trace).map_err(|e| Failure::Io(e.to_string()))?);
            text.push('\n');
        }
        print(&text)?;
        if over {
            return Ok(());
        }
    }
}

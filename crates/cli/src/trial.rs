//! What to simulate and how long: what `run` and `sweep` have in common.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use backpressure_sim::analysis::sweep;
use backpressure_sim::design::Setting;
use backpressure_sim::metrics::Report;
use backpressure_sim::{Design, Simulation};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::Failure;
use crate::problems::{line, ready};

/// Longest run, simulated seconds: 116 days.
const MAX_DURATION_S: f64 = 1e7;
/// Events between two looks at the progress bar: some tens of milliseconds.
const SLICE: u64 = 500_000;

/// What to simulate, and how long.
#[derive(Args)]
pub struct Trial {
    /// File with the design; `-` for standard input, `preset:NAME` for one of ours
    pub design: String,
    /// Simulated time in all, the warm-up being its first part, s
    #[arg(long, default_value_t = 120.0, value_parser = seconds, allow_negative_numbers = true)]
    duration_s: f64,
    /// Simulated time before measuring begins, s: what happens in it, and requests that arrive in it, are not counted. A sixth of
    /// the whole if not given, but no more than 20
    #[arg(long, value_parser = seconds, allow_negative_numbers = true)]
    warmup_s: Option<f64>,
    /// Seed of the random streams; the design's own if not given
    #[arg(long, value_parser = crate::trial::seed, allow_negative_numbers = true)]
    seed: Option<u64>,
}

/// A span of simulated time from the command line.
pub fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(s) if (0.0..=MAX_DURATION_S).contains(&s) => Ok(s),
        _ => Err(format!("accepted: seconds from 0 to {MAX_DURATION_S}")),
    }
}

/// The warm-up of a run of this length for which none is given, s.
pub fn warmup_of(duration_s: f64) -> f64 {
    (duration_s / 6.0).min(20.0)
}

/// A seed from the command line.
pub fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("accepted: a whole number from 0 to {}", u64::MAX))
}

fn ns(seconds: f64) -> u64 {
    (seconds * 1e9).round() as u64
}

impl Trial {
    /// Refuses what leaves nothing to measure.
    pub fn check(&self) -> Result<(), Failure> {
        if self.warmup_s() < self.duration_s {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "nothing is left to measure: --warmup-s is {} and --duration-s {}; accepted: a warm-up shorter than the whole",
            self.warmup_s(),
            self.duration_s
        )))
    }

    fn warmup_s(&self) -> f64 {
        self.warmup_s.unwrap_or_else(|| warmup_of(self.duration_s))
    }

    /// The design that `source` names, ready to run; what is wrong with it goes to standard error.
    pub fn read(&self, source: &str) -> Result<Design, Failure> {
        let mut design = ready(source)?;
        design.seed = self.seed.unwrap_or(design.seed);
        Ok(design)
    }

    /// Runs each of these designs, on all cores, and reports in their order.
    pub fn run_all(&self, designs: &[Design]) -> Result<Vec<Report>, Failure> {
        let bar = progress(self.duration_s * designs.len() as f64);
        let results: Mutex<Vec<Option<Result<Report, Failure>>>> = Mutex::new(designs.iter().map(|_| None).collect());
        let next = AtomicUsize::new(0);
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        thread::scope(|scope| {
            for _ in 0..cores.min(designs.len()) {
                scope.spawn(|| {
                    while let Some(i) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|i| *i < designs.len()) {
                        let result = self.run_one(&designs[i], &bar);
                        results.lock().unwrap_or_else(PoisonError::into_inner)[i] = Some(result);
                    }
                });
            }
        });
        bar.finish_and_clear();
        results.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
    }

    fn run_one(&self, design: &Design, bar: &ProgressBar) -> Result<Report, Failure> {
        let started = Instant::now();
        let mut simulation = Simulation::new(design).map_err(|problems| {
            for problem in &problems {
                eprintln!("{}", line(&self.design, problem));
            }
            Failure::BadDesign
        })?;
        advance(&mut simulation, ns(self.warmup_s()), bar);
        simulation.start_measuring();
        advance(&mut simulation, ns(self.duration_s), bar);
        Ok(simulation.report(started.elapsed().as_secs_f64()))
    }
}

fn advance(simulation: &mut Simulation, until_ns: u64, bar: &ProgressBar) {
    loop {
        let before = simulation.now_ns();
        let reached = simulation.run_until(until_ns, SLICE).reached;
        bar.inc((simulation.now_ns() / 1_000_000) - (before / 1_000_000));
        if reached {
            return;
        }
    }
}

/// A bar over simulated milliseconds, drawn only if standard error is a terminal.
fn progress(duration_s: f64) -> ProgressBar {
    let bar = ProgressBar::new(ns(duration_s) / 1_000_000);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent:>3} %  {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// A parameter of a design, and the values it shall have.
pub struct Set {
    pub setting: Setting,
    pub values: Vec<Value>,
}

/// Reads `COMPONENT.PARAMETER=VALUES` for the design that `source` names.
pub fn set(design: &Design, source: &str, text: &str) -> Result<Set, Failure> {
    let usage = |message: String| Failure::Usage(format!("{source}: --set {text}: {message}"));
    let (path, values) = text
        .split_once('=')
        .ok_or_else(|| usage("accepted: COMPONENT.PARAMETER=VALUE, such as users.rate_rps=500".to_owned()))?;
    let setting = Setting::find(design, path.trim()).map_err(usage)?;
    let values = sweep::values(values.trim(), setting.kind()).map_err(usage)?;
    Ok(Set { setting, values })
}

/// The design with this value set.
pub fn changed(design: &Design, source: &str, setting: &Setting, value: &Value) -> Result<Design, Failure> {
    setting.set(design, value).map_err(|message| Failure::Usage(format!("{source}: --set {message}")))
}

/// The design with each of these parameters set, all of them to a single value.
pub fn with(design: Design, source: &str, texts: &[String]) -> Result<Design, Failure> {
    texts.iter().try_fold(design, |design, text| {
        let Set { setting, values } = set(&design, source, text)?;
        let [value] = values.as_slice() else {
            return Err(Failure::Usage(format!("--set {text}: several values are for `backpressure sweep`")));
        };
        changed(&design, source, &setting, value)
    })
}

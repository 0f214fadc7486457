//! How fast the engine is: the cases, measured side by side with hand-written loops that simulate the same systems and
//! nothing else.
//!
//! The engine is measured as a user gets it: the same components, histograms, charts and snapshots, in slices. Another
//! machine is another number, so what counts is the ratio to the loop in the same run.

mod designs;
mod hold;
mod loops;
mod table;

use backpressure_sim::Simulation;
use backpressure_sim::design::Design;
use backpressure_sim::metrics::Recorder;

pub use table::{Measurement, Target, grouped, print};

/// Events run between two looks at the clock, about what the page's worker does.
const SLICE_EVENTS: u64 = 50_000;
/// Wall time between two snapshots for the screen, s.
const SNAPSHOT_EVERY_S: f64 = 0.1;
/// The engine and the loop must agree on what they simulated by this much, or the comparison says nothing.
const AGREEMENT: f64 = 0.05;
/// Measurements of each where nobody else takes care of that; the median counts.
const ROUNDS: usize = 5;

/// Wall time, s.
pub type Clock = fn() -> f64;

/// One measurement.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    /// Wall time, s.
    pub seconds: f64,
    /// What came out, the same for both that are compared: a mean latency, a last instant.
    pub result: f64,
}

/// Two programs that do the same.
pub struct Case {
    /// Name in the table.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// How many of them one measurement takes.
    pub count: u64,
    /// Speed the engine shall have at least, the loop's being 1: native, in wasm.
    pub goal: Option<[f64; 2]>,
    /// The engine.
    pub engine: Box<dyn Fn(Clock) -> Timed>,
    /// The loop.
    pub reference: Box<dyn Fn(Clock) -> Timed>,
}

/// Every case, in the order of the table.
pub fn cases() -> Vec<Case> {
    let requests = |name, what, count, goal, design: Design, reference: fn(u64) -> loops::Outcome| Case {
        name,
        what,
        unit: "requests",
        count,
        goal,
        engine: Box::new(move |clock| simulate(&design, count, clock)),
        reference: Box::new(move |clock| {
            let start = clock();
            let result = reference(count).mean_ms;
            Timed { seconds: clock() - start, result }
        }),
    };
    let mut cases = vec![
        requests("W1", "M/M/1, 80 % busy", 3_000_000, Some([0.35, 0.39]), designs::one_pool(1, 800.0), |n| {
            loops::mmc(1, 1.25e6, 1e6, n)
        }),
        requests("W2", "M/M/16, 90 % busy", 3_000_000, Some([0.37, 0.4]), designs::one_pool(16, 14_400.0), |n| {
            loops::mmc(16, 1e9 / 14_400.0, 1e6, n)
        }),
        requests("W3", "three tiers", 1_000_000, Some([0.75; 2]), designs::three_tiers(None), |n| {
            loops::three_tiers(n, None)
        }),
        requests("W3t", "W3, a timeout armed on each", 1_000_000, None, designs::three_tiers(Some(1000.0)), |n| {
            loops::three_tiers(n, Some(1_000_000_000))
        }),
        requests("W4", "100 services, 20 % retries", 15_000, None, designs::fan_out(), loops::fan_out),
    ];
    cases.extend(hold::cases());
    cases
}

/// The engine with what a user gets: charts recorded, snapshots taken, in slices.
fn simulate(design: &Design, requests: u64, clock: Clock) -> Timed {
    let mut sim = Simulation::new(design).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let (mut recorder, start) = (Recorder::new(), clock());
    let mut shown = start;
    let mut snapshot = recorder.snapshot(&sim, 1.0);
    while sim.completed() < requests {
        slice(&mut recorder, &mut sim);
        let now = clock();
        if now - shown >= SNAPSHOT_EVERY_S {
            shown = now;
            snapshot = recorder.snapshot(&sim, sim.now_ns() as f64 / 1e9 / (now - start));
        }
    }
    assert_eq!(snapshot.nodes.len(), design.nodes.len(), "the snapshot lacks components");
    // The last slice may have gone a little further than was asked for.
    let seconds = (clock() - start) * requests as f64 / sim.completed() as f64;
    Timed { seconds, result: sim.report(0.0).latency_ms.mean }
}

/// A call of its own, as in the worker: only a call that begins anew runs the code that a browser has made faster meanwhile.
#[inline(never)]
fn slice(recorder: &mut Recorder, sim: &mut Simulation) {
    recorder.advance(sim, u64::MAX, SLICE_EVENTS);
}

/// Measures a case round by round, so that whatever else the machine does meets both.
pub fn measure(case: &Case, clock: Clock) -> Result<Measurement, String> {
    let (mut engine, mut reference) = (Vec::new(), Vec::new());
    let mut results = [0.0; 2];
    for _ in 0..ROUNDS {
        let (a, b) = ((case.engine)(clock), (case.reference)(clock));
        engine.push(a.seconds);
        reference.push(b.seconds);
        results = [a.result, b.result];
    }
    agree(case, results)?;
    let per_s = |times: &mut Vec<f64>| case.count as f64 / median(times).max(1e-9);
    Ok(Measurement { name: case.name.to_owned(), engine: per_s(&mut engine), reference: per_s(&mut reference) })
}

/// What criterion measured last, for the cases it has measured: the median.
#[cfg(not(target_arch = "wasm32"))]
pub fn native(cases: &[Case]) -> Vec<Measurement> {
    use std::path::{Path, PathBuf};
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let per_s = |case: &Case, program: &str| {
        let path = target.join("criterion").join(case.name).join(program).join("new/estimates.json");
        let estimates: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()?;
        Some(case.count as f64 * 1e9 / estimates["median"]["point_estimate"].as_f64()?)
    };
    cases
        .iter()
        .filter_map(|case| {
            let (engine, reference) = (per_s(case, "engine")?, per_s(case, "hand-written")?);
            Some(Measurement { name: case.name.to_owned(), engine, reference })
        })
        .collect()
}

/// Checks that both did the same.
pub fn agree(case: &Case, [engine, reference]: [f64; 2]) -> Result<(), String> {
    if (engine / reference - 1.0).abs() > AGREEMENT {
        return Err(format!(
            "{}: the engine and the loop do not simulate the same: {engine} and {reference}",
            case.name
        ));
    }
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

//! Golden runs: what a design does is written down once, and held natively, in a page and in a worker.
//!
//! `golden.json` has a line per design: the hash of the whole run event by event, and a hash of the report as JSON
//! (so that the measuring is held as well, not only the events).

use backpressure_sim::Simulation;
use backpressure_sim::design::{self, Design};
use serde_json::{Map, Value, json};

use backpressure_presets::PRESETS;

/// The table. `BLESS=1 cargo test -p backpressure-tests --test golden` writes it anew from the native runs.
pub const TABLE: &str = include_str!("../golden.json");

/// A design with every policy, distribution and option that the presets do not use.
const EVERYTHING: &str = include_str!("../designs/everything.json");

/// How much of each design is run, simulated ns.
const DURATION_NS: u64 = 20_000_000_000;
/// Where the warm-up ends.
const WARMUP_NS: u64 = 5_000_000_000;
/// An end for the heaviest presets, so that a debug build stays quick; the same on every target.
const MAX_EVENTS: u64 = 300_000;

/// Every design of the table, by name.
pub fn designs() -> Vec<(String, Design)> {
    PRESETS
        .iter()
        .map(|preset| (preset.name, preset.json))
        .chain([("everything", EVERYTHING)])
        .map(|(name, json)| {
            let reading = design::read(json.as_bytes());
            assert!(reading.problems.is_empty(), "{name}: {:#?}", reading.problems);
            (name.to_owned(), reading.design)
        })
        .collect()
}

/// What a run comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Hash of the events.
    pub trace: String,
    /// Hash of the report.
    pub report: String,
    /// Events processed: nothing was proved by a run without any.
    pub events: u64,
}

impl Outcome {
    fn of(sim: &Simulation) -> Self {
        // Wall time is given by the caller, so the report is the same whenever it is asked for.
        let report = serde_json::to_string(&sim.report(0.0)).unwrap_or_else(|problem| panic!("{problem}"));
        Self {
            trace: format!("{:016x}", sim.trace_hash()),
            report: format!("{:016x}", fnv(report.as_bytes())),
            events: sim.events(),
        }
    }

    /// The table's line.
    pub fn to_json(&self) -> Value {
        json!({"trace": self.trace, "report": self.report, "events": self.events})
    }
}

/// Runs the design in one go (but for the end of the warm-up).
pub fn whole(design: &Design) -> Outcome {
    let mut sim = start(design);
    sim.run_until(WARMUP_NS, MAX_EVENTS / 4);
    sim.start_measuring();
    let left = MAX_EVENTS - sim.events();
    sim.run_until(DURATION_NS, left);
    Outcome::of(&sim)
}

/// Runs it in slices of random length, some a single event, saving and restoring now and then.
pub fn slices(design: &Design, seed: u64, save: bool) -> Outcome {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let mut sim = start(design);
    for (until, events) in [(WARMUP_NS, MAX_EVENTS / 4), (DURATION_NS, MAX_EVENTS)] {
        let mut reached = false;
        while !reached && sim.events() < events {
            let budget = match next(4) {
                0 => 1 + next(3),
                1 => 1 + next(100),
                _ => 1 + next(20_000),
            };
            let slice_end = if next(3) == 0 { until.min(sim.now_ns() + next(50_000_000)) } else { until };
            let ran = sim.run_until(slice_end, budget.min(events - sim.events()));
            reached = ran.reached && slice_end == until;
            if save && next(40) == 0 {
                sim = Simulation::restore(&sim.save()).unwrap_or_else(|problem| panic!("restore: {problem}"));
            }
        }
        if until == WARMUP_NS {
            sim.start_measuring();
        }
    }
    Outcome::of(&sim)
}

/// Runs one design whole, in slices and through save and restore, and compares each with the table.
pub fn hold(name: &str, design: &Design) {
    let table: Map<String, Value> =
        serde_json::from_str(TABLE).unwrap_or_else(|problem| panic!("golden.json: {problem}"));
    let expected = table.get(name).unwrap_or_else(|| panic!("golden.json has no line for {name}"));
    let whole = whole(design);
    assert!(whole.events > 1_000, "{name}: only {} events: too few to prove anything", whole.events);
    assert_eq!(
        &whole.to_json(),
        expected,
        "{name}: the run differs from the golden one. If the simulation was changed on purpose, write the table anew: BLESS=1 cargo test -p backpressure-tests --test golden"
    );
    for seed in 1..=3 {
        assert_eq!(slices(design, seed, false), whole, "{name}: random slices (seed {seed}) give another result");
        assert_eq!(
            slices(design, seed, true),
            whole,
            "{name}: saving and restoring (seed {seed}) gives another result"
        );
    }
}

/// Holds every design.
pub fn hold_all() {
    for (name, design) in designs() {
        hold(&name, &design);
    }
}

fn start(design: &Design) -> Simulation {
    Simulation::new(design).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// FNV-1a: short, and the same everywhere.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

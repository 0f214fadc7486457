//! Presets as their descriptions say to change them, run without a screen, and held against theory.
#![allow(dead_code)] // Each test target uses its own part.

use backpressure_sim::design::{Design, check, read};
use backpressure_sim::metrics::{OwnReport, Report};
use backpressure_sim::{Severity, Simulation};
use serde_json::{Map, Value};

/// Time a message takes over a link unless the design says otherwise, ms.
pub const HOP_MS: f64 = 0.5;

/// The preset of this name, whose description must make the claims that the test is about: who changes the words
/// has to look at the test, and the other way round.
pub fn preset(name: &str, claims: &[&str]) -> Design {
    let preset = backpressure_presets::find(name).unwrap_or_else(|| panic!("no preset {name}"));
    let design = read(preset.json.as_bytes()).design;
    for claim in claims {
        assert!(design.description.contains(claim), "{name} no longer says {claim:?}");
    }
    design
}

/// The same design with one parameter changed, by node id and JSON pointer, as a person does in the inspector.
pub fn with(design: &Design, node: &str, pointer: &str, value: impl Into<Value>) -> Design {
    let mut design = design.clone();
    let found = design.nodes.iter_mut().find(|n| n.id == node).unwrap_or_else(|| panic!("no node {node}"));
    set(&mut found.params, pointer, value.into());
    sound(design)
}

/// The same with a parameter of a link.
pub fn with_link(design: &Design, link: &str, pointer: &str, value: impl Into<Value>) -> Design {
    let mut design = design.clone();
    let found = design.links.iter_mut().find(|l| l.id == link).unwrap_or_else(|| panic!("no link {link}"));
    set(&mut found.params, pointer, value.into());
    sound(design)
}

/// The same with a parameter of a fault.
pub fn with_fault(design: &Design, fault: &str, pointer: &str, value: impl Into<Value>) -> Design {
    let mut design = design.clone();
    let found = design.faults.iter_mut().find(|f| f.id == fault).unwrap_or_else(|| panic!("no fault {fault}"));
    set(&mut found.params, pointer, value.into());
    sound(design)
}

fn sound(design: Design) -> Design {
    let problems = check(&design);
    assert!(problems.iter().all(|p| p.severity == Severity::Warning), "{problems:#?}");
    design
}

fn set(params: &mut Map<String, Value>, pointer: &str, value: Value) {
    let (last, groups) = {
        let mut segments: Vec<&str> = pointer.split('/').skip(1).collect();
        (segments.pop().unwrap_or_default(), segments)
    };
    let mut at = params;
    for group in groups {
        let inner = at.entry(group).or_insert_with(|| Value::Object(Map::new()));
        at = inner.as_object_mut().unwrap_or_else(|| panic!("{pointer}: {group} is no group"));
    }
    at.insert(last.to_owned(), value);
}

/// A run that has not begun.
pub fn start(design: &Design, seed: u64) -> Simulation {
    let design = Design { seed, ..design.clone() };
    Simulation::new(&design).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Changes the design under the run.
pub fn change(sim: &mut Simulation, design: &Design) {
    sim.apply(design).unwrap_or_else(|problems| panic!("{problems:#?}"));
}

/// Runs on up to this simulated second.
pub fn until(sim: &mut Simulation, second: f64) {
    sim.run_until((second * 1e9) as u64, u64::MAX);
}

/// What happens between two simulated seconds.
pub fn between(sim: &mut Simulation, from_s: f64, to_s: f64) -> Report {
    until(sim, from_s);
    sim.start_measuring();
    until(sim, to_s);
    sim.report(0.0)
}

/// Warm-up, then as long as is needed.
pub fn run(design: &Design, seed: u64, warmup_s: f64, to_s: f64) -> Report {
    between(&mut start(design, seed), warmup_s, to_s)
}

/// Mean of a figure over runs with ten seeds.
pub fn mean_of_ten(design: &Design, warmup_s: f64, to_s: f64, figure: impl Fn(&Report) -> f64) -> f64 {
    (1..=10).map(|seed| figure(&run(design, seed, warmup_s, to_s))).sum::<f64>() / 10.0
}

/// Is the simulated figure within this share of the theoretical one?
#[track_caller]
pub fn near(what: &str, simulated: f64, theory: f64, share: f64) {
    println!("{what}: theory {theory:.4}, simulated {simulated:.4}");
    assert!((simulated - theory).abs() <= share * theory.abs(), "{what}: theory {theory}, simulated {simulated}");
}

/// Does what the words say, rounded as they are, agree with theory?
#[track_caller]
pub fn says(what: &str, words: f64, theory: f64, rounding: f64) {
    assert!((words - theory).abs() <= rounding, "{what}: the description says {words}, theory {theory}");
}

/// Share of slots busy at a node.
pub fn utilisation(report: &Report, node: &str) -> f64 {
    report.nodes[node].utilisation.unwrap_or_else(|| panic!("{node} has no slots"))
}

/// Hits over lookups at a node.
pub fn hit_ratio(report: &Report, node: &str) -> f64 {
    report.nodes[node].hit_ratio.unwrap_or_else(|| panic!("nothing was looked up in {node}"))
}

/// Users' requests per measured second that ended so: `answered`, or a reason of failure.
pub fn per_s(report: &Report, outcome: &str) -> f64 {
    let count = match outcome {
        "answered" => report.requests.answered,
        reason => report.requests.failed.get(reason).copied().unwrap_or(0),
    };
    count as f64 / report.measured_s
}

/// What a kind counts for itself: a count so far, or a level now.
pub fn own(report: &Report, node: &str, name: &str) -> f64 {
    match report.nodes[node].own.get(name) {
        Some(OwnReport::Count(n)) => *n as f64,
        Some(OwnReport::Level { now, .. }) => f64::from(*now),
        other => panic!("{node} {name}: {other:?}"),
    }
}

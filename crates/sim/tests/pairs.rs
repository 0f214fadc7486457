//! Every kind of component, and every pair of neighbours that may be connected: conservation at every step, the same result in
//! slices and after save and restore, also while things break.

mod common;

use backpressure_sim::components::{Kind, kinds};
use backpressure_sim::design::{Design, Severity, check, may_connect};
use backpressure_sim::{Simulation, engine::rng::Stream};
use common::{design, endpoint};
use serde_json::{Value, json};

const END_NS: u64 = 2_000_000_000;

/// Users who read and write often enough that every queue of the defaults sees some use.
fn users() -> Value {
    json!({
        "workload": {"workload": "open", "rate_rps": 300.0},
        "endpoints": [endpoint("read", "zipf", 200), endpoint("write", "zipf", 200)],
        "timeout_ms": 400.0, "retries": 1,
    })
}

/// Users call `a`, which calls `b`, if both may be; what makes requests by itself calls `b` directly. Behind them stands
/// whatever makes sense, so that a chain ends in a store.
fn chain(a: &Kind, b: &Kind) -> Option<Design> {
    let mut nodes = vec![("users", "users", users()), ("b", b.name, json!({}))];
    let mut links = Vec::new();
    if a.accepts_calls {
        nodes.push(("a", a.name, json!({})));
        links.extend([("users", "a"), ("a", "b")]);
    } else if a.name == "users" {
        links.push(("users", "b"));
    } else {
        nodes.push(("a", a.name, json!({"interval_s": 0.5, "jobs": 20})));
        links.extend([("users", "b"), ("a", "b")]);
    }
    for tail in ["sql_database", "worker", "app_server"] {
        let mut longer = nodes.clone();
        longer.push(("tail", tail, json!({})));
        let mut with_tail = links.clone();
        with_tail.push(("b", "tail"));
        let d = design(&longer, &with_tail);
        if runs(&d) {
            return Some(d);
        }
    }
    let d = design(&nodes, &links);
    runs(&d).then_some(d)
}

fn runs(d: &Design) -> bool {
    check(d).iter().all(|p| p.severity != Severity::Error)
}

fn broken(mut d: Design) -> Design {
    let fault = |id: &str, node: &str, trouble: Value| {
        json!({"id": id, "node": node, "params": {"trouble": trouble,
               "schedule": {"when": "random", "mtbf_s": 0.6, "mttr_s": 0.2}}})
    };
    d.faults = serde_json::from_value(json!([
        fault("1", "b", json!({"fault": "crash"})),
        fault("2", "a", json!({"fault": "crash", "silent": true})),
        fault("3", "b", json!({"fault": "slow", "factor": 20.0})),
        fault("4", "b", json!({"fault": "errors", "error_rate": 0.4})),
        fault("5", "b", json!({"fault": "crash", "instance": 0})),
    ]))
    .unwrap_or_default();
    for link in &mut d.links {
        link.params.insert("loss".into(), json!(0.02));
    }
    d
}

fn hold(name: &str, d: &Design) {
    let start = Simulation::new(d).unwrap_or_else(|p| panic!("{name}: {p:#?}"));
    let mut whole = start.clone();
    whole.run_until(END_NS, u64::MAX);
    let mut rng = Stream::new(3, name, "slices");
    let mut sliced = start;
    let mut steps = 0u32;
    while !sliced.run_until(END_NS, 1 + rng.below(60)).reached {
        sliced.check_conservation().unwrap_or_else(|e| panic!("{name}: {e}"));
        steps += 1;
        if steps.is_multiple_of(40) {
            sliced = Simulation::restore(&sliced.save()).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }
    sliced.check_conservation().unwrap_or_else(|e| panic!("{name}: {e}"));
    assert!(whole.events() > 100, "{name}: only {} events", whole.events());
    assert_eq!(whole.trace_hash(), sliced.trace_hash(), "{name}: slices give another run");
    assert_eq!(whole.report(0.0), sliced.report(0.0), "{name}: slices give another result");
}

#[test]
fn every_pair_of_neighbours_keeps_the_books() {
    let (mut pairs, mut seen) = (0, std::collections::BTreeSet::new());
    for a in kinds() {
        for b in kinds() {
            let name = format!("{} → {}", a.name, b.name);
            let pair = design(&[("a", a.name, json!({})), ("b", b.name, json!({}))], &[]);
            let Some(d) = chain(a, b) else {
                assert!(
                    may_connect(&pair, "a", "b").is_err(),
                    "{name} may be connected, and no design was found that has them"
                );
                continue;
            };
            hold(&name, &d);
            hold(&format!("{name}, breaking"), &broken(d));
            pairs += 1;
            seen.extend([a.name, b.name]);
        }
    }
    let missing: Vec<_> = kinds().iter().map(|k| k.name).filter(|k| !seen.contains(k)).collect();
    assert!(missing.is_empty(), "in no pair: {missing:?}");
    assert!(pairs > kinds().len(), "{pairs} pairs");
}

#[test]
fn what_may_not_be_connected_says_why_in_a_sentence() {
    for a in kinds() {
        for b in kinds() {
            let d = design(&[("a", a.name, json!({})), ("b", b.name, json!({}))], &[]);
            if let Err(why) = may_connect(&d, "a", "b") {
                let good = why.len() > 15 && why.ends_with('.') && why.chars().next().is_some_and(char::is_uppercase);
                assert!(good, "{} → {}: {why:?}", a.name, b.name);
            }
        }
    }
}

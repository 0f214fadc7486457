//! The invariants over designs made of any kinds of component with any parameters: whatever a kind describes of itself is
//! tried here, so a new one is included by being there. With links of any sort, and faults.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::components::{Kind, kinds};
use backpressure_sim::design::{
    Design, Fault, FaultParams, Field, FieldKind, Link, LinkParams, Node, Zone, may_connect, read,
};
use common::random::{cases, hold, kept};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value};

/// A field as it may stand in a document; `None` leaves it out, which is what a failing design shrinks to.
fn field(f: &Field) -> BoxedStrategy<Option<Value>> {
    let off = if f.optional { vec![Just(Some(Value::Null)).boxed()] } else { Vec::new() };
    let mut choices = vec![Just(None).boxed(), value(&f.kind, &f.default).prop_map(Some).boxed()];
    choices.extend(off);
    prop::strategy::Union::new(choices).boxed()
}

/// Something near the default (half to eight times of it), or small where there is none.
fn value(kind: &FieldKind, default: &Value) -> BoxedStrategy<Value> {
    let near = |min: f64, max: f64| {
        let middle = default.as_f64().filter(|d| *d > 0.0).unwrap_or(10.0);
        let (low, high) = ((middle / 8.0).clamp(min, max), (middle * 8.0).clamp(min, max));
        (low..=high).boxed()
    };
    match kind {
        FieldKind::Number { min, max, .. } => near(*min, *max).prop_map(Value::from).boxed(),
        FieldKind::Integer { min, max, .. } => {
            near(*min as f64, *max as f64).prop_map(|x| Value::from(x.round() as u64)).boxed()
        }
        FieldKind::Bool => any::<bool>().prop_map(Value::from).boxed(),
        FieldKind::Text { .. } => Just(default.clone()).boxed(),
        FieldKind::Choice { options } => {
            let names: Vec<&str> = options.iter().map(|o| o.name).collect();
            prop::sample::select(names).prop_map(Value::from).boxed()
        }
        FieldKind::Group { fields } => object(fields, None),
        FieldKind::Variant { tag, cases } => {
            let cases = cases.iter().map(|case| object(&case.fields, Some((tag, case.name))));
            prop::strategy::Union::new(cases.collect::<Vec<_>>()).boxed()
        }
        FieldKind::List { fields, min_items, max_items, .. } => {
            prop::collection::vec(object(fields, None), *min_items..=(*max_items).min(min_items + 2))
                .prop_map(Value::from)
                .boxed()
        }
        FieldKind::Numbers { min, max, .. } => {
            prop::collection::vec(near(*min, *max), 1..5).prop_map(Value::from).boxed()
        }
    }
}

fn object(fields: &[Field], tag: Option<(&str, &str)>) -> BoxedStrategy<Value> {
    let names: Vec<&'static str> = fields.iter().map(|f| f.name).collect();
    let tag = tag.map(|(tag, case)| (tag.to_owned(), Value::from(case)));
    let values: Vec<_> = fields.iter().map(field).collect();
    values
        .prop_map(move |values| {
            let set = names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
            Value::Object(tag.clone().into_iter().chain(set).collect::<Map<_, _>>())
        })
        .boxed()
}

fn params(fields: &[Field]) -> BoxedStrategy<Map<String, Value>> {
    object(fields, None).prop_map(|value| value.as_object().cloned().unwrap_or_default()).boxed()
}

fn component(such: fn(&Kind) -> bool) -> BoxedStrategy<(&'static str, Map<String, Value>)> {
    let of = |kind: &'static Kind| params(&kind.fields).prop_map(move |params| (kind.name, params)).boxed();
    prop::strategy::Union::new(kinds().iter().filter(|k| such(k)).map(of).collect::<Vec<_>>()).boxed()
}

/// Sources first; then anything, each calling some of those after it that it may call. Every other one stands in a zone, which may
/// fail as a whole. In a row on the canvas, so that a person can look at it.
fn any_design() -> impl Strategy<Value = Design> {
    let link = || (any::<bool>(), params(&LinkParams::fields()));
    (
        prop::collection::vec(component(|k| !k.accepts_calls), 1..3),
        prop::collection::vec(component(|k| k.accepts_calls), 1..6),
        prop::collection::vec(link(), 28),
        prop::collection::vec((0usize..12, params(&FaultParams::fields())), 0..3),
        any::<u64>(),
    )
        .prop_map(|(sources, others, links, faults, seed)| {
            let mut design = Design { seed, ..Design::default() };
            for (i, (kind, params)) in sources.into_iter().chain(others).enumerate() {
                let (x, y) = (360.0 * i as f64, 160.0 * (i % 3) as f64);
                let zone = (i % 2 == 1).then(|| "zone".to_owned());
                let id = format!("{kind}-{i}");
                design.nodes.push(Node { id, kind: kind.into(), x, y, zone, params, ..Node::default() });
            }
            design.zones.push(Zone { id: "zone".into(), ..Zone::default() });
            let ids: Vec<String> = design.nodes.iter().map(|n| n.id.clone()).collect();
            let mut links = links.into_iter();
            for (i, from) in ids.iter().enumerate() {
                for to in &ids[i + 1..] {
                    if let Some((true, mut params)) = links.next()
                        && may_connect(&design, from, to).is_ok()
                    {
                        // Weights of 0 everywhere are an error of their own.
                        params.shift_remove("weight");
                        let (from, to, id) = (from.clone(), to.clone(), format!("l{}", design.links.len()));
                        design.links.push(Link { id, from, to, params, ..Link::default() });
                    }
                }
            }
            for (i, (at, params)) in faults.into_iter().enumerate() {
                let mut fault = Fault { id: format!("f{i}"), params, ..Fault::default() };
                match at.checked_sub(design.nodes.len()) {
                    None => fault.node = Some(ids[at].clone()),
                    Some(0) => fault.zone = Some("zone".to_owned()),
                    Some(l) => fault.link = design.links.get(l - 1).map(|link| link.id.clone()),
                }
                design.faults.push(fault);
            }
            design
        })
        .prop_filter("a design that cannot run", |design| Simulation::new(design).is_ok())
}

/// Simulated time given to each design, and the most events: a design may be slow, a test may not.
const END_NS: u64 = 15_000_000_000;
const EVENTS: u64 = 20_000;

fn start(design: &Design) -> Result<Simulation, TestCaseError> {
    Simulation::new(design).map_err(|p| TestCaseError::fail(format!("{p:#?}")))
}

fn conserves(sim: &Simulation) -> Result<(), TestCaseError> {
    sim.check_conservation().map_err(TestCaseError::fail)
}

fn slices_and_saves_change_nothing(design: &Design, cuts: &[u64]) -> Result<(), TestCaseError> {
    let mut whole = start(design)?;
    whole.run_until(END_NS, EVENTS);
    conserves(&whole)?;
    let mut cut = start(design)?;
    for events in cuts.iter().cycle() {
        if cut.events() >= whole.events() {
            break;
        }
        cut.run_until(END_NS, (*events).min(whole.events() - cut.events()));
        conserves(&cut)?;
        if *events % 3 == 0 {
            cut = Simulation::restore(&cut.save()).map_err(TestCaseError::fail)?;
        }
    }
    prop_assert_eq!(whole.trace_hash(), cut.trace_hash());
    let r = whole.report(0.0).requests;
    prop_assert_eq!(r.offered, r.answered + r.in_flight + r.failed.values().sum::<u64>());
    prop_assert_eq!(r.answered + r.failed.values().sum::<u64>(), r.status.values().sum::<u64>());
    Ok(())
}

fn turns_into(first: &Design, second: &Design) -> Result<(), TestCaseError> {
    let mut sim = start(first)?;
    for (i, design) in [second, first, second].into_iter().enumerate() {
        sim.run_until(END_NS / 4 * (i as u64 + 1), EVENTS / 4);
        conserves(&sim)?;
        sim.apply(design).map_err(|p| TestCaseError::fail(format!("{p:#?}")))?;
        conserves(&sim)?;
    }
    sim.run_until(END_NS, EVENTS / 4);
    conserves(&sim)?;
    let mut restored = Simulation::restore(&sim.save()).map_err(TestCaseError::fail)?;
    sim.run_until(2 * END_NS, EVENTS / 8);
    restored.run_until(2 * END_NS, EVENTS / 8);
    prop_assert_eq!(restored.trace_hash(), sim.trace_hash());
    Ok(())
}

proptest! {
    #![proptest_config(cases(700))]

    #[test]
    fn nothing_is_lost_and_slices_and_saves_change_nothing(design in any_design(), cuts in prop::collection::vec(1u64..3000, 1..8)) {
        hold("nothing_is_lost", &[&design], || slices_and_saves_change_nothing(&design, &cuts))?;
    }

    #[test]
    fn a_design_may_turn_into_another_under_the_run(first in any_design(), second in any_design()) {
        hold("a_design_may_turn", &[&first, &second], || turns_into(&first, &second))?;
    }
}

/// A design in which something broke is of use if it is small: here "broken" is whatever has a CDN that somebody calls and that
/// panics, and what is left of it in the file is users, a CDN and what it needs.
#[test]
fn what_breaks_is_made_small_and_kept_for_a_person_to_open() {
    let calls_a_cdn = |d: &Design| d.links.iter().any(|l| l.to.starts_with("cdn"));
    let config = ProptestConfig { failure_persistence: None, ..cases(2000) };
    // The same designs each time: how small the smallest gets depends on where one starts.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let found = TestRunner::new_with_rng(config, rng).run(&any_design(), |design| {
        hold("made_small", &[&design], || {
            assert!(!calls_a_cdn(&design), "somebody calls a CDN");
            Ok(())
        })
    });
    let why = found.expect_err("a design with a CDN is among them").to_string();
    let path = kept("made_small", 0);
    assert!(why.contains("panicked: somebody calls a CDN") && why.contains(&path), "{why}");
    let reading = read(&std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}")));
    let smallest = reading.design;
    assert!(reading.problems.is_empty() && Simulation::new(&smallest).is_ok(), "{:?}", reading.problems);
    assert!(calls_a_cdn(&smallest) && smallest.nodes.len() <= 4, "{smallest:#?}");
    assert!(smallest.faults.is_empty() && smallest.nodes.iter().all(|n| n.params.is_empty()), "{smallest:#?}");
}

//! Compares components that are alike but for one choice, in a sentence: designs show side by side what a policy is worth.

use super::bottleneck::BUSY;
use crate::components::{Kind, kind, kinds};
use crate::design::{Field, FieldKind};
use crate::engine::Simulation;
use crate::engine::rng::{hash_text, mix};
use crate::engine::world::NodeCore;
use crate::metrics::{NodeSnapshot, Snapshot};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Components of a kind that are compared at most: who has more of them compares by chart.
const MOST: usize = 16;
/// Choices told apart in a sentence.
const TOLD: usize = 5;
/// Observations without which a mean says nothing.
const FEW: u64 = 20;
/// Components that get this share less traffic than the busiest do not have the same traffic.
const SAME_TRAFFIC: f64 = 0.8;

/// What a choice is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yardstick {
    /// Share of lookups that hit: more is better.
    HitRatio,
    /// The same of caches that are full: before, nothing is given up.
    HitRatioWhenFull,
    /// Mean time to an answer: less is better.
    Time,
    /// Answers a second: more is better.
    Throughput,
}

impl Yardstick {
    /// The figure, if there is one yet; more is better.
    fn of(self, node: &NodeSnapshot, core: &NodeCore) -> Option<f64> {
        match self {
            Self::HitRatioWhenFull if core.counters.evictions == 0 => None,
            Self::HitRatio | Self::HitRatioWhenFull => node.hit_ratio,
            Self::Time => (node.residence.count >= FEW).then_some(-node.residence.mean_ms),
            // What has time to spare does as much as it is given.
            Self::Throughput => node.utilisation.filter(|u| *u >= BUSY).map(|_| node.rate_out_per_s),
        }
    }

    /// Is the difference worth a word?
    fn differ(self, best: f64, worst: f64) -> bool {
        match self {
            Self::HitRatio | Self::HitRatioWhenFull => best > worst + 0.015,
            Self::Time => worst < 1.25 * best,
            Self::Throughput => best > 1.25 * worst && best >= 1.0,
        }
    }

    fn figure(self, value: f64) -> String {
        match self {
            Self::HitRatio | Self::HitRatioWhenFull => format!("{:.0} %", value * 100.0),
            Self::Time if value > -10.0 => format!("{:.1} ms", -value),
            Self::Time => format!("{:.0} ms", -value),
            Self::Throughput => format!("{value:.0}/s"),
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::HitRatio | Self::HitRatioWhenFull => "of the lookups hit",
            Self::Time => "for an answer",
            Self::Throughput => "are done",
        }
    }
}

/// Which components are alike but for one choice: found anew only when their parameters change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contrasts {
    of: Option<u64>,
    groups: Vec<Group>,
}

/// Components of a kind that have all parameters but one choice in common.
#[derive(Clone, Debug)]
struct Group {
    by: Yardstick,
    label: &'static str,
    /// Place among the components, and the option it has.
    members: Vec<(usize, &'static str)>,
}

struct Seen<'a> {
    value: f64,
    rate: f64,
    option: &'static str,
    id: &'a str,
}

impl Contrasts {
    /// One sentence for each choice in which components that are alike otherwise, with the same traffic, differ: with the id of
    /// the best of them.
    pub fn remarks(&mut self, snapshot: &Snapshot, sim: &Simulation) -> Vec<(String, String)> {
        let world = sim.world();
        let cores: Vec<&NodeCore> = world.node_order.iter().map(|&n| &world.nodes[n as usize]).collect();
        let compared = |core: &NodeCore| kind(&core.kind).is_some_and(|k| !k.compared.is_empty());
        let mark = |core: &NodeCore| if compared(core) { hash_text(&core.kind) ^ hash_text(&core.params) } else { 0 };
        let of = Some(cores.iter().fold(0, |hash, core| mix(hash ^ mark(core)).wrapping_add(1)));
        if self.of != of {
            self.of = of;
            self.groups = kinds().iter().filter(|k| !k.compared.is_empty()).flat_map(|k| groups(k, &cores)).collect();
        }
        let said = self.groups.iter().filter_map(|group| {
            let seen = group.members.iter().filter_map(|&(place, option)| {
                let node = snapshot.nodes.get(place)?;
                let value = group.by.of(node, cores.get(place)?)?;
                Some(Seen { value, rate: node.rate_in_per_s, option, id: &node.id })
            });
            sentence(seen.collect(), group.label, group.by)
        });
        said.collect()
    }
}

fn groups(kind: &Kind, cores: &[&NodeCore]) -> Vec<Group> {
    let own = cores.iter().enumerate().filter(|(_, core)| core.kind == kind.name);
    let own: Vec<(usize, Map<String, Value>)> =
        own.filter_map(|(place, core)| Some((place, serde_json::from_str(&core.params).ok()?))).collect();
    if !(2..=MOST).contains(&own.len()) {
        return Vec::new();
    }
    let of_choice = |&(path, by): &(&[&str], Yardstick)| {
        // By all the other parameters.
        let mut alike: BTreeMap<String, Group> = BTreeMap::new();
        for (place, params) in &own {
            let Some((label, option)) = chosen(&kind.fields, params, path) else { continue };
            let mut rest = params.clone();
            take_out(&mut rest, path);
            let group = alike.entry(Value::Object(rest).to_string());
            group.or_insert_with(|| Group { by, label, members: Vec::new() }).members.push((*place, option));
        }
        alike.into_values()
    };
    kind.compared.iter().flat_map(of_choice).collect()
}

fn sentence(mut group: Vec<Seen>, label: &str, by: Yardstick) -> Option<(String, String)> {
    if by != Yardstick::Throughput {
        let busiest = group.iter().map(|s| s.rate).fold(0.0, f64::max);
        group.retain(|s| s.rate > SAME_TRAFFIC * busiest);
    }
    group.sort_by(|a, b| b.value.total_cmp(&a.value));
    let mut options: Vec<&Seen> = Vec::new();
    for seen in &group {
        if options.iter().all(|o| o.option != seen.option) {
            options.push(seen);
        }
    }
    let (best, worst) = (*options.first()?, *options.last()?);
    if options.len() < 2 || !by.differ(best.value, worst.value) {
        return None;
    }
    let told: Vec<String> =
        options.iter().take(TOLD).map(|o| format!("{} {}", short(o.option), by.figure(o.value))).collect();
    Some((best.id.to_owned(), format!("{label}: {} {}, and nothing else differs.", told.join(", "), by.what())))
}

/// "LRU" of "LRU (least recently used)".
fn short(label: &str) -> &str {
    label.split(" (").next().unwrap_or(label)
}

/// Label of the option that a component has at this place of its parameters.
pub(crate) fn choice_of(core: &NodeCore, path: &[&str]) -> Option<&'static str> {
    let params: Map<String, Value> = serde_json::from_str(&core.params).ok()?;
    chosen(&kind(&core.kind)?.fields, &params, path).map(|(_, option)| option)
}

/// Label of the parameter at this place, and of the option it has.
fn chosen(fields: &[Field], params: &Map<String, Value>, path: &[&str]) -> Option<(&'static str, &'static str)> {
    let (name, rest) = path.split_first()?;
    let field = fields.iter().find(|f| f.name == *name)?;
    let value = params.get(*name).filter(|v| !v.is_null()).unwrap_or(&field.default);
    match &field.kind {
        FieldKind::Choice { options } if rest.is_empty() => {
            let option = options.iter().find(|o| Some(o.name) == value.as_str())?;
            Some((field.label, option.label))
        }
        FieldKind::Variant { tag, cases } => {
            let map = value.as_object()?;
            let case = cases.iter().find(|c| Some(c.name) == map.get(*tag).and_then(Value::as_str))?;
            if rest.is_empty() { Some((field.label, case.label)) } else { chosen(&case.fields, map, rest) }
        }
        FieldKind::Group { fields } => chosen(fields, value.as_object()?, rest),
        _ => None,
    }
}

fn take_out(params: &mut Map<String, Value>, path: &[&str]) {
    match path {
        [last] => _ = params.remove(*last),
        [first, rest @ ..] => {
            if let Some(inner) = params.get_mut(*first).and_then(Value::as_object_mut) {
                take_out(inner, rest);
            }
        }
        [] => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn a_choice_is_found_where_the_document_says_nothing_of_it() {
        let cache = crate::components::kind("cache").expect("a cache");
        let of = |text| chosen(&cache.fields, &params(text), &["hits", "eviction"]).map(|(_, option)| option);
        assert_eq!(of(r#"{"hits": {"hits": "keys", "eviction": "sieve"}}"#), Some("SIEVE"));
        assert_eq!(of(r#"{"hits": {"hits": "measured_ratio"}}"#), None, "a given ratio evicts nothing");
    }

    #[test]
    fn the_best_comes_first_and_what_has_other_traffic_does_not_count() {
        let seen = |option, value, rate, id| Seen { option, value, rate, id };
        let group = vec![
            seen("LRU (least recently used)", 0.36, 1000.0, "a"),
            seen("SIEVE", 0.47, 990.0, "b"),
            seen("FIFO", 0.9, 10.0, "c"),
        ];
        let said = sentence(group, "Eviction", Yardstick::HitRatio);
        let words = "Eviction: SIEVE 47 %, LRU 36 % of the lookups hit, and nothing else differs.";
        assert_eq!(said, Some(("b".to_owned(), words.to_owned())));
        let same = vec![seen("Random", -20.0, 1.0, "a"), seen("Round robin", -21.0, 1.0, "b")];
        assert_eq!(sentence(same, "Algorithm", Yardstick::Time), None, "chance is no difference");
    }
}

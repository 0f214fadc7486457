//! Compares systems that stand side by side in one design under the same traffic, by what their users get: the halves of a
//! design that is built to show what a principle or a guard is worth.

use super::experience::Answers;
use super::guards::ms;
use crate::engine::Simulation;
use serde_json::{Map, Value};

/// Groups of users that are looked at: a design with more is not built to be compared at a glance.
const MOST: usize = 16;
/// Sentences at once.
const TOLD: usize = 4;
/// Shares of failed requests this far apart differ.
const FAILED_APART: f64 = 0.02;
/// Mean latencies so many times each other differ, if they are this far apart as well, ms.
const TIMES_APART: f64 = 1.25;
const MS_APART: f64 = 5.0;
/// Requests that ended lately, per second, without which a share is chance.
const SOME: f64 = 1.0;

/// One sentence for each kind of traffic that several systems with nothing in common get, and which they serve differently:
/// with the id of the users who are served best.
pub(crate) fn remarks(sim: &Simulation, users: &[Answers]) -> Vec<(String, String)> {
    if !(2..=MOST).contains(&users.len()) {
        return Vec::new();
    }
    compare(sim, users)
}

#[inline(never)]
fn compare(sim: &Simulation, users: &[Answers]) -> Vec<(String, String)> {
    let system = systems(sim);
    // Who asks for the same of another system.
    let mut groups: Vec<(Value, Vec<&Answers>)> = Vec::new();
    for group in users {
        let core = &sim.world().nodes[group.place as usize];
        let Ok(params) = serde_json::from_str(&core.params) else { continue };
        let traffic = traffic(params);
        match groups.iter_mut().find(|(same, _)| *same == traffic) {
            Some((_, members)) if members.iter().all(|m| system[m.place as usize] != system[group.place as usize]) => {
                members.push(group);
            }
            Some(_) => {}
            None => groups.push((traffic, vec![group])),
        }
    }
    let named = |members: &[&Answers]| -> Vec<String> {
        let names: Vec<String> =
            members.iter().map(|m| super::bottleneck::name_of(&sim.world().nodes[m.place as usize])).collect();
        let told_apart = |names: &[String]| names.iter().enumerate().all(|(i, name)| !names[..i].contains(name));
        let endpoints = || members.iter().map(|m| m.endpoints.first().map_or(String::new(), |e| e.name.clone()));
        match () {
            () if told_apart(&names) => names,
            () if told_apart(&endpoints().collect::<Vec<_>>()) => endpoints().collect(),
            () => members.iter().map(|m| m.node.clone()).collect(),
        }
    };
    groups.iter().filter_map(|(_, members)| sentence(members, &named(members))).take(TOLD).collect()
}

/// What users ask for, whatever they and their endpoints are called.
fn traffic(mut params: Map<String, Value>) -> Value {
    if let Some(endpoints) = params.get_mut("endpoints").and_then(Value::as_array_mut) {
        for endpoint in endpoints.iter_mut().filter_map(Value::as_object_mut) {
            endpoint.remove("name");
            endpoint.remove("path");
        }
    }
    Value::Object(params)
}

/// By node: the number of the system it is part of. Those that calls lead from one to the other are one system.
fn systems(sim: &Simulation) -> Vec<u32> {
    let mut system: Vec<u32> = (0..sim.world().nodes.len() as u32).collect();
    let mut joined = true;
    while joined {
        joined = false;
        for link in sim.world().links.iter().filter(|link| link.alive) {
            let (a, b) = (link.from as usize, link.to as usize);
            let least = system[a].min(system[b]);
            joined |= system[a] != system[b];
            (system[a], system[b]) = (least, least);
        }
    }
    system
}

/// How users that ask for the same are served, best first, if that differs.
fn sentence(members: &[&Answers], names: &[String]) -> Option<(String, String)> {
    let mut all: Vec<(&Answers, &str)> = members.iter().copied().zip(names.iter().map(String::as_str)).collect();
    if all.len() < 2 || all.iter().any(|(m, _)| m.answered_per_s + m.failed_per_s < SOME) {
        return None;
    }
    let told = |all: &[(&Answers, &str)], figure: &dyn Fn(&Answers) -> String| {
        all.iter().map(|(m, name)| format!("{name} {}", figure(m))).collect::<Vec<_>>().join(", ")
    };
    all.sort_by(|a, b| a.0.share_failed().total_cmp(&b.0.share_failed()));
    let (best, worst) = (all.first()?.0, all.last()?.0);
    let words = if worst.share_failed() > best.share_failed() + FAILED_APART {
        let percent = |m: &Answers| format!("{:.0} %", m.share_failed() * 100.0);
        format!("With the same traffic: {} of the requests fail.", told(&all, &percent))
    } else {
        let mean = |m: &Answers| m.latency().map_or(f64::INFINITY, |l| l.mean_ms);
        all.sort_by(|a, b| mean(a.0).total_cmp(&mean(b.0)));
        let (best, worst) = (mean(all.first()?.0), mean(all.last()?.0));
        if !worst.is_finite() || worst < TIMES_APART * best || worst < best + MS_APART {
            return None;
        }
        format!("With the same traffic: {} for an answer.", told(&all, &|m| ms(mean(m))))
    };
    Some((all.first()?.0.node.clone(), words))
}

#[cfg(test)]
mod tests {
    use crate::metrics::Recorder;
    use serde_json::json;

    /// Two shops with the same 100 visitors a second, each with a server of its own; `apart` in what it takes.
    fn said(mean_ms: [u32; 2], shared: bool) -> String {
        let users = |id: &str, name: &str| {
            json!({"id": id, "kind": "users", "name": name, "params": {"workload": {"workload": "open", "rate_rps": 100},
                   "endpoints": [{"name": id, "path": format!("/{id}")}]}})
        };
        let server = |id: &str, mean_ms: u32| json!({"id": id, "kind": "app_server", "params": {"slots": 100, "service_time": {"distribution": "constant", "mean_ms": mean_ms}}});
        let design = json!({"format": 1,
            "nodes": [users("a", "Upper"), users("b", "Lower"), server("sa", mean_ms[0]), server("sb", mean_ms[1])],
            "links": [{"id": "l1", "from": "a", "to": "sa"}, {"id": "l2", "from": "b", "to": if shared { "sa" } else { "sb" }}]});
        let design = crate::design::read(design.to_string().as_bytes()).design;
        let mut sim = crate::Simulation::new(&design).unwrap_or_else(|why| panic!("{why:?}"));
        let mut recorder = Recorder::new();
        recorder.advance(&mut sim, 3_000_000_000, u64::MAX);
        let remarks = recorder.snapshot(&sim, 1.0).remarks;
        remarks.into_iter().map(|(node, words)| format!("{node}: {words}\n")).collect()
    }

    #[test]
    fn systems_side_by_side_are_compared_by_what_their_users_get() {
        // Half a millisecond there and half back.
        let words = said([40, 20], false);
        assert!(words.starts_with("b: With the same traffic: Lower 21 ms, Upper 41 ms for an answer.\n"), "{words}");
        assert!(!said([40, 40], false).contains("With the same traffic"), "nothing differs");
        assert!(!said([40, 20], true).contains("With the same traffic"), "it is one system");
    }
}

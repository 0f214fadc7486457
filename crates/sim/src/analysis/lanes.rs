//! Compares systems that stand side by side in one design under the same traffic, by what their users get, what they cost and what
//! they do for it: the halves of a design that is built to show what a principle or a guard is worth.

use super::cost;
use super::experience::Answers;
use super::guards::ms;
use crate::engine::Simulation;
use crate::words::figure;
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
/// Costs so many times each other differ, if they are more than a cent an hour apart as well, USD.
const COSTS_APART: f64 = 1.1;
const USD_APART: f64 = 0.01;
/// Calls for a request so many times each other differ.
const CALLS_APART: f64 = 2.0;

/// One of the groups of users that are compared.
struct Served<'a> {
    users: &'a Answers,
    name: String,
    system: System,
}

/// What a system has cost and done so far.
#[derive(Clone, Copy, Default)]
struct System {
    usd_per_hour: f64,
    /// Components from which its traffic comes: what serves more of them costs more.
    sources: usize,
    /// Calls that were made in it, but for those of its users.
    calls: u64,
}

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
    groups.retain(|(_, members)| members.len() > 1);
    if groups.is_empty() {
        return Vec::new();
    }
    let so_far = so_far(sim, users, &system);
    let of = |m: &Answers| so_far[system[m.place as usize] as usize];
    let said = groups.into_iter().filter_map(|(_, members)| {
        let each = members.iter().zip(named(&members));
        sentence(each.map(|(m, name)| Served { users: m, name, system: of(m) }).collect())
    });
    said.take(TOLD).collect()
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

/// By number of a system: what it has cost and done so far.
fn so_far(sim: &Simulation, users: &[Answers], system: &[u32]) -> Vec<System> {
    let world = sim.world();
    let mut all = vec![System::default(); system.len()];
    let mut called = vec![false; system.len()];
    for link in world.links.iter().filter(|link| link.alive) {
        called[link.to as usize] = true;
        let asks = users.iter().any(|u| u.place == link.from);
        all[system[link.from as usize] as usize].calls += if asks { 0 } else { link.counters.calls };
    }
    for (n, core) in world.nodes.iter().enumerate().filter(|(_, core)| core.alive) {
        let own = &mut all[system[n] as usize];
        own.usd_per_hour += cost::as_run(core, world.measure_from, world.now);
        own.sources += usize::from(!called[n]);
    }
    all
}

/// How users that ask for the same are served, best first, if that differs, and what that costs; or, where all are served alike, what
/// is done for it.
fn sentence(mut all: Vec<Served>) -> Option<(String, String)> {
    if all.iter().any(|s| s.users.answered_per_s + s.users.failed_per_s < SOME) {
        return None;
    }
    let words = match by_users(&mut all) {
        Some(words) => format!("{words}{}.", costs(&all)),
        None => format!("{} calls so far for each request.", by_calls(&mut all)?),
    };
    Some((all.first()?.users.node.clone(), format!("With the same traffic: {words}")))
}

/// What the users get, best first, if that differs.
fn by_users(all: &mut [Served]) -> Option<String> {
    all.sort_by(|a, b| a.users.share_failed().total_cmp(&b.users.share_failed()));
    let failed = |s: &Served| s.users.share_failed();
    if failed(all.last()?) > failed(all.first()?) + FAILED_APART {
        return Some(told(all, |s| format!("{:.0} %", failed(s) * 100.0)) + " of the requests fail");
    }
    let mean = |s: &Served| s.users.latency().map_or(f64::INFINITY, |l| l.mean_ms);
    all.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    let (best, worst) = (mean(all.first()?), mean(all.last()?));
    let differ = worst.is_finite() && worst >= TIMES_APART * best && worst >= best + MS_APART;
    differ.then(|| told(all, |s| ms(mean(s))) + " for an answer")
}

/// What the systems cost, in the same order, if that differs.
fn costs(all: &[Served]) -> String {
    let usd = || all.iter().map(|s| s.system.usd_per_hour);
    let (least, most) = (usd().fold(f64::INFINITY, f64::min), usd().fold(0.0, f64::max));
    let alike = all.iter().all(|s| s.system.sources == all[0].system.sources);
    if !alike || most < COSTS_APART * least || most < least + USD_APART {
        return String::new();
    }
    let mut figures: Vec<String> = usd().map(|usd| format!("{usd:.2}")).collect();
    let last = figures.pop().unwrap_or_default();
    format!("; they cost {} and {last} USD an hour", figures.join(", "))
}

/// How many calls the systems make for a request, fewest first, if that differs.
fn by_calls(all: &mut [Served]) -> Option<String> {
    let calls = |s: &Served| s.system.calls as f64 / s.users.offered.max(1) as f64;
    all.sort_by(|a, b| calls(a).total_cmp(&calls(b)));
    let (fewest, most) = (calls(all.first()?), calls(all.last()?));
    let alone = all.iter().all(|s| s.system.sources == 1);
    (alone && fewest >= 1.0 && most >= CALLS_APART * fewest).then(|| told(all, |s| figure(calls(s))))
}

fn told(all: &[Served], figure: impl Fn(&Served) -> String) -> String {
    all.iter().map(|s| format!("{} {}", s.name, figure(s))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use crate::metrics::Recorder;
    use serde_json::{Value, json};

    /// What is said of two shops with the same 100 visitors a second, and of what else is there.
    fn said_of(parts: Vec<Value>, links: &[(&str, &str, f64)]) -> String {
        let users = |id: &str, name: &str| {
            json!({"id": id, "kind": "users", "name": name, "params": {"workload": {"workload": "open", "rate_rps": 100},
                   "endpoints": [{"name": id, "path": format!("/{id}")}]}})
        };
        let link = |(i, (from, to, calls)): (usize, &(&str, &str, f64))| json!({"id": format!("l{i}"), "from": from, "to": to, "params": {"calls_per_request": calls}});
        let nodes: Vec<Value> = [users("a", "Upper"), users("b", "Lower")].into_iter().chain(parts).collect();
        let links: Vec<Value> = links.iter().enumerate().map(link).collect();
        let design = json!({"format": 1, "nodes": nodes, "links": links}).to_string();
        let mut sim = crate::Simulation::new(&crate::design::read(design.as_bytes()).design)
            .unwrap_or_else(|why| panic!("{why:?}"));
        let mut recorder = Recorder::new();
        recorder.advance(&mut sim, 3_000_000_000, u64::MAX);
        let remarks = recorder.snapshot(&sim, 1.0).remarks;
        remarks.into_iter().map(|(node, words)| format!("{node}: {words}\n")).collect()
    }

    fn server(id: &str, mean_ms: u32, usd_per_hour: f64) -> Value {
        json!({"id": id, "kind": "app_server", "cost_usd_per_hour": usd_per_hour,
               "params": {"slots": 100, "service_time": {"distribution": "constant", "mean_ms": mean_ms}}})
    }

    /// Each shop with a server of its own, apart in what it takes and what it costs.
    fn said(mean_ms: [u32; 2], usd: [f64; 2], shared: bool) -> String {
        let servers = vec![server("sa", mean_ms[0], usd[0]), server("sb", mean_ms[1], usd[1])];
        said_of(servers, &[("a", "sa", 1.0), ("b", if shared { "sa" } else { "sb" }, 1.0)])
    }

    #[test]
    fn systems_side_by_side_are_compared_by_what_their_users_get() {
        // Half a millisecond there and half back.
        let words = said([40, 20], [1.0, 1.0], false);
        assert!(words.starts_with("b: With the same traffic: Lower 21 ms, Upper 41 ms for an answer.\n"), "{words}");
        assert!(!said([40, 40], [1.0, 1.0], false).contains("With the same traffic"), "nothing differs");
        assert!(!said([40, 20], [1.0, 1.0], true).contains("With the same traffic"), "it is one system");
    }

    #[test]
    fn what_is_better_is_said_with_what_it_costs() {
        let words = said([40, 20], [1.0, 2.5], false);
        assert!(
            words.contains("Lower 21 ms, Upper 41 ms for an answer; they cost 2.50 and 1.00 USD an hour."),
            "{words}"
        );
        assert!(!said([40, 20], [1.0, 1.05], false).contains("USD"), "next to nothing");
        assert!(!said([40, 40], [1.0, 2.5], false).contains("USD"), "nothing is better");
        // Who has somebody else to serve may cost more for that.
        let job = json!({"id": "job", "kind": "scheduler", "params": {}});
        let servers = vec![server("sa", 40, 1.0), server("sb", 20, 2.5), job];
        let words = said_of(servers, &[("a", "sa", 1.0), ("b", "sb", 1.0), ("job", "sb", 1.0)]);
        assert!(words.contains("for an answer.\n"), "{words}");
    }

    #[test]
    fn where_all_are_served_alike_what_is_done_for_it_is_compared() {
        let said = |calls: [f64; 2]| {
            let parts = ["sa", "sb", "ta", "tb"].map(|id| server(id, 1, 1.0)).to_vec();
            said_of(parts, &[("a", "sa", 1.0), ("b", "sb", 1.0), ("sa", "ta", calls[0]), ("sb", "tb", calls[1])])
        };
        // Calls are made one after the other, 2 ms each: two more are not 5 ms more.
        let words = said([3.0, 1.0]);
        assert!(words.contains("b: With the same traffic: Lower 1, Upper 3 calls so far for each request."), "{words}");
        assert!(!said([1.0, 1.0]).contains("With the same traffic"), "nothing differs");
    }
}

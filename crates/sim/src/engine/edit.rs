//! From a document to a running design, and from an edited document to the same run going on.

use super::call::{NONE, Outcome, Reason, Stage};
use super::caller::Caller;
use super::context::{Context, Facts};
use super::faults::Victim;
use super::rng::{Stream, hash_text, mix};
use super::sampler::Sampler;
use super::simulation::Simulation;
use super::world::{LinkCore, LinkTerms, NodeCore, World};
use crate::analysis::cost::of_node;
use crate::components::Behaviour;
use crate::design::{
    CallPolicy, Design, Fault, FaultParams, Link, LinkParams, Node, OnFailure, Operations, Problem, Reader, Severity,
    check,
};
use crate::metrics::NodeCounters;
use std::collections::BTreeMap;

impl Simulation {
    /// A run of `design` at time 0, seeded with its seed. If the design cannot run, every problem it has.
    pub fn new(design: &Design) -> Result<Simulation, Vec<Problem>> {
        let world = World { seed: design.seed, ..World::default() };
        let cx = Context::new(world);
        let mut simulation = Simulation { cx, behaviours: Vec::new(), events: 0, trace_hash: design.seed };
        simulation.apply(design)?;
        Ok(simulation)
    }

    /// Brings an edited design into the running simulation at this instant: changed parameters, new and removed nodes
    /// and links. What was inside a removed component fails with reason `removed`. Moving and renaming change nothing.
    /// The seed stays that of the run. If the design cannot run, its problems; the run is then as it was.
    pub fn apply(&mut self, design: &Design) -> Result<(), Vec<Problem>> {
        let problems = check(design);
        if problems.iter().any(|p| p.severity == Severity::Error) {
            return Err(problems);
        }
        let before = self.fingerprint();
        self.cx.world.calendar.release_lanes();
        self.remove_links(design);
        self.remove_nodes(design);
        let started = self.update_nodes(design);
        self.update_links(design);
        self.update_faults(faults_of(design));
        self.cx.world.impair();
        for &n in &self.cx.world.node_order.clone() {
            self.behaviours[n as usize].wire(self.cx.turn_of(n));
        }
        for n in started {
            self.behaviours[n as usize].start(self.cx.turn_of(n));
        }
        if self.events > 0 && self.fingerprint() != before {
            self.restart_batches();
        }
        Ok(())
    }

    /// Differs if the system does: components, links or their parameters, but not names and places.
    fn fingerprint(&self) -> u64 {
        let world = &self.cx.world;
        let nodes = world.node_order.iter().map(|&n| &world.nodes[n as usize]);
        let links = world.link_order.iter().map(|&l| &world.links[l as usize]);
        let hash = nodes.fold(0, |h, n| mix(h ^ hash_text(&n.id) ^ mix(hash_text(&n.params))));
        links.fold(hash, |h, l| mix(h ^ (u64::from(l.from) << 32 | u64::from(l.to)) ^ hash_text(&l.params)))
    }

    /// Removes the links that the design no longer has, or has between other nodes.
    fn remove_links(&mut self, design: &Design) {
        let wanted: BTreeMap<&str, &Link> = by_key(design.links.iter().map(|l| (l.id.as_str(), l)));
        let kinds: BTreeMap<&str, &str> = by_key(design.nodes.iter().map(|n| (n.id.as_str(), n.kind.as_str())));
        let world = &mut self.cx.world;
        for i in 0..world.links.len() {
            let link = &world.links[i];
            let same_end = |n: u32, id: &str| {
                let node = &world.nodes[n as usize];
                node.id == id && kinds.get(id) == Some(&node.kind.as_str())
            };
            let kept =
                wanted.get(link.id.as_str()).is_some_and(|w| same_end(link.from, &w.from) && same_end(link.to, &w.to));
            if link.alive && !kept {
                remove_link(world, i);
            }
        }
    }

    /// Removes the nodes that the design no longer has, or has as another kind.
    fn remove_nodes(&mut self, design: &Design) {
        let kinds: BTreeMap<&str, &str> = by_key(design.nodes.iter().map(|n| (n.id.as_str(), n.kind.as_str())));
        let world = &mut self.cx.world;
        for n in 0..world.nodes.len() {
            let node = &world.nodes[n];
            if node.alive && kinds.get(node.id.as_str()) != Some(&node.kind.as_str()) {
                remove_node(world, n);
                self.behaviours[n] = Behaviour::Removed;
            }
        }
    }

    /// Adds new nodes and hands changed parameters to the others. Returns the new ones.
    fn update_nodes(&mut self, design: &Design) -> Vec<u32> {
        let known: BTreeMap<String, u32> = by_key(
            (self.cx.world.nodes.iter().enumerate()).filter(|(_, n)| n.alive).map(|(i, n)| (n.id.clone(), i as u32)),
        );
        let mut started = Vec::new();
        self.cx.world.node_order.clear();
        for node in &design.nodes {
            let params = serde_json::Value::Object(node.params.clone()).to_string();
            if let Some(&n) = known.get(&node.id) {
                self.keep_node(n, node, params);
                self.cx.world.node_order.push(n);
                continue;
            }
            let n = self.cx.world.nodes.len() as u32;
            self.cx.world.nodes.push(self.new_node(node, params));
            self.cx.world.node_order.push(n);
            let behaviour = Behaviour::new(&node.kind, &node.params, self.cx.turn_of(n));
            self.behaviours.push(behaviour);
            started.push(n);
        }
        started
    }

    /// Every component claims its lanes again; one whose parameters are as they were changes nothing else.
    #[inline(never)]
    fn keep_node(&mut self, n: u32, node: &Node, params: String) {
        let core = &mut self.cx.world.nodes[n as usize];
        core.name.clone_from(&node.name);
        core.zone.clone_from(&node.zone);
        core.cost_usd_per_hour = of_node(node);
        let changed = core.params != params;
        core.params = params;
        self.behaviours[n as usize].configure(&node.params, changed, self.cx.turn_of(n));
    }

    fn new_node(&self, node: &Node, params: String) -> NodeCore {
        let mut core = NodeCore {
            id: node.id.clone(),
            name: node.name.clone(),
            kind: node.kind.clone(),
            params,
            alive: true,
            out: Vec::new(),
            epoch: 0,
            facts: Facts::default(),
            zone: node.zone.clone(),
            cost_usd_per_hour: of_node(node),
            impaired: Default::default(),
            down: Vec::new(),
            fault_rng: Stream::new(self.cx.world.seed, &node.id, "faults"),
            counters: NodeCounters::of_kind(&node.kind),
        };
        core.counters.restart(self.cx.world.now);
        core
    }

    fn update_links(&mut self, design: &Design) {
        let world = &mut self.cx.world;
        let number: BTreeMap<String, u32> =
            by_key(world.node_order.iter().map(|&n| (world.nodes[n as usize].id.clone(), n)));
        let known: BTreeMap<String, u32> =
            by_key((world.links.iter().enumerate()).filter(|(_, l)| l.alive).map(|(i, l)| (l.id.clone(), i as u32)));
        let policies: BTreeMap<&str, CallPolicy> = by_key(design.nodes.iter().filter_map(|n| {
            let policy = (crate::components::kind(&n.kind)?.call_policy)(&n.params);
            (!policy.is_none()).then_some((n.id.as_str(), policy))
        }));
        for node in &mut world.nodes {
            node.out.clear();
        }
        world.link_order.clear();
        for link in &design.links {
            let (Some(&from), Some(&to)) = (number.get(&link.from), number.get(&link.to)) else {
                continue;
            };
            let mut values = LinkParams::read(&link.params, &mut Reader::link(&link.id));
            if let Some(base) = policies.get(link.from.as_str()) {
                values.calls = values.calls.over(base);
            }
            let params = serde_json::Value::Object(link.params.clone()).to_string();
            let l = match known.get(&link.id) {
                Some(&l) => {
                    let core = &mut world.links[l as usize];
                    core.latency.set(&values.latency, &mut world.calendar);
                    core.weight = values.weight;
                    core.params = params;
                    core.terms = LinkTerms::of(&values);
                    let policy = Stream::new(world.seed, &format!("{}->{}", link.from, link.to), "policy");
                    let before = core.caller.take().map(|c| *c);
                    core.caller = Caller::new(&values.calls, policy, before, &mut world.calendar).map(Box::new);
                    l
                }
                None => {
                    // By its ends, not its id: two people who draw the same design get the same run.
                    let owner = format!("{}->{}", link.from, link.to);
                    let stream = Stream::new(world.seed, &owner, "latency");
                    let latency = Sampler::new(&values.latency, stream, &mut world.calendar);
                    let policy = Stream::new(world.seed, &owner, "policy");
                    let caller = Caller::new(&values.calls, policy, None, &mut world.calendar).map(Box::new);
                    world.links.push(LinkCore {
                        id: link.id.clone(),
                        from,
                        to,
                        params,
                        alive: true,
                        weight: values.weight,
                        latency,
                        terms: LinkTerms::of(&values),
                        caller,
                        impaired: Default::default(),
                        chance: Stream::new(world.seed, &owner, "chance"),
                        free_at: 0,
                        special: false,
                        usual: None,
                        counters: Default::default(),
                    });
                    world.links.len() as u32 - 1
                }
            };
            world.links[l as usize].look_over();
            world.link_order.push(l);
            world.nodes[from as usize].out.push(l);
        }
    }
}

/// Calls on their way in never arrive; their callers learn at once. Answers already on their way back arrive.
#[inline(never)]
fn remove_link(world: &mut World, link: usize) {
    world.links[link].alive = false;
    let lost = calls_where(world, |c| c.stage == Stage::Travelling && c.link == link as u32);
    for id in lost {
        world.fail_at_once(id, Outcome::Failed(Reason::Removed));
    }
}

/// Fails what is inside; each caller learns of it as its link allows.
#[inline(never)]
fn remove_node(world: &mut World, n: usize) {
    let inside = calls_where(world, |c| c.stage == Stage::Inside && c.node == n as u32);
    let mut is_inside = vec![false; inside.iter().map(|&i| i as usize + 1).max().unwrap_or(0)];
    for &id in &inside {
        is_inside[id as usize] = true;
    }
    world.orphan_children_of(|parent| is_inside.get(parent as usize).copied().unwrap_or(false));
    for id in inside {
        let call = world.calls.get(id);
        if call.is_background() && call.link == NONE {
            world.calls.void_events(id);
            world.finish(id);
        } else if call.link == NONE {
            world.close(id, Outcome::Failed(Reason::Removed), 0);
        } else if world.links[call.link as usize].alive {
            world.calls.void_events(id);
            world.reply(id, Outcome::Failed(Reason::Removed));
        } else {
            world.fail_at_once(id, Outcome::Failed(Reason::Removed));
        }
    }
    let node = &mut world.nodes[n];
    node.alive = false;
    node.epoch = (node.epoch + 1) & super::call::GENERATION_MASK;
    node.facts = Facts::default();
}

/// The faults of a design that can take place: each with its victim.
fn faults_of(design: &Design) -> Vec<(String, Victim, FaultParams)> {
    if design.faults_off {
        return Vec::new();
    }
    let known = |f: &Fault| {
        let params = FaultParams::read(&f.params, &mut Reader::default());
        let victim = match (&f.node, &f.link, &f.zone) {
            (Some(node), _, _) => Victim::Node(node.clone()),
            (_, Some(link), _) => Victim::Link(link.clone()),
            (_, _, Some(zone)) => Victim::Zone(zone.clone()),
            _ => return None,
        };
        Some((f.id.clone(), victim, params))
    };
    design.faults.iter().filter_map(known).collect()
}

impl LinkTerms {
    fn of(p: &LinkParams) -> Self {
        Self {
            loss: p.loss,
            // 1 Mbit/s is a byte every 8 µs.
            ns_per_byte: p.bandwidth_mbps.map_or(0.0, |mbps| 8000.0 / mbps),
            reads: p.operations != Operations::Writes,
            writes: p.operations != Operations::Reads,
            paths: p.paths.split_whitespace().map(str::to_owned).collect(),
            calls_per_request: p.calls_per_request,
            wait: p.wait,
            degrade: p.on_failure == OnFailure::Degrade,
        }
    }
}

fn calls_where(world: &World, wanted: impl Fn(&super::call::Call) -> bool) -> Vec<u32> {
    world.calls.iter().filter(|(_, c)| wanted(c)).map(|(id, _)| id).collect()
}

/// A map of these pairs. `collect` would sort them first, with a copy of the standard library's sort for every type of
/// pair: half of the page's code for sorting.
fn by_key<K: Ord, V>(pairs: impl Iterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    for (key, value) in pairs {
        map.insert(key, value);
    }
    map
}

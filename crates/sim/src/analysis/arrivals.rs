//! How calls arrive at a component: as a Poisson process, as in a network of product form, or in some other way, and then
//! which way.
//!
//! What is used: independent thinning, splitting and superposition of Poisson processes leave Poisson processes, and so
//! do independent delays (Kingman, *Poisson Processes*, 1993); what leaves M/M/c in steady state is Poisson (Burke,
//! 1956), and so is what leaves M/G/∞ (Mirasol, 1963); where calls come back to a station, its arrivals are not Poisson,
//! but with exponential service it stands as if they were (Jackson, 1963).

use super::bottleneck::name_of;
use super::model::{CacheContent, Model, SourceEndpoint, Spacing, Station};
use crate::design::{Distribution, LinkParams, Reader};
use crate::engine::Simulation;
use crate::engine::world::{LinkCore, NodeCore};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A stream of calls that theory can speak of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flow {
    /// Is it a Poisson process? If not, it comes from a network of product form.
    pub poisson: bool,
    /// Where its parts come from.
    origins: Vec<Origin>,
}

/// A source, and the branchings at which requests of this part went one way and not another.
#[derive(Clone, Debug, Default, PartialEq)]
struct Origin {
    source: u32,
    branches: Vec<(u32, u32)>,
}

impl Origin {
    /// Does no request belong to both?
    fn apart_from(&self, other: &Origin) -> bool {
        self.source != other.source
            || self.branches.iter().any(|(at, way)| other.branches.iter().any(|(a, w)| a == at && w != way))
    }
}

impl Flow {
    fn of(source: u32) -> Self {
        Self { poisson: true, origins: vec![Origin { source, branches: Vec::new() }] }
    }

    /// The part that goes this way at a branching.
    fn branch(mut self, at: u32, way: u32) -> Self {
        self.origins.iter_mut().for_each(|o| o.branches.push((at, way)));
        self
    }

    fn and(mut self, other: Flow) -> Self {
        let apart = self.origins.iter().all(|a| other.origins.iter().all(|b| a.apart_from(b)));
        // The same request comes by more than one way, or more than once: the two are not independent.
        self.poisson &= other.poisson && apart;
        self.origins.extend(other.origins);
        self
    }
}

/// What is known of a kind of call: reads and writes may take different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Read,
    Write,
}

/// Branching by what a request does, which is a way of its own at every node.
const BY_KIND: u32 = u32::MAX;

/// The calls of a whole running design, as theory sees them.
pub(super) struct Arrivals<'a> {
    sim: &'a Simulation,
    /// By number of the node.
    models: Vec<Model>,
    links: Vec<LinkParams>,
    /// Links that lead to each node, in the order of the design.
    incoming: Vec<Vec<u32>>,
    /// Flows already found; `None` while one is being looked for, so that calls that come back are noticed.
    found: BTreeMap<(u32, Kind), Option<Result<Flow, String>>>,
}

fn parsed(params: &str) -> Map<String, Value> {
    serde_json::from_str(params).unwrap_or_default()
}

impl<'a> Arrivals<'a> {
    pub fn of(sim: &'a Simulation) -> Self {
        let world = sim.world();
        let model = |n: &NodeCore| crate::components::model(&n.kind, &parsed(&n.params));
        let link = |l: &LinkCore| LinkParams::read(&parsed(&l.params), &mut Reader::default());
        let mut incoming = vec![Vec::new(); world.nodes.len()];
        for &l in &world.link_order {
            incoming[world.links[l as usize].to as usize].push(l);
        }
        Self {
            sim,
            incoming,
            models: world.nodes.iter().map(model).collect(),
            links: world.links.iter().map(link).collect(),
            found: BTreeMap::new(),
        }
    }

    pub fn model(&self, node: u32) -> &Model {
        &self.models[node as usize]
    }

    /// Parameters of a link, by its number.
    pub fn params(&self, link: u32) -> &LinkParams {
        &self.links[link as usize]
    }

    fn node(&self, n: u32) -> &'a NodeCore {
        &self.sim.world().nodes[n as usize]
    }

    fn link(&self, l: u32) -> &'a LinkCore {
        &self.sim.world().links[l as usize]
    }

    fn name(&self, n: u32) -> String {
        name_of(self.node(n))
    }

    fn incoming(&self, node: u32) -> Vec<u32> {
        self.incoming[node as usize].clone()
    }

    /// Does a source make requests of this kind?
    fn makes(&self, source: u32, kind: Kind) -> bool {
        match self.model(source) {
            Model::Source(s) => s.endpoints.iter().any(|e| e.writes == (kind == Kind::Write)),
            _ => false,
        }
    }

    /// Kinds of calls that reach a node, or would if they were not all answered on the way.
    pub fn kinds(&self, node: u32) -> Vec<Kind> {
        let sources = self.upstream(node);
        let reaches = |kind: &Kind| sources.iter().any(|&s| self.makes(s, *kind));
        [Kind::Read, Kind::Write].into_iter().filter(reaches).collect()
    }

    /// The sources from which a node can be reached.
    pub fn upstream(&self, node: u32) -> Vec<u32> {
        let mut seen = vec![node];
        let mut at = 0;
        while at < seen.len() {
            for l in self.incoming(seen[at]) {
                let from = self.link(l).from;
                if !seen.contains(&from) {
                    seen.push(from);
                }
            }
            at += 1;
        }
        seen.retain(|&n| matches!(self.model(n), Model::Source(_)));
        seen
    }

    /// How calls of all kinds arrive at a node; or why theory cannot say, as the end of "arrivals are not Poisson: …".
    pub fn at(&mut self, node: u32) -> Result<Flow, String> {
        let mut all: Option<Flow> = None;
        for kind in self.kinds(node) {
            let flow = self.of_kind(node, kind)?.branch(BY_KIND, kind as u32);
            all = Some(match all {
                Some(other) => other.and(flow),
                None => flow,
            });
        }
        all.ok_or_else(|| "nobody calls it".to_owned())
    }

    fn of_kind(&mut self, node: u32, kind: Kind) -> Result<Flow, String> {
        match self.found.get(&(node, kind)) {
            Some(Some(known)) => return known.clone(),
            // Calls come back to where they have been.
            Some(None) => return Ok(Flow::default()),
            None => {}
        }
        self.found.insert((node, kind), None);
        let result = self.look(node, kind);
        self.found.insert((node, kind), Some(result.clone()));
        result
    }

    fn look(&mut self, node: u32, kind: Kind) -> Result<Flow, String> {
        let mut all: Option<Flow> = None;
        for l in self.incoming(node) {
            if let Some(flow) = self.over(l, kind)? {
                all = Some(match all {
                    Some(other) => other.and(flow),
                    None => flow,
                });
            }
        }
        all.ok_or_else(|| "nobody calls it".to_owned())
    }

    /// The calls of a kind that arrive over a link; `None` if there are none.
    fn over(&mut self, l: u32, kind: Kind) -> Result<Option<Flow>, String> {
        let (from, params) = (self.link(l).from, &self.links[l as usize]);
        let carries = match kind {
            Kind::Read => self.link(l).terms.reads,
            Kind::Write => self.link(l).terms.writes,
        };
        if !carries || params.calls_per_request == 0.0 {
            return Ok(None);
        }
        let again = self.link(l).caller.as_ref().map(|c| c.counters).unwrap_or_default();
        if again.retries > 0 || again.hedges > 0 {
            return Err(format!("calls from {} are made again when they fail or are slow", self.name(from)));
        }
        if again.bulkhead_refused > 0 || again.breaker_refused > 0 {
            return Err(format!("{} holds calls back", self.name(from)));
        }
        if params.calls_per_request > 1.0 {
            return Err(format!("each request makes {} calls from {}", params.calls_per_request, self.name(from)));
        }
        self.leaving(from, l, kind)
    }

    /// The calls of a kind that a node sends over one of its links.
    fn leaving(&mut self, from: u32, l: u32, kind: Kind) -> Result<Option<Flow>, String> {
        let name = self.name(from);
        let way = |at: u32, flow: Flow| Some(flow.branch(at, l));
        match self.model(from).clone() {
            Model::Source(_) if !self.makes(from, kind) => Ok(None),
            Model::Source(source) => {
                match source.spacing {
                    Spacing::Poisson { .. } => {}
                    Spacing::Other(how) => return Err(format!("{how} ({name})")),
                    Spacing::Closed { .. } => {
                        return Err(format!(
                            "{name} are a fixed number, and each waits for an answer before asking again"
                        ));
                    }
                }
                if source.retries && self.tried_again(from) {
                    return Err(format!("{name} try again when a request fails"));
                }
                Ok(way(from, Flow::of(from)))
            }
            Model::Splitter { depends, tries_again, .. } => {
                let flow = self.of_kind(from, kind)?;
                let servers: u32 = self.node(from).out.iter().map(|&l| self.instances(self.link(l).to)).sum();
                match depends {
                    Some(how) if servers > 1 => Err(format!("they come from {name}, which {how}")),
                    _ if tries_again && self.refusals_behind(from) => {
                        Err(format!("{name} sends what a server refused to another one"))
                    }
                    _ => Ok(way(from, flow)),
                }
            }
            Model::Cache { content, .. } => {
                let flow = self.of_kind(from, kind)?;
                match (kind, content) {
                    (Kind::Read, CacheContent::Keys { .. }) => Err(misses_of(&name)),
                    _ => Ok(Some(flow)),
                }
            }
            Model::Station(station) => self.leaving_station(from, &station, l, kind),
            Model::Unknown => Err(format!("they come from {name}, of which theory says nothing")),
        }
    }

    /// A station works on a call first, and then calls those behind it in turn.
    fn leaving_station(&mut self, from: u32, station: &Station, l: u32, kind: Kind) -> Result<Option<Flow>, String> {
        let name = self.name(from);
        let flow = self.of_kind(from, kind)?;
        if self.node(from).counters.waiting.max() > 0 {
            return Err(format!("they come from {name}, where requests wait for a slot and hold it while they call"));
        }
        if station.drops_oldest && self.failed(from) {
            return Err(format!("{name} drops requests"));
        }
        let mut flow = flow;
        for before in self.calls_before(from, l, kind) {
            flow.poisson &= self.passes(before, kind)?;
        }
        Ok(Some(flow))
    }

    /// The links that a request of this kind goes over, and waits for, before it comes to this one.
    fn calls_before(&self, from: u32, l: u32, kind: Kind) -> Vec<u32> {
        let world = self.sim.world();
        let caches_first = |&l: &u32| {
            let aside = world.downstream(l).look_aside_cache;
            if kind == Kind::Read { !aside } else { aside }
        };
        let mut order = self.node(from).out.clone();
        order.sort_by_key(caches_first);
        let carries = |l: &u32| match kind {
            Kind::Read => self.link(*l).terms.reads,
            Kind::Write => self.link(*l).terms.writes,
        };
        order.into_iter().take_while(|&o| o != l).filter(|o| carries(o) && self.links[*o as usize].wait).collect()
    }

    /// Do calls come back over this link as independently as they went? If so, whether as a Poisson process.
    fn passes(&mut self, l: u32, kind: Kind) -> Result<bool, String> {
        let (to, params) = (self.link(l).to, &self.links[l as usize]);
        let name = self.name(to);
        if params.bandwidth_mbps.is_some() {
            return Err(format!("answers from {name} wait for each other on the link"));
        }
        match self.model(to).clone() {
            Model::Cache { content: CacheContent::Ratio(_), .. } if self.node(to).out.is_empty() => Ok(true),
            // What passes a cache that keeps keys depends on what was asked before; writes take no notice of it.
            Model::Cache { content: CacheContent::Keys { .. }, .. } if kind == Kind::Read => Err(misses_of(&name)),
            Model::Cache { .. } if self.node(to).out.is_empty() => Ok(true),
            Model::Station(s) if self.node(to).out.is_empty() => {
                let waits = self.node(to).counters.waiting.max() > 0;
                match () {
                    () if self.failed(to) => Err(format!("{name} refuses some")),
                    // Nobody waited: each was delayed independently of the others.
                    () if !waits => Ok(true),
                    () if s.instances > 1 || !self.service(to, &s).is_some_and(exponential) => Err(format!(
                        "{name} lets them out unevenly: they wait there, and its service times are not exponential"
                    )),
                    () => Ok(self.at(to)?.poisson),
                }
            }
            _ => Err(format!("they come after a call to {name}, of which theory says nothing")),
        }
    }

    /// The distribution of service times at a station, if those of the calls that come there all have the same.
    pub fn service<'s>(&self, node: u32, station: &'s Station) -> Option<&'s Distribution> {
        match self.kinds(node).as_slice() {
            [Kind::Write] => Some(&station.write),
            [Kind::Read] => Some(&station.read),
            _ => (station.read == station.write).then_some(&station.read),
        }
    }

    /// Calls per second that come to a node if every source keeps to the rate that is set; `None` where that does not follow from
    /// the design alone.
    pub fn set_rate(&self, node: u32) -> Option<f64> {
        self.kinds(node).into_iter().map(|kind| self.set_rate_of(node, kind, 0)).sum()
    }

    fn set_rate_of(&self, node: u32, kind: Kind, depth: usize) -> Option<f64> {
        // Calls go in a circle.
        if depth > self.models.len() {
            return None;
        }
        let mut sum = 0.0;
        for l in self.incoming(node) {
            let (link, params) = (self.link(l), self.params(l));
            let carries = if kind == Kind::Read { link.terms.reads } else { link.terms.writes };
            if !carries || params.calls_per_request == 0.0 {
                continue;
            }
            if !params.paths.is_empty() || link.terms.loss > 0.0 {
                return None;
            }
            sum += params.calls_per_request * self.set_rate_over(l, kind, depth)?;
        }
        Some(sum)
    }

    /// The requests of a kind that ask a link for a call.
    fn set_rate_over(&self, l: u32, kind: Kind, depth: usize) -> Option<f64> {
        let (from, to) = (self.link(l).from, self.link(l).to);
        match self.model(from) {
            Model::Source(source) => {
                let Spacing::Poisson { rate_per_s } = source.spacing else { return None };
                let made = source.endpoints.iter().filter(|e| e.writes == (kind == Kind::Write)).map(|e| e.share);
                (self.node(from).out.len() == 1).then(|| rate_per_s * made.sum::<f64>())
            }
            Model::Splitter { depends: None, evenly: true, .. } => {
                let servers: u32 = self.node(from).out.iter().map(|&l| self.instances(self.link(l).to)).sum();
                let share = f64::from(self.instances(to)) / f64::from(servers.max(1));
                Some(self.set_rate_of(from, kind, depth + 1)? * share)
            }
            Model::Splitter { .. } if self.node(from).out.len() == 1 => self.set_rate_of(from, kind, depth + 1),
            Model::Station(_) if !self.failed(from) => self.set_rate_of(from, kind, depth + 1),
            _ => None,
        }
    }

    fn instances(&self, node: u32) -> u32 {
        match self.model(node) {
            Model::Station(s) => s.instances,
            _ => 1,
        }
    }

    /// Does every copy of a station get its calls by chance, and as many as any other? If not, why.
    pub fn shared_evenly(&self, node: u32) -> Result<(), String> {
        if self.instances(node) == 1 {
            return Ok(());
        }
        for l in self.incoming(node) {
            match self.model(self.link(l).from) {
                Model::Splitter { depends: None, evenly: true, .. } => {}
                Model::Splitter { .. } => {
                    return Err(format!("{} does not share them out evenly", self.name(self.link(l).from)));
                }
                _ => return Err("its instances take turns".to_owned()),
            }
        }
        Ok(())
    }

    /// How lookups at a cache spread over the keys: probability of one key, and number of such keys; and how many keys there
    /// are in all. If they are not drawn independently of each other, why, as a sentence.
    pub fn popularity_at(&self, cache: u32) -> Result<(Vec<(f64, f64)>, u64), String> {
        let kinds = self.kinds(cache);
        if kinds.contains(&Kind::Write) {
            return Err("Writes take keys out of it or put them in, besides the lookups.".to_owned());
        }
        let mut before = vec![cache];
        let mut at = 0;
        while at < before.len() {
            for l in self.incoming(before[at]) {
                let from = self.link(l).from;
                match self.model(from) {
                    Model::Cache { .. } => {
                        return Err(format!(
                            "Lookups are not independent: {} has answered some before.",
                            self.name(from)
                        ));
                    }
                    Model::Splitter { evenly: false, .. } => {
                        return Err(format!("It sees only the keys that {} sends its way.", self.name(from)));
                    }
                    Model::Unknown => return Err(format!("Theory says nothing of {}.", self.name(from))),
                    Model::Source(s) if s.retries && self.tried_again(from) => {
                        return Err(format!("Lookups are not independent: {} try again.", self.name(from)));
                    }
                    _ => {}
                }
                if !self.params(l).paths.is_empty() {
                    return Err("Only some paths come here.".to_owned());
                }
                if !before.contains(&from) {
                    before.push(from);
                }
            }
            at += 1;
        }
        let sources: Vec<u32> = before.into_iter().filter(|&n| matches!(self.model(n), Model::Source(_))).collect();
        let requests: u64 = sources.iter().map(|&s| self.node(s).counters.arrived).sum();
        let mut spaces: Vec<(&SourceEndpoint, f64)> = Vec::new();
        for &n in &sources {
            let Model::Source(source) = self.model(n) else {
                continue;
            };
            let share = self.node(n).counters.arrived as f64 / requests.max(1) as f64;
            for e in &source.endpoints {
                // The same path is the same keys.
                match spaces.iter_mut().find(|(other, _)| other.path == e.path) {
                    Some((other, sum)) if other.keys == e.keys && other.popularity == e.popularity => {
                        *sum += share * e.share;
                    }
                    Some(_) => return Err(format!("Several endpoints ask for {}, each in its own way.", e.path)),
                    None => spaces.push((e, share * e.share)),
                }
            }
        }
        let keys = spaces.iter().map(|(e, _)| e.keys).sum();
        let classes = spaces
            .iter()
            .flat_map(|(e, share)| e.popularity.classes(e.keys).into_iter().map(move |(p, n)| (p * share, n)));
        Ok((classes.collect(), keys))
    }

    pub fn failed(&self, node: u32) -> bool {
        self.node(node).counters.failed_total() > 0
    }

    /// Did users make more attempts than requests?
    fn tried_again(&self, source: u32) -> bool {
        let calls: u64 = self.node(source).out.iter().map(|&l| self.link(l).counters.calls).sum();
        calls > self.node(source).counters.arrived
    }

    fn refusals_behind(&self, node: u32) -> bool {
        self.node(node).out.iter().any(|&l| self.link(l).counters.failed > 0)
    }
}

fn misses_of(cache: &str) -> String {
    format!("they are what {cache} did not have, and that depends on what was asked before")
}

pub(super) fn exponential(time: &Distribution) -> bool {
    matches!(time, Distribution::Exponential { .. })
}

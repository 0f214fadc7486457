//! Watches a run for the screen: what happened lately, and the run so far as a chart. It only reads the simulation's
//! counters, at fixed simulated instants, so it gives the same whatever the slices of the run.

use super::histogram::sparse_quantiles;
use super::marks::Marks;
use super::{
    EndpointSnapshot, Latency, LinkSnapshot, MAX_ENDPOINTS, MAX_REMARKS, NodeCounters, NodeSnapshot, Own, OwnSnapshot,
    Parts, Point, RequestCounters, Series, Snapshot, Totals, Window, named,
};
use crate::analysis::contrasts::Contrasts;
use crate::analysis::relaxation::Worth;
use crate::analysis::{bottleneck, experience, growth, guards, lanes, metastable, troubles};
use crate::engine::call::Reason;
use crate::engine::caller::CallerCounters;
use crate::engine::world::NodeCore;
use crate::engine::{Ran, Simulation, Victim};
use crate::policies::breaker::State;
use crate::words::count;
use std::collections::BTreeMap;

/// Most points of a chart: when there are more, neighbours are merged and the step doubles.
pub const MAX_POINTS: usize = 240;
/// Length of a chart's step at the start of a run, ns.
const FIRST_STEP_NS: u64 = 10_000_000;
/// A drawn point stands for at least this many requests where it can, and a line has at least this many points: with fewer
/// requests it would show chance, with fewer points no course.
const REQUESTS_A_POINT: u64 = 50;
const FEWEST_POINTS: usize = 24;

/// See the module.
#[derive(Clone, Debug)]
pub struct Recorder {
    step_ns: u64,
    next_ns: u64,
    bins: Vec<Bin>,
    last: Edge,
    marks: Marks,
    contrasts: Contrasts,
}

/// What the chart needs of an instant: unlike a mark of the window it holds no histograms of nodes, as it is taken often.
#[derive(Clone, Debug, Default)]
struct Edge {
    at_ns: u64,
    requests: RequestCounters,
    nodes: BTreeMap<u32, NodeEdge>,
}

#[derive(Clone, Copy, Debug, Default)]
struct NodeEdge {
    hits: u64,
    lookups: u64,
    busy: f64,
    waiting: f64,
}

/// What happened in one step of the chart; bins add up.
#[derive(Clone, Debug, Default)]
struct Bin {
    offered: u64,
    answered: u64,
    in_time: u64,
    failed: [u64; Reason::ALL.len()],
    latency: Vec<(u16, u32)>,
    hits: u64,
    lookups: u64,
    /// Busy slots and calls waiting, by node: ∫ dt, ns; and the slots there were.
    nodes: BTreeMap<u32, (f64, f64, u32)>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Recorder {
    /// A recorder for a run that starts, or goes on, with the next call of [`Recorder::advance`].
    pub fn new() -> Self {
        Self {
            step_ns: FIRST_STEP_NS,
            next_ns: 0,
            bins: Vec::new(),
            last: Edge::default(),
            marks: Marks::default(),
            contrasts: Contrasts::default(),
        }
    }

    /// Runs the simulation as [`Simulation::run_until`] does, and records on the way.
    pub fn advance(&mut self, sim: &mut Simulation, t_ns: u64, max_events: u64) -> Ran {
        if self.next_ns == 0 {
            self.begin(sim);
        }
        let mut events = 0;
        loop {
            let until = t_ns.min(self.next_ns - 1);
            let ran = sim.run_until(until, max_events - events);
            events += ran.events;
            if !ran.reached || until == t_ns {
                return Ran { events, reached: ran.reached };
            }
            // Every event before the instant is done, none at it: now the clock may stand at it.
            self.record(sim);
        }
    }

    /// One event, as [`Simulation::step_event`], recording on the way.
    pub fn step_event(&mut self, sim: &mut Simulation) -> bool {
        let Some(t) = sim.next_event_ns() else {
            return false;
        };
        self.advance(sim, t.saturating_sub(1), u64::MAX);
        sim.step_event()
    }

    /// To the next completion, as [`Simulation::step_request`], recording on the way.
    pub fn step_request(&mut self, sim: &mut Simulation) -> bool {
        let completed = sim.completed();
        for _ in 0..10_000_000 {
            if !self.step_event(sim) {
                return false;
            }
            if sim.completed() != completed {
                return true;
            }
        }
        false
    }

    fn begin(&mut self, sim: &Simulation) {
        // A run that was restored goes on in the middle: the chart starts there.
        let start = sim.now_ns() / FIRST_STEP_NS * FIRST_STEP_NS;
        self.next_ns = start + self.step_ns;
        // What a run did at its very first instant, before it was recorded, belongs to its first step.
        if sim.now_ns() > 0 {
            self.last = Edge::of(sim, start);
            self.marks = Marks::from_now(sim);
        }
    }

    fn record(&mut self, sim: &Simulation) {
        let edge = Edge::of(sim, self.next_ns);
        self.bins.push(Bin::between(&self.last, &edge, sim));
        self.last = edge;
        if self.bins.len() >= MAX_POINTS && self.bins.len().is_multiple_of(2) {
            self.bins = self.bins.chunks(2).map(Bin::sum).collect();
            self.step_ns *= 2;
        }
        self.next_ns += self.step_ns;
    }

    /// Hits over lookups of all caches in the window; `None` without lookups.
    fn hit_ratio(&self, sim: &Simulation) -> Option<f64> {
        let before = &self.marks.start().nodes;
        let (mut hits, mut lookups) = (0, 0);
        for &n in &sim.world().node_order {
            let c = &sim.world().nodes[n as usize].counters;
            let (was_hits, was_misses) = before.get(&n).map_or((0, 0), |b| (b.hits, b.misses));
            hits += c.hits.saturating_sub(was_hits);
            lookups += (c.hits + c.misses).saturating_sub(was_hits + was_misses);
        }
        (lookups > 0).then(|| hits as f64 / lookups as f64)
    }

    /// How many bins are drawn as one point: a power of two, as bins merge in twos.
    fn bins_a_point(&self) -> usize {
        let ended: u64 = self.bins.iter().map(|b| b.answered + b.failed.iter().sum::<u64>()).sum();
        let bins = self.bins.len();
        let mut together = 1;
        while bins / (2 * together) >= FEWEST_POINTS && ended * (together as u64) < REQUESTS_A_POINT * bins as u64 {
            together *= 2;
        }
        together
    }

    /// The chart of the run so far, in steps long enough to hold requests. What has not filled a step yet is left out.
    pub fn series(&self, sim: &Simulation) -> Series {
        let together = self.bins_a_point();
        let wide: Vec<Bin>;
        let bins: &[Bin] = if together == 1 {
            &self.bins
        } else {
            wide = self.bins.chunks_exact(together).map(Bin::sum).collect();
            &wide
        };
        let step_ns = self.step_ns * together as u64;
        let start_ns = self.last.at_ns.saturating_sub(self.bins.len() as u64 * self.step_ns);
        let ids: Vec<u32> = sim.world().node_order.clone();
        let occurred: Vec<usize> = (0..Reason::ALL.len()).filter(|&r| bins.iter().any(|b| b.failed[r] > 0)).collect();
        let seconds = step_ns as f64 / 1e9;
        let rate = |n: u64| (n as f64 / seconds) as f32;
        let point = |bin: &Bin| Point {
            offered_per_s: rate(bin.offered),
            answered_per_s: rate(bin.answered),
            in_time_per_s: rate(bin.in_time),
            failed_per_s: occurred.iter().map(|&r| rate(bin.failed[r])).collect(),
            latency_ms: sparse_quantiles(&bin.latency, [0.5, 0.95, 0.99, 0.999]),
            hit_ratio: (bin.lookups > 0).then(|| (bin.hits as f64 / bin.lookups as f64) as f32),
            nodes: ids.iter().map(|n| bin.node(*n, step_ns)).collect(),
        };
        let mut series = Series {
            start_s: start_ns as f64 / 1e9,
            step_s: seconds,
            reasons: occurred.iter().map(|&r| Reason::ALL[r].name().to_owned()).collect(),
            node_ids: ids.iter().map(|&n| sim.world().nodes[n as usize].id.clone()).collect(),
            points: bins.iter().map(point).collect(),
        };
        if sim.world().nodes.len() > ids.len() {
            recall(&mut series, sim, bins, step_ns);
        }
        series
    }

    /// This instant. `speed` is simulated seconds per wall second: it sets the length of the window.
    pub fn snapshot(&mut self, sim: &Simulation, speed: f64) -> Snapshot {
        let now = sim.now_ns();
        self.marks.advance(sim, speed);
        let world = sim.world();
        let start = self.marks.start();
        let seconds = (now.saturating_sub(start.at_ns) as f64 / 1e9).max(1e-9);
        let (r, before) = (&world.requests, &start.requests);
        let per_s = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
        let mut snapshot = Snapshot {
            now_ns: now,
            events: sim.events(),
            totals: Totals {
                offered: r.offered,
                answered: r.answered,
                in_time: r.in_time,
                degraded: r.degraded,
                stale: r.stale,
                in_flight: r.in_flight(),
                failed: named(&r.failed).map(|(n, c)| (n.to_owned(), c)).collect(),
            },
            window: Window {
                seconds,
                offered_per_s: per_s(r.offered, before.offered),
                answered_per_s: per_s(r.answered, before.answered),
                in_time_per_s: per_s(r.in_time, before.in_time),
                failed_per_s: named(&r.failed)
                    .map(|(name, n)| {
                        let was = named(&before.failed).find(|(b, _)| *b == name).map_or(0, |(_, n)| n);
                        (name.to_owned(), per_s(n, was))
                    })
                    .collect(),
                latency: r.latency.summary_since(&before.latency),
                hit_ratio: self.hit_ratio(sim),
                parts: r.parts.since(&before.parts).filter(|p| p.requests >= FEW).or(r.parts.since(&Parts::default())),
            },
            endpoints: self.endpoints(sim, seconds),
            nodes: world.node_order.iter().map(|&n| with_ailment(self.node(sim, n, seconds), sim, n)).collect(),
            links: world.link_order.iter().map(|&l| self.link(sim, l, seconds)).collect(),
            confidence: r.confidence(Worth::of(sim).of_users()),
            faults: super::faults::spells(sim),
            finding: Default::default(),
            remarks: Vec::new(),
            telling: false,
        };
        snapshot.finding = bottleneck::finding(&snapshot, sim);
        (snapshot.remarks, snapshot.telling) = self.remarks(&snapshot, sim);
        snapshot
    }

    /// What is worth saying, the most important first: what the system does to itself, what policies are worth, effects, what guards
    /// do, faults (they are also marked where they are), and where the time goes.
    fn remarks(&mut self, snapshot: &Snapshot, sim: &Simulation) -> (Vec<(String, String)>, bool) {
        let (world, seconds) = (sim.world(), snapshot.window.seconds);
        let mut effects = Vec::new();
        let mut guarded = Vec::new();
        let mut rates_now = metastable::Now::default();
        for (node, &n) in snapshot.nodes.iter().zip(&world.node_order) {
            let kind = crate::components::kind(&world.nodes[n as usize].kind);
            if let Some(remark) = kind.and_then(|k| (k.says)(node)) {
                effects.push((node.id.clone(), remark));
            }
        }
        for (link, &l) in snapshot.links.iter().zip(&world.link_order) {
            let core = &world.links[l as usize];
            let before = self.marks.start().links.get(&l).copied().unwrap_or_default().1;
            let from = bottleneck::name_of(&world.nodes[core.from as usize]);
            let rates = guards::Rates::new(guard_counters(sim, l), before, seconds);
            let again = rates.retries();
            rates_now.retries_per_s += again;
            rates_now.calls_per_s += if again > 0.0 { link.calls_per_s } else { 0.0 };
            if let Some(remark) = rates.remark(from, link.calls_per_s, core.terms.calls_per_request) {
                guarded.push((world.nodes[core.to as usize].id.clone(), remark));
            }
        }
        let mut all = Vec::new();
        let users = self.answers(sim, seconds);
        let limiting = snapshot.nodes.iter().find(|n| Some(&n.id) == snapshot.finding.node.as_ref());
        rates_now.worked_off_per_s = limiting.map_or(0.0, |n| n.rate_out_per_s);
        all.extend(metastable::remark(sim, |from, to| self.traffic(from, to), rates_now));
        // Designs that are built to compare are about what they compare.
        let compared = self.contrasts.remarks(snapshot, sim);
        all.extend(if compared.is_empty() { lanes::remarks(sim, &users) } else { compared });
        all.extend(effects);
        // What the finding says already is not said again.
        all.retain(|(_, words)| !snapshot.finding.sentence.contains(words.as_str()));
        let telling = !all.is_empty();
        all.extend(experience::priorities(&users));
        all.extend(experience::shapes(sim, &users));
        let short = limiting.filter(|n| n.scarce_cores > 0 && n.utilisation > Some(NO_CORE_LEFT));
        let short = short.and_then(|n| world.nodes.iter().find(|core| core.alive && core.id == n.id));
        all.extend(short.and_then(growth::up_or_out));
        all.extend(guarded);
        all.extend(experience::goodput(&users));
        all.extend(experience::fallback(&users));
        all.extend(troubles::remarks(sim));
        all.extend(experience::latency(&users));
        let mut all = once_each(all);
        all.truncate(MAX_REMARKS);
        (all, telling)
    }

    /// What users asked for between two instants, ns, as far as whole steps of the chart lie between them.
    fn traffic(&self, from_ns: u64, to_ns: u64) -> metastable::Span {
        let start_ns = self.last.at_ns.saturating_sub(self.bins.len() as u64 * self.step_ns);
        let place = |at: u64| at.saturating_sub(start_ns);
        let first = place(from_ns).div_ceil(self.step_ns) as usize;
        let end = ((place(to_ns) / self.step_ns) as usize).min(self.bins.len());
        let bins = self.bins.get(first..end).unwrap_or_default();
        let mut span =
            metastable::Span { seconds: bins.len() as f64 * self.step_ns as f64 / 1e9, ..Default::default() };
        for bin in bins {
            let failed: u64 = bin.failed.iter().sum();
            span.offered += bin.offered;
            span.served += bin.in_time;
            span.lost += failed + bin.answered.saturating_sub(bin.in_time);
        }
        span
    }

    /// Of each users component, what became of its requests lately.
    #[inline(never)]
    fn answers(&self, sim: &Simulation, seconds: f64) -> Vec<experience::Answers> {
        let fresh = RequestCounters::default();
        let mut all: Vec<experience::Answers> = Vec::new();
        for (i, endpoint) in sim.world().endpoints.iter().take(MAX_ENDPOINTS).enumerate() {
            let core = &sim.world().nodes[endpoint.node as usize];
            if !core.alive {
                continue;
            }
            let (requests, before) =
                (sim.world().requests_of(i), self.marks.start().endpoints.get(i).unwrap_or(&fresh));
            let place = all.iter().position(|users| users.node == core.id).unwrap_or_else(|| {
                all.push(experience::Answers::of(endpoint.node, core.id.clone()));
                all.len() - 1
            });
            all[place].add(&endpoint.facts, requests, before, seconds);
        }
        all
    }

    fn endpoints(&self, sim: &Simulation, seconds: f64) -> Vec<EndpointSnapshot> {
        let fresh = RequestCounters::default();
        let shown = sim.world().endpoints.iter().take(MAX_ENDPOINTS).enumerate();
        shown
            .filter(|(_, e)| sim.world().nodes[e.node as usize].alive)
            .map(|(i, e)| {
                let (r, before) = (sim.world().requests_of(i), self.marks.start().endpoints.get(i).unwrap_or(&fresh));
                let was = before.status();
                let rate = |(status, n): (u16, u64)| {
                    (status, n.saturating_sub(was.get(&status).copied().unwrap_or(0)) as f64 / seconds)
                };
                EndpointSnapshot {
                    node: sim.world().nodes[e.node as usize].id.clone(),
                    name: e.facts.name.clone(),
                    route: format!("{} {}", e.facts.method, e.facts.path),
                    offered_per_s: r.offered.saturating_sub(before.offered) as f64 / seconds,
                    latency: r.latency.summary_since(&before.latency),
                    status_per_s: r.status().into_iter().map(rate).collect(),
                }
            })
            .collect()
    }

    fn node(&self, sim: &Simulation, n: u32, seconds: f64) -> NodeSnapshot {
        let core = &sim.world().nodes[n as usize];
        let (c, now) = (&core.counters, sim.now_ns());
        let fresh = NodeCounters::default();
        let before = self.marks.start().nodes.get(&n).unwrap_or(&fresh);
        let start = self.marks.start().at_ns;
        let mean = |now_area: f64, before_area: f64| ((now_area - before_area) / seconds / 1e9).max(0.0);
        let per_s = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
        let lookups = (c.hits + c.misses).saturating_sub(before.hits + before.misses);
        let mut residence: Latency = c.residence.summary_since(&before.residence);
        if residence.count < FEW {
            residence = c.residence.summary();
        }
        let slots = core.facts.slots;
        let slots_mean = mean(c.slots.area(now), before.slots.area(start));
        let cores_mean = slots_mean * core.facts.cores_per_slot();
        let computing = mean(c.computing.area(now), before.computing.area(start));
        let cpu = if cores_mean > 0.0 { computing / cores_mean } else { 0.0 };
        let busy_mean = mean(c.busy.area(now), before.busy.area(start));
        NodeSnapshot {
            id: core.id.clone(),
            rate_in_per_s: per_s(c.arrived, before.arrived),
            rate_out_per_s: per_s(c.replied, before.replied),
            failed_per_s: per_s(c.failed_total(), before.failed_total()),
            utilisation: (slots_mean > 0.0).then(|| (busy_mean / slots_mean).max(cpu)),
            scarce_cores: if cpu > 0.0 && cpu + SCARCER >= busy_mean / slots_mean { core.facts.cores } else { 0 },
            busy: c.busy.value(),
            slots,
            cost_usd_per_hour: crate::analysis::cost::as_run(core, sim.world().measure_from, now),
            queue: c.waiting.value(),
            queue_mean: mean(c.waiting.area(now), before.waiting.area(start)),
            queue_limit: core.facts.queue_limit,
            inside: c.inside.value(),
            residence,
            hit_ratio: (lookups > 0).then(|| c.hits.saturating_sub(before.hits) as f64 / lookups as f64),
            evictions_per_s: per_s(c.evictions, before.evictions),
            failed: named(&c.failed).map(|(name, n)| (name.to_owned(), n)).collect(),
            stale_per_s: per_s(c.stale, before.stale),
            own: (c.own.iter().enumerate())
                .map(|(i, own)| own_snapshot(own, before.own.get(i), now, seconds))
                .collect(),
            ails: None,
            faults: sim.faults_on(|victim| match victim {
                Victim::Node(id) => *id == core.id,
                Victim::Zone(zone) => core.zone.as_ref() == Some(zone),
                Victim::Link(_) => false,
            }),
            made_of: sim.behaviours[n as usize]
                .made_of(&|instance| !core.impaired.any || !core.impaired.is_down(instance)),
        }
    }

    fn link(&self, sim: &Simulation, l: u32, seconds: f64) -> LinkSnapshot {
        let link = &sim.world().links[l as usize];
        let before = self.marks.start().links.get(&l).copied().unwrap_or_default().0;
        let per_s = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
        LinkSnapshot {
            id: link.id.clone(),
            calls_per_s: per_s(link.counters.calls, before.calls),
            replies_per_s: per_s(link.counters.replies, before.replies),
            failed_per_s: per_s(link.counters.failed, before.failed),
            lost_per_s: per_s(link.counters.lost, before.lost),
            breaker: link.caller.as_ref().and_then(|c| c.breaker()).map(|b| {
                match b.state() {
                    State::Closed => "closed",
                    State::Open(_) => "open",
                    State::HalfOpen => "half_open",
                }
                .to_owned()
            }),
            retries: link.caller.as_ref().map_or(0, |c| c.counters.retries),
            faults: sim.faults_on(|victim| matches!(victim, Victim::Link(id) if *id == link.id)),
        }
    }
}

/// A component that was deleted and is back has another number than before: these are its figures of then.
#[inline(never)]
fn recall(series: &mut Series, sim: &Simulation, bins: &[Bin], step_ns: u64) {
    let (order, nodes) = (&sim.world().node_order, &sim.world().nodes);
    for (gone, core) in nodes.iter().enumerate().filter(|(_, core)| !core.alive) {
        let is_it = |now: &NodeCore| now.id == core.id && now.kind == core.kind;
        let Some(place) = order.iter().position(|&n| is_it(&nodes[n as usize])) else {
            continue;
        };
        for (point, bin) in series.points.iter_mut().zip(bins) {
            if point.nodes[place][0].is_nan() {
                point.nodes[place] = bin.node(gone as u32, step_ns);
            }
        }
    }
}

/// The node with what its kind has to say of its own trouble.
fn with_ailment(mut node: NodeSnapshot, sim: &Simulation, n: u32) -> NodeSnapshot {
    let kind = crate::components::kind(&sim.world().nodes[n as usize].kind);
    node.ails = kind.and_then(|k| (k.ails)(&node));
    node
}

/// Each sentence once: where it is said of others as well, how many.
fn once_each(all: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut said: Vec<((String, String), u64)> = Vec::with_capacity(all.len());
    for remark in all {
        match said.iter_mut().find(|(told, _)| told.1 == remark.1) {
            Some((_, others)) => *others += 1,
            None => said.push((remark, 0)),
        }
    }
    let told = said.into_iter().map(|((node, words), others)| match others {
        0 => (node, words),
        n => (node, format!("{words} The same at {}.", count(n, "other component"))),
    });
    told.collect()
}

/// What the guard of a link has done.
pub(super) fn guard_counters(sim: &Simulation, l: u32) -> CallerCounters {
    sim.world().links[l as usize].caller.as_ref().map(|c| c.counters).unwrap_or_default()
}

/// A kind's own figure, now and since `before`.
fn own_snapshot(own: &Own, before: Option<&Own>, now: u64, seconds: f64) -> OwnSnapshot {
    let (value, recent) = match (own, before) {
        (Own::Count(n), before) => {
            let was = if let Some(Own::Count(was)) = before { *was } else { 0 };
            (*n as f64, n.saturating_sub(was) as f64 / seconds)
        }
        (Own::Level(level), before) => {
            let start = now.saturating_sub((seconds * 1e9) as u64);
            let was = if let Some(Own::Level(was)) = before { was.area(start) } else { 0.0 };
            (f64::from(level.value()), ((level.area(now) - was) / seconds / 1e9).max(0.0))
        }
        (Own::Span(spans), before) => {
            let mut lately = if let Some(Own::Span(was)) = before { spans.summary_since(was) } else { spans.summary() };
            if lately.count < FEW {
                lately = spans.summary();
            }
            (lately.mean_ms, lately.p99_ms)
        }
    };
    OwnSnapshot { value, recent }
}

/// Cores count as the scarcer when they are as busy as the slots, or nearly: who waits for a core holds a slot meanwhile.
const SCARCER: f64 = 0.03;

/// Share of the cores busy beyond which they are what is short.
const NO_CORE_LEFT: f64 = 0.95;

/// Below this many observations a window says little of percentiles: then the whole run speaks.
const FEW: u64 = 20;

impl Edge {
    fn of(sim: &Simulation, at_ns: u64) -> Self {
        let world = sim.world();
        let edge = |n: u32| {
            let c = &world.nodes[n as usize].counters;
            let (busy, waiting) = (c.busy.area(at_ns), c.waiting.area(at_ns));
            NodeEdge { hits: c.hits, lookups: c.hits + c.misses, busy, waiting }
        };
        let nodes = world.node_order.iter().map(|&n| (n, edge(n))).collect();
        Self { at_ns, requests: world.requests.without_batches(), nodes }
    }
}

impl Bin {
    fn between(before: &Edge, after: &Edge, sim: &Simulation) -> Self {
        let (a, b) = (&after.requests, &before.requests);
        let mut bin = Bin {
            offered: a.offered.saturating_sub(b.offered),
            answered: a.answered.saturating_sub(b.answered),
            in_time: a.in_time.saturating_sub(b.in_time),
            failed: std::array::from_fn(|r| a.failed[r].saturating_sub(b.failed[r])),
            latency: a.latency.sparse_since(&b.latency),
            ..Bin::default()
        };
        for (n, now) in &after.nodes {
            let was = before.nodes.get(n).copied().unwrap_or_default();
            bin.hits += now.hits.saturating_sub(was.hits);
            bin.lookups += now.lookups.saturating_sub(was.lookups);
            let slots = sim.world().nodes[*n as usize].facts.slots;
            bin.nodes.insert(*n, ((now.busy - was.busy).max(0.0), (now.waiting - was.waiting).max(0.0), slots));
        }
        bin
    }

    fn sum(bins: &[Bin]) -> Bin {
        let mut all = Bin::default();
        for bin in bins {
            all.offered += bin.offered;
            all.answered += bin.answered;
            all.in_time += bin.in_time;
            all.hits += bin.hits;
            all.lookups += bin.lookups;
            for (sum, n) in all.failed.iter_mut().zip(bin.failed) {
                *sum += n;
            }
            all.latency = both(&all.latency, &bin.latency);
            for (&n, &(busy, waiting, slots)) in &bin.nodes {
                let sum = all.nodes.entry(n).or_default();
                *sum = (sum.0 + busy, sum.1 + waiting, slots);
            }
        }
        all
    }

    /// Utilisation and mean queue of a node; NaN if it was not there.
    #[inline(always)]
    fn node(&self, n: u32, step_ns: u64) -> [f32; 2] {
        let Some(&(busy, waiting, slots)) = self.nodes.get(&n) else {
            return [f32::NAN; 2];
        };
        let step = step_ns as f64;
        [(busy / step / f64::from(slots.max(1))) as f32, (waiting / step) as f32]
    }
}

/// What two histograms count together: buckets in order, and how many are in each.
fn both(a: &[(u16, u32)], b: &[(u16, u32)]) -> Vec<(u16, u32)> {
    let mut sum = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    loop {
        match (a.peek(), b.peek()) {
            (Some(&(i, n)), Some(&(j, m))) if i == j => {
                sum.push((i, n + m));
                a.next();
                b.next();
            }
            (Some(&(i, _)), Some(&(j, _))) => sum.extend(if i < j { a.next() } else { b.next() }),
            _ => break,
        }
    }
    sum.extend(a.chain(b));
    sum
}

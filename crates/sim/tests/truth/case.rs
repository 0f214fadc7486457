//! A case: one system, what theory says of it, and how it is simulated.

use std::collections::BTreeMap;

use backpressure_sim::Simulation;
use backpressure_sim::analysis::model::Model;
use backpressure_sim::components::model;
use backpressure_sim::design::Design;
use backpressure_sim::metrics::{NodeReport, Report};

/// One system. Its figures become rows of the table.
pub struct Case {
    /// What it is, as people call it: `M/M/1`.
    pub name: &'static str,
    /// The formula, with its source where it is not in every textbook.
    pub law: &'static str,
    /// How it was simulated, in words.
    pub how: String,
    pub figures: Vec<Figure>,
    /// One independent replication.
    pub replicate: Box<dyn Fn(u64) -> Replicate + Send + Sync>,
}

/// A number that theory gives.
pub struct Figure {
    pub what: String,
    pub theory: f64,
    pub within: Within,
}

/// When theory and simulation agree.
#[derive(Clone, Copy, PartialEq)]
pub enum Within {
    /// The formula is exact: it lies in the confidence interval, and neither 2 % more nor 2 % less does.
    Interval,
    /// The formula is an approximation, or a limit: it lies within this much (absolute), and the interval is narrower.
    Approximation(f64),
}

/// What one replication gave.
pub struct Replicate {
    /// In the order of the case's figures.
    pub figures: Vec<f64>,
    pub stations: Vec<Station>,
}

/// The laws that hold at every station, each as a ratio of its two sides: 1 if it holds.
pub struct Station {
    /// L over λW.
    pub little: f64,
    /// Is the difference of the two sides no more than what the calls in flight at the two ends of the run explain?
    pub little_holds: bool,
    /// Busy slots over throughput times service time; for stations whose service time stands in the design.
    pub utilisation: Option<f64>,
}

/// A run of a design: how long, and what to look at on the way.
pub struct Run {
    pub design: Design,
    /// Simulated time that is thrown away, and simulated time measured after it, s.
    pub warmup_s: f64,
    pub measured_s: f64,
    /// Look at the number inside these nodes (places in the design) this often, s.
    pub look: Option<(std::ops::Range<usize>, f64)>,
}

/// What was seen of a run.
pub struct Seen {
    pub report: Report,
    /// Users' requests in flight when measuring began.
    in_flight_before: u64,
    /// How often each number inside was seen, over all the nodes looked at.
    inside: BTreeMap<u32, u64>,
}

impl Seen {
    /// Share of looks that saw such a number inside.
    pub fn share(&self, such: impl Fn(u32) -> bool) -> f64 {
        let total: u64 = self.inside.values().sum();
        let seen: u64 = self.inside.iter().filter(|(n, _)| such(**n)).map(|(_, c)| c).sum();
        seen as f64 / total as f64
    }

    pub fn node(&self, id: &str) -> &NodeReport {
        &self.report.nodes[id]
    }

    /// Share of the users' requests that failed for this reason.
    pub fn failed_share(&self, reason: &str) -> f64 {
        *self.report.requests.failed.get(reason).unwrap_or(&0) as f64 / self.report.requests.offered as f64
    }
}

/// Calls a station must have answered for the laws to be held against it.
const ENOUGH: f64 = 10_000.0;
/// Most calls that a users' request makes to one station in any of the cases.
const MOST_VISITS: f64 = 4.0;

/// A figure of a run, and how it is read.
pub type Reading = (Figure, Box<dyn Fn(&Seen) -> f64 + Send + Sync>);

/// A figure whose formula is exact.
pub fn exact(what: &str, theory: f64, read: impl Fn(&Seen) -> f64 + Send + Sync + 'static) -> Reading {
    (Figure { what: what.to_owned(), theory, within: Within::Interval }, Box::new(read))
}

/// A figure whose formula is good to `tolerance` (absolute).
pub fn about(what: &str, theory: f64, tolerance: f64, read: impl Fn(&Seen) -> f64 + Send + Sync + 'static) -> Reading {
    (Figure { what: what.to_owned(), theory, within: Within::Approximation(tolerance) }, Box::new(read))
}

impl Case {
    /// A case that runs a design through the whole engine.
    pub fn of_run(name: &'static str, law: &'static str, run: Run, readings: Vec<Reading>) -> Self {
        let how = format!("{} s after {} s of warm-up", run.measured_s, run.warmup_s);
        let (figures, readers): (Vec<_>, Vec<_>) = readings.into_iter().unzip();
        let replicate = move |seed| {
            let seen = run.replicate(seed);
            Replicate { figures: readers.iter().map(|read| read(&seen)).collect(), stations: run.stations(&seen) }
        };
        Self { name, law, how, figures, replicate: Box::new(replicate) }
    }

    /// A case that drives a policy by itself, as a component would.
    pub fn of_policy(
        name: &'static str,
        law: &'static str,
        how: &str,
        figures: Vec<Figure>,
        replicate: impl Fn(u64) -> Vec<f64> + Send + Sync + 'static,
    ) -> Self {
        let replicate = move |seed| Replicate { figures: replicate(seed), stations: Vec::new() };
        Self { name, law, how: format!("*Policy* by itself: {how}"), figures, replicate: Box::new(replicate) }
    }
}

impl Run {
    pub fn new(design: Design, warmup_s: f64, measured_s: f64) -> Self {
        Self { design, warmup_s, measured_s, look: None }
    }

    /// Looks at these nodes every so often.
    pub fn looking(mut self, nodes: std::ops::Range<usize>, every_s: f64) -> Self {
        self.look = Some((nodes, every_s));
        self
    }

    fn replicate(&self, seed: u64) -> Seen {
        let ns = |s: f64| (s * 1e9) as u64;
        let design = Design { seed, ..self.design.clone() };
        let mut sim = Simulation::new(&design).unwrap_or_else(|problems| panic!("{problems:#?}"));
        sim.run_until(ns(self.warmup_s), u64::MAX);
        let in_flight_before = sim.in_flight();
        sim.start_measuring();
        let end = ns(self.warmup_s + self.measured_s);
        let mut inside = BTreeMap::new();
        if let Some((nodes, every_s)) = &self.look {
            while sim.now_ns() < end {
                sim.run_until((sim.now_ns() + ns(*every_s)).min(end), u64::MAX);
                for place in nodes.clone() {
                    *inside.entry(sim.levels(place).unwrap_or_default().inside).or_default() += 1;
                }
            }
        }
        sim.run_until(end, u64::MAX);
        sim.check_conservation().unwrap_or_else(|problem| panic!("{problem}"));
        Seen { report: sim.report(0.0), in_flight_before, inside }
    }

    /// The laws at each station of a finished run that answered enough for the calls at the two ends, which are counted
    /// on one side of a law and not on the other, not to matter.
    fn stations(&self, seen: &Seen) -> Vec<Station> {
        let report = &seen.report;
        let at_the_ends = (seen.in_flight_before + report.requests.in_flight) as f64;
        let mut out = Vec::new();
        for node in &self.design.nodes {
            let r = &report.nodes[&node.id];
            // The mean residence is that of answered calls. Refusals at the door take no time; other failures do.
            if r.rate_out_per_s * report.measured_s < ENOUGH
                || !r.residence_ms.mean.is_normal()
                || r.failed.keys().any(|reason| reason != "queue_full")
                // Writes on their way to its last replicas are inside it, though nobody waits for them any more.
                || r.kind == "kv_store"
            {
                continue;
            }
            let (l, lambda_w) = (r.concurrency_mean, r.rate_out_per_s * r.residence_ms.mean / 1000.0);
            let (little, explained) = (l / lambda_w, at_the_ends * MOST_VISITS * r.residence_ms.max / 1000.0);
            let little_holds = (l - lambda_w).abs() * report.measured_s <= explained + 1e-9;
            let calls_others = self.design.links.iter().any(|l| l.from == node.id);
            let utilisation = match model(&node.kind, &node.params) {
                Model::Station(s) if !calls_others => r.utilisation.map(|busy| {
                    let slots = f64::from(s.instances * s.servers);
                    busy * slots / (r.rate_out_per_s * s.read.mean_ms() / 1000.0)
                }),
                _ => None,
            };
            out.push(Station { little, little_holds, utilisation });
        }
        out
    }
}

//! Theory beside simulation, component by component: what a formula says if its assumptions hold; if none does, which
//! assumption fails.
//!
//! Formulas get the arrival rate that is set, where it follows from the design; else the one that was measured, and then a verdict
//! allows for how far that may be off. There is none before the run is long enough for it (`relaxation.rs`).

use super::arrivals::{Arrivals, exponential};
use super::model::{CacheContent, Model, Spacing, Station};
use super::relaxation::{MEAN, SHARE, Worth, independent};
use super::stationarity::{self, Growing};
use super::statistics::t_quantile;
use super::theory;
use crate::design::Distribution;
use crate::engine::Simulation;
use crate::engine::call::Reason;
use crate::metrics::{Ends, NodeCounters, figure, node_row, quantile};
use crate::policies::eviction::Eviction;
use crate::words;
use backpressure_pack::Pack;
use serde::Serialize;
use std::collections::BTreeMap;

/// How sure the interval beside a theoretical value is.
pub const CONFIDENCE: f64 = 0.99;
/// Che's approximation is good to about a percentage point.
const CHE: f64 = 0.01;
/// A queue that is full for so few of the calls that came might as well have no end.
const NEVER: f64 = 0.01;
/// The histogram knows a percentile to half a bucket.
const BUCKET: f64 = 0.004;
/// Fewer refusals, counted by clusters, are no matter of batches.
const FEW: f64 = 30.0;
/// A measured rate that is off by so many standard deviations of a Poisson process is not the one that is set.
const NOT_THAT: f64 = 4.0;

/// What theory says of one component.
#[derive(Clone, Debug, PartialEq, Serialize, Pack)]
pub struct Comparison {
    /// Name of the formula that applies (`M/M/1`); `None` if none does.
    pub model: Option<String>,
    /// What it assumes, which is the case here; or which assumption fails. A sentence.
    pub reason: String,
    /// Theory and simulation, figure by figure; none if no formula applies.
    pub figures: Vec<Compared>,
}

/// One figure of a [`Comparison`].
#[derive(Clone, Debug, PartialEq, Serialize, Pack)]
pub struct Compared {
    /// What it is.
    pub figure: Quantity,
    /// What the formula gives, at the arrival rate that [`Comparison::reason`] names.
    pub theory: f64,
    /// What the simulation gave since the system last changed.
    pub simulated: f64,
    /// Between which values the simulation would be in the long run, with 99 % confidence.
    pub interval: Ends,
    /// Does theory lie in the interval (or, where it is an approximation, near enough)? `None` while it is too early to say.
    pub agrees: Option<bool>,
}

impl Compared {
    /// The rate is known to lie between two values, at which theory is this (the figure has place `i`): it agrees if any value
    /// between would. If there are none, it is too early to say.
    fn allow_for(&mut self, bounds: Option<&(Comparison, Comparison)>, i: usize) {
        self.agrees = bounds.zip(self.interval).and_then(|((a, b), [low, high])| {
            let (a, b) = (a.figures.get(i)?.theory, b.figures.get(i)?.theory);
            let near = if self.figure == Quantity::TimeP99Ms { BUCKET * self.theory } else { 0.0 };
            Some(low - near <= a.max(b) && a.min(b) <= high + near)
        });
    }
}

/// A figure that theory has a formula for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Pack)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Mean time from arrival to answer, ms.
    TimeMs,
    /// Its 99th percentile, ms.
    TimeP99Ms,
    /// Mean number waiting for a slot.
    Waiting,
    /// Mean number inside.
    Inside,
    /// Share of slots busy, 0 to 1.
    Utilisation,
    /// Share of arrivals that are refused, 0 to 1.
    Refused,
    /// Share of lookups that hit, 0 to 1.
    HitRatio,
    /// Calls answered per second.
    Throughput,
}

impl Quantity {
    /// As people call it.
    pub fn label(self) -> &'static str {
        match self {
            Quantity::TimeMs => "Mean time",
            Quantity::TimeP99Ms => "99th percentile of time",
            Quantity::Waiting => "Mean queue",
            Quantity::Inside => "Mean number inside",
            Quantity::Utilisation => "Utilisation",
            Quantity::Refused => "Share refused",
            Quantity::HitRatio => "Hit ratio",
            Quantity::Throughput => "Throughput",
        }
    }
}

/// What theory says of the node at this place of the design; `None` beyond the last, and for components that neither
/// queue nor keep anything.
pub fn compare(sim: &Simulation, place: usize) -> Option<Comparison> {
    let node = *sim.world().node_order.get(place)?;
    compare_node(sim, node, &mut Arrivals::of(sim), &stationarity::growing(sim), &Worth::of(sim))
}

/// The same for every node there is something to say of, by id.
pub fn compare_all(sim: &Simulation) -> BTreeMap<String, Comparison> {
    let (mut arrivals, growing, worth) = (Arrivals::of(sim), stationarity::growing(sim), Worth::of(sim));
    let said = |&node: &u32| {
        Some((sim.world().nodes[node as usize].id.clone(), compare_node(sim, node, &mut arrivals, &growing, &worth)?))
    };
    sim.world().node_order.iter().filter_map(said).collect()
}

fn compare_node(
    sim: &Simulation,
    node: u32,
    arrivals: &mut Arrivals,
    growing: &[Growing],
    worth: &Worth,
) -> Option<Comparison> {
    let model = match arrivals.model(node).clone() {
        Model::Source(_) | Model::Splitter { .. } => return None,
        model => model,
    };
    let at = At { sim, node, counters: &sim.world().nodes[node as usize].counters, worth: worth.at(node) };
    let result = at.undisturbed(growing, &model, arrivals).and_then(|()| match model {
        Model::Station(station) => at.station(&station, arrivals),
        Model::Cache { content, .. } => at.cache(&content, arrivals),
        _ => Err("Theory has no formula for this kind of component.".to_owned()),
    });
    Some(result.unwrap_or_else(|reason| Comparison { model: None, reason, figures: Vec::new() }))
}

/// One node of a run.
struct At<'a> {
    sim: &'a Simulation,
    node: u32,
    counters: &'a NodeCounters,
    /// How many independent observations the run holds of its times.
    worth: f64,
}

/// Calls arriving.
struct Rate {
    per_ms: f64,
    /// If it was measured: between which values it may be. An empty option if it is too early to say.
    measured: Option<Ends>,
}

/// Why no formula applies, in a sentence.
type Answer = Result<Comparison, String>;

fn holds(model: &str, because: &str, figures: Vec<Option<Compared>>) -> Answer {
    Ok(Comparison {
        model: Some(model.to_owned()),
        reason: because.to_owned(),
        figures: figures.into_iter().flatten().collect(),
    })
}

impl At<'_> {
    /// Is the system what the design says, and in a steady state?
    fn undisturbed(&self, growing: &[Growing], model: &Model, arrivals: &Arrivals) -> Result<(), String> {
        let world = self.sim.world();
        if let Some(fault) = world.faults.iter().find(|f| f.active) {
            return Err(format!("Something is broken at the moment: {}.", fault.params.trouble.name()));
        }
        if growing.iter().any(|g| g.node == world.nodes[self.node as usize].id) {
            let room = |s: &Station| {
                let offered = arrivals.set_rate(self.node)? / 1e3 * arrivals.service(self.node, s)?.mean_ms();
                Some(offered < f64::from(s.instances * s.servers))
            };
            return Err(match model {
                Model::Station(s) if room(s) == Some(true) => {
                    "It is too early to say: so near to saturation a queue takes long to settle.".to_owned()
                }
                _ => "There is no steady state: more arrives than can be done.".to_owned(),
            });
        }
        if self.counters.failed_total() > self.counters.failed[Reason::QueueFull as usize] {
            return Err("Calls fail here for other reasons than a full queue.".to_owned());
        }
        if self.counters.batches.ratio(node_row::ARRIVED, node_row::TIME).is_none() {
            return Err("It is too early to say: too few calls have come.".to_owned());
        }
        Ok(())
    }

    /// What arrives, as it is set or as it was measured.
    fn rate(&self, arrivals: &Arrivals) -> Rate {
        let batches = &self.counters.batches;
        let (value, ends) = figure(batches, node_row::ARRIVED, node_row::TIME, 1e6, CONFIDENCE);
        let per_ms = value.unwrap_or(0.0);
        // A rate that a fault or something else changed for a while is not the one that is set.
        let chance = NOT_THAT * batches.grown(node_row::ARRIVED).sqrt() / batches.grown(node_row::TIME).max(1.0) * 1e6;
        match arrivals.set_rate(self.node).map(|per_s| per_s / 1e3) {
            Some(set) if (set - per_ms).abs() <= chance => Rate { per_ms: set, measured: None },
            _ => Rate { per_ms, measured: Some(ends) },
        }
    }

    fn row(
        &self,
        figure: Quantity,
        theory: f64,
        simulated: Option<f64>,
        interval: Ends,
        near: f64,
    ) -> Option<Compared> {
        let simulated = simulated?;
        let facts = &self.sim.world().nodes[self.node as usize].facts;
        let queue = facts.queue_limit.map_or(f64::INFINITY, f64::from);
        let most = match figure {
            Quantity::Utilisation | Quantity::Refused | Quantity::HitRatio => 1.0,
            Quantity::Waiting => queue,
            Quantity::Inside => queue + f64::from(facts.slots),
            _ => f64::INFINITY,
        };
        let interval = interval.map(|ends| ends.map(|end| end.clamp(0.0, most)));
        let inside = |[low, high]: [f64; 2]| low - near <= theory && theory <= high + near;
        Some(Compared { figure, theory, simulated, interval, agrees: interval.map(inside) })
    }

    /// A figure that is one counter over another.
    fn counted(&self, what: Quantity, theory: f64, over: usize, under: usize, unit: f64) -> Option<Compared> {
        let (value, ends) = figure(&self.counters.batches, over, under, unit, CONFIDENCE);
        let needs = match what {
            Quantity::TimeMs | Quantity::Waiting | Quantity::Inside => MEAN,
            Quantity::Utilisation => SHARE,
            _ => 0.0,
        };
        self.row(what, theory, value, ends.filter(|_| self.worth >= needs), 0.0)
    }

    /// The figures of a queue with this mean number waiting, and service of `mean` ms.
    fn queue(&self, s: &Station, mean: f64, waiting: f64, busy: f64, answered_per_ms: f64) -> Vec<Option<Compared>> {
        use node_row::{BUSY, INSIDE, RESIDENCE, RESIDENTS, TIME, WAITING};
        let slots = f64::from(s.instances * s.servers);
        vec![
            self.counted(Quantity::TimeMs, mean + waiting / answered_per_ms, RESIDENCE, RESIDENTS, 1e-6),
            self.counted(Quantity::Waiting, waiting, WAITING, TIME, 1.0),
            self.counted(Quantity::Inside, waiting + busy, INSIDE, TIME, 1.0),
            self.counted(Quantity::Utilisation, busy / slots, BUSY, TIME, 1.0 / slots),
        ]
    }

    /// The share refused, where `load` is offered to each slot. Refusals come in clusters: of those that come to a queue near its
    /// end, about (1 + ρ)/(1 − ρ) count as one. Where there are few clusters, batches without any would make the interval too
    /// narrow, and without one it would have no width; then it is that of a Poisson number (Garwood, 1936; quantiles by Wilson
    /// & Hilferty, 1931), of which none seen leaves up to five expected.
    fn refused(&self, theory: f64, load: f64) -> Option<Compared> {
        let batches = &self.counters.batches;
        let (refused, came) = (batches.grown(node_row::FAILED), batches.grown(node_row::ARRIVED));
        let cluster = if load < 1.0 { (1.0 + load) / (1.0 - load) } else { 1.0 };
        let seen = refused / cluster;
        if seen >= FEW || load >= 1.0 {
            return self.counted(Quantity::Refused, theory, node_row::FAILED, node_row::ARRIVED, 1.0);
        }
        let z = t_quantile(CONFIDENCE, u32::MAX);
        let gamma = |shape: f64, z: f64| {
            let root = (1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt())).max(0.0);
            shape * root * root * root
        };
        let low = if refused > 0.0 { gamma(seen, -z) } else { 0.0 };
        let ends = [low, gamma(seen + 1.0, z)].map(|clusters| clusters * cluster / came);
        self.row(Quantity::Refused, theory, batches.ratio(node_row::FAILED, node_row::ARRIVED), Some(ends), 0.0)
    }

    fn station(&self, s: &Station, arrivals: &mut Arrivals) -> Answer {
        if !self.sim.world().nodes[self.node as usize].out.is_empty() {
            return Err(
                "It holds a slot while it calls others, so the time a slot is taken depends on them.".to_owned()
            );
        }
        let service = arrivals
            .service(self.node, s)
            .ok_or("It serves reads and writes, which take times of two distributions.")?;
        if let Some(closed) = self.closed(s, service, arrivals) {
            return closed;
        }
        let because = |why: String| format!("Arrivals are not Poisson: {why}.");
        let flow = arrivals.at(self.node).map_err(because)?;
        arrivals.shared_evenly(self.node).map_err(because)?;
        if !flow.poisson && !exponential(service) {
            return Err("The same request comes here more than once, and service times are not exponential.".to_owned());
        }
        let poisson = if flow.poisson {
            "Poisson arrivals"
        } else {
            "a network of product form, in which it stands as if arrivals were Poisson"
        };
        let rate = self.rate(arrivals);
        let how = if rate.measured.is_some() { "at the measured" } else { "at the set" };
        let poisson = format!("{poisson} {how} {}/s", words::figure(rate.per_ms * 1e3));
        let mut said = self.judging_by(&rate, s, service).open(s, service, &poisson, rate.per_ms)?;
        if let Some(ends) = rate.measured {
            let at = |per_ms: f64| self.open(s, service, &poisson, per_ms).ok().filter(|c| c.model == said.model);
            let bounds = ends.and_then(|[low, high]| at(low).zip(at(high)));
            said.figures.iter_mut().enumerate().for_each(|(i, figure)| figure.allow_for(bounds.as_ref(), i));
        }
        Ok(said)
    }

    /// A run that was lucky so far looks less loaded than it is, and worth more.
    fn judging_by(&self, rate: &Rate, s: &Station, service: &Distribution) -> Self {
        let slots = f64::from(s.servers);
        let rho = rate.per_ms * service.mean_ms() / (slots * f64::from(s.instances));
        let times = self.counters.batches.grown(node_row::TIME) / 1e6 / service.mean_ms();
        let worth = independent(times, slots, slots + f64::from(s.queue), rho);
        let waits = self.counters.waiting.max() > 0;
        Self { worth: if waits { self.worth.min(worth) } else { self.worth }, ..*self }
    }

    /// Poisson arrivals, or as if they were, so many per ms.
    fn open(&self, s: &Station, service: &Distribution, poisson: &str, per_ms: f64) -> Answer {
        let copies = f64::from(s.instances);
        let (lambda, mean) = (per_ms / copies, service.mean_ms());
        let (c, a) = (s.servers, lambda * mean);
        let places = c.saturating_add(s.queue);
        let full = theory::mmck(c, places.min(100_000), a).blocking;
        if a >= f64::from(c) && self.counters.failed_total() == 0 {
            return Err("There is no steady state: more arrives than can be done.".to_owned());
        }
        let came = self.counters.batches.grown(node_row::ARRIVED);
        let refuses = self.counters.failed_total() > 0 || full * came > NEVER;
        if refuses && s.drops_oldest {
            return Err("When its queue is full it drops the request that has waited longest.".to_owned());
        }
        if refuses && s.queue == 0 {
            let lost = theory::erlang_b(c, a);
            let busy = copies * a * (1.0 - lost);
            let mut figures = self.queue(s, mean, 0.0, busy, lambda * copies);
            figures.insert(0, self.refused(lost, a / f64::from(c)));
            let because = format!("{poisson}, no queue, and service times of any distribution (Erlang B).");
            return holds(&format!("M/{}/{c}/{c}", if exponential(service) { 'M' } else { 'G' }), &because, figures);
        }
        if refuses {
            if !exponential(service) {
                return Err("Its queue is bounded and fills, and service times are not exponential.".to_owned());
            }
            let b = theory::mmck(c, places, a);
            let answered = lambda * copies * (1.0 - b.blocking);
            let mut figures = self.queue(s, mean, b.waiting() * copies, b.busy * copies, answered);
            figures.insert(0, self.refused(b.blocking, a / f64::from(c)));
            let because = format!("{poisson}, exponential service times, {places} places in all.");
            return holds(&format!("M/M/{c}/{places}"), &because, figures);
        }
        let (busy, arriving) = (copies * a, lambda * copies);
        if exponential(service) {
            let waiting = arriving * theory::mmc_mean_wait(lambda, 1.0 / mean, c);
            let mut figures = self.queue(s, mean, waiting, busy, arriving);
            if c == 1 {
                figures.insert(1, self.p99(libm::log(100.0) * (mean + waiting / arriving)));
            }
            let because = format!("{poisson}, exponential service times, a queue that never fills.");
            return holds(&format!("M/M/{c}"), &because, figures);
        }
        if self.counters.waiting.max() == 0 {
            let because = format!("{poisson}, and nobody has had to wait: as if there were a slot for everybody.");
            return holds("M/G/∞", &because, self.queue(s, mean, 0.0, busy, arriving));
        }
        if c > 1 {
            return Err("It has several slots and service times that are not exponential: there is no exact formula."
                .to_owned());
        }
        let second = service.second_moment_ms2();
        if !second.is_finite() {
            return Err("Its service times have no finite variance, so there is no mean wait.".to_owned());
        }
        let waiting = arriving * theory::mg1_mean_wait(lambda, mean, second);
        let constant = matches!(service, Distribution::Constant { .. });
        let model = if constant { "M/D/1" } else { "M/G/1" };
        let because = format!("{poisson}, independent service times, a queue that never fills (Pollaczek–Khinchine).");
        holds(model, &because, self.queue(s, mean, waiting, busy, arriving))
    }

    fn p99(&self, theory: f64) -> Option<Compared> {
        let (value, ends) = quantile(&self.counters.batches, &self.counters.residence, 0.99, CONFIDENCE, self.worth);
        self.row(Quantity::TimeP99Ms, theory, Some(value), ends, BUCKET * theory)
    }

    /// A closed system whose users call nothing but this station; `None` if it is something else.
    fn closed(&self, s: &Station, service: &Distribution, arrivals: &Arrivals) -> Option<Answer> {
        let world = self.sim.world();
        let mut incoming = world.link_order.iter().filter(|&&l| world.links[l as usize].to == self.node);
        let (&l, None) = (incoming.next()?, incoming.next()) else {
            return None;
        };
        let link = &world.links[l as usize];
        let Model::Source(source) = arrivals.model(link.from) else {
            return None;
        };
        let Spacing::Closed { users, think } = &source.spacing else {
            return None;
        };
        if world.nodes[link.from as usize].out.len() > 1 {
            return None;
        }
        let single = s.instances == 1 && s.servers == 1 && exponential(service);
        if !single || self.counters.failed_total() > 0 || world.requests.failed_total() > 0 {
            let why = "Its users are a fixed number, and mean value analysis needs one server with exponential times where nothing fails.";
            return Some(Err(why.to_owned()));
        }
        let away = think.mean_ms() + 2.0 * arrivals.params(l).latency.mean_ms();
        let (response, throughput) = theory::mva(*users, away, &[service.mean_ms()]);
        let inside = throughput * response;
        let busy = throughput * service.mean_ms();
        let mut figures = self.queue(s, service.mean_ms(), inside - busy, busy, throughput);
        figures.insert(0, self.counted(Quantity::Throughput, throughput * 1000.0, node_row::LEFT, node_row::TIME, 1e9));
        let because = format!(
            "{users} users who think, ask and wait; one server with exponential times (exact mean value analysis)."
        );
        Some(holds("closed M/M/1", &because, figures))
    }

    fn cache(&self, content: &CacheContent, arrivals: &mut Arrivals) -> Answer {
        // Per ms. What comes to fill it is a call, too, but no lookup.
        let lookups = self.counters.batches.ratio(node_row::LOOKUPS, node_row::TIME).unwrap_or(0.0) * 1e6;
        let hits = |theory: f64, near: f64| {
            let (value, ends) = figure(&self.counters.batches, node_row::HITS, node_row::LOOKUPS, 1.0, CONFIDENCE);
            vec![self.row(Quantity::HitRatio, theory, value, ends, near)]
        };
        match content {
            CacheContent::Ratio(ratio) => {
                let because = "Each lookup hits by chance, with the ratio given.";
                holds("independent hits", because, hits(*ratio, 0.0))
            }
            CacheContent::Keys { eviction, capacity, ttl_ms: None, .. } => {
                let (classes, keys) = arrivals.popularity_at(self.node)?;
                let size = *capacity as f64;
                if *capacity >= keys {
                    return Err("Every key fits: only the first request for each misses.".to_owned());
                }
                let (model, goes, theory) = match eviction {
                    Eviction::Lru => (
                        "LRU under independent requests",
                        "the least recently used",
                        theory::che_lru_hit_ratio_of_classes(&classes, size),
                    ),
                    Eviction::Fifo => (
                        "FIFO under independent requests",
                        "the oldest",
                        theory::fifo_hit_ratio_of_classes(&classes, size),
                    ),
                    Eviction::Random => (
                        "random eviction under independent requests",
                        "any",
                        theory::fifo_hit_ratio_of_classes(&classes, size),
                    ),
                    _ => return Err("There is no formula for this way of eviction.".to_owned()),
                };
                if self.counters.evictions == 0 {
                    return Err("It is too early to say: the cache has not been full yet.".to_owned());
                }
                // Users wait at least as long as a fetch takes: in that time so many lookups come.
                let fetch_ms = self.sim.world().requests.mean_latency_ms();
                if theory::che_loss_by_delay(&classes, size, fetch_ms * lookups) > CHE / 2.0 {
                    return Err("Keys take so long to fetch that they are asked for again meanwhile.".to_owned());
                }
                let because = format!(
                    "Every request draws one of {keys} keys independently of the others, and {goes} of {capacity} goes (the characteristic time of Che et al., good to a percentage point)."
                );
                holds(model, &because, hits(theory, CHE))
            }
            CacheContent::Keys { capacity, ttl_ms: Some(ttl_ms), renewed, .. } => {
                let (classes, keys) = arrivals.popularity_at(self.node)?;
                if *capacity < keys {
                    return Err(
                        "Keys leave when their time is over as well as when room is needed: no formula is about both."
                            .to_owned(),
                    );
                }
                let flow = arrivals.at(self.node).map_err(|why| format!("Arrivals are not Poisson: {why}."))?;
                if !flow.poisson {
                    return Err("The same request comes here more than once.".to_owned());
                }
                let (formula, hit): (_, fn(f64, f64) -> f64) = if *renewed {
                    ("a key is good for {} ms after it was last asked for: 1 − e^(−λT) for each", |l, t| {
                        1.0 - theory::renewed_ttl_miss_ratio(l, t)
                    })
                } else {
                    ("a key is good for {} ms after it was put in: 1 − 1/(1 + λT) for each", theory::ttl_hit_ratio)
                };
                let theory = classes.iter().map(|(p, n)| n * p * hit(p * lookups, *ttl_ms)).sum();
                let because = format!(
                    "Poisson arrivals, each for one of {keys} keys independently of the others; {}.",
                    formula.replace("{}", &ttl_ms.to_string())
                );
                holds("TTL", &because, hits(theory, CHE))
            }
        }
    }
}

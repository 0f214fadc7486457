//! How much a run is worth: the number of independent observations of its queues, judged by how long it is and how loaded
//! they are.
//!
//! A queue near saturation forgets slowly: in M/M/1 a mean over the time T is as uncertain as one of T·μ(1 − ρ)²/(2(1 + ρ))
//! independent observations (Whitt, "Planning queueing simulations", *Management Science* 35, 1989). At ρ = 0.98 and 8 ms
//! that is one in two minutes. A run that is short against this cannot tell from its own waiting times how far they are off: they
//! look the more harmless the luckier it was. The share of time that slots are busy it does know well, so what is said or left
//! unsaid about a queue is decided by that.
//!
//! Where places are bounded, a queue forgets sooner: the relaxation rate of M/M/1/K has π²/(K + 1)² beside (1 − ρ)² (Takács,
//! *Introduction to the Theory of Queues*, 1962). Users who wait for an answer before they ask again hold a queue as well: each
//! comes back to thinking at the rate of one over a cycle. Arrivals and service are taken to be as uneven as a Poisson
//! process and exponential times are; what is more uneven shows in the correlation of batches (`metrics/means.rs`).

use super::model::{Model, Spacing};
use super::stationarity;
use crate::components::Group;
use crate::engine::Simulation;
use crate::engine::call::Reason;
use crate::engine::world::{NodeCore, World};
use crate::metrics::node_row::{ARRIVED, BUSY, FAILED, LEFT, TIME};

/// A mean needs so many independent observations before its interval is worth the name.
pub(crate) const MEAN: f64 = 60.0;
/// The share of slots busy needs fewer: it has no long tail.
pub(crate) const SHARE: f64 = 10.0;
/// A percentile needs so many beyond it. In M/M/1 that is 100 for the 95th and 500 for the 99th.
pub(crate) const BEYOND: f64 = 5.0;

/// The load of a station since its batches began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Load {
    /// What arrived over what could have been done; above 1 if that is more.
    pub offered: f64,
    /// Share of slots busy.
    pub busy: f64,
    /// Calls that arrived, and how many of them found no room.
    pub arrived: f64,
    refused: f64,
    /// Time a call holds a slot, ns.
    service: f64,
    /// How long that was, ns.
    time: f64,
}

impl Load {
    /// `None` without slots, and while nothing was done.
    pub fn of(node: &NodeCore) -> Option<Self> {
        let batches = &node.counters.batches;
        let (time, busy) = (batches.grown(TIME), batches.grown(BUSY));
        // Calls that never came to a slot: for want of room, or sent away at the door, which are no load.
        let failed = |reasons: &[Reason]| {
            let of: u64 = reasons.iter().map(|r| node.counters.failed[*r as usize]).sum();
            batches.grown(FAILED) * of as f64 / node.counters.failed_total().max(1) as f64
        };
        let refused = failed(&[Reason::QueueFull]);
        let sent_away = failed(&[Reason::Refused, Reason::Unauthorized, Reason::RateLimited, Reason::Shed]);
        let (arrived, done) = (batches.grown(ARRIVED) - sent_away, batches.grown(LEFT) - refused - sent_away);
        let slots = f64::from(node.facts.slots);
        if done <= 0.0 || busy <= 0.0 || time * slots <= 0.0 {
            return None;
        }
        let (service, share) = (busy / done, busy / (slots * time));
        let offered = (arrived * service / (slots * time)).max(share);
        Some(Self { offered, busy: share, arrived, refused, service, time })
    }

    /// What is offered and not refused.
    pub fn accepted(&self) -> f64 {
        self.offered * (1.0 - self.refused / self.arrived.max(1.0))
    }

    /// The standard deviation of what is offered, for Poisson arrivals and exponential times.
    pub fn error(&self) -> f64 {
        self.offered * (2.0 / self.arrived.max(1.0)).sqrt()
    }
}

/// How many independent observations of its queue a station gives in so many service times, with so many slots and places in all,
/// at a load of `rho` to each slot.
pub(super) fn independent(times: f64, slots: f64, places: f64, rho: f64) -> f64 {
    let bound = std::f64::consts::PI / (places + 1.0);
    let slow = times * slots * ((1.0 - rho) * (1.0 - rho) + bound * bound) / (2.0 * (1.0 + rho));
    // No queue forgets sooner than its calls are done.
    slow.min(times / 2.0)
}

/// How many independent observations the run holds of a station by itself. Without a limit where nobody had to wait. `closed`: are
/// there users who wait for an answer before they ask again?
fn alone(world: &World, n: u32, closed: bool) -> f64 {
    let node = &world.nodes[n as usize];
    let Some(load) = Load::of(node).filter(|_| node.counters.waiting.max() > 0) else {
        return f64::INFINITY;
    };
    let instances = f64::from(node.facts.instances.max(1));
    let slots = (f64::from(node.facts.slots) / instances).max(1.0);
    let places = node.facts.queue_limit.map_or(f64::INFINITY, |limit| f64::from(limit) / instances + slots);
    let worth = independent(load.time / load.service, slots, places, load.offered);
    // Enough for anything that is asked.
    if worth >= BEYOND / 0.001 || !closed {
        return worth;
    }
    // A cycle later little is left of what was, and there is no long tail: every cycle counts for as much as two observations of an
    // open queue.
    closed_cycle_ns(world, n).map_or(worth, |cycle| worth.max(2.0 * load.time / cycle))
}

/// How requests of a source of traffic come; `None` of what is none.
#[inline(always)]
fn spacing(node: &NodeCore) -> Option<Spacing> {
    crate::components::kind(&node.kind).filter(|k| k.group == Group::Traffic)?;
    let params = serde_json::from_str(&node.params).unwrap_or_default();
    match crate::components::model(&node.kind, &params) {
        Model::Source(source) => Some(source.spacing),
        _ => Some(Spacing::Other("they come on a schedule")),
    }
}

/// Where all requests that come to a node are of users who wait for an answer before they ask again: how long such a user takes
/// from one request to the next, ns.
pub(super) fn closed_cycle_ns(world: &World, node: u32) -> Option<f64> {
    let mut seen = vec![node];
    let mut at = 0;
    while at < seen.len() {
        for &l in &world.link_order {
            let link = &world.links[l as usize];
            if link.to == seen[at] && !seen.contains(&link.from) {
                seen.push(link.from);
            }
        }
        at += 1;
    }
    let mut thinking: Option<f64> = None;
    for n in seen {
        let node = &world.nodes[n as usize];
        let Some(spacing) = spacing(node) else { continue };
        let Spacing::Closed { think, .. } = spacing else { return None };
        thinking = Some(thinking.unwrap_or(0.0).max(think.mean_ms()));
    }
    thinking.map(|ms| (ms + world.requests.mean_latency_ms()) * 1e6).filter(|ns| *ns > 0.0 && ns.is_finite())
}

/// The same for every node and for whatever it waits for.
pub(crate) struct Worth<'a> {
    world: &'a World,
    /// By number of the node.
    alone: Vec<f64>,
}

impl<'a> Worth<'a> {
    /// Of the run as it stands. What is not in a steady state is worth nothing.
    pub fn of(sim: &'a Simulation) -> Self {
        let world = sim.world();
        let mut own = vec![f64::INFINITY; world.nodes.len()];
        // Asked once: whose requests come to a component is found by walking the design, for each component anew.
        let is_closed = |&n: &u32| matches!(spacing(&world.nodes[n as usize]), Some(Spacing::Closed { .. }));
        let closed = world.node_order.iter().any(is_closed);
        for &n in &world.node_order {
            own[n as usize] = alone(world, n, closed);
        }
        for unsteady in stationarity::unsteady(sim) {
            if unsteady.grew() {
                own[unsteady.number as usize] = 0.0;
            }
        }
        Self { world, alone: own }
    }

    /// Of a node's times: it waits for those it calls.
    pub fn at(&self, node: u32) -> f64 {
        let mut seen = vec![node];
        let (mut at, mut least) = (0, f64::INFINITY);
        while let Some(&n) = seen.get(at) {
            at += 1;
            least = self.alone[n as usize].min(least);
            let core = &self.world.nodes[n as usize];
            // What takes messages answers at once.
            if crate::components::kind(&core.kind).is_some_and(|k| k.group == Group::Messaging) {
                continue;
            }
            for &l in &core.out {
                let link = &self.world.links[l as usize];
                if link.terms.wait && !seen.contains(&link.to) {
                    seen.push(link.to);
                }
            }
        }
        least
    }

    /// Of all users' times.
    pub fn of_users(&self) -> f64 {
        self.world.endpoints.iter().map(|e| self.at(e.node)).fold(f64::INFINITY, f64::min)
    }
}

#[cfg(test)]
mod tests {
    use super::independent;

    #[test]
    fn a_run_is_worth_what_the_asymptotic_variance_of_a_queue_says() {
        // M/M/1: the mean number inside over T has variance 2ρ(1 + ρ)/(1 − ρ)⁴/T, one observation ρ/(1 − ρ)² (times in 1/μ).
        for rho in [0.2f64, 0.8, 0.984] {
            let (t, left) = (1e6, 1.0 - rho);
            let all = 2.0 * rho * (1.0 + rho) / libm::pow(left, 4.0) / t;
            let worth = independent(t, 1.0, f64::INFINITY, rho);
            assert!((worth * all / (rho / (left * left)) - 1.0).abs() < 1e-9, "{rho}");
        }
        // At capacity only an end of the queue lets it forget: within about K² service times.
        assert_eq!(independent(1e6, 1.0, f64::INFINITY, 1.0), 0.0);
        assert!((20.0..30.0).contains(&independent(1e6, 1.0, 300.0, 1.0)));
    }
}

//! Where the window begins that figures of the last while are of: a run's counters at a few instants.

use super::{LinkCounters, MAX_ENDPOINTS, NodeCounters, RequestCounters};
use crate::engine::Simulation;
use crate::engine::caller::CallerCounters;
use std::collections::{BTreeMap, VecDeque};

/// A window covers at least this much simulated time, once there is so much, s.
const SHORTEST_S: f64 = 1.0;
/// At high speed a window covers what passed in this many wall seconds, or a little less.
const WALL_S: f64 = 2.0;
/// Marks in a window: it is longer than wanted by one part of so many at most.
const PARTS: u64 = 4;
/// With more nodes than this there is one mark in a window, which then is up to twice as long as wanted: each mark holds a
/// histogram of every node.
const MANY_NODES: usize = 100;
/// Most marks kept, when the speed changes again and again.
const MOST: usize = 12;

/// The counters at some instants, the oldest first; never none.
#[derive(Clone, Debug)]
pub(super) struct Marks(VecDeque<Mark>);

/// The simulation's counters at an instant.
#[derive(Clone, Debug, Default)]
pub(super) struct Mark {
    /// The instant, ns.
    pub at_ns: u64,
    /// Of all users' requests.
    pub requests: RequestCounters,
    /// Of each endpoint's.
    pub endpoints: Vec<RequestCounters>,
    /// By node.
    pub nodes: BTreeMap<u32, NodeCounters>,
    /// By link, with what its guard did.
    pub links: BTreeMap<u32, (LinkCounters, CallerCounters)>,
}

impl Default for Marks {
    /// The one at the start of a run.
    fn default() -> Self {
        Self(VecDeque::from([Mark::default()]))
    }
}

impl Marks {
    /// For a run that is watched from now on.
    pub fn from_now(sim: &Simulation) -> Self {
        Self(VecDeque::from([Mark::of(sim)]))
    }

    /// Moves the start of the window up to now. `speed` is simulated seconds per wall second.
    pub fn advance(&mut self, sim: &Simulation, speed: f64) {
        let now = sim.now_ns();
        let wanted = (round_down((WALL_S * speed.clamp(0.0, 1e6)).max(SHORTEST_S)) * 1e9) as u64;
        let parts = if sim.world().node_order.len() > MANY_NODES { 1 } else { PARTS };
        if self.0.back().is_none_or(|mark| now.saturating_sub(mark.at_ns) >= wanted / parts) {
            self.0.push_back(Mark::of(sim));
        }
        while self.0.len() > MOST || self.0.get(1).is_some_and(|next| now.saturating_sub(next.at_ns) >= wanted) {
            self.0.pop_front();
        }
    }

    /// The start of the window.
    pub fn start(&self) -> &Mark {
        &self.0[0]
    }
}

/// The last 1, 2 or 5 times a power of ten, of a number from 1 on: so a window has a length that can be named and stays.
fn round_down(x: f64) -> f64 {
    let mut power = 1.0;
    while power * 10.0 <= x {
        power *= 10.0;
    }
    [5.0, 2.0].into_iter().map(|m| m * power).find(|s| *s <= x).unwrap_or(power)
}

impl Mark {
    fn of(sim: &Simulation) -> Self {
        let world = sim.world();
        Self {
            at_ns: sim.now_ns(),
            requests: world.requests.without_batches(),
            endpoints: (0..world.endpoints.len().min(MAX_ENDPOINTS))
                .map(|e| world.requests_of(e).without_batches())
                .collect(),
            nodes: world.node_order.iter().map(|&n| (n, world.nodes[n as usize].counters.without_batches())).collect(),
            links: world
                .link_order
                .iter()
                .map(|&l| (l, (world.links[l as usize].counters, super::recorder::guard_counters(sim, l))))
                .collect(),
        }
    }
}

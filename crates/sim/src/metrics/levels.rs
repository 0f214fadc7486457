//! What a component holds at this instant, for those who look at a run step by step.

use crate::engine::Simulation;

/// Calls at one node at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Inside: waiting, in service, or waiting for an answer of their own.
    pub inside: u32,
    /// Slots in use.
    pub busy: u32,
    /// Waiting for a slot.
    pub waiting: u32,
}

impl Simulation {
    /// Users' requests neither answered nor failed, of those that came since measuring began. O(1).
    pub fn in_flight(&self) -> u64 {
        self.world().requests.in_flight()
    }

    /// What the node at this place of the design holds now; `None` beyond the last. O(1).
    pub fn levels(&self, place: usize) -> Option<Levels> {
        let node = *self.world().node_order.get(place)?;
        let counters = &self.world().nodes[node as usize].counters;
        Some(Levels { inside: counters.inside.value(), busy: counters.busy.value(), waiting: counters.waiting.value() })
    }
}

//! How the faults of a run stand: for who keeps a timeline of them.

use crate::design::{Fault, FaultParams, Schedule};
use crate::engine::faults::FaultCore;
use crate::engine::{Simulation, Victim};
use backpressure_pack::Pack;
use serde::Serialize;

/// A fault of a run that goes on: of the design, or let loose by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultState {
    /// The number to heal it by, if it was let loose by hand.
    pub number: u32,
    /// Id in the design; a name of the engine's own for one that was let loose by hand.
    pub id: String,
    /// What it befalls.
    pub victim: Victim,
    /// What it is, and when it was planned.
    pub params: FaultParams,
    /// Is it at work at this instant?
    pub active: bool,
    /// Was it let loose by hand ([`Simulation::inject`])?
    pub by_hand: bool,
}

/// A fault that comes at random: when it came last, and how often.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct FaultSpell {
    /// Id in the design.
    pub id: String,
    /// When it began last, simulated ns.
    pub began_ns: u64,
    /// When it ended, simulated ns; `None` while it is at work.
    pub ended_ns: Option<u64>,
    /// Times it began.
    pub times: u32,
}

/// Every fault of the run, but for those that an edit took out.
pub fn fault_states(sim: &Simulation) -> Vec<FaultState> {
    let alive = sim.world().faults.iter().enumerate().filter(|(_, f)| f.alive);
    alive
        .map(|(number, f)| FaultState {
            number: number as u32,
            id: f.id.clone(),
            victim: f.victim.clone(),
            params: f.params.clone(),
            active: f.active,
            by_hand: f.by_hand,
        })
        .collect()
}

/// Those that come at random and have come.
pub(super) fn spells(sim: &Simulation) -> Vec<FaultSpell> {
    let random = |f: &&FaultCore| f.alive && f.times > 0 && matches!(f.params.schedule, Schedule::Random { .. });
    let spell = |f: &FaultCore| FaultSpell {
        id: f.id.clone(),
        began_ns: f.began_at,
        ended_ns: (!f.active).then_some(f.ended_at),
        times: f.times,
    };
    sim.world().faults.iter().filter(random).map(spell).collect()
}

/// What a fault of a design befalls; `None` if it names nothing.
pub fn victim_of(fault: &Fault) -> Option<Victim> {
    match (&fault.node, &fault.link, &fault.zone) {
        (Some(node), _, _) => Some(Victim::Node(node.clone())),
        (_, Some(link), _) => Some(Victim::Link(link.clone())),
        (_, _, Some(zone)) => Some(Victim::Zone(zone.clone())),
        _ => None,
    }
}

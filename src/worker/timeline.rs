//! The timeline of faults under a run that has begun: what lies under the present instant is at work.
//!
//! The engine begins a planned fault when its time comes. A fault that is planned, moved or stretched over an instant
//! that has come already, as it happens when people break something now, is let loose here.

use backpressure_sim::Simulation;
use backpressure_sim::design::{Design, Fault, FaultParams, Reader, Schedule, Trouble};
use backpressure_sim::engine::sampler::ns;
use backpressure_sim::metrics::{fault_states, victim_of};

/// Lets loose what is at work now by the timeline of `design`, and heals what is not any more. `before` is the design of
/// the run until now. Returns when to look again, simulated ns: when the next of these faults ends.
pub fn follow(sim: &mut Simulation, before: Option<&Design>, design: &Design) -> u64 {
    let states = fault_states(sim);
    let mut loose: Vec<_> = states.iter().filter(|s| s.by_hand && s.active).collect();
    let (mut missing, mut next_end) = (Vec::new(), u64::MAX);
    for fault in design.faults.iter().filter(|_| !design.faults_off) {
        let (params, Some(victim)) = (FaultParams::read(&fault.params, &mut Reader::default()), victim_of(fault))
        else {
            continue;
        };
        let Some(end_ns) = end_if_now(&params, sim.now_ns()) else { continue };
        if states.iter().any(|s| !s.by_hand && s.active && s.id == fault.id) {
            continue;
        }
        match loose.iter().position(|s| s.victim == victim && s.params.trouble == params.trouble) {
            Some(at) => drop(loose.swap_remove(at)),
            // What happens in an instant has happened.
            None if params.trouble == (Trouble::Flush {}) && before.is_some_and(|d| has(d, fault)) => continue,
            None => missing.push((victim, params.trouble)),
        }
        next_end = next_end.min(end_ns);
    }
    for over in loose {
        sim.heal(over.number);
    }
    for (victim, trouble) in missing {
        sim.inject(victim, trouble, None);
    }
    next_end
}

fn has(design: &Design, fault: &Fault) -> bool {
    design.faults.iter().any(|f| f.id == fault.id)
}

/// When a fault ends that began in the past and is not over, ns; the largest number for one that does not end.
fn end_if_now(params: &FaultParams, now_ns: u64) -> Option<u64> {
    let Schedule::Once { at_s, for_s } = params.schedule else { return None };
    let began = ns(at_s * 1000.0);
    let ends = for_s.map_or(u64::MAX, |s| began.saturating_add(ns(s * 1000.0)));
    (params.enabled && began < now_ns && now_ns < ends).then_some(ends)
}

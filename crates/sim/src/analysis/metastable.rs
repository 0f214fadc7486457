//! Metastable failure: the cause is over, the traffic is as before, and the system stays down by what it does itself.
//!
//! After Bronson, Aghayev, Charapko & Zhu, "Metastable Failures in Distributed Systems" (HotOS 2021): a trigger moves a system
//! that was well into a state that outlives the trigger, because a sustaining effect, mostly retries, keeps it there.

use crate::engine::Simulation;
use crate::words::figure;

/// Traffic of the users in a span, requests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Span {
    pub seconds: f64,
    pub offered: u64,
    /// Answered in time.
    pub served: u64,
    /// Failed, or answered too late.
    pub lost: u64,
}

impl Span {
    fn rate(&self) -> f64 {
        self.offered as f64 / self.seconds
    }

    fn share_lost(&self) -> f64 {
        self.lost as f64 / (self.lost + self.served).max(1) as f64
    }
}

/// What goes on at this instant.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Now {
    /// Calls made again, of all over links on which that happens.
    pub retries_per_s: f64,
    pub calls_per_s: f64,
    /// Answers of the component that limits the system.
    pub worked_off_per_s: f64,
}

/// A system that loses less than this is well, ...
const WELL: f64 = 0.02;
/// ... and one that loses more than this is down.
const DOWN: f64 = 0.2;
/// So long after its cause a failure may be no more than its echo, ns.
const ECHO_NS: u64 = 1_000_000_000;
/// Traffic so many times that of before is not "as before".
const SAME_TRAFFIC: f64 = 1.3;
/// Requests without which a share is chance.
const FEW: u64 = 20;

/// The sentence, with the id of what the last fault befell, if that fault is over and what it did is not. `traffic` tells of
/// a span of time, ns.
pub(crate) fn remark(
    sim: &Simulation,
    traffic: impl Fn(u64, u64) -> Span,
    Now { retries_per_s, calls_per_s, worked_off_per_s }: Now,
) -> Option<(String, String)> {
    let faults = &sim.world().faults;
    if faults.iter().any(|f| f.active) {
        return None;
    }
    let last = faults.iter().filter(|f| f.ended_at > 0).max_by_key(|f| f.ended_at)?;
    let (now, over) = (sim.now_ns(), last.ended_at);
    let began = faults.iter().filter(|f| f.ended_at > 0).map(|f| f.began_at).min()?;
    let (before, after) = (traffic(0, began), traffic(over + ECHO_NS, now));
    if before.offered < FEW || after.offered < FEW || before.share_lost() > WELL || after.share_lost() < DOWN {
        return None;
    }
    // More than can be worked off is an overload, which needs no other cause.
    if after.rate() > worked_off_per_s || after.rate() > SAME_TRAFFIC * before.rate() {
        return None;
    }
    let id = match &last.victim {
        crate::engine::Victim::Node(id) | crate::engine::Victim::Link(id) | crate::engine::Victim::Zone(id) => id,
    };
    let keeps = if retries_per_s > 0.1 * calls_per_s {
        format!("{} of {} calls/s are retries, and they keep it down", figure(retries_per_s), figure(calls_per_s))
    } else {
        "what has piled up keeps it down".to_owned()
    };
    let words = format!(
        "Metastable failure: its cause has been over for {:.0} s and the {} requests/s are no more than before, but {:.0} % of them fail: {keeps}.",
        (now - over) as f64 / 1e9,
        figure(after.rate()),
        after.share_lost() * 100.0
    );
    Some((id.clone(), words))
}

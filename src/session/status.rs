//! How a component fares, smoothed: instantaneous load flickers too fast to read.

use backpressure_sim::analysis::bottleneck::{BUSY, SATURATED};
use backpressure_sim::metrics::{Health, NodeSnapshot};

/// Time constant of the smoothing, wall s.
const TAU_S: f64 = 2.5;
/// A state is left only when the signal is this far below where it is entered.
const HYSTERESIS: f64 = 0.04;
/// Share of calls that must fail for a component to be called failing.
const FAILING: f64 = 0.01;

/// The smoothed status of one node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeStatus {
    /// Id in the design.
    pub id: String,
    /// How it fares.
    pub health: Health,
    /// The same in a word, as shown on the component.
    pub word: &'static str,
    utilisation: f64,
    failing: f64,
    seen: bool,
}

/// The word for a state.
pub fn word(health: Health) -> &'static str {
    match health {
        Health::Idle => "Idle",
        Health::Healthy => "Healthy",
        Health::Busy => "Busy",
        Health::Saturated => "Saturated",
        Health::Failing => "Failing",
    }
}

impl NodeStatus {
    /// The status before anything is known.
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), word: word(Health::Idle), ..Self::default() }
    }

    /// Takes in what a snapshot says, `dt_s` wall seconds after the last. What the finding calls the bottleneck, or busy, is shown so
    /// at once: two signs of the same instant must not contradict each other.
    pub fn update(&mut self, node: &NodeSnapshot, is_named: bool, dt_s: f64) {
        let failing = node.failed_share();
        let utilisation = node.utilisation.unwrap_or(0.0);
        // The first observation counts whole: nothing is known that could be smoothed with it.
        let weight = if self.seen { -(-dt_s / TAU_S).exp_m1() } else { 1.0 };
        let is_bottleneck = is_named && utilisation >= BUSY;
        self.utilisation += if is_bottleneck { 1.0 } else { weight } * (utilisation - self.utilisation);
        // What the component shows is a share of the last seconds: when that is zero, "Failing" beside it would be an old story.
        self.failing = if failing > 0.0 { self.failing + weight * (failing - self.failing) } else { 0.0 };
        let works = node.rate_in_per_s > 0.0 || node.inside > 0;
        self.seen = works;
        self.health = if works { graver(self.judge(), node.ails) } else { Health::Idle };
        self.word = word(self.health);
    }

    fn judge(&self) -> Health {
        let level =
            |state: Health, threshold: f64| if self.health == state { threshold - HYSTERESIS } else { threshold };
        let failing_at = if self.health == Health::Failing { FAILING / 2.0 } else { FAILING };
        if self.failing > failing_at {
            Health::Failing
        } else if self.utilisation >= level(Health::Saturated, SATURATED) {
            Health::Saturated
        } else if self.utilisation >= level(Health::Busy, BUSY) {
            Health::Busy
        } else {
            Health::Healthy
        }
    }
}

/// What slots and failures say, unless its own trouble is worse.
fn graver(judged: Health, ails: Option<Health>) -> Health {
    match (judged, ails) {
        (Health::Failing, _) | (_, None) => judged,
        (Health::Saturated, Some(own)) if own != Health::Failing => judged,
        (_, Some(own)) => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(utilisation: f64, failed_per_s: f64) -> NodeSnapshot {
        NodeSnapshot {
            utilisation: Some(utilisation),
            rate_in_per_s: 100.0,
            rate_out_per_s: 100.0 - failed_per_s,
            failed_per_s,
            ..Default::default()
        }
    }

    #[test]
    fn a_short_burst_does_not_change_the_word() {
        let mut s = NodeStatus::new("a");
        s.update(&node(0.5, 0.0), false, 0.1);
        s.update(&node(1.0, 0.0), false, 0.3);
        assert_eq!(s.health, Health::Healthy);
        for _ in 0..100 {
            s.update(&node(1.0, 0.0), false, 0.1);
        }
        assert_eq!((s.health, s.word), (Health::Saturated, "Saturated"));
    }

    #[test]
    fn what_the_finding_names_as_the_bottleneck_is_saturated_at_once_and_nothing_else_is() {
        let mut s = NodeStatus::new("a");
        s.update(&node(0.5, 0.0), true, 0.1);
        assert_eq!(s.health, Health::Healthy, "the busiest of all, and not short");
        s.update(&node(0.9, 0.0), true, 0.1);
        assert_eq!(s.health, Health::Busy, "busy, as the finding says");
        s.update(&node(1.0, 0.0), true, 0.1);
        assert_eq!(s.health, Health::Saturated);
    }

    #[test]
    fn a_component_that_fails_no_more_is_not_called_failing() {
        let mut s = NodeStatus::new("a");
        for _ in 0..100 {
            s.update(&node(0.5, 100.0), false, 0.1);
        }
        assert_eq!(s.health, Health::Failing);
        s.update(&node(0.5, 0.0), false, 0.1);
        assert_eq!(s.health, Health::Healthy);
    }

    #[test]
    fn its_own_trouble_shows_whatever_its_slots_say() {
        let mut s = NodeStatus::new("a");
        let with = |utilisation, ails| NodeSnapshot { ails: Some(ails), ..node(utilisation, 0.0) };
        s.update(&with(0.1, Health::Saturated), false, 0.1);
        assert_eq!((s.health, s.word), (Health::Saturated, "Saturated"), "its disk");
        s.update(&with(0.1, Health::Failing), false, 0.1);
        assert_eq!(s.health, Health::Failing, "copies lost");
        s.update(&node(0.1, 0.0), false, 0.1);
        assert_eq!(s.health, Health::Healthy, "it is over");
    }

    #[test]
    fn the_word_does_not_flicker_at_a_threshold() {
        let mut s = NodeStatus::new("a");
        s.update(&node(0.81, 0.0), false, 0.1);
        assert_eq!(s.health, Health::Busy);
        for i in 0..100 {
            s.update(&node(if i % 2 == 0 { 0.78 } else { 0.81 }, 0.0), false, 0.1);
            assert_eq!(s.health, Health::Busy);
        }
    }

    #[test]
    fn failing_outweighs_everything_and_silence_is_idle() {
        let mut s = NodeStatus::new("a");
        s.update(&node(0.99, 5.0), false, 0.1);
        assert_eq!(s.health, Health::Failing);
        s.update(&NodeSnapshot::default(), false, 0.1);
        assert_eq!(s.health, Health::Idle);
    }
}

//! How many instances run: looks at how busy they are now and then, and starts or stops some.
//!
//! The arithmetic is that of the Kubernetes Horizontal Pod Autoscaler: wanted = ⌈running · measured/target⌉, and nothing
//! changes within a tolerance of 10 %. Instances that are starting count as wanted already, but not as running. The cool-down
//! before instances are stopped is that of AWS target tracking; that the queue may be the measure is "backlog per instance"
//! there. Cost: O(1) per look.

use crate::design::{params, variant};
use crate::engine::Context;
use crate::engine::calendar::Delay;
use crate::engine::sampler::ns;
use crate::metrics::NodeSnapshot;
use crate::words::{count, rounded};
use backpressure_pack::Pack;
use std::collections::VecDeque;

variant! {
    /// What the number of instances follows.
    pub enum ScalingPolicy tag "policy" {
        /// As many instances as keep the mean utilisation at a target.
        TargetTracking = "target_tracking", "Target utilisation" {
            /// Utilisation of slots (of cores, where their number is set) to keep.
            target_utilisation: f64 = 0.6, label "Target", range 0.01..=1.0;
        }
        /// As many instances as keep the queue at so many for each of them.
        QueueDepth = "queue_depth", "Queue depth" {
            /// Waiting requests or messages for each instance.
            waiting_per_instance: f64 = 10.0, label "Waiting per instance", range 0.01..=1_000_000.0;
        }
    }
}

params! {
    /// Instances are started and stopped with the load.
    pub struct Autoscaling {
        /// What the number of instances follows.
        policy: ScalingPolicy = ScalingPolicy::TargetTracking { target_utilisation: 0.6 }, label "Policy";
        /// Fewest instances.
        min_instances: u32 = 1, label "Fewest", unit "instances", range 1..=1000;
        /// Most instances.
        max_instances: u32 = 10, label "Most", unit "instances", range 1..=1000;
        /// How often it looks; it sees the mean since the last look.
        period_s: f64 = 15.0, label "Looks every", unit "s", range 0.01..=86_400.0;
        /// How long a new instance takes until it serves.
        start_up_s: f64 = 30.0, label "Start-up", unit "s", range 0.0..=86_400.0;
        /// After any change, so long no instance is stopped.
        cool_down_s: f64 = 60.0, label "Cool-down", unit "s", range 0.0..=86_400.0;
    }
}

impl Autoscaling {
    /// This number of instances, kept within the bounds.
    pub fn bounded(&self, instances: u32) -> u32 {
        instances.clamp(self.min_instances, self.max_instances.max(self.min_instances))
    }
}

/// Timers of the component that scales: they reach [`Autoscaler::ring`].
pub const LOOK: u8 = 100;
const STARTED: u8 = 101;

/// No change while measured and target differ by less (the default of Kubernetes).
const TOLERANCE: f64 = 0.1;

/// Where a kind's own metrics hold those of the autoscaler, in this order: [`INSTANCES`], [`STARTING`], [`CHANGES`],
/// [`REVERSALS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricsAt(pub usize);

/// Instances that serve.
pub const INSTANCES: crate::components::Metric = crate::components::Metric {
    name: "instances",
    label: "Instances",
    help: "Instances that serve.",
    of: crate::components::MetricOf::Level,
};
/// Instances that start.
pub const STARTING: crate::components::Metric = crate::components::Metric {
    name: "instances_starting",
    label: "Instances starting",
    help: "Instances that were started and do not serve yet.",
    of: crate::components::MetricOf::Level,
};
/// Decisions.
pub const CHANGES: crate::components::Metric = crate::components::Metric {
    name: "scale_events",
    label: "Scale events",
    help: "Times that instances were started or stopped.",
    of: crate::components::MetricOf::Count,
};

/// Changes of mind.
pub const REVERSALS: crate::components::Metric = crate::components::Metric {
    name: "scale_reversals",
    label: "Changes of mind",
    help: "Times that instances were stopped right after some had been started, or started right after some had been stopped: before the first decision could show its effect.",
    of: crate::components::MetricOf::Count,
};

/// An autoscaler at work, in a component.
#[derive(Clone, Debug, Pack)]
pub struct Autoscaler {
    policy: Autoscaling,
    running: u32,
    /// Instances that are starting: when they are ready, and how many.
    starting: VecDeque<(u64, u32)>,
    changed_at: u64,
    /// Did the last change start instances? `None` before the first.
    last_started: Option<bool>,
    /// When it looked last, and the integral of what was in use then.
    looked_at: u64,
    used: f64,
    /// When it looks next: timers at other instants are left over from before an edit.
    next_look: u64,
}

/// What an autoscaler is told when it looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// ∫ slots (or cores) in use dt since the run began, ns ([`Context::busy_time`], [`Context::computing_time`]).
    pub used: f64,
    /// Slots (or cores) of an instance.
    pub each: u32,
    /// Waiting now.
    pub waiting: u32,
}

impl Autoscaler {
    /// Begins with `instances`, kept within the policy's bounds.
    pub fn new(policy: &Autoscaling, instances: u32) -> Self {
        let mut new = Self {
            policy: policy.clone(),
            running: 0,
            starting: VecDeque::new(),
            changed_at: 0,
            last_started: None,
            looked_at: 0,
            used: 0.0,
            next_look: 0,
        };
        new.running = new.bounded(f64::from(instances));
        new
    }

    /// Instances that serve.
    pub fn running(&self) -> u32 {
        self.running
    }

    /// Another policy from now on.
    pub fn set_policy(&mut self, policy: &Autoscaling) {
        self.policy = policy.clone();
    }

    /// Schedules the first look.
    pub fn start(&mut self, used: f64, cx: &mut Context) {
        (self.looked_at, self.used) = (cx.now(), used);
        self.schedule(cx);
    }

    /// Ends: what was starting starts no more.
    pub fn stop(self, at: MetricsAt, cx: &mut Context) {
        cx.level(at.0 + 1, -(self.starting() as i32));
    }

    fn starting(&self) -> u32 {
        self.starting.iter().map(|(_, n)| n).sum()
    }

    /// A timer of the component rang. True if another number of instances runs from now on: [`Autoscaler::running`].
    pub fn ring(&mut self, tag: u8, load: Load, at: MetricsAt, cx: &mut Context) -> bool {
        let before = self.running;
        match tag {
            LOOK if cx.now() == self.next_look => {
                let soon = ns((self.policy.start_up_s + self.policy.period_s) * 1000.0);
                let is_soon = cx.now().saturating_sub(self.changed_at) <= soon;
                let change = self.look(cx.now(), load);
                if change > 0 {
                    let start_up = ns(self.policy.start_up_s * 1000.0);
                    self.starting.push_back((cx.now().saturating_add(start_up), change as u32));
                    cx.level(at.0 + 1, change);
                    cx.after_node(Delay::once(start_up), STARTED);
                }
                if change != 0 {
                    let reversed = self.last_started.replace(change > 0) == Some(change < 0) && is_soon;
                    cx.count(at.0 + 2, 1);
                    cx.count(at.0 + 3, u64::from(reversed));
                }
                self.schedule(cx);
            }
            STARTED => {
                let now = cx.now();
                let ready: u32 = self.starting.iter().filter(|(at, _)| *at <= now).map(|(_, n)| n).sum();
                self.starting.retain(|(at, _)| *at > now);
                cx.level(at.0 + 1, -(ready as i32));
                self.running += ready;
            }
            _ => {}
        }
        self.running != before
    }

    fn schedule(&mut self, cx: &mut Context) {
        let period = ns(self.policy.period_s * 1000.0).max(1);
        self.next_look = cx.now().saturating_add(period);
        cx.after_node(Delay::once(period), LOOK);
    }

    fn bounded(&self, wanted: f64) -> u32 {
        // `as` saturates.
        self.policy.bounded(wanted.ceil() as u32)
    }

    /// Decides at this instant: instances to start, or (below zero) how many were stopped.
    fn look(&mut self, now: u64, load: Load) -> i32 {
        let span = now.saturating_sub(self.looked_at) as f64;
        let used = (load.used - self.used).max(0.0) / span.max(1.0);
        (self.looked_at, self.used) = (now, load.used);
        let running = f64::from(self.running);
        let ratio = match self.policy.policy {
            ScalingPolicy::TargetTracking { target_utilisation } => {
                used / (running * f64::from(load.each.max(1))) / target_utilisation
            }
            ScalingPolicy::QueueDepth { waiting_per_instance } => {
                f64::from(load.waiting) / running / waiting_per_instance
            }
        };
        let starting = self.starting();
        let wanted = if (ratio - 1.0).abs() <= TOLERANCE { running } else { running * ratio };
        let (have, wanted) = (self.running + starting, self.bounded(wanted));
        let cool = now.saturating_sub(self.changed_at) >= ns(self.policy.cool_down_s * 1000.0);
        let change = match wanted {
            more if more > have => (more - have) as i32,
            // While some are starting none is stopped: their effect is not seen yet.
            fewer if fewer < self.running && starting == 0 && cool => {
                self.running = fewer;
                fewer as i32 - have as i32
            }
            _ => 0,
        };
        if change != 0 {
            self.changed_at = now;
        }
        change
    }
}

/// The design was edited: takes over the policy that the component now has, if it has one.
pub fn configure(
    scaler: &mut Option<Autoscaler>,
    policy: Option<&Autoscaling>,
    running: u32,
    used: f64,
    at: MetricsAt,
    cx: &mut Context,
) {
    match (scaler.take(), policy) {
        (Some(mut same), Some(policy)) => {
            same.set_policy(policy);
            *scaler = Some(same);
        }
        (None, Some(policy)) => {
            let mut new = Autoscaler::new(policy, running);
            new.start(used, cx);
            *scaler = Some(new);
        }
        (Some(old), None) => old.stop(at, cx),
        (None, None) => {}
    }
}

/// Names lag and flapping, from the metrics at these places.
pub fn says(node: &NodeSnapshot, at: MetricsAt) -> Option<String> {
    let [instances, starting, changes, reversals] = node.own.get(at.0..at.0 + 4)? else {
        return None;
    };
    // Once may be chance; again and again is the policy's own doing.
    if reversals.value >= 2.0 && reversals.recent > 0.0 {
        return Some(format!(
            "Flapping: of {} decisions so far {} undid the one before at once. A longer cool-down would calm it.",
            changes.value, reversals.value
        ));
    }
    (starting.value > 0.0).then(|| {
        format!(
            "{} now, and {} more on the way: until they are ready the load is not spread.",
            count(rounded(instances.value), "instance"),
            starting.value
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    fn scaler(policy: ScalingPolicy, instances: u32) -> Autoscaler {
        let policy = Autoscaling { policy, cool_down_s: 60.0, ..Autoscaling::default() };
        Autoscaler::new(&policy, instances)
    }

    fn target(target_utilisation: f64) -> ScalingPolicy {
        ScalingPolicy::TargetTracking { target_utilisation }
    }

    /// A look 15 s after the last, with slots used as given on average since.
    fn look(s: &mut Autoscaler, slots_used: f64, waiting: u32) -> i32 {
        let now = s.looked_at + 15 * S;
        let used = s.used + slots_used * 15.0 * S as f64;
        s.look(now, Load { used, each: 10, waiting })
    }

    #[test]
    fn it_wants_what_kubernetes_wants() {
        // "If the current metric value is 200m and the desired value is 100m, the number of replicas will be doubled."
        let mut s = scaler(target(0.4), 3);
        assert_eq!(look(&mut s, 3.0 * 10.0 * 0.8, 0), 3);
        // ⌈4 · 0.5/0.6⌉ = 4: no change. ⌈4 · 0.44/0.6⌉ = 3, once it is cool.
        let mut s = scaler(target(0.6), 4);
        s.looked_at = 100 * S;
        assert_eq!(look(&mut s, 4.0 * 10.0 * 0.5, 0), 0);
        assert_eq!(look(&mut s, 4.0 * 10.0 * 0.44, 0), -1);
        assert_eq!(s.running(), 3);
    }

    #[test]
    fn within_the_tolerance_nothing_changes() {
        let mut s = scaler(target(0.5), 8);
        assert_eq!(look(&mut s, 8.0 * 10.0 * 0.5 * 1.09, 0), 0);
        assert_eq!(look(&mut s, 8.0 * 10.0 * 0.5 * 1.11, 0), 1, "⌈8.88⌉ = 9");
    }

    #[test]
    fn what_is_starting_counts_as_wanted_and_bounds_hold() {
        let mut s = scaler(target(0.5), 2);
        assert_eq!(look(&mut s, 20.0, 0), 2);
        s.starting.push_back((60 * S, 2));
        assert_eq!(look(&mut s, 20.0, 0), 0, "two run flat out, two more are on their way");
        assert_eq!(look(&mut s, 0.0, 0), 0, "nothing is stopped while some start");
        let mut s = scaler(target(0.01), 9);
        assert_eq!(look(&mut s, 90.0, 0), 1, "at most ten");
        let mut s = scaler(target(0.9), 9);
        s.looked_at = 100 * S;
        assert_eq!(look(&mut s, 0.0, 0), -8, "at least one");
    }

    #[test]
    fn after_a_change_nothing_is_stopped_until_it_is_cool() {
        let mut s = scaler(target(0.5), 4);
        s.looked_at = 100 * S;
        assert_eq!(look(&mut s, 30.0, 0), 2);
        s.running = 6;
        for _ in 0..3 {
            assert_eq!(look(&mut s, 9.9, 0), 0);
        }
        assert_eq!(look(&mut s, 9.9, 0), -4, "60 s later; ⌈6 · (9.9/60)/0.5⌉ = 2");
    }

    #[test]
    fn a_queue_is_shared_out_among_as_many_as_are_needed() {
        let mut s = scaler(ScalingPolicy::QueueDepth { waiting_per_instance: 10.0 }, 2);
        assert_eq!(look(&mut s, 20.0, 75), 6, "75 waiting, 10 for each: 8 instances");
    }
}

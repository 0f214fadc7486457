//! The plain data that leaves the simulation for the screen.

use super::{FaultSpell, Inside, LatencyConfidence};
use backpressure_pack::Pack;
use serde::Serialize;

/// Everything the screen draws of one instant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct Snapshot {
    /// Simulated time, ns since the start of the run.
    pub now_ns: u64,
    /// Events processed since the start.
    pub events: u64,
    /// Requests since the start of the run.
    pub totals: Totals,
    /// What happened lately.
    pub window: Window,
    /// Latency as users see it since the system last changed: how far it may be off for having been watched for so long
    /// only. `None` while that is too short to say.
    pub confidence: Option<LatencyConfidence>,
    /// Per node, in the order of the design.
    pub nodes: Vec<NodeSnapshot>,
    /// Per endpoint of the users, at most [`MAX_ENDPOINTS`].
    pub endpoints: Vec<EndpointSnapshot>,
    /// Per link, in the order of the design.
    pub links: Vec<LinkSnapshot>,
    /// The current bottleneck in plain words; empty when nothing has run yet.
    pub finding: Finding,
    /// What else is worth saying, the most important first, at most [`MAX_REMARKS`]: (id of the node, a sentence that names an
    /// effect and its figures).
    pub remarks: Vec<(String, String)>,
    /// Does the first remark tell more than the finding: an effect or a comparison that explains it?
    pub telling: bool,
    /// Faults that come at random, and when each came last.
    pub faults: Vec<FaultSpell>,
}

/// Requests of the users, counted since the start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct Totals {
    /// Requests that users made.
    pub offered: u64,
    /// Requests answered with success.
    pub answered: u64,
    /// Requests answered within their deadline (goodput).
    pub in_time: u64,
    /// Requests answered with less than was asked for.
    pub degraded: u64,
    /// Requests answered with an older version than the store held.
    pub stale: u64,
    /// Requests not yet answered or failed.
    pub in_flight: u64,
    /// Failed requests by reason (`timeout`, `queue_full`, …), only reasons that occurred.
    pub failed: Vec<(String, u64)>,
}

/// Rates and latencies over the last stretch of simulated time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct Window {
    /// Length of the stretch, simulated seconds.
    pub seconds: f64,
    /// Requests made per simulated second.
    pub offered_per_s: f64,
    /// Requests answered per simulated second (throughput).
    pub answered_per_s: f64,
    /// Requests answered in time per simulated second (goodput).
    pub in_time_per_s: f64,
    /// Failed requests per simulated second, by reason.
    pub failed_per_s: Vec<(String, f64)>,
    /// Latency of the requests answered in it, as the users see it.
    pub latency: Latency,
    /// Hits over lookups of all caches; `None` without lookups.
    pub hit_ratio: Option<f64>,
    /// Where it went; `None` while nothing was answered.
    pub parts: Option<LatencyParts>,
}

/// Most remarks in a snapshot.
pub const MAX_REMARKS: usize = 24;

/// Most endpoints in a snapshot.
pub const MAX_ENDPOINTS: usize = 50;

/// One endpoint of the users over the window.
#[derive(Clone, Debug, Default, PartialEq, Pack, Serialize)]
pub struct EndpointSnapshot {
    /// Id of the users in the design.
    pub node: String,
    /// Its name.
    pub name: String,
    /// HTTP method and path.
    pub route: String,
    /// Requests made per simulated second.
    pub offered_per_s: f64,
    /// Latency of the requests answered in the window.
    pub latency: Latency,
    /// Requests ended per simulated second, by HTTP status.
    pub status_per_s: Vec<(u16, f64)>,
}

/// Where the latency of requests went: means per request, ms. Every eighth request is broken down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pack, Serialize)]
pub struct LatencyParts {
    /// Requests broken down.
    pub requests: u64,
    /// On links, there and back.
    pub network_ms: f64,
    /// Waiting for a slot, a connection, a core, a lock, a disk, a replica, another's fetch.
    pub queueing_ms: f64,
    /// Worked on.
    pub service_ms: f64,
    /// Lost to failed attempts, timeouts and waits before retries.
    pub lost_ms: f64,
}

/// A summary of a latency distribution, ms. All zero when `count` is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Pack)]
pub struct Latency {
    /// Number of observations.
    pub count: u64,
    /// Arithmetic mean.
    pub mean_ms: f64,
    /// Median.
    pub p50_ms: f64,
    /// 90th percentile.
    pub p90_ms: f64,
    /// 95th percentile.
    pub p95_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
    /// 99.9th percentile.
    pub p999_ms: f64,
    /// Largest.
    pub max_ms: f64,
}

/// One node at one instant, with its rates over the window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct NodeSnapshot {
    /// Id in the design.
    pub id: String,
    /// Calls arriving per simulated second.
    pub rate_in_per_s: f64,
    /// Answers leaving per simulated second; what fails is counted below.
    pub rate_out_per_s: f64,
    /// Calls failed here per simulated second.
    pub failed_per_s: f64,
    /// Share of slots busy over the window, 0 to 1, or of cores where those are the scarcer; `None` for a component without slots.
    pub utilisation: Option<f64>,
    /// Cores that are scarcer than slots; 0 if it is the slots that are.
    pub scarce_cores: u32,
    /// Slots busy at this instant.
    pub busy: u32,
    /// Slots in all; 0 for a component without slots.
    pub slots: u32,
    /// What it costs, USD per hour; if it scales itself, for the instances that ran and started so far.
    pub cost_usd_per_hour: f64,
    /// Requests waiting for a slot at this instant.
    pub queue: u32,
    /// Mean number waiting over the window.
    pub queue_mean: f64,
    /// Most that may wait, per component; `None` if it has no queue.
    pub queue_limit: Option<u32>,
    /// Requests inside (waiting, in service, or waiting for a downstream reply) at this instant.
    pub inside: u32,
    /// Time from arrival to reply, over the window (since the start while there are few).
    pub residence: Latency,
    /// Hits over lookups in the window; `None` if it is no cache or nothing was looked up.
    pub hit_ratio: Option<f64>,
    /// Entries evicted to make room for others, per simulated second.
    pub evictions_per_s: f64,
    /// Failures since the start by reason, only reasons that occurred.
    pub failed: Vec<(String, u64)>,
    /// Answers per simulated second that left it with an older version than the store held.
    pub stale_per_s: f64,
    /// What only its kind measures, in the order of its [`crate::components::Kind::metrics`].
    pub own: Vec<OwnSnapshot>,
    /// How grave its own trouble is, if it has any that is no matter of slots: see [`crate::components::Kind::ails`].
    pub ails: Option<Health>,
    /// Names of the faults that befall it at this instant.
    pub faults: Vec<String>,
    /// What it is made of; `None` for a component without parts.
    pub made_of: Option<Inside>,
}

/// A figure that only one kind of component has, at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Pack)]
pub struct OwnSnapshot {
    /// Counts: since the start. Levels: now. Spans: mean over the window, ms.
    pub value: f64,
    /// Counts: per simulated second over the window. Levels: mean over the window. Spans: 99th percentile over the window, ms.
    pub recent: f64,
}

/// One link over the window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct LinkSnapshot {
    /// Id in the design.
    pub id: String,
    /// Calls sent per simulated second.
    pub calls_per_s: f64,
    /// Replies sent back per simulated second.
    pub replies_per_s: f64,
    /// Failed replies per simulated second, among them.
    pub failed_per_s: f64,
    /// Messages lost on the way per simulated second.
    pub lost_per_s: f64,
    /// State of the caller's circuit breaker, if the link has one: `closed`, `open`, `half_open`.
    pub breaker: Option<String>,
    /// Attempts made again, since the start.
    pub retries: u64,
    /// Names of the faults that befall it at this instant.
    pub faults: Vec<String>,
}

impl NodeSnapshot {
    /// Failed calls as a share of those that came to an end over the window, 0 to 1; 0 when none did.
    pub fn failed_share(&self) -> f64 {
        share(self.failed_per_s, self.rate_out_per_s + self.failed_per_s)
    }
}

impl LinkSnapshot {
    /// Failed replies as a share of all replies over the window, 0 to 1; 0 when there were none.
    pub fn failed_share(&self) -> f64 {
        share(self.failed_per_s, self.replies_per_s)
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

/// The bottleneck, in words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct Finding {
    /// Id of the node that limits the system, if one does.
    pub node: Option<String>,
    /// One sentence with the figures that say so.
    pub sentence: String,
    /// How the system fares.
    pub health: Health,
    /// Ids of the nodes whose queues grow without end, so that averages say nothing.
    pub growing: Vec<String>,
}

/// How a system or a component fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Pack)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Nothing has run yet.
    #[default]
    Idle,
    /// Room to spare.
    Healthy,
    /// Busy: little room.
    Busy,
    /// Saturated: work arrives as fast as it can be done, or faster.
    Saturated,
    /// Requests fail.
    Failing,
}

/// One request crossing one link: what a moving dot is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Pack)]
pub struct Hop {
    /// Index of the link in [`Snapshot::links`].
    pub link: u32,
    /// Number of the users' request it belongs to, counted from the start of the run.
    pub request: u64,
    /// How it fares.
    pub fate: Fate,
    /// Travelling back to the caller?
    pub reply: bool,
    /// When it left, simulated ns.
    pub sent_ns: u64,
    /// When it arrives, simulated ns.
    pub arrives_ns: u64,
}

/// How a travelling request fares: decides the dot's colour and shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Pack)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// On its way in.
    Fresh,
    /// On its way back, answered.
    Answered,
    /// On its way back from a cache that had it.
    Hit,
    /// On its way back from a cache that had it not.
    Miss,
    /// On its way back, failed.
    Failed,
}

/// The run so far as a chart draws it: equal steps of simulated time, bounded in number (when full, neighbours
/// are merged and the step doubles).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct Series {
    /// Start of the first point, simulated seconds.
    pub start_s: f64,
    /// Length of a point, simulated seconds.
    pub step_s: f64,
    /// Names of the failure reasons, in the order of [`Point::failed_per_s`].
    pub reasons: Vec<String>,
    /// Ids of the nodes, in the order of [`Point::nodes`].
    pub node_ids: Vec<String>,
    /// Points, oldest first.
    pub points: Vec<Point>,
}

/// One step of a [`Series`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct Point {
    /// Requests made per second.
    pub offered_per_s: f32,
    /// Requests answered per second.
    pub answered_per_s: f32,
    /// Requests answered in time per second.
    pub in_time_per_s: f32,
    /// Failed per second, by reason.
    pub failed_per_s: Vec<f32>,
    /// Latency percentiles of requests answered in this step, ms: p50, p95, p99, p99.9; `None` if there were none.
    pub latency_ms: Option<[f32; 4]>,
    /// Hits over lookups of all caches; `None` without lookups.
    pub hit_ratio: Option<f32>,
    /// Per node: utilisation (0 to 1; 0 without slots) and mean queue; NaN while it was not in the design.
    pub nodes: Vec<[f32; 2]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_hundred_calls_twenty_that_fail_are_a_fifth() {
        // A component counts answers and failures apart, a link failures among its replies.
        let node = NodeSnapshot { rate_out_per_s: 80.0, failed_per_s: 20.0, ..Default::default() };
        let link = LinkSnapshot { replies_per_s: 100.0, failed_per_s: 20.0, ..Default::default() };
        assert_eq!((node.failed_share(), link.failed_share()), (0.2, 0.2));
        assert_eq!(NodeSnapshot { rate_out_per_s: 0.0, ..node }.failed_share(), 1.0);
        assert_eq!((NodeSnapshot::default().failed_share(), LinkSnapshot::default().failed_share()), (0.0, 0.0));
    }
}

//! What components that pass requests on measure, and what is worth saying of it.

use crate::components::{Metric, MetricOf};
use crate::metrics::NodeSnapshot;
use crate::words::{count, figure, rounded};

/// Metrics of every kind with an upstream: they come first in its list, in this order.
pub(crate) const METRICS: [Metric; 5] = [DOWN_METRIC, EJECTED_METRIC, CHECKS_METRIC, LOST_METRIC, WAIT_METRIC];

/// The same of a balancer, which can also keep clients where they were and send little to a server that has just come back. Other
/// kinds ask their upstream for neither, so it never counts them.
pub(crate) const BALANCER_METRICS: [Metric; 8] = [
    DOWN_METRIC,
    EJECTED_METRIC,
    CHECKS_METRIC,
    LOST_METRIC,
    WAIT_METRIC,
    Metric {
        name: "kept",
        label: "Kept at their server",
        help: "Requests that went where their client's last one went, balanced by nobody.",
        of: MetricOf::Count,
    },
    Metric {
        name: "kept_beside_idle",
        label: "… beside an idle one",
        help: "Of these, requests whose server had others of this balancer in hand while another server had none.",
        of: MetricOf::Count,
    },
    Metric {
        name: "to_warming",
        label: "To servers warming up",
        help: "Requests that went to a server in its slow start.",
        of: MetricOf::Count,
    },
];

const DOWN_METRIC: Metric = Metric {
    name: "servers_down",
    label: "Servers down",
    help: "Servers that health checks have taken out of turn.",
    of: MetricOf::Level,
};
const EJECTED_METRIC: Metric = Metric {
    name: "servers_ejected",
    label: "Servers ejected",
    help: "Servers out of turn because of their errors.",
    of: MetricOf::Level,
};
const CHECKS_METRIC: Metric =
    Metric { name: "checks_failed", label: "Failed checks", help: "Health checks that failed.", of: MetricOf::Count };
const LOST_METRIC: Metric = Metric {
    name: "lost_at_server",
    label: "Lost at a server",
    help: "Requests that a server refused because it was down, or lost when it died.",
    of: MetricOf::Count,
};
const WAIT_METRIC: Metric = Metric {
    name: "queue_time_ms",
    label: "Wait for a server",
    help: "Time requests waited for a server with room, of those that had to.",
    of: MetricOf::Span,
};
/// Places in [`METRICS`].
pub(super) const DOWN: usize = 0;
pub(super) const EJECTED: usize = 1;
pub(super) const CHECKS_FAILED: usize = 2;
pub(super) const LOST: usize = 3;
pub(super) const QUEUE_TIME: usize = 4;
/// Places in [`BALANCER_METRICS`].
pub(super) const KEPT: usize = 5;
pub(super) const KEPT_BESIDE_IDLE: usize = 6;
pub(super) const TO_WARMING: usize = 7;

/// Requests a second from which a habit of the balancer is worth a word.
const SOME: f64 = 1.0;
/// Share of the requests kept that stood behind others while a server was idle: beyond, keeping them costs something.
const SKEWED: f64 = 0.1;

/// What is worth saying of the servers behind a balancer.
#[inline(never)]
pub(crate) fn balancer_says(node: &NodeSnapshot) -> Option<String> {
    says(node).or_else(|| {
        let recent = |i: usize| node.own.get(i).map_or(0.0, |own| own.recent);
        let (kept, skewed, warming) = (recent(KEPT), recent(KEPT_BESIDE_IDLE), recent(TO_WARMING));
        if warming >= SOME {
            return Some(format!(
                "Slow start: a server that is back gets {} of {} requests/s; its share rises evenly.",
                figure(warming),
                figure(node.rate_in_per_s)
            ));
        }
        (kept >= SOME && skewed >= SKEWED * kept).then(|| {
            format!(
                "Pinned: {} of {} requests/s go where their client's last one went, {} of them to a server at work while another has nothing to do.",
                figure(kept),
                figure(node.rate_in_per_s),
                figure(skewed)
            )
        })
    })
}

/// What is worth saying of the servers behind a component with [`METRICS`].
pub(crate) fn says(node: &NodeSnapshot) -> Option<String> {
    let own = |i: usize| node.own.get(i).copied().unwrap_or_default();
    let servers = |n: f64| count(rounded(n), "server");
    let (down, ejected, lost) = (own(DOWN).value, own(EJECTED).value, own(LOST).recent);
    if down > 0.0 {
        let out = servers(down);
        return Some(format!(
            "Health checks have taken {out} out of turn: no request goes there until they succeed again."
        ));
    }
    if ejected > 0.0 {
        return Some(format!("{} ejected after errors in a row: no request goes there for a while.", servers(ejected)));
    }
    if lost > 0.0 {
        return Some(format!("{} requests/s fail at a server that is down and still in turn.", figure(lost)));
    }
    if node.queue > 0 {
        return Some(format!(
            "{} {} here: every server has as many as it may.",
            count(u64::from(node.queue), "request"),
            if node.queue == 1 { "waits" } else { "wait" }
        ));
    }
    None
}

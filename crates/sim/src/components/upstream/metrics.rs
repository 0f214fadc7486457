//! What components that pass requests on measure, and what is worth saying of it.

use crate::components::{Metric, MetricOf};
use crate::metrics::NodeSnapshot;

/// Metrics of every kind with an upstream: they come first in its list, in this order.
pub(crate) const METRICS: [Metric; 5] = [
    Metric {
        name: "servers_down",
        label: "Servers down",
        help: "Servers that health checks have taken out of turn.",
        of: MetricOf::Level,
    },
    Metric {
        name: "servers_ejected",
        label: "Servers ejected",
        help: "Servers out of turn because of their errors.",
        of: MetricOf::Level,
    },
    Metric { name: "checks_failed", label: "Failed checks", help: "Health checks that failed.", of: MetricOf::Count },
    Metric {
        name: "lost_at_server",
        label: "Lost at a server",
        help: "Requests that a server refused because it was down, or lost when it died.",
        of: MetricOf::Count,
    },
    Metric {
        name: "queue_time_ms",
        label: "Wait for a server",
        help: "Time requests waited for a server with room, of those that had to.",
        of: MetricOf::Span,
    },
];
/// Places in [`METRICS`].
pub(super) const DOWN: usize = 0;
pub(super) const EJECTED: usize = 1;
pub(super) const CHECKS_FAILED: usize = 2;
pub(super) const LOST: usize = 3;
pub(super) const QUEUE_TIME: usize = 4;

/// What is worth saying of the servers behind a component with [`METRICS`].
pub(crate) fn says(node: &NodeSnapshot) -> Option<String> {
    let own = |i: usize| node.own.get(i).copied().unwrap_or_default();
    let servers = |n: f64| if n == 1.0 { "1 server".to_owned() } else { format!("{n:.0} servers") };
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
        let lost = if lost < 10.0 { format!("{lost:.1}") } else { format!("{lost:.0}") };
        return Some(format!("{lost} requests/s fail at a server that is down and still in turn."));
    }
    if node.queue > 0 {
        return Some(format!("{} requests wait here: every server has as many as it may.", node.queue));
    }
    None
}

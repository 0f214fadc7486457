//! What a SQL database measures of its own, says, and costs.

use super::params::SqlDatabaseParams;
use crate::analysis::growth::{Growth, MOST_CORES, Size, cores_usd_per_hour};
use crate::components::{Metric, MetricOf};
use crate::design::Reader;
use crate::metrics::NodeSnapshot;
use serde_json::{Map, Value};

// Places in `METRICS`.
pub(super) const LOST_UPDATES: usize = 0;
pub(super) const CONFLICTS: usize = 1;
pub(super) const LOCK_WAITS: usize = 2;
pub(super) const WAITING_FOR_ROWS: usize = 3;
pub(super) const DUPLICATES: usize = 4;
pub(super) const RECOGNISED: usize = 5;
pub(super) const OVERSOLD: usize = 6;
pub(super) const SCANNED: usize = 7;
pub(super) const DISK_WAIT: usize = 8;
pub(super) const DISK_QUEUE: usize = 9;
pub(super) const LAG: usize = 10;
pub(super) const BACKLOG: usize = 11;
pub(super) const FAILOVERS: usize = 12;
pub(super) const LOST_WRITES: usize = 13;

pub(super) const METRICS: &[Metric] = &[
    metric("lost_updates", "Lost updates", "Writes that overwrote a change they had not seen.", MetricOf::Count),
    metric(
        "conflicts",
        "Conflicts",
        "Attempts to write a row that failed or were repeated because of another write.",
        MetricOf::Count,
    ),
    metric("lock_wait_ms", "Wait for a row", "Time that writes waited for the lock of their row.", MetricOf::Span),
    metric("waiting_for_rows", "Waiting for rows", "Writes that wait for the lock of their row.", MetricOf::Level),
    metric("duplicates", "Duplicates", "Writes done a second time because they were asked for again.", MetricOf::Count),
    metric(
        "duplicates_recognised",
        "Duplicates avoided",
        "Writes asked for again that were recognised by their idempotency key.",
        MetricOf::Count,
    ),
    metric("oversold", "Oversold", "Units given of rows that had none left.", MetricOf::Count),
    metric("scans", "Scans", "Reads that looked at every row.", MetricOf::Count),
    metric("disk_wait_ms", "Disk", "Time that queries waited for the disk.", MetricOf::Span),
    metric("disk_queue", "Disk queue", "Operations that wait for the disk or are carried out.", MetricOf::Level),
    metric(
        "replication_lag_ms",
        "Replication lag",
        "Time from a write on the primary until a replica had applied it.",
        MetricOf::Span,
    ),
    metric(
        "replication_backlog",
        "Replication backlog",
        "Writes that replicas have yet to apply, over all replicas.",
        MetricOf::Level,
    ),
    metric("failovers", "Failovers", "Times a replica took over.", MetricOf::Count),
    metric(
        "lost_writes",
        "Lost writes",
        "Committed writes that the replica that took over had not received.",
        MetricOf::Count,
    ),
];

const fn metric(name: &'static str, label: &'static str, help: &'static str, of: MetricOf) -> Metric {
    Metric { name, label, help, of }
}

/// Connections that keep a core busy.
const CONNECTIONS_PER_CORE: f64 = 16.0;

/// A managed database of the large public clouds: about 0.20 USD an hour for two cores, enough for some 32 connections, more
/// for each core of a large machine, and 0.10 USD a month for one provisioned operation a second. Replicas cost as much as
/// the primary.
pub(super) fn cost(params: &Map<String, Value>) -> f64 {
    let p = SqlDatabaseParams::read(params, &mut Reader::default());
    let disk = p.disk.map_or(0.0, |d| d.iops * 0.1 / 730.0);
    let cores = f64::from(p.connections) / CONNECTIONS_PER_CORE;
    (cores_usd_per_hour(0.1, cores) + disk) * f64::from(1 + p.replicas.map_or(0, |r| r.count))
}

/// One machine of it made bigger: more cores bear more connections. What it answers is counted in reads of the primary.
pub(super) const GROWTH: Growth = Growth {
    sizes: &[Size {
        field: "connections",
        most: CONNECTIONS_PER_CORE * MOST_CORES as f64,
        end: "no machine on sale bears more. Only replicas and shards go further.",
    }],
    capacity_per_s: |params| {
        let p = SqlDatabaseParams::read(params, &mut Reader::default());
        f64::from(p.connections) * 1000.0 / p.read_time.mean_ms()
    },
};

pub(super) fn says(node: &NodeSnapshot) -> Option<String> {
    let own = |metric: usize| node.own.get(metric).copied().unwrap_or_default();
    let lately = |metric: usize| own(metric).recent;
    // The most serious first.
    if lately(LOST_WRITES) > 0.0 || (lately(FAILOVERS) > 0.0 && own(LOST_WRITES).value > 0.0) {
        return Some(format!(
            "A replica took over that had not received everything: {:.0} committed writes are lost.",
            own(LOST_WRITES).value
        ));
    }
    if lately(OVERSOLD) > 0.0 {
        return Some(format!(
            "{:.0} units were given that rows did not have: writes did not see each other.",
            own(OVERSOLD).value
        ));
    }
    if lately(LOST_UPDATES) > 0.0 {
        return Some(format!(
            "{:.0} updates lost so far, {:.1} a second now: two writes read the same row, and the second overwrote the first.",
            own(LOST_UPDATES).value,
            lately(LOST_UPDATES)
        ));
    }
    if lately(DUPLICATES) > 0.0 {
        return Some(format!(
            "{:.0} writes were done twice: they were asked for again though the first attempt had been carried out.",
            own(DUPLICATES).value
        ));
    }
    if own(WAITING_FOR_ROWS).recent >= 1.0 {
        return Some(format!(
            "A hot row: {:.0} writes wait for a row that another has locked, {:.0} ms each; they hold their connections meanwhile.",
            own(WAITING_FOR_ROWS).value,
            own(LOCK_WAITS).value
        ));
    }
    if lately(CONFLICTS) > 0.0 {
        return Some(format!("{:.1} conflicts a second: writes found that their row had changed.", lately(CONFLICTS)));
    }
    if own(DISK_QUEUE).recent >= 2.0 {
        return Some(format!(
            "The disk is the limit: {:.0} operations are in line for it, and a query waits {:.0} ms.",
            own(DISK_QUEUE).value,
            own(DISK_WAIT).value
        ));
    }
    if node.stale_per_s > 0.0 {
        return Some(format!(
            "{:.1} stale reads a second: replicas are {:.0} ms behind the primary.",
            node.stale_per_s,
            own(LAG).value
        ));
    }
    if lately(SCANNED) > 0.0 {
        return Some(format!(
            "{:.1} reads a second look at every row of the table: no index helps them.",
            lately(SCANNED)
        ));
    }
    None
}

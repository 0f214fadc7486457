//! What a SQL database measures of its own, says, and costs.

use super::params::SqlDatabaseParams;
use crate::analysis::growth::{Growth, MOST_CORES, Size, cores_usd_per_hour};
use crate::analysis::guards::ms;
use crate::components::{Metric, MetricOf};
use crate::design::Reader;
use crate::metrics::{Health, NodeSnapshot};
use crate::words::{count, count_are, figure, rounded};
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

/// The disk is a limit beside the connections.
pub(super) fn ails(node: &NodeSnapshot) -> Option<Health> {
    (node.own.get(DISK_QUEUE)?.recent >= IN_LINE && says(node)?.starts_with(DISK)).then_some(Health::Saturated)
}

/// Operations in line for the disk, on average, from which it is what limits.
const IN_LINE: f64 = 2.0;
const DISK: &str = "The disk is the limit";

pub(super) fn says(node: &NodeSnapshot) -> Option<String> {
    let own = |metric: usize| node.own.get(metric).copied().unwrap_or_default();
    let lately = |metric: usize| own(metric).recent;
    // The most serious first.
    if lately(LOST_WRITES) > 0.0 || (lately(FAILOVERS) > 0.0 && own(LOST_WRITES).value > 0.0) {
        return Some(format!(
            "A replica took over that had not received everything: {} lost.",
            count_are(rounded(own(LOST_WRITES).value), "committed write")
        ));
    }
    if lately(OVERSOLD) > 0.0 {
        return Some(format!(
            "{} units were given that rows did not have: writes did not see each other.",
            figure(own(OVERSOLD).value)
        ));
    }
    if lately(LOST_UPDATES) > 0.0 {
        return Some(format!(
            "{} lost so far, {} a second now: two writes read the same row, and the second overwrote the first.",
            count(rounded(own(LOST_UPDATES).value), "update"),
            figure(lately(LOST_UPDATES))
        ));
    }
    if lately(DUPLICATES) > 0.0 {
        return Some(format!(
            "{} done twice so far: asked for again though the first attempt had been carried out.",
            count(rounded(own(DUPLICATES).value), "write")
        ));
    }
    if own(WAITING_FOR_ROWS).recent >= 1.0 {
        return Some(format!(
            "A hot row: {} in line for a row that another has locked, {:.0} ms each; they hold their connections meanwhile.",
            count_are(rounded(own(WAITING_FOR_ROWS).value), "write"),
            own(LOCK_WAITS).value
        ));
    }
    if lately(CONFLICTS) > 0.0 {
        return Some(format!(
            "{} conflicts a second: writes found that their row had changed.",
            figure(lately(CONFLICTS))
        ));
    }
    if own(DISK_QUEUE).recent >= IN_LINE {
        return Some(format!(
            "{DISK}: {} in line for it on average, and a query waits {}.",
            count_are(rounded(own(DISK_QUEUE).recent), "operation"),
            ms(own(DISK_WAIT).value)
        ));
    }
    if node.stale_per_s > 0.0 {
        return Some(format!(
            "{} stale reads a second: replicas are {} behind the primary.",
            figure(node.stale_per_s),
            ms(own(LAG).value)
        ));
    }
    if lately(SCANNED) > 0.0 {
        return Some(format!(
            "{} reads a second look at every row of the table: no index helps them.",
            figure(lately(SCANNED))
        ));
    }
    None
}

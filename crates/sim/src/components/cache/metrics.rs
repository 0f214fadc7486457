//! What only a cache measures, and what is worth saying of it.

use crate::components::{Metric, MetricOf};
use crate::metrics::NodeSnapshot;
use crate::words::{count, count_are, figure, per_s_are, rounded, whole};

// Places in the list below.
pub(super) const KEYS: usize = 0;
pub(super) const EXPIRED: usize = 1;
pub(super) const DUPLICATES: usize = 2;
pub(super) const COALESCED: usize = 3;
pub(super) const REFRESHED: usize = 4;
pub(super) const BUFFERED: usize = 5;
pub(super) const SAVED: usize = 6;
pub(super) const LOST: usize = 7;
pub(super) const COLD: usize = 8;
pub(super) const STAMPEDES: usize = 9;

const fn metric(name: &'static str, label: &'static str, help: &'static str, of: MetricOf) -> Metric {
    Metric { name, label, help, of }
}

pub(super) const METRICS: &[Metric] = &[
    metric("keys_held", "Keys held", "Keys in memory, over all nodes.", MetricOf::Level),
    metric("expired", "Expired", "Lookups that found their key, but too old.", MetricOf::Count),
    metric(
        "duplicate_fetches",
        "Duplicate fetches",
        "Misses on a key that somebody else was fetching already.",
        MetricOf::Count,
    ),
    metric(
        "coalesced",
        "Coalesced",
        "Lookups that waited for a fetch under way instead of making one.",
        MetricOf::Count,
    ),
    metric("refreshes", "Refreshed early", "Keys fetched anew before they expired.", MetricOf::Count),
    metric("buffered_writes", "Buffered writes", "Writes acknowledged and not yet in the store.", MetricOf::Level),
    metric("writes_saved", "Writes saved", "Writes that a later one of the same key made needless.", MetricOf::Count),
    metric(
        "lost_writes",
        "Lost writes",
        "Writes acknowledged, and lost before they reached the store.",
        MetricOf::Count,
    ),
    metric("cold_keys", "Cold keys", "Keys that a crash or a flush took, less those put in since.", MetricOf::Level),
    metric("stampedes", "Stampedes", "Times that eight or more fetched the same key at once.", MetricOf::Count),
];

/// The effect that shows at this instant, the gravest first.
pub(super) fn says(node: &NodeSnapshot) -> Option<String> {
    let own = |metric: usize| node.own.get(metric).copied().unwrap_or_default();
    let percent = |share: f64| (share * 100.0 + 0.5) as u32;
    let lost = rounded(own(LOST).value);
    if lost > 0 {
        return Some(format!(
            "Lost {} that it had acknowledged: not yet in the store, and gone with its memory.",
            count(lost, "write")
        ));
    }
    let (cold, held) = (rounded(own(COLD).value), rounded(own(KEYS).value));
    if cold > held {
        let hits = node.hit_ratio.map_or(0, percent);
        return Some(format!(
            "Cold: of the keys it lost, {} not back yet; {hits} % of the lookups hit.",
            if cold == 1 { "1 is".to_owned() } else { format!("{} are", whole(cold)) }
        ));
    }
    let stale = (node.stale_per_s >= 1.5)
        .then(|| format!("Stale: {} older than what the store holds.", per_s_are(node.stale_per_s, "answer")));
    if node.stale_per_s > WRONG * node.rate_out_per_s && stale.is_some() {
        return stale;
    }
    let twice = own(DUPLICATES).recent;
    if own(STAMPEDES).recent > 0.0 && twice >= 1.5 {
        return Some(format!(
            "Stampede: a key is missed by many at once; {} of keys that somebody else is fetching already.",
            per_s_are(twice, "read")
        ));
    }
    if stale.is_some() {
        return stale;
    }
    let refreshed = own(REFRESHED).recent;
    if refreshed >= 1.5 {
        return Some(format!(
            "Refresh ahead: {} fetched anew before they expire, and nobody waits for them.",
            per_s_are(refreshed, "key")
        ));
    }
    let (buffered, saved) = (rounded(own(BUFFERED).value), own(SAVED).recent);
    if buffered > 0 {
        return Some(format!(
            "Write-behind: {} acknowledged and not yet in the store, {} a second never need to be; a crash now would lose them.",
            count_are(buffered, "write"),
            figure(saved)
        ));
    }
    let waiting = own(COALESCED).recent;
    if waiting >= 1.5 {
        return Some(format!(
            "Coalescing: {} lookups a second wait for a fetch under way instead of making their own.",
            figure(waiting)
        ));
    }
    evicting(node)
}

/// A share of answers that are stale which matters more than what fetches cost.
const WRONG: f64 = 0.05;

/// Evictions a second, and misses, of which a cache that is full has enough to say so.
const MANY: (f64, f64) = (5.0, 0.1);

/// Of a cache that is smaller than what it is asked for.
#[inline(never)]
fn evicting(node: &NodeSnapshot) -> Option<String> {
    let (hits, evicted_per_s) = (node.hit_ratio?, node.evictions_per_s);
    (evicted_per_s >= MANY.0 && 1.0 - hits >= MANY.1).then(|| {
        format!(
            "Full: it gives up {} keys a second to make room, for more are asked for than it holds; {:.0} % of the lookups hit.",
            figure(evicted_per_s),
            hits * 100.0
        )
    })
}

//! Parameters of a cache.

use crate::design::{Distribution, choice, params, variant};
use crate::policies::eviction::{Capacity, Eviction};

variant! {
    /// What decides whether a lookup hits.
    pub enum Hits tag "hits" {
        /// Real keys are kept and evicted: the hit ratio is an outcome of capacity and popularity.
        Keys = "keys", "Real keys" {
            /// Keys a node can hold.
            capacity_items: u64 = 1000, label "Capacity", unit "keys", range 1..=10_000_000;
            /// Memory for values, per node, instead of a number of keys. A value is as large as the payload of its endpoint.
            capacity_mb: Option<f64> = None, label "Capacity in MB", unit "MB", range 0.001..=1_000_000.0, advanced;
            /// Which key a full cache gives up to make room.
            eviction: Eviction = Eviction::Lru, label "Eviction";
            /// How long a key is good for after it was put in. Off: until it is evicted.
            ttl_ms: Option<f64> = None, label "Time to live", unit "ms", range 0.001..=31_536_000_000.0;
            /// Times to live are shorter by a random share of up to this, so that keys put in together do not expire together.
            ttl_jitter: f64 = 0.0, label "Jitter", range 0.0..=1.0, advanced;
            /// Whether a hit starts the time to live anew: then a key expires when nobody has asked for it for so long.
            ttl_renewed: bool = false, label "Renewed by hits", advanced;
        }
        /// A hit ratio measured in production stands for the keys: each lookup hits by chance, whatever it asks for.
        MeasuredRatio = "measured_ratio", "Measured ratio" {
            /// Share of lookups that hit, 0 to 1, as measured in production.
            hit_ratio: f64 = 0.8, label "Hit ratio, as measured", range 0.0..=1.0;
        }
    }
}

variant! {
    /// How writes that come through the cache reach the store behind it.
    pub enum Writes tag "writes" {
        /// Into the store only. The copy here is dealt with as the invalidation says.
        Around = "write_around", "Write-around" {
        }
        /// Into the store, and then into the cache; the answer comes when both have it.
        Through = "write_through", "Write-through" {
        }
        /// Into the cache, and later into the store. The answer does not wait for the store, and a crash loses what was not there yet.
        Behind = "write_behind", "Write-behind" {
            /// How long a write waits. Writes of the same key meanwhile become one.
            flush_after_ms: f64 = 500.0, label "Written after", unit "ms", range 0.001..=3_600_000.0;
            /// Keys a node may owe the store; with more, writes go through.
            buffer_items: u32 = 10_000, label "Buffer", unit "keys", range 1..=1_000_000;
        }
    }
}

choice! {
    /// What a write does to the copy in the cache.
    pub enum Invalidation {
        /// It is deleted; the next read fetches it anew.
        DeleteOnWrite = "delete_on_write", "Delete on write";
        /// The new value takes its place. Of two writes the one that arrives last stays, even if it is the older one.
        UpdateOnWrite = "update_on_write", "Update on write";
        /// The new value takes its place, and an older version never replaces a newer one.
        Versioned = "versioned", "Versioned";
        /// Nothing: the copy is stale until it expires.
        TtlOnly = "ttl_only", "None: only the time to live";
    }
}

params! {
    /// Parameters of a cache.
    pub struct CacheParams {
        /// What decides whether a lookup hits.
        hits: Hits = Hits::default(), label "Hits";
        /// Time the cache takes for a lookup, a write or a deletion.
        access_time: Distribution = Distribution::Constant { mean_ms: 0.3 }, label "Access time";
        /// What a write does to the copy here. Beside the store, the caller tells the cache of its writes.
        invalidation: Invalidation = Invalidation::DeleteOnWrite, label "Invalidation";
        /// How writes reach the store linked behind the cache. Without one behind it, the caller writes to the store (cache-aside).
        writes: Writes = Writes::Around {}, label "Writes";
        /// While a missing key is fetched, others that ask for it wait for that, this long at most, instead of fetching it as well. A key deleted meanwhile is not kept. Off: each fetches for itself.
        coalesce_ms: Option<f64> = None, label "Request coalescing", unit "ms", range 0.001..=600_000.0;
        /// Keys are fetched anew by chance shortly before they expire, the sooner the longer a fetch takes (XFetch); 1 is the usual factor β. Off: when they have expired.
        early_refresh: Option<f64> = None, label "Early refresh", unit "β", range 0.01..=100.0, advanced;
        /// With a store behind it: a hit on a key older than this share of its time to live fetches it anew in the background. Off: never.
        refresh_ahead: Option<f64> = None, label "Refresh ahead", unit "of the TTL", range 0.0..=1.0, advanced;
        /// Machines among which the keys are spread by consistent hashing. One that crashes loses its keys.
        nodes: u32 = 1, label "Nodes", range 1..=100;
        /// Operations a node can do per second, one after the other (Redis: about 100,000). 10,000 may wait. Off: without limit.
        node_ops_per_s: Option<f64> = None, label "Limit per node", unit "ops/s", range 1.0..=100_000_000.0, advanced;
    }
}

/// Capacity of a node.
pub(super) fn capacity(items: u64, mb: Option<f64>) -> Capacity {
    mb.map_or(Capacity::Items(items), |mb| Capacity::Bytes((mb * 1e6) as u64))
}

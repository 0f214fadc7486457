//! Which shard a key lives on.

use super::balancing::Ring;
use crate::design::variant;
use crate::engine::rng::mix;
use backpressure_pack::Pack;

variant! {
    /// How keys are spread over the shards.
    pub enum Sharding tag "sharding" {
        /// The hash of the key, modulo the number of shards: even, and nearly every key moves when that number changes.
        Hash = "hash", "Hash (mod n)" {
        }
        /// Keys next to each other live together, in equal ranges: good for scans, bad when the popular ones are neighbours.
        Range = "range", "Range" {
            /// Keys there are, from 0; the last range takes what lies beyond.
            keys: u64 = 10_000, label "Keys", unit "keys", range 1..=1_000_000_000;
        }
        /// A table says where each key lives; a new key goes to the shard with the fewest. Keys stay where they are when a shard is added.
        Directory = "directory", "Directory" {
        }
        /// Shards own arcs of a ring (Karger et al., 1997): when one is added, it takes its share of the keys, and no others move.
        ConsistentHash = "consistent_hash", "Consistent hash" {
        }
    }
}

/// A sharding at work over shards that go by the number of their link. Finding a shard costs O(1), on a ring O(log shards), in a
/// directory O(shards) for a key it does not know yet.
#[derive(Clone, Debug, Default, Pack)]
pub struct Sharder {
    sharding: Sharding,
    shards: Vec<u32>,
    ring: Ring,
    /// Directory: keys on each shard.
    keys: Vec<u64>,
}

impl Sharder {
    /// Takes over how keys are spread, and over which shards.
    pub fn set(&mut self, sharding: &Sharding, shards: &[u32]) {
        self.sharding = sharding.clone();
        self.shards = shards.to_vec();
        self.keys = vec![0; shards.len()];
        let named = |&link: &u32| (u64::from(link), link);
        self.ring = match sharding {
            Sharding::ConsistentHash {} => Ring::new(shards.iter().map(named)),
            _ => Ring::default(),
        };
    }

    /// The shards, in the order of the design.
    pub fn shards(&self) -> &[u32] {
        &self.shards
    }

    /// Place of a shard among them.
    pub fn place(&self, shard: u32) -> Option<usize> {
        self.shards.iter().position(|&s| s == shard)
    }

    /// The shard that owns a key, which lives on `home` as far as anybody knows; `None` without shards.
    pub fn owner(&self, key: u64, home: Option<u32>) -> Option<u32> {
        let n = self.shards.len() as u64;
        if n == 0 {
            return None;
        }
        let at = |place: u64| self.shards.get(place as usize).copied();
        match self.sharding {
            Sharding::Hash {} => at(mix(key) % n),
            // The low half of a key is its number; the high half tells which objects it is about.
            Sharding::Range { keys } => at(((key & 0xffff_ffff) * n / keys.max(1)).min(n - 1)),
            Sharding::ConsistentHash {} => self.ring.from(key).next(),
            Sharding::Directory {} => home.filter(|h| self.shards.contains(h)).or_else(|| {
                let fewest = (0..self.shards.len()).min_by_key(|&i| self.keys[i])?;
                at(fewest as u64)
            }),
        }
    }

    /// A key lives on this shard from now on.
    pub fn settle(&mut self, shard: u32) {
        if let Some(i) = self.place(shard) {
            self.keys[i] += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sharder(sharding: Sharding, shards: u32) -> Sharder {
        let mut sharder = Sharder::default();
        sharder.set(&sharding, &(0..shards).collect::<Vec<_>>());
        sharder
    }

    fn moved(sharding: &Sharding, keys: u64) -> f64 {
        let (four, five) = (sharder(sharding.clone(), 4), sharder(sharding.clone(), 5));
        let moves = |&k: &u64| four.owner(k, None) != five.owner(k, four.owner(k, None));
        (0..keys).filter(moves).count() as f64 / keys as f64
    }

    #[test]
    fn a_fifth_shard_moves_as_many_keys_as_theory_says() {
        let keys = 100_000;
        // n/(n + 1), give or take 3.3 · √(0.8 · 0.2 / 100,000).
        assert!((moved(&Sharding::Hash {}, keys) - 0.8).abs() < 0.005);
        // Of the i-th of n ranges, (n − i)/(n(n + 1)) stays: half of all keys.
        assert!((moved(&Sharding::Range { keys }, keys) - 0.5).abs() < 1e-4);
        assert_eq!(moved(&Sharding::Directory {}, keys), 0.0);
        // 1/(n + 1), give or take the unevenness of a ring of 100 points each.
        assert!((moved(&Sharding::ConsistentHash {}, keys) - 0.2).abs() < 0.06);
    }

    #[test]
    fn a_directory_fills_the_emptiest_shard() {
        let mut directory = sharder(Sharding::Directory {}, 3);
        for key in 0..300 {
            let shard = directory.owner(key, None).unwrap_or(9);
            directory.settle(shard);
        }
        assert_eq!(directory.keys, [100; 3]);
        assert_eq!(directory.owner(1, Some(2)), Some(2));
        assert_eq!(sharder(Sharding::Hash {}, 0).owner(1, None), None);
    }
}

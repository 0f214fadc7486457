//! A hash ring: which of several servers owns a key.

use crate::engine::rng::mix;
use backpressure_pack::Pack;

/// Points each server has on a ring: the share of the keys that servers own then differs by about 1/√100 = 10 %.
const POINTS: u64 = 100;

/// Servers on a circle, each at many points; a key belongs to the first server at or after it (Karger et al., "Consistent
/// hashing and random trees", 1997). When a server joins or leaves, only the keys next to its points move.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub struct Ring {
    /// (point, server), sorted by point.
    points: Vec<(u64, u32)>,
}

impl Ring {
    /// A ring of `(name, server)`. Where a server's points lie depends on its name only.
    pub fn new(servers: impl Iterator<Item = (u64, u32)>) -> Self {
        let mut points = Vec::new();
        for (name, server) in servers {
            points.extend((0..POINTS).map(|p| (mix(mix(name + 1) ^ mix(p + 0x5bd1)), server)));
        }
        points.sort_unstable();
        Self { points }
    }

    /// The servers as they come, clockwise from the key, each as often as it has points. The first owns the key. Finding it
    /// costs O(log servers).
    pub fn from(&self, key: u64) -> impl Iterator<Item = u32> + '_ {
        let h = mix(key ^ 0x9e37_79b9_7f4a_7c15);
        let at = self.points.partition_point(|&(p, _)| p < h);
        self.points[at..].iter().chain(&self.points[..at]).map(|&(_, server)| server)
    }
}

//! Which keys are asked for most: the Space-Saving sketch of Metwally, Agrawal and El Abbadi (ICDT 2005) over every eighth
//! lookup, halved every second so that it follows what is hot now.

use backpressure_pack::Pack;

/// Keys counted; a key with more than a 32nd of the lookups is always among them.
const COUNTERS: usize = 32;
/// One lookup in so many is counted: a power of two.
const EVERY: u32 = 8;
/// Fewer lookups say nothing about shares.
const FEW: u32 = 40;
/// Keys shown.
const SHOWN: usize = 8;
/// Counts are halved this often, ns.
const HALF_LIFE_NS: u64 = 1_000_000_000;

/// See the module. Only the screen reads it.
#[derive(Clone, Debug, Default, Pack)]
pub(super) struct Hottest {
    seen: u32,
    counted: u32,
    halved_ns: u64,
    /// Key and count.
    counters: Vec<(u64, u32)>,
}

impl Hottest {
    /// A sketch that has seen nothing.
    pub fn new() -> Self {
        Self { counters: Vec::with_capacity(COUNTERS), ..Self::default() }
    }

    /// A lookup of `key`.
    #[inline]
    pub fn note(&mut self, key: u64, now_ns: u64) {
        self.seen = self.seen.wrapping_add(1);
        if self.seen.is_multiple_of(EVERY) {
            self.count(key, now_ns);
        }
    }

    #[inline(never)]
    fn count(&mut self, key: u64, now_ns: u64) {
        if now_ns.saturating_sub(self.halved_ns) >= HALF_LIFE_NS {
            self.halved_ns = now_ns;
            self.counted /= 2;
            self.counters.iter_mut().for_each(|(_, count)| *count /= 2);
        }
        self.counted += 1;
        if let Some((_, count)) = self.counters.iter_mut().find(|(known, _)| *known == key) {
            *count += 1;
        } else if self.counters.len() < COUNTERS {
            self.counters.push((key, 1));
        } else if let Some(least) = self.counters.iter_mut().min_by_key(|(_, count)| *count) {
            // The newcomer takes over the count, so that it is never counted too low.
            *least = (key, least.1 + 1);
        }
    }

    /// Shares of the lookups that the hottest keys get, in per mille, the hottest first; none while few were counted.
    pub fn per_mille(&self) -> Vec<u64> {
        if self.counted < FEW {
            return Vec::new();
        }
        let mut counts: Vec<u64> = self.counters.iter().map(|(_, count)| u64::from(*count)).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts.truncate(SHOWN);
        counts.iter().map(|count| 1000 * count / u64::from(self.counted.max(1))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_with_a_third_of_the_lookups_is_first_with_a_third() {
        let mut hottest = Hottest::new();
        for i in 0..30_000u64 {
            // Eight lookups of the same key in a row: whichever is counted, it is this one.
            let key = if (i / 8) % 3 == 0 { 7 } else { 1000 + i / 8 };
            hottest.note(key, 1);
        }
        let first = hottest.per_mille()[0];
        assert!((320..=345).contains(&first), "{first}");
    }

    #[test]
    fn it_follows_what_is_hot_now() {
        let mut hottest = Hottest::new();
        for second in 0..20u64 {
            for _ in 0..800 {
                hottest.note(if second < 10 { 1 } else { 2 }, second * HALF_LIFE_NS);
            }
        }
        assert_eq!(hottest.counters.iter().max_by_key(|c| c.1).map(|c| c.0), Some(2));
    }

    #[test]
    fn it_is_bounded() {
        let mut hottest = Hottest::new();
        (0..100_000).for_each(|key| hottest.note(key, 0));
        assert!(hottest.counters.len() == COUNTERS && hottest.per_mille().len() == SHOWN);
    }
}

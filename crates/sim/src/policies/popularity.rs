//! Which object a request is about.

use crate::design::variant;
use crate::engine::rng::Stream;
use crate::engine::zipf::Zipf;
use backpressure_pack::Pack;

variant! {
    /// How requests spread over the keys.
    pub enum Popularity tag "popularity" {
        /// Every key is asked for as often as any other.
        Uniform = "uniform", "Uniform" {
        }
        /// A few keys are asked for often, most rarely: the k-th most popular in proportion to 1/k^exponent, as on the web.
        Zipf = "zipf", "Zipf" {
            /// How steep: 0.6 to 1.0 is usual for web objects; higher means a hotter head.
            exponent: f64 = 1.0, label "Exponent", range 0.01..=5.0;
        }
        /// A given share of requests goes to a few hot keys, the rest evenly to the others.
        HotShare = "hot_share", "Hot keys" {
            /// Share of requests that ask for a hot key, 0 to 1.
            hot_share: f64 = 0.8, label "Share of requests", range 0.0..=1.0;
            /// Number of hot keys.
            hot_keys: u64 = 1, label "Hot keys", unit "keys", range 1..=10_000_000;
        }
    }
}

/// Draws keys `0..keys`, the most popular first.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct KeySampler {
    keys: u64,
    law: Law,
}

#[derive(Clone, Debug, PartialEq, Pack)]
enum Law {
    Uniform,
    Zipf(Zipf),
    Hot { share: f64, hot: u64 },
}

impl KeySampler {
    /// A sampler over `keys` keys (at least 1).
    pub fn new(keys: u64, popularity: &Popularity) -> Self {
        let keys = keys.max(1);
        let law = match popularity {
            Popularity::Uniform {} => Law::Uniform,
            Popularity::Zipf { exponent } => Law::Zipf(Zipf::new(keys, *exponent)),
            Popularity::HotShare { hot_share, hot_keys } => {
                Law::Hot { share: *hot_share, hot: (*hot_keys).clamp(1, keys) }
            }
        };
        Self { keys, law }
    }

    /// The next key. O(1).
    #[inline]
    pub fn draw(&self, rng: &mut Stream) -> u64 {
        match &self.law {
            Law::Uniform => rng.below(self.keys),
            Law::Zipf(zipf) => zipf.draw(rng),
            Law::Hot { share, hot } => {
                if *hot == self.keys || rng.chance(*share) {
                    rng.below(*hot)
                } else {
                    hot + rng.below(self.keys - hot)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hot_keys_get_their_share() {
        let keys = KeySampler::new(1000, &Popularity::HotShare { hot_share: 0.8, hot_keys: 10 });
        let mut rng = Stream::new(1, "t", "keys");
        let n = 200_000;
        let hot = (0..n).filter(|_| keys.draw(&mut rng) < 10).count() as f64 / f64::from(n);
        // Standard deviation of the share: √(0.8 · 0.2 / n) = 0.0009.
        assert!((hot - 0.8).abs() < 0.004, "{hot}");
    }
}

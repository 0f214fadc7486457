//! Which object a request is about. Zipf-like popularity is what was counted of web requests (Breslau, Cao, Fan, Phillips and
//! Shenker, Web Caching and Zipf-like Distributions, 1999). Cost a request: O(1), with weights O(log keys).

use crate::design::{Numbers, variant};
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
        /// As counted in production: a weight for each key, in any order. There are as many keys as weights.
        Weights = "weights", "Weights" {
            /// How often each key is asked for, relative to the others.
            weights: Numbers = Numbers(vec![100.0, 30.0, 10.0, 3.0, 1.0]), label "Weights", range 0.0..=1e12, item "number", items 1..=10_000;
        }
    }
}

/// Ranks of Zipf's law that are told apart; beyond, those within 2 % of each other stand for one.
const TOLD_APART: u64 = 256;

impl Popularity {
    /// How requests spread over `keys` keys, as (probability of one key, number of such keys): a few hundred classes
    /// however many keys there are.
    pub fn classes(&self, keys: u64) -> Vec<(f64, f64)> {
        let keys = keys.max(1);
        match self {
            Popularity::Uniform {} => vec![(1.0 / keys as f64, keys as f64)],
            Popularity::HotShare { hot_share, hot_keys } => {
                let hot = (*hot_keys).clamp(1, keys);
                if hot == keys {
                    return vec![(1.0 / keys as f64, keys as f64)];
                }
                vec![
                    (hot_share / hot as f64, hot as f64),
                    ((1.0 - hot_share) / (keys - hot) as f64, (keys - hot) as f64),
                ]
            }
            Popularity::Weights { weights } => {
                let weights = falling(weights);
                let total: f64 = weights.iter().sum();
                weights.iter().map(|w| (w / total, 1.0)).collect()
            }
            Popularity::Zipf { exponent } => {
                let mut classes = Vec::new();
                let mut rank = 1;
                while rank <= keys {
                    let width = if rank <= TOLD_APART { 1 } else { (rank / 50).min(keys - rank + 1) };
                    let middle = rank as f64 + (width - 1) as f64 / 2.0;
                    classes.push((libm::pow(middle, -exponent), width as f64));
                    rank += width;
                }
                let total: f64 = classes.iter().map(|(p, n)| p * n).sum();
                classes.iter_mut().for_each(|(p, _)| *p /= total);
                classes
            }
        }
    }
}

/// Weights with the largest first; all alike if none is above 0.
fn falling(Numbers(weights): &Numbers) -> Vec<f64> {
    let mut weights = weights.clone();
    if weights.iter().all(|w| *w <= 0.0) {
        weights.fill(1.0);
    }
    weights.sort_unstable_by(|a, b| b.total_cmp(a));
    weights
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
    Hot {
        share: f64,
        hot: u64,
    },
    /// Sums of the weights so far.
    Weights(Vec<f64>),
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
            Popularity::Weights { weights } => {
                let mut sum = 0.0;
                let add = |weight: f64| {
                    sum += weight;
                    sum
                };
                Law::Weights(falling(weights).into_iter().map(add).collect())
            }
        };
        Self { keys, law }
    }

    /// The next key. O(1), for a list of weights O(log n).
    #[inline(always)]
    pub fn draw(&self, rng: &mut Stream) -> u64 {
        if let Law::Zipf(zipf) = &self.law { zipf.draw(rng) } else { self.draw_otherwise(rng) }
    }

    #[inline(never)]
    fn draw_otherwise(&self, rng: &mut Stream) -> u64 {
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
            Law::Weights(sums) => draw_by_sums(sums, rng) as u64,
        }
    }
}

/// The place of one of several by their weights, of which these are the sums so far.
#[inline(never)]
pub(crate) fn draw_by_sums(sums: &[f64], rng: &mut Stream) -> usize {
    let at = rng.unit() * sums.last().copied().unwrap_or(0.0);
    // Rounding may leave the last bit of the sum to nobody.
    sums.partition_point(|&upto| upto <= at).min(sums.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_the_law_itself_with_few_numbers() {
        for law in [
            Popularity::Uniform {},
            Popularity::Zipf { exponent: 0.7 },
            Popularity::Zipf { exponent: 1.3 },
            Popularity::HotShare { hot_share: 0.9, hot_keys: 10 },
        ] {
            for keys in [1, 100, 100_000, 1_000_000_000] {
                let classes = law.classes(keys);
                let (probability, count) = classes.iter().fold((0.0, 0.0), |(sum, all), (p, n)| (sum + p * n, all + n));
                assert!((probability - 1.0).abs() < 1e-9 && count == keys as f64, "{law:?}, {keys}: {count}");
                assert!(classes.len() < 1300, "{law:?}, {keys}: {}", classes.len());
            }
        }
        // Share of the thousand most popular of 100,000 by Zipf's law: H(1000)/H(100,000) = 7.4855/12.0901.
        let classes = Popularity::Zipf { exponent: 1.0 }.classes(100_000);
        let mut ranks = 0.0;
        let head: f64 = classes
            .iter()
            .take_while(|(_, n)| {
                ranks += n;
                ranks <= 1000.0
            })
            .map(|(p, n)| p * n)
            .sum();
        assert!((head - 7.4855 / 12.0901).abs() < 2e-3, "{head}");
    }

    #[test]
    fn hot_keys_get_their_share() {
        let keys = KeySampler::new(1000, &Popularity::HotShare { hot_share: 0.8, hot_keys: 10 });
        let mut rng = Stream::new(1, "t", "keys");
        let n = 200_000;
        let hot = (0..n).filter(|_| keys.draw(&mut rng) < 10).count() as f64 / f64::from(n);
        // Standard deviation of the share: √(0.8 · 0.2 / n) = 0.0009.
        assert!((hot - 0.8).abs() < 0.004, "{hot}");
    }

    #[test]
    fn listed_weights_get_their_shares_the_largest_first() {
        let weights = Popularity::Weights { weights: Numbers(vec![1.0, 0.0, 6.0, 3.0]) };
        assert_eq!(weights.classes(1), [(0.6, 1.0), (0.3, 1.0), (0.1, 1.0), (0.0, 1.0)]);
        let keys = KeySampler::new(1, &weights);
        let mut rng = Stream::new(1, "t", "keys");
        let mut counts = [0.0; 4];
        let n = 100_000;
        (0..n).for_each(|_| counts[keys.draw(&mut rng) as usize] += 1.0 / f64::from(n));
        for (got, share) in counts.iter().zip([0.6, 0.3, 0.1, 0.0]) {
            assert!((got - share).abs() <= 4.0 * (share * (1.0 - share) / f64::from(n)).sqrt(), "{got} for {share}");
        }
        let none = KeySampler::new(1, &Popularity::Weights { weights: Numbers(vec![0.0, 0.0]) });
        assert!((0..100).map(|_| none.draw(&mut rng)).any(|k| k == 1));
    }
}

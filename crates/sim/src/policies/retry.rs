//! How long to wait before trying again: exponential backoff as in Ethernet (Metcalfe and Boggs, 1976), with jitter or without.
//! Cost: a power and at most one random number a retry.

use crate::design::{choice, params};
use crate::engine::rng::Stream;
use crate::engine::sampler::ns;

choice! {
    /// Randomness of the wait before a retry.
    pub enum Jitter {
        /// Everybody waits the same time, and comes back together.
        None = "none", "None";
        /// Anything from nothing to the full wait ("full jitter", M. Brooker, AWS Architecture Blog, 2015): retries spread out.
        Full = "full", "Full";
    }
}

params! {
    /// Exponential backoff: the wait before each retry.
    pub struct Backoff {
        /// Wait before the first retry.
        base_ms: f64 = 100.0, label "First wait", unit "ms", range 0.0..=600_000.0;
        /// Each further wait is this many times the one before.
        factor: f64 = 2.0, label "Growth", unit "×", range 1.0..=100.0;
        /// No wait is longer than this.
        max_ms: f64 = 10_000.0, label "Longest wait", unit "ms", range 0.0..=3_600_000.0;
        /// Randomness of the wait.
        jitter: Jitter = Jitter::Full, label "Jitter";
    }
}

impl Backoff {
    /// The wait before retry number `retry` (the first is 0), ns.
    pub fn wait_ns(&self, retry: u32, rng: &mut Stream) -> u64 {
        let full = (self.base_ms * libm::pow(self.factor, f64::from(retry))).min(self.max_ms);
        ns(match self.jitter {
            Jitter::None => full,
            Jitter::Full => full * rng.unit(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let b = Backoff { base_ms: 100.0, factor: 2.0, max_ms: 500.0, jitter: Jitter::None };
        let mut rng = Stream::new(1, "t", "b");
        let waits: Vec<u64> = (0..4).map(|r| b.wait_ns(r, &mut rng) / 1_000_000).collect();
        assert_eq!(waits, [100, 200, 400, 500]);
    }

    #[test]
    fn full_jitter_halves_the_mean_wait() {
        let b = Backoff { jitter: Jitter::Full, ..Backoff::default() };
        let mut rng = Stream::new(1, "t", "b");
        let n = 100_000;
        let mean = (0..n).map(|_| b.wait_ns(0, &mut rng) as f64).sum::<f64>() / f64::from(n) / 1e6;
        assert!((mean - 50.0).abs() < 0.5, "{mean}");
    }
}

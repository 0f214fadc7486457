//! A distribution made ready to draw from: whole nanoseconds out, one stream of its own.

use super::calendar::{Calendar, Delay};
use super::rng::Stream;
use super::ziggurat::{self, Ahead};
use crate::design::Distribution;
use backpressure_pack::Pack;

/// Longest span a draw may give, ns (about 31 years): heavy tails have no bound, the clock has.
pub const LONGEST_NS: u64 = 1_000_000_000_000_000_000;

/// Milliseconds to whole nanoseconds, clamped to `0..=LONGEST_NS`.
#[inline]
pub fn ns(ms: f64) -> u64 {
    // `as` saturates, and gives 0 for NaN and negatives.
    ((ms * 1e6 + 0.5) as u64).min(LONGEST_NS)
}

/// Draws spans of time from a distribution.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Sampler {
    law: Law,
    rng: Stream,
}

#[derive(Clone, Debug, PartialEq, Pack)]
enum Law {
    Constant(Delay),
    Exponential {
        mean_ns: f64,
        ahead: Ahead,
    },
    /// `mu` of the logarithm of ns.
    Lognormal {
        mu: f64,
        sigma: f64,
    },
    Pareto {
        min_ns: f64,
        exponent: f64,
    },
    Uniform {
        min_ns: f64,
        span_ns: f64,
    },
    Empirical(Vec<u64>),
}

impl Sampler {
    /// A sampler of `distribution` drawing from `rng`. A constant claims a lane of the calendar.
    pub fn new(distribution: &Distribution, mut rng: Stream, calendar: &mut Calendar) -> Self {
        Self { law: Law::new(distribution, None, &mut rng, calendar), rng }
    }

    /// Changes the distribution and goes on with the same stream.
    pub fn set(&mut self, distribution: &Distribution, calendar: &mut Calendar) {
        let ahead = if let Law::Exponential { ahead, .. } = &self.law { Some(ahead.clone()) } else { None };
        self.law = Law::new(distribution, ahead, &mut self.rng, calendar);
    }

    /// The span, if it is always the same.
    pub fn constant(&self) -> Option<Delay> {
        if let Law::Constant(delay) = &self.law { Some(*delay) } else { None }
    }

    /// The next span.
    #[inline(always)]
    pub fn draw(&mut self) -> Delay {
        // By far the most: every link of a usual design.
        if let Law::Constant(delay) = &self.law { *delay } else { Delay::once(self.draw_at_random()) }
    }

    /// In nanoseconds: a number is returned in a register, a [`Delay`] by way of memory.
    #[inline(never)]
    fn draw_at_random(&mut self) -> u64 {
        match &mut self.law {
            Law::Exponential { mean_ns, ahead } => whole(ahead.next(&mut self.rng) * *mean_ns),
            _ => self.draw_with_effort(),
        }
    }

    #[inline(never)]
    fn draw_with_effort(&mut self) -> u64 {
        match &mut self.law {
            Law::Constant(delay) => delay.ns,
            Law::Exponential { mean_ns, ahead } => whole(ahead.next(&mut self.rng) * *mean_ns),
            Law::Lognormal { mu, sigma } => whole(libm::exp(*mu + *sigma * ziggurat::normal(&mut self.rng))),
            // Inverse transform; 1 − u is in (0, 1], so the power is finite.
            Law::Pareto { min_ns, exponent } => whole(*min_ns * libm::pow(1.0 - self.rng.unit(), *exponent)),
            Law::Uniform { min_ns, span_ns } => whole(*min_ns + *span_ns * self.rng.unit()),
            Law::Empirical(samples) => {
                let i = self.rng.below(samples.len() as u64) as usize;
                samples.get(i).copied().unwrap_or(0)
            }
        }
    }
}

/// A span in whole ns, and no longer than the longest.
#[inline(always)]
pub(crate) fn whole(ns: f64) -> u64 {
    // Between 2⁵² and 2⁵³ a floating-point number is a whole one, in the order of its bits.
    const START: f64 = (1u64 << 52) as f64;
    let above = (ns + START).to_bits().wrapping_sub(START.to_bits());
    if above < 1 << 52 { above } else { whole_at_length(ns) }
}

/// The same for months, and for what is no span at all.
#[cold]
#[inline(never)]
fn whole_at_length(ns: f64) -> u64 {
    // `as` saturates, and gives 0 for NaN and negatives.
    ((ns + 0.5) as u64).min(LONGEST_NS)
}

impl Law {
    /// `ahead`: the exponential numbers to go on with, if there are any.
    fn new(distribution: &Distribution, ahead: Option<Ahead>, rng: &mut Stream, calendar: &mut Calendar) -> Self {
        const NS: f64 = 1e6;
        match distribution {
            Distribution::Constant { mean_ms } => Law::Constant(calendar.constant(ns(*mean_ms))),
            Distribution::Exponential { mean_ms } => {
                Law::Exponential { mean_ns: mean_ms * NS, ahead: ahead.unwrap_or_else(|| Ahead::new(rng)) }
            }
            // The mean of exp(N(mu, sigma²)) is exp(mu + sigma²/2).
            Distribution::Lognormal { mean_ms, sigma } => {
                Law::Lognormal { mu: libm::log((mean_ms * NS).max(1.0)) - sigma * sigma / 2.0, sigma: *sigma }
            }
            Distribution::Pareto { min_ms, alpha } => Law::Pareto { min_ns: min_ms * NS, exponent: -1.0 / alpha },
            Distribution::Uniform { min_ms, max_ms } => {
                let (low, high) = (min_ms.min(*max_ms), min_ms.max(*max_ms));
                Law::Uniform { min_ns: low * NS, span_ns: (high - low) * NS }
            }
            Distribution::Empirical { samples_ms } => Law::Empirical(samples_ms.0.iter().map(|&ms| ns(ms)).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Numbers;

    /// Mean and variance of a large sample, ms.
    fn moments(distribution: Distribution) -> (f64, f64) {
        let mut s = Sampler::new(&distribution, Stream::new(3, "t", "s"), &mut Calendar::default());
        let n = 400_000;
        let draws: Vec<f64> = (0..n).map(|_| s.draw().ns as f64 / 1e6).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        (mean, draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n))
    }

    fn close(got: f64, want: f64, tolerance: f64) {
        assert!((got - want).abs() <= tolerance * want.abs().max(1e-9), "got {got}, want {want}");
    }

    #[test]
    fn moments_are_those_of_the_textbook() {
        let (m, v) = moments(Distribution::Constant { mean_ms: 2.5 });
        close(m, 2.5, 1e-12);
        close(v, 0.0, 1e-12);
        let (m, v) = moments(Distribution::Exponential { mean_ms: 6.0 });
        close(m, 6.0, 0.01);
        close(v, 36.0, 0.02);
        // Lognormal: variance = mean² (e^σ² − 1).
        let (m, v) = moments(Distribution::Lognormal { mean_ms: 10.0, sigma: 0.5 });
        close(m, 10.0, 0.01);
        close(v, 100.0 * (libm::exp(0.25) - 1.0), 0.03);
        // Pareto: mean = α·min/(α − 1), variance = min²·α/((α − 1)²(α − 2)).
        let (m, v) = moments(Distribution::Pareto { min_ms: 1.0, alpha: 5.0 });
        close(m, 1.25, 0.01);
        close(v, 5.0 / (16.0 * 3.0), 0.1);
        let (m, v) = moments(Distribution::Uniform { min_ms: 2.0, max_ms: 8.0 });
        close(m, 5.0, 0.01);
        close(v, 3.0, 0.02);
        let (m, v) = moments(Distribution::Empirical { samples_ms: Numbers(vec![1.0, 2.0, 6.0]) });
        close(m, 3.0, 0.01);
        close(v, 14.0 / 3.0, 0.02);
    }

    #[test]
    fn absurd_parameters_stay_on_the_clock() {
        let mut c = Calendar::default();
        for d in [
            Distribution::Constant { mean_ms: f64::NAN },
            Distribution::Exponential { mean_ms: 1e300 },
            Distribution::Pareto { min_ms: 1e200, alpha: 0.01 },
            Distribution::Empirical { samples_ms: Numbers(vec![]) },
        ] {
            assert!(Sampler::new(&d, Stream::new(1, "t", "s"), &mut c).draw().ns <= LONGEST_NS);
        }
    }
}

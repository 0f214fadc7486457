//! Confidence intervals, and the tests that say whether a sample is what it claims to be.

use serde::{Deserialize, Serialize};

/// A mean with the half-width of its confidence interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Arithmetic mean.
    pub mean: f64,
    /// The interval is mean ± this. Infinite for fewer than two observations.
    pub half_width: f64,
}

impl Interval {
    /// The interval of the mean of independent observations, by Student's t. `confidence` is in 0..1, as 0.95.
    pub fn of(values: &[f64], confidence: f64) -> Self {
        let mean = mean(values);
        if values.len() < 2 {
            return Self { mean, half_width: f64::INFINITY };
        }
        let t = t_quantile(confidence, values.len() as u32 - 1);
        Self { mean, half_width: t * (variance(values) / values.len() as f64).sqrt() }
    }

    /// Lower end.
    pub fn low(&self) -> f64 {
        self.mean - self.half_width
    }

    /// Upper end.
    pub fn high(&self) -> f64 {
        self.mean + self.half_width
    }

    /// Does `value` lie in the interval, its ends included?
    pub fn holds(&self, value: f64) -> bool {
        (value - self.mean).abs() <= self.half_width
    }
}

/// Arithmetic mean; 0 for no values.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Unbiased sample variance; 0 for fewer than two values.
pub fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (values.len() - 1) as f64
}

/// Probability that |T| is at most `t` (at least 0), for Student's T with `nu` degrees of freedom: the finite series of
/// Abramowitz & Stegun, 26.7.3 and 26.7.4.
fn t_within(t: f64, nu: u32) -> f64 {
    let theta = libm::atan(t / f64::from(nu).sqrt());
    let (sin, cos) = (libm::sin(theta), libm::cos(theta));
    let odd = nu % 2 == 1;
    // Odd: cos + 2/3 cos³ + 2·4/(3·5) cos⁵ + …; even: 1 + 1/2 cos² + 1·3/(2·4) cos⁴ + …; up to the power ν − 2.
    let (mut term, mut power) = if odd { (cos, 1) } else { (1.0, 0) };
    let mut sum = 0.0;
    while power + 2 <= nu {
        sum += term;
        term *= f64::from(power + 1) / f64::from(power + 2) * cos * cos;
        power += 2;
    }
    if odd { 2.0 / std::f64::consts::PI * (theta + sin * sum) } else { sin * sum }
}

/// The two-sided point of Student's t: |T| with `nu` degrees of freedom (at least 1) is below it with probability
/// `confidence`. Beyond 1,000 degrees the point for 1,000 stands, which is 0.1 % too careful.
pub fn t_quantile(confidence: f64, nu: u32) -> f64 {
    let nu = nu.clamp(1, 1000);
    let confidence = confidence.clamp(0.0, 0.9999);
    let (mut low, mut high) = (0.0, 1.0);
    while t_within(high, nu) < confidence {
        high *= 2.0;
    }
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if t_within(middle, nu) < confidence { low = middle } else { high = middle }
    }
    high
}

/// Largest distance between the empirical distribution of `sample`, which is sorted here, and `cdf` (Kolmogorov–Smirnov).
pub fn ks_distance(sample: &mut [f64], cdf: impl Fn(f64) -> f64) -> f64 {
    sample.sort_unstable_by(f64::total_cmp);
    let n = sample.len() as f64;
    let mut worst: f64 = 0.0;
    for (i, &x) in sample.iter().enumerate() {
        let f = cdf(x);
        worst = worst.max(f - i as f64 / n).max((i + 1) as f64 / n - f);
    }
    worst
}

/// Probability of a distance of at least `d` for `n` draws from the distribution itself: Kolmogorov's limit with the
/// correction for finite `n` of M. A. Stephens (1970).
pub fn ks_p_value(d: f64, n: usize) -> f64 {
    let root = (n as f64).sqrt();
    let x = (root + 0.12 + 0.11 / root) * d;
    let term = |k: i32| f64::from(if k % 2 == 1 { 2 } else { -2 }) * libm::exp(-2.0 * f64::from(k * k) * x * x);
    // For small x the alternating series does not settle; the probability is 1 there to all digits that matter.
    if x < 0.2 { 1.0 } else { (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_is_that_of_the_tables() {
        // Two-sided 95 % and 99 % points, e.g. NIST/SEMATECH e-Handbook, 1.3.6.7.2.
        for (nu, t95, t99) in [
            (1, 12.706, 63.657),
            (2, 4.303, 9.925),
            (5, 2.571, 4.032),
            (9, 2.262, 3.250),
            (10, 2.228, 3.169),
            (30, 2.042, 2.750),
            (100, 1.984, 2.626),
        ] {
            assert!((t_quantile(0.95, nu) - t95).abs() < 6e-4, "{nu}: {}", t_quantile(0.95, nu));
            assert!((t_quantile(0.99, nu) - t99).abs() < 6e-4, "{nu}: {}", t_quantile(0.99, nu));
        }
        assert!((t_quantile(0.95, 1_000_000) - 1.962).abs() < 1e-3);
    }

    #[test]
    fn an_interval_is_that_of_the_textbook() {
        // Mean 3, variance 2.5, five values: 3 ± 2.776 · √(2.5/5).
        let i = Interval::of(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95);
        assert!((i.mean - 3.0).abs() < 1e-12 && (i.half_width - 1.963).abs() < 1e-3, "{i:?}");
        assert!(i.holds(4.9) && !i.holds(5.0));
        assert_eq!(Interval::of(&[7.0], 0.95).half_width, f64::INFINITY);
    }

    #[test]
    fn kolmogorov_is_that_of_the_tables() {
        // The 5 % point of √n·D is 1.358 in the limit, and D is 0.294 for 20 draws (Massey, 1951).
        assert!((ks_p_value(1.358 / 1000.0, 1_000_000) - 0.05).abs() < 1e-3);
        assert!((ks_p_value(0.294, 20) - 0.05).abs() < 2e-3);
        let mut even: Vec<f64> = (0..100).map(|i| (f64::from(i) + 0.5) / 100.0).collect();
        assert!((ks_distance(&mut even, |x| x) - 0.005).abs() < 1e-12);
        assert!(ks_p_value(ks_distance(&mut even, |x| x * x), 100) < 0.001);
    }
}

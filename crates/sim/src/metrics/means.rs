//! The interval of a mean from the means of batches.
//!
//! Batches of a run of moderate length are neither independent nor normal: a long queue in one lasts into the next, and means of
//! waiting times lean to the right. So, as in Skart (Tafazzoli & Wilson, *IIE Transactions* 43, 2011), the variance is multiplied
//! by (1 + φ)/(1 − φ), where φ is the correlation of neighbours, and Student's t is bent by the skewness as Willink (2005) has it.
//! φ is corrected for what it is estimated too low from few batches (Marriott & Pope, 1954; Kendall, 1954), and the degrees of
//! freedom are those of as many independent batches as these are worth. Where that is less than four there is no interval.
//!
//! This alone is not enough. A run that is short against the time its queues take to forget has seen no long queue, or one; it
//! cannot know from itself which, and to give an interval only where batches look independent would be to choose the lucky
//! runs. So whoever shows an interval asks `analysis::relaxation` as well, which judges by the load.

use crate::analysis::statistics::{mean, t_quantile, variance};

/// Fewer batches than this say nothing.
const FEWEST: usize = 8;
/// Nor do batches that are worth fewer independent ones.
const WORTH: f64 = 4.0;

/// Batches of a ratio Σ over / Σ under.
#[derive(Clone, Debug)]
pub(crate) struct Means {
    /// Number of batches.
    batches: f64,
    /// Variance and skewness of a batch's share in the error of the ratio (the classical ratio estimator).
    variance: f64,
    skewness: f64,
    /// Correlation of neighbours, 0 to below 1.
    pub correlation: f64,
}

impl Means {
    /// `None` if there are too few batches.
    pub fn of(over: &[f64], under: &[f64]) -> Option<Self> {
        let k = over.len() as f64;
        let total: f64 = under.iter().sum();
        if over.len() < FEWEST || total <= 0.0 {
            return None;
        }
        let ratio = over.iter().sum::<f64>() / total;
        let off: Vec<f64> = over.iter().zip(under).map(|(a, b)| (a - ratio * b) * k / total).collect();
        let (centre, variance) = (mean(&off), variance(&off));
        let sum = |f: &dyn Fn(f64) -> f64| off.iter().map(|e| f(e - centre)).sum::<f64>();
        let squares = sum(&|e| e * e);
        let neighbours: f64 = off.windows(2).map(|pair| (pair[0] - centre) * (pair[1] - centre)).sum();
        let correlation = if squares > 0.0 { (neighbours / squares * k + 1.0) / (k - 3.0) } else { 0.0 };
        let third = sum(&|e| e * e * e) * k / ((k - 1.0) * (k - 2.0));
        let skewness = if variance > 0.0 { third / (variance * variance.sqrt()) } else { 0.0 };
        Some(Self { batches: k, variance, skewness, correlation: correlation.clamp(0.0, 0.95) })
    }

    /// By how much neighbours that hang together raise the variance.
    fn raised(&self) -> f64 {
        (1.0 + self.correlation) / (1.0 - self.correlation)
    }

    /// Degrees of freedom; `None` if the batches are worth too few independent ones.
    pub fn freedom(&self) -> Option<u32> {
        let worth = self.batches / self.raised();
        (worth >= WORTH).then(|| worth as u32 - 1)
    }

    /// The variance of the ratio.
    fn of_ratio(&self) -> f64 {
        self.variance * self.raised() / self.batches
    }

    /// How many independent observations of this variance have a mean as uncertain as the ratio.
    pub fn worth(&self, variance: f64) -> f64 {
        variance / self.of_ratio().max(f64::MIN_POSITIVE)
    }

    /// The interval of the ratio, which is `centre`.
    pub fn interval(&self, centre: f64, level: f64) -> Option<[f64; 2]> {
        let (t, error) = (t_quantile(level, self.freedom()?), self.of_ratio().sqrt());
        let b = self.skewness / (6.0 * self.batches.sqrt());
        let bent = |t: f64| {
            if b.abs() < 1e-3 { t } else { (libm::cbrt(1.0 + 6.0 * b * (t - b)) - 1.0) / (2.0 * b) }
        };
        Some([centre - bent(t) * error, centre - bent(-t) * error])
    }
}

/// Between which shares of observations may lie beyond a value beyond which `tail` lie in truth, of `independent` observations.
/// The number beyond it is about a gamma variable of that mean (compound Poisson: slow answers come in clusters), and
/// Wilson & Hilferty's cube root (1931) gives its quantiles; so a bound never falls outside of what was observed, and whether
/// there is one does not hang on how far the slowest answers happened to reach. The larger share comes first.
pub(crate) fn tail_interval(tail: f64, independent: f64, freedom: u32, level: f64) -> [f64; 2] {
    let beyond = independent * tail / (1.0 - tail);
    let t = t_quantile(level, freedom);
    [t, -t].map(|t| {
        let root = 1.0 - 1.0 / (9.0 * beyond) + t / (3.0 * beyond.sqrt());
        (tail * root.max(0.0) * root.max(0.0) * root.max(0.0)).min(1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_independent_batches_it_is_students_interval() {
        let over = [1.0, 3.0, 2.0, 4.0, 2.5, 1.5, 3.5, 2.5, 1.0, 4.0];
        let means = Means::of(&over, &[1.0; 10]).unwrap();
        assert_eq!((means.correlation, means.freedom()), (0.0, Some(9)));
        let [low, high] = means.interval(2.5, 0.95).unwrap();
        let half = 2.262 * (variance(&over) / 10.0).sqrt();
        assert!((high - 2.5 - half).abs() < 1e-3 && (2.5 - low - half).abs() < 1e-3, "{low} to {high}, {half}");
    }

    #[test]
    fn batches_that_hang_together_are_worth_fewer_and_a_long_tail_reaches_further() {
        let rising: Vec<f64> = (0..20).map(f64::from).collect();
        assert_eq!(Means::of(&rising, &[1.0; 20]).unwrap().freedom(), None);
        let mut leaning = [1.0; 16];
        (leaning[3], leaning[9]) = (6.0, 3.0);
        let [low, high] = Means::of(&leaning, &[1.0; 16]).unwrap().interval(1.4375, 0.95).unwrap();
        assert!(high - 1.4375 > 1.5 * (1.4375 - low), "{low} to {high}");
    }

    #[test]
    fn the_share_beyond_a_percentile_is_about_a_gamma_variable() {
        // Gamma with shape 5 and mean 1: 2.5 % and 97.5 % points 0.3247 and 2.0483; t with 1,000 degrees is 1.962.
        let [more, fewer] = tail_interval(0.01, 495.0, 1000, 0.95);
        assert!((more / 0.01 - 2.048).abs() < 0.01 && (fewer / 0.01 - 0.3247).abs() < 0.005, "{more} and {fewer}");
    }
}

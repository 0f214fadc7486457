//! Distributions of times, as they stand in the document.

use super::macros::variant;
use super::{Numbers, Reader};

variant! {
    /// How long something takes.
    pub enum Distribution tag "distribution" check Distribution::mend {
        /// Always the same.
        Constant = "constant", "Constant" {
            /// The time it always takes.
            mean_ms: f64 = 1.0, label "Time", unit "ms", range 0.0..=3_600_000.0;
        }
        /// Memoryless: mostly short, sometimes several times the mean. What queueing theory starts from.
        Exponential = "exponential", "Exponential" {
            /// Mean time.
            mean_ms: f64 = 5.0, label "Mean", unit "ms", range 0.0..=3_600_000.0;
        }
        /// A hump with a long tail to the right: what measured service times mostly look like.
        Lognormal = "lognormal", "Lognormal" {
            /// Mean time.
            mean_ms: f64 = 5.0, label "Mean", unit "ms", range 0.0..=3_600_000.0;
            /// Standard deviation of the logarithm: 0 is constant, 0.5 mild, 1 wide, 2 wild.
            sigma: f64 = 0.5, label "Sigma", range 0.0..=4.0;
        }
        /// A heavy tail: few requests take very long.
        Pareto = "pareto", "Pareto" {
            /// Shortest time.
            min_ms: f64 = 2.0, label "Minimum", unit "ms", range 0.0..=3_600_000.0;
            /// Weight of the tail: the smaller, the heavier. Above 1, so that a mean exists;
            /// up to 2 the variance is infinite.
            alpha: f64 = 2.5, label "Alpha", range 1.01..=100.0;
        }
        /// Anything between two times, equally likely.
        Uniform = "uniform", "Uniform" {
            /// Shortest time.
            min_ms: f64 = 1.0, label "Minimum", unit "ms", range 0.0..=3_600_000.0;
            /// Longest time.
            max_ms: f64 = 9.0, label "Maximum", unit "ms", range 0.0..=3_600_000.0;
        }
        /// Drawn from times that were measured, each equally likely.
        Empirical = "empirical", "Measured" {
            /// The measured times.
            samples_ms: Numbers = Numbers(vec![1.0, 2.0, 5.0]),
                label "Samples", unit "ms", range 0.0..=3_600_000.0, item "number", items 1..=10_000;
        }
    }
}

impl Distribution {
    /// Mean, ms.
    pub fn mean_ms(&self) -> f64 {
        match self {
            Self::Constant { mean_ms } | Self::Exponential { mean_ms } | Self::Lognormal { mean_ms, .. } => *mean_ms,
            Self::Pareto { min_ms, alpha } => alpha * min_ms / (alpha - 1.0),
            Self::Uniform { min_ms, max_ms } => (min_ms + max_ms) / 2.0,
            Self::Empirical { samples_ms: Numbers(samples) } => {
                samples.iter().sum::<f64>() / samples.len().max(1) as f64
            }
        }
    }

    /// Second moment, ms²; infinite for a Pareto tail with alpha up to 2.
    pub fn second_moment_ms2(&self) -> f64 {
        let square = self.mean_ms() * self.mean_ms();
        match self {
            Self::Constant { .. } => square,
            Self::Exponential { .. } => 2.0 * square,
            Self::Lognormal { sigma, .. } => square * libm::exp(sigma * sigma),
            Self::Pareto { alpha, .. } if *alpha <= 2.0 => f64::INFINITY,
            Self::Pareto { min_ms, alpha } => alpha * min_ms * min_ms / (alpha - 2.0),
            Self::Uniform { min_ms, max_ms } => (min_ms * min_ms + min_ms * max_ms + max_ms * max_ms) / 3.0,
            Self::Empirical { samples_ms: Numbers(samples) } => {
                samples.iter().map(|x| x * x).sum::<f64>() / samples.len().max(1) as f64
            }
        }
    }

    fn mend(&mut self, reader: &mut Reader) {
        if let Self::Uniform { min_ms, max_ms } = self
            && min_ms > max_ms
        {
            reader.at("max_ms", |reader| {
                reader.error(format!(
                    "`max_ms` is {max_ms}; accepted: a number not below `min_ms`, which is {min_ms} ms."
                ));
            });
            std::mem::swap(min_ms, max_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::design::params::{Param, Spec};

    fn read(value: serde_json::Value) -> (Distribution, Vec<crate::Problem>) {
        let mut reader = Reader::node("n");
        let read = Distribution::read_value(&value, &Distribution::default(), &Spec::default(), &mut reader);
        (read, reader.into_problems())
    }

    #[test]
    fn every_case_reads_and_has_its_mean() {
        for (value, mean) in [
            (json!({"distribution": "constant", "mean_ms": 3}), 3.0),
            (json!({"distribution": "exponential", "mean_ms": 6}), 6.0),
            (json!({"distribution": "lognormal", "mean_ms": 4, "sigma": 1}), 4.0),
            (json!({"distribution": "pareto", "min_ms": 2, "alpha": 2}), 4.0),
            (json!({"distribution": "uniform", "min_ms": 2, "max_ms": 4}), 3.0),
            (json!({"distribution": "empirical", "samples_ms": [1, 2, 6]}), 3.0),
        ] {
            let (read, problems) = read(value.clone());
            assert_eq!(problems, [], "{value}");
            assert_eq!(read.mean_ms(), mean, "{value}");
            assert_eq!(read.write_value(), value);
        }
    }

    #[test]
    fn a_uniform_the_wrong_way_round_is_reported() {
        let (read, problems) = read(json!({"distribution": "uniform", "min_ms": 5, "max_ms": 2}));
        let (min_ms, max_ms) = (2.0, 5.0);
        assert_eq!(read, Distribution::Uniform { min_ms, max_ms });
        assert_eq!(problems[0].field.as_deref(), Some("/max_ms"));
    }

    #[test]
    fn a_pareto_without_a_mean_and_no_samples_are_refused() {
        let (_, problems) = read(json!({"distribution": "pareto", "alpha": 1}));
        assert_eq!(problems.len(), 1);
        let (_, problems) = read(json!({"distribution": "empirical", "samples_ms": []}));
        assert_eq!(problems.len(), 1);
    }
}

//! Early probabilistic refresh.

use crate::engine::rng::Stream;
use crate::engine::ziggurat::exponential;

/// Should whoever asks for a value now fetch it anew, before it expires? XFetch: yes if now − Δ·β·ln(rand) has reached the
/// expiry, where fetching takes Δ (Vattani, Chierichetti & Lowenstein, "Optimal Probabilistic Cache Stampede Prevention",
/// 2015). The more often a key is asked for, the surer somebody fetches it in time; β = 1 is optimal, more is earlier.
/// O(1): one draw, and none while the expiry is far away.
#[inline]
pub fn is_due(now_ns: u64, expires_ns: u64, fetch_ns: u64, beta: f64, rng: &mut Stream) -> bool {
    let left = expires_ns.saturating_sub(now_ns) as f64;
    let scale = fetch_ns as f64 * beta;
    // Beyond forty times the scale the chance is below 10⁻¹⁷.
    left < 40.0 * scale && scale * exponential(rng) >= left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chance_is_that_of_the_paper() {
        // P(−Δβ ln u ≥ left) = e^(−left/(Δβ)).
        let mut rng = Stream::new(1, "t", "early");
        let n = 200_000;
        for (left, beta) in [(10.0, 1.0), (20.0, 1.0), (20.0, 2.0), (5.0, 0.5)] {
            let early = (0..n).filter(|_| is_due(1000, 1000 + left as u64, 10, beta, &mut rng)).count();
            let theory = libm::exp(-left / (10.0 * beta));
            let half = 3.3 * (theory * (1.0 - theory) / f64::from(n)).sqrt();
            assert!((early as f64 / f64::from(n) - theory).abs() < half, "{early} of {n}, {theory}");
        }
        assert!(!is_due(0, u64::MAX, 10, 1.0, &mut rng));
        assert!(is_due(5, 5, 10, 1.0, &mut rng));
    }
}

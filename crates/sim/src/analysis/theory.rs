//! Formulas of queueing theory: what the simulation must agree with.
//!
//! λ arrival rate, μ service rate of one server, c servers, ρ = λ/(cμ). Times are in the unit of 1/λ.

/// Erlang B: probability that a request finds all `c` servers busy and is lost (M/M/c/c; also M/G/c/c), for an offered
/// load of `a = λ/μ`. A. K. Erlang, 1917.
pub fn erlang_b(c: u32, a: f64) -> f64 {
    // The usual recursion, stable for any c.
    (1..=c).fold(1.0, |b, k| a * b / (f64::from(k) + a * b))
}

/// Erlang C: probability that a request must wait (M/M/c), for an offered load of `a = λ/μ < c`. A. K. Erlang, 1917.
pub fn erlang_c(c: u32, a: f64) -> f64 {
    let b = erlang_b(c, a);
    b / (1.0 - a / f64::from(c) * (1.0 - b))
}

/// Mean wait in M/M/c: Erlang C over the spare capacity.
pub fn mmc_mean_wait(lambda: f64, mu: f64, c: u32) -> f64 {
    erlang_c(c, lambda / mu) / (f64::from(c) * mu - lambda)
}

/// Mean wait in M/G/1 from the first two moments of service (Pollaczek–Khinchine).
pub fn mg1_mean_wait(lambda: f64, mean: f64, second_moment: f64) -> f64 {
    lambda * second_moment / (2.0 * (1.0 - lambda * mean))
}

/// Probability that a request finds M/M/1/K full (`k` places, the one in service included), ρ ≠ 1 or = 1.
pub fn mm1k_blocking(rho: f64, k: u32) -> f64 {
    if (rho - 1.0).abs() < 1e-9 {
        return 1.0 / f64::from(k + 1);
    }
    let power = libm::pow(rho, f64::from(k));
    (1.0 - rho) * power / (1.0 - power * rho)
}

/// Hit ratio of an LRU cache of `capacity` objects under independent requests with these popularities (any positive
/// weights), by Che's approximation (Che, Tung & Wang, 2002): every object stays for the same characteristic time T,
/// where Σ (1 − e^(−pᵢT)) = capacity.
pub fn che_lru_hit_ratio(popularity: &[f64], capacity: usize) -> f64 {
    let total: f64 = popularity.iter().sum();
    if capacity >= popularity.len() {
        return 1.0;
    }
    let held = |t: f64| popularity.iter().map(|p| -libm::expm1(-p / total * t)).sum::<f64>();
    let (mut low, mut high) = (0.0, 1.0);
    while held(high) < capacity as f64 {
        high *= 2.0;
    }
    for _ in 0..100 {
        let mid = (low + high) / 2.0;
        if held(mid) < capacity as f64 { low = mid } else { high = mid }
    }
    popularity.iter().map(|p| p / total * -libm::expm1(-p / total * high)).sum()
}

/// Mean response time and throughput of a closed system of `n` users with think time `z` and one single-server
/// exponential station of service demand `d`, by exact mean value analysis (Reiser & Lavenberg, 1980).
pub fn mva_single_station(n: u32, d: f64, z: f64) -> (f64, f64) {
    let (mut queue, mut response, mut throughput) = (0.0, 0.0, 0.0);
    for users in 1..=n {
        response = d * (1.0 + queue);
        throughput = f64::from(users) / (z + response);
        queue = throughput * response;
    }
    (response, throughput)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textbook_values() {
        // M/M/1 at ρ = 0.8: W = 5/μ, so the wait is 4/μ.
        assert!((mmc_mean_wait(0.8, 1.0, 1) - 4.0).abs() < 1e-12);
        // M/M/16 at ρ = 0.9: mean time in system 1.3696 service times (docs: the W2 reference of discrete-event engines).
        assert!((1.0 + mmc_mean_wait(14.4, 1.0, 16) - 1.3696).abs() < 1e-4);
        // M/D/1 waits half as long as M/M/1.
        assert!((mg1_mean_wait(0.8, 1.0, 1.0) - 2.0).abs() < 1e-12);
        assert!((mm1k_blocking(1.0, 9) - 0.1).abs() < 1e-12);
        // Published Erlang B table: 10 servers, 5 erlangs: 1.84 %.
        assert!((erlang_b(10, 5.0) - 0.018_385).abs() < 1e-6);
        // Equal popularity: the hit ratio is the share of objects held.
        assert!((che_lru_hit_ratio(&[1.0; 100], 25) - 0.25).abs() < 1e-9);
        // Saturated: throughput 1/d.
        assert!((mva_single_station(1000, 0.01, 1.0).1 - 100.0).abs() < 1e-6);
    }
}

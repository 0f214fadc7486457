//! Formulas of queueing and caching theory: what the simulation must agree with.
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

/// Mean wait of each class in M/G/1 with non-preemptive priorities, the first class served first (A. Cobham, 1954): classes
/// are (λ, E[S], E[S²]).
pub fn priority_mean_waits(classes: &[(f64, f64, f64)]) -> Vec<f64> {
    let residual: f64 = classes.iter().map(|(lambda, _, second)| lambda * second / 2.0).sum();
    let mut before = 0.0;
    let wait = |(lambda, mean, _): &(f64, f64, f64)| {
        let upto = before + lambda * mean;
        let wait = residual / ((1.0 - before) * (1.0 - upto));
        before = upto;
        wait
    };
    classes.iter().map(wait).collect()
}

/// Mean time in M/G/1 under processor sharing: it depends on the mean of the service time only (Sakata, Noguchi & Oizumi, 1971).
pub fn processor_sharing_mean_time(lambda: f64, mean: f64) -> f64 {
    mean / (1.0 - lambda * mean)
}

/// Mean of the largest of `n` exponential times with mean 1: 1 + 1/2 + … + 1/n.
pub fn harmonic(n: u32) -> f64 {
    (1..=n).map(|k| 1.0 / f64::from(k)).sum()
}

/// Probability of `n` in M/M/1: (1 − ρ)ρⁿ.
pub fn mm1_probability(rho: f64, n: u32) -> f64 {
    (1.0 - rho) * libm::pow(rho, f64::from(n))
}

/// M/M/c/K in steady state: `c` servers, `k ≥ c` places in all, those in service included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    /// Probability that an arrival finds every place taken, and is lost.
    pub blocking: f64,
    /// Mean number inside.
    pub inside: f64,
    /// Mean number in service.
    pub busy: f64,
}

impl Bounded {
    /// Mean number waiting.
    pub fn waiting(&self) -> f64 {
        self.inside - self.busy
    }
}

/// A share that a sum of doubles does not notice.
const NOTHING: f64 = 1e-18;

/// M/M/c/K for an offered load of `a = λ/μ`, whatever its size, from the balance equations P(n) = P(n − 1)·a/min(n, c).
pub fn mmck(c: u32, k: u32, a: f64) -> Bounded {
    let (mut p, mut total, mut inside, mut busy) = (1.0, 1.0, 0.0, 0.0);
    let (last, ratio) = (k.max(c), a / f64::from(c));
    for n in 1..=last {
        let serving = f64::from(n.min(c));
        p *= a / serving;
        total += p;
        inside += f64::from(n) * p;
        busy += serving * p;
        // For a heavy load the weights grow without end; only their ratios count.
        if total > 1e200 {
            (p, total, inside, busy) = (p / total, 1.0, inside / total, busy / total);
        }
        // Beyond the servers the weights fall as a geometric series: with a long queue nearly all of it adds nothing.
        if n >= c && ratio < 1.0 && p * (f64::from(n) + 1.0 / (1.0 - ratio)) < inside * (1.0 - ratio) * NOTHING {
            p *= libm::pow(ratio, f64::from(last - n));
            break;
        }
    }
    Bounded { blocking: p / total, inside: inside / total, busy: busy / total }
}

/// Fraction of servers with at least `k` requests when each arrival joins the shortest of `d` servers chosen by chance,
/// for many servers at load `lambda`: λ^((d^k − 1)/(d − 1)). The supermarket model (Vvedenskaya, Dobrushin &
/// Karpelevich, 1996; Mitzenmacher, 2001).
pub fn supermarket_at_least(lambda: f64, d: u32, k: u32) -> f64 {
    let exponent = (0..k).map(|i| libm::pow(f64::from(d), f64::from(i))).sum();
    libm::pow(lambda, exponent)
}

/// Mean time in system of the supermarket model, in service times: the mean number at a server over λ.
pub fn supermarket_mean_time(lambda: f64, d: u32) -> f64 {
    (1..=64).map(|k| supermarket_at_least(lambda, d, k)).sum::<f64>() / lambda
}

/// Mean response time and throughput of a closed system: `n` users with mean think time `z`, who visit single-server
/// exponential stations of these service demands (visits times service time). Exact mean value analysis (Reiser &
/// Lavenberg, 1980).
pub fn mva(n: u32, z: f64, demands: &[f64]) -> (f64, f64) {
    let mut queues = vec![0.0; demands.len()];
    let (mut response, mut throughput) = (0.0, 0.0);
    for users in 1..=n {
        // An arrival sees the system with one user less.
        response = demands.iter().zip(&queues).map(|(d, q)| d * (1.0 + q)).sum();
        throughput = f64::from(users) / (z + response);
        for (q, d) in queues.iter_mut().zip(demands) {
            *q = throughput * d * (1.0 + *q);
        }
    }
    (response, throughput)
}

/// Attempts a request makes when each fails independently with probability `f` and up to `r` retries follow.
pub fn attempts(f: f64, r: u32) -> f64 {
    (0..=r).map(|k| libm::pow(f, f64::from(k))).sum()
}

/// Objects that are asked for equally often: the probability of one of them, and how many there are.
pub type Class = (f64, f64);

/// The time an object stays in an LRU cache of `capacity` objects without being asked for, in units of time in which
/// one request arrives, by Che's approximation (Che, Tung & Wang, 2002): the root T of Σ (1 − e^(−pᵢT)) = capacity.
/// `None` if everything fits.
pub fn che_characteristic_time(classes: &[Class], capacity: f64) -> Option<f64> {
    characteristic_time(classes, capacity, |pt| -libm::expm1(-pt))
}

/// Hit ratio of an LRU cache under independent requests, by Che's approximation: an object of popularity p is there with
/// probability 1 − e^(−pT).
pub fn che_lru_hit_ratio_of_classes(classes: &[Class], capacity: f64) -> f64 {
    let Some(t) = che_characteristic_time(classes, capacity) else {
        return 1.0;
    };
    classes.iter().map(|(p, n)| n * p * -libm::expm1(-p * t)).sum()
}

/// Hit ratio of a FIFO or a random cache under independent requests: an object of popularity p is there with probability
/// pT/(1 + pT), where these add up to the capacity. Gelenbe (1973) showed that both have the same hit ratio; the
/// characteristic time is that of Fricker, Robert & Roberts (2012) and of Martina, Garetto & Leonardi (2014).
///
pub fn fifo_hit_ratio_of_classes(classes: &[Class], capacity: f64) -> f64 {
    let Some(t) = fifo_characteristic_time(classes, capacity) else {
        return 1.0;
    };
    classes.iter().map(|(p, n)| n * p * (p * t) / (1.0 + p * t)).sum()
}

/// [`fifo_hit_ratio_of_classes`] for objects of these popularities (any positive weights).
pub fn fifo_hit_ratio(popularity: &[f64], capacity: usize) -> f64 {
    fifo_hit_ratio_of_classes(&classes(popularity), capacity as f64)
}

/// The time an object stays in a FIFO cache, or on average in one with random eviction, in units of time in which one request
/// arrives: the root T of Σ pᵢT/(1 + pᵢT) = capacity. `None` if everything fits.
pub fn fifo_characteristic_time(classes: &[Class], capacity: f64) -> Option<f64> {
    characteristic_time(classes, capacity, |pt| pt / (1.0 + pt))
}

/// How much lower the hit ratio is if a missed object comes `delay` later, in the same units of time, and all requests for
/// it until then miss as well: of each cycle of an object, e^(pT) − 1 requests hit, and 1 + p·delay miss.
pub fn che_loss_by_delay(classes: &[Class], capacity: f64, delay: f64) -> f64 {
    let Some(t) = che_characteristic_time(classes, capacity) else {
        return 0.0;
    };
    // The hit ratio 1 − e^(−pT) becomes (1 − e^(−pT))/(1 + p·delay·e^(−pT)).
    let loss = |p: f64| {
        let gone = libm::exp(-p * t);
        (1.0 - gone) * (1.0 - 1.0 / (1.0 + p * delay * gone))
    };
    classes.iter().map(|(p, n)| n * p * loss(*p)).sum()
}

/// [`che_lru_hit_ratio_of_classes`] for objects of these popularities (any positive weights).
pub fn che_lru_hit_ratio(popularity: &[f64], capacity: usize) -> f64 {
    che_lru_hit_ratio_of_classes(&classes(popularity), capacity as f64)
}

/// Each object as a class of its own, weights made probabilities.
pub fn classes(popularity: &[f64]) -> Vec<Class> {
    let total: f64 = popularity.iter().sum();
    popularity.iter().map(|p| (p / total, 1.0)).collect()
}

/// The root T of Σ n·held(pT) = capacity, where `held` rises from 0 to 1.
fn characteristic_time(classes: &[Class], capacity: f64, held: impl Fn(f64) -> f64) -> Option<f64> {
    if capacity >= classes.iter().map(|(_, n)| n).sum() {
        return None;
    }
    let occupied = |t: f64| classes.iter().map(|(p, n)| n * held(p * t)).sum::<f64>();
    let (mut low, mut high) = (0.0, 1.0);
    while occupied(high) < capacity && high < 1e300 {
        high *= 2.0;
    }
    for _ in 0..100 {
        let mid = (low + high) / 2.0;
        if occupied(mid) < capacity { low = mid } else { high = mid }
    }
    Some(high)
}

/// Hit ratio for an object that is asked for by a Poisson process of rate `lambda` and kept for `ttl` after it was put
/// in, however often it is asked for: 1 − 1/(1 + λT). A miss, then λT hits on average until it expires (renewal reward).
pub fn ttl_hit_ratio(lambda: f64, ttl: f64) -> f64 {
    1.0 - 1.0 / (1.0 + lambda * ttl)
}

/// Share of misses for an object that is asked for by a Poisson process of rate `lambda` and kept for `ttl` after it was
/// last asked for: e^(−λT), the chance that nobody asks for so long.
pub fn renewed_ttl_miss_ratio(lambda: f64, ttl: f64) -> f64 {
    libm::exp(-lambda * ttl)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64, tolerance: f64) {
        assert!((got - want).abs() <= tolerance, "got {got}, want {want}");
    }

    #[test]
    fn textbook_values_of_queues() {
        // M/M/1 at ρ = 0.8: W = 5/μ, so the wait is 4/μ.
        close(mmc_mean_wait(0.8, 1.0, 1), 4.0, 1e-12);
        // M/M/16 at ρ = 0.9: mean time in system 1.3696 service times.
        close(1.0 + mmc_mean_wait(14.4, 1.0, 16), 1.3696, 1e-4);
        // M/D/1 waits half as long as M/M/1.
        close(mg1_mean_wait(0.8, 1.0, 1.0), 2.0, 1e-12);
        // Published Erlang B table: 10 servers, 5 erlangs: 1.84 %.
        close(erlang_b(10, 5.0), 0.018_385, 1e-6);
        close((0..200).map(|n| mm1_probability(0.8, n)).sum(), 1.0, 1e-12);
    }

    #[test]
    fn priorities_share_out_the_same_work() {
        // Kleinrock's conservation law: Σ ρᵢWᵢ = ρ·W₀/(1 − ρ), whatever the order.
        let classes = [(0.3, 1.0, 2.0), (0.2, 0.5, 0.5), (0.25, 1.2, 3.0)];
        let waits = priority_mean_waits(&classes);
        let rho: f64 = classes.iter().map(|c| c.0 * c.1).sum();
        let residual: f64 = classes.iter().map(|c| c.0 * c.2 / 2.0).sum();
        let shared: f64 = classes.iter().zip(&waits).map(|(c, w)| c.0 * c.1 * w).sum();
        close(shared, rho * residual / (1.0 - rho), 1e-12);
        close(priority_mean_waits(&[(0.8, 1.0, 2.0)])[0], mg1_mean_wait(0.8, 1.0, 2.0), 1e-12);
        close(harmonic(4), 25.0 / 12.0, 1e-12);
    }

    #[test]
    fn bounded_queues_contain_the_others() {
        // Without a queue: Erlang B. At ρ = 1 all K + 1 states of M/M/1/K are equally likely. Otherwise
        // P(K) = (1 − ρ)ρ^K/(1 − ρ^(K+1)).
        close(mmck(10, 10, 5.0).blocking, erlang_b(10, 5.0), 1e-12);
        close(mmck(1, 9, 1.0).blocking, 0.1, 1e-12);
        close(mmck(1, 9, 1.0).inside, 4.5, 1e-12);
        close(mmck(1, 5, 0.9).blocking, 0.1 * libm::pow(0.9, 5.0) / (1.0 - libm::pow(0.9, 6.0)), 1e-12);
        // With a queue that never fills: Erlang C, and L = λW.
        // M/M/1/K in closed form (Gross & Harris, 2.5): ρ^K·(1 − ρ)/(1 − ρ^(K+1)), ρ/(1 − ρ) − (K + 1)·ρ^(K+1)/(1 − ρ^(K+1)).
        let (long, rho_k) = (mmck(1, 5000, 0.9), libm::pow(0.9, 5000.0));
        close(long.blocking, 0.1 * rho_k, 1e-9);
        close(long.inside, 9.0, 1e-12);
        let wide = mmck(4, 4000, 3.0);
        close(wide.waiting(), 3.0 * mmc_mean_wait(3.0, 1.0, 4), 1e-9);
        close(wide.busy, 3.0, 1e-12);
        // Far beyond capacity the excess is lost.
        close(mmck(2, 1000, 10.0).blocking, 0.8, 1e-12);
    }

    #[test]
    fn textbook_values_of_networks() {
        // Saturated: throughput 1/d. One user never waits.
        close(mva(1000, 1.0, &[0.01]).1, 100.0, 1e-6);
        close(mva(1, 1.0, &[0.2, 0.3]).0, 0.5, 1e-12);
        // Two equal stations without thought: throughput N/(N + 1)/d (balanced network).
        close(mva(5, 0.0, &[1.0, 1.0]).1, 5.0 / 6.0, 1e-12);
        // One choice is M/M/1.
        close(supermarket_mean_time(0.5, 1), 2.0, 1e-9);
        close(supermarket_at_least(0.9, 2, 3), libm::pow(0.9, 7.0), 1e-12);
        close(attempts(0.5, 2), 1.75, 1e-12);
    }

    #[test]
    fn textbook_values_of_caches() {
        // Equal popularity: the hit ratio is the share of objects held.
        close(che_lru_hit_ratio(&[1.0; 100], 25), 0.25, 1e-9);
        close(che_lru_hit_ratio(&[1.0, 2.0], 2), 1.0, 0.0);
        close(ttl_hit_ratio(2.0, 1.5), 0.75, 1e-12);
        close(renewed_ttl_miss_ratio(2.0, 0.5), libm::exp(-1.0), 1e-12);
        // FIFO holds the popular less surely than LRU does; with equal popularity no policy matters.
        close(fifo_hit_ratio(&[1.0; 100], 25), 0.25, 1e-9);
        let zipf: Vec<f64> = (1..=1000).map(|k| 1.0 / f64::from(k)).collect();
        assert!(fifo_hit_ratio(&zipf, 100) < che_lru_hit_ratio(&zipf, 100) - 0.02);
    }
}

//! Rate limits.

use backpressure_sim::engine::rng::Stream;
use backpressure_sim::engine::ziggurat::exponential;
use backpressure_sim::policies::rate_limit::{RateLimit, RateLimitParams, RateLimiter, Scope, Verdict};

use crate::case::{Case, Figure, Within};

const S: f64 = 1e9;

fn limiter(limit: RateLimit) -> RateLimiter {
    RateLimiter::new(&RateLimitParams { limit, scope: Scope::All })
}

fn figure(what: &str, theory: f64, within: Within) -> Figure {
    Figure { what: what.to_owned(), theory, within }
}

/// Poisson requests, `rate` a second for so many seconds: how many pass a second.
fn admitted(limit: &RateLimit, rate: f64, seconds: f64, seed: u64) -> f64 {
    let (mut l, mut rng) = (limiter(limit.clone()), Stream::new(seed, "truth", "arrivals"));
    let (mut now, mut passed) = (0.0, 0u32);
    while now < seconds * S {
        now += exponential(&mut rng) / rate * S;
        passed += u32::from(l.ask(0, now as u64) != Verdict::Refused);
    }
    f64::from(passed) / seconds
}

/// Two bursts of so many requests, each over `span_s`, the second right after `edge_s`, at an instant of the clock that the seed
/// chooses: how many pass of each.
fn around(limit: RateLimit, edge_s: f64, span_s: f64, n: u32, seed: u64) -> [f64; 2] {
    let mut l = limiter(limit);
    let edge = (edge_s + seed as f64) * S;
    [edge - span_s * S, edge].map(|from| {
        let at = |i: u32| (from + span_s * S * f64::from(i) / f64::from(n)) as u64;
        (0..n).map(|i| f64::from(u8::from(l.ask(0, at(i)) != Verdict::Refused))).sum()
    })
}

fn bucket() -> RateLimit {
    RateLimit::TokenBucket { rate_per_s: 100.0, burst: 50 }
}

pub fn cases() -> Vec<Case> {
    let (limit, window_s) = (100, 1.0);
    let both = |limit: RateLimit, seed| around(limit, 10.0, 0.1, 1000, seed).iter().sum::<f64>();
    vec![
        Case::of_policy(
            "token bucket of 50, filled with 100 a second",
            "in the long run min(λ, r) pass; a burst of t seconds lets ⌊b + rt⌋ through, and the last of this one comes just before its half second is over",
            "Poisson requests for 500 s; a burst of 10,000 in half a second",
            vec![
                figure("passed of 150/s, 1/s", 100.0, Within::Interval),
                figure("passed of 400/s, 1/s", 100.0, Within::Interval),
                figure("passed of 50/s, 1/s", 50.0, Within::Interval),
                figure("passed of a burst of 0.5 s", libm::floor(50.0 + 100.0 * 0.499_95), Within::Interval),
            ],
            |seed| {
                let burst = around(bucket(), 0.5, 0.5, 10_000, seed)[0];
                let long = |rate| admitted(&bucket(), rate, 500.0, seed);
                // What the full bucket at the start lets through comes on top.
                vec![long(150.0) - 0.1, long(400.0) - 0.1, long(50.0), burst]
            },
        ),
        Case::of_policy(
            "windows of 1 s and 100 requests, two bursts across an edge of the clock",
            "a fixed window lets twice its limit through within 0.2 s, a sliding log never more than its limit",
            "1,000 requests in the tenth of a second before a whole second, 1,000 in the one after",
            vec![
                figure("passed, fixed window", 200.0, Within::Interval),
                figure("passed, sliding log", 100.0, Within::Interval),
                figure("passed, sliding counter", 100.0 + 9.0, Within::Approximation(1.0)),
            ],
            move |seed| {
                vec![
                    both(RateLimit::FixedWindow { limit, window_s }, seed),
                    both(RateLimit::SlidingLog { limit, window_s }, seed),
                    both(RateLimit::SlidingCounter { limit, window_s }, seed),
                ]
            },
        ),
    ]
}

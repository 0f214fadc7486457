//! Politeness of a crawler: nobody's host is asked again before a pause has passed.

use super::rate_limit::{RateLimit, RateLimitParams, RateLimiter, Scope, Verdict};
use crate::design::params;
use crate::engine::rng::mix;
use backpressure_pack::Pack;

params! {
    /// How long whoever owns a host is left alone between two visits.
    pub struct Politeness {
        /// Hosts that the keys belong to, spread evenly over them.
        hosts: u32 = 100, label "Hosts", unit "hosts", range 1..=65_536;
        /// Least time between two tasks for the same host.
        pause_ms: f64 = 1000.0, label "Pause", unit "ms", range 1.0..=3_600_000.0;
    }
}

/// The visits to each host. A decision is O(1) expected.
///
/// Sources: Heydon and Najork, Mercator: A Scalable, Extensible Web Crawler, 1999 (there a host's links wait in a queue of
/// their own); the `Crawl-delay` that many hosts ask for beside RFC 9309. Even spacing is a leaky bucket of each host.
#[derive(Clone, Debug, Pack)]
pub struct Visits {
    hosts: u64,
    limiter: RateLimiter,
}

impl Visits {
    /// Nobody was visited yet.
    pub fn new(p: &Politeness) -> Self {
        Self { hosts: u64::from(p.hosts), limiter: RateLimiter::new(&every(p)) }
    }

    /// Takes other parameters; if the pause is another, the visits so far are forgotten.
    pub fn set(&mut self, p: &Politeness) {
        self.hosts = u64::from(p.hosts);
        self.limiter.set(&every(p));
    }

    /// How long a task for this key waits until its host may be visited, ns; that visit is booked.
    pub fn wait_ns(&mut self, key: u64, now_ns: u64) -> u64 {
        let host = mix(key) % self.hosts;
        match self.limiter.ask(host as u32, now_ns) {
            Verdict::Waits(ns) => ns,
            // The bucket is larger than the number of tasks there may be: nobody is refused.
            Verdict::Passes | Verdict::Refused => 0,
        }
    }
}

fn every(p: &Politeness) -> RateLimitParams {
    let limit = RateLimit::LeakyBucket { rate_per_s: 1000.0 / p.pause_ms, queue: 1_000_000 };
    RateLimitParams { limit, scope: Scope::Client }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_left_alone_between_two_visits_and_others_are_not_kept_waiting() {
        let mut visits = Visits::new(&Politeness { hosts: 1, pause_ms: 200.0 });
        assert_eq!([0, 0, 50].map(|ms| visits.wait_ns(ms, ms * 1_000_000)), [0, 200_000_000, 350_000_000]);
        assert_eq!(visits.wait_ns(7, 700_000_000), 0);
        visits.set(&Politeness { hosts: 65_536, pause_ms: 200.0 });
        assert_eq!([1, 2, 3, 4].map(|key| visits.wait_ns(key, 10_000_000_000)), [0; 4]);
    }
}

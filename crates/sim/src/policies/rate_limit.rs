//! How many requests may pass: the five algorithms in use, for each client or for all together.

use crate::design::{choice, params, variant};
use crate::engine::sampler::ns;
use crate::engine::table::Table;
use backpressure_pack::Pack;

variant! {
    /// How passing requests are counted.
    pub enum RateLimit tag "algorithm" {
        /// Each request takes a token out of a bucket that is filled at the rate given. A full bucket lets a burst of its size through at once.
        TokenBucket = "token_bucket", "Token bucket" {
            /// Tokens that come per second: the rate in the long run.
            rate_per_s: f64 = 100.0, label "Rate", unit "requests/s", range 0.001..=1_000_000.0;
            /// Tokens the bucket holds.
            burst: u32 = 20, label "Burst", unit "requests", range 1..=1_000_000;
        }
        /// Requests drip out of a bucket evenly, at the rate given: what comes in a burst waits, and what does not fit is refused (nginx: `limit_req`).
        LeakyBucket = "leaky_bucket", "Leaky bucket" {
            /// Requests that leave per second.
            rate_per_s: f64 = 100.0, label "Rate", unit "requests/s", range 0.001..=1_000_000.0;
            /// Requests that may wait in the bucket.
            queue: u32 = 20, label "Bucket", unit "requests", range 0..=1_000_000;
        }
        /// So many in each window of the clock. Across the edge of two windows twice as many may pass.
        FixedWindow = "fixed_window", "Fixed window" {
            /// Requests that pass in a window.
            limit: u32 = 100, label "Limit", unit "requests", range 1..=1_000_000;
            /// Length of a window.
            window_s: f64 = 1.0, label "Window", unit "s", range 0.001..=86_400.0;
        }
        /// So many in any span of a window's length, by a list of when the last ones passed: exact, and the list has to be kept.
        SlidingLog = "sliding_log", "Sliding window log" {
            /// Requests that pass in any window.
            limit: u32 = 100, label "Limit", unit "requests", range 1..=10_000;
            /// Length of a window.
            window_s: f64 = 1.0, label "Window", unit "s", range 0.001..=86_400.0;
        }
        /// As the fixed window, but what passed in the window before counts as well, by the share of it that lies in the last window's length.
        SlidingCounter = "sliding_counter", "Sliding window counter" {
            /// Requests that pass in about any window.
            limit: u32 = 100, label "Limit", unit "requests", range 1..=1_000_000;
            /// Length of a window.
            window_s: f64 = 1.0, label "Window", unit "s", range 0.001..=86_400.0;
        }
    }
}

choice! {
    /// Whose requests are counted together.
    pub enum Scope {
        /// Each client has the limit to itself.
        Client = "client", "Each client";
        /// All share one limit.
        All = "all", "All together";
    }
}

params! {
    /// A rate limit.
    pub struct RateLimitParams {
        /// How passing requests are counted.
        limit: RateLimit = RateLimit::default(), label "Algorithm";
        /// Whose requests are counted together.
        scope: Scope = Scope::Client, label "Counts";
    }
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passes.
    Passes,
    /// It passes after this long, ns.
    Waits(u64),
    /// It is refused.
    Refused,
}

/// A limit at work. Every decision is O(1).
///
/// Sources: token and leaky bucket as the generic cell rate algorithm (ITU-T I.371, 1996), which needs one number a client: the
/// time at which the bucket is full, or empty, again. Fixed window: `INCR` and `EXPIRE` (Redis manual). Log: Cloudflare and
/// Figma's engineers on its memory, here `limit` times of 8 bytes a client. Counter: Cloudflare, "How we built rate limiting capable of
/// scaling to millions of domains", 2017.
#[derive(Clone, Debug, Pack)]
pub struct RateLimiter {
    params: RateLimitParams,
    /// Bucket: ns between two requests. Windows: their length, ns.
    span_ns: u64,
    /// Bucket: how far ahead of time it may be, ns.
    slack_ns: u64,
    clients: Table<Count>,
    /// Clients at which those are looked through who have nothing on their count any more.
    sweep_at: usize,
    /// Sliding log: times, a run of `limit` for each client, and the runs that are free.
    times: Vec<u64>,
    free: Vec<u32>,
    beyond: bool,
}

/// What is kept of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pack)]
struct Count {
    /// Bucket: when it will be as new. Windows: number of the window. Log: its run.
    at: u64,
    /// Windows: passed in this one. Log: place of the oldest.
    now: u32,
    /// Sliding counter: passed in the window before. Fixed window: in its second half. Log: how many.
    before: u32,
    /// Fixed window: passed in the second half of this one.
    late: u32,
}

/// Most clients counted at once (65,536): if as many have something on their count, all are forgotten. For the log, fewer, so that
/// its times stay below 32 MB.
const CLIENTS: usize = 1 << 16;
const TIMES: usize = 1 << 22;
const FIRST_SWEEP: usize = 1 << 10;

impl RateLimiter {
    /// A limit that has counted nothing yet.
    pub fn new(params: &RateLimitParams) -> Self {
        let between = |rate: f64| ns(1000.0 / rate).max(1);
        let (span_ns, slack_ns) = match params.limit {
            RateLimit::TokenBucket { rate_per_s, burst } => {
                (between(rate_per_s), between(rate_per_s).saturating_mul(u64::from(burst - 1)))
            }
            RateLimit::LeakyBucket { rate_per_s, queue } => {
                (between(rate_per_s), between(rate_per_s).saturating_mul(u64::from(queue)))
            }
            RateLimit::FixedWindow { window_s, .. }
            | RateLimit::SlidingLog { window_s, .. }
            | RateLimit::SlidingCounter { window_s, .. } => (ns(window_s * 1000.0).max(1), 0),
        };
        Self {
            params: params.clone(),
            span_ns,
            slack_ns,
            clients: Table::default(),
            sweep_at: FIRST_SWEEP,
            times: Vec::new(),
            free: Vec::new(),
            beyond: false,
        }
    }

    /// Takes other parameters; if they are others, the counts begin anew.
    pub fn set(&mut self, params: &RateLimitParams) {
        if *params != self.params {
            *self = Self::new(params);
        }
    }

    /// Did the request asked about last pass though its client was over the limit? Only a fixed window lets that happen: it
    /// is looked at through a window of the same length around the edge.
    pub fn was_beyond(&self) -> bool {
        self.beyond
    }

    /// May a request of this client pass at this time?
    pub fn ask(&mut self, client: u32, now_ns: u64) -> Verdict {
        self.beyond = false;
        let key = match self.params.scope {
            Scope::Client => u64::from(client),
            Scope::All => 0,
        };
        let mut count = match self.clients.get(key) {
            Some(count) => count,
            None => self.welcome(now_ns),
        };
        let verdict = self.decide(&mut count, now_ns);
        self.clients.set(key, count);
        verdict
    }

    fn decide(&mut self, count: &mut Count, now: u64) -> Verdict {
        let passes = |yes: bool| if yes { Verdict::Passes } else { Verdict::Refused };
        match self.params.limit {
            RateLimit::TokenBucket { .. } | RateLimit::LeakyBucket { .. } => {
                let ahead = count.at.saturating_sub(now);
                if ahead > self.slack_ns {
                    return Verdict::Refused;
                }
                count.at = count.at.max(now) + self.span_ns;
                let waits = matches!(self.params.limit, RateLimit::LeakyBucket { .. }) && ahead > 0;
                if waits { Verdict::Waits(ahead) } else { Verdict::Passes }
            }
            RateLimit::FixedWindow { limit, .. } => {
                self.turn_to(count, now);
                let yes = count.now < limit;
                count.now += u32::from(yes);
                if now % self.span_ns >= self.span_ns / 2 {
                    count.late += u32::from(yes);
                } else {
                    self.beyond = yes && count.before + count.now > limit;
                }
                passes(yes)
            }
            RateLimit::SlidingCounter { limit, .. } => {
                self.turn_to(count, now);
                let left = 1.0 - (now % self.span_ns) as f64 / self.span_ns as f64;
                let yes = f64::from(count.before) * left + f64::from(count.now + 1) <= f64::from(limit);
                count.now += u32::from(yes);
                passes(yes)
            }
            RateLimit::SlidingLog { limit, .. } => {
                let run = count.at as usize * limit as usize;
                let Some(times) = self.times.get_mut(run..run + limit as usize) else {
                    return Verdict::Passes;
                };
                while count.before > 0 && times[count.now as usize] + self.span_ns <= now {
                    count.now = (count.now + 1) % limit;
                    count.before -= 1;
                }
                let yes = count.before < limit;
                if yes {
                    times[((count.now + count.before) % limit) as usize] = now;
                    count.before += 1;
                }
                passes(yes)
            }
        }
    }

    /// Brings a count of windows up to now.
    fn turn_to(&self, count: &mut Count, now: u64) {
        let window = now / self.span_ns;
        if window != count.at {
            let fixed = matches!(self.params.limit, RateLimit::FixedWindow { .. });
            count.before = match window == count.at + 1 {
                true if fixed => count.late,
                true => count.now,
                false => 0,
            };
            (count.at, count.now, count.late) = (window, 0, 0);
        }
    }

    /// Room for a client that has not been counted yet.
    fn welcome(&mut self, now: u64) -> Count {
        let log = match self.params.limit {
            RateLimit::SlidingLog { limit, .. } => limit as usize,
            _ => 0,
        };
        let most = TIMES.checked_div(log).map_or(CLIENTS, |most| CLIENTS.min(most));
        if self.clients.len() >= self.sweep_at.min(most) {
            self.sweep(now, log);
            if self.clients.len() >= most {
                *self = Self::new(&self.params);
            }
            self.sweep_at = (self.clients.len() * 2).max(FIRST_SWEEP);
        }
        if log == 0 {
            return Count::default();
        }
        let run = self.free.pop().unwrap_or_else(|| {
            self.times.resize(self.times.len() + log, 0);
            (self.times.len() / log - 1) as u32
        });
        Count { at: u64::from(run), ..Count::default() }
    }

    /// Forgets the clients who have nothing on their count.
    fn sweep(&mut self, now: u64, log: usize) {
        let (span, window, times, free) = (self.span_ns, now / self.span_ns, &self.times, &mut self.free);
        let limit = &self.params.limit;
        self.clients.retain(|count| match limit {
            RateLimit::TokenBucket { .. } | RateLimit::LeakyBucket { .. } => count.at > now,
            RateLimit::FixedWindow { .. } | RateLimit::SlidingCounter { .. } => count.at + 1 >= window,
            RateLimit::SlidingLog { .. } => {
                let newest = (count.now + count.before.saturating_sub(1)) as usize % log;
                let at = times.get(count.at as usize * log + newest);
                let counts = count.before > 0 && at.is_some_and(|at| at + span > now);
                if !counts {
                    free.push(count.at as u32);
                }
                counts
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Stream;
    use crate::engine::ziggurat::exponential;
    use proptest::prelude::*;

    const S: u64 = 1_000_000_000;

    fn limiter(limit: RateLimit) -> RateLimiter {
        RateLimiter::new(&RateLimitParams { limit, scope: Scope::Client })
    }

    fn all() -> [RateLimit; 5] {
        let (limit, window_s, rate_per_s) = (50, 0.5, 100.0);
        [
            RateLimit::TokenBucket { rate_per_s, burst: 20 },
            RateLimit::LeakyBucket { rate_per_s, queue: 20 },
            RateLimit::FixedWindow { limit, window_s },
            RateLimit::SlidingLog { limit, window_s },
            RateLimit::SlidingCounter { limit, window_s },
        ]
    }

    /// How many of `n` requests, evenly over `span_s` from `from_s`, pass.
    fn passed(l: &mut RateLimiter, from_s: f64, span_s: f64, n: u32) -> u32 {
        let at = |i: u32| ((from_s + span_s * f64::from(i) / f64::from(n)) * 1e9) as u64;
        (0..n).map(|i| u32::from(l.ask(1, at(i)) != Verdict::Refused)).sum()
    }

    #[test]
    fn a_bucket_lets_its_size_through_at_once_and_its_rate_after() {
        let mut l = limiter(RateLimit::TokenBucket { rate_per_s: 100.0, burst: 20 });
        assert_eq!(passed(&mut l, 10.0, 0.0, 1000), 20);
        assert_eq!(passed(&mut l, 10.1, 0.0, 1000), 10, "a tenth of a second later ten tokens have come");
        assert_eq!(passed(&mut l, 100.0, 0.0, 1000), 20, "never more than the bucket holds");
    }

    #[test]
    fn a_leaky_bucket_lets_nothing_through_faster_than_its_rate() {
        let mut l = limiter(RateLimit::LeakyBucket { rate_per_s: 100.0, queue: 3 });
        let verdicts: Vec<_> = (0..6).map(|_| l.ask(1, S)).collect();
        let waits = |ms: u64| Verdict::Waits(ms * 1_000_000);
        assert_eq!(verdicts, [Verdict::Passes, waits(10), waits(20), waits(30), Verdict::Refused, Verdict::Refused]);
        assert_eq!(l.ask(1, S + 15_000_000), waits(25), "one more place is free, at the end of the line");
        assert_eq!(limiter(RateLimit::LeakyBucket { rate_per_s: 1.0, queue: 0 }).ask(1, 0), Verdict::Passes);
    }

    #[test]
    fn only_the_fixed_window_doubles_across_its_edge() {
        // As much as may pass in the tenth of a second before the edge at 7.5 s, and in the tenth after it.
        let around = |limit| {
            let mut l = limiter(limit);
            (passed(&mut l, 7.4, 0.0999, 2000), passed(&mut l, 7.5, 0.0999, 2000))
        };
        let [_, _, fixed, log, counter] = all().map(around);
        assert_eq!(fixed, (50, 50));
        assert_eq!(log, (50, 0));
        // Of the window before, a fifth is past at 7.6 s: so much of the limit is free again.
        assert_eq!(counter, (50, 9));
    }

    #[test]
    fn what_passes_beyond_the_limit_around_an_edge_is_seen() {
        let mut l = limiter(RateLimit::FixedWindow { limit: 50, window_s: 1.0 });
        // 40 in the last tenth of a second before the edge at 3 s, 30 in the first after it: 70 within one window's length.
        assert_eq!(passed(&mut l, 2.9, 0.0999, 40), 40);
        let beyond = |l: &mut RateLimiter, at_ns| (l.ask(1, at_ns), l.was_beyond());
        let seen: Vec<_> = (0..30).map(|i| beyond(&mut l, 3 * S + i)).collect();
        assert!(seen.iter().all(|(verdict, _)| *verdict == Verdict::Passes));
        assert_eq!(seen.iter().filter(|(_, beyond)| *beyond).count(), 40 + 30 - 50);
        // Half a window later they lie farther apart than a window's length from those at 2.9 s.
        assert_eq!(beyond(&mut l, 3 * S + S / 2), (Verdict::Passes, false));
        let mut log = limiter(RateLimit::SlidingLog { limit: 50, window_s: 1.0 });
        passed(&mut log, 2.9, 0.0999, 40);
        assert!((0..30).all(|i| !beyond(&mut log, 3 * S + i).1), "nothing is ever beyond an exact limit");
    }

    #[test]
    fn clients_do_not_count_for_each_other_unless_all_share_the_limit() {
        for limit in all() {
            let mut apart = limiter(limit.clone());
            (0..1000).for_each(|_| _ = apart.ask(1, S));
            assert_eq!(apart.ask(2, S), Verdict::Passes, "{limit:?}");
            let mut shared = RateLimiter::new(&RateLimitParams { limit: limit.clone(), scope: Scope::All });
            (0..1000).for_each(|_| _ = shared.ask(1, S));
            assert_eq!(shared.ask(2, S), Verdict::Refused, "{limit:?}");
        }
    }

    #[test]
    fn memory_is_bounded_whoever_comes() {
        for limit in all() {
            let mut l = limiter(limit.clone());
            // A client a millisecond: after half a second nobody has anything on the count any more.
            for client in 0..300_000 {
                assert_eq!(l.ask(client, u64::from(client) * 1_000_000), Verdict::Passes);
            }
            assert!(l.clients.len() <= 2048 && l.times.len() <= 2048 * 50, "{limit:?}: {}", l.clients.len());
            // All at once: beyond the bound everybody begins anew.
            for client in 0..300_000 {
                l.ask(client, 400 * S);
            }
            assert!(l.clients.len() <= CLIENTS && l.times.len() <= TIMES);
        }
    }

    #[test]
    fn a_sweep_forgets_nobody_who_counts() {
        for limit in all() {
            let mut l = limiter(limit.clone());
            (0..1000).for_each(|_| _ = l.ask(1, 10 * S));
            (2..5000).for_each(|client| _ = l.ask(client, 10 * S + 1));
            assert_eq!(l.ask(1, 10 * S + 2), Verdict::Refused, "{limit:?}");
        }
    }

    proptest! {
        /// Whatever comes: what may pass in any span, by each algorithm.
        #[test]
        fn no_span_lets_more_through_than_its_algorithm_says(seed in any::<u64>(), rate in 20.0f64..2000.0, bursts in any::<bool>()) {
            let mut rng = Stream::new(seed, "t", "arrivals");
            let mut now = 0;
            let mut arrivals = Vec::new();
            for i in 0..3000 {
                let quiet = bursts && i % 100 == 0;
                now += (exponential(&mut rng) / rate * 1e9) as u64 + if quiet { S } else { 0 };
                arrivals.push(now);
            }
            for limit in all() {
                let mut l = limiter(limit.clone());
                let mut times: Vec<u64> = arrivals.iter().filter_map(|&at| match l.ask(1, at) {
                    Verdict::Passes => Some(at),
                    Verdict::Waits(ns) => Some(at + ns),
                    Verdict::Refused => None,
                }).collect();
                times.sort_unstable();
                for (i, &from) in times.iter().enumerate() {
                    // In half a second: a bucket its burst and the rate times the span, rounded up.
                    let within = times[i..].iter().take_while(|&&t| t < from + S / 2).count();
                    let most = match limit {
                        RateLimit::TokenBucket { .. } => 20 + 50,
                        RateLimit::LeakyBucket { .. } | RateLimit::SlidingLog { .. } => 50,
                        RateLimit::FixedWindow { .. } | RateLimit::SlidingCounter { .. } => 100,
                    };
                    prop_assert!(within <= most, "{limit:?}: {within} from {from}");
                }
            }
        }
    }
}

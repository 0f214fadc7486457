//! A circuit breaker: stops calling what fails, and looks now and then whether it has recovered.

use crate::design::params;
use crate::engine::sampler::ns;
use backpressure_pack::Pack;

params! {
    /// When calls stop being made (M. Nygard, "Release It!", 2007; the sliding window and the half-open state are those of resilience4j).
    pub struct BreakerParams {
        /// Share of failed calls among the last ones at which the breaker opens.
        failure_ratio: f64 = 0.5, label "Opens at", range 0.01..=1.0;
        /// Calls that the share is taken over.
        window_calls: u32 = 20, label "Over the last", unit "calls", range 1..=1000;
        /// How long it stays open before it lets trial calls through.
        open_ms: f64 = 5000.0, label "Stays open", unit "ms", range 1.0..=3_600_000.0;
        /// Trial calls that must succeed for it to close again.
        trial_calls: u32 = 3, label "Trial calls", unit "calls", range 1..=100;
    }
}

/// State of a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pack)]
pub enum State {
    /// Calls pass, and are counted.
    Closed,
    /// No call passes until this instant, ns.
    Open(u64),
    /// A few trial calls pass.
    HalfOpen,
}

/// A breaker at work. Each operation is O(1).
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Breaker {
    state: State,
    ratio: f64,
    open_ns: u64,
    trials: u32,
    /// Outcomes of the last calls, true for a failure; a ring.
    window: Vec<bool>,
    at: usize,
    seen: usize,
    failed: usize,
    /// Half-open: trial calls out, and trials that succeeded.
    out: u32,
    good: u32,
    /// Times it opened.
    pub opened: u64,
}

impl Breaker {
    /// A closed breaker.
    pub fn new(p: &BreakerParams) -> Self {
        Self {
            state: State::Closed,
            ratio: p.failure_ratio,
            open_ns: ns(p.open_ms),
            trials: p.trial_calls,
            window: vec![false; p.window_calls as usize],
            at: 0,
            seen: 0,
            failed: 0,
            out: 0,
            good: 0,
            opened: 0,
        }
    }

    /// May a call be made at this instant? Counts it as made.
    pub fn admits(&mut self, now: u64) -> bool {
        match self.state {
            State::Closed => true,
            State::Open(until) if now < until => false,
            State::Open(_) => {
                (self.state, self.out, self.good) = (State::HalfOpen, 1, 0);
                true
            }
            State::HalfOpen => {
                let free = self.out + self.good < self.trials;
                self.out += u32::from(free);
                free
            }
        }
    }

    /// A call that was admitted came back.
    pub fn record(&mut self, ok: bool, now: u64) {
        match self.state {
            State::Closed => {
                self.failed -= usize::from(self.window[self.at] && self.seen == self.window.len());
                self.window[self.at] = !ok;
                self.failed += usize::from(!ok);
                self.at = (self.at + 1) % self.window.len();
                self.seen = (self.seen + 1).min(self.window.len());
                if self.seen == self.window.len() && self.failed as f64 >= self.ratio * self.seen as f64 {
                    self.open(now);
                }
            }
            State::HalfOpen if ok => {
                self.out = self.out.saturating_sub(1);
                self.good += 1;
                if self.good >= self.trials {
                    self.state = State::Closed;
                    self.window.fill(false);
                    (self.at, self.seen, self.failed) = (0, 0, 0);
                }
            }
            State::HalfOpen => self.open(now),
            // A late answer to a call from before: it says nothing new.
            State::Open(_) => {}
        }
    }

    fn open(&mut self, now: u64) {
        self.state = State::Open(now.saturating_add(self.open_ns));
        self.opened += 1;
        self.window.fill(false);
        (self.at, self.seen, self.failed) = (0, 0, 0);
    }

    /// Its state at this instant.
    pub fn state(&self) -> State {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(&BreakerParams { failure_ratio: 0.5, window_calls: 4, open_ms: 1.0, trial_calls: 2 })
    }

    #[test]
    fn it_opens_when_half_of_the_last_calls_failed_and_not_before_the_window_is_full() {
        let mut b = breaker();
        for ok in [false, false, false] {
            assert!(b.admits(0));
            b.record(ok, 0);
        }
        assert_eq!(b.state(), State::Closed);
        b.record(true, 0);
        assert_eq!(b.state(), State::Open(1_000_000));
        assert!(!b.admits(999_999));
    }

    #[test]
    fn old_outcomes_leave_the_window() {
        let mut b = breaker();
        for ok in [false, true, true, true, false, true, true, true, false] {
            b.record(ok, 0);
        }
        assert_eq!(b.state(), State::Closed, "never two failures among four calls");
        b.record(false, 0);
        assert!(matches!(b.state(), State::Open(_)));
    }

    #[test]
    fn trial_calls_decide() {
        let mut b = breaker();
        (0..4).for_each(|_| b.record(false, 0));
        assert!(b.admits(1_000_000) && b.admits(1_000_000) && !b.admits(1_000_000), "two trials, no third");
        b.record(true, 1_000_000);
        b.record(true, 1_000_000);
        assert_eq!(b.state(), State::Closed);
        (0..4).for_each(|_| b.record(false, 2_000_000));
        assert!(b.admits(3_000_000));
        b.record(false, 3_000_000);
        assert_eq!(b.state(), State::Open(4_000_000), "one failed trial opens it again");
        assert_eq!(b.opened, 3);
    }
}

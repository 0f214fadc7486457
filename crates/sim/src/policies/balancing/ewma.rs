//! How slow a server has been lately, by the peak-sensitive moving average of Finagle.

use backpressure_pack::Pack;

/// A new low counts for as much as what came before after this long (Finagle's default for `PeakEwma`), ns.
const DECAY_NS: f64 = 10e9;
/// Load of a server that has requests and has never answered: it must not look idle.
const UNKNOWN: f64 = 1e15;

/// An exponentially weighted moving average of response times that jumps to every peak and forgets slowly (Twitter, Finagle:
/// `com.twitter.finagle.loadbalancer.p2c.P2CPeakEwma`): a server that turns slow is avoided at once, and tried again
/// when it has been left alone for a while. One exponential an observation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pack)]
pub struct PeakEwma {
    cost_ns: f64,
    at_ns: u64,
}

impl PeakEwma {
    /// An answer took `ns`.
    pub fn observe(&mut self, ns: f64, now_ns: u64) {
        let age = now_ns.saturating_sub(self.at_ns) as f64;
        self.at_ns = now_ns;
        if ns > self.cost_ns {
            self.cost_ns = ns;
        } else {
            let old = libm::exp(-age / DECAY_NS);
            self.cost_ns = self.cost_ns * old + ns * (1.0 - old);
        }
    }

    /// What a request would have to wait for with so many out already: the average, decayed to now, times their number.
    pub fn load(&mut self, outstanding: u32, now_ns: u64) -> f64 {
        self.observe(0.0, now_ns);
        if self.cost_ns == 0.0 && outstanding > 0 {
            return UNKNOWN + f64::from(outstanding);
        }
        self.cost_ns * f64::from(outstanding + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_jumps_up_at_once_and_comes_down_slowly() {
        let mut e = PeakEwma::default();
        e.observe(2e6, 0);
        assert_eq!(e.load(0, 0), 2e6);
        e.observe(80e6, 1_000_000);
        assert_eq!(e.load(1, 1_000_000), 160e6, "the peak, for the one out and the one to come");
        // A second of answers in 2 ms: e^(−0.1) of the way back is still to go.
        for i in 1..=1000 {
            e.observe(2e6, 1_000_000 * (i + 1));
        }
        let expected = 2e6 + 78e6 * libm::exp(-0.1);
        assert!((e.load(0, 1_001_000_000) / expected - 1.0).abs() < 1e-6);
    }

    #[test]
    fn one_that_was_left_alone_is_forgiven_and_one_that_never_answered_is_not_trusted() {
        let mut e = PeakEwma::default();
        assert_eq!(e.load(0, 5), 0.0);
        assert!(e.load(1, 5) > 1e14);
        e.observe(1e9, 0);
        assert!(e.load(0, 100_000_000_000) < 1e9 * libm::exp(-9.9));
    }
}

//! Whether a server is fit to get requests: what active checks say, and what its answers say.

use crate::design::params;
use backpressure_pack::Pack;

params! {
    /// Active health checks: each server is asked again and again whether it is there (HAProxy: `inter`, `rise`, `fall`).
    pub struct HealthCheck {
        /// Time between two checks of a server.
        interval_ms: f64 = 2000.0, label "Interval", unit "ms", range 10.0..=3_600_000.0;
        /// A check without an answer has failed after this long.
        timeout_ms: f64 = 1000.0, label "Timeout", unit "ms", range 1.0..=3_600_000.0;
        /// Checks that fail in a row until the server gets no more requests.
        fall: u32 = 3, label "Fall", unit "checks", range 1..=100;
        /// Checks that succeed in a row until it gets requests again.
        rise: u32 = 2, label "Rise", unit "checks", range 1..=100;
    }
}

params! {
    /// Passive checks: a server whose answers are errors is ejected for a while (outlier detection, as in Envoy).
    pub struct OutlierEjection {
        /// Errors in a row until the server is ejected: refusals, failures and answers that never come.
        failures: u32 = 5, label "Errors in a row", range 1..=1000;
        /// How long it stays out the first time; ejected again without a success between, twice as long, three times as long …
        ejection_ms: f64 = 30_000.0, label "Out for", unit "ms", range 10.0..=3_600_000.0;
        /// Share of the servers that may be out at once; one always may.
        max_share: f64 = 0.5, label "At most", range 0.0..=1.0;
    }
}

/// What active checks make of a server: it is up until `fall` of them fail in a row, and down until `rise` succeed. O(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pack)]
pub struct Checked {
    /// Is it up?
    pub up: bool,
    /// Checks in a row that said otherwise.
    contrary: u32,
}

impl Default for Checked {
    fn default() -> Self {
        Self { up: true, contrary: 0 }
    }
}

impl Checked {
    /// A check came out. True if the server is up now and was down before, or the other way round.
    pub fn record(&mut self, ok: bool, check: &HealthCheck) -> bool {
        if ok == self.up {
            self.contrary = 0;
            return false;
        }
        self.contrary += 1;
        if self.contrary < if ok { check.rise } else { check.fall } {
            return false;
        }
        *self = Self { up: ok, contrary: 0 };
        true
    }
}

/// What a server's answers make of it. O(1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pack)]
pub struct Watched {
    failures: u32,
    ejections: u32,
    /// Until when it is out, ns; 0 if it is not.
    pub out_until: u64,
}

impl Watched {
    /// An answer came, or a failure in its place. True if the server has failed too often and is to be ejected.
    #[inline]
    pub fn record(&mut self, ok: bool, ejection: &OutlierEjection) -> bool {
        if ok {
            (self.failures, self.ejections) = (0, 0);
            return false;
        }
        self.failures = self.failures.saturating_add(1);
        self.failures >= ejection.failures && self.out_until == 0
    }

    /// It is ejected now, for the span given times the number of ejections. Returns when that is over, ns.
    pub fn eject(&mut self, span_ns: u64, now_ns: u64) -> u64 {
        self.failures = 0;
        self.ejections = self.ejections.saturating_add(1);
        self.out_until = now_ns.saturating_add(span_ns.saturating_mul(u64::from(self.ejections))).max(1);
        self.out_until
    }

    /// Its time is over: it may show whether it is well. False if it is not over, or it was not out.
    pub fn readmit(&mut self, now_ns: u64) -> bool {
        let over = self.out_until != 0 && self.out_until <= now_ns;
        if over {
            self.out_until = 0;
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_falls_after_so_many_failures_in_a_row_and_rises_after_so_many_successes() {
        let check = HealthCheck { fall: 3, rise: 2, ..HealthCheck::default() };
        let mut c = Checked::default();
        let mut after = |results: &[bool]| {
            results.iter().for_each(|&ok| _ = c.record(ok, &check));
            c.up
        };
        assert!(after(&[false, false, true, false, false]), "not in a row");
        assert!(!after(&[false]));
        assert!(!after(&[true, false, true]));
        assert!(after(&[true]));
    }

    #[test]
    fn errors_in_a_row_eject_longer_each_time() {
        let ejection = OutlierEjection { failures: 3, ..OutlierEjection::default() };
        let mut w = Watched::default();
        assert!(![false, false, true, false, false].iter().any(|&ok| w.record(ok, &ejection)));
        assert!(w.record(false, &ejection));
        assert_eq!(w.eject(100, 1000), 1100);
        assert!(!w.record(false, &ejection) && !w.readmit(1099) && w.readmit(1100) && !w.readmit(1100));
        assert!((0..3).any(|_| w.record(false, &ejection)));
        assert_eq!(w.eject(100, 2000), 2200);
        assert!(w.readmit(3000) && !w.record(true, &ejection));
        assert_eq!(w.eject(100, 4000), 4100, "a success between: it begins anew");
    }
}

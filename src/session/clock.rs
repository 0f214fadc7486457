//! The simulated clock that moving dots are drawn at: smooth, and never ahead of what the worker has told.

use std::cell::Cell;

/// How far behind the worker the page draws while playing, wall ms: longer than the usual gap between two messages.
const LAG_MS: f64 = 60.0;
/// An error of the clock is made good over this long, wall ms.
const SETTLE_MS: f64 = 400.0;
/// While paused, a step is shown over this long, wall ms.
const STEP_MS: f64 = 250.0;

/// Follows the worker's clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    base_ns: Cell<f64>,
    base_wall_ms: Cell<f64>,
    /// Simulated ns per wall ms.
    rate: Cell<f64>,
    latest_ns: Cell<f64>,
}

impl Clock {
    /// The simulated time to draw at, ns.
    pub fn now_ns(&self, wall_ms: f64) -> f64 {
        let run_on = self.base_ns.get() + (wall_ms - self.base_wall_ms.get()).max(0.0) * self.rate.get();
        run_on.min(self.latest_ns.get())
    }

    /// The worker was at `sim_ns` just now, running at `speed` simulated seconds per wall second (0 while paused).
    pub fn hear(&self, wall_ms: f64, sim_ns: f64, speed: f64) {
        let shown = self.now_ns(wall_ms);
        let per_ms = speed * 1e6;
        let target = if speed > 0.0 { sim_ns - LAG_MS * per_ms } else { sim_ns };
        let error = target - shown;
        self.latest_ns.set(sim_ns);
        self.base_wall_ms.set(wall_ms);
        // A new run, or a change of speed that no gentle correction would mend in time.
        if sim_ns < shown || (speed > 0.0 && error.abs() > 500.0 * per_ms) {
            self.base_ns.set(target.max(0.0));
            self.rate.set(per_ms);
            return;
        }
        self.base_ns.set(shown);
        self.rate.set(if speed > 0.0 { (per_ms + error / SETTLE_MS).max(0.0) } else { error.max(0.0) / STEP_MS });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_smoothly_behind_the_worker() {
        let c = Clock::default();
        let mut last = 0.0;
        for frame in 0..600 {
            let wall = f64::from(frame) * 16.0;
            // The worker runs at a thousandth of real time and reports every third frame.
            if frame % 3 == 0 {
                c.hear(wall, wall * 1e3, 0.001);
            }
            let now = c.now_ns(wall);
            assert!(now >= last, "time runs forward");
            assert!(now <= wall * 1e3, "never ahead of the worker");
            last = now;
        }
        assert!((last - (599.0 * 16.0 - LAG_MS) * 1e3).abs() < 20_000.0, "settled at the lag: {last}");
    }

    #[test]
    fn a_step_while_paused_is_shown_over_a_moment() {
        let c = Clock::default();
        c.hear(0.0, 1000.0, 0.0);
        assert!(c.now_ns(125.0) > 400.0 && c.now_ns(125.0) < 600.0);
        assert_eq!(c.now_ns(400.0), 1000.0);
    }

    #[test]
    fn a_new_run_starts_at_its_beginning() {
        let c = Clock::default();
        c.hear(0.0, 9e9, 1.0);
        c.hear(10.0, 0.0, 0.0);
        assert_eq!(c.now_ns(11.0), 0.0);
    }
}

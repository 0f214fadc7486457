//! How far the simulated clock should be at this moment of wall time.

/// Speeds at and above this run as fast as possible.
pub const FASTEST: f64 = 1e9;

/// Ties simulated time to wall time at a speed that may change.
#[derive(Clone, Debug)]
pub struct Pace {
    speed: f64,
    /// Wall ms and simulated ns at which the present stretch began.
    anchor: (f64, u64),
    /// The same, for measuring what was reached.
    mark: (f64, u64),
    measured: f64,
}

/// A backlog longer than this of wall time is given up: the machine cannot keep the speed.
const PATIENCE_MS: f64 = 250.0;
/// The speed reached is measured over stretches of this length.
const MEASURE_MS: f64 = 400.0;

impl Pace {
    /// A pace of `speed` simulated seconds per wall second.
    pub fn new(speed: f64) -> Self {
        Self { speed, anchor: (0.0, 0), mark: (0.0, 0), measured: 0.0 }
    }

    /// The speed asked for.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// As fast as possible?
    pub fn is_flat_out(&self) -> bool {
        self.speed >= FASTEST
    }

    /// Changes the speed from this moment on.
    pub fn set_speed(&mut self, speed: f64, wall_ms: f64, now_ns: u64) {
        self.speed = if speed.is_nan() { 1.0 } else { speed.clamp(1e-6, FASTEST) };
        self.begin(wall_ms, now_ns);
    }

    /// The clock starts to run at this moment.
    pub fn begin(&mut self, wall_ms: f64, now_ns: u64) {
        self.anchor = (wall_ms, now_ns);
        self.mark = (wall_ms, now_ns);
        self.measured = if self.is_flat_out() { 0.0 } else { self.speed };
    }

    /// The simulated instant to run to at this moment; `None`: as far as possible.
    pub fn target_ns(&mut self, wall_ms: f64, now_ns: u64) -> Option<u64> {
        if self.is_flat_out() {
            return None;
        }
        let ns_per_ms = self.speed * 1e6;
        let target = self.anchor.1 + ((wall_ms - self.anchor.0).max(0.0) * ns_per_ms) as u64;
        let latest = now_ns + (PATIENCE_MS * ns_per_ms) as u64;
        if target > latest {
            self.anchor = (wall_ms, latest);
            return Some(latest);
        }
        Some(target)
    }

    /// Simulated seconds per wall second reached lately.
    pub fn measure(&mut self, wall_ms: f64, now_ns: u64) -> f64 {
        let wall = wall_ms - self.mark.0;
        if wall >= MEASURE_MS {
            self.measured = now_ns.saturating_sub(self.mark.1) as f64 / 1e6 / wall;
            self.mark = (wall_ms, now_ns);
        }
        self.measured
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_follows_the_wall_at_the_speed_asked_for() {
        let mut p = Pace::new(1.0);
        p.set_speed(0.001, 1000.0, 500);
        assert_eq!(p.target_ns(1100.0, 500), Some(500 + 100_000));
        p.set_speed(2.0, 1100.0, 100_500);
        assert_eq!(p.target_ns(1200.0, 100_500), Some(100_500 + 200_000_000));
        p.set_speed(f64::INFINITY, 1200.0, 0);
        assert_eq!(p.target_ns(1300.0, 0), None);
    }

    #[test]
    fn a_machine_that_cannot_keep_up_does_not_run_after_its_backlog() {
        let mut p = Pace::new(1.0);
        p.set_speed(100.0, 0.0, 0);
        let first = p.target_ns(10_000.0, 0);
        assert_eq!(first, Some(25_000_000_000), "a quarter of a second of wall time at speed 100");
        assert_eq!(p.measure(10_000.0, 20_000_000_000), 2.0);
    }
}

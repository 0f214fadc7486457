//! The rate of an open workload over time, and the instants of arrival that follow from it.
//!
//! Arrivals are drawn by inversion (Çinlar, "Introduction to Stochastic Processes", 1975, 4.7): the next one comes when the
//! integral of the rate since the last has reached an exponential draw of mean 1 — a Poisson process of that rate,
//! exactly — or 1 itself, for even spacing. Cost per arrival: O(1), a few steps of Newton's method for day and night.

use crate::design::variant;
use backpressure_pack::Pack;

variant! {
    /// How the rate changes in the course of the run.
    pub enum Shape tag "shape" {
        /// Always the same.
        Steady = "steady", "Steady" {
        }
        /// From the rate above evenly to another, and then stays there.
        Ramp = "ramp", "Ramp" {
            /// Rate at the end.
            to_rps: f64 = 500.0, label "To", unit "requests/s", range 0.0..=1_000_000.0;
            /// How long it takes from the start of the run.
            over_s: f64 = 30.0, label "Over", unit "s", range 0.001..=31_536_000.0;
        }
        /// A step up at a time, as in a load test that looks for the limit.
        Steps = "steps", "Steps" {
            /// Height of a step.
            step_rps: f64 = 100.0, label "Step", unit "requests/s", range 0.0..=1_000_000.0;
            /// Time between steps.
            every_s: f64 = 10.0, label "Every", unit "s", range 0.001..=31_536_000.0;
            /// Number of steps.
            steps: u32 = 5, label "Steps", range 1..=1000;
        }
        /// Another rate for a while, once.
        Spike = "spike", "Spike" {
            /// Rate during the spike.
            peak_rps: f64 = 1000.0, label "Peak", unit "requests/s", range 0.0..=1_000_000.0;
            /// When it begins.
            at_s: f64 = 5.0, label "From", unit "s", range 0.0..=31_536_000.0;
            /// How long it lasts.
            for_s: f64 = 5.0, label "For", unit "s", range 0.001..=31_536_000.0;
        }
        /// Up and down like a sine, from the rate above at night to the peak by day, again and again.
        Diurnal = "diurnal", "Day and night" {
            /// Rate at noon.
            peak_rps: f64 = 500.0, label "Peak", unit "requests/s", range 0.001..=1_000_000.0;
            /// Length of a day.
            period_s: f64 = 60.0, label "Day", unit "s", range 0.1..=31_536_000.0;
        }
        /// Calm and bursts take turns at random: a Markov-modulated Poisson process of two states.
        Bursty = "bursty", "Bursts" {
            /// Rate during a burst.
            burst_rps: f64 = 1000.0, label "Burst", unit "requests/s", range 0.001..=1_000_000.0;
            /// Mean length of a burst; lengths are exponential.
            mean_burst_s: f64 = 1.0, label "Burst lasts", unit "s", range 0.001..=31_536_000.0;
            /// Mean time between bursts.
            mean_calm_s: f64 = 4.0, label "Calm lasts", unit "s", range 0.001..=31_536_000.0;
        }
    }
}

/// A stretch of time in which the rate is a straight line.
#[derive(Clone, Copy, Debug, PartialEq, Pack)]
struct Piece {
    /// Where it begins, ns.
    from: f64,
    /// Rate there, arrivals per ns.
    rate: f64,
    /// Change of the rate, per ns².
    slope: f64,
}

/// A rate over time since the start of the run.
#[derive(Clone, Debug, PartialEq, Pack)]
pub(super) struct Curve {
    line: Line,
    /// The rate is this many times what the line says.
    factor: f64,
}

#[derive(Clone, Debug, PartialEq, Pack)]
enum Line {
    /// Straight pieces; the first begins at 0, the last never ends.
    Pieces(Vec<Piece>),
    /// From `low` at the start up to `high` and back, rates per ns.
    Wave { low: f64, high: f64, period: f64 },
}

const NS: f64 = 1e9;
/// Newton's method on a convex integral needs a handful of steps; this bounds it whatever the parameters.
const MOST_STEPS: u32 = 60;

impl Curve {
    /// The curve of a workload. Bursts multiply what is here by a factor: see [`Curve::set_factor`].
    pub fn new(rate_rps: f64, shape: &Shape) -> Self {
        let rate = rate_rps / NS;
        let flat = |from_s: f64, rate_rps: f64| Piece { from: from_s * NS, rate: rate_rps / NS, slope: 0.0 };
        let line = match shape {
            Shape::Steady {} | Shape::Bursty { .. } => Line::Pieces(vec![flat(0.0, rate_rps)]),
            Shape::Ramp { to_rps, over_s } => {
                let slope = (to_rps / NS - rate) / (over_s * NS);
                Line::Pieces(vec![Piece { from: 0.0, rate, slope }, flat(*over_s, *to_rps)])
            }
            Shape::Steps { step_rps, every_s, steps } => {
                let step = |i: u32| flat(every_s * f64::from(i), rate_rps + step_rps * f64::from(i));
                Line::Pieces((0..=*steps).map(step).collect())
            }
            Shape::Spike { peak_rps, at_s, for_s } => {
                Line::Pieces(vec![flat(0.0, rate_rps), flat(*at_s, *peak_rps), flat(at_s + for_s, rate_rps)])
            }
            Shape::Diurnal { peak_rps, period_s } => {
                Line::Wave { low: rate, high: peak_rps / NS, period: period_s * NS }
            }
        };
        Self { line, factor: 1.0 }
    }

    /// Makes the rate this many times as high from now on.
    pub fn set_factor(&mut self, factor: f64) {
        self.factor = factor;
    }

    /// Arrivals expected between two instants, ns.
    pub fn between(&self, from: u64, to: u64) -> f64 {
        (self.integral(to as f64) - self.integral(from as f64)).max(0.0)
    }

    /// The instant at which `expected` arrivals are to be expected since `from`, ns; `None` if that never comes.
    pub fn reach(&self, from: u64, expected: f64) -> Option<u64> {
        if self.factor <= 0.0 {
            return None;
        }
        let (from, expected) = (from as f64, expected / self.factor);
        let span = match &self.line {
            Line::Pieces(pieces) => reach_in(pieces, from, expected)?,
            Line::Wave { .. } => self.reach_in_wave(from, expected),
        };
        Some((from + span + 0.5) as u64)
    }

    fn integral(&self, t: f64) -> f64 {
        self.factor
            * match &self.line {
                Line::Pieces(pieces) => {
                    let end = |i: usize| pieces.get(i + 1).map_or(f64::INFINITY, |next| next.from);
                    let part = |(i, p): (usize, &Piece)| {
                        let span = t.min(end(i)) - p.from;
                        if span > 0.0 { p.rate * span + p.slope * span * span / 2.0 } else { 0.0 }
                    };
                    pieces.iter().enumerate().map(part).sum()
                }
                Line::Wave { low, high, period } => {
                    let turn = 2.0 * std::f64::consts::PI / period;
                    (low + high) / 2.0 * t - (high - low) / 2.0 * libm::sin(turn * t) / turn
                }
            }
    }

    /// Newton's method, kept between the bounds that the lowest and the highest rate give.
    fn reach_in_wave(&self, from: f64, expected: f64) -> f64 {
        let Line::Wave { low, high, period } = &self.line else {
            return 0.0;
        };
        let turn = 2.0 * std::f64::consts::PI / period;
        let (mean, swing) = ((low + high) / 2.0, (high - low) / 2.0);
        // Differences of the sine from its start: no digits are lost however long the run is.
        let start = libm::sin(turn * from);
        let so_far = |span: f64| mean * span - swing * (libm::sin(turn * (from + span)) - start) / turn;
        let (mut least, mut most) = (expected / low.max(*high), expected / low.min(*high));
        let mut span = (expected / mean).clamp(least, most);
        for _ in 0..MOST_STEPS {
            let off = so_far(span) - expected;
            if off > 0.0 {
                most = span
            } else {
                least = span
            }
            if most - least < 0.5 {
                break;
            }
            let rate = mean - swing * libm::cos(turn * (from + span));
            let next = span - off / rate;
            if (next - span).abs() < 0.25 {
                span = next;
                break;
            }
            span = if next > least && next < most { next } else { (least + most) / 2.0 };
        }
        span
    }
}

/// How long from `from` until the straight pieces have integrated to `expected`.
fn reach_in(pieces: &[Piece], from: f64, expected: f64) -> Option<f64> {
    let (mut left, mut at) = (expected, from);
    for (i, piece) in pieces.iter().enumerate() {
        let end = pieces.get(i + 1).map_or(f64::INFINITY, |next| next.from);
        if end <= at {
            continue;
        }
        let rate = piece.rate + piece.slope * (at - piece.from);
        // rate·x + slope/2·x² = left, in the form that is good for any slope.
        let root = rate * rate + 2.0 * piece.slope * left;
        let span = if root > 0.0 { 2.0 * left / (rate + root.sqrt()) } else { f64::INFINITY };
        if at + span <= end {
            return (span < f64::INFINITY).then_some(at - from + span);
        }
        let here = end - at;
        left -= rate * here + piece.slope * here * here / 2.0;
        at = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(s: f64) -> u64 {
        (s * NS) as u64
    }

    fn shapes() -> Vec<Shape> {
        ["steady", "ramp", "steps", "spike", "diurnal", "bursty"].into_iter().filter_map(Shape::case).collect()
    }

    #[test]
    fn areas_are_those_of_the_textbook() {
        // A ramp from 100 to 500 over 30 s: 3,000 + 6,000 in it, 500 a second after.
        let ramp = Curve::new(100.0, &Shape::Ramp { to_rps: 500.0, over_s: 30.0 });
        assert!((ramp.between(0, second(30.0)) - 9000.0).abs() < 1e-6);
        assert!((ramp.between(second(30.0), second(31.0)) - 500.0).abs() < 1e-6);
        // Steps of 100 every 10 s: 100, 200, 300 …
        let steps = Curve::new(100.0, &Shape::Steps { step_rps: 100.0, every_s: 10.0, steps: 2 });
        assert!((steps.between(0, second(40.0)) - (1000.0 + 2000.0 + 2.0 * 3000.0)).abs() < 1e-6);
        // A day between 100 and 500 has the mean 300; its first quarter is 300/4 − (500 − 100)/2/(2π) days.
        let day = Curve::new(100.0, &Shape::Diurnal { peak_rps: 500.0, period_s: 60.0 });
        assert!((day.between(0, second(60.0)) - 300.0 * 60.0).abs() < 1e-6);
        let quarter = 60.0 * (300.0 / 4.0 - 200.0 / (2.0 * std::f64::consts::PI));
        assert!((day.between(0, second(15.0)) - quarter).abs() < 1e-6);
    }

    #[test]
    fn the_instant_reached_has_the_area_asked_for() {
        for shape in shapes() {
            for factor in [0.5, 1.0, 3.0] {
                let mut curve = Curve::new(100.0, &shape);
                curve.set_factor(factor);
                let mut at = 0;
                for i in 1..200 {
                    let expected = 0.01 * f64::from(i * i);
                    let next = curve.reach(at, expected).unwrap();
                    let area = curve.between(at, next);
                    // Whole nanoseconds, and a rate of at most 3,000 a second.
                    assert!((area - expected).abs() < 1e-5, "{shape:?}: {area} for {expected}");
                    at = next;
                }
            }
        }
    }

    #[test]
    fn a_rate_that_falls_to_nothing_is_reached_no_more() {
        let fade = Curve::new(100.0, &Shape::Ramp { to_rps: 0.0, over_s: 10.0 });
        assert!(fade.reach(0, 499.0).is_some());
        assert_eq!(fade.reach(0, 501.0), None);
        let mut off = Curve::new(100.0, &Shape::Steady {});
        off.set_factor(0.0);
        assert_eq!(off.reach(0, 1.0), None);
    }
}

//! A link's path sampled once into points at equal distances, so that placing a dot costs one look-up. Pure.

use backpressure_editor::Point;

/// Points of a path at equal distances along it, with the direction across the path at each.
#[derive(Clone, Debug, Default)]
pub struct Polyline {
    /// Points, from the caller to the callee, world units.
    points: Vec<Point>,
    /// Unit vectors across the path at each point, to the right of the way from caller to callee.
    across: Vec<Point>,
}

/// World units between two samples.
const SPACING: f64 = 8.0;

impl Polyline {
    /// Samples cubic curves that lie end to end.
    pub fn of_curves(curves: &[[Point; 4]]) -> Self {
        // Fine steps in the curves' own parameters first: their distances vary along a curve.
        let steps = if curves.len() == 1 { 96 } else { 16 };
        let mut fine: Vec<Point> = Vec::with_capacity(curves.len() * steps + 1);
        fine.extend(curves.first().map(|c| c[0]));
        for curve in curves {
            // A straight piece needs no more than its end.
            let steps = if curve[0] == curve[1] { 1 } else { steps };
            #[expect(clippy::cast_precision_loss, reason = "at most 96")]
            fine.extend((1..=steps).map(|i| at(*curve, i as f64 / steps as f64)));
        }
        if fine.len() < 2 {
            return Self::default();
        }
        let mut walked = vec![0.0; fine.len()];
        for i in 1..fine.len() {
            walked[i] = walked[i - 1] + (fine[i].x - fine[i - 1].x).hypot(fine[i].y - fine[i - 1].y);
        }
        let last = fine.len() - 1;
        let length = walked[last];
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let steps = (length / SPACING).ceil().clamp(8.0, 256.0) as usize;
        let mut points = Vec::with_capacity(steps + 1);
        let mut i = 1;
        for step in 0..=steps {
            #[expect(clippy::cast_precision_loss, reason = "at most 256")]
            let target = length * step as f64 / steps as f64;
            while i < last && walked[i] < target {
                i += 1;
            }
            let span = walked[i] - walked[i - 1];
            let share = if span > 0.0 { ((target - walked[i - 1]) / span).clamp(0.0, 1.0) } else { 0.0 };
            points.push(between(fine[i - 1], fine[i], share));
        }
        let across = (0..points.len())
            .map(|i| {
                let (a, b) = (points[i.saturating_sub(1)], points[(i + 1).min(points.len() - 1)]);
                let size = (b.x - a.x).hypot(b.y - a.y);
                if size > 0.0 {
                    Point { x: -(b.y - a.y) / size, y: (b.x - a.x) / size }
                } else {
                    Point { x: 0.0, y: 1.0 }
                }
            })
            .collect();
        Self { points, across }
    }

    /// The point at `share` (0 to 1) of the way, moved `aside` world units to the right of the way.
    pub fn point(&self, share: f64, aside: f64) -> Point {
        if self.points.len() < 2 {
            return Point::default();
        }
        #[expect(clippy::cast_precision_loss, reason = "at most 256")]
        let place = share.clamp(0.0, 1.0) * (self.points.len() - 1) as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the samples")]
        let i = (place as usize).min(self.points.len() - 2);
        #[expect(clippy::cast_precision_loss, reason = "at most 256")]
        let rest = place - i as f64;
        let point = between(self.points[i], self.points[i + 1], rest);
        let across = between(self.across[i], self.across[i + 1], rest);
        Point { x: point.x + across.x * aside, y: point.y + across.y * aside }
    }

    /// Points with the direction across the path at each, in order.
    pub fn samples(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        self.points.iter().copied().zip(self.across.iter().copied())
    }
}

fn between(a: Point, b: Point, share: f64) -> Point {
    Point { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share }
}

fn at(c: [Point; 4], t: f64) -> Point {
    let u = 1.0 - t;
    let (a, b, d, e) = (u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t);
    Point { x: a * c[0].x + b * c[1].x + d * c[2].x + e * c[3].x, y: a * c[0].y + b * c[1].y + d * c[2].y + e * c[3].y }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bend() -> Polyline {
        Polyline::of_curves(&[[
            Point { x: 0.0, y: 0.0 },
            Point { x: 300.0, y: 0.0 },
            Point { x: -100.0, y: 200.0 },
            Point { x: 200.0, y: 200.0 },
        ]])
    }

    /// Distance from one fiftieth of the way to the next.
    fn gap(line: &Polyline, i: u32) -> f64 {
        let (a, b) = (line.point(f64::from(i) / 50.0, 0.0), line.point(f64::from(i + 1) / 50.0, 0.0));
        (b.x - a.x).hypot(b.y - a.y)
    }

    #[test]
    fn ends_are_the_paths_ends() {
        let line = bend();
        assert_eq!(line.point(0.0, 0.0), Point { x: 0.0, y: 0.0 });
        let end = line.point(1.0, 0.0);
        assert!((end.x - 200.0).abs() < 1e-9 && (end.y - 200.0).abs() < 1e-9);
        assert_eq!(line.point(-3.0, 0.0), line.point(0.0, 0.0));
    }

    #[test]
    fn equal_shares_are_equal_distances() {
        let line = bend();
        let step = (0..50).map(|i| gap(&line, i)).sum::<f64>() / 50.0;
        for i in 0..50 {
            let walked = gap(&line, i);
            assert!((walked - step).abs() < step * 0.1, "step {i}: {walked} instead of {step}");
        }
    }

    #[test]
    fn pieces_end_to_end_are_one_way() {
        let (a, b, c) = (Point { x: 0.0, y: 0.0 }, Point { x: 100.0, y: 0.0 }, Point { x: 100.0, y: 300.0 });
        let line = Polyline::of_curves(&[[a, a, b, b], [b, b, c, c]]);
        assert_eq!((line.point(0.0, 0.0), line.point(1.0, 0.0)), (a, c));
        let quarter = line.point(0.25, 0.0);
        assert!(quarter.x > 90.0 && quarter.y < 10.0, "{quarter:?}: 100 of 400");
    }

    #[test]
    fn aside_is_to_the_right_of_the_way() {
        let line = Polyline::of_curves(&[[
            Point { x: 0.0, y: 0.0 },
            Point { x: 40.0, y: 0.0 },
            Point { x: 60.0, y: 0.0 },
            Point { x: 100.0, y: 0.0 },
        ]]);
        let point = line.point(0.5, 4.0);
        assert!((point.y - 4.0).abs() < 1e-9, "{point:?}");
    }
}

//! A course as cubic curves, and what can be asked of it.

use super::plan::Plan;
use crate::path::{Nearest, link_path, nearest_on, path_bounds, path_length, point_on};
use crate::{LinkPath, Point, Rect, in_port, out_port};
use std::fmt::Write;

/// Radius of a bend, world units.
const RADIUS: f64 = 22.0;
/// Share of a quarter circle's radius at which a cubic's handles stand.
const ROUND: f64 = 0.5523;

/// The course of a link: cubic curves end to end, from the out port of the caller to the in port of the callee, world
/// units.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The curves; at least one.
    pub pieces: Vec<LinkPath>,
    /// A box that holds all of them.
    pub bounds: Rect,
    /// The point of it at which the link's words stand.
    pub label_at: Point,
    /// How wide they may be there without lying on anything, world units.
    pub label_room: f64,
}

impl Route {
    /// A course of one curve.
    pub fn of_curve(curve: LinkPath) -> Self {
        let label_at = point_on(&curve, 0.5);
        Self { bounds: path_bounds(&curve), pieces: vec![curve], label_at, label_room: f64::INFINITY }
    }

    /// The course of a plan between two boxes.
    pub(super) fn of_plan(plan: &Plan, from: &Rect, to: &Rect) -> Self {
        let Plan::Bent { first, across, second } = plan else { return Self::of_curve(link_path(*from, *to)) };
        let (start, end) = (out_port(*from), in_port(*to));
        let corners = [
            start,
            Point::new(first.at, start.y),
            Point::new(first.at, across.at),
            Point::new(second.at, across.at),
            Point::new(second.at, end.y),
            end,
        ];
        Self::rounded(&corners)
    }

    /// A course along straight lines with round corners.
    fn rounded(corners: &[Point]) -> Self {
        let mut points: Vec<Point> = Vec::with_capacity(corners.len());
        for &p in corners {
            // Corners on each other, and corners that are none, are left out.
            if points.last().is_some_and(|q| q.distance(p) < 0.5) {
                continue;
            }
            if let [.., a, b] = points[..]
                && ((a.x == b.x && b.x == p.x) || (a.y == b.y && b.y == p.y))
                && (b - a).x * (p - b).x + (b - a).y * (p - b).y >= 0.0
            {
                points.pop();
            }
            points.push(p);
        }
        let mut pieces = Vec::with_capacity(2 * points.len());
        let mut at = points.first().copied().unwrap_or_default();
        for trio in points.windows(3) {
            let [a, b, c] = [trio[0], trio[1], trio[2]];
            let (before, after) = (a.distance(b), b.distance(c));
            let radius = RADIUS.min(before / 2.0).min(after / 2.0);
            let towards = (b - a) * (1.0 / before.max(1e-9));
            let onwards = (c - b) * (1.0 / after.max(1e-9));
            let (enter, leave) = (b - towards * radius, b + onwards * radius);
            line(&mut pieces, at, enter);
            pieces.push([enter, enter + towards * (radius * ROUND), leave - onwards * (radius * ROUND), leave]);
            at = leave;
        }
        if let Some(&end) = points.last() {
            line(&mut pieces, at, end);
        }
        if pieces.is_empty() {
            pieces.push([at; 4]);
        }
        let bounds = pieces.iter().map(path_bounds).reduce(|a, b| a.union(&b)).unwrap_or_default();
        Self { pieces, bounds, label_at: at, label_room: f64::INFINITY }
    }

    /// Where it begins.
    pub fn start(&self) -> Point {
        self.pieces.first().map_or(Point::default(), |p| p[0])
    }

    /// Where it ends.
    pub fn end(&self) -> Point {
        self.pieces.last().map_or(Point::default(), |p| p[3])
    }

    /// Its length, world units.
    pub fn length(&self) -> f64 {
        self.pieces.iter().map(path_length).sum()
    }

    /// The point at a share of its length, 0 to 1.
    pub fn point_at(&self, share: f64) -> Point {
        self.points_at([share])[0]
    }

    /// The points at shares of its length, 0 to 1.
    pub fn points_at<const N: usize>(&self, shares: [f64; N]) -> [Point; N] {
        let lengths: Vec<f64> = self.pieces.iter().map(path_length).collect();
        let whole: f64 = lengths.iter().sum();
        shares.map(|share| {
            let mut left = whole * share.clamp(0.0, 1.0);
            for (piece, &length) in self.pieces.iter().zip(&lengths) {
                if left <= length && length > 0.0 {
                    return point_on(piece, left / length);
                }
                left -= length;
            }
            self.end()
        })
    }

    /// The nearest place of it to a point.
    pub fn nearest(&self, p: Point) -> Nearest {
        let mut best = Nearest { distance: f64::INFINITY, from_start: 0.0, to_end: 0.0 };
        let mut walked = 0.0;
        for piece in &self.pieces {
            let found = nearest_on(piece, p);
            if found.distance < best.distance {
                best = Nearest { from_start: walked + found.from_start, ..found };
            }
            walked += path_length(piece);
        }
        best.to_end = (walked - best.from_start).max(0.0);
        best
    }

    /// Appends it as the data of an SVG path, ending `short` of its end, so that an arrow's point is sharp.
    pub fn draw(&self, out: &mut String, short: f64) {
        let start = self.start();
        // Writing to a String cannot fail.
        let _ = write!(out, "M{:.1} {:.1}", start.x, start.y);
        for (i, [a, b, c, d]) in self.pieces.iter().enumerate() {
            let last = i + 1 == self.pieces.len();
            let stop = if last { d.x - short } else { d.x };
            if self.pieces.len() > 1 && (b.x - a.x).abs() + (b.y - a.y).abs() < 1e-9 {
                let _ = write!(out, "L{stop:.1} {:.1}", d.y);
            } else {
                let _ =
                    write!(out, "C{:.1} {:.1} {:.1} {:.1} {stop:.1} {:.1}", b.x, b.y, c.x.min(stop.max(a.x)), c.y, d.y);
            }
        }
    }
}

/// A straight piece, as a cubic whose handles lie on its ends.
fn line(pieces: &mut Vec<LinkPath>, from: Point, to: Point) {
    if from.distance(to) > 1e-6 {
        pieces.push([from, from, to, to]);
    }
}

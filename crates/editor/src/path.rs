//! The course of a link on the canvas: a cubic Bézier curve from the out port to the in port.

use crate::geometry::{NODE_HEIGHT, in_port, out_port};
use crate::{Point, Rect};

/// Start, two control points, end; world units.
pub type LinkPath = [Point; 4];

/// Straight pieces a curve is measured by.
const PIECES: usize = 24;

/// The path of a link between the boxes of two nodes.
pub fn link_path(from: Rect, to: Rect) -> LinkPath {
    path_between(out_port(from), in_port(to))
}

/// The path from one point to another, leaving to the right and arriving from the left.
///
/// When the target lies to the left, the handles grow sideways; when it is also at about the same height, the
/// curve bends downwards, so that it passes under the two boxes instead of through them.
pub fn path_between(start: Point, end: Point) -> LinkPath {
    let d = end - start;
    let (reach, sag) = if d.x >= 0.0 {
        // Short links keep a small handle, so that ports face each other without an S-bend.
        ((d.x * 0.5).max(d.y.abs().min(40.0)), 0.0)
    } else {
        let level = (1.0 - d.y.abs() / (2.0 * NODE_HEIGHT)).max(0.0);
        ((60.0 - d.x * 0.3).min(320.0), 1.8 * NODE_HEIGHT * level)
    };
    [start, Point::new(start.x + reach, start.y + sag), Point::new(end.x - reach, end.y + sag), end]
}

/// The point at parameter `t` from 0 (out port) to 1 (in port).
pub fn point_on(path: &LinkPath, t: f64) -> Point {
    let [a, b, c, d] = *path;
    let u = 1.0 - t;
    a * (u * u * u) + b * (3.0 * u * u * t) + c * (3.0 * u * t * t) + d * (t * t * t)
}

/// Direction of travel at parameter `t`; not normalised, zero only for a path without length.
pub fn tangent_on(path: &LinkPath, t: f64) -> Point {
    let [a, b, c, d] = *path;
    let u = 1.0 - t;
    let v = (b - a) * (3.0 * u * u) + (c - b) * (6.0 * u * t) + (d - c) * (3.0 * t * t);
    if v.length() < 1e-9 { d - a } else { v }
}

/// Straight pieces this curve is measured by.
fn pieces(path: &LinkPath) -> usize {
    if path[0] == path[1] && path[2] == path[3] { 1 } else { PIECES }
}

/// Length of the path, world units, to about one part in a thousand.
pub fn path_length(path: &LinkPath) -> f64 {
    let mut previous = path[0];
    let mut length = 0.0;
    let pieces = pieces(path);
    for i in 1..=pieces {
        let p = point_on(path, i as f64 / pieces as f64);
        length += previous.distance(p);
        previous = p;
    }
    length
}

/// A rectangle that holds the path: that of its four points.
pub fn path_bounds(path: &LinkPath) -> Rect {
    Rect::between(path[0], path[1]).union(&Rect::between(path[2], path[3]))
}

/// A point's place beside a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// Distance from the point to the path.
    pub distance: f64,
    /// Way along the path from its start to the nearest point of it.
    pub from_start: f64,
    /// Way on from there to its end.
    pub to_end: f64,
}

/// The nearest place of the path to `p`.
pub fn nearest_on(path: &LinkPath, p: Point) -> Nearest {
    let mut best = Nearest { distance: f64::INFINITY, from_start: 0.0, to_end: 0.0 };
    let mut previous = path[0];
    let mut length = 0.0;
    let pieces = pieces(path);
    for i in 1..=pieces {
        let next = point_on(path, i as f64 / pieces as f64);
        let piece = next - previous;
        let squared = piece.x * piece.x + piece.y * piece.y;
        let towards = p - previous;
        let t =
            if squared > 0.0 { ((towards.x * piece.x + towards.y * piece.y) / squared).clamp(0.0, 1.0) } else { 0.0 };
        let distance = p.distance(previous + piece * t);
        let piece = piece.length();
        if distance < best.distance {
            best.distance = distance;
            best.from_start = length + piece * t;
        }
        length += piece;
        previous = next;
    }
    best.to_end = (length - best.from_start).max(0.0);
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::NODE_WIDTH;

    fn node(x: f64, y: f64) -> Rect {
        Rect::of_node_at(Point::new(x, y))
    }

    #[test]
    fn a_path_runs_from_the_out_port_to_the_in_port() {
        let path = link_path(node(0.0, 0.0), node(400.0, 200.0));
        assert_eq!(point_on(&path, 0.0), Point::new(NODE_WIDTH, NODE_HEIGHT / 2.0));
        assert_eq!(point_on(&path, 1.0), Point::new(400.0, 200.0 + NODE_HEIGHT / 2.0));
    }

    #[test]
    fn a_path_back_to_the_left_passes_outside_the_boxes() {
        let (a, b) = (node(400.0, 0.0), node(0.0, 0.0));
        let path = link_path(a, b);
        let middle = point_on(&path, 0.5);
        assert!(middle.y > NODE_HEIGHT, "passes under the boxes, not through them: {middle:?}");
        for i in 1..100 {
            let p = point_on(&path, f64::from(i) / 100.0);
            assert!(!a.grown(-12.0).contains(p) && !b.grown(-12.0).contains(p), "{p:?} is inside a box");
        }
    }

    #[test]
    fn nearest_measures_distance_and_way() {
        let path = path_between(Point::new(0.0, 0.0), Point::new(100.0, 0.0));
        let n = nearest_on(&path, Point::new(30.0, 7.0));
        assert!((n.distance - 7.0).abs() < 0.01 && (n.from_start - 30.0).abs() < 0.5, "{n:?}");
        assert!((n.from_start + n.to_end - 100.0).abs() < 0.01);
        assert!((path_length(&path) - 100.0).abs() < 0.01);
    }

    #[test]
    fn a_path_without_length_is_harmless() {
        let path = [Point::default(); 4];
        assert_eq!(nearest_on(&path, Point::new(3.0, 4.0)).distance, 5.0);
        assert_eq!(path_length(&path), 0.0);
    }
}

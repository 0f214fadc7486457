//! The way of one link among boxes. A pure kernel.
//!
//! Where the plain curve from port to port is free, it is taken. Where it is not, the link runs along two verticals and a
//! horizontal between them:
//!
//! ```text
//!   ┌───┐ x1                x2 ┌───┐
//!   │ A ├─┐   ┌──────────┐   ┌▶│ B │
//!   └───┘ │   │ in the way│   │ └───┘
//!         │   └──────────┘   │
//!       y └──────────────────┘
//! ```
//!
//! The three are chosen among the lines that pass the boxes at a fixed distance: few, so that all combinations can be
//! weighed. A maze would need a search over a graph of visibility; a diagram of a system hardly ever is one, and where no
//! combination is free the least bad one is taken.

use crate::path::{link_path, path_bounds, point_on};
use crate::{LinkPath, Point, Rect, in_port, out_port};

/// Distance kept from boxes by bent links, world units.
const CLEARANCE: f64 = 13.0;
/// A plain curve may come as near to a box as this, world units.
const MARGIN: f64 = 5.0;
/// How far a bent link runs straight out of a port, world units.
const STUB: f64 = 24.0;
/// What a bend costs, in world units of length.
const BEND: f64 = 60.0;
/// What running over a box costs.
const OVER: f64 = 5_000.0;
/// Most boxes whose lines are weighed for one link, the nearest to its ends first.
const MOST: usize = 24;
/// A link longer than this passes behind whatever there is, world units: nobody follows it by eye round so many bends.
const LONG: f64 = 4_000.0;
/// Most verticals and horizontals weighed.
const MOST_X: usize = 8;
const MOST_Y: usize = 20;
/// Pieces that a curve is checked by.
const PIECES: usize = 14;

/// A line that a bent link may follow, and the side on which others may run beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    /// Its x or y.
    pub at: f64,
    /// Away from the box it passes: 1 or -1.
    pub side: f64,
}

/// The way of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Plan {
    /// The plain curve.
    Plain,
    /// Out to the first vertical, along the horizontal to the second, and in.
    Bent { first: Line, across: Line, second: Line },
}

/// The area in which a bent link between these two may run.
fn area(from: &Rect, to: &Rect) -> Rect {
    from.union(to).grown(2.0 * crate::NODE_HEIGHT)
}

/// The area in which boxes matter for a link between these two: where it may run, in a lane beside it, with its words.
pub(super) fn influence(from: &Rect, to: &Rect) -> Rect {
    area(from, to).grown(1.2 * crate::NODE_HEIGHT)
}

/// A link with what lies around it.
pub(super) struct Task<'a> {
    pub from: Rect,
    pub to: Rect,
    /// The boxes in [`influence`] but for the link's own.
    pub others: &'a [Rect],
    /// Does the caller call more than the callee is called? Then the link leaves the others early, else it joins them late.
    pub fans_out: bool,
}

/// What lies along a line: the stretches of it that run over a box.
struct Along(Vec<(f64, f64)>);

impl Along {
    /// Along the horizontal at `y`.
    fn level<'r>(y: f64, boxes: impl Iterator<Item = &'r Rect>) -> Self {
        let wide = boxes.map(|r| r.grown(CLEARANCE - 2.0)).filter(|r| r.y < y && y < r.bottom());
        Self(wide.map(|r| (r.x, r.right())).collect())
    }

    /// Along the vertical at `x`.
    fn upright<'r>(x: f64, boxes: impl Iterator<Item = &'r Rect>) -> Self {
        let wide = boxes.map(|r| r.grown(CLEARANCE - 2.0)).filter(|r| r.x < x && x < r.right());
        Self(wide.map(|r| (r.y, r.bottom())).collect())
    }

    /// What it costs to run from one place of it to another.
    fn cost(&self, a: f64, b: f64) -> f64 {
        let (low, high) = (a.min(b), a.max(b));
        self.0.iter().filter(|(l, h)| *l < high && low < *h).count() as f64 * OVER
    }
}

/// Is a link between these two drawn as a plain curve whatever is in the way?
pub(super) fn is_long(from: &Rect, to: &Rect) -> bool {
    out_port(*from).distance(in_port(*to)) > LONG
}

/// The way from one box to the other.
pub(super) fn plan(task: &Task) -> Plan {
    if in_port(task.to).x >= out_port(task.from).x {
        let curve = link_path(task.from, task.to);
        if is_free(&curve, task) {
            return Plan::Plain;
        }
    }
    bent(task)
}

/// Does the curve pass all boxes, and its own ones but for the ports?
fn is_free(curve: &LinkPath, task: &Task) -> bool {
    let own = [task.from.grown(-MARGIN), task.to.grown(-MARGIN)];
    let around = path_bounds(curve).grown(MARGIN);
    let near: Vec<Rect> = task.others.iter().filter(|r| r.touches(&around)).map(|r| r.grown(MARGIN)).collect();
    let mut a = curve[0];
    for i in 1..=PIECES {
        let b = point_on(curve, i as f64 / PIECES as f64);
        if near.iter().any(|r| crosses(a, b, r)) || own.iter().any(|r| crosses(a, b, r)) {
            return false;
        }
        a = b;
    }
    true
}

/// Does a straight piece run through a box? (Liang and Barsky, 1984.)
fn crosses(a: Point, b: Point, r: &Rect) -> bool {
    let d = b - a;
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for (p, q) in [(-d.x, a.x - r.x), (d.x, r.right() - a.x), (-d.y, a.y - r.y), (d.y, r.bottom() - a.y)] {
        if p == 0.0 {
            if q < 0.0 {
                return false;
            }
        } else if p < 0.0 {
            enters = enters.max(q / p);
        } else {
            leaves = leaves.min(q / p);
        }
    }
    enters < leaves
}

/// The cheapest of the bent ways.
#[inline(never)]
fn bent(task: &Task) -> Plan {
    let (start, end) = (out_port(task.from), in_port(task.to));
    let bounds = area(&task.from, &task.to);
    let mut near: Vec<Rect> = task.others.iter().filter(|r| r.touches(&bounds)).copied().collect();
    if near.len() > MOST {
        let far = |r: &Rect| r.center().distance(start).min(r.center().distance(end));
        near.sort_by(|a, b| far(a).total_cmp(&far(b)));
        near.truncate(MOST);
    }
    let (firsts, seconds) = verticals(start, end, &bounds, &near);
    // The stubs leave and enter the link's own boxes, which they may.
    let stubs = [Along::level(start.y, task.others.iter()), Along::level(end.y, task.others.iter())];
    let all = || task.others.iter().chain([&task.from, &task.to]);
    // Each vertical with what its stub costs.
    let firsts: Vec<_> =
        firsts.iter().map(|x| (x, Along::upright(x.at, all()), stubs[0].cost(start.x, x.at))).collect();
    let seconds: Vec<_> =
        seconds.iter().map(|x| (x, Along::upright(x.at, all()), stubs[1].cost(x.at, end.x))).collect();
    let run = |first: &Line, second: &Line| {
        (first.at - start.x).abs() + (second.at - first.at).abs() + (end.x - second.at).abs()
    };
    let mut least = f64::INFINITY;
    for (first, _, out) in &firsts {
        for (second, _, into) in &seconds {
            least = least.min(run(first, second) + out + into);
        }
    }
    let mut best = (f64::INFINITY, Plan::Plain);
    for y in &horizontals(task, &bounds, &near) {
        let shared = if task.fans_out { start.y } else { end.y };
        let bends = if y.at == start.y { 0.0 } else { 2.0 } + if y.at == end.y { 0.0 } else { 2.0 };
        let rise =
            (y.at - start.y).abs() + (end.y - y.at).abs() + bends * BEND + if y.at == shared { 1.0 } else { 0.0 };
        if rise + least >= best.0 {
            continue;
        }
        let along = Along::level(y.at, all());
        // Down or up the verticals to this level.
        let ups: Vec<f64> = seconds.iter().map(|(_, up, into)| into + up.cost(y.at, end.y)).collect();
        for (first, down, out) in &firsts {
            let before = rise + out + down.cost(start.y, y.at);
            for ((second, ..), after) in seconds.iter().zip(&ups) {
                let cost = before + run(first, second) + after;
                if cost < best.0 {
                    let cost = cost + along.cost(first.at, second.at);
                    if cost < best.0 {
                        best = (cost, Plan::Bent { first: **first, across: *y, second: **second });
                    }
                }
            }
        }
    }
    best.1
}

/// Verticals to run along first, right of the start, and second, left of the end.
fn verticals(start: Point, end: Point, bounds: &Rect, near: &[Rect]) -> (Vec<Line>, Vec<Line>) {
    let mut firsts = vec![Line { at: start.x + STUB, side: 1.0 }];
    let mut seconds = vec![Line { at: end.x - STUB, side: -1.0 }];
    for r in near {
        let (left, right) = (r.x - CLEARANCE, r.right() + CLEARANCE);
        firsts.push(Line { at: left, side: -1.0 });
        firsts.push(Line { at: right, side: 1.0 });
        seconds.push(Line { at: left, side: -1.0 });
        seconds.push(Line { at: right, side: 1.0 });
    }
    firsts.retain(|x| x.at >= start.x + STUB && x.at <= bounds.right());
    seconds.retain(|x| x.at <= end.x - STUB && x.at >= bounds.x);
    (nearest(firsts, start.x, MOST_X), nearest(seconds, end.x, MOST_X))
}

/// Levels for the horizontal between the two.
fn horizontals(task: &Task, bounds: &Rect, near: &[Rect]) -> Vec<Line> {
    let (from, to) = (&task.from, &task.to);
    let (start, end) = (out_port(*from), in_port(*to));
    let mut levels = vec![Line { at: start.y, side: 1.0 }, Line { at: end.y, side: 1.0 }];
    for r in near.iter().chain([from, to]) {
        levels.push(Line { at: r.y - CLEARANCE, side: -1.0 });
        levels.push(Line { at: r.bottom() + CLEARANCE, side: 1.0 });
    }
    // Between one box and the other under it: in the middle.
    let (upper, lower) = if from.y < to.y { (from, to) } else { (to, from) };
    if lower.y > upper.bottom() {
        levels.push(Line { at: (upper.bottom() + lower.y) / 2.0, side: 1.0 });
    }
    levels.retain(|y| y.at >= bounds.y && y.at <= bounds.bottom());
    let (low, high) = (start.y.min(end.y), start.y.max(end.y));
    // Levels between the two ends are no detour.
    levels.sort_by(|a, b| {
        let off = |y: f64| (low - y).max(y - high).max(0.0);
        off(a.at).total_cmp(&off(b.at)).then(a.at.total_cmp(&b.at))
    });
    distinct(levels, MOST_Y)
}

/// The lines nearest to a place, each once.
fn nearest(mut lines: Vec<Line>, to: f64, most: usize) -> Vec<Line> {
    lines.sort_by(|a, b| (a.at - to).abs().total_cmp(&(b.at - to).abs()));
    distinct(lines, most)
}

/// The first of the lines, each once.
fn distinct(lines: Vec<Line>, most: usize) -> Vec<Line> {
    let mut kept: Vec<Line> = Vec::with_capacity(most);
    for line in lines {
        if kept.len() < most && kept.iter().all(|k| (k.at - line.at).abs() > 1.0) {
            kept.push(line);
        }
    }
    kept
}

//! Snapping to neighbours: into line with their edges and centres, and at equal distances. A pure kernel: boxes in, a
//! shift and guides out.

use crate::{Guide, Point, Rect};

/// Most neighbours looked at: beyond that there is something to snap to everywhere.
const MOST: usize = 400;

/// What a dragged box snaps to.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Snapped {
    /// How far to shift it, along each axis on which there is something to snap to.
    pub x: Option<f64>,
    pub y: Option<f64>,
    /// Lines that show why.
    pub guides: Vec<Guide>,
}

/// Where a box lies along one axis, and how wide it is across.
#[derive(Clone, Copy, Debug)]
struct Span {
    low: f64,
    high: f64,
    across: (f64, f64),
}

impl Span {
    /// The lines that can be in line: low edge, centre, high edge.
    fn lines(&self) -> [f64; 3] {
        [self.low, (self.low + self.high) / 2.0, self.high]
    }

    /// Do they lie beside each other, so that the distance between them means something?
    fn beside(&self, o: &Span) -> bool {
        self.across.0 < o.across.1 && o.across.0 < self.across.1
    }
}

/// What `area` snaps to among `others` when it is nearer than `reach`.
pub(crate) fn snap(area: Rect, others: &[Rect], reach: f64) -> Snapped {
    let others = &others[..others.len().min(MOST)];
    let along_x = |r: &Rect| Span { low: r.x, high: r.right(), across: (r.y, r.bottom()) };
    let along_y = |r: &Rect| Span { low: r.y, high: r.bottom(), across: (r.x, r.right()) };
    let xs: Vec<Span> = others.iter().map(along_x).collect();
    let ys: Vec<Span> = others.iter().map(along_y).collect();
    let x = nearest(along_x(&area), &xs, reach);
    let y = nearest(along_y(&area), &ys, reach);
    // Guides are drawn for where it lands.
    let landed = area.moved(Point::new(x.unwrap_or(0.0), y.unwrap_or(0.0)));
    let mut guides = Vec::new();
    if x.is_some() {
        guides.extend(shown(along_x(&landed), &xs, Point::new));
    }
    if y.is_some() {
        guides.extend(shown(along_y(&landed), &ys, |along, across| Point::new(across, along)));
    }
    Snapped { x, y, guides }
}

/// The smallest shift into line or to an equal distance.
fn nearest(area: Span, others: &[Span], reach: f64) -> Option<f64> {
    let lines = others.iter().flat_map(|o| {
        let ([a, b, c], [p, q, r]) = (area.lines(), o.lines());
        // Edges with edges, centres with centres.
        [p - a, r - a, p - c, r - c, q - b]
    });
    let gaps = gaps(&area, others).into_iter().map(|(shift, ..)| shift);
    lines.chain(gaps).filter(|shift| shift.abs() <= reach).min_by(|a, b| a.abs().total_cmp(&b.abs()))
}

/// A shift that makes two distances equal, and the two gaps as they would be.
type Equal = (f64, (f64, f64), (f64, f64));

fn gaps(area: &Span, others: &[Span]) -> Vec<Equal> {
    let mut row: Vec<Span> = others.iter().filter(|o| o.beside(area)).copied().collect();
    row.sort_by(|a, b| a.low.total_cmp(&b.low));
    let mut found = Vec::new();
    for pair in row.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let gap = b.low - a.high;
        if gap <= 0.0 {
            continue;
        }
        let size = area.high - area.low;
        // Behind the two, before them, or in the middle between them.
        found.push((b.high + gap - area.low, (a.high, b.low), (b.high, b.high + gap)));
        found.push((a.low - gap - area.high, (a.low - gap, a.low), (a.high, b.low)));
        if size < gap {
            let half = (gap - size) / 2.0;
            found.push((a.high + half - area.low, (a.high, a.high + half), (b.low - half, b.low)));
        }
    }
    found
}

/// Guides for a box that has landed: one line for each line it shares, one bar for each of two equal gaps.
fn shown(area: Span, others: &[Span], point: fn(f64, f64) -> Point) -> Vec<Guide> {
    const SAME: f64 = 0.01;
    let mut guides = Vec::new();
    for line in area.lines() {
        let sharing = others.iter().filter(|o| o.lines().iter().any(|l| (l - line).abs() < SAME));
        let across = sharing.map(|o| o.across).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        if let Some((low, high)) = across {
            let (low, high) = (low.min(area.across.0), high.max(area.across.1));
            guides.push(Guide { from: point(line, low), to: point(line, high), gap: false });
        }
    }
    // In line by its centre, a box of the same size is in line by its edges as well: one line says it.
    if guides.len() == 3 {
        guides = vec![guides[1]];
    }
    let equal = gaps(&area, others).into_iter().find(|(shift, ..)| shift.abs() < SAME);
    if let (Some((_, first, second)), true) = (equal, guides.is_empty()) {
        let middle = (area.across.0 + area.across.1) / 2.0;
        for (low, high) in [first, second] {
            guides.push(Guide { from: point(low, middle), to: point(high, middle), gap: true });
        }
    }
    guides
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: f64, y: f64) -> Rect {
        Rect { x, y, w: 100.0, h: 60.0 }
    }

    #[test]
    fn edges_and_centres_come_into_line() {
        let small = Rect { x: 23.0, y: 200.0, w: 50.0, h: 20.0 };
        let others = [rect(0.0, 0.0)];
        // Centres: 48 and 50; left edges are farther apart.
        let snapped = snap(small, &others, 5.0);
        assert_eq!((snapped.x, snapped.y), (Some(2.0), None));
        assert_eq!(snapped.guides, [Guide { from: Point::new(50.0, 0.0), to: Point::new(50.0, 220.0), gap: false }]);
        // Left edges: 3 and 0.
        let snapped = snap(Rect { x: 3.0, ..small }, &others, 5.0);
        assert_eq!(snapped.x, Some(-3.0));
    }

    #[test]
    fn boxes_of_one_size_show_one_line() {
        let snapped = snap(rect(302.0, 3.0), &[rect(0.0, 0.0)], 5.0);
        assert_eq!((snapped.x, snapped.y), (None, Some(-3.0)));
        assert_eq!(snapped.guides.len(), 1);
    }

    #[test]
    fn gaps_become_equal_behind_before_and_between() {
        // Two boxes 40 apart; the third shall be as far. It is not in line with them, only beside them.
        let pair = [rect(0.0, 0.0), rect(140.0, 0.0)];
        assert_eq!(snap(rect(283.0, 20.0), &pair, 5.0).x, Some(-3.0));
        assert_eq!(snap(rect(-138.0, 20.0), &pair, 5.0).x, Some(-2.0));
        let apart = [rect(0.0, 0.0), rect(300.0, 0.0)];
        let snapped = snap(rect(152.0, 20.0), &apart, 5.0);
        assert_eq!(snapped.x, Some(-2.0));
        let bars: Vec<_> = snapped.guides.iter().filter(|g| g.gap).map(|g| g.to.x - g.from.x).collect();
        assert_eq!(bars, [50.0, 50.0]);
    }

    #[test]
    fn nothing_near_is_nothing_to_snap_to() {
        assert_eq!(snap(rect(37.0, 1000.0), &[rect(0.0, 0.0)], 5.0), Snapped::default());
    }
}

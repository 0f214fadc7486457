//! Points, rectangles, node boxes and ports. Pure: it may not read editor state.

use backpressure_pack::Pack;
use backpressure_sim::Node;
use backpressure_sim::design::Note;

/// Width of every node, world units.
pub const NODE_WIDTH: f64 = 184.0;
/// Height of every node, world units.
pub const NODE_HEIGHT: f64 = 100.0;
/// Width of every note, world units.
pub const NOTE_WIDTH: f64 = 220.0;
/// Height of a line of a note's text, world units.
pub const NOTE_LINE: f64 = 18.0;
/// Space around a note's text, world units.
pub const NOTE_PADDING: f64 = 11.0;
/// Letters of average width in a line of a note.
const NOTE_LETTERS: usize = 28;
/// Spacing of the grid, world units: nodes snap to it.
pub const GRID: f64 = 20.0;
/// Coordinates are drawn within plus or minus this, whatever the document says, world units.
pub const WORLD_LIMIT: f64 = 1e6;

/// A point or a vector; screen (CSS px from the canvas' top left) or world units, as the holder says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pack)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

impl Point {
    /// The point (`x`, `y`).
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// Distance to `other`.
    pub fn distance(self, other: Self) -> f64 {
        (self - other).length()
    }

    /// Length of the vector.
    pub fn length(self) -> f64 {
        self.x.hypot(self.y)
    }

    /// The point half-way to `other`.
    pub fn middle(self, other: Self) -> Self {
        (self + other) * 0.5
    }

    /// The nearest grid point.
    pub fn snapped(self) -> Self {
        Self::new((self.x / GRID).round() * GRID, (self.y / GRID).round() * GRID)
    }

    /// Both coordinates finite and within plus or minus `limit`; what is not a number becomes 0.
    pub fn within(self, limit: f64) -> Self {
        let tame = |v: f64| if v.is_nan() { 0.0 } else { v.clamp(-limit, limit) };
        Self::new(tame(self.x), tame(self.y))
    }

    /// Is neither coordinate NaN or infinite?
    pub fn is_finite(self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }
}

impl std::ops::Add for Point {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self::new(self.x + o.x, self.y + o.y)
    }
}

impl std::ops::Sub for Point {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Self::new(self.x - o.x, self.y - o.y)
    }
}

impl std::ops::Mul<f64> for Point {
    type Output = Self;
    fn mul(self, k: f64) -> Self {
        Self::new(self.x * k, self.y * k)
    }
}

impl std::ops::Neg for Point {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.x, -self.y)
    }
}

/// An axis-parallel rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width, never negative.
    pub w: f64,
    /// Height, never negative.
    pub h: f64,
}

impl Rect {
    /// The rectangle with these two corners, in any order.
    pub fn between(a: Point, b: Point) -> Self {
        Self { x: a.x.min(b.x), y: a.y.min(b.y), w: (a.x - b.x).abs(), h: (a.y - b.y).abs() }
    }

    /// The box of a node whose top left is at `at`.
    pub fn of_node_at(at: Point) -> Self {
        Self { x: at.x, y: at.y, w: NODE_WIDTH, h: NODE_HEIGHT }
    }

    /// Top left corner.
    pub fn corner(&self) -> Point {
        Point::new(self.x, self.y)
    }

    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Bottom edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// Middle.
    pub fn center(&self) -> Point {
        Point::new(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// Does it hold the point (edges included)?
    pub fn contains(&self, p: Point) -> bool {
        p.x >= self.x && p.x <= self.right() && p.y >= self.y && p.y <= self.bottom()
    }

    /// How far a point is from it; none inside.
    pub fn distance(&self, p: Point) -> f64 {
        let (x, y) = (p.x.clamp(self.x, self.right()), p.y.clamp(self.y, self.bottom()));
        Point::new(x, y).distance(p)
    }

    /// Do they share more than an edge?
    pub fn overlaps(&self, o: &Rect) -> bool {
        self.x < o.right() && o.x < self.right() && self.y < o.bottom() && o.y < self.bottom()
    }

    /// Do they share a point (edges included)?
    pub fn touches(&self, o: &Rect) -> bool {
        self.x <= o.right() && o.x <= self.right() && self.y <= o.bottom() && o.y <= self.bottom()
    }

    /// Does all of the other lie in it (but for less than half a unit)?
    pub fn holds(&self, o: &Rect) -> bool {
        let grown = self.grown(0.5);
        grown.contains(o.corner()) && grown.contains(Point::new(o.right(), o.bottom()))
    }

    /// Larger by `by` on every side (smaller if negative, down to a point).
    pub fn grown(&self, by: f64) -> Self {
        let (w, h) = ((self.w + 2.0 * by).max(0.0), (self.h + 2.0 * by).max(0.0));
        let c = self.center();
        Self { x: c.x - w / 2.0, y: c.y - h / 2.0, w, h }
    }

    /// Moved by a vector.
    pub fn moved(&self, by: Point) -> Self {
        Self { x: self.x + by.x, y: self.y + by.y, ..*self }
    }

    /// The smallest rectangle that holds both.
    pub fn union(&self, o: &Rect) -> Self {
        let (x, y) = (self.x.min(o.x), self.y.min(o.y));
        Self { x, y, w: self.right().max(o.right()) - x, h: self.bottom().max(o.bottom()) - y }
    }
}

/// Where a node's top left is drawn: its coordinates, made finite and clamped to [`WORLD_LIMIT`].
pub fn node_corner(node: &Node) -> Point {
    Point::new(node.x, node.y).within(WORLD_LIMIT)
}

/// The box of a node, world units.
pub fn node_rect(node: &Node) -> Rect {
    Rect::of_node_at(node_corner(node))
}

/// Where a note's top left is drawn.
pub fn note_corner(note: &Note) -> Point {
    Point::new(note.x, note.y).within(WORLD_LIMIT)
}

/// The box of a note, world units: as high as its text needs.
pub fn note_rect(note: &Note) -> Rect {
    let corner = note_corner(note);
    let mut lines = 0_u32;
    note_lines(&note.text, &mut |_| lines += 1);
    Rect { x: corner.x, y: corner.y, w: NOTE_WIDTH, h: f64::from(lines) * NOTE_LINE + 2.0 * NOTE_PADDING }
}

/// The lines a note's text takes, at least one. It is broken between words, counted in letters: fonts are not known here.
/// Letters beyond the Latin ones count double, so that the box is rather too high than too low.
pub(crate) fn note_lines(text: &str, line: &mut dyn FnMut(&str)) {
    let width = |c: char| if c > '\u{24f}' || c.is_uppercase() { 2 } else { 1 };
    for paragraph in text.split('\n') {
        // Where the line under way and the word under way begin, bytes, and how wide the line is.
        let (mut start, mut word, mut used) = (0, 0, 0);
        for (i, c) in paragraph.char_indices() {
            if c == ' ' {
                word = i + 1;
            } else if used + width(c) > NOTE_LETTERS {
                // A word longer than a line is broken where it has to be.
                let end = if word > start { word } else { i };
                line(paragraph[start..end].trim_end_matches(' '));
                start = end;
                used = paragraph[start..i].chars().map(width).sum();
            }
            used += width(c);
        }
        line(&paragraph[start..]);
    }
}

/// Middle of the right edge: calls leave here.
pub fn out_port(rect: Rect) -> Point {
    Point::new(rect.right(), rect.y + rect.h / 2.0)
}

/// Middle of the left edge: calls arrive here.
pub fn in_port(rect: Rect) -> Point {
    Point::new(rect.x, rect.y + rect.h / 2.0)
}

/// The smallest rectangle around all these; `None` for none.
pub fn bounds(rects: impl IntoIterator<Item = Rect>) -> Option<Rect> {
    rects.into_iter().reduce(|a, b| a.union(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wild_coordinates_are_drawn_within_the_limit() {
        let p = Point::new(f64::NAN, f64::INFINITY).within(WORLD_LIMIT);
        assert_eq!(p, Point::new(0.0, WORLD_LIMIT));
    }

    #[test]
    fn boxes_side_by_side_touch_but_do_not_overlap() {
        let a = Rect { x: 0.0, y: 0.0, w: 10.0, h: 10.0 };
        let b = a.moved(Point::new(10.0, 0.0));
        assert!(a.touches(&b) && !a.overlaps(&b));
        assert_eq!(a.union(&b), Rect { x: 0.0, y: 0.0, w: 20.0, h: 10.0 });
    }

    #[test]
    fn shrinking_stops_at_a_point() {
        let a = Rect { x: 0.0, y: 0.0, w: 10.0, h: 4.0 }.grown(-3.0);
        assert_eq!(a, Rect { x: 3.0, y: 2.0, w: 4.0, h: 0.0 });
    }

    #[test]
    fn a_note_is_as_high_as_its_text() {
        let lines = |text: &str| {
            let note = Note { text: text.to_owned(), ..Note::default() };
            (note_rect(&note).h - 2.0 * NOTE_PADDING) / NOTE_LINE
        };
        assert_eq!(lines(""), 1.0);
        assert_eq!(lines("short"), 1.0);
        assert_eq!(lines("one\ntwo\n\nfour"), 4.0);
        assert_eq!(lines("aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd"), 2.0, "19 letters, then 19");
        assert_eq!(lines(&"x".repeat(85)), 4.0, "28 letters a line");
    }
}

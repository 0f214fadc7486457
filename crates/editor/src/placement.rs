//! Names and places for new components.

use crate::document::{Document, NOWHERE};
use crate::geometry::{GRID, NODE_HEIGHT, NODE_WIDTH, WORLD_LIMIT, node_rect, note_rect};
use crate::{Point, Rect, Side};
use std::collections::{HashMap, HashSet};

/// From one column to the next, world units: room for a link and its dots.
pub(crate) const COLUMN: f64 = NODE_WIDTH + 96.0;
/// From one row to the next, world units.
pub(crate) const ROW: f64 = NODE_HEIGHT + 40.0;
/// Closest two components are placed, world units.
const GAP: f64 = GRID;
/// Longest id, bytes.
const MAX_ID: usize = 64;

/// Finds ids that are free in a document and stay so among those it gave out.
pub(crate) struct Namer<'a> {
    doc: &'a Document,
    taken: HashSet<String>,
    /// Next number to try for each stem: naming thousands stays linear.
    next: HashMap<String, usize>,
}

impl<'a> Namer<'a> {
    pub fn new(doc: &'a Document) -> Self {
        Self { doc, taken: HashSet::new(), next: HashMap::new() }
    }

    /// A free id for a node of this kind: `cache-1`.
    pub fn node(&mut self, kind: &str) -> String {
        self.numbered(&stem(kind), |doc, id| doc.node_at(id).is_some())
    }

    /// This id if it is free, else the next number of its stem: `cache-3` becomes `cache-4`.
    pub fn like(&mut self, id: &str, kind: &str) -> String {
        let sound = !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(is_id_byte);
        if sound && self.doc.node_at(id).is_none() && self.taken.insert(id.to_owned()) {
            return id.to_owned();
        }
        let base = id.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
        self.numbered(&stem(if base.is_empty() { kind } else { base }), |doc, id| doc.node_at(id).is_some())
    }

    /// A free id for a link: `link-1`.
    pub fn link(&mut self) -> String {
        self.numbered("link", |doc, id| doc.link_at(id).is_some())
    }

    /// A free id for a zone: `zone-1`.
    pub fn zone(&mut self) -> String {
        self.numbered("zone", |doc, id| doc.zone_at(id).is_some())
    }

    /// A free id for a note: `note-1`.
    pub fn note(&mut self) -> String {
        self.numbered("note", |doc, id| doc.note_at(id).is_some())
    }

    fn numbered(&mut self, stem: &str, used: impl Fn(&Document, &str) -> bool) -> String {
        let next = self.next.entry(stem.to_owned()).or_insert(1);
        loop {
            let id = format!("{stem}-{next}");
            *next += 1;
            if !used(self.doc, &id) && self.taken.insert(id.clone()) {
                return id;
            }
        }
    }
}

fn is_id_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b == b'_'
}

/// Letters of an id made from any text, short enough to number.
fn stem(text: &str) -> String {
    let stem: String = text.bytes().map(|b| if is_id_byte(b) && b != b'_' { b as char } else { '-' }).collect();
    let stem = stem.trim_matches('-');
    let stem = stem.get(..MAX_ID - 8).unwrap_or(stem);
    if stem.is_empty() { "node".to_owned() } else { stem.to_owned() }
}

/// The boxes that are taken, sorted into cells of the world, so that looking for a free place stays quick.
pub(crate) struct Space {
    cells: HashMap<(i64, i64), Vec<Rect>>,
}

impl Space {
    pub fn new(doc: &Document) -> Self {
        let mut space = Self { cells: HashMap::new() };
        for n in &doc.design().nodes {
            space.take(node_rect(n));
        }
        for n in &doc.design().notes {
            space.take(note_rect(n));
        }
        space
    }

    /// Is there room for a node with its top left here?
    pub fn is_free(&self, at: Point) -> bool {
        let wanted = Rect::of_node_at(at).grown(GAP - 0.5);
        cells(&wanted).all(|cell| self.cells.get(&cell).is_none_or(|rects| rects.iter().all(|r| !r.overlaps(&wanted))))
    }

    fn take(&mut self, rect: Rect) {
        for cell in cells(&rect) {
            self.cells.entry(cell).or_default().push(rect);
        }
    }

    /// The first free place straight down from `at`.
    pub fn below(&self, at: Point) -> Point {
        let mut at = at.snapped();
        // Each step passes at least a grid line; as many as could ever be in the way.
        for _ in 0..20_000 {
            if self.is_free(at) {
                break;
            }
            at.y += GRID;
        }
        at.within(WORLD_LIMIT)
    }

    /// The free place nearest to `at` on a spiral of grid steps.
    pub fn near(&self, at: Point) -> Point {
        let at = at.snapped();
        let (dx, dy) = (COLUMN / 2.0, ROW / 2.0);
        for ring in 0..80_i32 {
            let mut best: Option<(f64, Point)> = None;
            for i in -ring..=ring {
                for j in -ring..=ring {
                    if i.abs().max(j.abs()) != ring {
                        continue;
                    }
                    let p = Point::new(at.x + f64::from(i) * dx, at.y + f64::from(j) * dy).snapped();
                    let distance = p.distance(at);
                    if self.is_free(p) && best.is_none_or(|(d, _)| distance < d) {
                        best = Some((distance, p));
                    }
                }
            }
            if let Some((_, p)) = best {
                return p.within(WORLD_LIMIT);
            }
        }
        self.below(at)
    }
}

/// The cells a rectangle lies in.
fn cells(rect: &Rect) -> impl Iterator<Item = (i64, i64)> + use<> {
    let cell = |x: f64, y: f64| ((x / 240.0).floor() as i64, (y / 160.0).floor() as i64);
    let ((x0, y0), (x1, y1)) = (cell(rect.x, rect.y), cell(rect.right(), rect.bottom()));
    (x0..=x1).flat_map(move |x| (y0..=y1).map(move |y| (x, y)))
}

/// A place for a component on this side of the node at `at`: in the next column, below those that hang there already.
pub(crate) fn beside(doc: &Document, at: usize, side: Side) -> Point {
    let Some(node) = doc.design().nodes.get(at) else { return Point::default() };
    let home = node_rect(node);
    let x = if side == Side::Out { home.x + COLUMN } else { home.x - COLUMN };
    let lowest = doc
        .ends()
        .iter()
        .filter_map(|&[from, to]| match side {
            Side::Out => (from == at).then_some(to),
            Side::In => (to == at).then_some(from),
        })
        .filter(|&i| i != NOWHERE)
        .filter_map(|i| doc.design().nodes.get(i).map(node_rect))
        .filter(|r| (r.x - x).abs() < COLUMN)
        .map(|r| r.y)
        .reduce(f64::max);
    Space::new(doc).below(Point::new(x, lowest.map_or(home.y, |y| y + ROW)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use backpressure_sim::{Design, Node};

    fn node(id: &str, x: f64, y: f64) -> Node {
        Node { id: id.into(), kind: "cache".into(), x, y, ..Node::default() }
    }

    #[test]
    fn ids_are_the_kind_and_the_first_free_number() {
        let doc = Document::new(Design { nodes: vec![node("cache-1", 0.0, 0.0)], ..Design::default() });
        let mut names = Namer::new(&doc);
        assert_eq!(names.node("cache"), "cache-2");
        assert_eq!(names.node("cache"), "cache-3");
        assert_eq!(names.node("app_server"), "app-server-1");
        assert_eq!(names.like("cache-1", "cache"), "cache-4");
        assert_eq!(names.like("mine", "cache"), "mine");
        assert_eq!(names.like("mine", "cache"), "mine-1");
        assert_eq!(names.like("é", "cache"), "node-1");
        assert!(names.node(&"x".repeat(500)).len() <= MAX_ID);
    }

    #[test]
    fn new_places_overlap_nothing() {
        let nodes = (0..40).map(|i| node(&i.to_string(), f64::from(i % 8) * 100.0, f64::from(i / 8) * 70.0));
        let doc = Document::new(Design { nodes: nodes.collect(), ..Design::default() });
        let space = Space::new(&doc);
        for at in [Point::new(3.0, 9.0), Point::new(400.0, 200.0), Point::new(-900.0, 0.0)] {
            for p in [space.near(at), space.below(at)] {
                let rect = Rect::of_node_at(p);
                assert_eq!(p, p.snapped());
                assert!(doc.design().nodes.iter().all(|n| !node_rect(n).overlaps(&rect)), "{p:?}");
            }
        }
    }
}

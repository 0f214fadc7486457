//! Laying a design out in layers, from left to right in the direction of calls.
//!
//! ```text
//!   graph    boxes and edges; cycles opened; parts that hang together
//!   layers   each box in a column behind all that call it; long edges get places in between
//!   order    the order within a column, so that few edges cross
//!   heights  how high each box stands, so that edges run straight
//! ```
//!
//! The method is that of Sugiyama, Tagawa and Toda (1981). A zone is laid out by itself first and then takes part as one
//! box, so that its members stay together and no other component comes to lie inside its frame.

mod graph;
mod heights;
mod layers;
mod order;
mod tidy;

use graph::{Edge, Graph};

use crate::Point;

/// Space between two boxes above each other, world units.
const GAP: f64 = 40.0;
/// Space between two columns, world units: room for links, their dots and their words.
const COLUMN_GAP: f64 = 96.0;
/// Space between parts that do not hang together, world units.
const PART_GAP: f64 = 80.0;

/// How boxes without edges are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Singles {
    /// In rows below the rest: there is no telling what they are for.
    Rows,
    /// In columns: within a zone they are alike, and called by the same.
    Columns,
}

/// Most single boxes in a column.
const COLUMN_OF_SINGLES: usize = 8;
/// Width of a row of single boxes, if nothing is wider, world units.
const ROW_OF_SINGLES: f64 = 1200.0;

/// Where to put the boxes of a graph: top left corners, the first column at 0, on the grid. Parts that do not hang
/// together come below each other, single boxes at the end.
fn lay_out(graph: &Graph, arranged: Singles) -> Vec<Point> {
    let mut at = vec![Point::default(); graph.sizes.len()];
    let mut top = 0.0;
    let (parts, singles): (Vec<_>, Vec<_>) = graph.parts().into_iter().partition(|part| part.len() > 1);
    for part in parts {
        let placed = lay_out_part(graph, &part);
        let height = part.iter().zip(&placed).map(|(&b, p)| p.y + graph.sizes[b].y).fold(0.0, f64::max);
        for (&item, p) in part.iter().zip(placed) {
            at[item] = p + Point::new(0.0, top);
        }
        top = on_grid(top + height + PART_GAP);
    }
    let width = at.iter().zip(&graph.sizes).map(|(p, s)| p.x + s.x).fold(ROW_OF_SINGLES, f64::max);
    let (mut next, mut row) = (Point::new(0.0, top), 0.0_f64);
    for (i, item) in singles.into_iter().flatten().enumerate() {
        let size = graph.sizes[item];
        let ends = match arranged {
            Singles::Rows => next.x > 0.0 && next.x + size.x > width,
            Singles::Columns => i > 0 && i % COLUMN_OF_SINGLES == 0,
        };
        match arranged {
            Singles::Rows if ends => (next, row) = (Point::new(0.0, on_grid(next.y + row + GAP)), 0.0),
            Singles::Columns if ends => next = Point::new(on_grid(next.x + size.x + COLUMN_GAP), top),
            _ => {}
        }
        at[item] = next;
        match arranged {
            Singles::Rows => next.x = on_grid(next.x + size.x + COLUMN_GAP),
            Singles::Columns => next.y = on_grid(next.y + size.y + GAP),
        }
        row = row.max(size.y);
    }
    at
}

/// Where to put the boxes of one part that hangs together, the highest at 0.
fn lay_out_part(graph: &Graph, part: &[usize]) -> Vec<Point> {
    let mut layered = layers::assign(graph, part);
    order::reduce_crossings(&mut layered);
    let heights = heights::assign(&layered);
    let mut x = 0.0;
    let mut at = vec![Point::default(); part.len()];
    for column in &layered.columns {
        let width = column.iter().map(|&i| layered.items[i].size.x).fold(0.0, f64::max);
        for &i in column {
            let item = &layered.items[i];
            if let Some(own) = item.part {
                // In a column of different widths, in its middle.
                at[own] = Point::new(on_grid(x + (width - item.size.x) / 2.0), heights[i]);
            }
        }
        x = on_grid(x + width + COLUMN_GAP);
    }
    let top = at.iter().map(|p| p.y).fold(f64::INFINITY, f64::min);
    at.iter().map(|p| Point::new(p.x, p.y - top)).collect()
}

/// The nearest place on the grid. Halves all go one way, so that equal distances stay equal; and a sum that is a hair less
/// than a half goes with them.
fn on_grid(v: f64) -> f64 {
    (v / crate::GRID + 0.5 + 1e-6).floor() * crate::GRID
}

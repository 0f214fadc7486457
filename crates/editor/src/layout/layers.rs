//! Each box in a column, and places in the columns between for edges that pass them.

use super::graph::{Edge, Graph};
use crate::Point;

/// Height kept free where a long edge passes a column, world units.
const PASSAGE: f64 = 20.0;
/// Most passages: a design with more long edges than these is laid out without regard to them.
const MOST_PASSAGES: usize = 20_000;

/// A part of a graph in columns.
pub(super) struct Layered {
    /// Boxes and passages.
    pub items: Vec<Item>,
    /// The items of each column, in order from the top.
    pub columns: Vec<Vec<usize>>,
    /// Edges between neighbouring columns, from left to right; ends as in [`Edge`], by item.
    pub edges: Vec<Edge>,
}

/// A box, or a place where an edge passes.
pub(super) struct Item {
    pub size: Point,
    /// Place in the part; `None` for a passage.
    pub part: Option<usize>,
    /// How high it stood.
    pub before: f64,
    pub column: usize,
}

/// Columns by the longest way from the start; what has room moves as far right as what it calls allows, so that edges
/// are short.
pub(super) fn assign(graph: &Graph, part: &[usize]) -> Layered {
    let mut place = vec![usize::MAX; graph.sizes.len()];
    for (i, &item) in part.iter().enumerate() {
        place[item] = i;
    }
    let edges: Vec<Edge> = graph
        .without_cycles()
        .into_iter()
        .filter(|e| place[e.from.0] != usize::MAX)
        .map(|e| Edge { from: (place[e.from.0], e.from.1), to: (place[e.to.0], e.to.1) })
        .collect();
    let columns = columns(part.len(), &edges);
    let items: Vec<Item> = part
        .iter()
        .enumerate()
        .map(|(i, &b)| Item { size: graph.sizes[b], part: Some(i), before: graph.before[b], column: columns[i] })
        .collect();
    with_passages(items, edges)
}

/// The column of each box.
fn columns(count: usize, edges: &[Edge]) -> Vec<usize> {
    let mut callees: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut callers = vec![0_usize; count];
    for edge in edges {
        callees[edge.from.0].push(edge.to.0);
        callers[edge.to.0] += 1;
    }
    let called: Vec<bool> = callers.iter().map(|n| *n > 0).collect();
    let mut open: Vec<usize> = (0..count).filter(|&i| callers[i] == 0).collect();
    let mut sorted = Vec::with_capacity(count);
    let mut column = vec![0_usize; count];
    while let Some(at) = open.pop() {
        sorted.push(at);
        for &to in &callees[at] {
            column[to] = column[to].max(column[at] + 1);
            callers[to] -= 1;
            if callers[to] == 0 {
                open.push(to);
            }
        }
    }
    // What nothing calls stands right before what it calls.
    for &at in sorted.iter().rev() {
        if let (false, Some(first)) = (called[at], callees[at].iter().map(|&to| column[to]).min()) {
            column[at] = first.saturating_sub(1);
        }
    }
    column
}

fn with_passages(mut items: Vec<Item>, edges: Vec<Edge>) -> Layered {
    let span = |e: &Edge| items[e.to.0].column.saturating_sub(items[e.from.0].column);
    let passages: usize = edges.iter().map(|e| span(e).saturating_sub(1)).sum();
    let mut short = Vec::with_capacity(edges.len() + passages);
    for edge in edges {
        let (first, last) = (items[edge.from.0].column, items[edge.to.0].column);
        if passages > MOST_PASSAGES && last > first + 1 {
            continue;
        }
        let mut from = edge.from;
        for column in first + 1..last {
            let share = (column - first) as f64 / (last - first) as f64;
            let before = items[edge.from.0].before * (1.0 - share) + items[edge.to.0].before * share;
            items.push(Item { size: Point::new(0.0, PASSAGE), part: None, before, column });
            let to = (items.len() - 1, PASSAGE / 2.0);
            short.push(Edge { from, to });
            from = to;
        }
        short.push(Edge { from, to: edge.to });
    }
    let count = items.iter().map(|i| i.column + 1).max().unwrap_or(0);
    let mut columns = vec![Vec::new(); count];
    for (i, item) in items.iter().enumerate() {
        columns[item.column].push(i);
    }
    for column in &mut columns {
        column.sort_by(|&a: &usize, &b: &usize| items[a].before.total_cmp(&items[b].before));
    }
    Layered { items, columns, edges: short }
}

//! How high each item stands: as near as possible to where its edges would be straight, in the order of its column.

use super::layers::Layered;
use super::{GAP, on_grid};

/// Sweeps back and forth; the last one goes forth, so that everything ends in line with what it comes from.
const SWEEPS: usize = 9;

/// The top of each item, on the grid.
pub(super) fn assign(layered: &Layered) -> Vec<f64> {
    let mut top = stacked(layered);
    let count = layered.items.len();
    // For each item: the neighbour, and how far below its top mine would be for a straight edge.
    let mut left: Vec<Vec<(usize, f64)>> = vec![Vec::new(); count];
    let mut right = left.clone();
    for edge in &layered.edges {
        let shift = edge.from.1 - edge.to.1;
        right[edge.from.0].push((edge.to.0, -shift));
        left[edge.to.0].push((edge.from.0, shift));
    }
    for sweep in 0..SWEEPS {
        let columns = layered.columns.len();
        for step in 0..columns {
            let (at, side) = if sweep % 2 == 0 { (step, &left) } else { (columns - 1 - step, &right) };
            let column = &layered.columns[at];
            let wanted: Vec<f64> = column
                .iter()
                .map(|&item| match side[item].as_slice() {
                    [] => top[item],
                    all => all.iter().map(|(o, shift)| top[*o] + shift).sum::<f64>() / all.len() as f64,
                })
                .collect();
            for (&item, y) in column.iter().zip(spaced(layered, column, &wanted)) {
                top[item] = y;
            }
        }
    }
    for column in &layered.columns {
        let mut free = f64::NEG_INFINITY;
        for &item in column {
            let y = on_grid(top[item]);
            top[item] = if y < free { (free / crate::GRID).ceil() * crate::GRID } else { y };
            free = top[item] + layered.items[item].size.y + gap(layered, item);
        }
    }
    top
}

/// Below each other, each column around 0.
fn stacked(layered: &Layered) -> Vec<f64> {
    let mut top = vec![0.0; layered.items.len()];
    for column in &layered.columns {
        let height: f64 = column.iter().map(|&i| layered.items[i].size.y + gap(layered, i)).sum();
        let mut y = -height / 2.0;
        for &item in column {
            top[item] = y;
            y += layered.items[item].size.y + gap(layered, item);
        }
    }
    top
}

/// Space below an item: links that pass need less.
fn gap(layered: &Layered, item: usize) -> f64 {
    if layered.items[item].part.is_some() { GAP } else { GAP / 2.0 }
}

/// The heights nearest to the wanted ones (least squares) at which the items of a column keep their order and distance.
/// Pool adjacent violators: items that would overlap are joined into a block that stands at the mean of what they want.
fn spaced(layered: &Layered, column: &[usize], wanted: &[f64]) -> Vec<f64> {
    struct Block {
        /// Sum of what its items want for the block's top.
        sum: f64,
        items: usize,
        height: f64,
    }
    let mut blocks: Vec<Block> = Vec::new();
    for (&item, &want) in column.iter().zip(wanted) {
        let height = layered.items[item].size.y + gap(layered, item);
        let mut block = Block { sum: want, items: 1, height };
        while let Some(above) = blocks.last() {
            if above.sum / above.items as f64 + above.height <= block.sum / block.items as f64 {
                break;
            }
            // Joined, the lower ones want their place less the height of what is above them.
            block = Block {
                sum: above.sum + block.sum - above.height * block.items as f64,
                items: above.items + block.items,
                height: above.height + block.height,
            };
            blocks.pop();
        }
        blocks.push(block);
    }
    let mut heights = Vec::with_capacity(column.len());
    let mut items = column.iter();
    for block in blocks {
        let mut y = block.sum / block.items as f64;
        for &item in items.by_ref().take(block.items) {
            heights.push(y);
            y += layered.items[item].size.y + gap(layered, item);
        }
    }
    heights
}

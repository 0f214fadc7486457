//! Which boxes lie in an area, by a grid of cells.

use crate::Rect;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Edge of a cell, world units: a component and its surroundings.
const CELL: f64 = 320.0;

/// Boxes, by place.
#[derive(Debug, Default)]
pub(super) struct Index {
    boxes: Vec<Rect>,
    cells: HashMap<(i32, i32), Vec<u32>, BuildHasherDefault<Mix>>,
}

/// A quick hash of two small numbers: cells are looked up thousands of times a frame, and nobody chooses them to collide.
#[derive(Debug, Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_i32(i32::from(*b)));
    }

    fn write_i32(&mut self, n: i32) {
        // Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4).
        self.0 = (self.0.rotate_left(32) ^ u64::from(n as u32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Index {
    pub fn new(boxes: Vec<Rect>) -> Self {
        let mut index = Self { boxes, cells: HashMap::default() };
        for place in 0..index.boxes.len() {
            index.enter(place);
        }
        index
    }

    pub fn boxes(&self) -> &[Rect] {
        &self.boxes
    }

    /// Moves a box.
    pub fn set(&mut self, place: usize, rect: Rect) {
        let Some(old) = self.boxes.get(place).copied() else { return };
        for cell in cells(&old) {
            if let Some(list) = self.cells.get_mut(&cell) {
                list.retain(|p| *p as usize != place);
            }
        }
        self.boxes[place] = rect;
        self.enter(place);
    }

    fn enter(&mut self, place: usize) {
        for cell in cells(&self.boxes[place]) {
            self.cells.entry(cell).or_default().push(place as u32);
        }
    }

    /// Places of the boxes that touch an area, ascending, into `found`.
    pub fn within(&self, area: &Rect, found: &mut Vec<u32>) {
        found.clear();
        for cell in cells(area) {
            found.extend(self.cells.get(&cell).into_iter().flatten());
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|p| self.boxes[*p as usize].touches(area));
    }
}

/// The cells that a box lies in; of an endless one, those of its near part, and none of one that lies nowhere.
fn cells(rect: &Rect) -> impl Iterator<Item = (i32, i32)> + use<> {
    let cell = |v: f64| (v / CELL).floor() as i32;
    let (x0, y0) = (cell(rect.x), cell(rect.y));
    let (x1, y1) = (cell(rect.right()).min(x0 + 100), cell(rect.bottom()).min(y0 + 100));
    let somewhere = !rect.x.is_nan();
    (x0..=x1).filter(move |_| somewhere).flat_map(move |x| (y0..=y1).map(move |y| (x, y)))
}

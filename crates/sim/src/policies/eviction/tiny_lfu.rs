//! W-TinyLFU: a small window for newcomers, and a main cache that only the more popular get into.

use super::slots::{Chain, NIL, Slots};
use crate::engine::rng::mix;
use backpressure_pack::Pack;

/// How often keys were asked for lately: a count-min sketch of 4-bit counters, four to a key, which are halved after ten
/// requests for each entry the cache holds, so that old fame fades (Einziger, Friedman & Manes, 2017, 3.2–3.4; the layout is
/// that of the Caffeine library). 8 bytes an entry; O(1), the halving spread over the requests before it.
#[derive(Clone, Debug, PartialEq, Pack)]
struct Sketch {
    /// 16 counters a word.
    words: Vec<u64>,
    added: u64,
}

const ROWS: u64 = 4;
const SMALLEST: usize = 16;

impl Sketch {
    fn new() -> Self {
        Self { words: vec![0; SMALLEST], added: 0 }
    }

    /// Makes room for so many entries. Counts start anew, as the old ones cannot be spread out.
    fn fit(&mut self, entries: usize) {
        if entries > self.words.len() {
            self.words = vec![0; entries.next_power_of_two()];
            self.added = 0;
        }
    }

    /// The counters of a key: word, and bits to shift.
    fn counters(&self, key: u64) -> impl Iterator<Item = (usize, u64)> + use<> {
        let mask = self.words.len() as u64 - 1;
        let hash = mix(key);
        (0..ROWS).map(move |row| {
            let spread = mix(hash ^ (row + 1));
            ((spread & mask) as usize, (4 * row + (hash >> 62)) * 4)
        })
    }

    fn count(&self, key: u64) -> u64 {
        self.counters(key).map(|(word, shift)| (self.words[word] >> shift) & 15).min().unwrap_or(0)
    }

    fn add(&mut self, key: u64) {
        let mut grew = false;
        for (word, shift) in self.counters(key) {
            if (self.words[word] >> shift) & 15 < 15 {
                self.words[word] += 1 << shift;
                grew = true;
            }
        }
        self.added += u64::from(grew);
        if self.added >= 10 * self.words.len() as u64 {
            for word in &mut self.words {
                *word = (*word >> 1) & 0x7777_7777_7777_7777;
            }
            self.added /= 2;
        }
    }
}

// Segments, in the `mark` of a slot.
const WINDOW: u32 = 0;
const PROBATION: u32 = 1;
const PROTECTED: u32 = 2;

/// Newcomers go to a window of 1 % (LRU). What falls out of it is put on probation in the main cache if it was asked for
/// more often than the one that would have to go there; what is hit on probation is protected, in up to 80 % of the main
/// cache (Einziger, Friedman & Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", 2017).
#[derive(Clone, Debug, PartialEq, Pack)]
pub(super) struct TinyLfu {
    segments: [Chain; 3],
    /// What just fell out of the window, and must be worth its place.
    candidate: u32,
    largest_window: u64,
    largest_protected: u64,
    sketch: Sketch,
}

impl TinyLfu {
    pub fn new(capacity: u64) -> Self {
        let mut new = Self {
            segments: [Chain::default(); 3],
            candidate: NIL,
            largest_window: 0,
            largest_protected: 0,
            sketch: Sketch::new(),
        };
        new.resize(capacity);
        new
    }

    pub fn resize(&mut self, capacity: u64) {
        self.largest_window = (capacity / 100).max(1);
        self.largest_protected = (capacity - self.largest_window.min(capacity)) / 5 * 4;
    }

    pub fn enter(&mut self, slots: &mut Slots, s: u32) {
        self.sketch.fit(slots.len());
        self.sketch.add(slots.at(s).key);
        self.push(WINDOW, slots, s);
        self.candidate = NIL;
        while self.segments[WINDOW as usize].weight > self.largest_window {
            let oldest = self.segments[WINDOW as usize].oldest;
            self.leave(slots, oldest);
            self.push(PROBATION, slots, oldest);
            self.candidate = oldest;
        }
    }

    pub fn hit(&mut self, slots: &mut Slots, s: u32) {
        self.sketch.add(slots.at(s).key);
        let segment = slots.at(s).mark;
        if segment != PROBATION {
            return self.segments[segment as usize].bring_up(slots, s);
        }
        self.leave(slots, s);
        self.push(PROTECTED, slots, s);
        while self.segments[PROTECTED as usize].weight > self.largest_protected {
            let oldest = self.segments[PROTECTED as usize].oldest;
            self.leave(slots, oldest);
            self.push(PROBATION, slots, oldest);
        }
    }

    pub fn leave(&mut self, slots: &mut Slots, s: u32) {
        let segment = slots.at(s).mark;
        self.segments[segment as usize].unlink(slots, s);
        if self.candidate == s {
            self.candidate = NIL;
        }
    }

    /// The candidate, or the one that has been on probation longest: whichever was asked for less often.
    pub fn victim(&self, slots: &Slots) -> u32 {
        let oldest = |segment: u32| self.segments[segment as usize].oldest;
        let mut in_line = [oldest(PROBATION), oldest(PROTECTED), oldest(WINDOW)].into_iter().filter(|s| *s != NIL);
        if self.candidate == NIL {
            return in_line.next().unwrap_or(NIL);
        }
        let Some(other) = in_line.find(|s| *s != self.candidate) else {
            return self.candidate;
        };
        let uses = |s: u32| self.sketch.count(slots.at(s).key);
        if uses(self.candidate) > uses(other) { other } else { self.candidate }
    }

    fn push(&mut self, segment: u32, slots: &mut Slots, s: u32) {
        slots.at_mut(s).mark = segment;
        self.segments[segment as usize].push(slots, s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sketch_counts_to_fifteen_and_never_too_little() {
        let mut sketch = Sketch::new();
        sketch.fit(1000);
        for key in 0..500u64 {
            for _ in 0..key % 5 {
                sketch.add(key);
            }
        }
        let wrong = (0..500u64).filter(|&k| sketch.count(k) != k % 5).count();
        assert!((0..500u64).all(|k| sketch.count(k) >= k % 5));
        // 400 keys that count in 1,024 words of four columns a row: a key shares all four counters with others rarely.
        assert!(wrong < 25, "{wrong} of 500 counted too often");
        (0..40).for_each(|_| sketch.add(9999));
        assert_eq!(sketch.count(9999), 15);
    }

    #[test]
    fn old_fame_fades() {
        let mut sketch = Sketch::new();
        (0..8).for_each(|_| sketch.add(1));
        let before = sketch.count(1);
        for key in 100..100 + 10 * SMALLEST as u64 {
            sketch.add(key);
        }
        assert!(before >= 8 && sketch.count(1) <= before / 2 + 8, "{before} → {}", sketch.count(1));
        assert!(sketch.added < 10 * SMALLEST as u64);
    }
}

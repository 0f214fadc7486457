//! What a component is made of, as the screen draws it close in: its shards, partitions, replicas or keys, one bar each.

use backpressure_pack::Pack;
use serde::Serialize;

/// Most parts shown; where there are more, neighbours share a bar, which is as high as the highest of them.
const MOST_PARTS: usize = 32;
/// A part with this many times its even share of the work is hot.
const HOT: f32 = 1.5;
/// A copy that lacks so many writes is behind.
const BEHIND: u64 = 50;

/// How the caption of servers that keep the same ends while one of them becomes the primary.
pub(crate) const TAKING_OVER: &str = "is taking over";

/// The parts of a component at one instant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct Inside {
    /// What they are, in a few words: "8 partitions".
    pub caption: String,
    /// Parts that there are.
    pub many: usize,
    /// The parts, in their own order; where there are very many, neighbours share one.
    pub parts: Vec<PartSnapshot>,
}

/// One part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Pack)]
pub struct PartSnapshot {
    /// Height of its bar, 0 to 1.
    pub level: f32,
    /// What sets it apart.
    pub mark: PartMark,
}

/// What sets a part apart from its like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Pack)]
pub enum PartMark {
    /// Nothing.
    #[default]
    Plain,
    /// It has more than its share of the work, or is behind.
    Hot,
    /// It leads the others: the primary.
    Leads,
    /// It is down.
    Down,
}

impl Inside {
    /// Parts that share work: each so much of it lately. The bars are relative to twice the even share, or to the highest, and
    /// what is less than `little` is no heat.
    pub(crate) fn of_work(caption: String, little: f32, work: impl ExactSizeIterator<Item = u64>) -> Self {
        let many = work.len();
        let work: Vec<f32> = work.map(|n| n as f32).collect();
        let even = work.iter().sum::<f32>() / many.max(1) as f32;
        let top = work.iter().copied().fold(2.0 * even, f32::max).max(little);
        let part = |n: &f32| PartSnapshot {
            level: n / top,
            mark: if many > 1 && *n >= HOT * even && *n >= little { PartMark::Hot } else { PartMark::Plain },
        };
        Self { caption, many, parts: work.iter().map(part).collect() }.bounded()
    }

    /// Servers that keep the same, each so many writes behind, and whether it is up; `primary` leads them.
    pub(crate) fn of_copies(caption: String, primary: usize, copies: impl Iterator<Item = (u64, bool)>) -> Self {
        let part = |(place, (behind, up)): (usize, (u64, bool))| {
            let mark = match (up, place == primary) {
                (false, _) => PartMark::Down,
                (true, true) => PartMark::Leads,
                (true, false) if behind >= BEHIND => PartMark::Hot,
                (true, false) => PartMark::Plain,
            };
            // What it has of the last writes: full is level with the primary.
            let level = if place == primary { 1.0 } else { 1.0 / (1.0 + behind as f32 / BEHIND as f32) };
            PartSnapshot { level, mark }
        };
        let parts: Vec<PartSnapshot> = copies.enumerate().map(part).collect();
        Self { caption, many: parts.len(), parts }.bounded()
    }

    /// No more than [`MOST_PARTS`] bars.
    fn bounded(mut self) -> Self {
        let each = self.parts.len().div_ceil(MOST_PARTS).max(1);
        if each > 1 {
            let highest =
                |of: &[PartSnapshot]| of.iter().copied().max_by(|a, b| a.level.total_cmp(&b.level)).unwrap_or_default();
            self.parts = self.parts.chunks(each).map(highest).collect();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_with_three_times_its_share_is_hot_and_the_highest() {
        let inside = Inside::of_work(String::new(), 1.0, [10, 10, 60, 0].into_iter());
        assert_eq!(
            inside.parts.iter().map(|p| p.mark == PartMark::Hot).collect::<Vec<_>>(),
            [false, false, true, false]
        );
        assert!((inside.parts[2].level - 1.0).abs() < 1e-6);
        assert!((inside.parts[0].level - 1.0 / 6.0).abs() < 1e-6);
    }

    #[test]
    fn even_work_is_drawn_half_high_and_nothing_is_hot() {
        let inside = Inside::of_work(String::new(), 1.0, [5; 4].into_iter());
        assert!(inside.parts.iter().all(|p| p.level == 0.5 && p.mark == PartMark::Plain));
        // Nor where nothing was done, nor where there is nobody to share with.
        assert!(
            Inside::of_work(String::new(), 1.0, [0; 3].into_iter())
                .parts
                .iter()
                .all(|p| p.level == 0.0 && p.mark == PartMark::Plain)
        );
        assert_eq!(Inside::of_work(String::new(), 1.0, [7].into_iter()).parts[0].mark, PartMark::Plain);
    }

    #[test]
    fn little_work_is_no_heat() {
        assert!(
            Inside::of_work(String::new(), 20.0, [0, 0, 3].into_iter())
                .parts
                .iter()
                .all(|p| p.mark == PartMark::Plain && p.level < 0.2)
        );
    }

    #[test]
    fn a_copy_is_lower_the_more_it_lacks() {
        let inside = Inside::of_copies(String::new(), 1, [(0, true), (0, true), (150, true), (9, false)].into_iter());
        let marks: Vec<PartMark> = inside.parts.iter().map(|p| p.mark).collect();
        assert_eq!(marks, [PartMark::Plain, PartMark::Leads, PartMark::Hot, PartMark::Down]);
        assert!(inside.parts[0].level == 1.0 && inside.parts[2].level == 0.25);
    }

    #[test]
    fn of_many_parts_the_hot_one_still_shows() {
        let mut work = [1u64; 1000];
        work[777] = 900;
        let inside = Inside::of_work(String::new(), 1.0, work.into_iter());
        assert!(inside.parts.len() <= MOST_PARTS);
        assert_eq!(inside.parts.iter().filter(|p| p.mark == PartMark::Hot && p.level == 1.0).count(), 1);
    }
}

//! The run cut into batches, from which confidence intervals come.
//!
//! Latencies that follow each other resemble each other, so a run of a million requests is worth far fewer independent
//! observations. Means over long batches are nearly independent, and their spread tells how far the mean of the whole
//! may be off: the method of batch means (Conway, 1963; Law, *Simulation Modeling and Analysis*, 9.5.3). As in LBATCH
//! (Fishman & Yarberry, 1997) the batches grow with the run: there are 16 to 32, and when the 32nd is full, neighbours
//! merge and the length doubles. Whether they are long enough is tested by the correlation of neighbours (von Neumann,
//! 1941); if they are not, they are merged further for the answer, and below eight no interval is given.
//!
//! For a percentile the share of latencies below it takes the place of the mean, and the interval of that share is read
//! back through the distribution (Woodruff, 1952).
//!
//! What is kept of a batch's end is the state of the counters then, so an event costs one comparison.

use super::histogram::{COARSE, Histogram};
use crate::analysis::statistics::t_quantile;
use backpressure_pack::Pack;
use std::borrow::Cow;

/// Observations in a batch at first.
const FIRST_LENGTH: u64 = 32;
/// When so many batches are full, neighbours merge.
const MOST: usize = 32;
/// Fewer batches than this say nothing.
const FEWEST: usize = 8;
/// So many observations must lie beyond a percentile.
const TAIL: f64 = 50.0;
/// What the intervals of a run promise.
pub const CONFIDENCE: f64 = 0.95;

/// See the module. Rows of `width` counters that only grow, at the start and at the end of every batch.
#[derive(Clone, Debug, PartialEq, Pack)]
pub(crate) struct Batches {
    /// Observations in a batch.
    length: u64,
    /// Observations that the present batch lacks.
    lacks: u64,
    width: usize,
    rows: Vec<f64>,
    /// How the latencies were distributed at the same instants, coarsely; empty if there is no histogram.
    shapes: Vec<u32>,
    /// The latencies before the first batch, if there were any.
    base: Option<Histogram>,
}

impl Default for Batches {
    fn default() -> Self {
        Self { length: FIRST_LENGTH, lacks: FIRST_LENGTH, width: 0, rows: Vec::new(), shapes: Vec::new(), base: None }
    }
}

impl Batches {
    /// Forgets all batches; the first one starts now.
    pub fn begin<const W: usize>(&mut self, row: [f64; W], latencies: &Histogram) {
        let base = (latencies.count() > 0).then(|| latencies.clone());
        *self = Self { width: W, base, ..Self::default() };
        self.rows.reserve_exact((MOST + 1) * W);
        self.shapes.reserve_exact((MOST + 1) * COARSE);
        self.push(&row, latencies);
    }

    /// Will the present batch be full with the next observation?
    #[inline(always)]
    pub fn lack_one(&self) -> bool {
        self.lacks == 1
    }

    /// One more observation. True if the present batch is full: then [`Batches::end`] it.
    #[inline(always)]
    pub fn observe(&mut self) -> bool {
        self.lacks -= 1;
        self.lacks == 0
    }

    /// Ends the present batch with the counters as they are now.
    #[cold]
    pub fn end<const W: usize>(&mut self, row: [f64; W], latencies: &Histogram) {
        if self.width == 0 {
            // The very first batch of a run starts with it, when everything was zero.
            self.begin([0.0; W], &Histogram::empty());
        }
        self.push(&row, latencies);
        if self.len() == MOST {
            for i in 0..=MOST / 2 {
                self.rows.copy_within(2 * i * W..(2 * i + 1) * W, i * W);
                self.shapes.copy_within(2 * i * COARSE..(2 * i + 1) * COARSE, i * COARSE);
            }
            self.rows.truncate((MOST / 2 + 1) * W);
            self.shapes.truncate((MOST / 2 + 1) * COARSE);
            self.length *= 2;
        }
        self.lacks = self.length;
    }

    fn push(&mut self, row: &[f64], latencies: &Histogram) {
        self.rows.extend_from_slice(row);
        let start = self.shapes.len();
        self.shapes.resize(start + COARSE, 0);
        latencies.coarse(&mut self.shapes[start..]);
    }

    /// Full batches.
    pub fn len(&self) -> usize {
        (self.rows.len() / self.width.max(1)).saturating_sub(1)
    }

    /// What a counter grew by in each batch.
    pub fn growth(&self, counter: usize) -> Vec<f64> {
        let column: Vec<f64> = self.rows.chunks_exact(self.width.max(1)).map(|row| row[counter]).collect();
        column.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// How many latencies of each batch lay below this edge of [`Histogram::coarse`].
    fn below(&self, edge: usize) -> Vec<f64> {
        let column: Vec<f64> =
            self.shapes.chunks_exact(COARSE).map(|shape| shape[..edge].iter().map(|&n| f64::from(n)).sum()).collect();
        column.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Half the width of the confidence interval of one counter's growth over another's.
    pub fn ratio_half_width(&self, over: usize, under: usize, level: f64) -> Option<f64> {
        half_width(self.growth(over), self.growth(under), level)
    }

    /// Growth of one counter over that of another, in all full batches together.
    pub fn ratio(&self, over: usize, under: usize) -> Option<f64> {
        let (first, last) = (self.rows.get(..self.width)?, self.rows.rchunks_exact(self.width.max(1)).next()?);
        let grown = |counter: usize| last[counter] - first[counter];
        (self.len() > 0 && grown(under) > 0.0).then(|| grown(over) / grown(under))
    }

    /// Of these latencies, of which this is a record, those since the first batch began.
    pub fn since_begun<'a>(&self, latencies: &'a Histogram) -> Cow<'a, Histogram> {
        match &self.base {
            Some(base) => Cow::Owned(latencies.since(base)),
            None => Cow::Borrowed(latencies),
        }
    }

    /// The confidence interval of the quantile `p` of latencies, ms. `count` is the counter of latencies, `latencies` what
    /// [`Batches::since_begun`] gives.
    pub fn quantile_interval(&self, p: f64, count: usize, latencies: &Histogram, level: f64) -> Option<[f64; 2]> {
        let n = latencies.count() as f64;
        if n * (1.0 - p).min(p) < TAIL || self.len() < FEWEST {
            return None;
        }
        let total = self.growth(count);
        let half = match self.edge_nearest(p, total.iter().sum()) {
            Some((edge, at)) => {
                half_width(self.below(edge), total, level)? * (p * (1.0 - p) / (at * (1.0 - at))).sqrt()
            }
            // All lie between two edges, a fifth apart: there is little to estimate, and independence is good enough.
            None => t_quantile(level, 1000) * (p * (1.0 - p) / n).sqrt(),
        };
        (half < p && p + half < 1.0 - 1.0 / n).then(|| [p - half, p + half].map(|q| latencies.quantile_ms(q)))
    }

    /// The edge of the coarse counts nearest to the quantile `p`, with the share of latencies below it, among those that
    /// have enough of them on both sides.
    fn edge_nearest(&self, p: f64, total: f64) -> Option<(usize, f64)> {
        let (first, last) = (self.shapes.get(..COARSE)?, self.shapes.rchunks_exact(COARSE).next()?);
        let mut below = 0.0;
        let mut best: Option<(usize, f64)> = None;
        for (i, (after, before)) in last.iter().zip(first).enumerate() {
            below += f64::from(after.saturating_sub(*before));
            let share = below / total;
            let enough = (total - below).min(below) >= TAIL / 2.0;
            if enough && best.is_none_or(|(_, other)| (share - p).abs() < (other - p).abs()) {
                best = Some((i + 1, share));
            }
        }
        best
    }
}

/// Half the width of the interval of Σ over / Σ under, from the batches' residuals (the classical ratio estimator).
fn half_width(mut over: Vec<f64>, mut under: Vec<f64>, level: f64) -> Option<f64> {
    loop {
        let k = over.len();
        let total: f64 = under.iter().sum();
        if k < FEWEST || total <= 0.0 {
            return None;
        }
        let ratio = over.iter().sum::<f64>() / total;
        let off: Vec<f64> = over.iter().zip(&under).map(|(a, b)| a - ratio * b).collect();
        let squares: f64 = off.iter().map(|e| e * e).sum();
        let neighbours: f64 = off.windows(2).map(|pair| pair[0] * pair[1]).sum();
        // One-sided test at 5 %: the correlation of k independent neighbours has standard deviation 1/√k.
        if neighbours <= 1.645 / (k as f64).sqrt() * squares {
            let variance = squares / (k - 1) as f64;
            return Some(t_quantile(level, k as u32 - 1) * (variance * k as f64).sqrt() / total);
        }
        over = merged(&over);
        under = merged(&under);
    }
}

/// Neighbours added up. Of an odd number the oldest is left out: it is the one that the start of the run distorts most.
fn merged(batches: &[f64]) -> Vec<f64> {
    batches[batches.len() % 2..].chunks_exact(2).map(|pair| pair[0] + pair[1]).collect()
}

//! The run cut into batches, from which confidence intervals come.
//!
//! Latencies that follow each other resemble each other, so a run of a million requests is worth far fewer independent
//! observations. Means over long batches are nearly independent, and their spread tells how far the mean of the whole
//! may be off: the method of batch means (Conway, 1963; Law, *Simulation Modeling and Analysis*, 9.5.3). As in LBATCH
//! (Fishman & Yarberry, 1997) the batches grow with the run: there are 16 to 32, and when the 32nd is full, neighbours
//! merge and the length doubles. How an interval comes from them is in `means.rs`.
//!
//! For a percentile the share of latencies below it takes the place of the mean, and the interval of that share is read
//! back through the distribution (Woodruff, 1952).
//!
//! What is kept of a batch's end is the state of the counters then, so an event costs one comparison.

use super::histogram::{COARSE, Histogram};
use super::means::{Means, tail_interval};
use backpressure_pack::Pack;
use std::borrow::Cow;

/// Observations in a batch at first.
const FIRST_LENGTH: u64 = 32;
/// When so many batches are full, neighbours merge.
const MOST: usize = 32;
/// So many observations must lie beyond a percentile.
const TAIL: f64 = 30.0;
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

    /// What a counter grew by in all full batches together.
    pub fn grown(&self, counter: usize) -> f64 {
        let ends = self.rows.get(counter).zip(self.rows.rchunks_exact(self.width.max(1)).next());
        ends.map_or(0.0, |(first, last)| last[counter] - first)
    }

    /// The confidence interval of one counter's growth over another's, as it lies around `centre`.
    pub fn ratio_interval(&self, over: usize, under: usize, centre: f64, level: f64) -> Option<[f64; 2]> {
        Means::of(&self.growth(over), &self.growth(under))?.interval(centre, level)
    }

    /// Growth of one counter over that of another, in all full batches together.
    pub fn ratio(&self, over: usize, under: usize) -> Option<f64> {
        let under = self.grown(under);
        (self.len() > 0 && under > 0.0).then(|| self.grown(over) / under)
    }

    /// Of these latencies, of which this is a record, those since the first batch began.
    pub fn since_begun<'a>(&self, latencies: &'a Histogram) -> Cow<'a, Histogram> {
        match &self.base {
            Some(base) => Cow::Owned(latencies.since(base)),
            None => Cow::Borrowed(latencies),
        }
    }

    /// The confidence interval of the quantile `p`, at least the median, of latencies, ms. `count` and `sum` are the counters of
    /// latencies and of what they add up to, `latencies` is what [`Batches::since_begun`] gives.
    ///
    /// How strongly neighbours hang together, and how many independent latencies all of them are worth, is asked of the mean and of
    /// the median as well as of the percentile: the few clusters of slow answers that a percentile rests on know it badly.
    pub fn quantile_interval(
        &self,
        p: f64,
        count: usize,
        sum: usize,
        latencies: &Histogram,
        level: f64,
    ) -> Option<[f64; 2]> {
        let n = latencies.count() as f64;
        if n * (1.0 - p) < TAIL {
            return None;
        }
        let total = self.growth(count);
        let mut all = vec![(Means::of(&self.growth(sum), &total)?, 0.5)];
        for share in [0.5, p] {
            // Where all lie between two edges, a fifth apart, there is little to estimate.
            if let Some((edge, at)) = self.edge_nearest(share, total.iter().sum()) {
                all.push((Means::of(&self.below(edge), &total)?, at));
            }
        }
        let mut correlation = 0.0;
        for (means, _) in &all {
            correlation = means.correlation.max(correlation);
        }
        let mut independent = n;
        for (means, at) in &mut all[1..] {
            means.correlation = correlation;
            independent = means.worth(*at * (1.0 - *at)).min(independent);
        }
        all[0].0.correlation = correlation;
        let tail = tail_interval(1.0 - p, independent, all[0].0.freedom()?, level);
        Some(tail.map(|beyond| latencies.quantile_ms(1.0 - beyond)))
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

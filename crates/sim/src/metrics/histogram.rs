//! A log-linear histogram of spans of time, as in HdrHistogram (G. Tene): 128 equal buckets per doubling, so a bucket
//! is never wider than 0.8 % of its values. Recording is a shift and an add; the size is bounded.

use super::Latency;
use backpressure_pack::Pack;

/// Spans below this many bits of nanoseconds (about 1 µs) share the finest resolution.
const UNIT_BITS: u32 = 10;
const SUB_BITS: u32 = 7;
const SUB: usize = 1 << SUB_BITS;
/// Doublings above the linear part: spans up to 2⁴⁸ ns (three days); longer ones count in the last bucket.
const DOUBLINGS: usize = 31;
const BUCKETS: usize = SUB * (DOUBLINGS + 1);
/// Buckets of the coarse counts: four a doubling.
pub(crate) const COARSE: usize = BUCKETS / FINE;
/// Fine buckets in a coarse one.
const FINE: usize = SUB / 4;

/// Counts of spans of time.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Histogram {
    counts: Vec<u32>,
    count: u64,
    sum_ns: u64,
    max_ns: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], count: 0, sum_ns: 0, max_ns: 0 }
    }
}

/// The bucket of a span. (Beyond the last for one that is longer than any.)
#[inline(always)]
fn bucket(ns: u64) -> usize {
    let v = ns >> UNIT_BITS;
    // How often it has to be halved to be below 2 · 128. The linear part and the first doubling are the same: as they are.
    let halvings = 63 - SUB_BITS - (v | (2 * SUB as u64 - 1)).leading_zeros();
    // What is left has 8 bits, of which the leading one counts as a doubling.
    ((halvings as usize) << SUB_BITS) + (v >> halvings) as usize
}

/// First span of a bucket, and the bucket's width, ns.
fn range(bucket: usize) -> (f64, f64) {
    let unit = (1u64 << UNIT_BITS) as f64;
    let doublings = bucket >> SUB_BITS;
    if doublings == 0 {
        return (bucket as f64 * unit, unit);
    }
    let width = (1u64 << (doublings - 1)) as f64 * unit;
    (((bucket & (SUB - 1)) + SUB) as f64 * width, width)
}

impl Histogram {
    /// Counts one span.
    #[inline(always)]
    pub fn record(&mut self, ns: u64) {
        self.record_in(Self::bucket(ns), ns);
    }

    /// The bucket of a span, for one that is counted in several histograms.
    #[inline(always)]
    pub(crate) fn bucket(ns: u64) -> usize {
        bucket(ns)
    }

    /// Counts one span, whose bucket is this.
    #[inline(always)]
    pub(crate) fn record_in(&mut self, bucket: usize, ns: u64) {
        // (That a bound is reached is tested for; a sum held to it at every step would take longer.)
        let sum = self.sum_ns.wrapping_add(ns);
        match self.counts.as_mut_slice().get_mut(bucket) {
            Some(slot) if *slot != u32::MAX && sum >= ns => *slot += 1,
            _ => return self.record_beyond(bucket, ns),
        }
        self.count += 1;
        self.sum_ns = sum;
        if ns > self.max_ns {
            self.max_ns = ns;
        }
    }

    /// The same where a bucket, a count or the sum ends: it stays at its bound.
    #[cold]
    #[inline(never)]
    fn record_beyond(&mut self, bucket: usize, ns: u64) {
        let slot = &mut self.counts[bucket.min(BUCKETS - 1)];
        *slot = slot.saturating_add(1);
        self.count += 1;
        self.sum_ns = self.sum_ns.saturating_add(ns);
        self.max_ns = self.max_ns.max(ns);
    }

    /// Number of spans counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Mean, ms; exact. Zero when empty.
    pub fn mean_ms(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum_ns as f64 / self.count as f64 / 1e6 }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        (self.count, self.sum_ns, self.max_ns) = (0, 0, 0);
    }

    /// Adds the spans of another histogram.
    pub fn add(&mut self, other: &Histogram) {
        for (a, b) in self.counts.iter_mut().zip(&other.counts) {
            *a = a.saturating_add(*b);
        }
        self.count += other.count;
        self.sum_ns = self.sum_ns.saturating_add(other.sum_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
    }

    /// One that counts nothing and takes no room: only to be read.
    pub(crate) fn empty() -> Self {
        Self { counts: Vec::new(), count: 0, sum_ns: 0, max_ns: 0 }
    }

    /// Adds the counts, four buckets a doubling, to `into`, which has [`COARSE`] places.
    pub(crate) fn coarse(&self, into: &mut [u32]) {
        for (sum, fine) in into.iter_mut().zip(self.counts.chunks_exact(FINE)) {
            *sum = fine.iter().fold(*sum, |sum, n| sum.saturating_add(*n));
        }
    }

    /// The spans counted since `earlier`, an earlier state of this histogram. The largest stays that of all.
    pub(crate) fn since(&self, earlier: &Histogram) -> Self {
        Self {
            counts: self.counts.iter().zip(&earlier.counts).map(|(a, b)| a.saturating_sub(*b)).collect(),
            count: self.count.saturating_sub(earlier.count),
            sum_ns: self.sum_ns.saturating_sub(earlier.sum_ns),
            max_ns: self.max_ns,
        }
    }

    /// The span below which this share of all lies (0 to 1), ms. Zero when empty.
    pub fn quantile_ms(&self, p: f64) -> f64 {
        quantiles_of(self.counts.iter().copied().enumerate(), self.count, self.max_ns as f64, [p])[0]
    }

    /// Sum of all spans, ns.
    pub(crate) fn sum_ns(&self) -> u64 {
        self.sum_ns
    }

    /// A summary of all spans.
    pub fn summary(&self) -> Latency {
        summarise(self.counts.iter().copied(), self.count, self.sum_ns, self.max_ns)
    }

    /// A summary of the spans counted since `earlier`, which must be an earlier state of this histogram. The largest is
    /// known to its bucket only.
    pub fn summary_since(&self, earlier: &Histogram) -> Latency {
        let counts = self.counts.iter().zip(&earlier.counts).map(|(a, b)| a.saturating_sub(*b));
        let top = self.counts.iter().zip(&earlier.counts).rposition(|(a, b)| a > b);
        let max = top.map_or(0, |i| {
            let (start, width) = range(i);
            ((start + width) as u64).min(self.max_ns)
        });
        summarise(counts, self.count.saturating_sub(earlier.count), self.sum_ns.saturating_sub(earlier.sum_ns), max)
    }

    /// The counts since `earlier` as (bucket, count) pairs, empty buckets left out.
    pub(crate) fn sparse_since(&self, earlier: &Histogram) -> Vec<(u16, u32)> {
        let (now, before) = (self.counts.as_slice(), earlier.counts.as_slice());
        let mut sparse = Vec::new();
        let mut i = 0;
        // Nothing lies above the largest. (A plain loop: it is walked at every step of a chart.)
        let end = (bucket(self.max_ns) + 1).min(now.len()).min(before.len());
        while i < end {
            if now[i] > before[i] {
                sparse.push((i as u16, now[i] - before[i]));
            }
            i += 1;
        }
        sparse
    }
}

/// Percentiles of sparse counts, ms.
pub(crate) fn sparse_quantiles<const N: usize>(sparse: &[(u16, u32)], quantiles: [f64; N]) -> Option<[f32; N]> {
    let total: u64 = sparse.iter().map(|&(_, n)| u64::from(n)).sum();
    if total == 0 {
        return None;
    }
    let walk = sparse.iter().map(|&(i, n)| (usize::from(i), n));
    Some(quantiles_of(walk, total, f64::INFINITY, quantiles).map(|ms| ms as f32))
}

fn summarise(counts: impl Iterator<Item = u32>, count: u64, sum_ns: u64, max_ns: u64) -> Latency {
    if count == 0 {
        return Latency::default();
    }
    let [p50_ms, p90_ms, p95_ms, p99_ms, p999_ms] =
        quantiles_of(counts.enumerate(), count, max_ns as f64, [0.5, 0.9, 0.95, 0.99, 0.999]);
    Latency {
        count,
        mean_ms: sum_ns as f64 / count as f64 / 1e6,
        p50_ms,
        p90_ms,
        p95_ms,
        p99_ms,
        p999_ms,
        max_ms: max_ns as f64 / 1e6,
    }
}

/// Quantiles (rising, each in 0..=1) in one walk over the buckets, interpolated inside a bucket, ms.
fn quantiles_of<const N: usize>(
    counts: impl Iterator<Item = (usize, u32)>,
    total: u64,
    max_ns: f64,
    quantiles: [f64; N],
) -> [f64; N] {
    let mut out = [0.0; N];
    let (mut below, mut q) = (0u64, 0);
    for (i, n) in counts.filter(|&(_, n)| n > 0) {
        let upto = below + u64::from(n);
        while q < N && quantiles[q] * total as f64 <= upto as f64 {
            let (start, width) = range(i);
            let share = ((quantiles[q] * total as f64 - below as f64) / f64::from(n)).clamp(0.0, 1.0);
            out[q] = (start + width * share).min(max_ns) / 1e6;
            q += 1;
        }
        below = upto;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_contiguous_and_narrow() {
        for i in 0..BUCKETS - 1 {
            let (start, width) = range(i);
            assert_eq!(start + width, range(i + 1).0, "bucket {i}");
            assert_eq!(bucket(start as u64), i);
            assert_eq!(bucket((start + width) as u64 - 1), i);
            assert!(i < SUB || width / start <= 1.0 / SUB as f64);
        }
    }

    #[test]
    fn what_ends_stays_at_its_bound() {
        let mut h = Histogram::default();
        h.counts[bucket(5_000_000)] = u32::MAX;
        h.record(5_000_000);
        assert_eq!((h.counts[bucket(5_000_000)], h.count, h.sum_ns), (u32::MAX, 1, 5_000_000));
        h.record(u64::MAX);
        h.record(u64::MAX);
        assert_eq!((h.counts[BUCKETS - 1], h.count, h.sum_ns, h.max_ns), (2, 3, u64::MAX, u64::MAX));
    }

    #[test]
    fn percentiles_are_within_a_bucket_of_the_truth() {
        let mut h = Histogram::default();
        for us in 1..=100_000u64 {
            h.record(us * 1000);
        }
        let s = h.summary();
        assert_eq!(s.count, 100_000);
        for (got, want) in
            [(s.p50_ms, 50.0), (s.p90_ms, 90.0), (s.p99_ms, 99.0), (s.p999_ms, 99.9), (s.mean_ms, 50.0005)]
        {
            assert!((got - want).abs() / want < 0.008, "{got} for {want}");
        }
        assert_eq!(s.max_ms, 100.0);
    }

    #[test]
    fn a_difference_summarises_only_what_came_since() {
        let mut h = Histogram::default();
        h.record(1_000_000);
        let earlier = h.clone();
        h.record(8_000_000);
        let s = h.summary_since(&earlier);
        assert_eq!(s.count, 1);
        assert!((s.p50_ms - 8.0).abs() < 0.08 && (s.mean_ms - 8.0).abs() < 1e-9, "{s:?}");
        assert_eq!(h.summary_since(&h.clone()), Latency::default());
    }
}

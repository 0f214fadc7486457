//! Ranks by Zipf's law.

use super::rng::Stream;
use backpressure_pack::{Pack, Source};
use std::hint::select_unpredictable;
use std::sync::Arc;

/// Up to so many ranks are drawn from a table (8 bytes a rank), which takes a tenth of the time.
const TABLE: f64 = 65_536.0;

/// Draws ranks `0..n` with probability proportional to `1 / (rank + 1)^s`, for any `n` and any `s > 0`: few ranks from a
/// table, many by a formula in constant memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Zipf {
    law: Law,
    /// Shared by the copies of a run; made anew when one is restored.
    table: Option<Arc<[Column]>>,
}

/// A column of the alias method (A. J. Walker, 1977; M. D. Vose, 1991): every column is equally likely, and stands for its
/// own rank with probability `keep / 2³²`, else for `other`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Column {
    keep: u32,
    other: u32,
}

impl Zipf {
    /// Zipf's law over `n` ranks (at least 1) with exponent `s` (clamped to at least 0.000001).
    pub fn new(n: u64, s: f64) -> Self {
        Law::new(n, s).into()
    }

    /// A rank, `0` the most popular.
    #[inline]
    pub fn draw(&self, rng: &mut Stream) -> u64 {
        let Some(table) = self.table.as_deref() else {
            return self.law.draw(rng);
        };
        // 48 bits times the number of columns: the whole part is the column, the fraction decides within it.
        let place = (rng.bits() >> 16) * table.len() as u64;
        let rank = place >> 48;
        // Which of the two is anybody's guess, so a processor is not made to guess.
        table.get(rank as usize).map_or(rank, |column| {
            select_unpredictable((place >> 16) as u32 >= column.keep, u64::from(column.other), rank)
        })
    }
}

impl From<Law> for Zipf {
    fn from(law: Law) -> Self {
        Self { table: (law.n <= TABLE).then(|| law.table()), law }
    }
}

impl Pack for Zipf {
    fn pack(&self, out: &mut Vec<u8>) {
        self.law.pack(out);
    }

    fn unpack(from: &mut Source) -> Self {
        Law::unpack(from).into()
    }
}

/// The law itself, and how to draw from it without a table: by rejection-inversion (W. Hörmann and G. Derflinger,
/// "Rejection-inversion to generate variates from monotone discrete distributions", 1996), about 1.1 tries a draw.
#[derive(Clone, Debug, PartialEq, Pack)]
struct Law {
    n: f64,
    s: f64,
    h_x1: f64,
    h_n: f64,
    accept: f64,
}

impl Law {
    fn new(n: u64, s: f64) -> Self {
        let s = s.max(1e-6);
        let n = n.max(1) as f64;
        let mut z = Self { n, s, h_x1: 0.0, h_n: 0.0, accept: 0.0 };
        z.h_x1 = z.h_integral(1.5) - 1.0;
        z.h_n = z.h_integral(n + 0.5);
        z.accept = 2.0 - z.h_integral_inverse(z.h_integral(2.5) - z.h(2.0));
        z
    }

    fn draw(&self, rng: &mut Stream) -> u64 {
        loop {
            let u = self.h_n + rng.unit() * (self.h_x1 - self.h_n);
            let x = self.h_integral_inverse(u);
            let k = libm::floor(x + 0.5).clamp(1.0, self.n);
            if k - x <= self.accept || u >= self.h_integral(k + 0.5) - self.h(k) {
                return k as u64 - 1;
            }
        }
    }

    /// Columns that give every rank its share: a column with too little is filled up by one with too much.
    fn table(&self) -> Arc<[Column]> {
        let n = self.n as u32;
        let weights: Vec<f64> = (1..=n).map(|k| self.h(f64::from(k))).collect();
        let total: f64 = weights.iter().sum();
        let mut share: Vec<f64> = weights.iter().map(|w| w / total * self.n).collect();
        let mut columns: Vec<Column> = (0..n).map(|rank| Column { keep: u32::MAX, other: rank }).collect();
        // Shares fall with the rank: `poor` walks up from the last, `rich` from the first, which is poor once it has given
        // enough away.
        let (mut poor, mut rich) = (n as usize, 0);
        let mut emptied = None;
        loop {
            let column = match emptied.take() {
                Some(column) => column,
                None if poor > rich + 1 && share[poor - 1] < 1.0 => {
                    poor -= 1;
                    poor
                }
                None => break,
            };
            columns[column] = Column { keep: (share[column] * 4_294_967_296.0) as u32, other: rich as u32 };
            share[rich] -= 1.0 - share[column];
            if share[rich] < 1.0 && rich + 1 < poor {
                emptied = Some(rich);
                rich += 1;
            }
        }
        columns.into()
    }

    fn h(&self, x: f64) -> f64 {
        libm::exp(-self.s * libm::log(x))
    }

    /// ∫ x^−s dx = (x^(1−s) − 1)/(1 − s), written so that it passes smoothly through s = 1.
    fn h_integral(&self, x: f64) -> f64 {
        let log_x = libm::log(x);
        expm1_over((1.0 - self.s) * log_x) * log_x
    }

    fn h_integral_inverse(&self, x: f64) -> f64 {
        let t = (x * (1.0 - self.s)).max(-1.0);
        libm::exp(log1p_over(t) * x)
    }
}

/// (eˣ − 1)/x.
fn expm1_over(x: f64) -> f64 {
    if x.abs() > 1e-8 { libm::expm1(x) / x } else { 1.0 + x * 0.5 * (1.0 + x / 3.0) }
}

/// ln(1 + x)/x.
fn log1p_over(x: f64) -> f64 {
    if x.abs() > 1e-8 { libm::log1p(x) / x } else { 1.0 - x * (0.5 - x / 3.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_are_those_of_zipfs_law() {
        // From a table, and by the formula.
        for (n, s) in [(1000u64, 0.6), (1000, 1.0), (1000, 1.3), (100_000, 0.6), (100_000, 1.0), (100_000, 1.3)] {
            let draws = 500_000;
            let zipf = Zipf::new(n, s);
            let mut rng = Stream::new(5, "t", "zipf");
            let mut count = vec![0u32; n as usize];
            for _ in 0..draws {
                count[zipf.draw(&mut rng) as usize] += 1;
            }
            let total: f64 = (1..=n).map(|k| libm::pow(k as f64, -s)).sum();
            // Pearson's χ² over the 100 most popular and one class for the rest: 99.9 % of χ²(100) lies below 149.4.
            let mut chi2 = 0.0;
            let mut rest = (f64::from(draws), f64::from(draws));
            for (k, &seen) in count.iter().enumerate().take(100) {
                let expected = libm::pow(k as f64 + 1.0, -s) / total * f64::from(draws);
                let seen = f64::from(seen);
                chi2 += (seen - expected) * (seen - expected) / expected;
                rest = (rest.0 - seen, rest.1 - expected);
            }
            chi2 += (rest.0 - rest.1) * (rest.0 - rest.1) / rest.1;
            assert!(chi2 < 149.4, "n = {n}, s = {s}: χ² = {chi2}");
        }
    }

    #[test]
    fn a_table_gives_every_rank_its_exact_share() {
        for (n, s) in [(1, 1.0), (2, 5.0), (10, 1e-6), (1000, 0.01), (65_536, 1.0), (65_536, 4.0)] {
            let zipf = Zipf::new(n, s);
            let columns = zipf.table.as_deref().unwrap();
            let mut share = vec![0.0; columns.len()];
            for (rank, column) in columns.iter().enumerate() {
                // 2³² − 1 is as good as always: nothing else is in the column then.
                let keep = if column.other as usize == rank { 1.0 } else { f64::from(column.keep) / 4_294_967_296.0 };
                share[rank] += keep / n as f64;
                share[column.other as usize] += (1.0 - keep) / n as f64;
            }
            let total: f64 = (1..=n).map(|k| libm::pow(k as f64, -s)).sum();
            for (k, share) in share.iter().enumerate() {
                let expected = libm::pow(k as f64 + 1.0, -s) / total;
                // A column is divided to 2⁻³² of itself; the first ranks fill up many.
                assert!((share - expected).abs() < 1e-9, "n = {n}, s = {s}, rank {k}: {share} for {expected}");
            }
        }
    }

    #[test]
    fn one_key_is_always_the_same_key() {
        let mut rng = Stream::new(5, "t", "zipf");
        assert!((0..100).all(|_| Zipf::new(1, 1.0).draw(&mut rng) == 0));
    }
}

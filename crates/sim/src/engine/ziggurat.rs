//! Standard exponential and normal numbers by the ziggurat method (Marsaglia & Tsang, "The Ziggurat Method for
//! Generating Random Variables", 2000), with 256 layers. The tables are computed once with `libm`, so they are the
//! same on every target.

use super::rng::Stream;
use backpressure_pack::Pack;
use std::sync::{LazyLock, OnceLock};

const LAYERS: usize = 256;

struct Tables {
    /// Right edge of each layer; `x[0]` is the width that gives the base layer its area.
    x: [f64; LAYERS + 1],
    /// Density at `x`.
    f: [f64; LAYERS + 1],
}

/// Edges for a decreasing density `f` with inverse `inverse`, tail start `r` and layer area `v`.
fn tables(r: f64, v: f64, f: fn(f64) -> f64, inverse: fn(f64) -> f64) -> Tables {
    let mut x = [0.0; LAYERS + 1];
    x[0] = v / f(r);
    x[1] = r;
    for i in 2..LAYERS {
        x[i] = inverse(v / x[i - 1] + f(x[i - 1]));
    }
    Tables { x, f: x.map(f) }
}

/// Tail starts and layer areas for 256 layers, as published.
const EXP_R: f64 = 7.697_117_470_131_05;
const EXP_V: f64 = 0.003_949_659_822_581_572;
const NORM_R: f64 = 3.654_152_885_361_009;
const NORM_V: f64 = 0.004_928_673_233_99;

static EXP: OnceLock<Tables> = OnceLock::new();
static NORM: LazyLock<Tables> =
    LazyLock::new(|| tables(NORM_R, NORM_V, |x| libm::exp(-0.5 * x * x), |y| libm::sqrt(-2.0 * libm::log(y))));

/// The tables of the exponential law. Where they are made is kept apart from where they are used, by every event.
#[inline(always)]
fn exp() -> &'static Tables {
    #[cold]
    #[inline(never)]
    fn made() -> &'static Tables {
        EXP.get_or_init(|| tables(EXP_R, EXP_V, |x| libm::exp(-x), |y| -libm::log(y)))
    }
    match EXP.get() {
        Some(tables) => tables,
        None => made(),
    }
}

/// An exponential number with mean 1.
#[inline(always)]
pub fn exponential(rng: &mut Stream) -> f64 {
    let (layer, x, at_once) = candidate(exp(), rng);
    if at_once { x } else { decided(rng, layer, x) }
}

/// Exponential numbers drawn one ahead: a number takes a processor longest of all that an event does, and that way it is made
/// beside other things, and nothing waits for it.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Ahead(f64);

impl Ahead {
    /// Draws the first.
    pub fn new(rng: &mut Stream) -> Self {
        Self(exponential(rng))
    }

    /// The number drawn last time.
    #[inline(always)]
    pub fn next(&mut self, rng: &mut Stream) -> f64 {
        std::mem::replace(&mut self.0, exponential(rng))
    }
}

/// A layer, a number in it, and whether it counts without further question: 98 or 99 of 100 do.
#[inline(always)]
fn candidate(t: &Tables, rng: &mut Stream) -> (usize, f64, bool) {
    let bits = rng.bits();
    let layer = (bits & 0xff) as usize;
    // 53 bits for the position, from the top; the layer comes from the bottom 8, so the two are independent.
    let u = (bits >> 11) as i64 as f64 * (1.0 / (1u64 << 53) as f64);
    let x = u * t.x[layer];
    (layer, x, x < t.x[layer + 1])
}

/// The number from a candidate that is in question.
#[cold]
#[inline(never)]
fn decided(rng: &mut Stream, mut layer: usize, mut x: f64) -> f64 {
    let t = exp();
    let mut shift = 0.0;
    loop {
        if layer == 0 {
            // The tail of an exponential is the same exponential again, moved.
            shift += EXP_R;
        } else if t.f[layer + 1] + (t.f[layer] - t.f[layer + 1]) * rng.unit() < libm::exp(-x) {
            return shift + x;
        }
        let at_once;
        (layer, x, at_once) = candidate(t, rng);
        if at_once {
            return shift + x;
        }
    }
}

/// A normal number with mean 0 and variance 1.
pub fn normal(rng: &mut Stream) -> f64 {
    let t = &*NORM;
    loop {
        let bits = rng.bits();
        let i = (bits & 0xff) as usize;
        let sign = if bits & 0x100 == 0 { 1.0 } else { -1.0 };
        let u = (bits >> 11) as i64 as f64 * (1.0 / (1u64 << 53) as f64);
        let x = u * t.x[i];
        if x < t.x[i + 1] {
            return sign * x;
        }
        if i == 0 {
            // Marsaglia's tail method.
            loop {
                let a = exponential(rng) / NORM_R;
                if 2.0 * exponential(rng) > a * a {
                    return sign * (NORM_R + a);
                }
            }
        }
        if t.f[i + 1] + (t.f[i] - t.f[i + 1]) * rng.unit() < libm::exp(-0.5 * x * x) {
            return sign * x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kolmogorov–Smirnov distance of a sample from a distribution function.
    fn ks(mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
        sample.sort_by(f64::total_cmp);
        let n = sample.len() as f64;
        sample
            .iter()
            .enumerate()
            .map(|(i, &x)| (cdf(x) - i as f64 / n).abs().max((cdf(x) - (i as f64 + 1.0) / n).abs()))
            .fold(0.0, f64::max)
    }

    /// Critical distance at the 0.1 % level (Kolmogorov's limit law): 1.95 / √n.
    const N: usize = 200_000;
    fn critical() -> f64 {
        1.95 / (N as f64).sqrt()
    }

    #[test]
    fn exponentials_follow_their_law() {
        let mut rng = Stream::new(7, "test", "exp");
        let d = ks((0..N).map(|_| exponential(&mut rng)).collect(), |x| -libm::expm1(-x));
        assert!(d < critical(), "distance {d}");
    }

    #[test]
    fn normals_follow_their_law() {
        let mut rng = Stream::new(7, "test", "norm");
        let d = ks((0..N).map(|_| normal(&mut rng)).collect(), |x| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2));
        assert!(d < critical(), "distance {d}");
    }
}

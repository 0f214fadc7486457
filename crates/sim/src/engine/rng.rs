//! Random streams: one per component and purpose, so that editing one node leaves the draws of the others alone.

use backpressure_pack::Pack;

/// An independent stream of random numbers: xoshiro256++ 1.0 (Blackman & Vigna, 2019), named explicitly because
/// what libraries call their small generator is another algorithm on wasm32. Written out here, as Vigna's C code has it,
/// because its state is part of a saved run.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Stream([u64; 4]);

impl Stream {
    /// The stream of this run (`seed`), component (`owner`, its id) and `purpose` (`service`, `keys`, …).
    ///
    /// The three are hashed together into the generator's seed, so a stream depends on nothing else in the design.
    pub fn new(seed: u64, owner: &str, purpose: &str) -> Self {
        let mut h = fnv1a(FNV_START, &seed.to_le_bytes());
        h = fnv1a(h, owner.as_bytes());
        h = fnv1a(h, &[0]);
        h = fnv1a(h, purpose.as_bytes());
        // SplitMix64 spreads the hash over the 256 bits of state, as the authors advise.
        let mut x = mix(h);
        Self(std::array::from_fn(|_| {
            x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
            mix(x)
        }))
    }

    /// 64 random bits.
    #[inline(always)]
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number uniform in [0, 1), with 53 random bits.
    #[inline(always)]
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as i64 as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A whole number uniform in `0..n` (Lemire's multiply-shift; the bias is below 2⁻³² for any `n` up to 2³²).
    /// Zero when `n` is zero.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        let bits = self.bits();
        if n > u64::from(u32::MAX) {
            return ((u128::from(bits) * u128::from(n)) >> 64) as u64;
        }
        // The same by halves: what has no numbers of 128 bits would call a function for it.
        let (high, low) = (bits >> 32, bits & u64::from(u32::MAX));
        (high * n + ((low * n) >> 32)) >> 32
    }

    /// True with probability `p`.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a over `bytes`, continued from `hash`.
fn fnv1a(mut hash: u64, bytes: &[u8]) -> u64 {
    for &b in bytes {
        hash = (hash ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}

/// A 64-bit hash of a text, the same on every platform and in every version.
pub fn hash_text(text: &str) -> u64 {
    mix(fnv1a(FNV_START, text.as_bytes()))
}

/// The finaliser of SplitMix64: every input bit reaches every output bit.
#[inline(always)]
pub fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // First outputs of xoshiro256++ from the state {1, 2, 3, 4}, from the reference C code.
        let mut g = Stream([1, 2, 3, 4]);
        assert_eq!([g.bits(), g.bits(), g.bits(), g.bits()], [41943041, 58720359, 3588806011781223, 3591011842654386]);
    }

    #[test]
    fn whole_numbers_by_halves_are_the_same_as_by_128_bits() {
        let mut halves = Stream::new(1, "a", "x");
        let mut whole = halves.clone();
        for n in [0, 1, 2, 3, 10, 1000, 65_536, 1 << 31, u64::from(u32::MAX), 1 << 32, u64::MAX] {
            for _ in 0..1000 {
                assert_eq!(halves.below(n), ((u128::from(whole.bits()) * u128::from(n)) >> 64) as u64, "below {n}");
            }
        }
    }

    #[test]
    fn streams_differ_by_seed_owner_and_purpose() {
        let first = |s: &mut Stream| s.bits();
        let a = first(&mut Stream::new(1, "db", "service"));
        assert_eq!(a, first(&mut Stream::new(1, "db", "service")));
        assert_ne!(a, first(&mut Stream::new(2, "db", "service")));
        assert_ne!(a, first(&mut Stream::new(1, "db-2", "service")));
        assert_ne!(a, first(&mut Stream::new(1, "db", "keys")));
    }

    #[test]
    fn two_streams_are_uncorrelated() {
        let (mut a, mut b) = (Stream::new(1, "a", "x"), Stream::new(1, "b", "x"));
        let n = 100_000;
        let r = (0..n).map(|_| (a.unit() - 0.5) * (b.unit() - 0.5)).sum::<f64>() / f64::from(n) * 12.0;
        // The correlation of n independent pairs has standard deviation 1/√n.
        assert!(r.abs() < 4.0 / f64::from(n).sqrt(), "correlation {r}");
    }
}

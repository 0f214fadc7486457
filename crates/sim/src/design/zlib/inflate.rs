//! Unpacking: canonical Huffman codes read bit by bit, after Mark Adler's puff.c.

use super::{DISTANCES, END, LENGTHS, ORDER, checksum, distance_bits, length_bits};

/// Why nothing could be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The end is missing.
    CutOff,
    /// These are no such bytes, or not the ones that were packed.
    Damaged,
    /// It would be more bytes than wanted.
    TooLong,
}

/// The bytes that were packed, at most `limit` of them. What follows their end is ignored.
pub fn inflate(packed: &[u8], limit: usize) -> Result<Vec<u8>, Broken> {
    let mut bits = Bits { bytes: packed, held: 0, count: 0 };
    let head = bits.take(8)? << 8 | bits.take(8)?;
    // Deflate, without a dictionary that the reader must have.
    if head % 31 != 0 || head >> 8 & 0xf != 8 || head & 0x20 != 0 {
        return Err(Broken::Damaged);
    }
    let mut out = Vec::new();
    loop {
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => stored(&mut bits, &mut out, limit)?,
            1 => {
                let lengths = |n: usize| match n {
                    0..144 => 8,
                    144..256 => 9,
                    256..280 => 7,
                    _ => 8,
                };
                let literals: Vec<u8> = (0..288).map(lengths).collect();
                block(&mut bits, &mut out, limit, &Code::new(&literals)?, &Code::new(&[5; 30])?)?;
            }
            2 => {
                let (literals, distances) = codes(&mut bits)?;
                block(&mut bits, &mut out, limit, &literals, &distances)?;
            }
            _ => return Err(Broken::Damaged),
        }
        if last {
            break;
        }
    }
    bits.align();
    let mut sum = 0;
    for _ in 0..4 {
        sum = sum << 8 | bits.take(8)?;
    }
    if sum == checksum(&out) { Ok(out) } else { Err(Broken::Damaged) }
}

/// Bits from the lowest of each byte upwards.
struct Bits<'a> {
    bytes: &'a [u8],
    held: u32,
    count: u32,
}

impl Bits<'_> {
    /// The next `n` bits, at most 16, as a number.
    fn take(&mut self, n: u32) -> Result<u32, Broken> {
        while self.count < n {
            let (first, rest) = self.bytes.split_first().ok_or(Broken::CutOff)?;
            self.bytes = rest;
            self.held |= u32::from(*first) << self.count;
            self.count += 8;
        }
        let value = self.held & ((1 << n) - 1);
        self.held >>= n;
        self.count -= n;
        Ok(value)
    }

    /// On to the next whole byte.
    fn align(&mut self) {
        self.held >>= self.count % 8;
        self.count -= self.count % 8;
    }
}

/// A canonical Huffman code: how many symbols have each length, and the symbols in order of their codes.
struct Code {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

impl Code {
    /// The code in which symbol `i` has `lengths[i]` bits, 0 for none. Codes may be incomplete, but never ambiguous.
    fn new(lengths: &[u8]) -> Result<Self, Broken> {
        let mut counts = [0; 16];
        for &length in lengths {
            counts[usize::from(length)] += 1;
        }
        counts[0] = 0;
        let mut free = 1_i32;
        for count in &counts[1..] {
            free = free * 2 - i32::from(*count);
            if free < 0 {
                return Err(Broken::Damaged);
            }
        }
        let of_length =
            |wanted| lengths.iter().zip(0u16..).filter(move |(l, _)| **l == wanted).map(|(_, symbol)| symbol);
        Ok(Self { counts, symbols: (1..16).flat_map(of_length).collect() })
    }

    /// The next symbol.
    fn read(&self, bits: &mut Bits) -> Result<usize, Broken> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in &self.counts[1..] {
            let count = usize::from(*count);
            code |= bits.take(1)? as usize;
            if code < first + count {
                return self.symbols.get(index + code - first).map(|s| usize::from(*s)).ok_or(Broken::Damaged);
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Err(Broken::Damaged)
    }
}

/// The two codes that stand before a block.
fn codes(bits: &mut Bits) -> Result<(Code, Code), Broken> {
    let literals = bits.take(5)? as usize + 257;
    let distances = bits.take(5)? as usize + 1;
    let count = bits.take(4)? as usize + 4;
    let mut lengths = [0; 19];
    for at in &ORDER[..count] {
        lengths[*at] = bits.take(3)? as u8;
    }
    let code = Code::new(&lengths)?;
    let mut lengths = Vec::new();
    while lengths.len() < literals + distances {
        let (length, times) = match code.read(bits)? {
            16 => (*lengths.last().ok_or(Broken::Damaged)?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length as u8, 1),
        };
        lengths.extend((0..times).map(|_| length));
    }
    let (a, b) = lengths.split_at(literals);
    Ok((Code::new(a)?, Code::new(b)?))
}

fn block(bits: &mut Bits, out: &mut Vec<u8>, limit: usize, literals: &Code, distances: &Code) -> Result<(), Broken> {
    loop {
        let symbol = literals.read(bits)?;
        if symbol == END {
            return Ok(());
        }
        if symbol < END {
            out.push(symbol as u8);
        } else {
            let code = symbol - END - 1;
            let base = LENGTHS.get(code).ok_or(Broken::Damaged)?;
            let length = usize::from(*base) + bits.take(length_bits(code))? as usize;
            let code = distances.read(bits)?;
            let base = DISTANCES.get(code).ok_or(Broken::Damaged)?;
            let distance = usize::from(*base) + bits.take(distance_bits(code))? as usize;
            let start = out.len().checked_sub(distance).ok_or(Broken::Damaged)?;
            // What is copied may reach into what is being written.
            for at in start..start + length {
                out.push(out[at]);
            }
        }
        if out.len() > limit {
            return Err(Broken::TooLong);
        }
    }
}

/// A block that was not worth packing.
fn stored(bits: &mut Bits, out: &mut Vec<u8>, limit: usize) -> Result<(), Broken> {
    bits.align();
    let (length, inverse) = (bits.take(16)?, bits.take(16)?);
    if length ^ inverse != 0xffff {
        return Err(Broken::Damaged);
    }
    for _ in 0..length {
        out.push(bits.take(8)? as u8);
    }
    if out.len() > limit { Err(Broken::TooLong) } else { Ok(()) }
}

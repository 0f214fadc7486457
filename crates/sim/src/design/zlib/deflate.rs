//! Packing: repeated strings found through chains of equal hashes, one block with Huffman codes of its own.

use super::{DISTANCES, END, LENGTHS, ORDER, checksum, distance_bits, length_bits};

/// Farthest back that a string is looked for, bytes.
const WINDOW: usize = 32_768;
/// Most earlier places looked at for one string.
const TRIES: usize = 256;
/// Shortest and longest repeated string.
const SHORTEST: usize = 3;
const LONGEST: usize = 258;
/// No earlier place.
const NONE: u32 = u32::MAX;

/// The bytes, packed.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let tokens = tokens(bytes);
    let (mut literals, mut distances) = (vec![0; 286], vec![0; 30]);
    literals[END] = 1;
    for token in &tokens {
        match *token {
            Token::Byte(byte) => literals[usize::from(byte)] += 1,
            Token::Copy { length, distance } => {
                literals[END + 1 + code_of(&LENGTHS, length)] += 1;
                distances[code_of(&DISTANCES, distance)] += 1;
            }
        }
    }
    let (literals, distances) = (Code::new(literals, 15), Code::new(distances, 15));
    // Deflate with a window of 32 kB; a checksum of the header; the one block, which is the last, with codes of its own.
    let mut out = Out { bytes: vec![0x78, 0xda], held: 0, count: 0 };
    out.put(0b101, 3);
    put_codes(&mut out, &literals, &distances);
    for token in &tokens {
        match *token {
            Token::Byte(byte) => literals.put(&mut out, usize::from(byte)),
            Token::Copy { length, distance } => {
                let code = code_of(&LENGTHS, length);
                literals.put(&mut out, END + 1 + code);
                out.put(u32::from(length - LENGTHS[code]), length_bits(code));
                let code = code_of(&DISTANCES, distance);
                distances.put(&mut out, code);
                out.put(u32::from(distance - DISTANCES[code]), distance_bits(code));
            }
        }
    }
    literals.put(&mut out, END);
    out.put(0, 7);
    let mut packed = out.bytes;
    packed.extend_from_slice(&checksum(bytes).to_be_bytes());
    packed
}

/// The last code whose shortest value is not above `value`.
fn code_of(shortest: &[u16], value: u16) -> usize {
    shortest.partition_point(|s| *s <= value) - 1
}

#[derive(Clone, Copy)]
enum Token {
    Byte(u8),
    /// As many bytes again as stood so far back.
    Copy {
        length: u16,
        distance: u16,
    },
}

fn tokens(bytes: &[u8]) -> Vec<Token> {
    let mut seen = Seen { bytes, heads: vec![NONE; 1 << 15], before: vec![NONE; bytes.len()] };
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let (length, distance) = seen.longest(at);
        seen.add(at);
        // A longer string that begins one byte later is worth the byte before it.
        let copy = length >= SHORTEST && (length >= 32 || seen.longest(at + 1).0 <= length);
        if copy {
            tokens.push(Token::Copy { length: length as u16, distance: distance as u16 });
            (at + 1..at + length).for_each(|next| seen.add(next));
            at += length;
        } else {
            tokens.push(Token::Byte(bytes[at]));
            at += 1;
        }
    }
    tokens
}

/// The places passed, by the three bytes that begin there.
struct Seen<'a> {
    bytes: &'a [u8],
    /// The last place of each hash.
    heads: Vec<u32>,
    /// The place before each place, of the same hash.
    before: Vec<u32>,
}

impl Seen<'_> {
    fn hash(&self, at: usize) -> Option<usize> {
        let three = self.bytes.get(at..at + SHORTEST)?;
        let number = three.iter().fold(0, |n, byte| n << 8 | u32::from(*byte));
        Some((number.wrapping_mul(0x9e37_79b1) >> 17) as usize)
    }

    fn add(&mut self, at: usize) {
        if let Some(hash) = self.hash(at) {
            self.before[at] = self.heads[hash];
            self.heads[hash] = at as u32;
        }
    }

    /// Length and distance of the longest string before `at` that repeats there; length 0 if there is none.
    fn longest(&self, at: usize) -> (usize, usize) {
        let mut best = (0, 0);
        let mut place = self.hash(at).map_or(NONE, |hash| self.heads[hash]);
        for _ in 0..TRIES {
            if place == NONE || at - place as usize > WINDOW {
                break;
            }
            let pairs = self.bytes[place as usize..].iter().zip(&self.bytes[at..]);
            let length = pairs.take(LONGEST).take_while(|(a, b)| a == b).count();
            if length > best.0 {
                best = (length, at - place as usize);
            }
            place = self.before[place as usize];
        }
        best
    }
}

/// Bits from the lowest of each byte upwards.
struct Out {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Out {
    /// Appends `n` bits, at most 16. Whole bytes are written, so seven zeros write the last one.
    fn put(&mut self, value: u32, n: u32) {
        self.held |= value << self.count;
        self.count += n;
        while self.count >= 8 {
            self.bytes.push(self.held as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }
}

/// A canonical Huffman code.
struct Code {
    lengths: Vec<u8>,
    codes: Vec<u16>,
}

impl Code {
    /// A code for symbols that occur so often, none of them longer than `limit` bits.
    fn new(mut counts: Vec<u32>, limit: u8) -> Self {
        // A code of one symbol is incomplete, which not every reader takes.
        for symbol in 0..counts.len() {
            if counts.iter().filter(|count| **count > 0).count() >= 2 {
                break;
            }
            counts[symbol] = counts[symbol].max(1);
        }
        let lengths = loop {
            let lengths = lengths(&counts);
            if lengths.iter().all(|length| *length <= limit) {
                break lengths;
            }
            // Flatter counts make shorter codes.
            counts.iter_mut().filter(|count| **count > 0).for_each(|count| *count = *count / 2 + 1);
        };
        let mut codes = vec![0; lengths.len()];
        let mut next = 0_u16;
        for length in 1..=limit {
            for (symbol, _) in lengths.iter().enumerate().filter(|(_, l)| **l == length) {
                // The code's first bit is written first.
                codes[symbol] = next.reverse_bits() >> (16 - length);
                next += 1;
            }
            next <<= 1;
        }
        Self { lengths, codes }
    }

    fn put(&self, out: &mut Out, symbol: usize) {
        out.put(u32::from(self.codes[symbol]), u32::from(self.lengths[symbol]));
    }
}

/// Lengths of Huffman's code: the two rarest are joined until one is left.
fn lengths(counts: &[u32]) -> Vec<u8> {
    let mut weights: Vec<u32> = counts.to_vec();
    let mut parents: Vec<usize> = vec![0; counts.len()];
    let mut open: Vec<usize> = (0..counts.len()).filter(|i| counts[*i] > 0).collect();
    let rarest = |open: &mut Vec<usize>, weights: &[u32]| {
        let at = (0..open.len()).min_by_key(|i| weights[open[*i]]).unwrap_or(0);
        open.swap_remove(at)
    };
    while open.len() > 1 {
        let (a, b) = (rarest(&mut open, &weights), rarest(&mut open, &weights));
        let joined = weights.len();
        weights.push(weights[a] + weights[b]);
        parents.push(0);
        (parents[a], parents[b]) = (joined, joined);
        open.push(joined);
    }
    let root = weights.len() - 1;
    let depth = |mut at: usize| {
        let mut depth = 0;
        while at != root {
            at = parents[at];
            depth += 1;
        }
        depth
    };
    (0..counts.len()).map(|i| if counts[i] > 0 { depth(i) } else { 0 }).collect()
}

/// Writes the lengths of both codes, themselves in a code, with runs of equal ones shortened.
fn put_codes(out: &mut Out, literals: &Code, distances: &Code) {
    let all: Vec<u8> = literals.lengths.iter().chain(&distances.lengths).copied().collect();
    // Symbol, bits behind it, and how many those are.
    let mut runs: Vec<(usize, u32, u32)> = Vec::new();
    let mut rest = &all[..];
    while let Some(&first) = rest.first() {
        let run = rest.iter().take_while(|l| **l == first).count();
        let taken = match (first, run) {
            (0, 11..) => {
                let n = run.min(138);
                runs.push((18, n as u32 - 11, 7));
                n
            }
            (0, 3..) => {
                runs.push((17, run as u32 - 3, 3));
                run
            }
            (_, 4..) => {
                let n = (run - 1).min(6);
                runs.extend([(usize::from(first), 0, 0), (16, n as u32 - 3, 2)]);
                n + 1
            }
            _ => {
                runs.push((usize::from(first), 0, 0));
                1
            }
        };
        rest = &rest[taken..];
    }
    let mut counts = vec![0; 19];
    runs.iter().for_each(|(symbol, ..)| counts[*symbol] += 1);
    let code = Code::new(counts, 7);
    out.put(literals.lengths.len() as u32 - 257, 5);
    out.put(distances.lengths.len() as u32 - 1, 5);
    out.put(ORDER.len() as u32 - 4, 4);
    ORDER.iter().for_each(|at| out.put(u32::from(code.lengths[*at]), 3));
    for (symbol, bits, n) in runs {
        code.put(out, symbol);
        out.put(bits, n);
    }
}

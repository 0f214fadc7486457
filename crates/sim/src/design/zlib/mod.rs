//! Deflate with zlib's header and checksum (RFC 1950, RFC 1951), for the few thousand bytes of a share link. Small rather
//! than fast: the usual libraries weigh as much in the page as the whole inspector. They are what it is tested against.

mod deflate;
mod inflate;

#[cfg(test)]
mod tests;

pub use deflate::deflate;
pub use inflate::{Broken, inflate};

/// Shortest length that each length code (257, 258, …) stands for; the bits behind it add to it.
const LENGTHS: [u16; 29] =
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
/// Shortest distance that each distance code stands for.
const DISTANCES: [u16; 30] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
    8193, 12289, 16385, 24577,
];
/// The order in which the lengths of the code-length code are written.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/// Ends a block.
const END: usize = 256;

/// Bits behind a length code.
fn length_bits(code: usize) -> u32 {
    if code < 8 || code == 28 { 0 } else { (code as u32 - 4) / 4 }
}

/// Bits behind a distance code.
fn distance_bits(code: usize) -> u32 {
    if code < 4 { 0 } else { (code as u32 - 2) / 2 }
}

/// Adler-32 of the unpacked bytes.
fn checksum(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    // As many as cannot overflow before the remainder is taken.
    for run in bytes.chunks(5552) {
        for &byte in run {
            a += u32::from(byte);
            b += a;
        }
        a %= 65521;
        b %= 65521;
    }
    b << 16 | a
}

//! Values as bytes and back: saved runs, and messages between the page and its worker.
//!
//! Both ends are always of one build, so the bytes name no fields and no types: `#[derive(Pack)]` writes the fields of a
//! struct in their order, and the number of an enum's case before that case's fields. Numbers are written as LEB128,
//! floats as their eight bytes.
//!
//! Reading does not stop at bytes that are no such value: it goes on with zeros and [`Source`] remembers. That is what
//! keeps the code small. With serde and postcard every field of every struct brings a branch that drops the fields read
//! before it, which came to a tenth of the page's wasm.

mod values;

pub use backpressure_pack_derive::Pack;

/// A value that can be written as bytes and read back.
pub trait Pack: Sized {
    /// Appends the value's bytes to `out`.
    fn pack(&self, out: &mut Vec<u8>);
    /// Reads a value; something arbitrary, with `from` broken, if the bytes are not one.
    fn unpack(from: &mut Source) -> Self;
}

/// The bytes of a value.
pub fn to_bytes<T: Pack>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    value.pack(&mut out);
    out
}

/// The value that these bytes are; `None` if they are not exactly one.
pub fn from_bytes<T: Pack>(bytes: &[u8]) -> Option<T> {
    let mut from = Source { rest: bytes, broken: false };
    let value = T::unpack(&mut from);
    (!from.broken && from.rest.is_empty()).then_some(value)
}

/// Bytes being read.
#[derive(Debug)]
pub struct Source<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Source<'a> {
    /// The bytes are not what was expected.
    #[cold]
    pub fn fail(&mut self) {
        self.broken = true;
        // Nothing that follows means anything: lists end at once.
        self.rest = &[];
    }

    /// The next byte; zero at the end.
    pub fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => {
                self.fail();
                0
            }
        }
    }

    /// The next `n` bytes; none if there are not so many.
    pub fn bytes(&mut self, n: usize) -> &'a [u8] {
        match self.rest.split_at_checked(n) {
            Some((these, rest)) => {
                self.rest = rest;
                these
            }
            None => {
                self.fail();
                &[]
            }
        }
    }

    /// A whole number written by [`put_number`].
    pub fn number(&mut self) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                return value;
            }
            shift += 7;
            if shift > 63 {
                self.fail();
                return 0;
            }
        }
    }

    /// The length of a list that follows: never more than there are bytes left, for an item has at least one.
    pub fn length(&mut self) -> usize {
        let wanted = self.number();
        match usize::try_from(wanted) {
            Ok(n) if n <= self.rest.len() => n,
            _ => {
                self.fail();
                0
            }
        }
    }
}

/// Appends a whole number as LEB128: seven bits a byte, the lowest first.
pub fn put_number(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

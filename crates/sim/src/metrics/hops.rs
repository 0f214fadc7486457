//! The hops of sampled requests, for the moving dots: a bounded buffer that the screen drains. It never influences the
//! run.

use super::Hop;

/// Most hops kept between two drains.
pub const MAX_HOPS: usize = 16_384;

/// Recorded hops.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hops {
    /// Every how many requests one is recorded; 0 is off.
    pub every: u32,
    buffer: Vec<Hop>,
    dropped: u64,
}

impl Hops {
    #[inline]
    pub fn samples(&self, request: u32) -> bool {
        self.every != 0 && request.is_multiple_of(self.every)
    }

    #[inline(never)]
    pub fn push(&mut self, hop: Hop) {
        if self.buffer.len() < MAX_HOPS {
            self.buffer.push(hop);
        } else {
            self.dropped += 1;
        }
    }

    /// Moves what was recorded to `into`; returns how many did not fit the buffer since the last time.
    pub fn take(&mut self, into: &mut Vec<Hop>) -> u64 {
        into.append(&mut self.buffer);
        std::mem::take(&mut self.dropped)
    }
}

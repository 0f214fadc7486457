//! Which writes were done already: what tells a duplicate, and what idempotency keys rest on.

use crate::engine::call::Call;
use crate::engine::rng::mix;
use crate::engine::table::Table;
use backpressure_pack::Pack;

/// Writes remembered. An earlier one that is made again is not recognised: Stripe, for one, forgets idempotency keys
/// after a day.
pub const REMEMBERED: usize = 1 << 15;

/// The last writes done, by what they were for: the users' request and the object. O(1) expected.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub struct Once {
    done: Table<u8>,
    /// The same in order, a ring.
    order: Vec<u64>,
    next: usize,
}

impl Once {
    /// What a write is for: two calls with the same answer want the same effect. `None` if it serves no users' request.
    pub fn identity(call: &Call) -> Option<u64> {
        // The table cannot hold one of the 2⁶⁴ numbers; nor will chance ever give it.
        (call.request != u32::MAX).then(|| mix(mix(call.key) ^ u64::from(call.request)) >> 1)
    }

    /// Was this done already?
    pub fn was_done(&self, identity: u64) -> bool {
        self.done.get(identity).is_some()
    }

    /// It is done.
    pub fn remember(&mut self, identity: u64) {
        if self.done.set(identity, 0).is_some() {
            return;
        }
        if self.order.len() < REMEMBERED {
            self.order.push(identity);
            return;
        }
        let oldest = std::mem::replace(&mut self.order[self.next], identity);
        self.done.remove(oldest);
        self.next = (self.next + 1) % REMEMBERED;
    }

    /// It was undone.
    pub fn forget(&mut self, identity: u64) {
        self.done.remove(identity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_writes_are_remembered_and_no_more() {
        let mut once = Once::default();
        for write in 0..2 * REMEMBERED as u64 {
            assert!(!once.was_done(write));
            once.remember(write);
            once.remember(write);
            assert!(once.was_done(write));
        }
        assert!(!once.was_done(REMEMBERED as u64 - 1) && once.was_done(REMEMBERED as u64));
        once.forget(REMEMBERED as u64);
        assert!(!once.was_done(REMEMBERED as u64));
    }
}

//! What is remembered of clients: the server one was sent to, the address it was told, the session it has.

use crate::engine::rng::Stream;
use crate::policies::eviction::{Capacity, Directory, Eviction, Item, Lookup};
use backpressure_pack::Pack;

/// Clients that are remembered; beyond, those not seen for longest are forgotten, as in HAProxy's stick tables and nginx's
/// shared zones, which have a size as well.
pub const CLIENTS: u64 = 1 << 16;

/// A number for each client, each good until some time. O(1) expected.
#[derive(Clone, Debug, Pack)]
pub struct Clients(Directory);

impl Default for Clients {
    fn default() -> Self {
        // The stream is for random eviction only.
        Self(Directory::new(Eviction::Lru, Capacity::Items(CLIENTS), Stream::new(0, "", "")))
    }
}

impl Clients {
    /// What is remembered of a client at this time.
    #[inline]
    pub fn recall(&mut self, client: u32, now_ns: u64) -> Option<u32> {
        match self.0.touch(u64::from(client), now_ns) {
            Lookup::Hit(item) => Some(item.version),
            _ => None,
        }
    }

    /// Remembers `what` of a client until `until_ns`.
    pub fn remember(&mut self, client: u32, what: u32, until_ns: u64) {
        self.0.insert(u64::from(client), Item { version: what, size: 1, expires_ns: until_ns, cost_us: 0 });
    }

    /// Forgets a client.
    pub fn forget(&mut self, client: u32) {
        self.0.remove(u64::from(client));
    }

    /// Forgets everybody.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_remembered_for_a_time_and_not_too_many_of_them() {
        let mut c = Clients::default();
        c.remember(7, 42, 100);
        assert_eq!((c.recall(7, 99), c.recall(7, 100), c.recall(8, 0)), (Some(42), None, None));
        for client in 0..=CLIENTS as u32 {
            c.remember(client, client, 1000);
        }
        assert_eq!((c.recall(0, 500), c.recall(1, 500)), (None, Some(1)));
        c.forget(1);
        assert_eq!(c.recall(1, 500), None);
    }
}

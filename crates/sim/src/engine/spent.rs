//! Where the time of a request goes: on the network, in queues, in service.
//!
//! What a request has spent goes along with it. A call begins with what its caller has spent so far and adds its own hops,
//! waits and work; an answer hands the sum back. Of calls made at once the last answer counts, which is the one the request
//! waited for. A failed attempt hands nothing back: what is left of the latency was lost to failures, timeouts and the waits
//! before retries.
//!
//! That is a remainder: what a component waits for besides slots, cores and locks it has to book ([`super::Context::book_wait`]
//! and its neighbours), or it would count as lost.
//!
//! Every eighth request is broken down; for the others it costs a test of their number.

use super::call::{Call, CallId, Calls, NONE, make_room};
use backpressure_pack::Pack;

/// Every how many requests one is broken down.
pub const EVERY: u32 = 8;

/// What a request has spent so far, ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pack)]
pub struct Spent {
    /// Messages on links.
    pub network: u64,
    /// Waiting for a slot, a connection, a core, a lock, a disk, a replica, another's fetch.
    pub queueing: u64,
    /// Work.
    pub service: u64,
}

impl Spent {
    /// All of it, ns.
    pub fn whole(&self) -> u64 {
        self.network.saturating_add(self.queueing).saturating_add(self.service)
    }
}

impl Call {
    /// Is the request it serves broken down?
    #[inline(always)]
    pub(crate) fn is_broken_down(&self) -> bool {
        self.request.is_multiple_of(EVERY)
    }
}

impl Calls {
    /// A call begins where its caller stands.
    #[inline(never)]
    pub(super) fn begin_spending(&mut self, id: CallId) {
        let parent = self.get(id).parent;
        while self.spent.len() <= id as usize {
            make_room(&mut self.spent);
            self.spent.push(Spent::default());
        }
        self.spent[id as usize] = if parent == NONE { Spent::default() } else { self.spent(parent) };
    }

    /// What a call that is broken down has spent.
    pub(super) fn spent(&self, id: CallId) -> Spent {
        self.spent.get(id as usize).copied().unwrap_or_default()
    }

    /// The caller has spent what its call did.
    #[inline(never)]
    pub(super) fn hand_back(&mut self, from: CallId, to: CallId) {
        let spent = self.spent(from);
        self.spend(to, |s| *s = spent);
    }

    /// Adds to what a call has spent, if it is broken down.
    #[inline(always)]
    pub(super) fn spend(&mut self, id: CallId, add: impl FnOnce(&mut Spent)) {
        if self.get(id).is_broken_down()
            && let Some(spent) = self.spent.get_mut(id as usize)
        {
            add(spent);
        }
    }

    /// It waits from now on. Until [`Calls::ends_waiting`] the sum makes no sense.
    #[inline(always)]
    pub(super) fn begins_waiting(&mut self, id: CallId, now: u64) {
        self.spend(id, |s| s.queueing = s.queueing.wrapping_sub(now));
    }

    /// It waits no longer.
    #[inline(always)]
    pub(super) fn ends_waiting(&mut self, id: CallId, now: u64) {
        self.spend(id, |s| s.queueing = s.queueing.wrapping_add(now));
    }
}

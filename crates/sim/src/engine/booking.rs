//! What a component says of where a call's time goes ([`super::spent`]), besides what links, lines and pools say by themselves.

use super::call::{Call, CallId, LOGGED};
use super::context::Context;

impl Context {
    /// `call` waits from now on: the time until [`Context::ends_waiting`] is queueing. A [`super::line::Line`] and a pool do
    /// this by themselves.
    #[inline(always)]
    pub fn begins_waiting(&mut self, call: CallId) {
        self.world.calls.begins_waiting(call, self.world.now);
    }

    /// It begins to compute on cores that it shares: of the time until [`Context::ends_waiting`] so much is not queueing.
    pub(super) fn computes(&mut self, call: CallId, work_ns: u64) {
        let from = self.world.now.wrapping_add(work_ns);
        self.world.calls.begins_waiting(call, from);
    }

    /// It waits no longer.
    #[inline(always)]
    pub fn ends_waiting(&mut self, call: CallId) {
        self.world.calls.ends_waiting(call, self.world.now);
    }

    /// `call` had to wait for this work, begun with [`Context::spawn`] and the last of several pieces: what of the time since
    /// then was not service was queueing, of `call` too.
    pub fn takes_as_long_as(&mut self, call: CallId, work: CallId) {
        let calls = &mut self.world.calls;
        let passed = self.world.now - calls.get(work).arrived;
        let service = calls.spent(work).service.min(passed);
        calls.spend(call, |s| {
            s.queueing = s.queueing.wrapping_add(passed - service);
            s.service += service;
        });
    }

    /// Of the time that `call` spends here, so much from this instant on is work: for what is done with a timer and not with
    /// [`Context::work`], by a disk, or by replicas side by side.
    #[inline(never)]
    pub fn book_work(&mut self, call: CallId, from_ns: u64, ns: u64) {
        self.counters().work_ns += ns;
        let Call { request, flags, .. } = *self.world.calls.get(call);
        if flags & LOGGED != 0 {
            self.world.traces.worked(request, call, from_ns, ns);
        }
        self.world.calls.spend(call, |s| s.service += ns);
    }

    /// The same for waiting, where it is known how long that will be. See [`Context::begins_waiting`].
    #[inline(never)]
    pub fn book_wait(&mut self, call: CallId, ns: u64) {
        self.world.calls.spend(call, |s| s.queueing = s.queueing.wrapping_add(ns));
    }

    /// The same for a message from one machine of this component to another.
    #[inline(never)]
    pub fn book_travel(&mut self, call: CallId, ns: u64) {
        self.world.calls.spend(call, |s| s.network += ns);
    }
}

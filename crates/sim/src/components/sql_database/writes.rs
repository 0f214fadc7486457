//! What becomes of a write between having its connection and being committed.

use super::cluster::Logged;
use super::params::Concurrency;
use super::report::{CONFLICTS, DUPLICATES, LOCK_WAITS, LOST_UPDATES, OVERSOLD, RECOGNISED, WAITING_FOR_ROWS};
use super::{COMMITTED, LOCK_WAIT, SqlDatabase};
use crate::engine::Context;
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, Outcome, Reason};
use crate::engine::sampler::ns;
use crate::policies::once::Once;

/// In `state`: it waits for its row.
pub(super) const WAITING: u32 = u32::MAX;

impl SqlDatabase {
    pub(super) fn set_concurrency(&mut self, wanted: &Concurrency, cx: &mut Context) {
        if let Concurrency::RowLocks { lock_wait_ms } = wanted {
            self.lock_wait = Delay::once(ns(*lock_wait_ms));
        }
        let before = std::mem::replace(&mut self.concurrency, wanted.clone());
        if matches!(before, Concurrency::RowLocks { .. }) && !matches!(wanted, Concurrency::RowLocks { .. }) {
            // Locks are no more: whoever waits for one may go on.
            for call in self.locks.open(cx) {
                self.waited(call, cx);
                self.begin(call, cx);
            }
        }
    }

    /// Takes the lock of the row for a write that has its connection, if rows are locked. False if it has to wait.
    pub(super) fn lock(&mut self, call: CallId, cx: &mut Context) -> bool {
        let key = cx.call(call).key;
        if !matches!(self.concurrency, Concurrency::RowLocks { .. }) || self.locks.acquire(key, call, cx) {
            return true;
        }
        let now = micros(cx.now());
        let record = cx.call_mut(call);
        (record.state, record.aux) = (WAITING, now);
        cx.level(WAITING_FOR_ROWS, 1);
        cx.after(self.lock_wait, call, LOCK_WAIT);
        false
    }

    /// A write has waited long enough for its row.
    pub(super) fn give_up_waiting(&mut self, call: CallId, cx: &mut Context) {
        let key = cx.call(call).key;
        self.locks.give_up(key, call, cx);
        self.waited(call, cx);
        cx.count(CONFLICTS, 1);
        self.finish(call, Outcome::Failed(Reason::Conflict), cx);
    }

    /// A write is over: the next may have its row.
    #[inline(never)]
    pub(super) fn unlock(&mut self, key: u64, call: CallId, cx: &mut Context) {
        if self.locks.is_owner(key, call)
            && let Some(next) = self.locks.release(key, cx)
        {
            self.waited(next, cx);
            self.begin(next, cx);
        }
    }

    pub(super) fn latest(&self, key: u64, cx: &Context) -> u32 {
        self.cluster.as_ref().map_or_else(|| cx.newest(key), |c| c.latest(key, cx))
    }

    pub(super) fn sold(&self, key: u64) -> u64 {
        self.sold.get(key).unwrap_or(0)
    }

    /// A write has done its work: it is logged, unless something speaks against it.
    pub(super) fn written(&mut self, call: CallId, cx: &mut Context) {
        if cx.disk_is_full() {
            return self.finish(call, Outcome::Failed(Reason::DiskFull), cx);
        }
        let record = *cx.call(call);
        let (key, identity) = (record.key, Once::identity(&record));
        if record.is_again() && identity.is_some_and(|i| self.once.was_done(i)) {
            if self.idempotent {
                cx.count(RECOGNISED, 1);
                cx.call_mut(call).version = cx.newest(key);
                return self.finish(call, Outcome::Answered, cx);
            }
            cx.count(DUPLICATES, 1);
        }
        if !self.plain && !self.may_write(call, cx) {
            return;
        }
        if let Some(identity) = identity {
            self.once.remember(identity);
        }
        match &mut self.cluster {
            None => {
                cx.commit(call);
                self.finish(call, Outcome::Answered, cx);
            }
            Some(cluster) => {
                match cluster.log(call, cx) {
                    Logged::Committed => self.finish(call, Outcome::Answered, cx),
                    Logged::After(wait) => {
                        cx.book_wait(call, wait);
                        cx.after(Delay::once(wait), call, COMMITTED);
                    }
                    Logged::Waits => cx.begins_waiting(call),
                }
                self.after_cluster(cx);
            }
        }
    }

    /// May a write that has done its work be logged? If not, it is made anew or fails here.
    #[inline(never)]
    fn may_write(&mut self, call: CallId, cx: &mut Context) -> bool {
        let record = *cx.call(call);
        let key = record.key;
        let changed = self.latest(key, cx) != record.state;
        if let Concurrency::Optimistic { attempts } = self.concurrency
            && changed
        {
            cx.count(CONFLICTS, 1);
            cx.call_mut(call).aux = record.aux + 1;
            if record.aux + 1 < attempts {
                self.work(call, cx);
            } else {
                self.finish(call, Outcome::Failed(Reason::Conflict), cx);
            }
            return false;
        }
        let unprotected = matches!(self.concurrency, Concurrency::ReadModifyWrite {});
        if let Some(stock) = self.stock {
            let sold = self.sold(key);
            // What an unprotected write believes is what it read.
            let unseen = if unprotected { u64::from(self.latest(key, cx).saturating_sub(record.state)) } else { 0 };
            if sold.saturating_sub(unseen) >= stock {
                self.finish(call, Outcome::Failed(Reason::Conflict), cx);
                return false;
            }
            cx.count(OVERSOLD, u64::from(sold >= stock));
            self.sold.set(key, sold + 1);
        }
        if unprotected && changed {
            cx.count(LOST_UPDATES, 1);
        }
        true
    }

    /// A write waits no more for its row.
    pub(super) fn waited(&mut self, call: CallId, cx: &mut Context) {
        let since = cx.call(call).aux;
        let waited = micros(cx.now()).wrapping_sub(since);
        cx.call_mut(call).state = 0;
        cx.level(WAITING_FOR_ROWS, -1);
        cx.span(LOCK_WAITS, u64::from(waited) * 1000);
    }
}

/// An instant as it fits into a call's scratch: microseconds, modulo 71 minutes.
fn micros(ns: u64) -> u32 {
    (ns / 1000) as u32
}

//! Locks on rows: calls that write the same object, one after the other.

use super::call::{CallId, NONE};
use super::context::Context;
use super::table::Table;
use backpressure_pack::Pack;

/// Who has a row, and who waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Pack)]
struct Lock {
    owner: CallId,
    head: CallId,
    tail: CallId,
}

impl Default for Lock {
    fn default() -> Self {
        Self { owner: NONE, head: NONE, tail: NONE }
    }
}

/// Exclusive locks by key, handed on first come, first served. A call holds or awaits one lock at a time, and waits in no
/// pool's queue meanwhile: both chain calls by the same field. O(1), but for giving up, which is O(calls waiting for the row).
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub struct Locks {
    held: Table<Lock>,
    waiting: u32,
}

impl Locks {
    /// Takes the lock of `key` for `call`; false if it has to wait.
    #[inline(never)]
    pub fn acquire(&mut self, key: u64, call: CallId, cx: &mut Context) -> bool {
        let Some(mut lock) = self.held.get(key) else {
            self.held.set(key, Lock { owner: call, ..Lock::default() });
            return true;
        };
        cx.set_next(call, NONE);
        if lock.tail == NONE {
            lock.head = call;
        } else {
            cx.set_next(lock.tail, call);
        }
        lock.tail = call;
        self.held.set(key, lock);
        self.waiting += 1;
        cx.begins_waiting(call);
        false
    }

    /// The owner gives the lock back. The call named next, if any, has it now.
    #[inline(never)]
    pub fn release(&mut self, key: u64, cx: &mut Context) -> Option<CallId> {
        let mut lock = self.held.get(key)?;
        if lock.head == NONE {
            self.held.remove(key);
            return None;
        }
        self.waiting -= 1;
        lock.owner = lock.head;
        lock.head = cx.next(lock.owner);
        if lock.head == NONE {
            lock.tail = NONE;
        }
        self.held.set(key, lock);
        cx.ends_waiting(lock.owner);
        Some(lock.owner)
    }

    /// A call that waits gives up.
    #[inline(never)]
    pub fn give_up(&mut self, key: u64, call: CallId, cx: &mut Context) {
        let Some(mut lock) = self.held.get(key) else {
            return;
        };
        let (mut before, mut at) = (NONE, lock.head);
        while at != NONE && at != call {
            (before, at) = (at, cx.next(at));
        }
        if at == NONE {
            return;
        }
        self.waiting -= 1;
        cx.ends_waiting(call);
        let after = cx.next(at);
        if before == NONE {
            lock.head = after;
        } else {
            cx.set_next(before, after);
        }
        if lock.tail == call {
            lock.tail = before;
        }
        self.held.set(key, lock);
    }

    /// Does this call hold the lock of `key`?
    pub fn is_owner(&self, key: u64, call: CallId) -> bool {
        self.held.get(key).is_some_and(|lock| lock.owner == call)
    }

    /// Calls waiting, for any row.
    pub fn waiting(&self) -> u32 {
        self.waiting
    }

    /// Nobody holds or awaits anything any more.
    pub fn clear(&mut self) {
        self.held.clear();
        self.waiting = 0;
    }

    /// The same; the calls that waited are returned, to go on without a lock.
    pub fn open(&mut self, cx: &mut Context) -> Vec<CallId> {
        let mut waited = Vec::new();
        for (_, lock) in self.held.iter() {
            let mut at = lock.head;
            while at != NONE {
                waited.push(at);
                cx.ends_waiting(at);
                at = cx.next(at);
            }
        }
        self.clear();
        waited
    }
}

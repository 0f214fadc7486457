//! A pool of slots with a bounded queue: what a server's workers and a database's connections have in common.

use super::call::{CallId, NONE};
use super::context::Context;
use backpressure_pack::Pack;

/// What happens to a call that finds every slot busy and the queue full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pack)]
pub enum WhenFull {
    /// The newcomer is refused.
    #[default]
    RejectNewest,
    /// The one that has waited longest is dropped, and the newcomer joins the queue.
    DropOldest,
}

/// What became of a call that asked for a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    /// It has a slot: start the work.
    Slot,
    /// It waits; `release` will hand it a slot.
    Queued,
    /// It waits; the call named here was dropped to make room, and must be answered.
    QueuedInsteadOf(CallId),
    /// Refused: answer it.
    Full,
}

/// Slots, and first-come-first-served waiting for them. Every operation is O(1).
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Pool {
    slots: u32,
    busy: u32,
    limit: u32,
    when_full: WhenFull,
    head: CallId,
    tail: CallId,
    waiting: u32,
}

impl Pool {
    /// `slots` slots, and at most `limit` calls waiting.
    pub fn new(slots: u32, limit: u32, when_full: WhenFull) -> Self {
        Self { slots, busy: 0, limit, when_full, head: NONE, tail: NONE, waiting: 0 }
    }

    /// Slots in use.
    pub fn busy(&self) -> u32 {
        self.busy
    }

    /// Calls waiting.
    pub fn waiting(&self) -> u32 {
        self.waiting
    }

    /// Asks for a slot for `call`.
    #[inline]
    pub fn acquire(&mut self, call: CallId, cx: &mut Context) -> Granted {
        if self.busy < self.slots {
            self.busy += 1;
            cx.busy_changed(1);
            return Granted::Slot;
        }
        if self.waiting < self.limit {
            self.push(call, cx);
            return Granted::Queued;
        }
        if self.when_full == WhenFull::DropOldest
            && let Some(oldest) = self.pop(cx)
        {
            self.push(call, cx);
            return Granted::QueuedInsteadOf(oldest);
        }
        Granted::Full
    }

    /// Gives a slot back. The call named next, if any, has it now: start its work.
    #[inline]
    pub fn release(&mut self, cx: &mut Context) -> Option<CallId> {
        if self.busy <= self.slots
            && let Some(next) = self.pop(cx)
        {
            return Some(next);
        }
        self.busy = self.busy.saturating_sub(1);
        cx.busy_changed(-1);
        None
    }

    /// The process died: nobody has a slot and nobody waits any more. The calls themselves are taken away by the engine.
    pub fn clear(&mut self, cx: &mut Context) {
        cx.busy_changed(-(self.busy as i32));
        cx.waiting_changed(-(self.waiting as i32));
        (self.busy, self.waiting, self.head, self.tail) = (0, 0, NONE, NONE);
    }

    /// Takes a slot that is never given back, for a leak of connections; false if all are taken.
    pub fn leak(&mut self, cx: &mut Context) -> bool {
        let free = self.busy < self.slots;
        if free {
            self.busy += 1;
            cx.busy_changed(1);
        }
        free
    }

    /// Changes the size. Slots in use beyond the new number finish first; calls waiting beyond the new limit stay.
    /// When slots were added, call [`Pool::admit`] until it says `None`.
    pub fn resize(&mut self, slots: u32, limit: u32, when_full: WhenFull) {
        (self.slots, self.limit, self.when_full) = (slots, limit, when_full);
    }

    /// Hands a free slot to the next call waiting, if there are both.
    pub fn admit(&mut self, cx: &mut Context) -> Option<CallId> {
        if self.busy >= self.slots {
            return None;
        }
        let next = self.pop(cx)?;
        self.busy += 1;
        cx.busy_changed(1);
        Some(next)
    }

    fn push(&mut self, call: CallId, cx: &mut Context) {
        cx.set_next(call, NONE);
        if self.tail == NONE {
            self.head = call;
        } else {
            cx.set_next(self.tail, call);
        }
        self.tail = call;
        self.waiting += 1;
        cx.waiting_changed(1);
    }

    fn pop(&mut self, cx: &mut Context) -> Option<CallId> {
        if self.head == NONE {
            return None;
        }
        let call = self.head;
        self.head = cx.next(call);
        if self.head == NONE {
            self.tail = NONE;
        }
        self.waiting -= 1;
        cx.waiting_changed(-1);
        Some(call)
    }
}

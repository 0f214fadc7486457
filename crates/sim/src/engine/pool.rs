//! A pool of slots with a bounded queue: what a server's workers and a database's connections have in common.

use super::call::{CallId, NONE};
use super::context::Context;
use super::line::Line;
use crate::policies::discipline::{Discipline, Order, Waiting};
use backpressure_pack::Pack;

/// What happens to a call that finds every slot busy and the queue full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pack)]
pub enum WhenFull {
    /// The newcomer is refused.
    #[default]
    RejectNewest,
    /// The one that has waited longest is dropped, and the newcomer joins the queue.
    DropOldest,
    /// The least important is dropped, be it the newcomer: see [`Discipline::Priority`].
    DropLeastImportant,
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

/// Slots, and waiting for them, first come, first served unless another discipline is set. Every operation is O(1), but see
/// [`Order`]. Whom the discipline drops the pool answers itself ([`Context::give_up`]).
#[derive(Clone, Debug, Pack)]
pub struct Pool {
    slots: u32,
    busy: u32,
    limit: u32,
    when_full: WhenFull,
    waiting: u32,
    line: Line,
    /// Those who wait under another discipline than first come, first served; the line is empty then.
    order: Option<Box<Order>>,
}

impl Pool {
    /// `slots` slots, and at most `limit` calls waiting.
    pub fn new(slots: u32, limit: u32, when_full: WhenFull) -> Self {
        Self { slots, busy: 0, limit, when_full, waiting: 0, line: Line::default(), order: None }
    }

    /// The same under this discipline.
    pub fn under(self, discipline: &Discipline) -> Self {
        Self { order: Order::new(discipline).map(Box::new), ..self }
    }

    /// Goes on under this discipline; those who wait line up anew.
    pub fn set_discipline(&mut self, discipline: &Discipline, cx: &mut Context) {
        let mut new = self.clone().under(discipline);
        (new.line, new.waiting) = (Line::default(), 0);
        while let Some(call) = self.pop_oldest(cx) {
            new.push(call, cx);
        }
        *self = new;
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
        match self.overflow(call, cx) {
            NONE => Granted::Full,
            dropped => Granted::QueuedInsteadOf(dropped),
        }
    }

    /// The queue is full. Who was dropped that this one may wait; `NONE` if it may not.
    // (Here and below: a number is returned in a register, an `Option` by way of memory.)
    #[cold]
    #[inline(never)]
    fn overflow(&mut self, call: CallId, cx: &mut Context) -> CallId {
        let dropped = match self.when_full {
            WhenFull::RejectNewest => None,
            WhenFull::DropOldest => self.pop_oldest(cx),
            WhenFull::DropLeastImportant => self.pop_below(call, cx),
        };
        if dropped.is_some() {
            self.push(call, cx);
        }
        dropped.unwrap_or(NONE)
    }

    /// Gives a slot back. The call named next, if any, has it now: start its work.
    #[inline]
    pub fn release(&mut self, cx: &mut Context) -> Option<CallId> {
        let next = self.hand_over(cx);
        (next != NONE).then_some(next)
    }

    /// The same with `NONE` for nobody.
    #[inline(never)]
    fn hand_over(&mut self, cx: &mut Context) -> CallId {
        if self.busy <= self.slots
            && let Some(next) = self.pop(cx)
        {
            return next;
        }
        self.busy = self.busy.saturating_sub(1);
        cx.busy_changed(-1);
        NONE
    }

    /// The process died: nobody has a slot and nobody waits any more. The calls themselves are taken away by the engine.
    pub fn clear(&mut self, cx: &mut Context) {
        cx.busy_changed(-(self.busy as i32));
        cx.waiting_changed(-(self.waiting as i32));
        (self.busy, self.waiting, self.line) = (0, 0, Line::default());
        while self.order.as_mut().and_then(|order| order.pop_oldest()).is_some() {}
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

    #[inline(never)]
    fn push(&mut self, call: CallId, cx: &mut Context) {
        self.waiting += 1;
        cx.waiting_changed(1);
        match self.order {
            None => self.line.push_back(call, cx),
            Some(_) => self.push_in_order(call, cx),
        }
    }

    #[inline(never)]
    fn push_in_order(&mut self, call: CallId, cx: &mut Context) {
        let Some(order) = &mut self.order else {
            return;
        };
        let priority = cx.endpoint_of(call).map_or(0, |e| e.priority);
        let waiting = Waiting { call, since: cx.call(call).arrived, deadline: cx.deadline(call), priority };
        order.push(waiting, cx.now());
        cx.begins_waiting(call);
    }

    /// Who is served next.
    #[inline]
    fn pop(&mut self, cx: &mut Context) -> Option<CallId> {
        match self.order {
            None => {
                let next = self.line.pop_front(cx);
                self.took(next, cx)
            }
            Some(_) => {
                let next = self.pop_in_order(cx);
                (next != NONE).then_some(next)
            }
        }
    }

    #[inline(never)]
    fn pop_in_order(&mut self, cx: &mut Context) -> CallId {
        let Some(order) = self.order.as_mut() else {
            return NONE;
        };
        let mut left = 0;
        let next = order.pop(cx.now(), &mut |call, reason| {
            left += 1;
            cx.give_up(call, reason);
        });
        self.waiting -= left;
        cx.waiting_changed(-(left as i32));
        if let Some(call) = next {
            cx.ends_waiting(call);
        }
        self.took(next, cx).unwrap_or(NONE)
    }

    fn pop_oldest(&mut self, cx: &mut Context) -> Option<CallId> {
        let Some(order) = &mut self.order else {
            return self.pop(cx);
        };
        let oldest = order.pop_oldest();
        if let Some(call) = oldest {
            cx.ends_waiting(call);
        }
        self.took(oldest, cx)
    }

    /// Takes out somebody less important than `call`.
    fn pop_below(&mut self, call: CallId, cx: &mut Context) -> Option<CallId> {
        let priority = cx.endpoint_of(call).map_or(0, |e| e.priority);
        let below = self.order.as_mut()?.pop_below(priority);
        self.took(below, cx)
    }

    #[inline]
    fn took(&mut self, call: Option<CallId>, cx: &mut Context) -> Option<CallId> {
        if call.is_some() {
            self.waiting -= 1;
            cx.waiting_changed(-1);
        }
        call
    }
}

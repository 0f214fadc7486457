//! A line of calls that wait, linked through their own records: nothing is allocated, every operation is O(1).

use super::call::{CallId, NONE};
use super::context::Context;
use backpressure_pack::Pack;

/// Calls inside a component in the order they wait in. A call stands in one line at a time.
#[derive(Clone, Copy, Debug, PartialEq, Pack)]
pub struct Line {
    head: CallId,
    tail: CallId,
    len: u32,
}

impl Default for Line {
    fn default() -> Self {
        Self { head: NONE, tail: NONE, len: 0 }
    }
}

impl Line {
    /// Calls waiting.
    #[inline]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// True if nobody waits.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The one that is next.
    #[inline(always)]
    pub fn first(&self) -> Option<CallId> {
        (self.head != NONE).then_some(self.head)
    }

    /// Joins at the end.
    #[inline(always)]
    pub fn push_back(&mut self, call: CallId, cx: &mut Context) {
        cx.begins_waiting(call);
        cx.set_next(call, NONE);
        if self.tail == NONE {
            self.head = call;
        } else {
            cx.set_next(self.tail, call);
        }
        self.tail = call;
        self.len += 1;
    }

    /// Joins at the front: the last to come is the first to go, or one goes back to its place.
    #[inline]
    pub fn push_front(&mut self, call: CallId, cx: &mut Context) {
        cx.begins_waiting(call);
        cx.set_next(call, self.head);
        self.head = call;
        if self.tail == NONE {
            self.tail = call;
        }
        self.len += 1;
    }

    /// Takes the first.
    #[inline(always)]
    pub fn pop_front(&mut self, cx: &mut Context) -> Option<CallId> {
        let call = self.first()?;
        cx.ends_waiting(call);
        self.head = cx.next(call);
        if self.head == NONE {
            self.tail = NONE;
        }
        self.len -= 1;
        Some(call)
    }
}

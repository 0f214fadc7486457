//! Cores that those who compute share.
//!
//! With no more of them than cores each has a core of its own; beyond that they all go on at the same fraction of the speed:
//! egalitarian processor sharing, which is what round-robin scheduling comes to when its slices are short (Kleinrock, 1967).
//! It is simulated exactly, in virtual time: `done` is how much work a call that computes all the while has got since the
//! cores were last idle. A call that begins at `done` with work w is through when `done` has risen by w, so the order in
//! which calls finish never changes, and one pending event, for the first of them, is enough. O(log n) per call.

use super::calendar::{Delay, Entry, NEVER};
use super::call::CallId;
use super::context::Context;
use super::heap::Heap;
use backpressure_pack::Pack;

/// See the module.
#[derive(Clone, Debug, Pack)]
pub struct Cpu {
    cores: u32,
    running: u32,
    /// Work that each call has got, ns, and when that was worked out.
    done: f64,
    at: u64,
    /// Calls by the value of `done` at which they are through.
    order: Heap,
    started: u64,
    /// When the pending event comes; 0 if none is pending. Events at other instants are left over, and mean nothing.
    due: u64,
}

impl Cpu {
    /// This many cores, idle.
    pub fn new(cores: u32) -> Self {
        Self { cores: cores.max(1), running: 0, done: 0.0, at: 0, order: Heap::default(), started: 0, due: 0 }
    }

    /// Calls that compute.
    pub fn running(&self) -> u32 {
        self.running
    }

    /// `call` begins to compute for `work` (on a core of its own). `on_timer(call, tag)` will ring: then ask [`Cpu::ring`].
    pub fn start(&mut self, call: CallId, work: Delay, tag: u8, cx: &mut Context) {
        self.catch_up(cx.now());
        let work = cx.slowed(work, call);
        // Whatever it takes beyond its work is waiting for a core.
        cx.computes(call, work.ns);
        let through = self.done + work.ns as f64;
        self.order.push(Entry { time: (through + 0.5) as u64, seq: self.started, event: u64::from(call) });
        self.started += 1;
        self.change(1, cx);
        self.schedule(tag, cx);
    }

    /// A timer rang: the next call that is through, if any. Ask until there is none.
    pub fn ring(&mut self, tag: u8, cx: &mut Context) -> Option<CallId> {
        if cx.now() != self.due {
            return None;
        }
        self.catch_up(cx.now());
        let first = self.order.least();
        if first == NEVER || first as f64 > self.done + 0.5 {
            self.due = 0;
            self.schedule(tag, cx);
            return None;
        }
        let through = self.order.pop()?;
        self.change(-1, cx);
        cx.ends_waiting(through.event as CallId);
        Some(through.event as CallId)
    }

    /// The process died: nobody computes any more.
    pub fn clear(&mut self, cx: &mut Context) {
        self.change(-(self.running as i32), cx);
        self.order = Heap::default();
        (self.done, self.due) = (0.0, 0);
    }

    /// Another number of cores from now on.
    pub fn resize(&mut self, cores: u32, tag: u8, cx: &mut Context) {
        self.catch_up(cx.now());
        let before = self.in_use();
        self.cores = cores.max(1);
        cx.computing_changed(self.in_use() as i32 - before as i32);
        self.schedule(tag, cx);
    }

    fn in_use(&self) -> u32 {
        self.running.min(self.cores)
    }

    fn change(&mut self, by: i32, cx: &mut Context) {
        let before = self.in_use();
        self.running = self.running.saturating_add_signed(by);
        if self.running == 0 {
            self.done = 0.0;
        }
        let change = self.in_use() as i32 - before as i32;
        if change != 0 {
            cx.computing_changed(change);
        }
    }

    /// Share of a core that each call gets.
    fn speed(&self) -> f64 {
        if self.running <= self.cores { 1.0 } else { f64::from(self.cores) / f64::from(self.running) }
    }

    fn catch_up(&mut self, now: u64) {
        if self.running > 0 {
            self.done += (now - self.at) as f64 * self.speed();
        }
        self.at = now;
    }

    /// Sees to it that an event comes no later than the first call is through. It may come earlier, if others began
    /// meanwhile: then the rest is scheduled anew.
    fn schedule(&mut self, tag: u8, cx: &mut Context) {
        let first = self.order.least();
        if first == NEVER {
            self.due = 0;
            return;
        }
        let left = (first as f64 - self.done).max(0.0) / self.speed();
        let at = self.at.saturating_add((left + 0.999) as u64);
        if self.due > self.at && self.due <= at {
            return;
        }
        self.due = at;
        if let Some(call) = self.order.first() {
            cx.after(Delay::once(at - self.at), call.event as CallId, tag);
        }
    }
}

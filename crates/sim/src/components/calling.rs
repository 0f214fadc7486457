//! What a component calls on behalf of a request, once it has done its own part: an app server, a custom component.
//!
//! ```text
//!   a read:   look in the caches ─hit─▶ done
//!                └─miss─▶ call the others, in turn or all at once ─▶ fill the caches ─▶ done
//!   a write:  call the others ─▶ delete the key in the caches ─▶ done
//! ```
//!
//! A link may carry some requests only, take several calls for one request (an N+1 query), not be waited for, or be done
//! without when it fails. In the call, `state` is the number of steps begun, `aux` how many calls of the present step are
//! still out (or, one after the other, still to be made) and, in its upper byte, why one of them failed.

use crate::design::choice;
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::{Context, Downstream, Reply};
use backpressure_pack::Pack;

choice! {
    /// In which order dependencies are called.
    pub enum CallOrder {
        /// One after the other, in the order of the links: their times add up.
        Sequential = "sequential", "One after the other";
        /// All at once; the slowest decides.
        Parallel = "parallel", "All at once";
    }
}

/// See the module.
#[derive(Clone, Debug, Default, Pack)]
pub(super) struct Calling {
    /// Caches to look in before anything else.
    caches: Vec<Dependency>,
    /// Everything else.
    others: Vec<Dependency>,
    parallel: bool,
}

/// A link out.
#[derive(Clone, Copy, Debug, Pack)]
struct Dependency {
    link: u32,
    /// One call for every request, waited for, and its failure is the request's: nothing to ask first.
    plain: bool,
    selective: bool,
    wait: bool,
    degrade: bool,
    /// Filling and invalidating a cache that keeps no keys would be a message about nothing.
    keeps_keys: bool,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    /// It waits for answers.
    Waits,
    /// All is done.
    Done,
    /// It cannot be done.
    Failed(Reason),
}

/// Calls of a step that are out: the lower bits of `aux`.
const OUT: u32 = (1 << 24) - 1;

impl From<&Downstream> for Dependency {
    fn from(d: &Downstream) -> Self {
        Self {
            link: d.link,
            plain: d.wait && !d.selective && d.calls_per_request == 1.0,
            selective: d.selective,
            wait: d.wait,
            degrade: d.degrade,
            keeps_keys: d.keeps_keys,
        }
    }
}

impl Calling {
    /// The component's links, or what they lead to, may have changed.
    pub fn wire(&mut self, order: CallOrder, cx: &Context) {
        (self.caches, self.others) = (Vec::new(), Vec::new());
        for d in cx.downstream() {
            let list = if d.look_aside_cache { &mut self.caches } else { &mut self.others };
            list.push(Dependency::from(&d));
        }
        self.parallel = order == CallOrder::Parallel && !self.others.is_empty();
    }

    /// The first steps of a request.
    #[inline]
    pub fn begin(&self, call: CallId, cx: &mut Context) -> Step {
        let record = cx.call_mut(call);
        (record.state, record.aux) = (0, 0);
        // Most components that may call others have nobody to call.
        if self.caches.is_empty() && self.others.is_empty() { Step::Done } else { self.advance(call, cx) }
    }

    /// A call made here came back: what follows.
    #[inline]
    pub fn replied(&self, call: CallId, reply: Reply, cx: &mut Context) -> Step {
        let record = *cx.call(call);
        let step = record.state as usize - 1;
        let stage = self.stage(record.op, step);
        match stage {
            // A cache that fails is a cache that had nothing.
            Some(Stage::Lookup(_)) if reply.outcome == Outcome::Hit => return Step::Done,
            Some(Stage::One(_) | Stage::All) => {
                if let Outcome::Failed(reason) = reply.outcome {
                    if self.others.iter().any(|d| d.link == reply.link && d.degrade) {
                        cx.degrade(call);
                    } else if stage == Some(Stage::All) {
                        cx.call_mut(call).aux = (record.aux & OUT) | ((reason as u32 + 1) << 24);
                    } else {
                        return Step::Failed(reason);
                    }
                }
                if stage == Some(Stage::All) {
                    let left = &mut cx.call_mut(call).aux;
                    *left -= 1;
                    return match (*left & OUT, *left >> 24) {
                        (0, 0) => self.advance(call, cx),
                        (0, failed) => Step::Failed(Reason::ALL[failed as usize - 1]),
                        _ => Step::Waits,
                    };
                }
            }
            _ => {}
        }
        self.advance(call, cx)
    }

    /// What step `step` of a request does; `None` when all is done.
    #[inline]
    fn stage(&self, op: Op, step: usize) -> Option<Stage> {
        let (c, o) = (self.caches.len(), if self.parallel { 1 } else { self.others.len() });
        let other = |i: usize| if self.parallel { Stage::All } else { Stage::One(i) };
        match op {
            Op::Read if step < c => Some(Stage::Lookup(step)),
            Op::Read if step < c + o => Some(other(step - c)),
            Op::Read => (step < c + o + c).then(|| Stage::Tell(step - c - o, Op::Fill)),
            _ if step < o => Some(other(step)),
            _ => (step < o + c).then(|| Stage::Tell(step - o, Op::Invalidate)),
        }
    }

    fn advance(&self, call: CallId, cx: &mut Context) -> Step {
        let record = cx.call(call);
        let (op, left, step) = (record.op, record.aux, record.state as usize);
        if left > 0 {
            // One more of several calls of the same step.
            cx.call_mut(call).aux = left - 1;
            if let Some(Stage::One(i)) = self.stage(op, step - 1) {
                return send(call, &self.others[i], op, cx);
            }
        }
        loop {
            let step = cx.call(call).state;
            let Some(stage) = self.stage(op, step as usize) else {
                return Step::Done;
            };
            cx.call_mut(call).state = step + 1;
            let step = match stage {
                Stage::Lookup(i) if carries(&self.caches[i], call, Op::Read, cx) => {
                    Some(send(call, &self.caches[i], Op::Read, cx))
                }
                Stage::Lookup(_) => None,
                Stage::One(i) => self.call_one(call, &self.others[i], op, cx),
                Stage::All => self.call_all(call, op, cx),
                Stage::Tell(i, what) => tell(call, &self.caches[i], what, cx),
            };
            if let Some(step) = step {
                return step;
            }
        }
    }

    /// Makes the calls to one dependency, one after the other. `None` if there is nothing to wait for.
    #[inline]
    fn call_one(&self, call: CallId, d: &Dependency, op: Op, cx: &mut Context) -> Option<Step> {
        if d.plain {
            return Some(send(call, d, op, cx));
        }
        let times = times(d, call, op, cx);
        if !d.wait {
            return forget(call, d, op, times, cx);
        }
        cx.call_mut(call).aux = times.saturating_sub(1);
        (times > 0).then(|| send(call, d, op, cx))
    }

    /// Makes the calls to all of them at once.
    #[inline(never)]
    fn call_all(&self, call: CallId, op: Op, cx: &mut Context) -> Option<Step> {
        let mut out = 0;
        let mut bad = None;
        for d in &self.others {
            let times = if d.plain { 1 } else { times(d, call, op, cx) };
            if !d.wait {
                bad = bad.or(forget(call, d, op, times, cx));
                continue;
            }
            for _ in 0..times {
                match send(call, d, op, cx) {
                    Step::Waits => out += 1,
                    step => bad = Some(step),
                }
            }
        }
        match bad {
            // Those that are out come back first.
            Some(Step::Failed(reason)) if out > 0 => {
                cx.call_mut(call).aux = out | ((reason as u32 + 1) << 24);
                Some(Step::Waits)
            }
            Some(step) => Some(step),
            None => {
                cx.call_mut(call).aux = out;
                (out > 0).then_some(Step::Waits)
            }
        }
    }
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Looks in the cache of this number.
    Lookup(usize),
    /// Calls the dependency of this number.
    One(usize),
    /// Calls all of them.
    All,
    /// Tells the cache of this number what to hold, or to forget.
    Tell(usize, Op),
}

#[inline]
fn send(call: CallId, d: &Dependency, op: Op, cx: &mut Context) -> Step {
    if cx.send(call, d.link, op, u16::MAX) == NONE { Step::Failed(Reason::Limit) } else { Step::Waits }
}

#[inline(never)]
fn forget(call: CallId, d: &Dependency, op: Op, times: u32, cx: &mut Context) -> Option<Step> {
    let sent = (0..times).all(|_| cx.send_and_forget(call, d.link, op));
    (!sent).then_some(Step::Failed(Reason::Limit))
}

#[inline(never)]
fn tell(call: CallId, cache: &Dependency, what: Op, cx: &mut Context) -> Option<Step> {
    // Only a cache that is looked in is filled.
    let asked = if what == Op::Fill { Op::Read } else { what };
    if !cache.keeps_keys || !carries(cache, call, asked, cx) {
        return None;
    }
    if !cache.wait {
        return forget(call, cache, what, 1, cx);
    }
    Some(send(call, cache, what, cx))
}

#[inline]
fn carries(d: &Dependency, call: CallId, op: Op, cx: &Context) -> bool {
    !d.selective || cx.carries(d.link, call, op)
}

/// Calls that this request makes to a dependency.
fn times(d: &Dependency, call: CallId, op: Op, cx: &mut Context) -> u32 {
    if carries(d, call, op, cx) { cx.calls_now(d.link) } else { 0 }
}

//! A call guarded by the policy of its link: timeouts, retries with a budget, hedging, a bulkhead, a circuit breaker.
//!
//! ```text
//!   component ──send──▶ guarded call ──attempt──▶ the component called
//!                            │  └─────hedge──────▶        "
//!                            └─ waits, tries again, or settles: one reply to the component
//! ```
//!
//! The guarded call is a record of its own between the component and its attempts. In it, `state` is the number of the
//! attempt (and whether it takes a place in the bulkhead), `aux` the attempt that is out, `next` its hedge. A component
//! sees one call and one reply, whatever the policy did.
//!
//! The budget is that of Finagle (`RetryBudget`) and gRPC (proposal A6, retry throttling); the bulkhead that of M. Nygard, Release
//! It!, 2007. Each decision is O(1).

use super::calendar::{Calendar, Delay};
use super::call::{Call, CallId, Event, NONE, Op, Outcome, Reason, Stage};
use super::context::Reply;
use super::rng::Stream;
use super::sampler::ns;
use super::world::World;
use crate::design::CallPolicy;
use crate::policies::breaker::Breaker;
use crate::policies::retry::Backoff;
use backpressure_pack::Pack;

/// Tokens a retry budget can hold.
const BUDGET: f64 = 10.0;
/// Timers of a guarded call: below this, the timeout of the attempt of that number.
const RETRY: u8 = 100;
const HEDGE: u8 = 101;
/// Bit of `state`: it takes a place in the bulkhead.
const COUNTED: u32 = 1 << 8;
const ATTEMPT: u32 = COUNTED - 1;
/// Bit of `state`: nobody waits for it, and it is to be tried again all the same.
const FORGOTTEN: u32 = 1 << 9;

/// The policy of a link, at work.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Caller {
    timeout: Option<Delay>,
    retries: u32,
    backoff: Backoff,
    budget: Option<f64>,
    tokens: f64,
    hedge: Option<Delay>,
    max_concurrent: u32,
    out: u32,
    breaker: Option<Breaker>,
    rng: Stream,
    policy: CallPolicy,
    pub counters: CallerCounters,
}

/// What a policy did since measuring started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pack)]
pub struct CallerCounters {
    /// Attempts made again.
    pub retries: u64,
    /// Attempts given up after the timeout.
    pub timeouts: u64,
    /// Second attempts sent beside the first.
    pub hedges: u64,
    /// Calls refused by the bulkhead.
    pub bulkhead_refused: u64,
    /// Calls refused by the open breaker.
    pub breaker_refused: u64,
    /// Retries that the budget did not allow.
    pub budget_refused: u64,
}

impl Caller {
    /// The policy at work; `None` if it asks for nothing. `before` is the one it takes over from.
    pub fn new(policy: &CallPolicy, rng: Stream, before: Option<Caller>, calendar: &mut Calendar) -> Option<Caller> {
        if policy.is_none() && before.is_none() {
            return None;
        }
        let mut constant = |ms: Option<f64>| ms.map(|ms| calendar.constant(ns(ms)));
        let (timeout, hedge) = (constant(policy.timeout_ms), constant(policy.hedge_after_ms));
        let unchanged = before.as_ref().is_some_and(|b| b.policy == *policy);
        let mut caller = before.unwrap_or_else(|| Caller {
            timeout,
            retries: 0,
            backoff: Backoff::default(),
            budget: None,
            tokens: BUDGET,
            hedge,
            max_concurrent: u32::MAX,
            out: 0,
            breaker: None,
            rng,
            policy: CallPolicy::default(),
            counters: CallerCounters::default(),
        });
        (caller.timeout, caller.hedge) = (timeout, hedge);
        if !unchanged {
            caller.retries = policy.retries;
            caller.backoff = policy.backoff.clone();
            caller.budget = policy.retry_budget;
            caller.max_concurrent = policy.max_concurrent.unwrap_or(u32::MAX);
            if policy.breaker != caller.policy.breaker {
                caller.breaker = policy.breaker.as_ref().map(Breaker::new);
            }
            caller.policy = policy.clone();
        }
        Some(caller)
    }

    /// State of the circuit breaker, if it has one.
    pub fn breaker(&self) -> Option<&Breaker> {
        self.breaker.as_ref()
    }

    fn admits(&mut self, now: u64) -> bool {
        self.breaker.as_mut().is_none_or(|b| b.admits(now))
    }

    fn record(&mut self, ok: bool, now: u64) {
        if let Some(b) = &mut self.breaker {
            b.record(ok, now);
        }
    }

    /// Takes a token for a retry, if the budget has one.
    fn may_retry(&mut self) -> bool {
        if self.budget.is_none() {
            return true;
        }
        let allowed = self.tokens >= 1.0;
        if allowed {
            self.tokens -= 1.0;
        } else {
            self.counters.budget_refused += 1;
        }
        allowed
    }
}

impl World {
    fn caller(&mut self, link: u32) -> Option<&mut Caller> {
        self.links[link as usize].caller.as_deref_mut()
    }

    /// Makes a call over a link that has a policy. Returns the guarded call, or `NONE` at the bound on calls in flight.
    pub(super) fn guarded(&mut self, parent: CallId, link: u32, op: Op, instance: u16) -> CallId {
        let p = self.calls.get(parent);
        let record = Call {
            parent,
            link,
            instance,
            op,
            state: 0,
            aux: NONE,
            next: NONE,
            arrived: self.now,
            outcome: Outcome::Answered,
            stage: Stage::Attempting,
            ..*p
        };
        let Some(id) = self.calls.insert(record) else {
            return NONE;
        };
        let now = self.now;
        let Some(caller) = self.caller(link) else {
            return id;
        };
        if let Some(share) = caller.budget {
            caller.tokens = (caller.tokens + share).min(BUDGET);
        }
        if caller.out >= caller.max_concurrent {
            caller.counters.bulkhead_refused += 1;
            self.refuse(id, Reason::BulkheadFull);
        } else if !caller.admits(now) {
            caller.counters.breaker_refused += 1;
            self.refuse(id, Reason::BreakerOpen);
        } else {
            caller.out += 1;
            let hedge = caller.hedge;
            self.calls.get_mut(id).state = COUNTED;
            if !self.attempt(id) {
                self.refuse(id, Reason::Limit);
            } else if let Some(hedge) = hedge {
                self.post(hedge, Event::Timer(HEDGE), id);
            }
        }
        id
    }

    /// Nobody waits for this call, but its policy goes on.
    pub(super) fn forget(&mut self, id: CallId) {
        let call = self.calls.get_mut(id);
        if call.stage == Stage::Attempting {
            call.state |= FORGOTTEN;
        }
        self.abandon(id);
    }

    /// Is there still a way, and anybody who wants the answer?
    fn goes_on(&self, id: CallId) -> bool {
        let call = self.calls.get(id);
        self.links[call.link as usize].alive && (call.parent != NONE || call.state & FORGOTTEN != 0)
    }

    /// Fails a guarded call at this instant, through the calendar: its caller is still busy making it.
    fn refuse(&mut self, id: CallId, reason: Reason) {
        self.settle(id, Outcome::Failed(reason));
        self.post(Delay::once(0), Event::Return, id);
    }

    /// Sends the next attempt. False at the bound on calls in flight.
    fn attempt(&mut self, id: CallId) -> bool {
        let Call { link, op, instance, state, .. } = *self.calls.get(id);
        let child = self.dispatch(id, link, op, instance);
        if child == NONE {
            return false;
        }
        self.calls.get_mut(id).aux = child;
        if let Some(timeout) = self.caller(link).and_then(|c| c.timeout) {
            self.post(timeout, Event::Timer((state & ATTEMPT) as u8), id);
        }
        true
    }

    /// An attempt of guarded call `id` came back, with these flags. True if the guarded call is settled.
    pub(super) fn attempt_returned(&mut self, id: CallId, attempt: Reply, flags: u8) -> bool {
        let now = self.now;
        let guarded = self.calls.get_mut(id);
        let link = guarded.link;
        let other = if guarded.aux == attempt.child {
            guarded.aux = NONE;
            guarded.next
        } else {
            guarded.next = NONE;
            guarded.aux
        };
        let ok = attempt.outcome.is_ok();
        if let Some(caller) = self.caller(link) {
            caller.record(ok, now);
        }
        match attempt.outcome {
            // The other of a hedged pair may still make it.
            Outcome::Failed(_) if other != NONE => false,
            Outcome::Failed(reason) => self.attempt_failed(id, reason),
            outcome => {
                let guarded = self.calls.get_mut(id);
                guarded.version = attempt.version;
                guarded.flags |= flags;
                self.calls.hand_back(attempt.child, id);
                self.settle(id, outcome);
                true
            }
        }
    }

    /// A timer of a guarded call rang. True if the call is settled.
    #[inline(never)]
    pub(super) fn attempt_timer(&mut self, id: CallId, tag: u8) -> bool {
        let Call { link, op, instance, state, aux, next, .. } = *self.calls.get(id);
        let (now, alive) = (self.now, self.goes_on(id));
        match tag {
            RETRY => {
                let Some(caller) = self.caller(link).filter(|_| alive) else {
                    self.settle(id, Outcome::Failed(Reason::Removed));
                    return true;
                };
                if !caller.admits(now) {
                    caller.counters.breaker_refused += 1;
                    self.settle(id, Outcome::Failed(Reason::BreakerOpen));
                    return true;
                }
                caller.counters.retries += 1;
                self.calls.get_mut(id).mark_again();
                if !self.attempt(id) {
                    self.settle(id, Outcome::Failed(Reason::Limit));
                    return true;
                }
                false
            }
            HEDGE => {
                if state & ATTEMPT == 0 && aux != NONE && next == NONE && alive {
                    let hedge = self.dispatch(id, link, op, instance);
                    self.calls.get_mut(id).next = hedge;
                    if hedge != NONE {
                        self.calls.get_mut(hedge).mark_again();
                    }
                    if let Some(caller) = self.caller(link).filter(|_| hedge != NONE) {
                        caller.counters.hedges += 1;
                    }
                }
                false
            }
            attempt if u32::from(attempt) == state & ATTEMPT && (aux != NONE || next != NONE) => {
                self.abandon(aux);
                self.abandon(next);
                let guarded = self.calls.get_mut(id);
                (guarded.aux, guarded.next) = (NONE, NONE);
                if let Some(caller) = self.caller(link) {
                    caller.record(false, now);
                    caller.counters.timeouts += 1;
                }
                self.attempt_failed(id, Reason::Timeout)
            }
            _ => false,
        }
    }

    /// Tries again later, or settles. True if settled.
    fn attempt_failed(&mut self, id: CallId, reason: Reason) -> bool {
        let Call { link, state, .. } = *self.calls.get(id);
        let alive = self.goes_on(id);
        let attempt = state & ATTEMPT;
        if let Some(caller) = self.caller(link).filter(|_| alive && !reason.is_final())
            && attempt < caller.retries
            && caller.may_retry()
        {
            let wait = caller.backoff.wait_ns(attempt, &mut caller.rng);
            self.calls.get_mut(id).state = state + 1;
            self.post(Delay::once(wait), Event::Timer(RETRY), id);
            return false;
        }
        self.settle(id, Outcome::Failed(reason));
        true
    }

    /// A guarded call has its outcome: what is still out no longer matters.
    fn settle(&mut self, id: CallId, outcome: Outcome) {
        let guarded = self.calls.get_mut(id);
        let (aux, next, link, counted) = (guarded.aux, guarded.next, guarded.link, guarded.state & COUNTED != 0);
        (guarded.aux, guarded.next, guarded.outcome) = (NONE, NONE, outcome);
        guarded.state &= !COUNTED;
        self.calls.void_events(id);
        self.abandon(aux);
        self.abandon(next);
        if let Some(caller) = self.caller(link).filter(|_| counted) {
            caller.out = caller.out.saturating_sub(1);
        }
    }
}

//! Requests in flight: one record a call, in a slab of 32-bit ids with intrusive lists.

use super::spent::Spent;
use backpressure_pack::Pack;

/// Number of a call in the slab; reused once the call is over.
pub type CallId = u32;

/// No call, no link, no node.
pub const NONE: u32 = u32::MAX;

/// Most calls in flight at once: what comes beyond is failed with reason `limit`, and counted.
pub const MAX_CALLS: usize = 1 << 21;

/// What is asked of the component called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pack)]
#[repr(u8)]
pub enum Op {
    /// Read what the key names.
    Read,
    /// Write what the key names.
    Write,
    /// Put a value read elsewhere into a cache.
    Fill,
    /// Forget the key (a cache, after a write).
    Invalidate,
    /// Are you there? Answered by the engine for the component, unless that is down.
    Probe,
}

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Pack)]
#[repr(u8)]
pub enum Reason {
    /// The caller stopped waiting.
    Timeout,
    /// A bounded queue was full.
    QueueFull,
    /// The component called does not take calls: it is down, or its port is closed.
    Refused,
    /// There was nobody to send it to.
    NoRoute,
    /// The component or the link it was on was taken out of the design.
    Removed,
    /// The simulation's own bound on requests in flight was reached.
    Limit,
    /// The caller did not prove who it is.
    Unauthorized,
    /// A rate limit was exceeded.
    RateLimited,
    /// The component called failed by itself.
    Error,
    /// The component called died while it worked on it.
    Crashed,
    /// Nothing came back, and the operating system gave the connection up.
    Lost,
    /// Dropped on purpose to keep the rest fast: load shedding, an expired deadline, a priority too low.
    Shed,
    /// A circuit breaker is open: the call was not even tried.
    BreakerOpen,
    /// All of the caller's slots for this dependency are taken.
    BulkheadFull,
    /// It contends with another: a lock it could not get in time, a version that has moved on, nothing left to sell.
    Conflict,
    /// The store has no room left.
    DiskFull,
    /// It grew older than it was allowed to.
    Expired,
}

impl Reason {
    /// Every reason, in the order of their numbers.
    pub const ALL: [Reason; 17] = [
        Reason::Timeout,
        Reason::QueueFull,
        Reason::Refused,
        Reason::NoRoute,
        Reason::Removed,
        Reason::Limit,
        Reason::Unauthorized,
        Reason::RateLimited,
        Reason::Error,
        Reason::Crashed,
        Reason::Lost,
        Reason::Shed,
        Reason::BreakerOpen,
        Reason::BulkheadFull,
        Reason::Conflict,
        Reason::DiskFull,
        Reason::Expired,
    ];

    /// Name in results (`queue_full`).
    pub const fn name(self) -> &'static str {
        match self {
            Reason::Timeout => "timeout",
            Reason::QueueFull => "queue_full",
            Reason::Refused => "refused",
            Reason::NoRoute => "no_route",
            Reason::Removed => "removed",
            Reason::Limit => "limit",
            Reason::Unauthorized => "unauthorized",
            Reason::RateLimited => "rate_limited",
            Reason::Error => "error",
            Reason::Crashed => "crashed",
            Reason::Lost => "lost",
            Reason::Shed => "shed",
            Reason::BreakerOpen => "breaker_open",
            Reason::BulkheadFull => "bulkhead_full",
            Reason::Conflict => "conflict",
            Reason::DiskFull => "disk_full",
            Reason::Expired => "expired",
        }
    }

    /// As people say it of requests, in a few words: "12 requests/s fail: timed out".
    pub const fn words(self) -> &'static str {
        match self {
            Reason::Timeout => "timed out",
            Reason::QueueFull => "refused by a full queue",
            Reason::Refused => "connection refused",
            Reason::NoRoute => "nobody to send them to",
            Reason::Removed => "lost with a removed component",
            Reason::Limit => "beyond the simulation's bound on requests in flight",
            Reason::Unauthorized => "without valid credentials",
            Reason::RateLimited => "over a rate limit",
            Reason::Error => "internal errors",
            Reason::Crashed => "lost in a crash",
            Reason::Lost => "lost on the way",
            Reason::Shed => "shed to keep the rest fast",
            Reason::BreakerOpen => "stopped by a circuit breaker",
            Reason::BulkheadFull => "refused by a full bulkhead",
            Reason::Conflict => "in conflict with another write",
            Reason::DiskFull => "refused by a full disk",
            Reason::Expired => "too old when their turn came",
        }
    }

    /// As it names a line of a chart, where there is little room.
    pub const fn label(self) -> &'static str {
        match self {
            Reason::Timeout => "timed out",
            Reason::QueueFull => "queue full",
            Reason::Refused => "refused",
            Reason::NoRoute => "nowhere to go",
            Reason::Removed => "removed",
            Reason::Limit => "limit reached",
            Reason::Unauthorized => "no access",
            Reason::RateLimited => "rate limit",
            Reason::Error => "errors",
            Reason::Crashed => "crashed",
            Reason::Lost => "lost",
            Reason::Shed => "shed",
            Reason::BreakerOpen => "breaker open",
            Reason::BulkheadFull => "bulkhead full",
            Reason::Conflict => "conflict",
            Reason::DiskFull => "disk full",
            Reason::Expired => "expired",
        }
    }

    /// The reason of this [`Reason::name`].
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// The HTTP status that a client of a REST API sees (RFC 9110, RFC 6585 for 429).
    pub const fn status(self) -> u16 {
        match self {
            Reason::Unauthorized => 401,
            Reason::Conflict => 409,
            Reason::RateLimited => 429,
            Reason::Error => 500,
            Reason::DiskFull => 507,
            Reason::Refused | Reason::Crashed | Reason::Removed => 502,
            Reason::Timeout | Reason::Lost | Reason::Expired => 504,
            Reason::QueueFull
            | Reason::NoRoute
            | Reason::Limit
            | Reason::Shed
            | Reason::BreakerOpen
            | Reason::BulkheadFull => 503,
        }
    }

    /// Would asking again be pointless? Then no policy retries it.
    pub const fn is_final(self) -> bool {
        matches!(self, Reason::Unauthorized | Reason::Conflict | Reason::NoRoute | Reason::Limit | Reason::Removed)
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pack)]
pub enum Outcome {
    /// Done.
    Answered,
    /// A cache had it.
    Hit,
    /// A cache had it not; the caller must look elsewhere.
    Miss,
    /// Not done.
    Failed(Reason),
}

impl Outcome {
    /// True unless it failed.
    #[inline(always)]
    pub fn is_ok(self) -> bool {
        !matches!(self, Outcome::Failed(_))
    }
}

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pack)]
pub enum Stage {
    /// The record is free.
    Free,
    /// On the link to the component called.
    Travelling,
    /// At the component called: waiting, served, or waiting for its own calls.
    Inside,
    /// On the link back.
    Returning,
    /// Between a caller and a link with a call policy: it stands for all its attempts (see [`super::caller`]).
    Attempting,
    /// Gone, and nobody told the caller.
    Lost,
}

/// Counts in the results: it belongs to a request that arrived after the warm-up.
pub(crate) const MEASURED: u8 = 1;
/// Its hops are recorded for the screen.
pub(crate) const TRACED: u8 = 2;
/// The answer is a fallback: less than was asked for.
pub(crate) const DEGRADED: u8 = 4;
/// The answer holds an older version than the store held.
pub(crate) const STALE: u8 = 8;
/// No user waits for it: a message, a job, a probe.
pub(crate) const BACKGROUND: u8 = 16;
/// Made again, or on behalf of a call made again: what it asks for may have been done already.
pub(crate) const AGAIN: u8 = 32;
/// Whoever asks cannot prove who they are.
pub(crate) const FORGED: u8 = 128;

/// What happens to it is recorded, call by call.
pub(crate) const LOGGED: u8 = 64;

/// One call: a users' request, or a call that a component makes to serve one.
#[derive(Clone, Copy, Debug, Pack)]
pub struct Call {
    /// What the request is about: the same number is the same object, in every store and cache.
    pub key: u64,
    /// When it arrived at the component called, simulated ns.
    pub arrived: u64,
    /// Number of the users' request it serves, from the start of the run (modulo 2³²).
    pub request: u32,
    /// The call that made this one; `NONE` for a users' request, or when the caller no longer waits.
    pub(crate) parent: CallId,
    /// The link it travels on; `NONE` for a users' request.
    pub(crate) link: u32,
    /// The component called.
    pub(crate) node: u32,
    /// Counts the record's lives and cancellations, so that events of an earlier one are recognised.
    pub(crate) generation: u32,
    /// Scratch of the component called.
    pub state: u32,
    /// Scratch of the component called.
    pub aux: u32,
    /// Next in the queue it waits in.
    pub(crate) next: CallId,
    /// Version of the object: the one read, or the one a write made; 0 while there is none.
    pub version: u32,
    /// Who asks: a number that stands for a client's address or session.
    pub client: u32,
    /// Endpoint of the users' request, in the order of the whole design's endpoints.
    pub endpoint: u16,
    /// Instance of the component called that a balancer chose; `u16::MAX` leaves the choice to the component.
    pub instance: u16,
    /// What is asked.
    pub op: Op,
    pub(crate) outcome: Outcome,
    pub(crate) stage: Stage,
    pub(crate) flags: u8,
}

/// A record that was never used.
pub(super) const UNUSED: Call = Call {
    key: 0,
    arrived: 0,
    request: 0,
    parent: NONE,
    link: NONE,
    node: NONE,
    generation: 0,
    state: 0,
    aux: NONE,
    next: NONE,
    version: 0,
    client: 0,
    endpoint: 0,
    instance: 0,
    op: Op::Read,
    outcome: Outcome::Answered,
    stage: Stage::Free,
    flags: 0,
};

impl Call {
    /// Is the answer a fallback?
    #[inline]
    pub fn is_degraded(&self) -> bool {
        self.flags & DEGRADED != 0
    }

    /// Does it carry credentials that a gateway would accept?
    #[inline]
    pub fn is_authentic(&self) -> bool {
        self.flags & FORGED == 0
    }

    /// Does no user wait for it?
    #[inline]
    pub fn is_background(&self) -> bool {
        self.flags & BACKGROUND != 0
    }

    /// Is it made again, as a retry, a hedge or a redelivery? Then what it asks for may have been done already.
    #[inline]
    pub fn is_again(&self) -> bool {
        self.flags & AGAIN != 0
    }

    /// Is its request neither broken down, shown nor logged? Then there is nothing to do for it but to pass it on.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        self.flags & (TRACED | LOGGED) == 0 && !self.is_broken_down()
    }

    /// The same, and its answer counts and has no other marks: by far the most calls of a usual run.
    #[inline(always)]
    pub(crate) fn is_usual(&self) -> bool {
        self.flags & (MEASURED | TRACED | LOGGED | DEGRADED | STALE) == MEASURED && !self.is_broken_down()
    }

    /// A call made on behalf of this one, `parent`, over a link to node `to`.
    #[inline(always)]
    pub(crate) fn child(&self, parent: CallId, link: u32, to: u32, op: Op, instance: u16) -> Call {
        Call {
            parent,
            link,
            node: to,
            instance,
            op,
            state: 0,
            aux: NONE,
            next: NONE,
            outcome: Outcome::Answered,
            stage: Stage::Travelling,
            flags: self.flags & !(DEGRADED | STALE),
            ..*self
        }
    }

    /// It is made again, and so is every call made on its behalf.
    #[inline]
    pub fn mark_again(&mut self) {
        self.flags |= AGAIN;
    }
}

/// The calls in flight.
///
/// Here, and wherever else every event comes by, slices are indexed and not vectors, and small functions are `inline(always)`: the
/// page is compiled for size, where the compiler would otherwise call a function for each.
#[derive(Clone, Debug, Pack)]
pub struct Calls {
    slab: Vec<Call>,
    /// The record to be used next; the free records are chained by `next`.
    free: CallId,
    /// What the calls of every eighth request have spent, by id: see [`super::spent`].
    pub(super) spent: Vec<Spent>,
}

impl Default for Calls {
    fn default() -> Self {
        Self { slab: Vec::new(), free: NONE, spent: Vec::new() }
    }
}

impl Calls {
    /// Takes a record for `call`; `None` at the bound of [`MAX_CALLS`].
    #[inline(always)]
    pub(crate) fn insert(&mut self, call: Call) -> Option<CallId> {
        if !self.has_room() && !self.grow() {
            return None;
        }
        let broken_down = call.is_broken_down();
        let (id, _) = self.put(call);
        if broken_down {
            self.begin_spending(id);
        }
        Some(id)
    }

    /// Is there a free record?
    #[inline(always)]
    pub(crate) fn has_room(&self) -> bool {
        self.free != NONE
    }

    /// Takes a free record for `call`, and says which life of the record that is. There must be one, and the call's request
    /// must not be broken down.
    #[inline(always)]
    pub(crate) fn put(&mut self, call: Call) -> (CallId, u32) {
        let id = self.free;
        let slot = &mut self.slab.as_mut_slice()[id as usize];
        self.free = slot.next;
        let generation = slot.generation;
        *slot = Call { generation, ..call };
        (id, generation)
    }

    /// Makes another free record; false at the bound.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> bool {
        if self.slab.len() >= MAX_CALLS {
            return false;
        }
        make_room(&mut self.slab);
        self.free = self.slab.len() as CallId;
        self.slab.push(UNUSED);
        true
    }

    /// Frees a record: events still pending for it are void from now on.
    #[inline(always)]
    pub(crate) fn remove(&mut self, id: CallId) {
        let call = &mut self.slab.as_mut_slice()[id as usize];
        call.stage = Stage::Free;
        call.generation = (call.generation + 1) & GENERATION_MASK;
        call.next = self.free;
        self.free = id;
    }

    /// Voids the events pending for a call that lives on.
    pub(crate) fn void_events(&mut self, id: CallId) {
        let call = &mut self.slab[id as usize];
        call.generation = (call.generation + 1) & GENERATION_MASK;
    }

    #[inline(always)]
    pub(crate) fn get(&self, id: CallId) -> &Call {
        &self.slab.as_slice()[id as usize]
    }

    #[inline(always)]
    pub(crate) fn get_mut(&mut self, id: CallId) -> &mut Call {
        &mut self.slab.as_mut_slice()[id as usize]
    }

    /// The call of an event, unless the event is void.
    #[inline(always)]
    pub(crate) fn of_event(&self, id: CallId, generation: u32) -> Option<&Call> {
        let call = self.get(id);
        if call.generation == generation { Some(call) } else { None }
    }

    /// Every call in flight, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (CallId, &Call)> {
        self.slab.iter().enumerate().filter(|(_, c)| c.stage != Stage::Free).map(|(i, c)| (i as CallId, c))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (CallId, &mut Call)> {
        self.slab.iter_mut().enumerate().filter(|(_, c)| c.stage != Stage::Free).map(|(i, c)| (i as CallId, c))
    }
}

/// Makes room for another record: by an eighth, not to the double, as a record in flight shall not cost two.
pub(super) fn make_room<T>(records: &mut Vec<T>) {
    if records.len() == records.capacity() {
        records.reserve_exact((records.len() / 8).max(64));
    }
}

/// Generations have 24 bits: they share a 64-bit event with the id and the kind. A void event would have to outlive
/// 16 million lives of one record to be taken for a live one.
pub(crate) const GENERATION_MASK: u32 = (1 << 24) - 1;

/// What an event is, packed into 64 bits: kind (8), generation (24), id (32) of a call or, from kind 128 on, of something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The call arrives at the component called.
    Arrive,
    /// The reply arrives at the caller.
    Return,
    /// A delay that the component called asked for this call is over.
    Timer(u8),
    /// A delay that a component asked for itself is over.
    NodeTimer(u8),
    /// A fault begins, or ends.
    Fault {
        /// Begins?
        begins: bool,
    },
}

/// Most timers a call or a node may tell apart.
pub(crate) const TIMERS: u8 = 112;
/// First kinds of timers and faults.
const TIMER: u8 = NODE_TIMER - TIMERS;
const NODE_TIMER: u8 = 128;
const FAULT: u8 = NODE_TIMER + TIMERS;

#[inline(always)]
pub(crate) fn pack(event: Event, generation: u32, id: u32) -> u64 {
    let kind = match event {
        Event::Arrive => 0,
        Event::Return => 1,
        Event::Timer(tag) => TIMER + tag,
        Event::NodeTimer(tag) => NODE_TIMER + tag,
        Event::Fault { begins } => FAULT + u8::from(begins),
    };
    (u64::from(kind) << 56) | (u64::from(generation) << 32) | u64::from(id)
}

/// What happens.
#[inline(always)]
pub(crate) fn what(bits: u64) -> Event {
    match (bits >> 56) as u8 {
        0 => Event::Arrive,
        1 => Event::Return,
        kind if kind < NODE_TIMER => Event::Timer(kind - TIMER),
        kind if kind < FAULT => Event::NodeTimer(kind - NODE_TIMER),
        kind => Event::Fault { begins: kind > FAULT },
    }
}

/// Does it happen to a call?
#[inline(always)]
pub(crate) fn is_of_call(bits: u64) -> bool {
    bits >> 56 < u64::from(NODE_TIMER)
}

/// To whom it happens: the generation and the id.
#[inline(always)]
pub(crate) fn whose(bits: u64) -> (u32, u32) {
    ((bits >> 32) as u32 & GENERATION_MASK, bits as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_survives_packing() {
        for event in [
            Event::Arrive,
            Event::Return,
            Event::Timer(0),
            Event::Timer(TIMERS - 1),
            Event::NodeTimer(TIMERS - 1),
            Event::Fault { begins: true },
            Event::Fault { begins: false },
        ] {
            let bits = pack(event, GENERATION_MASK, 12345);
            assert_eq!(is_of_call(bits), matches!(event, Event::Arrive | Event::Return | Event::Timer(_)));
            assert_eq!((what(bits), whose(bits)), (event, (GENERATION_MASK, 12345)));
        }
    }

    #[test]
    fn every_reason_stands_at_its_number() {
        for (i, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, i);
            assert!((400..600).contains(&reason.status()));
        }
    }

    #[test]
    fn a_call_is_one_cache_line() {
        assert!(size_of::<Call>() <= 64, "{}", size_of::<Call>());
    }
}

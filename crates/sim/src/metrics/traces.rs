//! What happened to single requests: every call they caused, with its times. Recorded for a sample, on demand, in bounds; it
//! never influences the run.

use crate::engine::call::{CallId, NONE, Outcome, Reason};
use std::collections::{BTreeMap, VecDeque};

/// Most requests recorded at once; while there are so many, no other is.
const MAX_OPEN: usize = 2_000;
/// Requests kept after their end: the latest, and the slowest of all.
const MAX_RECENT: usize = 200;
const MAX_SLOWEST: usize = 20;
/// Most calls kept of one request; those beyond are counted.
const MAX_SPANS: usize = 300;

/// One call, as a bar of a waterfall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The span of the call that made it, by its place in [`Trace::spans`]; `None` for the users' own.
    pub parent: Option<u16>,
    /// The component called, by its place in the design.
    pub node: u32,
    /// When it was sent, ns.
    pub sent_ns: u64,
    /// When it arrived; 0 if it never did.
    pub arrived_ns: u64,
    /// When the component began to work on it (it waited until then); 0 if it never did.
    pub started_ns: u64,
    /// Time the component itself worked, ns. The rest of its time it waited for the calls it made.
    pub work_ns: u64,
    /// When it was answered; 0 if it was not (yet).
    pub replied_ns: u64,
    /// When the answer was back; 0 if it is not (yet).
    pub returned_ns: u64,
    /// How it ended.
    pub outcome: Outcome,
    call: CallId,
}

/// One users' request and every call it caused.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Number of the request since the start of the run.
    pub request: u32,
    /// Its endpoint, by its place among those of the run.
    pub endpoint: u16,
    /// What it is about.
    pub key: u64,
    /// When it was made, ns.
    pub begin_ns: u64,
    /// When its user had the answer, or gave up, ns; 0 while it is open.
    pub end_ns: u64,
    /// How it ended for its user.
    pub outcome: Outcome,
    /// Its calls, in the order they were sent; the first is the request itself.
    pub spans: Vec<Span>,
    /// Calls that did not fit.
    pub left_out: u32,
}

impl Trace {
    /// Time to the answer, ns.
    pub fn latency_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.begin_ns)
    }

    fn find(&mut self, call: CallId) -> Option<&mut Span> {
        self.spans.iter_mut().rfind(|s| s.call == call)
    }
}

/// Records a sample of the requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traces {
    /// Every how many requests one is recorded; 0 is off.
    pub every: u32,
    open: BTreeMap<u32, Trace>,
    recent: VecDeque<Trace>,
    slowest: Vec<Trace>,
}

impl Traces {
    #[inline]
    pub fn samples(&self, request: u32) -> bool {
        self.every != 0 && request.is_multiple_of(self.every)
    }

    /// Begins a record; false if there are too many already.
    #[inline(never)]
    pub fn begin(&mut self, request: u32, endpoint: u16, key: u64, call: CallId, node: u32, now: u64) -> bool {
        if self.open.len() >= MAX_OPEN {
            return false;
        }
        let outcome = Outcome::Failed(Reason::Lost);
        let mut trace =
            Trace { request, endpoint, key, begin_ns: now, end_ns: 0, outcome, spans: Vec::new(), left_out: 0 };
        let span = Span { arrived_ns: now, started_ns: now, ..Span::new(None, node, now, call) };
        trace.spans.push(span);
        self.open.insert(request, trace);
        true
    }

    /// A request still open, or one of the latest: what it set going may go on after its answer.
    fn of(&mut self, request: u32) -> Option<&mut Trace> {
        match self.open.get_mut(&request) {
            Some(trace) => Some(trace),
            None => self.recent.iter_mut().rev().take(50).find(|t| t.request == request),
        }
    }

    #[inline(never)]
    pub fn sent(&mut self, request: u32, parent: CallId, call: CallId, node: u32, now: u64) {
        let Some(trace) = self.of(request) else { return };
        if trace.spans.len() >= MAX_SPANS {
            trace.left_out += 1;
            return;
        }
        let parent = if parent == NONE { None } else { trace.spans.iter().rposition(|s| s.call == parent) };
        trace.spans.push(Span::new(parent.map(|p| p as u16), node, now, call));
    }

    #[inline(never)]
    pub fn arrived(&mut self, request: u32, call: CallId, now: u64) {
        if let Some(span) = self.of(request).and_then(|t| t.find(call)) {
            span.arrived_ns = now;
        }
    }

    #[inline(never)]
    pub fn worked(&mut self, request: u32, call: CallId, now: u64, ns: u64) {
        if let Some(span) = self.of(request).and_then(|t| t.find(call)) {
            if span.started_ns == 0 {
                span.started_ns = now;
            }
            span.work_ns += ns;
        }
    }

    #[inline(never)]
    pub fn replied(&mut self, request: u32, call: CallId, now: u64, outcome: Outcome) {
        if let Some(span) = self.of(request).and_then(|t| t.find(call)) {
            (span.replied_ns, span.outcome) = (now, outcome);
        }
    }

    #[inline(never)]
    pub fn returned(&mut self, request: u32, call: CallId, now: u64, outcome: Outcome) {
        if let Some(span) = self.of(request).and_then(|t| t.find(call)) {
            // The record of the call may soon stand for another.
            (span.returned_ns, span.outcome, span.call) = (now, outcome, NONE);
        }
    }

    /// The user has the answer.
    #[inline(never)]
    pub fn end(&mut self, request: u32, now: u64, outcome: Outcome) {
        let Some(mut trace) = self.open.remove(&request) else { return };
        (trace.end_ns, trace.outcome) = (now, outcome);
        if let Some(root) = trace.spans.first_mut() {
            (root.replied_ns, root.returned_ns, root.outcome, root.call) = (now, now, outcome, NONE);
        }
        let place = self.slowest.partition_point(|t| t.latency_ns() >= trace.latency_ns());
        if place < MAX_SLOWEST {
            self.slowest.insert(place, trace.clone());
            self.slowest.truncate(MAX_SLOWEST);
        }
        if self.recent.len() >= MAX_RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(trace);
    }

    pub fn clear(&mut self) {
        self.open.clear();
        self.recent.clear();
        self.slowest.clear();
    }

    pub fn forget_recent(&mut self) {
        self.recent.clear();
    }

    pub fn recent(&self) -> impl Iterator<Item = &Trace> {
        self.recent.iter()
    }

    pub fn slowest(&self) -> &[Trace] {
        &self.slowest
    }
}

impl Span {
    fn new(parent: Option<u16>, node: u32, sent_ns: u64, call: CallId) -> Self {
        Self {
            parent,
            node,
            sent_ns,
            arrived_ns: 0,
            started_ns: 0,
            work_ns: 0,
            replied_ns: 0,
            returned_ns: 0,
            outcome: Outcome::Failed(Reason::Lost),
            call,
        }
    }

    /// Time on the network, waiting, working, and waiting for the calls it made, ns. They add up to the whole from being
    /// sent to being back, as far as that is known.
    pub fn parts_ns(&self) -> [u64; 4] {
        if self.replied_ns == 0 || self.arrived_ns == 0 {
            return [0; 4];
        }
        let network = (self.arrived_ns - self.sent_ns) + self.returned_ns.saturating_sub(self.replied_ns);
        let started = if self.started_ns == 0 { self.replied_ns } else { self.started_ns };
        let waiting = started.saturating_sub(self.arrived_ns);
        let inside = self.replied_ns.saturating_sub(started);
        let work = self.work_ns.min(inside);
        [network, waiting, work, inside - work]
    }
}

//! Everything of a run but the components' own state: clock, calendar, calls, links, counters.

use super::calendar::{Calendar, Delay};
use super::call::{
    AGAIN, BACKGROUND, Call, CallId, Calls, Event, LOGGED, MEASURED, NONE, Op, Outcome, Reason, Stage, TRACED,
    is_of_call, pack, whose,
};
use super::caller::Caller;
use super::context::{Downstream, Facts};
use super::faults::{FaultCore, Impairment, LinkImpairment};
use super::rng::Stream;
use super::sampler::Sampler;
use super::spent;
use super::truth::Truth;
use crate::metrics::histogram::Histogram;
use crate::metrics::{Fate, Hop, Hops, LinkCounters, NodeCounters, RequestCounters, Traces};
use backpressure_pack::Pack;

/// What the engine keeps of a node.
#[derive(Clone, Debug, Pack)]
pub(crate) struct NodeCore {
    pub id: String,
    pub name: String,
    pub kind: String,
    /// The parameters as they stand in the document, to see whether an edit changed them.
    pub params: String,
    /// False once it was taken out of the design; its number is not used again in this run.
    pub alive: bool,
    /// Links out, in the order of the design.
    pub out: Vec<u32>,
    /// Counts cancellations of the component's own timers.
    pub epoch: u32,
    pub facts: Facts,
    /// The zone it stands in, by id.
    pub zone: Option<String>,
    /// What it costs, USD per hour.
    pub cost_usd_per_hour: f64,
    pub impaired: Impairment,
    /// Instances that are down by their own doing.
    pub down: Vec<u16>,
    /// Draws which arrivals fail while a fault makes a share of them fail.
    pub fault_rng: Stream,
    pub counters: NodeCounters,
}

/// What the engine keeps of a link.
#[derive(Clone, Debug, Pack)]
pub(crate) struct LinkCore {
    pub id: String,
    pub from: u32,
    pub to: u32,
    pub params: String,
    pub alive: bool,
    pub weight: f64,
    pub latency: Sampler,
    pub terms: LinkTerms,
    pub caller: Option<Box<Caller>>,
    pub impaired: LinkImpairment,
    /// Draws what is lost, and which requests make a call at all.
    pub chance: Stream,
    /// Answers are sent one after the other: when the last one is through, ns.
    pub free_at: u64,
    /// Loss, bandwidth or a fault to think of besides latency.
    pub special: bool,
    /// How long a message travels, if that is always the same and there is nothing else to think of, no guard either: by far the
    /// most links of a usual design.
    pub usual: Option<Delay>,
    pub counters: LinkCounters,
}

/// What a link asks of the messages on it.
#[derive(Clone, Debug, Default, Pack)]
pub(crate) struct LinkTerms {
    /// Share of messages lost.
    pub loss: f64,
    /// Time a byte of an answer takes, ns; 0 without limit.
    pub ns_per_byte: f64,
    /// Carries reads, writes?
    pub reads: bool,
    pub writes: bool,
    /// Path prefixes; empty for all.
    pub paths: Vec<String>,
    pub calls_per_request: f64,
    pub wait: bool,
    pub degrade: bool,
}

impl LinkCore {
    /// A call leaves: how long it travels if nothing is in its way.
    #[inline(always)]
    pub fn call(&mut self) -> Delay {
        self.counters.calls += 1;
        self.latency.draw()
    }

    /// A reply leaves: how long it travels if nothing is in its way.
    #[inline(always)]
    pub fn reply(&mut self, ok: bool) -> Delay {
        self.counters.replies += 1;
        self.counters.failed += u64::from(!ok);
        self.latency.draw()
    }

    /// Works out what there is to think of, after a change.
    pub fn look_over(&mut self) {
        self.special =
            self.terms.loss > 0.0 || self.terms.ns_per_byte > 0.0 || self.impaired != LinkImpairment::default();
        self.usual = self.latency.constant().filter(|_| !self.special && self.caller.is_none());
    }

    /// How long a message travels that would take `latency` ns if nothing was in its way; [`LOST`] if it does not arrive.
    #[cold]
    #[inline(never)]
    fn hinder(&mut self, latency: u64, lost: f64, now: u64, bytes: u32) -> u64 {
        let lost = 1.0 - (1.0 - lost) * (1.0 - self.terms.loss);
        if lost > 0.0 && self.chance.chance(lost) {
            self.counters.lost += 1;
            return LOST;
        }
        let mut ns = latency.saturating_add(self.impaired.extra_ns);
        if self.terms.ns_per_byte > 0.0 && bytes > 0 {
            let sending = (f64::from(bytes) * self.terms.ns_per_byte + 0.5) as u64;
            let from = self.free_at.max(now);
            self.free_at = from.saturating_add(sending);
            ns = ns.saturating_add(self.free_at - now);
        }
        ns.min(LOST - 1)
    }
}

/// The message is lost on the way.
const LOST: u64 = u64::MAX;

/// The delay of a message that takes `ns` after all; the lane of its latency stays if nothing was in its way.
#[inline(always)]
fn as_long_as(ns: u64, latency: Delay) -> Delay {
    if ns == latency.ns { latency } else { Delay::once(ns) }
}

/// An endpoint of a users component.
#[derive(Clone, Debug, Pack)]
pub(crate) struct EndpointCore {
    pub node: u32,
    pub facts: EndpointFacts,
    /// Empty while it is the only one: see [`World::requests_of`].
    requests: RequestCounters,
}

/// What is known of an endpoint, wherever one of its requests is.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub struct EndpointFacts {
    /// Name in results.
    pub name: String,
    /// HTTP method.
    pub method: String,
    /// Path, as links and gateways match it.
    pub path: String,
    /// Size of an answer, bytes.
    pub payload_bytes: u32,
    /// 0 is served first.
    pub priority: u8,
    /// An answer later than this after the request was made is no use, ns; 0 if there is no such time.
    pub deadline_ns: u64,
}

/// How long an operating system tries before it gives up a connection on which nothing comes back (Linux: six repeats of
/// a SYN, `tcp(7)`, tcp_syn_retries).
pub const CONNECTION_GIVES_UP_NS: u64 = 127_000_000_000;

/// See the module.
#[derive(Clone, Debug, Default, Pack)]
pub(crate) struct World {
    pub now: u64,
    pub seed: u64,
    pub calendar: Calendar,
    pub calls: Calls,
    pub nodes: Vec<NodeCore>,
    pub links: Vec<LinkCore>,
    /// Numbers of the nodes in the design, in its order; the same for links.
    pub node_order: Vec<u32>,
    pub link_order: Vec<u32>,
    pub endpoints: Vec<EndpointCore>,
    pub requests: RequestCounters,
    /// Since the start of the run, warm-up or not.
    pub requests_opened: u64,
    pub completed: u64,
    /// Background work (messages, jobs) begun and ended, since the start of the run.
    pub background_opened: u64,
    pub background_closed: u64,
    /// When measuring started, ns.
    pub measure_from: u64,
    pub truth: Truth,
    pub faults: Vec<FaultCore>,
    /// A component changed what its callers may choose from: they must be wired anew after this event.
    pub rewire: bool,
    #[pack(skip)]
    pub hops: Hops,
    #[pack(skip)]
    pub traces: Traces,
}

impl World {
    #[inline(always)]
    pub fn node(&mut self, node: u32) -> &mut NodeCore {
        &mut self.nodes.as_mut_slice()[node as usize]
    }

    #[inline(always)]
    pub fn link(&mut self, link: u32) -> &mut LinkCore {
        &mut self.links.as_mut_slice()[link as usize]
    }

    #[inline(always)]
    pub fn post(&mut self, delay: Delay, event: Event, call: CallId) {
        let generation = self.calls.get(call).generation;
        self.schedule(delay, pack(event, generation, call));
    }

    /// The same without a call, for what every message does.
    #[inline(always)]
    fn post_in_place(&mut self, delay: Delay, event: Event, call: CallId, generation: u32) {
        self.calendar.schedule(self.now, delay, pack(event, generation, call));
    }

    #[inline(never)]
    pub fn schedule(&mut self, delay: Delay, event: u64) {
        self.calendar.schedule_at_random(self.now, delay, event);
    }

    /// An event came out whose call is over, or was taken elsewhere. Where there is one, there are often many: drops those that are
    /// easily found. They would do nothing.
    #[cold]
    #[inline(never)]
    pub fn drop_void_events(&mut self) {
        let calls = &self.calls;
        self.calendar.drop_void(|bits| {
            let (generation, id) = whose(bits);
            is_of_call(bits) && calls.of_event(id, generation).is_none()
        });
    }

    /// Sends the answer of `call` on its way back.
    #[inline]
    pub fn reply(&mut self, id: CallId, outcome: Outcome) {
        let now = self.now;
        let call = self.calls.get(id);
        if call.is_usual() && outcome.is_ok() {
            let (node, link, generation, residence) = (call.node, call.link, call.generation, now - call.arrived);
            let usual = self.link(link).usual;
            let counters = &mut self.node(node).counters;
            if let Some(delay) = usual
                && !counters.batches.lack_one()
            {
                counters.answer(now, Histogram::bucket(residence), residence);
                self.link(link).counters.replies += 1;
                let call = self.calls.get_mut(id);
                (call.outcome, call.stage) = (outcome, Stage::Returning);
                return self.post_in_place(delay, Event::Return, id, generation);
            }
        }
        self.reply_at_length(id, outcome);
    }

    /// The same, whatever there is to think of.
    #[inline(never)]
    fn reply_at_length(&mut self, id: CallId, outcome: Outcome) {
        let now = self.now;
        let call = self.calls.get(id);
        let (node, flags, residence) = (call.node, call.flags, now - call.arrived);
        let measured = flags & MEASURED != 0;
        let counters = &mut self.node(node).counters;
        counters.leave(now, outcome, measured, residence);
        if measured && outcome.is_ok() {
            counters.flagged(flags);
        }
        self.send_back(id, outcome);
    }

    /// The same for a call that the component itself knows nothing of.
    pub fn send_back(&mut self, id: CallId, outcome: Outcome) {
        let call = self.calls.get_mut(id);
        call.outcome = outcome;
        call.stage = Stage::Returning;
        let (link, request, flags, generation) = (call.link, call.request, call.flags, call.generation);
        let core = self.link(link);
        let mut delay = core.reply(outcome.is_ok());
        if core.special {
            delay = as_long_as(self.hindered_reply(id, delay.ns), delay);
            if delay.ns == LOST {
                return self.lose(id);
            }
        }
        if request.is_multiple_of(spent::EVERY) {
            self.calls.spend(id, |s| s.network += delay.ns);
        }
        self.post_in_place(delay, Event::Return, id, generation);
        if flags & (TRACED | LOGGED) != 0 {
            self.watched_reply(id, delay.ns);
        }
    }

    /// How long an answer travels that would take `latency` ns if nothing was in its way; [`LOST`] if it does not arrive.
    #[cold]
    #[inline(never)]
    fn hindered_reply(&mut self, id: CallId, latency: u64) -> u64 {
        let Call { link, outcome, endpoint, node, .. } = *self.calls.get(id);
        let (now, bytes) = (self.now, if outcome.is_ok() { self.payload(endpoint, node) } else { 0 });
        let link = self.link(link);
        link.hinder(latency, link.impaired.lost_replies, now, bytes)
    }

    /// The screen, or the log of the request, hears of an answer.
    #[cold]
    #[inline(never)]
    fn watched_reply(&mut self, id: CallId, takes_ns: u64) {
        let Call { link, request, flags, outcome, .. } = *self.calls.get(id);
        if flags & TRACED != 0 {
            let fate = match outcome {
                Outcome::Answered => Fate::Answered,
                Outcome::Hit => Fate::Hit,
                Outcome::Miss => Fate::Miss,
                Outcome::Failed(_) => Fate::Failed,
            };
            self.trace(link, request, fate, true, takes_ns);
        }
        if flags & LOGGED != 0 {
            self.traces.replied(request, id, self.now, outcome);
        }
    }

    /// Bytes of an answer as it leaves a component.
    #[inline(never)]
    fn payload(&self, endpoint: u16, node: u32) -> u32 {
        let bytes = self.endpoints.get(usize::from(endpoint)).map_or(0, |e| e.facts.payload_bytes);
        (f64::from(bytes) * self.nodes[node as usize].facts.answer_share) as u32
    }

    /// Makes a new call over a link, by way of the link's guard if it has one. `NONE` at the bound on calls in flight.
    #[inline(never)]
    pub fn send(&mut self, parent: CallId, link: u32, op: Op, instance: u16) -> CallId {
        let core = self.link(link);
        let (to, usual) = (core.to, core.usual);
        let p = self.calls.get(parent);
        if let Some(delay) = usual
            && p.is_plain()
            && self.calls.has_room()
        {
            let (id, generation) = self.calls.put(p.child(parent, link, to, op, instance));
            self.link(link).counters.calls += 1;
            self.post_in_place(delay, Event::Arrive, id, generation);
            return id;
        }
        self.send_at_length(parent, link, op, instance)
    }

    /// The same, whatever there is to think of.
    #[inline(never)]
    fn send_at_length(&mut self, parent: CallId, link: u32, op: Op, instance: u16) -> CallId {
        if self.link(link).caller.is_some() {
            return self.guarded(parent, link, op, instance);
        }
        self.dispatch(parent, link, op, instance)
    }

    /// The same past the guard.
    pub fn dispatch(&mut self, parent: CallId, link: u32, op: Op, instance: u16) -> CallId {
        let core = self.link(link);
        let (to, special, mut delay) = (core.to, core.special, core.call());
        let child = self.calls.get(parent).child(parent, link, to, op, instance);
        let (request, watched) = (child.request, child.flags & (TRACED | LOGGED) != 0);
        let Some(id) = self.calls.insert(child) else {
            // Not even made.
            self.link(link).counters.calls -= 1;
            return NONE;
        };
        if special {
            let core = self.link(link);
            delay = as_long_as(core.hinder(delay.ns, core.impaired.lost_calls, 0, 0), delay);
        }
        if watched {
            self.watched_call(id, delay.ns);
        }
        if special && delay.ns == LOST {
            self.lose(id);
            return id;
        }
        if request.is_multiple_of(spent::EVERY) {
            self.calls.spend(id, |s| s.network += delay.ns);
        }
        self.post(delay, Event::Arrive, id);
        id
    }

    /// The log of the request, or the screen, hears of a call that takes so long, or is [`LOST`].
    #[cold]
    #[inline(never)]
    fn watched_call(&mut self, id: CallId, takes_ns: u64) {
        let Call { parent, link, node, request, flags, .. } = *self.calls.get(id);
        if flags & LOGGED != 0 {
            // An attempt of a guarded call was caused by the one who made that.
            let guard = self.calls.get(parent);
            let cause = if guard.stage == Stage::Attempting { guard.parent } else { parent };
            self.traces.sent(request, cause, id, node, self.now);
        }
        if flags & TRACED != 0 && takes_ns != LOST {
            self.trace(link, request, Fate::Fresh, false, takes_ns);
        }
    }

    /// Records a hop for the screen.
    #[inline(never)]
    fn trace(&mut self, link: u32, request: u32, fate: Fate, reply: bool, takes_ns: u64) {
        let (sent_ns, arrives_ns) = (self.now, self.now.saturating_add(takes_ns));
        self.hops.push(Hop { link, request: u64::from(request), fate, reply, sent_ns, arrives_ns });
    }

    /// A message is gone on the way, or with the machine it was on. The caller learns of it when its operating system
    /// gives the connection up, unless it stops waiting before.
    pub fn lose(&mut self, id: CallId) {
        self.calls.void_events(id);
        let call = self.calls.get_mut(id);
        (call.stage, call.outcome) = (Stage::Lost, Outcome::Failed(Reason::Lost));
        if call.parent == NONE {
            self.calls.remove(id);
        } else {
            self.post(Delay::once(CONNECTION_GIVES_UP_NS), Event::Return, id);
        }
    }

    /// A call inside a component vanishes with it.
    pub fn vanish(&mut self, id: CallId, reason: Reason) {
        let now = self.now;
        let call = self.calls.get(id);
        let (node, arrived) = (call.node, call.arrived);
        self.nodes[node as usize].counters.leave(now, Outcome::Failed(reason), false, now - arrived);
        self.lose(id);
    }

    /// Nobody waits any more for a call made earlier. What it set going goes on.
    pub fn abandon(&mut self, child: CallId) {
        if child == NONE {
            return;
        }
        let call = self.calls.get_mut(child);
        call.parent = NONE;
        if call.stage == Stage::Lost {
            self.calls.remove(child);
        }
    }

    /// Begins background work inside `node`: a message, a job.
    pub fn spawn(&mut self, call: Call) -> CallId {
        let (now, node) = (self.now, call.node);
        let Some(id) = self.calls.insert(Call {
            arrived: now,
            parent: NONE,
            link: NONE,
            state: 0,
            aux: NONE,
            next: NONE,
            stage: Stage::Inside,
            outcome: Outcome::Answered,
            flags: (call.flags & (MEASURED | TRACED | AGAIN | LOGGED)) | BACKGROUND,
            ..call
        }) else {
            return NONE;
        };
        self.background_opened += 1;
        self.nodes[node as usize].counters.inside.change(1, now);
        if call.flags & LOGGED != 0 {
            self.traces.sent(call.request, NONE, id, node, now);
            self.traces.arrived(call.request, id, now);
        }
        id
    }

    /// Ends background work.
    pub fn finish(&mut self, id: CallId) {
        let now = self.now;
        let Call { node, flags, request, .. } = *self.calls.get(id);
        if flags & LOGGED != 0 {
            self.traces.replied(request, id, now, Outcome::Answered);
            self.traces.returned(request, id, now, Outcome::Answered);
        }
        self.nodes[node as usize].counters.inside.change(-1, now);
        self.background_closed += 1;
        self.calls.remove(id);
    }

    /// Answers a call whose way back is gone: the caller learns at this instant.
    pub fn fail_at_once(&mut self, id: CallId, outcome: Outcome) {
        let now = self.now;
        let call = self.calls.get_mut(id);
        let (was_inside, node, arrived) = (call.stage == Stage::Inside, call.node, call.arrived);
        call.outcome = outcome;
        call.stage = Stage::Returning;
        if was_inside {
            self.nodes[node as usize].counters.leave(now, outcome, false, now - arrived);
        }
        self.calls.void_events(id);
        self.post(Delay::once(0), Event::Return, id);
    }

    /// Ends a users' request.
    #[inline]
    pub fn close(&mut self, id: CallId, outcome: Outcome, deadline_ns: u64) {
        let now = self.now;
        let call = self.calls.get(id);
        let (node, latency) = (call.node, now - call.arrived);
        let usual = call.is_usual() && outcome.is_ok();
        if usual
            && self.endpoints.len() <= 1
            && !self.requests.batches.lack_one()
            && !self.node(node).counters.batches.lack_one()
        {
            let bucket = Histogram::bucket(latency);
            self.node(node).counters.answer(now, bucket, latency);
            self.requests.answer(bucket, latency, latency <= deadline_ns);
            self.completed += 1;
            return self.calls.remove(id);
        }
        self.close_at_length(id, outcome, deadline_ns);
    }

    /// The same, whatever there is to think of.
    #[inline(never)]
    fn close_at_length(&mut self, id: CallId, outcome: Outcome, deadline_ns: u64) {
        let now = self.now;
        let call = self.calls.get(id);
        let (node, endpoint, flags, request) = (call.node, call.endpoint, call.flags, call.request);
        let residence = now - call.arrived;
        let measured = flags & MEASURED != 0;
        self.node(node).counters.leave(now, outcome, measured, residence);
        if measured {
            self.close_request(endpoint, outcome, residence, residence <= deadline_ns, flags);
            if request.is_multiple_of(spent::EVERY) && outcome.is_ok() {
                self.break_down(id, endpoint, residence);
            }
        }
        if flags & LOGGED != 0 {
            self.traces.end(request, now, outcome);
        }
        self.completed += 1;
        self.calls.remove(id);
    }

    /// Counts where the time of an answered request went.
    #[inline(never)]
    fn break_down(&mut self, id: CallId, endpoint: u16, residence: u64) {
        let spent = self.calls.spent(id);
        debug_assert!(spent.whole() <= residence, "{spent:?} in {residence} ns");
        self.requests.parts.add(spent, residence);
        if let Some(requests) = self.apart(endpoint) {
            requests.parts.add(spent, residence);
        }
    }

    #[inline(always)]
    pub fn offered(&mut self, endpoint: u16) {
        self.requests.offered += 1;
        if let Some(requests) = self.apart(endpoint) {
            requests.offered += 1;
        }
    }

    /// What users saw of the endpoint of this place in the list. What they saw of the only one is all that they saw, and is
    /// counted once.
    pub fn requests_of(&self, endpoint: usize) -> &RequestCounters {
        if self.endpoints.len() > 1 { &self.endpoints[endpoint].requests } else { &self.requests }
    }

    /// Every counter of requests.
    pub fn all_requests(&mut self) -> impl Iterator<Item = &mut RequestCounters> {
        std::iter::once(&mut self.requests).chain(self.endpoints.iter_mut().map(|e| &mut e.requests))
    }

    /// Where requests of an endpoint are counted besides the total; `None` if it is the only one.
    #[inline(always)]
    fn apart(&mut self, endpoint: u16) -> Option<&mut RequestCounters> {
        match self.endpoints.as_mut_slice() {
            [] | [_] => None,
            many => many.get_mut(usize::from(endpoint)).map(|e| &mut e.requests),
        }
    }

    pub fn close_request(&mut self, endpoint: u16, outcome: Outcome, latency_ns: u64, in_time: bool, flags: u8) {
        self.requests.close(outcome, latency_ns, in_time, flags);
        if let Some(requests) = self.apart(endpoint) {
            requests.close(outcome, latency_ns, in_time, flags);
        }
    }

    pub fn endpoint(&mut self, node: u32, facts: EndpointFacts) -> u16 {
        let found = self.endpoints.iter().position(|e| e.node == node && e.facts.name == facts.name);
        let index = match found {
            Some(index) => {
                self.endpoints[index].facts = facts;
                index
            }
            None => {
                if let [only] = self.endpoints.as_mut_slice() {
                    only.requests = self.requests.clone();
                }
                self.endpoints.push(EndpointCore { node, facts, requests: RequestCounters::default() });
                self.endpoints.len() - 1
            }
        };
        // Beyond 65,535 endpoints the rest share the last number, which no table holds: they count in the total only.
        u16::try_from(index).unwrap_or(u16::MAX)
    }

    pub fn downstream(&self, link: u32) -> Downstream {
        let l = &self.links[link as usize];
        let node = &self.nodes[l.to as usize];
        let facts = &node.facts;
        Downstream {
            link,
            node: l.to,
            kind: crate::components::kind(&node.kind).map_or("", |k| k.name),
            instances: facts.instances,
            slots: facts.slots / u32::from(facts.instances.max(1)),
            weight: l.weight,
            // With a store of its own behind it, a cache reads through and never answers "miss".
            look_aside_cache: facts.cache && node.out.is_empty(),
            keeps_keys: facts.keeps_keys,
            wait: l.terms.wait,
            degrade: l.terms.degrade,
            calls_per_request: l.terms.calls_per_request,
            selective: !(l.terms.reads && l.terms.writes && l.terms.paths.is_empty()),
        }
    }

    /// When the users' request that this call serves is no use any more, ns; `u64::MAX` if it always is. A call that nobody
    /// waits for any more has no request to ask: it counts from the oldest call that is still known.
    pub fn deadline(&self, id: CallId) -> u64 {
        let mut call = self.calls.get(id);
        let within = self.endpoints.get(usize::from(call.endpoint)).map_or(0, |e| e.facts.deadline_ns);
        if within == 0 {
            return u64::MAX;
        }
        while call.parent != NONE {
            call = self.calls.get(call.parent);
        }
        call.arrived.saturating_add(within)
    }

    /// May a request of this endpoint that does this go over the link?
    #[inline(never)]
    pub fn carries(&self, link: u32, endpoint: u16, op: Op) -> bool {
        self.matches(link, endpoint, op).is_some()
    }

    /// The same, and if so, how much of the path the link asks for: the length of the longest of its prefixes that fits.
    pub fn matches(&self, link: u32, endpoint: u16, op: Op) -> Option<usize> {
        let terms = &self.links[link as usize].terms;
        let by_operation = match op {
            Op::Read | Op::Probe => terms.reads,
            Op::Write | Op::Invalidate => terms.writes,
            Op::Fill => true,
        };
        if !by_operation {
            return None;
        }
        if terms.paths.is_empty() {
            return Some(0);
        }
        let path = &self.endpoints.get(usize::from(endpoint))?.facts.path;
        terms.paths.iter().filter(|p| path.starts_with(p.as_str())).map(String::len).max()
    }

    /// Nobody waits any more for the calls that `parent` made.
    pub fn orphan_children_of(&mut self, parent: impl Fn(CallId) -> bool) {
        for (_, call) in self.calls.iter_mut() {
            if call.parent != NONE && parent(call.parent) {
                call.parent = NONE;
            }
        }
    }
}

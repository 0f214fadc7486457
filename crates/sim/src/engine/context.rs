//! The small closed vocabulary that every component's behaviour is made from.

use super::calendar::{Calendar, Delay};
use super::call::{
    self, AGAIN, BACKGROUND, Call, CallId, Calls, DEGRADED, Event, FORGED, LOGGED, MEASURED, NONE, Op, Outcome, Reason,
    STALE, Stage, TRACED, pack,
};
use super::rng::Stream;
use super::sampler::Sampler;
use super::spent;
use super::world::{EndpointFacts, World};
use crate::design::Distribution;
use backpressure_pack::Pack;

/// What a component may do, and see: the world, as the one node sees it whose turn it is.
///
/// It owns the world and is handed on by reference. One made anew for every event would lie on the stack, and the way to the
/// world would lead over it each time.
#[derive(Clone, Debug, Default, Pack)]
pub struct Context {
    pub(crate) world: World,
    pub(super) node: u32,
}

/// A reply that came back to a component.
#[derive(Clone, Copy, Debug)]
pub struct Reply {
    /// The call that this component made.
    pub child: CallId,
    /// The link it went over.
    pub link: u32,
    /// The instance it went to; `u16::MAX` if the choice was left to the component called.
    pub instance: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// What was asked.
    pub op: Op,
    /// Version of the object it was about, as the answer holds it; 0 if it holds none.
    pub version: u32,
}

/// A component that this one may call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Downstream {
    /// The link that leads there: pass it to [`Context::send`].
    pub link: u32,
    /// Number of the component there.
    pub node: u32,
    /// Kind of the component there (`cache`).
    pub kind: &'static str,
    /// Instances behind it that a balancer may choose from.
    pub instances: u16,
    /// Slots of each instance; 0 for a component without slots.
    pub slots: u32,
    /// Weight of the link.
    pub weight: f64,
    /// Is it a cache that answers "miss" and leaves the store to the caller?
    pub look_aside_cache: bool,
    /// Does it keep values by key, so that filling and invalidating it means something?
    pub keeps_keys: bool,
    /// Does the caller wait for the answer?
    pub wait: bool,
    /// Does the caller answer with less if this call fails?
    pub degrade: bool,
    /// Calls made over the link for one request: see [`Context::calls_now`].
    pub calls_per_request: f64,
    /// Does the link carry some requests only, by path or by operation? Then ask [`Context::carries`].
    pub selective: bool,
}

/// What the rest of the design may know of a component.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Facts {
    /// Slots in all; 0 for a component without slots.
    pub slots: u32,
    /// Calls that may wait, over all its queues; `None` if it has none.
    pub queue_limit: Option<u32>,
    /// Instances that a balancer may choose from.
    pub instances: u16,
    /// Is it a cache?
    pub cache: bool,
    /// Does it keep values by key, so that filling and invalidating it means something?
    pub keeps_keys: bool,
    /// Does it decide by itself which of its machines serves a call, whatever the caller says? Callers then see one instance.
    pub routes: bool,
    /// Cores in all, shared by those who compute; 0 where there is one for everybody.
    pub cores: u32,
    /// Bytes of its answers, as a share of what the endpoint's payload says: less than 1 if it compresses them.
    pub answer_share: f64,
}

impl Facts {
    /// Cores for each slot.
    pub fn cores_per_slot(&self) -> f64 {
        f64::from(self.cores) / f64::from(self.slots.max(1))
    }
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            slots: 0,
            queue_limit: None,
            instances: 1,
            cache: false,
            keeps_keys: false,
            routes: false,
            cores: 0,
            answer_share: 1.0,
        }
    }
}

impl Context {
    pub(super) fn new(world: World) -> Self {
        Self { world, node: 0 }
    }

    /// It is this node's turn.
    #[inline(always)]
    pub(super) fn turn_of(&mut self, node: u32) -> &mut Self {
        self.node = node;
        self
    }

    /// Simulated time, ns since the start of the run.
    #[inline(always)]
    pub fn now(&self) -> u64 {
        self.world.now
    }

    /// The id of this component, as the owner of what it makes up by itself.
    pub fn name_of_self(&self) -> String {
        self.world.nodes[self.node as usize].id.clone()
    }

    /// A random stream of this component's own for one purpose.
    pub fn stream(&self, purpose: &str) -> Stream {
        Stream::new(self.world.seed, &self.world.nodes[self.node as usize].id, purpose)
    }

    /// A sampler of a distribution with a stream of its own.
    pub fn sampler(&mut self, distribution: &Distribution, purpose: &str) -> Sampler {
        let stream = self.stream(purpose);
        Sampler::new(distribution, stream, &mut self.world.calendar)
    }

    /// The calendar, for spans that are the same every time ([`Calendar::constant`]).
    pub fn calendar(&mut self) -> &mut Calendar {
        &mut self.world.calendar
    }

    /// The record of a call that is inside this component.
    #[inline(always)]
    pub fn call(&self, id: CallId) -> &Call {
        self.world.calls.get(id)
    }

    /// The same, to write the component's own scratch (`state`, `aux`) or what its calls shall carry.
    #[inline(always)]
    pub fn call_mut(&mut self, id: CallId) -> &mut Call {
        self.world.calls.get_mut(id)
    }

    /// What this component declared.
    #[inline(always)]
    pub fn facts(&self) -> &Facts {
        &self.world.nodes.as_slice()[self.node as usize].facts
    }

    /// Tells the rest of the design about this component: in `new` and `configure`, so that every neighbour's `wire` sees it.
    pub fn declare(&mut self, facts: Facts) {
        let now = self.world.now;
        let node = &mut self.world.nodes[self.node as usize];
        let more = facts.slots as i32 - node.counters.slots.value() as i32;
        if more != 0 {
            node.counters.slots.change(more, now);
        }
        node.facts = facts;
    }

    /// The number of an endpoint in the results: the same name in the same component is the same endpoint.
    pub fn endpoint(&mut self, facts: EndpointFacts) -> u16 {
        self.world.endpoint(self.node, facts)
    }

    /// What is known of the endpoint of a call.
    pub fn endpoint_of(&self, call: CallId) -> Option<&EndpointFacts> {
        let endpoint = self.world.calls.get(call).endpoint;
        self.world.endpoints.get(usize::from(endpoint)).map(|e| &e.facts)
    }

    /// May this request go over the link, by its path and by whether it reads or writes?
    #[inline]
    pub fn carries(&self, link: u32, call: CallId, op: Op) -> bool {
        let endpoint = self.world.calls.get(call).endpoint;
        self.world.carries(link, endpoint, op)
    }

    /// May a request of this endpoint that does this go over the link? If so, how much of the path the link asks for: the
    /// length of the longest of its prefixes that fits, 0 if it asks for none.
    pub fn matches(&self, link: u32, endpoint: u16, op: Op) -> Option<usize> {
        self.world.matches(link, endpoint, op)
    }

    /// Endpoints of the whole design: their numbers are below.
    pub fn endpoints(&self) -> usize {
        self.world.endpoints.len()
    }

    /// How many calls one request makes over the link this time: its number of calls per request, the fraction by chance.
    pub fn calls_now(&mut self, link: u32) -> u32 {
        let link = &mut self.world.links[link as usize];
        let mean = link.terms.calls_per_request;
        let whole = mean as u32;
        let fraction = mean - f64::from(whole);
        whole + u32::from(fraction > 0.0 && link.chance.chance(fraction))
    }

    /// Changes how many instances callers may choose from, while the run goes on.
    pub fn set_instances(&mut self, instances: u16) {
        self.world.nodes[self.node as usize].facts.instances = instances;
        self.world.rewire = true;
    }

    /// An instance goes down by its own doing, or is up again: while it is down the engine refuses what arrives for it, as
    /// with a crash that is a fault.
    pub fn set_down(&mut self, instance: u16, down: bool) {
        self.world.set_down(self.node, instance, down);
    }

    /// The process of this instance dies at this instant: what is inside fails with reason `crashed`. The component forgot it
    /// before (its pools are empty), and touches no call of it afterwards.
    pub fn kill(&mut self, instance: u16) {
        self.world.crash(self.node, Some(u32::from(instance)), false);
    }

    /// ∫ slots in use dt since the run began, ns.
    pub fn busy_time(&self) -> f64 {
        self.world.nodes[self.node as usize].counters.busy.whole_area(self.world.now)
    }

    /// Calls and messages that wait at those who call this component, for their turn to be passed on.
    pub fn backlog(&self) -> u32 {
        let calling = self.world.links.iter().filter(|l| l.alive && l.to == self.node).map(|l| l.from);
        calling.map(|n| self.world.nodes[n as usize].counters.waiting.value()).fold(0, u32::saturating_add)
    }

    /// ∫ cores in use dt since the run began, ns.
    pub fn computing_time(&self) -> f64 {
        self.world.nodes[self.node as usize].counters.computing.whole_area(self.world.now)
    }

    /// Work of this instance takes this many times as long as usual: 1 unless a fault makes it slow.
    pub fn slowness(&self, instance: u16) -> f64 {
        self.world.nodes[self.node as usize].impaired.slowness(instance)
    }

    /// Has this component no room on its disk, by a fault?
    pub fn disk_is_full(&self) -> bool {
        self.world.nodes[self.node as usize].impaired.disk_full
    }

    /// Is this instance up, as far as faults go? `u16::MAX` asks for the component as a whole.
    #[inline]
    pub fn is_up(&self, instance: u16) -> bool {
        let impaired = &self.world.nodes[self.node as usize].impaired;
        !impaired.any || !impaired.is_down(instance)
    }

    /// The components this one may call, in the order the links were added.
    pub fn downstream(&self) -> Vec<Downstream> {
        let world = &self.world;
        world.nodes[self.node as usize].out.iter().map(|&link| world.downstream(link)).collect()
    }

    /// Calls downstream over `link` on behalf of `parent`, which must be inside this component. The reply comes back to
    /// `on_reply`. Returns the new call, or `NONE` at the simulation's bound on calls in flight: then nothing was sent.
    #[inline(always)]
    pub fn send(&mut self, parent: CallId, link: u32, op: Op, instance: u16) -> CallId {
        self.world.send(parent, link, op, instance)
    }

    /// The same without waiting: no reply will come. False at the bound on calls in flight.
    pub fn send_and_forget(&mut self, parent: CallId, link: u32, op: Op) -> bool {
        let child = self.send(parent, link, op, u16::MAX);
        if child == NONE {
            return false;
        }
        self.world.calls.get_mut(child).flags |= BACKGROUND;
        self.world.forget(child);
        true
    }

    /// Begins work that no caller waits for (a message, a job, a probe), with the request of `from` as its origin. It is
    /// inside this component until [`Context::finish`]. `NONE` at the bound on calls in flight.
    pub fn spawn(&mut self, from: CallId) -> CallId {
        let origin = Call { node: self.node, instance: u16::MAX, ..*self.world.calls.get(from) };
        self.world.spawn(origin)
    }

    /// The same without an origin: work that begins by itself.
    pub fn spawn_alone(&mut self, op: Op, key: u64) -> CallId {
        let call = Call {
            key,
            arrived: self.world.now,
            request: u32::MAX,
            node: self.node,
            endpoint: u16::MAX,
            instance: u16::MAX,
            op,
            stage: Stage::Inside,
            flags: MEASURED,
            ..call::UNUSED
        };
        self.world.spawn(call)
    }

    /// Marks of a call that work derived from it later shall carry on ([`Context::relate`]).
    pub fn marks(&self, call: CallId) -> u8 {
        self.world.calls.get(call).flags & (MEASURED | TRACED | LOGGED | AGAIN)
    }

    /// Gives work that began alone the origin it stands for: whose request it was, and when it came to this component.
    pub fn relate(&mut self, call: CallId, request: u32, endpoint: u16, version: u32, marks: u8, born_ns: u64) {
        let c = self.world.calls.get_mut(call);
        (c.request, c.endpoint, c.version, c.arrived) = (request, endpoint, version, born_ns);
        c.flags = BACKGROUND | marks & (MEASURED | TRACED | LOGGED | AGAIN);
    }

    /// Asks an instance at the other end of a link whether it is there, as a health check does: past the guard of the link, and
    /// counted by neither component. Returns a piece of work of this component's own that the answer comes back to (`on_reply`
    /// with [`Op::Probe`]); its `aux` is the question, to abandon it by. End it with [`Context::finish`]. `NONE` at the bound on
    /// calls in flight.
    pub fn probe(&mut self, link: u32, instance: u16) -> CallId {
        let work = self.spawn_alone(Op::Probe, 0);
        if work != NONE {
            let question = self.world.dispatch(work, link, Op::Probe, instance);
            self.call_mut(work).aux = question;
        }
        work
    }

    /// The work begun with [`Context::spawn`] that is inside this component for one of its instances. O(calls in flight).
    pub fn background_at(&self, instance: u16) -> Vec<CallId> {
        let here = |c: &Call| {
            c.stage == Stage::Inside
                && c.node == self.node
                && c.link == NONE
                && c.is_background()
                && c.instance == instance
        };
        self.world.calls.iter().filter(|(_, c)| here(c)).map(|(id, _)| id).collect()
    }

    /// Ends work begun with [`Context::spawn`]: done, or given up.
    pub fn finish(&mut self, call: CallId) {
        self.world.finish(call);
    }

    /// A write is committed by the store that holds the truth: the object has a new version. A write that another store
    /// has committed already keeps its version. Returns it.
    pub fn commit(&mut self, call: CallId) -> u32 {
        let Call { key, version, .. } = *self.world.calls.get(call);
        if version != 0 {
            return version;
        }
        let version = self.world.truth.advance(key);
        self.world.calls.get_mut(call).version = version;
        version
    }

    /// The number a write gets that is under way, for a store whose writes are committed later ([`Context::publish`]).
    pub fn next_version(&self, key: u64) -> u32 {
        self.world.truth.next(key)
    }

    /// A write under way is committed: its version is the newest, unless a newer one is committed already.
    pub fn publish(&mut self, key: u64, version: u32) {
        self.world.truth.publish(key, version);
    }

    /// Committed writes are lost, as when a replica takes over that had not received them: `version` is the newest again.
    /// Whoever still holds one that was lost gives stale answers.
    pub fn roll_back(&mut self, key: u64, version: u32) {
        self.world.truth.roll_back(key, version);
    }

    /// The newest committed version of an object, in any store; 0 if it was never written.
    #[inline]
    pub fn newest(&self, key: u64) -> u32 {
        self.world.truth.newest(key)
    }

    /// A read is answered with this version. Returns true, and counts a stale read, if the store holds a newer one.
    #[inline]
    pub fn serve_version(&mut self, call: CallId, version: u32) -> bool {
        let stale = self.world.truth.is_stale(self.world.calls.get(call).key, version);
        self.mark_version(call, version, stale)
    }

    /// The same for a read that takes a while: stale if it is older than `newest`, the newest version when the read began.
    pub fn serve_version_as_of(&mut self, call: CallId, version: u32, newest: u32) -> bool {
        self.mark_version(call, version, version < newest)
    }

    #[inline]
    fn mark_version(&mut self, call: CallId, version: u32, stale: bool) -> bool {
        let record = self.world.calls.get_mut(call);
        record.version = version;
        if stale {
            record.flags |= STALE;
        }
        stale
    }

    /// Whoever makes this request cannot prove who they are.
    pub fn forge(&mut self, call: CallId) {
        self.world.calls.get_mut(call).flags |= FORGED;
    }

    /// When the users' request that this call serves is no use any more, simulated ns; `u64::MAX` if it always is.
    pub fn deadline(&self, call: CallId) -> u64 {
        self.world.deadline(call)
    }

    /// The answer to this call is less than was asked for.
    pub fn degrade(&mut self, call: CallId) {
        self.world.calls.get_mut(call).flags |= DEGRADED;
    }

    /// Work done by this component for `call`: as [`Context::after`], but it takes longer while a fault makes the component slow,
    /// and counts as the time the component itself took.
    #[inline(always)]
    pub fn work(&mut self, delay: Delay, call: CallId, tag: u8) {
        let delay = self.slowed(delay, call);
        self.after(delay, call, tag);
    }

    /// How long work takes with the faults there are; counts it as done.
    #[inline(always)]
    pub fn slowed(&mut self, delay: Delay, call: CallId) -> Delay {
        let node = &mut self.world.nodes.as_mut_slice()[self.node as usize];
        let mut delay = delay;
        if node.impaired.slows {
            let factor = node.impaired.slowness(self.world.calls.get(call).instance);
            delay = Delay::once((delay.ns as f64 * factor) as u64);
        }
        node.counters.work_ns += delay.ns;
        let record = self.world.calls.get(call);
        if record.flags & LOGGED != 0 {
            let (request, now) = (record.request, self.world.now);
            self.world.traces.worked(request, call, now, delay.ns);
        }
        self.world.calls.spend(call, |s| s.service += delay.ns);
        delay
    }

    /// Answers `call`, which leaves this component.
    #[inline(always)]
    pub fn reply(&mut self, call: CallId, outcome: Outcome) {
        self.world.reply(call, outcome);
    }

    /// Ends a call that waited here in vain: its caller is told; work that nobody waits for just ends.
    pub fn give_up(&mut self, call: CallId, reason: Reason) {
        let Call { link, parent, .. } = *self.call(call);
        if link == NONE && parent == NONE {
            self.finish(call);
        } else {
            self.reply(call, Outcome::Failed(reason));
        }
    }

    /// Asks for `on_timer(call, tag)` after `delay`. `tag` is below 112. The timer is void once the caller has its answer; until then a
    /// component that answers first must expect it, or void it ([`Context::void_timers`]).
    #[inline(always)]
    pub fn after(&mut self, delay: Delay, call: CallId, tag: u8) {
        debug_assert!(tag < call::TIMERS);
        self.world.post(delay, Event::Timer(tag), call);
    }

    /// Asks for `on_node_timer(tag)` after `delay`. `tag` is below 112.
    #[inline(always)]
    pub fn after_node(&mut self, delay: Delay, tag: u8) {
        debug_assert!(tag < call::TIMERS);
        let node = self.node;
        let epoch = self.world.node(node).epoch;
        self.world.schedule(delay, pack(Event::NodeTimer(tag), epoch, node));
    }

    /// Voids the timers of a call, for one that is answered while some are still to come.
    pub fn void_timers(&mut self, call: CallId) {
        self.world.calls.void_events(call);
    }

    /// Voids every timer this component asked for itself.
    pub fn void_node_timers(&mut self) {
        let node = &mut self.world.nodes[self.node as usize];
        node.epoch = (node.epoch + 1) & call::GENERATION_MASK;
    }

    /// Stops waiting for a call made earlier: its reply will not come to `on_reply`. What it set going goes on, as on a
    /// real server, which does not know that nobody waits.
    pub fn abandon(&mut self, child: CallId) {
        self.world.abandon(child);
    }

    /// Opens a users' request; `instance` is the users' own to use. `NONE` at the simulation's bound on calls in flight; the
    /// request is then counted as failed.
    #[inline]
    pub fn open(&mut self, endpoint: u16, op: Op, key: u64, instance: u16) -> CallId {
        let world = &mut self.world;
        let request = world.requests_opened as u32;
        if world.hops.samples(request)
            || world.traces.samples(request)
            || request.is_multiple_of(spent::EVERY)
            || !world.calls.has_room()
        {
            return self.open_at_length(endpoint, op, key, instance);
        }
        let call = self.opened(endpoint, op, key, instance, MEASURED);
        let (id, _) = self.world.calls.put(call);
        self.counts_in();
        id
    }

    /// The same, whatever there is to think of.
    #[inline(never)]
    fn open_at_length(&mut self, endpoint: u16, op: Op, key: u64, instance: u16) -> CallId {
        let world = &self.world;
        let request = world.requests_opened as u32;
        let traced = if world.hops.samples(request) { TRACED } else { 0 };
        let logged = if world.traces.samples(request) { LOGGED } else { 0 };
        let call = self.opened(endpoint, op, key, instance, MEASURED | traced | logged);
        let world = &mut self.world;
        let Some(id) = world.calls.insert(call) else {
            world.close_request(endpoint, Outcome::Failed(Reason::Limit), 0, false, 0);
            world.completed += 1;
            return NONE;
        };
        self.counts_in();
        let (node, world) = (self.node, &mut self.world);
        if logged != 0 && !world.traces.begin(request, endpoint, key, id, node, world.now) {
            world.calls.get_mut(id).flags &= !LOGGED;
        }
        id
    }

    /// The next users' request, which is counted as offered.
    #[inline(always)]
    fn opened(&mut self, endpoint: u16, op: Op, key: u64, instance: u16, flags: u8) -> Call {
        let world = &mut self.world;
        let request = world.requests_opened as u32;
        world.requests_opened += 1;
        world.offered(endpoint);
        Call {
            key,
            arrived: world.now,
            request,
            node: self.node,
            client: request,
            endpoint,
            instance,
            op,
            stage: Stage::Inside,
            flags,
            ..call::UNUSED
        }
    }

    /// One more is inside this component.
    #[inline(always)]
    fn counts_in(&mut self) {
        let now = self.world.now;
        let counters = self.counters();
        counters.arrived += 1;
        counters.inside.change(1, now);
    }

    /// Ends a users' request. `deadline_ns`: answers later than this are not in time.
    #[inline]
    pub fn close(&mut self, call: CallId, outcome: Outcome, deadline_ns: u64) {
        self.world.close(call, outcome, deadline_ns);
    }

    /// Counts a lookup that found its key.
    #[inline]
    pub fn record_hit(&mut self) {
        self.record_lookup(true);
    }

    /// Counts a lookup that did not.
    #[inline]
    pub fn record_miss(&mut self) {
        self.record_lookup(false);
    }

    /// Counts entries that were evicted to make room.
    #[inline]
    pub fn record_evictions(&mut self, entries: u64) {
        self.counters().evictions += entries;
    }

    /// Adds to one of the kind's own counts, by its place in [`crate::components::Kind::metrics`].
    #[inline]
    pub fn count(&mut self, metric: usize, by: u64) {
        self.counters().count(metric, by);
    }

    /// Changes one of the kind's own levels.
    #[inline]
    pub fn level(&mut self, metric: usize, by: i32) {
        let now = self.world.now;
        self.counters().level(metric, by, now);
    }

    /// Sets one of the kind's own levels.
    pub fn set_level(&mut self, metric: usize, to: u32) {
        let now = self.world.now;
        self.counters().set_level(metric, to, now);
    }

    /// Calls inside this component.
    pub fn inside(&self) -> u32 {
        self.world.nodes[self.node as usize].counters.inside.value()
    }

    /// Records a time in one of the kind's own spans, ns.
    #[inline]
    pub fn span(&mut self, metric: usize, ns: u64) {
        self.counters().span(metric, ns);
    }

    #[inline(always)]
    fn record_lookup(&mut self, hit: bool) {
        let counters = self.counters();
        *(if hit { &mut counters.hits } else { &mut counters.misses }) += 1;
    }

    #[inline(always)]
    pub(super) fn counters(&mut self) -> &mut crate::metrics::NodeCounters {
        &mut self.world.node(self.node).counters
    }

    #[inline(always)]
    pub(super) fn busy_changed(&mut self, by: i32) {
        let now = self.world.now;
        self.counters().busy.change(by, now);
    }

    /// So many more calls wait here (fewer, if negative): what the screen shows as a queue.
    #[inline(always)]
    pub fn waits(&mut self, by: i32) {
        self.waiting_changed(by);
    }

    pub(super) fn computing_changed(&mut self, by: i32) {
        let now = self.world.now;
        self.counters().computing.change(by, now);
    }

    #[inline(always)]
    pub(super) fn waiting_changed(&mut self, by: i32) {
        let now = self.world.now;
        self.counters().waiting.change(by, now);
    }

    #[inline(always)]
    pub(super) fn next(&self, call: CallId) -> CallId {
        self.world.calls.get(call).next
    }

    #[inline(always)]
    pub(super) fn set_next(&mut self, call: CallId, next: CallId) {
        self.world.calls.get_mut(call).next = next;
    }

    /// Calls in flight in the whole simulation.
    pub fn calls(&self) -> &Calls {
        &self.world.calls
    }
}

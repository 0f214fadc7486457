//! The small closed vocabulary that every component's behaviour is made from.

use super::calendar::{Calendar, Delay};
use super::call::{self, Call, CallId, Calls, Event, MEASURED, NONE, Op, Outcome, Reason, Stage, TRACED, pack};
use super::rng::Stream;
use super::sampler::Sampler;
use super::world::World;
use crate::design::Distribution;
use crate::metrics::{Fate, Hop};
use serde::{Deserialize, Serialize};

/// What a component may do, and see. It stands for one node at one instant.
pub struct Context<'a> {
    pub(super) world: &'a mut World,
    pub(super) node: u32,
}

/// A reply that came back to a component.
#[derive(Clone, Copy, Debug)]
pub struct Reply {
    /// The call that this component made.
    pub child: CallId,
    /// How it ended.
    pub outcome: Outcome,
    /// What was asked.
    pub op: Op,
}

/// A component that this one may call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Downstream {
    /// The link that leads there: pass it to [`Context::send`].
    pub link: u32,
    /// Instances behind it that a balancer may choose from.
    pub instances: u16,
    /// Weight of the link.
    pub weight: f64,
    /// Is it a cache that answers "miss" and leaves the store to the caller?
    pub look_aside_cache: bool,
    /// Does it keep values by key, so that filling and invalidating it means something?
    pub keeps_keys: bool,
}

/// What the rest of the design may know of a component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
}

impl Default for Facts {
    fn default() -> Self {
        Self { slots: 0, queue_limit: None, instances: 1, cache: false, keeps_keys: false }
    }
}

impl<'a> Context<'a> {
    pub(super) fn new(world: &'a mut World, node: u32) -> Self {
        Self { world, node }
    }

    /// Simulated time, ns since the start of the run.
    #[inline]
    pub fn now(&self) -> u64 {
        self.world.now
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
    #[inline]
    pub fn call(&self, id: CallId) -> &Call {
        self.world.calls.get(id)
    }

    /// The same, to write the component's own scratch (`state`, `aux`) or what its calls shall carry.
    #[inline]
    pub fn call_mut(&mut self, id: CallId) -> &mut Call {
        self.world.calls.get_mut(id)
    }

    /// What this component declared.
    pub fn facts(&self) -> &Facts {
        &self.world.nodes[self.node as usize].facts
    }

    /// Tells the rest of the design about this component: in `new` and `configure`, so that every neighbour's `wire` sees it.
    pub fn declare(&mut self, facts: Facts) {
        self.world.nodes[self.node as usize].facts = facts;
    }

    /// The number of an endpoint in the results, by name: the same name in the same component is the same endpoint.
    pub fn endpoint(&mut self, name: &str) -> u16 {
        self.world.endpoint(self.node, name)
    }

    /// The components this one may call, in the order the links were added.
    pub fn downstream(&self) -> Vec<Downstream> {
        let world = &*self.world;
        world.nodes[self.node as usize].out.iter().map(|&link| world.downstream(link)).collect()
    }

    /// Calls downstream over `link` on behalf of `parent`, which must be inside this component. The reply comes back to
    /// `on_reply`. Returns the new call, or `NONE` at the simulation's bound on calls in flight: then nothing was sent.
    #[inline]
    pub fn send(&mut self, parent: CallId, link: u32, op: Op, instance: u16) -> CallId {
        let p = self.world.calls.get(parent);
        let traced = p.flags & TRACED != 0;
        let to = self.world.links[link as usize].to;
        let child = Call {
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
            ..*p
        };
        let request = child.request;
        let Some(id) = self.world.calls.insert(child) else {
            return NONE;
        };
        let delay = self.world.links[link as usize].call();
        self.world.post(delay, Event::Arrive, id);
        if traced {
            let now = self.world.now;
            self.world.hops.push(Hop {
                link,
                request,
                fate: Fate::Fresh,
                reply: false,
                sent_ns: now,
                arrives_ns: now.saturating_add(delay.ns),
            });
        }
        id
    }

    /// Answers `call`, which leaves this component.
    #[inline]
    pub fn reply(&mut self, call: CallId, outcome: Outcome) {
        self.world.reply(call, outcome);
    }

    /// Asks for `on_timer(call, tag)` after `delay`. `tag` is below 112. The timer is void once the call has left.
    #[inline]
    pub fn after(&mut self, delay: Delay, call: CallId, tag: u8) {
        debug_assert!(tag < call::TIMERS);
        self.world.post(delay, Event::Timer(tag), call);
    }

    /// Asks for `on_node_timer(tag)` after `delay`. `tag` is below 112.
    #[inline]
    pub fn after_node(&mut self, delay: Delay, tag: u8) {
        debug_assert!(tag < call::TIMERS);
        let node = self.node;
        let epoch = self.world.nodes[node as usize].epoch;
        let now = self.world.now;
        self.world.calendar.schedule(now, delay, pack(Event::NodeTimer(tag), epoch, node));
    }

    /// Voids every timer this component asked for itself.
    pub fn void_node_timers(&mut self) {
        let node = &mut self.world.nodes[self.node as usize];
        node.epoch = (node.epoch + 1) & call::GENERATION_MASK;
    }

    /// Stops waiting for a call made earlier: its reply will not come to `on_reply`. What it set going goes on, as on a
    /// real server, which does not know that nobody waits.
    pub fn abandon(&mut self, child: CallId) {
        if child != NONE {
            self.world.calls.get_mut(child).parent = NONE;
        }
    }

    /// Opens a users' request. `NONE` at the simulation's bound on calls in flight; the request is then counted as failed.
    #[inline]
    pub fn open(&mut self, endpoint: u16, op: Op, key: u64) -> CallId {
        let world = &mut *self.world;
        let request = world.requests_opened;
        world.requests_opened += 1;
        let traced = if world.hops.samples(request) { TRACED } else { 0 };
        world.offered(endpoint);
        let id = world.calls.insert(Call {
            key,
            arrived: world.now,
            request,
            parent: NONE,
            link: NONE,
            node: self.node,
            generation: 0,
            state: 0,
            aux: NONE,
            next: NONE,
            endpoint,
            instance: u16::MAX,
            op,
            outcome: Outcome::Answered,
            stage: Stage::Inside,
            flags: MEASURED | traced,
        });
        let Some(id) = id else {
            world.close_request(endpoint, Outcome::Failed(Reason::Limit), 0, false);
            world.completed += 1;
            return NONE;
        };
        let node = &mut world.nodes[self.node as usize].counters;
        node.arrived += 1;
        node.inside.change(1, world.now);
        id
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

    /// Counts an entry that was evicted to make room.
    pub fn record_eviction(&mut self) {
        self.counters().evictions += 1;
    }

    fn record_lookup(&mut self, hit: bool) {
        let counters = self.counters();
        *(if hit { &mut counters.hits } else { &mut counters.misses }) += 1;
    }

    fn counters(&mut self) -> &mut crate::metrics::NodeCounters {
        &mut self.world.nodes[self.node as usize].counters
    }

    #[inline]
    pub(super) fn busy_changed(&mut self, by: i32) {
        let now = self.world.now;
        self.counters().busy.change(by, now);
    }

    #[inline]
    pub(super) fn waiting_changed(&mut self, by: i32) {
        let now = self.world.now;
        self.counters().waiting.change(by, now);
    }

    #[inline]
    pub(super) fn next(&self, call: CallId) -> CallId {
        self.world.calls.get(call).next
    }

    #[inline]
    pub(super) fn set_next(&mut self, call: CallId, next: CallId) {
        self.world.calls.get_mut(call).next = next;
    }

    /// Calls in flight in the whole simulation.
    pub fn calls(&self) -> &Calls {
        &self.world.calls
    }
}

//! The run: takes events in order and hands each to the component it concerns.

use super::call::{
    Call, CallId, DEGRADED, Event, LOGGED, NONE, Op, Outcome, Reason, STALE, Stage, is_of_call, what, whose,
};
use super::context::{Context, Reply};
use super::world::World;
use crate::components::Behaviour;
use crate::metrics::Hop;
use backpressure_pack::Pack;

/// A running design. The whole of it is a value: clone it, save it, continue it, always with the same result.
#[derive(Clone, Debug, Pack)]
pub struct Simulation {
    pub(crate) cx: Context,
    /// The components' own state, by the numbers of [`World::nodes`].
    pub(crate) behaviours: Vec<Behaviour>,
    pub(crate) events: u64,
    pub(crate) trace_hash: u64,
}

/// How far a slice of the run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Events processed.
    pub events: u64,
    /// True if the wanted instant was reached; false if the slice ran out of events first.
    pub reached: bool,
}

impl Simulation {
    /// Runs until simulated time `t_ns`, or until `max_events` are processed. Slices of any size give the same result.
    // A function of its own: what every event needs stays in registers, which the caller would share.
    #[inline(never)]
    pub fn run_until(&mut self, t_ns: u64, max_events: u64) -> Ran {
        let before = self.events;
        let enough = before.saturating_add(max_events);
        while self.events < enough {
            if !self.process_next(t_ns) {
                self.cx.world.now = self.cx.world.now.max(t_ns);
                return Ran { events: self.events - before, reached: true };
            }
        }
        Ran { events: max_events, reached: false }
    }

    /// Processes the next event, if there is one.
    pub fn step_event(&mut self) -> bool {
        self.process_next(u64::MAX)
    }

    /// Runs to the next users' request that is answered or failed. False if nothing is left to happen, or nothing
    /// completed within ten million events.
    pub fn step_request(&mut self) -> bool {
        let completed = self.cx.world.completed;
        for _ in 0..10_000_000 {
            if !self.process_next(u64::MAX) {
                return false;
            }
            if self.cx.world.completed != completed {
                return true;
            }
        }
        false
    }

    #[inline(always)]
    fn process_next(&mut self, until: u64) -> bool {
        let Some(entry) = self.cx.world.calendar.pop(until) else {
            return false;
        };
        self.cx.world.now = entry.time;
        self.events += 1;
        self.trace_hash = chained(self.trace_hash, entry.time, entry.event);
        let (generation, id) = whose(entry.event);
        if is_of_call(entry.event) {
            match self.cx.world.calls.of_event(id, generation) {
                Some(call) => match what(entry.event) {
                    Event::Arrive => self.arrive(id, call.node),
                    Event::Return => self.returned(id),
                    Event::Timer(tag) => self.timer_rang(id, call.node, tag),
                    Event::NodeTimer(_) | Event::Fault { .. } => {}
                },
                None => self.cx.world.drop_void_events(),
            }
        } else if let Event::NodeTimer(tag) = what(entry.event) {
            self.node_timer_rang(id, generation, tag);
        } else {
            self.on_fault_event(id, generation, what(entry.event) == Event::Fault { begins: true });
        }
        if self.cx.world.rewire {
            self.rewire();
        }
        true
    }

    /// A delay is over that a component asked for on behalf of a call, or the guard of a link.
    #[inline(never)]
    fn timer_rang(&mut self, id: CallId, node: u32, tag: u8) {
        if self.cx.world.calls.get(id).stage == Stage::Attempting {
            if self.cx.world.attempt_timer(id, tag) {
                self.returned(id);
            }
            return;
        }
        self.behaviours.as_mut_slice()[node as usize].on_timer(id, tag, self.cx.turn_of(node));
    }

    /// A delay is over that a component asked for by itself.
    #[inline(never)]
    fn node_timer_rang(&mut self, node: u32, epoch: u32, tag: u8) {
        if self.cx.world.node(node).epoch == epoch {
            let behaviour = &mut self.behaviours.as_mut_slice()[node as usize];
            behaviour.on_node_timer(tag, self.cx.turn_of(node));
        }
    }

    /// A call arrives at the component called.
    #[inline(never)]
    fn arrive(&mut self, id: CallId, node: u32) {
        let world = &mut self.cx.world;
        let now = world.now;
        let call = world.calls.get_mut(id);
        call.stage = Stage::Inside;
        call.arrived = now;
        let special = call.op == Op::Probe || call.flags & LOGGED != 0;
        let core = world.node(node);
        if (special || core.impaired.any) && self.arrives_at_nothing(id, node) {
            return;
        }
        let counters = &mut self.cx.world.node(node).counters;
        counters.arrived += 1;
        counters.inside.change(1, now);
        self.behaviours.as_mut_slice()[node as usize].on_call(id, self.cx.turn_of(node));
    }

    /// A call arrives that is logged, a health check, or at a component with a fault. True if that is all: the component does
    /// not learn of it.
    #[cold]
    #[inline(never)]
    fn arrives_at_nothing(&mut self, id: CallId, node: u32) -> bool {
        let world = &mut self.cx.world;
        let now = world.now;
        let Call { op, instance, flags, request, .. } = *world.calls.get(id);
        if flags & LOGGED != 0 {
            world.traces.arrived(request, id, now);
        }
        if op == Op::Probe {
            self.probed(id, node, instance);
            return true;
        }
        if !world.node(node).impaired.any {
            return false;
        }
        let Some(outcome) = self.impaired(node, instance) else {
            return false;
        };
        let world = &mut self.cx.world;
        let core = world.node(node);
        core.counters.arrived += 1;
        core.counters.inside.change(1, now);
        match outcome {
            Some(reason) => world.reply(id, Outcome::Failed(reason)),
            None => world.vanish(id, Reason::Refused),
        }
        true
    }

    /// What becomes of an arrival at a component with a fault: nothing, a failure, or it is gone without a word.
    #[cold]
    fn impaired(&mut self, node: u32, instance: u16) -> Option<Option<Reason>> {
        let core = &mut self.cx.world.nodes[node as usize];
        let instance = if core.facts.routes { u16::MAX } else { instance };
        if core.impaired.is_down(instance) {
            return Some((!core.impaired.silent).then_some(Reason::Refused));
        }
        let error_rate = core.impaired.error_rate;
        (error_rate > 0.0 && core.fault_rng.chance(error_rate)).then_some(Some(Reason::Error))
    }

    /// A health check is answered for the component, which does not know of it and is not measured by it.
    #[cold]
    fn probed(&mut self, id: CallId, node: u32, instance: u16) {
        match self.impaired(node, instance) {
            None => self.cx.world.send_back(id, Outcome::Answered),
            Some(Some(reason)) => self.cx.world.send_back(id, Outcome::Failed(reason)),
            Some(None) => self.cx.world.lose(id),
        }
    }

    /// A call is back at its caller, or a guarded call has settled: its caller learns how it ended.
    #[inline(never)]
    fn returned(&mut self, id: CallId) {
        let world = &mut self.cx.world;
        let (mut id, call) = (id, world.calls.get(id));
        if !call.is_plain() || call.parent == NONE || world.calls.get(call.parent).stage == Stage::Attempting {
            id = self.settled(id);
            if id == NONE {
                return;
            }
        }
        let world = &mut self.cx.world;
        let Call { parent: to, link, instance, outcome, op, version, flags, .. } = *world.calls.get(id);
        world.calls.remove(id);
        let parent = world.calls.get_mut(to);
        let caller = parent.node;
        if outcome.is_ok() {
            parent.flags |= flags & (DEGRADED | STALE);
            if version != 0 && op == parent.op {
                parent.version = version;
            }
        }
        let reply = Reply { child: id, link, instance, outcome, op, version };
        self.behaviours.as_mut_slice()[caller as usize].on_reply(to, reply, self.cx.turn_of(caller));
    }

    /// A call is back that is logged or broken down, an attempt of a guarded call, or one that nobody waits for. Which call is
    /// to be handed to the component that made it; `NONE` if none is.
    #[inline(never)]
    fn settled(&mut self, id: CallId) -> CallId {
        let world = &mut self.cx.world;
        let mut id = id;
        loop {
            let Call { parent: to, link, instance, outcome, op, version, flags, request, .. } = *world.calls.get(id);
            if flags & LOGGED != 0 {
                world.traces.returned(request, id, world.now, outcome);
            }
            if to == NONE {
                world.calls.remove(id);
                return NONE;
            }
            let parent = world.calls.get(to);
            if parent.stage != Stage::Attempting {
                if outcome.is_ok() && parent.is_broken_down() {
                    world.calls.hand_back(id, to);
                }
                return id;
            }
            world.calls.remove(id);
            let reply = Reply { child: id, link, instance, outcome, op, version };
            if !world.attempt_returned(to, reply, flags) {
                return NONE;
            }
            id = to;
        }
    }

    /// Components that changed what their callers may choose from: the callers look again. Rare.
    #[cold]
    pub(super) fn rewire(&mut self) {
        while std::mem::take(&mut self.cx.world.rewire) {
            for n in self.cx.world.node_order.clone() {
                self.behaviours[n as usize].wire(self.cx.turn_of(n));
            }
        }
    }

    pub(crate) fn world(&self) -> &World {
        &self.cx.world
    }

    /// When the next event happens, simulated ns; `None` if nothing is left to happen.
    pub fn next_event_ns(&self) -> Option<u64> {
        self.cx.world.calendar.next_time()
    }

    /// Simulated time, ns since the start of the run.
    pub fn now_ns(&self) -> u64 {
        self.cx.world.now
    }

    /// Events processed since the start of the run.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Hash of every event processed: two runs with the same hash went the same way, event by event.
    pub fn trace_hash(&self) -> u64 {
        self.trace_hash
    }

    /// Users' requests answered or failed since the start of the run.
    pub fn completed(&self) -> u64 {
        self.cx.world.completed
    }

    /// Ends the warm-up: counts, latencies and levels start anew, and requests that arrived earlier no longer count.
    pub fn start_measuring(&mut self) {
        let world = &mut self.cx.world;
        world.measure_from = world.now;
        world.all_requests().for_each(|requests| *requests = Default::default());
        for node in &mut world.nodes {
            node.counters.restart(world.now);
        }
        for link in &mut world.links {
            link.counters = Default::default();
            if let Some(caller) = &mut link.caller {
                caller.counters = Default::default();
            }
        }
        for (_, call) in world.calls.iter_mut() {
            call.flags &= !super::call::MEASURED;
        }
    }

    /// Records the hops of every `every`-th users' request from now on; 0 turns it off. Never changes the run.
    pub fn watch(&mut self, every: u32) {
        self.cx.world.hops.every = every;
    }

    /// Moves the hops recorded since the last time to `into`; returns how many were lost to the bound.
    pub fn take_hops(&mut self, into: &mut Vec<Hop>) -> u64 {
        let first = into.len();
        let lost = self.cx.world.hops.take(into);
        // Outside, a link goes by its place in the design.
        let mut place = vec![NONE; self.cx.world.links.len()];
        for (i, &link) in self.cx.world.link_order.iter().enumerate() {
            place[link as usize] = i as u32;
        }
        for hop in &mut into[first..] {
            hop.link = place.get(hop.link as usize).copied().unwrap_or(NONE);
        }
        // A link taken out since then has no place any more.
        into.retain(|hop| hop.link != NONE);
        lost
    }

    /// Checks that no request was lost or doubled: every one that entered is answered, failed, or still inside, for
    /// every node and in total. The error names what does not add up. O(calls in flight).
    pub fn check_conservation(&self) -> Result<(), String> {
        let world = &self.cx.world;
        let mut inside = vec![0u32; world.nodes.len()];
        let (mut roots, mut jobs) = (0u64, 0u64);
        for (_, call) in world.calls.iter() {
            if call.stage == Stage::Inside {
                inside[call.node as usize] += 1;
            }
            let root = u64::from(call.link == NONE);
            if call.is_background() { jobs += root } else { roots += root }
        }
        for (node, inside) in world.nodes.iter().zip(inside) {
            let counted = node.counters.inside.value();
            if counted != inside {
                return Err(format!("{}: {counted} counted inside, {inside} found", node.id));
            }
        }
        let opened = world.requests_opened;
        if opened != world.completed + roots {
            return Err(format!("{opened} requests opened, {} completed, {roots} in flight", world.completed));
        }
        let (begun, ended) = (world.background_opened, world.background_closed);
        if begun != ended + jobs {
            return Err(format!("{begun} pieces of background work begun, {ended} ended, {jobs} under way"));
        }
        Ok(())
    }
}

/// The hash of a run that goes on with this event. (As in FxHash, with the multiplier of splitmix64: one multiplication an
/// event, and it stands between every two events.)
#[inline(always)]
fn chained(hash: u64, time: u64, event: u64) -> u64 {
    (hash.rotate_left(27) ^ time).wrapping_add(event.rotate_left(32)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

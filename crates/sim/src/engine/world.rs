//! Everything of a run but the components' own state: clock, calendar, calls, links, counters.

use super::calendar::{Calendar, Delay};
use super::call::{CallId, Calls, Event, MEASURED, NONE, Outcome, Stage, TRACED, pack};
use super::context::{Downstream, Facts};
use super::sampler::Sampler;
use crate::metrics::{Fate, Hop, Hops, LinkCounters, NodeCounters, RequestCounters};
use serde::{Deserialize, Serialize};

/// What the engine keeps of a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    pub counters: NodeCounters,
}

/// What the engine keeps of a link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LinkCore {
    pub id: String,
    pub from: u32,
    pub to: u32,
    pub params: String,
    pub alive: bool,
    pub weight: f64,
    pub latency: Sampler,
    pub counters: LinkCounters,
}

impl LinkCore {
    /// A call leaves; how long it travels.
    #[inline]
    pub fn call(&mut self) -> Delay {
        self.counters.calls += 1;
        self.latency.draw()
    }

    /// A reply leaves; how long it travels.
    #[inline]
    pub fn reply(&mut self, ok: bool) -> Delay {
        self.counters.replies += 1;
        self.counters.failed += u64::from(!ok);
        self.latency.draw()
    }
}

/// An endpoint of a users component.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EndpointCore {
    pub node: u32,
    pub name: String,
    pub requests: RequestCounters,
}

/// See the module.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
    /// When measuring started, ns.
    pub measure_from: u64,
    #[serde(skip)]
    pub hops: Hops,
}

impl World {
    #[inline]
    pub fn post(&mut self, delay: Delay, event: Event, call: CallId) {
        let generation = self.calls.get(call).generation;
        self.calendar.schedule(self.now, delay, pack(event, generation, call));
    }

    /// Sends the answer of `call` on its way back.
    #[inline]
    pub fn reply(&mut self, id: CallId, outcome: Outcome) {
        let now = self.now;
        let call = self.calls.get_mut(id);
        call.outcome = outcome;
        call.stage = Stage::Returning;
        let (link, request, traced) = (call.link, call.request, call.flags & TRACED != 0);
        let (node, measured, residence) = (call.node, call.flags & MEASURED != 0, now - call.arrived);
        self.nodes[node as usize].counters.leave(now, outcome, measured, residence);
        let delay = self.links[link as usize].reply(outcome.is_ok());
        self.post(delay, Event::Return, id);
        if traced {
            let fate = match outcome {
                Outcome::Answered => Fate::Answered,
                Outcome::Hit => Fate::Hit,
                Outcome::Miss => Fate::Miss,
                Outcome::Failed(_) => Fate::Failed,
            };
            let arrives_ns = now.saturating_add(delay.ns);
            self.hops.push(Hop { link, request, fate, reply: true, sent_ns: now, arrives_ns });
        }
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
        let call = *self.calls.get(id);
        let (measured, residence) = (call.flags & MEASURED != 0, now - call.arrived);
        self.nodes[call.node as usize].counters.leave(now, outcome, measured, residence);
        if measured {
            self.close_request(call.endpoint, outcome, residence, residence <= deadline_ns);
        }
        self.completed += 1;
        self.calls.remove(id);
    }

    pub fn offered(&mut self, endpoint: u16) {
        self.requests.offered += 1;
        if let Some(e) = self.endpoints.get_mut(usize::from(endpoint)) {
            e.requests.offered += 1;
        }
    }

    #[inline]
    pub fn close_request(&mut self, endpoint: u16, outcome: Outcome, latency_ns: u64, in_time: bool) {
        self.requests.close(outcome, latency_ns, in_time);
        if let Some(e) = self.endpoints.get_mut(usize::from(endpoint)) {
            e.requests.close(outcome, latency_ns, in_time);
        }
    }

    pub fn endpoint(&mut self, node: u32, name: &str) -> u16 {
        let found = self.endpoints.iter().position(|e| e.node == node && e.name == name);
        let index = found.unwrap_or_else(|| {
            let requests = RequestCounters::default();
            self.endpoints.push(EndpointCore { node, name: name.to_owned(), requests });
            self.endpoints.len() - 1
        });
        // Beyond 65,535 endpoints the rest share the last number, which no table holds: they count in the total only.
        u16::try_from(index).unwrap_or(u16::MAX)
    }

    pub fn downstream(&self, link: u32) -> Downstream {
        let l = &self.links[link as usize];
        let node = &self.nodes[l.to as usize];
        let facts = &node.facts;
        Downstream {
            link,
            instances: facts.instances,
            weight: l.weight,
            // With a store of its own behind it, a cache reads through and never answers "miss".
            look_aside_cache: facts.cache && node.out.is_empty(),
            keeps_keys: facts.keeps_keys,
        }
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

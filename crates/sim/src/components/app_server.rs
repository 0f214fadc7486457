//! An application server: slots that are held while a request computes and while it waits for what it calls.
//!
//! ```text
//!   arrive ─▶ [queue] ─▶ slot: service time ─▶ look in the caches ─hit──────────────▶ reply
//!                                                   └─miss─▶ call the others in turn ─▶ fill the caches ─▶ reply
//!   a write:                   service time ─▶ call the others in turn ─▶ delete the key in the caches ─▶ reply
//! ```

use super::{Component, Group, Kind};
use crate::analysis::model::{Model, Station};
use crate::design::{Distribution, Reader, Trouble, choice, params};
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::pool::{Granted, Pool, WhenFull};
use crate::engine::sampler::Sampler;
use crate::engine::{Context, Facts, Reply};
use backpressure_pack::Pack;
use serde_json::{Map, Value};

choice! {
    /// What happens to requests beyond the queue limit.
    pub enum OnOverflow {
        /// The newcomer is refused at once.
        Reject = "reject", "Refuse the newest";
        /// The one that has waited longest is dropped; the newcomer joins the queue.
        DropOldest = "drop_oldest", "Drop the oldest";
    }
}

params! {
    /// Parameters of an app server.
    pub struct AppServerParams {
        /// Identical copies of the server, each with slots and a queue of its own. A load balancer in front chooses among them; without one they take turns.
        instances: u32 = 1, label "Instances", range 1..=1000;
        /// Requests an instance works on at once (worker threads or processes). A request holds its slot while it waits for a cache or a database.
        slots: u32 = 8, label "Slots per instance", unit "slots", range 1..=100_000;
        /// Time a request computes in its slot, before it calls anything.
        service_time: Distribution = Distribution::Exponential { mean_ms: 6.0 }, label "Service time";
        /// Requests that may wait for a slot, per instance.
        queue_limit: u32 = 1000, label "Queue limit", unit "requests", range 0..=1_000_000;
        /// What happens to requests beyond the queue limit.
        on_overflow: OnOverflow = OnOverflow::Reject, label "When the queue is full";
    }
}

/// See the module. In a call, `state` is the step it has reached.
#[derive(Clone, Debug, Pack)]
pub(crate) struct AppServer {
    pools: Vec<Pool>,
    service: Sampler,
    turn: u16,
    plan: Plan,
}

/// What a request does after its own computing, by kind of link.
#[derive(Clone, Debug, Default, Pack)]
struct Plan {
    /// Caches to look in before anything else: link, and whether filling them means something.
    caches: Vec<(u32, bool)>,
    /// Everything else, called in turn.
    others: Vec<u32>,
}

impl Plan {
    /// What step `step` of a request does: read steps are the caches, then the others, then filling the caches; write
    /// steps are the others, then the caches. `None` when all is done.
    fn step(&self, op: Op, step: usize) -> Option<(u32, Op)> {
        let (c, o) = (self.caches.len(), self.others.len());
        let cache = |i: usize, op: Op| self.caches.get(i).map(|&(link, _)| (link, op));
        match op {
            Op::Read if step < c => cache(step, Op::Read),
            Op::Read if step < c + o => Some((self.others[step - c], Op::Read)),
            Op::Read => cache(step - c - o, Op::Fill),
            _ if step < o => Some((self.others[step], op)),
            _ => cache(step - o, Op::Invalidate),
        }
    }

    /// Filling and invalidating a cache that keeps no keys would be a message about nothing.
    fn is_moot(&self, link: u32, op: Op) -> bool {
        matches!(op, Op::Fill | Op::Invalidate) && self.caches.iter().any(|&(l, keeps)| l == link && !keeps)
    }
}

const SERVED: u8 = 0;

fn when_full(p: &AppServerParams) -> WhenFull {
    match p.on_overflow {
        OnOverflow::Reject => WhenFull::RejectNewest,
        OnOverflow::DropOldest => WhenFull::DropOldest,
    }
}

fn facts(p: &AppServerParams) -> Facts {
    Facts {
        slots: p.slots.saturating_mul(p.instances),
        queue_limit: Some(p.queue_limit.saturating_mul(p.instances)),
        instances: p.instances as u16,
        ..Facts::default()
    }
}

impl Component for AppServer {
    fn kind() -> Kind {
        Kind {
            name: "app_server",
            group: Group::Compute,
            label: "App server",
            summary: "Runs your code: each request takes a slot, computes, and holds the slot while it calls caches and databases.",
            leaves_out: &[
                "Cores and garbage collection: a slot computes at the same speed however many are busy.",
                "Its own timeouts and retries of downstream calls.",
                "A request that nobody waits for any more is served all the same, as on most real servers.",
            ],
            accepts_calls: true,
            makes_calls: true,
            fields: AppServerParams::fields(),
            check: AppServerParams::check,
            ..Kind::default()
        }
    }

    fn model(params: &Map<String, Value>) -> Model {
        let p = AppServerParams::read(params, &mut Reader::default());
        Model::Station(Station {
            instances: p.instances,
            servers: p.slots,
            queue: p.queue_limit,
            drops_oldest: p.on_overflow == OnOverflow::DropOldest,
            read: p.service_time.clone(),
            write: p.service_time,
        })
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = AppServerParams::read(params, &mut Reader::default());
        cx.declare(facts(&p));
        Self {
            pools: vec![Pool::new(p.slots, p.queue_limit, when_full(&p)); p.instances as usize],
            service: cx.sampler(&p.service_time, "service"),
            turn: 0,
            plan: Plan::default(),
        }
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = AppServerParams::read(params, &mut Reader::default());
        self.service.set(&p.service_time, cx.calendar());
        if !changed {
            return;
        }
        cx.declare(facts(&p));
        // Instances taken away finish what they have; nothing new is sent to them (see `on_call`).
        let wanted = p.instances as usize;
        if self.pools.len() < wanted {
            self.pools.resize(wanted, Pool::new(p.slots, p.queue_limit, when_full(&p)));
        }
        for i in 0..self.pools.len() {
            self.pools[i].resize(p.slots, p.queue_limit, when_full(&p));
            while let Some(call) = self.pools[i].admit(cx) {
                self.serve(call, cx);
            }
        }
        while self.pools.len() > wanted && self.pools.last().is_some_and(|p| p.busy() == 0 && p.waiting() == 0) {
            self.pools.pop();
        }
        self.turn = 0;
    }

    fn wire(&mut self, cx: &mut Context) {
        let (caches, others): (Vec<_>, Vec<_>) = cx.downstream().into_iter().partition(|d| d.look_aside_cache);
        self.plan = Plan {
            caches: caches.iter().map(|d| (d.link, d.keeps_keys)).collect(),
            others: others.iter().map(|d| d.link).collect(),
        };
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let running = cx.facts().instances;
        let mut instance = cx.call(call).instance;
        if instance >= running {
            let up = (0..running).map(|i| (self.turn + i) % running.max(1)).find(|&i| cx.is_up(i));
            let Some(up) = up else {
                return cx.reply(call, Outcome::Failed(Reason::Refused));
            };
            instance = up;
            self.turn = instance + 1;
            cx.call_mut(call).instance = instance;
        }
        match self.pools[usize::from(instance)].acquire(call, cx) {
            Granted::Slot => self.serve(call, cx),
            Granted::Queued => {}
            Granted::QueuedInsteadOf(dropped) => cx.reply(dropped, Outcome::Failed(Reason::QueueFull)),
            Granted::Full => cx.reply(call, Outcome::Failed(Reason::QueueFull)),
        }
    }

    fn on_timer(&mut self, call: CallId, _tag: u8, cx: &mut Context) {
        self.advance(call, cx);
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        match (reply.op, reply.outcome) {
            // A cache had it: done.
            (Op::Read, Outcome::Hit) => self.finish(call, Outcome::Answered, cx),
            // A store or a service failed, so does the request. A cache that fails is a cache that had nothing.
            (Op::Read | Op::Write, Outcome::Failed(reason)) if !self.was_cache(call, cx) => {
                self.finish(call, Outcome::Failed(reason), cx);
            }
            _ => self.advance(call, cx),
        }
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        if let Trouble::Crash { instance, .. } = trouble
            && begins
        {
            let dies = |i: usize| instance.is_none_or(|wanted| wanted as usize == i);
            for (_, pool) in self.pools.iter_mut().enumerate().filter(|(i, _)| dies(*i)) {
                pool.clear(cx);
            }
        }
    }
}

impl AppServer {
    fn serve(&mut self, call: CallId, cx: &mut Context) {
        cx.call_mut(call).state = 0;
        let time = self.service.draw();
        cx.work(time, call, SERVED);
    }

    /// Takes the next step of a request, or finishes it.
    fn advance(&mut self, call: CallId, cx: &mut Context) {
        let op = cx.call(call).op;
        loop {
            let step = cx.call(call).state;
            let Some((link, downstream_op)) = self.plan.step(op, step as usize) else {
                return self.finish(call, Outcome::Answered, cx);
            };
            cx.call_mut(call).state = step + 1;
            if self.plan.is_moot(link, downstream_op) {
                continue;
            }
            if cx.send(call, link, downstream_op, u16::MAX) == NONE {
                self.finish(call, Outcome::Failed(Reason::Limit), cx);
            }
            return;
        }
    }

    /// Was the call that just came back a lookup in a cache? Its step is the one before the current.
    fn was_cache(&self, call: CallId, cx: &Context) -> bool {
        let record = cx.call(call);
        record.op == Op::Read && (record.state as usize) <= self.plan.caches.len()
    }

    fn finish(&mut self, call: CallId, outcome: Outcome, cx: &mut Context) {
        let instance = usize::from(cx.call(call).instance);
        cx.reply(call, outcome);
        if let Some(next) = self.pools[instance].release(cx) {
            self.serve(next, cx);
        }
    }
}

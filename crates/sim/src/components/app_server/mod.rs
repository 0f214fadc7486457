//! An application server: slots that are held while a request computes and while it waits for what it calls.
//!
//! ```text
//!   arrive ─▶ [queue] ─▶ slot: service time (on a core) ─▶ calls ─▶ reply
//! ```
//!
//! What it calls, and in which order, is in [`super::calling`].

mod instance;
mod params;

use super::calling::{Calling, Step};
use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::analysis::contrasts::Yardstick;
use crate::analysis::growth::{self, Growth, MOST_CORES, Size};
use crate::analysis::model::{Model, Station};
use crate::design::{Reader, Trouble};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, Outcome, Reason};
use crate::engine::pool::Granted;
use crate::engine::sampler::{Sampler, ns};
use crate::engine::{Context, Facts, Reply};
use crate::metrics::NodeSnapshot;
use crate::policies::autoscaling::{self, Autoscaler, Load, MetricsAt};
use crate::policies::discipline::Discipline;
use crate::words::{count, rounded};
use backpressure_pack::Pack;
use instance::Instance;
use params::{AppServerParams, OnOverflow};
use serde_json::{Map, Value};
use std::collections::VecDeque;

/// See the module. `state` and `aux` of a call are those of [`Calling`].
#[derive(Clone, Debug, Pack)]
pub(crate) struct AppServer {
    p: AppServerParams,
    /// Those that serve, and after them such as were stopped and still finish what they have.
    instances: Vec<Instance>,
    service: Sampler,
    routes: Vec<Route>,
    /// Which of the routes an endpoint takes, by the endpoint's number, as far as it was asked.
    route_of: Vec<u8>,
    turn: u16,
    calling: Calling,
    /// Instances that were killed, the first to be up again first.
    restarting: VecDeque<u16>,
    scaler: Option<Autoscaler>,
    /// While there is a leak: time between two slots lost, ns, and when the next one is.
    leak: Option<(u64, u64)>,
}

/// A service time of its own for some paths.
#[derive(Clone, Debug, Pack)]
struct Route {
    paths: Vec<String>,
    service: Sampler,
}

// Timers of a call.
const SERVED: u8 = 0;
const COMPUTED: u8 = 1;
// Timers of the component; those of the autoscaler are beside these.
const RESTARTED: u8 = 0;
const LEAK: u8 = 1;

/// In [`AppServer::route_of`]: not asked yet, and the service time of the server.
const UNKNOWN: u8 = u8::MAX;
const NO_ROUTE: u8 = u8::MAX - 1;

/// Places in [`METRICS`].
const SCALING: MetricsAt = MetricsAt(0);
const MEMORY: usize = 4;
const KILLED: usize = 5;

const METRICS: &[Metric] = &[
    autoscaling::INSTANCES,
    autoscaling::STARTING,
    autoscaling::CHANGES,
    autoscaling::REVERSALS,
    Metric { name: "memory_mb", label: "Memory", help: "Memory in use, MB, all instances.", of: MetricOf::Level },
    Metric {
        name: "out_of_memory",
        label: "Out of memory",
        help: "Times that an instance was killed because its memory ran out.",
        of: MetricOf::Count,
    },
];

fn facts(p: &AppServerParams, instances: u32) -> Facts {
    Facts {
        slots: p.slots.saturating_mul(instances),
        queue_limit: Some(p.queue_limit.saturating_mul(instances)),
        instances: instances as u16,
        cores: p.cores.unwrap_or(0).saturating_mul(instances),
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
                "Garbage collection, and what switching between threads costs: cores are shared without loss.",
                "A request computes first and calls then; it does not go back and forth.",
                "A request that nobody waits for any more is served all the same, as on most real servers.",
            ],
            sources: &[
                "L. Kleinrock, Time-shared Systems: A Theoretical Treatment, 1967 (cores shared by processor sharing)",
                "Kubernetes, Horizontal Pod Autoscaling; AWS, Target tracking scaling policies",
            ],
            fields: Fields::new(AppServerParams::fields),
            metrics: METRICS,
            faults: &["connection_leak"],
            cost_usd_per_hour: |params| AppServerParams::read(params, &mut Reader::default()).cost_usd_per_hour(),
            growth: Some(Growth {
                sizes: &[
                    Size {
                        field: "slots",
                        most: 256.0,
                        end: "its price counts no more cores than 64. Set its cores to see what more of them do.",
                    },
                    Size { field: "cores", most: MOST_CORES as f64, end: growth::MOST_CORES_END },
                    Size {
                        field: "core_speed",
                        most: 4.0,
                        end: "no core on sale is faster. Only more cores and more instances go further.",
                    },
                ],
                capacity_per_s: |params| AppServerParams::read(params, &mut Reader::default()).capacity_per_s(),
            }),
            says,
            compared: &[(&["calls"], Yardstick::Time)],
            check: AppServerParams::check,
            ..Kind::default()
        }
    }

    fn model(params: &Map<String, Value>) -> Model {
        let p = AppServerParams::read(params, &mut Reader::default());
        let plain = p.discipline == (Discipline::Fifo {})
            && p.on_overflow != OnOverflow::DropLeastImportant
            && p.cores.is_none_or(|cores| cores >= p.slots)
            && p.core_speed == 1.0
            && p.memory.is_none()
            && p.autoscaling.is_none()
            && p.routes.is_empty();
        if !plain {
            return Model::Unknown;
        }
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
        let mut server = Self {
            instances: Vec::new(),
            service: cx.sampler(&p.service_time, "service"),
            routes: Vec::new(),
            route_of: Vec::new(),
            turn: 0,
            calling: Calling::default(),
            restarting: VecDeque::new(),
            scaler: p.autoscaling.as_ref().map(|a| Autoscaler::new(a, p.instances)),
            leak: None,
            p,
        };
        server.set_routes(cx);
        server.size(cx);
        server
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = AppServerParams::read(params, &mut Reader::default());
        self.service.set(&p.service_time, cx.calendar());
        for (route, set) in self.routes.iter_mut().zip(&p.routes) {
            route.service.set(&set.service_time, cx.calendar());
        }
        if !changed {
            return;
        }
        let (running, used) = (u32::from(cx.facts().instances), self.load(cx).used);
        autoscaling::configure(&mut self.scaler, p.autoscaling.as_ref(), running, used, SCALING, cx);
        let anew = p.discipline != self.p.discipline;
        self.p = p;
        self.set_routes(cx);
        for i in 0..self.instances.len() {
            let instance = &mut self.instances[i];
            if anew {
                instance.pool.set_discipline(&self.p.discipline, cx);
            }
            instance.resize(&self.p, COMPUTED, cx);
            while let Some(call) = self.instances[i].pool.admit(cx) {
                self.serve(call, cx);
            }
        }
        self.size(cx);
        self.turn = 0;
    }

    fn wire(&mut self, cx: &mut Context) {
        self.calling.wire(self.p.calls, cx);
        self.route_of.clear();
    }

    fn start(&mut self, cx: &mut Context) {
        let used = self.load(cx).used;
        if let Some(scaler) = &mut self.scaler {
            scaler.start(used, cx);
        }
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let running = cx.facts().instances;
        let mut at = cx.call(call).instance;
        if at >= running {
            let up = self.next_up(running, cx);
            let Some(up) = up else {
                return cx.reply(call, Outcome::Failed(Reason::Refused));
            };
            at = up;
            self.turn = at + 1;
            cx.call_mut(call).instance = at;
        }
        if self.p.memory.is_some() {
            return self.admit_to_memory(call, at, cx);
        }
        self.admit(call, at, cx);
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        if tag == SERVED {
            let step = self.calling.begin(call, cx);
            return self.take_step(call, step, cx);
        }
        let at = usize::from(cx.call(call).instance);
        while let Some(through) = self.instances[at].cpu.as_mut().and_then(|cpu| cpu.ring(COMPUTED, cx)) {
            let step = self.calling.begin(through, cx);
            self.take_step(through, step, cx);
        }
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        let step = self.calling.replied(call, reply, cx);
        self.take_step(call, step, cx);
    }

    fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
        match tag {
            RESTARTED => {
                if let Some(at) = self.restarting.pop_front() {
                    cx.set_down(at, false);
                }
            }
            LEAK => self.lose_slot(cx),
            _ => self.scale(tag, cx),
        }
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        match trouble {
            Trouble::Crash { instance, .. } if begins => {
                let dies = |i: usize| instance.is_none_or(|wanted| wanted as usize == i);
                for (_, instance) in self.instances.iter_mut().enumerate().filter(|(i, _)| dies(*i)) {
                    instance.clear(cx);
                }
            }
            Trouble::ConnectionLeak { leak_per_s } if begins => {
                self.leak = Some((ns(1000.0 / leak_per_s).max(1), cx.now()));
                self.lose_slot(cx);
            }
            Trouble::ConnectionLeak { .. } => self.leak = None,
            _ => {}
        }
    }
}

impl AppServer {
    /// A request comes to an instance.
    #[inline(always)]
    fn admit(&mut self, call: CallId, at: u16, cx: &mut Context) {
        match self.instances[usize::from(at)].pool.acquire(call, cx) {
            Granted::Slot => self.serve(call, cx),
            Granted::Queued => {}
            Granted::QueuedInsteadOf(dropped) => cx.reply(dropped, Outcome::Failed(Reason::QueueFull)),
            Granted::Full => cx.reply(call, Outcome::Failed(Reason::QueueFull)),
        }
    }

    /// The same where requests take memory.
    #[inline(never)]
    fn admit_to_memory(&mut self, call: CallId, at: u16, cx: &mut Context) {
        self.admit(call, at, cx);
        self.watch_memory(at, cx);
    }

    /// The next in turn of the instances that are up.
    #[inline]
    fn next_up(&self, running: u16, cx: &Context) -> Option<u16> {
        // A division takes its time: it is for when some were taken away.
        let first = match self.turn {
            turn if turn < running => turn,
            turn if turn == running => 0,
            turn => turn % running.max(1),
        };
        if first < running && cx.is_up(first) {
            return Some(first);
        }
        (first..running).chain(0..first).find(|&i| cx.is_up(i))
    }

    /// Instances that there are to be.
    fn wanted(&self) -> u32 {
        self.scaler.as_ref().map_or(self.p.instances, Autoscaler::running)
    }

    fn set_routes(&mut self, cx: &mut Context) {
        self.routes.clear();
        for (i, route) in self.p.routes.iter().enumerate() {
            self.routes.push(Route {
                paths: route.paths.split_whitespace().map(str::to_owned).collect(),
                service: cx.sampler(&route.service_time, &format!("route {i}")),
            });
        }
        self.route_of.clear();
    }

    /// Brings the number of instances to what is wanted. Those taken away finish what they have; nothing new is sent to
    /// them (see `on_call`).
    fn size(&mut self, cx: &mut Context) {
        let wanted = self.wanted();
        cx.set_level(SCALING.0, wanted);
        cx.declare(facts(&self.p, wanted));
        if self.instances.len() < wanted as usize {
            self.instances.resize(wanted as usize, Instance::new(&self.p));
        }
        while self.instances.len() > wanted as usize && self.instances.last().is_some_and(Instance::is_empty) {
            self.instances.pop();
        }
    }

    /// The autoscaler's own clock rang.
    #[inline(never)]
    fn scale(&mut self, tag: u8, cx: &mut Context) {
        let load = self.load(cx);
        let changed = self.scaler.as_mut().is_some_and(|s| s.ring(tag, load, SCALING, cx));
        if changed {
            self.size(cx);
            cx.set_instances(self.wanted() as u16);
        }
    }

    /// What the autoscaler looks at.
    fn load(&self, cx: &Context) -> Load {
        let here: u32 = self.instances.iter().map(|i| i.pool.waiting()).sum();
        let waiting = here.saturating_add(cx.backlog());
        match self.p.cores.filter(|cores| *cores < self.p.slots) {
            Some(cores) => Load { used: cx.computing_time(), each: cores, waiting },
            None => Load { used: cx.busy_time(), each: self.p.slots, waiting },
        }
    }

    #[inline]
    fn serve(&mut self, call: CallId, cx: &mut Context) {
        let route = if self.routes.is_empty() { usize::from(NO_ROUTE) } else { self.route_of(call, cx) };
        let mut time = self.routes.get_mut(route).map_or(&mut self.service, |r| &mut r.service).draw();
        if self.p.core_speed != 1.0 {
            time = Delay::once((time.ns as f64 / self.p.core_speed + 0.5) as u64);
        }
        let at = usize::from(cx.call(call).instance);
        match &mut self.instances[at].cpu {
            None => cx.work(time, call, SERVED),
            Some(cpu) => cpu.start(call, time, COMPUTED, cx),
        }
    }

    /// The place of the route of a request whose endpoint may have a service time of its own.
    #[inline(never)]
    fn route_of(&mut self, call: CallId, cx: &mut Context) -> usize {
        let endpoint = usize::from(cx.call(call).endpoint);
        if endpoint >= self.route_of.len() {
            self.route_of.resize(endpoint + 1, UNKNOWN);
        }
        if self.route_of[endpoint] == UNKNOWN {
            let path = cx.endpoint_of(call).map_or("", |e| e.path.as_str());
            let takes = |route: &Route| route.paths.iter().any(|start| path.starts_with(start.as_str()));
            self.route_of[endpoint] = self.routes.iter().position(takes).map_or(NO_ROUTE, |i| i as u8);
        }
        usize::from(self.route_of[endpoint])
    }

    #[inline]
    fn take_step(&mut self, call: CallId, step: Step, cx: &mut Context) {
        match step {
            Step::Waits => {}
            Step::Done => self.finish(call, Outcome::Answered, cx),
            Step::Failed(reason) => self.finish(call, Outcome::Failed(reason), cx),
        }
    }

    fn finish(&mut self, call: CallId, outcome: Outcome, cx: &mut Context) {
        let at = usize::from(cx.call(call).instance);
        cx.reply(call, outcome);
        if let Some(next) = self.instances[at].pool.release(cx) {
            self.serve(next, cx);
        }
        if self.p.memory.is_some() {
            self.show_memory(cx);
        }
    }

    #[inline(never)]
    fn show_memory(&self, cx: &mut Context) {
        if let Some(memory) = &self.p.memory {
            let (instances, inside) = (f64::from(cx.facts().instances), f64::from(cx.inside()));
            cx.set_level(MEMORY, (memory.base_mb * instances + memory.per_request_mb * inside + 0.5) as u32);
        }
    }

    /// A request came in: kills the instance if that was too much for its memory.
    #[inline(never)]
    fn watch_memory(&mut self, at: u16, cx: &mut Context) {
        let Some(memory) = &self.p.memory else {
            return;
        };
        let instance = &mut self.instances[usize::from(at)];
        if instance.is_out_of(memory) {
            let restart = Delay::once(ns(memory.restart_s * 1000.0));
            instance.clear(cx);
            cx.count(KILLED, 1);
            cx.set_down(at, true);
            cx.kill(at);
            self.restarting.push_back(at);
            cx.after_node(restart, RESTARTED);
        }
        self.show_memory(cx);
    }

    /// While there is a leak, one instance after the other loses a slot, as long as any has one.
    fn lose_slot(&mut self, cx: &mut Context) {
        let Some((every, next)) = self.leak.filter(|(_, next)| *next == cx.now()) else {
            return;
        };
        let running = usize::from(cx.facts().instances.max(1));
        let turn = usize::from(self.turn);
        let _ = (0..running).any(|i| self.instances[(turn + i) % running].pool.leak(cx));
        self.turn = self.turn.wrapping_add(1);
        self.leak = Some((every, next.saturating_add(every)));
        cx.after_node(Delay::once(every), LEAK);
    }
}

/// Names what happens to the instances.
fn says(node: &NodeSnapshot) -> Option<String> {
    let killed = node.own.get(KILLED)?;
    if killed.recent > 0.0 {
        return Some(format!(
            "Out of memory: an instance was killed, {} so far, and everything inside was lost each time.",
            count(rounded(killed.value), "time")
        ));
    }
    autoscaling::says(node, SCALING)
}

//! A worker of the Celery class: takes jobs from a queue, computes, waits for others, and acknowledges.
//!
//! ```text
//!   delivery ─▶ [waiting] ─▶ task slot ─▶ [its host's turn] ─▶ [waiting for a core] ─▶ computes ─▶ waits (I/O) ─▶ calls in turn
//!            ─▶ acknowledges
//! ```
//!
//! How many task slots there are, and how many of them compute at once, is what tells threads from processes and both from an
//! event loop: under one interpreter lock a single thread computes at any instant, however many there are.

use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::analysis::contrasts::Yardstick;
use crate::analysis::growth::{self, Growth, MOST_CORES, Size, cores_usd_per_hour};
use crate::design::{Distribution, Reader, Trouble, choice, params};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE, Outcome, Reason};
use crate::engine::line::Line;
use crate::engine::pool::{Granted, Pool, WhenFull};
use crate::engine::rng::Stream;
use crate::engine::sampler::Sampler;
use crate::engine::{Context, Facts, Reply};
use crate::metrics::NodeSnapshot;
use crate::policies::autoscaling::{self, Autoscaler, Autoscaling, Load, MetricsAt};
use crate::policies::politeness::{Politeness, Visits};
use crate::policies::retry::Backoff;
use backpressure_pack::Pack;
use serde_json::{Map, Value};

choice! {
    /// How an instance runs several tasks at once.
    pub enum Concurrency {
        /// A process per task: as many compute at once as there are cores.
        Processes = "processes", "Processes";
        /// A thread per task under one interpreter lock (CPython): one computes at a time, the others may wait for I/O.
        Threads = "threads", "Threads";
        /// One event loop: one task computes at a time; waiting costs nothing, so there may be thousands.
        Async = "async", "Event loop";
    }
}

params! {
    /// Parameters of a worker.
    pub struct WorkerParams {
        /// Identical copies. A queue delivers to each of them.
        instances: u32 = 1, label "Instances", range 1..=1000;
        /// How an instance runs several tasks at once.
        concurrency: Concurrency = Concurrency::Processes, label "Concurrency";
        /// Tasks an instance has in hand at once: processes, threads, or coroutines.
        tasks: u32 = 4, label "Tasks at once", unit "tasks", range 1..=100_000;
        /// Cores of an instance.
        cores: u32 = 4, label "Cores", unit "cores", range 1..=1024;
        /// Time a task computes on a core.
        cpu_time: Distribution = Distribution::Exponential { mean_ms: 50.0 }, label "Computes";
        /// Time a task waits for something outside the design: a slow service, a file.
        io_time: Distribution = Distribution::Constant { mean_ms: 0.0 }, label "Waits (I/O)";
        /// Jobs that may wait for a task slot. A queue that respects the prefetch needs none.
        queue_limit: u32 = 1000, label "Queue limit", unit "jobs", range 0..=1_000_000;
        /// A crawler's: a task waits until its host may be asked again. Off: hosts are asked as fast as tasks come.
        politeness: Option<Politeness> = None, label "Politeness", advanced;
        /// How often a failed task is run again before the job is handed back.
        retries: u32 = 0, label "Task retries", range 0..=20;
        /// The wait before each retry; it holds no task slot.
        backoff: Backoff = Backoff::default(), label "Backoff", advanced;
        /// Starts and stops instances with the load: the waiting are those here and in the queues that deliver here. Off: always the number above.
        autoscaling: Option<Autoscaling> = None, label "Autoscaling", advanced;
    }
}

/// See the module. In a call, `state` is the number of the link it calls over in this run of the task, and of runs before it;
/// `aux` the calls still to make over that link.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Worker {
    instances: Vec<Instance>,
    running: u16,
    computing_at_once: u32,
    cpu: Sampler,
    io: Sampler,
    retry_rng: Stream,
    retries: u32,
    backoff: Backoff,
    turn: u16,
    p: WorkerParams,
    scaler: Option<Autoscaler>,
    visits: Option<Visits>,
    /// Links, in order.
    calls: Vec<(u32, bool, bool)>,
}

#[derive(Clone, Debug, Pack)]
struct Instance {
    tasks: Pool,
    computing: u32,
    /// Tasks whose host's turn has not come.
    polite: u32,
    for_a_core: Line,
}

const COMPUTED: u8 = 0;
const WAITED: u8 = 1;
const RETRY: u8 = 2;
const TURN_CAME: u8 = 3;
/// A run of the task, in `state`; below it the calls made in this run.
const RUN: u32 = 1 << 16;

const DONE: usize = 0;
const FAILED: usize = 1;
const RETRIED: usize = 2;
const COMPUTING: usize = 3;
const POLITE: usize = 4;
const SCALING: MetricsAt = MetricsAt(5);

const METRICS: &[Metric] = &[
    Metric { name: "jobs_done", label: "Jobs done", help: "Jobs finished with success.", of: MetricOf::Count },
    Metric { name: "jobs_failed", label: "Jobs failed", help: "Jobs handed back as failed.", of: MetricOf::Count },
    Metric { name: "task_retries", label: "Retries", help: "Tasks run again after a failure.", of: MetricOf::Count },
    Metric {
        name: "computing",
        label: "Computing",
        help: "Tasks on a core at this instant; the others wait.",
        of: MetricOf::Level,
    },
    Metric {
        name: "polite",
        label: "Being polite",
        help: "Tasks in hand at this instant that wait until their host may be asked again.",
        of: MetricOf::Level,
    },
    autoscaling::INSTANCES,
    autoscaling::STARTING,
    autoscaling::CHANGES,
    autoscaling::REVERSALS,
];

fn at_once(p: &WorkerParams) -> u32 {
    match p.concurrency {
        Concurrency::Processes => p.cores,
        Concurrency::Threads | Concurrency::Async => 1,
    }
}

fn facts(p: &WorkerParams, instances: u32) -> Facts {
    Facts {
        slots: p.tasks.saturating_mul(instances),
        queue_limit: Some(p.queue_limit.saturating_mul(instances)),
        instances: instances as u16,
        ..Facts::default()
    }
}

fn says(node: &NodeSnapshot) -> Option<String> {
    let scaling = autoscaling::says(node, SCALING);
    if scaling.is_some() {
        return scaling;
    }
    let computing = node.own.get(COMPUTING)?.recent;
    let utilisation = node.utilisation?;
    let busy = utilisation * f64::from(node.slots);
    let polite = node.own.get(POLITE)?.recent;
    if polite >= 1.0 {
        let bound = if utilisation > 0.95 { ": more tasks would do no more, only more hosts would" } else { "" };
        return Some(format!(
            "Politeness: {polite:.0} of {busy:.0} tasks in hand wait until their host may be asked again{bound}."
        ));
    }
    // One core at work, many tasks in hand, and jobs waiting: the interpreter lock is what is short.
    (node.queue > 0 && busy > 3.0 * computing && computing > 0.9).then(|| {
        format!("{busy:.0} tasks are in hand but only {computing:.1} compute: the others wait for a core, for the interpreter lock, or for I/O.")
    })
}

impl Component for Worker {
    fn kind() -> Kind {
        Kind {
            name: "worker",
            label: "Worker",
            group: Group::Compute,
            summary: "Does jobs in the background: takes them from a queue, and acknowledges each when it is done.",
            leaves_out: &[
                "Switching between threads costs nothing, and a task computes in one piece before it waits.",
                "Memory: processes cost as much as threads.",
                "A polite task that waits for its host holds its task slot. Crawlers with a queue for each host need fewer.",
            ],
            sources: &[
                "Celery user guide: concurrency; Beazley, Understanding the Python GIL, 2010",
                "Heydon and Najork, Mercator: A Scalable, Extensible Web Crawler, 1999 (politeness)",
            ],
            fields: Fields::new(WorkerParams::fields),
            metrics: METRICS,
            // About 4 cents an hour for each core, as general-purpose machines cost.
            cost_usd_per_hour: |params| {
                let p = WorkerParams::read(params, &mut Reader::default());
                let instances = p.autoscaling.as_ref().map_or(p.instances, |a| a.bounded(p.instances));
                cores_usd_per_hour(0.04, f64::from(p.cores)) * f64::from(instances)
            },
            growth: Some(Growth {
                sizes: &[Size { field: "cores", most: MOST_CORES as f64, end: growth::MOST_CORES_END }],
                capacity_per_s: |params| {
                    let p = WorkerParams::read(params, &mut Reader::default());
                    let by_cores = f64::from(at_once(&p)) / p.cpu_time.mean_ms();
                    let by_tasks = f64::from(p.tasks) / (p.cpu_time.mean_ms() + p.io_time.mean_ms());
                    f64::from(p.instances) * by_cores.min(by_tasks) * 1000.0
                },
            }),
            says,
            compared: &[(&["concurrency"], Yardstick::Throughput)],
            check: WorkerParams::check,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = WorkerParams::read(params, &mut Reader::default());
        let mut worker = Self {
            instances: Vec::new(),
            running: 0,
            computing_at_once: at_once(&p),
            cpu: cx.sampler(&p.cpu_time, "cpu"),
            io: cx.sampler(&p.io_time, "io"),
            retry_rng: cx.stream("retry"),
            retries: p.retries,
            backoff: p.backoff.clone(),
            turn: 0,
            calls: Vec::new(),
            scaler: p.autoscaling.as_ref().map(|a| Autoscaler::new(a, p.instances)),
            visits: p.politeness.as_ref().map(Visits::new),
            p,
        };
        worker.size(cx);
        worker
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = WorkerParams::read(params, &mut Reader::default());
        self.cpu.set(&p.cpu_time, cx.calendar());
        self.io.set(&p.io_time, cx.calendar());
        if !changed {
            return;
        }
        (self.retries, self.backoff, self.computing_at_once) = (p.retries, p.backoff.clone(), at_once(&p));
        let (running, used) = (u32::from(self.running), self.load(cx).used);
        autoscaling::configure(&mut self.scaler, p.autoscaling.as_ref(), running, used, SCALING, cx);
        match (&mut self.visits, &p.politeness) {
            (Some(visits), Some(politeness)) => visits.set(politeness),
            (visits, politeness) => *visits = politeness.as_ref().map(Visits::new),
        }
        self.p = p.clone();
        self.size(cx);
        for i in 0..self.instances.len() {
            self.instances[i].tasks.resize(p.tasks, p.queue_limit, WhenFull::RejectNewest);
            while let Some(call) = self.instances[i].tasks.admit(cx) {
                self.begin(call, cx);
            }
            self.next_on_core(i, cx);
        }
    }

    fn wire(&mut self, cx: &mut Context) {
        self.calls = cx.downstream().iter().map(|d| (d.link, d.wait, d.degrade)).collect();
    }

    fn start(&mut self, cx: &mut Context) {
        let used = self.load(cx).used;
        if let Some(scaler) = &mut self.scaler {
            scaler.start(used, cx);
        }
    }

    fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
        let load = self.load(cx);
        if self.scaler.as_mut().is_some_and(|s| s.ring(tag, load, SCALING, cx)) {
            self.size(cx);
            cx.set_instances(self.running);
        }
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let mut instance = cx.call(call).instance;
        if instance >= self.running {
            let up = (0..self.running).map(|i| (self.turn + i) % self.running).find(|&i| cx.is_up(i));
            let Some(up) = up else {
                return cx.reply(call, Outcome::Failed(Reason::Refused));
            };
            instance = up;
            self.turn = up + 1;
            cx.call_mut(call).instance = instance;
        }
        match self.instances[usize::from(instance)].tasks.acquire(call, cx) {
            Granted::Slot => self.begin(call, cx),
            Granted::Queued => {}
            Granted::QueuedInsteadOf(dropped) => cx.reply(dropped, Outcome::Failed(Reason::QueueFull)),
            Granted::Full => cx.reply(call, Outcome::Failed(Reason::QueueFull)),
        }
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        match tag {
            COMPUTED => {
                let i = usize::from(cx.call(call).instance);
                self.instances[i].computing -= 1;
                cx.level(COMPUTING, -1);
                self.next_on_core(i, cx);
                let wait = self.io.draw();
                if wait.ns == 0 { self.advance(call, cx) } else { cx.work(wait, call, WAITED) }
            }
            WAITED => self.advance(call, cx),
            TURN_CAME => {
                self.instances[usize::from(cx.call(call).instance)].polite -= 1;
                cx.level(POLITE, -1);
                self.ask_for_a_core(call, cx);
            }
            _ => {
                // A retry takes a slot like a new job.
                let instance = usize::from(cx.call(call).instance);
                match self.instances[instance].tasks.acquire(call, cx) {
                    Granted::Slot => self.begin(call, cx),
                    Granted::Queued => {}
                    Granted::QueuedInsteadOf(dropped) => cx.reply(dropped, Outcome::Failed(Reason::QueueFull)),
                    Granted::Full => {
                        cx.count(FAILED, 1);
                        cx.reply(call, Outcome::Failed(Reason::QueueFull));
                    }
                }
            }
        }
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        let degrade = self.calls.iter().any(|&(link, _, degrade)| link == reply.link && degrade);
        match reply.outcome {
            Outcome::Failed(reason) if !degrade => self.fail(call, reason, cx),
            Outcome::Failed(_) => {
                cx.degrade(call);
                self.advance(call, cx);
            }
            _ => self.advance(call, cx),
        }
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        if let Trouble::Crash { instance, .. } = trouble
            && begins
        {
            let dies = |i: usize| instance.is_none_or(|wanted| wanted as usize == i);
            for (_, instance) in self.instances.iter_mut().enumerate().filter(|(i, _)| dies(*i)) {
                instance.tasks.clear(cx);
                cx.level(COMPUTING, -(instance.computing as i32));
                cx.level(POLITE, -(instance.polite as i32));
                (instance.computing, instance.polite, instance.for_a_core) = (0, 0, Line::default());
            }
        }
    }
}

impl Instance {
    fn new(p: &WorkerParams) -> Self {
        Self {
            tasks: Pool::new(p.tasks, p.queue_limit, WhenFull::RejectNewest),
            computing: 0,
            polite: 0,
            for_a_core: Line::default(),
        }
    }
}

impl Worker {
    /// Brings the number of instances to what is wanted. Those taken away finish what they have; nothing new is sent to them.
    fn size(&mut self, cx: &mut Context) {
        let wanted = self.scaler.as_ref().map_or(self.p.instances, Autoscaler::running);
        self.running = wanted as u16;
        cx.set_level(SCALING.0, wanted);
        cx.declare(facts(&self.p, wanted));
        let most = self.instances.len().max(wanted as usize);
        self.instances.resize(most, Instance::new(&self.p));
    }

    /// What the autoscaler looks at.
    fn load(&self, cx: &Context) -> Load {
        let here: u32 = self.instances.iter().map(|i| i.tasks.waiting()).sum();
        Load { used: cx.busy_time(), each: self.p.tasks, waiting: here.saturating_add(cx.backlog()) }
    }

    /// A task begins: once its host's turn has come, it needs a core.
    fn begin(&mut self, call: CallId, cx: &mut Context) {
        let now = cx.now();
        let record = cx.call_mut(call);
        (record.state, record.aux) = (record.state / RUN * RUN, NONE);
        let (i, key) = (usize::from(record.instance), record.key);
        match self.visits.as_mut().map_or(0, |visits| visits.wait_ns(key, now)) {
            0 => self.ask_for_a_core(call, cx),
            wait => {
                self.instances[i].polite += 1;
                cx.level(POLITE, 1);
                cx.book_wait(call, wait);
                cx.after(Delay::once(wait), call, TURN_CAME);
            }
        }
    }

    fn ask_for_a_core(&mut self, call: CallId, cx: &mut Context) {
        let i = usize::from(cx.call(call).instance);
        self.instances[i].for_a_core.push_back(call, cx);
        self.next_on_core(i, cx);
    }

    fn next_on_core(&mut self, i: usize, cx: &mut Context) {
        while self.instances[i].computing < self.computing_at_once {
            let Some(call) = self.instances[i].for_a_core.pop_front(cx) else {
                return;
            };
            self.instances[i].computing += 1;
            cx.level(COMPUTING, 1);
            let time = self.cpu.draw();
            cx.work(time, call, COMPUTED);
        }
    }

    /// The next call of the task, or its end. `aux` counts the calls still to make over the link of this step.
    fn advance(&mut self, call: CallId, cx: &mut Context) {
        loop {
            let step = (cx.call(call).state % RUN) as usize;
            let Some(&(link, wait, _)) = self.calls.get(step) else {
                cx.count(DONE, 1);
                return self.leave(call, Outcome::Answered, cx);
            };
            let op = cx.call(call).op;
            if cx.call(call).aux == NONE {
                let calls = if cx.carries(link, call, op) { cx.calls_now(link) } else { 0 };
                cx.call_mut(call).aux = calls;
            }
            let record = cx.call_mut(call);
            if record.aux == 0 {
                (record.state, record.aux) = (record.state + 1, NONE);
                continue;
            }
            record.aux -= 1;
            let sent =
                if wait { cx.send(call, link, op, u16::MAX) != NONE } else { cx.send_and_forget(call, link, op) };
            match (sent, wait) {
                (false, _) => return self.fail(call, Reason::Limit, cx),
                (true, true) => return,
                (true, false) => {}
            }
        }
    }

    fn fail(&mut self, call: CallId, reason: Reason, cx: &mut Context) {
        let runs = cx.call(call).state / RUN;
        if runs >= self.retries || reason.is_final() {
            cx.count(FAILED, 1);
            return self.leave(call, Outcome::Failed(reason), cx);
        }
        cx.count(RETRIED, 1);
        let record = cx.call_mut(call);
        record.state = (runs + 1) * RUN;
        record.mark_again();
        let wait = self.backoff.wait_ns(runs, &mut self.retry_rng);
        cx.after(Delay::once(wait), call, RETRY);
        self.give_back(usize::from(cx.call(call).instance), cx);
    }

    fn leave(&mut self, call: CallId, outcome: Outcome, cx: &mut Context) {
        let i = usize::from(cx.call(call).instance);
        cx.reply(call, outcome);
        self.give_back(i, cx);
    }

    /// A task slot is free: the next job has it.
    fn give_back(&mut self, i: usize, cx: &mut Context) {
        if let Some(next) = self.instances[i].tasks.release(cx) {
            self.begin(next, cx);
        }
    }
}

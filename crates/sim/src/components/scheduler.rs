//! A scheduler of the cron class: starts jobs by the clock, whether or not anybody asks.

use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::design::{Reader, Trouble, choice, params};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::rng::{Stream, hash_text};
use crate::engine::sampler::ns;
use crate::engine::{Context, Reply};
use crate::metrics::NodeSnapshot;
use crate::words::{count, count_are, figure, rounded};
use backpressure_pack::Pack;
use serde_json::{Map, Value};

choice! {
    /// What happens when a run is due and the one before is still going on.
    pub enum Overlap {
        /// Both go on side by side.
        Allow = "allow", "Start it all the same";
        /// The new one is left out.
        Skip = "skip", "Leave it out";
    }
}

choice! {
    /// What happens to runs that were missed while the clock stood still.
    pub enum Missed {
        /// They are lost.
        Drop = "drop", "Leave them out";
        /// All of them are started at once when the clock goes on.
        CatchUp = "catch_up", "Make them up at once";
    }
}

params! {
    /// Parameters of a scheduler.
    pub struct SchedulerParams {
        /// Time from one run to the next.
        interval_s: f64 = 10.0, label "Every", unit "s", range 0.001..=31_536_000.0;
        /// Jobs started by one run, each a call over every link.
        jobs: u32 = 100, label "Jobs per run", unit "jobs", range 1..=100_000;
        /// The jobs of a run are spread evenly over this time; at 0 they all start at once.
        spread_s: f64 = 0.0, label "Spread over", unit "s", range 0.0..=86_400.0;
        /// A run starts up to this much later, at random: many schedulers do not start together.
        jitter_s: f64 = 0.0, label "Jitter", unit "s", range 0.0..=86_400.0;
        /// What happens when a run is due and the one before is still going on.
        overlap: Overlap = Overlap::Allow, label "Overlap";
        /// What happens to runs that were missed while the clock stood still.
        missed: Missed = Missed::Drop, label "Missed runs";
        /// Whether jobs write or read.
        writes: bool = true, label "Jobs write";
    }
}

/// See the module. A job is a piece of background work; its `state` counts the calls still out, `aux` whether one failed.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Scheduler {
    interval: Delay,
    jobs: u32,
    spread_ns: u64,
    jitter_ns: u64,
    skip: bool,
    catch_up: bool,
    op: Op,
    links: Vec<u32>,
    rng: Stream,
    stuck: bool,
    missed: u32,
    /// Jobs of runs so far that are not done.
    out: u32,
    started_ns: u64,
    next_key: u64,
    /// Jobs of a spread run still to start.
    left: u32,
    space: u64,
}

const DUE: u8 = 0;
const START: u8 = 1;
const ONE: u8 = 2;

const RUNS: usize = 0;
const MISSED: usize = 1;
const OVERLAPPED: usize = 2;
const DONE: usize = 3;
const FAILED: usize = 4;
const OUT: usize = 5;
const DURATION: usize = 6;
const FORBIDDEN: usize = 7;

const METRICS: &[Metric] = &[
    Metric { name: "runs", label: "Runs", help: "Runs started.", of: MetricOf::Count },
    Metric { name: "runs_missed", label: "Missed", help: "Runs due while the clock stood still.", of: MetricOf::Count },
    Metric {
        name: "runs_overlapping",
        label: "Overlapping",
        help: "Runs due while the one before was still going on.",
        of: MetricOf::Count,
    },
    Metric { name: "jobs_done", label: "Jobs done", help: "Jobs finished with success.", of: MetricOf::Count },
    Metric { name: "jobs_failed", label: "Jobs failed", help: "Jobs of which a call failed.", of: MetricOf::Count },
    Metric { name: "jobs_out", label: "Jobs under way", help: "Jobs started and not finished.", of: MetricOf::Level },
    Metric { name: "run_ms", label: "Run takes", help: "From the start of a run to its last job.", of: MetricOf::Span },
    Metric {
        name: "jobs_forbidden",
        label: "Not carried",
        help: "Jobs that no link carries, for what they ask: they fail before they are sent.",
        of: MetricOf::Count,
    },
];

fn says(node: &NodeSnapshot) -> Option<String> {
    if node.faults.iter().any(|f| f == "stuck_clock") {
        return Some("The clock stands still: nothing is started, and nobody is told.".to_owned());
    }
    if node.own.get(FORBIDDEN)?.recent > 0.0 {
        return Some(format!(
            "{} so far ask for what none of its links carries: they fail here, and nothing else comes to harm (least privilege).",
            count(rounded(node.own[FORBIDDEN].value), "job")
        ));
    }
    if node.own[OVERLAPPED].recent > 0.0 {
        return Some(format!(
            "A run is due before the one before is done: {} under way.",
            count_are(rounded(node.own[OUT].value), "job")
        ));
    }
    // Only of many: a few jobs are no burst.
    (node.own[OUT].value >= 20.0).then(|| {
        format!(
            "The jobs of a run come together: {} are under way, and who asks now stands in line with them.",
            figure(node.own[OUT].value)
        )
    })
}

impl Component for Scheduler {
    fn kind() -> Kind {
        Kind {
            name: "scheduler",
            label: "Scheduler",
            group: Group::Traffic,
            summary: "Starts jobs by the clock, like cron: every so often, all at once.",
            leaves_out: &["Calendars and time zones: a run is due after a fixed time."],
            sources: &["cron(8); Kubernetes CronJob: concurrencyPolicy"],
            accepts_calls: false,
            fields: Fields::new(SchedulerParams::fields),
            metrics: METRICS,
            faults: &["stuck_clock"],
            cost_usd_per_hour: |_| 0.01,
            says,
            check: SchedulerParams::check,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = SchedulerParams::read(params, &mut Reader::default());
        let mut scheduler = Self {
            interval: Delay::once(0),
            jobs: 0,
            spread_ns: 0,
            jitter_ns: 0,
            skip: false,
            catch_up: false,
            op: Op::Write,
            links: Vec::new(),
            rng: cx.stream("jitter"),
            stuck: false,
            missed: 0,
            out: 0,
            started_ns: 0,
            next_key: 0,
            left: 0,
            space: hash_text(&cx.name_of_self()) << 32,
        };
        scheduler.take(&p, cx);
        scheduler
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let before = self.interval.ns;
        let p = SchedulerParams::read(params, &mut Reader::default());
        self.take(&p, cx);
        if changed && self.interval.ns != before {
            cx.void_node_timers();
            self.left = 0;
            self.start(cx);
        }
    }

    fn wire(&mut self, cx: &mut Context) {
        self.links = cx.downstream().iter().map(|d| d.link).collect();
    }

    fn start(&mut self, cx: &mut Context) {
        let interval = self.interval;
        cx.after_node(interval, DUE);
    }

    /// Nobody calls a scheduler.
    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        cx.reply(call, Outcome::Failed(Reason::Refused));
    }

    fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
        match tag {
            DUE => {
                self.start(cx);
                if self.stuck {
                    self.missed += 1;
                    cx.count(MISSED, 1);
                } else if self.jitter_ns > 0 {
                    let later = self.rng.below(self.jitter_ns);
                    cx.after_node(Delay::once(later), START);
                } else {
                    self.run(cx);
                }
            }
            START => self.run(cx),
            _ => {
                self.left = self.left.saturating_sub(1);
                self.job(cx);
                self.next_of_spread(cx);
            }
        }
    }

    fn on_reply(&mut self, job: CallId, reply: Reply, cx: &mut Context) {
        let record = cx.call_mut(job);
        record.state -= 1;
        if !reply.outcome.is_ok() {
            record.aux = 1;
        }
        if record.state == 0 {
            let failed = record.aux != NONE;
            self.over(job, failed, cx);
        }
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        if matches!(trouble, Trouble::StuckClock {}) {
            self.stuck = begins;
            if !begins {
                let missed = std::mem::take(&mut self.missed);
                for _ in 0..if self.catch_up { missed } else { 0 } {
                    self.run(cx);
                }
            }
        }
    }
}

impl Scheduler {
    fn take(&mut self, p: &SchedulerParams, cx: &mut Context) {
        self.interval = cx.calendar().constant(ns(p.interval_s * 1000.0));
        self.jobs = p.jobs;
        self.spread_ns = ns(p.spread_s * 1000.0);
        self.jitter_ns = ns(p.jitter_s * 1000.0);
        self.skip = p.overlap == Overlap::Skip;
        self.catch_up = p.missed == Missed::CatchUp;
        self.op = if p.writes { Op::Write } else { Op::Read };
    }

    fn run(&mut self, cx: &mut Context) {
        if self.out > 0 {
            cx.count(OVERLAPPED, 1);
            if self.skip {
                return;
            }
        }
        cx.count(RUNS, 1);
        self.started_ns = cx.now();
        if self.spread_ns == 0 {
            for _ in 0..self.jobs {
                self.job(cx);
            }
        } else {
            self.left = self.left.saturating_add(self.jobs);
            self.next_of_spread(cx);
        }
    }

    fn next_of_spread(&mut self, cx: &mut Context) {
        if self.left > 0 {
            cx.after_node(Delay::once(self.spread_ns / u64::from(self.jobs.max(1))), ONE);
        }
    }

    fn job(&mut self, cx: &mut Context) {
        let key = self.space | self.next_key;
        self.next_key = (self.next_key + 1) & 0xffff_ffff;
        let job = cx.spawn_alone(self.op, key);
        if job == NONE {
            return cx.count(FAILED, 1);
        }
        self.out += 1;
        cx.level(OUT, 1);
        for i in 0..self.links.len() {
            let (link, op) = (self.links[i], self.op);
            if cx.carries(link, job, op) && cx.send(job, link, op, u16::MAX) != NONE {
                cx.call_mut(job).state += 1;
            }
        }
        if cx.call(job).state == 0 {
            cx.count(FORBIDDEN, 1);
            self.over(job, true, cx);
        }
    }

    fn over(&mut self, job: CallId, failed: bool, cx: &mut Context) {
        cx.count(if failed { FAILED } else { DONE }, 1);
        cx.finish(job);
        self.out -= 1;
        cx.level(OUT, -1);
        if self.out == 0 && self.left == 0 {
            let took = cx.now() - self.started_ns;
            cx.span(DURATION, took);
        }
    }
}

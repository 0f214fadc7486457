//! When users make requests: at a rate, in a loop of asking and thinking, or as recorded.

use super::curve::{Curve, Shape};
use super::params::{Arrivals, Workload};
use crate::design::Numbers;
use crate::engine::Context;
use crate::engine::calendar::Delay;
use crate::engine::rng::Stream;
use crate::engine::sampler::{LONGEST_NS, Sampler, ns, whole};
use crate::engine::ziggurat::{Ahead, exponential};
use backpressure_pack::Pack;

// Timers of the component itself.
/// A request is made.
pub(super) const ARRIVAL: u8 = 0;
/// A user joins.
pub(super) const SPAWN: u8 = 1;
/// A user has thought.
pub(super) const THOUGHT: u8 = 2;
/// A burst begins or ends.
const SWITCH: u8 = 3;

const SHORTEST_THOUGHT_NS: u64 = 1000;

#[derive(Clone, Debug, Pack)]
pub(super) enum Source {
    Open(Open),
    Closed(Closed),
    Replay(Replay),
}

/// Requests at a rate.
#[derive(Clone, Debug, Pack)]
pub(super) struct Open {
    rng: Stream,
    ahead: Ahead,
    poisson: bool,
    curve: Curve,
    /// Time between arrivals where the rate never changes, ns.
    steady: Option<f64>,
    /// The same where they are evenly spaced.
    even: Option<Delay>,
    /// Arrivals still to be expected since this instant before the next one comes.
    left: f64,
    since: u64,
    bursts: Option<Bursts>,
    /// Faults multiply the rate by this.
    crowd: f64,
}

#[derive(Clone, Debug, Pack)]
struct Bursts {
    rng: Stream,
    /// Times the rate of calm, and mean lengths, ns.
    factor: f64,
    burst: f64,
    calm: f64,
    bursting: bool,
    /// When the present state ends, ns.
    until: u64,
}

/// Users in a loop.
#[derive(Clone, Debug, Pack)]
pub(super) struct Closed {
    think: Sampler,
    spawn: Delay,
    users: u32,
    crowd: f64,
    present: u32,
    spawning: bool,
    /// How often a user means to ask, ns: see [`super::INTENDED`].
    pub pace_ns: u64,
}

/// Recorded instants.
#[derive(Clone, Debug, Pack)]
pub(super) struct Replay {
    at: Vec<u64>,
    next: usize,
    /// The list counts from here, ns.
    origin: u64,
    /// Length of a round; 0 if there is only one.
    period: u64,
    crowd: f64,
    rng: Stream,
}

impl Source {
    pub fn new(workload: &Workload, cx: &mut Context) -> Self {
        match workload {
            Workload::Open { rate_rps, arrivals, shape } => {
                let mut rng = cx.stream("arrivals");
                let mut open = Open {
                    ahead: Ahead::new(&mut rng),
                    rng,
                    poisson: true,
                    curve: Curve::new(*rate_rps, shape),
                    steady: None,
                    even: None,
                    left: 0.0,
                    since: 0,
                    bursts: None,
                    crowd: 1.0,
                };
                open.set(*rate_rps, *arrivals, shape, cx);
                Source::Open(open)
            }
            Workload::Closed { users, think_time, spawn_rate_per_s } => Source::Closed(Closed {
                think: cx.sampler(think_time, "think"),
                spawn: cx.calendar().constant(ns(1000.0 / spawn_rate_per_s)),
                users: *users,
                crowd: 1.0,
                present: 0,
                spawning: false,
                pace_ns: ns(think_time.mean_ms()),
            }),
            Workload::Replay { at_s, repeat } => {
                let (at, period) = instants(at_s, *repeat);
                Source::Replay(Replay { at, next: 0, origin: 0, period, crowd: 1.0, rng: cx.stream("replay") })
            }
        }
    }

    /// Takes over an edited workload, and claims lanes again. False if it is of another kind: then a new source is needed.
    pub fn configure(&mut self, workload: &Workload, changed: bool, cx: &mut Context) -> bool {
        match (self, workload) {
            (Source::Open(open), Workload::Open { rate_rps, arrivals, shape }) => {
                open.claim(*rate_rps, cx);
                if changed {
                    open.settle(cx.now());
                    open.set(*rate_rps, *arrivals, shape, cx);
                    open.resume(cx);
                }
            }
            (Source::Closed(closed), Workload::Closed { users, think_time, spawn_rate_per_s }) => {
                closed.think.set(think_time, cx.calendar());
                closed.spawn = cx.calendar().constant(ns(1000.0 / spawn_rate_per_s));
                closed.users = *users;
                closed.pace_ns = ns(think_time.mean_ms());
            }
            (Source::Replay(_), Workload::Replay { .. }) => return !changed,
            _ => return false,
        }
        true
    }

    /// Faults make it this many users, or requests.
    pub fn set_crowd(&mut self, crowd: f64, cx: &mut Context) {
        match self {
            Source::Open(open) => {
                open.settle(cx.now());
                open.crowd = crowd;
                open.resume(cx);
            }
            Source::Closed(closed) => closed.crowd = crowd,
            Source::Replay(replay) => replay.crowd = crowd,
        }
    }

    /// Begins. The users of a closed workload join one by one: see [`Closed::joins`].
    pub fn start(&mut self, cx: &mut Context) {
        match self {
            Source::Open(open) => open.start(cx),
            Source::Closed(_) => {}
            Source::Replay(replay) => {
                replay.origin = cx.now();
                replay.schedule(cx);
            }
        }
    }

    /// Another timer of an open workload than that of an arrival rang, or one of a replay: how many requests are made now.
    pub fn ring(&mut self, tag: u8, cx: &mut Context) -> u32 {
        match (tag, self) {
            (SWITCH, Source::Open(open)) => {
                open.switch(cx);
                0
            }
            (ARRIVAL, Source::Replay(replay)) => replay.ring(cx),
            _ => 0,
        }
    }
}

impl Open {
    fn set(&mut self, rate_rps: f64, arrivals: Arrivals, shape: &Shape, cx: &mut Context) {
        self.poisson = arrivals == Arrivals::Poisson;
        self.curve = Curve::new(rate_rps, shape);
        self.bursts = match shape {
            Shape::Bursty { burst_rps, mean_burst_s, mean_calm_s } => Some(Bursts {
                rng: self.bursts.take().map_or_else(|| cx.stream("bursts"), |b| b.rng),
                factor: burst_rps / rate_rps,
                burst: mean_burst_s * 1e9,
                calm: mean_calm_s * 1e9,
                bursting: false,
                until: 0,
            }),
            _ => None,
        };
        if let Some(bursts) = &mut self.bursts {
            bursts.draw(cx.now());
        }
        self.steady = matches!(shape, Shape::Steady {}).then_some(1000.0 / rate_rps * 1e6);
        self.claim(rate_rps, cx);
    }

    fn claim(&mut self, rate_rps: f64, cx: &mut Context) {
        let even = !self.poisson && self.steady.is_some();
        self.even = even.then(|| cx.calendar().constant(ns(1000.0 / rate_rps)));
    }

    fn start(&mut self, cx: &mut Context) {
        self.draw(cx.now());
        self.resume(cx);
    }

    /// How much must be expected before the next arrival.
    fn draw(&mut self, now: u64) {
        self.since = now;
        self.left = if self.poisson { self.ahead.next(&mut self.rng) } else { 1.0 };
    }

    /// Brings up to date what is still to be expected: the rate changes.
    fn settle(&mut self, now: u64) {
        self.left = (self.left - self.curve.between(self.since, now)).max(0.0);
        self.since = now;
    }

    /// Schedules everything anew, with the rate as it is now.
    fn resume(&mut self, cx: &mut Context) {
        let burst = self.bursts.as_ref().filter(|b| b.bursting).map_or(1.0, |b| b.factor);
        self.curve.set_factor(self.crowd * burst);
        cx.void_node_timers();
        if let Some(bursts) = &self.bursts {
            cx.after_node(Delay::once(bursts.until.saturating_sub(cx.now())), SWITCH);
        }
        self.schedule(cx);
    }

    #[inline]
    fn schedule(&mut self, cx: &mut Context) {
        match self.steady {
            Some(gap) if self.crowd == 1.0 && self.even.is_none() => {
                cx.after_node(Delay::once(whole(self.left * gap)), ARRIVAL);
            }
            _ => self.schedule_otherwise(cx),
        }
    }

    /// Evenly spaced arrivals, a crowd, a rate that changes.
    #[inline(never)]
    fn schedule_otherwise(&mut self, cx: &mut Context) {
        let at = match (self.steady, self.even) {
            (Some(_), Some(even)) if self.crowd == 1.0 && self.left == 1.0 => return cx.after_node(even, ARRIVAL),
            (Some(gap), _) if self.crowd > 0.0 => {
                return cx.after_node(Delay::once(whole(self.left * gap / self.crowd)), ARRIVAL);
            }
            _ => self.curve.reach(self.since, self.left),
        };
        if let Some(at) = at {
            cx.after_node(Delay::once(at.saturating_sub(cx.now()).min(LONGEST_NS)), ARRIVAL);
        }
    }

    #[inline]
    pub fn next(&mut self, cx: &mut Context) {
        self.draw(cx.now());
        self.schedule(cx);
    }

    fn switch(&mut self, cx: &mut Context) {
        self.settle(cx.now());
        if let Some(bursts) = &mut self.bursts {
            bursts.bursting = !bursts.bursting;
            bursts.draw(cx.now());
        }
        self.resume(cx);
    }
}

impl Bursts {
    /// Draws how long the present state lasts.
    fn draw(&mut self, now: u64) {
        let mean = if self.bursting { self.burst } else { self.calm };
        let span = (exponential(&mut self.rng) * mean + 0.5) as u64;
        self.until = now.saturating_add(span.min(LONGEST_NS));
    }
}

impl Closed {
    fn wanted(&self) -> u32 {
        (f64::from(self.users) * self.crowd + 0.5) as u32
    }

    /// Lets the next user join, if any is missing, and the one after that later. True if one joined.
    pub fn joins(&mut self, cx: &mut Context) -> bool {
        let joins = !self.spawning && self.present < self.wanted();
        if joins {
            self.present += 1;
            self.spawning = true;
            cx.after_node(self.spawn, SPAWN);
        }
        joins
    }

    /// The time for the next to join has come. True if one joined.
    pub fn next_joins(&mut self, cx: &mut Context) -> bool {
        self.spawning = false;
        self.joins(cx)
    }

    /// Users that have joined.
    pub fn present(&self) -> u32 {
        self.present
    }

    /// A user has thought. True if another request is made; false if the user leaves, as one too many.
    pub fn stays(&mut self) -> bool {
        let stays = self.present <= self.wanted();
        if !stays {
            self.present -= 1;
        }
        stays
    }

    /// A user has an answer, and thinks.
    pub fn think(&mut self, cx: &mut Context) {
        let time = self.think.draw();
        // A user who thinks for no time at all, in a system that takes none, would stop the clock.
        let time = if time.ns < SHORTEST_THOUGHT_NS { Delay::once(SHORTEST_THOUGHT_NS) } else { time };
        cx.after_node(time, THOUGHT);
    }
}

/// Instants from the start, sorted, and the length of a round.
pub(super) fn instants(at_s: &Numbers, repeat: bool) -> (Vec<u64>, u64) {
    /// Unix time passed this in 2001: no run is as long.
    const UNIX_TIME_S: f64 = 1e9;
    let first = at_s.0.iter().copied().fold(f64::INFINITY, f64::min);
    let start = if first >= UNIX_TIME_S { first } else { 0.0 };
    let mut at: Vec<u64> = at_s.0.iter().map(|s| ns((s - start) * 1000.0)).collect();
    at.sort_unstable();
    let last = at.last().copied().unwrap_or(0);
    // After the last instant passes as much as between two instants on average.
    let gap = (last / (at.len() as u64).saturating_sub(1).max(1)).max(1_000_000);
    (at, if repeat { last.saturating_add(gap) } else { 0 })
}

impl Replay {
    fn schedule(&mut self, cx: &mut Context) {
        if self.next == self.at.len() && self.period > 0 {
            self.next = 0;
            self.origin = self.origin.saturating_add(self.period);
        }
        if let Some(at) = self.at.get(self.next) {
            let wait = self.origin.saturating_add(*at).saturating_sub(cx.now());
            cx.after_node(Delay::once(wait), ARRIVAL);
        }
    }

    fn ring(&mut self, cx: &mut Context) -> u32 {
        self.next += 1;
        self.schedule(cx);
        let whole = self.crowd as u32;
        let fraction = self.crowd - f64::from(whole);
        whole + u32::from(fraction > 0.0 && self.rng.chance(fraction))
    }
}

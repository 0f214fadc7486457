//! What the page knows of the run: the last that the worker told.

use super::clock::Clock;
use super::status::NodeStatus;
use super::sweep::Sweep;
use crate::protocol::{Now, Requests};
use backpressure_sim::analysis::assertions::Verdict;
use backpressure_sim::analysis::comparison::Comparison;
use backpressure_sim::metrics::{Hop, Series, Snapshot};
use backpressure_sim::{Problem, Severity};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

/// Most hops kept for drawing.
const MAX_HOPS: usize = 20_000;

/// State of the clock.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum RunPhase {
    /// At time 0, or without a design that runs.
    #[default]
    Stopped,
    /// The clock runs.
    Running,
    /// The clock stands.
    Paused,
    /// The worker died and is being started again, or could not be.
    Broken {
        /// What to tell the person.
        message: String,
    },
}

/// A chart, shared. Two are equal if they are the same one, so comparing them costs nothing.
#[derive(Clone, Debug, Default)]
pub struct SeriesRef(Rc<Series>);

impl SeriesRef {
    /// The chart.
    pub fn get(&self) -> &Series {
        &self.0
    }
}

impl From<Series> for SeriesRef {
    fn from(series: Series) -> Self {
        Self(Rc::new(series))
    }
}

impl PartialEq for SeriesRef {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Most spells kept of one fault; the oldest are forgotten.
const MAX_SPELLS: usize = 100;

/// When a fault was at work: from and to, simulated ns; the last may go on still.
pub type Spells = Vec<(u64, Option<u64>)>;

/// See the module.
#[derive(Clone, Debug)]
pub struct RunView {
    /// State of the clock.
    pub phase: RunPhase,
    /// Speed asked for, simulated seconds per wall second; [`crate::worker::FASTEST`] and above is as fast as possible.
    pub speed: f64,
    /// Speed reached, simulated seconds per wall second.
    pub pace: f64,
    /// The last snapshot.
    pub snapshot: Snapshot,
    /// The chart so far.
    pub series: SeriesRef,
    /// What is wrong with the design now.
    pub problems: Vec<Problem>,
    /// Hops to draw, in order of departure; old ones are dropped.
    pub hops: VecDeque<Hop>,
    /// Requests that a dot stands for; 0 while no dots are shown.
    pub one_dot_is: u32,
    /// Smoothed status of each node, in the order of [`Snapshot::nodes`].
    pub status: Vec<NodeStatus>,
    /// Recorded requests, while somebody looks at them.
    pub requests: Rc<Requests>,
    /// What came of testing the design's promises.
    pub verdicts: Rc<Vec<Verdict>>,
    /// What theory says of the components, by id.
    pub theory: Rc<Vec<(String, Comparison)>>,
    /// The sweep that runs, or the last one.
    pub sweep: Rc<Sweep>,
    /// Are they being tested?
    pub testing: bool,
    /// When faults that come at random came, by id: what the timeline shows of them.
    pub spells: Rc<Vec<(String, Spells)>>,
    clock: Clock,
    last_ms: f64,
}

impl Default for RunView {
    fn default() -> Self {
        Self {
            phase: RunPhase::Stopped,
            speed: 1.0,
            pace: 0.0,
            snapshot: Snapshot::default(),
            series: SeriesRef::default(),
            problems: Vec::new(),
            hops: VecDeque::new(),
            one_dot_is: 1,
            status: Vec::new(),
            requests: Rc::default(),
            verdicts: Rc::default(),
            theory: Rc::default(),
            sweep: Rc::default(),
            testing: false,
            spells: Rc::default(),
            clock: Clock::default(),
            last_ms: 0.0,
        }
    }
}

impl RunView {
    /// The simulated time to draw dots at, ns.
    pub fn now_ns(&self, wall_ms: f64) -> f64 {
        self.clock.now_ns(wall_ms)
    }

    /// True while the clock runs.
    pub fn is_running(&self) -> bool {
        self.phase == RunPhase::Running
    }

    /// True if a problem keeps the design from running.
    pub fn is_blocked(&self) -> bool {
        self.problems.iter().any(|p| p.severity == Severity::Error)
    }

    /// The smoothed status of a node.
    pub fn status_of(&self, id: &str) -> Option<&NodeStatus> {
        self.status.iter().find(|s| s.id == id)
    }

    pub(super) fn take_now(&mut self, now: Now, wall_ms: f64) {
        let dt_s = ((wall_ms - self.last_ms) / 1000.0).clamp(0.0, 5.0);
        self.last_ms = wall_ms;
        self.phase = match (now.playing, now.snapshot.now_ns > 0 || now.snapshot.events > 0) {
            (true, _) => RunPhase::Running,
            (false, true) => RunPhase::Paused,
            (false, false) => RunPhase::Stopped,
        };
        self.pace = now.pace;
        let mut known: HashMap<String, NodeStatus> = self.status.drain(..).map(|s| (s.id.clone(), s)).collect();
        let named = now.snapshot.finding.node.as_ref();
        for node in &now.snapshot.nodes {
            let mut status = known.remove(&node.id).unwrap_or_else(|| NodeStatus::new(&node.id));
            status.update(node, named == Some(&node.id), dt_s);
            self.status.push(status);
        }
        if now.snapshot.now_ns < self.snapshot.now_ns || !now.snapshot.faults.is_empty() {
            self.hear_spells(&now.snapshot);
        }
        self.snapshot = now.snapshot;
        self.hear_clock(self.snapshot.now_ns, wall_ms);
    }

    pub(super) fn take_hops(&mut self, hops: Vec<Hop>, one_dot_is: u32, now_ns: u64, wall_ms: f64) {
        self.one_dot_is = one_dot_is;
        if now_ns == 0 {
            self.hops.clear();
        }
        self.hear_clock(now_ns, wall_ms);
        let shown = self.now_ns(wall_ms) as u64;
        while self.hops.front().is_some_and(|h| h.arrives_ns < shown) || self.hops.len() + hops.len() > MAX_HOPS {
            if self.hops.pop_front().is_none() {
                break;
            }
        }
        self.hops.extend(hops.into_iter().take(MAX_HOPS));
    }

    #[inline(never)]
    fn hear_spells(&mut self, now: &Snapshot) {
        let all = Rc::make_mut(&mut self.spells);
        if now.now_ns < self.snapshot.now_ns {
            all.clear();
        }
        for fault in &now.faults {
            let spell = (fault.began_ns, fault.ended_ns);
            match all.iter_mut().find(|(id, _)| *id == fault.id) {
                Some((_, spells)) => match spells.last_mut() {
                    Some(last) if last.0 == fault.began_ns => *last = spell,
                    _ => {
                        spells.push(spell);
                        let old = spells.len().saturating_sub(MAX_SPELLS);
                        spells.drain(..old);
                    }
                },
                None => all.push((fault.id.clone(), vec![spell])),
            }
        }
    }

    fn hear_clock(&self, now_ns: u64, wall_ms: f64) {
        let speed = match self.phase {
            RunPhase::Running if self.speed >= crate::worker::FASTEST => self.pace,
            // What the machine reaches, where it cannot keep the speed asked for.
            RunPhase::Running if self.pace > 0.0 => self.pace.min(self.speed),
            RunPhase::Running => self.speed,
            _ => 0.0,
        };
        self.clock.hear(wall_ms, now_ns as f64, speed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backpressure_sim::metrics::FaultSpell;

    #[test]
    fn what_came_at_random_is_kept_until_the_run_begins_anew() {
        let mut run = RunView::default();
        let mut hear = |now_ns: u64, began_ns: u64, ended_ns: Option<u64>| {
            let faults = vec![FaultSpell { id: "f".to_owned(), began_ns, ended_ns, times: 1 }];
            let snapshot =
                Snapshot { now_ns, faults: if began_ns > 0 { faults } else { vec![] }, ..Snapshot::default() };
            run.take_now(Now { playing: true, runnable: true, pace: 1.0, snapshot }, 0.0);
            run.spells.first().map(|(_, spells)| spells.clone()).unwrap_or_default()
        };
        assert_eq!(hear(10, 5, None), [(5, None)]);
        assert_eq!(hear(20, 5, Some(12)), [(5, Some(12))], "the same one, over now");
        assert_eq!(hear(40, 31, None), [(5, Some(12)), (31, None)]);
        for n in 4..200 {
            assert!(hear(n * 10, n * 10 - 1, None).len() <= MAX_SPELLS);
        }
        assert_eq!(hear(0, 0, None), []);
    }
}

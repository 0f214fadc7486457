//! What the worker does with commands and wall time: pure, so that it is tested without a browser.

use super::pace::Pace;
use super::timeline;
use crate::protocol::{Command, Now, Requests, Update};
use backpressure_sim::Simulation;
use backpressure_sim::analysis::assertions::{self, Trial, Verdict};
use backpressure_sim::analysis::comparison::compare_all;
use backpressure_sim::analysis::promises;
use backpressure_sim::analysis::sweep::{self, Point};
use backpressure_sim::design::{self, Design, Problem};
use backpressure_sim::metrics::{Hop, Recorder};

/// Wall time a slice may take, ms: commands wait no longer than this.
const SLICE_MS: f64 = 8.0;
/// Events between two looks at the wall clock: about half a millisecond.
const CHUNK_EVENTS: u64 = 8192;
/// Wall time between two snapshots, ms; more for each component, because the page reads all of them; and no more than this.
const SNAPSHOT_MS: f64 = 66.0;
const SNAPSHOT_MS_A_COMPONENT: f64 = 0.07;
const MOST_SNAPSHOT_MS: f64 = 250.0;
/// Wall time between two charts, ms.
const SERIES_MS: f64 = 250.0;
/// Wall time between two batches of hops, ms.
const HOPS_MS: f64 = 16.0;
/// Wall time between two batches of recorded requests, ms; and how many are recorded in a wall second.
const REQUESTS_MS: f64 = 500.0;
const REQUESTS_PER_S: f64 = 100.0;
/// Wall time between two saves, ms; a save that took long is followed by a longer pause.
const SAVE_MS: f64 = 2000.0;
/// A state larger than this is not sent to the page: recovery then starts the run anew.
const MAX_SAVE_BYTES: usize = 32 << 20;
/// Most hops a wall second sent to the page; beyond, a dot stands for several requests.
const HOPS_PER_S: f64 = 4000.0;
/// A hop that lasts shorter than this on the screen is not drawn as a dot, wall ms.
const UNSEEN_MS: f64 = 50.0;
/// Above this speed a hop lasts no longer than a frame on any usual link: none are recorded.
const DOTS_UP_TO_SPEED: f64 = 2.0;

/// The run and its clock.
pub struct Runner {
    design: Option<Design>,
    run: Option<Run>,
    playing: bool,
    /// Run to this instant as fast as possible before anything else, ns.
    seek_ns: u64,
    pace: Pace,
    sampling: Sampling,
    sent: Sent,
    /// Single requests are recorded, one in `every`.
    recording: Recording,
    /// Send a snapshot and a chart at the next occasion, whatever the clock says.
    changed: bool,
}

struct Run {
    sim: Simulation,
    recorder: Recorder,
    /// When a fault ends that is not the engine's to end ([`timeline`]), simulated ns.
    fault_ends_ns: u64,
}

impl Run {
    fn new(sim: Simulation) -> Self {
        Self { sim, recorder: Recorder::new(), fault_ends_ns: u64::MAX }
    }
}

/// When each thing was last sent, wall ms.
#[derive(Default)]
struct Sent {
    snapshot: f64,
    series: f64,
    hops: f64,
    save: f64,
    save_pause: f64,
}

/// How many requests a dot stands for.
struct Sampling {
    every: u32,
    counted: u64,
    since: f64,
}

/// Which single requests are recorded.
#[derive(Default)]
struct Recording {
    on: bool,
    every: u32,
    sent: f64,
    completed: u64,
}

/// What the worker should do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// Nothing, until a command comes.
    Sleep,
    /// Call [`Runner::tick`] again at once, after hearing commands.
    Now,
    /// Call [`Runner::tick`] again in this many ms.
    In(i32),
}

impl Default for Runner {
    fn default() -> Self {
        Self {
            design: None,
            run: None,
            playing: false,
            seek_ns: 0,
            pace: Pace::new(1.0),
            sampling: Sampling { every: 1, counted: 0, since: 0.0 },
            sent: Sent::default(),
            recording: Recording::default(),
            changed: false,
        }
    }
}

impl Runner {
    /// Carries a command out; answers go to `out`.
    pub fn hear(&mut self, command: Command, wall_ms: f64, out: &mut Vec<Update>) {
        match command {
            Command::Load { design } => {
                self.playing = false;
                self.design = Some(design::read(design.as_bytes()).design);
                self.restart(out);
            }
            Command::Apply { design } => self.apply(design::read(design.as_bytes()).design, out),
            Command::Restore { design, state } => self.restore(&design, &state, out),
            Command::Play => self.playing = self.run.is_some(),
            Command::Pause => self.playing = false,
            Command::StepEvent => self.step(Recorder::step_event, out),
            Command::StepRequest => self.step(Recorder::step_request, out),
            Command::Reset => {
                self.playing = false;
                self.restart(out);
            }
            Command::Seek { to_ns } => {
                if to_ns < self.now_ns() {
                    self.restart(out);
                }
                self.seek_ns = to_ns;
            }
            Command::Speed(speed) => self.pace.set_speed(speed, wall_ms, self.now_ns()),
            Command::Inject { victim, trouble, for_s } => {
                if let Some(run) = self.run.as_mut() {
                    run.sim.inject(victim, trouble, for_s);
                }
            }
            Command::Test { design } => return test_promises(&design, out),
            Command::Sweep { design, length } => return out.push(sweep_point(&design, length)),
            Command::Record(on) => {
                self.recording = Recording { on, every: 1, ..Recording::default() };
                if let Some(run) = self.run.as_mut() {
                    run.sim.trace(u32::from(on));
                }
            }
            Command::Theory => return out.push(self.theory()),
            Command::Ping => return out.push(Update::Pong),
        }
        self.pace.begin(wall_ms, self.now_ns());
        self.watch();
        self.changed = true;
    }

    /// Runs a slice. `clock` tells the wall time, ms. Answers go to `out`.
    pub fn tick(&mut self, clock: &impl Fn() -> f64, out: &mut Vec<Update>) -> Next {
        let start = clock();
        let Some(run) = self.run.as_mut() else {
            // Without a design there is nothing to say yet: one that is to be restored may come late, and what the page
            // shows of the run that was lost stays until then.
            if self.design.is_some() && std::mem::take(&mut self.changed) {
                out.push(Update::Now(Box::new(Now {
                    playing: false,
                    runnable: false,
                    pace: 0.0,
                    snapshot: Default::default(),
                })));
            }
            return Next::Sleep;
        };
        let seeking = run.sim.now_ns() < self.seek_ns;
        let mut caught_up = true;
        if self.playing || seeking {
            let target = if seeking { Some(self.seek_ns) } else { self.pace.target_ns(start, run.sim.now_ns()) };
            caught_up = false;
            while clock() - start < SLICE_MS {
                // Flat out, a slice goes as far as it comes; a second at a time keeps the bound within reach of the clock.
                let wanted = target.unwrap_or(run.sim.now_ns().saturating_add(1_000_000_000));
                let until = wanted.min(run.fault_ends_ns);
                if !run.recorder.advance(&mut run.sim, until, CHUNK_EVENTS).reached {
                    continue;
                }
                if until == run.fault_ends_ns {
                    end_faults(run, self.design.as_ref());
                } else if target.is_some() {
                    caught_up = true;
                    break;
                }
            }
            if seeking && caught_up {
                self.pace.begin(clock(), self.seek_ns);
                self.changed = true;
            }
        }
        self.report(clock(), out);
        match (self.playing, caught_up) {
            (_, false) => Next::Now,
            (false, true) => Next::Sleep,
            (true, true) => Next::In(8),
        }
    }

    fn now_ns(&self) -> u64 {
        self.run.as_ref().map_or(0, |r| r.sim.now_ns())
    }

    /// A new run of the present design.
    fn restart(&mut self, out: &mut Vec<Update>) {
        self.seek_ns = 0;
        let Some(design) = &self.design else {
            return;
        };
        let warnings = design::check(design);
        match Simulation::new(design) {
            Ok(sim) => {
                self.run = Some(Run::new(sim));
                out.push(problems(&warnings));
            }
            Err(found) => {
                self.run = None;
                self.playing = false;
                out.push(problems(&found));
            }
        }
        out.push(Update::Hops { hops: Vec::new(), one_dot_is: 0, now_ns: 0 });
        out.push(Update::Series(Default::default()));
    }

    /// What theory says of the run as it stands.
    #[inline(never)]
    fn theory(&self) -> Update {
        let said = self.run.as_ref().map(|run| compare_all(&run.sim).into_iter().collect());
        said.map_or(Update::Pong, Update::Theory)
    }

    /// Goes on with a saved run; with the design's from the start if it cannot be read.
    #[inline(never)]
    fn restore(&mut self, design: &str, state: &[u8], out: &mut Vec<Update>) {
        let edited = design::read(design.as_bytes()).design;
        self.design = Some(edited.clone());
        match Simulation::restore(state) {
            Ok(sim) => {
                self.run = Some(Run::new(sim));
                // What was edited since it was saved.
                self.apply(edited, out);
            }
            Err(_) => self.restart(out),
        }
    }

    #[inline(never)]
    fn apply(&mut self, edited: Design, out: &mut Vec<Update>) {
        let reseeded = self.design.as_ref().is_some_and(|d| d.seed != edited.seed);
        let before = self.design.replace(edited);
        let (Some(run), Some(design)) = (self.run.as_mut(), self.design.as_ref()) else {
            return self.restart(out);
        };
        // Nothing has happened yet: start from the design as it is now, as if it had always been so.
        if run.sim.events() == 0 || reseeded {
            return self.restart(out);
        }
        match run.sim.apply(design) {
            Ok(()) => {
                run.fault_ends_ns = timeline::follow(&mut run.sim, before.as_ref(), design);
                out.push(problems(&design::check(design)));
            }
            // The run goes on with the last design that worked; the page says what is wrong with this one.
            Err(found) => out.push(problems(&found)),
        }
    }

    #[inline(never)]
    fn step(&mut self, step: fn(&mut Recorder, &mut Simulation) -> bool, out: &mut Vec<Update>) {
        self.playing = false;
        if let Some(run) = self.run.as_mut() {
            step(&mut run.recorder, &mut run.sim);
            if run.sim.now_ns() >= run.fault_ends_ns {
                end_faults(run, self.design.as_ref());
            }
            self.send_hops(out);
        }
    }

    /// Sends what is due.
    fn report(&mut self, wall_ms: f64, out: &mut Vec<Update>) {
        let now_ns = self.now_ns();
        let pace = if self.playing { self.pace.measure(wall_ms, now_ns) } else { 0.0 };
        let changed = std::mem::take(&mut self.changed);
        if wall_ms - self.sent.hops >= HOPS_MS || changed {
            self.sent.hops = wall_ms;
            self.resample(wall_ms);
            self.send_hops(out);
        }
        let Some(run) = self.run.as_mut() else {
            return;
        };
        let components = self.design.as_ref().map_or(0, |d| d.nodes.len()) as f64;
        let pause = (SNAPSHOT_MS + components * SNAPSHOT_MS_A_COMPONENT).min(MOST_SNAPSHOT_MS);
        if wall_ms - self.sent.snapshot >= pause || changed {
            self.sent.snapshot = wall_ms;
            let speed = if self.pace.is_flat_out() { pace } else { self.pace.speed() };
            let mut snapshot = run.recorder.snapshot(&run.sim, speed);
            if let Some(design) = self.design.as_ref().filter(|design| !design.assertions.is_empty()) {
                promises::say(design, &mut snapshot);
            }
            out.push(Update::Now(Box::new(Now { playing: self.playing, runnable: true, pace, snapshot })));
        }
        if changed {
            self.recording.sent = 0.0;
        }
        if wall_ms - self.sent.series >= SERIES_MS || changed {
            self.sent.series = wall_ms;
            out.push(Update::Series(run.recorder.series(&run.sim)));
        }
        if self.playing && wall_ms - self.sent.save >= self.sent.save_pause.max(SAVE_MS) {
            let state = run.sim.save();
            self.sent.save = wall_ms;
            // Saving takes at most about a hundredth of the time: states grow with what caches hold.
            self.sent.save_pause = state.len() as f64 / 1000.0;
            if state.len() <= MAX_SAVE_BYTES {
                out.push(Update::Saved(state));
            }
        }
        self.send_requests(wall_ms, out);
    }

    /// Sends the recorded requests, and records more or fewer so that there are always enough and never too many.
    fn send_requests(&mut self, wall_ms: f64, out: &mut Vec<Update>) {
        let r = &mut self.recording;
        let Some(run) = self.run.as_mut().filter(|_| r.on && wall_ms - r.sent >= REQUESTS_MS) else {
            return;
        };
        let seconds = ((wall_ms - r.sent) / 1000.0).clamp(0.1, 10.0);
        let per_s = run.sim.completed().saturating_sub(r.completed) as f64 / seconds;
        (r.sent, r.completed) = (wall_ms, run.sim.completed());
        let wanted = (per_s / REQUESTS_PER_S).max(1.0).log2().ceil().exp2() as u32;
        if self.playing && wanted != r.every || run.sim.traced_every() == 0 {
            r.every = wanted;
            run.sim.trace(wanted);
        }
        out.push(Update::Requests(Requests {
            recent: run.sim.recent_traces(),
            slowest: run.sim.slowest_traces(),
            profile: run.sim.profile(),
        }));
    }

    fn send_hops(&mut self, out: &mut Vec<Update>) {
        let one_dot_is = if self.shows_dots() { self.sampling.every } else { 0 };
        let Some(run) = self.run.as_mut() else {
            return;
        };
        let mut hops: Vec<Hop> = Vec::new();
        let lost = run.sim.take_hops(&mut hops);
        self.sampling.counted += hops.len() as u64 + lost;
        let shortest = (UNSEEN_MS * 1e6 * self.pace.speed()) as u64;
        hops.retain(|hop| hop.arrives_ns.saturating_sub(hop.sent_ns) > shortest);
        if !hops.is_empty() {
            out.push(Update::Hops { hops, one_dot_is, now_ns: run.sim.now_ns() });
        }
    }

    fn shows_dots(&self) -> bool {
        self.pace.speed() <= DOTS_UP_TO_SPEED
    }

    fn watch(&mut self) {
        let every = if self.shows_dots() { self.sampling.every } else { 0 };
        if let Some(run) = self.run.as_mut() {
            run.sim.watch(every);
        }
    }

    /// Adapts how many requests a dot stands for to the number of hops there are.
    fn resample(&mut self, wall_ms: f64) {
        let seconds = (wall_ms - self.sampling.since) / 1000.0;
        if seconds < 0.25 {
            return;
        }
        let rate = self.sampling.counted as f64 / seconds * f64::from(self.sampling.every);
        (self.sampling.counted, self.sampling.since) = (0, wall_ms);
        // Powers of two, so that it does not flicker between neighbours.
        let wanted = (rate / HOPS_PER_S).max(1.0).log2().ceil().exp2() as u32;
        if self.playing && (wanted > self.sampling.every || wanted * 2 < self.sampling.every) {
            self.sampling.every = wanted;
            self.watch();
        }
    }
}

/// The instant has come at which a fault ends.
#[inline(never)]
fn end_faults(run: &mut Run, design: Option<&Design>) {
    run.fault_ends_ns = design.map_or(u64::MAX, |design| timeline::follow(&mut run.sim, Some(design), design));
}

/// Tests every promise of a design.
#[inline(never)]
fn test_promises(design: &str, out: &mut Vec<Update>) {
    let design = &design::read(design.as_bytes()).design;
    const TRIAL: Trial = Trial { duration_s: 70.0, warmup_s: 10.0 };
    let verdicts: Vec<Verdict> = design.assertions.iter().map(|text| assertions::test(design, text, TRIAL)).collect();
    out.push(Update::Verdicts { json: serde_json::to_string(&verdicts).unwrap_or_default(), last: true });
}

/// Runs a design for one point of a sweep.
#[inline(never)]
fn sweep_point(design: &str, length: sweep::Length) -> Update {
    match sweep::run(&design::read(design.as_bytes()).design, length) {
        Ok(report) => Update::Swept { point: Point::of(&report), problem: String::new() },
        Err(problem) => Update::Swept { point: Point::default(), problem },
    }
}

fn problems(list: &[Problem]) -> Update {
    Update::Problems(serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(runner: &mut Runner, commands: Vec<Command>) -> Vec<Update> {
        let mut out = Vec::new();
        for command in commands {
            runner.hear(command, 0.0, &mut out);
        }
        runner.tick(&|| 0.0, &mut out);
        out
    }

    #[test]
    fn a_worker_that_waits_for_its_design_does_not_blank_what_the_page_shows() {
        let mut runner = Runner::default();
        assert_eq!(told(&mut runner, vec![Command::Speed(1.0)]), []);
        // A design that cannot run says so.
        let broken = Command::Load { design: "{}".to_owned() };
        let said = told(&mut runner, vec![broken]);
        assert!(said.iter().any(|u| matches!(u, Update::Now(now) if !now.runnable)), "{said:?}");
    }

    /// A server that is asked 100 times a second and answers in a millisecond, with faults: (id, fault, from, for).
    fn server_with(faults: &[(&str, &str, f64, Option<f64>)]) -> String {
        let fault = |(id, trouble, at_s, for_s): &(&str, &str, f64, Option<f64>)| {
            serde_json::json!({"id": id, "node": "server", "params": {"trouble": {"fault": trouble},
                "schedule": {"when": "once", "at_s": at_s, "for_s": for_s}}})
        };
        serde_json::json!({"format": 1,
            "nodes": [
                {"id": "users", "kind": "users", "params": {"workload": {"workload": "open", "rate_rps": 100, "arrivals": "constant"}}},
                {"id": "server", "kind": "app_server", "params": {"service_time": {"distribution": "constant", "mean_ms": 1}}}],
            "links": [{"id": "link", "from": "users", "to": "server"}],
            "faults": faults.iter().map(fault).collect::<Vec<_>>()})
        .to_string()
    }

    /// Runs to this simulated time; what is wrong with the server then, and how many requests have failed so far.
    fn at(runner: &mut Runner, s: f64) -> (Vec<String>, u64) {
        let said = told(runner, vec![Command::Seek { to_ns: (s * 1e9) as u64 }]);
        let now = said.iter().rev().find_map(|u| if let Update::Now(now) = u { Some(&now.snapshot) } else { None });
        let Some(now) = now else { return Default::default() };
        assert_eq!(now.now_ns, (s * 1e9) as u64, "arrived");
        (now.nodes[1].faults.clone(), now.totals.failed.iter().map(|(_, n)| n).sum())
    }

    fn edit(runner: &mut Runner, design: String) {
        told(runner, vec![Command::Apply { design }]);
    }

    #[test]
    fn what_is_broken_now_stays_broken_until_it_is_lifted() {
        let mut runner = Runner::default();
        told(&mut runner, vec![Command::Load { design: server_with(&[]) }]);
        assert_eq!(at(&mut runner, 2.0), (vec![], 0));
        // The page's clock is a little behind.
        edit(&mut runner, server_with(&[("now", "crash", 1.95, None)]));
        assert_eq!(at(&mut runner, 3.0).0, ["crash"]);
        // Lifted at 3.5 s, said in advance: 150 requests, a hundred a second for a second and a half.
        edit(&mut runner, server_with(&[("now", "crash", 1.95, Some(1.55))]));
        assert_eq!(at(&mut runner, 3.4).0, ["crash"]);
        let (faults, failed) = at(&mut runner, 5.0);
        assert_eq!((faults, failed), (vec![], 150));
        // And taken back at once, as if it had not been: from now on.
        edit(&mut runner, server_with(&[("again", "crash", 4.9, None)]));
        assert_eq!(at(&mut runner, 6.0).0, ["crash"]);
        edit(&mut runner, server_with(&[]));
        assert_eq!(at(&mut runner, 7.0), (vec![], 250));
    }

    #[test]
    fn a_fault_at_work_that_is_stretched_or_moved_goes_on_as_its_bar_lies() {
        let mut runner = Runner::default();
        told(&mut runner, vec![Command::Load { design: server_with(&[("planned", "crash", 1.0, Some(2.0))]) }]);
        assert_eq!(at(&mut runner, 2.0).0, ["crash"]);
        edit(&mut runner, server_with(&[("planned", "crash", 0.5, Some(4.0))]));
        assert_eq!(at(&mut runner, 4.0).0, ["crash"]);
        // To 4.5 s; then moved behind the present, where the engine begins it when its time comes.
        assert_eq!(at(&mut runner, 5.0).0, [""; 0]);
        edit(&mut runner, server_with(&[("planned", "crash", 6.0, Some(1.0))]));
        assert_eq!(at(&mut runner, 5.9).0, [""; 0]);
        assert_eq!(at(&mut runner, 6.5).0, ["crash"]);
        // Bent into another trouble while it lasts.
        edit(&mut runner, server_with(&[("planned", "slow", 6.0, Some(1.0))]));
        assert_eq!(at(&mut runner, 6.9).0, ["slow"]);
        assert_eq!(at(&mut runner, 7.1).0, [""; 0]);
    }
}

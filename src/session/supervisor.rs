//! Keeps a worker alive: starts it, hears it, notices its death, starts another and hands it the last saved run.

use super::{Note, Notice, RunPhase, Session};
use crate::protocol::{Command, Update};
use crate::worker::{Event, Worker};
use backpressure_sim::Problem;
use gloo::timers::callback::Interval;
use std::cell::{Cell, RefCell};

/// A worker that says nothing for this long, asked or not, is dead, wall ms.
const SILENCE_MS: f64 = 5000.0;
/// … and while a part of it is being loaded, this much longer: a slow connection is not a death.
const LOADING_MS: f64 = 60_000.0;
/// It is asked this often, wall ms.
const ASK_MS: u32 = 1000;
/// A hand is at work for this long after its last move, wall ms.
const HAND_MS: f64 = 150.0;
/// Meanwhile figures are told no more often than this, wall ms: what moves under the hand comes first.
const TELL_IN_HAND_MS: f64 = 300.0;
/// A run that kills its worker this often in a row is not tried again by itself.
const MAX_DEATHS: u32 = 3;
/// A worker that lived this long was healthy, wall ms.
const HEALTHY_MS: f64 = 20_000.0;

/// See the module.
#[derive(Default)]
pub(super) struct Supervisor {
    worker: RefCell<Option<Worker>>,
    saved: RefCell<Option<Vec<u8>>>,
    heard_ms: Cell<f64>,
    started_ms: Cell<f64>,
    deaths: Cell<u32>,
    asking: RefCell<Option<Interval>>,
}

/// Wall time, ms.
pub(super) fn wall_ms() -> f64 {
    web_sys::window().and_then(|w| w.performance()).map_or(0.0, |p| p.now())
}

impl Session {
    pub(super) fn start_worker(&self) {
        self.spawn();
        let speed = self.run().speed;
        self.send(Command::Speed(speed));
        self.load();
        let session = self.clone();
        *self.0.worker.asking.borrow_mut() = Some(Interval::new(ASK_MS, move || session.ask()));
    }

    pub(super) fn send(&self, command: Command) {
        let s = &self.0.worker;
        match &command {
            // A new run: the saved one is not to come back.
            Command::Load { .. } | Command::Reset | Command::Seek { .. } => {
                s.saved.replace(None);
                s.deaths.set(0);
                if s.worker.borrow().is_none() {
                    self.spawn();
                    self.send(Command::Speed(self.run().speed));
                }
            }
            _ => {}
        }
        if let Some(worker) = s.worker.borrow().as_ref() {
            worker.send(command);
        }
    }

    /// Ends the worker as a crash of the browser's process would: for tests of the recovery.
    pub fn kill_worker(&self) {
        if let Some(worker) = self.0.worker.worker.borrow().as_ref() {
            worker.terminate();
        }
    }

    fn spawn(&self) {
        let session = self.clone();
        let started = Worker::start(move |event| session.hear(event));
        let s = &self.0.worker;
        s.started_ms.set(wall_ms());
        // Until its first word it is being loaded: that takes long where the machine is slow, and a failure says so by itself.
        s.heard_ms.set(wall_ms() + LOADING_MS);
        match started {
            Ok(worker) => drop(s.worker.replace(Some(worker))),
            Err(why) => self.broken(format!(
                "The simulation could not be started: {why}. The diagram can still be edited and saved; reload the page to try again."
            )),
        }
    }

    fn hear(&self, event: Event) {
        let now = wall_ms();
        self.0.worker.heard_ms.set(now);
        let update = match event {
            Event::Update(update) => update,
            Event::Loading(now_waiting) => {
                let patience = if now_waiting { LOADING_MS } else { 0.0 };
                return self.0.worker.heard_ms.set(now + patience);
            }
            Event::Died(why) => {
                // Not now: the worker's own handler is still running.
                let session = self.clone();
                gloo::timers::callback::Timeout::new(0, move || session.revive(&why)).forget();
                return;
            }
        };
        match update {
            Update::Started | Update::Pong => {}
            Update::Now(state) => {
                let ran = self.run().is_running();
                self.0.run.borrow_mut().take_now(*state, now);
                let pause = if self.hand_is_at_work() { TELL_IN_HAND_MS } else { 0.0 };
                if !(ran && self.run().is_running()) || now - self.0.told_ms.get() >= pause {
                    self.0.told_ms.set(now);
                    self.notify(Note::Run);
                }
            }
            Update::Series(series) => {
                self.0.run.borrow_mut().series = series.into();
                self.tell_if_still();
            }
            Update::Theory(said) => {
                self.0.run.borrow_mut().theory = std::rc::Rc::new(said);
                self.tell_if_still();
            }
            Update::Hops { hops, one_dot_is, now_ns } => {
                self.0.run.borrow_mut().take_hops(hops, one_dot_is, now_ns, now);
                self.notify(Note::Hops);
            }
            Update::Problems(json) => {
                let problems: Vec<Problem> = serde_json::from_str(&json).unwrap_or_default();
                let changed = self.run().problems != problems;
                self.0.run.borrow_mut().problems = problems;
                if changed {
                    self.notify(Note::Problems);
                }
            }
            Update::Requests(requests) => {
                self.0.run.borrow_mut().requests = std::rc::Rc::new(requests);
                self.notify(Note::Requests);
            }
            // Tests run in a worker of their own.
            Update::Verdicts { .. } | Update::Swept { .. } => {}
            Update::Saved(state) => drop(self.0.worker.saved.replace(Some(state))),
        }
    }

    /// Something moves on the canvas: most likely a person moves it.
    pub fn hand_moved(&self) {
        self.0.hand_ms.set(wall_ms());
    }

    /// Did something move on the canvas a moment ago? What is expensive to draw waits then.
    pub fn hand_is_at_work(&self) -> bool {
        wall_ms() - self.0.hand_ms.get() < HAND_MS
    }

    /// Tells of something that came beside a snapshot. While the clock runs the next snapshot tells it soon.
    fn tell_if_still(&self) {
        if !self.run().is_running() {
            self.notify(Note::Run);
        }
    }

    fn ask(&self) {
        let (s, now) = (&self.0.worker, wall_ms());
        if s.worker.borrow().is_none() {
            return;
        }
        let hidden = web_sys::window().and_then(|w| w.document()).is_some_and(|d| d.hidden());
        // Browsers hold back the timers of hidden pages: silence means nothing there.
        if hidden {
            s.heard_ms.set(now);
        } else if now - s.heard_ms.get() > SILENCE_MS {
            return self.revive("it stopped answering");
        }
        // Intervals narrow slowly, and people read: with every question to the worker is soon enough.
        let looked_at = !self.editor().selection().nodes.is_empty();
        self.send(if looked_at { Command::Theory } else { Command::Ping });
    }

    /// The worker is dead: says so, and starts another where the run was last saved.
    fn revive(&self, why: &str) {
        let s = &self.0.worker;
        if s.worker.replace(None).is_none() {
            return;
        }
        let healthy = wall_ms() - s.started_ms.get() > HEALTHY_MS;
        let deaths = if healthy { 1 } else { s.deaths.get() + 1 };
        s.deaths.set(deaths);
        if deaths > MAX_DEATHS {
            return self.broken(format!(
                "The simulation stopped {deaths} times in a row ({why}). The diagram is safe. Change the design, then press Reset."
            ));
        }
        let (playing, at_s) = (self.run().is_running(), self.run().snapshot.now_ns as f64 / 1e9);
        // A state that kills its worker again is not tried a third time.
        let saved = if deaths < MAX_DEATHS { s.saved.borrow().clone() } else { None };
        self.spawn();
        let speed = self.run().speed;
        self.send(Command::Speed(speed));
        let design = self.design_json();
        let message = match saved {
            Some(state) => {
                self.send(Command::Restore { design, state });
                format!(
                    "The simulation stopped ({why}) and was restarted from its last saved moment, near {at_s:.1} s. The diagram is as it was."
                )
            }
            None => {
                self.load();
                format!(
                    "The simulation stopped ({why}) and was restarted from the beginning. The diagram is as it was."
                )
            }
        };
        if playing {
            self.send(Command::Play);
        }
        self.notify(Note::Notice(Notice::problem(message)));
    }

    fn broken(&self, message: String) {
        self.0.run.borrow_mut().phase = RunPhase::Broken { message: message.clone() };
        self.notify(Note::Run);
        self.notify(Note::Notice(Notice::problem(message)));
    }
}

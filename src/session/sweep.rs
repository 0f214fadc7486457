//! Runs the design at one value of a parameter after another, each in a worker of a small pool, so that the run on the
//! canvas goes on and the curve fills in.

use super::{Note, Notice, Session};
use crate::protocol::{Command, Update};
use crate::worker::{Event, Worker};
use backpressure_sim::analysis::sweep::{Length, Point, Shape, shape, values};
use backpressure_sim::design::{Setting, Severity, check, to_json};
use std::rc::Rc;

/// Most workers at a time: more than this, and the run on the canvas has no core left.
const MAX_WORKERS: usize = 4;

/// A sweep, as far as it has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sweep {
    /// Path of the parameter (`users.workload.rate_rps`).
    pub path: String,
    /// Is it how much users ask for?
    pub load: bool,
    /// What gives the same on the command line, for a file with the design.
    pub command: String,
    /// Its values, the smallest first.
    pub values: Vec<f64>,
    /// What came out at each; `None` while it runs or waits.
    pub points: Vec<Option<Point>>,
    /// Are there any to come?
    pub running: bool,
}

impl Sweep {
    /// What the whole curve says; nothing while parts of it are missing.
    pub fn shape(&self) -> Shape {
        let points: Vec<Point> = self.points.iter().flatten().cloned().collect();
        if points.len() == self.values.len() { shape(&self.values, &points, self.load) } else { Shape::default() }
    }
}

/// What a person types for the same sweep. A list may have spaces in it, a word of a shell not.
fn command(path: &str, text: &str, length: Length) -> String {
    let values: String = text.split_whitespace().collect();
    let (whole, warmup) = ((length.warmup_s + length.measured_s).to_string(), length.warmup_s.to_string());
    let parts = [path, "=", &values, " --duration-s ", &whole, " --warmup-s ", &warmup];
    ["backpressure sweep DESIGN.json --set ", &parts.concat()].concat()
}

/// The workers of a sweep and what they are at.
#[derive(Default)]
pub struct Pool {
    workers: Vec<Worker>,
    /// The point each is at.
    at: Vec<usize>,
    /// Designs to run, the next one last, with the number of their point.
    waiting: Vec<(usize, String)>,
    length: Option<Length>,
}

impl Session {
    /// Starts a sweep of the present design over `text`, values as people write them (`100..2000x20`). [`Note::Sweep`]
    /// tells of every point. The error says what is wrong with the parameter, a value or the design.
    pub fn sweep(&self, path: &str, text: &str, length: Length) -> Result<(), String> {
        let design = self.editor().design().clone();
        if let Some(problem) = check(&design).iter().find(|p| p.severity == Severity::Error) {
            return Err(format!("This design does not run yet: {}", problem.message));
        }
        let setting = Setting::find(&design, path)?;
        let mut found = values(text, setting.kind())?;
        if found.iter().any(|value| !value.is_number()) {
            return Err("A curve is drawn over numbers; accepted: numbers only.".to_owned());
        }
        let number = |value: &serde_json::Value| value.as_f64().unwrap_or(0.0);
        let mut waiting = Vec::new();
        found.sort_by(|a, b| number(a).total_cmp(&number(b)));
        for (i, value) in found.iter().enumerate() {
            waiting.push((i, to_json(&setting.set(&design, value)?)));
        }
        waiting.reverse();
        let numbers: Vec<f64> = found.iter().map(number).collect();
        let cores = web_sys::window().map_or(1.0, |w| w.navigator().hardware_concurrency());
        let count = (cores as usize).clamp(1, MAX_WORKERS).min(numbers.len());
        let mut workers = Vec::new();
        for slot in 0..count {
            let session = self.clone();
            workers.push(Worker::start(move |event| session.swept(slot, event))?);
        }
        self.0.run.borrow_mut().sweep = Rc::new(Sweep {
            load: setting.is_load(&design),
            command: command(&setting.path(), text, length),
            path: setting.path(),
            points: vec![None; numbers.len()],
            values: numbers,
            running: true,
        });
        self.0.sweepers.replace(Pool { at: vec![0; workers.len()], workers, waiting, length: Some(length) });
        (0..count).for_each(|slot| self.next_point(slot));
        self.notify(Note::Sweep);
        Ok(())
    }

    /// Ends the sweep; what has come in stays.
    pub fn stop_sweep(&self) {
        self.0.sweepers.replace(Pool::default());
        self.end_sweep();
    }

    fn end_sweep(&self) {
        Rc::make_mut(&mut self.0.run.borrow_mut().sweep).running = false;
        self.notify(Note::Sweep);
    }

    fn next_point(&self, slot: usize) {
        let mut pool = self.0.sweepers.borrow_mut();
        if let (Some((point, design)), Some(length)) = (pool.waiting.pop(), pool.length) {
            pool.at[slot] = point;
            pool.workers[slot].send(Command::Sweep { design, length });
        }
    }

    fn swept(&self, slot: usize, event: Event) {
        let problem = match event {
            Event::Update(Update::Swept { point, problem }) if problem.is_empty() => {
                // A point that was already on its way when the sweep ended has no place any more.
                let Some(at) = self.0.sweepers.borrow().at.get(slot).copied() else { return };
                let whole = {
                    let mut run = self.0.run.borrow_mut();
                    let sweep = Rc::make_mut(&mut run.sweep);
                    sweep.points[at] = Some(point);
                    sweep.points.iter().all(Option::is_some)
                };
                if !whole {
                    self.next_point(slot);
                    return self.notify(Note::Sweep);
                }
                None
            }
            Event::Update(Update::Swept { problem, .. }) => Some(problem),
            Event::Update(_) | Event::Loading(_) => return,
            Event::Died(why) => Some(why),
        };
        if self.0.sweepers.borrow().workers.is_empty() {
            return;
        }
        if let Some(why) = problem {
            self.notify(Note::Notice(Notice::problem(format!("The sweep stopped: {why}. What has come in stays."))));
        }
        self.end_sweep();
        // Not now: the worker's own handler is still running.
        let pool = self.0.sweepers.take();
        gloo::timers::callback::Timeout::new(0, move || drop(pool)).forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_has_the_values_and_the_times() {
        let length = Length { warmup_s: 6.0, measured_s: 30.0 };
        assert_eq!(
            command("users.workload.rate_rps", "10, 20,  40", length),
            "backpressure sweep DESIGN.json --set users.workload.rate_rps=10,20,40 --duration-s 36 --warmup-s 6"
        );
    }
}

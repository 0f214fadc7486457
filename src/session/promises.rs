//! Tests what the design promises, in a worker of its own, so that the run on the canvas goes on.

use super::{Note, Notice, Session};
use crate::protocol::{Command, Update};
use crate::worker::{Event, Worker};
use std::rc::Rc;

impl Session {
    /// Tests every promise of the design; the verdicts come one by one with [`Note::Verdicts`].
    pub fn test_promises(&self) {
        let session = self.clone();
        let started = Worker::start(move |event| match event {
            Event::Update(Update::Verdicts { json, last }) => {
                session.0.run.borrow_mut().verdicts = Rc::new(serde_json::from_str(&json).unwrap_or_default());
                if last {
                    session.end_test();
                }
                session.notify(Note::Verdicts);
            }
            Event::Update(_) | Event::Loading(_) => {}
            Event::Died(why) => {
                session.end_test();
                session.notify(Note::Notice(Notice::problem(format!("The test stopped: {why}."))));
                session.notify(Note::Verdicts);
            }
        });
        match started {
            Ok(worker) => {
                worker.send(Command::Test { design: self.design_json() });
                self.0.tester.replace(Some(worker));
                let mut run = self.0.run.borrow_mut();
                (run.testing, run.verdicts) = (true, Rc::default());
            }
            Err(why) => self.notify(Note::Notice(Notice::problem(format!("The test could not be started: {why}.")))),
        }
        self.notify(Note::Verdicts);
    }

    fn end_test(&self) {
        self.0.run.borrow_mut().testing = false;
        // Not now: the worker's own handler is still running.
        let session = self.clone();
        gloo::timers::callback::Timeout::new(0, move || drop(session.0.tester.replace(None))).forget();
    }
}

//! What a screen reader says: what happened, and at an interval that a person chose, how the system fares.

use super::speech;
use crate::session::Session;
use gloo::timers::callback::Interval;
use std::cell::Cell;
use std::rc::Rc;
use yew::{AttrValue, UseStateSetter};

/// Intervals between reports, s, in the order they are chosen; after the last there are none.
const EVERY_S: [u32; 3] = [10, 30, 60];

/// Says things through the canvas' live region. Clones share it.
#[derive(Clone)]
pub struct Voice {
    said: UseStateSetter<AttrValue>,
    /// Whether the last text had a space at its end: the same text twice is two different ones, or it would be said once.
    odd: Rc<Cell<bool>>,
}

impl Voice {
    /// A voice that speaks through this state.
    pub fn new(said: UseStateSetter<AttrValue>) -> Self {
        Self { said, odd: Rc::default() }
    }

    /// Says it.
    pub fn say(&self, words: &str) {
        let odd = !self.odd.replace(!self.odd.get());
        let mut text = words.to_owned();
        if odd {
            text.push('\u{a0}');
        }
        self.said.set(text.into());
    }
}

/// Reports at an interval.
#[derive(Default)]
pub struct Reports {
    chosen: usize,
    timer: Option<Interval>,
}

impl Reports {
    /// The next longer interval, or none after the longest.
    pub fn next(&mut self, session: &Session, voice: &Voice) {
        let every_s = EVERY_S.get(self.chosen).copied();
        self.chosen = if every_s.is_some() { self.chosen + 1 } else { 0 };
        self.timer = every_s.map(|s| {
            let (session, voice) = (session.clone(), voice.clone());
            Interval::new(s * 1000, move || {
                if session.run().is_running() {
                    voice.say(&speech::system(session.editor().design(), &session.run()));
                }
            })
        });
        voice.say(&match every_s {
            Some(s) => format!("How the system fares is said every {s} seconds. Shift S changes that."),
            None => "No more reports.".to_owned(),
        });
    }
}

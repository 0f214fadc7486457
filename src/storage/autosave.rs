//! The design is kept in this browser a moment after each edit, and written into the page's address.

use super::link;
use crate::session::{Note, Notice, Session, Subscription};
use backpressure_sim::design::{Reading, read, to_json};
use gloo::timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::Callback;

const KEY: &str = "backpressure.design";
/// What was kept before another design was opened over it.
const KEY_BEFORE: &str = "backpressure.design.before";
/// Edits settle for this long before they are kept, wall ms.
const SETTLE_MS: u32 = 500;

/// Keeps the session's design until it is dropped.
pub struct Autosave {
    _subscription: Subscription,
}

#[derive(Default)]
struct State {
    timer: RefCell<Option<Timeout>>,
    /// The person has been told that this browser keeps nothing.
    warned: Cell<bool>,
}

impl Autosave {
    /// Starts keeping what `session` edits.
    pub fn of(session: &Session) -> Self {
        let (own, state) = (session.clone(), Rc::new(State::default()));
        let hear = Callback::from(move |note: Note| {
            if note != Note::Design {
                return;
            }
            let (session, later) = (own.clone(), state.clone());
            let timer = Timeout::new(SETTLE_MS, move || settle(&session, &later));
            // A later edit starts the time anew: the earlier timer is dropped, which cancels it.
            state.timer.replace(Some(timer));
        });
        Self { _subscription: session.subscribe(hear) }
    }
}

fn settle(session: &Session, state: &State) {
    let json = to_json(session.editor().design());
    link::write_address(session.editor().design());
    if !write(KEY, &json) && !state.warned.replace(true) {
        session.notify(Note::Notice(Notice::problem(
            "This browser keeps nothing for this page: its storage is full or switched off. Save the design to a file, or copy its share link, before you leave.",
        )));
    }
}

/// The design kept in this browser.
pub fn kept() -> Option<Reading> {
    stored(KEY)
}

/// The design that was kept before another was opened over it.
pub fn kept_before() -> Option<Reading> {
    stored(KEY_BEFORE)
}

/// Keeps the present design aside, because another will be kept in its place.
pub fn put_aside() {
    if let Some(json) = storage().and_then(|s| s.get_item(KEY).ok().flatten()) {
        write(KEY_BEFORE, &json);
    }
}

fn stored(key: &str) -> Option<Reading> {
    let json = storage()?.get_item(key).ok()??;
    let reading = read(json.as_bytes());
    (!reading.design.nodes.is_empty()).then_some(reading)
}

fn write(key: &str, json: &str) -> bool {
    storage().is_some_and(|s| s.set_item(key, json).is_ok())
}

/// Throws where a browser forbids storage.
fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

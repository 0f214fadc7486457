//! The page's one shared thing: the editor, the run as last heard of, and who wants to know of changes.
//!
//! ```text
//!   canvas, panels ──Input, Action, RunCommand──▶ Session ──Command──▶ worker
//!                 ◀─────────────Note──────────────        ◀──Update──
//! ```

mod clock;
mod hook;
mod notice;
mod promises;
mod run_view;
mod status;
mod supervisor;
mod sweep;

pub use hook::{use_mounted, use_session};
pub use notice::Notice;
pub use run_view::{RunPhase, RunView, SeriesRef, Spells};

use crate::dialogs::Dialog;
use crate::protocol::Command;
use crate::storage::keeper::Keeper;
use backpressure_editor::{Action, Editor, Effect, Input, Point, RunKey};
use backpressure_sim::Design;
use backpressure_sim::design::Trouble;
use backpressure_sim::engine::Victim;
use gloo::timers::callback::Timeout;
pub use status::word as status_word;
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use supervisor::Supervisor;
pub use sweep::Sweep;
use yew::Callback;

/// What subscribers hear.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// The editor asks for something (`DesignChanged` and `Redraw` come as the notes below).
    Effect(Effect),
    /// The document changed.
    Design,
    /// Selection, camera, tool or a gesture changed: draw the canvas again.
    Redraw,
    /// The run changed: a snapshot, a chart, its phase or its speed.
    Run,
    /// Hops came.
    Hops,
    /// Recorded requests came.
    Requests,
    /// Promises were tested.
    Verdicts,
    /// A point of a sweep came, or it ended.
    Sweep,
    /// The list of problems changed.
    Problems,
    /// Tell the person this.
    Notice(Notice),
    /// The trouble of this name shall befall what is chosen next.
    Aim(&'static str),
    /// Open this over the page.
    Open(Dialog),
    /// The theme was changed.
    Theme,
}

/// What people do with the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RunCommand {
    /// Start or resume.
    Play,
    /// Stop the clock.
    Pause,
    /// Play or pause, whichever it is not.
    Toggle,
    /// One event forward.
    StepEvent,
    /// One request forward.
    StepRequest,
    /// Back to time 0.
    Reset,
    /// Simulated seconds per wall second.
    Speed(f64),
    /// As fast as possible to this simulated time, ns; from the beginning if it has passed.
    Seek(u64),
    /// Record single requests, or stop that.
    Record(bool),
}

struct Inner {
    editor: RefCell<Editor>,
    run: RefCell<RunView>,
    subscribers: RefCell<Vec<(u64, Callback<Note>)>>,
    next_subscriber: Cell<u64>,
    worker: Supervisor,
    /// May the design be edited?
    editable: bool,
    /// Tests what the design promises, while it does.
    tester: RefCell<Option<crate::worker::Worker>>,
    /// Where the design is kept.
    keeper: Keeper,
    /// The workers of a sweep.
    sweepers: RefCell<sweep::Pool>,
    /// When the person last moved something, and when the panels last heard of a run that goes on, wall ms.
    hand_ms: Cell<f64>,
    told_ms: Cell<f64>,
    /// An edit waiting to be sent to the worker: many edits in a moment go as one.
    sending: RefCell<Option<Timeout>>,
}

/// A handle to the session; clones share it.
#[derive(Clone)]
pub struct Session(Rc<Inner>);

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Keeps a subscription; dropping it ends it.
pub struct Subscription {
    session: Session,
    id: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.session.0.subscribers.borrow_mut().retain(|(id, _)| *id != self.id);
    }
}

/// Wall time between an edit and its message to the worker, ms.
const SEND_AFTER_MS: u32 = 30;

impl Session {
    /// A session that starts with `design`, and its worker. A design that may not be edited can still be run and
    /// looked at from all sides.
    pub fn new(design: Design, editable: bool) -> Self {
        let mut editor = Editor::new(design);
        editor.set_editable(editable);
        let session = Self(Rc::new(Inner {
            editor: RefCell::new(editor),
            run: RefCell::new(RunView::default()),
            subscribers: RefCell::new(Vec::new()),
            next_subscriber: Cell::new(0),
            worker: Supervisor::default(),
            editable,
            tester: RefCell::new(None),
            keeper: Keeper::new(),
            sweepers: RefCell::default(),
            hand_ms: Cell::new(f64::MIN),
            told_ms: Cell::new(f64::MIN),
            sending: RefCell::new(None),
        }));
        session.start_worker();
        session
    }

    /// The editor, to read.
    pub fn editor(&self) -> Ref<'_, Editor> {
        self.0.editor.borrow()
    }

    /// May the design be edited?
    pub fn is_editable(&self) -> bool {
        self.0.editable
    }

    /// Where the design is kept.
    pub fn keeper(&self) -> &Keeper {
        &self.0.keeper
    }

    /// Gives the design just opened the undo steps it was kept with.
    pub fn restore_steps(&self, steps: &[u8]) {
        self.0.editor.borrow_mut().restore_steps(steps);
        self.notify(Note::Redraw);
    }

    /// The run as last heard of.
    pub fn run(&self) -> Ref<'_, RunView> {
        self.0.run.borrow()
    }

    /// Hands an input to the editor; false if it has no use for it, so that the browser may do as it does.
    pub fn input(&self, input: Input) -> bool {
        let effects = self.0.editor.borrow_mut().handle(input);
        let used = !effects.is_empty();
        self.carry_out(effects, false);
        used
    }

    /// Hands an action to the editor.
    pub fn act(&self, action: Action) {
        let anew = matches!(action, Action::Load(_));
        let effects = self.0.editor.borrow_mut().act(action);
        self.carry_out(effects, anew);
    }

    /// Bars cover so much of the canvas' bottom, the map so much of its corner, CSS px.
    pub fn cover(&self, bottom: f64, map: Point) {
        self.0.editor.borrow_mut().set_covered(bottom, map);
    }

    /// Does something with the run.
    pub fn command(&self, command: RunCommand) {
        let playing = self.run().is_running();
        self.flush();
        let command = match command {
            RunCommand::Play => Command::Play,
            RunCommand::Pause => Command::Pause,
            RunCommand::Toggle if playing => Command::Pause,
            RunCommand::Toggle => Command::Play,
            RunCommand::StepEvent => Command::StepEvent,
            RunCommand::StepRequest => Command::StepRequest,
            RunCommand::Reset => Command::Reset,
            RunCommand::Seek(to_ns) => Command::Seek { to_ns },
            RunCommand::Record(on) => Command::Record(on),
            RunCommand::Speed(speed) => {
                self.0.run.borrow_mut().speed = speed;
                self.notify(Note::Run);
                Command::Speed(speed)
            }
        };
        if command == Command::Play && self.run().is_blocked() && self.run().snapshot.now_ns == 0 {
            self.notify(Note::Notice(Notice::problem("This design does not run yet: see the list of problems.")));
        }
        self.send(command);
    }

    /// Makes something go wrong now, for so many simulated seconds, of which the design keeps nothing: for one that may
    /// only be looked at. In others a fault goes on the timeline.
    pub fn inject(&self, victim: Victim, trouble: Trouble, for_s: f64) {
        self.flush();
        self.send(Command::Inject { victim, trouble, for_s: Some(for_s) });
    }

    /// Calls `hear` for every note until the subscription is dropped.
    #[must_use]
    pub fn subscribe(&self, hear: Callback<Note>) -> Subscription {
        let id = self.0.next_subscriber.get();
        self.0.next_subscriber.set(id + 1);
        self.0.subscribers.borrow_mut().push((id, hear));
        Subscription { session: self.clone(), id }
    }

    /// Opens something over the page.
    pub fn open(&self, dialog: Dialog) {
        self.notify(Note::Open(dialog));
    }

    /// Tells the subscribers.
    pub fn notify(&self, note: Note) {
        // A copy: who hears a note may subscribe or leave.
        let all: Vec<Callback<Note>> = self.0.subscribers.borrow().iter().map(|(_, c)| c.clone()).collect();
        for hear in all {
            hear.emit(note.clone());
        }
    }

    fn carry_out(&self, effects: Vec<Effect>, anew: bool) {
        for effect in effects {
            match effect {
                Effect::DesignChanged => {
                    if anew {
                        self.0.sending.replace(None);
                        self.load();
                    } else {
                        self.send_soon();
                    }
                    self.notify(Note::Design);
                }
                Effect::Redraw => self.notify(Note::Redraw),
                Effect::Run(key) => self.command(match key {
                    RunKey::PlayPause => RunCommand::Toggle,
                    RunKey::StepEvent => RunCommand::StepEvent,
                    RunKey::StepRequest => RunCommand::StepRequest,
                }),
                other => self.notify(Note::Effect(other)),
            }
        }
    }

    fn send_soon(&self) {
        let session = self.clone();
        let later = Timeout::new(SEND_AFTER_MS, move || {
            session.0.sending.replace(None);
            session.apply();
        });
        // The first edit of a burst sets the timer, so that a slider being dragged takes effect while it moves.
        let mut sending = self.0.sending.borrow_mut();
        if sending.is_none() {
            *sending = Some(later);
        }
    }

    /// Sends an edit that waits, before a command that should see it.
    fn flush(&self) {
        let waiting = self.0.sending.replace(None);
        if let Some(timer) = waiting {
            timer.cancel();
            self.apply();
        }
    }

    fn design_json(&self) -> String {
        backpressure_sim::design::to_json(self.editor().design())
    }

    fn apply(&self) {
        self.send(Command::Apply { design: self.design_json() });
    }

    fn load(&self) {
        self.send(Command::Load { design: self.design_json() });
    }
}

//! Keeps the design of this tab: in this browser a moment after each edit, and in the page's address.

use super::library::{self, Refusal, VERSION, Version};
use super::link;
use crate::app;
use crate::dialogs::Dialog;
use crate::session::{Note, Notice, Session};
use backpressure_sim::Design;
use backpressure_sim::design::to_json;
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsCast;
use web_sys::StorageEvent;
use yew::Callback;

/// Edits settle for this long before they are kept, wall ms.
const SETTLE_MS: u32 = 500;
/// What this tab has open, for when it is reloaded: the id of a kept design.
const OPEN: &str = "backpressure.open";
/// About the most bytes of undo steps kept beside a design.
const STEPS_BYTES: usize = 200_000;

/// Where the open design is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// Its id among the kept designs; none while it has not been edited.
    pub id: Option<String>,
    /// The version that this tab read or wrote last.
    pub version: Option<Version>,
}

/// See the module.
#[derive(Default)]
pub struct Keeper {
    /// Does this page keep anything? An embed does not.
    active: Cell<bool>,
    /// Names this tab among those that write versions.
    tab: String,
    place: RefCell<Place>,
    /// Hash of the design as it was opened or kept last: what differs from it has to be kept.
    kept: Cell<u64>,
    timer: RefCell<Option<Timeout>>,
    /// The person has been told that nothing is kept.
    warned: Cell<bool>,
    /// The person is being asked which of two versions counts.
    asking: Cell<bool>,
    /// A version of another tab's that the person has been told of.
    told: RefCell<Option<Version>>,
}

impl Keeper {
    /// A keeper that has kept nothing yet.
    pub fn new() -> Self {
        let tab = format!("{:x}", (js_sys::Math::random() * 1e15) as u64);
        Self { tab, ..Self::default() }
    }

    /// Where the open design is kept.
    pub fn place(&self) -> Place {
        self.place.borrow().clone()
    }

    /// Another design was opened, which is kept there.
    pub fn opened(&self, design: &Design, place: Place) {
        self.timer.replace(None);
        self.asking.set(false);
        let json = to_json(design);
        self.kept.set(hash(&json));
        if self.active.get() {
            remember(place.id.as_deref());
            // Else a reload would open the one before.
            link::write_address(design, json.len());
        }
        self.place.replace(place);
    }
}

/// Keeps what the session edits, for as long as what it returns lives.
pub fn keep(session: &Session) -> impl Sized + use<> {
    let keeper = session.keeper();
    keeper.active.set(true);
    remember(keeper.place().id.as_deref());
    let own = session.clone();
    let subscription = session.subscribe(Callback::from(move |note: Note| {
        if note == Note::Design {
            let session = own.clone();
            // A later edit starts the time anew: the earlier timer is dropped, which cancels it.
            own.keeper().timer.replace(Some(Timeout::new(SETTLE_MS, move || settle(&session))));
        }
    }));
    let own = session.clone();
    let listener = web_sys::window().map(|window| {
        EventListener::new(&window, "storage", move |event| {
            if let Some(event) = event.dyn_ref::<StorageEvent>() {
                hear(&own, event);
            }
        })
    });
    (subscription, listener)
}

/// The id of the design this tab had open before it was reloaded.
pub fn reopened() -> Option<String> {
    tab_storage()?.get_item(OPEN).ok()?
}

fn remember(id: Option<&str>) {
    if let Some(storage) = tab_storage() {
        let _ = match id {
            Some(id) => storage.set_item(OPEN, id),
            None => storage.remove_item(OPEN),
        };
    }
}

fn tab_storage() -> Option<web_sys::Storage> {
    web_sys::window()?.session_storage().ok()?
}

/// Keeps what has not settled yet.
pub fn settle_now(session: &Session) {
    if session.keeper().timer.replace(None).is_some() {
        settle(session);
    }
}

fn settle(session: &Session) {
    let keeper = session.keeper();
    let json = to_json(session.editor().design());
    link::write_address(session.editor().design(), json.len());
    if keeper.kept.get() == hash(&json) || keeper.asking.get() {
        return;
    }
    write(session, keeper.place().version.as_ref());
}

/// Writes the open design over `base`; `None`: over whatever is there.
fn write(session: &Session, base: Option<&Version>) {
    let keeper = session.keeper();
    let id = keeper.place().id.unwrap_or_else(|| format!("{:x}{}", js_sys::Date::now() as u64, keeper.tab));
    let editor = session.editor();
    let steps = editor.saved_steps(STEPS_BYTES);
    match library::keep(&id, &keeper.tab, base, editor.design(), &steps) {
        Ok(version) => {
            keeper.kept.set(hash(&to_json(editor.design())));
            keeper.warned.set(false);
            remember(Some(&id));
            keeper.place.replace(Place { id: Some(id), version: Some(version) });
        }
        Err(Refusal::Changed) => {
            keeper.asking.set(true);
            drop(editor);
            session.open(Dialog::TwoVersions);
        }
        Err(Refusal::Full) if !keeper.warned.replace(true) => {
            drop(editor);
            let own = session.clone();
            session.notify(Note::Notice(
                Notice::problem(
                    "This browser keeps nothing more for this page: its storage is full or switched off. Save the design to a file before you leave, or delete designs that you no longer need.",
                )
                .with_action("Save to a file", Callback::from(move |()| app::save(&own))),
            ));
        }
        Err(Refusal::Full) => {}
    }
}

/// Another tab wrote something.
fn hear(session: &Session, event: &StorageEvent) {
    let keeper = session.keeper();
    let place = keeper.place();
    let Some(id) = place.id.filter(|id| event.key() == Some(format!("{VERSION}{id}"))) else { return };
    let Some(theirs) = event.new_value().and_then(|text| Version::read(&text)) else { return };
    if Some(&theirs) == place.version.as_ref() || theirs.tab == keeper.tab || keeper.asking.get() {
        return;
    }
    let changed_here = keeper.kept.get() != hash(&to_json(session.editor().design()));
    let written_here_too = place.version.as_ref().is_some_and(|v| v.tab == keeper.tab && v.number >= theirs.number);
    if changed_here || written_here_too {
        keeper.asking.set(true);
        return session.open(Dialog::TwoVersions);
    }
    if keeper.told.borrow().is_some() {
        return;
    }
    keeper.told.replace(Some(theirs));
    let own = session.clone();
    let show = Callback::from(move |()| {
        own.keeper().told.replace(None);
        app::open_kept(&own, &id);
    });
    session.notify(Note::Notice(
        Notice::info("Another tab changed this design. Here it is as it was.").with_action("Show the changes", show),
    ));
}

/// Which of two versions of a design counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Both: the one of this tab becomes a design of its own.
    Both,
    /// The one of this tab.
    This,
    /// The one of the other tab.
    Other,
}

/// Carries out the choice.
pub fn settle_between(session: &Session, counts: Counts) {
    let keeper = session.keeper();
    if !keeper.asking.replace(false) {
        return;
    }
    match (counts, keeper.place().id) {
        (Counts::This, _) => write(session, None),
        (Counts::Other, Some(id)) => app::open_kept(session, &id),
        (Counts::Both, _) | (Counts::Other, None) => {
            keeper.place.replace(Place::default());
            let name = session.editor().design().name.clone();
            let name = if name.is_empty() { "Untitled design".to_owned() } else { name };
            // A step as any other, which is kept once it has settled.
            session.act(backpressure_editor::Action::RenameDesign { name: format!("{name} (this tab)") });
        }
    }
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
}

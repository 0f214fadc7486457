//! Opening designs: at the start of the page, and later from the list, presets, files and links. What was there before is
//! never lost.

use super::address::Options;
use crate::session::{Note, Notice, Session};
use crate::storage::examples;
use crate::storage::keeper::{self, Place};
use crate::storage::library::{self, Kept};
use backpressure_editor::Action;
use backpressure_sim::design::{Design, Reading, Severity, read, share, to_json};
use yew::Callback;

/// What a first visit shows.
const FIRST: &str = "load-balanced";
/// What is said of the design whose address is being loaded.
const LOADING: &str = "Loading…";

/// What the page starts with.
#[derive(Clone, Default)]
pub struct Opening {
    /// The design.
    pub design: Design,
    /// Where it is kept, if it is.
    pub place: Place,
    /// Its undo steps.
    pub steps: Vec<u8>,
    /// What to tell the person about it.
    pub notices: Vec<Notice>,
    /// An address that is still to be loaded.
    pub src: Option<String>,
}

impl Opening {
    /// What the address asks for; else what this tab had open, or this browser keeps; else an example.
    pub async fn of(options: &Options) -> Self {
        let mut opening = Self::default();
        let reopened = keeper::reopened().filter(|_| !options.embed);
        if let Some(text) = &options.design {
            opening.take(share::decode(text), "This link");
            // A reload: the address holds what this tab had open, which is kept with its undo steps.
            let kept = reopened.and_then(|id| library::load(&id).map(|kept| (id, kept)));
            if let Some((id, kept)) = kept.filter(|(_, kept)| kept.reading.design == opening.design) {
                opening.take_kept(id, kept);
            }
        } else if let Some(address) = &options.src {
            opening.src = Some(address.clone());
            opening.design.description = LOADING.to_owned();
        } else if let Some(name) = &options.preset {
            opening.take_example(name).await;
        } else if let Some((id, kept)) = reopened.or_else(last).filter(|_| !options.embed).and_then(|id| {
            let kept = library::load(&id)?;
            Some((id, kept))
        }) {
            opening.take_kept(id, kept);
        } else {
            opening.take_example(FIRST).await;
        }
        if let Some(seed) = options.seed {
            opening.design.seed = seed;
        }
        opening
    }

    fn take(&mut self, read: Result<Reading, String>, what: &str) {
        match read {
            Ok(reading) => {
                self.notices.extend(about(&reading, what));
                self.design = reading.design;
            }
            Err(why) => self.notices.push(Notice::problem(format!(
                "{why} The canvas is empty; ask for the link again, or open a file or an example."
            ))),
        }
    }

    async fn take_example(&mut self, name: &str) {
        match examples::one(name).await {
            Ok(design) => self.design = design,
            Err(why) => self.notices.push(Notice::problem(why)),
        }
    }

    fn take_kept(&mut self, id: String, kept: Kept) {
        self.design = kept.reading.design;
        self.place = Place { id: Some(id), version: Some(kept.version) };
        self.steps = kept.steps;
    }
}

/// The id of the design edited last.
fn last() -> Option<String> {
    library::list().into_iter().next().map(|entry| entry.id)
}

/// At the start, the design edited last may not be what the address asked for: the person may have it back.
pub fn offer_kept(session: &Session) {
    let place = session.keeper().place();
    let Some(id) = last().filter(|id| place.id.as_deref() != Some(id)) else { return };
    if library::load(&id).is_none_or(|kept| kept.reading.design == *session.editor().design()) {
        return;
    }
    let own = session.clone();
    let back = Callback::from(move |()| open_kept(&own, &id));
    session.notify(Note::Notice(
        Notice::info("The design you worked on last is kept.").with_action("Bring it back", back),
    ));
}

/// Shows a design in place of the present one.
fn show(session: &Session, design: Design, place: Place, steps: &[u8]) {
    session.act(Action::Load(Box::new(design)));
    session.restore_steps(steps);
    let editor = session.editor();
    session.keeper().opened(editor.design(), place);
}

/// Opens a design in place of the present one, which can be had back. It is kept once it is edited.
pub fn open(session: &Session, design: Design, what: &str) {
    replace(session, design, Place::default(), &[], what);
}

/// Opens a design that this browser keeps.
pub fn open_kept(session: &Session, id: &str) {
    let Some(kept) = library::load(id) else {
        return session.notify(Note::Notice(Notice::problem("That design is no longer kept in this browser.")));
    };
    if let Some(notice) = about(&kept.reading, "The design") {
        session.notify(Note::Notice(notice));
    }
    let design = kept.reading.design;
    let what = if design.name.is_empty() { "the untitled design".to_owned() } else { format!("“{}”", design.name) };
    replace(session, design, Place { id: Some(id.to_owned()), version: Some(kept.version) }, &kept.steps, &what);
}

fn replace(session: &Session, design: Design, place: Place, steps: &[u8], what: &str) {
    // What the last half second brought is kept first.
    keeper::settle_now(session);
    let (before, before_place) = (session.editor().design().clone(), session.keeper().place());
    show(session, design, place, steps);
    let mut notice = Notice::info(format!("Opened {what}."));
    if !before.nodes.is_empty() {
        let own = session.clone();
        let back = Callback::from(move |()| match &before_place.id {
            Some(id) => open_kept(&own, id),
            None => show(&own, before.clone(), Place::default(), &[]),
        });
        notice = notice.with_action("Back to the one before", back);
    }
    session.notify(Note::Notice(notice));
}

/// Opens what was read from a file, a link or an address. Bytes that hold no design change nothing.
pub fn open_bytes(session: &Session, bytes: &[u8], what: &str) {
    let reading = read(bytes);
    let holds_nothing =
        reading.design.nodes.is_empty() && reading.problems.iter().any(|p| p.severity == Severity::Error);
    if holds_nothing {
        let details = reading.problems.into_iter().map(|p| p.message).collect();
        let text = format!("{what} holds no design that can be read. What you had open is unchanged.");
        return session.notify(Note::Notice(Notice::problem(text).with_details(details)));
    }
    if let Some(notice) = about(&reading, what) {
        session.notify(Note::Notice(notice));
    }
    open(session, reading.design, what);
}

/// Nothing is being loaded any more: where it brought no design, nothing says so.
pub fn loaded(session: &Session) {
    if session.editor().design().description == LOADING {
        show(session, Design::default(), Place::default(), &[]);
    }
}

/// Opens a link's text.
pub fn open_link(session: &Session, text: &str) {
    match share::decode(text) {
        // Our own address, as it is written after an edit.
        Ok(reading) if to_json(&reading.design) == to_json(session.editor().design()) => {}
        Ok(reading) => {
            if let Some(notice) = about(&reading, "The link") {
                session.notify(Note::Notice(notice));
            }
            open(session, reading.design, "the link's design");
        }
        Err(why) => session.notify(Note::Notice(Notice::problem(format!("{why} What you had open is unchanged.")))),
    }
}

fn about(reading: &Reading, what: &str) -> Option<Notice> {
    if reading.problems.is_empty() {
        return None;
    }
    let details: Vec<String> = reading.problems.iter().map(|p| p.message.clone()).collect();
    let text = match details.len() {
        1 => format!("{what} was opened, with one problem."),
        n => format!("{what} was opened, with {n} problems."),
    };
    Some(Notice::problem(text).with_details(details))
}

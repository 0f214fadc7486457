//! Opening designs: at the start of the page, and later from presets, files and links. What was there before is never lost.

use super::address::Options;
use crate::session::{Note, Notice, Session};
use crate::storage;
use backpressure_editor::Action;
use backpressure_presets::find;
use backpressure_sim::design::{Design, Reading, Severity, read, share};
use yew::Callback;

/// What a first visit shows.
const FIRST: &str = "load-balanced";

/// What the page starts with.
pub struct Opening {
    /// The design.
    pub design: Design,
    /// What to tell the person about it.
    pub notices: Vec<Notice>,
    /// An address that is still to be loaded.
    pub src: Option<String>,
}

impl Opening {
    /// What the address asks for; else what this browser keeps; else an example.
    pub fn of(options: &Options) -> Self {
        let mut opening = Self { design: Design::default(), notices: Vec::new(), src: None };
        if let Some(text) = &options.design {
            opening.take(share::decode(text), "This link");
        } else if let Some(address) = &options.src {
            opening.src = Some(address.clone());
            opening.design.description = "Loading…".to_owned();
        } else if let Some(name) = &options.preset {
            match find(name) {
                Some(preset) => opening.design = read(preset.json.as_bytes()).design,
                None => opening
                    .notices
                    .push(Notice::problem(format!("There is no preset named “{name}”. Choose one under Presets."))),
            }
        } else if let Some(reading) = storage::kept().filter(|_| !options.embed) {
            opening.design = reading.design;
        } else if let Some(preset) = find(FIRST) {
            opening.design = read(preset.json.as_bytes()).design;
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
                "{why} The canvas is empty; ask for the link again, or open a file or a preset."
            ))),
        }
    }
}

/// At the start, a design that this browser keeps is not what the address asked for: the person may have it back.
pub fn offer_kept(session: &Session) {
    let Some(kept) = storage::kept() else { return };
    if kept.design == *session.editor().design() {
        return;
    }
    storage::put_aside();
    let (own, design) = (session.clone(), kept.design);
    let back = Callback::from(move |()| own.act(Action::Load(Box::new(design.clone()))));
    session.notify(Note::Notice(
        Notice::info("The design you worked on last is kept.").with_action("Bring it back", back),
    ));
}

/// Opens a design in place of the present one, which can be had back.
pub fn open(session: &Session, design: Design, what: &str) {
    let before = session.editor().design().clone();
    storage::put_aside();
    session.act(Action::Load(Box::new(design)));
    let mut notice = Notice::info(format!("Opened {what}."));
    if !before.nodes.is_empty() {
        let own = session.clone();
        let back = Callback::from(move |()| own.act(Action::Load(Box::new(before.clone()))));
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

/// Opens a link's text.
pub fn open_link(session: &Session, text: &str) {
    match share::decode(text) {
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

//! Everything a person can do, once: the command palette, the shortcut help, the context menu, tooltips and buttons all
//! read this list, so a shortcut is written nowhere else.

mod button;
mod keys;
mod list;
mod search;

pub use button::{icon_button, wide_button};
pub use keys::{chord_of, shown, words};
pub use list::COMMANDS;
pub use search::score;

use crate::icons::Symbol;
use crate::session::{RunCommand, Session};
use backpressure_editor::{Action, Input, Point};

/// Headings of the shortcut help, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Adding, connecting, changing.
    Build,
    /// What is selected, and where it stands.
    Arrange,
    /// Where the canvas looks.
    Look,
    /// The clock.
    Run,
    /// Designs, files, the page itself.
    Page,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Build, Self::Arrange, Self::Look, Self::Run, Self::Page];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Build => "Build",
            Self::Arrange => "Select and arrange",
            Self::Look => "Look around",
            Self::Run => "Run",
            Self::Page => "Designs and page",
        }
    }
}

/// How a command is carried out.
#[derive(Clone, Copy)]
pub enum Does {
    /// By pressing its own first shortcut on the canvas: the editor knows what its keys mean.
    Press,
    /// By an action of the editor.
    Act(fn() -> Action),
    /// By the run.
    Run(RunCommand),
    /// By the page.
    Page(fn(&Session)),
    /// At a place, screen point of the canvas: where the menu was opened, or the middle.
    At(fn(&Session, Point)),
    /// Only by hand, as with the wheel: it stands in the shortcut help and nowhere else.
    Hand,
}

/// One thing a person can do.
pub struct Command {
    /// Name in tests, and in lists of commands.
    pub id: &'static str,
    /// What it does, as on a button.
    pub title: &'static str,
    /// More about it: other ways to do it, other words for it.
    pub more: &'static str,
    /// Its shortcuts (`Mod+Shift+G`; `Mod` is ⌘ on a Mac and Ctrl elsewhere), the one that is shown first.
    pub keys: &'static [&'static str],
    /// Where it stands in the help.
    pub group: Group,
    /// Its picture.
    pub symbol: Option<Symbol>,
    /// Can it be done now?
    pub when: fn(&Session) -> bool,
    /// How it is done.
    pub does: Does,
}

impl Command {
    /// The command of this name. A name that is on no list gives the first, which no test lets pass.
    pub fn of(id: &str) -> &'static Self {
        COMMANDS.iter().find(|c| c.id == id).unwrap_or(&COMMANDS[0])
    }

    /// Title and shortcut, for a tooltip: "Undo (Ctrl+Z)".
    pub fn tooltip(&self) -> String {
        self.keys.first().map_or_else(|| self.title.to_owned(), |chord| format!("{} ({})", self.title, words(chord)))
    }

    /// Does it; `at` is the place it concerns, if it was chosen at one.
    pub fn run(&self, session: &Session, at: Option<Point>) {
        match self.does {
            Does::Press => {
                if let Some((key, mods)) = self.keys.first().map(|chord| keys::parsed(chord)) {
                    session.input(Input::KeyDown { key: key.to_owned(), mods, time_ms: 0.0 });
                    session.input(Input::KeyUp { key: key.to_owned() });
                }
            }
            Does::Act(action) => session.act(action()),
            Does::Run(command) => session.command(command),
            Does::Page(does) => does(session),
            Does::At(does) => does(session, at.unwrap_or_else(|| session.editor().view() * 0.5)),
            Does::Hand => {}
        }
    }

    /// The command of the page (not of the canvas) with this shortcut.
    pub fn with_key(chord: &str) -> Option<&'static Self> {
        let own = |c: &&Self| !matches!(c.does, Does::Press | Does::Hand | Does::At(_));
        COMMANDS.iter().filter(own).find(|c| c.keys.iter().any(|k| k.eq_ignore_ascii_case(chord)))
    }
}

//! The page: what it opens with, how its parts lie, and what connects them.

mod address;
mod hands;
mod notices;
mod opening;
mod poster;
mod problems;
mod shell;

pub use address::{FRAGMENT, Options};
pub use hands::{pick, read, save};
pub use opening::{open, open_kept};

use crate::part::part;
use crate::session::Session;
use opening::Opening;
use poster::{Poster, PosterProps};
use shell::{Shell, ShellProps};
use yew::prelude::*;

/// The whole page.
#[component]
pub fn App() -> Html {
    let options = use_memo((), |()| Options::of_page());
    let waiting = use_state(|| options.click_to_load);
    let start = {
        let waiting = waiting.clone();
        Callback::from(move |()| waiting.set(false))
    };
    html! {
        <div class="app-slot">
            if *waiting {
                { part::<Poster>(PosterProps { design: Opening::of(&options).design, start }) }
            } else {
                { part::<Page>(PageProps { options: (*options).clone() }) }
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PageProps {
    options: Options,
}

/// The page once the simulation is wanted: a session and the shell around it.
#[component]
fn Page(props: &PageProps) -> Html {
    let first = use_memo((), |()| {
        let opening = Opening::of(&props.options);
        let session = Session::new(opening.design, props.options.editable);
        session.keeper().opened(session.editor().design(), opening.place);
        session.restore_steps(&opening.steps);
        (session, opening.notices, opening.src)
    });
    let (session, notices, src) = &*first;
    part::<Shell>(ShellProps {
        session: session.clone(),
        options: props.options.clone(),
        notices: notices.clone(),
        src: src.clone(),
    })
}

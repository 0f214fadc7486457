//! The page: what it opens with, how its parts lie, and what connects them.

mod address;
mod hands;
mod notices;
mod opening;
mod poster;
mod shell;

pub use address::{FRAGMENT, Options};
pub use hands::{pick, read, save};
pub use opening::{open, open_kept};

use crate::part::{Part, PartProps, part};
use crate::session::Session;
use opening::Opening;
use poster::{Poster, PosterProps};
use shell::{Shell, ShellProps};
use std::rc::Rc;
use yew::prelude::*;

/// Shows the page in this element, once what it opens with is there.
pub async fn start(root: web_sys::Element) {
    let options = Options::of_page();
    let opening = Opened(Rc::new(Opening::of(&options).await));
    // The words that stood there while the page was loading.
    root.set_inner_html("");
    yew::Renderer::<Part>::with_root_and_props(root, PartProps::of::<App>(PageProps { options, opening })).render();
}

/// What the page opens with, which never changes.
#[derive(Clone)]
struct Opened(Rc<Opening>);

impl PartialEq for Opened {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Clone, Properties, PartialEq)]
struct PageProps {
    options: Options,
    opening: Opened,
}

/// The whole page.
#[component]
fn App(props: &PageProps) -> Html {
    let waiting = use_state(|| props.options.click_to_load);
    let start = {
        let waiting = waiting.clone();
        Callback::from(move |()| waiting.set(false))
    };
    html! {
        <div class="app-slot">
            if *waiting {
                { part::<Poster>(PosterProps { design: props.opening.0.design.clone(), start }) }
            } else {
                { part::<Page>(props.clone()) }
            }
        </div>
    }
}

/// The page once the simulation is wanted: a session and the shell around it.
#[component]
fn Page(props: &PageProps) -> Html {
    let first = use_memo((), |()| {
        let opening = (*props.opening.0).clone();
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

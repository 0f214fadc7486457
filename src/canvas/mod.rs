//! The canvas: the diagram, the requests travelling through it, and the hands that build it.

mod controls;
pub mod description;
mod dots;
pub mod figures;
mod frames;
mod hands;
mod hint;
mod in_place;
mod legend;
mod minimap;
pub mod path;
pub mod picture;
mod speech;
pub mod stage;
pub mod status;
mod voice;

use crate::part::part;
use crate::session::{Note, Session, use_mounted, use_session};
use backpressure_editor::{Effect, Part};
use controls::{Controls, ControlsProps};
use frames::{Frames, due};
use hands::Hands;
pub use hands::{key_of, watch_size};
use hint::empty_hint;
use in_place::{InPlace, InPlaceProps};
use legend::{Legend, LegendProps};
use stage::Stage;
use voice::{Reports, Voice};
use web_sys::HtmlElement;
use yew::prelude::*;

/// Properties of [`CanvasView`].
#[derive(Properties, PartialEq)]
pub struct CanvasViewProps {
    /// The page's session.
    pub session: Session,
}

/// The canvas with what lies on it: tools, legend, hints.
#[component]
pub fn CanvasView(props: &CanvasViewProps) -> Html {
    let root = use_node_ref();
    let said = use_state_eq(AttrValue::default);
    let reports = use_mut_ref(Reports::default);
    let editing = use_state_eq(|| None::<Part>);
    {
        let (root, voice, editing) = (root.clone(), Voice::new(said.setter()), editing.setter());
        let session = props.session.clone();
        use_mounted(move || {
            root.cast::<HtmlElement>().and_then(|root| {
                let frames = Frames::new(session.clone(), Stage::mount(&root)?);
                let hands = Hands::new(&root, session.clone(), frames.clone());
                let subscription = {
                    let (frames, own) = (frames.clone(), session.clone());
                    session.subscribe(Callback::from(move |note: Note| match note {
                        Note::Design => frames.request(due::DESIGN | due::SCENE | due::RUN),
                        Note::Redraw => frames.request(due::SCENE | due::RUN),
                        Note::Run | Note::Problems => frames.request(due::RUN),
                        Note::Hops => frames.request(due::TRAFFIC),
                        Note::Effect(effect) => match effect {
                            Effect::DesignChanged => frames.request(due::DESIGN | due::SCENE | due::RUN),
                            Effect::Redraw => frames.request(due::SCENE | due::RUN),
                            Effect::Rearranged => frames.glide(),
                            Effect::NeedTick => frames.request(due::TICK),
                            Effect::Announce(words) => voice.say(&words),
                            Effect::Describe => voice.say(&speech::system(own.editor().design(), &own.run())),
                            Effect::DescribeOften => reports.borrow_mut().next(&own, &voice),
                            Effect::Edit(part) => editing.set(Some(part)),
                            _ => {}
                        },
                        _ => {}
                    }))
                };
                frames.request(due::ALL);
                Some((hands, subscription, frames))
            })
        });
    }
    let empty = use_session(&props.session, |n| *n == Note::Design, |s| s.editor().design().nodes.is_empty());
    let on_edited = {
        let (editing, root) = (editing.setter(), root.clone());
        Callback::from(move |()| {
            editing.set(None);
            if let Some(root) = root.cast::<HtmlElement>() {
                let _ = root.focus();
            }
        })
    };
    html! {
        <div class="canvas-host">
            <div ref={root} class="canvas" data-testid="canvas" tabindex="0" role="application"
                 aria-roledescription="diagram" aria-label="Diagram" aria-describedby="canvas-keys" />
            <p id="canvas-keys" class="visually-hidden">
                { "Tab goes from component to component, Enter selects, arrow keys move it, A begins a link that arrow keys lead to another component, control and an arrow key create a connected component, slash adds one, question mark lists all keys." }
            </p>
            { empty_hint(*empty) }
            { part::<InPlace>(InPlaceProps { session: props.session.clone(), part: (*editing).clone(), on_done: on_edited }) }
            { part::<Legend>(LegendProps { session: props.session.clone() }) }
            { part::<Controls>(ControlsProps { session: props.session.clone() }) }
            <div class="visually-hidden" aria-live="polite" role="status">{ (*said).clone() }</div>
        </div>
    }
}

//! The palette: every kind of component there is, to drag out, click, or add by keyboard. It lists what the simulation
//! knows, so a new component needs no code here.

mod drag;

use crate::icons::{colour, kind_icon};
use crate::session::Session;
use backpressure_editor::Action;
use backpressure_sim::components::{self, Kind};
use drag::Drag;
use yew::prelude::*;

/// Properties of [`Palette`].
#[derive(Properties, PartialEq)]
pub struct PaletteProps {
    /// The page's session.
    pub session: Session,
    /// Called after a component was added (a bottom sheet closes).
    pub on_added: Callback<()>,
}

/// The list of components to add.
#[component]
pub fn Palette(props: &PaletteProps) -> Html {
    // What events go by; a drawing comes later than the next event of a quick hand.
    let held = use_mut_ref(|| None::<Drag>);
    let drag = use_state(|| None::<Drag>);
    let hold = {
        let (held, drag) = (held.clone(), drag.setter());
        Callback::from(move |now: Option<Drag>| {
            held.borrow_mut().clone_from(&now);
            drag.set(now);
        })
    };
    // A drag that ends on the item itself is followed by a click, which must not add a second component.
    let dragged = use_mut_ref(|| false);
    let item = |kind: &'static Kind| {
        let onclick = {
            let (session, on_added, dragged) = (props.session.clone(), props.on_added.clone(), dragged.clone());
            Callback::from(move |event: MouseEvent| {
                // A click by keyboard counts no presses.
                if std::mem::take(&mut *dragged.borrow_mut()) && event.detail() > 0 {
                    return;
                }
                session.act(Action::AddNode { kind: kind.name.to_owned(), at: None });
                on_added.emit(());
            })
        };
        let onpointerdown = {
            let (hold, dragged) = (hold.clone(), dragged.clone());
            Callback::from(move |event: PointerEvent| {
                *dragged.borrow_mut() = false;
                if event.button() == 0 {
                    hold.emit(Drag::start(kind, &event));
                }
            })
        };
        let onpointermove = {
            let (held, hold) = (held.clone(), hold.clone());
            Callback::from(move |event: PointerEvent| {
                let next = held.borrow().as_ref().and_then(|d| d.moved(&event));
                if next.is_some() {
                    hold.emit(next);
                }
            })
        };
        let onpointerup = {
            let (session, held, hold) = (props.session.clone(), held.clone(), hold.clone());
            let (dragged, on_added) = (dragged.clone(), props.on_added.clone());
            Callback::from(move |event: PointerEvent| {
                let Some(current) = held.borrow().clone() else { return };
                hold.emit(None);
                if !current.out {
                    return;
                }
                *dragged.borrow_mut() = true;
                if let Some(at) = current.drop_point(&session, &event) {
                    session.act(Action::AddNode { kind: kind.name.to_owned(), at: Some(at) });
                    on_added.emit(());
                }
            })
        };
        let cancel = {
            let hold = hold.clone();
            Callback::from(move |_: PointerEvent| hold.emit(None))
        };
        html! {
            <li key={kind.name}>
                <button type="button" class="palette-item" data-testid={format!("palette-item-{}", kind.name)} title={kind.summary}
                        style={colour(kind.name)}
                        aria-label={format!("Add {}: {}", kind.label.to_ascii_lowercase(), kind.summary)}
                        {onclick} {onpointerdown} {onpointermove} {onpointerup} onpointercancel={cancel}>
                    <span class="palette-icon">{ kind_icon(kind.name, 24) }</span>
                    <span class="palette-label">{ kind.label }</span>
                </button>
            </li>
        }
    };
    html! {
        <nav class="palette" aria-label="Components">
            <ul class="palette-items">{ for components::kinds().iter().map(item) }</ul>
            <p class="palette-hint">{ "Drag onto the canvas or click" }</p>
            <div class="palette-ghost-slot">
                if let Some(drag) = (*drag).as_ref().filter(|d| d.out) {
                    { drag.ghost() }
                }
            </div>
        </nav>
    }
}

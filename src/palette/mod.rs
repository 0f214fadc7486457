//! The palette: every kind of component there is, to drag out, click, or add by keyboard. It lists what the simulation
//! knows, by what each is for, so a new component needs no code here.

mod drag;

use crate::commands::score;
use crate::icons::{Symbol, colour, icon, kind_icon};
use crate::session::Session;
use backpressure_editor::Action;
use backpressure_sim::components::{self, Group, Kind};
use drag::Drag;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Properties of [`Palette`].
#[derive(Properties, PartialEq)]
pub struct PaletteProps {
    /// The page's session.
    pub session: Session,
    /// Called after a component was added (a bottom sheet closes).
    pub on_added: Callback<()>,
}

/// In the order of the palette.
const GROUPS: [Group; 6] = [Group::Traffic, Group::Edge, Group::Compute, Group::Data, Group::Messaging, Group::Outside];

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
                    <span class="palette-icon">{ kind_icon(kind.name, 20) }</span>
                    <span class="palette-label">{ kind.label }</span>
                </button>
            </li>
        }
    };
    let typed = use_state_eq(String::new);
    let oninput = {
        let typed = typed.setter();
        Callback::from(move |event: InputEvent| typed.set(event.target_unchecked_into::<HtmlInputElement>().value()))
    };
    let wanted = typed.trim().to_lowercase();
    let fits = |kind: &&Kind| {
        let more = format!("{} {} {}", kind.name, kind.group.label(), kind.summary);
        score(&wanted, kind.label, &more).is_some()
    };
    let group = |group: &Group| {
        let items: Vec<Html> =
            components::kinds().iter().filter(|k| k.group == *group).filter(fits).map(item).collect();
        html! {
            <section key={group.label()} class="palette-group" hidden={items.is_empty()}>
                <h2 class="palette-heading">{ group.label() }</h2>
                <ul class="palette-items">{ for items }</ul>
            </section>
        }
    };
    let groups: Vec<Html> = GROUPS.iter().map(group).collect();
    html! {
        <nav class="palette" aria-label="Components">
            <div class="palette-search">
                { icon(Symbol::Search, 16) }
                <input class="input" type="search" aria-label="Find a kind of component" placeholder="Find" data-testid="palette-search"
                       autocomplete="off" spellcheck="false" value={(*typed).clone()} {oninput} />
            </div>
            { for groups }
            <p class="palette-hint">{ "Drag onto the canvas, or click" }</p>
            <div class="palette-ghost-slot">
                if let Some(drag) = (*drag).as_ref().filter(|d| d.out) {
                    { drag.ghost() }
                }
            </div>
        </nav>
    }
}

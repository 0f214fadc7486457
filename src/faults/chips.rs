//! The troubles to choose from: dragged onto the diagram they go on the timeline, clicked they break what is selected now, or
//! what is chosen next.

use super::{plan, selected, troubles, unfit};
use crate::icons::{Symbol, icon};
use crate::session::{Note, Notice, Session, use_session};
use backpressure_editor::{Hover, Point};
use backpressure_sim::design::Trouble;
use backpressure_sim::engine::Victim;
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// How long a fault lasts that is let loose in a design that may only be looked at, simulated s.
const BY_HAND_S: f64 = 10.0;
/// How far the pointer moves before a press becomes a drag, CSS px.
const THRESHOLD: f64 = 4.0;

/// Properties of [`Chips`].
#[derive(Properties, PartialEq)]
pub struct ChipsProps {
    /// The page's session.
    pub session: Session,
    /// Called with the id of a fault that was put on the timeline.
    pub on_added: Callback<String>,
}

#[derive(Clone, Copy, PartialEq)]
struct Drag {
    name: &'static str,
    start: (f64, f64),
    now: (f64, f64),
    out: bool,
}

/// The component, link or zone under the pointer, if it is over the canvas and over nothing that lies on it.
pub fn under(session: &Session, x: f64, y: f64) -> Option<Victim> {
    #[expect(clippy::cast_possible_truncation, reason = "screen coordinates")]
    let at = web_sys::window()?.document()?.element_from_point(x as f32, y as f32)?;
    let bounds = at.closest("[data-testid=canvas]").ok()??.get_bounding_client_rect();
    let at = Point { x: x - bounds.left(), y: y - bounds.top() };
    let editor = session.editor();
    match editor.over(at) {
        Some(Hover::Node(node) | Hover::Port { node, .. }) => Some(Victim::Node(node)),
        Some(Hover::Link(link) | Hover::LinkEnd { link, .. }) => Some(Victim::Link(link)),
        Some(Hover::Zone(zone)) => Some(Victim::Zone(zone)),
        Some(Hover::Note(_)) => None,
        // Inside a frame, beside its members.
        None => editor.zone_around(at).map(Victim::Zone),
    }
}

/// Where a fault that is held over the page would land, in words: what it would befall, or why it cannot.
fn aim(session: &Session, drag: Drag) -> (bool, String) {
    let what = super::trouble_label(drag.name);
    let (Some(trouble), Some(victim)) = (Trouble::case(drag.name), under(session, drag.now.0, drag.now.1)) else {
        return (true, what.to_owned());
    };
    let editor = session.editor();
    match unfit(editor.design(), &trouble, &victim) {
        Some(why) => (false, why),
        None => (true, [what, ": ", &super::name_of_victim(editor.design(), &victim)].concat()),
    }
}

/// See the module.
#[component]
pub fn Chips(props: &ChipsProps) -> Html {
    let session = &props.session;
    // What is true; the state beside it only draws the ghost, and may lag behind quick hands.
    let held = use_mut_ref(|| None::<Drag>);
    let drag = use_state(|| None::<Drag>);
    // What is selected, and of each trouble why it cannot befall that.
    let refused = use_session(
        session,
        |n| matches!(n, Note::Redraw | Note::Design),
        |s| {
            let victim = selected(s)?;
            let editor = s.editor();
            let why = |(name, ..): (&'static str, _, _)| {
                (name, Trouble::case(name).and_then(|t| unfit(editor.design(), &t, &victim)))
            };
            Some((super::name_of_victim(editor.design(), &victim), troubles().into_iter().map(why).collect::<Vec<_>>()))
        },
    );
    let chip = |(name, label, help): (&'static str, &'static str, &'static str)| {
        let why = refused.as_ref().as_ref().and_then(|(_, all)| all.iter().find(|(n, _)| *n == name)?.1.clone());
        let title = match &why {
            Some(why) => [help, " ", why].concat(),
            None if session.is_editable() => [help, " Click: now, until you end it. Drag: onto the timeline."].concat(),
            None => format!("{help} Click: now, for {BY_HAND_S} s."),
        };
        let down = {
            let (drag, held) = (drag.setter(), held.clone());
            Callback::from(move |event: PointerEvent| {
                let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
                if let Some(button) = target.and_then(|t| t.closest("button").ok().flatten())
                    && event.button() == 0
                {
                    let _ = button.set_pointer_capture(event.pointer_id());
                    let at = (f64::from(event.client_x()), f64::from(event.client_y()));
                    let begun = Some(Drag { name, start: at, now: at, out: false });
                    *held.borrow_mut() = begun;
                    drag.set(begun);
                }
            })
        };
        let moved = {
            let (drag, held) = (drag.setter(), held.clone());
            Callback::from(move |event: PointerEvent| {
                let before = *held.borrow();
                if let Some(d) = before {
                    let now = (f64::from(event.client_x()), f64::from(event.client_y()));
                    let out = d.out || (now.0 - d.start.0).hypot(now.1 - d.start.1) > THRESHOLD;
                    let further = Some(Drag { now, out, ..d });
                    *held.borrow_mut() = further;
                    drag.set(further);
                }
            })
        };
        let up = {
            let (held, session, added) = (held.clone(), session.clone(), props.on_added.clone());
            Callback::from(move |event: PointerEvent| {
                let over = *held.borrow();
                if let Some(d) = over
                    && d.out
                {
                    match under(&session, f64::from(event.client_x()), f64::from(event.client_y())) {
                        Some(victim) => put(&session, d.name, &victim, &added),
                        None => tell(&session, "Drop it on a component, a link or a zone.".to_owned()),
                    }
                }
            })
        };
        let cancel = {
            let (drag, held) = (drag.setter(), held.clone());
            Callback::from(move |_: PointerEvent| {
                *held.borrow_mut() = None;
                drag.set(None);
            })
        };
        let click = {
            let (drag, held, session) = (drag.setter(), held.clone(), session.clone());
            Callback::from(move |_: MouseEvent| {
                // The click that ends a drag is no click.
                let ended = held.borrow_mut().take();
                if !ended.is_some_and(|d| d.out) {
                    match selected(&session) {
                        Some(victim) => _ = break_now(&session, name, &victim),
                        None => session.notify(Note::Aim(name)),
                    }
                }
                drag.set(None);
            })
        };
        let schedule = {
            let (session, added) = (session.clone(), props.on_added.clone());
            Callback::from(move |_: MouseEvent| match selected(&session) {
                Some(victim) => put(&session, name, &victim, &added),
                None => tell(&session, "Select the component or the link that it shall befall.".to_owned()),
            })
        };
        html! {
            <li key={name} class="fault-chip" data-unfit={why.is_some().to_string()}>
                <button type="button" class="chip" data-testid={format!("chip-{name}")} {title} aria-description={why.clone()}
                        onpointerdown={down} onpointermove={moved} onpointerup={up} onpointercancel={cancel} onclick={click}>{ label }</button>
                <button type="button" class="icon-button chip-plan" aria-label={format!("Put {label} on the timeline of what is selected")} disabled={!session.is_editable()} onclick={schedule}>
                    { icon(Symbol::Plus, 14) }
                </button>
            </li>
        }
    };
    let ghost = (*drag).filter(|d| d.out).map(|d| {
        let style = format!("transform: translate({}px, {}px)", d.now.0 + 8.0, d.now.1 + 8.0);
        let (fits, words) = aim(session, d);
        html! { <span class="chip chip-ghost" data-fits={fits.to_string()} {style}>{ words }</span> }
    });
    html! {
        <div class="fault-chips">
            <p class="fault-hint">{ match refused.as_ref() {
                Some((victim, _)) => ["A fault breaks ", victim, " now, until you end it. + or drag: plans it."].concat(),
                None => "Choose a fault, then what it befalls; or drag it there.".to_owned(),
            } }</p>
            <ul>{ for troubles().into_iter().map(chip) }</ul>
            <span aria-hidden="true">{ ghost.unwrap_or_default() }</span>
        </div>
    }
}

fn tell(session: &Session, sentence: String) {
    session.notify(Note::Notice(Notice::info(sentence)));
}

fn put(session: &Session, name: &str, victim: &Victim, added: &Callback<String>) {
    let Some(trouble) = Trouble::case(name) else { return };
    let why = unfit(session.editor().design(), &trouble, victim);
    match why {
        Some(why) => tell(session, why),
        None if session.is_editable() => added.emit(plan(session, trouble, victim)),
        None => {}
    }
}

/// Breaks it at this instant, or says why that cannot be; whether there is nothing left to choose.
pub(super) fn break_now(session: &Session, name: &str, victim: &Victim) -> bool {
    let Some(trouble) = Trouble::case(name) else { return true };
    let why = unfit(session.editor().design(), &trouble, victim);
    match why {
        Some(why) => {
            tell(session, why);
            return false;
        }
        None if !session.is_editable() => session.inject(victim.clone(), trouble, BY_HAND_S),
        None if session.editor().design().faults_off => {
            tell(session, "All faults are switched off: switch them on, then break it.".to_owned());
        }
        None => super::break_now(session, trouble, victim),
    }
    true
}

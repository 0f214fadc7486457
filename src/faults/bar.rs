//! One fault on the timeline: a bar that is moved and stretched by pointer or keys.

use super::{change, params_of, set, trouble_label};
use crate::icons::{Symbol, icon};
use crate::session::Session;
use backpressure_editor::Action;
use backpressure_sim::design::params::Param;
use backpressure_sim::design::{Fault, Schedule};
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// Properties of [`Bar`].
#[derive(Properties, PartialEq)]
pub struct BarProps {
    /// The page's session.
    pub session: Session,
    /// The fault.
    pub fault: Fault,
    /// What it befalls, in words.
    pub victim: String,
    /// Simulated time the axis covers, s.
    pub axis_s: f64,
    /// Called to show or hide its form.
    pub on_open: Callback<()>,
    /// Is its form shown?
    pub is_open: bool,
    /// May the design be edited?
    pub editable: bool,
}

/// A drag under way.
#[derive(Clone, Copy, PartialEq)]
struct Drag {
    from_x: f64,
    seconds_per_px: f64,
    stretch: bool,
    at_s: f64,
    for_s: f64,
}

fn place(session: &Session, id: &str, at_s: f64, for_s: Option<f64>) {
    let tenth = |s: f64| (s * 10.0).round() / 10.0;
    let schedule = Schedule::Once { at_s: tenth(at_s.max(0.0)), for_s: for_s.map(|s| tenth(s.max(0.1))) };
    change(session, id, &format!("{id} place"), |f| {
        f.params.insert("schedule".to_owned(), schedule.write_value());
    });
}

/// See the module.
#[component]
pub fn Bar(props: &BarProps) -> Html {
    let drag = use_state(|| None::<Drag>);
    let p = params_of(&props.fault);
    let (session, id) = (props.session.clone(), props.fault.id.clone());
    let (at_s, for_s, random) = match p.schedule {
        Schedule::Once { at_s, for_s } => (at_s, for_s, false),
        Schedule::Random { .. } => (0.0, None, true),
    };
    let shown_s = for_s.unwrap_or((props.axis_s - at_s).max(0.0));
    let movable = props.editable && !random;
    let down = |stretch: bool| {
        let (drag, axis_s) = (drag.setter(), props.axis_s);
        Callback::from(move |event: PointerEvent| {
            let Some(target) = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else { return };
            let Some(track) = target.closest(".fault-track").ok().flatten() else { return };
            if !movable || event.button() != 0 {
                return;
            }
            event.stop_propagation();
            let _ = target.set_pointer_capture(event.pointer_id());
            let seconds_per_px = axis_s / track.get_bounding_client_rect().width().max(1.0);
            drag.set(Some(Drag { from_x: f64::from(event.client_x()), seconds_per_px, stretch, at_s, for_s: shown_s }));
        })
    };
    let moved = {
        let (drag, session, id) = (drag.clone(), session.clone(), id.clone());
        Callback::from(move |event: PointerEvent| {
            let Some(d) = *drag else { return };
            let by = (f64::from(event.client_x()) - d.from_x) * d.seconds_per_px;
            if d.stretch {
                place(&session, &id, d.at_s, Some(d.for_s + by));
            } else {
                place(&session, &id, d.at_s + by, for_s);
            }
        })
    };
    let up = {
        let (drag, session) = (drag.setter(), session.clone());
        Callback::from(move |_: PointerEvent| {
            drag.set(None);
            session.act(Action::EndEdit);
        })
    };
    let keys = {
        let (session, id, open) = (session.clone(), id.clone(), props.on_open.clone());
        Callback::from(move |event: KeyboardEvent| {
            let step = if event.shift_key() { 10.0 } else { 1.0 };
            let stretch = event.alt_key();
            let by = match event.key().as_str() {
                "ArrowLeft" => -step,
                "ArrowRight" => step,
                "Enter" | " " => {
                    event.prevent_default();
                    return open.emit(());
                }
                "Delete" | "Backspace" => {
                    event.prevent_default();
                    event.stop_propagation();
                    return remove(&session, &id);
                }
                _ => return,
            };
            if movable {
                event.prevent_default();
                event.stop_propagation();
                if stretch {
                    place(&session, &id, at_s, Some(shown_s + by));
                } else {
                    place(&session, &id, at_s + by, for_s);
                }
                session.act(Action::EndEdit);
            }
        })
    };
    let gone = {
        let (session, id) = (session.clone(), id.clone());
        Callback::from(move |_: MouseEvent| remove(&session, &id))
    };
    let toggle = {
        let open = props.on_open.clone();
        Callback::from(move |_: MouseEvent| open.emit(()))
    };
    let label = trouble_label(p.trouble.name()).to_owned();
    let when = match (random, for_s) {
        (true, _) => "at random".to_owned(),
        (false, Some(s)) => format!("from {at_s} s for {s} s"),
        (false, None) => format!("from {at_s} s to the end"),
    };
    let (left, width) = if random { (0.0, 1.0) } else { (at_s / props.axis_s, shown_s / props.axis_s) };
    let style = format!("left: {}%; width: {}%", left * 100.0, (width * 100.0).min(100.0 - left * 100.0).max(0.5));
    let spoken = format!(
        "{label}, {}, {when}. Arrows move it, Alt and arrows stretch it, Enter opens it, Delete removes it.",
        props.victim
    );
    html! {
        <div class="fault-row" data-enabled={p.enabled.to_string()}>
            <button type="button" class="fault-name" aria-expanded={props.is_open.to_string()} onclick={toggle} title={when.clone()}>
                { icon(if props.is_open { Symbol::ChevronDown } else { Symbol::ChevronRight }, 14) }
                <span><b>{ label }</b>{ " " }{ props.victim.clone() }</span>
            </button>
            <div class="fault-track">
                <div class="fault-bar" data-testid={format!("fault-{}", props.fault.id)} data-random={random.to_string()} role="slider" tabindex="0" {style}
                     aria-label={spoken} aria-valuenow={at_s.to_string()} aria-valuemin="0" aria-valuemax={props.axis_s.to_string()} aria-valuetext={when}
                     onpointerdown={down(false)} onpointermove={moved.clone()} onpointerup={up.clone()} onpointercancel={up.clone()} onkeydown={keys}>
                    <span class="fault-stretch" hidden={!movable} onpointerdown={down(true)} onpointermove={moved} onpointerup={up} />
                </div>
            </div>
            <button type="button" class="icon-button" aria-label="Remove this fault" disabled={!props.editable} onclick={gone}>{ icon(Symbol::Close, 14) }</button>
        </div>
    }
}

fn remove(session: &Session, id: &str) {
    let faults: Vec<Fault> = session.editor().design().faults.iter().filter(|f| f.id != id).cloned().collect();
    set(session, faults, "remove");
    session.act(Action::EndEdit);
}

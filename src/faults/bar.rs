//! One fault on the timeline: a bar that is moved and stretched by pointer or keys.

use super::{When, change, end_now, remove};
use crate::icons::{Symbol, icon};
use crate::session::{Session, Spells};
use backpressure_editor::Action;
use backpressure_sim::design::Schedule;
use backpressure_sim::design::params::Param;
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// Shortest fault that a hand makes, s.
const SHORTEST_S: f64 = 0.1;

/// Properties of [`Bar`].
#[derive(Properties, PartialEq)]
pub struct BarProps {
    /// The page's session.
    pub session: Session,
    /// The fault's id.
    pub id: String,
    /// What it is called.
    pub label: AttrValue,
    /// What it befalls, in words.
    pub victim: AttrValue,
    /// When it takes place.
    pub when: When,
    /// When it came, if it comes at random.
    pub spells: Spells,
    /// Is it at work now?
    pub running: bool,
    /// Does it take place at all?
    pub enabled: bool,
    /// Simulated time the axis covers, s.
    pub axis_s: f64,
    /// Called when a hand takes the bar, and when it lets go: meanwhile the axis stays as it is.
    pub on_hold: Callback<bool>,
    /// Called to show or hide its form.
    pub on_open: Callback<()>,
    /// Is its form shown?
    pub is_open: bool,
    /// May the design be edited?
    pub editable: bool,
}

/// What a hand has hold of.
#[derive(Clone, Copy, PartialEq)]
enum Grip {
    Start,
    Whole,
    End,
}

/// A drag under way.
#[derive(Clone, Copy, PartialEq)]
struct Drag {
    grip: Grip,
    from_x: f64,
    seconds_per_px: f64,
    when: When,
}

/// Where the bar lies when so much of it was moved by so many seconds: to the tenth of a second. One without an end gets
/// one when that is pulled.
fn moved(when: When, grip: Grip, by: f64, axis_s: f64) -> When {
    let tenth = |s: f64| (s * 10.0).round() / 10.0;
    let end = when.for_s.map_or(axis_s, |s| when.at_s + s);
    match grip {
        Grip::Whole => When { at_s: tenth((when.at_s + by).max(0.0)), ..when },
        Grip::Start => {
            let at_s = tenth((when.at_s + by).clamp(0.0, (end - SHORTEST_S).max(0.0)));
            When { at_s, for_s: when.for_s.map(|_| tenth(end - at_s).max(SHORTEST_S)), ..when }
        }
        Grip::End => When { for_s: Some(tenth(end + by - when.at_s).max(SHORTEST_S)), ..when },
    }
}

fn place(session: &Session, id: &str, when: When) {
    let schedule = Schedule::Once { at_s: when.at_s, for_s: when.for_s };
    change(session, id, &[id, " place"].concat(), |f| {
        f.params.insert("schedule".to_owned(), schedule.write_value());
    });
}

/// See the module.
#[component]
pub fn Bar(props: &BarProps) -> Html {
    let drag = use_state(|| None::<Drag>);
    let (session, id, when, axis_s) = (props.session.clone(), props.id.clone(), props.when, props.axis_s);
    let movable = props.editable && !when.random;
    let down = |grip: Grip| {
        let (drag, hold) = (drag.setter(), props.on_hold.clone());
        Callback::from(move |event: PointerEvent| {
            let Some(target) = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else { return };
            let Some(track) = target.closest(".fault-track").ok().flatten() else { return };
            if !movable || event.button() != 0 {
                return;
            }
            event.stop_propagation();
            let _ = target.set_pointer_capture(event.pointer_id());
            let seconds_per_px = axis_s / track.get_bounding_client_rect().width().max(1.0);
            hold.emit(true);
            drag.set(Some(Drag { grip, from_x: f64::from(event.client_x()), seconds_per_px, when }));
        })
    };
    let pulled = {
        let (drag, session, id) = (drag.clone(), session.clone(), id.clone());
        Callback::from(move |event: PointerEvent| {
            let Some(d) = *drag else { return };
            let by = (f64::from(event.client_x()) - d.from_x) * d.seconds_per_px;
            place(&session, &id, moved(d.when, d.grip, by, axis_s));
        })
    };
    let let_go = {
        let (drag, session, hold) = (drag.clone(), session.clone(), props.on_hold.clone());
        move |kept: bool| {
            if drag.is_some() {
                drag.set(None);
                hold.emit(false);
                session.act(if kept { Action::EndEdit } else { Action::CancelEdit });
            }
        }
    };
    let up = {
        let let_go = let_go.clone();
        Callback::from(move |_: PointerEvent| let_go(true))
    };
    let cancelled = {
        let let_go = let_go.clone();
        Callback::from(move |_: PointerEvent| let_go(false))
    };
    let keys = {
        let (session, id, open, held) = (session.clone(), id.clone(), props.on_open.clone(), drag.is_some());
        Callback::from(move |event: KeyboardEvent| {
            let by = match event.key().as_str() {
                "ArrowLeft" => -1.0,
                "ArrowRight" => 1.0,
                "Enter" | " " => {
                    event.prevent_default();
                    return open.emit(());
                }
                "Delete" | "Backspace" => {
                    event.prevent_default();
                    event.stop_propagation();
                    return remove(&session, &id);
                }
                "Escape" if held => {
                    event.stop_propagation();
                    return let_go(false);
                }
                _ => return,
            };
            if movable {
                event.prevent_default();
                event.stop_propagation();
                let (grip, by) = match (event.alt_key(), event.shift_key()) {
                    (true, true) => (Grip::Start, by),
                    (true, false) => (Grip::End, by),
                    (false, fast) => (Grip::Whole, if fast { by * 10.0 } else { by }),
                };
                place(&session, &id, moved(when, grip, by, axis_s));
                session.act(Action::EndEdit);
            }
        })
    };
    let gone = {
        let (session, id) = (session.clone(), id.clone());
        Callback::from(move |_: MouseEvent| remove(&session, &id))
    };
    let end = {
        let (session, id) = (session.clone(), id.clone());
        Callback::from(move |_: MouseEvent| end_now(&session, &id))
    };
    let toggle = {
        let open = props.on_open.clone();
        Callback::from(move |_: MouseEvent| open.emit(()))
    };
    let (left, width) = match when {
        When { random: true, .. } => (0.0, 1.0),
        When { at_s, for_s, .. } => (at_s / axis_s, for_s.unwrap_or(axis_s - at_s) / axis_s),
    };
    let across = |from: f64, length: f64| {
        format!("left: {:.3}%; width: {:.3}%", from * 100.0, length.min(1.0 - from).max(0.005) * 100.0)
    };
    let name = [&*props.label, " ", &*props.victim].concat();
    let words = when.words();
    let spoken = [
        &*props.label,
        ", ",
        &*props.victim,
        ", ",
        &words,
        ". Arrows move it, Alt and arrows stretch its end, Alt, Shift and arrows its beginning, Enter opens it, Delete removes it.",
    ]
    .concat();
    let came = props.spells.iter().enumerate().map(|(n, (from, to))| {
        let from_s = *from as f64 / 1e9;
        let to_s = to.map_or_else(|| super::now_s(&props.session), |to| to as f64 / 1e9);
        html! { <i class="fault-came" key={n} style={across(from_s / axis_s, (to_s - from_s) / axis_s)} /> }
    });
    let grip = |grip: Grip, class: &'static str| {
        let (pulled, up) = (pulled.clone(), up.clone());
        html! { <span class={class} hidden={!movable} onpointerdown={down(grip)} onpointermove={pulled} onpointerup={up} onpointercancel={cancelled.clone()} /> }
    };
    html! {
        <div class="fault-row" data-enabled={props.enabled.to_string()} data-running={props.running.to_string()}>
            <button type="button" class="fault-name" aria-expanded={props.is_open.to_string()} onclick={toggle} title={name}>
                <span><b>{ props.label.clone() }</b>{ " " }{ props.victim.clone() }</span>
                <small>{ words.clone() }</small>
            </button>
            <div class="fault-track">
                { for came }
                <div class="fault-bar" data-testid={["fault-", &props.id].concat()} data-random={when.random.to_string()} data-endless={when.for_s.is_none().to_string()}
                     role="slider" tabindex="0" style={across(left, width)}
                     aria-label={spoken} aria-valuenow={when.at_s.to_string()} aria-valuemin="0" aria-valuemax={axis_s.to_string()} aria-valuetext={words}
                     onpointerdown={down(Grip::Whole)} onpointermove={pulled.clone()} onpointerup={up.clone()} onpointercancel={cancelled.clone()} onkeydown={keys}>
                    { grip(Grip::Start, "fault-stretch fault-stretch-start") }
                    { grip(Grip::End, "fault-stretch") }
                </div>
            </div>
            <button type="button" class="button button-small fault-end" data-testid="fault-end" hidden={!(props.running && movable)} onclick={end}>{ "End now" }</button>
            <button type="button" class="icon-button fault-gone" aria-label={["Remove: ", &*props.label, " ", &*props.victim].concat()} disabled={!props.editable} onclick={gone}>{ icon(Symbol::Close, 14) }</button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLANNED: When = When { at_s: 10.0, for_s: Some(20.0), random: false };

    #[test]
    fn a_bar_is_moved_and_stretched_at_both_ends() {
        let place = |grip, by| {
            let w = moved(PLANNED, grip, by, 60.0);
            (w.at_s, w.for_s)
        };
        assert_eq!(place(Grip::Whole, 5.0), (15.0, Some(20.0)));
        assert_eq!(place(Grip::Whole, -50.0), (0.0, Some(20.0)), "not before the start of the run");
        assert_eq!(place(Grip::End, 5.0), (10.0, Some(25.0)));
        assert_eq!(place(Grip::End, -50.0), (10.0, Some(SHORTEST_S)));
        assert_eq!(place(Grip::Start, 5.0), (15.0, Some(15.0)), "its end stays");
        assert_eq!(place(Grip::Start, -50.0), (0.0, Some(30.0)));
        assert_eq!(place(Grip::Start, 50.0).0, 30.0 - SHORTEST_S);
    }

    #[test]
    fn a_bar_without_an_end_gets_one_when_it_is_pulled() {
        let endless = When { for_s: None, ..PLANNED };
        assert_eq!(moved(endless, Grip::Start, 5.0, 60.0), When { at_s: 15.0, ..endless });
        // From the end of the axis back to 40 s.
        assert_eq!(moved(endless, Grip::End, -20.0, 60.0).for_s, Some(30.0));
    }
}

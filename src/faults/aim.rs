//! A fault that was chosen while nothing was selected waits for what it shall befall: the next thing chosen on the canvas. So
//! fingers break things too: they cannot drag out of a sheet that lies over the canvas.

use super::chips::break_now;
use super::{name_of_victim, selected, trouble_label};
use crate::session::{Note, Notice, Session, use_mounted, use_session};
use gloo::events::EventListener;
use yew::prelude::*;

/// Properties of [`Aim`].
#[derive(Properties, PartialEq)]
pub struct AimProps {
    /// The page's session.
    pub session: Session,
    /// Called when a fault begins to wait: what lies over the canvas makes way.
    pub on_aim: Callback<()>,
}

/// Says what waits, and lets it loose on what is chosen.
#[component]
pub fn Aim(props: &AimProps) -> Html {
    let session = &props.session;
    let waiting = use_state_eq(|| None::<&'static str>);
    {
        let (session, waiting, on_aim) = (session.clone(), waiting.setter(), props.on_aim.clone());
        use_mounted(move || {
            session.subscribe(Callback::from(move |note| {
                if let Note::Aim(trouble) = note {
                    waiting.set(Some(trouble));
                    on_aim.emit(());
                }
            }))
        });
    }
    let victim = use_session(session, |n| matches!(n, Note::Redraw | Note::Design), selected);
    {
        let (session, setter) = (session.clone(), waiting.setter());
        use_effect_with((*waiting, victim), move |(trouble, victim)| {
            if let (Some(trouble), Some(victim)) = (trouble, &**victim)
                && break_now(&session, trouble, victim)
            {
                setter.set(None);
                let whom = name_of_victim(session.editor().design(), victim);
                let words = [trouble_label(trouble), ": ", &whom, ". Undo takes it back; Faults ends it."].concat();
                session.notify(Note::Notice(Notice::info(words)));
            }
        });
    }
    {
        let setter = waiting.setter();
        use_effect_with(*waiting, move |waiting| {
            let document = web_sys::window().and_then(|w| w.document()).filter(|_| waiting.is_some());
            let listener = document.map(|document| {
                EventListener::new(&document, "keydown", move |event| {
                    if js_sys::Reflect::get(event, &"key".into()).is_ok_and(|key| key == "Escape") {
                        setter.set(None);
                    }
                })
            });
            move || drop(listener)
        });
    }
    let give_up = {
        let setter = waiting.setter();
        Callback::from(move |_: MouseEvent| setter.set(None))
    };
    html! {
        <div class="aim" role="status" data-testid="aim" hidden={waiting.is_none()}>
            <span>{ waiting.map(|name| [trouble_label(name), ": choose what it befalls"].concat()).unwrap_or_default() }</span>
            <button type="button" class="button button-small" onclick={give_up}>{ "Give up" }</button>
        </div>
    }
}

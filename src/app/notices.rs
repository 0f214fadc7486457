//! Short messages over the canvas, a few at a time.

use crate::icons::{Symbol, icon};
use crate::part::keyed_part;
use crate::session::{Notice, use_mounted};
use gloo::timers::callback::Timeout;
use std::rc::Rc;
use yew::prelude::*;

/// Most messages shown; older ones make room.
const MOST: usize = 4;
/// How long an information stays, wall ms.
const STAY_MS: u32 = 7000;

/// The messages shown now, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    list: Vec<(u32, Notice)>,
    next: u32,
}

/// What happens to the messages.
pub enum Change {
    /// Another one. The same text again replaces the one shown.
    Show(Notice),
    /// Away with this one.
    Close(u32),
}

impl Shown {
    /// These from the start.
    pub fn of(notices: Vec<Notice>) -> Self {
        let mut shown = Self::default();
        for notice in notices {
            shown.show(notice);
        }
        shown
    }

    fn show(&mut self, notice: Notice) {
        self.list.retain(|(_, n)| n.text != notice.text);
        if self.list.len() >= MOST {
            self.list.remove(0);
        }
        self.list.push((self.next, notice));
        self.next += 1;
    }
}

impl Reducible for Shown {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut next = (*self).clone();
        match change {
            Change::Show(notice) => next.show(notice),
            Change::Close(id) => next.list.retain(|(i, _)| *i != id),
        }
        Rc::new(next)
    }
}

/// The messages. `on_close` is called with the number of one that goes away.
pub fn toasts(shown: &Shown, on_close: &Callback<u32>) -> Html {
    html! {
        <div class="toasts" aria-live="polite" aria-relevant="additions">
            { for shown.list.iter().map(|(id, notice)| {
                keyed_part::<Toast>(*id, ToastProps { id: *id, notice: notice.clone(), on_close: on_close.clone() })
            }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ToastProps {
    id: u32,
    notice: Notice,
    on_close: Callback<u32>,
}

#[component]
fn Toast(props: &ToastProps) -> Html {
    {
        let (close, id, stays) = (props.on_close.clone(), props.id, props.notice.problem);
        use_mounted(move || (!stays).then(|| Timeout::new(STAY_MS, move || close.emit(id))));
    }
    let close = {
        let (close, id) = (props.on_close.clone(), props.id);
        Callback::from(move |_: MouseEvent| close.emit(id))
    };
    let notice = &props.notice;
    let action = notice.action.as_ref().map(|(label, act)| {
        let (act, close, id) = (act.clone(), props.on_close.clone(), props.id);
        let onclick = Callback::from(move |_: MouseEvent| {
            act.emit(());
            close.emit(id);
        });
        html! { <button type="button" class="button button-small" {onclick}>{ label.clone() }</button> }
    });
    html! {
        <div class={classes!("toast", notice.problem.then_some("is-problem"))} data-testid="toast" role={if notice.problem { "alert" } else { "status" }}>
            { icon(if notice.problem { Symbol::Warning } else { Symbol::Info }, 18) }
            <div class="toast-body">
                <p>{ notice.text.clone() }</p>
                <ul class="toast-details" hidden={notice.details.is_empty()}>
                    { for notice.details.iter().take(8).enumerate().map(|(i, d)| html! { <li key={i}>{ d }</li> }) }
                    if notice.details.len() > 8 {
                        <li key="more">{ format!("and {} more", notice.details.len() - 8) }</li>
                    }
                </ul>
                <div class="toast-action">{ action.unwrap_or_default() }</div>
            </div>
            <button type="button" class="icon-button" aria-label="Close this message" onclick={close}>{ icon(Symbol::Close, 16) }</button>
        </div>
    }
}

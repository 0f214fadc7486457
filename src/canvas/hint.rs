//! What an empty canvas says.

use crate::icons::{Icon, Symbol};
use crate::session::{Note, Session};
use backpressure_editor::Effect;
use yew::prelude::*;

/// Properties of [`EmptyHint`].
#[derive(Properties, PartialEq)]
pub struct EmptyHintProps {
    /// The page's session.
    pub session: Session,
}

/// The way in, while there is nothing to see yet.
#[component]
pub fn EmptyHint(props: &EmptyHintProps) -> Html {
    let read = |session: &Session| session.editor().design().nodes.is_empty();
    let empty = use_state_eq(|| read(&props.session));
    {
        let setter = empty.setter();
        use_effect_with(props.session.clone(), move |session| {
            setter.set(read(session));
            let reader = session.clone();
            let subscription = session.subscribe(Callback::from(move |note: Note| {
                if matches!(note, Note::Design | Note::Effect(Effect::DesignChanged)) {
                    setter.set(read(&reader));
                }
            }));
            move || drop(subscription)
        });
    }
    html! {
        <div class="empty-hint" hidden={!*empty}>
            <span class="empty-hint-icon"><Icon name={Symbol::Plus} size={24} /></span>
            <p class="empty-hint-title">{ "Drag a component here, or press " }<kbd>{ "/" }</kbd></p>
            <p class="empty-hint-more">{ "Start with users and an app server, connect them, and press play. Or open an example from the presets." }</p>
        </div>
    }
}

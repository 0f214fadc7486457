//! Components that show something of the session draw anew only when that something changed.

use super::{Note, Session};
use yew::prelude::*;

/// `read`, kept current: it is called again for every note that `concerns` says yes to.
#[hook]
pub fn use_session<T: PartialEq + 'static>(
    session: &Session,
    concerns: fn(&Note) -> bool,
    read: fn(&Session) -> T,
) -> UseStateHandle<T> {
    let state = use_state_eq(|| read(session));
    let setter = state.setter();
    use_effect_with(session.clone(), move |session| {
        // Something may have happened between drawing and now.
        setter.set(read(session));
        let own = session.clone();
        let subscription = session.subscribe(Callback::from(move |note: Note| {
            if concerns(&note) {
                setter.set(read(&own));
            }
        }));
        move || drop(subscription)
    });
    state
}

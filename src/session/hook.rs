//! Hooks of the page's parts. Yew makes a copy of its own code for every type of state and every effect; these have one
//! type for all, which saves the page a tenth of its size.

use super::{Note, Session};
use std::any::Any;
use std::rc::Rc;
use yew::prelude::*;

/// A value of any type that can be compared with another of its type.
#[derive(Clone)]
struct Watched {
    value: Rc<dyn Any>,
    same: fn(&dyn Any, &dyn Any) -> bool,
}

impl PartialEq for Watched {
    fn eq(&self, other: &Self) -> bool {
        (self.same)(&*self.value, &*other.value)
    }
}

/// `read`, kept current: it is called again for every note that `concerns` says yes to, and the component is drawn
/// anew when it gives something else.
#[hook]
pub fn use_session<T: PartialEq + 'static>(
    session: &Session,
    concerns: fn(&Note) -> bool,
    read: impl Fn(&Session) -> T + Clone + 'static,
) -> Rc<T> {
    let again = read.clone();
    let watched = use_watched(
        session,
        concerns,
        Rc::new(move |session: &Session| Watched { value: Rc::new(read(session)), same: same::<T> }),
    );
    // A hook keeps its place, so the type is always the one that was put in.
    watched.value.downcast::<T>().unwrap_or_else(|_| Rc::new(again(session)))
}

fn same<T: PartialEq + 'static>(a: &dyn Any, b: &dyn Any) -> bool {
    a.downcast_ref::<T>().is_some_and(|a| b.downcast_ref::<T>() == Some(a))
}

#[hook]
fn use_watched(session: &Session, concerns: fn(&Note) -> bool, read: Rc<dyn Fn(&Session) -> Watched>) -> Watched {
    let state = use_state_eq(|| read(session));
    let (setter, own) = (state.setter(), session.clone());
    use_mounted(move || {
        // Something may have happened between drawing and now.
        setter.set(read(&own));
        let session = own.clone();
        own.subscribe(Callback::from(move |note: Note| {
            if concerns(&note) {
                setter.set(read(&session));
            }
        }))
    });
    (*state).clone()
}

/// Runs `start` once the component stands, and drops what it returns when the component goes.
#[hook]
pub fn use_mounted<T: 'static>(start: impl FnOnce() -> T + 'static) {
    use_mounted_boxed(Box::new(move || Box::new(start())));
}

#[hook]
fn use_mounted_boxed(start: Box<dyn FnOnce() -> Box<dyn Any>>) {
    use_effect_with((), move |()| {
        let held = start();
        move || drop(held)
    });
}

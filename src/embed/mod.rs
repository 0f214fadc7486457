//! Manners inside somebody else's page: tell one's size, rest when nobody looks.

use crate::session::{RunCommand, Session};
use gloo::events::EventListener;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{IntersectionObserver, IntersectionObserverEntry, ResizeObserver};

/// Called by the browser with what came into view or left it.
type OnEntries = Closure<dyn FnMut(js_sys::Array)>;

/// Keeps the manners until dropped.
pub struct Manners {
    _visibility: Option<EventListener>,
    _seen: Option<(IntersectionObserver, OnEntries)>,
    _size: Option<(ResizeObserver, Closure<dyn FnMut()>)>,
}

/// Whether anybody can see the page, and whether it rests for that.
struct Rest {
    session: Session,
    on_screen: Cell<bool>,
    resting: Cell<bool>,
}

impl Rest {
    fn look(&self) {
        let hidden = web_sys::window().and_then(|w| w.document()).is_some_and(|d| d.hidden());
        let seen = self.on_screen.get() && !hidden;
        if !seen && !self.resting.get() && self.session.run().is_running() {
            self.resting.set(true);
            self.session.command(RunCommand::Pause);
        } else if seen && self.resting.replace(false) {
            self.session.command(RunCommand::Play);
        }
    }
}

impl Manners {
    /// Minds the manners for this session.
    pub fn of(session: &Session) -> Self {
        let rest = Rc::new(Rest { session: session.clone(), on_screen: Cell::new(true), resting: Cell::new(false) });
        let document = web_sys::window().and_then(|w| w.document());
        let root = document.as_ref().and_then(|d| d.document_element());
        let looks = rest.clone();
        let visibility = document.map(|d| EventListener::new(&d, "visibilitychange", move |_| looks.look()));
        let seen = root.as_ref().and_then(|root| {
            let rest = rest.clone();
            let heard = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
                let last = entries.get(entries.length().saturating_sub(1));
                if let Ok(entry) = last.dyn_into::<IntersectionObserverEntry>() {
                    rest.on_screen.set(entry.is_intersecting());
                    rest.look();
                }
            });
            let observer = IntersectionObserver::new(heard.as_ref().unchecked_ref()).ok()?;
            observer.observe(root);
            Some((observer, heard))
        });
        let size = root.as_ref().and_then(|root| {
            let heard = Closure::<dyn FnMut()>::new(tell_size);
            let observer = ResizeObserver::new(heard.as_ref().unchecked_ref()).ok()?;
            observer.observe(root);
            Some((observer, heard))
        });
        Self { _visibility: visibility, _seen: seen, _size: size }
    }
}

impl Drop for Manners {
    fn drop(&mut self) {
        if let Some((observer, _)) = &self._seen {
            observer.disconnect();
        }
        if let Some((observer, _)) = &self._size {
            observer.disconnect();
        }
    }
}

/// Tells the page around us our size, in the two ways that such pages listen for.
fn tell_size() {
    let told = || -> Option<()> {
        let window = web_sys::window()?;
        let parent = window.parent().ok()??;
        if js_sys::Object::is(&parent, &window) {
            return None;
        }
        let (width, height) = (window.inner_width().ok()?.as_f64()?, window.inner_height().ok()?.as_f64()?);
        let src = window.location().href().ok()?;
        for message in [
            serde_json::json!({"context": "iframe.resize", "src": src, "height": height}),
            serde_json::json!({"type": "resize", "width": width, "height": height}),
        ] {
            // Our size is no secret: any page may know it.
            parent.post_message(&js_sys::JSON::parse(&message.to_string()).ok()?, "*").ok()?;
        }
        Some(())
    };
    let _ = told();
}

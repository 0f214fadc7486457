//! What hands do on the canvas, from DOM events to the editor's inputs.

use super::frames::{Frames, due};
use crate::session::Session;
use backpressure_editor::Point;
use backpressure_editor::{Action, Button, Input, Mods, PointerKind};
use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::js_sys::Array;
use web_sys::{
    ClipboardEvent, Event, EventTarget, HtmlElement, KeyboardEvent, MediaQueryList, MouseEvent, MutationObserver,
    MutationObserverInit, PointerEvent, ResizeObserver, WheelEvent,
};

/// Everything that listens; dropping it stops listening.
pub struct Hands {
    _listeners: Vec<EventListener>,
    _size: Option<Observer<ResizeObserver>>,
    _theme: Option<Observer<MutationObserver>>,
}

/// A browser's observer with the closure it calls.
pub struct Observer<T: Disconnect> {
    observer: T,
    _callback: Closure<dyn FnMut(Array)>,
}

/// Something that observes until it is told to stop.
pub trait Disconnect {
    /// Stops.
    fn stop(&self);
}

impl Disconnect for ResizeObserver {
    fn stop(&self) {
        self.disconnect();
    }
}

impl Disconnect for MutationObserver {
    fn stop(&self) {
        self.disconnect();
    }
}

impl<T: Disconnect> Drop for Observer<T> {
    fn drop(&mut self) {
        self.observer.stop();
    }
}

/// Pixels in a line and a page, for wheels that count in those.
const LINE_PX: f64 = 18.0;
const PAGE_PX: f64 = 400.0;

impl Hands {
    /// Listens on the canvas.
    pub fn new(root: &HtmlElement, session: Session, frames: Frames) -> Self {
        let mut listeners = Vec::new();
        let target: &EventTarget = root.as_ref();
        let active = EventListenerOptions::enable_prevent_default();
        let mut on = |name: &'static str, handler: Box<dyn FnMut(&Event)>| {
            listeners.push(EventListener::new_with_options(target, name, active, handler));
        };
        {
            let (root, session) = (root.clone(), session.clone());
            on("pointerdown", Box::new(move |event| down(&root, &session, event)));
        }
        {
            let (root, session) = (root.clone(), session.clone());
            on(
                "pointermove",
                Box::new(move |event| {
                    let Some(event) = event.dyn_ref::<PointerEvent>() else { return };
                    let at = point(&root, event);
                    session.input(Input::PointerMove {
                        pointer: event.pointer_id(),
                        at,
                        mods: mods(event),
                        time_ms: event.time_stamp(),
                    });
                }),
            );
        }
        {
            let (root, session) = (root.clone(), session.clone());
            on(
                "pointerup",
                Box::new(move |event| {
                    let Some(event) = event.dyn_ref::<PointerEvent>() else { return };
                    let at = point(&root, event);
                    session.input(Input::PointerUp {
                        pointer: event.pointer_id(),
                        at,
                        mods: mods(event),
                        time_ms: event.time_stamp(),
                    });
                }),
            );
        }
        {
            let session = session.clone();
            on(
                "pointercancel",
                Box::new(move |event| {
                    if let Some(event) = event.dyn_ref::<PointerEvent>() {
                        session.input(Input::PointerCancel { pointer: event.pointer_id() });
                    }
                }),
            );
        }
        {
            let session = session.clone();
            on(
                "pointerleave",
                Box::new(move |event| {
                    if event.dyn_ref::<PointerEvent>().is_some_and(|e| e.buttons() == 0) {
                        session.input(Input::PointerLeave);
                    }
                }),
            );
        }
        {
            let (root, session) = (root.clone(), session.clone());
            on("wheel", Box::new(move |event| wheel(&root, &session, event)));
        }
        {
            let (root, session) = (root.clone(), session.clone());
            on(
                "keydown",
                Box::new(move |event| {
                    let _ = root.remove_attribute("data-by-hand");
                    let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
                    let input =
                        Input::KeyDown { key: key_of(event), mods: key_mods(event), time_ms: event.time_stamp() };
                    // A key the editor has no use for keeps its meaning to the browser: Tab leaves, Ctrl+V pastes.
                    if session.input(input) {
                        event.prevent_default();
                        event.stop_propagation();
                    }
                }),
            );
        }
        {
            let session = session.clone();
            on(
                "keyup",
                Box::new(move |event| {
                    if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                        session.input(Input::KeyUp { key: event.key() });
                    }
                }),
            );
        }
        {
            let session = session.clone();
            on(
                "blur",
                Box::new(move |_| {
                    session.input(Input::Blur);
                }),
            );
        }
        // The editor opens the context menu itself, and middle clicks pan: the browser's own answers are in the way. A
        // right button going down would take the keyboard out of the menu that it opened.
        on("contextmenu", Box::new(|event| event.prevent_default()));
        {
            let (root, session) = (root.clone(), session.clone());
            on(
                "mousedown",
                Box::new(move |event| {
                    let Some(event) = event.dyn_ref::<MouseEvent>() else { return };
                    if event.button() != 0 || goes_on_clicking(&root, &session, event) {
                        event.prevent_default();
                    }
                }),
            );
        }
        {
            let session = session.clone();
            on(
                "paste",
                Box::new(move |event| {
                    let text =
                        event.dyn_ref::<ClipboardEvent>().and_then(|e| e.clipboard_data()?.get_data("text/plain").ok());
                    if let Some(text) = text.filter(|t| !t.trim().is_empty()) {
                        event.prevent_default();
                        session.act(Action::Paste { text });
                    }
                }),
            );
        }
        listeners.extend(motion(&frames));
        listeners.extend(system_theme(&frames));
        Self {
            _listeners: listeners,
            _size: watch_size(root, {
                let frames = frames.clone();
                move || frames.request(due::SIZE)
            }),
            _theme: theme(&frames),
        }
    }
}

fn down(root: &HtmlElement, session: &Session, event: &Event) {
    let Some(event) = event.dyn_ref::<PointerEvent>() else { return };
    let button = match event.button() {
        1 => Button::Middle,
        2 => Button::Secondary,
        _ => Button::Primary,
    };
    if button == Button::Primary && goes_on_clicking(root, session, event) {
        return;
    }
    // The frame that shows where the keyboard is would only be in the way of a hand.
    let _ = root.set_attribute("data-by-hand", "");
    // The pointer may be gone already; then its cancel follows.
    let _ = root.set_pointer_capture(event.pointer_id());
    focus(root);
    let kind = match event.pointer_type().as_str() {
        "touch" => PointerKind::Touch,
        "pen" => PointerKind::Pen,
        _ => PointerKind::Mouse,
    };
    let at = point(root, event);
    session.input(Input::PointerDown {
        pointer: event.pointer_id(),
        at,
        button,
        kind,
        mods: mods(event),
        time_ms: event.time_stamp(),
    });
}

/// Is this the third of three quick clicks? The second opened a field, which keeps the keyboard.
fn goes_on_clicking(root: &HtmlElement, session: &Session, event: &MouseEvent) -> bool {
    session.editor().is_rest_of_clicks(point(root, event), event.time_stamp())
}

/// Focuses the canvas without scrolling the page to it.
fn focus(root: &HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = root.focus_with_options(&options);
}

fn wheel(root: &HtmlElement, session: &Session, event: &Event) {
    let Some(event) = event.dyn_ref::<WheelEvent>() else { return };
    let document = root.owner_document();
    // In somebody else's page the wheel scrolls that page until the canvas has been clicked.
    let embedded =
        document.as_ref().and_then(|d| d.document_element()).is_some_and(|html| html.has_attribute("data-embed"));
    let focused = document.and_then(|d| d.active_element()).is_some_and(|e| e.is_same_node(Some(root.as_ref())));
    if embedded && !focused {
        return;
    }
    event.prevent_default();
    let unit = match event.delta_mode() {
        WheelEvent::DOM_DELTA_LINE => LINE_PX,
        WheelEvent::DOM_DELTA_PAGE => PAGE_PX,
        _ => 1.0,
    };
    let delta = Point { x: event.delta_x() * unit, y: event.delta_y() * unit };
    session.input(Input::Wheel { at: point(root, event), delta, mods: mods(event) });
}

/// The point of an event, CSS px from the canvas' top left.
fn point(root: &HtmlElement, event: &MouseEvent) -> Point {
    let bounds = root.get_bounding_client_rect();
    Point { x: f64::from(event.client_x()) - bounds.left(), y: f64::from(event.client_y()) - bounds.top() }
}

fn mods(event: &MouseEvent) -> Mods {
    Mods { shift: event.shift_key(), alt: event.alt_key(), command: event.ctrl_key() || event.meta_key() }
}

/// The key as the editor knows it: a digit with Shift keeps its digit, whatever sign the keyboard's layout has there.
pub fn key_of(event: &KeyboardEvent) -> String {
    match event.code().strip_prefix("Digit") {
        Some(digit) if event.shift_key() => digit.to_owned(),
        _ => event.key(),
    }
}

fn key_mods(event: &KeyboardEvent) -> Mods {
    Mods { shift: event.shift_key(), alt: event.alt_key(), command: event.ctrl_key() || event.meta_key() }
}

/// Watches the size of an element until what it returns is dropped. Also calls `heard` once at the beginning.
pub fn watch_size(element: &web_sys::Element, heard: impl Fn() + 'static) -> Option<Observer<ResizeObserver>> {
    let callback = Closure::<dyn FnMut(Array)>::new(move |_| heard());
    let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok()?;
    observer.observe(element);
    Some(Observer { observer, _callback: callback })
}

/// Watches the theme a person chose: dots are pictures and have to be drawn anew.
fn theme(frames: &Frames) -> Option<Observer<MutationObserver>> {
    let html = web_sys::window()?.document()?.document_element()?;
    let frames = frames.clone();
    let callback = Closure::<dyn FnMut(Array)>::new(move |_| frames.request(due::THEME | due::TRAFFIC));
    let observer = MutationObserver::new(callback.as_ref().unchecked_ref()).ok()?;
    let what = MutationObserverInit::new();
    what.set_attributes(true);
    what.set_attribute_filter(&Array::of1(&JsValue::from_str("data-theme")));
    observer.observe_with_options(&html, &what).ok()?;
    Some(Observer { observer, _callback: callback })
}

fn media(query: &str) -> Option<MediaQueryList> {
    web_sys::window()?.match_media(query).ok()?
}

/// Watches the system's theme.
fn system_theme(frames: &Frames) -> Option<EventListener> {
    let frames = frames.clone();
    media("(prefers-color-scheme: dark)")
        .map(|list| EventListener::new(&list, "change", move |_| frames.request(due::THEME | due::TRAFFIC)))
}

/// Watches whether the person asked for less motion.
fn motion(frames: &Frames) -> Option<EventListener> {
    let list = media("(prefers-reduced-motion: reduce)")?;
    frames.set_still(list.matches());
    let (frames, query) = (frames.clone(), list.clone());
    Some(EventListener::new(&list, "change", move |_| frames.set_still(query.matches())))
}

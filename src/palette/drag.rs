//! Dragging a component out of the palette: a picture of its card follows the pointer until it is dropped on the canvas.

use crate::icons::{colour, kind_icon};
use crate::session::Session;
use backpressure_editor::{NODE_HEIGHT, NODE_WIDTH, Point};
use backpressure_sim::components::Kind;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

/// How far the pointer moves before a press becomes a drag, CSS px.
const THRESHOLD: f64 = 4.0;

/// A drag under way.
#[derive(Clone, PartialEq)]
pub struct Drag {
    kind: &'static str,
    label: &'static str,
    pointer: i32,
    start: (f64, f64),
    now: (f64, f64),
    /// Left the item: the ghost shows and releasing drops.
    pub out: bool,
}

impl Drag {
    /// A press on an item. The item captures the pointer, so that the drag is followed outside it as well.
    pub fn start(kind: &'static Kind, event: &PointerEvent) -> Option<Self> {
        // Yew listens at the page's root: the event's own target is needed, and is what lies deepest.
        let item = event.target()?.dyn_into::<Element>().ok()?.closest("button").ok()??;
        // Fails for a pointer that is gone already: then there is nothing to drag.
        item.set_pointer_capture(event.pointer_id()).ok()?;
        let at = (f64::from(event.client_x()), f64::from(event.client_y()));
        Some(Self { kind: kind.name, label: kind.label, pointer: event.pointer_id(), start: at, now: at, out: false })
    }

    /// The drag after a movement; `None` if the movement is another pointer's.
    pub fn moved(&self, event: &PointerEvent) -> Option<Self> {
        if event.pointer_id() != self.pointer {
            return None;
        }
        let now = (f64::from(event.client_x()), f64::from(event.client_y()));
        let out = self.out || (now.0 - self.start.0).hypot(now.1 - self.start.1) > THRESHOLD;
        Some(Self { now, out, ..self.clone() })
    }

    /// World point under the pointer, if it is over the canvas and over nothing that lies on it.
    pub fn drop_point(&self, session: &Session, event: &PointerEvent) -> Option<Point> {
        let document = web_sys::window()?.document()?;
        #[expect(clippy::cast_precision_loss, reason = "screen coordinates")]
        let (x, y) = (event.client_x() as f32, event.client_y() as f32);
        let under = document.element_from_point(x, y)?;
        let canvas = under.closest("[data-testid=canvas]").ok()??;
        let bounds = canvas.get_bounding_client_rect();
        let camera = session.editor().camera();
        Some(Point {
            x: (f64::from(x) - bounds.left()) / camera.zoom + camera.origin.x,
            y: (f64::from(y) - bounds.top()) / camera.zoom + camera.origin.y,
        })
    }

    /// The picture that follows the pointer.
    pub fn ghost(&self) -> Html {
        let (x, y) = (self.now.0 - NODE_WIDTH / 2.0, self.now.1 - NODE_HEIGHT / 2.0);
        html! {
            <div class="palette-ghost" aria-hidden="true"
                 style={format!("transform: translate({x}px, {y}px); {}", colour(self.kind))}>
                <span class="palette-icon">{ kind_icon(self.kind, 22) }</span>
                <span>{ self.label }</span>
            </div>
        }
    }
}

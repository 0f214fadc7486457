//! The whole diagram in a corner, while part of it is out of view: where things are, how they fare, and what the canvas shows.
//! Pressing or dragging in it looks there. By keyboard, going from component to component does the same.

use super::stage::{NodeView, Sketch, bounds, dom};
use crate::session::Session;
use backpressure_editor::{Action, Camera, Point, Rect};
use gloo::events::EventListener;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, PointerEvent};

/// Size, CSS px.
const SIZE: Point = Point { x: 180.0, y: 120.0 };
/// Drawn anew at most this often, wall ms, unless the design changed.
const EVERY_MS: f64 = 250.0;

/// The map.
pub struct Minimap {
    root: HtmlElement,
    frame: HtmlElement,
    sketch: Sketch,
    camera: Rc<Cell<Camera>>,
    drawn_ms: f64,
    _listeners: [EventListener; 2],
}

impl Minimap {
    /// Builds it inside the canvas.
    pub fn mount(parent: &HtmlElement, session: &Session) -> Option<Self> {
        let root: HtmlElement = dom::build(MARKUP)?.dyn_into().ok()?;
        let mut sketch = Sketch::new(dom::find(&root, "canvas")?.dyn_into().ok()?)?;
        sketch.resize(SIZE);
        let camera = Rc::new(Cell::new(Camera::default()));
        let _listeners = ["pointerdown", "pointermove"].map(|name| {
            let (session, camera, own) = (session.clone(), camera.clone(), root.clone());
            EventListener::new(&root, name, move |event| {
                // The canvas below has no part in it.
                event.stop_propagation();
                let Some(event) = event.dyn_ref::<PointerEvent>().filter(|e| e.buttons() & 1 == 1) else { return };
                let _ = own.set_pointer_capture(event.pointer_id());
                let corner = own.get_bounding_client_rect();
                let at =
                    Point { x: f64::from(event.client_x()) - corner.x(), y: f64::from(event.client_y()) - corner.y() };
                session.act(Action::LookAt(camera.get().to_world(at)));
            })
        });
        parent.append_child(&root).ok()?;
        let frame = dom::find_html(&root, ".minimap-view")?;
        Some(Self { root, frame, sketch, camera, drawn_ms: 0.0, _listeners })
    }

    /// Colours have changed.
    pub fn restyle(&mut self) {
        self.sketch.restyle();
        self.drawn_ms = 0.0;
    }

    /// Shows the cards and the part of the world in view; or nothing if all are in view, but for an edge that a bar has
    /// covered: the map would hide more than it shows.
    pub fn show(&mut self, nodes: &[NodeView], view: Rect, changed: bool, now_ms: f64) {
        let outside = nodes.iter().any(|n| !view.contains(n.rect().center())).then(|| bounds(nodes)).flatten();
        dom::show(&self.root, outside.is_some());
        let Some(all) = outside else { return };
        // Farther away than the canvas itself may look.
        let zoom = 0.9 * (SIZE.x / all.w).min(SIZE.y / all.h);
        let camera = Camera { origin: all.center() - SIZE * (0.5 / zoom), zoom };
        if changed || camera != self.camera.get() || now_ms - self.drawn_ms > EVERY_MS {
            self.drawn_ms = now_ms;
            self.camera.set(camera);
            self.sketch.draw(nodes, |_| true, &[], camera);
        }
        let at = camera.to_screen(view.corner());
        let (w, h) = (view.w * camera.zoom, view.h * camera.zoom);
        dom::style(&self.frame, "transform", &format!("translate({}px,{}px)", at.x, at.y));
        dom::style(&self.frame, "width", &format!("{w}px"));
        dom::style(&self.frame, "height", &format!("{h}px"));
    }
}

const MARKUP: &str = "<div class=\"minimap\" data-testid=\"minimap\" aria-hidden=\"true\" hidden><canvas></canvas><div class=\"minimap-view\"></div></div>";

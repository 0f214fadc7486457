//! The layers of the canvas, from the back: grid, links, dots, cards, previews. Links and cards live in world
//! coordinates under one transform; dots are drawn in screen coordinates between the two.

use super::dom;
use super::{link_view, node_view, note_view, zone_view};
use backpressure_editor::{Camera, GRID, Part};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlCanvasElement, HtmlElement};

/// Below this zoom cards show their name and status only.
pub const FAR: f64 = 0.5;

/// The layers.
pub struct Layers {
    /// The canvas as a whole: takes the focus and all input.
    pub root: HtmlElement,
    /// The layer the diagram is drawn on as shapes.
    pub sketch: HtmlCanvasElement,
    /// The layer dots are drawn on.
    pub dots: HtmlCanvasElement,
    /// Previews over everything, world coordinates.
    pub over: Element,
    /// Words beside the pointer, screen coordinates.
    pub hint: HtmlElement,
    /// What to do next, at the top.
    pub prompt: HtmlElement,
    /// Has the camera been applied once?
    pub looked: bool,
    grid: HtmlElement,
    back: HtmlElement,
    front: HtmlElement,
    /// Frames of zones, behind the links.
    pub zones: HtmlElement,
    /// Notes, behind the cards.
    pub notes: Element,
    /// Cards.
    pub cards: Element,
    links: Element,
    labels: Element,
    far: Option<bool>,
    /// The zoom that names are sized for, as its logarithm.
    step: f64,
    cursor: String,
}

impl Layers {
    /// Builds the layers inside `root`.
    pub fn mount(root: &HtmlElement) -> Option<Self> {
        let built = dom::build(MARKUP)?;
        let layers = Self {
            root: root.clone(),
            sketch: dom::find(&built, ".sketch")?.dyn_into().ok()?,
            dots: dom::find(&built, ".dots")?.dyn_into().ok()?,
            over: dom::find(&built, ".over")?,
            hint: dom::find_html(&built, ".canvas-pointer-hint")?,
            prompt: dom::find_html(&built, ".canvas-prompt")?,
            looked: false,
            grid: dom::find_html(&built, ".grid")?,
            back: dom::find_html(&built, ".world-back")?,
            front: dom::find_html(&built, ".world-front")?,
            zones: dom::find_html(&built, ".zones")?,
            notes: dom::find(&built, ".notes")?,
            links: dom::find(&built, ".links")?,
            labels: dom::find(&built, ".labels")?,
            cards: dom::find(&built, ".cards")?,
            far: None,
            step: f64::NAN,
            cursor: String::new(),
        };
        root.append_child(&built).ok()?;
        Some(layers)
    }

    /// Looks where the camera looks.
    pub fn look(&mut self, camera: Camera) {
        self.looked = true;
        let (x, y) = (-camera.origin.x * camera.zoom, -camera.origin.y * camera.zoom);
        // Whole device pixels at 100 %: text stays sharp while panning.
        let ratio = web_sys::window().map_or(1.0, |w| w.device_pixel_ratio()).max(0.5);
        let snap = |v: f64| (v * ratio).round() / ratio;
        let transform = format!("translate({}px,{}px) scale({})", snap(x), snap(y), camera.zoom);
        dom::style(&self.back, "transform", &transform);
        dom::style(&self.front, "transform", &transform);
        // The grid thins out as it shrinks: dots never stand closer than 14 px.
        let mut step = GRID * camera.zoom;
        while step < 14.0 && step > 1e-3 {
            step *= 2.0;
        }
        dom::style(&self.grid, "background-size", &format!("{step}px {step}px"));
        dom::style(
            &self.grid,
            "background-position",
            &format!("{}px {}px", (x - step / 2.0).rem_euclid(step), (y - step / 2.0).rem_euclid(step)),
        );
        let far = camera.zoom < FAR;
        // Names of zones keep their size; in steps, because they are laid out anew. Nothing that cards could inherit: a
        // thousand would be styled anew.
        let step = (camera.zoom.max(0.01).ln() * 8.0).floor() / 8.0;
        if far && self.step != step {
            self.step = step;
            dom::style(&self.zones, "--zoom", &step.exp().to_string());
        }
        if self.far != Some(far) {
            self.far = Some(far);
            dom::class(&self.zones, "is-far", far);
        }
    }

    /// Puts the cards in the document's order.
    pub fn order_nodes<'a>(&self, views: impl Iterator<Item = &'a Element>) {
        order(&self.cards, views);
    }

    /// Puts the links in the document's order.
    pub fn order_links<'a>(&self, views: impl Iterator<Item = &'a Element>) {
        order(&self.links, views);
    }

    /// Puts the links' figures in the document's order.
    pub fn order_labels<'a>(&self, views: impl Iterator<Item = &'a Element>) {
        order(&self.labels, views);
    }

    /// The pointer's shape.
    pub fn show_cursor(&mut self, cursor: &str) {
        if self.cursor != cursor {
            cursor.clone_into(&mut self.cursor);
            dom::style(&self.root, "cursor", cursor);
        }
    }

    /// Draws or hides the grid.
    pub fn show_grid(&self, on: bool) {
        dom::show(&self.grid, on);
    }

    /// Tells assistive technology what has the focus.
    pub fn show_focus(&self, part: Option<&Part>) {
        let id = match part {
            Some(Part::Node(id)) => node_view::dom_id(id),
            Some(Part::Zone(id)) => zone_view::dom_id(id),
            Some(Part::Note(id)) => note_view::dom_id(id),
            Some(Part::Link(id)) => link_view::dom_id(id),
            None => {
                let _ = self.root.remove_attribute("aria-activedescendant");
                return;
            }
        };
        dom::set(&self.root, "aria-activedescendant", &id);
    }
}

/// Makes `parent` hold exactly these children in this order, moving only those out of place.
fn order<'a>(parent: &Element, views: impl Iterator<Item = &'a Element>) {
    let mut next = parent.first_element_child();
    for view in views {
        if next.as_ref() == Some(view) {
            next = view.next_element_sibling();
        } else {
            let _ = parent.insert_before(view, next.as_ref().map(AsRef::as_ref));
        }
    }
}

const MARKUP: &str = concat!(
    "<div class=\"layers\">",
    "<div class=\"grid\"></div>",
    "<div class=\"world world-back\"><div class=\"zones\"></div><svg class=\"links\" width=\"1\" height=\"1\"></svg></div>",
    "<canvas class=\"sketch\" aria-hidden=\"true\"></canvas><canvas class=\"dots\" aria-hidden=\"true\"></canvas>",
    "<div class=\"world world-front\"><div class=\"labels\" aria-hidden=\"true\"></div><div class=\"notes\"></div><div class=\"cards\"></div>",
    "<svg class=\"over\" width=\"1\" height=\"1\" aria-hidden=\"true\"></svg></div>",
    "<div class=\"canvas-pointer-hint\" hidden></div><div class=\"canvas-prompt\" hidden></div>",
    "</div>"
);

//! The frames of zones, behind everything else.

use super::dom::{self, Figure};
use super::glide::Glide;
use backpressure_editor::{Part, Rect, Scene};
use backpressure_sim::Design;
use web_sys::{Element, HtmlElement};

/// The frames on the canvas.
pub struct Zones {
    layer: Element,
    shown: Vec<Frame>,
}

struct Frame {
    id: String,
    root: HtmlElement,
    name: Figure,
    rect: Rect,
    marks: [bool; 4],
    label: String,
}

impl Zones {
    /// Frames on this layer.
    pub fn new(layer: Element) -> Self {
        Self { layer, shown: Vec::new() }
    }

    /// The frames as they are drawn, by DOM id.
    pub fn boxes(&self) -> impl Iterator<Item = (String, Rect)> + '_ {
        self.shown.iter().map(|f| (dom_id(&f.id), f.rect))
    }

    /// Brings the frames in line with the scene.
    pub fn show(&mut self, scene: &Scene, design: &Design, glide: Option<&Glide>) {
        let mut old = std::mem::take(&mut self.shown);
        for zone in &scene.zones {
            let kept = old.iter().position(|f| f.id == zone.id).map(|at| old.swap_remove(at));
            let Some(mut frame) = kept.or_else(|| Frame::new(&zone.id, &self.layer)) else { continue };
            let name = design.zone(&zone.id).map_or("", |z| z.name.trim());
            frame.name.show(if name.is_empty() { "Zone" } else { name });
            frame.place(glide.map_or(zone.rect, |g| g.rect(&dom_id(&zone.id), zone.rect)));
            let hovered = matches!(&scene.hover, Some(backpressure_editor::Hover::Zone(id)) if *id == zone.id);
            let focused = matches!(&scene.focused, Some(Part::Zone(id)) if *id == zone.id);
            frame.mark([zone.selected, zone.receives, hovered, focused]);
            frame.describe(design);
            self.shown.push(frame);
        }
        for frame in old {
            frame.root.remove();
        }
    }
}

impl Frame {
    fn new(id: &str, layer: &Element) -> Option<Self> {
        let root: HtmlElement = wasm_bindgen::JsCast::dyn_into(dom::build(FRAME)?).ok()?;
        dom::set(&root, "data-zone-id", id);
        root.set_id(&dom_id(id));
        layer.append_child(&root).ok()?;
        let name = Figure::new(dom::find(&root, ".zone-name")?);
        let rect = Rect { x: f64::NAN, ..Rect::default() };
        Some(Self { id: id.to_owned(), root, name, rect, marks: [false; 4], label: String::new() })
    }

    fn place(&mut self, rect: Rect) {
        if self.rect != rect {
            self.rect = rect;
            dom::style(&self.root, "transform", &format!("translate({}px,{}px)", rect.x, rect.y));
            dom::style(&self.root, "width", &format!("{}px", rect.w));
            dom::style(&self.root, "height", &format!("{}px", rect.h));
        }
    }

    fn mark(&mut self, marks: [bool; 4]) {
        const CLASSES: [&str; 4] = ["is-selected", "is-receiving", "is-hovered", "is-focused"];
        for ((class, on), shown) in CLASSES.into_iter().zip(marks).zip(&mut self.marks) {
            if *shown != on {
                *shown = on;
                dom::class(&self.root, class, on);
            }
        }
    }

    fn describe(&mut self, design: &Design) {
        let members = design.nodes.iter().filter(|n| n.zone.as_deref() == Some(&self.id)).count();
        let label = format!("{}, {members} components", self.name.text());
        if self.label != label {
            dom::set(&self.root, "aria-label", &label);
            self.label = label;
        }
    }
}

/// DOM id of a frame, for `aria-activedescendant`.
pub fn dom_id(zone: &str) -> String {
    format!("zone-{zone}")
}

const FRAME: &str = "<div class=\"zone\" role=\"group\" aria-roledescription=\"zone\"><div class=\"zone-title\"><span class=\"zone-name\"></span></div></div>";

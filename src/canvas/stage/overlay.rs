//! Previews of the gesture under way: marquee, link being drawn, alignment guides, copies to come.

use super::dom;
use super::layers::Layers;
use super::node_view::mark;
use backpressure_editor::{Camera, Hover, Part, Scene, Side};
use std::fmt::Write;
use web_sys::{Element, HtmlElement};

/// What the scene says about cards, handed to `set` as (id, bit).
pub fn marks(scene: &Scene, set: &mut dyn FnMut(&str, u16)) {
    match &scene.hover {
        Some(Hover::Node(node)) => set(node, mark::HOVERED),
        Some(Hover::Port { node, side }) => {
            set(node, mark::HOVERED);
            set(node, if *side == Side::In { mark::PORT_IN } else { mark::PORT_OUT });
        }
        _ => {}
    }
    if let Some(near) = &scene.near {
        set(near, mark::NEAR);
    }
    if let Some(Part::Node(focused)) = &scene.focused {
        set(focused, mark::FOCUSED);
    }
    for target in scene.targets.iter() {
        set(&target.node, if target.open { mark::TARGET } else { mark::CLOSED });
    }
    if let Some(preview) = &scene.preview {
        set(&preview.anchor, mark::ANCHOR);
        if let Some(target) = &preview.target {
            set(target, if preview.refused.is_none() { mark::ALLOWED } else { mark::REFUSED });
        }
    }
    for (node, _) in &scene.moved {
        set(node, mark::MOVING);
    }
}

/// The previews' drawings; each is there all the time and shown when needed.
pub struct Overlay {
    marquee: Element,
    preview: Element,
    preview_line: Element,
    preview_end: Element,
    guides: Element,
    ghosts: Element,
    hint: HtmlElement,
    prompt: HtmlElement,
    shown: Option<Scene>,
    shown_zoom: f64,
}

impl Overlay {
    /// Builds the drawings.
    pub fn mount(layers: &Layers) -> Option<Self> {
        layers.over.set_inner_html(MARKUP);
        let over = &layers.over;
        Some(Self {
            marquee: dom::find(over, ".marquee")?,
            preview: dom::find(over, ".preview")?,
            preview_line: dom::find(over, ".preview-line")?,
            preview_end: dom::find(over, ".preview-end")?,
            guides: dom::find(over, ".guides")?,
            ghosts: dom::find(over, ".ghosts")?,
            hint: layers.hint.clone(),
            prompt: layers.prompt.clone(),
            shown: None,
            shown_zoom: 0.0,
        })
    }

    /// Shows the gesture under way.
    pub fn show(&mut self, scene: Scene, camera: Camera) {
        let same_zoom = (self.shown_zoom - camera.zoom).abs() < 1e-12;
        let before = self.shown.take().unwrap_or_default();
        if before.marquee != scene.marquee {
            if let Some(r) = scene.marquee {
                for (name, value) in [("x", r.x), ("y", r.y), ("width", r.w), ("height", r.h)] {
                    dom::set(&self.marquee, name, &value.to_string());
                }
            }
            visible(&self.marquee, scene.marquee.is_some());
        }
        if before.guides != scene.guides || !same_zoom && !scene.guides.is_empty() {
            let mut d = String::new();
            for guide in &scene.guides {
                // Writing to a String cannot fail.
                let _ = write!(d, "M{} {}L{} {}", guide.from.x, guide.from.y, guide.to.x, guide.to.y);
                // Equal gaps are bars with ends.
                let tick = 5.0 / camera.zoom.max(0.05);
                let upright = guide.from.x == guide.to.x;
                let (dx, dy) = if upright { (tick, 0.0) } else { (0.0, tick) };
                for end in [guide.from, guide.to].into_iter().filter(|_| guide.gap) {
                    let _ = write!(d, "M{} {}L{} {}", end.x - dx, end.y - dy, end.x + dx, end.y + dy);
                }
            }
            dom::set(&self.guides, "d", &d);
        }
        if before.ghosts != scene.ghosts {
            let mut d = String::new();
            for ghost in &scene.ghosts {
                let r = ghost.rect;
                let _ = write!(d, "M{} {}h{}v{}h-{}Z", r.x, r.y, r.w, r.h, r.w);
            }
            dom::set(&self.ghosts, "d", &d);
        }
        if before.preview != scene.preview || !same_zoom && scene.preview.is_some() {
            self.show_preview(&scene, camera);
        }
        self.show_words(&scene, camera);
        if before.prompt != scene.prompt {
            self.prompt.set_text_content(scene.prompt.as_deref());
            dom::show(&self.prompt, scene.prompt.is_some());
        }
        self.shown_zoom = camera.zoom;
        self.shown = Some(scene);
    }

    fn show_preview(&self, scene: &Scene, camera: Camera) {
        visible(&self.preview, scene.preview.is_some());
        if let Some(preview) = &scene.preview {
            let [a, b, c, d] = preview.path;
            dom::set(
                &self.preview_line,
                "d",
                &format!("M{} {}C{} {} {} {} {} {}", a.x, a.y, b.x, b.y, c.x, c.y, d.x, d.y),
            );
            let end = preview.end();
            dom::set(&self.preview_end, "cx", &end.x.to_string());
            dom::set(&self.preview_end, "cy", &end.y.to_string());
            dom::set(&self.preview_end, "r", &(5.0 / camera.zoom.max(0.05)).to_string());
            dom::class(&self.preview, "is-allowed", preview.target.is_some() && preview.refused.is_none());
            dom::class(&self.preview, "is-refused", preview.refused.is_some());
        }
    }

    /// Why the link may not lead there, or what can be done with what is under the pointer.
    fn show_words(&self, scene: &Scene, camera: Camera) {
        let refusal = scene.preview.as_ref().and_then(|p| Some((p.refused.as_deref()?, p.end())));
        let words = refusal.or(scene.hint.as_ref().map(|hint| (hint.words, hint.at)));
        if let Some((words, at)) = words {
            let at = camera.to_screen(at);
            dom::style(&self.hint, "transform", &format!("translate({}px,{}px)", at.x + 14.0, at.y + 16.0));
            dom::class(&self.hint, "is-refusal", refusal.is_some());
            if self.hint.text_content().as_deref() != Some(words) {
                self.hint.set_text_content(Some(words));
            }
        }
        dom::show(&self.hint, words.is_some());
    }
}

fn visible(element: &Element, visible: bool) {
    dom::set(element, "display", if visible { "inline" } else { "none" });
}

const MARKUP: &str = concat!(
    "<path class=\"guides\"/><path class=\"ghosts\"/>",
    "<g class=\"preview\" display=\"none\"><path class=\"preview-line\" fill=\"none\"/><circle class=\"preview-end\"/></g>",
    "<rect class=\"marquee\" display=\"none\"/>"
);

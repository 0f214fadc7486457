//! The diagram as shapes: each component a box in the colour of its family with its status as a shape of its own, each
//! link a thin line. From afar the canvas shows this instead of cards, and so does the map in the corner.

use super::node_view::{NodeView, mark};
use super::{LinkView, dom};
use crate::canvas::dots::token;
use crate::canvas::status;
use backpressure_editor::{Camera, Point, Rect};
use backpressure_sim::metrics::Health;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, Path2d};

/// Edge of a status' shape, CSS px: never smaller, or it could not be told from another.
const SHAPE: f64 = 8.0;
/// Grid that the shapes are described on.
const GRID: f64 = 12.0;
const HEALTHS: [Health; 5] = [Health::Idle, Health::Healthy, Health::Busy, Health::Saturated, Health::Failing];

/// A canvas with a sketch on it.
pub struct Sketch {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    size: Point,
    ratio: f64,
    /// The statuses' shapes, one beside the other, and the edge of each, device px.
    strip: Option<(HtmlCanvasElement, f64)>,
    colours: Vec<(&'static str, String)>,
    empty: bool,
}

impl Sketch {
    /// Takes over a canvas; `None` if it has no 2D context.
    pub fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let size = Point { x: 0.0, y: 0.0 };
        Some(Self { canvas, context, size, ratio: 1.0, strip: None, colours: Vec::new(), empty: true })
    }

    /// The canvas is of this size now, CSS px.
    pub fn resize(&mut self, size: Point) {
        self.ratio = web_sys::window().map_or(1.0, |w| w.device_pixel_ratio()).clamp(1.0, 2.0);
        self.size = size;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let px = |v: f64| (v * self.ratio).round().clamp(1.0, 16_384.0) as u32;
        self.canvas.set_width(px(size.x));
        self.canvas.set_height(px(size.y));
        self.restyle();
    }

    /// Colours have changed.
    pub fn restyle(&mut self) {
        self.strip = None;
        self.colours.clear();
    }

    /// Wipes the canvas.
    pub fn clear(&mut self) {
        if !std::mem::replace(&mut self.empty, true) {
            let _ = self.context.reset_transform();
            self.context.clear_rect(0.0, 0.0, f64::from(self.canvas.width()), f64::from(self.canvas.height()));
        }
    }

    /// Draws what `camera` sees, of the components those that are `wanted`.
    pub fn draw(&mut self, nodes: &[NodeView], wanted: fn(&NodeView) -> bool, links: &[LinkView], camera: Camera) {
        self.clear();
        self.empty = false;
        let scale = camera.zoom * self.ratio;
        let view = camera.visible(self.size);
        let (grey, traffic, accent) =
            (self.colour("--line-strong"), self.colour("--fate-fresh"), self.colour("--accent"));
        let c = self.context.clone();
        for (colour, width, of) in [
            (grey, 1.0, (|l| !l.active && !l.is_marked()) as fn(&LinkView) -> bool),
            (traffic, 1.0, |l| l.active && !l.is_marked()),
            (accent.clone(), 2.0, LinkView::is_marked),
        ] {
            c.begin_path();
            for link in links.iter().filter(|l| of(l) && view.overlaps(&l.bounds)) {
                trace(&c, link, camera, scale);
            }
            c.set_line_width(width * self.ratio);
            c.set_stroke_style_str(&colour);
            c.set_global_alpha(if width > 1.0 { 1.0 } else { 0.55 });
            c.stroke();
        }
        let strip = self.strip();
        let mut family = "";
        c.set_stroke_style_str(&accent);
        for node in nodes {
            let rect = node.rect();
            if !view.overlaps(&rect) || !wanted(node) {
                continue;
            }
            if family != node.hue {
                family = node.hue;
                c.set_fill_style_str(&self.colour(family));
            }
            let (x, y) = ((rect.x - camera.origin.x) * scale, (rect.y - camera.origin.y) * scale);
            let (w, h) = ((rect.w * scale).max(2.0), (rect.h * scale).max(2.0));
            c.set_global_alpha(0.38);
            c.fill_rect(x, y, w, h);
            c.set_global_alpha(1.0);
            if node.has_marks(mark::SELECTED | mark::MOVING | mark::TARGET) {
                c.stroke_rect(x, y, w, h);
            }
            // Where boxes are smaller than the shape, only trouble is worth covering others for.
            let trouble = matches!(node.health, Health::Busy | Health::Saturated | Health::Failing);
            let Some((strip, edge)) = strip.as_ref().filter(|(_, edge)| trouble || *edge <= h * 1.6) else { continue };
            let at = HEALTHS.iter().position(|h| *h == node.health).unwrap_or_default();
            #[expect(clippy::cast_precision_loss, reason = "five shapes")]
            let _ = c.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                strip,
                at as f64 * edge,
                0.0,
                *edge,
                *edge,
                (x + (w - edge) / 2.0).round(),
                (y + (h - edge) / 2.0).round(),
                *edge,
                *edge,
            );
        }
    }

    /// A colour of the theme, kept until the theme changes.
    fn colour(&mut self, name: &'static str) -> String {
        if let Some((_, colour)) = self.colours.iter().find(|(known, _)| *known == name) {
            return colour.clone();
        }
        let colour = token(name);
        self.colours.push((name, colour.clone()));
        colour
    }

    /// The statuses' shapes, drawn once.
    fn strip(&mut self) -> Option<(HtmlCanvasElement, f64)> {
        if self.strip.is_none() {
            let strip: HtmlCanvasElement = dom::document()?.create_element("canvas").ok()?.dyn_into().ok()?;
            let edge = (SHAPE * self.ratio).round();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen px")]
            strip.set_width(edge as u32 * 5);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few px")]
            strip.set_height(edge as u32);
            let context: CanvasRenderingContext2d = strip.get_context("2d").ok()??.dyn_into().ok()?;
            let _ = context.scale(edge / GRID, edge / GRID);
            for health in HEALTHS {
                let path = Path2d::new_with_path_string(status::shape(health)).ok()?;
                context.set_fill_style_str(&token(status::colour(health)));
                context.fill_with_path_2d_and_winding(&path, web_sys::CanvasWindingRule::Evenodd);
                let _ = context.translate(GRID, 0.0);
            }
            self.strip = Some((strip, edge));
        }
        self.strip.clone()
    }
}

/// Goes along a link.
fn trace(c: &CanvasRenderingContext2d, link: &LinkView, camera: Camera, scale: f64) {
    let place = |p: Point| ((p.x - camera.origin.x) * scale, (p.y - camera.origin.y) * scale);
    for (n, [a, b, e, d]) in link.pieces().iter().enumerate() {
        let ((ax, ay), (dx, dy)) = (place(*a), place(*d));
        if n == 0 {
            c.move_to(ax, ay);
        }
        if link.pieces().len() > 1 {
            // Bends of a bent link are too small to be seen.
            c.line_to(dx, dy);
        } else {
            let ((bx, by), (ex, ey)) = (place(*b), place(*e));
            c.bezier_curve_to(bx, by, ex, ey, dx, dy);
        }
    }
}

/// A box that holds all cards.
pub fn bounds(nodes: &[NodeView]) -> Option<Rect> {
    backpressure_editor::bounds(nodes.iter().map(NodeView::rect))
}

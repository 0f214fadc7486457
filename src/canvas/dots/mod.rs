//! Requests on their way: single dots while an eye can follow them, a flow along the links when they are too fast.
//!
//! Both are drawn on one `<canvas>` over the links, in screen coordinates. Which of the two a link shows is decided by how
//! long one crossing takes on the screen, so the step between them is continuous: as dots fade out, the flow fades in.

mod flow;
mod sprites;

use super::stage::{LinkView, dom};
use backpressure_editor::Camera;
use backpressure_sim::metrics::{Fate, Hop, LinkSnapshot};
use flow::Flow;
use sprites::Sprites;
pub use sprites::token;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// A crossing shorter than this on the screen cannot be seen, wall ms.
const TOO_FAST_MS: f64 = 50.0;
/// A crossing longer than this is followed with ease, wall ms.
const EASY_MS: f64 = 220.0;
/// How far calls run beside the path (to one side) and replies (to the other), world units.
const ASIDE: f64 = 4.0;
/// Most dots drawn in a frame; what the page receives is bounded below this already.
const MOST_DOTS: usize = 4000;

/// How clearly a single crossing that takes `wall_ms` on the screen can be followed: 0 (not at all) to 1.
pub fn clearness(wall_ms: f64) -> f64 {
    let x = ((wall_ms - TOO_FAST_MS) / (EASY_MS - TOO_FAST_MS)).clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

/// What a frame of traffic is drawn from.
pub struct Traffic<'a> {
    /// Links, in the order of the design.
    pub links: &'a [LinkView],
    /// Index into `links` by index in the snapshot (the run may lag one edit behind).
    pub index: &'a [Option<usize>],
    /// Hops under way.
    pub hops: &'a mut dyn Iterator<Item = Hop>,
    /// Rates, in the snapshot's order.
    pub rates: &'a [LinkSnapshot],
    /// Simulated time of this frame, ns.
    pub now_ns: f64,
    /// Simulated seconds per wall second; infinite for as fast as possible.
    pub speed: f64,
    /// Is the simulated clock moving?
    pub running: bool,
    /// Wall time since the frame before, ms.
    pub elapsed_ms: f64,
    /// No motion, please.
    pub still: bool,
    /// Where the canvas looks.
    pub camera: Camera,
}

/// The layer that dots and flow are drawn on.
pub struct Dots {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    sprites: Sprites,
    flow: Flow,
    /// Size, CSS px.
    size: (f64, f64),
    /// Device px per CSS px.
    ratio: f64,
    /// Anything on the layer now?
    dirty: bool,
    /// Where the canvas looked when the layer was drawn; and the wall time since, ms.
    drawn_at: Camera,
    age_ms: f64,
    /// Is the layer moved along with the camera since?
    moved: bool,
}

impl Dots {
    /// Takes over a canvas; `None` if it has no 2D context.
    pub fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        Some(Self {
            canvas,
            context,
            sprites: Sprites::default(),
            flow: Flow::default(),
            size: (0.0, 0.0),
            ratio: 1.0,
            dirty: false,
            drawn_at: Camera::default(),
            age_ms: 0.0,
            moved: false,
        })
    }

    /// The canvas changed size (CSS px) or the window its device pixels.
    pub fn resize(&mut self, width: f64, height: f64) {
        // Beyond 2 device pixels a dot looks no sharper and costs twice.
        self.ratio = web_sys::window().map_or(1.0, |w| w.device_pixel_ratio()).clamp(1.0, 2.0);
        self.size = (width, height);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let px = |v: f64| (v * self.ratio).round().clamp(1.0, 16_384.0) as u32;
        self.canvas.set_width(px(width));
        self.canvas.set_height(px(height));
        self.dirty = false;
    }

    /// Colours changed (theme): pictures are made anew.
    pub fn restyle(&mut self) {
        self.sprites.forget();
        self.flow.forget_colours();
    }

    /// Draws one frame, unless the last is younger than `at_least_ms`: then it is moved along with the camera. Returns whether
    /// another frame is due: because something moves, or because this one was left out.
    pub fn draw(&mut self, traffic: &mut Traffic, at_least_ms: f64) -> bool {
        self.age_ms += traffic.elapsed_ms;
        if self.age_ms < at_least_ms && self.dirty {
            self.follow(traffic.camera);
            return true;
        }
        traffic.elapsed_ms = std::mem::take(&mut self.age_ms);
        self.drawn_at = traffic.camera;
        self.clear();
        self.follow(traffic.camera);
        self.sprites.prepare(traffic.camera.zoom, self.ratio);
        let flowing = self.flow.draw(&self.context, traffic, self.ratio);
        let dots = if traffic.still { 0 } else { self.draw_dots(traffic) };
        self.dirty = flowing || dots > 0;
        traffic.running && (self.dirty || dots > 0)
    }

    /// Moves what was drawn to where the camera sees it now.
    fn follow(&mut self, camera: Camera) {
        let was = self.drawn_at;
        if camera == was && !self.moved {
            return;
        }
        self.moved = camera != was;
        let corner = (was.origin - camera.origin) * camera.zoom;
        let transform = format!("translate({}px,{}px) scale({})", corner.x, corner.y, camera.zoom / was.zoom);
        dom::style(&self.canvas, "transform", if self.moved { &transform } else { "" });
    }

    /// Empties the layer.
    pub fn clear(&mut self) {
        if self.dirty {
            let _ = self.context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
            self.context.clear_rect(0.0, 0.0, f64::from(self.canvas.width()), f64::from(self.canvas.height()));
            self.dirty = false;
        }
    }

    /// Draws each hop that is under way at this instant; returns how many.
    fn draw_dots(&self, traffic: &mut Traffic) -> usize {
        let Some(atlas) = self.sprites.atlas() else { return 0 };
        let (camera, ratio) = (traffic.camera, self.ratio);
        let _ = self.context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        let (width, height) = (f64::from(self.canvas.width()), f64::from(self.canvas.height()));
        let edge = self.sprites.edge();
        let half = edge / 2.0;
        // Alpha is a state of the context: it is set only when it changes, in 8 steps.
        let mut alpha = 8_u32;
        self.context.set_global_alpha(1.0);
        let mut drawn = 0;
        for hop in &mut *traffic.hops {
            #[expect(clippy::cast_precision_loss, reason = "ns of a run fit 53 bits for 100 days")]
            let (sent, arrives) = (hop.sent_ns as f64, hop.arrives_ns as f64);
            if traffic.now_ns < sent || traffic.now_ns > arrives {
                continue;
            }
            let Some(link) = traffic.index.get(hop.link as usize).copied().flatten().and_then(|i| traffic.links.get(i))
            else {
                continue;
            };
            if !link.visible {
                continue;
            }
            let span = (arrives - sent).max(1.0);
            // At a pause every crossing stands still and can be looked at; the alpha stays what it was.
            let clear = clearness(span / 1e6 / traffic.speed.max(1e-9));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 8")]
            let wanted = (clear * 8.0).round() as u32;
            if wanted == 0 {
                continue;
            }
            if wanted != alpha {
                alpha = wanted;
                self.context.set_global_alpha(f64::from(wanted) / 8.0);
            }
            let along = (traffic.now_ns - sent) / span;
            let (share, aside) = if hop.reply { (1.0 - along, -ASIDE) } else { (along, ASIDE) };
            let world = link.line.point(share, aside);
            let x = (world.x - camera.origin.x) * camera.zoom * ratio - half;
            let y = (world.y - camera.origin.y) * camera.zoom * ratio - half;
            if x < -edge || y < -edge || x > width || y > height {
                continue;
            }
            let _ = self.context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                atlas,
                self.sprites.column(hop.fate) * edge,
                0.0,
                edge,
                edge,
                x,
                y,
                edge,
                edge,
            );
            drawn += 1;
            if drawn >= MOST_DOTS {
                break;
            }
        }
        if alpha != 8 {
            self.context.set_global_alpha(1.0);
        }
        drawn
    }
}

/// Name of a fate in styles, and its word in the legend.
pub fn fate_name(fate: Fate) -> (&'static str, &'static str) {
    match fate {
        Fate::Fresh => ("fresh", "request"),
        Fate::Hit => ("hit", "hit"),
        Fate::Miss => ("miss", "miss"),
        Fate::Answered => ("answered", "answered"),
        Fate::Failed => ("failed", "failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_from_dots_to_flow_is_continuous() {
        assert!(clearness(0.0) < 1e-12);
        assert!(clearness(TOO_FAST_MS) < 1e-12);
        assert!((clearness(EASY_MS) - 1.0).abs() < 1e-12);
        assert!((clearness(f64::INFINITY) - 1.0).abs() < 1e-12);
        let mut before = 0.0;
        for i in 0..300 {
            let now = clearness(f64::from(i));
            assert!(now >= before && now - before < 0.02, "jumps at {i} ms");
            before = now;
        }
    }
}

//! How everything gets to where it was moved at once: a short glide, so that the eye can follow what went where.

use backpressure_editor::{Camera, Point, Rect};
use std::collections::HashMap;

/// How long it takes, wall ms.
const TAKES_MS: f64 = 380.0;

/// A glide under way: where everything was drawn when it began.
pub struct Glide {
    since_ms: f64,
    camera: Camera,
    boxes: HashMap<String, Rect>,
    /// How far it has come, 0 to 1; slows down towards the end.
    share: f64,
}

impl Glide {
    /// Begins at these boxes, by DOM id.
    pub fn new(camera: Camera, boxes: impl Iterator<Item = (String, Rect)>) -> Self {
        Self { since_ms: f64::NAN, camera, boxes: boxes.collect(), share: 0.0 }
    }

    /// Goes on to this instant; false when it has arrived.
    pub fn go_on(&mut self, now_ms: f64) -> bool {
        if self.since_ms.is_nan() {
            self.since_ms = now_ms;
        }
        let t = ((now_ms - self.since_ms) / TAKES_MS).clamp(0.0, 1.0);
        self.share = 1.0 - (1.0 - t).powi(3);
        t < 1.0
    }

    /// Where something is drawn that shall stand at `to`.
    pub fn rect(&self, id: &str, to: Rect) -> Rect {
        let Some(from) = self.boxes.get(id) else { return to };
        let between = |a: f64, b: f64| a + (b - a) * self.share;
        Rect { x: between(from.x, to.x), y: between(from.y, to.y), w: between(from.w, to.w), h: between(from.h, to.h) }
    }

    /// Where the canvas looks that shall look at `to`.
    pub fn camera(&self, to: Camera) -> Camera {
        let Camera { origin: from, zoom } = self.camera;
        Camera {
            origin: Point {
                x: from.x + (to.origin.x - from.x) * self.share,
                y: from.y + (to.origin.y - from.y) * self.share,
            },
            zoom: zoom * (to.zoom / zoom).powf(self.share),
        }
    }
}

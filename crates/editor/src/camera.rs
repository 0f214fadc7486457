//! The camera: which part of the world the canvas shows.

use crate::{Point, Rect};

/// Where the canvas looks: `screen = (world - origin) * zoom`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// World point at the canvas' top left.
    pub origin: Point,
    /// CSS px per world unit, [`Camera::MIN_ZOOM`] to [`Camera::MAX_ZOOM`].
    pub zoom: f64,
}

impl Default for Camera {
    fn default() -> Self {
        Self { origin: Point::default(), zoom: 1.0 }
    }
}

impl Camera {
    /// Farthest away, CSS px per world unit.
    pub const MIN_ZOOM: f64 = 0.05;
    /// Nearest, CSS px per world unit.
    pub const MAX_ZOOM: f64 = 4.0;
    /// Space left free around what is fitted, CSS px.
    const MARGIN: f64 = 48.0;
    /// Beyond this there is nothing to see, world units.
    const LIMIT: f64 = 1e7;

    /// Screen to world.
    pub fn to_world(&self, screen: Point) -> Point {
        screen * (1.0 / self.zoom) + self.origin
    }

    /// World to screen.
    pub fn to_screen(&self, world: Point) -> Point {
        (world - self.origin) * self.zoom
    }

    /// The part of the world in a view of this size (CSS px).
    pub fn visible(&self, view: Point) -> Rect {
        Rect { x: self.origin.x, y: self.origin.y, w: view.x / self.zoom, h: view.y / self.zoom }
    }

    /// The same, moved so that the world follows a hand moving by `by` CSS px.
    pub fn panned(&self, by: Point) -> Self {
        self.at(self.origin - by * (1.0 / self.zoom), self.zoom)
    }

    /// The same, with this zoom, the world point under the screen point `about` staying where it is.
    pub fn zoomed(&self, zoom: f64, about: Point) -> Self {
        let zoom = clamp_zoom(zoom);
        self.at(self.to_world(about) - about * (1.0 / zoom), zoom)
    }

    /// The camera that shows all of `bounds` in the middle of a view of this size (CSS px), at most at `max_zoom`.
    pub fn fitting(bounds: Rect, view: Point, max_zoom: f64) -> Self {
        // On a small screen every pixel counts.
        let room = |v: f64| (v - 2.0 * Self::MARGIN.min(v / 15.0)).max(1.0);
        let zoom = (room(view.x) / bounds.w.max(1.0)).min(room(view.y) / bounds.h.max(1.0)).min(max_zoom);
        Self::centred(bounds.center(), view, zoom)
    }

    /// The camera that shows `world` in the middle of a view of this size (CSS px).
    pub fn centred(world: Point, view: Point, zoom: f64) -> Self {
        let zoom = clamp_zoom(zoom);
        Self::default().at(world - view * (0.5 / zoom), zoom)
    }

    /// The same, moved as little as possible so that `bounds` is in a view of this size (CSS px).
    pub fn revealing(&self, bounds: Rect, view: Point) -> Self {
        let margin = Self::MARGIN.min(view.x / 8.0).min(view.y / 8.0) / self.zoom;
        let (want, have) = (bounds.grown(margin), self.visible(view));
        let shift = |lo: f64, hi: f64, from: f64, to: f64| {
            if hi - lo > to - from || lo < from {
                lo - from
            } else if hi > to {
                hi - to
            } else {
                0.0
            }
        };
        let by = Point::new(
            shift(want.x, want.right(), have.x, have.right()),
            shift(want.y, want.bottom(), have.y, have.bottom()),
        );
        self.at(self.origin + by, self.zoom)
    }

    fn at(&self, origin: Point, zoom: f64) -> Self {
        Self { origin: origin.within(Self::LIMIT), zoom }
    }
}

fn clamp_zoom(zoom: f64) -> f64 {
    if zoom.is_nan() { 1.0 } else { zoom.clamp(Camera::MIN_ZOOM, Camera::MAX_ZOOM) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let camera = Camera { origin: Point::new(-30.0, 12.0), zoom: 0.7 };
        let at = Point::new(311.0, 97.0);
        let before = camera.to_world(at);
        let after = camera.zoomed(2.3, at).to_world(at);
        assert!(before.distance(after) < 1e-9);
    }

    #[test]
    fn zoom_stays_within_its_limits() {
        let at = Point::new(10.0, 10.0);
        assert_eq!(Camera::default().zoomed(1e9, at).zoom, Camera::MAX_ZOOM);
        assert_eq!(Camera::default().zoomed(0.0, at).zoom, Camera::MIN_ZOOM);
        assert_eq!(Camera::default().zoomed(f64::NAN, at).zoom, 1.0);
    }

    #[test]
    fn fitting_shows_everything() {
        let all = Rect { x: -500.0, y: 200.0, w: 4000.0, h: 900.0 };
        let view = Point::new(1000.0, 700.0);
        let seen = Camera::fitting(all, view, 1.0).visible(view);
        assert!(seen.contains(all.corner()) && seen.contains(Point::new(all.right(), all.bottom())));
    }

    #[test]
    fn revealing_moves_no_more_than_needed() {
        let view = Point::new(800.0, 600.0);
        let camera = Camera::default();
        let inside = Rect { x: 300.0, y: 200.0, w: 100.0, h: 100.0 };
        assert_eq!(camera.revealing(inside, view), camera);
        let right = Rect { x: 900.0, y: 200.0, w: 100.0, h: 100.0 };
        let moved = camera.revealing(right, view);
        assert_eq!(moved.origin, Point::new(1000.0 + 48.0 - 800.0, 0.0));
    }
}

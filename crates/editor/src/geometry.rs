//! Points, rectangles, the camera, node boxes, ports and link paths. Pure: it may not read editor state.

/// Width of every node, world units.
pub const NODE_WIDTH: f64 = 184.0;
/// Height of every node, world units.
pub const NODE_HEIGHT: f64 = 100.0;
/// Spacing of the grid, world units: nodes snap to it.
pub const GRID: f64 = 20.0;

/// A point or a vector; screen (CSS px from the canvas' top left) or world units, as the holder says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// An axis-parallel rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width, never negative.
    pub w: f64,
    /// Height, never negative.
    pub h: f64,
}

/// Where the canvas looks: `screen = (world - origin) * zoom`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// World point at the canvas' top left.
    pub origin: Point,
    /// CSS px per world unit, 0.05 to 4.
    pub zoom: f64,
}

impl Default for Camera {
    fn default() -> Self {
        Self { origin: Point::default(), zoom: 1.0 }
    }
}

//! Two fingers on the canvas.

use crate::{Editor, Point};

impl Editor {
    /// The world points under the two fingers stay under them.
    pub(crate) fn pinch(&mut self, before: &[(i32, Point)]) {
        let ([(_, a0), (_, b0), ..], [(_, a1), (_, b1), ..]) = (before, &self.hands.down[..]) else { return };
        let (from, to) = (a0.middle(*b0), a1.middle(*b1));
        let spread = (a1.distance(*b1) / a0.distance(*b0).max(1.0)).clamp(0.2, 5.0);
        self.fit_pending = false;
        let panned = self.camera.panned(to - from);
        self.set_camera(panned.zoomed(panned.zoom * spread, to));
    }
}

//! Moving the camera: wheel, zoom, fit, focus.

use crate::{Camera, Editor, Mods, Point, Rect, bounds, node_rect, note_rect};

/// Below this zoom a card's figures are no longer drawn, and the whole is no longer shown unasked.
const READABLE: f64 = 0.5;

impl Editor {
    pub(crate) fn set_camera(&mut self, camera: Camera) {
        if camera != self.camera {
            self.camera = camera;
            self.redraw();
        }
    }

    pub(crate) fn resize(&mut self, size: Point) {
        let size = Point::new(size.x.max(0.0), size.y.max(0.0)).within(1e6);
        if size == self.view {
            return;
        }
        self.view = size;
        self.redraw();
        if self.fit_pending && size.x > 0.0 && size.y > 0.0 {
            self.fit_all();
        }
    }

    #[inline(never)]
    pub(crate) fn wheel(&mut self, at: Point, delta: Point, mods: Mods) {
        let (at, delta) = (at.within(1e6), delta.within(1e4));
        self.fit_pending = false;
        if mods.command {
            // A notch of a wheel (about 100 px) is a factor of 1.35; a trackpad pinch comes in small steps.
            let factor = (-delta.y.clamp(-300.0, 300.0) * 0.003).exp();
            self.set_camera(self.camera.zoomed(self.camera.zoom * factor, at));
        } else {
            // Shift turns a wheel sideways where the browser has not done so.
            let delta = if mods.shift && delta.x == 0.0 { Point::new(delta.y, 0.0) } else { delta };
            self.set_camera(self.camera.panned(-delta));
        }
    }

    pub(crate) fn view_middle(&self) -> Point {
        self.view * 0.5
    }

    /// Where things are put that were given no place, CSS px.
    pub(crate) fn free_middle(&self) -> Point {
        self.uncovered() * 0.5
    }

    /// The part of the world in view.
    pub(crate) fn visible(&self) -> Rect {
        self.camera.visible(self.view)
    }

    pub(crate) fn zoom_by(&mut self, factor: f64) {
        if factor.is_finite() && factor > 0.0 {
            self.set_camera(self.camera.zoomed(self.camera.zoom * factor, self.view_middle()));
        }
    }

    pub(crate) fn zoom_reset(&mut self) {
        self.set_camera(self.camera.zoomed(1.0, self.view_middle()));
    }

    pub(crate) fn look_at(&mut self, world: Point) {
        if world.is_finite() && self.view.x > 0.0 {
            self.fit_pending = false;
            self.set_camera(Camera::centred(world, self.view, self.camera.zoom));
        }
    }

    /// Size of the part of the view that no bar covers, from its top left.
    fn uncovered(&self) -> Point {
        Point::new(self.view.x, (self.view.y - self.covered).max(self.view.y * 0.5))
    }

    pub(crate) fn fit_all(&mut self) {
        let known = self.view.x > 0.0 && self.view.y > 0.0;
        self.fit_pending = !known;
        if known {
            let camera = match self.bounds() {
                Some(all) => Camera::fitting(all, self.uncovered(), 1.0),
                None => Camera::centred(Point::default(), self.view, 1.0),
            };
            self.set_camera(camera);
        }
    }

    pub(crate) fn fit_selection(&mut self) {
        let doc = self.doc();
        let of_links = self.selection.links.iter().filter_map(|id| doc.link(id)).flat_map(|l| [&l.from, &l.to]);
        let nodes = self.selection.nodes.iter().chain(of_links).filter_map(|id| doc.node(id)).map(node_rect);
        let notes = self.selection.notes.iter().filter_map(|id| doc.design().note(id)).map(note_rect);
        match bounds(nodes.chain(notes)) {
            Some(area) if self.view.x > 0.0 => self.set_camera(Camera::fitting(area, self.uncovered(), 1.5)),
            Some(_) => {}
            None => self.fit_all(),
        }
    }

    /// Moves the camera as little as possible so that `rect` is seen, and nothing lies over it.
    pub(crate) fn reveal(&mut self, rect: Rect) {
        if self.view.x > 0.0 && self.view.y > 0.0 {
            self.set_camera(self.clear_of_map(rect, self.camera.revealing(rect, self.uncovered())));
        }
    }

    /// Shows a component that was added. Who had the whole design in view before keeps it in view, from a little farther away,
    /// as long as cards can be read; who looks at a part of it sees the new one come there.
    pub(crate) fn show_added(&mut self, added: Rect) {
        let seen = self.camera.visible(self.uncovered());
        let mut others = self.design().nodes.iter().map(node_rect).filter(|rect| *rect != added);
        let had_all = others.all(|rect| seen.holds(&rect));
        self.reveal(added);
        let cut = |all: &Rect| !self.camera.visible(self.uncovered()).holds(all);
        if let Some(all) = self.bounds().filter(|all| had_all && self.view.x > 0.0 && cut(all)) {
            let whole = Camera::fitting(all, self.uncovered(), self.camera.zoom);
            if whole.zoom >= READABLE {
                self.set_camera(self.clear_of_map(added, whole));
            }
        }
    }

    /// The camera, moved down if `rect` would lie under the map and there is room above it.
    fn clear_of_map(&self, rect: Rect, camera: Camera) -> Camera {
        let corner = self.view - self.map;
        let (at, end) = (camera.to_screen(rect.corner()), camera.to_screen(Point::new(rect.right(), rect.bottom())));
        let (under, by) = (end.x > corner.x && end.y > corner.y, end.y - corner.y);
        let seen = camera.visible(self.view);
        let map_shows = || self.design().nodes.iter().any(|n| !seen.contains(node_rect(n).center()));
        if under && by < at.y && map_shows() { camera.panned(Point::new(0.0, -by)) } else { camera }
    }
}

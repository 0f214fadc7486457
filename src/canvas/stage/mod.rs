//! The diagram as it is drawn: cards, links and previews kept in the DOM, changed only where something changed.
//!
//! Yew does not own what is in here: ten times a second some hundred figures change, and sixty times a second a dragged
//! card moves. The stage compares what it shows with what it should show and writes the difference.

pub mod dom;
mod glide;
mod gone;
mod inside_view;
mod layers;
mod link_view;
mod node_view;
mod note_view;
mod overlay;
mod sketch;
mod zone_view;

pub use link_view::LinkView;
pub use node_view::{NodeView, mark};
pub use sketch::{Sketch, bounds};

use super::description;
use crate::session::RunView;
use backpressure_editor::{Camera, Editor, Hover, Part, Point, Rect, Route, link_path, node_corner};
use backpressure_sim::design::{Design, LinkParams, Reader};
use backpressure_sim::metrics::Health;
use glide::Glide;
use gone::Gone;
use layers::{FAR, Layers};
use note_view::Notes;
use overlay::Overlay;
use std::collections::HashMap;
use web_sys::HtmlElement;
use zone_view::Zones;

/// World units around the view in which cards and links are still drawn: shadows, ports, waiting requests.
const MARGIN: f64 = 120.0;
/// Below this zoom components are shapes, CSS px per world unit: a name would be too small to be read.
pub const MAP: f64 = 0.25;
/// What keeps a component a card even then: at most a few are one of these at a time.
const STAYS: u16 = mark::HOVERED | mark::NEAR | mark::FOCUSED | mark::ALLOWED | mark::REFUSED;
/// Cards that come into view, or change how much they show, are many at once while zooming; laid out all in one frame they
/// would stop the hand. So much of it is done in a frame, by what one costs …
const ROOM: u32 = 32;
/// … from afar, and close in.
const COSTS: [u32; 2] = [1, 4];
/// Descriptions for screen readers written per frame; with a thousand components they come a little later.
const DESCRIPTIONS_PER_FRAME: usize = 25;

/// The drawn diagram.
pub struct Stage {
    /// The layers it is drawn on.
    pub layers: Layers,
    /// Cards, in the order of the design.
    pub nodes: Vec<NodeView>,
    /// Links, in the order of the design.
    pub links: Vec<LinkView>,
    zones: Zones,
    notes: Notes,
    overlay: Overlay,
    sketch: Option<Sketch>,
    glide: Option<Glide>,
    gone: Gone,
    /// Which document is shown.
    opened: u64,
    node_index: HashMap<String, usize>,
    link_index: HashMap<String, usize>,
    /// Cards and links by their place in the run's snapshot, which may lag one edit behind.
    run_nodes: Vec<Option<usize>>,
    run_links: Vec<Option<usize>>,
    /// Where the canvas looks.
    pub camera: Camera,
    size: Point,
    /// What the editor says about each card in this frame.
    marks: Vec<u16>,
    /// Where each card shall stand in this frame.
    places: Vec<Point>,
    /// Cards in view wait for a later frame to be drawn.
    waiting: bool,
    /// Something stands here whose figures have not been written.
    unwritten: bool,
    /// Next card, or after those link, to be described; wraps around.
    describe_next: usize,
    describe_left: usize,
    focused: Option<Part>,
    text: String,
}

impl Stage {
    /// Builds the layers inside `root`.
    pub fn mount(root: &HtmlElement) -> Option<Self> {
        let layers = Layers::mount(root)?;
        let overlay = Overlay::mount(&layers)?;
        Some(Self {
            zones: Zones::new(layers.zones.clone().into()),
            notes: Notes::new(layers.notes.clone()),
            sketch: Sketch::new(layers.sketch.clone()),
            layers,
            glide: None,
            gone: Gone::default(),
            opened: 0,
            nodes: Vec::new(),
            links: Vec::new(),
            overlay,
            node_index: HashMap::new(),
            link_index: HashMap::new(),
            run_nodes: Vec::new(),
            run_links: Vec::new(),
            camera: Camera::default(),
            size: Point { x: 0.0, y: 0.0 },
            marks: Vec::new(),
            places: Vec::new(),
            waiting: false,
            unwritten: true,
            describe_next: 0,
            describe_left: 0,
            focused: None,
            text: String::new(),
        })
    }

    /// The canvas changed size, CSS px.
    pub fn resize(&mut self, size: Point) {
        self.size = size;
        self.sketch.iter_mut().for_each(|sketch| sketch.resize(size));
    }

    /// Colours changed.
    pub fn restyle(&mut self) {
        self.sketch.iter_mut().for_each(Sketch::restyle);
    }

    /// From afar, draws the diagram as shapes.
    pub fn show_sketch(&mut self) {
        if let Some(sketch) = &mut self.sketch {
            if self.camera.zoom < MAP {
                sketch.draw(&self.nodes, |_| true, &self.links, self.camera);
            } else if self.waiting {
                sketch.draw(&self.nodes, |node| !node.drawn, &[], self.camera);
            } else {
                sketch.clear();
            }
        }
    }

    /// The part of the world in view.
    pub fn in_view(&self) -> Rect {
        self.camera.visible(self.size)
    }

    /// Brings cards and links in line with the document. Returns how many requests were inside components that were
    /// removed under the run: they failed with them.
    pub fn show_design(&mut self, editor: &Editor, now_ms: f64) -> u64 {
        let design = editor.design();
        let same_document = std::mem::replace(&mut self.opened, editor.opened()) == editor.opened();
        let mut old: HashMap<String, NodeView> = self.nodes.drain(..).map(|n| (n.id.clone(), n)).collect();
        for node in &design.nodes {
            let kept = old.remove(&node.id).filter(|view| {
                let same = view.kind == node.kind;
                if !same {
                    view.root.remove();
                }
                same
            });
            if let Some(mut view) = kept.or_else(|| NodeView::new(&node.id, &node.kind)) {
                view.show_name(description::name_of(node));
                self.nodes.push(view);
            }
        }
        let mut lost = 0;
        for view in old.into_values() {
            view.root.remove();
            if same_document && view.inside > 0 {
                lost += u64::from(view.inside);
                self.gone.show(&self.layers, &view, now_ms);
            }
        }
        self.node_index = self.nodes.iter().enumerate().map(|(i, n)| (n.id.clone(), i)).collect();
        self.notes.show_design(design);

        let mut old: HashMap<String, LinkView> = self.links.drain(..).map(|l| (l.id.clone(), l)).collect();
        for (place, link) in design.links.iter().enumerate() {
            let (Some(&from), Some(&to)) = (self.node_index.get(&link.from), self.node_index.get(&link.to)) else {
                continue;
            };
            if let Some(mut view) = old.remove(&link.id).or_else(|| LinkView::new(&link.id)) {
                (view.from, view.to, view.place) = (from, to, place);
                let params = LinkParams::read(&link.params, &mut Reader::link(&link.id));
                let latency_ms = params.latency.mean_ms();
                view.latency_ms = if latency_ms.is_finite() { latency_ms.max(0.0) } else { 0.5 };
                view.loss = params.loss;
                view.show_name(link.name.trim());
                self.links.push(view);
            }
        }
        for view in old.into_values() {
            view.remove();
        }
        self.link_index = self.links.iter().enumerate().map(|(i, l)| (l.id.clone(), i)).collect();
        self.layers.order_nodes(self.nodes.iter().map(|n| n.root.as_ref()));
        self.layers.order_links(self.links.iter().map(|l| &l.root));
        self.layers.order_labels(self.links.iter().map(|l| l.label.as_ref()));
        // Indices may have moved: the run's are looked up anew.
        self.run_nodes.clear();
        self.run_links.clear();
        self.unwritten = true;
        self.describe_all();
        lost
    }

    /// All descriptions for screen readers are due.
    pub fn describe_all(&mut self) {
        self.describe_left = self.nodes.len() + self.links.len();
    }

    /// What changes from now on is glided to from where it is.
    pub fn glide(&mut self) {
        let nodes = self.nodes.iter().map(|n| (node_view::dom_id(&n.id), n.rect()));
        self.glide = Some(Glide::new(self.camera, nodes.chain(self.zones.boxes()).chain(self.notes.boxes())));
    }

    /// Brings camera, positions, selection and previews in line with the editor. Returns whether something is in motion, so
    /// that the next frame has to do it again.
    pub fn show_scene(&mut self, editor: &Editor, now_ms: f64) -> bool {
        let (design, scene, selection) = (editor.design(), editor.scene(), editor.selection());
        self.gone.clear(now_ms);
        let gliding = self.glide.as_mut().is_some_and(|glide| glide.go_on(now_ms));
        let glide = self.glide.take().filter(|_| gliding);
        let camera = glide.as_ref().map_or(editor.camera(), |glide| glide.camera(editor.camera()));
        if camera != self.camera || !self.layers.looked {
            self.camera = camera;
            self.layers.look(camera);
        }
        let count = self.nodes.len();
        self.marks.clear();
        self.marks.resize(count, 0);
        self.places.clear();
        self.places.extend(design.nodes.iter().take(count).map(node_corner));
        self.places.resize(count, Point { x: 0.0, y: 0.0 });
        let (marks, index) = (&mut self.marks, &self.node_index);
        let mut set = |id: &str, bit: u16| {
            if let Some(slot) = index.get(id).and_then(|&i| marks.get_mut(i)) {
                *slot |= bit;
            }
        };
        selection.nodes.iter().for_each(|id| set(id, mark::SELECTED));
        overlay::marks(&scene, &mut set);
        for (id, at) in &scene.moved {
            if let Some(place) = self.node_index.get(id).and_then(|&i| self.places.get_mut(i)) {
                *place = *at;
            }
        }
        let view = self.view();
        let (far, afar) = (self.camera.zoom < FAR, self.camera.zoom < MAP);
        let (mut came, mut room) = (false, ROOM);
        self.waiting = false;
        for ((node, &at), &marks) in self.nodes.iter_mut().zip(&self.places).zip(&self.marks) {
            let rect = Rect::of_node_at(at);
            node.place(glide.as_ref().map_or(at, |g| g.rect(&node_view::dom_id(&node.id), rect).corner()));
            node.mark(marks);
            let stays = marks & STAYS != 0;
            if far && stays {
                node.keep_sizes(self.camera.zoom);
            }
            node.tag(afar && stays);
            let visible = view.overlaps(&node.rect());
            let drawn = visible && (!afar || stays);
            if drawn && node.differs(far) {
                let cost = COSTS[usize::from(!far)];
                // What a person works on does not wait.
                if cost > room && marks == 0 {
                    self.waiting = true;
                    came |= node.show(visible, node.drawn);
                    continue;
                }
                room = room.saturating_sub(cost);
                node.detail(far);
            }
            came |= node.show(visible, drawn);
        }
        let routes = editor.routes();
        for (place, node) in self.nodes.iter_mut().enumerate().filter(|(_, node)| node.drawn) {
            self.unwritten |= node.make_room(routes.room_before(place));
        }
        let hovered = scene.hover.as_ref().and_then(Hover::link);
        let replaced = scene.preview.as_ref().and_then(|p| p.replaces.as_deref());
        for link in &mut self.links {
            let on_the_way = glide.as_ref().and_then(|_| {
                let (from, to) = (self.nodes.get(link.from)?, self.nodes.get(link.to)?);
                Some(Route::of_curve(link_path(from.rect(), to.rect())))
            });
            if let Some(route) = on_the_way.as_ref().or(routes.route(link.place)) {
                let visible = view.touches(&route.bounds);
                came |= link.show(visible, visible && !afar, far);
                if visible {
                    let room = link.room();
                    // Words are chosen anew for the room they have.
                    self.unwritten |= link.lay(route) && link.room() != room;
                }
            }
            let is = |id: Option<&str>| id == Some(link.id.as_str());
            let selected = !selection.links.is_empty() && selection.has_link(&link.id);
            link.mark(selected, is(hovered), is(replaced));
        }
        if came {
            self.unwritten = true;
            self.describe_all();
        }
        self.layers.show_cursor(scene.cursor);
        self.layers.show_grid(editor.grid());
        self.zones.show(&scene, design, glide.as_ref());
        self.notes.show_scene(editor, &scene, &view, glide.as_ref());
        // Keys also work on a link that is selected alone: it is where a screen reader is.
        let lone_link = selection.links.first().filter(|_| selection.len() == 1).map(|id| Part::Link(id.clone()));
        let focused = lone_link.or_else(|| scene.focused.clone());
        if self.focused != focused {
            self.focused = focused;
            self.layers.show_focus(self.focused.as_ref());
            self.describe_all();
        }
        self.overlay.show(scene, camera);
        self.glide = glide;
        gliding || self.waiting || self.gone.is_shown()
    }

    /// The part of the world in view, with a margin.
    fn view(&self) -> Rect {
        let Rect { x, y, w, h } = self.in_view();
        Rect { x: x - MARGIN, y: y - MARGIN, w: w + 2.0 * MARGIN, h: h + 2.0 * MARGIN }
    }

    /// Writes the figures of the run into the cards and links in view: when there are others (`news`), and when something
    /// came into view.
    pub fn show_run(&mut self, run: &RunView, news: bool) {
        if !std::mem::take(&mut self.unwritten) && !news {
            return;
        }
        self.match_run(run);
        let mut text = std::mem::take(&mut self.text);
        let ran = run.snapshot.events > 0;
        if !ran {
            for node in &mut self.nodes {
                node.show_status(Health::Idle, "");
                node.show_figures(None, &mut text);
            }
            for link in &mut self.links {
                link.show_figures(None, &mut text);
            }
        }
        if ran {
            for (i, (live, at)) in run.snapshot.nodes.iter().zip(&self.run_nodes).enumerate() {
                let Some(node) = at.and_then(|at| self.nodes.get_mut(at)).filter(|n| n.visible) else { continue };
                match run.status.get(i) {
                    Some(status) => node.show_status(status.health, status.word),
                    None => node.show_status(Health::Idle, ""),
                }
                node.show_figures(Some(live), &mut text);
            }
            for (live, at) in run.snapshot.links.iter().zip(&self.run_links) {
                if let Some(link) = at.and_then(|at| self.links.get_mut(at)).filter(|l| l.visible) {
                    link.show_figures(Some(live), &mut text);
                }
            }
        }
        self.text = text;
    }

    /// Finds each of the snapshot's components and links on the canvas; nothing to do while they stand in the same order.
    fn match_run(&mut self, run: &RunView) {
        let snapshot = &run.snapshot;
        let fits = self.run_nodes.len() == snapshot.nodes.len()
            && self.run_links.len() == snapshot.links.len()
            && self.run_nodes.iter().zip(&snapshot.nodes).all(|(at, live)| match at {
                Some(at) => self.nodes.get(*at).is_some_and(|n| n.id == live.id),
                None => !self.node_index.contains_key(&live.id),
            })
            && self.run_links.iter().zip(&snapshot.links).all(|(at, live)| match at {
                Some(at) => self.links.get(*at).is_some_and(|l| l.id == live.id),
                None => !self.link_index.contains_key(&live.id),
            });
        if !fits {
            self.run_nodes = snapshot.nodes.iter().map(|n| self.node_index.get(&n.id).copied()).collect();
            self.run_links = snapshot.links.iter().map(|l| self.link_index.get(&l.id).copied()).collect();
        }
    }

    /// Links by their place in the run's snapshot.
    pub fn run_links(&self) -> &[Option<usize>] {
        &self.run_links
    }

    /// Writes some of the descriptions that are due. Returns whether more are.
    pub fn describe(&mut self, editor: &Editor, run: &RunView) -> bool {
        let all = self.nodes.len() + self.links.len();
        let mut budget = DESCRIPTIONS_PER_FRAME;
        while self.describe_left > 0 && budget > 0 {
            self.describe_left -= 1;
            self.describe_next = if self.describe_next + 1 < all { self.describe_next + 1 } else { 0 };
            let described = match self.describe_next.checked_sub(self.nodes.len()) {
                None => self.describe_node(self.describe_next, editor.design(), run),
                Some(at) => self.describe_link(at, editor.design(), run),
            };
            budget -= usize::from(described.is_some());
        }
        self.describe_left > 0
    }

    /// What is not drawn is described when it comes into view: then this is `None`.
    fn describe_node(&mut self, at: usize, design: &Design, run: &RunView) -> Option<()> {
        let view = self.nodes.get_mut(at).filter(|view| view.drawn)?;
        let node = design.nodes.get(at).filter(|node| node.id == view.id)?;
        let place = place_of(at, &self.run_nodes, run);
        let live = place.and_then(|i| run.snapshot.nodes.get(i));
        let word = place.and_then(|i| run.status.get(i)).map_or("", |s| s.word);
        view.describe(description::node(design, node, word, live));
        Some(())
    }

    /// See [`Self::describe_node`].
    fn describe_link(&mut self, at: usize, design: &Design, run: &RunView) -> Option<()> {
        let view = self.links.get_mut(at).filter(|view| view.drawn)?;
        let link = design.links.get(view.place).filter(|link| link.id == view.id)?;
        let live = place_of(at, &self.run_links, run).and_then(|i| run.snapshot.links.get(i));
        view.describe(description::link(design, link, view.latency_ms, view.loss, live));
        Some(())
    }
}

/// Place in the run's snapshot of what stands at `at` on the canvas; `None` before anything ran.
fn place_of(at: usize, places: &[Option<usize>], run: &RunView) -> Option<usize> {
    places.iter().position(|place| *place == Some(at)).filter(|_| run.snapshot.events > 0)
}

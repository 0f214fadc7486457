//! One animation frame after another, only while something is due: whatever was asked for since the last frame is written
//! to the DOM at once, then the traffic is drawn.

use super::dots::{Dots, Traffic};
use super::minimap::Minimap;
use super::stage::Stage;
use crate::session::{Note, Notice, RunPhase, Session};
use backpressure_editor::{Input, Point};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// What the next frame has to bring up to date, as bits.
pub mod due {
    /// Cards and links: the document changed.
    pub const DESIGN: u8 = 1;
    /// Camera, positions, selection, previews.
    pub const SCENE: u8 = 2;
    /// Figures.
    pub const RUN: u8 = 4;
    /// Dots and flow.
    pub const TRAFFIC: u8 = 8;
    /// The editor asked for a tick.
    pub const TICK: u8 = 16;
    /// The canvas has another size.
    pub const SIZE: u8 = 32;
    /// The theme changed.
    pub const THEME: u8 = 64;
    /// Everything but a tick.
    pub const ALL: u8 = DESIGN | SCENE | RUN | TRAFFIC | SIZE | THEME;
}

/// Height of what lies over the canvas' bottom (tools, zoom, legend) with the space around it, CSS px.
const BARS: f64 = 62.0;

/// What the map covers of the bottom right corner, with the bars below it and the space around it, CSS px.
const MAP: Point = Point { x: 204.0, y: 192.0 };

/// While a hand is at work the traffic, which is the most expensive to draw, is drawn no more often than this, ms.
const TRAFFIC_IN_HAND_MS: f64 = 30.0;

/// The canvas' animation frames. Clones share them.
#[derive(Clone)]
pub struct Frames(Rc<Inner>);

/// Called by the browser with the time, ms.
type OnFrame = Closure<dyn FnMut(f64)>;

struct Inner {
    session: Session,
    stage: RefCell<Stage>,
    dots: RefCell<Option<Dots>>,
    minimap: RefCell<Option<Minimap>>,
    due: Cell<u8>,
    scheduled: Cell<Option<i32>>,
    callback: RefCell<Option<OnFrame>>,
    last_ms: Cell<f64>,
    described_ms: Cell<f64>,
    still: Cell<bool>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let (Some(id), Some(window)) = (self.scheduled.get(), web_sys::window()) {
            let _ = window.cancel_animation_frame(id);
        }
    }
}

impl Frames {
    /// Frames for this stage.
    pub fn new(session: Session, stage: Stage) -> Self {
        let dots = Dots::new(stage.layers.dots.clone());
        let minimap = Minimap::mount(&stage.layers.root, &session);
        let inner = Rc::new(Inner {
            session,
            stage: RefCell::new(stage),
            dots: RefCell::new(dots),
            minimap: RefCell::new(minimap),
            due: Cell::new(0),
            scheduled: Cell::new(None),
            callback: RefCell::new(None),
            last_ms: Cell::new(0.0),
            described_ms: Cell::new(0.0),
            still: Cell::new(false),
        });
        let weak = Rc::downgrade(&inner);
        let callback = Closure::new(move |now_ms: f64| {
            if let Some(inner) = Weak::upgrade(&weak) {
                inner.frame(now_ms);
            }
        });
        *inner.callback.borrow_mut() = Some(callback);
        Self(inner)
    }

    /// Asks for a frame that brings this up to date.
    pub fn request(&self, what: u8) {
        self.0.request(what);
    }

    /// What was moved all at once glides to its new place, unless the person asked for less motion.
    pub fn glide(&self) {
        if let (false, Ok(mut stage)) = (self.0.still.get(), self.0.stage.try_borrow_mut()) {
            stage.glide();
        }
        self.request(due::SCENE);
    }

    /// No motion, please (or motion again).
    pub fn set_still(&self, still: bool) {
        self.0.still.set(still);
        self.request(due::TRAFFIC);
    }
}

impl Inner {
    fn request(&self, what: u8) {
        self.due.set(self.due.get() | what);
        if self.scheduled.get().is_some() {
            return;
        }
        let callback = self.callback.borrow();
        if let (Some(window), Some(callback)) = (web_sys::window(), callback.as_ref()) {
            self.scheduled.set(window.request_animation_frame(callback.as_ref().unchecked_ref()).ok());
        }
    }

    fn frame(&self, now_ms: f64) {
        self.scheduled.set(None);
        let elapsed_ms = (now_ms - self.last_ms.replace(now_ms)).clamp(0.0, 1000.0);
        if self.due.get() & due::TICK != 0 {
            self.due.set(self.due.get() & !due::TICK);
            self.session.input(Input::Tick { time_ms: now_ms });
        }
        if self.due.get() & due::SIZE != 0 {
            self.measure();
        }
        // What the tick and the size asked for is part of this frame.
        let due = self.due.replace(self.due.get() & due::TICK);
        let more = self.draw(due, now_ms, elapsed_ms);
        if more != 0 || self.due.get() != 0 {
            self.request(more);
        }
    }

    /// Tells editor, stage and dots the size of the canvas.
    fn measure(&self) {
        let Ok(mut stage) = self.stage.try_borrow_mut() else { return };
        let bounds = stage.layers.root.get_bounding_client_rect();
        let (width, height) = (bounds.width(), bounds.height());
        stage.resize(Point { x: width, y: height });
        drop(stage);
        if let Some(dots) = self.dots.borrow_mut().as_mut() {
            dots.resize(width, height);
        }
        if width > 0.0 && height > 0.0 {
            // On a phone there is no map.
            let map = if width > 480.0 { MAP } else { Point::default() };
            self.session.cover(BARS, map);
            self.session.input(Input::Resize { width, height });
        }
        self.due.set(self.due.get() | due::SCENE);
    }

    /// Brings up to date what is due; returns what the next frame must do.
    fn draw(&self, due: u8, now_ms: f64, elapsed_ms: f64) -> u8 {
        let (Ok(mut stage), Ok(mut dots)) = (self.stage.try_borrow_mut(), self.dots.try_borrow_mut()) else {
            return due;
        };
        let editor = self.session.editor();
        let run = self.session.run();
        let mut more = 0;
        if due & due::THEME != 0 {
            dots.iter_mut().for_each(Dots::restyle);
            stage.restyle();
            self.minimap.borrow_mut().iter_mut().for_each(Minimap::restyle);
        }
        if due & due::DESIGN != 0 {
            let lost = stage.show_design(&editor, now_ms);
            if lost > 0 {
                let s = if lost == 1 { "" } else { "s" };
                let words = format!("{lost} request{s} inside what was removed failed.");
                self.session.notify(Note::Notice(Notice::info(words)));
            }
        }
        if due & (due::DESIGN | due::SCENE) != 0 {
            self.session.hand_moved();
            if stage.show_scene(&editor, now_ms) {
                more |= due::SCENE;
            }
        }
        if due & (due::DESIGN | due::SCENE | due::RUN | due::THEME) != 0 {
            stage.show_run(&run, due & due::RUN != 0);
            stage.show_sketch();
            if let Some(minimap) = self.minimap.borrow_mut().as_mut() {
                minimap.show(&stage.nodes, stage.in_view(), due & due::DESIGN != 0, now_ms);
            }
        }
        let running = matches!(run.phase, RunPhase::Running);
        let in_hand = self.session.hand_is_at_work();
        // Often enough while it runs; and once more when it stands, or what is said would be older than what is seen.
        let stands = !running && due & due::RUN != 0;
        if !in_hand && (stands || running && now_ms - self.described_ms.get() > 3000.0) {
            self.described_ms.set(now_ms);
            stage.describe_all();
        }
        if stage.describe(&editor, &run) {
            more |= due::TRAFFIC;
        }
        let stage = &*stage;
        if let Some(dots) = dots.as_mut() {
            if matches!(run.phase, RunPhase::Stopped) {
                dots.clear();
            } else {
                let mut traffic = Traffic {
                    links: &stage.links,
                    index: stage.run_links(),
                    hops: &mut run.hops.iter().copied(),
                    rates: &run.snapshot.links,
                    now_ns: run.now_ns(now_ms),
                    speed: run.speed,
                    running,
                    elapsed_ms,
                    still: self.still.get(),
                    camera: stage.camera,
                };
                let due_again = dots.draw(&mut traffic, if in_hand { TRAFFIC_IN_HAND_MS } else { 0.0 });
                // A running clock moves the dots even where none is in view yet.
                if due_again || running && !self.still.get() && !run.hops.is_empty() {
                    more |= due::TRAFFIC;
                }
            }
        }
        more
    }
}

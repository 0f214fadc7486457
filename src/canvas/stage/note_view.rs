//! Notes on the canvas.

use super::dom::{self, Figure};
use super::glide::Glide;
use super::mark;
use backpressure_editor::{Editor, Hover, Part, Point, Rect, Scene, note_rect};
use backpressure_sim::Design;
use web_sys::{Element, HtmlElement};

/// The notes on the canvas, in the order of the design.
pub struct Notes {
    layer: Element,
    shown: Vec<NoteView>,
}

struct NoteView {
    id: String,
    root: HtmlElement,
    text: Figure,
    rect: Rect,
    marks: u16,
}

impl Notes {
    /// Notes on this layer.
    pub fn new(layer: Element) -> Self {
        Self { layer, shown: Vec::new() }
    }

    /// The notes as they are drawn, by DOM id.
    pub fn boxes(&self) -> impl Iterator<Item = (String, Rect)> + '_ {
        self.shown.iter().map(|v| (dom_id(&v.id), v.rect))
    }

    /// Brings the notes in line with the document.
    pub fn show_design(&mut self, design: &Design) {
        let mut old = std::mem::take(&mut self.shown);
        for note in &design.notes {
            let kept = old.iter().position(|v| v.id == note.id).map(|at| old.swap_remove(at));
            let Some(mut view) = kept.or_else(|| NoteView::new(&note.id, &self.layer)) else { continue };
            view.text.show(&note.text);
            self.shown.push(view);
        }
        for view in old {
            view.root.remove();
        }
    }

    /// Brings places and marks in line with the gesture under way.
    pub fn show_scene(&mut self, editor: &Editor, scene: &Scene, view: &Rect, glide: Option<&Glide>) {
        for (shown, note) in self.shown.iter_mut().zip(&editor.design().notes) {
            let moved = scene.moved_notes.iter().find(|(id, _)| *id == note.id);
            let mut rect = note_rect(note);
            if let Some((_, at)) = moved {
                (rect.x, rect.y) = (at.x, at.y);
            }
            rect = glide.map_or(rect, |g| g.rect(&dom_id(&note.id), rect));
            shown.place(rect, rect.overlaps(view));
            let mut marks = 0;
            let mut set = |bit: u16, on: bool| marks |= if on { bit } else { 0 };
            set(mark::SELECTED, editor.selection().has_note(&note.id));
            set(mark::HOVERED, matches!(&scene.hover, Some(Hover::Note(id)) if *id == note.id));
            set(mark::FOCUSED, matches!(&scene.focused, Some(Part::Note(id)) if *id == note.id));
            set(mark::MOVING, moved.is_some());
            shown.mark(marks);
        }
    }
}

impl NoteView {
    fn new(id: &str, layer: &Element) -> Option<Self> {
        let root: HtmlElement = wasm_bindgen::JsCast::dyn_into(dom::build(NOTE)?).ok()?;
        dom::set(&root, "data-note-id", id);
        root.set_id(&dom_id(id));
        layer.append_child(&root).ok()?;
        let text = Figure::new(dom::find(&root, ".note-text")?);
        let rect = Rect { x: f64::NAN, ..Rect::default() };
        Some(Self { id: id.to_owned(), root, text, rect, marks: 0 })
    }

    fn place(&mut self, rect: Rect, visible: bool) {
        if self.rect != rect {
            self.rect = rect;
            let Point { x, y } = rect.corner();
            dom::style(&self.root, "transform", &format!("translate({x}px,{y}px)"));
            dom::style(&self.root, "height", &format!("{}px", rect.h));
        }
        dom::show(&self.root, visible);
    }

    fn mark(&mut self, marks: u16) {
        mark::apply(&self.root, &mut self.marks, marks);
    }
}

/// DOM id of a note, for `aria-activedescendant`.
pub fn dom_id(note: &str) -> String {
    format!("note-{note}")
}

const NOTE: &str = "<div class=\"note\" role=\"note\"><div class=\"note-text\"></div></div>";

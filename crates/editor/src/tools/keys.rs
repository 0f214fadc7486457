//! Keys on the canvas. A key that the editor has no use for is answered with nothing.

use crate::placement::{COLUMN, ROW};
use crate::{Action, Editor, Effect, GRID, Mods, Part, Point, RunKey, Selection, Tool, node_rect};

/// An arrow key moves this far, world units; with Shift, four times.
const NUDGE: f64 = GRID / 4.0;

impl Editor {
    #[inline(never)]
    pub(crate) fn key_down(&mut self, key: &str, mods: Mods) {
        self.hands.mods = mods;
        // Two clicks with a key between them are two clicks.
        self.hands.clicked = None;
        let letter = key.to_ascii_lowercase();
        if key == "Escape" {
            if !self.cancel_gesture() {
                self.escape();
            }
            return;
        }
        if matches!(key, "Alt" | "Shift") {
            // Alt shows copies instead of what moves, Shift keeps to one axis: also while the pointer rests.
            return self.copy_or_move();
        }
        let arrow = arrow(key);
        let movable = !self.selection.nodes.is_empty() || !self.selection.notes.is_empty();
        match (mods.command, mods.alt, arrow) {
            (true, false, Some(way)) => self.create_towards(way),
            (false, true, Some(way)) if mods.shift => self.select_link_towards(way),
            (false, true, Some(way)) => self.walk_links(way),
            (false, false, Some(way)) if self.link_waits() => self.aim_towards(way),
            (false, false, Some(way)) if movable => {
                self.nudge(way * if mods.shift { 4.0 * NUDGE } else { NUDGE });
            }
            (true, false, None) => self.command_key(&letter, mods.shift),
            (false, false, None) => self.plain_key(key, &letter, mods.shift),
            _ => {}
        }
    }

    fn command_key(&mut self, letter: &str, shift: bool) {
        match (letter, shift) {
            ("z", false) => self.undo(),
            ("z", true) | ("y", false) => self.redo(),
            ("c", false) => self.perform(Action::Copy),
            ("x", false) => self.perform(Action::Cut),
            ("d", false) => self.perform(Action::DuplicateSelection),
            ("a", false) => self.select_all(),
            ("g", false) => self.perform(Action::Group),
            ("g", true) => self.perform(Action::Ungroup),
            ("'", _) => self.perform(Action::ToggleGrid),
            ("enter", _) => self.emit(Effect::Run(RunKey::PlayPause)),
            _ => {}
        }
    }

    fn plain_key(&mut self, key: &str, letter: &str, shift: bool) {
        match (letter, shift) {
            ("v", false) => self.perform(Action::SetTool(Tool::Select)),
            ("h", false) => self.perform(Action::SetTool(Tool::Hand)),
            ("a", false) => {
                self.perform(Action::SetTool(Tool::Connect));
                self.connect_selected();
            }
            ("p", false) => self.emit(Effect::Run(RunKey::PlayPause)),
            ("n", false) => self.note_by_key(),
            ("t", true) => self.perform(Action::TidyUp),
            ("s", false) => self.perform(Action::Describe),
            ("s", true) => self.perform(Action::DescribeOften),
            ("1", true) => self.fit_all(),
            ("2", true) => self.fit_selection(),
            ("0", true) => self.zoom_reset(),
            _ => match key {
                "Delete" | "Backspace" => self.perform(Action::DeleteSelection),
                "Tab" => self.walk(shift),
                "Enter" => self.enter(),
                " " => self.space_down(),
                "F2" => self.edit_name(),
                "F10" if shift => self.menu_by_key(),
                "ContextMenu" => self.menu_by_key(),
                "/" => self.quick_add(),
                "?" => self.emit(Effect::OpenHelp),
                "." => self.emit(Effect::Run(RunKey::StepEvent)),
                "," => self.emit(Effect::Run(RunKey::StepRequest)),
                _ => {}
            },
        }
    }

    #[inline(never)]
    pub(crate) fn key_up(&mut self, key: &str) {
        match key {
            " " => {
                // A tap of the space bar selects what has the focus; held while a hand moves, it pans.
                if self.hands.space.take() == Some(false) {
                    self.select_focused();
                }
                self.redraw();
            }
            "Alt" | "Shift" => {
                self.hands.mods = Mods {
                    alt: self.hands.mods.alt && key != "Alt",
                    shift: self.hands.mods.shift && key != "Shift",
                    ..self.hands.mods
                };
                self.copy_or_move();
            }
            _ => {}
        }
    }

    fn space_down(&mut self) {
        if self.hands.space.is_none() {
            self.hands.space = Some(false);
        }
        self.redraw();
    }

    /// Selects what has the focus; says whether it was not selected before.
    fn select_focused(&mut self) -> bool {
        let Some(part) = self.focused.clone() else { return false };
        let selection = match &part {
            Part::Node(id) => Selection::of_node(id),
            Part::Note(id) => Selection::of_note(id),
            Part::Zone(id) => Selection { nodes: self.zone_members(id), ..Selection::default() },
            Part::Link(id) => Selection::of_link(id),
        };
        if self.selection == selection {
            return false;
        }
        self.select(selection);
        let name = match &part {
            Part::Node(id) => self.node(id).map(crate::rules::title).unwrap_or_default(),
            Part::Zone(id) => self.design().zone(id).map(crate::rules::zone_title).unwrap_or_default().to_owned(),
            Part::Note(_) => "the note".to_owned(),
            Part::Link(_) => "the link".to_owned(),
        };
        self.announce(format!("Selected {name}"));
        true
    }

    /// Enter ends a link drawn by keyboard, selects what has the focus, and edits what is selected already.
    fn enter(&mut self) {
        if !self.connect_by_key() && !self.select_focused() {
            self.edit_name();
        }
    }

    /// Opens the name of the one thing that is selected or has the focus.
    fn edit_name(&mut self) {
        let lone = match (&self.selection.nodes[..], &self.selection.links[..], &self.selection.notes[..]) {
            ([], [], [one]) => Some(Part::Note(one.clone())),
            ([], [one], []) => Some(Part::Link(one.clone())),
            ([], [], []) => self.focused.clone(),
            ([one], _, []) => Some(Part::Node(one.clone())),
            _ => self.selected_zone().map(|z| Part::Zone(z.id.clone())),
        };
        let lone = match &self.focused {
            // A zone of one component is told from it by the focus.
            Some(zone @ Part::Zone(_)) => Some(zone.clone()),
            _ => lone,
        };
        if let (Some(part), true) = (lone, self.editable) {
            self.emit(Effect::Edit(part));
        }
    }

    /// A note where the pointer is, if it is over the canvas.
    fn note_by_key(&mut self) {
        let over = self.hands.hover.is_none() && self.hands.at != Point::default() && self.focused.is_none();
        let at = over.then(|| self.camera.to_world(self.hands.at)).filter(|p| self.visible().contains(*p));
        self.perform(Action::AddNote { at });
    }

    /// The screen point that a command by key refers to: the lone node, else the middle.
    fn key_point(&self) -> Point {
        let rect = self.lone_node().map(|at| node_rect(&self.design().nodes[at]));
        rect.map_or(self.view_middle(), |r| self.camera.to_screen(r.center()))
    }

    fn menu_by_key(&mut self) {
        if self.selection.is_empty() {
            self.select_focused();
        }
        let at = self.key_point();
        self.emit(Effect::OpenContextMenu { at });
    }

    fn quick_add(&mut self) {
        if self.editable {
            let at = self.view_middle();
            self.ask_what(at, None, None);
        }
    }

    /// Ask for a component in this direction: to the left one that calls this, everywhere else one that this calls.
    fn create_towards(&mut self, way: Point) {
        if !self.editable {
            return;
        }
        let Some(here) = self.here_node() else { return self.quick_add() };
        let node = &self.design().nodes[here];
        let (id, rect) = (node.id.clone(), node_rect(node));
        let middle = rect.y + rect.h / 2.0;
        let gap = COLUMN - rect.w;
        let (at, calls) = match (way.x, way.y) {
            (x, _) if x < 0.0 => (Point::new(rect.x - gap, middle), false),
            (x, _) if x > 0.0 => (Point::new(rect.right() + gap, middle), true),
            (_, y) => (Point::new(rect.right() + gap, middle + y * ROW), true),
        };
        let new = crate::Rect::of_node_at(Point::new(if calls { at.x } else { at.x - rect.w }, at.y - rect.h / 2.0));
        self.reveal(new);
        let at = self.camera.to_screen(at);
        if calls { self.ask_what(at, Some(id), None) } else { self.ask_what(at, None, Some(id)) }
    }
}

fn arrow(key: &str) -> Option<Point> {
    match key {
        "ArrowLeft" => Some(Point::new(-1.0, 0.0)),
        "ArrowRight" => Some(Point::new(1.0, 0.0)),
        "ArrowUp" => Some(Point::new(0.0, -1.0)),
        "ArrowDown" => Some(Point::new(0.0, 1.0)),
        _ => None,
    }
}

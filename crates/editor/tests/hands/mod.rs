//! A pair of hands for the tests: what a person does, as inputs.
#![allow(dead_code, reason = "each test file uses its part")]

use backpressure_editor::{
    Action, Button, Editor, Effect, Input, Mods, Part, Point, PointerKind, in_port, node_rect, out_port,
};
use backpressure_sim::design::read;

pub const NONE: Mods = Mods { shift: false, alt: false, command: false };
pub const SHIFT: Mods = Mods { shift: true, ..NONE };
pub const ALT: Mods = Mods { alt: true, ..NONE };
pub const CTRL: Mods = Mods { command: true, ..NONE };

/// Users → server → database, and a cache that nothing calls.
pub const SHOP: &str = r#"{"format":1,"name":"Shop","nodes":[
    {"id":"u","kind":"users","name":"Users","x":0,"y":200},
    {"id":"s","kind":"app_server","name":"Server","x":300,"y":200},
    {"id":"d","kind":"sql_database","name":"Database","x":620,"y":340},
    {"id":"c","kind":"cache","name":"Cache","x":620,"y":60}],
  "links":[{"id":"us","from":"u","to":"s"},{"id":"sd","from":"s","to":"d"}]}"#;

pub struct Hands {
    pub editor: Editor,
    pub effects: Vec<Effect>,
    pub kind: PointerKind,
    pub mods: Mods,
    clipboard: String,
    now_ms: f64,
}

impl Hands {
    /// The shop at 100 %, world and screen being the same.
    pub fn new() -> Self {
        Self::of(SHOP)
    }

    pub fn of(json: &str) -> Self {
        let mut editor = Editor::new(read(json.as_bytes()).design);
        editor.handle(Input::Resize { width: 1200.0, height: 800.0 });
        let mut hands = Self {
            editor,
            effects: Vec::new(),
            kind: PointerKind::Mouse,
            mods: NONE,
            clipboard: String::new(),
            now_ms: 1000.0,
        };
        hands.act(Action::ZoomReset);
        let origin = hands.editor.camera().origin;
        // Pan until the world's origin lies at the canvas' corner.
        hands.input(Input::Wheel { at: Point::default(), delta: -origin, mods: NONE });
        assert_eq!(hands.editor.camera().origin, Point::default());
        hands
    }

    pub fn input(&mut self, input: Input) -> &mut Self {
        self.effects = self.editor.handle(input);
        self.keep_copy()
    }

    pub fn act(&mut self, action: Action) -> &mut Self {
        self.effects = self.editor.act(action);
        self.keep_copy()
    }

    fn keep_copy(&mut self) -> &mut Self {
        if let Some(Effect::Copy { json }) = self.effects.iter().find(|e| matches!(e, Effect::Copy { .. })) {
            self.clipboard.clone_from(json);
        }
        self
    }

    pub fn wait(&mut self, ms: f64) -> &mut Self {
        self.now_ms += ms;
        self
    }

    pub fn now(&self) -> f64 {
        self.now_ms
    }

    pub fn down_with(&mut self, pointer: i32, at: Point, button: Button) -> &mut Self {
        self.now_ms += 10.0;
        let (kind, mods, time_ms) = (self.kind, self.mods, self.now_ms);
        self.input(Input::PointerDown { pointer, at, button, kind, mods, time_ms })
    }

    pub fn down(&mut self, at: Point) -> &mut Self {
        self.down_with(1, at, Button::Primary)
    }

    pub fn move_with(&mut self, pointer: i32, at: Point) -> &mut Self {
        self.now_ms += 10.0;
        let (mods, time_ms) = (self.mods, self.now_ms);
        self.input(Input::PointerMove { pointer, at, mods, time_ms })
    }

    pub fn to(&mut self, at: Point) -> &mut Self {
        self.move_with(1, at)
    }

    pub fn up_with(&mut self, pointer: i32, at: Point) -> &mut Self {
        self.now_ms += 10.0;
        let (mods, time_ms) = (self.mods, self.now_ms);
        self.input(Input::PointerUp { pointer, at, mods, time_ms })
    }

    pub fn up(&mut self, at: Point) -> &mut Self {
        self.up_with(1, at)
    }

    pub fn tick(&mut self, ms: f64) -> &mut Self {
        self.now_ms += ms;
        let time_ms = self.now_ms;
        self.input(Input::Tick { time_ms })
    }

    pub fn click(&mut self, at: Point) -> &mut Self {
        self.wait(1000.0).down(at).up(at)
    }

    pub fn double_click(&mut self, at: Point) -> &mut Self {
        self.click(at).down(at).up(at)
    }

    pub fn drag(&mut self, from: Point, to: Point) -> &mut Self {
        self.wait(1000.0).down(from).to(from.middle(to)).to(to).up(to)
    }

    pub fn with(&mut self, mods: Mods) -> &mut Self {
        self.mods = mods;
        self
    }

    pub fn key(&mut self, key: &str) -> &mut Self {
        self.now_ms += 10.0;
        let (mods, time_ms) = (self.mods, self.now_ms);
        self.input(Input::KeyDown { key: key.to_owned(), mods, time_ms });
        let answer = self.effects.clone();
        self.input(Input::KeyUp { key: key.to_owned() });
        self.effects = answer;
        self
    }

    pub fn middle(&self, node: &str) -> Point {
        node_rect(self.editor.node(node).expect("the node")).center()
    }

    pub fn out(&self, node: &str) -> Point {
        out_port(node_rect(self.editor.node(node).expect("the node")))
    }

    pub fn inn(&self, node: &str) -> Point {
        in_port(node_rect(self.editor.node(node).expect("the node")))
    }

    pub fn at(&self, node: &str) -> (f64, f64) {
        let n = self.editor.node(node).expect("the node");
        (n.x, n.y)
    }

    pub fn selected(&self) -> Vec<&str> {
        let s = self.editor.selection();
        s.nodes.iter().chain(&s.links).chain(&s.notes).map(String::as_str).collect()
    }

    /// Id of the component, zone or note that has the focus.
    pub fn focused(&self) -> Option<&str> {
        self.editor.focused().map(Part::id)
    }

    pub fn steps(&self) -> Vec<&'static str> {
        self.editor.steps().collect()
    }

    pub fn has_link(&self, from: &str, to: &str) -> bool {
        self.editor.design().links.iter().any(|l| l.from == from && l.to == to)
    }

    /// What was put on the clipboard last.
    pub fn copied(&self) -> String {
        self.clipboard.clone()
    }

    pub fn refusal(&self) -> Option<&str> {
        self.effects.iter().find_map(|e| match e {
            Effect::Refused { message, .. } => Some(message.as_str()),
            _ => None,
        })
    }
}

pub fn p(x: f64, y: f64) -> Point {
    Point::new(x, y)
}

//! The page in a browser, used as a person would: by pointer, touch and keyboard.

use std::path::Path;

use base64::Engine;
use serde_json::{Value, json};

use crate::browser::{Browser, wait_for};
use crate::site::Site;

/// A point of the viewport, CSS px.
pub type At = (f64, f64);

/// Keys of WebDriver that are no letters.
pub mod key {
    #![allow(missing_docs, reason = "the names say it")]
    pub const ENTER: &str = "\u{e007}";
    pub const SHIFT: &str = "\u{e008}";
    pub const CONTROL: &str = "\u{e009}";
    pub const ALT: &str = "\u{e00a}";
    pub const ESCAPE: &str = "\u{e00c}";
    pub const LEFT: &str = "\u{e012}";
    pub const UP: &str = "\u{e013}";
    pub const RIGHT: &str = "\u{e014}";
    pub const DOWN: &str = "\u{e015}";
    pub const DELETE: &str = "\u{e017}";
    pub const TAB: &str = "\u{e004}";
    pub const F2: &str = "\u{e032}";
    pub const F10: &str = "\u{e03a}";
}

/// How the page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 1440 × 900, with a mouse.
    Desktop,
    /// 360 × 740, with fingers.
    Phone,
}

/// A browser with the page in it.
pub struct Page {
    /// The browser.
    pub browser: Browser,
    /// The server.
    pub site: Site,
    screen: Screen,
}

impl Page {
    /// Opens the page, with `rest` after its address, in a fresh profile on a desktop.
    pub fn open(rest: &str) -> Self {
        Self::open_on(Screen::Desktop, rest)
    }

    /// Opens the page on the given screen.
    pub fn open_on(screen: Screen, rest: &str) -> Self {
        let page = Self::blank(screen);
        page.go(&page.site.page(rest));
        page.ready();
        page
    }

    /// A browser that has not opened anything.
    pub fn blank(screen: Screen) -> Self {
        let page = Self { browser: Browser::start(), site: Site::start(), screen };
        let (width, height, mobile) = match screen {
            Screen::Desktop => (1440, 900, false),
            Screen::Phone => (360, 740, true),
        };
        page.browser.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}),
        );
        page.browser.devtools("Emulation.setTouchEmulationEnabled", json!({"enabled": mobile, "maxTouchPoints": 5}));
        page
    }

    /// Opens an address.
    pub fn go(&self, address: &str) {
        self.browser.command("POST", "/url", json!({"url": address}));
    }

    /// Opens the page anew at another address, as typing it would.
    pub fn reopen(&self, rest: &str) {
        self.go("about:blank");
        self.go(&self.site.page(rest));
        self.ready();
    }

    /// The tab that is driven.
    pub fn tab(&self) -> String {
        self.browser.command("GET", "/window", Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// Opens the page in another tab of the same browser, and drives that one.
    pub fn new_tab(&self, rest: &str) {
        let tab = self.browser.command("POST", "/window/new", json!({"type": "tab"}));
        self.switch(tab["handle"].as_str().unwrap_or_default());
        self.go(&self.site.page(rest));
        self.ready();
    }

    /// Drives another tab.
    pub fn switch(&self, tab: &str) {
        self.browser.command("POST", "/window", json!({"handle": tab}));
    }

    /// Reloads.
    pub fn reload(&self) {
        self.browser.command("POST", "/refresh", json!({}));
        self.ready();
    }

    /// Waits until the page can be used.
    pub fn ready(&self) {
        self.until("the page to be ready", "document.body?.dataset.ready === 'true'");
        // What it opened with is drawn in the frame after.
        let script = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));";
        self.browser.command("POST", "/execute/async", json!({"script": script, "args": []}));
    }

    /// Runs a script's body; `arguments[0]` is `with`.
    pub fn run(&self, script: &str, with: Value) -> Value {
        self.browser.command("POST", "/execute/sync", json!({"script": script, "args": [with]}))
    }

    /// The value of an expression.
    pub fn get(&self, expression: &str) -> Value {
        self.run(&format!("return ({expression});"), Value::Null)
    }

    /// Waits until an expression is true.
    pub fn until(&self, what: &str, expression: &str) {
        wait_for(&format!("{what} ({expression})"), || (self.get(&format!("!!({expression})")) == true).then_some(()));
    }

    /// How many elements match.
    pub fn count(&self, css: &str) -> u64 {
        self.get(&format!("document.querySelectorAll({}).length", json!(css))).as_u64().unwrap_or_default()
    }

    /// The text of the first element that matches, or nothing.
    pub fn text(&self, css: &str) -> String {
        let text = self.get(&format!("document.querySelector({})?.textContent ?? ''", json!(css)));
        text.as_str().unwrap_or_default().trim().to_owned()
    }

    /// The value of a field.
    pub fn value(&self, css: &str) -> String {
        self.get(&format!("document.querySelector({})?.value ?? ''", json!(css)))
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits until the element's text holds `part`, and gives the text.
    pub fn until_text(&self, css: &str, part: &str) -> String {
        wait_for(&format!("“{part}” in {css}, which says “{}”", self.text(css)), || {
            let texts = self.get(&format!("[...document.querySelectorAll({})].map(e => e.textContent)", json!(css)));
            let found = texts.as_array()?.iter().filter_map(Value::as_str).find(|text| text.contains(part))?.to_owned();
            Some(found)
        })
    }

    /// The box of an element: x, y, width, height. It is scrolled into view first.
    pub fn rect(&self, css: &str) -> [f64; 4] {
        wait_for(&format!("a visible {css}"), || {
            let found = self.run(
                "const e = [...document.querySelectorAll(arguments[0])].find(e => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().width > 0);
                 if (!e) return null;
                 let r = e.getBoundingClientRect();
                 if (!e.closest('[data-testid=canvas]') && (r.left < 0 || r.top < 0 || r.right > innerWidth || r.bottom > innerHeight)) {
                     e.scrollIntoView({block: 'nearest', inline: 'nearest', behavior: 'instant'});
                     r = e.getBoundingClientRect();
                 }
                 return [r.x, r.y, r.width, r.height];",
                json!(css),
            );
            let numbers: Vec<f64> = found.as_array()?.iter().filter_map(Value::as_f64).collect();
            numbers.try_into().ok()
        })
    }

    /// The middle of an element.
    pub fn middle(&self, css: &str) -> At {
        let [x, y, width, height] = self.rect(css);
        (x + width / 2.0, y + height / 2.0)
    }

    /// Presses and releases on an element, with the mouse or a finger.
    pub fn click(&self, css: &str) {
        let at = self.middle(css);
        let hit = self.run(
            "const [css, x, y] = arguments[0]; const e = document.elementFromPoint(x, y);
             return e && (e.matches(css) || e.closest(css) || e.querySelector(css)) ? '' : (e ? e.outerHTML.slice(0, 200) : 'nothing');",
            json!([css, at.0, at.1]),
        );
        assert_eq!(hit, "", "{css} cannot be reached: something lies over its middle");
        self.click_at(at);
    }

    /// Presses and releases at a point.
    pub fn click_at(&self, at: At) {
        self.pointer(vec![to(at, 0), down(0), json!({"type": "pause", "duration": 30}), up(0)]);
    }

    /// Moves the mouse to a point.
    pub fn hover(&self, at: At) {
        self.pointer(vec![to(at, 0), json!({"type": "pause", "duration": 30})]);
    }

    /// Presses and releases on the middle of an element with Shift held.
    pub fn shift_click(&self, css: &str) {
        let at = self.middle(css);
        self.holding(key::SHIFT, || self.click_at(at));
    }

    /// Does something while a key is held.
    pub fn holding(&self, key: &str, what: impl FnOnce()) {
        let turn = |kind: &str| {
            let actions = [json!({"type": kind, "value": key})];
            self.act(json!([{"type": "key", "id": "keys", "actions": actions}]));
        };
        turn("keyDown");
        what();
        turn("keyUp");
    }

    /// Presses and releases the right button at a point.
    pub fn right_click_at(&self, at: At) {
        self.pointer(vec![to(at, 0), down(2), up(2)]);
    }

    /// Presses twice.
    pub fn double_click_at(&self, at: At) {
        self.pointer(vec![to(at, 0), down(0), up(0), down(0), up(0)]);
    }

    /// Drags from one point to another with a few movements on the way.
    pub fn drag(&self, from: At, over: At) {
        self.drag_and_rest(0, from, over, 60);
    }

    /// Drags with a button (1: the middle one), and rests so many ms at the end before letting go.
    pub fn drag_and_rest(&self, button: u8, from: At, over: At, rest_ms: u32) {
        let part = |share: f64| (from.0 + (over.0 - from.0) * share, from.1 + (over.1 - from.1) * share);
        let mut steps = vec![to(from, 0), down(button)];
        steps.extend([0.1, 0.4, 0.8, 1.0].map(|share| to(part(share), 40)));
        steps.extend([json!({"type": "pause", "duration": rest_ms}), up(button)]);
        self.pointer(steps);
    }

    /// Rests so many ms on a point, with the button or the finger down.
    pub fn long_press(&self, at: At, ms: u32) {
        self.pointer(vec![to(at, 0), down(0), json!({"type": "pause", "duration": ms}), up(0)]);
    }

    /// Two fingers beside a point, as far apart as `apart` says, move until they are `then` apart, CSS px.
    pub fn pinch(&self, at: At, apart: f64, then: f64) {
        let finger = |id: &str, side: f64| {
            let place = |spread: f64| (at.0 + side * spread / 2.0, at.1);
            let mut steps = vec![to(place(apart), 0), down(0)];
            steps.extend([0.25, 0.5, 0.75, 1.0].map(|share| to(place(apart + (then - apart) * share), 40)));
            steps.push(up(0));
            json!({"type": "pointer", "id": id, "parameters": {"pointerType": "touch"}, "actions": steps})
        };
        self.act(json!([finger("thumb", -1.0), finger("forefinger", 1.0)]));
    }

    /// Begins a drag, presses Esc in the middle of it, and lets go.
    pub fn hold_and_cancel(&self, from: At, by: At) {
        let pause = || json!({"type": "pause", "duration": 20});
        let over = (from.0 + by.0, from.1 + by.1);
        let half = (from.0 + by.0 / 2.0, from.1 + by.1 / 2.0);
        let mouse = vec![to(from, 0), down(0), to(half, 30), to(over, 30), pause(), pause(), up(0)];
        let escape = [json!({"type": "keyDown", "value": key::ESCAPE}), json!({"type": "keyUp", "value": key::ESCAPE})];
        let keys: Vec<_> = std::iter::repeat_with(pause).take(4).chain(escape).collect();
        self.act(json!([
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": mouse},
            {"type": "key", "id": "keys", "actions": keys},
        ]));
    }

    fn pointer(&self, actions: Vec<Value>) {
        let kind = if self.screen == Screen::Phone { "touch" } else { "mouse" };
        self.act(json!([{"type": "pointer", "id": kind, "parameters": {"pointerType": kind}, "actions": actions}]));
    }

    /// Turns the wheel at a point by so many px downwards.
    pub fn wheel(&self, at: At, by: i32) {
        let turn = json!({"type": "scroll", "x": at.0.round() as i64, "y": at.1.round() as i64, "deltaX": 0, "deltaY": by, "duration": 0});
        self.act(json!([{"type": "wheel", "id": "wheel", "actions": [turn]}]));
    }

    /// Presses a key while others are held, e.g. `[key::CONTROL, "z"]`.
    pub fn press(&self, keys: &[&str]) {
        let down = keys.iter().map(|key| json!({"type": "keyDown", "value": key}));
        let up = keys.iter().rev().map(|key| json!({"type": "keyUp", "value": key}));
        self.act(json!([{"type": "key", "id": "keys", "actions": down.chain(up).collect::<Vec<_>>()}]));
    }

    /// Types a text where the focus is.
    pub fn type_text(&self, text: &str) {
        for letter in text.chars() {
            self.press(&[&letter.to_string()]);
        }
    }

    /// Replaces what a field holds, as a person would, and leaves it with Tab.
    pub fn fill(&self, css: &str, text: &str) {
        self.click(css);
        self.press(&[key::CONTROL, "a"]);
        self.type_text(text);
        self.press(&[key::TAB]);
    }

    fn act(&self, sources: Value) {
        self.browser.command("POST", "/actions", json!({"actions": sources}));
    }

    /// Drags a file from outside onto a point and lets it go there.
    pub fn drop_file(&self, name: &str, text: &str, at: At) {
        let file = self.browser.folder().join(name);
        std::fs::write(&file, text).unwrap_or_else(|problem| panic!("{problem}"));
        for kind in ["dragEnter", "dragOver", "drop"] {
            let data = json!({"items": [], "files": [file], "dragOperationsMask": 1});
            let event = json!({"type": kind, "x": at.0, "y": at.1, "data": data});
            self.browser.devtools("Input.dispatchDragEvent", event);
        }
    }

    /// Chooses a file in the page's file input.
    pub fn choose_file(&self, css: &str, file: &Path) {
        let found = self.browser.command("POST", "/element", json!({"using": "css selector", "value": css}));
        let id =
            found.as_object().and_then(|o| o.values().next()).and_then(Value::as_str).unwrap_or_default().to_owned();
        self.browser.command("POST", &format!("/element/{id}/value"), json!({"text": file.display().to_string()}));
    }

    /// Enters the first frame of the page, or goes back out of it.
    pub fn enter_frame(&self, inside: bool) {
        let id = if inside { json!(0) } else { Value::Null };
        self.browser.command("POST", "/frame", json!({"id": id}));
    }

    /// Takes a picture of the viewport, as WebP: a quarter of a PNG's size.
    pub fn picture(&self) -> Vec<u8> {
        let answer = self.browser.devtools("Page.captureScreenshot", json!({"format": "webp", "quality": 88}));
        let text = answer["data"].as_str().unwrap_or_default();
        base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// What must hold at the end of every test: no request to another host, and nothing that the console calls severe.
    /// `expected` are parts of console messages that the test provoked.
    pub fn is_clean(&self, expected: &[&str]) {
        for line in self.browser.log("performance") {
            let message: Value = serde_json::from_str(line["message"].as_str().unwrap_or_default()).unwrap_or_default();
            let message = &message["message"];
            if message["method"] != "Network.requestWillBeSent" {
                continue;
            }
            let address = message["params"]["request"]["url"].as_str().unwrap_or_default();
            let own = address.strip_prefix(self.site.origin()).is_some_and(|rest| rest.starts_with('/'));
            let local = ["blob:", "data:", "about:", "chrome:"].iter().any(|scheme| address.starts_with(scheme));
            assert!(own || local, "the page asked another host: {address}");
        }
        for line in self.browser.log("browser") {
            let text = line["message"].as_str().unwrap_or_default();
            let provoked = expected.iter().any(|part| text.contains(part));
            assert!(line["level"] != "SEVERE" || provoked, "the console says: {text}");
        }
    }
}

fn to(at: At, duration: u32) -> Value {
    json!({"type": "pointerMove", "x": at.0.round() as i64, "y": at.1.round() as i64, "duration": duration, "origin": "viewport"})
}

fn down(button: u8) -> Value {
    json!({"type": "pointerDown", "button": button})
}

fn up(button: u8) -> Value {
    json!({"type": "pointerUp", "button": button})
}

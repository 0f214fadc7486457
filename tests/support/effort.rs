//! What a gesture costs a page: input played by the browser's own protocol at 60 moves a second, frames counted by the page,
//! work measured by the browser. Any page can be measured, not only ours.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::page::At;

/// How long a gesture takes.
const TAKES: Duration = Duration::from_secs(2);
/// Least time between two moves.
const PACE: Duration = Duration::from_micros(16_667);
/// Radius of the circle that a dragging hand describes, CSS px.
const RADIUS: f64 = 120.0;

/// Counts frames, and those of them that input came before.
const WATCH: &str = "
    const watch = window.watch = {frames: [], answered: 0, on: true};
    let input = false, last = performance.now();
    for (const name of ['pointermove', 'mousemove', 'wheel']) addEventListener(name, () => input = true, {capture: true, passive: true});
    const frame = now => {
        watch.frames.push(now - last);
        last = now;
        if (input) { watch.answered++; input = false; }
        if (watch.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(now => { last = now; requestAnimationFrame(frame); });";

/// A gesture of a hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gesture {
    /// Drags what is at this point in a circle, back to where it was.
    Drag(At),
    /// Moves the whole picture in a circle, with the middle button.
    Pan(At),
    /// Turns the wheel with Ctrl held, away and back.
    Zoom(At),
}

/// What a gesture came to, ms.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Median time between two frames.
    pub median: f64,
    /// 95th percentile of the time between two frames.
    pub p95: f64,
    /// The main thread's processor time for each frame that input came before.
    pub work: f64,
}

impl Effort {
    /// Plays a gesture and measures it.
    ///
    /// # Panics
    /// If the browser fails, or draws no frame.
    pub fn of(browser: &Browser, gesture: Gesture) -> Self {
        browser.devtools("Performance.enable", json!({"timeDomain": "threadTicks"}));
        browser.command("POST", "/execute/sync", json!({"script": WATCH, "args": []}));
        let before = busy(browser);
        gesture.play(browser);
        let after = busy(browser);
        let script = "window.watch.on = false; return window.watch;";
        let watch = browser.command("POST", "/execute/sync", json!({"script": script, "args": []}));
        let mut frames: Vec<f64> = watch["frames"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        frames.sort_by(f64::total_cmp);
        let answered = watch["answered"].as_f64().unwrap_or_default();
        assert!(!frames.is_empty() && answered > 0.0, "no frame was drawn");
        Self {
            median: frames[frames.len() / 2],
            p95: frames[frames.len() * 95 / 100],
            work: (after - before) / answered,
        }
    }

    /// Of several rounds, the middle one in each respect.
    ///
    /// # Panics
    /// If there is none.
    pub fn middle(rounds: &[Self]) -> Self {
        let middle = |of: fn(&Self) -> f64| {
            let mut all: Vec<f64> = rounds.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        Self { median: middle(|e| e.median), p95: middle(|e| e.p95), work: middle(|e| e.work) }
    }
}

/// Processor time the page's main thread has spent so far, ms.
fn busy(browser: &Browser) -> f64 {
    let all = browser.devtools("Performance.getMetrics", json!({}));
    let metrics = all["metrics"].as_array();
    let task = metrics.and_then(|list| list.iter().find(|metric| metric["name"] == "TaskDuration"));
    task.and_then(|metric| metric["value"].as_f64()).unwrap_or_default() * 1e3
}

impl Gesture {
    fn play(self, browser: &Browser) {
        let mouse = |kind: &str, (x, y): At, button: &str| {
            let buttons =
                if kind == "mouseReleased" { 0 } else { u8::from(button == "left") + 4 * u8::from(button == "middle") };
            browser.devtools(
                "Input.dispatchMouseEvent",
                json!({"type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1}),
            );
        };
        let drag = |from: At, button: &str| {
            mouse("mouseMoved", from, "none");
            mouse("mousePressed", from, button);
            in_time(|share| {
                let (sin, cos) = (share * std::f64::consts::TAU).sin_cos();
                mouse("mouseMoved", (from.0 + RADIUS * sin, from.1 + RADIUS * (1.0 - cos)), button);
            });
            mouse("mouseReleased", from, button);
        };
        match self {
            Self::Drag(at) => drag(at, "left"),
            Self::Pan(at) => drag(at, "middle"),
            Self::Zoom((x, y)) => in_time(|share| {
                let by = if share < 0.5 { 12.0 } else { -12.0 };
                browser.devtools(
                    "Input.dispatchMouseEvent",
                    json!({"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by, "modifiers": 2}),
                );
            }),
        }
    }
}

/// Makes the moves of a gesture, each told how far it has come (0 to 1): a page that is slow to answer gets fewer.
fn in_time(mut step: impl FnMut(f64)) {
    let start = Instant::now();
    loop {
        let due = Instant::now() + PACE;
        let share = (start.elapsed().as_secs_f64() / TAKES.as_secs_f64()).min(1.0);
        step(share);
        if share >= 1.0 {
            return;
        }
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

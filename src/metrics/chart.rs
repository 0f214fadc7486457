//! One small chart drawn on a `<canvas>`, outside the virtual DOM: lines over simulated time, a crosshair with values.

use super::scale::{Scale, ticks_between};
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

/// One line of a chart. Lines are told apart by dash as well as by colour.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Name on the legend.
    pub name: String,
    /// CSS custom property that holds the colour (`--accent`).
    pub token: &'static str,
    /// Lengths of dashes and gaps, CSS px; empty for a solid line.
    pub dash: &'static [f64],
    /// A value a step; `None` leaves a gap.
    pub values: Vec<Option<f32>>,
}

/// What a chart shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// Start of the first step, simulated s.
    pub start_s: f64,
    /// Length of a step, simulated s.
    pub step_s: f64,
    /// The lines, the most important last (it is drawn on top).
    pub lines: Vec<Line>,
    /// True for shares: the axis then goes from 0 to 1 and is labelled in per cent.
    pub share: bool,
}

/// Colours as the theme has them now.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    read: web_sys::CssStyleDeclaration,
}

impl Theme {
    /// The colours in force at `element`.
    pub fn of(element: &web_sys::Element) -> Option<Self> {
        let read = web_sys::window()?.get_computed_style(element).ok()??;
        Some(Self { read })
    }

    fn colour(&self, token: &str) -> String {
        let value = self.read.get_property_value(token).unwrap_or_default();
        if value.is_empty() { "gray".to_owned() } else { value.trim().to_owned() }
    }
}

const LEFT: f64 = 40.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 20.0;

/// The step under a point `x` CSS px from the chart's left edge.
pub fn step_at(data: &Data, width: f64, x: f64) -> Option<usize> {
    let n = steps(data);
    let inner = width - LEFT - RIGHT;
    if n == 0 || x < LEFT || x > width - RIGHT || inner <= 0.0 {
        return None;
    }
    Some((((x - LEFT) / inner * n as f64) as usize).min(n - 1))
}

fn steps(data: &Data) -> usize {
    data.lines.iter().map(|l| l.values.len()).max().unwrap_or(0)
}

/// Draws the chart into `width` × `height` CSS px; `dpr` device pixels each. `hover` is the step to mark.
pub fn draw(
    cx: &CanvasRenderingContext2d,
    size: (f64, f64),
    dpr: f64,
    data: &Data,
    hover: Option<usize>,
    theme: &Theme,
) {
    let (width, height) = size;
    let (w, h) = ((width - LEFT - RIGHT).max(1.0), (height - TOP - BOTTOM).max(1.0));
    let n = steps(data);
    let max = data.lines.iter().flat_map(|l| &l.values).flatten().fold(0.0f32, |a, &b| a.max(b));
    let scale = if data.share { Scale::share() } else { Scale::up_to(f64::from(max) * 1.05, 3) };
    let y = |v: f64| TOP + h - (v / scale.top).clamp(0.0, 1.0) * h;
    let x = |step: f64| LEFT + step / n.max(1) as f64 * w;

    let _ = cx.set_transform(dpr, 0.0, 0.0, dpr, 0.0, 0.0);
    cx.clear_rect(0.0, 0.0, width, height);
    cx.set_font("11px system-ui, sans-serif");
    cx.set_line_width(1.0);
    let _ = cx.set_line_dash(&js_sys::Array::new());
    if n == 0 || data.lines.is_empty() {
        return;
    }
    grid(cx, &scale, data, (width, height), theme, &y);
    time_axis(cx, data, n, (w, height), theme);
    for line in &data.lines {
        cx.set_stroke_style_str(&theme.colour(line.token));
        let dash: js_sys::Array = line.dash.iter().map(|d| JsValue::from_f64(*d)).collect();
        let _ = cx.set_line_dash(&dash);
        cx.set_line_width(1.75);
        cx.set_line_join("round");
        cx.begin_path();
        let mut pen_up = true;
        for (i, value) in line.values.iter().enumerate() {
            let Some(v) = value else {
                pen_up = true;
                continue;
            };
            let (px, py) = (x(i as f64 + 0.5), y(f64::from(*v)));
            if pen_up {
                cx.move_to(px, py)
            } else {
                cx.line_to(px, py)
            }
            pen_up = false;
        }
        cx.stroke();
    }
    let _ = cx.set_line_dash(&js_sys::Array::new());
    if let Some(step) = hover.filter(|s| *s < n) {
        cx.set_stroke_style_str(&theme.colour("--text-3"));
        cx.set_line_width(1.0);
        cx.begin_path();
        cx.move_to(x(step as f64 + 0.5), TOP);
        cx.line_to(x(step as f64 + 0.5), TOP + h);
        cx.stroke();
        for line in &data.lines {
            if let Some(Some(v)) = line.values.get(step) {
                cx.set_fill_style_str(&theme.colour(line.token));
                cx.begin_path();
                let _ = cx.arc(x(step as f64 + 0.5), y(f64::from(*v)), 3.0, 0.0, std::f64::consts::TAU);
                cx.fill();
            }
        }
    }
}

fn grid(
    cx: &CanvasRenderingContext2d,
    scale: &Scale,
    data: &Data,
    size: (f64, f64),
    theme: &Theme,
    y: &impl Fn(f64) -> f64,
) {
    cx.set_text_align("right");
    cx.set_text_baseline("middle");
    let line = theme.colour("--line");
    for t in &scale.ticks {
        let at = y(*t).round() + 0.5;
        cx.set_stroke_style_str(&line);
        cx.begin_path();
        cx.move_to(LEFT, at);
        cx.line_to(size.0 - RIGHT, at);
        cx.stroke();
        cx.set_fill_style_str(&theme.colour("--text-2"));
        let label = if data.share { format!("{:.0} %", t * 100.0) } else { super::scale::tick(*t) };
        let _ = cx.fill_text(&label, LEFT - 6.0, at);
    }
}

fn time_axis(cx: &CanvasRenderingContext2d, data: &Data, n: usize, size: (f64, f64), theme: &Theme) {
    let (w, height) = size;
    let end = data.start_s + n as f64 * data.step_s;
    cx.set_text_baseline("alphabetic");
    cx.set_fill_style_str(&theme.colour("--text-2"));
    let (unit, word) = unit_of(end);
    for tick in ticks_between(data.start_s / unit, end / unit, 3) {
        let t = tick * unit;
        let at = LEFT + (t - data.start_s) / (end - data.start_s).max(1e-12) * w;
        cx.set_text_align(if at > LEFT + w - 20.0 {
            "right"
        } else if at < LEFT + 8.0 {
            "left"
        } else {
            "center"
        });
        let _ = cx.fill_text(&format!("{} {word}", super::scale::tick(tick)), at, height - 6.0);
    }
}

/// The unit for an axis that ends at `end_s`, in s, and its name: ticks are round numbers of it.
fn unit_of(end_s: f64) -> (f64, &'static str) {
    match end_s {
        _ if end_s >= 7200.0 => (3600.0, "h"),
        _ if end_s >= 300.0 => (60.0, "min"),
        _ if end_s < 0.5 => (0.001, "ms"),
        _ => (1.0, "s"),
    }
}

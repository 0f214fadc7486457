//! Dots drawn once per size and theme into one strip of pictures, then copied: colour and shape both tell the fate.

use crate::canvas::stage::dom;
use backpressure_sim::metrics::Fate;
use std::f64::consts::TAU;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

const FATES: [Fate; 5] = [Fate::Fresh, Fate::Hit, Fate::Miss, Fate::Answered, Fate::Failed];

/// Radius of a dot at 100 %, CSS px.
const RADIUS: f64 = 4.5;

/// The strip of pictures.
#[derive(Default)]
pub struct Sprites {
    strip: Option<HtmlCanvasElement>,
    /// Radius that the strip was drawn for, device px.
    radius: f64,
}

impl Sprites {
    /// Makes sure that the strip fits the zoom and the screen. Sizes go in steps, so zooming redraws it now and then only.
    pub fn prepare(&mut self, zoom: f64, ratio: f64) {
        let size = (zoom.clamp(0.5, 1.75) * 8.0).round() / 8.0;
        let radius = RADIUS * size * ratio;
        if self.strip.is_none() || (self.radius - radius).abs() > 0.01 {
            self.radius = radius;
            self.strip = self.drawn();
        }
    }

    /// Forgets the strip: colours have changed.
    pub fn forget(&mut self) {
        self.strip = None;
    }

    /// The strip, once prepared.
    pub fn atlas(&self) -> Option<&HtmlCanvasElement> {
        self.strip.as_ref()
    }

    /// Edge of one picture, device px, with a margin for the outline.
    pub fn edge(&self) -> f64 {
        (self.radius * 2.0 + 6.0).ceil()
    }

    /// Place of a fate's picture in the strip.
    pub fn column(&self, fate: Fate) -> f64 {
        match fate {
            Fate::Fresh => 0.0,
            Fate::Hit => 1.0,
            Fate::Miss => 2.0,
            Fate::Answered => 3.0,
            Fate::Failed => 4.0,
        }
    }

    fn drawn(&self) -> Option<HtmlCanvasElement> {
        let document = dom::document()?;
        let strip: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
        let edge = self.edge();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen px")]
        let (width, height) = ((edge * 5.0) as u32, edge as u32);
        strip.set_width(width);
        strip.set_height(height);
        let context: CanvasRenderingContext2d = strip.get_context("2d").ok()??.dyn_into().ok()?;
        let ground = token("--bg");
        for fate in FATES {
            let colour = token(&format!("--fate-{}", super::fate_name(fate).0));
            let x = (self.column(fate) + 0.5) * edge;
            picture(&context, fate, x, edge / 2.0, self.radius, &colour, &ground);
        }
        Some(strip)
    }
}

/// A colour token of the theme in force.
pub fn token(name: &str) -> String {
    let value = web_sys::window().zip(dom::document().and_then(|d| d.document_element())).and_then(|(window, root)| {
        let styles = window.get_computed_style(&root).ok()??;
        styles.get_property_value(name).ok()
    });
    value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()).unwrap_or_else(|| "#808080".to_owned())
}

/// One dot. An outline in the ground's colour keeps it apart from the line it runs along.
fn picture(c: &CanvasRenderingContext2d, fate: Fate, x: f64, y: f64, r: f64, colour: &str, ground: &str) {
    let circle = |radius: f64| {
        c.begin_path();
        let _ = c.arc(x, y, radius, 0.0, TAU);
    };
    let diamond = |radius: f64| {
        c.begin_path();
        c.move_to(x, y - radius);
        c.line_to(x + radius, y);
        c.line_to(x, y + radius);
        c.line_to(x - radius, y);
        c.close_path();
    };
    c.set_line_cap("round");
    c.set_line_join("round");
    c.set_fill_style_str(ground);
    match fate {
        Fate::Fresh => {
            circle(r + 1.0);
            c.fill();
            c.set_fill_style_str(colour);
            circle(r);
            c.fill();
        }
        Fate::Hit => {
            circle(r + 2.0);
            c.fill();
            c.set_fill_style_str(colour);
            circle(r * 0.5);
            c.fill();
            c.set_stroke_style_str(colour);
            c.set_line_width(r * 0.36);
            circle(r * 0.98);
            c.stroke();
        }
        Fate::Miss => {
            circle(r + 1.0);
            c.fill();
            c.set_stroke_style_str(colour);
            c.set_line_width(r * 0.45);
            circle(r * 0.78);
            c.stroke();
        }
        Fate::Answered => {
            diamond(r * 1.2 + 1.5);
            c.fill();
            c.set_fill_style_str(colour);
            diamond(r * 1.2);
            c.fill();
        }
        Fate::Failed => {
            let arm = r * 0.75;
            for (width, style) in [(r * 1.05, ground), (r * 0.6, colour)] {
                c.set_stroke_style_str(style);
                c.set_line_width(width);
                c.begin_path();
                c.move_to(x - arm, y - arm);
                c.line_to(x + arm, y + arm);
                c.move_to(x + arm, y - arm);
                c.line_to(x - arm, y + arm);
                c.stroke();
            }
        }
    }
}

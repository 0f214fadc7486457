//! What a component is made of, in a tray under its card: a bar for each shard, partition, replica or hot key.

use super::dom::{self, Figure};
use backpressure_sim::metrics::{Inside, PartMark};
use std::fmt::Write;
use web_sys::Element;

/// Room for the bars, px.
const WIDTH: f64 = 52.0;
const HEIGHT: f64 = 13.0;
/// Widest bar, and the widest gap between two, px.
const WIDEST: f64 = 8.0;
const GAP: f64 = 1.5;
/// What the bars are drawn with, from the back; the last crosses out what is down.
const LAYERS: [&str; 5] = [".inside-tracks", ".inside-bars", ".inside-hot", ".inside-leads", ".inside-down"];

/// The tray.
pub struct InsideView {
    root: Element,
    svg: Element,
    layers: Vec<Element>,
    caption: Figure,
    shown: Inside,
}

impl InsideView {
    /// Builds the tray behind a card.
    pub fn new(card: &Element) -> Option<Self> {
        let root = dom::build(TRAY)?;
        card.insert_before(&root, card.first_child().as_ref()).ok()?;
        let layers = LAYERS.iter().filter_map(|layer| dom::find(&root, layer)).collect();
        Some(Self {
            layers,
            svg: dom::find(&root, "svg")?,
            caption: Figure::new(dom::find(&root, ".inside-caption")?),
            shown: Inside::default(),
            root,
        })
    }

    /// Takes the tray away.
    pub fn remove(&self) {
        self.root.remove();
    }

    /// Shows the parts as they are now.
    pub fn show(&mut self, inside: &Inside) {
        self.caption.show(&inside.caption);
        if self.shown.parts == inside.parts {
            return;
        }
        self.shown.clone_from(inside);
        #[expect(clippy::cast_precision_loss, reason = "a few dozen")]
        let step = (WIDTH / inside.parts.len().max(1) as f64).min(WIDEST + GAP);
        let width = step - GAP.min(step / 3.0);
        let mut paths = [const { String::new() }; LAYERS.len()];
        let mut x = 0.0;
        for part in &inside.parts {
            // What is there at all is never invisible.
            let height = (f64::from(part.level.clamp(0.0, 1.0)) * HEIGHT).max(1.0);
            let [tracks, bars, hot, leads, down] = &mut paths;
            // Writing to a String cannot fail.
            let _ = write!(tracks, "M{x:.1} 0h{width:.1}v{HEIGHT}h-{width:.1}z");
            let _ = match part.mark {
                PartMark::Plain => bar(bars, x, width, height),
                PartMark::Hot => bar(hot, x, width, height),
                PartMark::Leads => bar(leads, x, width, height),
                PartMark::Down => write!(down, "M{x:.1} 2l{width:.1} 9m0-9l-{width:.1} 9"),
            };
            x += step;
        }
        dom::set(&self.svg, "width", &format!("{x:.0}"));
        for (layer, path) in self.layers.iter().zip(&paths) {
            dom::set(layer, "d", path);
        }
    }
}

fn bar(path: &mut String, x: f64, width: f64, height: f64) -> std::fmt::Result {
    write!(path, "M{x:.1} {HEIGHT}v-{height:.1}h{width:.1}v{height:.1}z")
}

const TRAY: &str = concat!(
    "<div class=\"node-inside\" aria-hidden=\"true\"><svg width=\"0\" height=\"13\">",
    "<path class=\"inside-tracks\"/><path class=\"inside-bars\"/><path class=\"inside-hot\"/><path class=\"inside-leads\"/>",
    "<path class=\"inside-down\"/></svg><span class=\"inside-caption\"></span></div>"
);

//! How the traffic of users runs over time, as a small curve beside what it is set by.

use crate::canvas::figures::{amount, text};
use backpressure_sim::components::{Kind, Outline};
use serde_json::{Map, Value};
use std::fmt::Write;
use yew::prelude::*;

/// Size of the drawing, in units of its own.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 56.0;

/// The curve, for a kind that has one.
#[inline(never)]
pub fn outline(kind: &Kind, params: &Map<String, Value>) -> Html {
    kind.outline.map_or_else(Html::default, |of| drawn(&of(params)))
}

fn drawn(outline: &Outline) -> Html {
    let most = outline.values.iter().copied().fold(0.0, f64::max);
    let least = outline.values.iter().copied().fold(f64::INFINITY, f64::min);
    let each = WIDTH / outline.values.len().max(1) as f64;
    // Flat over each piece, so that steps and spikes stay upright.
    let mut path = String::new();
    for (i, value) in outline.values.iter().enumerate() {
        let y = HEIGHT - 2.0 - value / most.max(1e-9) * (HEIGHT - 6.0);
        let (from, to) = (each * i as f64, each * (i + 1) as f64);
        let _ = write!(path, "{}{from:.1} {y:.1}H{to:.1}", if i == 0 { 'M' } else { 'L' });
    }
    let filled = [&path, "V56H0Z"].concat();
    let range = if most - least < 0.005 * most {
        [&text(amount, most), " ", outline.unit].concat()
    } else {
        [&text(amount, least), " to ", &text(amount, most), " ", outline.unit].concat()
    };
    let note = if outline.note.is_empty() { String::new() } else { ["; ", outline.note].concat() };
    let words = ["The first ", &text(amount, outline.span_s), " s: ", &range, &note, "."].concat();
    html! {
        <figure class="outline" data-testid="outline">
            <svg viewBox="0 0 280 56" preserveAspectRatio="none" aria-hidden="true">
                <path class="outline-area" d={filled} /><path class="outline-line" d={path} />
            </svg>
            <figcaption>{ words }</figcaption>
        </figure>
    }
}

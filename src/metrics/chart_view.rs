//! A chart with its title and its legend, which carries the values under the crosshair.

use super::chart::{self, Data, Theme};
use super::scale::{latency, percent, short};
use crate::canvas::watch_size;
use crate::session::use_mounted;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::prelude::*;

/// What a value is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Per simulated second.
    PerS,
    /// Milliseconds.
    Ms,
    /// A share of one.
    Share,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Unit::PerS => short(value),
            Unit::Ms => latency(value),
            Unit::Share => percent(value),
        }
    }
}

/// Properties of [`ChartView`].
#[derive(Properties, PartialEq)]
pub struct ChartViewProps {
    /// What it shows.
    pub title: AttrValue,
    /// Unit in words, beside the title.
    pub unit_words: AttrValue,
    /// Unit of the values.
    pub unit: Unit,
    /// The lines.
    pub data: Rc<Data>,
    /// What the legend says of each line while no step is pointed at; what is missing, nothing.
    pub lately: Vec<Option<f64>>,
    /// Of which time that is: "last 2 s".
    pub window: AttrValue,
    /// What to say while there are no lines.
    pub nothing: AttrValue,
    /// The step under the pointer, in any of the charts.
    pub hover: Option<usize>,
    /// Called with the step under the pointer.
    pub on_hover: Callback<Option<usize>>,
}

/// A chart.
#[component]
pub fn ChartView(props: &ChartViewProps) -> Html {
    let canvas = use_node_ref();
    // Counts the sizes it has had, each of which makes the drawing stale: among them none, while its panel is closed.
    let stale = use_state(|| 0u32);
    {
        let (stale, canvas) = (stale.setter(), canvas.clone());
        use_mounted(move || {
            let counter = std::cell::Cell::new(0u32);
            let canvas = canvas.cast::<HtmlCanvasElement>()?;
            watch_size(&canvas, move || {
                counter.set(counter.get() + 1);
                stale.set(counter.get());
            })
        });
    }
    {
        let canvas = canvas.clone();
        let theme = web_sys::window().and_then(|w| w.document()?.document_element()?.get_attribute("data-theme"));
        use_effect_with((props.data.clone(), props.hover, *stale, theme), move |(data, hover, _, _)| {
            if let Some(canvas) = canvas.cast::<HtmlCanvasElement>() {
                paint(&canvas, data, *hover);
            }
        });
    }
    let on_move = {
        let (data, on_hover) = (props.data.clone(), props.on_hover.clone());
        Callback::from(move |event: PointerEvent| {
            let Some(canvas) = event.target().and_then(|t| t.dyn_into::<HtmlCanvasElement>().ok()) else { return };
            let bounds = canvas.get_bounding_client_rect();
            on_hover.emit(chart::step_at(&data, bounds.width(), f64::from(event.client_x()) - bounds.left()));
        })
    };
    let on_leave = {
        let on_hover = props.on_hover.clone();
        Callback::from(move |_: PointerEvent| on_hover.emit(None))
    };
    let has_lines = props.data.lines.iter().any(|l| l.values.iter().any(Option::is_some));
    let value = |i: usize, line: &chart::Line| {
        let at = match props.hover {
            Some(step) => line.values.get(step).copied().flatten().map(f64::from),
            None => props.lately.get(i).copied().flatten(),
        };
        at.map_or("–".to_owned(), |v| props.unit.show(v))
    };
    let when = props.hover.map_or_else(|| props.window.clone(), |step| pointed_at(&props.data, step));
    html! {
        <figure class="chart">
            <figcaption class="chart-title">
                { props.title.clone() }<span class="chart-unit">{ props.unit_words.clone() }</span><span class="chart-when" hidden={!has_lines}>{ when }</span>
            </figcaption>
            <ul class="chart-legend">
                { for props.data.lines.iter().enumerate().rev().map(|(i, line)| html! {
                    <li key={i} style={format!("--colour: var({})", line.token)}>
                        <svg width="12" height="8" viewBox="0 0 12 8" aria-hidden="true">
                            <path d="M0 4h12" stroke="currentColor" stroke-width="2" stroke-dasharray={dashes(line.dash)} />
                        </svg>
                        <span class="chart-name">{ line.name.clone() }</span><span class="chart-value">{ value(i, line) }</span>
                    </li>
                }) }
            </ul>
            <div class="chart-box">
                <canvas ref={canvas} role="img" aria-label={format!("{}: chart over simulated time. The table has the figures.", props.title)}
                        onpointermove={on_move} onpointerleave={on_leave} />
                <p class="chart-nothing" hidden={has_lines}>{ props.nothing.clone() }</p>
            </div>
        </figure>
    }
}

/// The instant in the middle of a step. Only who points asks, so a function of its own.
#[inline(never)]
fn pointed_at(data: &Data, step: usize) -> AttrValue {
    format!("at {} s", short(data.start_s + (step as f64 + 0.5) * data.step_s)).into()
}

fn dashes(dash: &[f64]) -> String {
    dash.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn paint(canvas: &HtmlCanvasElement, data: &Data, hover: Option<usize>) {
    let painted = || -> Option<()> {
        let dpr = web_sys::window()?.device_pixel_ratio().clamp(1.0, 3.0);
        let size = (f64::from(canvas.client_width()), f64::from(canvas.client_height()));
        if size.0 < 1.0 || size.1 < 1.0 {
            return None;
        }
        let pixels = ((size.0 * dpr).round() as u32, (size.1 * dpr).round() as u32);
        if (canvas.width(), canvas.height()) != pixels {
            canvas.set_width(pixels.0);
            canvas.set_height(pixels.1);
        }
        let cx: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        chart::draw(&cx, size, dpr, data, hover, &Theme::of(canvas)?);
        Some(())
    };
    let _ = painted();
}

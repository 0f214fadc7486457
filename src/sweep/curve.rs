//! One curve of a sweep as a drawing: values across, figures upwards.

use crate::metrics::scale::{Scale, tick, ticks_between};
use yew::prelude::*;

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 158.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 24.0;

/// A line of the curve, told apart by dash as well as by colour.
pub struct Line {
    /// Name on the legend.
    pub name: &'static str,
    /// CSS custom property that holds the colour.
    pub token: &'static str,
    /// As SVG's `stroke-dasharray`.
    pub dash: &'static str,
    /// Value and figure of every point that has come, in order; not a number where there is no such figure, which is a gap.
    pub points: Vec<(f64, f64)>,
}

/// A curve.
pub struct Curve<'c> {
    /// What it shows, with the unit.
    pub title: &'static str,
    /// Smallest and largest value of the sweep.
    pub range: (f64, f64),
    /// Largest figure to show; what is above leaves through the top.
    pub top: f64,
    /// The lines.
    pub lines: Vec<Line>,
    /// Where latency turns upwards.
    pub knee: Option<f64>,
    /// Between which values there is no room; they may go on beyond the drawing.
    pub full: [Option<(f64, f64)>; 2],
    /// What was swept, for a screen reader.
    pub path: &'c str,
}

/// Draws it.
pub fn curve(c: &Curve) -> Html {
    let (from, to) = c.range;
    let span = if to > from { to - from } else { 1.0 };
    let scale = Scale::up_to(c.top, 3);
    let right = WIDTH - RIGHT;
    let floor = HEIGHT - BOTTOM;
    let x = |v: f64| LEFT + (v - from) / span * (right - LEFT);
    let y = |v: f64| floor - (v / scale.top).min(1.0) * (floor - TOP);
    let at = |v: f64| px(x(v));
    let line = |l: &Line| {
        let seen =
            |piece: &[(f64, f64)]| piece.iter().map(|&(v, f)| [px(x(v)), px(y(f))].join(",")).collect::<Vec<_>>();
        let pieces = l.points.split(|p| !p.1.is_finite()).filter(|piece| !piece.is_empty());
        let style = ["stroke:var(", l.token, ")"].concat();
        html! { <>
            { for pieces.map(|piece| html! {
                <polyline points={seen(piece).join(" ")} style={style.clone()} stroke-dasharray={l.dash} />
            }) }
            { for l.points.iter().filter(|p| p.1.is_finite()).map(|&(v, f)| html! { <circle cx={px(x(v))} cy={px(y(f))} r="2.5" style={style.clone()} /> }) }
        </> }
    };
    let legend = |l: &Line| {
        html! {
            <li style={["--colour: var(", l.token, ")"].concat()}>
                <svg width="16" height="8" viewBox="0 0 16 8" aria-hidden="true">
                    <path d="M0 4h16" stroke="currentColor" stroke-width="2" stroke-dasharray={l.dash} />
                </svg>
                <span class="chart-name">{ l.name }</span>
            </li>
        }
    };
    html! {
        <figure class="chart sweep-curve">
            <figcaption class="chart-title">{ c.title }</figcaption>
            <ul class="chart-legend">{ for c.lines.iter().map(legend) }</ul>
            <svg viewBox={format!("0 0 {WIDTH} {HEIGHT}")} preserveAspectRatio="xMinYMid" role="img" aria-label={[c.title, " against ", c.path, ". The table has the figures."].concat()}>
                { for c.full.iter().flatten().map(|&(low, high)| {
                    let (left, to) = (x(low.max(from)), x(high.min(from + span)));
                    let (place, anchor) = if low < from { (left + 4.0, "start") } else { (to - 4.0, "end") };
                    html! { <>
                        <rect class="sweep-saturated" x={px(left)} y={px(TOP)} width={px((to - left).max(2.0))} height={px(floor - TOP)} />
                        <text class="sweep-mark" x={px(place)} y="12" text-anchor={anchor}>{ "no room" }</text>
                    </> }
                }) }
                { for scale.ticks.iter().map(|&t| html! { <>
                    <line class="sweep-grid" x1={px(LEFT)} x2={px(right)} y1={px(y(t))} y2={px(y(t))} />
                    <text x={px(LEFT - 6.0)} y={px(y(t) + 4.0)} text-anchor="end">{ tick(t) }</text>
                </> }) }
                { for ticks_between(from, from + span, 5).into_iter().map(|t| html! {
                    <text x={at(t)} y={px(HEIGHT - 8.0)} text-anchor="middle">{ tick(t) }</text>
                }) }
                if let Some(v) = c.knee {
                    <line class="sweep-knee" x1={at(v)} x2={at(v)} y1={px(TOP)} y2={px(floor)} />
                    <text class="sweep-mark" x={px(x(v) - 4.0)} y="12" text-anchor="end">{ "knee" }</text>
                }
                { for c.lines.iter().map(line) }
            </svg>
        </figure>
    }
}

/// A length in the drawing; a tenth of a pixel is exact enough.
fn px(v: f64) -> String {
    ((v * 10.0).round() / 10.0).to_string()
}

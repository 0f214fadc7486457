//! Flow along links whose single requests are too fast to follow: width says how many, moving dashes which way, and the
//! share of red dashes among the replies how many of them failed. Dashes are long strokes, so nobody takes one for a request.

use super::sprites::token;
use super::{ASIDE, Traffic, clearness};
use crate::canvas::stage::{LinkView, MAP};
use web_sys::js_sys::Array;
use web_sys::{CanvasRenderingContext2d, Path2d};

/// Length of a dash and of the gap behind it, world units.
const DASH: f64 = 16.0;
const GAP: f64 = 12.0;
/// How fast dashes move, world units per wall second.
const PACE: f64 = 60.0;
/// Steps of the share of failed replies.
const STEPS: usize = 16;

/// Paths of one link, made when its shape changes.
struct Lane {
    shape: u32,
    calls: Path2d,
    replies: Path2d,
    /// Width of both, smoothed, world units.
    calls_width: f64,
    replies_width: f64,
}

/// Flow along all links.
#[derive(Default)]
pub struct Flow {
    lanes: Vec<Option<Lane>>,
    dashes: Vec<Array>,
    colours: Option<[String; 3]>,
    offset: f64,
}

impl Flow {
    /// Colours have changed.
    pub fn forget_colours(&mut self) {
        self.colours = None;
    }

    /// Draws the flow; returns whether there was any.
    pub fn draw(&mut self, context: &CanvasRenderingContext2d, traffic: &Traffic, ratio: f64) -> bool {
        if traffic.running && !traffic.still {
            self.offset = (self.offset + traffic.elapsed_ms / 1e3 * PACE) % (DASH + GAP);
        }
        self.lanes.resize_with(traffic.links.len(), || None);
        if self.dashes.is_empty() {
            self.dashes = (0..=STEPS).map(pattern).collect();
        }
        let colours =
            self.colours.get_or_insert_with(|| ["--fate-fresh", "--fate-answered", "--fate-failed"].map(token));
        let camera = traffic.camera;
        let scale = camera.zoom * ratio;
        let mut any = false;
        // From afar a dash would be thinner than a pixel; lines that carry traffic have its colour instead.
        let rates = if camera.zoom < MAP { &[] } else { traffic.rates };
        for (i, rates) in rates.iter().enumerate() {
            let Some(at) = traffic.index.get(i).copied().flatten() else { continue };
            let Some(link) = traffic.links.get(at).filter(|l| l.visible) else { continue };
            let followed = if traffic.still { 0.0 } else { clearness(link.latency_ms / traffic.speed.max(1e-9)) };
            let strength = 1.0 - followed;
            if strength < 0.02 || (rates.calls_per_s <= 0.0 && rates.replies_per_s <= 0.0) {
                continue;
            }
            let Some(lane) = self.lanes.get_mut(at).and_then(|lane| refreshed(lane, link)) else { continue };
            // Smoothed over a third of a second: rates come ten times a second.
            let ease = 1.0 - (-traffic.elapsed_ms.clamp(0.0, 200.0) / 300.0).exp();
            lane.calls_width += (width_of(rates.calls_per_s) - lane.calls_width) * ease;
            lane.replies_width += (width_of(rates.replies_per_s) - lane.replies_width) * ease;
            if !any {
                any = true;
                let _ =
                    context.set_transform(scale, 0.0, 0.0, scale, -camera.origin.x * scale, -camera.origin.y * scale);
                context.set_line_cap("butt");
            }
            context.set_global_alpha(strength);
            self.offset %= DASH + GAP;
            let stroke = |path: &Path2d, colour: &str, width: f64, dash: Option<&Array>, offset: f64| {
                let Some(dash) = dash.filter(|_| width > 0.2) else { return };
                context.set_stroke_style_str(colour);
                context.set_line_width(width);
                let _ = context.set_line_dash(dash);
                context.set_line_dash_offset(offset);
                context.stroke_with_path(path);
            };
            stroke(&lane.calls, &colours[0], lane.calls_width, self.dashes.get(STEPS), -self.offset);
            // The dash of replies is part green, part red, as the replies are.
            let failed = if rates.replies_per_s > 0.0 {
                (rates.failed_per_s / rates.replies_per_s).clamp(0.0, 1.0)
            } else {
                0.0
            };
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to STEPS"
            )]
            let mut red = (failed * STEPS as f64).round() as usize;
            if failed > 0.0 {
                red = red.max(1);
            }
            stroke(
                &lane.replies,
                &colours[1],
                lane.replies_width,
                self.dashes.get(STEPS - red).filter(|_| red < STEPS),
                self.offset,
            );
            #[expect(clippy::cast_precision_loss, reason = "0 to STEPS")]
            let ahead = DASH * (STEPS - red) as f64 / STEPS as f64;
            stroke(
                &lane.replies,
                &colours[2],
                lane.replies_width,
                self.dashes.get(red).filter(|_| red > 0),
                self.offset - ahead,
            );
        }
        if any {
            context.set_global_alpha(1.0);
            let _ = context.set_line_dash(&Array::new());
        }
        any
    }
}

/// Width of a flow, world units: each tenfold rate adds as much again.
fn width_of(per_s: f64) -> f64 {
    if per_s <= 0.0 { 0.0 } else { (1.2 + (per_s + 1.0).log10() * 0.9).min(6.0) }
}

/// A dash of `steps` sixteenths of the full length, and the gap that keeps the rhythm.
fn pattern(steps: usize) -> Array {
    #[expect(clippy::cast_precision_loss, reason = "at most 16")]
    let dash = DASH * steps as f64 / STEPS as f64;
    Array::of2(&dash.into(), &(DASH + GAP - dash).into())
}

/// The lane's paths, made anew if the link lies elsewhere.
fn refreshed<'a>(lane: &'a mut Option<Lane>, link: &LinkView) -> Option<&'a mut Lane> {
    if lane.as_ref().is_none_or(|l| l.shape != link.shape) {
        let (calls_width, replies_width) = lane.as_ref().map_or((0.0, 0.0), |l| (l.calls_width, l.replies_width));
        *lane = Some(Lane {
            shape: link.shape,
            calls: beside(link, ASIDE)?,
            replies: beside(link, -ASIDE)?,
            calls_width,
            replies_width,
        });
    }
    lane.as_mut()
}

/// The link's path, moved aside.
fn beside(link: &LinkView, aside: f64) -> Option<Path2d> {
    let path = Path2d::new().ok()?;
    for (i, (point, across)) in link.line.samples().enumerate() {
        let (x, y) = (point.x + across.x * aside, point.y + across.y * aside);
        if i == 0 {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::width_of;

    #[test]
    fn width_grows_with_the_rate_and_stays_within_a_links_room() {
        assert!(width_of(0.0) < 1e-12);
        assert!(width_of(10.0) < width_of(100.0));
        assert!(width_of(1e9) <= 6.0);
    }
}

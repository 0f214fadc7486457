//! Bent links that would lie on each other are spread into lanes side by side.

use super::plan::{Line, Plan};
use crate::{Point, Rect, in_port, out_port};

/// This far apart two links can be told from each other, dots and all, world units.
const ENOUGH: f64 = 9.0;
/// Steps in which a place is looked for, world units.
const STEP: f64 = 5.0;
/// Farthest from its line that a link is moved, world units.
const MOST: f64 = 60.0;

/// A link to be spread.
pub(super) struct Laned {
    pub plan: Plan,
    pub from: Rect,
    pub to: Rect,
    /// It has its lanes: others make way.
    pub stays: bool,
}

/// One straight part of a bent link.
struct Part {
    link: usize,
    which: usize,
    line: Line,
    low: f64,
    high: f64,
    /// It stays where it is: it has its lane, or has to meet a port.
    fixed: bool,
    /// Where it comes to lie.
    at: f64,
}

/// The plans of links with their parts moved into lanes. The answer does not depend on what was planned when.
///
/// `is_free` says whether a box holds nothing that a lane must not run through.
pub(super) fn spread(links: &[Laned], is_free: &mut dyn FnMut(&Rect) -> bool) -> Vec<Plan> {
    let mut spread: Vec<Plan> = links.iter().map(|l| l.plan).collect();
    for upright in [true, false] {
        for part in laned(parts(links, upright), upright, is_free) {
            if let Some(Plan::Bent { first, across, second }) = spread.get_mut(part.link) {
                let line = [first, across, second].into_iter().nth(part.which);
                if let Some(line) = line {
                    line.at = part.at;
                }
            }
        }
    }
    spread
}

/// The vertical or the horizontal parts of all bent links.
fn parts(links: &[Laned], upright: bool) -> Vec<Part> {
    let mut parts = Vec::new();
    for (link, Laned { plan, from, to, stays }) in links.iter().enumerate() {
        let Plan::Bent { first, across, second } = plan else { continue };
        let (start, end) = (out_port(*from).y, in_port(*to).y);
        let mut add = |which: usize, line: &Line, a: f64, b: f64, fixed: bool| {
            if (a - b).abs() > 1.0 {
                parts.push(Part { link, which, line: *line, low: a.min(b), high: a.max(b), fixed, at: line.at });
            }
        };
        if upright {
            add(0, first, start, across.at, *stays);
            add(2, second, across.at, end, *stays);
        } else {
            add(1, across, first.at, second.at, *stays || across.at == start || across.at == end);
        }
    }
    parts
}

/// Gives each part the first place beside its line that is far enough from all others along its length; where there is
/// none before something is in the way, the place that is farthest from them.
fn laned(mut parts: Vec<Part>, upright: bool, is_free: &mut dyn FnMut(&Rect) -> bool) -> Vec<Part> {
    // Short ones inside, so that long ones pass around them.
    parts.sort_by(|a, b| {
        let length = |p: &Part| p.high - p.low;
        a.line.at.total_cmp(&b.line.at).then(length(a).total_cmp(&length(b))).then(a.link.cmp(&b.link))
    });
    for i in 0..parts.len() {
        let part = &parts[i];
        if part.fixed {
            continue;
        }
        // Those placed already, and those that stay where they are.
        let near = |p: &&Part| (part.line.at - p.line.at).abs() <= 2.0 * MOST;
        let before = parts[..i].iter().rev().take_while(near);
        let behind = parts[i + 1..].iter().take_while(near).filter(|p| p.fixed);
        let beside: Vec<f64> = before
            .chain(behind)
            .filter(|p| p.low < part.high && part.low < p.high && p.link != part.link)
            .map(|p| p.at)
            .collect();
        let mut best = (f64::NEG_INFINITY, part.line.at);
        let mut off = 0.0;
        while off <= MOST && best.0 < ENOUGH {
            let at = part.line.at + part.line.side * off;
            let (a, b) = if upright {
                (Point::new(at - 2.0, part.low), Point::new(at + 2.0, part.high))
            } else {
                (Point::new(part.low, at - 2.0), Point::new(part.high, at + 2.0))
            };
            if off > 0.0 && !is_free(&Rect::between(a, b)) {
                break;
            }
            let room = beside.iter().map(|o| (o - at).abs()).fold(f64::INFINITY, f64::min);
            if room > best.0 {
                best = (room, at);
            }
            off += STEP;
        }
        parts[i].at = best.1;
    }
    parts
}

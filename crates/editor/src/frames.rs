//! The frames of zones: around their members, wherever those are drawn.

use crate::Rect;
use backpressure_sim::{Design, Node};
use std::collections::HashMap;

/// Space between a zone's frame and its members, world units.
pub const ZONE_PADDING: f64 = 20.0;
/// Height of the strip at the top of a frame that holds the name, world units.
pub const ZONE_TITLE: f64 = 30.0;

/// The frames of the zones that have members, as positions in the design's list with their boxes, in the order of the
/// list. `rect_of` says where a node is drawn and in which zone it counts. O(nodes + zones).
pub fn zone_frames<'d>(
    design: &'d Design,
    rect_of: impl Fn(usize, &'d Node) -> (Rect, Option<&'d str>),
) -> Vec<(usize, Rect)> {
    if design.zones.is_empty() {
        return Vec::new();
    }
    let mut around: HashMap<&str, Rect> = HashMap::new();
    for (i, node) in design.nodes.iter().enumerate() {
        let (rect, zone) = rect_of(i, node);
        if let Some(zone) = zone {
            around.entry(zone).and_modify(|r| *r = r.union(&rect)).or_insert(rect);
        }
    }
    let frame = |(i, zone): (usize, &backpressure_sim::design::Zone)| Some((i, framed(around.get(zone.id.as_str())?)));
    design.zones.iter().enumerate().filter_map(frame).collect()
}

/// The frame around members that fill this box.
pub fn framed(members: &Rect) -> Rect {
    let frame = members.grown(ZONE_PADDING);
    let above = ZONE_TITLE - ZONE_PADDING / 2.0;
    Rect { y: frame.y - above, h: frame.h + above, ..frame }
}

/// The strip of a frame that holds the zone's name: the zone is taken hold of here.
pub fn zone_title(frame: &Rect) -> Rect {
    Rect { h: ZONE_TITLE, ..*frame }
}

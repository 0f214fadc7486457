//! Which zone a dragged component belongs to: dropped inside a frame it joins, dropped far from the rest of its zone it
//! leaves. Components that move together with their whole zone stay in it.

use crate::ops::Piece;
use crate::{Editor, Point, Rect, node_rect, zone_frames};
use std::collections::HashSet;

/// A component stays in its zone as long as it is not farther than this from the others, world units.
const LEAVES_BEYOND: f64 = 2.0 * crate::NODE_WIDTH;

/// What the drag knows of zones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zones {
    /// Zones with their frames around the members that stand still.
    still: Vec<(String, Rect)>,
    /// Moving components that may change their zone: position, box at the start, zone.
    free: Vec<(usize, Rect, Option<String>)>,
}

impl Zones {
    /// The zone of each moving component that would have another one if it was dropped `by` from where it was.
    pub fn changes(&self, by: Point) -> Vec<(usize, Option<&str>)> {
        let all = self.free.iter().map(|(at, rect, own)| {
            let own = own.as_deref();
            (*at, own, self.zone_at(rect.moved(by), own))
        });
        all.filter(|(_, own, new)| own != new).map(|(at, _, new)| (at, new)).collect()
    }

    /// The zone of a component of zone `own` that is dropped here.
    fn zone_at<'a>(&'a self, rect: Rect, own: Option<&'a str>) -> Option<&'a str> {
        let inside = self.still.iter().find(|(_, frame)| frame.contains(rect.center()));
        let near =
            |zone: &&str| self.still.iter().any(|(id, frame)| id == zone && frame.grown(LEAVES_BEYOND).touches(&rect));
        inside.map(|(id, _)| id.as_str()).or(own.filter(near))
    }
}

impl Editor {
    /// What a drag of these has to know of zones.
    pub(crate) fn zones_around(&self, pieces: &[(Piece, Point)]) -> Zones {
        let design = self.design();
        if design.zones.is_empty() {
            return Zones::default();
        }
        let moving: HashSet<usize> =
            pieces.iter().filter_map(|(p, _)| if let Piece::Node(i) = p { Some(*i) } else { None }).collect();
        let frames = zone_frames(design, |i, n| (node_rect(n), n.zone.as_deref().filter(|_| !moving.contains(&i))));
        let still: Vec<(String, Rect)> =
            frames.into_iter().map(|(i, rect)| (design.zones[i].id.clone(), rect)).collect();
        let has_rest = |zone: &str| still.iter().any(|(id, _)| id == zone);
        let mut free: Vec<(usize, Rect, Option<String>)> = Vec::new();
        for at in moving {
            let Some(node) = design.nodes.get(at) else { continue };
            // A zone that does not exist counts as none; one that moves as a whole keeps its members.
            let own = node.zone.clone().filter(|z| design.zone(z).is_some());
            if own.as_deref().is_none_or(has_rest) {
                free.push((at, node_rect(node), own));
            }
        }
        free.sort_by_key(|(at, ..)| *at);
        Zones { still, free }
    }
}

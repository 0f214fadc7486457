//! The picture of the gesture under way.

use super::{Moving, Phase};
use crate::ops::Piece;
use crate::{
    Editor, Ghost, Hint, Hover, Point, Scene, Side, Tool, ZoneView, in_port, node_rect, note_rect, out_port,
    zone_frames,
};
use std::collections::HashMap;

/// In a design with as many links, whoever looks at it knows how to draw them.
const LEARNT: usize = 4;

impl Editor {
    /// What is drawn beyond the document.
    pub fn scene(&self) -> Scene {
        let mut scene = Scene {
            marquee: self.marquee(),
            preview: self.preview(),
            prompt: self.prompt(),
            hint: self.hint(),
            hover: self.hands.hover.clone(),
            near: self.hands.near.clone().or_else(|| self.chosen_by_finger().map(str::to_owned)),
            focused: self.focused.clone(),
            phase: self.hands.phase.name(),
            cursor: self.cursor(),
            ..Scene::default()
        };
        let moving = match &self.hands.phase {
            Phase::Moving(m) => Some(m),
            Phase::Connecting(c) => {
                scene.targets.clone_from(&c.targets);
                None
            }
            _ => None,
        };
        if let Some(m) = moving {
            self.show_moving(m, &mut scene);
        }
        scene.zones = self.zone_views(moving.filter(|_| !self.hands.mods.alt));
        scene
    }

    fn show_moving(&self, m: &Moving, scene: &mut Scene) {
        let design = self.design();
        for &(piece, at) in &m.pieces {
            let to = at + m.by;
            let (id, rect, list) = match piece {
                Piece::Node(i) => {
                    let Some(node) = design.nodes.get(i) else { continue };
                    (&node.id, node_rect(node), &mut scene.moved)
                }
                Piece::Note(i) => {
                    let Some(note) = design.notes.get(i) else { continue };
                    (&note.id, note_rect(note), &mut scene.moved_notes)
                }
            };
            if self.hands.mods.alt {
                scene.ghosts.push(Ghost { rect: rect.moved(m.by) });
            } else {
                list.push((id.clone(), to));
            }
        }
        scene.guides.clone_from(&m.guides);
        scene.hover = None;
        scene.near = None;
    }

    /// The frames of the zones as they would be if the drag ended now.
    fn zone_views(&self, moving: Option<&Moving>) -> Vec<ZoneView> {
        let design = self.design();
        if design.zones.is_empty() {
            return Vec::new();
        }
        let (mut shifted, mut changed) = (HashMap::new(), HashMap::new());
        if let Some(m) = moving {
            shifted.extend(m.pieces.iter().filter_map(|(piece, at)| match piece {
                Piece::Node(i) => Some((*i, *at + m.by)),
                Piece::Note(_) => None,
            }));
            changed.extend(m.zones.changes(m.by));
        }
        let frames = zone_frames(design, |i, node| {
            let rect = node_rect(node);
            let rect = shifted.get(&i).map_or(rect, |at: &Point| rect.moved(*at - rect.corner()));
            (rect, changed.get(&i).copied().unwrap_or(node.zone.as_deref()))
        });
        let receiving: Vec<&str> = changed.values().filter_map(|zone| *zone).collect();
        let selected = self.selected_zone().map(|z| z.id.as_str());
        let view = |(i, rect)| {
            let id = design.zones.get(i).map_or("", |z: &backpressure_sim::design::Zone| z.id.as_str());
            ZoneView { id: id.to_owned(), rect, selected: selected == Some(id), receives: receiving.contains(&id) }
        };
        frames.into_iter().map(view).collect()
    }

    /// A port says what it is for until a few links have been drawn.
    fn hint(&self) -> Option<Hint> {
        let Some(Hover::Port { node, side }) = &self.hands.hover else { return None };
        if !matches!(self.hands.phase, Phase::Idle) || self.design().links.len() >= LEARNT {
            return None;
        }
        let rect = node_rect(self.node(node)?);
        Some(match side {
            Side::Out => Hint { words: "Drag to what it calls, or click", at: out_port(rect) },
            Side::In => Hint { words: "Drag to what calls it, or click", at: in_port(rect) },
        })
    }

    fn cursor(&self) -> &'static str {
        match &self.hands.phase {
            Phase::Panning { .. } | Phase::Pinching { .. } => "grabbing",
            Phase::Moving(_) if self.hands.mods.alt => "copy",
            Phase::Moving(_) => "move",
            Phase::Connecting(_) | Phase::Marquee { .. } => "crosshair",
            _ if self.tool == Tool::Hand || self.hands.space.is_some() => "grab",
            _ => match &self.hands.hover {
                Some(Hover::Port { .. }) => "crosshair",
                Some(Hover::LinkEnd { .. }) => "grab",
                Some(Hover::Link(_)) => "pointer",
                Some(Hover::Zone(_)) if self.editable => "move",
                Some(Hover::Node(_)) if self.tool == Tool::Connect => "crosshair",
                _ => "default",
            },
        }
    }
}

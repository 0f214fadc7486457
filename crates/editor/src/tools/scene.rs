//! The picture of the gesture under way.

use super::Phase;
use crate::{Editor, Ghost, Hover, Scene, Tool};

impl Editor {
    /// What is drawn beyond the document.
    pub fn scene(&self) -> Scene {
        let mut scene = Scene {
            marquee: self.marquee(),
            preview: self.preview(),
            hover: self.hands.hover.clone(),
            focused: self.focused.clone(),
            phase: self.hands.phase.name(),
            cursor: self.cursor(),
            ..Scene::default()
        };
        match &self.hands.phase {
            Phase::Moving(m) => {
                let nodes = &self.design().nodes;
                for &(i, at) in &m.nodes {
                    let Some(node) = nodes.get(i) else { continue };
                    if self.hands.mods.alt {
                        scene.ghosts.push(Ghost { kind: node.kind.clone(), name: node.name.clone(), at: at + m.by });
                    } else {
                        scene.moved.push((node.id.clone(), at + m.by));
                    }
                }
                scene.guides.clone_from(&m.guides);
                scene.hover = None;
            }
            Phase::Connecting(c) => scene.targets.clone_from(&c.targets),
            _ => {}
        }
        scene
    }

    fn cursor(&self) -> &'static str {
        match &self.hands.phase {
            Phase::Panning { .. } | Phase::Pinching => "grabbing",
            Phase::Moving(_) if self.hands.mods.alt => "copy",
            Phase::Moving(_) => "move",
            Phase::Connecting(_) | Phase::Marquee { .. } => "crosshair",
            _ if self.tool == Tool::Hand || self.hands.space.is_some() => "grab",
            _ => match &self.hands.hover {
                Some(Hover::Port { .. }) => "crosshair",
                Some(Hover::LinkEnd { .. }) => "grab",
                Some(Hover::Link(_)) => "pointer",
                Some(Hover::Node(_)) if self.tool == Tool::Connect => "crosshair",
                _ => "default",
            },
        }
    }
}

//! What to draw beyond the document: the gesture under way, what is hovered, what has the focus.

use crate::geometry::{Rect, node_rect};
use crate::path::LinkPath;
use crate::{Part, Point};
use backpressure_sim::Node;
use std::rc::Rc;

/// A picture of the gesture under way, made anew for each frame that needs it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Nodes drawn elsewhere than the document says, with the top left corner they are drawn at, world units.
    pub moved: Vec<(String, Point)>,
    /// The same for notes.
    pub moved_notes: Vec<(String, Point)>,
    /// Copies that will appear when the pointer is released (Alt+drag).
    pub ghosts: Vec<Ghost>,
    /// The marquee, world units.
    pub marquee: Option<Rect>,
    /// The link being drawn or reconnected.
    pub preview: Option<LinkPreview>,
    /// While connecting: which nodes the link may lead to, and which not.
    pub targets: Rc<[Target]>,
    /// What to do next, in a sentence, where that needs saying.
    pub prompt: Option<String>,
    /// What can be done with what is under the pointer, for whoever has not done it yet.
    pub hint: Option<Hint>,
    /// What is under the pointer.
    pub hover: Option<Hover>,
    /// Alignment guides, world units.
    pub guides: Vec<Guide>,
    /// CSS cursor.
    pub cursor: &'static str,
    /// What has the keyboard focus inside the canvas.
    pub focused: Option<Part>,
    /// The frames of the zones, where the gesture has them.
    pub zones: Vec<ZoneView>,
    /// The node that the pointer comes near: its ports show.
    pub near: Option<String>,
    /// Name of the gesture's phase (`Idle`, `Translating`), for tests and styling.
    pub phase: &'static str,
}

impl Scene {
    /// The box a node is drawn in: where the gesture has it, or where the document says. O(moved nodes).
    pub fn rect_of(&self, node: &Node) -> Rect {
        match self.moved.iter().find(|(id, _)| *id == node.id) {
            Some((_, at)) => Rect::of_node_at(*at),
            None => node_rect(node),
        }
    }
}

/// A few words at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Hint {
    /// The words.
    pub words: &'static str,
    /// The place they belong to, world units.
    pub at: Point,
}

/// A component or a note that is not there yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Ghost {
    /// Its box, world units.
    pub rect: Rect,
}

/// The frame of a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneView {
    /// The zone.
    pub id: String,
    /// The frame, world units.
    pub rect: Rect,
    /// Are all its components selected?
    pub selected: bool,
    /// Would what is being dragged belong to it?
    pub receives: bool,
}

/// A side of a node where links end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The in port, on the left: calls arrive.
    In,
    /// The out port, on the right: calls leave.
    Out,
}

impl Side {
    /// The other one.
    pub fn opposite(self) -> Self {
        match self {
            Side::In => Side::Out,
            Side::Out => Side::In,
        }
    }

    /// `in` or `out`, as in `data-port`.
    pub fn name(self) -> &'static str {
        match self {
            Side::In => "in",
            Side::Out => "out",
        }
    }
}

/// A link being drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkPreview {
    /// The node it is anchored at.
    pub anchor: String,
    /// The side of the anchor it starts at: `Out` if the anchor calls, `In` if it is called.
    pub side: Side,
    /// Its course in the direction of calls, world units.
    pub path: LinkPath,
    /// The node under the pointer, if one is.
    pub target: Option<String>,
    /// Why it may not lead there; `None` if it may, or if there is no target.
    pub refused: Option<String>,
    /// The link that is being reconnected, to be drawn faintly or not at all.
    pub replaces: Option<String>,
}

impl LinkPreview {
    /// The free end: at the callee when drawn from a caller, at the caller when drawn from a callee.
    pub fn end(&self) -> Point {
        if self.side == Side::Out { self.path[3] } else { self.path[0] }
    }
}

/// A node as the far end of the link being drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The node.
    pub node: String,
    /// May it lead there?
    pub open: bool,
}

/// What is under the pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hover {
    /// A node's body.
    Node(String),
    /// A port.
    Port {
        /// The node.
        node: String,
        /// Which of its ports.
        side: Side,
    },
    /// A link.
    Link(String),
    /// The name of a zone, by which it is taken hold of.
    Zone(String),
    /// A note.
    Note(String),
    /// An end of a link, which can be dragged to another node.
    LinkEnd {
        /// The link.
        link: String,
        /// `Out`: the end at the caller; `In`: the end at the called node.
        side: Side,
    },
}

impl Hover {
    /// The node concerned, if one is.
    pub fn node(&self) -> Option<&str> {
        match self {
            Hover::Node(node) | Hover::Port { node, .. } => Some(node),
            _ => None,
        }
    }

    /// The link concerned, if one is.
    pub fn link(&self) -> Option<&str> {
        match self {
            Hover::Link(link) | Hover::LinkEnd { link, .. } => Some(link),
            _ => None,
        }
    }
}

/// A line that shows why what is dragged snaps, world units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guide {
    /// One end.
    pub from: Point,
    /// The other.
    pub to: Point,
    /// Is it one of two equal gaps, rather than a line that several have in common?
    pub gap: bool,
}

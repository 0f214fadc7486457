//! The icons: one visual language, drawn for this product. Each is a drawing on a 24 px grid with 1.75 px round
//! strokes in the current colour, so that it takes the colour and the theme of the text beside it.

mod drawings;
mod kinds;

use backpressure_sim::components::{self, Group};
use yew::prelude::*;

pub use kinds::drawing_of_kind;

/// An icon's outline and the parts of it that are filled, both as SVG path data on a 24 × 24 grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Stroked, 1.75 px wide, round caps and joins.
    pub stroke: &'static str,
    /// Filled; empty when nothing is.
    pub fill: &'static str,
}

/// A drawing of lines only.
const fn line(stroke: &'static str) -> Drawing {
    Drawing { stroke, fill: "" }
}

/// What the toolbars and panels show as pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    Play,
    Pause,
    StepEvent,
    StepRequest,
    Reset,
    Undo,
    Redo,
    Share,
    Open,
    Save,
    Sun,
    Moon,
    Screen,
    Help,
    Info,
    Fit,
    Select,
    Hand,
    Connect,
    Close,
    Plus,
    Minus,
    Trash,
    Duplicate,
    Chart,
    Table,
    Warning,
    ChevronDown,
    ChevronRight,
    ChevronUp,
    ArrowUp,
    ArrowDown,
    Layers,
    Sliders,
    Coin,
    External,
    Bolt,
    Waterfall,
    Check,
    Search,
    Grid,
    List,
    Logo,
}

impl Symbol {
    /// The drawing of this symbol.
    pub fn drawing(self) -> Drawing {
        drawings::drawing(self)
    }
}

/// A picture beside or instead of a word, `size` CSS px wide. It is hidden from screen readers: the control around it
/// carries the name. (A function and not a component: each kind of component costs the page some kilobytes.)
pub fn icon(name: Symbol, size: u32) -> Html {
    picture(name.drawing(), size)
}

/// The picture of a kind of component, by its name in the document.
pub fn kind_icon(kind: &str, size: u32) -> Html {
    picture(drawing_of_kind(kind), size)
}

/// What a kind of component is for, as its colour and the shape of its card say it; a kind of its own for caches.
pub fn family(kind: &str) -> &'static str {
    match (kind, components::kind(kind).map(|k| k.group)) {
        ("cache", _) => "cache",
        (_, Some(Group::Traffic)) => "traffic",
        (_, Some(Group::Edge)) => "edge",
        (_, Some(Group::Compute)) => "compute",
        (_, Some(Group::Data)) => "data",
        (_, Some(Group::Messaging)) => "messaging",
        (_, Some(Group::Outside) | None) => "outside",
    }
}

/// Name of the colour of a kind of component.
pub fn hue(kind: &str) -> &'static str {
    match family(kind) {
        "traffic" => "--hue-traffic",
        "edge" => "--hue-edge",
        "compute" => "--hue-compute",
        "cache" => "--hue-cache",
        "data" => "--hue-data",
        "messaging" => "--hue-messaging",
        _ => "--hue-outside",
    }
}

/// The style that gives an element the colour of a kind of component.
pub fn colour(kind: &str) -> String {
    format!("--kind: var(--hue-{})", family(kind))
}

/// A drawing, `size` CSS px wide.
pub fn picture(drawing: Drawing, size: u32) -> Html {
    let size = size.to_string();
    html! {
        <svg class="icon" width={size.clone()} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true" focusable="false">
            <path d={drawing.stroke} stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" />
            <path d={drawing.fill} fill="currentColor" />
        </svg>
    }
}

//! The headless editor: the document, its history, gestures and geometry. It knows nothing of yew or web-sys, so
//! every gesture is tested by playing pointer and keyboard input in plain `cargo test`.
//!
//! ```text
//!   screen ──Input──▶ Editor ──Effect──▶ screen        (gestures: pointer, wheel, keys)
//!   panels ──Action─▶   │                              (menus, inspector, palette)
//!                    Design, history, selection, camera, Scene
//! ```
//!
//! The document changes only through transactions, each one undo step. A gesture under way never changes it: what it
//! would do is in the [`Scene`], and becomes one step when it ends, or nothing when it is cancelled.

pub mod action;
pub mod camera;
mod clipboard;
mod document;
mod edit;
mod editor;
pub mod effect;
mod frames;
pub mod geometry;
mod history;
pub mod input;
mod layout;
mod navigate;
mod ops;
mod params;
pub mod path;
pub mod picture;
mod placement;
mod route;
mod routes;
mod rules;
pub mod scene;
mod selection;
mod snap;
mod suggest;
pub mod timestamps;
mod tools;
mod transaction;
mod view;

pub use action::{Action, Tool};
pub use camera::Camera;
pub use editor::Editor;
pub use effect::{Effect, RunKey};
pub use frames::{ZONE_PADDING, ZONE_TITLE, zone_frames, zone_title};
pub use geometry::{
    GRID, NODE_HEIGHT, NODE_WIDTH, NOTE_LINE, NOTE_PADDING, NOTE_WIDTH, Point, Rect, bounds, in_port, node_corner,
    node_rect, note_rect, out_port,
};
pub use input::{Button, Input, Mods, PointerKind};
pub use path::{LinkPath, link_path, path_between, path_bounds, path_length, point_on, tangent_on};
pub use route::{Route, Router};
pub use scene::{Ghost, Guide, Hint, Hover, LinkPreview, Scene, Side, Target, ZoneView};
pub use selection::{Part, Selection};

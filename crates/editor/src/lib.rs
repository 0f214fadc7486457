//! The headless editor: the document, its history, gestures and geometry. It knows nothing of yew or web-sys, so
//! every gesture is tested by playing pointer and keyboard input in plain `cargo test`.
//!
//! ```text
//!   screen ──Input──▶ Editor ──Effect──▶ screen        (gestures: pointer, wheel, keys)
//!   panels ──Action─▶   │                              (menus, inspector, palette)
//!                    Design (immutable value), history, selection, camera, Scene
//! ```

pub mod geometry;
pub mod input;
pub mod action;

pub use action::{Action, Effect, Selection};
pub use geometry::{Camera, Point, Rect};
pub use input::{Button, Input, Mods, PointerKind};

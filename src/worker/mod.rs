//! The Web Worker that runs the simulation, seen from both sides.
//!
//! One binary serves as page and worker: `main` asks whether there is a window. The page starts the worker from a blob
//! that imports the page's own script and hands it the compiled module, so nothing is downloaded or compiled twice and
//! a deploy can never pair an old worker with a new page.

mod client;
mod pace;
mod runner;
mod shell;
mod timeline;

pub use client::{Event, Worker};
pub use pace::FASTEST;
pub use shell::run;

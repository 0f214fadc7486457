//! What the screen and the headless runner read: counters, histograms, series, traces.

mod snapshot;
pub use snapshot::*;

//! What the screen and the headless runner read: counters, histograms, series, traces.

mod batches;
mod confidence;
mod counters;
pub mod histogram;
mod hops;
mod levels;
mod recorder;
mod report;
mod snapshot;

pub use confidence::{CONFIDENCE, Ends, LatencyConfidence, NodeConfidence};
pub(crate) use counters::{LinkCounters, NodeCounters, Own, RequestCounters, named, node_row};
pub(crate) use hops::Hops;
pub use levels::Levels;
pub use recorder::Recorder;
pub use report::{EndpointReport, LatencyReport, NodeReport, OwnReport, Report, Requests};
pub use snapshot::*;

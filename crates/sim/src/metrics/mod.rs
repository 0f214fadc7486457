//! What the screen and the headless runner read: counters, histograms, series, traces.

mod batches;
mod confidence;
mod counters;
mod faults;
pub mod histogram;
mod hops;
mod inside;
mod levels;
mod marks;
mod means;
mod profile;
mod recorder;
mod report;
mod snapshot;
mod traces;

pub use confidence::{CONFIDENCE, Ends, LatencyConfidence, NodeConfidence};
pub(crate) use confidence::{figure, quantile};
pub(crate) use counters::{LinkCounters, NodeCounters, Own, Parts, RequestCounters, named, node_row};
pub use faults::{FaultSpell, FaultState, fault_states, victim_of};
pub(crate) use hops::Hops;
pub(crate) use inside::TAKING_OVER;
pub use inside::{Inside, PartMark, PartSnapshot};
pub use levels::Levels;
pub use profile::{ProfileRow, RequestTrace, SpanTrace};
pub use recorder::Recorder;
pub use report::{CostReport, EndpointReport, LatencyReport, NodeReport, OwnReport, Report, Requests};
pub use snapshot::*;
pub(crate) use traces::Traces;
pub use traces::{Span, Trace};

//! Queueing theory, statistics, bottlenecks.

mod arrivals;
pub mod assertions;
pub mod bottleneck;
pub mod comparison;
pub mod contrasts;
pub mod cost;
pub(crate) mod experience;
pub mod growth;
pub(crate) mod guards;
pub(crate) mod lanes;
pub mod measures;
pub(crate) mod metastable;
pub mod model;
pub mod promises;
pub(crate) mod relaxation;
pub mod stationarity;
pub mod statistics;
pub mod sweep;
pub mod theory;
pub(crate) mod troubles;

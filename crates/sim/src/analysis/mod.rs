//! Queueing theory, statistics, bottlenecks.

pub mod bottleneck;
pub mod model;
pub mod stationarity;
pub mod statistics;
pub mod theory;

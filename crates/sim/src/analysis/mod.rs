//! Queueing theory, statistics, bottlenecks.

pub mod assertions;
pub mod bottleneck;
pub mod cost;
pub mod model;
pub mod stationarity;
pub mod statistics;
pub mod theory;

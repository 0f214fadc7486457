//! Queueing theory, statistics, bottlenecks.

pub mod bottleneck;
pub mod model;
pub mod statistics;
pub mod theory;

//! Queueing theory, bottlenecks, cost, assertions.

pub mod bottleneck;
pub mod theory;

//! Queueing theory, bottlenecks, cost, assertions.

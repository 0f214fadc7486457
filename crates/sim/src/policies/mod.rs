//! Balancing, eviction, retrying, popularity: each policy once, used by every component that has the choice.

pub mod autoscaling;
pub mod balancing;
pub mod breaker;
pub mod clients;
pub mod discipline;
pub mod early_refresh;
pub mod eviction;
pub mod health;
pub mod once;
pub mod politeness;
pub mod popularity;
pub mod rate_limit;
pub mod retry;
pub mod sharding;
pub mod single_flight;

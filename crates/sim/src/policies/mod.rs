//! Balancing, eviction, retrying, popularity: each policy once, used by every component that has the choice.

pub mod balancing;
pub mod breaker;
pub mod eviction;
pub mod once;
pub mod popularity;
pub mod retry;

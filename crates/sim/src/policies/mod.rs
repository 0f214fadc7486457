//! Balancing, eviction, retrying, queue discipline: each policy once, used by every component that has the choice.

//! How a component fares, as a shape and a class; the word comes with it. Never colour alone.

use backpressure_sim::metrics::Health;

pub use crate::session::status_word as word;

/// Name of the status in styles (`data-health`).
pub fn name(health: Health) -> &'static str {
    match health {
        Health::Idle => "idle",
        Health::Healthy => "ok",
        Health::Busy => "busy",
        Health::Saturated => "saturated",
        Health::Failing => "failing",
    }
}

/// Name of the status' colour.
pub fn colour(health: Health) -> &'static str {
    match health {
        Health::Idle => "--idle",
        Health::Healthy => "--ok",
        Health::Busy => "--busy",
        Health::Saturated => "--saturated",
        Health::Failing => "--failing",
    }
}

/// The status as a filled shape on a 12 × 12 grid: an empty ring, a tick in a disc, a half-full disc, a full square,
/// a triangle with an exclamation mark. (Even-odd fill.)
pub fn shape(health: Health) -> &'static str {
    match health {
        Health::Idle => {
            "M6 .75a5.25 5.25 0 1 1 0 10.5A5.25 5.25 0 0 1 6 .75Zm0 1.5a3.75 3.75 0 1 0 0 7.5 3.75 3.75 0 0 0 0-7.5Z"
        }
        Health::Healthy => {
            "M6 .5a5.5 5.5 0 1 1 0 11A5.5 5.5 0 0 1 6 .5ZM8.6 3.6 5.2 7.1 3.5 5.4l-1 1 2.7 2.7 4.4-4.5-1-1Z"
        }
        Health::Busy => {
            "M6 .75a5.25 5.25 0 1 1 0 10.5A5.25 5.25 0 0 1 6 .75Zm0 1.5A3.75 3.75 0 0 0 2.25 6h7.5A3.75 3.75 0 0 0 6 2.25Z"
        }
        Health::Saturated => {
            "M2.25.9h7.5A1.35 1.35 0 0 1 11.1 2.25v7.5a1.35 1.35 0 0 1-1.35 1.35h-7.5A1.35 1.35 0 0 1 .9 9.75v-7.5A1.35 1.35 0 0 1 2.25.9Z"
        }
        Health::Failing => {
            "M6 .4c.4 0 .78.2.98.56l4.86 8.7A1.13 1.13 0 0 1 10.85 11.35h-9.7A1.13 1.13 0 0 1 .16 9.66L5.02.96C5.22.6 5.6.4 6 .4ZM5.3 4v3.2h1.4V4H5.3Zm0 4.2v1.4h1.4V8.2H5.3Z"
        }
    }
}

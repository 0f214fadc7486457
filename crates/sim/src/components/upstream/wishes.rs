//! What an upstream is asked to do.

use crate::design::{choice, params};
use crate::policies::balancing::{Balancing, Options};
use crate::policies::health::{HealthCheck, OutlierEjection};
use backpressure_pack::Pack;

choice! {
    /// What happens when a server refuses a request (its queue is full).
    pub enum OnRefusal {
        /// The caller gets the refusal.
        Fail = "fail", "Pass the refusal on";
        /// Another server is tried, each at most once.
        TryNext = "try_next", "Try another server";
    }
}

/// What an [`Upstream`] is asked to do.
#[derive(Clone, Debug, PartialEq, Pack)]
pub(crate) struct Wishes {
    pub balancing: Options,
    pub on_refusal: OnRefusal,
    pub check: Option<HealthCheck>,
    pub ejection: Option<OutlierEjection>,
    /// A client goes to the server it went to last, for so long after.
    pub affinity: Option<Affinity>,
    /// Requests that may wait for a server with room, in each group.
    pub queue_limit: u32,
}

/// A client stays at its server.
#[derive(Clone, Copy, Debug, PartialEq, Pack)]
pub(crate) struct Affinity {
    pub for_ns: u64,
    /// What is balanced is connections: what goes over one that is open is neither routed nor limited.
    pub connections: bool,
}

params! {
    /// The servers behind.
    pub struct UpstreamParams {
        /// How a server is chosen.
        algorithm: Balancing = Balancing::RoundRobin, label "Algorithm";
        /// What happens when a server refuses a request.
        on_refusal: OnRefusal = OnRefusal::TryNext, label "When a server refuses";
        /// Active health checks. Off: a server stays in turn whatever happens to it.
        health_check: Option<HealthCheck> = None, label "Health checks";
    }
}

impl UpstreamParams {
    /// The same as wishes.
    pub fn wishes(&self) -> Wishes {
        Wishes {
            balancing: Options::of(self.algorithm),
            on_refusal: self.on_refusal,
            check: self.health_check.clone(),
            ejection: None,
            affinity: None,
            queue_limit: 0,
        }
    }
}

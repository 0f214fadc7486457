//! Parameters of a link: how far it is, what goes over it, and how the caller behaves when it fails.

use super::Distribution;
use super::macros::{choice, params};
use crate::policies::breaker::BreakerParams;
use crate::policies::retry::Backoff;

choice! {
    /// Which requests are sent over a link.
    pub enum Operations {
        /// Reads and writes.
        All = "all", "Reads and writes";
        /// Reads only, as to a read replica.
        Reads = "reads", "Reads only";
        /// Writes only, as to a primary.
        Writes = "writes", "Writes only";
    }
}

choice! {
    /// What the caller does when a call over a link has failed for good.
    pub enum OnFailure {
        /// Its own request fails too.
        Fail = "fail", "Fail as well";
        /// It answers with less than was asked for; such answers are counted as degraded.
        Degrade = "degrade", "Answer without it";
    }
}

params! {
    /// How the caller guards the calls it makes over a link: what a client library or a sidecar does.
    pub struct CallPolicy {
        /// The caller gives up on an attempt after this long. What it set going goes on at the other end. Off: it waits for ever.
        timeout_ms: Option<f64> = None, label "Timeout", unit "ms", range 0.001..=3_600_000.0;
        /// How often a failed attempt is made again.
        retries: u32 = 0, label "Retries", range 0..=10;
        /// The wait before each retry.
        backoff: Backoff = Backoff::default(), label "Backoff";
        /// Retries allowed, as a share of calls (a bucket of ten tokens: each call puts this much in, each retry takes one out). Off: no limit.
        retry_budget: Option<f64> = None, label "Retry budget", range 0.001..=10.0;
        /// A second attempt is sent when the first has no answer after this long; the first answer counts (Dean & Barroso, "The Tail at Scale", 2013). Off: never.
        hedge_after_ms: Option<f64> = None, label "Hedge after", unit "ms", range 0.001..=3_600_000.0;
        /// Calls that may be out over this link at once; beyond, they fail at once, so that one slow dependency cannot take every slot (a bulkhead). Off: no limit.
        max_concurrent: Option<u32> = None, label "Bulkhead", unit "calls", range 1..=1_000_000;
        /// Stops calling what fails, and tries again later. Off: no breaker.
        breaker: Option<BreakerParams> = None, label "Circuit breaker";
    }
}

impl CallPolicy {
    /// Does it ask for anything at all?
    pub fn is_none(&self) -> bool {
        self.timeout_ms.is_none()
            && self.retries == 0
            && self.hedge_after_ms.is_none()
            && self.max_concurrent.is_none()
            && self.breaker.is_none()
    }

    /// This policy; where it asks for no timeout or no retries, those of `base`.
    pub fn over(self, base: &CallPolicy) -> Self {
        let own = self.retries > 0;
        Self {
            timeout_ms: self.timeout_ms.or(base.timeout_ms),
            retries: if own { self.retries } else { base.retries },
            backoff: if own { self.backoff } else { base.backoff.clone() },
            ..self
        }
    }
}

params! {
    /// Parameters of a link.
    pub struct LinkParams {
        /// Time a message takes one way; a reply takes as long again.
        latency: Distribution = Distribution::Constant { mean_ms: 0.5 }, label "Latency";
        /// Share of the traffic a weighted load balancer sends this way, against its other links.
        weight: f64 = 1.0, label "Weight", range 0.0..=1_000_000.0, advanced;
        /// Which requests go this way, by what they do.
        operations: Operations = Operations::All, label "Carries", advanced;
        /// Only requests whose path starts with one of these go this way (separated by spaces, such as `/api /login`). Empty: all.
        paths: String = String::new(), label "Only paths", max_len 500, advanced;
        /// Calls made over this link for one request: 0.3 means three requests in ten make one, 20 is an N+1 query.
        calls_per_request: f64 = 1.0, label "Calls per request", unit "calls", range 0.0..=1000.0, advanced;
        /// Whether the caller waits for the answer. If not, it sends and forgets.
        wait: bool = true, label "Wait for the answer", advanced;
        /// What the caller does when the call has failed for good.
        on_failure: OnFailure = OnFailure::Fail, label "When it fails", advanced;
        /// Timeouts, retries, hedging, bulkhead and circuit breaker of the calls over this link.
        calls: CallPolicy = CallPolicy::default(), label "Guard", advanced;
        /// Rate at which answers are sent over this link, one after the other; their size is the payload of the endpoint. Off: without limit.
        bandwidth_mbps: Option<f64> = None, label "Bandwidth", unit "Mbit/s", range 0.001..=1_000_000.0, advanced;
        /// Share of messages that are lost on the way, each way.
        loss: f64 = 0.0, label "Loss", range 0.0..=1.0, advanced;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_link_takes_half_a_millisecond_and_guards_nothing() {
        let link = LinkParams::default();
        assert_eq!(link.latency.mean_ms(), 0.5);
        assert!(link.calls.is_none());
        assert!(!CallPolicy { retries: 1, ..link.calls }.is_none());
    }
}

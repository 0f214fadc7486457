//! Says in a sentence what the guards of links do when they do something, and what is called again and again.

use crate::engine::caller::CallerCounters;
use crate::words::figure;

/// A span of time as people say it.
pub(crate) fn ms(ms: f64) -> String {
    match ms {
        ms if ms >= 1000.0 => format!("{:.1} s", ms / 1000.0),
        ms if ms >= 10.0 => format!("{ms:.0} ms"),
        ms => format!("{ms:.1} ms"),
    }
}

/// Retries are spoken of from this share of the calls on.
const MANY: f64 = 0.05;
/// So many calls for one request are spoken of.
const CHATTY: f64 = 5.0;

/// What a link's guard did lately, per simulated second.
pub(crate) struct Rates {
    seconds: f64,
    now: CallerCounters,
    before: CallerCounters,
}

impl Rates {
    pub(crate) fn new(now: CallerCounters, before: CallerCounters, seconds: f64) -> Self {
        Self { seconds, now, before }
    }

    fn of(&self, what: impl Fn(&CallerCounters) -> u64) -> f64 {
        what(&self.now).saturating_sub(what(&self.before)) as f64 / self.seconds
    }

    /// Calls made again.
    pub(crate) fn retries(&self) -> f64 {
        self.of(|c| c.retries)
    }

    /// The sentence for a link of this node that carries so many calls a second, so many for each request.
    pub(crate) fn remark(&self, from: String, calls_per_s: f64, per_request: f64) -> Option<String> {
        let (retries, hedges) = (self.of(|c| c.retries), self.of(|c| c.hedges));
        let (breaker, bulkhead) = (self.of(|c| c.breaker_refused), self.of(|c| c.bulkhead_refused));
        Some(match () {
            () if breaker > 0.0 => {
                format!(
                    "The circuit breaker of {from} is open: {} calls/s fail at once instead of waiting.",
                    figure(breaker)
                )
            }
            () if bulkhead > 0.0 => {
                format!("The bulkhead of {from} is full: {} calls/s are refused at once.", figure(bulkhead))
            }
            () if retries > MANY * calls_per_s => {
                format!("{} of the {} calls/s of {from} are retries.", figure(retries), figure(calls_per_s))
            }
            () if hedges >= 1.0 => {
                format!(
                    "{} of the {} calls/s of {from} are sent beside one that takes long.",
                    figure(hedges),
                    figure(calls_per_s)
                )
            }
            () if per_request >= CHATTY && calls_per_s > 0.0 => {
                format!(
                    "{} calls for each request of {from}: {} calls/s, each there and back.",
                    figure(per_request),
                    figure(calls_per_s)
                )
            }
            () => return None,
        })
    }
}

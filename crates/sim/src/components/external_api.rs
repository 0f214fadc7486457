//! Somebody else's service: it takes the time it takes, fails now and then, limits how often it may be asked, and cannot be scaled.

use super::{Component, Fields, Group, Kind};
use crate::design::{Distribution, Reader, params};
use crate::engine::Context;
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, Outcome, Reason};
use crate::engine::rng::Stream;
use crate::engine::sampler::Sampler;
use crate::metrics::NodeSnapshot;
use crate::policies::rate_limit::{RateLimit, RateLimitParams, RateLimiter, Scope, Verdict};
use crate::words::{figure, whole};
use backpressure_pack::Pack;
use serde_json::{Map, Value};

params! {
    /// Parameters of an external API.
    pub struct ExternalApiParams {
        /// Time it takes to answer, as measured at its door; the way there is the link's.
        latency: Distribution = Distribution::Lognormal { mean_ms: 120.0, sigma: 0.6 }, label "Latency";
        /// Share of requests that fail.
        failure_rate: f64 = 0.002, label "Failure rate", range 0.0..=1.0;
        /// How often it may be asked, by all who are linked to it together; beyond, it answers 429. Off: as often as one likes.
        rate_limit: Option<RateLimit> = None, label "Rate limit";
    }
}

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(crate) struct ExternalApi {
    latency: Sampler,
    failure_rate: f64,
    chance: Stream,
    limiter: Option<RateLimiter>,
}

const ANSWERED: u8 = 0;

fn limit(p: &ExternalApiParams) -> Option<RateLimitParams> {
    p.rate_limit.clone().map(|limit| RateLimitParams { limit, scope: Scope::All })
}

impl Component for ExternalApi {
    fn kind() -> Kind {
        Kind {
            name: "external_api",
            group: Group::Outside,
            label: "External API",
            summary: "Somebody else's service: it takes its time, fails now and then, and limits how often it may be asked.",
            leaves_out: &[
                "What it charges per call.",
                "Its own load by others: the latency and the failures given stand for it.",
            ],
            sources: &["RFC 6585: status 429, Too Many Requests"],
            makes_calls: false,
            fields: Fields::new(ExternalApiParams::fields),
            says,
            check: ExternalApiParams::check,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = ExternalApiParams::read(params, &mut Reader::default());
        Self {
            latency: cx.sampler(&p.latency, "latency"),
            failure_rate: p.failure_rate,
            chance: cx.stream("failures"),
            limiter: limit(&p).as_ref().map(RateLimiter::new),
        }
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = ExternalApiParams::read(params, &mut Reader::default());
        self.latency.set(&p.latency, cx.calendar());
        if !changed {
            return;
        }
        self.failure_rate = p.failure_rate;
        match (&mut self.limiter, limit(&p)) {
            (Some(limiter), Some(limit)) => limiter.set(&limit),
            (limiter, limit) => *limiter = limit.as_ref().map(RateLimiter::new),
        }
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let (client, now) = (cx.call(call).client, cx.now());
        let mut time = self.latency.draw();
        match self.limiter.as_mut().map_or(Verdict::Passes, |limiter| limiter.ask(client, now)) {
            Verdict::Passes => {}
            Verdict::Waits(ns) => time = Delay::once(time.ns.saturating_add(ns)),
            Verdict::Refused => return cx.reply(call, Outcome::Failed(Reason::RateLimited)),
        }
        cx.work(time, call, ANSWERED);
    }

    fn on_timer(&mut self, call: CallId, _tag: u8, cx: &mut Context) {
        let fails = self.failure_rate > 0.0 && self.chance.chance(self.failure_rate);
        cx.reply(call, if fails { Outcome::Failed(Reason::Error) } else { Outcome::Answered });
    }
}

/// Names the limit when it bites.
fn says(node: &NodeSnapshot) -> Option<String> {
    let limited: u64 = node.failed.iter().filter(|(reason, _)| reason == "rate_limited").map(|(_, n)| n).sum();
    (limited > 0 && node.failed_per_s > 0.1).then(|| {
        format!(
            "It answers {} of {} calls/s; {} so far were over its rate limit (429).",
            figure(node.rate_out_per_s),
            figure(node.rate_in_per_s),
            whole(limited)
        )
    })
}

//! An API gateway: who asks, how often, and which service answers.

use super::upstream::{self, Duties, Proxy, Upstream, UpstreamParams, proxy};
use super::{Component, Fields, Group, Kind, Metric};
use crate::analysis::growth::{self, Growth, MOST_CORES, Size, cores_usd_per_hour};
use crate::design::{Distribution, Reader, Trouble, params};
use crate::engine::call::CallId;
use crate::engine::{Context, Reply};
use crate::metrics::NodeSnapshot;
use crate::policies::rate_limit::RateLimitParams;
use crate::words::whole;
use backpressure_pack::Pack;
use serde_json::{Map, Value};

params! {
    /// Who asks has to prove it.
    pub struct Authentication {
        /// Computing time of looking at the credentials (a signed token: about 0.1 ms).
        check_ms: f64 = 0.1, label "Checking takes", unit "ms", range 0.0..=10_000.0;
    }
}

params! {
    /// Parameters of an API gateway.
    pub struct ApiGatewayParams {
        /// Cores the gateway computes on. A request that waits for a service takes none.
        cores: u32 = 2, label "Cores", unit "cores", range 1..=448;
        /// Computing time for a request, besides what follows.
        processing_time: Distribution = Distribution::Constant { mean_ms: 0.2 }, label "Processing time";
        /// Requests whose credentials are not valid are refused (401). Off: anybody may ask.
        authentication: Option<Authentication> = Some(Authentication::default()), label "Authentication";
        /// Refuses or delays what comes too fast (429). Off: no limit.
        rate_limit: Option<RateLimitParams> = None, label "Rate limit";
        /// How requests are spread over the services behind. A request goes to the links whose path fits it best.
        servers: UpstreamParams = UpstreamParams::default(), label "Services";
        /// Requests that may wait for a core; those beyond are refused.
        queue_limit: u32 = 1000, label "Queue limit", unit "requests", range 0..=1_000_000, advanced;
    }
}

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(crate) struct ApiGateway(Proxy);

fn duties(p: &ApiGatewayParams) -> Duties<'_> {
    Duties {
        cores: p.cores,
        queue_limit: p.queue_limit,
        processing: &p.processing_time,
        tls: &None,
        credentials_ms: p.authentication.as_ref().map(|a| a.check_ms),
        rate_limit: &p.rate_limit,
        cache: &None,
        compression: &None,
    }
}

const METRICS: [Metric; 6] = {
    let [down, ejected, checks, lost, wait] = upstream::METRICS;
    [down, ejected, checks, lost, wait, proxy::BEYOND_LIMIT]
};

fn says(node: &NodeSnapshot) -> Option<String> {
    let since_start = |reason: &str| node.failed.iter().find(|(r, _)| r == reason).map_or(0, |(_, n)| *n);
    let (unauthorized, limited) = (since_start("unauthorized"), since_start("rate_limited"));
    upstream::says(node).or_else(|| proxy::says(node)).or_else(|| {
        (unauthorized + limited > 0).then(|| {
            format!(
                "So far {} requests without valid credentials (401) and {} beyond the rate limit (429) were stopped here; all that it does keeps its cores {:.0} % busy.",
                whole(unauthorized),
                whole(limited),
                node.utilisation.unwrap_or(0.0) * 100.0
            )
        })
    })
}

impl Component for ApiGateway {
    fn kind() -> Kind {
        Kind {
            name: "api_gateway",
            group: Group::Edge,
            label: "API gateway",
            summary: "The one door to many services: checks credentials, limits rates for each client, routes by path.",
            leaves_out: &[
                "Asking another service about credentials: they are looked at here.",
                "Rights: valid credentials open every path.",
                "Translating and combining requests.",
            ],
            sources: &[
                "RFC 9110, HTTP semantics (401, 503); RFC 6585 (429)",
                "Kong Gateway: order of plugins, authentication before rate limiting",
            ],
            needs_callee: |_| Some("every request fails."),
            fields: Fields::new(ApiGatewayParams::fields),
            metrics: &METRICS,
            // The machine of a server, with next to no memory.
            cost_usd_per_hour: |params| {
                cores_usd_per_hour(0.05, f64::from(ApiGatewayParams::read(params, &mut Reader::default()).cores))
            },
            growth: Some(Growth {
                sizes: &[Size { field: "cores", most: MOST_CORES as f64, end: growth::MOST_CORES_END }],
                capacity_per_s: |params| {
                    let p = ApiGatewayParams::read(params, &mut Reader::default());
                    f64::from(p.cores) * 1000.0
                        / (p.processing_time.mean_ms() + p.authentication.map_or(0.0, |a| a.check_ms))
                },
            }),
            says,
            check: ApiGatewayParams::check,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = ApiGatewayParams::read(params, &mut Reader::default());
        Self(Proxy::new(Upstream::new(p.servers.wishes(), cx), &duties(&p), cx))
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = ApiGatewayParams::read(params, &mut Reader::default());
        self.0.configure(&duties(&p), changed, cx);
        self.0.upstream.configure(p.servers.wishes(), cx);
    }

    fn wire(&mut self, cx: &mut Context) {
        self.0.upstream.wire(cx);
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        self.0.on_call(call, cx);
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        self.0.on_timer(call, tag, cx);
    }

    fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
        self.0.upstream.on_node_timer(tag, cx);
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        self.0.on_reply(call, &reply, cx);
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        if matches!(trouble, Trouble::Crash { instance: None, .. }) && begins {
            self.0.crash(cx);
        }
    }
}

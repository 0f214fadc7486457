//! A reverse proxy (nginx class) in front of servers that nobody else speaks to.

use super::upstream::{self, Compression, Duties, Proxy, ResponseCache, Tls, Upstream, UpstreamParams, proxy};
use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::analysis::growth::{self, Growth, MOST_CORES, Size, cores_usd_per_hour};
use crate::design::{Distribution, Reader, Trouble, params};
use crate::engine::call::CallId;
use crate::engine::{Context, Reply};
use crate::metrics::NodeSnapshot;
use crate::policies::rate_limit::RateLimitParams;
use crate::words::figure;
use backpressure_pack::Pack;
use serde_json::{Map, Value};

params! {
    /// Parameters of a reverse proxy.
    pub struct ReverseProxyParams {
        /// Cores the proxy computes on. A request that waits for a server takes none.
        cores: u32 = 2, label "Cores", unit "cores", range 1..=448;
        /// Computing time for a request, besides what follows.
        processing_time: Distribution = Distribution::Constant { mean_ms: 0.1 }, label "Processing time";
        /// Encrypted connections end here. Off: they end at the servers.
        tls: Option<Tls> = None, label "TLS";
        /// Keeps answers and gives them again. Off: every request goes to a server.
        cache: Option<ResponseCache> = None, label "Response cache";
        /// Compresses answers. Off: they are sent as they are.
        compression: Option<Compression> = None, label "Compression";
        /// Refuses or delays what comes too fast (429). Off: no limit.
        rate_limit: Option<RateLimitParams> = None, label "Rate limit";
        /// How requests are spread over the servers behind. A request goes to the links whose path fits it best.
        servers: UpstreamParams = UpstreamParams::default(), label "Servers";
        /// Requests that may wait for a core; those beyond are refused.
        queue_limit: u32 = 1000, label "Queue limit", unit "requests", range 0..=1_000_000, advanced;
    }
}

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(crate) struct ReverseProxy(Proxy);

fn duties(p: &ReverseProxyParams) -> Duties<'_> {
    Duties {
        cores: p.cores,
        queue_limit: p.queue_limit,
        processing: &p.processing_time,
        tls: &p.tls,
        credentials_ms: None,
        rate_limit: &p.rate_limit,
        cache: &p.cache,
        compression: &p.compression,
    }
}

const METRICS: [Metric; 8] = {
    let [down, ejected, checks, lost, wait] = upstream::METRICS;
    let full = Metric {
        name: "handshakes",
        label: "Full handshakes",
        help: "TLS handshakes with clients that had no session.",
        of: MetricOf::Count,
    };
    let resumed = Metric {
        name: "handshakes_resumed",
        label: "Resumed handshakes",
        help: "TLS handshakes that resumed a session.",
        of: MetricOf::Count,
    };
    [down, ejected, checks, lost, wait, proxy::BEYOND_LIMIT, full, resumed]
};

fn says(node: &NodeSnapshot) -> Option<String> {
    let own = |i: usize| node.own.get(i).copied().unwrap_or_default();
    let (full, resumed) = (own(proxy::HANDSHAKES).recent, own(proxy::RESUMED).recent);
    upstream::says(node).or_else(|| proxy::says(node)).or_else(|| {
        (full + resumed > 0.0).then(|| {
            format!(
                "{} full and {} resumed TLS handshakes/s for {} requests/s; all that it does keeps its cores {:.0} % busy.",
                figure(full),
                figure(resumed),
                figure(node.rate_in_per_s),
                node.utilisation.unwrap_or(0.0) * 100.0
            )
        })
    })
}

impl Component for ReverseProxy {
    fn kind() -> Kind {
        Kind {
            name: "reverse_proxy",
            group: Group::Edge,
            label: "Reverse proxy",
            summary: "Stands in front of servers that stay hidden: ends TLS, keeps and compresses answers, routes by path, limits rates, balances.",
            leaves_out: &[
                "The round trips of a handshake: only its computing time counts.",
                "Kinds of content: every answer compresses alike, and every read may be kept.",
                "Misses for the same answer are not joined: each goes to a server.",
            ],
            sources: &[
                "nginx: ngx_http_proxy_module, ngx_http_ssl_module, ngx_http_gzip_module, ngx_http_limit_req_module",
                "RFC 8446, TLS 1.3; RFC 9111, HTTP caching",
            ],
            needs_callee: |_| Some("every request fails."),
            fields: Fields::new(ReverseProxyParams::fields),
            metrics: &METRICS,
            faults: &["flush"],
            // The machine of a server, with next to no memory.
            cost_usd_per_hour: |params| {
                cores_usd_per_hour(0.05, f64::from(ReverseProxyParams::read(params, &mut Reader::default()).cores))
            },
            growth: Some(Growth {
                sizes: &[Size { field: "cores", most: MOST_CORES as f64, end: growth::MOST_CORES_END }],
                capacity_per_s: |params| {
                    let p = ReverseProxyParams::read(params, &mut Reader::default());
                    f64::from(p.cores) * 1000.0 / p.processing_time.mean_ms()
                },
            }),
            says,
            check: ReverseProxyParams::check,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = ReverseProxyParams::read(params, &mut Reader::default());
        Self(Proxy::new(Upstream::new(p.servers.wishes(), cx), &duties(&p), cx))
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = ReverseProxyParams::read(params, &mut Reader::default());
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
        match trouble {
            Trouble::Crash { instance: None, .. } if begins => self.0.crash(cx),
            Trouble::Flush {} if begins => self.0.flush(),
            _ => {}
        }
    }
}

//! A balancer that spreads requests over servers (HAProxy class).

use super::upstream::{self, Affinity, CHECK, OnRefusal, READMIT, UNANSWERED, Upstream, Wishes};
use super::{Component, Fields, Group, Kind};
use crate::analysis::contrasts::Yardstick;
use crate::analysis::model::Model;
use crate::design::{Distribution, Reader, Trouble, params, variant};
use crate::engine::call::{CallId, Outcome};
use crate::engine::sampler::{Sampler, ns};
use crate::engine::{Context, Reply};
use crate::policies::balancing::{Balancing, Options};
use crate::policies::health::{HealthCheck, OutlierEjection};
use backpressure_pack::Pack;
use serde_json::{Map, Value};

variant! {
    /// What is balanced.
    pub enum Layer tag "layer" {
        /// Requests, each by itself (layer 7). The balancer sees their paths, and spends its processing time on each of them.
        Requests = "l7", "Requests (layer 7)" {
        }
        /// Connections (layer 4): a client's requests all go where its first one went. The balancer sees no paths, and spends its processing time once a connection.
        Connections = "l4", "Connections (layer 4)" {
            /// A connection is closed when nothing has gone over it for this long.
            idle_ms: f64 = 60_000.0, label "Closed when idle for", unit "ms", range 1.0..=3_600_000.0;
        }
    }
}

params! {
    /// Parameters of a load balancer.
    pub struct LoadBalancerParams {
        /// How a server is chosen.
        algorithm: Balancing = Balancing::RoundRobin, label "Algorithm";
        /// What is balanced.
        layer: Layer = Layer::Requests {}, label "Balances";
        /// Time the balancer itself takes for a request, or at layer 4 for a connection.
        processing_time: Distribution = Distribution::Constant { mean_ms: 0.1 }, label "Processing time";
        /// What happens when a server refuses a request.
        on_refusal: OnRefusal = OnRefusal::Fail, label "When a server refuses";
        /// Active health checks. Off: a server stays in turn whatever happens to it.
        health_check: Option<HealthCheck> = None, label "Health checks";
        /// Passive checks: a server whose answers are errors is ejected for a while. Off: errors are passed on, and that is all.
        outlier_ejection: Option<OutlierEjection> = None, label "Outlier ejection", advanced;
        /// A server that comes back, or is new, gets its full share after this long only; until then its share rises evenly. Off: at once.
        slow_start_ms: Option<f64> = None, label "Slow start", unit "ms", range 1.0..=3_600_000.0, advanced;
        /// A client's requests go to the server of its last one, until it has been away for this long. Off: each request is balanced by itself.
        sticky_ms: Option<f64> = None, label "Sticky sessions", unit "ms", range 1.0..=86_400_000.0, advanced;
        /// Requests that a server gets at once; those beyond wait in the balancer. Off: no limit.
        max_connections: Option<u32> = None, label "Connections per server", range 1..=100_000, advanced;
        /// Requests that may wait in the balancer for a server with room; those beyond are refused.
        queue_limit: u32 = 1000, label "Queue limit", unit "requests", range 0..=1_000_000, advanced;
        /// Servers that power of two choices looks at: one is random, two are much better, more are little better.
        choices: u32 = 2, label "Choices", unit "servers", range 1..=10, advanced;
        /// Consistent hash with bounded load: most requests at a server, as a multiple of the mean over all servers.
        load_bound: f64 = 1.25, label "Load bound", unit "×", range 1.01..=100.0, advanced;
    }
}

/// See the module. What it keeps in calls is the upstream's.
#[derive(Clone, Debug, Pack)]
pub(crate) struct LoadBalancer {
    upstream: Upstream,
    processing: Sampler,
    connections: bool,
}

const PROCESSED: u8 = 0;

fn wishes(p: &LoadBalancerParams) -> Wishes {
    let connection = match p.layer {
        Layer::Connections { idle_ms } => Some(Affinity { for_ns: ns(idle_ms), connections: true }),
        Layer::Requests {} => None,
    };
    let session = p.sticky_ms.map(|ms| Affinity { for_ns: ns(ms), connections: false });
    Wishes {
        balancing: Options {
            algorithm: p.algorithm,
            choices: p.choices,
            load_bound: p.load_bound,
            max_connections: p.max_connections.unwrap_or(u32::MAX),
            slow_start_ns: p.slow_start_ms.map_or(0, ns),
        },
        on_refusal: p.on_refusal,
        check: p.health_check.clone(),
        ejection: p.outlier_ejection.clone(),
        affinity: connection.or(session),
        queue_limit: p.queue_limit,
    }
}

impl Component for LoadBalancer {
    fn kind() -> Kind {
        Kind {
            name: "load_balancer",
            group: Group::Edge,
            label: "Load balancer",
            summary: "Spreads requests over the servers behind it, every instance of a server counting as one.",
            leaves_out: &[
                "The balancer's own limit: it handles any number of requests at once.",
                "A request that waits in the balancer is passed on even if its user has given up.",
                "At layer 4, least connections counts the requests under way, not the connections that are open.",
            ],
            sources: &[
                "HAProxy Configuration Manual: balance, check inter/rise/fall, slowstart, maxconn, stick-table, redispatch",
                "Envoy: outlier detection",
                "Mitzenmacher, The power of two choices in randomized load balancing, IEEE TPDS 2001",
                "Mirrokni, Thorup & Zadimoghaddam, Consistent hashing with bounded loads, SODA 2018",
                "Twitter Finagle: P2CPeakEwma",
            ],
            needs_callee: |_| Some("every request fails."),
            fields: Fields::new(LoadBalancerParams::fields),
            metrics: &upstream::BALANCER_METRICS,
            // A managed balancer's list price, without traffic.
            cost_usd_per_hour: |_| 0.025,
            says: upstream::balancer_says,
            compared: &[(&["algorithm"], Yardstick::Time), (&["layer"], Yardstick::Time)],
            check: LoadBalancerParams::check,
            ..Kind::default()
        }
    }

    fn model(params: &Map<String, Value>) -> Model {
        let p = LoadBalancerParams::read(params, &mut Reader::default());
        let depends = match p.algorithm {
            _ if p.max_connections.is_some() => Some("has requests wait for a server with room"),
            _ if p.sticky_ms.is_some() || p.layer != (Layer::Requests {}) => Some("keeps clients at their servers"),
            _ if p.health_check.is_some() || p.outlier_ejection.is_some() => Some("takes servers out and in"),
            Balancing::Random | Balancing::ConsistentHash | Balancing::IpHash => None,
            Balancing::RoundRobin | Balancing::Weighted => Some("takes turns"),
            Balancing::LeastConnections => Some("picks the server with the fewest requests"),
            Balancing::LeastResponseTime => Some("picks the quicker of two servers"),
            Balancing::PowerOfTwo if p.choices == 1 => None,
            Balancing::PowerOfTwo if p.choices == 2 => Some("picks the emptier of two servers"),
            Balancing::PowerOfTwo => Some("picks the emptiest of a few servers"),
            Balancing::BoundedHash => Some("passes on what is too much for a server"),
        };
        let evenly = p.algorithm != Balancing::ConsistentHash;
        Model::Splitter { depends, evenly, tries_again: p.on_refusal == OnRefusal::TryNext, time: p.processing_time }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = LoadBalancerParams::read(params, &mut Reader::default());
        Self {
            upstream: Upstream::new(wishes(&p), cx),
            processing: cx.sampler(&p.processing_time, "processing"),
            connections: p.layer != Layer::Requests {},
        }
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = LoadBalancerParams::read(params, &mut Reader::default());
        self.processing.set(&p.processing_time, cx.calendar());
        if changed {
            self.connections = p.layer != Layer::Requests {};
            self.upstream.configure(wishes(&p), cx);
        }
    }

    fn wire(&mut self, cx: &mut Context) {
        self.upstream.wire(cx);
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        if self.connections && self.upstream.is_connected(cx.call(call).client, cx) {
            return self.forward(call, cx);
        }
        let time = self.processing.draw();
        if time.ns == 0 {
            self.forward(call, cx);
        } else {
            cx.work(time, call, PROCESSED);
        }
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        match tag {
            UNANSWERED => self.upstream.on_timer(call, cx),
            _ => self.forward(call, cx),
        }
    }

    fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
        debug_assert!(matches!(tag, CHECK | READMIT));
        self.upstream.on_node_timer(tag, cx);
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        if let Some(outcome) = self.upstream.on_reply(call, &reply, cx) {
            cx.reply(call, outcome);
        }
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        if matches!(trouble, Trouble::Crash { instance: None, .. }) && begins {
            self.upstream.crash(cx);
        }
    }
}

impl LoadBalancer {
    #[inline]
    fn forward(&mut self, call: CallId, cx: &mut Context) {
        if let Err(reason) = self.upstream.forward(call, cx) {
            cx.reply(call, Outcome::Failed(reason));
        }
    }
}

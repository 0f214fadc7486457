//! Object storage of the S3 kind: whole objects over HTTP, any number at once; large ones take as long as their bytes need.

use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::analysis::guards::ms;
use crate::design::{Distribution, Reader, params};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, Op, Outcome, Reason};
use crate::engine::rng::mix;
use crate::engine::sampler::Sampler;
use crate::engine::{Context, Facts};
use crate::metrics::NodeSnapshot;
use crate::policies::rate_limit::{RateLimit, RateLimitParams, RateLimiter, Scope, Verdict};
use crate::words::per_s_are;
use backpressure_pack::Pack;
use serde_json::{Map, Value};

params! {
    /// Parameters of object storage.
    pub struct ObjectStorageParams {
        /// Time until the first byte moves, whatever the size.
        first_byte: Distribution = Distribution::Lognormal { mean_ms: 30.0, sigma: 0.5 }, label "Time to first byte";
        /// Rate at which one connection moves bytes; an object, read or written, is as large as the payload of its endpoint. Off: without limit.
        bandwidth_mbps: Option<f64> = Some(700.0), label "Bandwidth per connection", unit "Mbit/s", range 0.001..=1_000_000.0;
        /// Prefixes (folders) over which the keys are spread evenly. Each has its own limits.
        prefixes: u32 = 1, label "Prefixes", range 1..=10_000;
        /// Reads that a prefix serves; beyond, it says slow down. Off: without limit.
        reads_per_s: Option<f64> = Some(5500.0), label "Reads per prefix", unit "requests/s", range 0.1..=1_000_000.0;
        /// Writes that a prefix serves. Off: without limit.
        writes_per_s: Option<f64> = Some(3500.0), label "Writes per prefix", unit "requests/s", range 0.1..=1_000_000.0;
    }
}

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(crate) struct ObjectStorage {
    first_byte: Sampler,
    ns_per_byte: f64,
    prefixes: u64,
    reads: Option<RateLimiter>,
    writes: Option<RateLimiter>,
}

const DONE: u8 = 0;

// Metrics.
const THROTTLED: usize = 0;
const KB: usize = 1;
const MOVING: usize = 2;

fn says(node: &NodeSnapshot) -> Option<String> {
    let throttled = node.own.get(THROTTLED)?.recent;
    if throttled >= 1.0 {
        return Some(format!("Slow down: {} more than their prefixes serve.", per_s_are(throttled, "request")));
    }
    let (moving_ms, whole_ms) = (node.own.get(MOVING)?.value, node.residence.mean_ms);
    (whole_ms > 0.0 && moving_ms > 0.5 * whole_ms).then(|| {
        format!(
            "Bandwidth-bound: of {} a request takes its bytes need {}; {:.1} Gbit/s leave over {} connections, and each caller is held as long.",
            ms(whole_ms),
            ms(moving_ms),
            node.own[KB].recent * 8e-6,
            node.inside
        )
    })
}

/// A limit of so many requests a second, of which a tenth of a second's may come at once.
fn limiter(rate_per_s: f64) -> RateLimiter {
    let burst = (rate_per_s / 10.0).clamp(1.0, 1e6) as u32;
    RateLimiter::new(&RateLimitParams { limit: RateLimit::TokenBucket { rate_per_s, burst }, scope: Scope::Client })
}

impl Component for ObjectStorage {
    fn kind() -> Kind {
        Kind {
            name: "object_storage",
            group: Group::Data,
            label: "Object storage",
            summary: "Keeps whole objects, small or huge, for little money: each takes a while to start and then as long as its bytes need.",
            leaves_out: &[
                "Limits that grow by themselves where much is asked for.",
                "Parts: a large object is moved over one connection.",
                "The network between: give the link a bandwidth if it is narrower.",
            ],
            sources: &[
                "Amazon S3 User Guide: performance (3,500 writes and 5,500 reads a second and prefix, 85 to 90 MB/s a request), strong read-after-write consistency",
            ],
            makes_calls: false,
            fields: Fields::new(ObjectStorageParams::fields),
            check: ObjectStorageParams::check,
            metrics: &[
                Metric {
                    name: "throttled",
                    label: "Throttled",
                    help: "Requests refused because their prefix had served as many as it does.",
                    of: MetricOf::Count,
                },
                Metric {
                    name: "moved_kb",
                    label: "Moved",
                    help: "Payload of the requests answered, kB.",
                    of: MetricOf::Count,
                },
                Metric {
                    name: "moving_ms",
                    label: "Bytes take",
                    help: "Time that the bytes of a request take, at the bandwidth of a connection.",
                    of: MetricOf::Span,
                },
            ],
            faults: &["disk_full"],
            says,
            // A terabyte at 0.023 USD per GB and month (list prices of 2024); what is kept is not counted here.
            cost_usd_per_hour: |_| 0.03,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = ObjectStorageParams::read(params, &mut Reader::default());
        let mut storage = Self {
            first_byte: cx.sampler(&p.first_byte, "first byte"),
            ns_per_byte: 0.0,
            prefixes: 1,
            reads: None,
            writes: None,
        };
        storage.take(&p);
        cx.declare(Facts::default());
        storage
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = ObjectStorageParams::read(params, &mut Reader::default());
        self.first_byte.set(&p.first_byte, cx.calendar());
        if changed {
            self.take(&p);
        }
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let op = cx.call(call).op;
        let prefix = mix(cx.call(call).key) % self.prefixes;
        let limit = if op == Op::Read { &mut self.reads } else { &mut self.writes };
        if limit.as_mut().is_some_and(|l| l.ask(prefix as u32, cx.now()) != Verdict::Passes) {
            cx.count(THROTTLED, 1);
            return cx.reply(call, Outcome::Failed(Reason::RateLimited));
        }
        let moving = (f64::from(payload(call, cx)) * self.ns_per_byte) as u64;
        cx.span(MOVING, moving);
        let first = self.first_byte.draw();
        let time = if moving == 0 { first } else { Delay::once(first.ns.saturating_add(moving)) };
        cx.work(time, call, DONE);
    }

    fn on_timer(&mut self, call: CallId, _tag: u8, cx: &mut Context) {
        if cx.call(call).op != Op::Read && cx.disk_is_full() {
            return cx.reply(call, Outcome::Failed(Reason::DiskFull));
        }
        cx.count(KB, u64::from(payload(call, cx)).div_ceil(1000));
        if cx.call(call).op == Op::Write {
            cx.commit(call);
        } else {
            let newest = cx.newest(cx.call(call).key);
            cx.serve_version(call, newest);
        }
        cx.reply(call, Outcome::Answered);
    }
}

impl ObjectStorage {
    fn take(&mut self, p: &ObjectStorageParams) {
        // 1 Mbit/s is a byte every 8 µs.
        self.ns_per_byte = p.bandwidth_mbps.map_or(0.0, |mbps| 8000.0 / mbps);
        self.prefixes = u64::from(p.prefixes);
        self.reads = p.reads_per_s.map(limiter);
        self.writes = p.writes_per_s.map(limiter);
    }
}

fn payload(call: CallId, cx: &Context) -> u32 {
    cx.endpoint_of(call).map_or(0, |e| e.payload_bytes)
}

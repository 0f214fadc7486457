//! A balancer that spreads requests over servers.

use super::{Component, Group, Kind};
use crate::analysis::model::Model;
use crate::design::{Distribution, Reader, Trouble, choice, params};
use crate::engine::call::{CallId, NONE, Outcome, Reason};
use crate::engine::sampler::Sampler;
use crate::engine::{Context, Reply};
use crate::policies::balancing::{Balancer, Balancing};
use backpressure_pack::Pack;
use serde_json::{Map, Value};

choice! {
    /// What happens when a server refuses a request (its queue is full).
    pub enum OnRefusal {
        /// The caller gets the refusal.
        Fail = "fail", "Pass the refusal on";
        /// Another server is tried, each at most once.
        TryNext = "try_next", "Try another server";
    }
}

params! {
    /// Parameters of a load balancer.
    pub struct LoadBalancerParams {
        /// How a server is chosen.
        algorithm: Balancing = Balancing::RoundRobin, label "Algorithm";
        /// Time the balancer itself takes for a request.
        processing_time: Distribution = Distribution::Constant { mean_ms: 0.1 }, label "Processing time";
        /// What happens when a server refuses a request.
        on_refusal: OnRefusal = OnRefusal::Fail, label "When a server refuses";
    }
}

/// See the module. In a call, `state` is the number of the server it was sent to and `aux` how many were tried.
#[derive(Clone, Debug, Pack)]
pub(crate) struct LoadBalancer {
    balancer: Balancer,
    processing: Sampler,
    try_next: bool,
}

const PROCESSED: u8 = 0;

impl Component for LoadBalancer {
    fn kind() -> Kind {
        Kind {
            name: "load_balancer",
            group: Group::Edge,
            label: "Load balancer",
            summary: "Spreads requests over the servers behind it, every instance of a server counting as one.",
            leaves_out: &[
                "Health checks: a server stays in turn until it is taken out of the design.",
                "The balancer's own limit: it handles any number of requests at once.",
            ],
            accepts_calls: true,
            makes_calls: true,
            fields: LoadBalancerParams::fields(),
            check: LoadBalancerParams::check,
            ..Kind::default()
        }
    }

    fn model(params: &Map<String, Value>) -> Model {
        let p = LoadBalancerParams::read(params, &mut Reader::default());
        let depends = match p.algorithm {
            Balancing::Random | Balancing::ConsistentHash => None,
            Balancing::RoundRobin | Balancing::Weighted => Some("takes turns"),
            Balancing::LeastConnections => Some("picks the server with the fewest requests"),
            Balancing::PowerOfTwo => Some("picks the emptier of two servers"),
        };
        Model::Splitter { depends, tries_again: p.on_refusal == OnRefusal::TryNext, time: p.processing_time }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = LoadBalancerParams::read(params, &mut Reader::default());
        Self {
            balancer: Balancer::new(p.algorithm, cx.stream("balance")),
            processing: cx.sampler(&p.processing_time, "processing"),
            try_next: p.on_refusal == OnRefusal::TryNext,
        }
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = LoadBalancerParams::read(params, &mut Reader::default());
        self.processing.set(&p.processing_time, cx.calendar());
        if changed {
            self.balancer.set_algorithm(p.algorithm);
            self.try_next = p.on_refusal == OnRefusal::TryNext;
        }
    }

    fn wire(&mut self, cx: &mut Context) {
        let mut targets = Vec::new();
        for d in cx.downstream() {
            targets.extend((0..d.instances).map(|instance| (d.link, instance, d.weight)));
        }
        self.balancer.set_targets(&targets);
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let time = self.processing.draw();
        if time.ns == 0 {
            self.forward(call, None, cx);
        } else {
            cx.work(time, call, PROCESSED);
        }
    }

    fn on_timer(&mut self, call: CallId, _tag: u8, cx: &mut Context) {
        self.forward(call, None, cx);
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        let (server, tried) = (cx.call(call).state, cx.call(call).aux);
        self.balancer.done(server);
        let refused = matches!(reply.outcome, Outcome::Failed(Reason::QueueFull | Reason::Refused | Reason::Shed));
        if refused && self.try_next && (tried as usize) < self.balancer.servers() {
            self.forward(call, Some(server), cx);
        } else {
            cx.reply(call, reply.outcome);
        }
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, _cx: &mut Context) {
        if matches!(trouble, Trouble::Crash { .. }) && begins {
            self.balancer.forget_outstanding();
        }
    }
}

impl LoadBalancer {
    fn forward(&mut self, call: CallId, avoid: Option<u32>, cx: &mut Context) {
        let (key, op) = (cx.call(call).key, cx.call(call).op);
        let picked = self.balancer.pick(key, avoid);
        let Some((server, target)) = picked.and_then(|s| Some((s, self.balancer.target(s)?))) else {
            let reason = if avoid.is_some() { Reason::Refused } else { Reason::NoRoute };
            cx.reply(call, Outcome::Failed(reason));
            return;
        };
        let (link, instance) = (target.link, target.instance);
        let record = cx.call_mut(call);
        record.state = server;
        record.aux = if avoid.is_none() { 1 } else { record.aux + 1 };
        if cx.send(call, link, op, instance) == NONE {
            self.balancer.done(server);
            cx.reply(call, Outcome::Failed(Reason::Limit));
        }
    }
}

//! A topic: publish/subscribe. Every subscriber gets a copy of every message; the publisher waits for none of them.

use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::design::{Distribution, Reader, params};
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::sampler::Sampler;
use crate::engine::{Context, Reply};
use crate::metrics::{Health, NodeSnapshot};
use crate::words::figure;
use backpressure_pack::Pack;
use serde_json::{Map, Value};

params! {
    /// Parameters of a topic.
    pub struct TopicParams {
        /// Time until the publisher hears that its message is taken.
        publish_time: Distribution = Distribution::Constant { mean_ms: 0.5 }, label "Publish time";
    }
}

/// See the module. A message is a piece of background work; its `state` counts the copies still out.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Topic {
    publish: Sampler,
    subscribers: Vec<u32>,
}

const PUBLISHED: u8 = 0;

const DELIVERED: usize = 0;
const UNDELIVERED: usize = 1;
const OUT: usize = 2;

const METRICS: &[Metric] = &[
    Metric {
        name: "copies_delivered",
        label: "Copies delivered",
        help: "Copies that a subscriber took.",
        of: MetricOf::Count,
    },
    Metric {
        name: "copies_lost",
        label: "Copies lost",
        help: "Copies that a subscriber did not take, and nobody keeps: put a queue between.",
        of: MetricOf::Count,
    },
    Metric { name: "copies_out", label: "Under way", help: "Copies with subscribers.", of: MetricOf::Level },
];

fn says(node: &NodeSnapshot) -> Option<String> {
    let lost = figure(lost(node)?);
    Some(format!("{lost} copies/s find a subscriber that does not take them, and are lost: a topic keeps nothing."))
}

/// Copies lost lately per second, if any are.
fn lost(node: &NodeSnapshot) -> Option<f64> {
    node.own.get(UNDELIVERED).map(|own| own.recent).filter(|lost| *lost > 0.0)
}

impl Component for Topic {
    fn kind() -> Kind {
        Kind {
            name: "topic",
            label: "Topic",
            group: Group::Messaging,
            summary: "Passes a copy of every message to each subscriber. It keeps nothing: put a queue before a subscriber that may be slow.",
            leaves_out: &["Filters: a link takes the messages its paths and operations say."],
            sources: &["Amazon SNS and Google Pub/Sub documentation: fan-out"],
            fields: Fields::new(TopicParams::fields),
            metrics: METRICS,
            cost_usd_per_hour: |_| 0.02,
            says,
            ails: |node| lost(node).map(|_| Health::Failing),
            check: TopicParams::check,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = TopicParams::read(params, &mut Reader::default());
        Self { publish: cx.sampler(&p.publish_time, "publish"), subscribers: Vec::new() }
    }

    fn configure(&mut self, params: &Map<String, Value>, _changed: bool, cx: &mut Context) {
        let p = TopicParams::read(params, &mut Reader::default());
        self.publish.set(&p.publish_time, cx.calendar());
    }

    fn wire(&mut self, cx: &mut Context) {
        self.subscribers = cx.downstream().iter().map(|d| d.link).collect();
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let time = self.publish.draw();
        cx.work(time, call, PUBLISHED);
    }

    fn on_timer(&mut self, call: CallId, _tag: u8, cx: &mut Context) {
        let message = cx.spawn(call);
        if message == NONE {
            return cx.reply(call, Outcome::Failed(Reason::Limit));
        }
        cx.reply(call, Outcome::Answered);
        let op = match cx.call(message).op {
            Op::Read => Op::Read,
            _ => Op::Write,
        };
        for i in 0..self.subscribers.len() {
            let link = self.subscribers[i];
            if !cx.carries(link, message, op) {
                continue;
            }
            if cx.send(message, link, op, u16::MAX) == NONE {
                cx.count(UNDELIVERED, 1);
            } else {
                cx.call_mut(message).state += 1;
                cx.level(OUT, 1);
            }
        }
        if cx.call(message).state == 0 {
            cx.finish(message);
        }
    }

    fn on_reply(&mut self, message: CallId, reply: Reply, cx: &mut Context) {
        cx.count(if reply.outcome.is_ok() { DELIVERED } else { UNDELIVERED }, 1);
        cx.level(OUT, -1);
        cx.call_mut(message).state -= 1;
        if cx.call(message).state == 0 {
            cx.finish(message);
        }
    }
}

//! DNS: names, the addresses they stand for, and clients who remember an address for as long as they are told to.
//!
//! ```text
//!   request ─▶ the client knows an address ────────────────▶ there, be it dead or alive
//!        └───▶ it does not: lookup ─▶ weighted, failover … ─▶ there; the client keeps the address for its TTL
//!   every so often: probe ─▶ each address; one that is down is not given to anybody any more
//! ```

use super::upstream::{CHECK, Checks, UNANSWERED};
use super::{Component, Fields, Group, Kind, Metric, MetricOf};
use crate::design::{Distribution, Reader, Trouble, choice, params};
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::rng::Stream;
use crate::engine::sampler::{Sampler, ns};
use crate::engine::{Context, Reply};
use crate::metrics::NodeSnapshot;
use crate::policies::clients::Clients;
use crate::policies::health::HealthCheck;
use crate::words::figure;
use backpressure_pack::Pack;
use serde_json::{Map, Value};

choice! {
    /// Which address a lookup gets.
    pub enum Answers {
        /// Each address in turn.
        RoundRobin = "round_robin", "Round robin";
        /// Any address by chance, by the weights of the links.
        Weighted = "weighted", "Weighted";
        /// The first link whose address is up: the others stand by.
        Failover = "failover", "Failover";
    }
}

params! {
    /// Parameters of DNS.
    pub struct DnsParams {
        /// Which address a lookup gets.
        answers: Answers = Answers::RoundRobin, label "Answers";
        /// How long a client keeps an address before it asks again. Until then it goes there, whatever has happened.
        ttl_ms: f64 = 60_000.0, label "Time to live", unit "ms", range 0.0..=86_400_000.0;
        /// Time a lookup takes, for a client that has no address.
        lookup_time: Distribution = Distribution::Constant { mean_ms: 20.0 }, label "Lookup";
        /// Active health checks of the addresses. Off: every address is given out, whatever has happened there.
        health_check: Option<HealthCheck> = None, label "Health checks";
    }
}

/// See the module. In a call, `state` is the number of the address it went to.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Dns {
    answers: Answers,
    ttl_ns: u64,
    lookup: Sampler,
    chance: Stream,
    /// Every address there ever was, by number.
    addresses: Vec<Address>,
    /// Numbers of those in the design, in the order of their links.
    order: Vec<u32>,
    turn: usize,
    clients: Clients,
    checks: Checks,
}

#[derive(Clone, Copy, Debug, PartialEq, Pack)]
struct Address {
    link: u32,
    weight: f64,
    alive: bool,
}

const LOOKED_UP: u8 = 0;

const DOWN: usize = 0;
const CHECKS_FAILED: usize = 1;
const OUTDATED: usize = 2;

fn says(node: &NodeSnapshot) -> Option<String> {
    let own = |i: usize| node.own.get(i).copied().unwrap_or_default();
    let (down, outdated) = (own(DOWN).value, own(OUTDATED).recent);
    let addresses = |n: f64| if n == 1.0 { "1 address is".to_owned() } else { format!("{} addresses are", figure(n)) };
    if outdated > 0.0 {
        return Some(format!(
            "{} requests/s still go to an address that is down: their clients keep it until its TTL has passed.",
            figure(outdated)
        ));
    }
    (down > 0.0).then(|| format!("{} down: lookups get the others.", addresses(down)))
}

impl Component for Dns {
    fn kind() -> Kind {
        Kind {
            name: "dns",
            group: Group::Edge,
            label: "DNS",
            summary: "Tells clients the address of a site, and another one when it is down; each keeps what it was told for the time to live.",
            leaves_out: &[
                "Requests do not really pass through DNS: here they do on their way, without losing time unless they look an address up.",
                "Resolvers that many clients share, and those that keep addresses longer than they are told to.",
                "Clients that try another address by themselves.",
            ],
            sources: &[
                "RFC 1034, RFC 1035: domain names, TTL",
                "Amazon Route 53: weighted and failover routing, health checks; all addresses are given out if none is healthy",
            ],
            needs_callee: |_| Some("every request fails."),
            fields: Fields::new(DnsParams::fields),
            metrics: &[
                Metric {
                    name: "addresses_down",
                    label: "Addresses down",
                    help: "Addresses that health checks have found down.",
                    of: MetricOf::Level,
                },
                Metric {
                    name: "checks_failed",
                    label: "Failed checks",
                    help: "Health checks that failed.",
                    of: MetricOf::Count,
                },
                Metric {
                    name: "outdated",
                    label: "Outdated addresses used",
                    help: "Requests that went to an address known to be down, because their client had kept it.",
                    of: MetricOf::Count,
                },
            ],
            // A hosted zone with a few health checks.
            cost_usd_per_hour: |_| 0.003,
            says,
            check: DnsParams::check,
            ..Kind::default()
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = DnsParams::read(params, &mut Reader::default());
        Self {
            answers: p.answers,
            ttl_ns: ns(p.ttl_ms),
            lookup: cx.sampler(&p.lookup_time, "lookup"),
            chance: cx.stream("answers"),
            addresses: Vec::new(),
            order: Vec::new(),
            turn: 0,
            clients: Clients::default(),
            checks: Checks::new(p.health_check),
        }
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = DnsParams::read(params, &mut Reader::default());
        self.lookup.set(&p.lookup_time, cx.calendar());
        if changed {
            self.answers = p.answers;
            self.ttl_ns = ns(p.ttl_ms);
            cx.void_node_timers();
            self.checks.set(p.health_check, cx);
            self.count_down(cx);
        }
    }

    fn wire(&mut self, cx: &mut Context) {
        self.addresses.iter_mut().for_each(|a| a.alive = false);
        self.order.clear();
        for d in cx.downstream() {
            let address = Address { link: d.link, weight: d.weight, alive: true };
            let known = self.addresses.iter().position(|a| a.link == d.link);
            match known {
                Some(n) => self.addresses[n] = address,
                None => self.addresses.push(address),
            }
            self.order.push(known.unwrap_or(self.addresses.len() - 1) as u32);
        }
        let links = self.order.iter().map(|&n| (n, self.addresses[n as usize].link, u16::MAX));
        self.checks.set_servers(links, cx);
        self.count_down(cx);
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let known = self.clients.recall(cx.call(call).client, cx.now());
        match known.filter(|&n| self.addresses.get(n as usize).is_some_and(|a| a.alive)) {
            Some(number) => {
                cx.record_hit();
                if !self.checks.is_up(number) {
                    cx.count(OUTDATED, 1);
                }
                self.go(call, number, cx);
            }
            None => {
                cx.record_miss();
                let time = self.lookup.draw();
                cx.work(time, call, LOOKED_UP);
            }
        }
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        if tag == UNANSWERED {
            return self.checked(call, None, cx);
        }
        match self.resolve() {
            Some(number) => {
                let until = cx.now().saturating_add(self.ttl_ns);
                self.clients.remember(cx.call(call).client, number, until);
                self.go(call, number, cx);
            }
            None => cx.reply(call, Outcome::Failed(Reason::NoRoute)),
        }
    }

    fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
        if tag == CHECK {
            self.checks.on_node_timer(cx);
        }
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        if reply.op == Op::Probe {
            self.checked(call, Some(&reply), cx);
        } else {
            cx.reply(call, reply.outcome);
        }
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        if matches!(trouble, Trouble::Crash { instance: None, .. }) && begins {
            self.checks.forget(cx);
        }
    }
}

impl Dns {
    fn go(&mut self, call: CallId, number: u32, cx: &mut Context) {
        let (link, op) = (self.addresses[number as usize].link, cx.call(call).op);
        cx.call_mut(call).state = number;
        if cx.send(call, link, op, u16::MAX) == NONE {
            cx.reply(call, Outcome::Failed(Reason::Limit));
        }
    }

    /// The address that a lookup gets now; if none is up, as if all were.
    fn resolve(&mut self) -> Option<u32> {
        let any_up = self.order.iter().any(|&n| self.checks.is_up(n));
        let fit = |n: &u32| !any_up || self.checks.is_up(*n);
        match self.answers {
            Answers::Failover => self.order.iter().copied().find(fit),
            Answers::RoundRobin => {
                let n = self.order.len();
                let at = (0..n).map(|i| (self.turn + i) % n).find(|&i| fit(&self.order[i]))?;
                self.turn = at + 1;
                Some(self.order[at])
            }
            Answers::Weighted => {
                let weight = |&&n: &&u32| self.addresses[n as usize].weight;
                let total: f64 = self.order.iter().filter(|n| fit(n)).map(|n| weight(&n)).sum();
                let mut left = self.chance.unit() * total;
                let chosen = self.order.iter().filter(|n| fit(n)).find(|n| {
                    left -= weight(n);
                    left < 0.0
                });
                chosen.or(self.order.iter().find(|n| fit(n))).copied()
            }
        }
    }

    fn checked(&mut self, probe: CallId, reply: Option<&Reply>, cx: &mut Context) {
        if reply.is_none_or(|r| !r.outcome.is_ok()) {
            cx.count(CHECKS_FAILED, 1);
        }
        let turned = match reply {
            Some(reply) => self.checks.on_reply(probe, reply, cx),
            None => self.checks.on_timer(probe, cx),
        };
        if turned.is_some() {
            self.count_down(cx);
        }
    }

    fn count_down(&mut self, cx: &mut Context) {
        let down = self.order.iter().filter(|&&n| !self.checks.is_up(n)).count();
        cx.set_level(DOWN, down as u32);
    }
}

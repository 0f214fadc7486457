//! What components that pass requests on have in common: choosing a server, trying another, checking who is there, routing by
//! path, keeping a client where it was, and a line for requests that no server has room for.
//!
//! ```text
//!   call ─▶ [route: group of links] ─▶ [balancer: server] ─▶ send ─▶ reply ─▶ done, or another server
//!                                          │ all full                  │
//!                                          └─▶ line ◀── room again ────┘
//!   every so often: probe ─▶ server ─▶ up or down ─▶ in turn or out
//! ```

mod checks;
mod metrics;
pub(crate) mod proxy;
mod routes;
mod wishes;

use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::line::Line;
use crate::engine::sampler::ns;
use crate::engine::{Context, Reply};
use crate::policies::balancing::{Ask, Balancer, Balancing, Picked, Target};
use crate::policies::clients::Clients;
use crate::policies::health::Watched;
use backpressure_pack::Pack;
use checks::Turned;
pub(crate) use checks::{CHECK, Checks, UNANSWERED};
pub(crate) use metrics::{BALANCER_METRICS, METRICS, balancer_says, says};
use metrics::{CHECKS_FAILED, DOWN, EJECTED, KEPT, KEPT_BESIDE_IDLE, LOST, QUEUE_TIME, TO_WARMING};
pub(crate) use proxy::{Compression, Duties, Proxy, ResponseCache, Tls};
use routes::{NO_ROUTE, Routes};
pub(crate) use wishes::{Affinity, OnRefusal, UpstreamParams, Wishes};

/// Timer of the component: a server's ejection may be over.
pub(crate) const READMIT: u8 = 111;

/// See the module. In a call it is given, `state` is the number of the server it was sent to, and `aux` how many were tried and
/// when it was sent last.
#[derive(Clone, Debug, Pack)]
pub(crate) struct Upstream {
    wishes: Wishes,
    balancer: Balancer,
    routes: Routes,
    checks: Checks,
    watched: Vec<Watched>,
    /// The server of each client that is to stay where it was.
    homes: Clients,
    /// Requests that wait for a server with room, by group.
    lines: Vec<Line>,
    /// Anything to think of when an answer comes: looked at once per answer.
    observes: bool,
}

// `aux`: how many servers were tried in the low bits; above, when, in units of 2¹⁴ ns (16 µs), modulo 275 s.
const TRIED: u32 = 0xff;
const CLOCK: u32 = 14;

fn stamp(now: u64, tried: u32) -> u32 {
    ((now >> CLOCK) as u32) << 8 | tried.min(TRIED)
}

/// Time since the stamp, ns.
fn since(stamp: u32, now: u64) -> u64 {
    u64::from(((now >> CLOCK) as u32).wrapping_sub(stamp >> 8) & 0x00ff_ffff) << CLOCK
}

/// The server was not there, or went away.
fn is_gone(reason: Reason) -> bool {
    matches!(reason, Reason::Refused | Reason::Crashed | Reason::Lost)
}

impl Upstream {
    pub fn new(wishes: Wishes, cx: &mut Context) -> Self {
        let balancer = Balancer::new(wishes.balancing.clone(), cx.stream("balance"));
        let checks = Checks::new(wishes.check.clone());
        let mut upstream = Self {
            wishes,
            balancer,
            routes: Routes::default(),
            checks,
            watched: Vec::new(),
            homes: Clients::default(),
            lines: vec![Line::default()],
            observes: false,
        };
        upstream.look_over();
        upstream
    }

    fn look_over(&mut self) {
        let w = &self.wishes;
        self.observes = w.balancing.algorithm == Balancing::LeastResponseTime
            || w.ejection.is_some()
            || w.balancing.max_connections != u32::MAX;
    }

    /// The parameters changed.
    pub fn configure(&mut self, wishes: Wishes, cx: &mut Context) {
        if wishes == self.wishes {
            return;
        }
        cx.void_node_timers();
        self.balancer.set_options(wishes.balancing.clone());
        self.wishes = wishes;
        self.look_over();
        self.checks.set(self.wishes.check.clone(), cx);
        let now = cx.now();
        for i in 0..self.watched.len() {
            if self.wishes.ejection.is_none() {
                self.watched[i] = Watched::default();
            } else if self.watched[i].out_until > now {
                cx.after_node(Delay::once(self.watched[i].out_until - now), READMIT);
            }
        }
        self.look_who_is_out(cx);
    }

    /// The links out may have changed.
    pub fn wire(&mut self, cx: &mut Context) {
        let links = cx.downstream();
        let (routes, groups) = if self.wishes.affinity.is_some_and(|a| a.connections) {
            Default::default()
        } else {
            Routes::new(&links, cx)
        };
        let mut targets = Vec::new();
        // The places in the list of targets that each link's instances have.
        let mut places = Vec::new();
        for d in &links {
            let from = targets.len() as u32;
            targets.extend((0..d.instances).map(|instance| (d.link, instance, d.weight)));
            places.push(from..targets.len() as u32);
        }
        let groups: Vec<Vec<u32>> =
            groups.iter().map(|links| links.iter().flat_map(|&l| places[l as usize].clone()).collect()).collect();
        self.balancer.set_targets(&targets, &groups, cx.now());
        self.routes = routes;
        let alive = |(n, t): (usize, &Target)| t.alive.then_some((n as u32, t.link, t.instance));
        self.checks.set_servers(self.balancer.targets().iter().enumerate().filter_map(alive), cx);
        self.watched.resize_with(self.balancer.targets().len(), Watched::default);
        self.stand_anew(groups.len().max(1), cx);
        self.look_who_is_out(cx);
    }

    /// Who waits stands in the line of its group as it is now.
    fn stand_anew(&mut self, groups: usize, cx: &mut Context) {
        let before = std::mem::replace(&mut self.lines, vec![Line::default(); groups]);
        for mut line in before {
            while let Some(call) = line.pop_front(cx) {
                cx.waits(-1);
                match self.ask(call, cx) {
                    Some(ask) => self.stand(call, ask.group, cx),
                    None => cx.reply(call, Outcome::Failed(Reason::NoRoute)),
                }
            }
        }
    }

    /// Takes every server out or in as checks and ejections say, and lets those who wait through if that made room.
    fn look_who_is_out(&mut self, cx: &mut Context) {
        let now = cx.now();
        let (mut down, mut ejected) = (0, 0);
        for number in 0..self.balancer.targets().len() as u32 {
            let up = self.checks.is_up(number);
            let out = self.watched.get(number as usize).is_some_and(|w| w.out_until != 0);
            if self.balancer.target(number).is_some_and(|t| t.alive) {
                down += u32::from(!up);
                ejected += u32::from(up && out);
            }
            self.balancer.set_out(number, !up || out, now);
        }
        cx.set_level(DOWN, down);
        cx.set_level(EJECTED, ejected);
        self.advance_all(cx);
    }

    #[inline(never)]
    fn advance_all(&mut self, cx: &mut Context) {
        for group in 0..self.lines.len() {
            self.advance(group, cx);
        }
    }

    /// What the balancer is told of a call; `None` if no link carries it.
    #[inline]
    fn ask(&self, call: CallId, cx: &Context) -> Option<Ask> {
        let record = cx.call(call);
        let group = self.routes.of(record.endpoint, record.op);
        (group != NO_ROUTE).then(|| Ask { key: record.key, client: record.client, group, now_ns: cx.now() })
    }

    /// Would this call go over a connection that its client has open?
    pub fn is_connected(&mut self, client: u32, cx: &Context) -> bool {
        self.homes.recall(client, cx.now()).is_some()
    }

    /// Passes a call on, or has it wait. If there is nobody to pass it to, why.
    #[inline]
    pub fn forward(&mut self, call: CallId, cx: &mut Context) -> Result<(), Reason> {
        let Some(ask) = self.ask(call, cx) else {
            return Err(Reason::NoRoute);
        };
        if self.wishes.affinity.is_some() {
            let server = self.at_home(&ask);
            if server != NONE {
                self.kept(server, ask.group, cx);
                return self.send(call, server, 0, cx);
            }
        }
        match self.balancer.pick(&ask) {
            Picked::Server(server) => {
                if self.balancer.is_warming(server, ask.now_ns) {
                    cx.count(TO_WARMING, 1);
                }
                self.send(call, server, 0, cx)
            }
            Picked::Nobody => Err(Reason::NoRoute),
            Picked::Full => self.join(call, 0, ask.group, cx),
        }
    }

    /// The server a client was sent to before, if it may be sent there again; else `NONE`.
    #[inline(never)]
    fn at_home(&mut self, ask: &Ask) -> u32 {
        let stays = self.wishes.affinity.and_then(|affinity| {
            let home = self.homes.recall(ask.client, ask.now_ns)?;
            self.balancer.pick_this(home, !affinity.connections)
        });
        stays.unwrap_or(NONE)
    }

    /// A request stays at its client's server, whatever that has in hand.
    #[inline(never)]
    fn kept(&self, server: u32, group: u32, cx: &mut Context) {
        cx.count(KEPT, 1);
        // It is counted there already.
        if self.balancer.target(server).is_some_and(|t| t.outstanding > 1) && self.balancer.any_is_idle(group) {
            cx.count(KEPT_BESIDE_IDLE, 1);
        }
    }

    #[inline]
    fn send(&mut self, call: CallId, server: u32, tried: u32, cx: &mut Context) -> Result<(), Reason> {
        let now = cx.now();
        let (link, instance) = self.balancer.target(server).map_or((NONE, 0), |t| (t.link, t.instance));
        if self.wishes.affinity.is_some() {
            self.remember(cx.call(call).client, server, now);
        }
        let record = cx.call_mut(call);
        let op = record.op;
        record.state = server;
        record.aux = stamp(now, tried + 1);
        if cx.send(call, link, op, instance) == NONE {
            self.balancer.done(server);
            return Err(Reason::Limit);
        }
        Ok(())
    }

    #[inline(never)]
    fn remember(&mut self, client: u32, server: u32, now_ns: u64) {
        if let Some(affinity) = self.wishes.affinity {
            self.homes.remember(client, server, now_ns.saturating_add(affinity.for_ns));
        }
    }

    fn join(&mut self, call: CallId, tried: u32, group: u32, cx: &mut Context) -> Result<(), Reason> {
        if self.lines.get(group as usize).is_none_or(|line| line.len() >= self.wishes.queue_limit) {
            return Err(Reason::QueueFull);
        }
        cx.call_mut(call).aux = stamp(cx.now(), tried);
        self.stand(call, group, cx);
        Ok(())
    }

    fn stand(&mut self, call: CallId, group: u32, cx: &mut Context) {
        self.lines[group as usize].push_back(call, cx);
        cx.waits(1);
    }

    /// Lets through who waits, as far as there is room.
    fn advance(&mut self, group: usize, cx: &mut Context) {
        while let Some(call) = self.lines[group].first() {
            let Some(ask) = self.ask(call, cx) else {
                return;
            };
            let picked = self.balancer.pick(&ask);
            if picked == Picked::Full {
                return;
            }
            self.lines[group].pop_front(cx);
            cx.waits(-1);
            let waiting = cx.call(call).aux;
            cx.span(QUEUE_TIME, since(waiting, ask.now_ns));
            let sent = match picked {
                Picked::Server(server) => self.send(call, server, waiting & TRIED, cx),
                _ => Err(Reason::NoRoute),
            };
            if let Err(reason) = sent {
                cx.reply(call, Outcome::Failed(reason));
            }
        }
    }

    /// An answer to a call that was passed on, or to a probe. What became of the call, if it is over.
    #[inline]
    pub fn on_reply(&mut self, call: CallId, reply: &Reply, cx: &mut Context) -> Option<Outcome> {
        if reply.op == Op::Probe {
            self.checked(call, Some(reply), cx);
            return None;
        }
        let (server, aux) = (cx.call(call).state, cx.call(call).aux);
        self.balancer.done(server);
        if self.observes {
            self.observe(server, aux, reply.outcome, cx);
        }
        let outcome = match reply.outcome {
            Outcome::Failed(reason) => self.failed(call, reason, cx),
            ok => Some(ok),
        };
        if self.observes {
            self.advance_all(cx);
        }
        outcome
    }

    /// A server failed a call: another may be tried.
    #[cold]
    #[inline(never)]
    fn failed(&mut self, call: CallId, reason: Reason, cx: &mut Context) -> Option<Outcome> {
        let failed = Some(Outcome::Failed(reason));
        let (server, tried, client) = (cx.call(call).state, cx.call(call).aux & TRIED, cx.call(call).client);
        if is_gone(reason) {
            cx.count(LOST, 1);
            if self.wishes.affinity.is_some() {
                self.homes.forget(client);
            }
        }
        // What only balances connections sees that one could not be opened, but not what an answer says.
        let refused = match self.wishes.affinity {
            Some(Affinity { connections: true, .. }) => reason == Reason::Refused,
            _ => matches!(reason, Reason::QueueFull | Reason::Refused | Reason::Shed),
        };
        let Some(ask) = self.ask(call, cx).filter(|_| refused && self.wishes.on_refusal == OnRefusal::TryNext) else {
            return failed;
        };
        if tried as usize >= self.balancer.servers(ask.group) || tried == TRIED {
            return failed;
        }
        let sent = match self.balancer.pick_other(&ask, server, tried) {
            Picked::Server(server) => self.send(call, server, tried, cx),
            Picked::Full => self.join(call, tried, ask.group, cx),
            Picked::Nobody => return failed,
        };
        sent.err().map(Outcome::Failed)
    }

    #[inline(never)]
    fn observe(&mut self, server: u32, aux: u32, outcome: Outcome, cx: &mut Context) {
        let now = cx.now();
        self.balancer.observe(server, since(aux, now), now);
        let Some(ejection) = &self.wishes.ejection else {
            return;
        };
        let ok = !matches!(outcome, Outcome::Failed(reason) if reason.status() >= 500);
        let alive = self.balancer.targets().iter().filter(|t| t.alive).count();
        let Some(watched) = self.watched.get_mut(server as usize) else {
            return;
        };
        if !watched.record(ok, ejection) {
            return;
        }
        let span = ns(ejection.ejection_ms);
        let most = ((ejection.max_share * alive as f64) as usize).max(1);
        if self.watched.iter().filter(|w| w.out_until != 0).count() < most {
            let until = self.watched[server as usize].eject(span, now);
            cx.after_node(Delay::once(until - now), READMIT);
            self.look_who_is_out(cx);
        }
    }

    /// A probe came back, or did not.
    #[cold]
    #[inline(never)]
    fn checked(&mut self, probe: CallId, reply: Option<&Reply>, cx: &mut Context) {
        if reply.is_none_or(|r| !r.outcome.is_ok()) {
            cx.count(CHECKS_FAILED, 1);
        }
        let turned = match reply {
            Some(reply) => self.checks.on_reply(probe, reply, cx),
            None => self.checks.on_timer(probe, cx),
        };
        if let Some(Turned { server, up }) = turned {
            if up && let Some(watched) = self.watched.get_mut(server as usize) {
                *watched = Watched::default();
            }
            self.look_who_is_out(cx);
        }
    }

    /// A timer of a call rang: [`UNANSWERED`], a probe has no answer.
    pub fn on_timer(&mut self, probe: CallId, cx: &mut Context) {
        self.checked(probe, None, cx);
    }

    /// A timer of the component's own rang: [`CHECK`] or [`READMIT`].
    pub fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
        if tag == CHECK {
            self.checks.on_node_timer(cx);
        } else if tag == READMIT {
            let now = cx.now();
            let over = self.watched.iter_mut().map(|w| w.readmit(now)).fold(false, |any, over| any | over);
            if over {
                self.look_who_is_out(cx);
            }
        }
    }

    /// The component died: nobody waits any more for what is out.
    pub fn crash(&mut self, cx: &mut Context) {
        self.balancer.forget_outstanding();
        self.checks.forget(cx);
        self.homes.clear();
        for line in &mut self.lines {
            cx.waits(-(line.len() as i32));
            *line = Line::default();
        }
    }
}

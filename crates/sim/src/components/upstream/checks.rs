//! Active health checks at work: real probes over the links, one server after the other.

use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE};
use crate::engine::sampler::ns;
use crate::engine::{Context, Reply};
use crate::policies::health::{Checked, HealthCheck};
use backpressure_pack::Pack;

/// Timer of the component: the next server is to be checked.
pub(crate) const CHECK: u8 = 110;
/// Timer of a probe: nothing has come back.
pub(crate) const UNANSWERED: u8 = 110;

/// The checks of the servers that a component calls. The checks of an interval are spread over it, as HAProxy does.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub(crate) struct Checks {
    check: Option<HealthCheck>,
    /// By the numbers that the owner gives its servers.
    servers: Vec<Server>,
    /// Numbers of those to be checked, and the place of the next.
    order: Vec<u32>,
    next: usize,
    ticking: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Pack)]
struct Server {
    link: u32,
    instance: u16,
    checked: Checked,
    /// The probe that is out.
    probe: CallId,
}

/// A server that was up is down, or the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turned {
    pub server: u32,
    pub up: bool,
}

impl Checks {
    pub fn new(check: Option<HealthCheck>) -> Self {
        Self { check, ..Self::default() }
    }

    /// Changes the checks; those out go on. Switched off, every server counts as up. The component's own timers were voided.
    pub fn set(&mut self, check: Option<HealthCheck>, cx: &mut Context) {
        self.check = check;
        self.ticking = false;
        if self.check.is_none() {
            self.servers.iter_mut().for_each(|s| s.checked = Checked::default());
        }
        self.tick(cx);
    }

    /// The servers to check `(number, link, instance)`. A new one counts as up.
    pub fn set_servers(&mut self, servers: impl Iterator<Item = (u32, u32, u16)>, cx: &mut Context) {
        let before = std::mem::take(&mut self.order);
        for (number, link, instance) in servers {
            let n = number as usize;
            while self.servers.len() <= n {
                self.servers.push(Server { link, instance, checked: Checked::default(), probe: NONE });
            }
            if !before.contains(&number) {
                self.servers[n].checked = Checked::default();
            }
            self.order.push(number);
        }
        self.tick(cx);
    }

    /// Is this server up, as far as the checks know?
    pub fn is_up(&self, number: u32) -> bool {
        self.servers.get(number as usize).is_none_or(|s| s.checked.up)
    }

    /// Asks for the next check, if there is anybody to check.
    fn tick(&mut self, cx: &mut Context) {
        if let Some(check) = &self.check
            && !self.ticking
            && !self.order.is_empty()
        {
            self.ticking = true;
            let pause = ns(check.interval_ms) / self.order.len() as u64;
            cx.after_node(Delay::once(pause.max(1)), CHECK);
        }
    }

    /// The timer rang. A server whose last probe is still out is not asked again.
    pub fn on_node_timer(&mut self, cx: &mut Context) {
        self.ticking = false;
        let Some(check) = &self.check else {
            return;
        };
        let timeout = Delay::once(ns(check.timeout_ms));
        self.next = (self.next + 1) % self.order.len().max(1);
        if let Some(&number) = self.order.get(self.next)
            && let Some(server) = self.servers.get_mut(number as usize).filter(|s| s.probe == NONE)
            && cx.is_up(u16::MAX)
        {
            server.probe = cx.probe(server.link, server.instance);
            if server.probe != NONE {
                cx.call_mut(server.probe).state = number;
                cx.after(timeout, server.probe, UNANSWERED);
            }
        }
        self.tick(cx);
    }

    /// The answer to a probe.
    pub fn on_reply(&mut self, probe: CallId, reply: &Reply, cx: &mut Context) -> Option<Turned> {
        self.over(probe, reply.outcome.is_ok(), cx)
    }

    /// Nothing came back.
    pub fn on_timer(&mut self, probe: CallId, cx: &mut Context) -> Option<Turned> {
        let question = cx.call(probe).aux;
        cx.abandon(question);
        self.over(probe, false, cx)
    }

    fn over(&mut self, probe: CallId, ok: bool, cx: &mut Context) -> Option<Turned> {
        let number = cx.call(probe).state;
        cx.finish(probe);
        let server = self.servers.get_mut(number as usize)?;
        server.probe = NONE;
        let check = self.check.as_ref().filter(|_| self.order.contains(&number))?;
        server.checked.record(ok, check).then_some(Turned { server: number, up: server.checked.up })
    }

    /// The component died: nobody waits for its probes.
    pub fn forget(&mut self, cx: &mut Context) {
        for server in self.servers.iter_mut().filter(|s| s.probe != NONE) {
            let question = cx.call(server.probe).aux;
            cx.abandon(question);
            cx.finish(std::mem::replace(&mut server.probe, NONE));
        }
    }
}

//! Primary and replicas: the log on its way to each replica, what a replica has applied, and who takes over.
//!
//! ```text
//!   write ─▶ primary's log ──delay──▶ received ──one at a time──▶ applied     (each replica by itself)
//!              └─ asynchronous: committed here
//!                       semi-synchronous: here, at the first replica ┘
//!                                        synchronous: here, at every replica that is up ┘
//! ```
//!
//! When a replica takes over, what it had not received is undone: if it had been committed, it is a lost write.

use super::params::{ReadsFrom, Replicas, Replication};
use super::report::{BACKLOG, FAILOVERS, LAG, LOST_WRITES};
use crate::engine::Context;
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, NONE};
use crate::engine::copies::Copies;
use crate::engine::sampler::{Sampler, ns};
use crate::policies::once::Once;
use backpressure_pack::Pack;
use std::collections::VecDeque;

// Timers of the component itself: `APPLIED` + number of the server.
const APPLIED: u8 = 0;
const DETECT: u8 = 16;
const PROMOTE: u8 = 17;

/// Not sent: the primary was down when it would have been, or the replica.
const UNSENT: u64 = u64::MAX;
/// Writes a replica may be behind; beyond, it is copied from the primary anew.
const LONGEST_LOG: usize = 1 << 18;

/// A write in the log, as one replica sees it.
#[derive(Clone, Copy, Debug, PartialEq, Pack)]
struct Entry {
    /// Place in the log.
    place: u64,
    key: u64,
    version: u32,
    /// Version of the row before it.
    before: u32,
    logged_ns: u64,
    received_ns: u64,
    /// The write that waits for this replica, if it does.
    call: CallId,
    generation: u32,
    identity: Option<u64>,
}

/// The log on its way to one replica.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
struct Feed {
    entries: VecDeque<Entry>,
    last_received_ns: u64,
    /// When the entry being applied will be; `None` if none is.
    applied_at: Option<u64>,
    /// Last place received when the primary went down: what came before is here or applied.
    place: u64,
}

impl Feed {
    /// What has not arrived by now does not arrive.
    fn cut(&mut self, now: u64) {
        self.last_received_ns = self.last_received_ns.min(now);
        for entry in self.entries.iter_mut().rev().take_while(|e| e.received_ns > now) {
            entry.received_ns = UNSENT;
        }
    }
}

/// See the module. Servers have numbers: 0 is the first primary.
#[derive(Clone, Debug, Pack)]
pub(super) struct Cluster {
    count: u16,
    mode: Replication,
    reads_from: ReadsFrom,
    delay: Sampler,
    apply: Sampler,
    failover: Option<u64>,
    promotion_ns: u64,
    pub primary: u16,
    copies: Copies,
    feeds: Vec<Feed>,
    /// Writes logged.
    place: u64,
    turn: u16,
    /// When the primary's death is noticed.
    noticed_at: Option<u64>,
    /// The replica that takes over, and whether its promotion is over but for what it has yet to apply.
    candidate: Option<(u16, bool)>,
    /// Writes that every replica has applied: committed when the last acknowledgement is back.
    pub acknowledged: Vec<CallId>,
    /// Writes that have been undone, to be forgotten: their identity, and the row.
    pub undone: Vec<(Option<u64>, u64)>,
}

/// How far a write is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Logged {
    Committed,
    /// Committed after this long, ns.
    After(u64),
    /// Committed when the replicas say so ([`Cluster::acknowledged`]).
    Waits,
}

impl Cluster {
    pub fn new(p: &Replicas, cx: &mut Context) -> Self {
        let mut cluster = Self {
            count: 0,
            mode: p.replication,
            reads_from: p.reads_from,
            delay: cx.sampler(&p.delay, "replication"),
            apply: cx.sampler(&p.apply_time, "apply"),
            failover: None,
            promotion_ns: 0,
            primary: 0,
            copies: Copies::default(),
            feeds: Vec::new(),
            place: 0,
            turn: 0,
            noticed_at: None,
            candidate: None,
            acknowledged: Vec::new(),
            undone: Vec::new(),
        };
        cluster.take(p, cx);
        cluster
    }

    /// Lanes for constant delays are claimed again.
    pub fn claim(&mut self, p: &Replicas, cx: &mut Context) {
        self.delay.set(&p.delay, cx.calendar());
        self.apply.set(&p.apply_time, cx.calendar());
    }

    /// Takes over changed parameters. A new replica starts as a copy of the primary.
    pub fn take(&mut self, p: &Replicas, cx: &mut Context) {
        (self.mode, self.reads_from) = (p.replication, p.reads_from);
        (self.failover, self.promotion_ns) = (p.failover_after_ms.map(ns), ns(p.promotion_ms));
        let before = self.servers();
        self.count = p.count as u16;
        // After a failover the primary may be one that the fewer servers wanted would not have.
        let servers = self.servers();
        let new = Feed { place: self.place, ..Feed::default() };
        let kept = self.feeds.len();
        self.feeds.resize(kept.max(usize::from(servers)), new);
        self.copies.grow(self.feeds.len());
        for gone in servers..before {
            self.abandon(gone, cx);
        }
    }

    /// The replica that is to be the primary, while its promotion lasts.
    pub fn takes_over(&self) -> Option<u16> {
        self.candidate.map(|(server, _)| server)
    }

    /// Servers, the primary included.
    pub fn servers(&self) -> u16 {
        (self.count + 1).max(self.primary + 1)
    }

    /// Servers that answer queries as things are meant to be.
    pub fn serving(&self) -> u32 {
        if self.reads_from == ReadsFrom::Primary { 1 } else { u32::from(self.count) + 1 }
    }

    fn is_replica(&self, server: u16) -> bool {
        server != self.primary && server <= self.count
    }

    fn replicas(&self) -> impl Iterator<Item = u16> + use<> {
        let (primary, count) = (self.primary, self.count);
        (0..=count).filter(move |&s| s != primary)
    }

    /// The server for a query; `None` if none takes it.
    pub fn route(&mut self, reads: bool, cx: &Context) -> Option<u16> {
        let primary = (self.candidate.is_none() && cx.is_up(self.primary)).then_some(self.primary);
        if !reads || self.reads_from == ReadsFrom::Primary {
            return primary;
        }
        let servers = self.servers();
        for _ in 0..servers {
            self.turn = (self.turn + 1) % servers;
            let s = self.turn;
            let takes_reads = match self.reads_from {
                ReadsFrom::All if s == self.primary => primary.is_some(),
                _ => self.is_replica(s) && cx.is_up(s),
            };
            if takes_reads {
                return Some(s);
            }
        }
        primary
    }

    /// The latest version of a row at the primary.
    pub fn latest(&self, key: u64, cx: &Context) -> u32 {
        self.copies.latest(key, cx)
    }

    /// The version of a row that a read at this server sees.
    pub fn held(&self, server: u16, key: u64, cx: &Context) -> u32 {
        // What is not committed yet, the primary keeps to itself.
        if server == self.primary { cx.newest(key) } else { self.copies.held(usize::from(server), key, cx) }
    }

    /// How many writes each server has yet to apply, in the order of their numbers.
    pub fn behind(&self) -> impl Iterator<Item = u64> + '_ {
        (0..usize::from(self.servers())).map(|r| self.feeds.get(r).map_or(0, |feed| feed.entries.len() as u64))
    }

    /// Writes the log, and sends it to the replicas.
    pub fn log(&mut self, call: CallId, cx: &mut Context) -> Logged {
        let now = cx.now();
        let record = *cx.call(call);
        let key = record.key;
        let before = self.copies.latest(key, cx);
        let version = if record.version == 0 { self.copies.begin(key, cx) } else { record.version };
        cx.call_mut(call).version = version;
        self.place += 1;
        let synchronous = self.mode == Replication::Synchronous;
        let waits = if synchronous { self.replicas().filter(|&r| cx.is_up(r)).count() as u32 } else { 0 };
        cx.call_mut(call).aux = waits;
        let mut first = UNSENT;
        for r in self.replicas() {
            let up = cx.is_up(r);
            let received_ns = if up { self.receipt(r, now) } else { UNSENT };
            first = first.min(received_ns);
            let call = if up && synchronous { call } else { NONE };
            self.copies.expect(usize::from(r), key, before);
            cx.level(BACKLOG, 1);
            let (generation, identity) = (record.generation, Once::identity(&record));
            let entry = Entry {
                place: self.place,
                key,
                version,
                before,
                logged_ns: now,
                received_ns,
                call,
                generation,
                identity,
            };
            self.feeds[usize::from(r)].entries.push_back(entry);
            if self.feeds[usize::from(r)].entries.len() > LONGEST_LOG {
                self.abandon(r, cx);
            }
            self.apply_next(r, cx);
        }
        match self.mode {
            Replication::SemiSynchronous if first != UNSENT => Logged::After(first - now + self.way_back()),
            Replication::Synchronous if waits > 0 => Logged::Waits,
            _ => {
                self.commit(call, cx);
                Logged::Committed
            }
        }
    }

    /// The write is committed.
    pub fn commit(&mut self, call: CallId, cx: &mut Context) {
        let (key, version) = (cx.call(call).key, cx.call(call).version);
        self.copies.commit(key, version, cx);
    }

    /// How long a replica's acknowledgement takes, ns.
    pub fn way_back(&mut self) -> u64 {
        self.delay.draw().ns
    }

    /// When a replica receives what is sent now. Messages do not overtake each other.
    fn receipt(&mut self, replica: u16, now: u64) -> u64 {
        let at = now.saturating_add(self.delay.draw().ns);
        let feed = &mut self.feeds[usize::from(replica)];
        feed.last_received_ns = feed.last_received_ns.max(at).min(UNSENT - 1);
        feed.last_received_ns
    }

    /// A replica begins to apply the next write, once it has it.
    fn apply_next(&mut self, replica: u16, cx: &mut Context) {
        let feed = &mut self.feeds[usize::from(replica)];
        let Some(next) = feed.entries.front().filter(|e| e.received_ns != UNSENT) else {
            return;
        };
        if feed.applied_at.is_some() || !cx.is_up(replica) {
            return;
        }
        let time = self.apply.draw().ns as f64 * cx.slowness(replica);
        let wait = next.received_ns.saturating_sub(cx.now()).saturating_add(time as u64);
        feed.applied_at = Some(cx.now().saturating_add(wait));
        cx.after_node(Delay::once(wait), APPLIED + replica as u8);
    }

    /// One of [`Cluster`]'s timers rang.
    pub fn on_timer(&mut self, tag: u8, cx: &mut Context) {
        let now = cx.now();
        match tag {
            DETECT if self.noticed_at == Some(now) => self.elect(cx),
            PROMOTE => {
                if let Some((candidate, over)) = &mut self.candidate
                    && self.noticed_at == Some(now)
                {
                    *over = true;
                    let candidate = *candidate;
                    self.take_over_if_ready(candidate, cx);
                }
            }
            _ => {
                let replica = u16::from(tag - APPLIED);
                match self.feeds.get_mut(usize::from(replica)) {
                    Some(feed) if feed.applied_at == Some(now) => {
                        feed.applied_at = None;
                        self.applied(replica, cx);
                    }
                    _ => {}
                }
            }
        }
    }

    fn applied(&mut self, replica: u16, cx: &mut Context) {
        let feed = &mut self.feeds[usize::from(replica)];
        if let Some(entry) = feed.entries.pop_front() {
            feed.place = entry.place;
            self.copies.arrive(usize::from(replica), entry.key, entry.version);
            cx.level(BACKLOG, -1);
            cx.span(LAG, cx.now() - entry.logged_ns);
            self.acknowledge(&entry, cx);
        }
        self.apply_next(replica, cx);
        self.take_over_if_ready(replica, cx);
    }

    /// A replica has applied a write, or will never: whoever waits for it waits for one less.
    fn acknowledge(&mut self, entry: &Entry, cx: &mut Context) {
        if entry.call != NONE && cx.calls().of_event(entry.call, entry.generation).is_some() {
            let record = cx.call_mut(entry.call);
            record.aux -= 1;
            if record.aux == 0 {
                self.acknowledged.push(entry.call);
            }
        }
    }

    /// A server goes down.
    pub fn crashed(&mut self, server: u16, cx: &mut Context) {
        let now = cx.now();
        if server == self.primary {
            // What has not left yet does not leave any more.
            for r in self.replicas() {
                self.feeds[usize::from(r)].cut(now);
            }
            // A replica that was applying what it had not received yet waits for it instead.
            for feed in &mut self.feeds {
                if feed.entries.front().is_some_and(|e| e.received_ns == UNSENT) {
                    feed.applied_at = None;
                }
            }
            if let Some(after) = self.failover {
                self.noticed_at = Some(now.saturating_add(after));
                cx.after_node(Delay::once(after), DETECT);
            }
        }
        if let Some(feed) = self.feeds.get_mut(usize::from(server)) {
            feed.applied_at = None;
            feed.cut(now);
            // Nobody waits for a server that is down.
            for i in 0..self.feeds[usize::from(server)].entries.len() {
                let entry = self.feeds[usize::from(server)].entries[i];
                self.feeds[usize::from(server)].entries[i].call = NONE;
                self.acknowledge(&entry, cx);
            }
        }
        if self.candidate.is_some_and(|(candidate, _)| candidate == server) {
            (self.candidate, self.noticed_at) = (None, Some(now));
            self.elect(cx);
        }
    }

    /// A server is up again.
    pub fn restarted(&mut self, server: u16, cx: &mut Context) {
        if server == self.primary && self.candidate.is_none() {
            self.noticed_at = None;
            // What stands in its log is committed, whether the caller heard of it or not.
            self.copies.commit_all(cx);
            for r in self.replicas() {
                self.send_rest(r, cx);
            }
        } else if self.is_replica(server) {
            if cx.is_up(self.primary) && self.candidate.is_none() {
                self.send_rest(server, cx);
            }
            self.apply_next(server, cx);
            // Perhaps it is the one that was missing.
            if self.candidate.is_none() && self.noticed_at.is_some_and(|at| at <= cx.now()) {
                self.elect(cx);
            }
        }
    }

    /// The primary sends a replica what it has not sent yet.
    fn send_rest(&mut self, replica: u16, cx: &mut Context) {
        if !cx.is_up(replica) {
            return;
        }
        let received_ns = self.receipt(replica, cx.now());
        for entry in self.feeds[usize::from(replica)].entries.iter_mut().rev() {
            if entry.received_ns != UNSENT {
                break;
            }
            entry.received_ns = received_ns;
        }
        self.apply_next(replica, cx);
    }

    /// The primary is dead: of the replicas that are up, the one that has received most is to take over, and what it has
    /// not received is undone.
    fn elect(&mut self, cx: &mut Context) {
        if cx.is_up(self.primary) {
            return;
        }
        let received = |c: &Self, r: u16| {
            let feed = &c.feeds[usize::from(r)];
            feed.entries.iter().rev().find(|e| e.received_ns != UNSENT).map_or(feed.place, |e| e.place)
        };
        let up = self.replicas().filter(|&r| cx.is_up(r));
        let Some(candidate) = up.max_by_key(|&r| received(self, r)) else {
            return;
        };
        let last = received(self, candidate);
        while let Some(entry) = self.feeds[usize::from(candidate)].entries.pop_back_if(|e| e.place > last) {
            self.copies.give_up(usize::from(candidate), entry.key);
            cx.level(BACKLOG, -1);
            if self.copies.undo(entry.key, entry.version, entry.before, cx) {
                cx.count(LOST_WRITES, 1);
            }
            self.undone.push((entry.identity, entry.key));
        }
        for r in self.replicas().filter(|&r| r != candidate) {
            while let Some(entry) = self.feeds[usize::from(r)].entries.pop_back_if(|e| e.place > last) {
                self.copies.give_up(usize::from(r), entry.key);
                cx.level(BACKLOG, -1);
            }
        }
        // What it has received survives, whether the primary had said so or not.
        self.copies.commit_all(cx);
        self.candidate = Some((candidate, false));
        self.noticed_at = Some(cx.now().saturating_add(self.promotion_ns));
        cx.after_node(Delay::once(self.promotion_ns), PROMOTE);
    }

    /// The candidate becomes the primary when its promotion is over and it has applied all it has.
    fn take_over_if_ready(&mut self, server: u16, cx: &mut Context) {
        if self.candidate != Some((server, true)) || !self.feeds[usize::from(server)].entries.is_empty() {
            return;
        }
        // The old primary discards what nobody else has, and follows.
        let old = usize::from(self.primary);
        self.copies.renew(old);
        self.feeds[old] = Feed { place: self.feeds[usize::from(server)].place, ..Feed::default() };
        self.primary = server;
        (self.candidate, self.noticed_at) = (None, None);
        cx.count(FAILOVERS, 1);
        for r in self.replicas() {
            self.send_rest(r, cx);
        }
    }

    /// Forgets all that is on its way to a server: it is out of the design, or too far behind and copied anew.
    fn abandon(&mut self, server: u16, cx: &mut Context) {
        let feed = &mut self.feeds[usize::from(server)];
        feed.applied_at = None;
        if let Some(last) = feed.entries.back() {
            feed.place = last.place;
        }
        let entries = std::mem::take(&mut feed.entries);
        cx.level(BACKLOG, -(entries.len() as i32));
        self.copies.renew(usize::from(server));
        for entry in &entries {
            self.acknowledge(entry, cx);
        }
    }

    /// The replicas are taken out of the design: every write that waits for them is committed.
    pub fn disband(&mut self, cx: &mut Context) {
        for server in 0..self.feeds.len() {
            self.abandon(server as u16, cx);
        }
        self.copies.commit_all(cx);
    }
}

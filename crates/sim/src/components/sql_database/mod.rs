//! A relational database: a bounded number of connections, rows that writes contend for, a disk, and replicas.
//!
//! ```text
//!   arrive ─▶ primary or replica ─▶ [queue] ─▶ connection ─▶ [row lock] ─▶ [disk] ─▶ read or write time
//!                                              ─▶ log, replicas ([`cluster`]) ─▶ reply
//! ```
//!
//! Only connections, read time and write time are there unless asked for.

mod cluster;
mod disk;
mod params;
mod report;
mod writes;

use super::{Component, Fields, Group, Kind};
use crate::analysis::model::{Model, Station};
use crate::design::{Reader, Trouble};
use crate::engine::calendar::Delay;
use crate::engine::call::{CallId, Op, Outcome, Reason};
use crate::engine::locks::Locks;
use crate::engine::pool::{Granted, Pool, WhenFull};
use crate::engine::rng::Stream;
use crate::engine::sampler::{LONGEST_NS, Sampler, ns};
use crate::engine::table::Table;
use crate::engine::{Context, Facts};
use crate::metrics::{Inside, TAKING_OVER};
use crate::policies::once::Once;
use backpressure_pack::Pack;
use cluster::Cluster;
use disk::Disk;
use params::{Concurrency, SqlDatabaseParams};
use report::{DISK_QUEUE, DISK_WAIT, GROWTH, METRICS, SCANNED, WAITING_FOR_ROWS, ails, cost, says};
use serde_json::{Map, Value};
use writes::WAITING;

/// One server: the primary, or a replica.
#[derive(Clone, Debug, Pack)]
struct Server {
    connections: Pool,
    disk: Option<Disk>,
}

/// See the module. In a call that writes, `state` is the version it has read, or whether it waits for its row; `aux` the
/// attempts made, then the replicas it waits for.
#[derive(Clone, Debug, Pack)]
pub(crate) struct SqlDatabase {
    /// By number; 0 is the first primary.
    servers: Vec<Server>,
    read: Sampler,
    write: Sampler,
    /// Nothing but connections and times: the short way.
    plain: bool,
    cluster: Option<Box<Cluster>>,
    concurrency: Concurrency,
    lock_wait: Delay,
    locks: Locks,
    once: Once,
    idempotent: bool,
    stock: Option<u64>,
    /// Units given, by row.
    sold: Table<u64>,
    scan_share: f64,
    scan_ns: u64,
    chance: Stream,
    /// Connections are lost this often, ns.
    leak: Option<u64>,
    /// Connections that will not be given back when their queries are over.
    leaking: u32,
}

// Timers of a call.
const DONE: u8 = 0;
const FROM_DISK: u8 = 1;
const LOCK_WAIT: u8 = 2;
const COMMITTED: u8 = 3;
/// Timer of the component itself; those below are the cluster's.
const LEAK: u8 = 32;

fn read_params(params: &Map<String, Value>) -> SqlDatabaseParams {
    SqlDatabaseParams::read(params, &mut Reader::default())
}

impl Component for SqlDatabase {
    fn kind() -> Kind {
        Kind {
            name: "sql_database",
            group: Group::Data,
            label: "SQL database",
            summary: "Keeps the truth. Answers queries over a bounded number of connections; the rest wait in line.",
            leaves_out: &[
                "Transactions over several rows, and so deadlocks: a write concerns one row.",
                "What a query asks for: its time is drawn from a distribution, whatever the row.",
                "The data files: a write costs the disk one operation, that of the log.",
                "Where the servers stand: primary and replicas are in one zone, and drivers know at once which are up.",
            ],
            sources: &[
                "MySQL Reference Manual: InnoDB locking, replication and semi-synchronous replication",
                "PostgreSQL documentation: High Availability, Load Balancing, and Replication",
                "H. Berenson et al., A Critique of ANSI SQL Isolation Levels, SIGMOD 1995 (lost updates)",
            ],
            makes_calls: false,
            fields: Fields::new(SqlDatabaseParams::fields),
            metrics: METRICS,
            faults: &["disk_full", "connection_leak"],
            cost_usd_per_hour: cost,
            growth: Some(GROWTH),
            says,
            ails,
            check: SqlDatabaseParams::check,
            ..Kind::default()
        }
    }

    fn model(params: &Map<String, Value>) -> Model {
        let p = read_params(params);
        if !is_plain(&p) {
            return Model::Unknown;
        }
        Model::Station(Station {
            instances: 1,
            servers: p.connections,
            queue: p.queue_limit,
            drops_oldest: false,
            read: p.read_time,
            write: p.write_time,
        })
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = read_params(params);
        let mut database = Self {
            servers: Vec::new(),
            read: cx.sampler(&p.read_time, "read"),
            write: cx.sampler(&p.write_time, "write"),
            plain: true,
            cluster: None,
            concurrency: p.concurrency.clone(),
            lock_wait: Delay::once(0),
            locks: Locks::default(),
            once: Once::default(),
            idempotent: false,
            stock: None,
            sold: Table::default(),
            scan_share: 0.0,
            scan_ns: 0,
            chance: cx.stream("scans"),
            leak: None,
            leaking: 0,
        };
        database.take(&p, cx);
        database
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = read_params(params);
        self.read.set(&p.read_time, cx.calendar());
        self.write.set(&p.write_time, cx.calendar());
        if let (Some(cluster), Some(replicas)) = (&mut self.cluster, &p.replicas) {
            cluster.claim(replicas, cx);
        }
        if changed {
            self.take(&p, cx);
        }
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        let reads = cx.call(call).op == Op::Read;
        let server = match &mut self.cluster {
            None => cx.is_up(0).then_some(0),
            Some(cluster) => cluster.route(reads, cx),
        };
        let Some(server) = server else {
            return cx.reply(call, Outcome::Failed(Reason::Refused));
        };
        let record = cx.call_mut(call);
        (record.instance, record.state, record.aux) = (server, 0, 0);
        match self.servers[usize::from(server)].connections.acquire(call, cx) {
            Granted::Slot => self.serve(call, cx),
            Granted::Queued => {}
            Granted::QueuedInsteadOf(dropped) => cx.reply(dropped, Outcome::Failed(Reason::QueueFull)),
            Granted::Full => cx.reply(call, Outcome::Failed(Reason::QueueFull)),
        }
    }

    fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
        match tag {
            DONE if cx.call(call).op == Op::Write => self.written(call, cx),
            DONE => {
                let (server, key) = (cx.call(call).instance, cx.call(call).key);
                let version = self.cluster.as_ref().map_or_else(|| cx.newest(key), |c| c.held(server, key, cx));
                cx.serve_version(call, version);
                self.finish(call, Outcome::Answered, cx);
            }
            FROM_DISK => {
                cx.level(DISK_QUEUE, -1);
                if let Some(disk) = &mut self.servers[usize::from(cx.call(call).instance)].disk {
                    disk.out = disk.out.saturating_sub(1);
                }
                self.work(call, cx);
            }
            LOCK_WAIT if cx.call(call).state == WAITING => self.give_up_waiting(call, cx),
            COMMITTED => {
                if let Some(cluster) = &mut self.cluster {
                    cluster.commit(call, cx);
                }
                self.finish(call, Outcome::Answered, cx);
            }
            _ => {}
        }
    }

    fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
        if tag == LEAK {
            if let Some(every) = self.leak {
                self.leaking += 1;
                cx.after_node(Delay::once(every), LEAK);
            }
        } else if let Some(cluster) = &mut self.cluster {
            cluster.on_timer(tag, cx);
            self.after_cluster(cx);
        }
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        match trouble {
            Trouble::Crash { instance, .. } => {
                for server in 0..self.servers.len() {
                    if instance.is_none_or(|dies| dies as usize == server) {
                        self.crash_or_restart(server as u16, begins, cx);
                    }
                }
                self.after_cluster(cx);
            }
            Trouble::ConnectionLeak { leak_per_s } => {
                let every = begins.then(|| ns(1000.0 / leak_per_s));
                if let (Some(every), None) = (every, self.leak) {
                    cx.after_node(Delay::once(every), LEAK);
                }
                self.leak = every;
            }
            _ => {}
        }
    }

    fn made_of(&self, is_up: &dyn Fn(u16) -> bool) -> Option<Inside> {
        let cluster = self.cluster.as_ref()?;
        let copies = cluster.behind().enumerate().map(|(server, behind)| (behind, is_up(server as u16)));
        let caption = match (cluster.takes_over(), cluster.servers()) {
            (Some(server), _) => format!("replica {server} {TAKING_OVER}"),
            (None, 2) => "primary + 1 replica".to_owned(),
            (None, servers) => format!("primary + {} replicas", servers.saturating_sub(1)),
        };
        Some(Inside::of_copies(caption, usize::from(cluster.primary), copies))
    }
}

/// Nothing but connections and times?
fn is_plain(p: &SqlDatabaseParams) -> bool {
    let blind = matches!(p.concurrency, Concurrency::LastWriteWins {});
    blind && p.replicas.is_none() && p.stock.is_none() && p.scans.is_none() && p.disk.is_none()
}

impl SqlDatabase {
    /// Takes over parameters, but for times.
    fn take(&mut self, p: &SqlDatabaseParams, cx: &mut Context) {
        match (&mut self.cluster, &p.replicas) {
            (Some(cluster), Some(replicas)) => cluster.take(replicas, cx),
            (None, Some(replicas)) => self.cluster = Some(Box::new(Cluster::new(replicas, cx))),
            (Some(cluster), None) => {
                cluster.disband(cx);
                self.after_cluster(cx);
                self.cluster = None;
            }
            (None, None) => {}
        }
        let servers = self.cluster.as_ref().map_or(1, |c| usize::from(c.servers()));
        let serving = self.cluster.as_ref().map_or(1, |c| c.serving());
        cx.declare(Facts {
            slots: p.connections.saturating_mul(serving),
            queue_limit: Some(p.queue_limit.saturating_mul(serving)),
            routes: true,
            ..Facts::default()
        });
        let connections = Pool::new(p.connections, p.queue_limit, WhenFull::RejectNewest);
        let kept = self.servers.len();
        // Servers that are wanted no more finish what they have.
        self.servers.resize(kept.max(servers), Server { connections, disk: None });
        for server in &mut self.servers {
            match (&mut server.disk, &p.disk) {
                (Some(disk), Some(p)) => disk.set(p),
                (disk, p) => *disk = p.as_ref().map(|p| Disk::new(p, cx.stream("disk"))),
            }
            server.connections.resize(p.connections, p.queue_limit, WhenFull::RejectNewest);
        }
        self.set_concurrency(&p.concurrency, cx);
        (self.idempotent, self.stock, self.plain) = (p.idempotency_keys, p.stock, is_plain(p));
        self.scan_share = p.scans.as_ref().map_or(0.0, |s| s.share);
        self.scan_ns = p.scans.as_ref().map_or(0, |s| ns(s.rows as f64 / s.rows_per_ms));
        for server in 0..self.servers.len() {
            while let Some(call) = self.servers[server].connections.admit(cx) {
                self.serve(call, cx);
            }
        }
    }

    fn primary(&self) -> u16 {
        self.cluster.as_ref().map_or(0, |c| c.primary)
    }

    /// The call has a connection.
    fn serve(&mut self, call: CallId, cx: &mut Context) {
        if self.plain {
            let time = if cx.call(call).op == Op::Read { self.read.draw() } else { self.write.draw() };
            return cx.work(time, call, DONE);
        }
        if cx.call(call).op != Op::Write || self.lock(call, cx) {
            self.begin(call, cx);
        }
    }

    /// The call has its row.
    fn begin(&mut self, call: CallId, cx: &mut Context) {
        let (op, key, now) = (cx.call(call).op, cx.call(call).key, cx.now());
        let record = cx.call_mut(call);
        (record.state, record.aux) = (0, 0);
        let disk = &mut self.servers[usize::from(record.instance)].disk;
        if let Some(disk) = disk
            && let Some((wait, operation)) = disk.access(key, op != Op::Read, now)
        {
            cx.level(DISK_QUEUE, 1);
            cx.span(DISK_WAIT, wait + operation);
            cx.book_wait(call, wait);
            cx.book_work(call, now + wait, operation);
            return cx.after(Delay::once(wait + operation), call, FROM_DISK);
        }
        self.work(call, cx);
    }

    fn work(&mut self, call: CallId, cx: &mut Context) {
        let (op, key) = (cx.call(call).op, cx.call(call).key);
        let mut time = match op {
            Op::Read => self.read.draw(),
            // It sees that there is nothing left, and goes.
            Op::Write if self.stock.is_some_and(|stock| self.sold(key) >= stock) => self.read.draw(),
            _ => self.write.draw(),
        };
        if op == Op::Read && self.scan_share > 0.0 && self.chance.chance(self.scan_share) {
            cx.count(SCANNED, 1);
            time = Delay::once(time.ns.saturating_add(self.scan_ns).min(LONGEST_NS));
        }
        if matches!(self.concurrency, Concurrency::ReadModifyWrite {} | Concurrency::Optimistic { .. }) {
            cx.call_mut(call).state = self.latest(key, cx);
        }
        cx.work(time, call, DONE);
    }

    /// Answers a call, and hands on its row and its connection.
    fn finish(&mut self, call: CallId, outcome: Outcome, cx: &mut Context) {
        let record = *cx.call(call);
        cx.reply(call, outcome);
        if !self.plain && record.op == Op::Write {
            self.unlock(record.key, call, cx);
        }
        if self.leaking > 0 && record.instance == self.primary() {
            self.leaking -= 1;
            return;
        }
        if let Some(next) = self.servers[usize::from(record.instance)].connections.release(cx) {
            self.serve(next, cx);
        }
    }

    /// What the cluster has to say after one of its steps.
    fn after_cluster(&mut self, cx: &mut Context) {
        while let Some(call) = self.cluster.as_mut().and_then(|c| c.acknowledged.pop()) {
            let way_back = self.cluster.as_mut().map_or(0, |c| c.way_back());
            cx.ends_waiting(call);
            cx.book_wait(call, way_back);
            cx.after(Delay::once(way_back), call, COMMITTED);
        }
        while let Some((identity, key)) = self.cluster.as_mut().and_then(|c| c.undone.pop()) {
            if let Some(identity) = identity {
                self.once.forget(identity);
            }
            if let Some(sold) = self.sold.get(key) {
                self.sold.set(key, sold.saturating_sub(1));
            }
        }
    }

    fn crash_or_restart(&mut self, server: u16, crash: bool, cx: &mut Context) {
        if !crash {
            if cx.is_up(server)
                && let Some(cluster) = &mut self.cluster
            {
                cluster.restarted(server, cx);
            }
            return;
        }
        if server == self.primary() {
            cx.level(WAITING_FOR_ROWS, -(self.locks.waiting() as i32));
            self.locks.clear();
            self.leaking = 0;
        }
        let it = &mut self.servers[usize::from(server)];
        it.connections.clear(cx);
        if let Some(disk) = &mut it.disk {
            cx.level(DISK_QUEUE, -(disk.out as i32));
            disk.crash();
        }
        if let Some(cluster) = &mut self.cluster {
            cluster.crashed(server, cx);
        }
    }
}

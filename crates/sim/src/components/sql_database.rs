//! A relational database behind a bounded number of connections.

use super::{Component, Group, Kind};
use crate::analysis::model::{Model, Station};
use crate::design::{Distribution, Reader, Trouble, params};
use crate::engine::call::{CallId, Op, Outcome, Reason};
use crate::engine::pool::{Granted, Pool, WhenFull};
use crate::engine::sampler::Sampler;
use crate::engine::{Context, Facts};
use backpressure_pack::Pack;
use serde_json::{Map, Value};

params! {
    /// Parameters of a SQL database.
    pub struct SqlDatabaseParams {
        /// Queries the database works on at once; each holds a connection until it is answered.
        connections: u32 = 32, label "Connections", unit "connections", range 1..=100_000;
        /// Time a read holds its connection.
        read_time: Distribution = Distribution::Exponential { mean_ms: 8.0 }, label "Read time";
        /// Time a write holds its connection.
        write_time: Distribution = Distribution::Exponential { mean_ms: 12.0 }, label "Write time";
        /// Queries that may wait for a connection; those beyond are refused.
        queue_limit: u32 = 1000, label "Queue limit", unit "queries", range 0..=1_000_000;
    }
}

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(crate) struct SqlDatabase {
    connections: Pool,
    read: Sampler,
    write: Sampler,
}

const DONE: u8 = 0;

fn facts(p: &SqlDatabaseParams) -> Facts {
    Facts { slots: p.connections, queue_limit: Some(p.queue_limit), ..Facts::default() }
}

impl Component for SqlDatabase {
    fn kind() -> Kind {
        Kind {
            name: "sql_database",
            group: Group::Data,
            label: "SQL database",
            summary: "Keeps the truth. Answers queries over a bounded number of connections; the rest wait in line.",
            leaves_out: &[
                "Indexes, locks on hot rows and disk limits: a query takes the time its distribution says, whatever it asks.",
                "Replicas and failover.",
            ],
            accepts_calls: true,
            makes_calls: false,
            fields: SqlDatabaseParams::fields(),
            check: SqlDatabaseParams::check,
            ..Kind::default()
        }
    }

    fn model(params: &Map<String, Value>) -> Model {
        let p = SqlDatabaseParams::read(params, &mut Reader::default());
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
        let p = SqlDatabaseParams::read(params, &mut Reader::default());
        cx.declare(facts(&p));
        Self {
            connections: Pool::new(p.connections, p.queue_limit, WhenFull::RejectNewest),
            read: cx.sampler(&p.read_time, "read"),
            write: cx.sampler(&p.write_time, "write"),
        }
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = SqlDatabaseParams::read(params, &mut Reader::default());
        self.read.set(&p.read_time, cx.calendar());
        self.write.set(&p.write_time, cx.calendar());
        if changed {
            cx.declare(facts(&p));
            self.connections.resize(p.connections, p.queue_limit, WhenFull::RejectNewest);
            while let Some(call) = self.connections.admit(cx) {
                self.serve(call, cx);
            }
        }
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        match self.connections.acquire(call, cx) {
            Granted::Slot => self.serve(call, cx),
            Granted::Queued => {}
            Granted::QueuedInsteadOf(dropped) => cx.reply(dropped, Outcome::Failed(Reason::QueueFull)),
            Granted::Full => cx.reply(call, Outcome::Failed(Reason::QueueFull)),
        }
    }

    fn on_timer(&mut self, call: CallId, _tag: u8, cx: &mut Context) {
        match cx.call(call).op {
            Op::Write => {
                cx.commit(call);
            }
            _ => {
                let newest = cx.newest(cx.call(call).key);
                cx.serve_version(call, newest);
            }
        }
        cx.reply(call, Outcome::Answered);
        if let Some(next) = self.connections.release(cx) {
            self.serve(next, cx);
        }
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        if matches!(trouble, Trouble::Crash { .. }) && begins {
            self.connections.clear(cx);
        }
    }
}

impl SqlDatabase {
    fn serve(&mut self, call: CallId, cx: &mut Context) {
        let time = match cx.call(call).op {
            Op::Read => self.read.draw(),
            Op::Write | Op::Fill | Op::Invalidate | Op::Probe => self.write.draw(),
        };
        cx.work(time, call, DONE);
    }
}

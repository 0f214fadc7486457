//! What the cache does with writes: around, through or behind to the store, and what becomes of its copy.

use super::node::Owed;
use super::params::{Invalidation, Writes};
use super::{Cache, FLUSH, WRITE_BEHIND, metrics};
use crate::engine::call::{CallId, NONE, Op, Outcome, Reason};
use crate::engine::{Context, Reply};

impl Cache {
    /// A write that comes through the cache, with a store behind it.
    pub(super) fn write(&mut self, call: CallId, cx: &mut Context) {
        if matches!(self.writes, Writes::Behind { .. }) && self.write_behind(call, cx) {
            return cx.reply(call, Outcome::Answered);
        }
        if cx.send(call, self.store, Op::Write, u16::MAX) == NONE {
            cx.reply(call, Outcome::Failed(Reason::Limit));
        }
    }

    /// The store behind has answered a write.
    pub(super) fn written(&mut self, call: CallId, reply: &Reply, cx: &mut Context) {
        if !reply.outcome.is_ok() {
            return;
        }
        if matches!(self.writes, Writes::Around {}) {
            self.invalidate(call, reply.version, cx);
        } else {
            self.put(call, reply.version, None, cx);
        }
    }

    /// The object of `call` has a new version in the store.
    pub(super) fn invalidate(&mut self, call: CallId, version: u32, cx: &mut Context) {
        match self.invalidation {
            Invalidation::DeleteOnWrite => {
                let (n, key) = (self.node_of(call, cx), cx.call(call).key);
                self.nodes[n].flights.make_void(key);
                self.nodes[n].forget(key, cx);
            }
            Invalidation::UpdateOnWrite | Invalidation::Versioned => self.put(call, version, None, cx),
            Invalidation::TtlOnly => {}
        }
    }

    /// Puts a write into the buffer; false if there is no room in it.
    fn write_behind(&mut self, call: CallId, cx: &mut Context) -> bool {
        let Writes::Behind { buffer_items, .. } = self.writes else {
            return false;
        };
        if self.measured.is_some() {
            return false;
        }
        let (n, key) = (self.node_of(call, cx), cx.call(call).key);
        let owed = match self.nodes[n].owed.get(key) {
            Some(owed) => {
                // The one that waits is overtaken by this one.
                cx.count(metrics::SAVED, u64::from(owed.writes > 0));
                Owed { writes: owed.writes + 1, ..owed }
            }
            None if self.nodes[n].owed.len() >= buffer_items as usize => return false,
            None => {
                let job = cx.spawn(call);
                if job == NONE {
                    return false;
                }
                let record = cx.call_mut(job);
                (record.instance, record.state) = (n as u16, WRITE_BEHIND);
                cx.after(self.flush_after, job, FLUSH);
                Owed { job, writes: 1 }
            }
        };
        self.nodes[n].owed.set(key, owed);
        cx.level(metrics::BUFFERED, 1);
        let newest = cx.newest(key);
        self.put(call, newest, None, cx);
        true
    }

    /// What a job of write-behind is about, unless a crash or a flush has made it pointless.
    fn owed(&self, job: CallId, cx: &Context) -> Option<(usize, u64, Owed)> {
        let (n, key) = (self.node_of(job, cx), cx.call(job).key);
        let owed = self.nodes[n].owed.get(key)?;
        (owed.job == job).then_some((n, key, owed))
    }

    /// It is time to write a key to the store.
    pub(super) fn flush(&mut self, job: CallId, cx: &mut Context) {
        let Some((n, key, owed)) = self.owed(job, cx) else {
            return cx.finish(job);
        };
        // A version of its own for each write: the store gives it.
        cx.call_mut(job).version = 0;
        if self.store == NONE || cx.send(job, self.store, Op::Write, u16::MAX) == NONE {
            return cx.after(self.flush_after, job, FLUSH);
        }
        cx.call_mut(job).aux = owed.writes;
        cx.level(metrics::BUFFERED, -(owed.writes as i32));
        self.nodes[n].owed.set(key, Owed { writes: 0, ..owed });
    }

    /// The store has answered a write that went behind.
    pub(super) fn flushed(&mut self, job: CallId, reply: &Reply, cx: &mut Context) {
        let writes = cx.call(job).aux;
        let failed = !reply.outcome.is_ok();
        let Some((n, key, mut owed)) = self.owed(job, cx) else {
            // The node died meanwhile, and with it the only copy.
            cx.count(metrics::LOST, if failed { u64::from(writes) } else { 0 });
            return cx.finish(job);
        };
        if failed {
            owed.writes += writes;
            cx.level(metrics::BUFFERED, writes as i32);
        } else {
            self.nodes[n].directory.set_version(key, reply.version);
        }
        if owed.writes == 0 {
            self.nodes[n].owed.remove(key);
            return cx.finish(job);
        }
        self.nodes[n].owed.set(key, owed);
        cx.after(self.flush_after, job, FLUSH);
    }
}

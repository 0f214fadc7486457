//! One of the identical copies of a server: its slots and, where they are scarcer, its cores.

use super::params::{AppServerParams, Memory};
use crate::engine::Context;
use crate::engine::cpu::Cpu;
use crate::engine::pool::Pool;
use backpressure_pack::Pack;

/// See the module.
#[derive(Clone, Debug, Pack)]
pub(super) struct Instance {
    pub pool: Pool,
    pub cpu: Option<Cpu>,
}

impl Instance {
    pub fn new(p: &AppServerParams) -> Self {
        Self { pool: Pool::new(p.slots, p.queue_limit, p.when_full()).under(&p.discipline), cpu: p.cores.map(Cpu::new) }
    }

    /// Another size from now on. Those who compute go on with what they have.
    pub fn resize(&mut self, p: &AppServerParams, tag: u8, cx: &mut Context) {
        self.pool.resize(p.slots, p.queue_limit, p.when_full());
        match (&mut self.cpu, p.cores) {
            (Some(cpu), cores) => cpu.resize(cores.unwrap_or(p.slots), tag, cx),
            (none, Some(cores)) => *none = Some(Cpu::new(cores)),
            (None, None) => {}
        }
    }

    /// Takes more memory than there is?
    pub fn is_out_of(&self, memory: &Memory) -> bool {
        let inside = f64::from(self.pool.busy()) + f64::from(self.pool.waiting());
        memory.base_mb + memory.per_request_mb * inside > memory.limit_mb
    }

    pub fn is_empty(&self) -> bool {
        self.pool.busy() == 0 && self.pool.waiting() == 0
    }

    /// The process died.
    pub fn clear(&mut self, cx: &mut Context) {
        self.pool.clear(cx);
        if let Some(cpu) = &mut self.cpu {
            cpu.clear(cx);
        }
    }
}

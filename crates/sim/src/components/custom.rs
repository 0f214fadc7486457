//! A component of a person's own: whatever the palette does not have.
//!
//! ```text
//!   arrive ─▶ [queue] ─▶ slot: service time ─▶ fails by chance, or calls others ─▶ reply
//! ```

use super::calling::{CallOrder, Calling, Step};
use super::{Component, Fields, Group, Kind};
use crate::analysis::model::{Model, Station};
use crate::design::{Distribution, Reader, Trouble, params};
use crate::engine::call::{CallId, Outcome, Reason};
use crate::engine::pool::{Granted, Pool, WhenFull};
use crate::engine::rng::Stream;
use crate::engine::sampler::Sampler;
use crate::engine::{Context, Facts, Reply};
use backpressure_pack::Pack;
use serde_json::{Map, Value};

params! {
    /// Parameters of a custom component.
    pub struct CustomParams {
        /// Requests it works on at once; each holds its slot until it is answered. Off: any number.
        slots: Option<u32> = Some(16), label "Slots", unit "slots", range 1..=100_000;
        /// Requests that may wait for a slot.
        queue_limit: u32 = 1000, label "Queue limit", unit "requests", range 0..=1_000_000;
        /// Time a request takes here, before anything else is called.
        service_time: Distribution = Distribution::Lognormal { mean_ms: 10.0, sigma: 0.5 }, label "Service time";
        /// Share of requests that fail here by themselves.
        failure_rate: f64 = 0.0, label "Failure rate", range 0.0..=1.0;
        /// In which order the components behind it are called.
        calls: CallOrder = CallOrder::Sequential, label "Calls";
    }
}

/// See the module. `state` and `aux` of a call are those of [`Calling`].
#[derive(Clone, Debug, Pack)]
pub(crate) struct Custom {
    pool: Pool,
    service: Sampler,
    failure_rate: f64,
    chance: Stream,
    order: CallOrder,
    calling: Calling,
}

const SERVED: u8 = 0;

fn facts(p: &CustomParams) -> Facts {
    Facts { slots: p.slots.unwrap_or(0), queue_limit: p.slots.map(|_| p.queue_limit), ..Facts::default() }
}

impl Component for Custom {
    fn kind() -> Kind {
        Kind {
            name: "custom",
            group: Group::Compute,
            label: "Custom",
            summary: "A component of your own: slots, a service time, a failure rate, and calls to what is behind it.",
            leaves_out: &["It keeps no data: reads find nothing older or newer in it."],
            fields: Fields::new(CustomParams::fields),
            // About a core for every eight slots.
            cost_usd_per_hour: |params| {
                let p = CustomParams::read(params, &mut Reader::default());
                0.05 * (f64::from(p.slots.unwrap_or(16)) / 8.0).max(1.0)
            },
            check: CustomParams::check,
            ..Kind::default()
        }
    }

    fn model(params: &Map<String, Value>) -> Model {
        let p = CustomParams::read(params, &mut Reader::default());
        match p.slots {
            Some(servers) if p.failure_rate == 0.0 => Model::Station(Station {
                instances: 1,
                servers,
                queue: p.queue_limit,
                drops_oldest: false,
                read: p.service_time.clone(),
                write: p.service_time,
            }),
            _ => Model::Unknown,
        }
    }

    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self {
        let p = CustomParams::read(params, &mut Reader::default());
        cx.declare(facts(&p));
        Self {
            pool: Pool::new(p.slots.unwrap_or(u32::MAX), p.queue_limit, WhenFull::RejectNewest),
            service: cx.sampler(&p.service_time, "service"),
            failure_rate: p.failure_rate,
            chance: cx.stream("failures"),
            order: p.calls,
            calling: Calling::default(),
        }
    }

    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
        let p = CustomParams::read(params, &mut Reader::default());
        self.service.set(&p.service_time, cx.calendar());
        if !changed {
            return;
        }
        cx.declare(facts(&p));
        (self.failure_rate, self.order) = (p.failure_rate, p.calls);
        self.pool.resize(p.slots.unwrap_or(u32::MAX), p.queue_limit, WhenFull::RejectNewest);
        while let Some(call) = self.pool.admit(cx) {
            self.serve(call, cx);
        }
    }

    fn wire(&mut self, cx: &mut Context) {
        self.calling.wire(self.order, cx);
    }

    fn on_call(&mut self, call: CallId, cx: &mut Context) {
        match self.pool.acquire(call, cx) {
            Granted::Slot => self.serve(call, cx),
            Granted::Queued => {}
            Granted::QueuedInsteadOf(dropped) => cx.reply(dropped, Outcome::Failed(Reason::QueueFull)),
            Granted::Full => cx.reply(call, Outcome::Failed(Reason::QueueFull)),
        }
    }

    fn on_timer(&mut self, call: CallId, _tag: u8, cx: &mut Context) {
        let fails = self.failure_rate > 0.0 && self.chance.chance(self.failure_rate);
        let step = if fails { Step::Failed(Reason::Error) } else { self.calling.begin(call, cx) };
        self.take_step(call, step, cx);
    }

    fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
        let step = self.calling.replied(call, reply, cx);
        self.take_step(call, step, cx);
    }

    fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
        if matches!(trouble, Trouble::Crash { .. }) && begins {
            self.pool.clear(cx);
        }
    }
}

impl Custom {
    fn serve(&mut self, call: CallId, cx: &mut Context) {
        let time = self.service.draw();
        cx.work(time, call, SERVED);
    }

    fn take_step(&mut self, call: CallId, step: Step, cx: &mut Context) {
        let outcome = match step {
            Step::Waits => return,
            Step::Done => Outcome::Answered,
            Step::Failed(reason) => Outcome::Failed(reason),
        };
        cx.reply(call, outcome);
        if let Some(next) = self.pool.release(cx) {
            self.serve(next, cx);
        }
    }
}

//! W5, the hold model (Vaucher & Duval, 1975): the next event is taken and another scheduled, an exponential delay later, so
//! that always the same number are pending. The calendar alone against a plain 4-ary heap.

use backpressure_sim::engine::calendar::{Calendar, Delay};
use backpressure_sim::engine::rng::Stream;
use backpressure_sim::engine::ziggurat::exponential;

use super::loops::Heap;
use super::{Case, Clock, Timed};

const EVENTS: u64 = 3_000_000;
const MEAN_NS: f64 = 1e6;

/// One case for each number of pending events.
pub fn cases() -> impl Iterator<Item = Case> {
    const SIZES: [(&str, &str, u32); 4] = [
        ("W5-10", "calendar, 10 pending", 10),
        ("W5-1k", "calendar, 1,000 pending", 1000),
        ("W5-100k", "calendar, 100,000 pending", 100_000),
        ("W5-1M", "calendar, 1,000,000 pending", 1_000_000),
    ];
    SIZES.into_iter().map(|(name, what, pending)| Case {
        name,
        what,
        unit: "events",
        count: EVENTS,
        goal: None,
        engine: Box::new(move |clock| hold(Calendar::default(), pending, clock)),
        reference: Box::new(move |clock| hold(Heap::default(), pending, clock)),
    })
}

trait Pending {
    fn put(&mut self, now: u64, delay: u64, what: u32);
    /// When and what is next.
    fn take(&mut self) -> Option<(u64, u32)>;
}

impl Pending for Calendar {
    #[inline]
    fn put(&mut self, now: u64, delay: u64, what: u32) {
        self.schedule(now, Delay::once(delay), u64::from(what));
    }

    #[inline]
    fn take(&mut self) -> Option<(u64, u32)> {
        self.pop(u64::MAX).map(|entry| (entry.time, entry.event as u32))
    }
}

impl Pending for Heap {
    #[inline]
    fn put(&mut self, now: u64, delay: u64, what: u32) {
        self.push(now + delay, what);
    }

    #[inline]
    fn take(&mut self) -> Option<(u64, u32)> {
        self.pop()
    }
}

fn hold(mut events: impl Pending, pending: u32, clock: Clock) -> Timed {
    let mut delays = Stream::new(1, "hold", "delays");
    let mut delay = move || (exponential(&mut delays) * MEAN_NS) as u64;
    for what in 0..pending {
        events.put(0, delay(), what);
    }
    let (mut start, mut last) = (0.0, 0);
    // Until as many events as are pending have gone by, the times are those of the filling.
    for n in 0..u64::from(pending) + EVENTS {
        if n == u64::from(pending) {
            start = clock();
        }
        if let Some((now, what)) = events.take() {
            events.put(now, delay(), what);
            last = now;
        }
    }
    Timed { seconds: clock() - start, result: last as f64 }
}

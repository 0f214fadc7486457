//! Who of those who wait is served next, and who is not served at all.

use crate::design::variant;
use crate::engine::calendar::Entry;
use crate::engine::call::{CallId, Reason};
use crate::engine::heap::Heap;
use crate::engine::sampler::ns;
use backpressure_pack::Pack;
use std::collections::VecDeque;

variant! {
    /// Who of those who wait is served next.
    pub enum Discipline tag "discipline" {
        /// First come, first served. When the queue is long, everybody waits long, those included who no longer want the answer.
        Fifo = "fifo", "First come, first served" {
        }
        /// The newest first: most answers are quick, and whoever is unlucky waits for ever.
        Lifo = "lifo", "Last come, first served" {
        }
        /// The most important first, by the priority of the endpoint; equals in order of arrival (Cobham, 1954).
        Priority = "priority", "By priority" {
        }
        /// The earliest deadline first (Liu & Layland, 1973), by the deadline of the users' request; who is past it is dropped.
        Deadline = "deadline", "Earliest deadline" {
        }
        /// In order of arrival, but when the wait has been above a target for an interval, one after the other is dropped, more and more often, until it is below (CoDel: Nichols & Jacobson, 2012; RFC 8289).
        Codel = "codel", "CoDel" {
            /// Wait that is acceptable.
            target_ms: f64 = 5.0, label "Target wait", unit "ms", range 0.001..=600_000.0;
            /// How long it may be above.
            interval_ms: f64 = 100.0, label "Interval", unit "ms", range 0.001..=600_000.0;
        }
        /// In order of arrival while the queue empties now and then; when it has not for an interval, the newest first, and who arrives then is dropped after the target instead of after the interval (Maurer, "Fail at Scale", Facebook, 2015).
        AdaptiveLifo = "adaptive_lifo", "Adaptive LIFO" {
            /// Longest wait of those who arrive under overload.
            target_ms: f64 = 5.0, label "Target wait", unit "ms", range 0.001..=600_000.0;
            /// Longest wait of the others, and how long without an empty queue counts as overload.
            interval_ms: f64 = 100.0, label "Interval", unit "ms", range 0.001..=600_000.0;
        }
    }
}

/// Priorities told apart; what is less important counts as the least important.
pub const CLASSES: usize = 8;

/// A call that waits.
#[derive(Clone, Copy, Debug, PartialEq, Pack)]
pub struct Waiting {
    /// Which.
    pub call: CallId,
    /// When it arrived, ns.
    pub since: u64,
    /// When it is no use any more, ns.
    pub deadline: u64,
    /// 0 is served first.
    pub priority: u8,
}

/// Those who wait, under any discipline but first come, first served, which needs no more than a [`crate::engine::line::Line`].
/// Every operation is O(1), under [`Discipline::Deadline`] O(log n); who is dropped is told to the function passed in.
#[derive(Clone, Debug, Pack)]
pub enum Order {
    /// Newest first.
    Lifo(VecDeque<Waiting>),
    /// A list for each priority.
    Priority(Vec<VecDeque<Waiting>>),
    /// By deadline; the number counts arrivals, so that equals keep their order.
    Deadline(Box<Earliest>),
    /// See [`Discipline::Codel`].
    Codel(VecDeque<Waiting>, Codel),
    /// See [`Discipline::AdaptiveLifo`]. Deadlines are those that the discipline sets.
    AdaptiveLifo(VecDeque<Waiting>, Overload),
}

/// Calls by deadline.
#[derive(Clone, Debug, Default, Pack)]
pub struct Earliest {
    heap: Heap,
    arrivals: u64,
}

/// What CoDel remembers (RFC 8289, 5.6, by the same names).
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Codel {
    target: u64,
    interval: u64,
    first_above: u64,
    drop_next: u64,
    count: u32,
    last_count: u32,
    dropping: bool,
}

/// What tells overload.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Overload {
    target: u64,
    interval: u64,
    last_empty: u64,
}

/// Told who is dropped, and why.
pub type Dropped<'a> = &'a mut dyn FnMut(CallId, Reason);

impl Order {
    /// An empty line; `None` for first come, first served.
    pub fn new(discipline: &Discipline) -> Option<Self> {
        Some(match discipline {
            Discipline::Fifo {} => return None,
            Discipline::Lifo {} => Order::Lifo(VecDeque::new()),
            Discipline::Priority {} => Order::Priority(vec![VecDeque::new(); CLASSES]),
            Discipline::Deadline {} => Order::Deadline(Box::default()),
            Discipline::Codel { target_ms, interval_ms } => {
                Order::Codel(VecDeque::new(), Codel::new(ns(*target_ms), ns(*interval_ms)))
            }
            Discipline::AdaptiveLifo { target_ms, interval_ms } => Order::AdaptiveLifo(
                VecDeque::new(),
                Overload { target: ns(*target_ms), interval: ns(*interval_ms), last_empty: 0 },
            ),
        })
    }

    /// Joins the line at instant `now`.
    pub fn push(&mut self, waiting: Waiting, now: u64) {
        match self {
            Order::Lifo(line) | Order::Codel(line, _) => line.push_back(waiting),
            Order::Priority(classes) => classes[class(waiting.priority)].push_back(waiting),
            Order::Deadline(earliest) => {
                earliest.heap.push(Entry {
                    time: waiting.deadline,
                    seq: earliest.arrivals,
                    event: u64::from(waiting.call),
                });
                earliest.arrivals += 1;
            }
            Order::AdaptiveLifo(line, overload) => {
                if line.is_empty() {
                    overload.last_empty = now;
                }
                let patience = if overload.is_on(now) { overload.target } else { overload.interval };
                line.push_back(Waiting { deadline: waiting.since.saturating_add(patience), ..waiting });
            }
        }
    }

    /// Who is served next, at instant `now`.
    pub fn pop(&mut self, now: u64, dropped: Dropped) -> Option<CallId> {
        match self {
            Order::Lifo(line) => line.pop_back().map(|w| w.call),
            Order::Priority(classes) => classes.iter_mut().find_map(VecDeque::pop_front).map(|w| w.call),
            Order::Deadline(earliest) => loop {
                let (call, deadline) = earliest.take()?;
                if deadline >= now {
                    return Some(call);
                }
                dropped(call, Reason::Expired);
            },
            Order::Codel(line, codel) => codel.pop(line, now, dropped),
            Order::AdaptiveLifo(line, overload) => {
                while let Some(oldest) = line.front()
                    && oldest.deadline < now
                {
                    dropped(oldest.call, Reason::Shed);
                    line.pop_front();
                }
                loop {
                    let next = if overload.is_on(now) { line.pop_back() } else { line.pop_front() };
                    if line.is_empty() {
                        overload.last_empty = now;
                    }
                    let next = next?;
                    if next.deadline >= now {
                        return Some(next.call);
                    }
                    dropped(next.call, Reason::Shed);
                }
            }
        }
    }

    /// Takes out the one that has waited longest: under priorities the least important, under deadlines the most urgent,
    /// which has the least chance to be answered in time.
    pub fn pop_oldest(&mut self) -> Option<CallId> {
        match self {
            Order::Lifo(line) | Order::Codel(line, _) | Order::AdaptiveLifo(line, _) => {
                line.pop_front().map(|w| w.call)
            }
            Order::Priority(classes) => classes.iter_mut().rev().find_map(VecDeque::pop_front).map(|w| w.call),
            Order::Deadline(earliest) => earliest.take().map(|(call, _)| call),
        }
    }

    /// Takes out somebody less important than `priority`: the newest of the least important. `None` if there is nobody, or
    /// the line knows no priorities.
    pub fn pop_below(&mut self, priority: u8) -> Option<CallId> {
        let Order::Priority(classes) = self else {
            return None;
        };
        classes[class(priority) + 1..].iter_mut().rev().find_map(VecDeque::pop_back).map(|w| w.call)
    }
}

fn class(priority: u8) -> usize {
    usize::from(priority).min(CLASSES - 1)
}

impl Earliest {
    fn take(&mut self) -> Option<(CallId, u64)> {
        self.heap.pop().map(|entry| (entry.event as CallId, entry.time))
    }
}

impl Overload {
    fn is_on(&self, now: u64) -> bool {
        now.saturating_sub(self.last_empty) > self.interval
    }
}

impl Codel {
    fn new(target: u64, interval: u64) -> Self {
        Self { target, interval, first_above: 0, drop_next: 0, count: 0, last_count: 0, dropping: false }
    }

    fn pop(&mut self, line: &mut VecDeque<Waiting>, now: u64, dropped: Dropped) -> Option<CallId> {
        let (mut next, mut above) = self.take(line, now);
        if self.dropping {
            if !above {
                self.dropping = false;
            }
            while self.dropping && now >= self.drop_next {
                if let Some(call) = next {
                    dropped(call, Reason::Shed);
                }
                self.count = self.count.saturating_add(1);
                (next, above) = self.take(line, now);
                if above {
                    self.drop_next = self.law(self.drop_next);
                } else {
                    self.dropping = false;
                }
            }
        } else if above {
            if let Some(call) = next {
                dropped(call, Reason::Shed);
            }
            next = self.take(line, now).0;
            self.dropping = true;
            let since = self.count.saturating_sub(self.last_count);
            let lately = now.saturating_sub(self.drop_next) < self.interval.saturating_mul(16);
            self.count = if since > 1 && lately { since } else { 1 };
            self.drop_next = self.law(now);
            self.last_count = self.count;
        }
        next
    }

    /// The oldest, and whether the wait has been above the target for an interval.
    fn take(&mut self, line: &mut VecDeque<Waiting>, now: u64) -> (Option<CallId>, bool) {
        let Some(oldest) = line.pop_front() else {
            self.first_above = 0;
            return (None, false);
        };
        // The last one is never dropped: an empty queue helps nobody.
        if now.saturating_sub(oldest.since) < self.target || line.is_empty() {
            self.first_above = 0;
            return (Some(oldest.call), false);
        }
        if self.first_above == 0 {
            self.first_above = now.saturating_add(self.interval);
            return (Some(oldest.call), false);
        }
        (Some(oldest.call), now >= self.first_above)
    }

    /// The interval between drops shrinks with the root of their number: the throughput of what answers a drop by halving
    /// its rate falls linearly.
    fn law(&self, from: u64) -> u64 {
        from.saturating_add((self.interval as f64 / f64::from(self.count).sqrt()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn line(discipline: Discipline) -> Order {
        Order::new(&discipline).unwrap()
    }

    fn waiting(call: CallId, since: u64, deadline: u64, priority: u8) -> Waiting {
        Waiting { call, since, deadline, priority }
    }

    /// Serves everybody at `now`: the order of service, and who was dropped.
    fn serve(line: &mut Order, now: u64) -> (Vec<CallId>, Vec<CallId>) {
        let (mut served, mut dropped) = (Vec::new(), Vec::new());
        while let Some(call) = line.pop(now, &mut |call, _| dropped.push(call)) {
            served.push(call);
        }
        (served, dropped)
    }

    #[test]
    fn each_discipline_has_its_order() {
        let in_order = [waiting(1, 1, 40, 2), waiting(2, 2, 20, 0), waiting(3, 3, 30, 2), waiting(4, 4, 20, 1)];
        for (discipline, order) in [
            (Discipline::Lifo {}, [4, 3, 2, 1]),
            (Discipline::Priority {}, [2, 4, 1, 3]),
            (Discipline::Deadline {}, [2, 4, 3, 1]),
            (Discipline::Codel { target_ms: 5.0, interval_ms: 100.0 }, [1, 2, 3, 4]),
            (Discipline::AdaptiveLifo { target_ms: 5.0, interval_ms: 100.0 }, [1, 2, 3, 4]),
        ] {
            let mut line = line(discipline.clone());
            in_order.iter().for_each(|w| line.push(*w, w.since));
            assert_eq!(serve(&mut line, 10).0, order, "{discipline:?}");
        }
    }

    #[test]
    fn who_is_past_the_deadline_is_dropped() {
        let mut line = line(Discipline::Deadline {});
        [waiting(1, 0, 40, 0), waiting(2, 0, 20, 0)].iter().for_each(|w| line.push(*w, 0));
        assert_eq!(serve(&mut line, 21), (vec![1], vec![2]));
    }

    #[test]
    fn a_full_line_gives_up_the_least_important() {
        let mut line = line(Discipline::Priority {});
        [waiting(1, 0, 0, 3), waiting(2, 0, 0, 3), waiting(3, 0, 0, 1)].iter().for_each(|w| line.push(*w, 0));
        assert_eq!(line.pop_below(1), Some(2));
        assert_eq!(line.pop_below(2), Some(1));
        assert_eq!(line.pop_below(1), None, "an equal is not less important");
        assert_eq!(line.pop_below(7), None);
        assert_eq!(line.pop_oldest(), Some(3));
    }

    #[test]
    fn adaptive_lifo_turns_round_when_the_queue_has_not_been_empty_for_the_interval() {
        let mut line = line(Discipline::AdaptiveLifo { target_ms: 5.0, interval_ms: 100.0 });
        line.push(waiting(1, 0, 0, 0), 0);
        line.push(waiting(2, 101 * MS, 0, 0), 101 * MS);
        line.push(waiting(3, 102 * MS, 0, 0), 102 * MS);
        // The first has waited longer than the interval; the others may wait for the target, the newest first.
        assert_eq!(serve(&mut line, 106 * MS), (vec![3, 2], vec![1]));
        line.push(waiting(4, 107 * MS, 0, 0), 107 * MS);
        line.push(waiting(5, 107 * MS, 0, 0), 107 * MS);
        assert_eq!(serve(&mut line, 108 * MS), (vec![4, 5], vec![]), "it was empty: in order again");
    }

    /// When CoDel drops, ms, if one is served every ms and every call has waited for 20 ms.
    fn drops(for_ms: u64) -> Vec<u64> {
        let mut line = line(Discipline::Codel { target_ms: 5.0, interval_ms: 100.0 });
        let mut at = Vec::new();
        for ms in 20..for_ms {
            while matches!(&line, Order::Codel(line, _) if line.len() < 10) {
                line.push(waiting(1, (ms - 20) * MS, u64::MAX, 0), ms * MS);
            }
            line.pop(ms * MS, &mut |_, _| at.push(ms));
        }
        at
    }

    #[test]
    fn codel_drops_after_an_interval_above_the_target_and_then_more_and_more_often() {
        // First after 100 ms, then 100/√n ms after the drop before (RFC 8289, 5.6).
        let at = drops(1000);
        assert_eq!(at[0], 120);
        let mut expected = 120.0;
        for (n, got) in at.iter().enumerate().skip(1) {
            expected += 100.0 / (n as f64).sqrt();
            assert!((*got as f64 - expected).abs() < 1.01, "drop {n}: at {got}, expected {expected:.1}");
        }
        assert!(at.len() > 10);
    }

    #[test]
    fn codel_leaves_a_short_wait_and_the_last_in_line_alone() {
        let mut line = line(Discipline::Codel { target_ms: 5.0, interval_ms: 100.0 });
        for ms in 0..1000 {
            line.push(waiting(1, ms * MS, u64::MAX, 0), ms * MS);
            line.push(waiting(2, ms * MS, u64::MAX, 0), ms * MS);
            assert_eq!(serve(&mut line, ms * MS + 4 * MS).1, Vec::<CallId>::new());
            line.push(waiting(3, ms * MS, u64::MAX, 0), ms * MS);
            assert_eq!(serve(&mut line, ms * MS + 900 * MS).1, Vec::<CallId>::new());
        }
    }
}

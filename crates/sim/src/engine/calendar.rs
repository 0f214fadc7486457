//! The calendar: pending events in order of time, and of scheduling within the same instant.
//!
//! Most delays in a design are a few constants (a network hop, a timeout, a fixed service time). Events scheduled
//! after the same constant delay are already in order, so each such delay has a *lane*: a first-in-first-out ring.
//! All other events go to a 4-ary implicit heap (four 24-byte children span two cache lines). The next event is the
//! least of the lane heads and the heap's root. Cost of an event: O(lanes) comparisons, plus O(log₄ n) for heap events.
//! Which structure holds an event never changes the order in which events come out.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Most lanes kept: more would make the scan of heads slower than the heap.
pub const MAX_LANES: usize = 12;

/// A span of simulated time, with the lane that holds events after exactly this span, if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    /// Length, ns.
    pub ns: u64,
    lane: u8,
}

const NO_LANE: u8 = u8::MAX;

impl Delay {
    /// A delay without a lane.
    #[inline]
    pub const fn once(ns: u64) -> Self {
        Self { ns, lane: NO_LANE }
    }
}

/// A pending event: when, in what order, and what (opaque to the calendar).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, simulated ns.
    pub time: u64,
    /// Number of events scheduled before it in this run: breaks ties.
    pub seq: u64,
    /// What happens.
    pub event: u64,
}

impl Entry {
    #[inline]
    fn key(&self) -> u128 {
        (u128::from(self.time) << 64) | u128::from(self.seq)
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Lane {
    delay_ns: u64,
    in_use: bool,
    queue: VecDeque<Entry>,
}

/// Key of an empty lane or heap: later than every event.
const NEVER: u128 = u128::MAX;

/// Pending events.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Calendar {
    heap: Vec<Entry>,
    lanes: Vec<Lane>,
    /// Keys of the lanes' first entries, side by side for the scan.
    heads: Vec<u128>,
    seq: u64,
}

impl Calendar {
    /// Number of pending events.
    pub fn len(&self) -> usize {
        self.heap.len() + self.lanes.iter().map(|l| l.queue.len()).sum::<usize>()
    }

    /// True if nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Declares every lane unclaimed: called before the components of an edited design claim theirs again.
    pub fn release_lanes(&mut self) {
        for lane in &mut self.lanes {
            lane.in_use = false;
        }
    }

    /// A delay for this constant span, with a lane if one is free. The same span always gets the same lane.
    pub fn constant(&mut self, ns: u64) -> Delay {
        let found = self.lanes.iter().position(|l| l.delay_ns == ns);
        let lane = match found {
            Some(i) => i,
            // A lane that nobody claims and that has run empty may serve another span.
            None => match self.lanes.iter().position(|l| !l.in_use && l.queue.is_empty()) {
                Some(i) => i,
                None if self.lanes.len() < MAX_LANES => {
                    self.lanes.push(Lane::default());
                    self.heads.push(NEVER);
                    self.lanes.len() - 1
                }
                None => return Delay::once(ns),
            },
        };
        self.lanes[lane].delay_ns = ns;
        self.lanes[lane].in_use = true;
        Delay { ns, lane: lane as u8 }
    }

    /// Schedules `event` at `now + delay`.
    #[inline]
    pub fn schedule(&mut self, now: u64, delay: Delay, event: u64) {
        let entry = Entry { time: now.saturating_add(delay.ns), seq: self.seq, event };
        self.seq += 1;
        // A delay remembered from before its lane changed hands falls back to the heap.
        match self.lanes.get_mut(usize::from(delay.lane)) {
            Some(lane) if lane.delay_ns == delay.ns => {
                if lane.queue.is_empty() {
                    self.heads[usize::from(delay.lane)] = entry.key();
                }
                lane.queue.push_back(entry);
            }
            _ => self.push_heap(entry),
        }
    }

    /// Takes the next event if it happens at or before `until`.
    #[inline]
    pub fn pop(&mut self, until: u64) -> Option<Entry> {
        let mut least = self.heap.first().map_or(NEVER, Entry::key);
        let mut from = usize::MAX;
        for (i, &head) in self.heads.iter().enumerate() {
            if head < least {
                least = head;
                from = i;
            }
        }
        if least == NEVER || (least >> 64) as u64 > until {
            return None;
        }
        if from == usize::MAX {
            return self.pop_heap();
        }
        let queue = &mut self.lanes[from].queue;
        let entry = queue.pop_front();
        self.heads[from] = queue.front().map_or(NEVER, Entry::key);
        entry
    }

    /// When the next event happens, simulated ns.
    pub fn next_time(&self) -> Option<u64> {
        let heap = self.heap.first().map_or(NEVER, Entry::key);
        let least = self.heads.iter().copied().fold(heap, u128::min);
        (least != NEVER).then_some((least >> 64) as u64)
    }

    fn push_heap(&mut self, entry: Entry) {
        self.heap.push(entry);
        let key = entry.key();
        let mut i = self.heap.len() - 1;
        while i > 0 {
            let parent = (i - 1) / 4;
            if self.heap[parent].key() <= key {
                break;
            }
            self.heap[i] = self.heap[parent];
            i = parent;
        }
        self.heap[i] = entry;
    }

    fn pop_heap(&mut self) -> Option<Entry> {
        let last = self.heap.pop()?;
        let Some(&top) = self.heap.first() else {
            return Some(last);
        };
        let (key, n) = (last.key(), self.heap.len());
        let mut i = 0;
        loop {
            let first = 4 * i + 1;
            if first >= n {
                break;
            }
            let mut child = first;
            let mut child_key = self.heap[first].key();
            for c in first + 1..(first + 4).min(n) {
                let k = self.heap[c].key();
                if k < child_key {
                    child = c;
                    child_key = k;
                }
            }
            if child_key >= key {
                break;
            }
            self.heap[i] = self.heap[child];
            i = child;
        }
        self.heap[i] = last;
        Some(top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn events_at_the_same_instant_keep_the_order_they_were_scheduled_in() {
        let mut c = Calendar::default();
        let lane = c.constant(10);
        c.schedule(0, lane, 1);
        c.schedule(0, Delay::once(10), 2);
        c.schedule(5, Delay::once(5), 3);
        c.schedule(0, lane, 4);
        let order: Vec<u64> = std::iter::from_fn(|| c.pop(u64::MAX)).map(|e| e.event).collect();
        assert_eq!(order, [1, 2, 3, 4]);
    }

    #[test]
    fn an_event_after_the_horizon_stays() {
        let mut c = Calendar::default();
        c.schedule(0, Delay::once(10), 1);
        assert_eq!(c.pop(9), None);
        assert_eq!(c.next_time(), Some(10));
        assert_eq!(c.pop(10).map(|e| e.event), Some(1));
        assert!(c.is_empty());
    }

    #[test]
    fn a_lane_serves_another_span_only_once_it_is_empty_and_unclaimed() {
        let mut c = Calendar::default();
        let old: Vec<Delay> = (1..=MAX_LANES as u64).map(|ns| c.constant(ns)).collect();
        c.schedule(0, old[0], 7);
        c.release_lanes();
        let new = c.constant(500);
        assert_ne!(new.lane, old[0].lane, "lane 0 still holds an event");
        // The holder of a delay whose lane changed hands still gets its event in order.
        c.schedule(0, old[usize::from(new.lane)], 8);
        c.schedule(0, new, 9);
        let order: Vec<u64> = std::iter::from_fn(|| c.pop(u64::MAX)).map(|e| e.event).collect();
        assert_eq!(order, [7, 8, 9]);
    }

    proptest! {
        /// Against a sorted list: any mix of lanes and heap, of scheduling and taking, comes out in (time, order).
        #[test]
        fn order_is_that_of_a_sorted_list(steps in prop::collection::vec((0u64..40, any::<bool>(), any::<bool>()), 1..400)) {
            let mut c = Calendar::default();
            let mut model: Vec<(u64, u64)> = Vec::new();
            let mut now = 0;
            for (n, (ns, constant, take)) in steps.into_iter().enumerate() {
                let delay = if constant { c.constant(ns % 20) } else { Delay::once(ns) };
                c.schedule(now, delay, n as u64);
                model.push((now + delay.ns, n as u64));
                if take {
                    model.sort_unstable();
                    let (time, event) = model.remove(0);
                    let got = c.pop(u64::MAX).map(|e| (e.time, e.event));
                    prop_assert_eq!(got, Some((time, event)));
                    now = time;
                }
            }
            model.sort_unstable();
            let rest: Vec<(u64, u64)> = std::iter::from_fn(|| c.pop(u64::MAX)).map(|e| (e.time, e.event)).collect();
            prop_assert_eq!(rest, model);
        }
    }
}

//! The calendar: pending events in order of time, and of scheduling within the same instant.
//!
//! Most delays in a design are a few constants (a network hop, a timeout, a fixed service time). Events scheduled
//! after the same constant delay are already in order, so each such delay has a *lane*: a first-in-first-out ring.
//! All other events go to a [`Heap`], which is the fastest of all while it is small. When it has grown beyond
//! [`NEAR`], it keeps the near events only, those before `horizon`, and the far ones wait in a [`Wheel`].
//!
//! The next event is the least of the lane heads and the heap's root; one that is due at once, with nothing before it,
//! is handed over without a queue. Cost of an event: O(lanes) comparisons, or O(log₄ NEAR) without a lane. Which structure
//! holds an event never changes the order in which events come out.

use super::heap::Heap;
use super::ring::Ring;
use super::wheel::Wheel;
use backpressure_pack::Pack;
use std::hint::select_unpredictable;

/// Most lanes kept: more would make the scan of heads slower than the heap.
pub const MAX_LANES: usize = 12;
/// Places for their heads: a power of two, so that any number can be brought to a place by its last bits.
const HEADS: usize = 16;
/// Events in the heap from which on the far ones go to the wheel. Tests go there and back often.
const NEAR: usize = if cfg!(test) { 12 } else { 1024 };
/// Events taken from the wheel at a time, about.
const REFILL: usize = if cfg!(test) { 3 } else { 64 };

/// A span of simulated time, with the lane that holds events after exactly this span, if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pack)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pack)]
pub struct Entry {
    /// When, simulated ns.
    pub time: u64,
    /// Number of events scheduled before it in this run: breaks ties.
    pub seq: u64,
    /// What happens.
    pub event: u64,
}

impl Entry {
    /// Does it happen before the other?
    #[inline(always)]
    pub(crate) fn is_before(&self, other: &Entry) -> bool {
        if self.time == other.time { is_earlier(self.seq, other.seq) } else { self.time < other.time }
    }
}

/// Of two events at the same instant, the one scheduled first happens first. Most designs hardly ever ask; kept apart, as two
/// numbers of 64 bits are compared faster than one of 128, above all by wasm, which has none.
#[cold]
#[inline(never)]
pub(crate) fn is_earlier(seq: u64, other: u64) -> bool {
    seq < other
}

#[derive(Clone, Debug, Default, Pack)]
struct Lane {
    delay_ns: u64,
    in_use: bool,
    queue: Ring,
}

/// Where nothing is pending, the next event happens at the last instant of all, 585 years after the start. What would really
/// happen then does not.
pub(crate) const NEVER: u64 = u64::MAX;

/// Pending events.
#[derive(Clone, Debug, Pack)]
pub struct Calendar {
    lanes: Vec<Lane>,
    /// Times of the lanes' first entries, side by side for the scan, and a bit for each lane that has any.
    heads: [u64; HEADS],
    busy: u32,
    /// The lane whose head is the least, and its time.
    lead: (usize, u64),
    /// The lane whose head is the least but for that one, and its time: until it is passed, the lead stays where it is.
    second: (usize, u64),
    /// An event due at the instant at which it was scheduled, when nothing else was.
    at_once: Option<Entry>,
    heap: Heap,
    /// Most events the heap may hold before it is split.
    room: usize,
    wheel: Wheel,
    /// Events without a lane are in the heap if before this, else in the wheel.
    horizon: u64,
    seq: u64,
}

impl Default for Calendar {
    fn default() -> Self {
        Self {
            lanes: Vec::new(),
            heads: [NEVER; HEADS],
            busy: 0,
            lead: (0, NEVER),
            second: (0, NEVER),
            at_once: None,
            heap: Heap::default(),
            room: NEAR,
            wheel: Wheel::default(),
            horizon: u64::MAX,
            seq: 0,
        }
    }
}

impl Calendar {
    /// Number of pending events.
    pub fn len(&self) -> usize {
        let in_lanes: usize = self.lanes.iter().map(|l| l.queue.len()).sum();
        usize::from(self.at_once.is_some()) + in_lanes + self.heap.len() + self.wheel.len()
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
    #[inline(always)]
    pub fn schedule(&mut self, now: u64, delay: Delay, event: u64) {
        if let Some(Entry { time, seq, event }) = self.schedule_in_lane(now, delay, event) {
            self.schedule_alone(now, time, seq, event);
        }
    }

    /// The same, where a delay has no lane more often than not.
    #[inline(always)]
    pub fn schedule_at_random(&mut self, now: u64, delay: Delay, event: u64) {
        if let Some(entry) = self.schedule_in_lane(now, delay, event) {
            self.schedule_in_heap(now, entry);
        }
    }

    /// Schedules an event at once or in its lane; gives it back, with its time and number, if that cannot be.
    #[inline(always)]
    fn schedule_in_lane(&mut self, now: u64, delay: Delay, event: u64) -> Option<Entry> {
        let entry = Entry { time: now.saturating_add(delay.ns), seq: self.seq, event };
        self.seq += 1;
        if delay.ns == 0 && self.is_clear(now) {
            self.at_once = Some(entry);
            return None;
        }
        // A delay remembered from before its lane changed hands falls back to the heap.
        let i = usize::from(delay.lane);
        match self.lanes.as_mut_slice().get_mut(i) {
            Some(lane) if lane.delay_ns == delay.ns => {
                if lane.queue.is_empty() {
                    let time = entry.time;
                    self.heads[i % HEADS] = time;
                    self.busy |= 1 << i;
                    // At the same instant as another, the newcomer is the later.
                    if time < self.lead.1 {
                        self.second = self.lead;
                        self.lead = (i, time);
                    } else if time < self.second.1 {
                        self.second = (i, time);
                    }
                }
                lane.queue.push(entry);
                None
            }
            _ => Some(entry),
        }
    }

    #[inline(never)]
    fn schedule_alone(&mut self, now: u64, time: u64, seq: u64, event: u64) {
        self.schedule_in_heap(now, Entry { time, seq, event });
    }

    /// Schedules an event that no lane takes.
    #[inline(always)]
    fn schedule_in_heap(&mut self, now: u64, entry: Entry) {
        if entry.time >= self.horizon {
            self.schedule_far(entry.time, entry.seq, entry.event);
        } else if self.heap.push(entry) && self.heap.len() > self.room {
            self.split(now);
        }
    }

    #[inline(never)]
    fn schedule_far(&mut self, time: u64, seq: u64, event: u64) {
        if time != NEVER {
            self.wheel.insert(Entry { time, seq, event });
        }
    }

    /// Is nothing else due now? (`false` also where finding out would take long.)
    #[inline(always)]
    fn is_clear(&self, now: u64) -> bool {
        self.at_once.is_none() && self.lead.1 > now && self.heap.least() > now && self.wheel.is_empty()
    }

    /// Takes the next event if it happens at or before `until`.
    #[inline(always)]
    pub fn pop(&mut self, until: u64) -> Option<Entry> {
        if self.at_once.is_some() {
            return self.at_once.take();
        }
        // At the last instant nothing happens.
        let until = until.min(NEVER - 1);
        let (from, head) = self.lead;
        let mut root = self.heap.least();
        if !self.wheel.is_empty() && root == NEVER {
            root = self.refill(until.min(head));
        }
        if root < head || (root == head && self.root_leads(from)) {
            return if root > until { None } else { self.heap.pop() };
        }
        if head > until {
            return None;
        }
        let (entry, next) = self.lanes.as_mut_slice()[from].queue.pop();
        self.heads[from % HEADS] = next;
        if next == NEVER {
            self.busy &= !(1 << from);
        }
        if next < self.second.1 || (next == self.second.1 && !self.is_before(self.second.0, from)) {
            self.lead = (from, next);
        } else {
            self.overtake();
        }
        Some(entry)
    }

    /// Does the heap's root, at the same instant as the head of this lane, come before it?
    #[cold]
    #[inline(never)]
    fn root_leads(&self, lane: usize) -> bool {
        let head = self.lanes.get(lane).and_then(|l| l.queue.first());
        self.heap.first().is_some_and(|root| head.is_none_or(|head| root.seq < head.seq))
    }

    /// Does the head of this lane, at the same instant as that of the other, come before it?
    #[cold]
    #[inline(never)]
    fn is_before(&self, lane: usize, other: usize) -> bool {
        let head = |lane: usize| self.lanes.get(lane).and_then(|l| l.queue.first()).map(|entry| entry.seq);
        match (head(lane), head(other)) {
            (Some(seq), Some(other)) => seq < other,
            (first, _) => first.is_some(),
        }
    }

    /// The lane whose head comes first of two, by their numbers and times.
    #[inline(always)]
    fn lesser(&self, a: (usize, u64), b: (usize, u64)) -> (usize, u64) {
        // Which it is, is anybody's guess, so a processor is not made to guess.
        let less = if a.1 == b.1 { self.is_before(b.0, a.0) } else { b.1 < a.1 };
        (select_unpredictable(less, b.0, a.0), select_unpredictable(less, b.1, a.1))
    }

    /// Drops what is first in a lane and void, as long as something is: where a timeout is armed for every request and hardly
    /// any rings, all but the last of them go this way, thousands at a time.
    #[cold]
    pub fn drop_void(&mut self, is_void: impl Fn(u64) -> bool) {
        for (i, lane) in self.lanes.iter_mut().enumerate() {
            let time = lane.queue.drop_first_while(|entry| is_void(entry.event));
            self.heads[i % HEADS] = time;
            if lane.queue.is_empty() {
                self.busy &= !(1 << i);
            }
        }
        self.second = self.least_lane(self.busy);
        self.overtake();
    }

    /// The second lane leads now; which is the second?
    #[inline(always)]
    fn overtake(&mut self) {
        self.lead = self.second;
        self.second = self.least_lane(self.busy & !(1 << self.lead.0));
    }

    /// The lane whose head comes first of all in this set, and its time.
    #[inline(always)]
    fn least_lane(&self, mut among: u32) -> (usize, u64) {
        let first = among.trailing_zeros() as usize;
        let mut least = (first, self.heads[first % HEADS]);
        if among == 0 {
            return (0, NEVER);
        }
        loop {
            among &= among - 1;
            if among == 0 {
                return least;
            }
            let i = among.trailing_zeros() as usize;
            least = self.lesser(least, (i, self.heads[i % HEADS]));
        }
    }

    /// When the next event happens, simulated ns.
    pub fn next_time(&self) -> Option<u64> {
        let at_once = self.at_once.map_or(NEVER, |entry| entry.time);
        let least = at_once.min(self.lead.1).min(self.heap.least());
        let near = (least != NEVER).then_some(least);
        if self.wheel.is_empty() || near.is_some_and(|t| t < self.wheel.bound()) {
            return near;
        }
        [near, self.wheel.next_time()].into_iter().flatten().min()
    }

    /// The heap has grown too large: its events go to the wheel, and only the earliest come back.
    #[cold]
    #[inline(never)]
    fn split(&mut self, now: u64) {
        self.wheel.begin(now);
        for entry in self.heap.drain() {
            self.wheel.insert(entry);
        }
        self.horizon = now;
    }

    /// Brings the earliest events of the wheel into the empty heap, if they may happen at or before `until`. Returns
    /// when the heap's least happens.
    #[cold]
    #[inline(never)]
    fn refill(&mut self, until: u64) -> u64 {
        if self.wheel.bound() > until {
            return NEVER;
        }
        let heap = &mut self.heap;
        if let Some(end) = self.wheel.take(until, REFILL, |entry| heap.add(entry)) {
            self.horizon = if self.wheel.is_empty() { u64::MAX } else { end };
        }
        // Very many at one instant stay in the heap: splitting that would move them in vain, again and again.
        self.room = NEAR.max(2 * self.heap.len());
        self.heap.least()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

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
    fn what_would_happen_at_the_last_instant_of_all_never_does() {
        let mut c = Calendar::default();
        let lane = c.constant(u64::MAX);
        c.schedule(1, lane, 1);
        c.schedule(1, Delay::once(u64::MAX), 2);
        assert_eq!((c.next_time(), c.pop(u64::MAX)), (None, None));
        c.schedule(1, Delay::once(4), 3);
        assert_eq!(c.pop(u64::MAX).map(|e| e.event), Some(3));
        assert_eq!(c.pop(u64::MAX), None);
    }

    #[test]
    fn void_events_go_without_waiting_for_their_time_and_the_others_keep_their_order() {
        let mut c = Calendar::default();
        let (timeout, hop) = (c.constant(1000), c.constant(10));
        for n in 0..50 {
            c.schedule(n, timeout, n);
            c.schedule(n, hop, 100 + n);
        }
        // Of the timeouts only one may still ring; of the hops all happen, though the numbers of some are void as well.
        c.drop_void(|event| event < 40 || event == 120);
        assert_eq!(c.len(), 60);
        let order: Vec<u64> = std::iter::from_fn(|| c.pop(u64::MAX)).map(|e| e.event).collect();
        assert_eq!(order, (100..150).chain(40..50).collect::<Vec<u64>>());
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

    /// One step: after how long, of what kind, how many events are scheduled there, and how many are taken then.
    fn step() -> impl Strategy<Value = (u64, bool, usize, usize)> {
        // Spans of every magnitude, many of them equal.
        let span = prop_oneof![
            Just(0),
            0u64..40,
            (0u32..64).prop_map(|bits| 1u64 << bits),
            any::<u64>().prop_map(|x| x >> 20)
        ];
        (span, any::<bool>(), 0usize..6, 0usize..6)
    }

    proptest! {
        /// Against a sorted list: any mix of lanes, heap and wheel, of scheduling, taking and saving, comes out in (time,
        /// order), and nothing comes out before it may.
        #[test]
        fn order_is_that_of_a_sorted_list(steps in prop::collection::vec(step(), 1..200), horizon in any::<u64>()) {
            let mut c = Calendar::default();
            let mut model: BTreeSet<(u64, u64)> = BTreeSet::new();
            let (mut now, mut n) = (0u64, 0);
            for (ns, constant, put, take) in steps {
                for _ in 0..if now.checked_add(ns).is_some_and(|t| t < NEVER) { put } else { 0 } {
                    let delay = if constant { c.constant(ns % 20) } else { Delay::once(ns) };
                    c.schedule(now, delay, n);
                    model.insert((now.saturating_add(delay.ns), n));
                    n += 1;
                }
                prop_assert_eq!(c.next_time(), model.first().map(|e| e.0));
                for i in 0..take {
                    let until = if i == 0 { now.saturating_add(horizon >> 40) } else { u64::MAX };
                    let want = model.first().copied().filter(|e| e.0 <= until);
                    prop_assert_eq!(c.pop(until).map(|e| (e.time, e.event)), want);
                    prop_assert_eq!(c.next_time(), if want.is_none() { model.first().map(|e| e.0) } else { c.next_time() });
                    if let Some(first) = want {
                        model.remove(&first);
                        now = first.0;
                    } else if until != u64::MAX {
                        // As `run_until` does: the clock stands at the end of the slice.
                        now = until;
                    }
                }
                prop_assert_eq!(c.len(), model.len());
                if put == 3 {
                    c = backpressure_pack::from_bytes(&backpressure_pack::to_bytes(&c)).unwrap();
                }
            }
            let rest: Vec<(u64, u64)> = std::iter::from_fn(|| c.pop(u64::MAX)).map(|e| (e.time, e.event)).collect();
            prop_assert_eq!(rest, model.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn very_many_events_at_one_instant_and_far_apart_come_out_in_order() {
        let mut c = Calendar::default();
        for n in 0..3000u64 {
            c.schedule(0, Delay::once(if n % 3 == 0 { 7 } else { n * n * n }), n);
        }
        let order: Vec<(u64, u64)> = std::iter::from_fn(|| c.pop(u64::MAX)).map(|e| (e.time, e.event)).collect();
        assert_eq!(order.len(), 3000);
        assert!(order.is_sorted());
    }
}

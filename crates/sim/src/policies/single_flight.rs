//! Request coalescing: who fetches a missing key, and who waits for that instead of fetching it as well.

use crate::engine::Context;
use crate::engine::call::CallId;
use crate::engine::line::Line;
use crate::engine::table::Table;
use backpressure_pack::Pack;

/// Most fetches kept account of at once; beyond, each is for itself.
const MOST: usize = 1 << 16;

/// A key that somebody is fetching.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pack)]
pub struct Flight {
    /// The call that fetches it.
    pub leader: CallId,
    /// When the fetch began, ns.
    pub since_ns: u64,
    /// From then on whoever asks may take it that the fetch has failed without a word, ns.
    until_ns: u64,
    /// Calls that wait for what it brings.
    pub waiting: Line,
    /// Fetches of the same key, this one and those made beside it.
    fetches: u32,
    /// The key was deleted meanwhile: what the fetch brings may be older than that.
    pub void: bool,
}

/// Fetches under way, by key (the `singleflight` of Go's groupcache; for a cache beside the store, the leases of Memcached:
/// Nishtala et al., "Scaling Memcache at Facebook", 2013). O(1) each.
#[derive(Clone, Debug, Default, Pack)]
pub struct SingleFlight {
    flights: Table<Flight>,
    /// No look for fetches that came to nothing before this instant, ns.
    swept_ns: u64,
}

impl SingleFlight {
    /// Keys being fetched.
    pub fn len(&self) -> usize {
        self.flights.len()
    }

    /// True if none is.
    pub fn is_empty(&self) -> bool {
        self.flights.is_empty()
    }

    /// `leader` is about to fetch `key`, and others will believe in it for `patience_ns`. False if another fetch of it is under way.
    pub fn begin(&mut self, key: u64, leader: CallId, now_ns: u64, patience_ns: u64) -> bool {
        let before = self.flights.get(key);
        if before.is_some_and(|f| now_ns < f.until_ns) {
            return false;
        }
        if before.is_none() && self.flights.len() >= MOST {
            self.sweep(now_ns, patience_ns);
            if self.flights.len() >= MOST {
                return true;
            }
        }
        let waiting = before.map_or_else(Line::default, |f| f.waiting);
        let until_ns = now_ns.saturating_add(patience_ns);
        self.flights.set(key, Flight { leader, since_ns: now_ns, until_ns, waiting, fetches: 1, void: false });
        true
    }

    /// The key is fetched once more beside the fetch under way. How many fetch it now.
    pub fn join(&mut self, key: u64) -> u32 {
        let Some(mut flight) = self.flights.get(key) else {
            return 1;
        };
        flight.fetches = flight.fetches.saturating_add(1);
        self.flights.set(key, flight);
        flight.fetches
    }

    /// The fetch of `key` under way, if there is one.
    #[inline]
    pub fn get(&self, key: u64) -> Option<Flight> {
        self.flights.get(key)
    }

    /// `call`, about a key that is being fetched, waits for what comes.
    pub fn wait(&mut self, key: u64, call: CallId, cx: &mut Context) {
        if let Some(mut flight) = self.flights.get(key) {
            flight.waiting.push_back(call, cx);
            self.flights.set(key, flight);
        }
    }

    /// The patience of a call that waits for `key` is over. If the fetch has come to nothing, the call that waited longest
    /// (first) makes one itself, and is taken out of the line. Also says when to look again, ns, if others, or this one, wait on.
    pub fn lose_patience(
        &mut self,
        key: u64,
        now_ns: u64,
        patience_ns: u64,
        cx: &mut Context,
    ) -> (Option<CallId>, u64) {
        let Some(mut flight) = self.flights.get(key) else {
            return (None, u64::MAX);
        };
        if now_ns < flight.until_ns {
            return (None, flight.until_ns);
        }
        let first = flight.waiting.pop_front(cx);
        flight.leader = first.unwrap_or(flight.leader);
        (flight.since_ns, flight.until_ns) = (now_ns, now_ns.saturating_add(patience_ns));
        self.flights.set(key, flight);
        (first, flight.until_ns)
    }

    /// The key is deleted: what a fetch under way brings must not be kept.
    pub fn make_void(&mut self, key: u64) {
        if let Some(flight) = self.flights.get(key) {
            self.flights.set(key, Flight { void: true, ..flight });
        }
    }

    /// A fetch of `key` is over: the flight, with the calls to be answered.
    pub fn land(&mut self, key: u64) -> Option<Flight> {
        if self.flights.is_empty() { None } else { self.flights.remove(key) }
    }

    /// Some calls are gone: they wait no more, and where one of them was to fetch a key, the first who waited for it shall.
    /// Returns those heirs. O(keys being fetched and calls waiting).
    pub fn lose(&mut self, gone: impl Fn(CallId, &Context) -> bool, cx: &mut Context) -> Vec<CallId> {
        let keys: Vec<u64> = self.flights.iter().map(|(key, _)| key).collect();
        let mut heirs = Vec::new();
        for key in keys {
            let Some(mut flight) = self.flights.get(key) else {
                continue;
            };
            let mut waiting = std::mem::take(&mut flight.waiting);
            while let Some(call) = waiting.pop_front(cx) {
                if !gone(call, cx) {
                    flight.waiting.push_back(call, cx);
                }
            }
            if gone(flight.leader, cx) {
                let Some(heir) = flight.waiting.pop_front(cx) else {
                    self.flights.remove(key);
                    continue;
                };
                flight.leader = heir;
                heirs.push(heir);
            }
            self.flights.set(key, flight);
        }
        heirs
    }

    /// Forgets everything, and everybody who waits.
    pub fn clear(&mut self) {
        self.flights.clear();
    }

    /// Forgets fetches that nobody believes in any more, or waits for.
    #[cold]
    fn sweep(&mut self, now_ns: u64, patience_ns: u64) {
        if now_ns < self.swept_ns {
            return;
        }
        self.swept_ns = now_ns.saturating_add(patience_ns / 4);
        let over: Vec<u64> = (self.flights.iter())
            .filter(|(_, f)| f.until_ns <= now_ns && f.waiting.is_empty())
            .map(|(key, _)| key)
            .collect();
        for key in over {
            self.flights.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fetch_a_key_at_a_time() {
        let mut flights = SingleFlight::default();
        assert!(flights.begin(1, 7, 0, 100));
        assert!(!flights.begin(1, 8, 50, 100));
        assert!(flights.begin(2, 8, 50, 100));
        flights.make_void(1);
        assert_eq!(flights.land(1).map(|f| (f.since_ns, f.void)), Some((0, true)));
        assert!(flights.land(1).is_none());
        assert!(flights.begin(1, 7, 60, 100));
        assert!(flights.begin(1, 9, 160, 100), "the fetch came to nothing");
        assert_eq!(flights.land(1).map(|f| (f.since_ns, f.void)), Some((160, false)));
    }

    #[test]
    fn fetches_that_come_to_nothing_are_bounded() {
        let mut flights = SingleFlight::default();
        for key in 0..3 * MOST as u64 {
            assert!(flights.begin(key, 7, key, 1000));
        }
        assert!(flights.len() <= MOST);
        assert!(!flights.begin(3 * MOST as u64 - 1, 7, 3 * MOST as u64, 1000), "the newest are kept account of");
    }
}

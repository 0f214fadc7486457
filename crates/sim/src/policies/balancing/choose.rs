//! The algorithms.

use super::{Ask, Balancer, Balancing};
use crate::engine::rng::mix;

/// Most servers that power of two choices looks at.
pub(crate) const MOST_CHOICES: usize = 10;

impl Balancer {
    /// The server that the algorithm wants, of a group that is not empty.
    #[inline]
    pub(super) fn choose(&mut self, ask: &Ask) -> u32 {
        if self.options.algorithm != Balancing::RoundRobin {
            return self.choose_otherwise(ask);
        }
        let group = &mut self.groups[ask.group as usize];
        if group.turn >= group.ready.len() {
            group.turn = 0;
        }
        group.turn += 1;
        group.ready[group.turn - 1]
    }

    #[inline(never)]
    fn choose_otherwise(&mut self, ask: &Ask) -> u32 {
        let group = &mut self.groups[ask.group as usize];
        let n = group.ready.len();
        match self.options.algorithm {
            // Chosen above.
            Balancing::RoundRobin => group.ready[0],
            Balancing::Random => group.ready[self.rng.below(n as u64) as usize],
            Balancing::Weighted => self.choose_weighted(ask),
            Balancing::LeastConnections => {
                // Ties go round, so that idle servers share the work.
                group.turn = (group.turn + 1) % n;
                let from = group.turn;
                if ask.now_ns < self.warming_until {
                    return self.emptiest((0..n).map(|i| (from + i) % n), ask);
                }
                let load = |t: u32| self.targets[t as usize].outstanding;
                let mut best = group.ready[from];
                for i in 1..n {
                    let t = group.ready[(from + i) % n];
                    if load(t) < load(best) {
                        best = t;
                    }
                }
                best
            }
            Balancing::PowerOfTwo => {
                let mut places = [0; MOST_CHOICES];
                let looked_at = self.some_places(n, self.options.choices as usize, &mut places);
                self.emptiest(places[..looked_at].iter().copied(), ask)
            }
            Balancing::LeastResponseTime => {
                let mut places = [0; MOST_CHOICES];
                let looked_at = self.some_places(n, 2, &mut places);
                let mut best = (f64::INFINITY, 0);
                for &place in &places[..looked_at] {
                    let number = self.groups[ask.group as usize].ready[place];
                    let warmth = self.warmth(&self.targets[number as usize], ask.now_ns);
                    let target = &mut self.targets[number as usize];
                    let load = target.ewma.load(target.outstanding, ask.now_ns) / warmth;
                    if load < best.0 {
                        best = (load, number);
                    }
                }
                best.1
            }
            Balancing::IpHash => group.ready[(mix(u64::from(ask.client) ^ 0x1f83_d9ab) % n as u64) as usize],
            Balancing::ConsistentHash => self.first_on_ring(ask, u32::MAX),
            Balancing::BoundedHash => {
                let out: u64 = group.ready.iter().map(|&t| u64::from(self.targets[t as usize].outstanding)).sum();
                let most = libm::ceil(self.options.load_bound * (out + 1) as f64 / n as f64);
                self.first_on_ring(ask, most as u32)
            }
        }
    }

    /// The first server clockwise from the key that is ready and has fewer than `most` requests.
    fn first_on_ring(&self, ask: &Ask, most: u32) -> u32 {
        let group = &self.groups[ask.group as usize];
        let fits = |&t: &u32| !self.targets[t as usize].out && self.targets[t as usize].outstanding < most;
        group.ring.from(ask.key).find(fits).unwrap_or(group.ready[0])
    }

    /// Draws `wanted` different places out of `n`; returns how many there are.
    pub(super) fn some_places(&mut self, n: usize, wanted: usize, places: &mut [usize; MOST_CHOICES]) -> usize {
        let wanted = wanted.min(n).min(MOST_CHOICES);
        let first = self.rng.below(n as u64) as usize;
        // Distances from the first, in order: the next one is drawn among the places left and moved past those taken.
        let mut taken = [0; MOST_CHOICES];
        places[0] = first;
        for (k, place) in places.iter_mut().enumerate().take(wanted).skip(1) {
            let mut distance = self.rng.below((n - k) as u64) as usize;
            let mut at = 0;
            while at < k && taken[at] <= distance {
                distance += 1;
                at += 1;
            }
            taken.copy_within(at..k, at + 1);
            taken[at] = distance;
            *place = (first + distance) % n;
        }
        wanted
    }

    /// Of these places, the server with the fewest requests for what it can take now; the first of equals.
    fn emptiest(&self, places: impl Iterator<Item = usize>, ask: &Ask) -> u32 {
        let ready = &self.groups[ask.group as usize].ready;
        let warming = ask.now_ns < self.warming_until;
        let mut best = (f64::INFINITY, ready[0]);
        for place in places {
            let target = &self.targets[ready[place] as usize];
            let load = if warming {
                f64::from(target.outstanding + 1) / self.warmth(target, ask.now_ns)
            } else {
                f64::from(target.outstanding)
            };
            if load < best.0 {
                best = (load, ready[place]);
            }
        }
        best.1
    }

    fn choose_weighted(&mut self, ask: &Ask) -> u32 {
        let ready = &self.groups[ask.group as usize].ready;
        let mut total = 0.0;
        let mut best = ready[0];
        for &t in ready {
            let target = &mut self.targets[t as usize];
            target.credit += target.weight;
            total += target.weight;
            if self.targets[t as usize].credit > self.targets[best as usize].credit {
                best = t;
            }
        }
        self.targets[best as usize].credit -= total;
        best
    }
}

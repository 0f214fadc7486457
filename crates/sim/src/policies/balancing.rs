//! Which of several servers gets the next request.

use crate::design::choice;
use crate::engine::rng::{Stream, mix};
use backpressure_pack::Pack;

choice! {
    /// How a server is chosen.
    pub enum Balancing {
        /// Each server in turn.
        RoundRobin = "round_robin", "Round robin";
        /// Each server in turn, as often as the weight of its link says, evenly interleaved (nginx's smooth weighted round robin).
        Weighted = "weighted", "Weighted round robin";
        /// Any server, by chance.
        Random = "random", "Random";
        /// The server with the fewest requests outstanding.
        LeastConnections = "least_connections", "Least connections";
        /// Two servers by chance, the one of them with fewer requests outstanding (Mitzenmacher, 2001).
        PowerOfTwo = "power_of_two", "Power of two choices";
        /// The server that owns the request's key on a ring (Karger et al., 1997): the same key goes to the same server, and few keys move when a server joins or leaves.
        ConsistentHash = "consistent_hash", "Consistent hash";
    }
}

/// A server as a balancer sees it.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Target {
    /// Link that leads there.
    pub link: u32,
    /// Instance behind the link.
    pub instance: u16,
    /// Weight of the link.
    pub weight: f64,
    /// Requests sent and not yet answered.
    pub outstanding: u32,
    /// Still in the design?
    pub alive: bool,
    /// Credit of the weighted round robin.
    credit: f64,
}

/// Chooses servers. Targets keep their numbers while requests to them are outstanding.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Balancer {
    algorithm: Balancing,
    rng: Stream,
    targets: Vec<Target>,
    /// Numbers of the targets that are alive.
    alive: Vec<u32>,
    /// Round robin: place in `alive` of the next one.
    turn: usize,
    /// Consistent hash: (point, target), sorted by point.
    ring: Vec<(u64, u32)>,
}

/// Points each target has on the ring: the load of targets then differs by about 1/√100 = 10 %.
const RING_POINTS: u64 = 100;

impl Balancer {
    /// A balancer without servers.
    pub fn new(algorithm: Balancing, rng: Stream) -> Self {
        Self { algorithm, rng, targets: Vec::new(), alive: Vec::new(), turn: 0, ring: Vec::new() }
    }

    /// Changes the algorithm; counts of outstanding requests stay.
    pub fn set_algorithm(&mut self, algorithm: Balancing) {
        self.algorithm = algorithm;
        self.build_ring();
    }

    /// Servers to choose from.
    pub fn servers(&self) -> usize {
        self.alive.len()
    }

    /// A server by the number that [`Balancer::pick`] gave.
    pub fn target(&self, number: u32) -> Option<&Target> {
        self.targets.get(number as usize)
    }

    /// Takes the list of servers `(link, instance, weight)` as it is now. Servers that stay keep their counts.
    pub fn set_targets(&mut self, now: &[(u32, u16, f64)]) {
        for t in &mut self.targets {
            t.alive = false;
        }
        self.alive.clear();
        for &(link, instance, weight) in now {
            let found = self.targets.iter().position(|t| t.link == link && t.instance == instance);
            let number = found.unwrap_or_else(|| {
                self.targets.push(Target { link, instance, weight, outstanding: 0, alive: true, credit: 0.0 });
                self.targets.len() - 1
            });
            self.targets[number].alive = true;
            self.targets[number].weight = weight;
            self.alive.push(number as u32);
        }
        self.build_ring();
    }

    fn build_ring(&mut self) {
        self.ring.clear();
        if self.algorithm != Balancing::ConsistentHash {
            return;
        }
        for &t in &self.alive {
            let target = &self.targets[t as usize];
            let name = (u64::from(target.link) << 16) | u64::from(target.instance);
            self.ring.extend((0..RING_POINTS).map(|p| (mix(mix(name + 1) ^ mix(p + 0x5bd1)), t)));
        }
        self.ring.sort_unstable();
    }

    /// The server for a request about `key`, other than `avoid`. `None` if there is none. Counts it as outstanding.
    ///
    /// Cost: O(1) for round robin, random and power of two; O(servers) for weighted and least connections;
    /// O(log servers) for consistent hash.
    #[inline]
    pub fn pick(&mut self, key: u64, avoid: Option<u32>) -> Option<u32> {
        let n = self.alive.len();
        if n == 0 || (n == 1 && avoid == Some(self.alive[0])) {
            return None;
        }
        let mut chosen = self.choose(key);
        if avoid == Some(chosen) {
            chosen = self.next_after(chosen);
        }
        self.targets[chosen as usize].outstanding += 1;
        Some(chosen)
    }

    /// The request sent to this server came back.
    #[inline]
    pub fn done(&mut self, number: u32) {
        if let Some(t) = self.targets.get_mut(number as usize) {
            t.outstanding = t.outstanding.saturating_sub(1);
        }
    }

    /// Forgets every request that is out: the process that had sent them is gone.
    pub fn forget_outstanding(&mut self) {
        for t in &mut self.targets {
            t.outstanding = 0;
        }
    }

    fn next_after(&self, number: u32) -> u32 {
        let place = self.alive.iter().position(|&t| t == number).unwrap_or(0);
        self.alive[(place + 1) % self.alive.len()]
    }

    #[inline]
    fn choose(&mut self, key: u64) -> u32 {
        let n = self.alive.len();
        let load = |this: &Self, t: u32| this.targets[t as usize].outstanding;
        match self.algorithm {
            Balancing::RoundRobin => {
                if self.turn >= n {
                    self.turn = 0;
                }
                let t = self.alive[self.turn];
                self.turn += 1;
                t
            }
            Balancing::Weighted => self.choose_weighted(),
            Balancing::Random => self.alive[self.rng.below(n as u64) as usize],
            Balancing::LeastConnections => {
                // Ties go round, so that idle servers share the work.
                self.turn = (self.turn + 1) % n;
                let from = self.turn;
                let mut best = self.alive[from];
                for i in 1..n {
                    let t = self.alive[(from + i) % n];
                    if load(self, t) < load(self, best) {
                        best = t;
                    }
                }
                best
            }
            Balancing::PowerOfTwo => {
                let a = self.rng.below(n as u64) as usize;
                if n == 1 {
                    return self.alive[a];
                }
                // Without replacement: the second is one of the others.
                let b = (a + 1 + self.rng.below(n as u64 - 1) as usize) % n;
                let (a, b) = (self.alive[a], self.alive[b]);
                if load(self, b) < load(self, a) { b } else { a }
            }
            Balancing::ConsistentHash => {
                let h = mix(key ^ 0x9e37_79b9_7f4a_7c15);
                let i = self.ring.partition_point(|&(p, _)| p < h);
                self.ring.get(i).or(self.ring.first()).map_or(self.alive[0], |&(_, t)| t)
            }
        }
    }

    fn choose_weighted(&mut self) -> u32 {
        let mut total = 0.0;
        let mut best = self.alive[0];
        for &t in &self.alive {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn balancer(algorithm: Balancing, weights: &[f64]) -> Balancer {
        let mut b = Balancer::new(algorithm, Stream::new(1, "lb", "balance"));
        let targets: Vec<_> = weights.iter().enumerate().map(|(i, &w)| (i as u32, 0, w)).collect();
        b.set_targets(&targets);
        b
    }

    fn counts(b: &mut Balancer, picks: u64, servers: usize) -> Vec<u32> {
        let mut c = vec![0; servers];
        for key in 0..picks {
            let t = b.pick(key, None).unwrap();
            b.done(t);
            c[t as usize] += 1;
        }
        c
    }

    #[test]
    fn round_robin_takes_turns() {
        assert_eq!(counts(&mut balancer(Balancing::RoundRobin, &[1.0; 3]), 9, 3), [3, 3, 3]);
    }

    #[test]
    fn weighted_follows_the_weights_and_interleaves() {
        let mut b = balancer(Balancing::Weighted, &[5.0, 1.0, 1.0]);
        // The sequence in nginx's own commit message for weights {5, 1, 1}.
        let order: Vec<u32> = (0..7).map(|_| b.pick(0, None).unwrap()).collect();
        assert_eq!(order, [0, 0, 1, 0, 2, 0, 0]);
    }

    #[test]
    fn least_connections_picks_the_idlest() {
        let mut b = balancer(Balancing::LeastConnections, &[1.0; 3]);
        let first: Vec<u32> = (0..3).map(|_| b.pick(0, None).unwrap()).collect();
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2]);
        b.done(first[1]);
        assert_eq!(b.pick(0, None), Some(first[1]));
    }

    #[test]
    fn power_of_two_never_picks_the_busiest_of_two() {
        let mut b = balancer(Balancing::PowerOfTwo, &[1.0; 2]);
        let first = b.pick(0, None).unwrap();
        assert_eq!(b.pick(0, None), Some(1 - first));
    }

    #[test]
    fn a_new_server_takes_its_share_of_keys_and_moves_no_others() {
        let owner = |b: &mut Balancer, key| {
            let t = b.pick(key, None).unwrap();
            b.done(t);
            t
        };
        let mut ten = balancer(Balancing::ConsistentHash, &[1.0; 10]);
        let mut eleven = balancer(Balancing::ConsistentHash, &[1.0; 11]);
        let keys = 20_000;
        let mut moved = 0;
        for key in 0..keys {
            let (before, after) = (owner(&mut ten, key), owner(&mut eleven, key));
            if before != after {
                assert_eq!(after, 10, "a key moves only to the new server");
                moved += 1;
            }
        }
        // 1/(n + 1) of the keys, give or take the ring's unevenness of about 10 %, three times over.
        let share = moved as f64 / keys as f64;
        assert!((share - 1.0 / 11.0).abs() < 0.3 / 11.0, "{share}");
    }

    #[test]
    fn a_refused_request_goes_to_another_server_or_to_none() {
        let mut b = balancer(Balancing::ConsistentHash, &[1.0; 2]);
        let first = b.pick(7, None).unwrap();
        assert_eq!(b.pick(7, Some(first)), Some(1 - first));
        assert_eq!(balancer(Balancing::Random, &[1.0]).pick(7, Some(0)), None);
    }

    #[test]
    fn servers_that_stay_keep_their_counts() {
        let mut b = balancer(Balancing::LeastConnections, &[1.0; 2]);
        let first = b.pick(0, None).unwrap();
        b.set_targets(&[(0, 0, 1.0), (1, 0, 1.0), (2, 0, 1.0)]);
        assert_eq!(b.target(first).unwrap().outstanding, 1);
        b.set_targets(&[]);
        assert_eq!(b.pick(0, None), None);
    }
}

//! Which of several servers gets the next request.

mod choose;
mod ewma;
mod ring;
#[cfg(test)]
mod tests;

use crate::design::choice;
use crate::engine::rng::{Stream, mix};
use backpressure_pack::Pack;

pub use ewma::PeakEwma;
pub use ring::Ring;

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
        /// Two servers by chance, the one of them with the lower product of recent response time and requests outstanding (peak EWMA, as in Finagle).
        LeastResponseTime = "least_response_time", "Least response time";
        /// A few servers by chance, the one of them with the fewest requests outstanding (Mitzenmacher, 2001).
        PowerOfTwo = "power_of_two", "Power of two choices";
        /// The server that the client's address hashes to, modulo their number: a client stays at its server while their number stays.
        IpHash = "ip_hash", "IP hash";
        /// The server that owns the request's key on a ring (Karger et al., 1997): the same key goes to the same server, and few keys move when a server joins or leaves.
        ConsistentHash = "consistent_hash", "Consistent hash";
        /// The same, but a server with too many requests passes a key on to the next on the ring (Mirrokni, Thorup & Zadimoghaddam, 2018).
        BoundedHash = "bounded_hash", "Consistent hash, bounded load";
    }
}

/// How a [`Balancer`] goes about it.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Options {
    /// How a server is chosen.
    pub algorithm: Balancing,
    /// Servers looked at by power of two choices.
    pub choices: u32,
    /// Bounded hash: most requests at a server, as a multiple of the mean.
    pub load_bound: f64,
    /// Most requests out to a server at once.
    pub max_connections: u32,
    /// A server that comes back gets its full share after this long only, ns.
    pub slow_start_ns: u64,
}

impl Options {
    /// The algorithm, and nothing else asked for.
    pub fn of(algorithm: Balancing) -> Self {
        Self { algorithm, choices: 2, load_bound: 1.25, max_connections: u32::MAX, slow_start_ns: 0 }
    }
}

/// A request as a balancer sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ask {
    /// What it is about.
    pub key: u64,
    /// Who asks.
    pub client: u32,
    /// Group of servers it may go to: see [`Balancer::set_targets`].
    pub group: u32,
    /// Simulated time.
    pub now_ns: u64,
}

/// What a balancer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picked {
    /// This one, by its number. It is counted as outstanding there.
    Server(u32),
    /// Every server has as many requests as it may.
    Full,
    /// There is no server.
    Nobody,
}

impl Picked {
    /// The server picked.
    pub fn server(self) -> Option<u32> {
        match self {
            Picked::Server(number) => Some(number),
            _ => None,
        }
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
    /// Kept out of the turn for now?
    pub out: bool,
    /// When it came back last, ns: slow start counts from here.
    pub since_ns: u64,
    /// Credit of the weighted round robin.
    credit: f64,
    ewma: PeakEwma,
}

/// Servers that the same requests may go to.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
struct Group {
    /// Numbers of its servers in the design.
    members: Vec<u32>,
    /// Those of them that are not kept out.
    ready: Vec<u32>,
    /// Round robin: place in `ready` of the next one.
    turn: usize,
    ring: Ring,
}

/// Chooses servers. They keep their numbers while requests to them are outstanding.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Balancer {
    options: Options,
    rng: Stream,
    targets: Vec<Target>,
    groups: Vec<Group>,
    /// Until then some server is in its slow start, ns.
    warming_until: u64,
}

/// Smallest share of its requests that a server in slow start gets (as in Envoy).
const COLDEST: f64 = 0.1;

impl Balancer {
    /// A balancer without servers.
    pub fn new(options: Options, rng: Stream) -> Self {
        Self { options, rng, targets: Vec::new(), groups: vec![Group::default()], warming_until: 0 }
    }

    /// Changes the options; counts of outstanding requests stay.
    pub fn set_options(&mut self, options: Options) {
        self.options = options;
        self.build_rings();
    }

    /// Servers of a group to choose from.
    pub fn servers(&self, group: u32) -> usize {
        self.groups.get(group as usize).map_or(0, |g| g.ready.len())
    }

    /// A server by the number that [`Balancer::pick`] gave.
    pub fn target(&self, number: u32) -> Option<&Target> {
        self.targets.get(number as usize)
    }

    /// Has any server of the group nothing in hand? O(servers).
    pub fn any_is_idle(&self, group: u32) -> bool {
        let ready = self.groups.get(group as usize).map_or(&[][..], |g| &g.ready);
        ready.iter().any(|&t| self.targets[t as usize].outstanding == 0)
    }

    /// Is this server in its slow start?
    #[inline]
    pub fn is_warming(&self, number: u32, now_ns: u64) -> bool {
        now_ns < self.warming_until && self.target(number).is_some_and(|t| self.warmth(t, now_ns) < 1.0)
    }

    /// All servers there ever were, by number.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Takes the list of servers `(link, instance, weight)` as it is now, and for each group of requests the places in that list
    /// that they may go to; without any group, all requests may go to all. Servers that stay keep their counts; one that is
    /// new under way begins with a slow start.
    pub fn set_targets(&mut self, now: &[(u32, u16, f64)], groups: &[Vec<u32>], now_ns: u64) {
        let before: Vec<bool> = self.targets.iter().map(|t| t.alive).collect();
        for t in &mut self.targets {
            t.alive = false;
        }
        let mut numbers = Vec::new();
        for &(link, instance, weight) in now {
            let found = self.targets.iter().position(|t| t.link == link && t.instance == instance);
            let number = found.unwrap_or_else(|| {
                self.targets.push(Target {
                    link,
                    instance,
                    weight,
                    outstanding: 0,
                    alive: true,
                    out: false,
                    since_ns: 0,
                    credit: 0.0,
                    ewma: PeakEwma::default(),
                });
                self.targets.len() - 1
            });
            let target = &mut self.targets[number];
            (target.alive, target.weight) = (true, weight);
            if now_ns > 0 && !before.get(number).copied().unwrap_or(false) {
                target.out = false;
                self.warm_up(number, now_ns);
            }
            numbers.push(number as u32);
        }
        self.groups.resize_with(groups.len().max(1), Group::default);
        for (i, group) in self.groups.iter_mut().enumerate() {
            group.members = match groups.get(i) {
                Some(places) => places.iter().filter_map(|&p| numbers.get(p as usize).copied()).collect(),
                None => numbers.clone(),
            };
        }
        self.look_who_is_ready();
        self.build_rings();
    }

    /// Takes a server out of the turn, or back in.
    pub fn set_out(&mut self, number: u32, out: bool, now_ns: u64) {
        let Some(target) = self.targets.get_mut(number as usize).filter(|t| t.out != out) else {
            return;
        };
        target.out = out;
        if !out {
            self.warm_up(number as usize, now_ns);
        }
        self.look_who_is_ready();
    }

    fn warm_up(&mut self, number: usize, now_ns: u64) {
        self.targets[number].since_ns = now_ns;
        self.targets[number].ewma = PeakEwma::default();
        if self.options.slow_start_ns > 0 {
            self.warming_until = self.warming_until.max(now_ns.saturating_add(self.options.slow_start_ns));
        }
    }

    fn look_who_is_ready(&mut self) {
        for group in &mut self.groups {
            group.ready.clear();
            group.ready.extend(group.members.iter().filter(|&&t| !self.targets[t as usize].out));
        }
    }

    fn build_rings(&mut self) {
        let hashes = matches!(self.options.algorithm, Balancing::ConsistentHash | Balancing::BoundedHash);
        for group in &mut self.groups {
            let named = |&t: &u32| {
                let target = &self.targets[t as usize];
                ((u64::from(target.link) << 16) | u64::from(target.instance), t)
            };
            let members = if hashes { group.members.as_slice() } else { &[] };
            group.ring = Ring::new(members.iter().map(named));
        }
    }

    /// The server for a request.
    ///
    /// Cost: O(1) for round robin, random, power of two, least response time and IP hash; O(servers) for weighted, least
    /// connections and bounded hash; O(log servers) for consistent hash. With a limit of connections, and while a server is in its
    /// slow start, O(servers) more.
    #[inline]
    pub fn pick(&mut self, ask: &Ask) -> Picked {
        if self.servers(ask.group) == 0 {
            return Picked::Nobody;
        }
        let chosen = self.choose(ask);
        self.take(chosen, ask)
    }

    /// The server for a request that `tried` servers refused, `last` the last of them: every other server in a random order,
    /// each once, so that what a dead server cannot take is spread over all the others.
    pub fn pick_other(&mut self, ask: &Ask, last: u32, tried: u32) -> Picked {
        let Some(ready) = self.groups.get(ask.group as usize).map(|g| g.ready.as_slice()).filter(|r| r.len() > 1)
        else {
            return self.pick(ask);
        };
        let Some(at) = ready.iter().position(|&t| t == last) else {
            return self.pick(ask);
        };
        // The k-th other server stands at 1 + (start + k) mod (n − 1) places after the first one tried.
        let n = ready.len() as u64;
        let start = mix(ask.key ^ mix(u64::from(ask.client))) % (n - 1);
        let step = |k: u64| 1 + (start + k) % (n - 1);
        let tried = u64::from(tried.max(1));
        let first = if tried == 1 { at as u64 } else { (at as u64 + n - step(tried - 2)) % n };
        let chosen = ready[((first + step(tried - 1)) % n) as usize];
        self.take(chosen, ask)
    }

    /// This very server, if it is in turn: for a client that is to stay where it was. `None` if it is not, or is full and `limited`.
    pub fn pick_this(&mut self, number: u32, limited: bool) -> Option<u32> {
        let most = if limited { self.options.max_connections } else { u32::MAX };
        let target = self.targets.get_mut(number as usize)?;
        if !target.alive || target.out || target.outstanding >= most {
            return None;
        }
        target.outstanding += 1;
        Some(number)
    }

    #[inline]
    fn take(&mut self, chosen: u32, ask: &Ask) -> Picked {
        let mut chosen = chosen;
        if self.options.max_connections != u32::MAX || ask.now_ns < self.warming_until {
            match self.with_room(chosen, ask) {
                Some(other) => chosen = other,
                None => return Picked::Full,
            }
        }
        self.targets[chosen as usize].outstanding += 1;
        Picked::Server(chosen)
    }

    /// The server chosen, or the next that has room and, in its slow start, takes its chance.
    #[inline(never)]
    fn with_room(&mut self, chosen: u32, ask: &Ask) -> Option<u32> {
        let ready = &self.groups[ask.group as usize].ready;
        let from = ready.iter().position(|&t| t == chosen).unwrap_or(0);
        let adapts = matches!(
            self.options.algorithm,
            Balancing::LeastConnections | Balancing::PowerOfTwo | Balancing::LeastResponseTime
        );
        let mut cold = None;
        for i in 0..ready.len() {
            let number = ready[(from + i) % ready.len()];
            let target = &self.targets[number as usize];
            if target.outstanding >= self.options.max_connections {
                continue;
            }
            let warmth = self.warmth(target, ask.now_ns);
            // What looks at loads has taken the slow start into account already.
            if warmth >= 1.0 || adapts || self.rng.chance(warmth) {
                return Some(number);
            }
            cold.get_or_insert(number);
        }
        cold
    }

    /// Share of its requests that a server gets now: it rises evenly to 1 over the slow start.
    fn warmth(&self, target: &Target, now_ns: u64) -> f64 {
        if self.options.slow_start_ns == 0 || target.since_ns == 0 {
            return 1.0;
        }
        let age = now_ns.saturating_sub(target.since_ns) as f64;
        (age / self.options.slow_start_ns as f64).clamp(COLDEST, 1.0)
    }

    /// The request sent to this server came back.
    #[inline]
    pub fn done(&mut self, number: u32) {
        if let Some(t) = self.targets.get_mut(number as usize) {
            t.outstanding = t.outstanding.saturating_sub(1);
        }
    }

    /// It took so long, ns: for least response time.
    pub fn observe(&mut self, number: u32, ns: u64, now_ns: u64) {
        if let Some(t) = self.targets.get_mut(number as usize) {
            t.ewma.observe(ns as f64, now_ns);
        }
    }

    /// Forgets every request that is out: the process that had sent them is gone.
    pub fn forget_outstanding(&mut self) {
        for t in &mut self.targets {
            t.outstanding = 0;
        }
    }
}

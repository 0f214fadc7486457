//! What queueing theory sees of a component: each kind describes itself, from its parameters.

use crate::design::Distribution;

/// A component in the words of theory.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Model {
    /// Nothing that a formula is about.
    #[default]
    Unknown,
    /// Requests come from here.
    Source(Source),
    /// Calls are passed on, each to one of those behind it.
    Splitter {
        /// Is each call's way chosen independently of the others, and of what the servers do? If not, how it is chosen,
        /// as the end of "they come from a load balancer that …".
        depends: Option<&'static str>,
        /// Does every server get as many calls as any other?
        evenly: bool,
        /// May a call come a second time, after a refusal?
        tries_again: bool,
        /// Time it takes, for any number of calls at once.
        time: Distribution,
    },
    /// Slots with a queue.
    Station(Station),
    /// A store of keys in front of another.
    Cache {
        /// Which lookups hit.
        content: CacheContent,
        /// Time it takes, for any number of calls at once.
        time: Distribution,
    },
}

/// Where requests come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// How they are spaced.
    pub spacing: Spacing,
    /// Endpoints with a weight: popularity of their keys, if independent of everything else, and whether they write.
    pub endpoints: Vec<SourceEndpoint>,
    /// Are failed requests made again?
    pub retries: bool,
}

/// One kind of request of a [`Source`].
#[derive(Clone, Debug, PartialEq)]
pub struct SourceEndpoint {
    /// Share of the requests, 0 to 1.
    pub share: f64,
    /// Does it write?
    pub writes: bool,
    /// Endpoints with equal text ask for the same keys.
    pub path: String,
    /// Different keys.
    pub keys: u64,
    /// How requests spread over them.
    pub popularity: crate::policies::popularity::Popularity,
}

/// How a source's requests are spaced.
#[derive(Clone, Debug, PartialEq)]
pub enum Spacing {
    /// A Poisson process of constant rate.
    Poisson {
        /// Requests per second.
        rate_per_s: f64,
    },
    /// Something else, as the end of "arrivals are not Poisson: …".
    Other(&'static str),
    /// Each of so many users makes one when the last is over and a think time has passed.
    Closed {
        /// Users.
        users: u32,
        /// Time between.
        think: Distribution,
    },
}

/// Servers with a first-come-first-served queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Copies, each with servers and a queue of its own.
    pub instances: u32,
    /// Servers of each.
    pub servers: u32,
    /// Calls that may wait at each.
    pub queue: u32,
    /// Does a newcomer to a full queue push out the one that waited longest, instead of being lost?
    pub drops_oldest: bool,
    /// Time a read takes.
    pub read: Distribution,
    /// Time a write takes.
    pub write: Distribution,
}

/// What decides whether a lookup in a cache hits.
#[derive(Clone, Debug, PartialEq)]
pub enum CacheContent {
    /// Chance, with this probability.
    Ratio(f64),
    /// It holds so many keys, and which it gives up; keys live so long, ms, after they were put in.
    Keys {
        /// Which key it gives up when it is full.
        eviction: crate::policies::eviction::Eviction,
        /// Keys it holds.
        capacity: u64,
        /// Time to live, ms.
        ttl_ms: Option<f64>,
        /// Does it start anew with every hit?
        renewed: bool,
    },
}

//! What is set of users.

use super::curve::Shape;
use crate::design::{CallPolicy, Distribution, Numbers, Reader, choice, params, variant};
use crate::policies::popularity::Popularity;
use crate::policies::retry::Backoff;

choice! {
    /// Spacing of arrivals.
    pub enum Arrivals {
        /// Independent of each other, as those of many people are: a Poisson process.
        Poisson = "poisson", "Poisson";
        /// Evenly spaced, like a metronome.
        Constant = "constant", "Evenly spaced";
    }
}

variant! {
    /// How requests come about.
    pub enum Workload tag "workload" {
        /// Requests arrive at a given rate whatever the system does, as from a large public.
        Open = "open", "Open" {
            /// Mean arrival rate.
            rate_rps: f64 = 100.0, label "Rate", unit "requests/s", range 0.001..=1_000_000.0;
            /// Spacing of arrivals.
            arrivals: Arrivals = Arrivals::Poisson, label "Arrivals";
            /// How the rate changes in the course of the run.
            shape: Shape = Shape::Steady {}, label "Shape";
        }
        /// A fixed number of users, each of whom waits for the answer, thinks, and asks again: a slow system slows them down.
        Closed = "closed", "Closed" {
            /// Users.
            users: u32 = 50, label "Users", unit "users", range 1..=1_000_000;
            /// Time a user thinks between an answer and the next request.
            think_time: Distribution = Distribution::Exponential { mean_ms: 1000.0 }, label "Think time";
            /// Users that join per second until all are there.
            spawn_rate_per_s: f64 = 10.0, label "Spawn rate", unit "users/s", range 0.001..=1_000_000.0;
        }
        /// Requests arrive at recorded instants, as in an access log. A CSV of timestamps dropped onto the component fills them in.
        Replay = "replay", "Replay" {
            /// Instants of arrival, from the start. Instants of Unix time (beyond 1e9) count from the first of them.
            at_s: Numbers = Numbers(vec![0.0, 0.2, 0.3, 1.0]), label "Instants", unit "s", item "number", items 1..=100_000;
            /// Whether the list begins anew after its last instant.
            repeat: bool = true, label "Repeat";
        }
    }
}

choice! {
    /// HTTP methods.
    pub enum Method {
        /// Read.
        Get = "GET", "GET";
        /// Create.
        Post = "POST", "POST";
        /// Replace.
        Put = "PUT", "PUT";
        /// Change.
        Patch = "PATCH", "PATCH";
        /// Delete.
        Delete = "DELETE", "DELETE";
    }
}

choice! {
    /// What a request does to the data.
    pub enum Operation {
        /// Reads one object.
        Read = "read", "Read";
        /// Writes one object.
        Write = "write", "Write";
    }
}

params! {
    /// One kind of request that users make.
    pub struct Endpoint {
        /// Name in results.
        name: String = "read item".to_owned(), label "Name";
        /// HTTP method.
        method: Method = Method::Get, label "Method";
        /// Path. Endpoints with the same path ask for the same objects.
        path: String = "/items/{id}".to_owned(), label "Path";
        /// How often it is asked for, relative to the others.
        weight: f64 = 1.0, label "Weight", range 0.0..=1_000_000.0;
        /// Whether it reads or writes.
        operation: Operation = Operation::Read, label "Operation";
        /// Size of the answer.
        payload_bytes: u64 = 1000, label "Payload", unit "bytes", range 0..=1_000_000_000, advanced;
        /// Different objects that are asked for.
        keys: u64 = 10_000, label "Keys", unit "keys", range 1..=1_000_000_000;
        /// How requests spread over the keys.
        popularity: Popularity = Popularity::Zipf { exponent: 1.0 }, label "Popularity";
        /// Importance to queues that serve by priority: 0 is served first.
        priority: u32 = 0, label "Priority", range 0..=7, advanced;
        /// A deadline of its own. Off: that of the users.
        deadline_ms: Option<f64> = None, label "Deadline", unit "ms", range 0.001..=3_600_000.0, advanced;
    }
}

params! {
    /// Parameters of users.
    pub struct UsersParams check UsersParams::look_over {
        /// How requests come about.
        workload: Workload = Workload::default(), label "Workload";
        /// What users ask for.
        endpoints: Vec<Endpoint> = vec![Endpoint::default()], label "Request mix", item "endpoint", items 1..=50;
        /// Users give up on an answer after this long. Off: they wait for ever.
        timeout_ms: Option<f64> = None, label "Timeout", unit "ms", range 0.001..=3_600_000.0;
        /// How often a failed or timed-out request is tried again.
        retries: u32 = 0, label "Retries", range 0..=10;
        /// The wait before each retry.
        backoff: Backoff = Backoff::default(), label "Backoff", advanced;
        /// An answer later than this is no use to the user: goodput counts only answers in time. Off: every answer is.
        deadline_ms: Option<f64> = None, label "Deadline", unit "ms", range 0.001..=3_600_000.0;
        /// Different clients (addresses, sessions) that the requests come from. Off: each request is from a client of its own.
        clients: Option<u32> = None, label "Clients", unit "clients", range 1..=100_000_000, advanced;
        /// Share of requests whose credentials are not valid: a gateway that checks them answers 401.
        invalid_credentials: f64 = 0.0, label "Invalid credentials", range 0.0..=1.0, advanced;
    }
}

impl UsersParams {
    /// Weights share requests out among endpoints; if all are zero there is nothing to share by.
    fn look_over(&mut self, reader: &mut Reader) {
        if self.endpoints.iter().all(|e| e.weight == 0.0) {
            reader.at("endpoints", |reader| {
                reader.error("Every endpoint has `weight` 0; accepted: at least one weight above 0.");
            });
            self.endpoints.iter_mut().for_each(|e| e.weight = 1.0);
        }
    }

    /// How users guard their calls.
    pub fn call_policy(&self) -> CallPolicy {
        CallPolicy {
            timeout_ms: self.timeout_ms,
            retries: self.retries,
            backoff: self.backoff.clone(),
            ..CallPolicy::default()
        }
    }
}

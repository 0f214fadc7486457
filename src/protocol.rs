//! Messages between the page and the worker that runs the simulation: packed bytes in transferred buffers.
//!
//! Designs and problems travel as JSON text inside: they have optional and unknown fields, which packed bytes do not name.

use backpressure_pack::Pack;
use backpressure_sim::analysis::comparison::Comparison;
use backpressure_sim::analysis::sweep::{Length, Point};
use backpressure_sim::design::Trouble;
use backpressure_sim::engine::Victim;
use backpressure_sim::metrics::{Hop, ProfileRow, RequestTrace, Series, Snapshot};

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Pack)]
pub enum Command {
    /// A new run of this design, from time 0, paused.
    Load {
        /// The design as JSON.
        design: String,
    },
    /// The design was edited: the run goes on with it.
    Apply {
        /// The design as JSON.
        design: String,
    },
    /// Goes on with a saved run after the worker died.
    Restore {
        /// The design as JSON.
        design: String,
        /// What [`Update::Saved`] held.
        state: Vec<u8>,
    },
    /// Starts or resumes.
    Play,
    /// Stops the clock.
    Pause,
    /// One event forward; pauses.
    StepEvent,
    /// One request forward: to the next that is answered or failed; pauses.
    StepRequest,
    /// Back to time 0 with the present design.
    Reset,
    /// As fast as possible to this simulated time; from the beginning if it has passed.
    Seek {
        /// Simulated time, ns.
        to_ns: u64,
    },
    /// Simulated seconds per wall second; infinite is as fast as possible.
    Speed(f64),
    /// Makes something go wrong now.
    Inject {
        /// What it befalls.
        victim: Victim,
        /// What goes wrong.
        trouble: Trouble,
        /// How long, simulated s; `None`: until the run starts anew.
        for_s: Option<f64>,
    },
    /// Test every promise of this design and answer with the verdicts: for a worker of its own, which does nothing else meanwhile.
    Test {
        /// The design as JSON.
        design: String,
    },
    /// Run this design for so long and answer with one point of a curve: for a worker that does nothing else meanwhile.
    Sweep {
        /// The design as JSON.
        design: String,
        /// How long.
        length: Length,
    },
    /// Record single requests, call by call, or stop that.
    Record(bool),
    /// What does theory say? Asked while somebody looks at a component.
    Theory,
    /// Are you there?
    Ping,
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Pack)]
pub enum Update {
    /// The worker listens; messages sent before are lost.
    Started,
    /// This instant.
    Now(Box<Now>),
    /// The chart of the run so far.
    Series(Series),
    /// Hops since the last of these.
    Hops {
        /// The hops.
        hops: Vec<Hop>,
        /// Each stands for this many requests; 0 while none are recorded.
        one_dot_is: u32,
        /// Simulated time, ns.
        now_ns: u64,
    },
    /// What is wrong with the design now; empty when it runs. JSON of `Vec<Problem>`.
    Problems(String),
    /// What theory says of each component that queues or keeps something, by id.
    Theory(Vec<(String, Comparison)>),
    /// The whole run, to go on from if the worker dies.
    Saved(Vec<u8>),
    /// Single requests that were recorded.
    Requests(Requests),
    /// Verdicts on the promises tested so far.
    Verdicts {
        /// JSON of `Vec<Verdict>`.
        json: String,
        /// Are these all?
        last: bool,
    },
    /// A point of a sweep.
    Swept {
        /// What came out.
        point: Point,
        /// Why nothing did; empty otherwise.
        problem: String,
    },
    /// I am here.
    Pong,
}

/// Single requests, and where their time goes.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub struct Requests {
    /// The latest that are over, oldest first.
    pub recent: Vec<RequestTrace>,
    /// The slowest of all recorded.
    pub slowest: Vec<RequestTrace>,
    /// Where the time of the latest goes.
    pub profile: Vec<ProfileRow>,
}

/// The state of the run at an instant.
#[derive(Clone, Debug, PartialEq, Pack)]
pub struct Now {
    /// Is the clock running?
    pub playing: bool,
    /// Is there a design that runs?
    pub runnable: bool,
    /// Simulated seconds per wall second, as measured lately; 0 when paused.
    pub pace: f64,
    /// What the screen draws.
    pub snapshot: Snapshot,
}

/// The bytes of a message.
pub fn encode<T: Pack>(message: &T) -> Vec<u8> {
    backpressure_pack::to_bytes(message)
}

/// The message in these bytes; `None` if they are not one, which cannot happen between two ends of one build.
pub fn decode<T: Pack>(bytes: &[u8]) -> Option<T> {
    backpressure_pack::from_bytes(bytes)
}

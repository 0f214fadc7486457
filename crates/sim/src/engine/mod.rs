//! Clock, calendar, random streams, distributions, requests.

mod booking;
pub mod calendar;
pub mod call;
pub mod caller;
mod context;
pub mod copies;
pub mod cpu;
mod edit;
pub mod faults;
pub(crate) mod heap;
pub mod line;
pub mod locks;
pub mod pool;
mod ring;
pub mod rng;
pub mod sampler;
mod simulation;
mod spent;
mod state;
pub mod table;
mod truth;
mod wheel;
pub(crate) mod world;
pub mod ziggurat;
pub mod zipf;

pub use context::{Context, Downstream, Facts, Reply};
pub use faults::Victim;
pub use simulation::{Ran, Simulation};
pub(crate) use spent::Spent;
pub use world::{CONNECTION_GIVES_UP_NS, EndpointFacts};

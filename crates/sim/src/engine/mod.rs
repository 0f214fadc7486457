//! Clock, calendar, random streams, distributions, requests.

pub mod calendar;
pub mod call;
mod context;
mod edit;
mod heap;
pub mod pool;
pub mod rng;
pub mod sampler;
mod simulation;
mod state;
mod wheel;
pub(crate) mod world;
pub mod ziggurat;
pub mod zipf;

pub use context::{Context, Downstream, Facts, Reply};
pub use simulation::{Ran, Simulation};

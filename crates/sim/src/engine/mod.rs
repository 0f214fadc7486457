//! Clock, calendar, random streams, distributions, requests.

/// A running design. The whole of it is a value: clone it, save it, continue it.
#[derive(Clone, Debug)]
pub struct Simulation {}

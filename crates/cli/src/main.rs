//! `backpressure`: the simulation without a screen.
fn main() {}

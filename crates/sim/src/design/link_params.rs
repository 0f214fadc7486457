//! Parameters of a link.

use super::Distribution;
use super::macros::params;

params! {
    /// Parameters of a link.
    pub struct LinkParams {
        /// Time a message takes one way; a reply takes as long again.
        latency: Distribution = Distribution::Constant { mean_ms: 0.5 }, label "Latency";
        /// Share of the traffic a weighted load balancer sends this way, against its other links.
        weight: f64 = 1.0, label "Weight", range 0.0..=1_000_000.0, advanced;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_link_takes_half_a_millisecond() {
        assert_eq!(LinkParams::default().latency.mean_ms(), 0.5);
        assert_eq!(LinkParams::fields().len(), 2);
    }
}

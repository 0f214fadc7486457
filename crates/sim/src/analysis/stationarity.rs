//! Is the run in a steady state? Where more is offered than can be done, queues grow as long as the run goes on, and an
//! average over it says only how long that was.

use crate::engine::Simulation;
use crate::metrics::{NodeCounters, node_row};
use crate::words::figure;

/// A queue that grew while it was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Growing {
    /// Id of the node.
    pub node: String,
    /// Its name, or what it is.
    pub name: String,
    /// Calls arriving per simulated second.
    pub offered_per_s: f64,
    /// Calls that leave per simulated second.
    pub done_per_s: f64,
    /// Mean number waiting at the beginning and at the end of what was measured.
    pub queue: [f64; 2],
    /// Did it still grow at the end? If not, it was filling up and has come to rest since.
    pub still: bool,
}

impl Growing {
    /// What a person has to know of it.
    pub fn sentence(&self) -> String {
        if !self.still {
            return format!(
                "{} was not in a steady state all the time: its queue grew from {} to {} before it came to rest. Averages \
                 and percentiles mix the two; begin to measure later.",
                self.name,
                figure(self.queue[0]),
                figure(self.queue[1]),
            );
        }
        format!(
            "{} is not in a steady state: {} requests/s arrive and {} are done, so its queue grows ({} waited at first, {} at \
             the end). Averages and percentiles only say how long the run was; offer less, or add capacity.",
            self.name,
            figure(self.offered_per_s),
            figure(self.done_per_s),
            figure(self.queue[0]),
            figure(self.queue[1]),
        )
    }

    /// The same as a second sentence, where the reader sees the figures of the component.
    pub fn short_sentence(&self) -> String {
        format!(" The queue of {} grows and grows: averages and percentiles only say for how long.", self.name)
    }
}

/// Batches that a trend is seen in.
const FEWEST: usize = 8;
/// Mann–Kendall: a trend by chance is as strong as this once in 200 times.
const TREND: f64 = 2.576;
/// By chance a queue at full load grows by less than three times √(arrivals + departures) in 99.7 % of runs.
const CHANCE: f64 = 3.0;

/// The nodes whose queues grow without end, in the order of the design.
pub fn growing(sim: &Simulation) -> Vec<Growing> {
    let mut all = unsteady(sim);
    all.retain(|g| g.still);
    all
}

/// The nodes whose queues grew while they were measured, in the order of the design.
///
/// A queue grew if the mean number waiting rises from batch to batch (the rank test of Mann, 1945, and Kendall), if it
/// rose by more than arrivals and departures at equal rates would make it wander; it still grows if
/// a quarter of that was in the second half.
pub fn unsteady(sim: &Simulation) -> Vec<Growing> {
    let world = sim.world();
    let mut out = Vec::new();
    for &n in &world.node_order {
        let node = &world.nodes[n as usize];
        if let Some((queue, still)) = growth(&node.counters) {
            let rate = |c: usize| node.counters.batches.ratio(c, node_row::TIME).unwrap_or(0.0) * 1e9;
            let offered_per_s = rate(node_row::ARRIVED);
            out.push(Growing {
                node: node.id.clone(),
                name: super::bottleneck::name_of(node),
                offered_per_s,
                done_per_s: rate(node_row::LEFT),
                queue,
                still,
            });
        }
    }
    out
}

/// The mean queue of the first and the last batch, if it grew, and whether it still does.
fn growth(counters: &NodeCounters) -> Option<([f64; 2], bool)> {
    use node_row::{ARRIVED, LEFT, TIME, WAITING};
    let batches = &counters.batches;
    let times = batches.growth(TIME);
    let queues: Vec<f64> = batches.growth(WAITING).iter().zip(&times).map(|(area, t)| area / t.max(1.0)).collect();
    let (first, last) = (*queues.first()?, *queues.last()?);
    let middle = queues[queues.len() / 2];
    let moved: f64 = batches.growth(ARRIVED).iter().chain(&batches.growth(LEFT)).sum();
    let wandering = CHANCE * moved.sqrt();
    let grew = queues.len() >= FEWEST && last - first > wandering && mann_kendall(&queues) > TREND;
    grew.then_some(([first, last], last - middle > (last - first) / 4.0))
}

/// The statistic of the Mann–Kendall test for a rising trend: standard normal where there is none.
fn mann_kendall(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mut s = 0.0;
    for (i, early) in values.iter().enumerate() {
        for late in &values[i + 1..] {
            s += f64::from(i8::from(late > early) - i8::from(late < early));
        }
    }
    s / (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rank_test_is_that_of_the_textbook() {
        // Five rising values: S = 10, Var = 5·4·15/18 = 16.67.
        assert!((mann_kendall(&[1.0, 2.0, 3.0, 4.0, 5.0]) - 10.0 / (300.0f64 / 18.0).sqrt()).abs() < 1e-12);
        assert_eq!(mann_kendall(&[1.0; 20]), 0.0);
        assert!(mann_kendall(&[5.0, 4.0, 3.0, 2.0, 1.0]) < -2.0);
    }
}

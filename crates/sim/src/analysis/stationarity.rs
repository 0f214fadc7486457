//! Is the run in a steady state? Where more is offered than can be done, queues grow as long as the run goes on, or until they
//! are full, and an average says only how long that was, or how long the queue may be.
//!
//! Two things are looked for. A *trend*: the mean number waiting rises from batch to batch (the rank test of Mann, 1945, and
//! Kendall), by more than arrivals and departures at equal rates would make it wander. And an *overload*: slots that were busy
//! all the time, and more that came than they could have done. The second needs no long run to show: at 128 requests/s and a
//! capacity of 125 the trend drowns in chance for ten minutes.

use super::relaxation::{Load, closed_cycle_ns};
use crate::engine::Simulation;
use crate::engine::call::Reason;
use crate::engine::world::{NodeCore, World};
use crate::metrics::{NodeCounters, node_row};
use crate::words::figure;

/// A component that was not in a steady state while it was measured, or only because its queue is full.
#[derive(Clone, Debug, PartialEq)]
pub struct Growing {
    /// Id of the node.
    pub node: String,
    /// Its name, or what it is.
    pub name: String,
    /// Calls arriving per simulated second.
    pub offered_per_s: f64,
    /// Calls that it answers per simulated second.
    pub done_per_s: f64,
    /// Mean number waiting at the beginning and at the end of what was measured.
    pub queue: [f64; 2],
    /// What became of it.
    pub state: State,
    /// Number of the node.
    pub(crate) number: u32,
    /// Did the queue grow while it was measured?
    grew: bool,
}

/// What became of a queue that was not in a steady state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It still grew at the end.
    Growing,
    /// It was filling up and has come to rest since.
    AtRest,
    /// It is full, and what there is no room for is refused.
    Full,
}

impl Growing {
    /// Do averages over the run mix different states?
    pub(crate) fn grew(&self) -> bool {
        self.grew
    }

    /// What a person has to know of it.
    pub fn sentence(&self) -> String {
        let [first, last] = self.queue.map(figure);
        let (name, offered, done) = (&self.name, figure(self.offered_per_s), figure(self.done_per_s));
        match self.state {
            State::AtRest => format!(
                "{name} was not in a steady state all the time: its queue grew from {first} to {last} before it came to rest. \
                 Averages and percentiles mix the two; begin to measure later."
            ),
            State::Growing => format!(
                "{name} is not in a steady state: {offered} requests/s arrive and {done} are done, so its queue grows ({first} \
                 waited at first, {last} at the end). Averages and percentiles only say how long the run was; offer less, or \
                 add capacity."
            ),
            State::Full => format!(
                "{name} is asked for more than it can do: {offered} requests/s arrive and {done} are done; its queue is full, and \
                 the rest is refused. Latencies say how long the queue may be{}; offer less, or add capacity.",
                if self.grew { ", and averages how long it took to fill" } else { "" }
            ),
        }
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
/// Slots that are busy for so long were busy all the time, but for what chance left at the beginning.
const ALWAYS_BUSY: f64 = 0.97;
/// An overload is told from a load this far below capacity, 99.9 % sure. Nearer to capacity it makes no difference: averages
/// take longer to settle there than any run of that length.
const NEARLY_FULL: f64 = 0.04;
/// See [`NEARLY_FULL`]: so many standard deviations.
const SURE: f64 = 3.0;
/// A queue of which so much is taken is full but for the calls that just left.
const FULL: f64 = 0.9;

/// The nodes whose queues grow without end, in the order of the design.
pub fn growing(sim: &Simulation) -> Vec<Growing> {
    let mut all = unsteady(sim);
    all.retain(|g| g.state == State::Growing);
    all
}

/// The nodes that were not in a steady state while they were measured, or are only because they refuse what is too much, in
/// the order of the design.
pub fn unsteady(sim: &Simulation) -> Vec<Growing> {
    let world = sim.world();
    world.node_order.iter().filter_map(|&n| look(world, n)).collect()
}

fn look(world: &World, number: u32) -> Option<Growing> {
    let node = &world.nodes[number as usize];
    let (queue, trend) = course(&node.counters)?;
    let over = overload(node).filter(|_| closed_cycle_ns(world, number).is_none());
    let full = over.is_some_and(|over| is_full(node, queue[1]) || (over == Over::Refused && refuses(node)));
    let state = match (trend, over) {
        _ if full => State::Full,
        (_, Some(Over::Accepted)) if queue[1] > queue[0] => State::Growing,
        (Some(true), _) => State::Growing,
        (Some(false), _) => State::AtRest,
        _ => return None,
    };
    let rate = |counter: usize| node.counters.batches.ratio(counter, node_row::TIME).unwrap_or(0.0) * 1e9;
    Some(Growing {
        node: node.id.clone(),
        name: super::bottleneck::name_of(node),
        offered_per_s: rate(node_row::ARRIVED),
        done_per_s: rate(node_row::LEFT) - if full { rate(node_row::FAILED) } else { 0.0 },
        queue,
        state,
        number,
        grew: trend.is_some() || state == State::Growing || filled(node, queue),
    })
}

/// The mean queue of the first and the last batch; and if it rose, whether it still does: whether a quarter of that was in the
/// second half.
fn course(counters: &NodeCounters) -> Option<([f64; 2], Option<bool>)> {
    use node_row::{ARRIVED, LEFT, TIME, WAITING};
    let batches = &counters.batches;
    let times = batches.growth(TIME);
    let queues: Vec<f64> = batches.growth(WAITING).iter().zip(&times).map(|(area, t)| area / t.max(1.0)).collect();
    let (first, last) = (*queues.first()?, *queues.last()?);
    if queues.len() < FEWEST {
        return None;
    }
    let middle = queues[queues.len() / 2];
    let wandering = CHANCE * (batches.grown(ARRIVED) + batches.grown(LEFT)).sqrt();
    let grew = last - first > wandering && mann_kendall(&queues) > TREND;
    Some(([first, last], grew.then_some(last - middle > (last - first) / 4.0)))
}

/// More came than could be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// More was let in than could be done.
    Accepted,
    /// What was too much failed.
    Refused,
}

/// Did more come than the slots could have done, while all of them were busy?
fn overload(node: &NodeCore) -> Option<Over> {
    let load = Load::of(node).filter(|load| load.busy >= ALWAYS_BUSY)?;
    let enough = 1.0 + (SURE * load.error() - NEARLY_FULL).max(0.0);
    match () {
        () if load.accepted() > enough => Some(Over::Accepted),
        () if load.offered > enough => Some(Over::Refused),
        () => None,
    }
}

/// Does it refuse calls because too many wait? Without a queue nobody waits, and latencies are what they are.
fn refuses(node: &NodeCore) -> bool {
    node.counters.failed[Reason::QueueFull as usize] > 0 && node.facts.queue_limit.is_some_and(|limit| limit > 0)
}

fn is_full(node: &NodeCore, waiting: f64) -> bool {
    refuses(node) && waiting >= FULL * node.facts.queue_limit.map_or(f64::INFINITY, f64::from)
}

/// Did it fill while it was measured?
fn filled(node: &NodeCore, [first, last]: [f64; 2]) -> bool {
    is_full(node, last) && first < FULL * last
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

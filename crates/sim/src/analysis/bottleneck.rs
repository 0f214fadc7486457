//! Names the component that limits the system, in one plain sentence with the figures that say so.

use super::stationarity;
use crate::engine::Simulation;
use crate::engine::call::Reason;
use crate::engine::world::NodeCore;
use crate::metrics::{Finding, Health, NodeSnapshot, Snapshot};
use crate::words::{count, count_are, figure, rounded, whole};

/// Above this share of busy slots a component is called busy.
pub const BUSY: f64 = 0.8;
/// Above this share it is called saturated: what little is left is chance.
pub const SATURATED: f64 = 0.97;

/// The finding for this snapshot of this run.
pub fn finding(snapshot: &Snapshot, sim: &Simulation) -> Finding {
    let mut finding = limit(snapshot, sim);
    let growing = stationarity::growing(sim);
    if let Some(worst) = growing.iter().max_by(|a, b| a.queue[1].total_cmp(&b.queue[1])) {
        finding.sentence.push_str(&worst.short_sentence());
        if finding.health != Health::Failing {
            finding.health = Health::Saturated;
        }
    }
    finding.growing = growing.into_iter().map(|g| g.node).collect();
    finding
}

/// What limits the system.
fn limit(snapshot: &Snapshot, sim: &Simulation) -> Finding {
    if snapshot.totals.offered == 0 {
        return Finding::default();
    }
    let failed: f64 = snapshot.window.failed_per_s.iter().map(|(_, rate)| rate).sum();
    let losing = failed > 0.001 * snapshot.window.offered_per_s.max(1e-9) && failed > 0.0;
    // Unless something is short: then that counts more.
    let mut nodes = snapshot.nodes.iter().zip(&sim.world().node_order);
    if nodes.any(|(node, &n)| lined_up(node, &sim.world().nodes[n as usize]))
        && snapshot.nodes.iter().all(|n| n.utilisation.is_none_or(|u| u < BUSY))
        && let Some(finding) = badly_spread(snapshot, sim, losing)
    {
        return finding;
    }
    let limiting = limiting(snapshot, sim);
    // Slots are not all that can be short.
    if !losing
        && limiting.is_none_or(|(_, node)| pressure(node) < SATURATED)
        && let Some(finding) = ailing(snapshot, sim)
    {
        return finding;
    }
    // What is busy says why nothing is answered.
    if limiting.is_none_or(|(_, node)| node.utilisation.is_none_or(|busy| busy < BUSY))
        && let Some(finding) = stuck(snapshot)
    {
        return finding;
    }
    let Some((n, node)) = limiting else {
        let health = if losing { Health::Failing } else { Health::Healthy };
        let sentence = if losing {
            format!("{} fail: {}.", requests_per_s(failed), reasons(snapshot, sim))
        } else {
            "No component has a limit that this traffic comes near.".to_owned()
        };
        return Finding { node: None, sentence, health, ..Finding::default() };
    };
    let name = name_of(&sim.world().nodes[sim.world().node_order[n] as usize]);
    let busy = pressure(node);
    if losing && busy < BUSY {
        // That they fail is the news, and nothing that is short explains it.
        let node = down(sim).first().map(|core| core.id.clone());
        let sentence = format!("{} fail: {}.", requests_per_s(failed), reasons(snapshot, sim));
        return Finding { node, sentence, health: Health::Failing, ..Finding::default() };
    }
    let health = match () {
        () if losing => Health::Failing,
        () if busy >= SATURATED => Health::Saturated,
        () if busy >= BUSY => Health::Busy,
        () => Health::Healthy,
    };
    let mut sentence = match () {
        () if busy >= SATURATED => format!(
            "The bottleneck is {name}: {} busy and {}.",
            share_of(if is_full(node) { 1.0 } else { busy }, &places(node)),
            waiting(f64::from(node.queue))
        ),
        () if busy >= BUSY => {
            format!(
                "The busiest is {name}: {} busy{}; {} requests/s come, and some {} are all it can do.",
                share_of(busy, &places(node)),
                waits(node.queue_mean),
                figure(node.rate_in_per_s),
                figure(node.rate_in_per_s / busy)
            )
        }
        () if busy < IDLE => "Nothing is short: no component has much to do.".to_owned(),
        () => format!("Nothing is short: the busiest is {name}, where {} in use.", share_of(busy, &places(node))),
    };
    if losing {
        // What is short explains why they fail.
        sentence.push_str(&format!(" {} fail: {}.", requests_per_s(failed), reasons(snapshot, sim)));
    } else if snapshot.window.in_time_per_s < 0.95 * snapshot.window.answered_per_s {
        let late = snapshot.window.answered_per_s - snapshot.window.in_time_per_s;
        sentence.push_str(&format!(" {} are answered too late to be of use.", requests_per_s(late)));
    }
    Finding { node: Some(node.id.clone()), sentence, health, ..Finding::default() }
}

/// Below this share of busy slots nothing is busy.
const IDLE: f64 = 0.01;

/// So many wait for each slot, and never fewer than [`MANY`], while all slots are busy: that is short now, whatever the average
/// over the last while was.
const LONG: u32 = 2;
/// See [`LONG`].
const MANY: u32 = 10;

/// Are all slots busy now, and that many waiting for one?
fn is_full(node: &NodeSnapshot) -> bool {
    let long = node.slots.saturating_mul(LONG).max(MANY);
    node.slots > 0 && node.busy >= node.slots && node.queue >= long
}

/// Share of the slots that are busy lately; where it is full at this instant, it counts as saturated.
fn pressure(node: &NodeSnapshot) -> f64 {
    let busy = node.utilisation.unwrap_or(0.0);
    if is_full(node) { busy.max(SATURATED) } else { busy }
}

/// A component with another limit than slots, or that loses what no user waits for: it says so itself.
#[inline(never)]
fn ailing(snapshot: &Snapshot, sim: &Simulation) -> Option<Finding> {
    let mut worst: Option<Finding> = None;
    for (node, &n) in snapshot.nodes.iter().zip(&sim.world().node_order) {
        let core = &sim.world().nodes[n as usize];
        let Some(kind) = crate::components::kind(&core.kind) else { continue };
        let Some((health, words)) = node.ails.zip((kind.says)(node)) else { continue };
        if worst.as_ref().is_some_and(|w| grave(w.health) >= grave(health)) {
            continue;
        }
        let name = name_of(core);
        let sentence = match health {
            Health::Failing => format!("No user hears of it, but {name} loses what it was given. {words}"),
            _ => format!("The bottleneck is {name}. {words}"),
        };
        worst = Some(Finding { node: Some(node.id.clone()), sentence, health, ..Finding::default() });
    }
    worst
}

fn grave(health: Health) -> u8 {
    match health {
        Health::Idle | Health::Healthy => 0,
        Health::Busy => 1,
        Health::Saturated => 2,
        Health::Failing => 3,
    }
}

/// More wait on average for each slot than this, while slots are free: they stand behind the wrong ones.
const LINED_UP: f64 = 2.0;

/// Do requests wait at some instances of this component while it has slots to spare?
fn lined_up(node: &NodeSnapshot, core: &NodeCore) -> bool {
    core.facts.instances > 1
        && node.slots > 0
        && node.queue_mean > LINED_UP * f64::from(node.slots)
        && !core.impaired.any
}

/// Where requests wait at busy instances of a component while others of its instances have nothing to do.
#[inline(never)]
fn badly_spread(snapshot: &Snapshot, sim: &Simulation, losing: bool) -> Option<Finding> {
    let nodes = snapshot.nodes.iter().zip(&sim.world().node_order);
    let spread =
        nodes.map(|(node, &n)| (node, &sim.world().nodes[n as usize])).filter(|(node, core)| lined_up(node, core));
    let (node, core) = spread.max_by(|a, b| a.0.queue_mean.total_cmp(&b.0.queue_mean))?;
    let sentence = format!(
        "{} is not short, but badly used: {:.0} requests wait on average behind some of its {} instances, while others have nothing to do; {} in use.",
        name_of(core),
        node.queue_mean,
        core.facts.instances,
        share_of(node.utilisation.unwrap_or(0.0), &places(node))
    );
    let health = if losing { Health::Failing } else { Health::Busy };
    Some(Finding { node: Some(node.id.clone()), sentence, health, ..Finding::default() })
}

/// Requests come, and none of them ends. (What begins in the middle of a run has a window of less than a second.)
#[inline(never)]
fn stuck(snapshot: &Snapshot) -> Option<Finding> {
    let (window, totals) = (&snapshot.window, &snapshot.totals);
    let ended = window.answered_per_s > 0.0 || window.failed_per_s.iter().any(|(_, rate)| *rate > 0.0);
    // So few that none is due yet say nothing.
    if ended || window.seconds < 1.0 || window.offered_per_s * window.seconds < 10.0 {
        return None;
    }
    let seconds = libm::round(window.seconds) as u32;
    let sentence = format!(
        "Nothing was answered in the last {}: {} under way.",
        if seconds == 1 { "second".to_owned() } else { format!("{seconds} s") },
        if totals.in_flight == 1 { "1 request is".to_owned() } else { format!("{} requests are", totals.in_flight) },
    );
    // At the start it may be early; later it is news.
    let health = if totals.answered > 0 { Health::Failing } else { Health::Busy };
    Some(Finding { node: None, sentence, health, ..Finding::default() })
}

/// The node that limits the system: the busiest; and where a busy one only waits for a busy one that it calls, that one.
fn limiting<'a>(snapshot: &'a Snapshot, sim: &Simulation) -> Option<(usize, &'a NodeSnapshot)> {
    let busy = |i: usize| if snapshot.nodes[i].utilisation.is_some() { pressure(&snapshot.nodes[i]) } else { -1.0 };
    let mut at = (0..snapshot.nodes.len()).filter(|&i| busy(i) >= 0.0).max_by(|&a, &b| busy(a).total_cmp(&busy(b)))?;
    // Slots are held during downstream calls, so a saturated store saturates its callers: follow the calls down. Each
    // step goes to a node that is nearly as busy; designs have no cycles.
    while let Some(next) = callees(sim, at)
        .into_iter()
        .filter(|&c| busy(c) >= SATURATED.min(busy(at)))
        .max_by(|&a, &b| busy(a).total_cmp(&busy(b)))
    {
        at = next;
    }
    Some((at, &snapshot.nodes[at]))
}

/// Places (in the design's order) of the nodes that the node at this place calls, directly or through others without
/// slots.
fn callees(sim: &Simulation, place: usize) -> Vec<usize> {
    let world = sim.world();
    let mut out = Vec::new();
    let mut open = vec![world.node_order[place]];
    let mut seen = vec![false; world.nodes.len()];
    while let Some(n) = open.pop() {
        for &l in &world.nodes[n as usize].out {
            let to = world.links[l as usize].to;
            if std::mem::replace(&mut seen[to as usize], true) {
                continue;
            }
            if world.nodes[to as usize].facts.slots > 0 {
                out.extend(world.node_order.iter().position(|&o| o == to));
            } else {
                open.push(to);
            }
        }
    }
    out
}

/// What a node has too few of, if of anything.
fn places(node: &NodeSnapshot) -> String {
    let (many, what) = if node.scarce_cores > 0 { (node.scarce_cores, "core") } else { (node.slots, "slot") };
    if many == 1 { format!("only {what}") } else { count(u64::from(many), what) }
}

/// "87 % of its 8 slots are", or "80 % of its only slot is".
fn share_of(busy: f64, places: &str) -> String {
    let are = if places.starts_with("only ") { "is" } else { "are" };
    format!("{} of its {places} {are}", percent(busy))
}

/// What people call a node: its name, or what it is.
pub(crate) fn name_of(node: &NodeCore) -> String {
    if !node.name.is_empty() {
        return node.name.clone();
    }
    crate::components::kind(&node.kind).map_or_else(|| node.id.clone(), |k| k.label.to_owned())
}

fn percent(share: f64) -> String {
    format!("{:.0} %", (share * 100.0).min(100.0))
}

/// "1 request waits", "3 requests wait".
fn waiting(mean: f64) -> String {
    let n = rounded(mean);
    format!("{} {}", count(n, "request"), if n == 1 { "waits" } else { "wait" })
}

fn waits(mean: f64) -> String {
    if mean >= 0.5 { format!(" and {} on average", waiting(mean)) } else { String::new() }
}

fn requests_per_s(rate: f64) -> String {
    format!("{} requests/s", figure(rate))
}

/// The failures that happen now, most frequent first.
fn reasons(snapshot: &Snapshot, sim: &Simulation) -> String {
    let mut by: Vec<&(String, f64)> = Vec::new();
    for reason in snapshot.window.failed_per_s.iter().filter(|(_, rate)| *rate > 0.0) {
        by.insert(by.partition_point(|before| before.1 >= reason.1), reason);
    }
    let words = |(reason, _): &&(String, f64)| match Reason::named(reason) {
        Some(Reason::Refused) => refused_by(&down(sim)),
        Some(reason) => reason.words().to_owned(),
        None => reason.clone(),
    };
    by.iter().map(words).collect::<Vec<_>>().join(", ")
}

/// What refuses connections: components that are called and down, as a whole or in part.
fn down(sim: &Simulation) -> Vec<&NodeCore> {
    let nodes = sim.world().node_order.iter().map(|&n| &sim.world().nodes[n as usize]);
    nodes.filter(|core| core.impaired.any && instances_down(core) > 0).collect()
}

/// Instances of a component that are down.
fn instances_down(core: &NodeCore) -> u16 {
    // What decides by itself which of its machines serves a call has more of them than a caller sees.
    if core.facts.routes && !core.impaired.is_down(u16::MAX) {
        return core.impaired.instances_down.len() as u16;
    }
    (0..core.facts.instances.max(1)).filter(|i| core.impaired.is_down(*i)).count() as u16
}

/// "connection refused by Web, where 1 of 4 instances is down". Names two at most.
#[inline(never)]
fn refused_by(down: &[&NodeCore]) -> String {
    let one = |core: &&NodeCore| {
        let (name, many, of) = (name_of(core), instances_down(core), core.facts.instances.max(1));
        let (many, of) = (u64::from(many), u64::from(of));
        match () {
            () if core.facts.routes && !core.impaired.is_down(u16::MAX) => {
                format!("{name}, where {} down", count_are(many, "machine"))
            }
            () if many < of => {
                let is = if many == 1 { "is" } else { "are" };
                format!("{name}, where {} of {} {is} down", whole(many), count(of, "instance"))
            }
            () if of > 1 => format!("{name}, all {} of which are down", count(of, "instance")),
            () => format!("{name}, which is down"),
        }
    };
    let mut told: Vec<String> = down.iter().take(2).map(one).collect();
    match down.len() {
        0 => return "connection refused by what was down".to_owned(),
        1 | 2 => {}
        more => told.push(count(more as u64 - 2, "other")),
    }
    format!("connection refused by {}", told.join(", and by "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_is_long_now_is_short_of_slots_whatever_the_average_was() {
        let node = |busy, queue| NodeSnapshot { slots: 8, busy, queue, utilisation: Some(0.47), ..Default::default() };
        assert_eq!(pressure(&node(8, 164)), SATURATED);
        assert_eq!(pressure(&node(8, 15)), 0.47, "less than two for each slot come and go");
        assert_eq!(pressure(&node(7, 164)), 0.47, "those stand at another instance");
    }

    #[test]
    fn one_and_several_are_told_apart() {
        let slots = |slots| places(&NodeSnapshot { slots, ..Default::default() });
        assert_eq!(share_of(0.8, &slots(1)), "80 % of its only slot is");
        assert_eq!(share_of(0.875, &slots(8)), "88 % of its 8 slots are");
        assert_eq!(share_of(0.1, &slots(1200)), "10 % of its 1,200 slots are");
        assert_eq!([waiting(1.2), waiting(3.4)], ["1 request waits", "3 requests wait"]);
        assert_eq!(waits(0.4), "");
        assert_eq!(waits(0.6), " and 1 request waits on average");
    }
}

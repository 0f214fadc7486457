//! Says in a sentence what is going wrong, for as long as it does.

use crate::design::{Direction, Schedule, Trouble};
use crate::engine::faults::FaultCore;
use crate::engine::{Simulation, Victim};
use crate::metrics::{PartMark, PartSnapshot, TAKING_OVER};
use crate::words::figure;

/// Most sentences at once.
const MOST: usize = 8;

/// What each fault that is active now does: (the node it befalls, or that the link leads to, and a sentence).
pub(crate) fn remarks(sim: &Simulation) -> Vec<(String, String)> {
    let active = sim.world().faults.iter().filter(|f| f.active);
    active
        .filter_map(|f| {
            let (node, words) = remark(sim, &f.victim, &f.params.trouble)?;
            Some((node, words + &by_chance(f, sim.now_ns())))
        })
        .take(MOST)
        .collect()
}

/// Of a fault that comes at random: how often it came, and how that compares with what its mean times promise.
fn by_chance(fault: &FaultCore, now: u64) -> String {
    let Schedule::Random { mtbf_s, mttr_s } = fault.params.schedule else {
        return String::new();
    };
    let lasted = fault.lasted_ns + now.saturating_sub(fault.began_at);
    format!(
        " {} so far, {:.0} % of the time; with {mtbf_s} s between failures and {mttr_s} s to repair it will be {:.0} %.",
        if fault.times == 1 { "Once".to_owned() } else { format!("{} times", fault.times) },
        100.0 * lasted as f64 / now.max(1) as f64,
        100.0 * mttr_s / (mtbf_s + mttr_s)
    )
}

fn remark(sim: &Simulation, victim: &Victim, trouble: &Trouble) -> Option<(String, String)> {
    let world = sim.world();
    match victim {
        Victim::Node(id) => Some((id.clone(), of_server(sim, id, trouble).unwrap_or_else(|| of_node(trouble)))),
        Victim::Zone(zone) => {
            let mut inside = (world.node_order.iter()).map(|&n| &world.nodes[n as usize]);
            let first = inside.find(|n| n.zone.as_ref() == Some(zone))?;
            let others = inside.filter(|n| n.zone.as_ref() == Some(zone)).count();
            let also = match others {
                0 => String::new(),
                1 => " The same for the other component of its zone.".to_owned(),
                n => format!(" The same for the {n} others of its zone."),
            };
            Some((first.id.clone(), of_node(trouble) + &also))
        }
        Victim::Link(id) => {
            let link = world.link_order.iter().map(|&l| &world.links[l as usize]).find(|l| l.id == *id)?;
            let (from, to) = (&world.nodes[link.from as usize], &world.nodes[link.to as usize]);
            Some((to.id.clone(), of_link(trouble, super::bottleneck::name_of(from))))
        }
    }
}

/// Of one server of several that keep the same, by its part among them.
fn of_server(sim: &Simulation, id: &str, trouble: &Trouble) -> Option<String> {
    let (Trouble::Crash { instance: Some(n), .. } | Trouble::Slow { instance: Some(n), .. }) = trouble else {
        return None;
    };
    let place = sim.world().node_order.iter().find(|&&at| sim.world().nodes[at as usize].id == *id)?;
    let inside = sim.behaviours[*place as usize].made_of(&|_| true)?;
    let leads = |part: Option<&PartSnapshot>| part.is_some_and(|part| part.mark == PartMark::Leads);
    if !inside.parts.iter().any(|part| leads(Some(part))) {
        return None;
    }
    // The first primary has the number 0, also when another leads meanwhile.
    let server = match (*n, leads(inside.parts.get(*n as usize))) {
        (_, true) => "The primary".to_owned(),
        (0, false) => "The old primary".to_owned(),
        (n, false) => format!("Replica {n}"),
    };
    Some(match trouble {
        Trouble::Slow { factor, .. } => format!("{server} takes {factor:.1} times as long for all work."),
        _ if inside.caption.ends_with(TAKING_OVER) => format!("{server} is down; {}.", inside.caption),
        _ => format!("{server} is down; what was in it is lost."),
    })
}

fn of_node(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Crash { instance: Some(n), .. } => format!("Instance {n} is down; what was in it is lost."),
        Trouble::Crash { .. } => "Down; what was in it is lost.".to_owned(),
        Trouble::Slow { factor, instance: None } => format!("All work takes {} times as long.", figure(*factor)),
        Trouble::Slow { factor, instance: Some(n) } => {
            format!("Work of instance {n} takes {} times as long.", figure(*factor))
        }
        Trouble::Errors { error_rate } => {
            format!("{:.0} % of the requests fail with an internal error.", error_rate * 100.0)
        }
        Trouble::Spike { factor } => format!("{} times the usual traffic.", figure(*factor)),
        Trouble::Flush {} => "All it held is gone.".to_owned(),
        Trouble::StuckClock {} => "Its clock stands still: nothing is started.".to_owned(),
        Trouble::DiskFull {} => "The disk is full: writes fail, reads go on.".to_owned(),
        Trouble::ConnectionLeak { leak_per_s } => {
            format!("{} connections a second are never given back.", figure(*leak_per_s))
        }
        Trouble::Latency { .. } | Trouble::Loss { .. } | Trouble::Partition { .. } => String::new(),
    }
}

fn of_link(trouble: &Trouble, from: String) -> String {
    match trouble {
        Trouble::Latency { extra_ms } => {
            format!("The way from {from} takes {extra_ms:.0} ms longer, and so does the way back.")
        }
        Trouble::Loss { share } => format!("{:.0} % of the messages from and to {from} are lost.", share * 100.0),
        Trouble::Partition { direction: Direction::Replies } => {
            format!("Answers do not reach {from}: the work is done, and nobody learns of it.")
        }
        Trouble::Partition { .. } => format!("Nothing arrives from {from}."),
        _ => String::new(),
    }
}

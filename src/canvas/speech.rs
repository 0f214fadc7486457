//! What the system is doing, in sentences for whoever cannot see it. Pure.

use super::description::name_of;
use super::figures::{amount, count, duration, percent, text};
use crate::session::{RunPhase, RunView};
use backpressure_sim::design::Design;
use backpressure_sim::metrics::{Health, NodeSnapshot};

/// Most components spoken of, the worst first: more at once is hard to remember.
const MOST: usize = 4;

/// "Running, 12 s. 300 requests per second answered, 2.1 % failed, p99 2.1 s. Database saturated, queue 240, p99 2.1 s."
pub fn system(design: &Design, run: &RunView) -> String {
    let snapshot = &run.snapshot;
    if snapshot.events == 0 {
        return "Nothing has run yet. P starts.".to_owned();
    }
    #[expect(clippy::cast_precision_loss, reason = "said to three digits")]
    let simulated = text(duration, snapshot.now_ns as f64 / 1e6);
    let mut said = match run.phase {
        RunPhase::Running => format!("Running, {simulated}. "),
        _ => format!("Paused at {simulated}. "),
    };
    let window = &snapshot.window;
    amount(&mut said, window.answered_per_s);
    said.push_str(" requests per second answered");
    let failed: f64 = window.failed_per_s.iter().map(|(_, rate)| rate).sum();
    if failed > 0.0 {
        said.push_str(", ");
        percent(&mut said, failed / (failed + window.answered_per_s));
        said.push_str(" failed");
    }
    if window.latency.count > 0 {
        said.push_str(", p99 ");
        duration(&mut said, window.latency.p99_ms);
    }
    said.push('.');
    let mut bad: Vec<(Health, &NodeSnapshot)> = snapshot
        .nodes
        .iter()
        .zip(&run.status)
        .map(|(node, status)| (status.health, node))
        .filter(|(health, _)| badness(*health) > 0)
        .collect();
    bad.sort_by(|a, b| badness(b.0).cmp(&badness(a.0)).then(b.1.queue.cmp(&a.1.queue)));
    if bad.is_empty() {
        said.push_str(" All components are well.");
    }
    for (health, node) in bad.iter().take(MOST) {
        said.push(' ');
        said.push_str(&component(design, *health, node));
    }
    if bad.len() > MOST {
        said.push_str(&format!(" And {} more.", bad.len() - MOST));
    }
    // Thin spaces are for the eye.
    said.replace('\u{202f}', " ")
}

fn badness(health: Health) -> u8 {
    match health {
        Health::Idle | Health::Healthy => 0,
        Health::Busy => 1,
        Health::Saturated => 2,
        Health::Failing => 3,
    }
}

/// "Database saturated, 98 % utilised, queue 240, p99 2.1 s."
fn component(design: &Design, health: Health, node: &NodeSnapshot) -> String {
    let name = design.nodes.iter().find(|n| n.id == node.id).map_or(node.id.as_str(), name_of);
    let mut said = format!("{name} {}", super::status::word(health).to_ascii_lowercase());
    if let Some(utilisation) = node.utilisation {
        said.push_str(", ");
        percent(&mut said, utilisation);
        said.push_str(" utilised");
    }
    if node.queue > 0 {
        said.push_str(", queue ");
        count(&mut said, u64::from(node.queue));
    }
    if node.residence.count > 0 {
        said.push_str(", p99 ");
        duration(&mut said, node.residence.p99_ms);
    }
    said.push('.');
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use backpressure_sim::design::read;
    use backpressure_sim::metrics::{Latency, Snapshot, Window};

    fn run(nodes: Vec<(NodeSnapshot, Health)>, failed: f64) -> RunView {
        let latency = Latency { count: 9, p99_ms: 2100.0, ..Latency::default() };
        let failed_per_s = vec![("timeout".to_owned(), failed)];
        let window = Window { answered_per_s: 300.0, latency, failed_per_s, ..Window::default() };
        let mut run = RunView::default();
        run.phase = RunPhase::Running;
        run.snapshot = Snapshot { now_ns: 12_300_000_000, events: 9, window, ..Snapshot::default() };
        for (node, health) in nodes {
            run.snapshot.nodes.push(node);
            run.status.push(Default::default());
            run.status.last_mut().expect("just pushed").health = health;
        }
        run
    }

    fn design() -> Design {
        read(br#"{"format":1,"nodes":[{"id":"a","kind":"app_server"},{"id":"d","kind":"sql_database","name":"Orders"}]}"#)
            .design
    }

    fn node(id: &str, utilisation: f64, queue: u32) -> NodeSnapshot {
        let residence = Latency { count: 5, p99_ms: 2100.0, ..Latency::default() };
        let rate = 100.0;
        NodeSnapshot {
            id: id.to_owned(),
            utilisation: Some(utilisation),
            queue,
            rate_in_per_s: rate,
            rate_out_per_s: rate,
            residence,
            ..NodeSnapshot::default()
        }
    }

    #[test]
    fn what_is_bad_is_named_the_worst_first() {
        let said = system(
            &design(),
            &run(vec![(node("a", 0.8, 0), Health::Busy), (node("d", 1.0, 240), Health::Saturated)], 0.0),
        );
        assert_eq!(
            said,
            "Running, 12 s. 300 requests per second answered, p99 2.1 s. \
             Orders saturated, 100 % utilised, queue 240, p99 2.1 s. App server busy, 80 % utilised, p99 2.1 s."
        );
    }

    #[test]
    fn what_is_well_is_not_listed() {
        let said = system(&design(), &run(vec![(node("a", 0.2, 0), Health::Healthy)], 6.0));
        assert_eq!(
            said,
            "Running, 12 s. 300 requests per second answered, 2.0 % failed, p99 2.1 s. All components are well."
        );
    }

    #[test]
    fn before_anything_ran_it_says_how_to_begin() {
        assert_eq!(system(&design(), &RunView::default()), "Nothing has run yet. P starts.");
    }
}

//! What a screen reader says of a component or a link. Pure.

use super::figures::{amount, count, duration, percent, text};
use backpressure_sim::components;
use backpressure_sim::design::{Design, Link, Node};
use backpressure_sim::metrics::NodeSnapshot;

/// Name of a component as people know it: its own, or its kind's label.
pub fn name_of(node: &Node) -> &str {
    if !node.name.trim().is_empty() {
        return &node.name;
    }
    label_of_kind(&node.kind)
}

/// Label of a kind; a kind this build does not know keeps its name.
pub fn label_of_kind(kind: &str) -> &str {
    components::kind(kind).map_or(kind, |k| k.label)
}

/// "App server, busy, 85 % utilised, queue 3, connected to Cache, Database."
pub fn node(design: &Design, node: &Node, word: &str, live: Option<&NodeSnapshot>) -> String {
    let mut out = name_of(node).to_owned();
    let kind = label_of_kind(&node.kind);
    if !out.eq_ignore_ascii_case(kind) {
        out.push_str(", ");
        out.push_str(kind);
    }
    if let Some(live) = live {
        if !word.is_empty() {
            out.push_str(", ");
            out.push_str(&word.to_ascii_lowercase());
        }
        if let Some(utilisation) = live.utilisation {
            out.push_str(", ");
            percent(&mut out, utilisation);
            out.push_str(" utilised");
        }
        out.push_str(", ");
        amount(&mut out, live.rate_in_per_s);
        out.push_str(" requests per second");
        if live.queue_limit.is_some() || live.queue > 0 {
            out.push_str(", queue ");
            count(&mut out, u64::from(live.queue));
        }
        if live.residence.count > 0 {
            out.push_str(", p99 ");
            duration(&mut out, live.residence.p99_ms);
        }
        if let Some(ratio) = live.hit_ratio {
            out.push_str(", hit ratio ");
            percent(&mut out, ratio);
        }
        if live.failed_per_s > 0.0 {
            out.push_str(", ");
            amount(&mut out, live.failed_per_s);
            out.push_str(" failed per second");
        }
    }
    let names = |ids: &mut dyn Iterator<Item = &str>| {
        ids.filter_map(|id| design.node(id)).map(name_of).collect::<Vec<_>>().join(", ")
    };
    let calls = names(&mut design.links.iter().filter(|l| l.from == node.id).map(|l| l.to.as_str()));
    let callers = names(&mut design.links.iter().filter(|l| l.to == node.id).map(|l| l.from.as_str()));
    match (calls.is_empty(), callers.is_empty()) {
        (true, true) => out.push_str(", not connected"),
        (false, true) => out.push_str(&format!(", connected to {calls}")),
        (true, false) => out.push_str(&format!(", called by {callers}")),
        (false, false) => out.push_str(&format!(", connected to {calls}, called by {callers}")),
    }
    out
}

/// "Link from App server to Cache, 240 calls per second."
pub fn link(design: &Design, link: &Link, calls_per_s: Option<f64>) -> String {
    let name = |id: &str| design.node(id).map_or_else(|| id.to_owned(), |n| name_of(n).to_owned());
    let mut out = format!("Link from {} to {}", name(&link.from), name(&link.to));
    if !link.name.trim().is_empty() {
        out.push_str(", ");
        out.push_str(link.name.trim());
    }
    if let Some(calls) = calls_per_s {
        out.push_str(&format!(", {} calls per second", text(amount, calls)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use backpressure_sim::metrics::Latency;
    use serde_json::json;

    fn design() -> Design {
        serde_json::from_value(json!({
            "format": 1,
            "nodes": [
                {"id": "a", "kind": "app_server", "name": "Checkout"},
                {"id": "c", "kind": "cache"},
                {"id": "d", "kind": "sql_database", "name": "Orders"}
            ],
            "links": [{"id": "l1", "from": "a", "to": "c"}, {"id": "l2", "from": "a", "to": "d"}]
        }))
        .expect("a design")
    }

    #[test]
    fn a_component_is_described_with_its_figures_and_neighbours() {
        let design = design();
        let live = NodeSnapshot {
            utilisation: Some(0.85),
            rate_in_per_s: 240.0,
            queue: 3,
            queue_limit: Some(1000),
            residence: Latency { count: 9, p99_ms: 34.0, ..Latency::default() },
            ..NodeSnapshot::default()
        };
        let said = node(&design, &design.nodes[0], "Busy", Some(&live)).replace('\u{202f}', " ");
        assert!(said.starts_with("Checkout, "), "{said}");
        assert!(
            said.ends_with(
                "busy, 85 % utilised, 240 requests per second, queue 3, p99 34 ms, connected to Cache, Orders"
            ),
            "{said}"
        );
    }

    #[test]
    fn a_link_names_both_ends() {
        let design = design();
        assert_eq!(link(&design, &design.links[1], Some(12.0)), "Link from Checkout to Orders, 12 calls per second");
    }
}

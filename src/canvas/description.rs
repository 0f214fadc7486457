//! What a screen reader says of a component or a link. Pure.

use super::figures::{amount, count, duration, percent};
use crate::faults::trouble_label;
use backpressure_sim::components;
use backpressure_sim::design::{Design, Link, Node};
use backpressure_sim::metrics::{LinkSnapshot, NodeSnapshot};

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
        faults(&mut out, &live.faults);
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

/// "Link from App server to Cache, latency 5.0 ms, loss 2.0 %, 240 calls per second, 1.0 % failed, fault: Packet loss."
///
/// `latency_ms` is the mean one way, `loss` the share of messages that its parameters lose.
pub fn link(design: &Design, link: &Link, latency_ms: f64, loss: f64, live: Option<&LinkSnapshot>) -> String {
    let name = |id| design.node(id).map_or(id, name_of);
    let mut out = ["Link from ", name(link.from.as_str()), " to ", name(link.to.as_str())].concat();
    if !link.name.trim().is_empty() {
        out.push_str(", ");
        out.push_str(link.name.trim());
    }
    if latency_ms > 0.0 {
        out.push_str(", latency ");
        duration(&mut out, latency_ms);
    }
    if loss > 0.0 {
        out.push_str(", loss ");
        percent(&mut out, loss);
    }
    if let Some(live) = live {
        live_link(&mut out, live);
    }
    out
}

/// What a link carries now. Nothing has run when the page opens, so a function of its own.
#[inline(never)]
fn live_link(out: &mut String, live: &LinkSnapshot) {
    out.push_str(", ");
    amount(out, live.calls_per_s);
    out.push_str(" calls per second");
    if live.failed_per_s > 0.0 {
        out.push_str(", ");
        percent(out, live.failed_share());
        out.push_str(" failed");
    }
    if live.lost_per_s > 0.0 {
        out.push_str(", ");
        amount(out, live.lost_per_s);
        out.push_str(" messages lost per second");
    }
    match live.breaker.as_deref() {
        Some("closed") => out.push_str(", circuit breaker closed"),
        Some("open") => out.push_str(", circuit breaker open"),
        Some("half_open") => out.push_str(", circuit breaker half open"),
        _ => {}
    }
    faults(out, &live.faults);
}

/// What befalls it at this instant.
fn faults(out: &mut String, faults: &[String]) {
    for fault in faults {
        out.push_str(", fault: ");
        out.push_str(trouble_label(fault));
    }
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
    fn a_component_names_the_faults_that_befall_it() {
        let design = design();
        let live = NodeSnapshot { faults: vec!["crash".to_owned()], ..NodeSnapshot::default() };
        let said = node(&design, &design.nodes[0], "", Some(&live));
        assert!(said.contains(", fault: Crash, connected to "), "{said}");
    }

    #[test]
    fn a_link_names_both_ends_and_what_it_is() {
        let design = design();
        let said = |latency_ms, loss| link(&design, &design.links[1], latency_ms, loss, None).replace('\u{202f}', " ");
        assert_eq!(said(5.0, 0.02), "Link from Checkout to Orders, latency 5.0 ms, loss 2.0 %");
        assert_eq!(said(0.0, 0.0), "Link from Checkout to Orders");
    }

    #[test]
    fn a_link_says_what_it_carries_and_what_befalls_it() {
        let design = design();
        let live = LinkSnapshot {
            calls_per_s: 240.0,
            replies_per_s: 200.0,
            failed_per_s: 50.0,
            lost_per_s: 3.0,
            breaker: Some("half_open".to_owned()),
            faults: vec!["loss".to_owned(), "latency".to_owned()],
            ..LinkSnapshot::default()
        };
        let said = |live| link(&design, &design.links[0], 0.0, 0.0, Some(live)).replace('\u{202f}', " ");
        assert_eq!(
            said(&live),
            "Link from Checkout to Cache, 240 calls per second, 25 % failed, 3 messages lost per second, \
             circuit breaker half open, fault: Packet loss, fault: Latency"
        );
        assert_eq!(said(&LinkSnapshot::default()), "Link from Checkout to Cache, 0 calls per second");
    }
}

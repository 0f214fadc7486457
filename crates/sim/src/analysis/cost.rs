//! What a design costs: each component by its size, or what a person says it costs.

use crate::components::kind;
use crate::design::{Design, Node};
use serde::Serialize;
use std::collections::BTreeMap;

/// Cost of a design.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// All components together, USD per hour.
    pub usd_per_hour: f64,
    /// For a million answered requests at the measured rate, USD; absent if none was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_per_million_requests: Option<f64>,
    /// By node id, USD per hour; only those that cost something.
    pub nodes: BTreeMap<String, f64>,
}

/// Cost of one component, USD per hour: what its node says, or its kind's default for its size.
pub fn of_node(node: &Node) -> f64 {
    node.cost_usd_per_hour.unwrap_or_else(|| kind(&node.kind).map_or(0.0, |k| (k.cost_usd_per_hour)(&node.params)))
}

/// What a million requests cost at so many a second, USD; `None` if there are none.
pub fn per_million(usd_per_hour: f64, per_s: f64) -> Option<f64> {
    (per_s > 0.0).then(|| usd_per_hour / (per_s * 3600.0) * 1e6)
}

/// Cost of a design that answers so many requests per second.
pub fn cost(design: &Design, answered_per_s: f64) -> Cost {
    let nodes: BTreeMap<String, f64> =
        design.nodes.iter().map(|n| (n.id.clone(), of_node(n))).filter(|(_, usd)| *usd > 0.0).collect();
    let usd_per_hour: f64 = nodes.values().sum();
    Cost { usd_per_hour, usd_per_million_requests: per_million(usd_per_hour, answered_per_s), nodes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_persons_price_goes_before_the_default_and_the_parts_add_up() {
        let node = |id: &str, price: serde_json::Value| {
            serde_json::from_value::<Node>(
                json!({"id": id, "kind": "worker", "params": {"cores": 8}, "cost_usd_per_hour": price}),
            )
            .unwrap_or_default()
        };
        let design = Design { nodes: vec![node("a", json!(null)), node("b", json!(1.0))], ..Design::default() };
        let c = cost(&design, 100.0);
        // Eight cores at 0.04, an eighth more for their number.
        assert!((c.nodes["a"] - 0.36).abs() < 1e-12 && c.nodes["b"] == 1.0, "{c:?}");
        assert!((c.usd_per_hour - 1.36).abs() < 1e-12);
        // 100/s is 360,000 an hour: a million take 2.78 hours.
        assert!((c.usd_per_million_requests.unwrap_or(0.0) - 1.36 / 0.36).abs() < 1e-9);
    }
}

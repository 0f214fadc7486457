//! What a design costs: each component by its size, or what a person says it costs.

use crate::components::{Kind, kind};
use crate::design::{Design, Node, Reader};
use crate::engine::world::NodeCore;
use crate::metrics::Own;
use crate::policies::autoscaling::{Autoscaling, INSTANCES, STARTING};
use serde::Serialize;
use serde_json::{Map, Value};
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

/// What a component of a run costs, USD per hour. One that scales itself is priced by its parameters for so many instances; it
/// costs what those cost that really ran since `since_ns`, and those that were starting: they are paid for from then on.
pub(crate) fn as_run(core: &NodeCore, since_ns: u64, now_ns: u64) -> f64 {
    // Asked often: whether it scales is seen without reading its parameters.
    const SCALES: &[u8] = b"\"autoscaling\":{";
    let scales = core.facts.instances > 0 && core.params.as_bytes().windows(SCALES.len()).any(|w| w == SCALES);
    if scales && now_ns > since_ns { scaled(core, since_ns, now_ns) } else { core.cost_usd_per_hour }
}

#[inline(never)]
fn scaled(core: &NodeCore, since_ns: u64, now_ns: u64) -> f64 {
    let usd = core.cost_usd_per_hour;
    let Some(kind) = kind(&core.kind) else { return usd };
    let Ok(params) = serde_json::from_str(&core.params) else { return usd };
    let hours_ns = kind.metrics.iter().zip(&core.counters.own).map(|(metric, own)| match own {
        Own::Level(level) if metric.name == INSTANCES.name || metric.name == STARTING.name => level.area(now_ns),
        _ => 0.0,
    });
    let ran = hours_ns.sum::<f64>() / (now_ns - since_ns) as f64;
    priced_instances(kind, &params).map_or(usd, |priced| usd * ran / f64::from(priced.max(1)))
}

/// Instances that the price of a component is for that scales itself; `None` if it does not.
fn priced_instances(kind: &Kind, params: &Map<String, Value>) -> Option<u32> {
    let policy = params.get("autoscaling")?.as_object()?;
    let by_default = kind.fields.iter().find(|f| f.name == "instances").map(|f| &f.default);
    let instances = params.get("instances").or(by_default)?.as_u64()?;
    Some(Autoscaling::read(policy, &mut Reader::default()).bounded(u32::try_from(instances).unwrap_or(u32::MAX)))
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

    #[test]
    fn what_scales_itself_costs_what_its_instances_cost_that_ran() {
        // Two slots for 100 requests/s of 50 ms: busy all the time. It looks after 10 s, and starts the second of at most two.
        let design = json!({"format": 1, "nodes": [
            {"id": "users", "kind": "users", "params": {"workload": {"workload": "open", "rate_rps": 100}}},
            {"id": "server", "kind": "app_server", "params": {"slots": 2, "service_time": {"distribution": "constant", "mean_ms": 50},
             "autoscaling": {"min_instances": 1, "max_instances": 2, "period_s": 10, "start_up_s": 5}}}],
            "links": [{"id": "l", "from": "users", "to": "server"}]});
        let run = |design: &serde_json::Value, s: u64| {
            let design = crate::design::read(design.to_string().as_bytes()).design;
            let mut sim = crate::Simulation::new(&design).unwrap_or_else(|why| panic!("{why:?}"));
            sim.run_until(s * 1_000_000_000, u64::MAX);
            let report = sim.report(0.0);
            assert!((report.cost.usd_per_hour - report.nodes["server"].cost_usd_per_hour).abs() < 1e-12);
            report.cost.usd_per_hour
        };
        // A core and 4 GB: 0.05 · (1 + 1/64) + 0.02. By 40 s one has run for 40 s and another, since it was started, for 30.
        let each = 0.05 * (1.0 + 1.0 / 64.0) + 0.02;
        assert!((run(&design, 5) - each).abs() < 1e-9);
        assert!(
            (run(&design, 40) - each * 70.0 / 40.0).abs() < 1e-9,
            "{} instead of {}",
            run(&design, 40),
            each * 1.75
        );
        // A person's price is that of what the parameters say: two of at least two.
        let mut priced = design;
        priced["nodes"][1]["cost_usd_per_hour"] = json!(3.0);
        priced["nodes"][1]["params"]["autoscaling"]["min_instances"] = json!(2);
        assert!((run(&priced, 40) - 3.0).abs() < 1e-9);
    }
}

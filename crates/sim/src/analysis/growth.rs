//! Vertical scaling: what a bigger machine of a component would do and cost, and where machines end.
//!
//! Nothing here knows a price or a capacity: both come from the component's own functions, asked about the parameters as they are
//! and about the same with one of them doubled.

use super::cost::{of_node, per_million};
use crate::components::kind;
use crate::design::Node;
use crate::engine::world::NodeCore;
use serde_json::{Map, Value};

/// Cores of the largest virtual machines on sale (the 24 TB machines of the large public clouds, 2024).
pub const MOST_CORES: u32 = 448;
/// What to know there.
pub(crate) const MOST_CORES_END: &str = "no machine on sale has more. Only more instances go further.";

/// How one machine of a kind is made bigger.
#[derive(Debug)]
pub struct Growth {
    /// Parameters that do so.
    pub sizes: &'static [Size],
    /// Requests a second that its own work allows at most; infinite if that takes no time.
    pub capacity_per_s: fn(&serde_json::Map<String, Value>) -> f64,
}

/// A parameter that makes a machine bigger.
#[derive(Debug)]
pub struct Size {
    /// Its name, among the parameters of the kind.
    pub field: &'static str,
    /// Largest value that is on sale.
    pub most: f64,
    /// What to know there, after its label and its value.
    pub end: &'static str,
}

/// USD per hour for the cores of one machine. Within a family of machines the price is in proportion to size; the larger
/// ones, of which few are made, ask more for each core: here by 1 + cores/64.
pub(crate) fn cores_usd_per_hour(core_usd: f64, cores: f64) -> f64 {
    core_usd * cores * (1.0 + cores / 64.0)
}

/// What to know before this component is made bigger, a sentence each; none if its kind does not grow that way.
pub fn sentences(node: &Node) -> Vec<String> {
    let Some((kind, growth)) = kind(&node.kind).and_then(|k| Some((k, k.growth.as_ref()?))) else { return Vec::new() };
    let capacity = (growth.capacity_per_s)(&node.params);
    let price = (kind.cost_usd_per_hour)(&node.params);
    let mut said = Vec::new();
    if let Some(usd) = per_million(of_node(node), capacity).filter(|_| capacity.is_finite()) {
        said.push(format!(
            "Its own work allows at most {} requests/s: {usd:.2} USD a million when full.",
            short(capacity)
        ));
    }
    for size in growth.sizes {
        let Some(field) = kind.fields.iter().find(|f| f.name == size.field) else { continue };
        let value = node.params.get(size.field).unwrap_or(&field.default).as_f64();
        // Not one that is switched off.
        let Some(value) = value.filter(|v| *v > 0.0) else { continue };
        // What it does and costs at another value, beside now.
        let at = |other: f64| {
            let mut params = node.params.clone();
            let other = if other.fract() == 0.0 { Value::from(other as u64) } else { Value::from(other) };
            params.insert(size.field.to_owned(), other);
            ((growth.capacity_per_s)(&params) / capacity, (kind.cost_usd_per_hour)(&params) / price)
        };
        if value >= size.most {
            if at((value / 2.0).floor()).1 < 1.0 {
                said.push(format!("{} {}: {}", field.label, short(value), size.end));
            }
            continue;
        }
        let bigger = (2.0 * value).min(size.most);
        let (gain, rise) = at(bigger);
        let step = format!("{} {} → {}", field.label, short(value), short(bigger));
        if rise.is_finite() && rise > 1.0 {
            said.push(match gain {
                g if g > 1.005 => format!("{step}: {}× the capacity for {}× the cost.", short(g), short(rise)),
                _ => format!("{step}: no more capacity, for {}× the cost.", short(rise)),
            });
        }
    }
    said
}

/// Of a component whose cores are all busy: what a bigger machine would do and cost, beside another like this one.
#[inline(never)]
pub(crate) fn up_or_out(core: &NodeCore) -> Option<(String, String)> {
    let kind = kind(&core.kind)?;
    let growth = kind.growth.as_ref()?;
    let size = growth.sizes.iter().find(|size| size.field == "cores")?;
    let mut params: Map<String, Value> = serde_json::from_str(&core.params).ok()?;
    let number = |name: &str| {
        let field = kind.fields.iter().find(|f| f.name == name)?;
        params.get(name).unwrap_or(&field.default).as_f64()
    };
    let (cores, instances) = (number("cores").filter(|cores| *cores > 0.0)?, number("instances").unwrap_or(1.0));
    let again = if instances > 1.0 { "As many machines again" } else { "A second machine like this one" };
    let usd = core.cost_usd_per_hour;
    if cores >= size.most {
        return Some((
            core.id.clone(),
            format!("No machine on sale has more cores. {again}: twice as much for 2× the cost."),
        ));
    }
    let more = (2.0 * cores).min(size.most);
    let (does, costs) = ((growth.capacity_per_s)(&params), (kind.cost_usd_per_hour)(&params));
    params.insert("cores".to_owned(), Value::from(more as u64));
    let (gain, rise) = ((growth.capacity_per_s)(&params) / does, (kind.cost_usd_per_hour)(&params) / costs);
    (gain > 1.0 && rise > 1.0 && gain.is_finite()).then(|| {
        let words = format!(
            "{} cores instead of {}: {}× as much for {}× the cost ({:.2} USD an hour instead of {usd:.2}). {again}: 2× for 2×.",
            short(more),
            short(cores),
            short(gain),
            short(rise),
            usd * rise
        );
        (core.id.clone(), words)
    })
}

/// Two decimals at most, and none beyond a hundred.
fn short(x: f64) -> String {
    match x {
        _ if x >= 100.0 => format!("{x:.0}"),
        _ if x < 0.01 => format!("{x:.4}"),
        _ => ((x * 100.0).round() / 100.0).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(kind: &str, params: Value) -> String {
        let node = json!({"id": "n", "kind": kind, "params": params});
        sentences(&serde_json::from_value(node).unwrap_or_default()).join(" ")
    }

    #[test]
    fn cost_rises_faster_than_capacity_the_more_so_the_bigger_it_is() {
        let server = |cores: u32| {
            json!({"slots": 100_000, "cores": cores, "memory": {"limit_mb": 1024},
                   "service_time": {"distribution": "exponential", "mean_ms": 20}})
        };
        // Two cores at 20 ms: 100/s. 0.05 × 2 × (1 + 2/64) + 0.005 = 0.1081 USD/h, and with 4 cores 0.2175: 2.01 times as much.
        // 360,000 requests an hour: 0.3 USD a million.
        let two = said("app_server", server(2));
        assert!(two.contains("at most 100 requests/s: 0.30 USD a million"), "{two}");
        assert!(two.contains("Cores 2 → 4: 2× the capacity for 2.01× the cost."), "{two}");
        // The square of the speed: (4 × 0.1031 + 0.005) / 0.1081.
        assert!(two.contains("Core speed 1 → 2: 2× the capacity for 3.86× the cost."), "{two}");
        // 6,400/s. 0.05 × 128 × 3 = 19.2, and with 256 cores 0.05 × 256 × 5 = 64: 3.33 times as much.
        let many = said("app_server", server(128));
        assert!(many.contains("at most 6400 requests/s: 0.83 USD a million"), "{many}");
        assert!(many.contains("Cores 128 → 256: 2× the capacity for 3.33× the cost."), "{many}");
    }

    #[test]
    fn machines_end_somewhere_and_then_it_says_what_goes_further() {
        let last = said("app_server", json!({"slots": 1000, "cores": 300}));
        assert!(last.contains("Cores 300 → 448: 1.49× the capacity"), "{last}");
        let end = said("app_server", json!({"slots": 1000, "cores": 448, "core_speed": 4}));
        assert!(end.contains("Cores 448: no machine on sale has more. Only more instances go further."), "{end}");
        assert!(end.contains("Core speed 4: no core on sale is faster."), "{end}");
        // Sixteen connections for a core.
        let database = said("sql_database", json!({"connections": 7168}));
        assert!(
            database.contains("Connections 7168: no machine on sale bears more. Only replicas and shards go further."),
            "{database}"
        );
    }

    #[test]
    fn a_database_grows_as_a_server_does() {
        // 32 connections, two cores: 0.1 × 2 × (1 + 2/64) = 0.2063; 64: 0.1 × 4 × (1 + 4/64) = 0.425, 2.06 times as much.
        let small = said("sql_database", json!({}));
        assert!(small.contains("Connections 32 → 64: 2× the capacity for 2.06× the cost."), "{small}");
        // Reads of 8 ms over 32 connections.
        assert!(small.contains("at most 4000 requests/s"), "{small}");
    }

    #[test]
    fn what_another_limit_holds_back_grows_for_nothing() {
        // Eight slots compute on eight cores at most.
        let slots = said("app_server", json!({"slots": 8, "cores": 8}));
        // 0.05 × 8 × (1 + 8/64) + 0.16 = 0.61, and 0.05 × 16 × (1 + 16/64) + 0.32 = 1.32.
        assert!(slots.contains("Cores 8 → 16: no more capacity, for 2.16× the cost."), "{slots}");
        // Under one interpreter lock threads compute one at a time, on however many cores.
        let threads = said("worker", json!({"concurrency": "threads", "cores": 4, "tasks": 64}));
        assert!(threads.contains("Cores 4 → 8: no more capacity, for 2.1"), "{threads}");
        let processes = said("worker", json!({"concurrency": "processes", "cores": 4, "tasks": 64}));
        assert!(processes.contains("Cores 4 → 8: 2× the capacity for 2.1"), "{processes}");
    }

    #[test]
    fn a_server_without_a_number_of_cores_grows_by_slots_as_far_as_its_price_counts_them() {
        // A core for every four slots: 0.05 × 2 × (1 + 2/64) + 0.04 = 0.1431; 16 slots: 0.05 × 4 × (1 + 4/64) + 0.08 = 0.2925.
        let eight = said("app_server", json!({}));
        assert!(eight.contains("Slots per instance 8 → 16: 2× the capacity for 2.04× the cost."), "{eight}");
        let end = said("app_server", json!({"slots": 256}));
        assert!(end.contains("Slots per instance 256: its price counts no more cores than 64."), "{end}");
        let counted = said("app_server", json!({"slots": 256, "cores": 4}));
        assert!(!counted.contains("Slots"), "{counted}");
    }

    #[test]
    fn what_stands_in_front_of_servers_grows_as_they_do() {
        // Two cores at 0.1 ms: 20,000/s. 0.05 × 2 × (1 + 2/64) = 0.1031 USD/h, and with 4 cores 0.2125: 2.06 times as much.
        let proxy = said("reverse_proxy", json!({}));
        assert!(proxy.contains("at most 20000 requests/s"), "{proxy}");
        assert!(proxy.contains("Cores 2 → 4: 2× the capacity for 2.06× the cost."), "{proxy}");
        // 0.2 ms and 0.1 ms for the credentials.
        let gateway = said("api_gateway", json!({"cores": 3}));
        assert!(gateway.contains("at most 10000 requests/s"), "{gateway}");
        assert!(gateway.contains("Cores 3 → 6: 2× the capacity for 2.09× the cost."), "{gateway}");
        let open = said("api_gateway", json!({"cores": 3, "authentication": null}));
        assert!(open.contains("at most 15000 requests/s"), "{open}");
        let end = said("reverse_proxy", json!({"cores": 448}));
        assert!(end.contains("Cores 448: no machine on sale has more. Only more instances go further."), "{end}");
    }

    #[test]
    fn a_server_that_runs_out_of_cores_says_what_a_bigger_one_costs_beside_a_second_one() {
        let run = |cores: u32, rate: u32| {
            let design = json!({"format": 1, "nodes": [
                {"id": "users", "kind": "users", "params": {"workload": {"workload": "open", "rate_rps": rate}}},
                {"id": "server", "kind": "app_server", "params": {"slots": 100_000, "cores": cores, "memory": {"limit_mb": 1024},
                 "service_time": {"distribution": "exponential", "mean_ms": 20}}}],
                "links": [{"id": "l", "from": "users", "to": "server"}]});
            let design = crate::design::read(design.to_string().as_bytes()).design;
            let mut sim = crate::Simulation::new(&design).unwrap_or_else(|why| panic!("{why:?}"));
            let mut recorder = crate::metrics::Recorder::new();
            recorder.advance(&mut sim, 5_000_000_000, u64::MAX);
            recorder.snapshot(&sim, 1.0).remarks.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join(" ")
        };
        // As in the first test: 0.1081 and 0.2175 USD/h.
        let two = run(2, 120);
        let words = "4 cores instead of 2: 2× as much for 2.01× the cost (0.22 USD an hour instead of 0.11). A second machine like this one: 2× for 2×.";
        assert!(two.contains(words), "{two}");
        assert!(!run(2, 50).contains("instead of 2"), "there is room");
    }

    #[test]
    fn the_largest_machine_is_where_the_form_ends_too() {
        let Some(kind) = kind("app_server") else { panic!("app server") };
        let cores = kind.fields.iter().find(|f| f.name == "cores").map(|f| f.kind.clone());
        let most = u64::from(MOST_CORES);
        assert!(matches!(cores, Some(crate::design::FieldKind::Integer { max, .. }) if max == most), "{cores:?}");
        assert_eq!(said("users", json!({})), "");
    }
}

//! Large designs: the same small system again and again, in rows.

use backpressure_sim::design::{Design, read};
use serde_json::{Value, json};

/// Components of one system of [`crowd`].
const SYSTEM: usize = 8;

/// A running design of so many components and half as many links again: systems of users, a balancer, four servers, a cache
/// and a database, about as many across as down. Each system answers 20 requests a second and is not busy.
///
/// # Panics
/// If the design has a problem.
pub fn crowd(components: usize) -> Design {
    let systems = components / SYSTEM;
    let across = ((systems as f64).sqrt() * 0.9).ceil() as usize;
    let (mut nodes, mut links) = (Vec::new(), Vec::new());
    for system in 0..systems {
        let corner = ((system % across) as f64 * 1200.0, (system / across) as f64 * 660.0);
        let mut node = |name: &str, kind: &str, column: f64, row: f64, params: Value| {
            let (x, y) = (corner.0 + column * 270.0, corner.1 + row * 150.0);
            nodes.push(
                json!({"id": format!("{name}-{system}"), "kind": kind, "name": name, "x": x, "y": y, "params": params}),
            );
        };
        let workload = json!({"workload": "open", "rate_rps": 20, "arrivals": "poisson"});
        node("users", "users", 0.0, 1.5, json!({"workload": workload}));
        node("balancer", "load_balancer", 1.0, 1.5, json!({}));
        for server in 0..4 {
            node(&format!("server{server}"), "app_server", 2.0, f64::from(server), json!({}));
        }
        node("cache", "cache", 3.0, 0.5, json!({}));
        node("database", "sql_database", 3.0, 2.5, json!({}));
        let mut link = |from: &str, to: &str| {
            let (from, to) = (format!("{from}-{system}"), format!("{to}-{system}"));
            links.push(json!({"id": format!("{from}-{to}"), "from": from, "to": to}));
        };
        link("users", "balancer");
        for server in ["server0", "server1", "server2", "server3"] {
            link("balancer", server);
            link(server, "database");
        }
        // The last server has no cache: twelve links to eight components.
        ["server0", "server1", "server2"].iter().for_each(|server| link(server, "cache"));
    }
    let text = json!({"format": 1, "name": "A crowd", "nodes": nodes, "links": links}).to_string();
    let reading = read(text.as_bytes());
    assert!(reading.problems.is_empty(), "{:#?}", reading.problems);
    reading.design
}

//! The systems that are measured, as documents.

use backpressure_sim::design::{self, Design};
use serde_json::{Value, json};

/// Poisson arrivals at `rate_rps`, one pool of `slots` slots, exponential service of 1 ms.
pub fn one_pool(slots: u32, rate_rps: f64) -> Design {
    read(json!({
        "format": 1,
        "nodes": [users(rate_rps, None), server("server", slots, 1.0, 1_000_000)],
        "links": [link("users", "server", 0.0)],
    }))
}

/// 6,000 requests/s, a balancer (0.1 ms), 8 servers of 8 slots (6 ms, held during calls), a cache (0.3 ms, 80 % hits), a
/// database of 32 connections (8 ms), 0.5 ms each way on every hop. Users may give up after `timeout_ms`; none has to.
pub fn three_tiers(timeout_ms: Option<f64>) -> Design {
    let mut nodes = vec![
        users(6_000.0, timeout_ms),
        json!({"id": "balancer", "kind": "load_balancer", "params": {"algorithm": "round_robin", "processing_time": constant(0.1)}}),
        json!({"id": "cache", "kind": "cache", "params": {
            "hits": {"hits": "measured_ratio", "hit_ratio": 0.8}, "access_time": constant(0.3)}}),
        json!({"id": "sql", "kind": "sql_database", "params": {"connections": 32, "read_time": exponential(8.0)}}),
    ];
    let mut links = vec![link("users", "balancer", 0.5)];
    for name in (1..=8).map(|n| format!("server-{n}")) {
        nodes.push(server(&name, 8, 6.0, 1000));
        links.extend([link("balancer", &name, 0.5), link(&name, "cache", 0.5), link(&name, "sql", 0.5)]);
    }
    read(json!({"format": 1, "nodes": nodes, "links": links}))
}

/// 500 requests/s to a gateway that calls 10 services in turn, each of which calls 9 others in turn: 100 services, three
/// levels deep. A sixth of the calls to the last level fails and is made again after 1 ms, so that a fifth is added.
pub fn fan_out() -> Design {
    let mut nodes = vec![users(500.0, None), server("gateway", 1000, 0.1, 1000)];
    let mut links = vec![link("users", "gateway", 0.1)];
    let mut faults = Vec::new();
    for i in 0..10 {
        let service = format!("service-{i}");
        nodes.push(server(&service, 100, 0.1, 1000));
        links.push(link("gateway", &service, 0.1));
        for j in 0..9 {
            let leaf = format!("leaf-{i}-{j}");
            nodes.push(server(&leaf, 4, 0.2, 1000));
            let mut guarded = link(&service, &leaf, 0.1);
            guarded["params"]["calls"] =
                json!({"retries": 10, "backoff": {"base_ms": 1.0, "factor": 1.0, "jitter": "none"}});
            links.push(guarded);
            faults.push(json!({"id": leaf, "node": leaf, "params": {
                "trouble": {"fault": "errors", "error_rate": 1.0 / 6.0},
                "schedule": {"when": "once", "at_s": 0.0, "for_s": null}}}));
        }
    }
    read(json!({"format": 1, "nodes": nodes, "links": links, "faults": faults}))
}

fn users(rate_rps: f64, timeout_ms: Option<f64>) -> Value {
    json!({"id": "users", "kind": "users", "params": {
        "workload": {"workload": "open", "rate_rps": rate_rps, "arrivals": "poisson"}, "timeout_ms": timeout_ms}})
}

fn server(id: &str, slots: u32, service_ms: f64, queue_limit: u32) -> Value {
    json!({"id": id, "kind": "app_server", "params": {
        "slots": slots, "service_time": exponential(service_ms), "queue_limit": queue_limit}})
}

fn link(from: &str, to: &str, latency_ms: f64) -> Value {
    json!({"id": format!("{from}-{to}"), "from": from, "to": to, "params": {"latency": constant(latency_ms)}})
}

fn exponential(mean_ms: f64) -> Value {
    json!({"distribution": "exponential", "mean_ms": mean_ms})
}

fn constant(mean_ms: f64) -> Value {
    json!({"distribution": "constant", "mean_ms": mean_ms})
}

fn read(document: Value) -> Design {
    let reading = design::read(document.to_string().as_bytes());
    assert!(reading.problems.is_empty(), "{:#?}", reading.problems);
    reading.design
}

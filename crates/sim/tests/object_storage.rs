//! Object storage: the time an object takes by its size, and the limits of a prefix.

mod common;

use backpressure_sim::design::Design;
use backpressure_sim::metrics::{OwnReport, Report};
use common::{constant, design, object, run};
use serde_json::{Value, json};

fn people(operation: &str, rate_rps: f64, payload_bytes: u64) -> Value {
    json!({"workload": {"workload": "open", "rate_rps": rate_rps},
           "endpoints": [{"name": operation, "operation": operation, "path": "/o", "keys": 1000, "payload_bytes": payload_bytes,
                          "popularity": {"popularity": "uniform"}}]})
}

fn storage(readers: Value, writers: Value, more: Value) -> Design {
    let mut params = object(&json!({"first_byte": constant(30.0), "bandwidth_mbps": 80.0}));
    params.extend(object(&more));
    design(
        &[("readers", "users", readers), ("writers", "users", writers), ("s", "object_storage", Value::Object(params))],
        &[("readers", "s"), ("writers", "s")],
    )
}

fn throttled(r: &Report) -> f64 {
    match r.nodes["s"].own["throttled"] {
        OwnReport::Count(n) => n as f64 / r.measured_s,
        _ => f64::NAN,
    }
}

#[test]
fn an_object_takes_the_first_byte_and_then_its_bytes() {
    // 1 MB at 80 Mbit/s is 100 ms, however many are read at once; 10 kB are one.
    let r = run(&storage(people("read", 500.0, 1_000_000), people("write", 50.0, 10_000), json!({})), 1, 2.0, 12.0);
    assert!((r.endpoints["read"].latency_ms.max - 130.0).abs() < 0.5, "{}", r.endpoints["read"].latency_ms.max);
    assert!((r.endpoints["write"].latency_ms.mean - 31.0).abs() < 0.01, "{}", r.endpoints["write"].latency_ms.mean);
    assert!((r.nodes["s"].concurrency_mean / (500.0 * 0.13 + 50.0 * 0.031) - 1.0).abs() < 0.05);
    let OwnReport::Count(kb) = r.nodes["s"].own["moved_kb"] else { panic!("a count") };
    assert!((kb as f64 / (r.measured_s * (500.0 * 1000.0 + 50.0 * 10.0)) - 1.0).abs() < 0.05, "{kb}");
    assert_eq!(r.requests.stale, 0, "a read after a write finds it");
}

#[test]
fn a_prefix_serves_so_many_and_more_prefixes_more() {
    // Twice the limit: in the long run a token bucket lets through what it is filled with.
    let d = |prefixes: u32| {
        let limits = json!({"reads_per_s": 500.0, "writes_per_s": 100.0, "prefixes": prefixes});
        storage(people("read", 1000.0, 100), people("write", 40.0, 100), limits)
    };
    let r = run(&d(1), 1, 5.0, 105.0);
    let served = r.endpoints["read"].requests.answered as f64 / r.measured_s;
    // Less those in flight at the end.
    assert!((served - 500.0).abs() < 0.5, "{served}");
    assert!((throttled(&r) - 500.0).abs() < 3.3 * (1000.0f64 / 100.0).sqrt(), "{}", throttled(&r));
    assert_eq!(r.requests.failed.keys().collect::<Vec<_>>(), ["rate_limited"]);
    // Writes have a limit of their own, and are well below it.
    assert!(r.endpoints["write"].requests.failed.is_empty());
    // Eight prefixes: 125 reads of 500 each.
    assert_eq!(throttled(&run(&d(8), 1, 5.0, 55.0)), 0.0);
}

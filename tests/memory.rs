//! A request in flight takes little memory, and a run takes no more of it the longer it goes on.
#![cfg(not(target_arch = "wasm32"))]

use backpressure_sim::Simulation;
use backpressure_sim::design::{self, Design};
use backpressure_tests::counting::Counting;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

/// Most bytes that a request in flight may take.
const BYTES: usize = 200;

fn live() -> usize {
    ALLOCATOR.live()
}

/// Poisson arrivals at one server with a queue for a million.
fn one_server(rate_rps: f64, slots: u32) -> Design {
    let exponential = |mean_ms: f64| json!({"distribution": "exponential", "mean_ms": mean_ms});
    read(json!({
        "format": 1,
        "nodes": [
            {"id": "users", "kind": "users", "params": {
                "workload": {"workload": "open", "rate_rps": rate_rps, "arrivals": "poisson"}}},
            {"id": "server", "kind": "app_server", "params": {
                "slots": slots, "service_time": exponential(1.0), "queue_limit": 1_000_000}},
        ],
        "links": [{"id": "way", "from": "users", "to": "server", "params": {"latency": exponential(0.5)}}],
    }))
}

fn read(document: Value) -> Design {
    let reading = design::read(document.to_string().as_bytes());
    assert!(reading.problems.is_empty(), "{:#?}", reading.problems);
    reading.design
}

// The only test of this file: others, at the same time, would allocate.
#[test]
fn a_request_in_flight_takes_little_and_a_long_run_no_more_than_a_short_one() {
    // Twice as many arrive as are served: a thousand more wait each second.
    let mut overloaded = Simulation::new(&one_server(2000.0, 1)).unwrap_or_else(|problems| panic!("{problems:#?}"));
    overloaded.run_until(1_000_000_000, u64::MAX);
    let (bytes_before, requests_before) = (live(), overloaded.report(0.0).requests.in_flight);
    for seconds in (50..=500).step_by(50) {
        overloaded.run_until(seconds * 1_000_000_000, u64::MAX);
        let bytes = live() - bytes_before;
        let requests = overloaded.report(0.0).requests.in_flight - requests_before;
        assert!(requests > 900 * seconds - 10_000, "only {requests} requests in flight");
        let each = bytes / requests as usize;
        println!("{requests} in flight: {each} bytes each");
        assert!(each <= BYTES, "{each} bytes for each of {requests} requests in flight");
    }
    drop(overloaded);

    let mut steady = Simulation::new(&one_server(800.0, 1)).unwrap_or_else(|problems| panic!("{problems:#?}"));
    steady.run_until(u64::MAX, 2_000_000);
    let (warm, start) = (live(), steady.events());
    steady.run_until(u64::MAX, 20_000_000);
    assert_eq!(steady.events() - start, 20_000_000);
    println!("{warm} bytes, then {}", live());
    // A queue that grows beyond its longest so far takes more room: not with the length of the run.
    assert!(live() <= warm + warm / 50, "{warm} bytes when warm, {} after ten times as many events", live());
}

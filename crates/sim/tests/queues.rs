//! Who waits, who is served next, and who is dropped.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::design::Design;
use backpressure_sim::metrics::Report;
use common::{constant, design, exponential, open, run};
use serde_json::{Value, json};

/// Users with a deadline in front of a server of one slot under this discipline.
fn line(users: Value, service: Value, discipline: Value, queue_limit: u32) -> Design {
    let server = json!({"slots": 1, "service_time": service, "queue_limit": queue_limit, "discipline": discipline});
    design(&[("users", "users", users), ("s", "app_server", server)], &[("users", "s")])
}

fn named(discipline: &str) -> Value {
    json!({"discipline": discipline})
}

fn goodput(r: &Report) -> f64 {
    r.requests.in_time as f64 / r.measured_s
}

#[test]
fn last_come_first_served_waits_as_long_on_average_but_not_for_everybody() {
    // M/M/1: the mean does not depend on the order, the second moment of the wait is 1/(1 − ρ) times that of first come,
    // first served (Kingman, 1962).
    let fifo = run(&line(open(80.0), exponential(10.0), named("fifo"), 1_000_000), 1, 50.0, 8050.0);
    let lifo = run(&line(open(80.0), exponential(10.0), named("lifo"), 1_000_000), 1, 50.0, 8050.0);
    assert!((fifo.latency_ms.mean / 50.0 - 1.0).abs() < 0.05, "{}", fifo.latency_ms.mean);
    assert!((lifo.latency_ms.mean / 50.0 - 1.0).abs() < 0.05, "{}", lifo.latency_ms.mean);
    assert!(lifo.latency_ms.p50 < 0.6 * fifo.latency_ms.p50 && lifo.latency_ms.p999 > 2.0 * fifo.latency_ms.p999);
}

/// Half as much again as the server can do, and users who have no use for an answer after 200 ms.
fn overload(discipline: Value, queue_limit: u32) -> Report {
    let users = json!({"workload": {"workload": "open", "rate_rps": 150.0}, "deadline_ms": 200.0});
    run(&line(users, constant(10.0), discipline, queue_limit), 1, 30.0, 130.0)
}

#[test]
fn under_overload_a_long_queue_in_order_of_arrival_is_good_for_nobody() {
    let fifo = overload(named("fifo"), 1000);
    assert_eq!(fifo.requests.in_time, 0, "a queue of 1,000 takes ten seconds");
    assert!((fifo.nodes["s"].rate_out_per_s - 100.0).abs() < 0.1, "though the server is never idle");
    // A queue of 10 takes 0.1 s: everybody served is served in time, and the rest know at once.
    let short = overload(named("fifo"), 10);
    assert!((goodput(&short) - 100.0).abs() < 0.5, "{}", goodput(&short));
    assert!((short.requests.failed["queue_full"] as f64 / short.measured_s - 50.0).abs() < 4.0);
}

#[test]
fn newest_first_and_codel_keep_the_goodput_of_an_overloaded_server() {
    let lifo = overload(named("lifo"), 1000);
    assert!(goodput(&lifo) > 90.0, "{}", goodput(&lifo));
    // CoDel drops more and more often until the wait is about the target: 50 drops a second keep it there.
    let codel = overload(json!({"discipline": "codel", "target_ms": 20.0, "interval_ms": 100.0}), 1000);
    assert!(goodput(&codel) > 90.0, "{}", goodput(&codel));
    assert!(
        (codel.requests.failed["shed"] as f64 / codel.measured_s - 50.0).abs() < 4.0,
        "{:?}",
        codel.requests.failed
    );
    let adaptive = overload(json!({"discipline": "adaptive_lifo", "target_ms": 20.0, "interval_ms": 100.0}), 1000);
    assert!(goodput(&adaptive) > 95.0 && adaptive.latency_ms.p99 < 100.0, "{}", goodput(&adaptive));
    assert!((adaptive.requests.failed["shed"] as f64 / adaptive.measured_s - 50.0).abs() < 4.0);
}

#[test]
fn whoever_is_past_the_deadline_is_not_served() {
    let r = overload(named("deadline"), 1000);
    assert!((r.nodes["s"].rate_out_per_s - 100.0).abs() < 0.5, "never idle");
    // Nobody begins after 200 ms, and the service takes 10: at most 210 ms, and a third is dropped.
    assert!(r.latency_ms.max <= 210.0 + 1.0, "{}", r.latency_ms.max);
    assert!((r.requests.failed["expired"] as f64 / r.measured_s - 50.0).abs() < 4.0, "{:?}", r.requests.failed);
    // Urgent requests overtake: two endpoints with 50 ms and 500 ms, at 90 % of capacity, both in time.
    let mixed = |discipline| {
        let users = json!({
            "workload": {"workload": "open", "rate_rps": 90.0},
            "endpoints": [
                {"name": "urgent", "deadline_ms": 50.0, "weight": 1},
                {"name": "patient", "deadline_ms": 500.0, "weight": 3},
            ],
        });
        let r = run(&line(users, constant(10.0), discipline, 1_000_000), 1, 10.0, 1010.0);
        let late = |name: &str| {
            let e = &r.endpoints[name].requests;
            1.0 - e.in_time as f64 / e.offered as f64
        };
        (late("urgent"), late("patient"))
    };
    let (urgent, patient) = mixed(named("deadline"));
    assert!(urgent < 0.02 && patient < 0.01, "{urgent}, {patient}");
    assert!(mixed(named("fifo")).0 > 0.3, "in order of arrival the urgent wait like the others");
}

fn two_classes() -> Value {
    json!({
        "workload": {"workload": "open", "rate_rps": 150.0},
        "endpoints": [
            {"name": "pay", "priority": 0, "weight": 1},
            {"name": "browse", "priority": 3, "weight": 2},
        ],
    })
}

#[test]
fn what_is_important_goes_first_and_a_full_queue_drops_the_rest() {
    let make = |discipline: &str, overflow: &str| {
        let server = json!({"slots": 1, "service_time": constant(10.0), "queue_limit": 20, "discipline": named(discipline),
                            "on_overflow": overflow});
        design(&[("users", "users", two_classes()), ("s", "app_server", server)], &[("users", "s")])
    };
    let shed = run(&make("priority", "drop_least_important"), 1, 10.0, 210.0);
    let failed = |r: &Report, name: &str| {
        let e = &r.endpoints[name].requests;
        e.failed.values().sum::<u64>() as f64 / e.offered as f64
    };
    // 50 important ones a second take half of the server; of the 100 others the other half is served.
    assert_eq!(failed(&shed, "pay"), 0.0);
    assert!((failed(&shed, "browse") - 0.5).abs() < 0.03, "{}", failed(&shed, "browse"));
    // The server is never idle, so whoever comes finds 5 ms of a service left on average, and waits 5/(1 − 0.5) = 10 ms (Cobham).
    assert!((shed.endpoints["pay"].latency_ms.mean - 20.0).abs() < 0.6, "{}", shed.endpoints["pay"].latency_ms.mean);
    // Without priorities both lose a third.
    let fifo = run(&make("fifo", "drop_least_important"), 1, 10.0, 210.0);
    assert!((failed(&fifo, "pay") - 1.0 / 3.0).abs() < 0.03 && (failed(&fifo, "browse") - 1.0 / 3.0).abs() < 0.03);
}

#[test]
fn a_discipline_may_change_under_the_run_and_nobody_is_lost() {
    let kinds = ["fifo", "lifo", "priority", "deadline", "codel", "adaptive_lifo"];
    let make = |kind: &str| line(two_classes(), exponential(10.0), named(kind), 50);
    let mut sim = Simulation::new(&make("fifo")).unwrap_or_else(|p| panic!("{p:#?}"));
    for i in 0..24 {
        sim.run_until(u64::from(i as u32 + 1) * 500_000_000, u64::MAX);
        sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
        let before = sim.levels(1).unwrap_or_default();
        sim.apply(&make(kinds[i % kinds.len()])).unwrap_or_else(|p| panic!("{p:#?}"));
        assert_eq!(sim.levels(1), Some(before), "who waited still waits");
        sim = Simulation::restore(&sim.save()).unwrap_or_else(|e| panic!("{e}"));
    }
    let r = sim.report(0.0);
    assert_eq!(
        r.requests.offered,
        r.requests.answered + r.requests.in_flight + r.requests.failed.values().sum::<u64>()
    );
}

//! Rates of answers are those of the measured time, whenever their requests came; and what was not answered has no latency.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::analysis::measures::MEASURES;
use backpressure_sim::analysis::sweep::{self, Length, Point};
use backpressure_sim::design::Design;
use backpressure_sim::metrics::Report;
use common::{constant, design, exponential, open};
use serde_json::{Value, json};

const LENGTH: Length = Length { warmup_s: 20.0, measured_s: 100.0 };

fn measure(report: &Report, name: &str) -> f64 {
    let measure = MEASURES.iter().find(|m| m.name == name).unwrap_or_else(|| panic!("no {name}"));
    (measure.read)(report)
}

/// One server that can do 100 a second and is offered 200.
fn overloaded(queue_limit: u32, users: Value) -> Design {
    let server = json!({"slots": 1, "service_time": exponential(10.0), "queue_limit": queue_limit});
    design(&[("users", "users", users), ("web", "app_server", server)], &[("users", "web")])
}

#[test]
fn an_overloaded_server_answers_as_much_as_it_can_whatever_waits_from_before() {
    for queue_limit in [10, 1000, 1_000_000] {
        let report = sweep::run(&overloaded(queue_limit, open(200.0)), LENGTH).expect("a run");
        let (throughput, out) = (measure(&report, "throughput_per_s"), report.nodes["users"].rate_out_per_s);
        assert!((throughput - 100.0).abs() < 3.0, "queue limit {queue_limit}: {throughput} a second");
        assert_eq!(throughput, out, "what users get is what users got");
        assert_eq!(throughput, Point::of(&report).throughput_per_s);
        assert_eq!(throughput, report.throughput_per_s);
        assert!((measure(&report, "goodput_per_s") - throughput).abs() < 1e-9, "nobody has a deadline");
    }
}

#[test]
fn an_answer_after_the_deadline_is_throughput_and_no_goodput() {
    let mut users = open(200.0);
    users["deadline_ms"] = json!(50.0);
    // Ten wait, which is 100 ms: hardly one is in time. All wait since the beginning: none is.
    for (queue_limit, most) in [(10, 10.0), (1_000_000, 0.0)] {
        let report = sweep::run(&overloaded(queue_limit, users.clone()), LENGTH).expect("a run");
        assert!((report.throughput_per_s - 100.0).abs() < 3.0, "{}", report.throughput_per_s);
        assert!(report.goodput_per_s <= most, "{}", report.goodput_per_s);
    }
    // In a system at rest both kinds of counting are one.
    let mut calm = open(50.0);
    calm["deadline_ms"] = json!(20.0);
    let report = sweep::run(&overloaded(1000, calm), LENGTH).expect("a run");
    let counted = report.requests.in_time as f64 / report.measured_s;
    assert!((report.goodput_per_s - counted).abs() < 0.1 && counted < 49.0, "{} and {counted}", report.goodput_per_s);
}

/// 10 ms of work, and nobody waits longer than 5.
fn impatient() -> Design {
    let mut users = open(20.0);
    users["timeout_ms"] = json!(5.0);
    let server = json!({"slots": 4, "service_time": constant(10.0)});
    design(&[("users", "users", users), ("web", "app_server", server)], &[("users", "web")])
}

#[test]
fn what_is_not_answered_has_no_latency() {
    let d = impatient();
    let report = sweep::run(&d, Length { warmup_s: 1.0, measured_s: 10.0 }).expect("a run");
    assert_eq!(report.requests.answered, 0);
    let shown = serde_json::to_value(&report).expect("JSON");
    for name in ["mean", "p50", "p90", "p95", "p99", "p999", "max"] {
        assert!(shown["latency_ms"][name].is_null(), "{name}: {}", shown["latency_ms"]);
    }
    assert!(shown["nodes"]["web"]["residence_ms"]["mean"].as_f64().is_some_and(|ms| (ms - 10.0).abs() < 0.1));
    let point = Point::of(&report);
    assert!(point.latency_mean_ms.is_nan() && point.latency_p99_ms.is_nan() && point.failed_share == 1.0);
    // Together with a run that has answers it changes shares and rates, but no latency.
    let answered = Point { latency_mean_ms: 8.0, failed_share: 0.0, ..point.clone() };
    let both = Point::mean(&[point.clone(), answered]);
    assert_eq!((both.latency_mean_ms, both.failed_share), (8.0, 0.5));
    assert!(both.latency_p99_ms.is_nan(), "none of the two has one");
}

#[test]
fn a_promise_of_latency_is_not_kept_by_answering_nothing() {
    let d = impatient();
    let trial = backpressure_sim::analysis::assertions::Trial { duration_s: 11.0, warmup_s: 1.0 };
    let verdict = backpressure_sim::analysis::assertions::test(&d, "p99 < 100 ms", trial);
    assert!(!verdict.holds && verdict.measured.is_none(), "{verdict:?}");
    assert!(verdict.sentence.contains("Nothing was answered"), "{verdict:?}");
}

#[test]
fn counts_stay_those_of_requests_that_came_after_the_warm_up() {
    let d = overloaded(1_000_000, open(200.0));
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:?}"));
    sim.run_until(20_000_000_000, u64::MAX);
    sim.start_measuring();
    sim.run_until(30_000_000_000, u64::MAX);
    let report = sim.report(0.0);
    // 2,000 wait from before and are worked off at 100 a second.
    assert_eq!(report.requests.answered, 0);
    assert!((report.throughput_per_s - 100.0).abs() < 10.0, "{}", report.throughput_per_s);
}

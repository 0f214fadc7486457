//! Faults: they break the run, never the diagram, and callers find out the way they would in reality.

mod common;

use backpressure_sim::design::{Design, FaultParams, Reader, Trouble};
use backpressure_sim::metrics::{Health, Recorder};
use backpressure_sim::{Simulation, engine::Victim};
use common::{constant, design, object, open, run, server, with_latency};
use serde_json::{Value, json};

fn start(d: &Design) -> Simulation {
    Simulation::new(d).unwrap_or_else(|p| panic!("{p:#?}"))
}

fn with_fault(mut d: Design, victim: (&str, &str), trouble: Value, schedule: Value) -> Design {
    let mut fault = json!({"id": "f", "params": {"trouble": trouble, "schedule": schedule}});
    fault[victim.0] = json!(victim.1);
    d.faults = serde_json::from_value(json!([fault])).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(backpressure_sim::design::check(&d), []);
    d
}

fn one(service_ms: f64) -> Design {
    design(
        &[("users", "users", open(100.0)), ("s", "app_server", server(100, constant(service_ms)))],
        &[("users", "s")],
    )
}

fn once(at_s: f64, for_s: f64) -> Value {
    json!({"when": "once", "at_s": at_s, "for_s": for_s})
}

#[test]
fn a_crash_loses_what_was_inside_and_refuses_until_the_restart() {
    let d = with_fault(one(200.0), ("node", "s"), json!({"fault": "crash"}), once(10.0, 5.0));
    let mut sim = start(&d);
    sim.run_until(9_999_000_000, u64::MAX);
    let inside = sim.report(0.0).requests.in_flight;
    assert!(inside > 5);
    sim.run_until(10_000_000_000, u64::MAX);
    let crashed = sim.report(0.0).requests.failed["crashed"];
    assert!(crashed.abs_diff(inside) <= 2, "{crashed} of {inside}");
    sim.run_until(30_000_000_000, u64::MAX);
    let failed = sim.report(0.0).requests.failed;
    // 100/s for five seconds, ± 3.3 standard deviations.
    assert!((f64::from(failed["refused"] as u32) - 500.0).abs() < 3.3 * 500f64.sqrt(), "{failed:?}");
    assert_eq!(failed.len(), 2);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_machine_that_is_gone_says_nothing_and_only_a_timeout_tells() {
    let silent = json!({"fault": "crash", "silent": true});
    let mut d = with_fault(one(10.0), ("node", "s"), silent.clone(), once(10.0, 5.0));
    let report = run(&d, 1, 0.0, 30.0);
    assert!(report.requests.failed.is_empty(), "without a timeout callers hang: {:?}", report.requests);
    assert!(report.requests.in_flight > 400);
    // The operating system gives up after 127 s.
    assert!(run(&d, 1, 0.0, 145.0).requests.failed["lost"] > 400);
    d.nodes[0].params.insert("timeout_ms".into(), json!(1000.0));
    let report = run(&d, 1, 0.0, 30.0);
    assert!(report.requests.failed["timeout"] > 400 && report.requests.in_flight < 20, "{:?}", report.requests);
}

#[test]
fn a_slow_instance_takes_as_many_times_as_long() {
    let d = with_fault(one(10.0), ("node", "s"), json!({"fault": "slow", "factor": 4.0}), once(0.0, 1000.0));
    assert!((run(&d, 1, 1.0, 11.0).latency_ms.mean - 40.0).abs() < 0.01);
}

#[test]
fn a_partition_of_the_answers_lets_the_work_be_done_for_nobody() {
    let mut d =
        with_fault(one(10.0), ("link", "l0"), json!({"fault": "partition", "direction": "replies"}), once(0.0, 1000.0));
    d.nodes[0].params.insert("timeout_ms".into(), json!(100.0));
    let report = run(&d, 1, 1.0, 21.0);
    assert_eq!(report.requests.answered, 0);
    assert!((report.nodes["s"].rate_out_per_s - 100.0).abs() < 8.0);
}

#[test]
fn added_latency_is_added_each_way() {
    let nodes = [("users", "users", open(100.0)), ("s", "app_server", server(100, constant(10.0)))];
    let d = with_latency(&nodes, &[("users", "s")], 2.0);
    let d = with_fault(d, ("link", "l0"), json!({"fault": "latency", "extra_ms": 50.0}), once(0.0, 1000.0));
    assert!((run(&d, 1, 1.0, 11.0).latency_ms.mean - (10.0 + 2.0 * 52.0)).abs() < 1e-6);
}

#[test]
fn a_zone_outage_befalls_every_component_of_the_zone() {
    let mut d = design(
        &[
            ("users", "users", open(100.0)),
            ("lb", "load_balancer", json!({})),
            ("a", "app_server", server(10, constant(1.0))),
            ("b", "app_server", server(10, constant(1.0))),
        ],
        &[("users", "lb"), ("lb", "a"), ("lb", "b")],
    );
    d.zones = serde_json::from_value(json!([{"id": "east"}])).unwrap_or_default();
    d.nodes[3].zone = Some("east".into());
    let report = run(&with_fault(d, ("zone", "east"), json!({"fault": "crash"}), once(0.0, 1000.0)), 1, 1.0, 41.0);
    let refused = report.requests.failed["refused"] as f64 / report.requests.offered as f64;
    assert!((refused - 0.5).abs() < 0.01, "every other request goes to b: {refused}");
}

#[test]
fn random_failures_keep_to_their_mean_times() {
    // Availability of a component with exponential times to failure and repair: MTBF/(MTBF + MTTR).
    let schedule = json!({"when": "random", "mtbf_s": 20.0, "mttr_s": 5.0});
    let d = with_fault(one(1.0), ("node", "s"), json!({"fault": "crash"}), schedule);
    let shares: Vec<f64> = (1..=10)
        .map(|seed| {
            let r = run(&d, seed, 0.0, 3000.0).requests;
            r.answered as f64 / r.offered as f64
        })
        .collect();
    let (mean, half) = common::interval(&shares);
    assert!((mean - 0.8).abs() < half && half < 0.02, "{mean} ± {half}");
    assert_eq!(run(&d, 3, 0.0, 100.0).trace_hash, run(&d, 3, 0.0, 100.0).trace_hash);
}

#[test]
fn faults_can_be_switched_off_together_and_injected_by_hand() {
    let mut d = with_fault(one(10.0), ("node", "s"), json!({"fault": "errors", "error_rate": 1.0}), once(0.0, 1000.0));
    assert_eq!(run(&d, 1, 0.0, 5.0).requests.answered, 0);
    d.faults_off = true;
    assert!(run(&d, 1, 0.0, 5.0).requests.failed.is_empty());
    let mut sim = start(&d);
    sim.run_until(1_000_000_000, u64::MAX);
    let number = sim.inject(Victim::Node("s".into()), Trouble::Errors { error_rate: 1.0 }, Some(2.0));
    // Editing the diagram does not end what was injected by hand.
    sim.apply(&d).unwrap_or_else(|p| panic!("{p:?}"));
    let sim2 = Simulation::restore(&sim.save()).unwrap_or_else(|e| panic!("{e}"));
    for mut sim in [sim, sim2] {
        sim.run_until(5_000_000_000, u64::MAX);
        let failed = sim.report(0.0).requests.failed["error"] as f64;
        assert!((failed - 200.0).abs() < 3.3 * 200f64.sqrt(), "two seconds of errors: {failed}");
        sim.heal(number);
    }
}

#[test]
fn a_stale_cache_is_counted() {
    // One object, written once a second on average and cached for ever: nearly every hit after the first write is stale
    // if the writer does not tell the cache.
    let users = |operation: &str, rate: f64| {
        json!({"workload": {"workload": "open", "rate_rps": rate},
               "endpoints": [{"name": operation, "operation": operation, "path": "/x", "keys": 1}]})
    };
    let nodes = [
        ("readers", "users", users("read", 100.0)),
        ("writers", "users", users("write", 1.0)),
        ("reader", "app_server", server(100, constant(0.0))),
        ("writer", "app_server", server(100, constant(0.0))),
        ("cache", "cache", json!({})),
        ("db", "sql_database", json!({})),
    ];
    let mut links =
        vec![("readers", "reader"), ("writers", "writer"), ("reader", "cache"), ("reader", "db"), ("writer", "db")];
    let report = run(&design(&nodes, &links), 1, 10.0, 60.0);
    assert!(report.requests.stale as f64 > 0.95 * report.endpoints["read"].requests.answered as f64);
    assert_eq!(report.requests.stale, report.endpoints["read"].requests.stale);
    // The writer deletes what it writes: what remains stale is the race between a read's fill and a delete.
    links.push(("writer", "cache"));
    let report = run(&design(&nodes, &links), 1, 10.0, 60.0);
    assert!((report.requests.stale as f64) < 0.1 * report.endpoints["read"].requests.answered as f64);
}

#[test]
fn whatever_goes_wrong_is_said_for_as_long_as_it_does() {
    let nodes =
        [("u", "users", json!({})), ("s", "app_server", json!({"instances": 2})), ("db", "sql_database", json!({}))];
    let d = design(&nodes, &[("u", "s"), ("s", "db")]);
    let of_node = |trouble: Value| (Victim::Node("s".into()), trouble, "s");
    let of_link = |trouble: Value| (Victim::Link("l1".into()), trouble, "db");
    let troubles = [
        of_node(json!({"fault": "crash"})),
        of_node(json!({"fault": "crash", "instance": 1})),
        of_node(json!({"fault": "slow"})),
        of_node(json!({"fault": "slow", "instance": 1})),
        of_node(json!({"fault": "errors"})),
        of_node(json!({"fault": "spike"})),
        of_node(json!({"fault": "flush"})),
        of_node(json!({"fault": "stuck_clock"})),
        of_node(json!({"fault": "disk_full"})),
        of_node(json!({"fault": "connection_leak"})),
        of_link(json!({"fault": "latency"})),
        of_link(json!({"fault": "loss"})),
        of_link(json!({"fault": "partition"})),
        of_link(json!({"fault": "partition", "direction": "replies"})),
    ];
    let mut sentences = std::collections::BTreeSet::new();
    for (victim, trouble, node) in troubles {
        let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
        let mut recorder = Recorder::new();
        let params = FaultParams::read(&object(&json!({"trouble": trouble})), &mut Reader::default());
        recorder.advance(&mut sim, 1_000_000_000, u64::MAX);
        let fault = sim.inject(victim, params.trouble, None);
        let (id, sentence) = recorder.snapshot(&sim, 1.0).remarks.pop().unwrap_or_default();
        assert!(id == node && sentence.ends_with('.') && sentence.len() > 15, "{trouble}: {id}: {sentence}");
        sim.heal(fault);
        assert_eq!(recorder.snapshot(&sim, 1.0).remarks, [], "{trouble}");
        assert!(sentences.insert(sentence.clone()), "said of another fault as well: {sentence}");
    }
}

#[test]
fn a_full_disk_refuses_what_would_be_kept_and_lets_reads_pass() {
    let keepers: Vec<&str> = backpressure_sim::components::kinds()
        .iter()
        .filter(|k| k.faults.contains(&"disk_full"))
        .map(|k| k.name)
        .collect();
    for kind in ["sql_database", "kv_store", "object_storage", "search_index", "message_queue", "event_stream"] {
        assert!(keepers.contains(&kind), "{kind} has a disk");
    }
    for kind in keepers {
        let endpoints = json!([{"name": "read", "operation": "read"}, {"name": "write", "operation": "write"}]);
        let users = json!({"workload": {"workload": "open", "rate_rps": 100.0}, "endpoints": endpoints});
        let mut nodes = vec![("users", "users", users), ("store", kind, json!({}))];
        let mut links = vec![("users", "store")];
        let delivers = matches!(kind, "message_queue" | "event_stream");
        if delivers {
            nodes.push(("w", "worker", json!({"tasks": 100, "cpu_time": constant(1.0)})));
            links.push(("store", "w"));
        }
        let d = with_fault(design(&nodes, &links), ("node", "store"), json!({"fault": "disk_full"}), once(10.0, 10.0));
        let r = run(&d, 1, 0.0, 30.0);
        let refused =
            |endpoint: &str| r.endpoints[endpoint].requests.failed.get("disk_full").copied().unwrap_or(0) as f64;
        // Half of 100 a second for ten seconds; 4 standard deviations of a Poisson count.
        let near = |n: f64| (n - 500.0).abs() < 4.0 * 500.0_f64.sqrt();
        assert!(near(refused("write")), "{kind}: {}", refused("write"));
        // What a queue or a stream is given it keeps, whether its sender calls that a read or a write.
        assert!(if delivers { near(refused("read")) } else { refused("read") == 0.0 }, "{kind}: {}", refused("read"));
        // Nothing else fails, and all is well when there is room again.
        let failed: u64 = r.requests.failed.values().sum();
        assert_eq!(failed as f64, refused("read") + refused("write"), "{kind}: {:?}", r.requests.failed);
    }
}

#[test]
fn a_disk_is_full_until_the_last_of_two_faults_is_over() {
    let nodes = [
        ("users", "users", json!({"endpoints": [{"name": "w", "operation": "write"}]})),
        ("db", "sql_database", json!({})),
    ];
    let mut d = design(&nodes, &[("users", "db")]);
    let fault = |id: &str, at_s: f64, for_s: f64| json!({"id": id, "node": "db", "params": {"trouble": {"fault": "disk_full"}, "schedule": once(at_s, for_s)}});
    d.faults = serde_json::from_value(json!([fault("long", 1.0, 9.0), fault("short", 2.0, 1.0)]))
        .unwrap_or_else(|e| panic!("{e}"));
    let r = run(&d, 1, 4.0, 6.0);
    assert_eq!(r.requests.answered, 0, "the short one is over, the long one is not");
}

#[test]
fn a_fault_moved_a_thousand_times_happens_once_and_leaves_hardly_a_trace() {
    let errors = |at_s: f64| {
        with_fault(one(10.0), ("node", "s"), json!({"fault": "errors", "error_rate": 1.0}), once(at_s, 1.0))
    };
    let mut sim = start(&errors(100.0));
    let mut sizes = Vec::new();
    for moved in 1..=1000 {
        sim.run_until(moved * 1_000_000, u64::MAX);
        sim.apply(&errors(100.0 + moved as f64)).unwrap_or_else(|p| panic!("{p:?}"));
        sizes.push(sim.save().len());
    }
    // What is left of each is an event that is void, 24 bytes, until its time has come.
    assert!(sizes[999] < sizes[99] + 900 * 24, "{} bytes after 100 edits, {} after 1,000", sizes[99], sizes[999]);
    sim.run_until(1_099_000_000_000, u64::MAX);
    let failed = |sim: &Simulation| sim.report(0.0).requests.failed.values().sum::<u64>();
    assert_eq!(failed(&sim), 0, "none of the instants it was moved away from counts");
    sim.run_until(1_102_000_000_000, u64::MAX);
    // Of 100 requests a second, all for a second: 100 ± 4 √100.
    assert!((60..=140).contains(&failed(&sim)), "{}", failed(&sim));
}

#[test]
fn when_nothing_comes_back_any_more_the_finding_says_so() {
    let d = with_fault(
        one(10.0),
        ("link", "l0"),
        json!({"fault": "partition"}),
        json!({"when": "once", "at_s": 5.0, "for_s": null}),
    );
    let (mut sim, mut recorder) = (start(&d), Recorder::new());
    let mut at = |s: u64| {
        recorder.advance(&mut sim, s * 1_000_000_000, u64::MAX);
        recorder.snapshot(&sim, 1.0).finding
    };
    let (before, _) = (at(4), at(7));
    let during = at(9);
    assert_eq!(before.health, Health::Healthy, "{}", before.sentence);
    assert_eq!(during.health, Health::Failing, "{}", during.sentence);
    assert!(during.sentence.starts_with("Nothing was answered in the last "), "{}", during.sentence);
    // 100 requests a second for four seconds, as no user gives up: 400 ± 4 √400.
    let under_way = during.sentence.split_whitespace().filter_map(|w| w.parse::<u64>().ok()).next_back();
    assert!(under_way.is_some_and(|n| (320..=480).contains(&n)), "{}", during.sentence);
}

#[test]
fn a_bottleneck_is_named_though_nothing_is_answered_yet() {
    // 100 requests a second for 100 slots, each held for ten seconds: after one second all are.
    let (mut sim, mut recorder) = (start(&one(10_000.0)), Recorder::new());
    recorder.advance(&mut sim, 5_000_000_000, u64::MAX);
    let finding = recorder.snapshot(&sim, 1.0).finding;
    assert_eq!(finding.node.as_deref(), Some("s"), "{}", finding.sentence);
}

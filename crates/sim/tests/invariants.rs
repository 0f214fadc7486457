//! The invariants that everything rests on: conservation, determinism in slices, save and restore, edits under a run.

mod common;

use backpressure_sim::design::{Design, Link, Node, Note, Zone};
use backpressure_sim::metrics::Recorder;
use backpressure_sim::{Simulation, engine::rng::Stream};
use common::{constant, design, endpoint, exponential, object, with_latency};
use serde_json::{Value, json};

/// Everything at once: overload, timeouts, retries, reads and writes, keys with a TTL, refusals tried elsewhere.
fn busy_design() -> Design {
    let users = json!({
        "workload": {"workload": "open", "rate_rps": 900.0},
        "endpoints": [endpoint("read", "zipf", 500), endpoint("write", "hot_share", 500)],
        "timeout_ms": 60.0, "retries": 2, "deadline_ms": 40.0,
    });
    let closed = json!({
        "workload": {"workload": "closed", "users": 40, "think_time": exponential(50.0), "spawn_rate_per_s": 100.0},
        "endpoints": [endpoint("read", "uniform", 500)],
    });
    let small = |overflow: &str| json!({"slots": 3, "service_time": exponential(5.0), "queue_limit": 10, "on_overflow": overflow});
    with_latency(
        &[
            ("users", "users", users),
            ("robots", "users", closed),
            ("lb", "load_balancer", json!({"algorithm": "power_of_two", "on_refusal": "try_next"})),
            ("a", "app_server", small("reject")),
            ("b", "app_server", small("drop_oldest")),
            (
                "c",
                "app_server",
                json!({"instances": 3, "slots": 2, "service_time": {"distribution": "pareto", "min_ms": 1.0, "alpha": 1.5}}),
            ),
            ("cache", "cache", json!({"hits": {"hits": "keys", "capacity_items": 50, "ttl_ms": 300.0}})),
            ("db", "sql_database", json!({"connections": 4, "queue_limit": 20})),
            ("front", "cache", json!({})),
            (
                "store",
                "sql_database",
                json!({"read_time": {"distribution": "lognormal", "mean_ms": 3.0, "sigma": 1.0}}),
            ),
        ],
        &[
            ("users", "lb"),
            ("robots", "lb"),
            ("lb", "a"),
            ("lb", "b"),
            ("lb", "c"),
            ("a", "cache"),
            ("a", "db"),
            ("b", "cache"),
            ("b", "db"),
            ("c", "front"),
            ("front", "store"),
        ],
        0.5,
    )
}

const END_NS: u64 = 20_000_000_000;

fn start() -> Simulation {
    Simulation::new(&busy_design()).unwrap_or_else(|p| panic!("{p:#?}"))
}

#[test]
fn every_request_is_answered_failed_or_inside_at_every_step() {
    let mut sim = start();
    for i in 0..60_000 {
        assert!(sim.step_event());
        if i % 17 == 0 {
            sim.check_conservation().unwrap_or_else(|e| panic!("after event {i}: {e}"));
        }
    }
    let report = sim.report(0.0);
    let failed: u64 = report.requests.failed.values().sum();
    assert_eq!(report.requests.offered, report.requests.answered + report.requests.in_flight + failed);
    assert!(
        report.requests.failed.contains_key("timeout"),
        "the design is meant to be in trouble: {:?}",
        report.requests
    );
    assert!(report.nodes["a"].failed.contains_key("queue_full") && report.nodes["b"].failed.contains_key("queue_full"));
}

#[test]
fn slices_of_any_size_give_the_same_result() {
    let mut whole = start();
    whole.run_until(END_NS, u64::MAX);
    let mut rng = Stream::new(9, "test", "slices");
    let mut sliced = start();
    while sliced.now_ns() < END_NS {
        let until = (sliced.now_ns() + rng.below(200_000_000)).min(END_NS);
        sliced.run_until(until, rng.below(3000));
    }
    while !sliced.run_until(END_NS, 100).reached {}
    assert_eq!(whole.events(), sliced.events());
    assert_eq!(whole.report(0.0), sliced.report(0.0));
    assert_eq!(whole.save(), sliced.save());
}

#[test]
fn a_saved_run_goes_on_as_if_nothing_had_happened() {
    let mut whole = start();
    whole.run_until(END_NS, u64::MAX);
    let mut rng = Stream::new(10, "test", "save");
    let mut interrupted = start();
    for _ in 0..5 {
        let until = (interrupted.now_ns() + rng.below(END_NS / 4)).min(END_NS);
        interrupted.run_until(until, u64::MAX);
        interrupted = Simulation::restore(&interrupted.save()).unwrap_or_else(|e| panic!("{e}"));
    }
    interrupted.run_until(END_NS, u64::MAX);
    assert_eq!(whole.report(0.0), interrupted.report(0.0));
}

#[test]
fn a_damaged_save_is_refused() {
    let saved = start().save();
    assert!(Simulation::restore(&[]).is_err());
    assert!(Simulation::restore(&saved[..saved.len() / 2]).is_err());
    for at in [0, 5, 20, saved.len() - 1] {
        let mut bad = saved.clone();
        bad[at] ^= 1;
        assert!(Simulation::restore(&bad).is_err(), "byte {at} flipped");
    }
}

#[test]
fn watching_does_not_change_what_is_watched() {
    let mut plain = start();
    plain.run_until(END_NS / 4, u64::MAX);
    let mut watched = start();
    let mut recorder = Recorder::new();
    watched.watch(1);
    let mut hops = Vec::new();
    let mut at = 0;
    while at < END_NS / 4 {
        at += 70_000_000;
        recorder.advance(&mut watched, at.min(END_NS / 4), u64::MAX);
        watched.take_hops(&mut hops);
        let _ = recorder.snapshot(&watched, 1.0);
    }
    assert_eq!(plain.trace_hash(), watched.trace_hash());
    assert!(hops.len() > 10_000);
    assert!(hops.iter().all(|h| h.arrives_ns >= h.sent_ns && (h.link as usize) < busy_design().links.len()));
}

#[test]
fn the_chart_is_the_same_whatever_the_slices() {
    let chart = |slice: u64| {
        let mut sim = start();
        let mut recorder = Recorder::new();
        let mut at = 0;
        while at < END_NS / 2 {
            at = (at + slice).min(END_NS / 2);
            while !recorder.advance(&mut sim, at, 777).reached {}
        }
        recorder.series(&sim)
    };
    let series = chart(u64::MAX / 4);
    assert_eq!(series, chart(33_333_333));
    let offered: f64 = series.points.iter().map(|p| f64::from(p.offered_per_s) * series.step_s).sum();
    let mut sim = start();
    sim.run_until(((series.start_s + series.step_s * series.points.len() as f64) * 1e9) as u64 - 1, u64::MAX);
    let counted = sim.report(0.0).requests.offered as f64;
    assert!((offered - counted).abs() < 1.0, "the points add up to {offered}, the run to {counted}");
}

#[test]
fn a_component_has_no_figures_while_it_is_not_there_and_its_old_ones_when_it_is_back() {
    let all = busy_design();
    let mut without = all.clone();
    without.nodes.retain(|n| n.id != "b");
    without.links.retain(|l| l.from != "b" && l.to != "b");
    let mut more = all.clone();
    more.nodes.push(Node { id: "new".to_owned(), kind: "app_server".to_owned(), ..Node::default() });
    let (mut sim, mut recorder) = (start(), Recorder::new());
    for (second, then) in [(1, &without), (2, &more), (3, &more)] {
        recorder.advance(&mut sim, second * 1_000_000_000, u64::MAX);
        sim.apply(then).unwrap_or_else(|p| panic!("{p:#?}"));
    }
    let series = recorder.series(&sim);
    let at = |id: &str, second: f64| {
        let i = series.node_ids.iter().position(|n| n == id).expect("in the chart");
        let point = ((second - series.start_s) / series.step_s) as usize;
        series.points[point].nodes[i]
    };
    assert!(at("b", 0.5)[0] > 0.0, "before it was deleted");
    assert!(at("b", 1.5)[0].is_nan(), "while it was not there");
    assert!(at("b", 2.5)[0] > 0.0, "once it was back");
    assert!(at("new", 0.5)[0].is_nan() && at("new", 1.5)[0].is_nan(), "it was never there before");
    assert_eq!(at("new", 2.5), [0.0; 2]);
}

#[test]
fn stepping_goes_one_event_or_one_request_at_a_time() {
    let mut sim = start();
    let mut recorder = Recorder::new();
    assert!(recorder.step_event(&mut sim));
    assert_eq!(sim.events(), 1);
    assert!(recorder.step_request(&mut sim));
    assert_eq!(sim.completed(), 1);
    let mut direct = start();
    direct.run_until(0, 0);
    while direct.events() < sim.events() {
        direct.step_event();
    }
    assert_eq!(direct.trace_hash(), sim.trace_hash());
}

fn node(id: &str, kind: &str, params: Value) -> Node {
    Node { id: id.into(), kind: kind.into(), params: object(&params), ..Node::default() }
}

#[test]
fn moving_renaming_grouping_and_notes_do_not_disturb_the_run() {
    let mut edited = start();
    let mut plain = edited.clone();
    edited.run_until(END_NS / 4, u64::MAX);
    let mut d = busy_design();
    for n in &mut d.nodes {
        n.x += 40.0;
        n.name = "renamed".into();
        n.zone = Some("z".into());
    }
    d.links.iter_mut().for_each(|l| l.name = "labelled".into());
    d.zones.push(Zone { id: "z".into(), name: "Region".into(), ..Zone::default() });
    d.notes.push(Note { id: "n".into(), text: "Look".into(), ..Note::default() });
    edited.apply(&d).unwrap_or_else(|p| panic!("{p:?}"));
    edited.run_until(END_NS / 2, u64::MAX);
    plain.run_until(END_NS / 2, u64::MAX);
    assert_eq!(edited.trace_hash(), plain.trace_hash());
}

#[test]
fn parameters_change_under_the_running_simulation() {
    let server = |mean: f64| json!({"slots": 100, "service_time": constant(mean)});
    let make = |rate: f64, mean: f64| {
        design(
            &[("users", "users", common::open(rate)), ("server", "app_server", server(mean))],
            &[("users", "server")],
        )
    };
    let mut sim = Simulation::new(&make(100.0, 10.0)).unwrap_or_else(|p| panic!("{p:?}"));
    sim.run_until(10_000_000_000, u64::MAX);
    let before = sim.report(0.0);
    assert!((before.latency_ms.mean - 10.0).abs() < 0.01);
    sim.apply(&make(2000.0, 20.0)).unwrap_or_else(|p| panic!("{p:?}"));
    assert_eq!(sim.now_ns(), 10_000_000_000, "the clock goes on");
    sim.start_measuring();
    sim.run_until(20_000_000_000, u64::MAX);
    let after = sim.report(0.0);
    assert!((after.latency_ms.mean - 20.0).abs() < 0.01);
    // 20,000 arrivals expected, √20,000 = 141 the standard deviation.
    assert!((after.requests.offered as f64 - 20_000.0).abs() < 600.0, "{}", after.requests.offered);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn more_slots_admit_those_who_wait_at_once() {
    let make = |slots: u32| {
        design(
            &[
                ("users", "users", common::open(100.0)),
                ("db", "sql_database", json!({"connections": slots, "read_time": constant(1000.0)})),
            ],
            &[("users", "db")],
        )
    };
    let mut sim = Simulation::new(&make(1)).unwrap_or_else(|p| panic!("{p:?}"));
    sim.run_until(3_000_000_000, u64::MAX);
    let mut recorder = Recorder::new();
    assert!(recorder.snapshot(&sim, 1.0).nodes[1].queue > 100);
    sim.apply(&make(50)).unwrap_or_else(|p| panic!("{p:?}"));
    assert_eq!(recorder.snapshot(&sim, 1.0).nodes[1].busy, 50);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn removing_a_component_fails_what_was_inside_and_conserves_the_rest() {
    let mut sim = start();
    sim.run_until(5_000_000_000, u64::MAX);
    for gone in ["a", "db", "cache", "lb", "front", "robots"] {
        let mut d = busy_design();
        d.nodes.retain(|n| n.id != gone);
        d.links.retain(|l| l.from != gone && l.to != gone);
        let (mut edited, before) = (sim.clone(), sim.report(0.0));
        if edited.apply(&d).is_err() {
            continue; // Without it the rest is not a design that runs.
        }
        for _ in 0..5000 {
            edited.step_event();
            edited.check_conservation().unwrap_or_else(|e| panic!("without {gone}: {e}"));
        }
        // Put it back: it starts empty, and the run goes on.
        edited.apply(&busy_design()).unwrap_or_else(|p| panic!("{p:?}"));
        for _ in 0..5000 {
            edited.step_event();
            edited.check_conservation().unwrap_or_else(|e| panic!("{gone} back: {e}"));
        }
        let after = edited.report(0.0);
        assert!(after.requests.answered > before.requests.answered);
    }
}

#[test]
fn a_removed_server_fails_its_requests_at_once() {
    let mut d = design(
        &[
            ("users", "users", common::open(1000.0)),
            ("lb", "load_balancer", json!({"processing_time": constant(0.0)})),
            ("slow", "app_server", json!({"slots": 5, "service_time": constant(10_000.0)})),
        ],
        &[("users", "lb"), ("lb", "slow")],
    );
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:?}"));
    sim.run_until(500_000_000, u64::MAX);
    let inside = sim.report(0.0).requests.in_flight;
    assert!(inside > 300);
    d.nodes[2] = node("quick", "app_server", json!({"slots": 500, "service_time": constant(1.0)}));
    d.links[1] = Link { to: "quick".into(), id: "new".into(), ..d.links[1].clone() };
    sim.apply(&d).unwrap_or_else(|p| panic!("{p:?}"));
    sim.run_until(500_000_000, u64::MAX);
    assert_eq!(sim.report(0.0).requests.failed.get("removed"), Some(&inside));
    sim.run_until(2_000_000_000, u64::MAX);
    assert!(sim.report(0.0).requests.answered > 1000);
}

#[test]
fn editing_one_node_leaves_the_draws_of_the_others_alone() {
    // A second group of users on a system of their own must not shift the first group's arrivals by a nanosecond.
    let one = design(&[("users", "users", common::open(500.0)), ("s", "app_server", json!({}))], &[("users", "s")]);
    let mut two = one.clone();
    two.nodes.insert(0, node("others", "users", common::open(500.0)));
    two.nodes.push(node("t", "app_server", json!({})));
    two.links.insert(0, Link { id: "x".into(), from: "others".into(), to: "t".into(), ..Link::default() });
    let result = |d: &Design| common::run(d, 1, 0.0, 30.0);
    let (a, b) = (result(&one), result(&two));
    assert_eq!(a.nodes["s"], b.nodes["s"]);
    assert_eq!(a.nodes["users"], b.nodes["users"]);
}

#[test]
fn another_seed_is_another_run_and_the_same_seed_the_same() {
    let hash = |seed| common::run(&busy_design(), seed, 0.0, 2.0).trace_hash;
    assert_eq!(hash(1), hash(1));
    assert_ne!(hash(1), hash(2));
}

//! Queues, streams, topics, workers and schedulers: work that nobody waits for, and what becomes of it.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::design::{Design, Trouble};
use backpressure_sim::engine::Victim;
use backpressure_sim::metrics::{Recorder, Report};
use common::{constant, design, exponential, interval, open, run, server};
use serde_json::{Value, json};

fn start(d: &Design) -> Simulation {
    Simulation::new(d).unwrap_or_else(|p| panic!("{p:#?}"))
}

fn own(report: &Report, node: &str, name: &str) -> Value {
    serde_json::to_value(&report.nodes[node].own[name]).unwrap_or_default()
}

fn count(report: &Report, node: &str, name: &str) -> f64 {
    own(report, node, name).as_f64().unwrap_or_else(|| panic!("{node} has no count {name}"))
}

fn worker(tasks: u32, cores: u32, cpu: Value) -> Value {
    json!({"tasks": tasks, "cores": cores, "cpu_time": cpu})
}

fn queued(rate: f64, queue: Value, worker: Value) -> Design {
    design(
        &[("users", "users", open(rate)), ("q", "message_queue", queue), ("w", "worker", worker)],
        &[("users", "q"), ("q", "w")],
    )
}

#[test]
fn the_answer_no_longer_waits_for_the_slow_work() {
    let d = queued(50.0, json!({"publish_time": constant(1.0)}), worker(10, 10, exponential(100.0)));
    let report = run(&d, 1, 10.0, 110.0);
    assert!((report.latency_ms.mean - 1.0).abs() < 0.01, "{}", report.latency_ms.mean);
    let done = count(&report, "q", "acked") / report.measured_s;
    assert!((done - 50.0).abs() < 3.3 * (50f64 / 100.0).sqrt(), "{done}");
}

#[test]
fn a_queue_in_front_of_workers_waits_as_erlang_says() {
    // One message at a time for each of 8 workers: the queue and its consumers are M/M/8 at ρ = 0.8.
    let d = queued(
        64.0,
        json!({"publish_time": constant(0.0)}),
        json!({"instances": 8, "tasks": 1, "cores": 1, "cpu_time": exponential(100.0)}),
    );
    let waits: Vec<f64> =
        (1..=10).map(|s| own(&run(&d, s, 50.0, 6050.0), "q", "wait_ms")["mean"].as_f64().unwrap_or(0.0)).collect();
    let (mean, half) = interval(&waits);
    let theory = 1000.0 * backpressure_sim::analysis::theory::mmc_mean_wait(64.0, 10.0, 8);
    assert!((mean - theory).abs() < half && half < 0.06 * theory, "{mean} ± {half}, theory {theory}");
}

#[test]
fn a_backlog_grows_while_more_comes_in_than_is_done_and_drains_afterwards() {
    let make = |rate: f64| queued(rate, json!({}), worker(10, 10, constant(100.0)));
    let mut sim = start(&make(150.0));
    sim.run_until(20_000_000_000, u64::MAX);
    // 150/s in, 100/s done: 50/s for 20 s, ± 3.3 √(150 · 20).
    let backlog = own(&sim.report(0.0), "q", "oldest_ms")["now"].as_f64().unwrap_or(0.0);
    let waiting = |sim: &Simulation| sim.report(0.0).nodes["q"].queue_max as f64;
    assert!((waiting(&sim) - 1000.0).abs() < 3.3 * 3000f64.sqrt(), "{}", waiting(&sim));
    // The oldest has waited since the 2000 done before it had come in: 20 − 2000/150 = 6.7 s.
    assert!((backlog - 6667.0).abs() < 700.0, "{backlog}");
    // At 50/s it drains at 50/s: twenty seconds.
    sim.apply(&make(50.0)).unwrap_or_else(|p| panic!("{p:?}"));
    sim.run_until(45_000_000_000, u64::MAX);
    sim.start_measuring();
    sim.run_until(50_000_000_000, u64::MAX);
    assert!(sim.report(0.0).nodes["q"].queue_mean < 1.0);
}

#[test]
fn a_worker_that_dies_hands_its_messages_back() {
    let d = queued(80.0, json!({}), json!({"instances": 2, "tasks": 5, "cores": 5, "cpu_time": constant(100.0)}));
    let mut sim = start(&d);
    sim.run_until(10_000_000_000, u64::MAX);
    sim.inject(Victim::Node("w".into()), Trouble::Crash { instance: Some(0), silent: false }, Some(5.0));
    sim.run_until(60_000_000_000, u64::MAX);
    let r = sim.report(0.0);
    assert!(count(&r, "q", "redelivered") >= 1.0);
    let kept = count(&r, "q", "acked") + f64::from(r.nodes["q"].queue_mean as u32);
    assert!(
        r.requests.answered as f64 - kept < 40.0,
        "nothing is lost: {} published, {kept} done",
        r.requests.answered
    );
    assert_eq!(count(&r, "q", "dropped") + count(&r, "q", "duplicates"), 0.0);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn an_impatient_queue_has_work_done_twice() {
    // Half of the exponential tasks take longer than the median; all those are delivered again.
    let median = 100.0 * libm::log(2.0);
    let d = queued(10.0, json!({"ack_timeout_ms": median}), worker(100, 100, exponential(100.0)));
    let d = {
        let mut d = d;
        d.nodes[1].params.insert("prefetch".into(), json!(10));
        d
    };
    let report = run(&d, 3, 10.0, 1010.0);
    let (acked, twice) = (count(&report, "q", "acked"), count(&report, "q", "duplicates"));
    assert!(twice > 0.5 * acked, "{twice} of {acked}");
    let patient = queued(10.0, json!({}), worker(100, 100, exponential(100.0)));
    assert_eq!(count(&run(&patient, 3, 10.0, 110.0), "q", "duplicates"), 0.0);
}

#[test]
fn what_fails_too_often_goes_to_the_dead_letter_queue() {
    let mut d = design(
        &[
            ("users", "users", open(100.0)),
            ("q", "message_queue", json!({"max_deliveries": 3})),
            ("w", "worker", worker(100, 100, constant(1.0))),
            ("dead", "message_queue", json!({})),
        ],
        &[("users", "q"), ("q", "w"), ("q", "dead")],
    );
    d.faults = serde_json::from_value(json!([{"id": "f", "node": "w", "params": {
        "trouble": {"fault": "errors", "error_rate": 0.5}, "schedule": {"when": "once", "at_s": 0, "for_s": null}}}]))
    .unwrap_or_default();
    let report = run(&d, 1, 5.0, 205.0);
    // Three independent tries: one in eight fails for good.
    let share = count(&report, "q", "dead_lettered") / report.requests.answered as f64;
    assert!((share - 0.125).abs() < 3.3 * (0.125f64 * 0.875 / 20_000.0).sqrt(), "{share}");
    assert!((report.nodes["dead"].rate_in_per_s - 12.5).abs() < 1.0);
}

#[test]
fn a_full_queue_refuses_or_drops_and_old_messages_expire() {
    let slow = || worker(1, 1, constant(1000.0));
    let report = run(&queued(100.0, json!({"max_length": 50}), slow()), 1, 10.0, 20.0);
    assert!(report.requests.failed["queue_full"] > 900);
    let drop = json!({"max_length": 50, "on_overflow": "drop_head"});
    let report = run(&queued(100.0, drop, slow()), 1, 10.0, 20.0);
    assert!(report.requests.failed.is_empty() && count(&report, "q", "dropped") > 900.0);
    let report = run(&queued(100.0, json!({"ttl_ms": 2000.0}), slow()), 1, 10.0, 20.0);
    assert!(count(&report, "q", "expired") > 900.0);
    let oldest = own(&report, "q", "wait_ms")["max"].as_f64().unwrap_or(0.0);
    assert!(oldest <= 2000.0, "nothing older is handed out: {oldest}");
}

#[test]
fn under_one_interpreter_lock_threads_do_not_compute_in_parallel() {
    let throughput = |concurrency: &str, cpu: f64, io: f64| {
        let w = json!({"concurrency": concurrency, "tasks": 8, "cores": 4, "queue_limit": 1000,
                       "cpu_time": constant(cpu), "io_time": constant(io)});
        let d = queued(2000.0, json!({"prefetch": 12}), w);
        count(&run(&d, 1, 5.0, 25.0), "q", "acked") / 20.0
    };
    // CPU-bound: 10 ms of computing is 100/s on one core, whatever the number of threads; processes use all four.
    assert!((throughput("threads", 10.0, 0.0) - 100.0).abs() < 1.0);
    assert!((throughput("async", 10.0, 0.0) - 100.0).abs() < 1.0);
    assert!((throughput("processes", 10.0, 0.0) - 400.0).abs() < 2.0);
    // I/O-bound: eight threads wait side by side: 8 / (1 + 99 ms) = 80/s, as eight processes do.
    assert!((throughput("threads", 1.0, 99.0) - 80.0).abs() < 1.0);
    assert!((throughput("processes", 1.0, 99.0) - 80.0).abs() < 1.0);
}

#[test]
fn a_polite_worker_leaves_each_host_alone_between_two_visits() {
    let w = |tasks: u32| {
        json!({"concurrency": "async", "tasks": tasks, "cpu_time": constant(0.1), "io_time": constant(20.0),
               "politeness": {"hosts": 1, "pause_ms": 100.0}})
    };
    // One host every 100 ms, whatever the number of tasks; all but the one it may be asked by wait: of 50 tasks, each 20 ms with the host.
    for tasks in [1, 50] {
        let report = run(&queued(40.0, json!({"prefetch": tasks}), w(tasks)), 1, 10.0, 30.0);
        assert!((count(&report, "q", "acked") / 20.0 - 10.0).abs() < 0.06, "{tasks}");
        let polite = own(&report, "w", "polite")["mean"].as_f64().unwrap_or_default();
        let by_theory = f64::from(tasks) - 10.0 * 0.0201;
        assert!((polite - by_theory).abs() < 0.02 * by_theory, "{polite} instead of {by_theory}");
    }
}

#[test]
fn an_event_stream_gives_every_group_everything_in_the_order_of_its_keys() {
    let d = design(
        &[
            ("users", "users", open(200.0)),
            ("s", "event_stream", json!({"partitions": 4})),
            ("quick", "worker", worker(100, 100, constant(1.0))),
            ("slow", "worker", json!({"instances": 2, "tasks": 100, "cores": 100, "cpu_time": constant(25.0)})),
        ],
        &[("users", "s"), ("s", "quick"), ("s", "slow")],
    );
    let report = run(&d, 1, 0.0, 50.0);
    let appended = report.nodes["s"].rate_out_per_s;
    assert!((report.nodes["quick"].rate_out_per_s / appended - 1.0).abs() < 0.01);
    // Four partitions, one event each at a time, 25 ms: 160/s is all the slow group can do, however many tasks it has.
    assert!((report.nodes["slow"].rate_out_per_s - 160.0).abs() < 2.0, "{}", report.nodes["slow"].rate_out_per_s);
    let lag = own(&report, "s", "lag")["now"].as_f64().unwrap_or(0.0);
    assert!((lag - 40.0 * 50.0).abs() < 3.3 * (200f64 * 50.0).sqrt() + 20.0, "{lag}");
}

#[test]
fn a_hot_key_lags_in_its_partition_alone() {
    let users = json!({"workload": {"workload": "open", "rate_rps": 100.0},
        "endpoints": [{"name": "w", "operation": "write", "keys": 1000,
                       "popularity": {"popularity": "hot_share", "hot_share": 0.7, "hot_keys": 1}}]});
    let d = design(
        &[
            ("users", "users", users),
            ("s", "event_stream", json!({"partitions": 8})),
            ("w", "worker", json!({"instances": 8, "tasks": 4, "cores": 4, "cpu_time": constant(25.0)})),
        ],
        &[("users", "s"), ("s", "w")],
    );
    let report = run(&d, 1, 0.0, 60.0);
    let (lag, worst) = (own(&report, "s", "lag"), own(&report, "s", "lag_worst_partition"));
    // 40/s is all a partition does; at least 70/s go to the hot one.
    assert!(worst["now"].as_f64() > Some(30.0 * 60.0 * 0.9), "{worst}");
    assert!(worst["now"].as_f64() > lag["now"].as_f64().map(|l| 0.95 * l), "{worst} of {lag}");
}

#[test]
fn a_reader_that_dies_has_its_partitions_read_by_another_after_a_pause() {
    let d = design(
        &[
            ("users", "users", open(100.0)),
            ("s", "event_stream", json!({"partitions": 4, "rebalance_ms": 2000.0})),
            ("w", "worker", json!({"instances": 2, "tasks": 10, "cores": 10, "cpu_time": constant(5.0)})),
        ],
        &[("users", "s"), ("s", "w")],
    );
    let mut sim = start(&d);
    sim.run_until(10_000_000_000, u64::MAX);
    sim.inject(Victim::Node("w".into()), Trouble::Crash { instance: Some(1), silent: false }, None);
    sim.run_until(12_000_000_000, u64::MAX);
    let lag = own(&sim.report(0.0), "s", "lag")["now"].as_f64().unwrap_or(0.0);
    assert!((lag - 200.0).abs() < 3.3 * 200f64.sqrt() + 10.0, "two seconds of events wait: {lag}");
    sim.run_until(20_000_000_000, u64::MAX);
    let report = sim.report(0.0);
    assert!(own(&report, "s", "lag")["now"].as_f64() < Some(20.0), "{}", own(&report, "s", "lag"));
    assert_eq!(count(&report, "s", "skipped") + count(&report, "s", "lost_to_retention"), 0.0);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_topic_copies_to_every_subscriber_and_keeps_nothing() {
    let d = design(
        &[
            ("users", "users", open(100.0)),
            ("t", "topic", json!({})),
            ("a", "message_queue", json!({})),
            ("b", "app_server", json!({"slots": 1, "service_time": constant(20.0), "queue_limit": 0})),
            ("w", "worker", worker(100, 100, constant(1.0))),
        ],
        &[("users", "t"), ("t", "a"), ("t", "b"), ("a", "w")],
    );
    let report = run(&d, 1, 10.0, 210.0);
    assert!((count(&report, "a", "acked") / report.requests.answered as f64 - 1.0).abs() < 0.01);
    // Erlang B, one place, two erlangs: two thirds of the copies for the busy subscriber are lost.
    let lost = count(&report, "t", "copies_lost") / report.requests.answered as f64;
    assert!((lost - 2.0 / 3.0).abs() < 0.01, "{lost}");
}

#[test]
fn a_scheduler_starts_jobs_by_the_clock_and_a_stuck_one_starts_none() {
    let cron = |missed: &str| {
        let mut d = design(
            &[
                ("cron", "scheduler", json!({"interval_s": 10.0, "jobs": 50, "missed": missed})),
                ("s", "app_server", server(10, constant(100.0))),
            ],
            &[("cron", "s")],
        );
        d.faults = serde_json::from_value(json!([{"id": "f", "node": "cron", "params": {
            "trouble": {"fault": "stuck_clock"}, "schedule": {"when": "once", "at_s": 25, "for_s": 30}}}]))
        .unwrap_or_default();
        assert_eq!(backpressure_sim::design::check(&d), []);
        run(&d, 1, 0.0, 105.0)
    };
    let report = cron("drop");
    // Due at 10, 20, …, 100; those at 30, 40 and 50 are missed.
    assert_eq!((count(&report, "cron", "runs"), count(&report, "cron", "runs_missed")), (7.0, 3.0));
    assert_eq!(count(&report, "cron", "jobs_done"), 350.0);
    // 50 jobs of 100 ms on 10 slots: half a second.
    let took = own(&report, "cron", "run_ms")["mean"].as_f64().unwrap_or(0.0);
    assert!((took - 500.0).abs() < 1.0, "{took}");
    assert_eq!(count(&cron("catch_up"), "cron", "jobs_done"), 500.0);
}

#[test]
fn messaging_conserves_saves_slices_and_survives_edits_and_faults() {
    let make = |workers: u32| {
        let mut d = design(
            &[
                ("users", "users", open(300.0)),
                ("cron", "scheduler", json!({"interval_s": 1.0, "jobs": 20, "spread_s": 0.5})),
                ("t", "topic", json!({})),
                (
                    "q",
                    "message_queue",
                    json!({"ack_timeout_ms": 80.0, "max_deliveries": 3, "max_length": 200, "prefetch": 5}),
                ),
                ("dead", "message_queue", json!({"max_length": 50, "on_overflow": "drop_head", "durable": false})),
                (
                    "s",
                    "event_stream",
                    json!({"partitions": 3, "retention": 500, "rebalance_ms": 200.0, "member_timeout_ms": 500.0}),
                ),
                (
                    "w",
                    "worker",
                    json!({"instances": workers, "tasks": 3, "cores": 2, "cpu_time": exponential(20.0),
                                       "io_time": exponential(5.0), "queue_limit": 2, "retries": 1}),
                ),
                ("x", "worker", json!({"concurrency": "threads", "instances": 2, "cpu_time": exponential(4.0)})),
                ("db", "sql_database", json!({"connections": 3, "queue_limit": 5})),
            ],
            &[
                ("users", "t"),
                ("cron", "q"),
                ("t", "q"),
                ("t", "s"),
                ("q", "w"),
                ("q", "dead"),
                ("s", "x"),
                ("w", "db"),
                ("x", "db"),
            ],
        );
        d.faults = serde_json::from_value(json!([
            {"id": "a", "node": "w", "params": {"trouble": {"fault": "crash", "instance": 0},
                "schedule": {"when": "random", "mtbf_s": 2, "mttr_s": 0.5}}},
            {"id": "b", "node": "dead", "params": {"trouble": {"fault": "crash"}, "schedule": {"when": "random", "mtbf_s": 3, "mttr_s": 1}}},
            {"id": "c", "node": "q", "params": {"trouble": {"fault": "crash"}, "schedule": {"when": "random", "mtbf_s": 5, "mttr_s": 1}}},
            {"id": "d", "node": "x", "params": {"trouble": {"fault": "crash", "instance": 1, "silent": true},
                "schedule": {"when": "random", "mtbf_s": 3, "mttr_s": 1}}},
        ]))
        .unwrap_or_default();
        d
    };
    let mut whole = start(&make(2));
    let mut sliced = whole.clone();
    let edits = [(5u64, 4), (9, 1), (12, 3)];
    for (at, workers) in edits {
        whole.run_until(at * 1_000_000_000, u64::MAX);
        whole.apply(&make(workers)).unwrap_or_else(|p| panic!("{p:?}"));
    }
    whole.run_until(20_000_000_000, u64::MAX);
    let mut at = 0;
    for end in 1..=20u64 {
        while at < end * 1_000_000_000 {
            at = (at + 77_000_000).min(end * 1_000_000_000);
            sliced.run_until(at, u64::MAX);
            sliced.check_conservation().unwrap_or_else(|e| panic!("{e}"));
        }
        sliced = Simulation::restore(&sliced.save()).unwrap_or_else(|e| panic!("{e}"));
        if let Some((_, workers)) = edits.iter().find(|e| e.0 == end) {
            sliced.apply(&make(*workers)).unwrap_or_else(|p| panic!("{p:?}"));
        }
    }
    assert_eq!(whole.trace_hash(), sliced.trace_hash());
    assert_eq!(whole.report(0.0), sliced.report(0.0));
    for (node, name) in [("q", "redelivered"), ("q", "dead_lettered"), ("s", "rebalances"), ("s", "consumed")] {
        assert!(count(&whole.report(0.0), node, name) > 0.0, "{node} {name}: {:?}", whole.report(0.0).nodes[node].own);
    }
    // Without the queues: what was inside them is gone, and the books still balance.
    let mut d = make(3);
    d.nodes.retain(|n| n.id != "q" && n.id != "s");
    d.links.retain(|l| ![&l.from, &l.to].iter().any(|e| *e == "q" || *e == "s"));
    d.faults.retain(|f| f.node.as_deref() != Some("q"));
    whole.apply(&d).unwrap_or_else(|p| panic!("{p:?}"));
    for _ in 0..20_000 {
        whole.step_event();
    }
    whole.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

/// What the queue says after 20 s of 300 messages a second, of which 50 are done.
fn said_by_a_full_queue(on_overflow: &str) -> String {
    let queue = json!({"max_length": 1000, "on_overflow": on_overflow});
    let mut sim = start(&queued(300.0, queue, worker(1, 1, constant(20.0))));
    let mut recorder = Recorder::new();
    for second in 1..=20 {
        recorder.advance(&mut sim, second * 1_000_000_000, u64::MAX);
        let said = recorder.snapshot(&sim, 1.0).remarks;
        if second == 20 {
            return said.into_iter().find(|(node, _)| node == "q").map(|(_, words)| words).unwrap_or_default();
        }
    }
    String::new()
}

/// The figure before these words.
fn figure(sentence: &str, words: &str) -> f64 {
    let before = sentence.split(words).next().and_then(|s| s.rsplit(' ').next());
    before.and_then(|f| f.parse().ok()).unwrap_or_else(|| panic!("no figure before {words:?} in {sentence:?}"))
}

#[test]
fn a_full_queue_does_not_grow_and_says_what_it_loses() {
    for (on_overflow, words) in [("drop_head", "/s are dropped"), ("reject", "/s are refused")] {
        let said = said_by_a_full_queue(on_overflow);
        assert!(said.contains("is full") && !said.contains("grows"), "{said}");
        // 300 come in, 50 are done; a window of two seconds at most, ± 3.3 √300.
        let lost = figure(&said, words);
        assert!((lost - 250.0).abs() < 58.0, "{said}");
        assert!((figure(&said, "/s are done") - 50.0).abs() <= 2.0, "{said}");
    }
}

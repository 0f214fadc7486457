//! What the presets about queues, streams and workers claim, against arithmetic.

mod common;

use common::{between, near, own, preset, run, start, until, utilisation, with};

#[test]
fn background_work_answers_at_once_and_the_backlog_shows_an_overload() {
    let d =
        preset("background-work", &["more than 400 ms against about ten", "35 a second, more than ten workers can do"]);
    let r = run(&d, 1, 20.0, 320.0);
    assert!(r.endpoints["upload and wait"].latency_ms.mean > 400.0);
    near("answer, ms", r.endpoints["upload"].latency_ms.mean, 10.0, 0.3);
    near("the workers are as busy as the server", utilisation(&r, "workers"), utilisation(&r, "server"), 0.1);
    // 35/s come, 25/s are done.
    let more = with(&with(&d, "users-b", "/workload/rate_rps", 35.0), "users-a", "/workload/rate_rps", 35.0);
    let mut sim = start(&more, 1);
    let r = between(&mut sim, 0.0, 60.0);
    near("answer, ms", r.endpoints["upload"].latency_ms.mean, 10.0, 0.3);
    near("backlog", f64::from(r.nodes["queue"].queue_max), 600.0, 0.35);
}

#[test]
fn at_least_once_does_slow_jobs_twice_and_loses_none() {
    let d = preset("at-least-once", &["waits only one second", "“Done twice”", "10,000 ms: nothing is done twice"]);
    let r = run(&d, 1, 0.0, 120.0);
    // One job in ten takes two seconds.
    near("done twice", own(&r, "queue", "duplicates"), 0.1 * own(&r, "queue", "acked"), 0.2);
    let patient = run(&with(&d, "queue", "/ack_timeout_ms", 10_000.0), 1, 0.0, 120.0);
    assert_eq!(own(&patient, "queue", "duplicates"), 0.0);
    assert!(own(&patient, "queue", "redelivered") >= 1.0, "a worker dies after 20 seconds");
    assert!(patient.requests.answered as f64 - own(&patient, "queue", "acked") < 20.0, "nothing is lost");
}

#[test]
fn a_hot_key_lags_in_one_partition_of_the_stream() {
    let d = preset(
        "event-stream",
        &["50 a second from each partition", "more than 65 a second", "uniform: the lag melts away"],
    );
    let mut sim = start(&d, 1);
    let r = between(&mut sim, 0.0, 19.0);
    // A third of 200 for the hot key and an eighth of the rest, for a reader that manages 50 a second.
    let expected = (66.0 + 134.0 / 8.0 - 50.0) * 19.0;
    near("lag of the hot partition", own(&r, "stream", "lag_worst_partition"), expected, 0.2);
    assert!(own(&r, "stream", "lag") < 1.1 * own(&r, "stream", "lag_worst_partition"), "only there");
    until(&mut sim, 30.0);
    assert!(own(&sim.report(0.0), "stream", "rebalances") >= 1.0, "a reader dies after 20 seconds");
    let even = with(
        &d,
        "users",
        "/endpoints",
        serde_json::json!([{"name": "event", "operation": "write", "keys": 1000,
        "popularity": {"popularity": "uniform"}}]),
    );
    assert!(own(&run(&even, 1, 0.0, 19.0), "stream", "lag") < 50.0);
}

#[test]
fn a_topic_loses_what_a_direct_subscriber_cannot_take() {
    let d = preset("publish-subscribe", &["manages 12 orders a second and gets 20", "A topic keeps nothing"]);
    let r = run(&d, 1, 10.0, 310.0);
    for (queue, rate) in [("mail-queue", 20.0), ("search-queue", 20.0)] {
        near(queue, own(&r, queue, "acked") / r.measured_s, rate, 0.05);
    }
    let taken = r.nodes["accounting"].rate_out_per_s;
    assert!(taken < 12.5, "{taken}");
    // Erlang B with one place and 1.6 erlangs: 1.6/2.6 are lost.
    near("lost", own(&r, "topic", "copies_lost") / r.requests.answered as f64, 1.6 / 2.6, 0.05);
}

#[test]
fn threads_compute_one_at_a_time_and_wait_together() {
    let d =
        preset("threads-and-processes", &["50 jobs a second", "all four cores: 200", "does 80 a second", "16 tasks"]);
    let r = run(&d, 1, 5.0, 45.0);
    for (node, rate) in [("threads", 50.0), ("processes", 200.0), ("threads-io", 80.0), ("loop", 80.0)] {
        near(node, r.nodes[node].rate_out_per_s, rate, 0.02);
    }
    let more = run(&with(&d, "loop", "/tasks", 16), 1, 5.0, 45.0);
    near("event loop of 16 tasks", more.nodes["loop"].rate_out_per_s, 150.0, 0.05);
}

#[test]
fn a_scheduled_report_hits_the_users_and_a_stuck_clock_hits_nobody() {
    let d = preset(
        "scheduled-jobs",
        &[
            "smooth for eight seconds, then a spike of more than a second",
            "less than two thirds busy",
            "over six seconds",
            "for 25 seconds",
        ],
    );
    let mut sim = start(&d, 1);
    let quiet = between(&mut sim, 0.0, 7.9).latency_ms.p99;
    let spike = between(&mut sim, 7.9, 10.5).latency_ms.max;
    assert!(spike > 1000.0 && quiet < 400.0, "{quiet} ms, then {spike} ms");
    // 100 jobs leave the queue at 80 − 40 a second: back to normal after 2.5 s.
    assert!(between(&mut sim, 11.5, 15.9).latency_ms.p99 < 400.0);
    assert!(utilisation(&run(&d, 1, 0.0, 30.0), "db") < 0.66);
    assert!(run(&with(&d, "cron", "/spread_s", 6.0), 1, 0.0, 30.0).latency_ms.p99 < 500.0);
    let r = run(&d, 1, 0.0, 70.0);
    // Due at 40, 48 and 56 while the clock stands still from 35 to 60.
    assert_eq!(own(&r, "cron", "runs_missed"), 3.0);
}

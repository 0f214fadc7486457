//! Whole systems: what their descriptions claim.

mod common;

use serde_json::Value;

use common::{between, near, own, preset, run, start, utilisation, with};

#[test]
fn politeness_bounds_the_crawler_whatever_its_size() {
    let d = preset(
        "web-crawler",
        &["50 pages a second", "1,000 tasks instead of 150", "with 20 in the fetchers' Politeness"],
    );
    let pages = |d: &backpressure_sim::Design| between(&mut start(d, 1), 30.0, 90.0).nodes["web"].rate_in_per_s;
    // Ten hosts, one visit every 200 ms each: five a second. Links come by chance, so now and then no task in hand is for some host:
    // N tasks that move between M stations of equal, constant times keep them busy for about N / (N + (M − 1) / 2) of the time.
    near("pages", pages(&d), 50.0 * 150.0 / 154.5, 0.02);
    near("with more tasks", pages(&with(&d, "fetchers", "/tasks", 1000)), 50.0, 0.01);
    near("with more machines", pages(&with(&d, "fetchers", "/instances", 10)), 50.0, 0.01);
    near("with more hosts", pages(&with(&d, "fetchers", "/politeness/hosts", 20)), 80.0, 0.03);
    near("without", pages(&with(&d, "fetchers", "/politeness", Value::Null)), 80.0, 0.03);
    assert!(utilisation(&run(&d, 1, 0.0, 60.0), "seen") < 0.05);
}

#[test]
fn a_feed_pays_when_writing_or_when_reading() {
    let d = preset("social-feed", &["200 writes a second", "8,000 reads a second"]);
    let r = run(&d, 1, 5.0, 35.0);
    let writes = r.nodes["timelines"].rate_in_per_s - r.nodes["web-a"].rate_in_per_s;
    near("writes to timelines", writes, 200.0, 0.2);
    near("reads of posts", r.nodes["posts-replica"].rate_in_per_s, 8000.0, 0.05);
    assert!(
        r.endpoints["timeline, on read"].latency_ms.mean > 10.0 * r.endpoints["timeline, on write"].latency_ms.mean
    );
}

#[test]
fn chat_messages_wait_for_a_gateway_with_a_queue_and_are_lost_without() {
    let d = preset("chat", &["After four seconds the third dies", "lost, because the topic keeps nothing"]);
    let r = run(&d, 1, 0.0, 60.0);
    near("lost copies", own(&r, "room", "copies_lost"), 1000.0, 0.15);
    let sent = r.endpoints["message"].requests.answered as f64;
    near("through gateway 2, late", own(&r, "to-2", "acked"), sent, 0.02);
    assert!(r.endpoints["message"].latency_ms.p99 < 20.0, "{}", r.endpoints["message"].latency_ms.p99);
}

#[test]
fn uploading_stays_quick_while_transcoding_falls_behind() {
    let d = preset("video-upload", &["three quarters busy", "three a second"]);
    near("transcoders", utilisation(&run(&d, 1, 60.0, 1260.0), "transcoders"), 0.75, 0.1);
    let more = with(&d, "people", "/workload/rate_rps", 3.0);
    let r = between(&mut start(&more, 1), 0.0, 300.0);
    assert!(r.nodes["q1"].queue_max > 50 && r.nodes["q2"].queue_max < 20 && r.nodes["q3"].queue_max < 20);
    assert!(r.endpoints["upload"].latency_ms.p99 < 230.0, "{}", r.endpoints["upload"].latency_ms.p99);
}

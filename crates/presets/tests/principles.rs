//! Design principles, each as two designs of the same system under the same traffic and the same fault: what the absence of the
//! principle costs, measured.

mod common;

use backpressure_sim::metrics::{OwnReport, Report};
use common::{between, near, own, preset, run, start};

/// What happens from the second second of the trouble on, which begins at four.
fn trouble(name: &str, claims: &[&str]) -> Report {
    between(&mut start(&preset(name, claims), 1), 6.0, 13.0)
}

fn p50(r: &Report, endpoint: &str) -> f64 {
    r.endpoints[endpoint].latency_ms.p50
}

fn failed_share(r: &Report, endpoint: &str) -> f64 {
    let requests = &r.endpoints[endpoint].requests;
    requests.failed.values().sum::<u64>() as f64 / requests.offered.max(1) as f64
}

fn span_mean(r: &Report, node: &str, name: &str) -> f64 {
    match r.nodes[node].own.get(name) {
        Some(OwnReport::Span(latency)) => latency.mean,
        other => panic!("{node} {name}: {other:?}"),
    }
}

#[test]
fn concerns_kept_apart_do_not_share_their_fate() {
    let d = preset("principle-separation", &["ten times as often", "no shopper notices"]);
    let calm = between(&mut start(&d, 1), 1.0, 4.0);
    near("apart, ms", p50(&calm, "order apart"), p50(&calm, "order together"), 0.05);
    let mut sim = start(&d, 1);
    let r = between(&mut sim, 16.0, 33.0);
    // Ten reports a second of two seconds each are twenty slots: all there are.
    assert!(r.endpoints["order together"].requests.answered < r.endpoints["order apart"].requests.answered);
    assert!(p50(&r, "order apart") < 30.0, "{}", p50(&r, "order apart"));
    let late = r.endpoints["order together"].latency_ms.p50;
    assert!(late > 20.0 * p50(&r, "order apart"), "{late} ms");
}

#[test]
fn a_message_between_two_systems_lets_one_of_them_be_down() {
    let r = trouble("principle-coupling", &["down for ten seconds", "not one order fails"]);
    assert!(failed_share(&r, "order coupled") > 0.99);
    assert_eq!(failed_share(&r, "order decoupled"), 0.0);
    let d = preset("principle-coupling", &[]);
    let whole = run(&d, 1, 0.0, 60.0);
    near(
        "every mail goes out",
        own(&whole, "queue", "acked"),
        whole.endpoints["order decoupled"].requests.answered as f64,
        0.02,
    );
}

#[test]
fn one_responsibility_has_one_reason_to_fail() {
    let mut sim = start(&preset("principle-responsibility", &["thirty times as slow", "only the mails are late"]), 1);
    let r = between(&mut sim, 9.0, 33.0);
    let (together, apart) = (span_mean(&r, "queue-a", "age_ms"), span_mean(&r, "photos", "age_ms"));
    assert!(apart < 60.0 && together > 50.0 * apart, "{together} ms and {apart} ms");
}

#[test]
fn what_is_asked_for_together_belongs_together() {
    let r = trouble("principle-cohesion", &["400 ms more; below one, 100 ms"]);
    let calm = between(&mut start(&preset("principle-cohesion", &[]), 1), 1.0, 4.0);
    let more = |endpoint: &str| r.endpoints[endpoint].latency_ms.mean - calm.endpoints[endpoint].latency_ms.mean;
    near("scattered, ms more", more("page scattered"), 400.0, 0.03);
    near("together, ms more", more("page together"), 100.0, 0.03);
}

#[test]
fn the_owner_of_the_data_decides_how_it_is_used() {
    let d = preset("principle-encapsulation", &["300 queries", "more than a second", "at most four"]);
    let r = between(&mut start(&d, 1), 8.0, 11.0);
    assert!(r.endpoints["page open"].latency_ms.p90 > 1000.0, "{}", r.endpoints["page open"].latency_ms.p90);
    assert!(r.endpoints["page owned"].latency_ms.p90 < 400.0, "{}", r.endpoints["page owned"].latency_ms.p90);
    // The job is done all the same.
    assert_eq!(own(&run(&d, 1, 0.0, 15.0), "cron-b", "jobs_done"), 300.0);
}

#[test]
fn behind_a_name_servers_may_come_and_go() {
    let r = trouble("principle-abstraction", &["half of all requests fail", "nothing fails"]);
    near("by address", failed_share(&r, "call by address"), 0.5, 0.1);
    assert_eq!(failed_share(&r, "call by name"), 0.0);
}

#[test]
fn a_retry_repeated_in_every_layer_multiplies() {
    let d = preset("principle-dry", &["4 × 4 × 4 = 64", "Below, 4 attempts", "sixteen times"]);
    let r = between(&mut start(&d, 1), 6.0, 33.0);
    // Where every attempt fails a layer of three retries makes four, and the next layer does the same with each.
    near("thrice", r.nodes["db-a"].rate_in_per_s / 40.0, 64.0, 0.06);
    near("once", r.nodes["db-b"].rate_in_per_s / 40.0, 4.0, 0.06);
    assert_eq!(r.requests.answered, 0);
}

#[test]
fn a_right_that_is_not_needed_is_only_good_for_accidents() {
    let d = preset("principle-least-privilege", &["a second and a half", "no shopper notices"]);
    let r = between(&mut start(&d, 1), 5.0, 8.0);
    assert!(r.endpoints["view"].latency_ms.p90 > 1000.0, "{}", r.endpoints["view"].latency_ms.p90);
    near("few rights, ms", r.endpoints["look"].latency_ms.p50, 1.0 + 10.0 + 4.0 * 0.5, 0.1);
    assert_eq!(own(&run(&d, 1, 0.0, 9.0), "cron-b", "jobs_failed"), 200.0);
}

//! What the presets about servers claim, against arithmetic and theory.

mod common;

use backpressure_sim::analysis::theory::{harmonic, mmc_mean_wait};
use backpressure_sim::metrics::{OwnReport, Recorder, Report};
use common::{HOP_MS, between, near, own, per_s, preset, run, says, start, until, utilisation, with, with_link};
use serde_json::json;

fn mean_level(report: &Report, node: &str, name: &str) -> f64 {
    match report.nodes[node].own.get(name) {
        Some(OwnReport::Level { mean, .. }) => *mean,
        other => panic!("{node} {name}: {other:?}"),
    }
}

/// The sentence on the screen after so many seconds.
fn finding_at(design: &backpressure_sim::Design, second: f64) -> String {
    let mut sim = start(design, 1);
    let mut recorder = Recorder::new();
    recorder.advance(&mut sim, (second * 1e9) as u64, u64::MAX);
    recorder.snapshot(&sim, 1.0).finding.sentence
}

#[test]
fn latency_has_three_parts() {
    let d = preset(
        "client-server",
        &["that is 90 ms: 40 ms of network, 40 ms of queue and 10 ms of work", "from 40 to 190 ms", "2 ms are left"],
    );
    for (rate, slots, words_ms) in [(80.0, 1, 40.0), (95.0, 1, 190.0), (80.0, 2, 2.0)] {
        let wait_ms = 1000.0 * mmc_mean_wait(rate, 100.0, slots);
        says("wait, ms", words_ms, wait_ms, 0.5);
        let d = with(&with(&d, "users", "/workload/rate_rps", rate), "server", "/slots", slots);
        let parts: Vec<_> =
            (1..=10).map(|seed| run(&d, seed, 100.0, 2100.0).latency_parts.unwrap_or_default()).collect();
        let mean =
            |part: fn(&backpressure_sim::metrics::LatencyParts) -> f64| parts.iter().map(part).sum::<f64>() / 10.0;
        near("network, ms", mean(|p| p.network_ms), 40.0, 1e-9);
        near("queue, ms", mean(|p| p.queueing_ms), wait_ms, 0.12);
        near("work, ms", mean(|p| p.service_ms), 10.0, 0.02);
        assert!(mean(|p| p.lost_ms) < 1e-6);
    }
}

#[test]
fn more_servers_help_until_the_database_is_the_bottleneck() {
    let d = preset(
        "horizontal-scaling",
        &[
            "that manages 190",
            "with four 762",
            "with five 952",
            "should be 1,524, but it is 1,000",
            "names the database",
        ],
    );
    // A slot is held for the work, the query and the way to it and back.
    let each = 4.0 / (10.0 + 10.0 + 2.0 * HOP_MS) * 1000.0;
    says("one", 190.0, each, 0.5);
    says("four", 762.0, 4.0 * each, 0.5);
    says("five", 952.0, 5.0 * each, 0.5);
    says("eight", 1524.0, 8.0 * each, 0.5);
    let answered = |instances: u32| {
        let d = with(&d, "servers", "/instances", instances);
        (per_s(&run(&d, 1, 5.0, 65.0), "answered"), finding_at(&d, 9.0))
    };
    for instances in [1, 4] {
        let (rate, finding) = answered(instances);
        near("answered, 1/s", rate, f64::from(instances) * each, 0.02);
        assert!(finding.starts_with("The bottleneck is Servers:"), "{finding}");
    }
    let (rate, finding) = answered(8);
    near("answered, 1/s", rate, 1000.0, 0.02);
    assert!(finding.starts_with("The bottleneck is Database:"), "{finding}");
    let more = with(&with(&d, "servers", "/instances", 8), "database", "/connections", 20);
    near("answered, 1/s", per_s(&run(&more, 1, 5.0, 65.0), "answered"), (8.0 * each).min(1500.0), 0.03);
}

#[test]
fn a_bigger_server_is_faster_dearer_and_ends_somewhere() {
    let d = preset(
        "vertical-scaling",
        &[
            "100 requests a second and no more",
            "when a hundred are inside",
            "Four cores do: 200 a second",
            "four times as much",
            "at 448 cores",
            "from 128 to 256 it is 3.3 times as high",
        ],
    );
    let grown = |cores: u32| {
        backpressure_sim::analysis::growth::sentences(&with(&d, "server", "/cores", cores).nodes[1]).join(" ")
    };
    assert!(grown(2).contains("Cores 2 → 4: 2× the capacity for 2.01× the cost."), "{}", grown(2));
    // The slots, 64, hold back what has more cores.
    assert!(grown(128).contains("no more capacity, for 3.33× the cost."), "{}", grown(128));
    assert!(grown(448).contains("no machine on sale has more"), "{}", grown(448));
    let r = run(&d, 1, 0.0, 120.0);
    assert!(own(&r, "server", "out_of_memory") >= 5.0, "{:?}", r.nodes["server"].own);
    assert!(per_s(&r, "answered") < 100.0 && per_s(&r, "crashed") > 0.0 && per_s(&r, "refused") > 0.0);
    // What more slots do: nothing.
    let slots = run(&with(&d, "server", "/slots", 128), 1, 0.0, 120.0);
    assert!(per_s(&slots, "answered") < 100.0 && own(&slots, "server", "out_of_memory") >= 5.0);
    for (pointer, value) in [("/cores", json!(4)), ("/core_speed", json!(2))] {
        let r = run(&with(&d, "server", pointer, value), 1, 5.0, 305.0);
        near("answered, 1/s", per_s(&r, "answered"), 120.0, 0.03);
        near("cores busy", r.nodes["server"].cpu.unwrap_or_default(), 0.6, 0.03);
        assert_eq!(own(&r, "server", "out_of_memory"), 0.0);
    }
    let four = with(&with(&d, "server", "/cores", 4), "users", "/workload/rate_rps", 300);
    let four = with(&four, "server", "/queue_limit", 0);
    near("four cores, 1/s", per_s(&run(&four, 1, 5.0, 65.0), "answered"), 200.0, 0.03);
    let kind = backpressure_sim::components::kind("app_server").unwrap_or_else(|| panic!("app server"));
    let cost = |d: &backpressure_sim::Design| (kind.cost_usd_per_hour)(&d.nodes[1].params);
    let fast = cost(&with(&d, "server", "/core_speed", 2)) / cost(&d);
    assert!((3.5..4.1).contains(&fast), "{fast}");
    let field = kind.fields.iter().find(|f| f.name == "cores").map(|f| f.kind.clone());
    assert!(matches!(field, Some(backpressure_sim::design::FieldKind::Integer { max: 448, .. })), "{field:?}");
}

#[test]
fn autoscaling_lags_behind_and_flaps_without_a_cool_down() {
    let d = preset(
        "autoscaling",
        &[
            "one instance at night, seven at noon",
            "starts more than are needed",
            "Set the start-up to 0: the queue is gone",
            "half as many scale events again",
            "costs twice the instances",
        ],
    );
    // 50 ms in one of ten slots, 60 % of them busy: 120 requests a second for an instance.
    says("at night", 1.0, (100.0f64 / 120.0).ceil(), 0.0);
    says("at noon", 7.0, (800.0f64 / 120.0).ceil(), 0.0);
    let two_days = |d: &backpressure_sim::Design| between(&mut start(d, 1), 40.0, 200.0);
    let lagging = two_days(&d);
    let OwnReport::Level { max, .. } = lagging.nodes["servers"].own["instances"] else { panic!("a level") };
    assert!((8..=14).contains(&max), "more than are needed: {max}");
    assert!(lagging.latency_ms.p99 > 200.0, "a queue forms: {:?}", lagging.latency_ms.p99);
    let instant = two_days(&with(&d, "servers", "/autoscaling/start_up_s", 0));
    assert!(instant.latency_ms.p99 < lagging.latency_ms.p99 / 2.0 && instant.nodes["servers"].queue_mean < 1.0);
    let flapping = two_days(&with(&d, "servers", "/autoscaling/cool_down_s", 0));
    let events = |r: &Report| own(r, "servers", "scale_events");
    near("scale events", events(&flapping), 1.5 * events(&lagging), 0.2);
    let roomy = two_days(&with(&d, "servers", "/autoscaling/policy/target_utilisation", 0.3));
    near(
        "instances",
        mean_level(&roomy, "servers", "instances"),
        2.0 * mean_level(&lagging, "servers", "instances"),
        0.2,
    );
    assert!(roomy.nodes["servers"].queue_mean < 0.1 * lagging.nodes["servers"].queue_mean);
}

#[test]
fn the_slowest_of_four_decides_for_calls_at_once() {
    let d = preset(
        "fan-out",
        &["one after the other: 80 ms", "42 ms on average, not 20", "with a hundred it would be 104 ms"],
    );
    says("four", 42.0, 20.0 * harmonic(4), 0.5);
    says("a hundred", 104.0, 20.0 * harmonic(100), 0.5);
    let r = run(&d, 1, 5.0, 305.0);
    near("in turn, ms", r.nodes["in-turn"].residence_ms.mean, 80.0, 0.01);
    near("at once, ms", r.nodes["at-once"].residence_ms.mean, 20.0 * harmonic(4), 0.01);
    let d = with_link(&d, "at-once-part-1", "/on_failure", "degrade");
    let d = with_link(&d, "at-once-part-1", "/calls/timeout_ms", 50.0);
    let d = with(&d, "part-1", "/service_time/mean_ms", 200.0);
    let r = run(&d, 1, 5.0, 105.0);
    // e^(−50/200) of the calls are given up.
    let n = r.nodes["at-once"].rate_out_per_s * r.measured_s;
    near("degraded", r.nodes["at-once"].degraded as f64 / n, libm::exp(-0.25), 0.02);
}

#[test]
fn an_n_plus_one_query_spends_its_time_on_the_way() {
    let d =
        preset("n-plus-one", &["21 queries of 1 ms", "An answer takes 43 ms", "Below one query joins the two: 3 ms"]);
    let r = run(&d, 1, 1.0, 61.0);
    let way = 2.0 * HOP_MS;
    near("21 queries, ms", r.nodes["naive"].residence_ms.mean + way, 21.0 * (1.0 + way) + way, 1e-3);
    near("one query, ms", r.nodes["joined"].residence_ms.mean + way, 1.0 + 2.0 * way, 1e-3);
    says("21 queries", 43.0, 21.0 * (1.0 + way) + way, 0.1);
    near("load", r.nodes["database"].rate_in_per_s, 100.0 / 2.0 * 22.0, 0.03);
}

#[test]
fn a_custom_component_is_what_its_figures_say() {
    let d = preset(
        "custom-component",
        &["It can do 25 requests a second", "one in a hundred fails", "the slots are 98 % busy"],
    );
    let r = run(&d, 1, 10.0, 1010.0);
    // The feature store and the way to it hold the slot as well.
    let held_ms = |fails: f64| 80.0 + (1.0 - fails) * (0.3 + 2.0 * HOP_MS);
    says("capacity, 1/s", 25.0, 2.0 / held_ms(0.01) * 1000.0, 0.5);
    near("slots", utilisation(&r, "model"), 20.0 * held_ms(0.01) / 2000.0, 0.02);
    near("failed", per_s(&r, "error"), 0.2, 0.2);
    says("slots at 24/s", 0.98, 24.0 * held_ms(0.01) / 2000.0, 0.01);
    let mut busy = start(&with(&d, "users", "/workload/rate_rps", 24), 1);
    until(&mut busy, 100.0);
    let later = between(&mut busy, 100.0, 600.0);
    assert!(later.nodes["model"].queue_mean > 5.0 * r.nodes["model"].queue_mean, "{}", later.nodes["model"].queue_mean);
}

#[test]
fn somebody_elses_limit_stands_whatever_our_servers_do() {
    let d = preset(
        "external-api",
        &[
            "80 times a second each",
            "answers 50 requests a second",
            "fails in 30 of its 80",
            "it asks 4 times a second",
            "answers take 3 ms",
        ],
    );
    let r = run(&d, 1, 15.0, 315.0);
    // A token bucket in the long run: min(λ, r).
    near("answered, 1/s", r.nodes["exchange-a"].rate_out_per_s, 50.0 * 0.998, 0.01);
    near("refused, 1/s", r.nodes["exchange-a"].failed["rate_limited"] as f64 / r.measured_s, 80.0 - 50.0, 0.05);
    assert_eq!(r.requests.status[&429], r.requests.failed["rate_limited"]);
    near("failed by itself", r.nodes["exchange-a"].failed["error"] as f64 / r.measured_s, 50.0 * 0.002, 0.5);
    // Each of thirty rates is asked for when 10 s are over and somebody wants it, and again by whoever wants it before the
    // answer of 121 ms is there.
    let (each, answer_s) = (80.0 / 30.0, 0.121);
    let asked = 30.0 * (1.0 + each * answer_s) / (10.0 + 1.0 / each + answer_s);
    says("asked, 1/s", 4.0, asked, 0.5);
    near("asked, 1/s", r.nodes["exchange-b"].rate_in_per_s, asked, 0.05);
    assert!(!r.nodes["exchange-b"].failed.contains_key("rate_limited"));
    near("remembered, ms", r.nodes["mindful"].residence_ms.p50 + 2.0 * HOP_MS, 3.0, 0.15);
    let again = run(&with_link(&d, "forgetful-exchange-a", "/calls/retries", 3), 1, 15.0, 115.0);
    near("answered with retries, 1/s", again.nodes["exchange-a"].rate_out_per_s, 50.0 * 0.998, 0.01);
    assert!(again.nodes["exchange-a"].rate_in_per_s > 130.0, "{}", again.nodes["exchange-a"].rate_in_per_s);
}

#[test]
fn an_autoscaler_that_follows_the_queue_flaps() {
    let d = preset(
        "autoscaling-flapping",
        &[
            "the queue grows by 100 a second",
            "Every second it decides",
            "three instances, half busy",
            "once in eleven seconds",
        ],
    );
    let flapping = |d: &backpressure_sim::Design, node: &str, name: &str| {
        let r = between(&mut start(d, 1), 11.0, 231.0);
        own(&r, node, name) / r.measured_s
    };
    // A look a second, and each decides the opposite of the one before.
    near("decisions, 1/s", flapping(&d, "servers-queue", "scale_events"), 1.0, 0.02);
    // Now and then chance leaves a few waiting, and a second step follows in the same direction.
    near("changes of mind, 1/s", flapping(&d, "servers-queue", "scale_reversals"), 1.0, 0.1);
    // 300/s of 50 ms are 15 busy slots: 60 % of 25, so ⌈2.5⌉ instances, of whose 30 slots half are busy.
    let r = run(&d, 1, 11.0, 231.0);
    near("instances", mean_level(&r, "servers-target", "instances"), 3.0, 0.03);
    near("utilisation", utilisation(&r, "servers-target"), 0.5, 0.04);
    assert!(own(&r, "servers-target", "scale_reversals") <= 4.0, "{:?}", r.nodes["servers-target"].own);
    // Up in the second after it went down, and down when ten seconds are over.
    let calmer = with(&d, "servers-queue", "/autoscaling/cool_down_s", 10);
    near("decisions with a cool-down, 1/s", flapping(&calmer, "servers-queue", "scale_events"), 2.0 / 11.0, 0.05);
}

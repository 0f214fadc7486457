//! What the presets about object storage and search indexes claim, against arithmetic and theory.

mod common;

use backpressure_sim::analysis::theory::harmonic;
use backpressure_sim::design::Trouble;
use backpressure_sim::engine::Victim;
use backpressure_sim::metrics::{Recorder, Report};
use common::{HOP_MS, between, near, per_s, preset, run, says, start, until, utilisation, with};

fn stale(r: &Report, lane: &str) -> f64 {
    let searches = &r.endpoints[&format!("users-{lane}/search")].requests;
    searches.stale as f64 / searches.answered as f64
}

#[test]
fn a_search_is_as_slow_as_the_slowest_of_twenty_shards_and_as_old_as_the_last_refresh() {
    let d = preset(
        "search-index",
        &["takes 100 ms on average", "18 ms, not 5", "18 % of the answers are stale", "200 ms: 2 %", "instance 0"],
    );
    let r = run(&d, 1, 10.0, 310.0);
    let mean = |lane: &str| r.endpoints[&format!("users-{lane}/search")].latency_ms.mean;
    // Two links both ways, and a millisecond of the app.
    let way_ms = 4.0 * HOP_MS + 1.0;
    says("twenty shards, ms", 18.0, 5.0 * harmonic(20), 0.5);
    near("one shard, ms", mean("one") - way_ms, 100.0, 0.02);
    near("twenty shards, ms", mean("twenty") - way_ms, 5.0 * harmonic(20), 0.02);

    // A document is written w = 10/50 times a second. At a time u after the refresh a search shows an older version with
    // 1 − e^(−wu), and what was committed in the last 6 ms before the refresh (a hop back, a hop there, 5 ms of indexing) has
    // missed it.
    let share = |refresh_s: f64| 1.0 + libm::expm1(-0.2 * refresh_s) / (0.2 * refresh_s) + 0.2 * 0.006;
    says("stale", 0.18, share(2.0), 0.005);
    says("stale, refreshed often", 0.02, share(0.2), 0.005);
    let often = with(&with(&d, "index-one", "/refresh_ms", 200.0), "index-twenty", "/refresh_ms", 200.0);
    let often = run(&often, 1, 10.0, 310.0);
    for lane in ["one", "twenty"] {
        near("stale", stale(&r, lane), share(2.0), 0.04);
        near("stale, refreshed often", stale(&often, lane), share(0.2), 0.1);
    }

    // At once, on the screen: the documents that wait. Then a shard dies, and answers go on without it.
    let mut sim = start(&d, 1);
    let mut recorder = Recorder::new();
    recorder.advance(&mut sim, 7_500_000_000, u64::MAX);
    let said = |remarks: Vec<(String, String)>, words: &str| remarks.iter().any(|(_, s)| s.contains(words));
    assert!(said(recorder.snapshot(&sim, 1.0).remarks, "wait for the next refresh"));
    sim.inject(Victim::Node("index-twenty".into()), Trouble::Crash { instance: Some(0), silent: false }, None);
    recorder.advance(&mut sim, 9_500_000_000, u64::MAX);
    assert!(said(recorder.snapshot(&sim, 1.0).remarks, "incomplete"));
    let r = between(&mut sim, 10.0, 20.0);
    let searches = &r.endpoints["users-twenty/search"].requests;
    assert!(searches.failed.is_empty() && searches.degraded == searches.answered, "{searches:?}");
}

#[test]
fn whoever_passes_large_files_on_holds_a_slot_for_as_long_as_they_take() {
    let d = preset(
        "object-storage",
        &[
            "57 ms for the bytes",
            "for the 90 ms that the file takes",
            "can do 89 files a second",
            "2.5 % busy",
            "Give the upper app 16 slots, and it keeps up, 56 % busy",
            "a rate of 12,000",
            "serves 5,500 reads",
            "with two prefixes nobody is told",
        ],
    );
    let bytes_ms = 5e6 * 8.0 / 700e6 * 1000.0;
    says("bytes, ms", 57.0, bytes_ms, 0.5);
    let held_ms = 2.0 + 2.0 * HOP_MS + 30.0 + bytes_ms;
    says("slot held, ms", 90.0, held_ms, 0.5);
    says("files a second", 89.0, 8000.0 / held_ms, 0.5);
    let mut sim = start(&d, 1);
    until(&mut sim, 10.0);
    let waiting = between(&mut sim, 10.0, 60.0).nodes["app-through"].queue_mean;
    // From the first second on eleven more wait every second: at 35 s, the middle of what is measured, 35 times as many.
    near("waiting", waiting, 35.0 * (100.0 - 8000.0 / held_ms), 0.3);
    let r = run(&d, 1, 60.0, 110.0);
    near("files a second", r.nodes["app-through"].rate_out_per_s, 8000.0 / held_ms, 0.01);
    near("busy below", utilisation(&r, "app-direct"), 0.025, 0.03);
    near("a file below, ms", r.endpoints["users-direct/file"].latency_ms.mean, held_ms - 2.0, 0.001);

    let roomy = run(&with(&d, "app-through", "/slots", 16), 1, 10.0, 60.0);
    says("busy with 16 slots", 0.56, 100.0 * held_ms / 1000.0 / 16.0, 0.005);
    near("busy with 16 slots", utilisation(&roomy, "app-through"), 100.0 * held_ms / 1000.0 / 16.0, 0.03);
    assert!(roomy.requests.failed.is_empty());

    let mut many = with(&d, "users-direct", "/workload/rate_rps", 12_000.0);
    many = with(&many, "app-direct", "/slots", 16);
    for node in many.nodes.iter_mut().filter(|n| n.id == "users-direct") {
        node.params["endpoints"][1]["payload_bytes"] = 100_000.into();
    }
    let one = run(&many, 1, 5.0, 15.0);
    near("refused", per_s(&one, "rate_limited"), 500.0, 0.15);
    near("served", one.endpoints["users-direct/file"].requests.answered as f64 / one.measured_s, 5500.0, 0.005);
    let two = run(&with(&many, "storage-direct", "/prefixes", 2), 1, 5.0, 15.0);
    assert!(!two.requests.failed.contains_key("rate_limited"), "{:?}", two.requests.failed);
}

//! What the preset about logs, traces and profiles claims, against queueing theory.

mod common;

use backpressure_sim::analysis::theory::mmc_mean_wait;
use backpressure_sim::metrics::{NodeReport, ProfileRow};
use common::{HOP_MS, near, preset, run, says, start, until, with};

#[test]
fn the_profile_finds_the_one_that_is_slow_and_the_trace_shows_it() {
    let d = preset(
        "slow-requests",
        &["69 ms on average", "45 of 69 ms is waiting there", "it saves 2.5 ms", "the wait shrinks to about 2 ms"],
    );
    let wait_ms = mmc_mean_wait(0.106, 1.0 / 8.0, 1);
    let rest_ms = 2.0 + 5.0 + 8.0 + 5.0 + 8.0 * HOP_MS;
    says("latency, ms", 69.0, wait_ms + rest_ms, 0.5);
    says("wait, ms", 45.0, wait_ms, 0.5);
    says("wait with two slots, ms", 2.0, mmc_mean_wait(0.106, 1.0 / 8.0, 2), 0.3);
    near("latency, ms", run(&d, 1, 10.0, 4010.0).latency_ms.mean, wait_ms + rest_ms, 0.06);

    let mut sim = start(&d, 1);
    sim.trace(1);
    until(&mut sim, 20.0);
    let profile = sim.profile();
    let of = |row: &ProfileRow, node: &str| row.path.last().is_some_and(|last| last == node);
    let (mut at_prices, mut elsewhere) = (0.0, 0.0);
    for row in &profile {
        if of(row, "prices") { at_prices += row.queueing_ms } else { elsewhere += row.queueing_ms }
    }
    assert!(at_prices > 10.0 && elsewhere < 0.01, "{at_prices} ms at Prices, {elsewhere} ms elsewhere");
    // The slowest request of all: its longest bar is the wait at Prices.
    let slowest = sim.slowest_traces();
    let longest = slowest[0].spans.iter().skip(1).max_by(|a, b| a.queueing_ms.total_cmp(&b.queueing_ms));
    assert!(longest.is_some_and(|s| s.node == "prices" && s.queueing_ms > 0.5 * slowest[0].latency_ms), "{slowest:#?}");

    let faster = with(&d, "articles", "/service_time/mean_ms", 2.5);
    let saved = run(&d, 1, 10.0, 210.0).latency_ms.mean - run(&faster, 1, 10.0, 210.0).latency_ms.mean;
    // Prices gets the same arrivals, 2.5 ms earlier, and takes the same times for them.
    near("saved, ms", saved, 2.5, 0.05);
    let cured = run(&with(&d, "prices", "/slots", 2), 1, 10.0, 1010.0);
    near("latency when cured, ms", cured.latency_ms.mean, rest_ms + mmc_mean_wait(0.106, 1.0 / 8.0, 2), 0.03);
}

#[test]
fn no_time_is_lost_where_no_attempt_fails() {
    let mut looked_at = 0;
    for preset in backpressure_presets::PRESETS {
        let d = common::preset(preset.name, &[]);
        let r = run(&d, 1, 1.0, 11.0);
        // A hedge is an attempt that comes to nothing without having failed.
        let hedged = d.links.iter().any(|l| l.params.get("calls").is_some_and(|c| c.get("hedge_after_ms").is_some()));
        let failed = |node: &NodeReport| !node.failed.is_empty() || node.kind == "worker";
        if hedged || !r.requests.failed.is_empty() || r.nodes.values().any(failed) {
            continue;
        }
        let Some(parts) = r.latency_parts else { continue };
        println!("{}: {parts:?}", preset.name);
        looked_at += 1;
        assert!(parts.lost_ms < 1e-6, "{}: {parts:?}", preset.name);
    }
    assert!(looked_at > 20, "{looked_at} presets are without failures");
}

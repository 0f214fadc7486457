//! What the presets about a web application that grows, a zone that fails and a network that is not reliable claim, against
//! arithmetic.

mod common;

use backpressure_sim::analysis::assertions::{Trial, test};
use backpressure_sim::design::Design;
use backpressure_sim::metrics::Recorder;
use backpressure_sim::{Simulation, metrics::Report};
use common::{HOP_MS, between, near, preset, run, says, start, utilisation, with};

/// What the screen says beside the components at this second of the run, as it opens.
fn remarks(design: &Design, second: f64) -> Vec<(String, String)> {
    let (mut sim, mut recorder) = (start(design, 1), Recorder::new());
    recorder.advance(&mut sim, (second * 1e9) as u64, u64::MAX);
    recorder.snapshot(&sim, 1.0).remarks
}

#[track_caller]
fn is_said(design: &Design, second: f64, node: &str, words: &str) {
    let said = remarks(design, second);
    assert!(said.iter().any(|(id, s)| id == node && s.contains(words)), "{said:?}");
}

/// Without these components and their links.
fn without(design: &Design, node: &str) -> Design {
    let mut design = design.clone();
    design.nodes.retain(|n| n.id != node);
    design.links.retain(|l| l.from != node && l.to != node);
    design
}

#[test]
fn a_web_application_grows_bottleneck_by_bottleneck() {
    let d = preset(
        "web-application",
        &[
            "1,800 requests a second, half for pages",
            "it answers 167 requests",
            "a machine of its own: 250",
            "they could do 1,000",
            "250 pages a second, so it is 500 in all",
            "more than four pages of five",
            "all 1,800 are answered",
            "back at 500",
            "it stays at 250",
        ],
    );
    // Two cores; 8 ms of computing for a request, and 8 ms of database for every second one.
    let (cores, ms) = (2.0, 8.0);
    let per_s = [
        1000.0 * cores / (ms + ms / 2.0),
        1000.0 * cores / ms,
        // Two connections do so many pages a second, and as many pictures come with them.
        2.0 * 1000.0 * 2.0 / ms,
        4.0 * 1000.0 * cores / ms,
        1800.0,
    ];
    for (words, theory) in [167.0, 250.0, 500.0, 1000.0, 1800.0].into_iter().zip(per_s) {
        says("answered, 1/s", words, theory, 0.5);
    }
    let out = |r: &Report, step: usize| r.nodes[&format!("users-{step}")].rate_out_per_s;
    // Whoever presses play sees it within ten seconds; in the long run it is what arithmetic says.
    let (soon, long) = (run(&d, 1, 3.0, 10.0), run(&d, 1, 10.0, 50.0));
    for (i, theory) in per_s.into_iter().enumerate() {
        near(&format!("step {}, soon", i + 1), out(&soon, i + 1), theory, 0.07);
        near(&format!("step {}", i + 1), out(&long, i + 1), theory, 0.03);
    }
    let failed = |r: &Report, lane: &str| r.endpoints[lane].requests.failed.values().sum::<u64>();
    assert_eq!(failed(&long, "users-5/page") + failed(&long, "users-5/picture"), 0);
    let hits = long.nodes["cache-4"].hit_ratio.unwrap_or(0.0);
    assert!((0.8..0.95).contains(&hits), "{hits}");
    near("cores of step 5", long.nodes["app-5"].cpu.unwrap_or(0.0), 900.0 * ms / 8000.0, 0.03);

    near("step 4 without its cache", out(&run(&without(&d, "cache-4"), 1, 10.0, 30.0), 4), per_s[2], 0.04);
    near("step 2, wider database", out(&run(&with(&d, "db-2", "/connections", 20), 1, 10.0, 30.0), 2), per_s[1], 0.04);
}

#[test]
fn what_stands_in_two_zones_outlives_one() {
    let d = preset(
        "zone-outage",
        &[
            "Half of the requests fail at once",
            "half a second to a second later",
            "one or two hundred requests were lost",
            "75 % busy instead of 38 %",
            "put all four servers into the zone East, or raise the rate to 600",
        ],
    );
    // Two checks, half a second apart, have to fail; 200 of the 400 requests a second fail until then, and the three or so that
    // were inside.
    let mut sim: Simulation = start(&d, 1);
    let dark = between(&mut sim, 3.0, 10.0);
    let lost = dark.requests.failed.values().sum::<u64>() as f64;
    assert!((100.0 - 30.0..200.0 + 45.0).contains(&lost), "{lost} lost");
    let calm = run(&Design { faults_off: true, ..d.clone() }, 1, 2.0, 62.0);
    let late = run(&d, 1, 4.5, 10.0);
    says("busy", 0.38, 400.0 * 0.015 / 16.0, 0.006);
    says("busy in the dark", 0.75, 400.0 * 0.015 / 8.0, 0.001);
    near("busy", utilisation(&calm, "west-1"), 0.375, 0.05);
    near("busy in the dark", utilisation(&late, "west-1"), 0.75, 0.1);
    assert!(late.requests.failed.is_empty(), "{:?}", late.requests.failed);
    is_said(&d, 5.0, "east-1", "The same for the other component of its zone");

    // Its promises, as a person or a pipeline tests them.
    let trial = Trial { duration_s: 70.0, warmup_s: 10.0 };
    for promise in &d.assertions {
        let verdict = test(&d, promise, trial);
        assert!(verdict.holds, "{verdict:?}");
    }
    let survives = &d.assertions[0];
    let mut east = d.clone();
    east.nodes.iter_mut().filter(|n| n.zone.is_some()).for_each(|n| n.zone = Some("east".to_owned()));
    assert!(!test(&east, survives, trial).holds);
    assert!(!test(&with(&d, "users", "/workload/rate_rps", 600.0), survives, trial).holds);
}

#[test]
fn a_network_fails_in_four_ways() {
    let d = preset(
        "network-faults",
        &[
            "takes 10 ms",
            "211 ms instead of 11",
            "19 of 100 fail",
            "the server is idle, and all fail",
            "0.7 %, for 23 more requests in a hundred",
            "three times the work",
        ],
    );
    let before = run(&Design { faults_off: true, ..d.clone() }, 1, 1.0, 11.0);
    near("healthy, ms", before.latency_ms.mean, 10.0 + 2.0 * HOP_MS, 0.001);
    let r = run(&d, 1, 4.0, 60.0);
    let lane = |r: &Report, id: &str| {
        let e = &r.endpoints[id].requests;
        let failed = e.failed.values().sum::<u64>() as f64;
        (failed / (e.answered as f64 + failed), e.answered)
    };
    near("with latency, ms", r.endpoints["slow"].latency_ms.mean, 11.0 + 200.0, 0.001);
    assert_eq!(lane(&r, "slow").0, 0.0);
    near("lost", lane(&r, "loss").0, 1.0 - 0.9 * 0.9, 0.06);
    assert_eq!((lane(&r, "cut"), lane(&r, "mute")), ((1.0, 0), (1.0, 0)));
    assert_eq!(utilisation(&r, "app-cut"), 0.0);
    near("work for nobody", utilisation(&r, "app-mute"), 100.0 * 0.010 / 8.0, 0.05);

    let retry = |node: &str| run(&with(&d, node, "/retries", 2), 1, 6.0, 60.0);
    let f: f64 = 0.19;
    says("failed after two retries", 0.007, f.powi(3), 0.0005);
    says("more requests in a hundred", 23.0, 100.0 * (f + f * f), 0.5);
    let loss = retry("users-loss");
    near("failed after two retries", lane(&loss, "loss").0, f.powi(3), 0.5);
    // Nine of ten of the requests sent arrive.
    near("requests that arrive", loss.nodes["app-loss"].rate_in_per_s, 0.9 * 100.0 * (1.0 + f + f * f), 0.04);
    let mute = retry("users-mute");
    near("three times the work", mute.nodes["app-mute"].rate_in_per_s, 300.0, 0.04);
    assert_eq!(lane(&mute, "mute").1, 0);

    is_said(&d, 5.0, "app-slow", "takes 100 ms longer");
    is_said(&d, 5.0, "app-loss", "10 % of the messages");
    is_said(&d, 5.0, "app-cut", "Nothing arrives from Partition: users");
    is_said(&d, 5.0, "app-mute", "nobody learns of it");
}

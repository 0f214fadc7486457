//! What the presets about overload claim, against arithmetic and theory.

mod common;

use backpressure_sim::analysis::theory::{Bounded, mmc_mean_wait, mmck};
use backpressure_sim::design::Trouble;
use backpressure_sim::engine::Victim;
use backpressure_sim::metrics::Report;
use common::{HOP_MS, between, change, near, per_s, preset, run, says, start, with, with_fault};

#[test]
fn an_overloaded_server_works_for_nobody() {
    let d = preset(
        "overload",
        &[
            "150 requests a second",
            "After two seconds 100 wait",
            "finishes a hundred requests",
            "After twenty seconds",
            "ten seconds in it",
        ],
    );
    // 150 come, 4 slots do 4/0.04 s = 100: after two seconds 100 wait, and 100 at 100 a second are a second's work.
    let queue_at = |second: f64| {
        let near_it = |seed| between(&mut start(&d, seed), second - 0.1, second + 0.1).nodes["server"].queue_mean;
        (1..=20).map(near_it).sum::<f64>() / 20.0
    };
    near("queue after two seconds", queue_at(2.0), 2.0 * (150.0 - 100.0), 0.15);
    let mut sim = start(&d, 1);
    let collapsed = between(&mut sim, 8.0, 20.0);
    assert_eq!(per_s(&collapsed, "answered"), 0.0, "{:?}", collapsed.requests);
    let full = between(&mut sim, 30.0, 130.0);
    assert_eq!(full.requests.answered, 0, "{:?}", full.requests);
    assert_eq!(full.nodes["server"].queue_max, 1000);
    near("finished too late, 1/s", full.nodes["server"].rate_out_per_s, 100.0, 0.03);
    near("time in the server, ms", full.nodes["server"].residence_ms.mean, 1000.0 / 100.0 * 1000.0, 0.03);
}

#[test]
fn a_short_queue_refuses_early_and_serves_the_rest_in_time() {
    let d = preset(
        "overload",
        &["A queue of 40 takes about 0.4 s", "a hundred a second are served, and fifty are told no"],
    );
    let Bounded { inside, blocking, .. } = mmck(4, 44, 150.0 / 25.0);
    let theory_ms = inside / (150.0 * (1.0 - blocking)) * 1000.0;
    says("wait, ms", 400.0, theory_ms, 30.0);
    let r = run(&with(&d, "server", "/queue_limit", 40), 1, 10.0, 610.0);
    near("served, 1/s", per_s(&r, "answered"), 150.0 * (1.0 - blocking), 0.02);
    near("refused, 1/s", per_s(&r, "queue_full"), 150.0 * blocking, 0.03);
    near("latency, ms", r.latency_ms.mean, theory_ms + 2.0 * HOP_MS, 0.02);
    // 41 departures at 100 a second before the service of 40 ms begins: 0.41 ± 0.064 s, and a service longer than the rest of
    // the second, once in e^(0.59/0.04 − 0.064²/2/0.04²): less than one user in a hundred thousand gives up.
    assert!(per_s(&r, "timeout") < 1e-4 * 150.0, "{:?}", r.requests.failed);
}

/// Sixty seconds of peace, ten of 150 requests/s, and peace again: the run at the end of the ten seconds.
fn after_the_spike(seed: u64, queue_limit: u32) -> (backpressure_sim::Simulation, backpressure_sim::Design) {
    let later = with_fault(&preset("retry-storm", &[]), "spike", "/schedule/at_s", 60.0);
    let d = with(&with_fault(&later, "spike", "/schedule/for_s", 10.0), "server", "/queue_limit", queue_limit);
    let mut sim = start(&d, seed);
    let before = between(&mut sim, 10.0, 60.0);
    assert_eq!(before.requests.failed.values().sum::<u64>(), 0, "{:?}", before.requests);
    common::until(&mut sim, 70.0);
    (sim, d)
}

fn attempts_per_s(r: &Report) -> f64 {
    r.nodes["server"].rate_in_per_s
}

#[test]
fn a_retry_storm_needs_a_cause() {
    let mut d = preset("retry-storm", &["An answer takes 26 ms", "no request needs a second try"]);
    d.faults_off = true;
    let theory_ms = 10.0 + mmc_mean_wait(0.060, 0.1, 1) + 2.0 * HOP_MS;
    says("latency, ms", 26.0, theory_ms, 0.5);
    for seed in 1..=5 {
        let r = run(&d, seed, 10.0, 1810.0);
        near("latency, ms", r.latency_ms.mean, theory_ms, 0.06);
        // Time in M/M/1 is exponential: longer than 499 ms in e^(−(100 − 60)·0.499) = 2·10⁻⁹ of cases.
        assert_eq!(r.requests.failed.values().sum::<u64>(), 0);
        // One attempt each; at the ends of the run one or the other is still on its way.
        assert!(r.requests.offered.abs_diff((attempts_per_s(&r) * r.measured_s).round() as u64) < 5);
    }
}

#[test]
fn the_system_stays_down_when_the_cause_is_gone() {
    let d = preset(
        "retry-storm",
        &[
            "two and a half times the traffic",
            "60 requests become 240 attempts a second",
            "spends them all on copies nobody waits for",
        ],
    );
    for seed in 1..=5 {
        // As it comes: the spike is over after nine seconds, and nobody gets an answer any more.
        let after = between(&mut start(&d, seed), 12.0, 60.0);
        assert_eq!(after.requests.answered, 0, "seed {seed}: {:?}", after.requests);
        let (mut sim, _) = after_the_spike(seed, 400);
        // Ten minutes later it is no better: every request is tried 1 + 3 times.
        let r = between(&mut sim, 100.0, 700.0);
        assert_eq!(r.requests.answered, 0, "seed {seed}: {:?}", r.requests);
        near("attempts, 1/s", attempts_per_s(&r), 60.0 * 4.0, 0.02);
        near("worked off, 1/s", r.nodes["server"].rate_out_per_s, 100.0, 0.02);
    }
}

#[test]
fn without_retries_it_recovers() {
    preset("retry-storm", &["Set retries to 0", "100 are worked off, and the queue of 400 is gone after ten seconds"]);
    let seconds: Vec<f64> = (1..=10)
        .map(|seed| {
            let (mut sim, calm) = after_the_spike(seed, 400);
            common::until(&mut sim, 100.0);
            change(&mut sim, &with(&calm, "users", "/retries", 0));
            let gone = (0..600).map(|i| 100.0 + f64::from(i) / 10.0).find(|&at| {
                let now = between(&mut sim, at, at + 0.1);
                now.nodes["server"].queue_mean < 1.0
            });
            let at = gone.unwrap_or_else(|| panic!("seed {seed}: still queueing after a minute"));
            let after = between(&mut sim, at + 5.0, at + 65.0);
            assert_eq!(after.requests.failed.values().sum::<u64>(), 0, "seed {seed}: {:?}", after.requests);
            at - 100.0
        })
        .collect();
    // 400 ÷ (100 − 60) = 10 s.
    near("seconds until the queue is gone", seconds.iter().sum::<f64>() / 10.0, 400.0 / (100.0 - 60.0), 0.15);
}

#[test]
fn with_a_short_queue_there_is_no_storm() {
    preset("retry-storm", &["start anew with a queue limit of 20", "is well again at once"]);
    // A full house of 21 takes 0.21 ± 0.046 s: nobody waits for half a second, so nothing is done in vain.
    for seed in 1..=5 {
        let (mut sim, _) = after_the_spike(seed, 20);
        let r = between(&mut sim, 75.0, 375.0);
        // Left over from the spike: nothing. What is refused is what M/M/1/21 refuses at 60 %: 0.6²¹·0.4 = 9·10⁻⁶, and
        // each of these is tried again.
        says("refused", 0.0, mmck(1, 21, 0.6).blocking, 1e-5);
        assert!(r.requests.failed.values().sum::<u64>() == 0, "seed {seed}: {:?}", r.requests);
        near("answered, 1/s", per_s(&r, "answered"), 60.0, 0.03);
    }
}

#[test]
fn what_fails_by_chance_is_up_as_often_as_its_mean_times_say() {
    let d = preset(
        "random-faults",
        &["80 % of the time", "less than one in a hundred", "above 11 % are lost instead of 20"],
    );
    let share_lost = |d: &backpressure_sim::Design, endpoint: &str| {
        let lost = |seed| {
            let r = run(d, seed, 0.0, 3000.0);
            let e = &r.endpoints[endpoint];
            e.requests.failed.values().sum::<u64>() as f64 / e.requests.offered as f64
        };
        (1..=4).map(lost).sum::<f64>() / 4.0
    };
    // 1,200 failures: the share of time down has a standard error of √(2/1200) · 0.2 · 0.8 / 0.2, some 3 % of itself.
    near("one", share_lost(&d, "one"), 2.0 / (8.0 + 2.0), 0.1);
    // All three at once: 10 failures of that kind in 1,200 are not many.
    near("three", share_lost(&d, "three"), 0.2 * 0.2 * 0.2, 0.35);
    let quick = with_fault(&d, "crash-one", "/schedule/mttr_s", 1.0);
    says("repaired twice as fast", 0.11, 1.0 / 9.0, 0.005);
    near("repaired twice as fast", share_lost(&quick, "one"), 1.0 / 9.0, 0.1);
}

/// Sentences on the screen at this second.
fn said_at(design: &backpressure_sim::Design, second: u64) -> Vec<String> {
    let (mut sim, mut recorder) = (start(design, 1), backpressure_sim::metrics::Recorder::new());
    recorder.advance(&mut sim, second * 1_000_000_000, u64::MAX);
    recorder.snapshot(&sim, 1.0).remarks.into_iter().map(|(_, s)| s).collect()
}

#[test]
fn metastable_is_said_of_what_stays_down_and_of_nothing_else() {
    let d = preset("retry-storm", &["At 2 seconds something happens", "That is a metastable failure"]);
    let is_said =
        |d: &backpressure_sim::Design, second| said_at(d, second).iter().any(|s| s.starts_with("Metastable failure"));
    assert!(!is_said(&d, 6), "the spike is not over");
    assert!(is_said(&d, 10) && is_said(&d, 60));
    // Well before it, well after it.
    let recovers = with(&d, "users", "/retries", 0);
    assert!(!is_said(&recovers, 60), "{:?}", said_at(&recovers, 60));
    // Never well, so that nothing has brought it down.
    let mut always = with(&d, "users", "/workload/rate_rps", 150.0);
    assert!(!is_said(&always, 60), "{:?}", said_at(&always, 60));
    always.faults_off = true;
    assert!(!is_said(&always, 60), "no cause");
}

#[test]
fn what_creeps_is_noticed_late_or_not_at_all() {
    let d = preset(
        "creeping-faults",
        &[
            "four of the pool's twenty",
            "five are enough",
            "every fifth request, a write, fails at once",
            "three runs just do not happen",
            "only a restart gives them back",
        ],
    );
    says("connections in use", 5.0, 100.0 * 0.050, 0.0);
    let failed = |r: &Report, endpoint: &str| {
        let e = &r.endpoints[endpoint].requests;
        e.failed.values().sum::<u64>() as f64 / e.offered as f64
    };
    // Ten are left at 4.5 s, five at 5.75 s, none at 7 s; who is in the queue then gives up half a second later.
    let early = between(&mut start(&d, 1), 0.0, 4.5);
    assert_eq!(failed(&early, "leaked"), 0.0, "{:?}", early.requests);
    let mut sim = start(&d, 1);
    let r = between(&mut sim, 7.6, 25.0);
    assert_eq!(r.endpoints["leaked"].requests.answered, 0, "{:?}", r.requests);
    // Of 100/s, a fifth are writes.
    assert_eq!(failed(&r, "write"), 1.0);
    assert_eq!(failed(&r, "read"), 0.0);
    near("writes refused, 1/s", per_s(&r, "disk_full"), 0.2 * 100.0, 0.15);
    // Due at 4, 6 and 8 s.
    assert_eq!(common::own(&run(&d, 1, 0.0, 30.0), "cron", "runs_missed"), 3.0);
    // After half a minute both are over. The disk has room; the connections are lost until somebody restarts the database.
    let after = between(&mut sim, 31.0, 40.0);
    assert_eq!((failed(&after, "write"), after.endpoints["leaked"].requests.answered), (0.0, 0));
    let crash = Trouble::Crash { instance: None, silent: false };
    sim.inject(Victim::Node("db-leak".into()), crash, Some(0.5));
    let restarted = between(&mut sim, 42.0, 52.0);
    assert_eq!(restarted.requests.failed.values().sum::<u64>(), 0, "{:?}", restarted.requests);
}

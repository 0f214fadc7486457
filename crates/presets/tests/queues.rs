//! What the presets about waiting claim, against queueing theory.

mod common;

use backpressure_sim::analysis::theory::{mmc_mean_wait, mmck, mva};
use backpressure_sim::design::Design;
use backpressure_sim::metrics::Report;
use common::{HOP_MS, between, change, mean_of_ten, near, per_s, preset, run, says, start, utilisation, with};

#[test]
fn one_server_spends_five_times_its_work() {
    let d = preset("one-server", &["busy 80 % of the time", "a request spends 40 ms in it", "92 % busy, and 100 ms"]);
    for (rate, busy, words_ms) in [(100.0, 0.8, 40.0), (115.0, 0.92, 100.0)] {
        let theory = 8.0 + mmc_mean_wait(rate / 1000.0, 1.0 / 8.0, 1);
        says("time in the server, ms", words_ms, theory, 0.5);
        let d = with(&d, "users", "/workload/rate_rps", rate);
        near("time, ms", mean_of_ten(&d, 50.0, 2050.0, |r| r.nodes["server"].residence_ms.mean), theory, 0.04);
        near("utilisation", utilisation(&run(&d, 1, 50.0, 2050.0), "server"), busy, 0.02);
    }
}

#[test]
fn one_server_overloaded_queues_until_the_limit_and_a_second_slot_drains_it() {
    let d = preset(
        "one-server",
        &[
            "grows by 25 every second",
            "until 1,000 wait and one request in six",
            "by 100 a second, and ten seconds later",
        ],
    );
    let more = with(&d, "users", "/workload/rate_rps", 150.0);
    // λ − μ = 150 − 125.
    let end = |seed| {
        let mut sim = start(&more, seed);
        let before = between(&mut sim, 0.0, 10.0).nodes["server"].concurrency_mean;
        let after = between(&mut sim, 20.0, 30.0).nodes["server"].concurrency_mean;
        (after - before) / 20.0
    };
    // In ten seeds the growth has a standard error of √((λ + μ)/20/10) = 1.2 a second.
    near("growth of the queue, 1/s", (1..=10).map(end).sum::<f64>() / 10.0, 150.0 - 125.0, 0.15);

    let mut sim = start(&more, 1);
    let full = between(&mut sim, 100.0, 400.0);
    let refused = per_s(&full, "queue_full") / (full.requests.offered as f64 / full.measured_s);
    says("share refused", 1.0 / 6.0, mmck(1, 1001, 150.0 / 125.0).blocking, 1e-6);
    near("share refused", refused, mmck(1, 1001, 150.0 / 125.0).blocking, 0.06);
    assert_eq!(full.nodes["server"].queue_max, 1000);

    change(&mut sim, &with(&more, "server", "/slots", 2));
    // 2 · 125 − 150 = 100 a second: 1,000 in ten.
    let halfway = between(&mut sim, 404.9, 405.1).nodes["server"].queue_mean;
    near("queue after five seconds", halfway, 1000.0 - 5.0 * 100.0, 0.2);
    let drained = between(&mut sim, 415.0, 515.0).nodes["server"].queue_mean;
    near("queue when it is over", drained, 0.150 * mmc_mean_wait(0.150, 1.0 / 8.0, 2), 0.25);
}

#[test]
fn a_closed_loop_slows_itself_down() {
    let d =
        preset("closed-loop", &["ask for about 59", "An answer takes 16 ms", "stops at 125 a second", "leaves 0.92 s"]);
    // A user is away for the second of reading and the two hops.
    let (thinks_s, demand_s) = (1.0 + 2.0 * HOP_MS / 1000.0, 0.008);
    for (users, words_rps, words_ms) in [(60, 59.0, 16.0), (240, 125.0, 920.0)] {
        let (response_s, throughput) = mva(users, thinks_s, &[demand_s]);
        let latency_ms = response_s * 1000.0 + 2.0 * HOP_MS;
        says("throughput", words_rps, throughput, 0.5);
        says("latency, ms", words_ms, latency_ms, 5.0_f64.min(words_ms / 20.0));
        let d = with(&d, "users", "/workload/users", users);
        near("throughput", mean_of_ten(&d, 60.0, 660.0, |r| per_s(r, "answered")), throughput, 0.01);
        near("latency, ms", mean_of_ten(&d, 60.0, 660.0, |r| r.latency_ms.mean), latency_ms, 0.03);
    }
}

/// Mean number inside four queues of two slots at 600 requests/s and 10 ms, where the server with the i-th fewest
/// requests gets the share `shares[i]` of arrivals: the stationary state of the Markov chain, by iteration.
fn mean_number_inside(shares: [f64; 4]) -> f64 {
    const MOST: usize = 13;
    const ARRIVALS: f64 = 600.0;
    const SERVICE: f64 = 100.0;
    let mut states = Vec::new();
    for a in 0..=MOST {
        for b in a..=MOST {
            for c in b..=MOST {
                states.extend((c..=MOST).map(|d| [a, b, c, d]));
            }
        }
    }
    let place = |mut state: [usize; 4]| {
        state.sort_unstable();
        states.binary_search(&state).ok()
    };
    // A step of the chain made discrete: what happens at 1,400 a second at most (600 arrivals, 8 slots).
    let most = ARRIVALS + 8.0 * SERVICE;
    let mut moves = Vec::new();
    for (from, state) in states.iter().enumerate() {
        for i in 0..4 {
            let (mut one_more, mut one_less) = (*state, *state);
            one_more[i] += 1;
            moves.extend(place(one_more).map(|to| (from, to, ARRIVALS * shares[i] / most)));
            if state[i] > 0 {
                one_less[i] -= 1;
                moves.extend(place(one_less).map(|to| (from, to, SERVICE * state[i].min(2) as f64 / most)));
            }
        }
    }
    let mut chance = vec![1.0 / states.len() as f64; states.len()];
    for _ in 0..4000 {
        let mut next = chance.clone();
        for &(from, to, share) in &moves {
            let flow = chance[from] * share;
            next[from] -= flow;
            next[to] += flow;
        }
        chance = next;
    }
    chance.iter().zip(&states).map(|(p, state)| p * state.iter().sum::<usize>() as f64).sum()
}

/// Mean number inside a server with two slots of 10 ms where every fourth of 600 Poisson arrivals a second comes: E₄/M/2,
/// as a Markov chain over the stage of the arrival and the number inside.
fn every_fourth_arrival() -> f64 {
    const MOST: usize = 150;
    let most = 600.0 + 200.0;
    let mut chance = vec![[0.0_f64; 4]; MOST + 1];
    chance[0][0] = 1.0;
    for _ in 0..60_000 {
        let mut next = vec![[0.0; 4]; MOST + 1];
        for (n, stages) in chance.iter().enumerate() {
            for (stage, p) in stages.iter().enumerate() {
                let (arrive, leave) = (600.0 / most, 100.0 * n.min(2) as f64 / most);
                let to = if stage == 3 { (n + 1).min(MOST) } else { n };
                next[to][(stage + 1) % 4] += p * arrive;
                next[n.saturating_sub(1)][stage] += p * leave;
                next[n][stage] += p * (1.0 - arrive - leave);
            }
        }
        chance = next;
    }
    chance.iter().enumerate().map(|(n, stages)| n as f64 * stages.iter().sum::<f64>()).sum()
}

#[test]
fn the_balancer_decides_how_long_requests_wait() {
    let d = preset(
        "load-balanced",
        &[
            "75 % busy whatever",
            "about 25 ms for an answer instead of 19",
            "about 15 ms, from the same",
            "comes close to that",
        ],
    );
    // Two hops there, two back, and the balancer itself.
    let way_ms = 4.0 * HOP_MS + 0.1;
    let by_little = |inside: f64, rate: f64| inside / rate * 1000.0 + way_ms;
    // Of two different servers out of four, the i-th fullest is the emptier one in (3, 2, 1, 0) of 6 pairs.
    let two_choices = by_little(mean_number_inside([3.0 / 6.0, 2.0 / 6.0, 1.0 / 6.0, 0.0]), 600.0);
    let theory = [
        ("round_robin", by_little(every_fourth_arrival(), 150.0), 19.0),
        // Each server on its own: M/M/2.
        ("random", way_ms + 10.0 + mmc_mean_wait(0.150, 0.1, 2), 25.0),
        ("least_connections", by_little(mean_number_inside([1.0, 0.0, 0.0, 0.0]), 600.0), 15.0),
        ("power_of_two", two_choices, 16.0),
    ];
    for (algorithm, latency_ms, words_ms) in theory {
        says(algorithm, words_ms, latency_ms, 0.8);
        let d: Design = with(&d, "balancer", "/algorithm", algorithm);
        // The chain's balancer sees the servers as they are; the real one hears of an answer half a millisecond late.
        near(algorithm, mean_of_ten(&d, 10.0, 210.0, |r| r.latency_ms.mean), latency_ms, 0.03);
        let r = run(&d, 1, 10.0, 210.0);
        for server in ["web-1", "web-2", "web-3", "web-4"] {
            near("utilisation", utilisation(&r, server), 0.75, 0.03);
        }
    }
}

#[test]
fn three_tiers_as_other_simulators_and_arithmetic_have_them() {
    let d = preset(
        "three-tier",
        &[
            "slots are 85 % busy",
            "busy 30 % of the time",
            "takes 12.7 ms",
            "more than 42 ms",
            "114 % busy",
            "down to 97 %",
        ],
    );
    // A slot is held for the work, a lookup and its hops, and for one request in five a query and its hops.
    let held_ms = |hits: f64| 6.0 + 0.3 + 2.0 * HOP_MS + (1.0 - hits) * (8.0 + 2.0 * HOP_MS);
    let busy = |rate: f64, hits: f64| rate / 8.0 / 1000.0 * held_ms(hits) / 8.0;
    says("slots", 0.85, busy(6000.0, 0.8), 0.005);
    says("slots at 8,000/s", 1.14, busy(8000.0, 0.8), 0.005);
    says("slots at 8,000/s with more hits", 0.97, busy(8000.0, 0.95), 0.005);

    let r = run(&d, 1, 5.0, 105.0);
    let servers: Vec<String> = (1..=8).map(|i| format!("server-{i}")).collect();
    let mean_busy = |r: &Report| servers.iter().map(|s| utilisation(r, s)).sum::<f64>() / 8.0;
    near("slots", mean_busy(&r), busy(6000.0, 0.8), 0.01);
    near("connections", utilisation(&r, "database"), 6000.0 * 0.2 * 0.008 / 32.0, 0.02);
    // The same system in five other engines, which agree with each other: mean 12.67 ms, p50 10.4, p99 41.8 to 42.1.
    near("mean, ms", r.latency_ms.mean, 12.67, 0.01);
    near("p50, ms", r.latency_ms.p50, 10.4, 0.01);
    near("p99, ms", r.latency_ms.p99, 41.95, 0.02);

    let more = with(&d, "users", "/workload/rate_rps", 8000.0);
    let mut sim = start(&more, 1);
    let mean_queue = |r: Report| servers.iter().map(|s| r.nodes[s].queue_mean).sum::<f64>() / 8.0;
    let early = mean_queue(between(&mut sim, 0.9, 1.1));
    let growth = (mean_queue(between(&mut sim, 6.9, 7.1)) - early) / 6.0;
    // What comes less what eight slots can do: 1,000 − 8/9.1 ms = 121 a second and server.
    near("growth, 1/s", growth, 1000.0 - 8.0 / held_ms(0.8) * 1000.0, 0.15);
    let cured = run(&with(&more, "cache", "/hits/hit_ratio", 0.95), 1, 5.0, 65.0);
    near("slots when cured", mean_busy(&cured), busy(8000.0, 0.95), 0.01);
    assert_eq!(cured.requests.failed.values().sum::<u64>(), 0, "{:?}", cured.requests);
}

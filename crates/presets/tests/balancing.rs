//! What the presets about a production balancer claim, against queueing theory and arithmetic.

mod common;

use backpressure_sim::analysis::theory::mmc_mean_wait;
use backpressure_sim::design::Design;
use backpressure_sim::metrics::Report;
use common::{HOP_MS, between, near, own, preset, run, says, start, utilisation, with, with_link};

/// There and back, and the balancer's own time.
const WAY_MS: f64 = 4.0 * HOP_MS + 0.1;

/// Mean latency of an endpoint over five runs.
fn mean_ms(d: &Design, endpoint: &str, from_s: f64, to_s: f64) -> f64 {
    let of = |seed| run(d, seed, from_s, to_s).endpoints[endpoint].latency_ms.mean;
    (1..=5).map(of).sum::<f64>() / 5.0
}

/// Mean time in G/M/1 whose arrivals are every `turns`-th of a Poisson process of `lambda` in all: S / (1 − σ), σ the root of
/// σ = (λ / (λ + μ(1 − σ)))^turns.
fn in_turn_ms(lambda_per_ms: f64, service_ms: f64, turns: i32) -> f64 {
    let mu = 1.0 / service_ms;
    let step = |sigma: f64, _| (lambda_per_ms / (lambda_per_ms + mu * (1.0 - sigma))).powi(turns);
    service_ms / (1.0 - (0..500).fold(0.5, step))
}

#[test]
fn layer_4_leaves_a_server_without_work_and_layer_7_does_not() {
    let d = preset(
        "layer-4-or-7",
        &[
            "each of which is 80 % busy",
            "takes 52 ms",
            "each is 60 % busy: 19 ms",
            "Set the clients above to 300",
            "closed when idle for 1 ms",
        ],
    );
    // Three M/M/1 at 80 %; the balancer's time is spent once a connection.
    let pinned = 10.0 / (1.0 - 0.8) + 4.0 * HOP_MS;
    let spread = in_turn_ms(0.24, 10.0, 4) + WAY_MS;
    says("layer 4, ms", 52.0, pinned, 0.5);
    says("layer 7, ms", 19.0, spread, 0.5);
    near("layer 4, ms", mean_ms(&d, "Layer 4", 10.0, 130.0), pinned, 0.07);
    near("layer 7, ms", mean_ms(&d, "Layer 7", 10.0, 70.0), spread, 0.04);
    // All but the first three requests go over connections that are open.
    let r = run(&d, 1, 0.0, 60.0);
    let kept = own(&r, "balancer-l4", "kept");
    assert_eq!(kept + 3.0, r.nodes["balancer-l4"].rate_in_per_s * 60.0);
    // One server is always idle, so a request is kept beside it whenever its own server has others in hand: 80 % of the time.
    near("beside an idle one", own(&r, "balancer-l4", "kept_beside_idle") / kept, 0.8, 0.07);
    assert_eq!(own(&r, "balancer-l7", "kept"), 0.0);
    // Poisson shares of 300 connections: each server has 75 of them.
    let many = with(&d, "users-l4", "/clients", 300);
    assert!(mean_ms(&many, "Layer 4", 10.0, 40.0) < 10.0 / (1.0 - 0.6) + 4.0 * HOP_MS + 2.0);
    let closed = with(&d, "balancer-l4", "/layer/idle_ms", 1.0);
    near("closed at once, ms", mean_ms(&closed, "Layer 4", 10.0, 40.0), spread, 0.08);
}

#[test]
fn an_address_or_a_key_that_is_hot_overloads_its_server_unless_load_is_bounded() {
    let d = preset(
        "hashing-and-hot-spots",
        &["110 a second", "grows by ten a second", "less than 20 ms", "load bound to 100", "50 addresses"],
    );
    let in_queue = |d: &Design, node: &str| {
        let mean = |seed, from, to| run(d, seed, from, to).nodes[node].queue_mean;
        (1..=5).map(|seed| mean(seed, 100.0, 120.0) - mean(seed, 20.0, 40.0)).sum::<f64>() / 5.0 / 80.0
    };
    // 80 of the office and a quarter of 120 are 110; a server does 100.
    near("growth by address, 1/s", in_queue(&d, "servers-ip"), 80.0 + 120.0 / 4.0 - 100.0, 0.3);
    // The key's 80 and its server's share of the other keys on the ring, which is a quarter give or take a few hundredths.
    assert!(in_queue(&d, "servers-hash") > 0.0);
    // Better than four queues by themselves, worse than one for all.
    let bounded = mean_ms(&d, "Bounded load", 10.0, 60.0);
    let one_queue = 10.0 + mmc_mean_wait(0.2, 0.1, 4) + WAY_MS;
    let by_themselves = 10.0 / (1.0 - 0.5) + WAY_MS;
    assert!(one_queue < bounded && bounded < by_themselves && bounded < 20.0, "{one_queue} {bounded} {by_themselves}");
    let unbounded = with(&d, "balancer-bounded", "/load_bound", 100.0);
    assert!(mean_ms(&unbounded, "Bounded load", 10.0, 60.0) > 5.0 * bounded);
    let spread = with(&d, "office-ip", "/clients", 50);
    let fine = mean_ms(&spread, "IP hash", 10.0, 60.0);
    assert!(fine < 2.0 * by_themselves, "{fine}");
}

#[test]
fn response_times_find_the_slow_server_that_answers_its_checks() {
    let d = preset(
        "slow-server",
        &[
            "one in four takes 200 ms",
            "from 12 to 60 ms",
            "the mean stays at 12 ms",
            "outlier ejection: it changes nothing",
        ],
    );
    let turns = (3.0 * 10.0 + 200.0) / 4.0 + WAY_MS;
    says("well, ms", 12.0, 10.0 + WAY_MS, 0.5);
    says("in turn, ms", 60.0, turns, 0.5);
    near("before, ms", mean_ms(&d, "Round robin", 0.0, 2.0), 10.0 + WAY_MS, 0.1);
    near("in turn, ms", mean_ms(&d, "Round robin", 5.0, 60.0), turns, 0.04);
    let least = mean_ms(&d, "Least connections", 5.0, 60.0);
    let ewma = mean_ms(&d, "Least response time", 5.0, 60.0);
    assert!(ewma < least && least < turns, "{ewma} {least} {turns}");
    near("by response time, ms", ewma, 10.0 + WAY_MS, 0.06);
    let r = run(&d, 1, 2.0, 60.0);
    assert_eq!(own(&r, "balancer-turns", "servers_down"), 0.0, "a grey failure");
    let ejection = serde_json::json!({"failures": 5, "ejection_ms": 10000.0});
    let ejecting = with(&d, "balancer-turns", "/outlier_ejection", ejection);
    near("with ejection, ms", mean_ms(&ejecting, "Round robin", 5.0, 60.0), turns, 0.04);
}

#[test]
fn one_queue_for_all_servers_is_shorter_than_a_queue_at_each() {
    let d = preset(
        "connection-cap",
        &[
            "90 % of what they can do",
            "129 ms against 63 ms",
            "at 0.5 ms much of the gain is gone",
            "least connections",
        ],
    );
    let hop_ms = 0.05;
    let way_ms = 2.0 * HOP_MS + 2.0 * hop_ms + 0.1;
    let each = in_turn_ms(0.18, 20.0, 4) + way_ms;
    // A server waits for the way back and forth between two requests: that is part of what one takes.
    let whole = 20.0 + 2.0 * hop_ms;
    let one = 20.0 + mmc_mean_wait(0.18, 1.0 / whole, 4) + way_ms;
    says("a queue each, ms", 129.0, each, 0.5);
    says("one queue, ms", 63.0, one, 0.5);
    let far = with_link(&d, "balancer-one-servers-one", "/latency/mean_ms", 0.5);
    let of_far = mean_ms(&far, "One queue at the balancer", 20.0, 120.0);
    assert!(of_far > one + 0.4 * (each - one), "{of_far}");
    near("a queue each, ms", mean_ms(&d, "A queue at each server", 20.0, 320.0), each, 0.08);
    near("one queue, ms", mean_ms(&d, "One queue at the balancer", 20.0, 320.0), one, 0.08);
    let r = run(&d, 1, 20.0, 120.0);
    near("work is the same", utilisation(&r, "servers-lines"), 0.9, 0.04);
    near("work is the same", utilisation(&r, "servers-one"), 0.9, 0.04);
    // Two at a server hide the way: the next is there already.
    let two = mean_ms(&with(&far, "balancer-one", "/max_connections", 2), "One queue at the balancer", 20.0, 120.0);
    assert!(two < one + 0.2 * (each - one) && two < of_far, "{two}");
    let least = with(&d, "balancer-lines", "/algorithm", "least_connections");
    let least = mean_ms(&least, "A queue at each server", 20.0, 120.0);
    assert!(least < one + 0.2 * (each - one), "{least}");
}

#[test]
fn sticky_clients_do_not_come_back_to_a_server_that_was_restarted() {
    let d = preset(
        "sticky-sessions",
        &["is back two seconds later", "have 80 requests a second again", "server 2 has nothing to do"],
    );
    let at = |r: &Report, node: &str| r.nodes[node].rate_in_per_s;
    let r = between(&mut start(&d, 1), 6.0, 36.0);
    // While it was down each of the 40 clients asked 8 times in the mean, so e^−8 of the half that was at home there had not
    // asked, and comes back to it: nobody.
    assert!(at(&r, "web-sticky-2") < 3.0, "{}", at(&r, "web-sticky-2"));
    near("sticky, server 1", at(&r, "web-sticky-1"), 160.0, 0.05);
    near("without, server 1", at(&r, "web-free-1"), 80.0, 0.05);
    near("without, server 2", at(&r, "web-free-2"), 80.0, 0.05);
    let short = between(&mut start(&with(&d, "balancer-sticky", "/sticky_ms", 1.0), 1), 6.0, 36.0);
    near("forgotten at once", at(&short, "web-sticky-2"), 80.0, 0.05);
    let new = with(&d, "users-sticky", "/clients", serde_json::Value::Null);
    near("new clients", at(&between(&mut start(&new, 1), 6.0, 36.0), "web-sticky-2"), 80.0, 0.05);
}

#[test]
fn a_cold_server_is_flooded_unless_its_share_rises_slowly() {
    let d = preset(
        "slow-start",
        &[
            "it does 50 requests a second",
            "grows by 50 a second",
            "does not reach 50 before",
            "2,000 ms, and it is too short",
        ],
    );
    let queue = |d: &Design, node: &str| {
        (1..=5).map(|seed| run(d, seed, 0.0, 7.9).nodes[node].queue_max as f64).sum::<f64>() / 5.0
    };
    // 100 − 50 a second from two checks (a quarter to half a second) after three until eight.
    let flood = queue(&d, "web-cold-2");
    assert!((4.3 * 50.0..4.9 * 50.0).contains(&flood), "{flood}");
    assert!(queue(&d, "web-slow-2") < 15.0);
    // Round robin gives it every fourth request, of which it takes the share that it has risen to: 10 s to the full share.
    let r = between(&mut start(&d, 1), 5.4, 7.4);
    near("its share three seconds after", r.nodes["web-slow-2"].rate_in_per_s, 100.0 * 0.3, 0.2);
    near("the other's", r.nodes["web-cold-2"].rate_in_per_s, 100.0, 0.1);
    let short = queue(&with(&d, "balancer-slow", "/slow_start_ms", 2000.0), "web-slow-2");
    assert!(short > 80.0, "{short}");
    let least = queue(&with(&d, "balancer-cold", "/algorithm", "least_connections"), "web-cold-2");
    assert!(least < 15.0, "{least}");
}

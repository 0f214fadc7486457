//! Load balancers: how long requests wait, who gets them, and what happens when a server dies.

mod common;

use backpressure_sim::analysis::theory::mmc_mean_wait;
use backpressure_sim::design::{Design, Trouble};
use backpressure_sim::metrics::{OwnReport, Recorder, Report};
use backpressure_sim::{Simulation, engine::Victim};
use common::{agrees, constant, design, exponential, object, open, run, server};
use serde_json::{Value, json};

/// Users, a balancer that takes no time, and servers `s0`, `s1`, …; no latency anywhere.
fn balanced(users: Value, balancer: Value, servers: &[Value]) -> Design {
    let ids: Vec<String> = (0..servers.len()).map(|i| format!("s{i}")).collect();
    let mut params = json!({"processing_time": constant(0.0)});
    for (name, value) in object(&balancer) {
        params[name] = value;
    }
    let mut nodes = vec![("users", "users", users), ("lb", "load_balancer", params)];
    nodes.extend(ids.iter().zip(servers).map(|(id, s)| (id.as_str(), "app_server", s.clone())));
    let links: Vec<_> = std::iter::once(("users", "lb")).chain(ids.iter().map(|id| ("lb", id.as_str()))).collect();
    design(&nodes, &links)
}

fn same(n: usize, server: Value) -> Vec<Value> {
    vec![server; n]
}

/// Evenly spaced arrivals, so that what happens in a second can be counted.
fn evenly(rate_rps: f64) -> Value {
    json!({"workload": {"workload": "open", "rate_rps": rate_rps, "arrivals": "constant"}})
}

fn start(d: &Design) -> Simulation {
    Simulation::new(d).unwrap_or_else(|p| panic!("{p:#?}"))
}

fn until(sim: &mut Simulation, s: f64) {
    sim.run_until((s * 1e9) as u64, u64::MAX);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
}

fn between(sim: &mut Simulation, from_s: f64, to_s: f64) -> Report {
    until(sim, from_s);
    sim.start_measuring();
    until(sim, to_s);
    sim.report(0.0)
}

fn failures(r: &Report, reason: &str) -> u64 {
    r.requests.failed.get(reason).copied().unwrap_or(0)
}

fn crash(sim: &mut Simulation, id: &str, silent: bool, for_s: Option<f64>) -> u32 {
    sim.inject(Victim::Node(id.into()), Trouble::Crash { instance: None, silent }, for_s)
}

fn down(sim: &Simulation) -> u32 {
    match sim.report(0.0).nodes["lb"].own["servers_down"] {
        OwnReport::Level { now, .. } => now,
        _ => u32::MAX,
    }
}

#[test]
fn at_ninety_per_cent_least_connections_beats_power_of_two_beats_random() {
    // Ten servers of 1 ms, M/M/1 each if chosen by chance: 10 ms. No algorithm is better than one queue for all: M/M/10.
    let mean = |algorithm: &str, choices: u32| {
        let lb = json!({"algorithm": algorithm, "choices": choices});
        let d = balanced(open(9000.0), lb, &same(10, server(1, exponential(1.0))));
        let runs: Vec<f64> = (1..=10).map(|seed| run(&d, seed, 5.0, 25.0).latency_ms.mean).collect();
        common::interval(&runs)
    };
    let (random, two, three, least) =
        (mean("random", 2), mean("power_of_two", 2), mean("power_of_two", 3), mean("least_connections", 2));
    println!("random {random:?}, two {two:?}, three {three:?}, least {least:?}");
    let one_queue = 1.0 + mmc_mean_wait(9.0, 1.0, 10);
    assert!((random.0 - 10.0).abs() < random.1 && random.1 < 0.6, "{random:?}");
    let apart = |a: (f64, f64), b: (f64, f64)| a.0 + a.1 < b.0 - b.1;
    assert!(apart(least, three) && apart(three, two) && apart(two, random));
    assert!(least.0 > one_queue, "{least:?}, one queue for all {one_queue}");
    // One choice is random.
    let one = mean("power_of_two", 1);
    assert!((one.0 - 10.0).abs() < one.1, "{one:?}");
}

#[test]
fn a_limit_of_one_connection_and_a_queue_in_the_balancer_make_one_queue_of_many() {
    // What random or round robin cannot do, a queue in front of all does: M/M/4 at 80 %.
    let lb = json!({"algorithm": "random", "max_connections": 1, "queue_limit": 100_000});
    let d = balanced(open(3200.0), lb, &same(4, server(1, exponential(1.0))));
    let wait = mmc_mean_wait(3.2, 1.0, 4);
    agrees(
        &d,
        5.0,
        65.0,
        0.05,
        |r| [r.latency_ms.mean, r.nodes["lb"].queue_mean],
        [("latency", 1.0 + wait), ("waiting in the balancer", 3.2 * wait)],
    );
    let r = run(&d, 1, 5.0, 65.0);
    assert_eq!(r.nodes["s0"].queue_max, 0, "nobody waits at a server");
    let d =
        balanced(open(100.0), json!({"max_connections": 1, "queue_limit": 5}), &same(1, server(1, constant(1000.0))));
    let r = run(&d, 1, 0.0, 10.0);
    assert_eq!(r.nodes["lb"].queue_max, 5);
    assert!(failures(&r, "queue_full") > 900, "{:?}", r.requests);
}

#[test]
fn least_response_time_avoids_the_slow_server() {
    // One of four servers takes ten times as long. In turn it gets a fourth of the requests; by response time, a few only:
    // it is given one when two servers drawn by chance are it and a busier one.
    let servers: Vec<_> = (0..4).map(|i| server(100, exponential(if i == 0 { 50.0 } else { 5.0 }))).collect();
    let share = |algorithm: &str| {
        let r = run(&balanced(open(500.0), json!({"algorithm": algorithm}), &servers), 1, 10.0, 110.0);
        (r.nodes["s0"].rate_in_per_s / 500.0, r.latency_ms.mean)
    };
    let (turn, quick) = (share("round_robin"), share("least_response_time"));
    println!("round robin {turn:?}, least response time {quick:?}");
    assert!((turn.0 - 0.25).abs() < 0.01 && quick.0 < 0.05);
    assert!((turn.1 - (50.0 + 3.0 * 5.0) / 4.0).abs() < 0.5 && quick.1 < 8.0);
}

#[test]
fn bounded_load_keeps_a_hot_key_from_drowning_its_server() {
    // One key is asked for by half of the requests. Its server on the ring would be 200 % busy; with the bound, what is too
    // much for it goes to its neighbours, and all others still find their keys where they were.
    let users = json!({"workload": {"workload": "open", "rate_rps": 4000.0}, "endpoints": [
        {"name": "read", "keys": 10_000, "popularity": {"popularity": "hot_share", "hot_share": 0.5, "hot_keys": 1}}]});
    let outcome = |algorithm: &str| {
        let lb = json!({"algorithm": algorithm, "load_bound": 1.5});
        let d = balanced(
            users.clone(),
            lb,
            &same(8, json!({"slots": 10, "service_time": exponential(10.0), "queue_limit": 20})),
        );
        let r = run(&d, 1, 5.0, 35.0);
        let most = (0..8).map(|i| r.nodes[&format!("s{i}")].utilisation.unwrap_or(0.0)).fold(0.0, f64::max);
        (failures(&r, "queue_full") as f64 / r.requests.offered as f64, most)
    };
    let (plain, bounded) = (outcome("consistent_hash"), outcome("bounded_hash"));
    // 2,000 a second and its share of the rest for a server that does 1,000: at least 1,000 of 4,000 are refused.
    assert!(plain.0 > 0.25 && plain.1 > 0.99, "{plain:?}");
    // Half busy on average, the fullest at most half as much again.
    assert!(bounded.0 == 0.0 && bounded.1 < 0.5 * 1.5 * 1.05, "{bounded:?}");
}

#[test]
fn paths_go_to_the_links_that_ask_for_them_and_the_longest_fits_best() {
    let endpoint = |path: &str, operation: &str| json!({"name": format!("{operation} {path}"), "path": path, "operation": operation, "weight": 1.0});
    let users = json!({"workload": {"workload": "open", "rate_rps": 1000.0}, "endpoints": [
        endpoint("/", "read"), endpoint("/api/items", "read"), endpoint("/api/items", "write"), endpoint("/img/a", "read")]});
    let mut d = balanced(users, json!({}), &same(4, server(100, constant(1.0))));
    let mut link = |i: usize, name: &str, value: &str| _ = d.links[i].params.insert(name.into(), json!(value));
    // s0 has what nobody asks for; s1 reads of the API; s2 all of the API; s3 pictures.
    link(2, "paths", "/api");
    link(2, "operations", "reads");
    link(3, "paths", "/api");
    link(4, "paths", "/img /static");
    let r = run(&d, 1, 1.0, 41.0);
    let rate = |id: &str| r.nodes[id].rate_in_per_s;
    assert!(r.requests.failed.is_empty());
    for (id, expected) in [("s0", 250.0), ("s1", 125.0), ("s2", 375.0), ("s3", 250.0)] {
        assert!((rate(id) - expected).abs() < 12.0, "{id}: {} instead of {expected}", rate(id));
    }
    // Without a link for the rest there is nobody to send it to.
    d.links.remove(1);
    let r = run(&d, 1, 1.0, 41.0);
    assert_eq!(r.requests.failed.keys().collect::<Vec<_>>(), ["no_route"]);
    assert!((failures(&r, "no_route") as f64 / 40.0 - 250.0).abs() < 12.0);
}

/// Four servers of 100 ms; 400 requests a second, evenly.
fn checked(balancer: Value) -> Simulation {
    start(&balanced(evenly(400.0), balancer, &same(4, server(100, constant(100.0)))))
}

const CHECKS: &str = r#"{"interval_ms": 1000.0, "timeout_ms": 500.0, "fall": 3, "rise": 2}"#;

fn checks() -> Value {
    serde_json::from_str(CHECKS).unwrap_or_default()
}

#[test]
fn a_dead_server_costs_requests_until_interval_times_fall_has_passed() {
    let mut sim = checked(json!({"health_check": checks()}));
    until(&mut sim, 10.1);
    crash(&mut sim, "s2", false, Some(20.0));
    let report = |sim: &Simulation| sim.report(0.0);
    // What it was handed is lost: 100 a second for 100 ms. Then one request in four is refused until the third check fails.
    until(&mut sim, 10.2);
    assert!(failures(&report(&sim), "crashed").abs_diff(10) <= 1, "{:?}", report(&sim).requests);
    assert_eq!(down(&sim), 0);
    until(&mut sim, 14.0);
    let (failed, out) = (failures(&report(&sim), "refused"), down(&sim));
    // Checks come once a second: the third that fails is 2 to 3 seconds after the crash.
    assert!((200..=300).contains(&failed) && out == 1, "{failed} refused, {out} out");
    until(&mut sim, 30.1);
    assert_eq!(failures(&report(&sim), "refused"), failed, "once out, it costs nothing");
    assert_eq!(report(&sim).requests.failed.len(), 2);
    // It is back at 30.1 s and in turn again 1 to 2 seconds later.
    until(&mut sim, 31.0);
    assert_eq!(down(&sim), 1);
    let after = between(&mut sim, 32.2, 40.0);
    assert_eq!(down(&sim), 0);
    assert!((after.nodes["s2"].rate_in_per_s - 100.0).abs() < 1.0);
    assert!(after.requests.failed.is_empty());
}

#[test]
fn without_checks_a_dead_server_costs_its_share_for_ever() {
    let mut sim = checked(json!({}));
    crash(&mut sim, "s1", false, None);
    let r = between(&mut sim, 60.0, 70.0);
    assert!(failures(&r, "refused").abs_diff(1000) <= 2, "{:?}", r.requests);
}

#[test]
fn trying_the_next_server_saves_what_is_refused_but_not_what_was_lost() {
    let mut sim = checked(json!({"on_refusal": "try_next"}));
    until(&mut sim, 10.1);
    crash(&mut sim, "s3", false, None);
    until(&mut sim, 60.0);
    let r = sim.report(0.0);
    assert_eq!(r.requests.failed.keys().collect::<Vec<_>>(), ["crashed"]);
    assert!(failures(&r, "crashed").abs_diff(10) <= 1);
    // The dead server's share is spread over all the others: 133 a second each.
    let after = between(&mut sim, 60.0, 120.0);
    for id in ["s0", "s1", "s2"] {
        let rate = after.nodes[id].rate_in_per_s;
        assert!((rate - 400.0 / 3.0).abs() < 3.0, "{id}: {rate}");
    }
}

#[test]
fn a_machine_gone_without_a_word_is_found_by_the_timeout_of_its_checks() {
    let mut sim = checked(json!({"health_check": checks()}));
    until(&mut sim, 10.0);
    crash(&mut sim, "s0", true, None);
    until(&mut sim, 12.0);
    assert_eq!(down(&sim), 0);
    // The third check begins at most three seconds after, and half a second later it has failed.
    until(&mut sim, 13.6);
    assert_eq!(down(&sim), 1);
    // Its requests hang: those it had, and 2.5 to 3.5 seconds of a hundred a second. Those of the others are under way.
    let stuck = sim.report(0.0).requests.in_flight;
    assert!((10 + 250 + 40 - 2..=10 + 350 + 40 + 2).contains(&stuck), "{stuck}");
}

#[test]
fn a_grey_failure_is_not_noticed_by_checks() {
    let mut sim = checked(json!({"health_check": checks()}));
    sim.inject(Victim::Node("s0".into()), Trouble::Slow { factor: 10.0, instance: None }, None);
    until(&mut sim, 60.0);
    assert_eq!(down(&sim), 0);
    assert!(sim.report(0.0).latency_ms.p99 > 990.0);
}

#[test]
fn checks_are_real_messages_and_a_cut_link_fails_them() {
    let mut sim = checked(json!({"health_check": checks()}));
    let trouble = Trouble::Partition { direction: backpressure_sim::design::Direction::Replies };
    until(&mut sim, 5.0);
    let cut = sim.inject(Victim::Link("l2".into()), trouble, None);
    until(&mut sim, 8.6);
    assert_eq!(down(&sim), 1, "no answer to a check comes back from s1");
    sim.heal(cut);
    until(&mut sim, 11.0);
    assert_eq!(down(&sim), 0);
    // Nobody measures them: a server's figures are of its users.
    let r = between(&mut sim, 20.0, 60.0);
    assert!((r.nodes["s1"].rate_in_per_s - 100.0).abs() < 0.2 && r.nodes["s1"].residence_ms.mean == 100.0);
}

#[test]
fn a_server_whose_answers_are_errors_is_ejected_for_longer_each_time() {
    let lb = json!({"outlier_ejection": {"failures": 5, "ejection_ms": 10_000.0, "max_share": 0.5}});
    let mut sim = start(&balanced(evenly(400.0), lb, &same(4, server(100, constant(1.0)))));
    until(&mut sim, 1.0);
    sim.inject(Victim::Node("s1".into()), Trouble::Errors { error_rate: 1.0 }, None);
    // Ejected after five errors, back after 10 s, again after five for 20 s, for 30 s …
    until(&mut sim, 10.0);
    assert_eq!(failures(&sim.report(0.0), "error"), 5);
    until(&mut sim, 30.0);
    assert_eq!(failures(&sim.report(0.0), "error"), 10);
    until(&mut sim, 60.0);
    assert_eq!(failures(&sim.report(0.0), "error"), 15);
    let said = Recorder::new().snapshot(&sim, 1.0).remarks;
    assert!(said.iter().any(|(id, s)| id == "lb" && s.starts_with("1 server ejected after errors")), "{said:?}");
    // Not more than half may be out: with three of four failing, one goes on failing.
    for id in ["s0", "s2"] {
        sim.inject(Victim::Node(id.into()), Trouble::Errors { error_rate: 1.0 }, None);
    }
    let r = between(&mut sim, 61.0, 66.0);
    assert!(failures(&r, "error").abs_diff(1000) <= 6, "of the two left, one fails: {:?}", r.requests);
}

#[test]
fn a_server_that_comes_back_starts_slowly() {
    let lb = json!({"health_check": {"interval_ms": 100.0, "fall": 1, "rise": 1}, "slow_start_ms": 20_000.0});
    let mut sim = checked(lb);
    crash(&mut sim, "s0", false, Some(10.0));
    // Back at 10 s and found at most 0.1 s later. Its share rises evenly to a fourth over 20 s: in the second quarter of
    // that time it gets 3/8 of it on average, and all of it after.
    let rate = |sim: &mut Simulation, from, to| between(sim, from, to).nodes["s0"].rate_in_per_s;
    let (early, late) = (rate(&mut sim, 15.0, 20.0), rate(&mut sim, 31.0, 41.0));
    // Thinned by chance: ± 3.3 standard deviations of 500 trials with 3/8, over 5 s.
    assert!((early - 37.5).abs() < 8.0, "{early}");
    assert!((late - 100.0).abs() < 0.2, "{late}");
}

#[test]
fn a_zone_outage_is_survived_with_health_checks() {
    // Two zones with two servers each; one zone can carry all.
    let lb = json!({"health_check": checks(), "on_refusal": "try_next"});
    let mut d = balanced(open(400.0), lb, &same(4, server(100, exponential(20.0))));
    d.zones = serde_json::from_value(json!([{"id": "east"}, {"id": "west"}])).unwrap_or_default();
    for (i, zone) in [(2, "east"), (3, "east"), (4, "west"), (5, "west")] {
        d.nodes[i].zone = Some(zone.into());
    }
    let mut sim = start(&d);
    until(&mut sim, 10.0);
    let inside: u32 = [2, 3].iter().map(|&p| sim.levels(p).unwrap_or_default().inside).sum();
    sim.inject(Victim::Zone("east".into()), Trouble::Crash { instance: None, silent: false }, Some(30.0));
    until(&mut sim, 13.1);
    assert_eq!(down(&sim), 2);
    // What was inside the zone is lost, and nothing else.
    assert_eq!(sim.report(0.0).requests.failed.values().sum::<u64>(), u64::from(inside));
    let during = between(&mut sim, 13.1, 40.0);
    assert!(during.requests.failed.is_empty());
    assert!((during.nodes["s2"].rate_in_per_s - 200.0).abs() < 10.0);
    let after = between(&mut sim, 43.0, 60.0);
    assert!((after.nodes["s0"].rate_in_per_s - 100.0).abs() < 8.0 && after.requests.failed.is_empty());
}

#[test]
fn a_balancer_that_dies_forgets_its_queue_and_its_checks() {
    let lb = json!({"health_check": checks(), "max_connections": 2, "queue_limit": 1000});
    let mut sim = checked(lb);
    until(&mut sim, 5.0);
    assert!(sim.levels(1).unwrap_or_default().waiting > 100);
    sim.inject(Victim::Node("lb".into()), Trouble::Crash { instance: None, silent: false }, Some(3.0));
    until(&mut sim, 6.0);
    let level = sim.levels(1).unwrap_or_default();
    assert_eq!((level.waiting, level.inside), (0, 0));
    let r = between(&mut sim, 9.0, 12.0);
    // Four servers with two requests at once, 100 ms each.
    assert!((r.nodes["lb"].rate_out_per_s - 80.0).abs() < 2.0, "{:?}", r.nodes["lb"]);
}

#[test]
fn checks_change_under_a_running_simulation() {
    let design =
        |check: Value| balanced(evenly(400.0), json!({"health_check": check}), &same(4, server(100, constant(1.0))));
    let mut sim = start(&design(json!({"interval_ms": 3_600_000.0})));
    crash(&mut sim, "s0", false, None);
    until(&mut sim, 5.0);
    let edit = |sim: &mut Simulation, check| sim.apply(&design(check)).unwrap_or_else(|p| panic!("{p:#?}"));
    edit(&mut sim, checks());
    until(&mut sim, 8.1);
    assert_eq!(down(&sim), 1, "the new interval counts at once");
    edit(&mut sim, Value::Null);
    assert_eq!(down(&sim), 0, "without checks nobody is out");
    until(&mut sim, 9.0);
    edit(&mut sim, checks());
    until(&mut sim, 12.1);
    assert_eq!(down(&sim), 1);
    let mut fewer = design(checks());
    fewer.nodes.remove(2);
    fewer.links.remove(1);
    sim.apply(&fewer).unwrap_or_else(|p| panic!("{p:#?}"));
    until(&mut sim, 20.0);
    assert_eq!(down(&sim), 0, "the dead one is out of the design");
}

/// Requests from so many clients, each as likely as the other.
fn clients(n: u32, rate_rps: f64) -> Value {
    json!({"workload": {"workload": "open", "rate_rps": rate_rps}, "clients": n})
}

/// Requests a second at each of the servers.
fn rates(r: &Report, servers: usize) -> Vec<f64> {
    (0..servers).map(|i| r.nodes[&format!("s{i}")].rate_in_per_s).collect()
}

/// How many servers get requests at all.
fn used(r: &Report, servers: usize) -> usize {
    rates(r, servers).into_iter().filter(|rate| *rate > 0.0).count()
}

#[test]
fn sticky_sessions_keep_a_client_at_its_server() {
    let lb = |more: Value| {
        let mut lb = json!({"health_check": checks()});
        object(&more).into_iter().for_each(|(name, value)| lb[name] = value);
        balanced(clients(3, 300.0), lb, &same(4, server(100, constant(1.0))))
    };
    assert_eq!(used(&run(&lb(json!({})), 1, 1.0, 11.0), 4), 4);
    let mut sim = start(&lb(json!({"sticky_ms": 10_000.0})));
    let r = between(&mut sim, 1.0, 11.0);
    // In turn, the three clients got three servers, and there they stay: 100 a second each.
    assert_eq!(used(&r, 4), 3);
    assert!(rates(&r, 4).iter().all(|rate| *rate == 0.0 || (rate - 100.0).abs() < 11.0), "{:?}", rates(&r, 4));
    // Its server dies: a client moves, and stays where it is now when the server is back.
    let gone = rates(&r, 4).iter().position(|rate| *rate > 0.0).unwrap_or(0);
    let fault = crash(&mut sim, &format!("s{gone}"), false, None);
    let r = between(&mut sim, 15.0, 20.0);
    assert!(r.requests.failed.is_empty() && rates(&r, 4)[gone] == 0.0);
    sim.heal(fault);
    let r = between(&mut sim, 24.0, 30.0);
    assert_eq!((down(&sim), rates(&r, 4)[gone]), (0, 0.0));
}

#[test]
fn ip_hash_sends_a_client_to_one_server_whatever_it_asks_for() {
    let d = |servers| {
        balanced(clients(3, 300.0), json!({"algorithm": "ip_hash"}), &same(servers, server(100, constant(1.0))))
    };
    let r = run(&d(8), 1, 1.0, 11.0);
    assert!(used(&r, 8) <= 3);
    assert!(rates(&r, 8).iter().all(|rate| [0.0, 100.0, 200.0, 300.0].iter().any(|n| (rate - n).abs() < 20.0)));
}

#[test]
fn at_layer_four_connections_are_balanced_and_paid_for_once() {
    let lb = |layer: Value, servers: usize| {
        let lb = json!({"layer": layer, "processing_time": constant(5.0), "on_refusal": "try_next"});
        balanced(clients(40, 400.0), lb, &same(servers, server(100, constant(1.0))))
    };
    let (l4, l7) = (json!({"layer": "l4", "idle_ms": 60_000.0}), json!({"layer": "l7"}));
    // 40 connections in turn to four servers: ten each. None is opened any more after the first seconds.
    let r = run(&lb(l4.clone(), 4), 1, 10.0, 20.0);
    assert_eq!(r.latency_ms.mean, 1.0, "no request costs the balancer anything");
    assert!(rates(&r, 4).iter().all(|rate| (rate - 100.0).abs() < 11.0));
    assert_eq!(run(&lb(l7.clone(), 4), 1, 10.0, 20.0).latency_ms.mean, 6.0);
    // A server added under way gets its share of requests, but of connections only those that are new: none.
    for (layer, expected) in [(l4, 0.0), (l7, 80.0)] {
        let mut sim = start(&lb(layer.clone(), 4));
        until(&mut sim, 10.0);
        sim.apply(&lb(layer, 5)).unwrap_or_else(|p| panic!("{p:#?}"));
        let rate = between(&mut sim, 11.0, 21.0).nodes["s4"].rate_in_per_s;
        assert!((rate - expected).abs() < 9.0, "{rate} instead of {expected}");
    }
    // Closed when nothing goes over it for a moment: nearly every request opens one.
    let r = run(&lb(json!({"layer": "l4", "idle_ms": 1.0}), 4), 1, 10.0, 20.0);
    assert!(r.latency_ms.mean > 5.8, "{}", r.latency_ms.mean);
    // It sees that a connection is refused, and opens another; what an answer says it does not see.
    let mut sim = start(&lb(json!({"layer": "l4", "idle_ms": 60_000.0}), 4));
    until(&mut sim, 10.0);
    crash(&mut sim, "s0", false, None);
    assert!(between(&mut sim, 10.1, 20.0).requests.failed.is_empty());
    let full = json!({"slots": 1, "queue_limit": 0, "service_time": constant(1000.0)});
    let mut d =
        balanced(clients(40, 400.0), json!({"layer": {"layer": "l4"}, "on_refusal": "try_next"}), &same(2, full));
    assert_eq!(run(&d, 1, 1.0, 5.0).nodes["lb"].rate_in_per_s, {
        let r = run(&d, 1, 1.0, 5.0);
        r.nodes["s0"].rate_in_per_s + r.nodes["s1"].rate_in_per_s
    });
    d.nodes[1].params.insert("layer".into(), json!({"layer": "l7"}));
    let r = run(&d, 1, 1.0, 5.0);
    assert!(r.nodes["s0"].rate_in_per_s + r.nodes["s1"].rate_in_per_s > 1.9 * r.nodes["lb"].rate_in_per_s);
}

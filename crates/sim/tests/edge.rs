//! What stands between users and servers: reverse proxy, API gateway, DNS.

mod common;

use backpressure_sim::analysis::theory::{mmc_mean_wait, ttl_hit_ratio};
use backpressure_sim::design::{Design, Trouble};
use backpressure_sim::metrics::{OwnReport, Recorder, Report};
use backpressure_sim::{Simulation, engine::Victim};
use common::{constant, design, exponential, object, open, run, server, with_latency};
use serde_json::{Value, json};

/// Users, something of this kind, and two servers of 1 ms; no latency anywhere.
fn fronted(users: Value, kind: &str, params: Value) -> Design {
    let servers = server(1000, constant(1.0));
    design(
        &[
            ("users", "users", users),
            ("front", kind, params),
            ("a", "app_server", servers.clone()),
            ("b", "app_server", servers),
        ],
        &[("users", "front"), ("front", "a"), ("front", "b")],
    )
}

fn with(mut params: Value, more: Value) -> Value {
    object(&more).into_iter().for_each(|(name, value)| params[name] = value);
    params
}

/// `rate_rps` requests, evenly.
fn evenly(rate_rps: f64) -> Value {
    json!({"workload": {"workload": "open", "rate_rps": rate_rps, "arrivals": "constant"}})
}

fn failed(r: &Report, reason: &str) -> f64 {
    r.requests.failed.get(reason).copied().unwrap_or(0) as f64 / r.requests.offered as f64
}

fn count(r: &Report, metric: &str) -> u64 {
    match r.nodes["front"].own[metric] {
        OwnReport::Count(n) => n,
        OwnReport::Level { now, .. } => u64::from(now),
        OwnReport::Span(_) => u64::MAX,
    }
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

fn crash(sim: &mut Simulation, id: &str) -> u32 {
    sim.inject(Victim::Node(id.into()), Trouble::Crash { instance: None, silent: false }, None)
}

/// A proxy of one core and 0.1 ms.
fn proxy(more: Value) -> Value {
    with(json!({"cores": 1, "processing_time": constant(0.1)}), more)
}

#[test]
fn a_proxy_on_one_core_is_a_queue_and_holds_no_core_while_servers_work() {
    // M/M/1 in the proxy at 80 %, and 1 ms at a server.
    let d = fronted(
        open(800.0),
        "reverse_proxy",
        json!({"cores": 1, "processing_time": exponential(1.0), "queue_limit": 100_000}),
    );
    let theory = 1.0 + mmc_mean_wait(0.8, 1.0, 1) + 1.0;
    common::agrees(
        &d,
        10.0,
        210.0,
        0.04,
        |r| [r.latency_ms.mean, r.nodes["front"].utilisation.unwrap_or(0.0)],
        [("latency, ms", theory), ("utilisation", 0.8)],
    );
    let r = run(&d, 1, 10.0, 20.0);
    assert!((r.nodes["a"].rate_in_per_s - r.nodes["b"].rate_in_per_s).abs() < 0.2, "it takes turns");
    // Twice as much as it can do: its queue fills, and half is refused.
    let d = fronted(
        evenly(2000.0),
        "reverse_proxy",
        json!({"cores": 1, "processing_time": constant(1.0), "queue_limit": 10}),
    );
    let r = run(&d, 1, 1.0, 11.0);
    assert!((failed(&r, "queue_full") - 0.5).abs() < 0.01 && r.nodes["front"].queue_max == 10, "{:?}", r.requests);
}

#[test]
fn every_new_connection_costs_a_handshake() {
    let tls = json!({"tls": {"handshake_ms": 1.0, "resumed_ms": 0.1}});
    let r = run(&fronted(evenly(500.0), "reverse_proxy", proxy(tls.clone())), 1, 1.0, 11.0);
    // Each request is from a client of its own: 1.1 ms of the core.
    assert!((r.nodes["front"].utilisation.unwrap_or(0.0) - 0.55).abs() < 0.002);
    assert_eq!((count(&r, "handshakes"), count(&r, "handshakes_resumed")), (5000, 0));
    let plain = run(&fronted(evenly(500.0), "reverse_proxy", proxy(json!({}))), 1, 1.0, 11.0);
    assert!((plain.nodes["front"].utilisation.unwrap_or(0.0) - 0.05).abs() < 0.002);
}

#[test]
fn kept_answers_spare_the_servers_and_grow_old() {
    // One object, read 50 times a second and kept for a second after a miss; written once a second on average.
    let users = json!({"workload": {"workload": "open", "rate_rps": 51.0}, "endpoints": [
        {"name": "read", "path": "/x", "keys": 1, "weight": 50.0},
        {"name": "write", "path": "/x", "keys": 1, "weight": 1.0, "operation": "write"}]});
    let d = design(
        &[
            ("users", "users", users),
            ("front", "reverse_proxy", proxy(json!({"cache": {"ttl_ms": 1000.0}, "processing_time": constant(0.0)}))),
            ("db", "sql_database", json!({"read_time": constant(0.0), "write_time": constant(0.0)})),
        ],
        &[("users", "front"), ("front", "db")],
    );
    let runs: Vec<Report> = (1..=10).map(|seed| run(&d, seed, 5.0, 205.0)).collect();
    let (hits, half) =
        common::interval(&runs.iter().map(|r| r.nodes["front"].hit_ratio.unwrap_or(0.0)).collect::<Vec<_>>());
    let theory = ttl_hit_ratio(50.0, 1.0);
    assert!((hits - theory).abs() < half && half < 0.002, "{hits} ± {half}, theory {theory}");
    // An answer of age a is old if a write came in that time: 1 − e^(−a), on average over ages from 0 to 1 s, e^(−1).
    let stale = |r: &Report| r.requests.stale as f64 / (r.endpoints["read"].requests.answered as f64 * theory);
    let (stale, half) = common::interval(&runs.iter().map(stale).collect::<Vec<_>>());
    assert!((stale - libm::exp(-1.0)).abs() < half && half < 0.03, "{stale} ± {half}");
    // After a flush nothing is kept: the very next read is a miss.
    let mut sim = start(&d);
    until(&mut sim, 5.0);
    let misses = |sim: &Simulation| sim.report(0.0).nodes["front"].misses.unwrap_or(0);
    let before = misses(&sim);
    for _ in 0..200 {
        sim.inject(Victim::Node("front".into()), Trouble::Flush {}, None);
        let now = sim.now_ns();
        sim.run_until(now + 1_000_000, u64::MAX);
    }
    let lookups = sim.report(0.0).nodes["front"].hits.unwrap_or(0);
    assert!(misses(&sim) - before >= 5 && lookups > 100, "{} misses", misses(&sim) - before);
}

#[test]
fn compression_trades_computing_for_bytes() {
    // 100 kB over 10 Mbit/s take 80 ms; a quarter of it 20 ms, for 2.5 ms of computing. Twenty a second would be 160 % of the line.
    let users = with(evenly(5.0), json!({"endpoints": [{"name": "page", "payload_bytes": 100_000}]}));
    let make = |more: Value| {
        let mut d = fronted(users.clone(), "reverse_proxy", proxy(more));
        d.links[0].params.insert("bandwidth_mbps".into(), json!(10.0));
        d
    };
    let latency = |more: Value| run(&make(more), 1, 1.0, 11.0).latency_ms.mean;
    let (plain, small) = (latency(json!({})), latency(json!({"compression": {"ratio": 0.25, "ms_per_mb": 25.0}})));
    assert!((plain - (0.1 + 1.0 + 80.0)).abs() < 0.01, "{plain}");
    assert!((small - (0.1 + 1.0 + 2.5 + 20.0)).abs() < 0.01, "{small}");
}

#[test]
fn a_leaky_bucket_delays_and_a_token_bucket_refuses() {
    let limit = |algorithm: Value| proxy(json!({"rate_limit": {"limit": algorithm, "scope": "all"}}));
    let leaky = limit(json!({"algorithm": "leaky_bucket", "rate_per_s": 100.0, "queue": 20}));
    let r = run(&fronted(open(150.0), "reverse_proxy", leaky), 1, 5.0, 105.0);
    let passed = r.requests.answered as f64 / 100.0;
    // Half as much again as drips out: the bucket is nearly always full, and who gets in waits for some 19 others.
    assert!((passed - 100.0).abs() < 0.5, "{passed}");
    assert!(r.latency_ms.p50 > 150.0 && r.latency_ms.max < 205.0, "{:?}", r.latency_ms);
    let token = limit(json!({"algorithm": "token_bucket", "rate_per_s": 100.0, "burst": 20}));
    let r = run(&fronted(open(150.0), "reverse_proxy", token), 1, 5.0, 105.0);
    assert!((r.requests.answered as f64 / 100.0 - 100.0).abs() < 0.5);
    assert!(r.latency_ms.max < 20.0, "what passes passes at once: {:?}", r.latency_ms);
    assert!((failed(&r, "rate_limited") - 1.0 / 3.0).abs() < 0.01);
    assert_eq!(r.requests.failed.len(), 1);
}

#[test]
fn a_gateway_routes_each_path_to_its_service() {
    let users = json!({"workload": {"workload": "open", "rate_rps": 900.0}, "endpoints": [
        {"name": "orders", "path": "/orders/1", "weight": 2.0}, {"name": "users", "path": "/users/1", "weight": 1.0},
        {"name": "nothing", "path": "/other", "weight": 1.0}]});
    let mut d = fronted(users, "api_gateway", json!({"cores": 4}));
    d.links[1].params.insert("paths".into(), json!("/orders"));
    d.links[2].params.insert("paths".into(), json!("/users"));
    let r = run(&d, 1, 1.0, 41.0);
    assert!((r.nodes["a"].rate_in_per_s - 450.0).abs() < 12.0 && (r.nodes["b"].rate_in_per_s - 225.0).abs() < 9.0);
    assert!(r.endpoints["orders"].requests.failed.is_empty() && r.endpoints["users"].requests.failed.is_empty());
    assert_eq!(r.endpoints["nothing"].requests.answered, 0);
}

#[test]
fn a_gateway_checks_its_services_too() {
    let check = json!({"interval_ms": 500.0, "timeout_ms": 200.0, "fall": 2, "rise": 1});
    let servers = json!({"servers": {"on_refusal": "fail", "health_check": check}});
    let mut sim = start(&fronted(evenly(200.0), "api_gateway", servers));
    until(&mut sim, 5.0);
    crash(&mut sim, "b");
    let r = between(&mut sim, 5.0, 20.0);
    // One in two for half a second to a second.
    let refused = r.requests.failed["refused"];
    assert!((50..=100).contains(&refused), "{refused}");
    let said = Recorder::new().snapshot(&sim, 1.0).remarks;
    assert!(said.iter().any(|(id, s)| id == "front" && s.contains("taken 1 server out of turn")), "{said:?}");
}

#[test]
fn a_proxy_that_dies_forgets_what_it_kept_and_lets_its_cores_go() {
    let all = json!({"cache": {"ttl_ms": 60_000.0}, "tls": {}, "compression": {}, "processing_time": constant(5.0), "queue_limit": 60});
    let mut sim = start(&fronted(evenly(400.0), "reverse_proxy", proxy(all)));
    until(&mut sim, 2.0);
    assert!(sim.levels(1).unwrap_or_default().waiting > 50);
    let fault = crash(&mut sim, "front");
    let level = sim.levels(1).unwrap_or_default();
    assert_eq!((level.inside, level.waiting, level.busy), (0, 0, 0));
    until(&mut sim, 3.0);
    sim.heal(fault);
    // A core has a second's work in a second again. Answers leave in bursts of up to 60.
    let after = between(&mut sim, 4.0, 24.0);
    let rate = after.nodes["front"].rate_out_per_s;
    assert!((rate - 1000.0 / (5.0 + 1.0 + 0.025)).abs() < 3.5, "{rate}");
}

/// Users, DNS and two sites.
fn named(users: Value, dns: Value) -> Design {
    fronted(users, "dns", with(json!({"lookup_time": constant(20.0)}), dns))
}

#[test]
fn a_lookup_takes_its_time_and_answers_by_weight() {
    let mut d = named(open(1000.0), json!({"answers": "weighted"}));
    d.links[1].params.insert("weight".into(), json!(3.0));
    let r = run(&d, 1, 1.0, 41.0);
    assert_eq!(r.latency_ms.mean, 21.0, "every request is from a client who has never asked before");
    assert_eq!(r.nodes["front"].hits, Some(0));
    // Three in four: ± 3.3 standard deviations.
    let share = r.nodes["a"].rate_in_per_s / (r.nodes["a"].rate_in_per_s + r.nodes["b"].rate_in_per_s);
    assert!((share - 0.75).abs() < 3.3 * (0.75 * 0.25 / 40_000.0_f64).sqrt(), "{share}");
    let r = run(&named(evenly(1000.0), json!({})), 1, 1.0, 11.0);
    assert_eq!(r.nodes["a"].rate_in_per_s, r.nodes["b"].rate_in_per_s, "in turn");
}

#[test]
fn the_second_address_stands_by_and_if_all_are_down_all_are_told() {
    let check = json!({"interval_ms": 1000.0, "timeout_ms": 500.0, "fall": 2, "rise": 2});
    let mut sim = start(&named(evenly(100.0), json!({"answers": "failover", "health_check": check})));
    let rates = |r: &Report| (r.nodes["a"].rate_in_per_s, r.nodes["b"].rate_in_per_s);
    assert_eq!(rates(&between(&mut sim, 1.0, 10.0)), (100.0, 0.0));
    let a = crash(&mut sim, "a");
    assert_eq!(rates(&between(&mut sim, 12.1, 20.0)).1, 100.0);
    let b = crash(&mut sim, "b");
    let r = between(&mut sim, 23.0, 25.0);
    assert!(
        (r.nodes["a"].rate_in_per_s - 100.0).abs() < 0.6 && failed(&r, "refused") > 0.98,
        "the first, as if all were up"
    );
    sim.heal(a);
    sim.heal(b);
    assert_eq!(rates(&between(&mut sim, 28.0, 30.0)).0, 100.0, "and back to the first");
}

#[test]
fn latency_of_the_way_counts_for_checks_and_lookups_do_not_wait_for_it() {
    let users = evenly(100.0);
    let d = with_latency(
        &[
            ("users", "users", users),
            ("front", "dns", json!({"lookup_time": constant(20.0)})),
            ("a", "app_server", server(10, constant(1.0))),
        ],
        &[("users", "front"), ("front", "a")],
        5.0,
    );
    assert!((run(&d, 1, 1.0, 3.0).latency_ms.mean - (20.0 + 1.0 + 20.0)).abs() < 1e-6);
}

/// Requests from so many clients.
fn clients(n: u32, rate_rps: f64) -> Value {
    with(open(rate_rps), json!({"clients": n}))
}

#[test]
fn a_client_shakes_hands_once_and_sessions_are_resumed() {
    let tls = |keep_alive_ms: f64| {
        proxy(json!({"tls": {"handshake_ms": 1.0, "resumed_ms": 0.5, "keep_alive_ms": keep_alive_ms}}))
    };
    let busy = |r: &Report| r.nodes["front"].utilisation.unwrap_or(0.0);
    let open = run(&fronted(clients(100, 500.0), "reverse_proxy", tls(75_000.0)), 1, 0.0, 60.0);
    assert_eq!((count(&open, "handshakes"), count(&open, "handshakes_resumed")), (100, 0));
    let closed = run(&fronted(clients(100, 500.0), "reverse_proxy", tls(0.0)), 1, 10.0, 60.0);
    assert_eq!(count(&closed, "handshakes"), 0);
    // 0.1 ms and a short handshake for each of 500 a second; a client that comes twice within 4 ms needs none.
    assert!((busy(&closed) - 500.0 * 0.6 / 1000.0).abs() < 0.01, "{}", busy(&closed));
}

#[test]
fn who_cannot_prove_who_they_are_gets_no_further() {
    let users = with(open(500.0), json!({"invalid_credentials": 0.2}));
    let gateway = |more: Value| {
        with(json!({"cores": 1, "processing_time": constant(0.1), "authentication": {"check_ms": 0.4}}), more)
    };
    let r = run(&fronted(users.clone(), "api_gateway", gateway(json!({}))), 1, 1.0, 101.0);
    let share = failed(&r, "unauthorized");
    assert!((share - 0.2).abs() < 3.3 * (0.2 * 0.8 / 50_000.0_f64).sqrt(), "{share}");
    assert_eq!(r.requests.failed.len(), 1);
    let served = r.nodes["a"].rate_in_per_s + r.nodes["b"].rate_in_per_s;
    assert!((served / r.nodes["front"].rate_in_per_s - (1.0 - share)).abs() < 1e-3);
    // Refusing costs as much as letting through: 0.5 ms for each of 500.
    assert!((r.nodes["front"].utilisation.unwrap_or(0.0) - 0.25).abs() < 0.005);
    let r = run(&fronted(users, "api_gateway", gateway(json!({"authentication": null}))), 1, 1.0, 11.0);
    assert!(r.requests.failed.is_empty());
}

#[test]
fn each_client_has_the_limit_to_itself_or_all_share_it() {
    // Ten clients with 30 requests a second each, and a limit of 20.
    for algorithm in [
        json!({"algorithm": "token_bucket", "rate_per_s": 20.0, "burst": 10}),
        json!({"algorithm": "leaky_bucket", "rate_per_s": 20.0, "queue": 10}),
        json!({"algorithm": "fixed_window", "limit": 20, "window_s": 1.0}),
        json!({"algorithm": "sliding_log", "limit": 20, "window_s": 1.0}),
        json!({"algorithm": "sliding_counter", "limit": 20, "window_s": 1.0}),
    ] {
        let passed = |scope: &str| {
            let limit = json!({"cores": 4, "rate_limit": {"limit": algorithm, "scope": scope}});
            run(&fronted(clients(10, 300.0), "api_gateway", limit), 1, 5.0, 105.0).requests.answered as f64 / 100.0
        };
        // Poisson requests leave some of a client's allowance unused; how much depends on the algorithm, at most a tenth of it.
        let (each, all) = (passed("client"), passed("all"));
        assert!((180.0..=200.5).contains(&each) && (19.0..=20.2).contains(&all), "{algorithm}: {each}, {all}");
    }
}

#[test]
fn a_client_keeps_an_address_for_its_ttl() {
    // 1 − 1/(1 + λT) of the requests find their client with an address.
    let d = |n: u32| named(clients(n, 2.0 * f64::from(n)), json!({"ttl_ms": 1500.0, "lookup_time": constant(0.0)}));
    for n in [1, 50] {
        let hits: Vec<f64> = (1..=10)
            .map(|seed| run(&d(n), seed, 10.0, 10.0 + 10_000.0 / f64::from(n)).nodes["front"].hit_ratio.unwrap_or(0.0))
            .collect();
        let (mean, half) = common::interval(&hits);
        let theory = ttl_hit_ratio(2.0, 1.5);
        assert!((mean - theory).abs() < half && half < 0.005, "{n} clients: {mean} ± {half}, theory {theory}");
    }
}

#[test]
fn a_failover_by_dns_takes_the_checks_and_then_the_ttl() {
    // 500 clients ask twice a second each, and keep an address for ten seconds.
    let check = json!({"interval_ms": 1000.0, "timeout_ms": 500.0, "fall": 3, "rise": 2});
    let d = named(clients(500, 1000.0), json!({"answers": "failover", "ttl_ms": 10_000.0, "health_check": check}));
    let mut late = Vec::new();
    for phase in 0..20 {
        // They all asked for the first time at the start, and ask again every 10.5 s: the crash comes at every phase of that.
        let crashes = 30.0 + 0.525 * phase as f64;
        let mut sim = start(&Design { seed: phase + 1, ..d.clone() });
        until(&mut sim, crashes);
        crash(&mut sim, "a");
        let mut found = crashes;
        while count(&sim.report(0.0), "addresses_down") == 0 {
            found += 0.01;
            until(&mut sim, found);
        }
        assert!((2.0..=3.1).contains(&(found - crashes)), "three checks, a second apart: {}", found - crashes);
        late.push(between(&mut sim, found, found + 10.1).requests.failed["refused"] as f64);
        assert!(between(&mut sim, found + 10.1, found + 30.0).requests.failed.is_empty());
        let (a, b) = (sim.report(0.0).nodes["a"].rate_in_per_s, sim.report(0.0).nodes["b"].rate_in_per_s);
        assert!(a == 0.0 && (b - 1000.0).abs() < 25.0);
    }
    // A client knows an address for 10 of every 10.5 seconds, and at any instant for 5 more on average.
    let mean = late.iter().sum::<f64>() / 20.0;
    let theory = 1000.0 * 10.0 / 10.5 * 5.0;
    assert!((mean / theory - 1.0).abs() < 0.03, "{mean} of {late:?}, theory {theory}");
}

//! App servers: what they call and in which order, what they run on, and how many of them run.

mod common;

use backpressure_sim::Simulation;
use backpressure_sim::design::Design;
use backpressure_sim::metrics::{OwnReport, Report};
use common::{constant, design, exponential, object, open, run, server, whole_and_in_slices};
use serde_json::{Value, json};

/// Users, a front server that takes no time and has a slot for everybody, and back servers called over links with these
/// parameters.
fn fan(rate: f64, order: &str, backs: &[(Value, Value)]) -> Design {
    let front = json!({"slots": 100_000, "service_time": constant(0.0), "calls": order});
    let ids: Vec<String> = (0..backs.len()).map(|i| format!("b{i}")).collect();
    let mut nodes = vec![("users", "users", open(rate)), ("front", "app_server", front)];
    let mut links = vec![("users", "front")];
    for (id, (params, _)) in ids.iter().zip(backs) {
        nodes.push((id, "app_server", params.clone()));
        links.push(("front", id));
    }
    let mut d = design(&nodes, &links);
    for (i, (_, link)) in backs.iter().enumerate() {
        d.links[i + 1].params.extend(object(link));
    }
    assert_eq!(backpressure_sim::design::check(&d), []);
    d
}

fn failing(mut d: Design, node: &str, share: f64) -> Design {
    d.faults = serde_json::from_value(json!([{"id": "f", "node": node, "params": {
        "trouble": {"fault": "errors", "error_rate": share},
        "schedule": {"when": "once", "at_s": 0.0, "for_s": null}}}]))
    .unwrap_or_else(|e| panic!("{e}"));
    d
}

fn quick(mean_ms: f64) -> Value {
    server(100_000, constant(mean_ms))
}

fn calls_per_request(r: &Report, node: &str) -> f64 {
    r.nodes[node].rate_in_per_s / r.nodes["front"].rate_in_per_s
}

#[test]
fn in_turn_times_add_up_and_at_once_the_slowest_decides() {
    let backs = [(quick(10.0), json!({})), (quick(30.0), json!({})), (quick(20.0), json!({}))];
    assert!((run(&fan(100.0, "sequential", &backs), 1, 1.0, 11.0).latency_ms.mean - 60.0).abs() < 1e-6);
    let r = run(&fan(100.0, "parallel", &backs), 1, 1.0, 11.0);
    assert!((r.latency_ms.mean - 30.0).abs() < 1e-6);
    // Two exponential times of 10 ms: H₂ = 1.5 times as long as one.
    let two = [(server(100_000, exponential(10.0)), json!({})), (server(100_000, exponential(10.0)), json!({}))];
    let mean = run(&fan(1000.0, "parallel", &two), 1, 1.0, 101.0).latency_ms.mean;
    assert!((mean - 15.0).abs() < 0.15, "{mean}");
}

#[test]
fn an_n_plus_one_query_costs_as_many_round_trips_unless_they_are_made_at_once() {
    let back = |n: f64| [(quick(1.0), json!({"calls_per_request": n}))];
    let r = run(&fan(100.0, "sequential", &back(21.0)), 1, 1.0, 21.0);
    assert!((r.latency_ms.mean - 21.0).abs() < 1e-6 && (calls_per_request(&r, "b0") - 21.0).abs() < 0.1);
    let r = run(&fan(100.0, "parallel", &back(21.0)), 1, 1.0, 21.0);
    assert!((r.latency_ms.mean - 1.0).abs() < 1e-6 && (calls_per_request(&r, "b0") - 21.0).abs() < 0.1);
    // Three requests in ten make a call: a binomial share.
    for order in ["sequential", "parallel"] {
        let r = run(&fan(1000.0, order, &back(0.3)), 1, 1.0, 101.0);
        let share = calls_per_request(&r, "b0");
        assert!((share - 0.3).abs() < 3.3 * (0.21f64 / 100_000.0).sqrt(), "{share}");
        assert!((r.latency_ms.mean - share).abs() < 0.001);
    }
}

#[test]
fn slow_work_that_nobody_waits_for_moves_to_the_background() {
    let slow = |wait: bool| [(quick(500.0), json!({"wait": wait})), (quick(5.0), json!({}))];
    for order in ["sequential", "parallel"] {
        let r = run(&fan(100.0, order, &slow(false)), 1, 2.0, 22.0);
        assert!((r.latency_ms.mean - 5.0).abs() < 1e-6, "{}", r.latency_ms.mean);
        assert!((calls_per_request(&r, "b0") - 1.0).abs() < 0.01, "the work is done all the same");
        assert!((r.nodes["b0"].concurrency_mean - 50.0).abs() < 2.5);
    }
    let r = run(&fan(100.0, "sequential", &slow(true)), 1, 2.0, 22.0);
    assert!((r.latency_ms.mean - 505.0).abs() < 1e-6);
}

#[test]
fn a_fallback_answers_with_less_instead_of_failing() {
    let backs = |on_failure: &str| [(quick(5.0), json!({"on_failure": on_failure})), (quick(5.0), json!({}))];
    for order in ["sequential", "parallel"] {
        let r = run(&failing(fan(1000.0, order, &backs("degrade")), "b0", 0.3), 1, 1.0, 101.0);
        let n = r.requests.offered as f64;
        assert!(r.requests.failed.is_empty());
        let degraded = r.requests.degraded as f64 / n;
        assert!((degraded - 0.3).abs() < 3.3 * (0.21 / n).sqrt(), "{degraded}");
        assert_eq!(r.nodes["front"].degraded, r.requests.degraded);
        let r = run(&failing(fan(1000.0, order, &backs("fail")), "b0", 0.3), 1, 1.0, 101.0);
        let failed = r.requests.failed["error"] as f64 / r.requests.offered as f64;
        assert!((failed - 0.3).abs() < 3.3 * (0.21 / n).sqrt() && r.requests.degraded == 0, "{failed}");
        // In turn the second is not called any more; at once it was called already, and is waited for.
        let second = calls_per_request(&r, "b1");
        let expected = if order == "sequential" { 0.7 } else { 1.0 };
        assert!((second - expected).abs() < 0.01, "{second}");
    }
}

#[test]
fn a_link_carries_the_requests_it_is_meant_for() {
    let users = json!({
        "workload": {"workload": "open", "rate_rps": 400.0},
        "endpoints": [
            {"name": "search", "path": "/search", "weight": 1},
            {"name": "item", "path": "/items/{id}", "weight": 2},
            {"name": "buy", "path": "/items/{id}", "operation": "write", "weight": 1},
        ],
    });
    for order in ["sequential", "parallel"] {
        let links = [
            json!({"paths": "/search"}),
            json!({"paths": "/items", "operations": "reads"}),
            json!({"operations": "writes"}),
        ];
        let backs: Vec<_> = links.into_iter().map(|link| (quick(1.0), link)).collect();
        let mut d = fan(1.0, order, &backs);
        d.nodes[0].params = object(&users);
        let r = run(&d, 1, 1.0, 101.0);
        for (node, endpoint, share) in [("b0", "search", 0.25), ("b1", "item", 0.5), ("b2", "buy", 0.25)] {
            let calls = r.nodes[node].rate_in_per_s * r.measured_s;
            assert!((calls - r.endpoints[endpoint].requests.offered as f64).abs() < 3.0, "{node}: {calls}");
            assert!((calls / r.requests.offered as f64 - share).abs() < 0.01);
        }
    }
}

#[test]
fn requests_that_compute_at_once_on_too_few_cores_slow_each_other_down() {
    // Two users who never think, 10 ms of work each: on one core both take 20 ms, on two 10; twice as fast a core halves it.
    let closed = json!({"workload": {"workload": "closed", "users": 2, "think_time": constant(0.0), "spawn_rate_per_s": 1000.0}});
    let on = |cores: Value, speed: f64| {
        let params = json!({"slots": 8, "service_time": constant(10.0), "cores": cores, "core_speed": speed});
        run(
            &design(&[("users", "users", closed.clone()), ("s", "app_server", params)], &[("users", "s")]),
            1,
            1.0,
            11.0,
        )
    };
    for (cores, speed, latency_ms) in [
        (json!(1), 1.0, 20.0),
        (json!(2), 1.0, 10.0),
        (json!(1), 2.0, 10.0),
        (json!(null), 1.0, 10.0),
        (json!(null), 2.0, 5.0),
    ] {
        let r = on(cores.clone(), speed);
        assert!((r.latency_ms.mean - latency_ms).abs() < 0.01, "{cores} cores, speed {speed}: {}", r.latency_ms.mean);
        assert!((r.requests.answered as f64 / r.measured_s - 2000.0 / latency_ms).abs() < 0.5);
    }
    assert!((on(json!(1), 1.0).nodes["s"].cpu.unwrap_or(0.0) - 1.0).abs() < 1e-3);
    assert_eq!(on(json!(null), 1.0).nodes["s"].cpu, None);
}

#[test]
fn more_slots_than_cores_pay_for_requests_that_wait_for_others() {
    // 10 ms on a core and 90 ms of waiting for the back: one slot a core leaves the core idle for 90 %.
    let throughput = |slots: u32| {
        let front = json!({"slots": slots, "service_time": constant(10.0), "cores": 1, "queue_limit": 50});
        let nodes =
            [("users", "users", open(500.0)), ("front", "app_server", front), ("back", "app_server", quick(90.0))];
        let r = run(&design(&nodes, &[("users", "front"), ("front", "back")]), 1, 5.0, 65.0);
        (r.nodes["front"].rate_out_per_s, r.nodes["front"].cpu.unwrap_or(0.0))
    };
    let (one, busy) = throughput(1);
    assert!((one - 10.0).abs() < 0.2 && (busy - 0.1).abs() < 0.01, "{one}, {busy}");
    let (many, busy) = throughput(40);
    assert!((many - 100.0).abs() < 1.0 && busy > 0.99, "{many}, {busy}");
}

#[test]
fn an_instance_that_runs_out_of_memory_is_killed_and_restarts() {
    // 100 requests a second that stay for 1 s, each 2 MB beside 100 of the process: the 76th is more than 250 MB hold. It
    // takes 0.76 s to get there and 1 s to restart: a kill every 1.76 s, each with 76 requests inside.
    let memory = json!({"limit_mb": 250, "base_mb": 100, "per_request_mb": 2, "restart_s": 1});
    let params = json!({"slots": 1000, "service_time": constant(1000.0), "memory": memory});
    let d = design(&[("users", "users", open(100.0)), ("s", "app_server", params)], &[("users", "s")]);
    let r = run(&d, 1, 0.0, 1760.0);
    let OwnReport::Count(kills) = r.nodes["s"].own["out_of_memory"] else { panic!("a count") };
    // The 76th arrival has a standard deviation of √76/100 s, so 1,000 cycles have one of 2.8 s.
    assert!((kills as f64 - 1000.0).abs() < 7.0, "{kills}");
    assert_eq!(r.requests.failed["crashed"], 76 * kills);
    let refused = r.requests.failed["refused"] as f64 / kills as f64;
    assert!((refused - 100.0).abs() < 3.3 * (100.0 / kills as f64).sqrt(), "{refused} a restart");
    let OwnReport::Level { max, .. } = r.nodes["s"].own["memory_mb"] else { panic!("a level") };
    assert_eq!(max, 250, "what was too much never counted");
    // Fewer than 76 in a second come once in 160 seconds of serving.
    assert!(r.requests.answered < 100, "{}", r.requests.answered);
}

fn scaled(rate: Value, autoscaling: Value) -> Design {
    let users = json!({"workload": rate, "endpoints": [common::endpoint("read", "uniform", 100)]});
    let params =
        json!({"slots": 10, "service_time": constant(50.0), "queue_limit": 100_000, "autoscaling": autoscaling});
    design(&[("users", "users", users), ("s", "app_server", params)], &[("users", "s")])
}

fn level(r: &Report, name: &str) -> (u32, f64, u32) {
    match r.nodes["s"].own[name] {
        OwnReport::Level { now, mean, max } => (now, mean, max),
        _ => panic!("{name} is a level"),
    }
}

fn until(sim: &mut Simulation, s: f64) -> Report {
    sim.run_until((s * 1e9) as u64, u64::MAX);
    sim.check_conservation().unwrap_or_else(|e| panic!("{e}"));
    sim.report(0.0)
}

#[test]
fn target_tracking_follows_the_load_with_the_lag_of_the_start_up() {
    // 50 ms each: at 100/s five slots are busy, half of one instance; at 400/s twenty, half of four.
    let step = json!({"workload": "open", "rate_rps": 100, "shape": {"shape": "spike", "peak_rps": 400, "at_s": 60, "for_s": 120}});
    let policy = json!({
        "policy": {"policy": "target_tracking", "target_utilisation": 0.5}, "min_instances": 1, "max_instances": 20,
        "period_s": 5, "start_up_s": 20, "cool_down_s": 30,
    });
    let mut sim = Simulation::new(&scaled(step, policy)).unwrap_or_else(|p| panic!("{p:#?}"));
    assert_eq!(level(&until(&mut sim, 60.0), "instances").0, 1);
    // Decided at the first look after the step, ready 20 s later; until then one instance serves what it can, 200/s.
    sim.start_measuring();
    let r = until(&mut sim, 80.0);
    assert_eq!(level(&r, "instances").2, 1);
    assert!((r.nodes["s"].rate_out_per_s - 200.0).abs() < 3.0, "{}", r.nodes["s"].rate_out_per_s);
    assert!(level(&r, "instances_starting").0 >= 1);
    // A backlog of 200/s · 20 s was there to be worked off: more than four for a while, and four in the end.
    let r = until(&mut sim, 179.0);
    assert!((4..=5).contains(&level(&r, "instances").0), "{:?}", level(&r, "instances"));
    sim.start_measuring();
    assert!(until(&mut sim, 180.0).latency_ms.p99 < 60.0, "nobody waits");
    // When the load is gone so are the instances, once it is cool.
    let r = until(&mut sim, 300.0);
    assert_eq!(level(&r, "instances").0, 1);
    let OwnReport::Count(changes) = r.nodes["s"].own["scale_events"] else { panic!("a count") };
    assert!(changes >= 1);
}

#[test]
fn queue_depth_adds_instances_for_the_backlog() {
    // Ten slots of 50 ms: an instance does 200/s. At 900/s five are needed; the backlog decides.
    let policy = json!({
        "policy": {"policy": "queue_depth", "waiting_per_instance": 50}, "min_instances": 1, "max_instances": 8,
        "period_s": 1, "start_up_s": 2, "cool_down_s": 10,
    });
    let d = scaled(json!({"workload": "open", "rate_rps": 900}), policy);
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
    let r = until(&mut sim, 2.9);
    assert!(level(&r, "instances").0 == 1 && r.nodes["s"].queue_max > 1900, "700/s more than it can do");
    until(&mut sim, 60.0);
    sim.start_measuring();
    let r = until(&mut sim, 120.0);
    assert!((r.nodes["s"].rate_out_per_s - 900.0).abs() < 20.0, "{}", r.nodes["s"].rate_out_per_s);
    assert!(level(&r, "instances").2 <= 8 && level(&r, "instances").1 > 4.4, "{:?}", level(&r, "instances"));
}

#[test]
fn workers_scale_with_the_backlog_of_their_queue() {
    // Four tasks of 100 ms on four cores: an instance does 40 jobs a second. At 100/s three are needed; the jobs wait in
    // the queue, which delivers to as many instances as there are.
    let worker = json!({
        "tasks": 4, "cores": 4, "cpu_time": constant(100.0),
        "autoscaling": {"policy": {"policy": "queue_depth", "waiting_per_instance": 40}, "max_instances": 6,
                        "period_s": 2, "start_up_s": 5, "cool_down_s": 20},
    });
    let nodes = [("users", "users", open(100.0)), ("queue", "message_queue", json!({})), ("w", "worker", worker)];
    let mut sim =
        Simulation::new(&design(&nodes, &[("users", "queue"), ("queue", "w")])).unwrap_or_else(|p| panic!("{p:#?}"));
    let instances = |r: &Report| match r.nodes["w"].own["instances"] {
        OwnReport::Level { now, max, .. } => (now, max),
        _ => panic!("a level"),
    };
    let r = until(&mut sim, 6.9);
    assert_eq!(instances(&r).1, 1, "the first looks are over, nothing is ready yet");
    assert!((r.nodes["w"].rate_out_per_s - 40.0).abs() < 2.0, "{}", r.nodes["w"].rate_out_per_s);
    until(&mut sim, 60.0);
    sim.start_measuring();
    let r = until(&mut sim, 180.0);
    assert!((r.nodes["w"].rate_out_per_s - 100.0).abs() < 5.0, "{}", r.nodes["w"].rate_out_per_s);
    assert!((3..=6).contains(&instances(&r).1), "{:?}", instances(&r));
}

#[test]
fn a_run_that_scales_restores_and_slices() {
    let rate = json!({"workload": "open", "rate_rps": 50, "shape": {"shape": "bursty", "burst_rps": 900, "mean_burst_s": 2, "mean_calm_s": 3}});
    let policy = json!({"period_s": 0.5, "start_up_s": 0.7, "cool_down_s": 1, "max_instances": 6});
    let mut d = scaled(rate, policy);
    d.nodes[1].params.insert("cores".into(), json!(2));
    d.nodes[1].params.insert("service_time".into(), exponential(8.0));
    d.nodes[1]
        .params
        .insert("memory".into(), json!({"limit_mb": 200, "base_mb": 50, "per_request_mb": 1, "restart_s": 0.3}));
    let r = whole_and_in_slices(&d, 30).report(0.0);
    assert!(matches!(r.nodes["s"].own["scale_events"], OwnReport::Count(n) if n > 5), "{:?}", r.nodes["s"].own);
    assert!(matches!(r.nodes["s"].own["out_of_memory"], OwnReport::Count(n) if n > 0));
}

#[test]
fn a_leak_takes_one_slot_after_the_other_until_a_restart() {
    let fault = |id: &str, trouble: Value, at_s: f64, for_s: f64| json!({"id": id, "node": "s", "params": {"trouble": trouble, "schedule": {"when": "once", "at_s": at_s, "for_s": for_s}}});
    let mut d =
        design(&[("users", "users", open(50.0)), ("s", "app_server", server(8, constant(10.0)))], &[("users", "s")]);
    d.faults = serde_json::from_value(json!([
        fault("leak", json!({"fault": "connection_leak", "leak_per_s": 1.0}), 10.0, 20.0),
        fault("restart", json!({"fault": "crash"}), 40.0, 1.0),
    ]))
    .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(backpressure_sim::design::check(&d), []);
    let mut sim = Simulation::new(&d).unwrap_or_else(|p| panic!("{p:#?}"));
    until(&mut sim, 13.5);
    assert!(sim.levels(1).is_some_and(|l| (4..=8).contains(&l.busy)));
    until(&mut sim, 20.0);
    sim.start_measuring();
    assert_eq!(until(&mut sim, 39.0).requests.answered, 0, "all eight are gone, though the server is idle");
    until(&mut sim, 42.0);
    sim.start_measuring();
    assert!(until(&mut sim, 52.0).requests.answered > 400);
}

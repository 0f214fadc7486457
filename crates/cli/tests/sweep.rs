//! `backpressure sweep`: the curve, its knee, the capacity.

mod common;

use common::backpressure;
use serde_json::Value;

/// One server of 8 ms: 125 requests/s is all it can do.
fn sweep(set: &str, more: &[&str]) -> common::Ran {
    let mut all = vec!["sweep", "preset:one-server", "--set", set, "--duration-s", "110", "--warmup-s", "10"];
    all.extend(more);
    backpressure(&all, b"")
}

#[test]
fn latency_against_load_follows_theory_up_to_the_capacity() {
    let result = sweep("users.rate_rps=10..150x15", &["--format", "json"]).json();
    assert_eq!(result["parameter"], "users.workload.rate_rps");
    let points = result["points"].as_array().expect("points");
    assert_eq!(points.len(), 15);
    for point in points {
        let of = |name: &str| point[name].as_f64().unwrap_or_else(|| panic!("no {name}: {point}"));
        let rate = of("value");
        assert!((of("offered_per_s") - rate).abs() < 4.0 * (rate / 100.0).sqrt(), "{point}");
        if rate <= 80.0 {
            // M/M/1, and half a millisecond each way.
            let theory = 8.0 / (1.0 - rate * 0.008) + 1.0;
            assert!((of("latency_mean_ms") - theory).abs() < 0.15 * theory, "{rate}/s: {point}, theory {theory}");
            assert!((of("utilisation") - rate * 0.008).abs() < 0.05, "{point}");
        }
        if rate >= 140.0 {
            assert_eq!(point["steady"], false, "{point}");
        }
        assert_eq!(point["busiest"], "server");
    }
    let capacity = result["capacity_per_s"].as_f64().expect("a capacity");
    assert!((capacity - 125.0).abs() < 6.0, "{capacity}");
    assert_eq!(result["limit"], "server");
    let saturated = result["saturated_at"].as_f64().expect("a value");
    assert!((120.0..=140.0).contains(&saturated), "{saturated}");
    let knee = result["knee"].as_f64().expect("a value");
    // More than it can do is answered at what it can do, however much waits.
    for point in points.iter().filter(|p| p["value"].as_f64() >= Some(130.0)) {
        assert!(point["throughput_per_s"].as_f64().is_some_and(|x| (x - 125.0).abs() < 3.0), "{point}");
    }
    // 1/(1 − ρ) up to about 0.95 turns where (1 − ρ)² = 0.05, at 97 a second.
    assert!((70.0..=115.0).contains(&knee), "{knee}");
}

#[test]
fn the_table_and_the_file_for_spreadsheets() {
    let table = sweep("users.rate_rps=20,60,100,150", &["--set", "server.slots=1"]);
    assert_eq!((table.code, table.err.as_str()), (Some(0), ""));
    for words in ["users.workload.rate_rps", "mean, ms", "not steady", "capacity: about"] {
        assert!(table.out.contains(words), "{words:?} is missing:\n{}", table.out);
    }
    let csv = sweep("server.slots=1,2,4", &["--format", "csv", "--replications", "3"]).out;
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 4, "a head and three points:\n{csv}");
    assert!(lines.iter().all(|l| l.len() == lines[0].len()), "{csv}");
    let column = |name: &str| lines[0].iter().position(|n| *n == name).unwrap_or_else(|| panic!("no {name} in {csv}"));
    assert_eq!(lines.iter().skip(1).map(|l| l[0]).collect::<Vec<_>>(), ["1", "2", "4"]);
    let mean = |line: usize| lines[line][column("latency_mean_ms")].parse::<f64>().expect("a number");
    assert!(mean(1) > mean(2) && mean(2) > mean(3), "more slots, less waiting: {csv}");
    assert!(lines[1][column("latency_mean_ms_half_width")].parse::<f64>().is_ok_and(|h| h > 0.0));
}

#[test]
fn names_can_be_swept_but_have_no_knee() {
    let ran = backpressure(
        &[
            "sweep",
            "preset:load-balanced",
            "--set",
            "balancer.algorithm=round_robin,random,least_connections",
            "--duration-s",
            "20",
            "--warmup-s",
            "2",
            "--format",
            "json",
        ],
        b"",
    );
    let result = ran.json();
    let values: Vec<&Value> = result["points"].as_array().expect("points").iter().map(|p| &p["value"]).collect();
    assert_eq!(values, ["round_robin", "random", "least_connections"]);
    assert!(result["knee"].is_null() && result["saturated_at"].is_null());
    let table = sweep("server.discipline=fifo,lifo", &[]).out;
    assert!(table.lines().any(|l| l.trim_start().starts_with("fifo ")), "names without quotes:\n{table}");
}

#[test]
fn the_same_seeds_give_the_same_sweep_on_any_number_of_cores() {
    let once = sweep("users.rate_rps=10..100x4", &["--format", "csv", "--replications", "2"]).out;
    assert_eq!(once, sweep("users.rate_rps=10..100x4", &["--format", "csv", "--replications", "2"]).out);
}

#[test]
fn bad_arguments_are_said_plainly() {
    for (sets, complaint) in [
        (&["users.rate_rps=5"][..], "no --set has several values"),
        (&["users.rate_rps=1..5"], "FROM..TOxCOUNT"),
        (&["users.rate_rps=1..5x0"], "accepted: 2 to 1000"),
        (&["users.rate_rps=1..5x1"], "1 value is asked for"),
        (&["users.rate_rps=0..5x3log"], "above 0"),
        (&["users.rate_rps=-5..5x3"], "accepted: a number from"),
        (&["users.rate_rps=1,2", "server.slots=1,2"], "one parameter to sweep"),
        (&["users.colour=1,2"], "has no parameter `colour`"),
        (&["nobody.rate_rps=1,2"], "its components are users, server"),
        (&["users.arrivals=poisson,often"], "`often` is none of poisson"),
    ] {
        let mut all = vec!["sweep", "preset:one-server"];
        all.extend(sets.iter().flat_map(|s| ["--set", s]));
        let ran = backpressure(&all, b"");
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{sets:?}: {}", ran.err);
        assert!(ran.err.contains(complaint), "{sets:?}: {}", ran.err);
    }
    let ran = backpressure(&["sweep", "preset:one-server"], b"");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("--set"), "{}", ran.err);
}

#[test]
fn how_many_slots_are_enough_has_an_answer_and_no_capacity() {
    // Six slots of 8 ms for 200 requests/s: one has no room, three have much.
    let more = ["--set", "users.rate_rps=200"];
    let result = sweep("server.slots=6..1x6", &[&more[..], &["--format", "json"]].concat()).json();
    let values: Vec<u64> =
        result["points"].as_array().expect("points").iter().filter_map(|p| p["value"].as_u64()).collect();
    assert_eq!(values, [1, 2, 3, 4, 5, 6], "in their order");
    assert_eq!(result["enough_from"], 2, "{result}");
    assert!(result["saturated_at"].is_null() && result["capacity_per_s"].is_null() && result["limit"].is_null());
    let text = sweep("server.slots=1..6x6", &more).out;
    assert!(text.contains("enough from server.slots = 2:") && !text.contains("capacity"), "{text}");
    assert!(!text.contains("1.00 "), "slots are whole:\n{text}");
}

#[test]
fn a_light_load_has_no_capacity_and_a_saturated_one_has_it_with_its_error() {
    let capacity = |set: &str, more: &[&str]| {
        let result = sweep(set, &[more, &["--format", "json"]].concat()).json();
        (result["capacity_per_s"].as_f64(), result["capacity_half_width"].as_f64())
    };
    assert_eq!(capacity("users.rate_rps=5,5", &[]), (None, None));
    assert_eq!(capacity("users.rate_rps=10..90x5", &[]), (None, None));
    let (per_s, half_width) = capacity("users.rate_rps=150..10x8", &["--replications", "3"]);
    assert!(
        per_s.is_some_and(|c| (c - 125.0).abs() < 3.0) && half_width.is_some_and(|h| h < 5.0),
        "{per_s:?} ± {half_width:?}"
    );
}

#[test]
fn where_nothing_is_answered_there_is_no_latency() {
    // 8 ms of work, and nobody waits longer than a tenth of one.
    let never = ["--set", "users.timeout_ms=0.1"];
    let result = sweep("users.rate_rps=10..50x3", &[&never[..], &["--format", "json"]].concat()).json();
    for point in result["points"].as_array().expect("points") {
        assert!(point["latency_mean_ms"].is_null() && point["latency_p99_ms"].is_null(), "{point}");
    }
    assert!(result["knee"].is_null() && result["capacity_per_s"].is_null(), "{result}");
    let csv = sweep("users.rate_rps=10..50x3", &[&never[..], &["--format", "csv"]].concat()).out;
    assert!(csv.lines().skip(1).all(|l| l.contains(",,,,")), "empty cells:\n{csv}");
    let table = sweep("users.rate_rps=10..50x3", &never).out;
    assert_eq!(table.matches("nothing was answered").count(), 3, "{table}");
}

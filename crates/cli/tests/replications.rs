//! `backpressure run` with several seeds, against another design, and with parameters set.

mod common;

use common::backpressure;
use serde_json::{Value, json};

const SHORT: [&str; 6] = ["--duration-s", "30", "--warmup-s", "5", "--format", "json"];

fn run(more: &[&str]) -> Value {
    let mut all = vec!["run", "preset:one-server"];
    all.extend(SHORT);
    all.extend(more);
    backpressure(&all, b"").json()
}

#[test]
fn each_figure_is_a_mean_of_the_runs_with_its_half_width() {
    let result = run(&["--replications", "8", "--seed", "11"]);
    assert_eq!(result["replications"], 8);
    assert_eq!(result["seeds"], json!([11, 12, 13, 14, 15, 16, 17, 18]));
    assert_eq!(result["level"], 0.95);
    // The same runs one by one.
    let single: Vec<f64> = (11..19)
        .map(|seed| run(&["--seed", &seed.to_string()])["latency_ms"]["mean"].as_f64().expect("a number"))
        .collect();
    let mean = single.iter().sum::<f64>() / 8.0;
    let variance = single.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 7.0;
    // Student's t for 95 % and 7 degrees of freedom is 2.365.
    let half = 2.365 * (variance / 8.0).sqrt();
    let got = &result["latency_ms"]["mean"];
    let of = |name: &str| got[name].as_f64().expect("a number");
    assert!((of("mean") - mean).abs() < 1e-9 * mean, "{got}: {mean}");
    assert!((of("half_width") - half).abs() < 1e-3 * half, "{got}: {half}");
    // M/M/1 at ρ = 0.8 and a hop of 0.5 ms each way: 41 ms; a wide interval, but not an absurd one.
    assert!((of("mean") - 41.0).abs() < 3.0 * of("half_width"), "{got}");
    assert!(result["nodes"]["server"]["utilisation"]["half_width"].as_f64().is_some_and(|h| h > 0.0));
    assert_eq!(result["nodes"]["server"]["kind"], "app_server");
    assert!(result["requests"]["offered"]["mean"].is_number());
    for one_run_only in ["trace_hash", "wall_s", "theory"] {
        assert!(result.get(one_run_only).is_none(), "{one_run_only} is of one run only");
    }
}

#[test]
fn the_table_of_several_runs_has_intervals() {
    let ran = backpressure(
        &["run", "preset:cache-aside", "--replications", "3", "--duration-s", "6", "--warmup-s", "1"],
        b"",
    );
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.contains("3 runs of 6.00 s simulated") && ran.out.contains(" ± "), "{}", ran.out);
}

#[test]
fn a_real_difference_is_told_from_chance() {
    let design = |slots: u32, name: &str| {
        let design = json!({
            "format": 1, "name": name,
            "nodes": [
                {"id": "users", "kind": "users", "params": {"workload": {"workload": "open", "rate_rps": 200.0}}},
                {"id": "web", "kind": "app_server", "params": {"slots": slots, "service_time": {"distribution": "exponential", "mean_ms": 8.0}}},
            ],
            "links": [{"id": "l", "from": "users", "to": "web"}],
        });
        let file = std::env::temp_dir().join(format!("backpressure-compare-{}-{name}.json", std::process::id()));
        std::fs::write(&file, design.to_string()).expect("a temporary file");
        file
    };
    let (two, three, same) = (design(2, "two"), design(3, "three"), design(2, "same"));
    let compare = |other: &std::path::Path, format: &str| {
        let path = |p: &std::path::Path| p.to_str().expect("UTF-8").to_owned();
        backpressure(
            &[
                "run",
                &path(&two),
                "--compare",
                &path(other),
                "--duration-s",
                "20",
                "--warmup-s",
                "2",
                "--format",
                format,
            ],
            b"",
        )
    };
    let result = compare(&three, "json").json();
    let figure = |name: &str| {
        let figures = result["figures"].as_array().expect("figures").clone();
        figures.into_iter().find(|f| f["measure"] == name).unwrap_or_else(|| panic!("no {name}"))
    };
    let latency = figure("latency_mean_ms");
    assert_eq!(latency["real"], true, "M/M/2 at ρ = 0.8 against M/M/3: {latency}");
    assert!(latency["words"].as_str().is_some_and(|w| w.ends_with("better")), "{latency}");
    // Both are offered the same requests, and answer them all.
    assert_eq!(figure("failed_share")["words"], "the same");
    let throughput = figure("throughput_per_s")["words"].as_str().expect("words").to_owned();
    assert!(
        ["no difference that chance would not explain", "a real difference, but of less than 0.1 %"]
            .contains(&throughput.as_str()),
        "{throughput}"
    );
    assert_eq!((&result["a"]["name"], &result["b"]["name"]), (&json!("two"), &json!("three")));
    let table = compare(&three, "table").out;
    assert!(table.contains("10 pairs of runs") && table.contains("lower in the second: better"), "{table}");
    // Under common random numbers a design does not differ from itself at all.
    let result = compare(&same, "json").json();
    for figure in result["figures"].as_array().expect("figures") {
        assert_eq!(figure["words"], "the same", "{figure}");
    }
    for file in [two, three, same] {
        std::fs::remove_file(file).expect("the temporary file");
    }
}

#[test]
fn a_parameter_is_set_for_one_run() {
    let utilisation = |result: &Value| result["nodes"]["server"]["utilisation"].as_f64().expect("a share");
    // 100 requests/s of 8 ms, and half of them.
    assert!((utilisation(&run(&[])) - 0.8).abs() < 0.05);
    assert!((utilisation(&run(&["--set", "users.rate_rps=50"])) - 0.4).abs() < 0.05);
    let both = run(&["--set", "users.workload.rate_rps=50", "--set", "server.slots=2"]);
    assert!((utilisation(&both) - 0.2).abs() < 0.03);
}

#[test]
fn bad_arguments_are_said_plainly() {
    for (arguments, complaint) in [
        (&["--replications", "1"][..], "2..=10000"),
        (&["--replications", "many"], "many"),
        (&["--compare", "/no/such/design.json"], "/no/such/design.json"),
        (&["--set", "users.rate_rps"], "COMPONENT.PARAMETER=VALUE"),
        (&["--set", "users.speed=5"], "has no parameter `speed`; it has workload"),
        (&["--set", "web.slots=5"], "its components are users, server"),
        (&["--set", "server.slots=0"], "accepted: a whole number"),
        (&["--set", "server.slots=two"], "`two` is no whole number"),
        (&["--set", "server.slots=1,2"], "several values are for `backpressure sweep`"),
    ] {
        let mut all = vec!["run", "preset:one-server"];
        all.extend(arguments);
        let ran = backpressure(&all, b"");
        let code = if arguments[0] == "--compare" { 1 } else { 2 };
        assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(complaint), "{arguments:?}: {}", ran.err);
    }
}

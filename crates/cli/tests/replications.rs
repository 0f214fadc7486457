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
        (&["--replications", "0"][..], "1..=10000"),
        (&["--replications", "many"], "many"),
        (&["--compare", "/no/such/design.json"], "/no/such/design.json"),
        (&["--set", "users.rate_rps"], "COMPONENT.PARAMETER=VALUE"),
        (&["--set", "users.speed=5"], "has no parameter `speed`; it has workload"),
        (&["--set", "web.slots=5"], "its components are users, server"),
        (&["--set", "server.slots=0"], "accepted: a whole number"),
        (&["--set", "server.slots=two"], "`two` is no whole number"),
        (&["--set", "server.slots=1,2"], "several values are for `backpressure sweep`"),
        (&["--set", "server.slots="], "a value is missing"),
        (&["--set", "users.rate_rps=NaN"], "`NaN` is no number"),
        (&["--set", "users.rate_rps=1e12"], "`rate_rps` is 1e12; accepted"),
        (&["--set", "users.rate_rps=-5"], "rate_rps = -5: "),
    ] {
        let mut all = vec!["run", "preset:one-server"];
        all.extend(arguments);
        let ran = backpressure(&all, b"");
        let code = if arguments[0] == "--compare" { 1 } else { 2 };
        assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(complaint), "{arguments:?}: {}", ran.err);
    }
}

/// A temporary file with users at this rate, with these further parameters, and a server of 8 ms.
fn one_server(name: &str, rate_rps: f64, users: &Value) -> common::File {
    let mut params = json!({"workload": {"workload": "open", "rate_rps": rate_rps}});
    params.as_object_mut().expect("an object").extend(users.as_object().expect("an object").clone());
    let design = json!({
        "format": 1, "name": name,
        "nodes": [
            {"id": "users", "kind": "users", "params": params},
            {"id": "web", "kind": "app_server", "params": {"slots": 1, "service_time": {"distribution": "constant", "mean_ms": 8.0}}},
        ],
        "links": [{"id": "l", "from": "users", "to": "web"}],
    });
    common::File::new(name, &design.to_string())
}

fn figure<'v>(result: &'v Value, name: &str) -> &'v Value {
    let figures = result["figures"].as_array().expect("figures");
    figures.iter().find(|f| f["measure"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn runs_without_answers_have_no_latency_and_change_no_mean() {
    // A request in a hundred seconds: of 20 runs of 50 s most see none.
    let rare = one_server("rare", 0.01, &json!({}));
    let arguments = ["run", rare.path(), "--replications", "20", "--duration-s", "60", "--warmup-s", "10"];
    let result = backpressure(&[&arguments[..], &["--format", "json"]].concat(), b"").json();
    let mean = &result["latency_ms"]["mean"];
    let runs = mean["runs"].as_u64().expect("of how many runs");
    assert!((1..20).contains(&runs), "{mean}");
    // 8 ms of work and a hop each way.
    assert!(mean["mean"].as_f64().is_some_and(|ms| (ms - 9.0).abs() < 1.0), "{mean}");
    assert!(result["requests"]["answered"]["runs"].is_null(), "a count of none is a count");
    let table = backpressure(&arguments, b"").out;
    assert!(table.contains(&format!("from {runs} of 20 runs: in the others nothing was answered")), "{table}");
    // And where no run has any.
    let late = one_server("late", 20.0, &json!({"timeout_ms": 1.0}));
    let result = backpressure(&["run", late.path(), "--replications", "3", "--format", "json"], b"").json();
    assert!(result["latency_ms"]["mean"].is_null(), "{}", result["latency_ms"]);
    let table = backpressure(&["run", late.path()], b"").out;
    assert!(table.contains("nothing was answered") && table.contains('–'), "{table}");
}

#[test]
fn what_one_side_has_not_is_a_dash_and_not_left_out() {
    let (some, none) = (one_server("some", 20.0, &json!({})), one_server("none", 20.0, &json!({"timeout_ms": 1.0})));
    let arguments = ["run", some.path(), "--compare", none.path(), "--duration-s", "12"];
    let result = backpressure(&[&arguments[..], &["--format", "json"]].concat(), b"").json();
    let latency = figure(&result, "latency_p99_ms");
    assert!(latency["a"]["mean"].is_number() && latency["b"]["mean"].is_null(), "{latency}");
    assert_eq!((&latency["words"], &latency["real"]), (&json!("the second answered nothing"), &json!(false)));
    assert!(backpressure(&arguments, b"").out.contains("the second answered nothing"));
}

#[test]
fn other_loads_are_said_beside_the_verdicts() {
    let (more, less) = (one_server("more", 80.0, &json!({})), one_server("less", 40.0, &json!({})));
    let compare = |a: &common::File, b: &common::File, more: &[&str]| {
        let arguments = ["run", a.path(), "--compare", b.path(), "--duration-s", "30"];
        backpressure(&[&arguments[..], more].concat(), b"")
    };
    let result = compare(&more, &less, &["--format", "json"]).json();
    assert!(result["loads_differ"].as_str().is_some_and(|w| w.contains("% less load")), "{}", result["loads_differ"]);
    let words = figure(&result, "latency_mean_ms")["words"].as_str().expect("words");
    assert!(words.contains("lower in the second: better, but under ") && words.ends_with("% less load"), "{words}");
    let words = figure(&result, "offered_per_s")["words"].as_str().expect("words");
    assert!(words.ends_with("lower in the second"), "a load is neither better nor worse: {words}");
    assert!(compare(&more, &less, &[]).out.contains("less load: that alone changes the other figures"));
    let same = compare(&more, &more, &["--format", "json"]).json();
    assert!(same["loads_differ"].is_null());
    // Few pairs are no ground for a verdict.
    let few = compare(&more, &less, &["--replications", "4"]).out;
    assert!(few.contains("too few pairs to say") && !few.contains("really"), "{few}");
}

#[test]
fn warnings_say_of_which_side_they_are_and_come_once() {
    let (calm, flooded) = (one_server("calm", 50.0, &json!({})), one_server("flooded", 200.0, &json!({})));
    let warned = |a: &common::File, b: &common::File| {
        let arguments = ["run", a.path(), "--compare", b.path(), "--duration-s", "6", "--warmup-s", "1"];
        let out = backpressure(&arguments, b"").out;
        out.lines()
            .filter_map(|l| Some(l.strip_prefix("warning of ")?.split(':').next()?.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(warned(&calm, &flooded), ["the second"]);
    assert_eq!(warned(&flooded, &calm), ["the first"]);
    assert_eq!(warned(&flooded, &flooded), ["both; the figures are those of the first"]);
}

#[test]
fn a_message_names_the_file_it_is_about() {
    let (good, broken) =
        (one_server("good", 50.0, &json!({})), common::File::new("broken", "{\"format\": 1, \"nodes\":["));
    let says = |arguments: &[&str]| {
        let ran = backpressure(arguments, b"");
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}{}", ran.out, ran.err);
        ran.out + &ran.err
    };
    for arguments in [
        &["run", good.path(), "--compare", broken.path()][..],
        &["run", broken.path()],
        &["check", broken.path()],
        &["log", broken.path()],
        &["test", broken.path()],
        &["sweep", broken.path(), "--set", "users.rate_rps=1,2"],
    ] {
        let said = says(arguments);
        assert!(said.lines().all(|l| l.starts_with(&format!("{}: error: ", broken.path()))), "{arguments:?}: {said}");
    }
    let other =
        common::File::new("other", &std::fs::read_to_string(good.path()).expect("a design").replace("web", "app"));
    let said = says(&["run", good.path(), "--compare", other.path(), "--set", "web.slots=2"]);
    assert!(said.contains(other.path()) && !said.contains(good.path()), "{said}");
}

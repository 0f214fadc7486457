//! `backpressure run` and `presets`: what they print, and where.

mod common;

use backpressure_presets::PRESETS;
use common::backpressure;
use serde_json::Value;

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}")).keys().map(String::as_str).collect()
}

#[track_caller]
fn has(value: &Value, wanted: &[&str]) {
    for key in wanted {
        assert!(value.get(key).is_some(), "`{key}` is missing from {:?}", keys(value));
    }
}

const LATENCY: [&str; 7] = ["mean", "p50", "p90", "p95", "p99", "p999", "max"];
const REQUESTS: [&str; 8] = ["offered", "answered", "in_time", "in_flight", "failed", "degraded", "stale", "status"];

#[track_caller]
fn is_latency(value: &Value) {
    let mut names = keys(value);
    if names.last() == Some(&"confidence") {
        names.pop();
        let confidence = &value["confidence"];
        assert_eq!(keys(confidence), ["level", "mean", "p50", "p90", "p95", "p99", "p999"]);
        for (name, ends) in confidence.as_object().expect("intervals").iter().skip(1).filter(|(_, e)| !e.is_null()) {
            let [low, high] = [0, 1].map(|i| ends[i].as_f64().expect("a number"));
            // The figure lies in its interval, but for the width of a histogram's bucket.
            let figure = value[name].as_f64().expect("a number");
            assert!(low <= figure * 1.01 && figure <= high * 1.01, "{name}: {figure} in {low} to {high}");
        }
    }
    assert_eq!(names, LATENCY);
    let of: Vec<f64> = LATENCY[1..].iter().map(|p| value[*p].as_f64().expect("a number")).collect();
    assert!(of.windows(2).all(|pair| pair[0] <= pair[1]), "percentiles go up: {value}");
}

#[track_caller]
fn is_requests(value: &Value) {
    assert_eq!(keys(value), REQUESTS);
    let of = |name: &str| value[name].as_u64().expect("a count");
    let failed = value["failed"].as_object().expect("counts by reason").values().map(|n| n.as_u64().expect("a count"));
    assert_eq!(of("offered"), of("answered") + of("in_flight") + failed.sum::<u64>(), "{value}");
    assert!(of("in_time") <= of("answered"));
}

#[test]
fn the_json_has_the_promised_shape() {
    for preset in ["cache-aside", "overload", "three-tier", "closed-loop"] {
        let source = format!("preset:{preset}");
        let ran = backpressure(
            &["run", &source, "--duration-s", "6", "--warmup-s", "1", "--seed", "1", "--format", "json"],
            b"",
        );
        assert_eq!(ran.err, "", "nothing to complain about, and no bar without a terminal");
        let result = ran.json();
        has(&result, &["format", "simulated_s", "events", "wall_s", "requests", "latency_ms", "endpoints", "nodes"]);
        // At 150 requests/s on slots for 100, the queue fills for twenty seconds.
        let warnings = result["warnings"].as_array().expect("warnings").len();
        assert_eq!(warnings, usize::from(preset == "overload"), "{}", result["warnings"]);
        assert_eq!(result["format"], 1);
        assert_eq!(result["simulated_s"], 6.0, "the duration is the whole, warm-up included");
        assert!(result["events"].as_u64().is_some_and(|n| n > 100) && result["wall_s"].as_f64().is_some());
        is_requests(&result["requests"]);
        is_latency(&result["latency_ms"]);
        let mut offered = 0;
        for endpoint in result["endpoints"].as_object().expect("endpoints by name").values() {
            is_requests(&endpoint["requests"]);
            is_latency(&endpoint["latency_ms"]);
            offered += endpoint["requests"]["offered"].as_u64().expect("a count");
        }
        assert_eq!(Some(offered), result["requests"]["offered"].as_u64());
        let design: Value =
            serde_json::from_str(PRESETS.iter().find(|p| p.name == preset).expect("a preset").json).expect("JSON");
        let mut ids: Vec<&str> =
            design["nodes"].as_array().expect("nodes").iter().filter_map(|n| n["id"].as_str()).collect();
        ids.sort_unstable();
        assert_eq!(keys(&result["nodes"]), ids);
        for node in result["nodes"].as_object().expect("nodes by id").values() {
            has(
                node,
                &[
                    "kind",
                    "rate_in_per_s",
                    "rate_out_per_s",
                    "queue_mean",
                    "queue_max",
                    "concurrency_mean",
                    "residence_ms",
                    "failed",
                ],
            );
            is_latency(&node["residence_ms"]);
            match node["kind"].as_str() {
                Some("app_server" | "sql_database") => has(node, &["utilisation"]),
                Some("cache") => has(node, &["hits", "misses", "hit_ratio"]),
                _ => {}
            }
        }
    }
}

#[test]
fn only_what_arrives_after_the_warm_up_is_counted() {
    let ran = |duration: &str, warmup: &str| {
        backpressure(
            &["run", "preset:one-server", "--duration-s", duration, "--warmup-s", warmup, "--format", "json"],
            b"",
        )
        .json()
    };
    let offered = |result: Value| result["requests"]["offered"].as_f64().expect("a count");
    // 100 a second for 100 s, give or take four standard deviations of a Poisson count.
    assert!((offered(ran("120", "20")) - 10_000.0).abs() < 400.0);
    assert!((offered(ran("120", "110")) - 1000.0).abs() < 127.0);
    let closed =
        backpressure(&["run", "preset:closed-loop", "--duration-s", "30", "--warmup-s", "10", "--format", "json"], b"")
            .json();
    assert_eq!(closed["simulated_s"], 30.0);
}

#[test]
fn the_same_seed_gives_the_same_result_and_another_one_another() {
    let hash = |arguments: &[&str]| {
        let mut all = vec!["run", "preset:cache-aside", "--duration-s", "4", "--warmup-s", "1", "--format", "json"];
        all.extend(arguments);
        backpressure(&all, b"").json()["trace_hash"].clone()
    };
    assert_eq!(hash(&["--seed", "1"]), hash(&["--seed", "1"]));
    assert_eq!(hash(&["--seed", "1"]), hash(&[]), "the design's own seed is 1");
    assert_ne!(hash(&["--seed", "1"]), hash(&["--seed", "2"]));
}

#[test]
fn a_dash_is_standard_input_and_a_path_a_file() {
    let json = PRESETS[0].json;
    let options = ["--duration-s", "3", "--warmup-s", "1", "--format", "json"];
    let hash = |source: &str, input: &[u8]| {
        let mut all = vec!["run", source];
        all.extend(options);
        backpressure(&all, input).json()["trace_hash"].clone()
    };
    let file = std::env::temp_dir().join(format!("backpressure-cli-{}.json", std::process::id()));
    std::fs::write(&file, json).expect("a temporary file");
    let from_file = hash(file.to_str().expect("a UTF-8 path"), b"");
    std::fs::remove_file(&file).expect("the temporary file");
    assert_eq!(hash("-", json.as_bytes()), from_file);
    assert_eq!(hash(&format!("preset:{}", PRESETS[0].name), b""), from_file);
}

#[test]
fn the_table_is_for_people() {
    let ran =
        backpressure(&["run", "preset:cache-aside", "--duration-s", "10", "--warmup-s", "2", "--format", "table"], b"");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    for words in [
        "Cache-aside",
        "8.00 s measured",
        "p99.9",
        "95 % sure",
        "read product",
        "change price",
        "Product cache",
        "utilised",
        "SQL database",
    ] {
        assert!(ran.out.contains(words), "{words:?} is missing:\n{}", ran.out);
    }
    assert!(!ran.out.contains('\u{1b}'), "no control sequences");
    assert!(!ran.out.lines().any(|l| l.starts_with("theory")), "no formula holds for any of them:\n{}", ran.out);
    let theory = backpressure(&["run", "preset:one-server"], b"").out;
    assert!(theory.contains("M/M/1") && theory.contains("agrees"), "{theory}");
    let several = backpressure(&["run", "preset:one-server", "--replications", "2"], b"").out;
    assert!(
        !several.contains("M/M/1") && several.contains("Theory stands beside the figures of single runs"),
        "{several}"
    );
    let overload = backpressure(&["run", "preset:overload", "--duration-s", "60", "--format", "table"], b"");
    assert!(overload.out.contains("failed requests: ") && overload.out.contains("timeout"), "{}", overload.out);
}

#[test]
fn absurd_durations_are_refused_with_what_is_accepted() {
    for (arguments, complaint) in [
        (&["--duration-s", "1e30"][..], "accepted: seconds from"),
        (&["--duration-s", "-5"], "accepted: seconds from"),
        (&["--duration-s", "NaN"], "accepted: seconds from"),
        (&["--duration-s", "inf"], "accepted: seconds from"),
        (&["--duration-s", "soon"], "accepted: seconds from"),
        (&["--duration-s", "0"], "nothing is left to measure"),
        (&["--warmup-s", "-1"], "accepted: seconds from"),
        (&["--duration-s", "10", "--warmup-s", "10"], "nothing is left to measure"),
        (&["--seed", "-1"], "accepted: a whole number from 0"),
        (&["--format", "xml"], "json"),
    ] {
        let mut all = vec!["run", "preset:one-server"];
        all.extend(arguments);
        let ran = backpressure(&all, b"");
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(complaint), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn a_missing_file_and_an_unknown_preset_are_said_plainly() {
    let ran = backpressure(&["run", "/no/such/design.json"], b"");
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("/no/such/design.json"), "{}", ran.err);
    let ran = backpressure(&["run", "preset:four-tier"], b"");
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("four-tier") && ran.err.contains("three-tier"), "{}", ran.err);
}

#[test]
fn presets_are_listed_and_printed() {
    let list = backpressure(&["presets"], b"");
    assert_eq!(list.code, Some(0));
    for preset in PRESETS {
        assert!(list.out.lines().any(|line| line.starts_with(preset.name)), "{}", preset.name);
        assert_eq!(backpressure(&["presets", preset.name], b"").out, preset.json);
        let checked = backpressure(&["check", &format!("preset:{}", preset.name)], b"");
        assert_eq!(checked.code, Some(0));
        assert!(checked.out.starts_with("No problems: "), "{}", checked.out);
    }
}

#[test]
fn answers_are_counted_as_they_come_and_requests_as_they_arrive() {
    // Offered 150 a second, done 125: after a minute thousands wait, whose answers are answers too.
    let arguments = ["run", "preset:one-server", "--set", "users.rate_rps=150", "--duration-s", "40"];
    let result = backpressure(&[&arguments[..], &["--format", "json"]].concat(), b"").json();
    let throughput = result["throughput_per_s"].as_f64().expect("a rate");
    assert_eq!(Some(throughput), result["nodes"]["users"]["rate_out_per_s"].as_f64());
    assert!((throughput - 125.0).abs() < 4.0, "{throughput}");
    let table = backpressure(&arguments, b"").out;
    assert!(
        table.contains("Answers to users in the measured time: 12") && table.contains("arrived in the measured"),
        "{table}"
    );
}

#[test]
fn a_short_run_has_a_short_warm_up() {
    let measured = |arguments: &[&str]| {
        let all = [&["run", "preset:one-server", "--format", "json"], arguments].concat();
        backpressure(&all, b"").json()["measured_s"].as_f64().expect("a time")
    };
    assert_eq!(measured(&["--duration-s", "12"]), 10.0);
    assert_eq!(measured(&[]), 100.0);
    assert_eq!(measured(&["--duration-s", "240"]), 220.0);
}

//! `backpressure test` and `backpressure log`, as a person or a script calls them.

mod common;

use common::backpressure;
use serde_json::Value;

#[test]
fn promises_that_hold_and_that_do_not_have_their_exit_codes() {
    let kept = backpressure(
        &["test", "preset:one-server", "--assert", "p99 < 2 s", "--assert", "throughput > 90 rps", "--format", "json"],
        b"",
    );
    assert_eq!(kept.code, Some(0), "{}", kept.err);
    let verdicts = kept.json();
    assert_eq!(verdicts.as_array().map(Vec::len), Some(2));
    assert!(verdicts[0]["holds"] == true && verdicts[0]["measured"].as_f64().is_some_and(|s| s < 2.0));
    let broken = backpressure(&["test", "preset:one-server", "--assert", "p99 < 1 ms"], b"");
    assert_eq!(broken.code, Some(1));
    assert!(broken.out.contains("BROKEN") && broken.out.contains("Measured:"), "{}", broken.out);
    let nothing = backpressure(&["test", "preset:one-server"], b"");
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.err.contains("promises nothing"), "{}", nothing.err);
}

#[test]
fn the_log_is_a_line_of_json_per_request() {
    let log = backpressure(&["log", "preset:three-tier", "--duration-s", "0.5", "--every", "10"], b"");
    assert_eq!(log.code, Some(0), "{}", log.err);
    let lines: Vec<Value> = log.out.lines().map(|l| serde_json::from_str(l).expect("a line of JSON")).collect();
    // 6,000/s for half a second, one in ten; the last few are not over.
    assert!((240..=340).contains(&lines.len()), "{}", lines.len());
    for line in &lines {
        assert!(line["request"].as_u64().is_some_and(|r| r % 10 == 0) && line["status"] == 200);
        assert!(line["spans"].as_array().is_some_and(|s| s.len() >= 4), "{line}");
    }
    let slow =
        backpressure(&["log", "preset:three-tier", "--duration-s", "0.5", "--slower-than-ms", "20", "--brief"], b"");
    let lines: Vec<Value> = slow.out.lines().map(|l| serde_json::from_str(l).expect("a line of JSON")).collect();
    assert!(!lines.is_empty() && lines.iter().all(|l| l["latency_ms"].as_f64() >= Some(20.0)));
}

//! What clients do: give up, and try again.

use backpressure_sim::analysis::theory::attempts;
use serde_json::json;

use crate::case::{Case, Run, exact};
use crate::common::{design, endpoint, exponential, server};

pub fn cases() -> Vec<Case> {
    let users = json!({
        "workload": {"workload": "open", "rate_rps": 1000.0},
        "endpoints": [endpoint("read", "uniform", 10)],
        "timeout_ms": 10.0, "retries": 3, "backoff": {"base_ms": 1.0, "jitter": "none"},
    });
    // The server has a slot for everybody, so attempts are independent: each takes an exponential time with mean 10 ms,
    // and fails if that is above the 10 ms its user waits.
    let f = libm::exp(-1.0);
    vec![Case::of_run(
        "three retries, each attempt failing with f = 1/e",
        "load is multiplied by (1 − f^(r+1))/(1 − f); a request fails with f^(r+1)",
        Run::new(
            design(
                &[("users", "users", users), ("server", "app_server", server(100_000, exponential(10.0)))],
                &[("users", "server")],
            ),
            5.0,
            300.0,
        ),
        vec![
            exact("attempts a request", attempts(f, 3), |s| {
                s.node("server").rate_in_per_s / s.node("users").rate_in_per_s
            }),
            exact("share failed", libm::pow(f, 4.0), |s| s.failed_share("timeout")),
        ],
    )]
}

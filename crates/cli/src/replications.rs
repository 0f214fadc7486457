//! Several runs of one design as one result: the shape of a single result, with a mean and a half-width for each figure.

use backpressure_sim::analysis::statistics::Interval;
use backpressure_sim::metrics::{CONFIDENCE, Report};
use serde_json::{Map, Value, json};

/// What a single run says of itself only.
const OF_ONE_RUN: [&str; 7] = ["format", "wall_s", "trace_hash", "warnings", "confidence", "theory", "simulated_s"];

/// The result of runs with these seeds.
pub fn json(reports: &[Report], seeds: &[u64]) -> Value {
    let single: Vec<Value> = reports.iter().filter_map(|r| serde_json::to_value(r).ok()).collect();
    let mut out = Map::new();
    out.insert("format".to_owned(), json!(1));
    out.insert("replications".to_owned(), json!(reports.len()));
    out.insert("seeds".to_owned(), json!(seeds));
    out.insert("level".to_owned(), json!(CONFIDENCE));
    out.insert("simulated_s".to_owned(), json!(reports.first().map(|r| r.simulated_s)));
    if let Value::Object(figures) = merged(&single.iter().collect::<Vec<_>>()) {
        out.extend(figures);
    }
    out.insert("warnings".to_owned(), json!(warnings(reports)));
    Value::Object(out)
}

/// Numbers at the same place become their mean and half-width; texts stay. A count that some runs do not have, such as that of a
/// reason of failure which occurred in a few only, is zero there. Any other figure that some do not have, such as the latency
/// where nothing was answered, is that of the others, and says of how many `runs`.
fn merged(values: &[&Value]) -> Value {
    let Some(first) = values.iter().find(|v| !v.is_null()) else {
        return Value::Null;
    };
    match first {
        Value::Object(_) => {
            let mut names: Vec<&String> = Vec::new();
            for object in values.iter().filter_map(|v| v.as_object()) {
                names.extend(object.keys().filter(|k| !names.contains(k)).collect::<Vec<_>>());
            }
            names.retain(|name| !OF_ONE_RUN.contains(&name.as_str()));
            let member = |name: &String| {
                let of: Vec<&Value> = values.iter().map(|v| v.get(name).unwrap_or(&Value::Null)).collect();
                (name.clone(), merged(&of))
            };
            Value::Object(names.into_iter().map(member).collect())
        }
        Value::Number(_) => {
            let counts = values.iter().filter(|v| !v.is_null()).all(|v| v.is_u64());
            let read = |v: &&Value| if counts { Some(v.as_f64().unwrap_or(0.0)) } else { v.as_f64() };
            let numbers: Vec<f64> = values.iter().filter_map(read).collect();
            let mut figure = json!(Interval::of(&numbers, CONFIDENCE));
            if numbers.len() < values.len() {
                figure["runs"] = json!(numbers.len());
            }
            figure
        }
        other => (*other).clone(),
    }
}

/// What any of the runs warns of, each kind of warning once: the figures in them differ from run to run.
pub fn warnings(reports: &[Report]) -> Vec<String> {
    let mut seen: Vec<&str> = Vec::new();
    let mut out = Vec::new();
    for warning in reports.iter().flat_map(|r| &r.warnings) {
        let kind = kind_of(warning);
        if !seen.contains(&kind) {
            seen.push(kind);
            out.push(warning.clone());
        }
    }
    out
}

/// What a warning is about: what stands before its figures.
pub fn kind_of(warning: &str) -> &str {
    warning.split(':').next().unwrap_or(warning)
}

//! What was measured, against the goals.

use serde_json::{Value, json};

use super::Case;

/// What a case came to, per second of wall time.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Name of the case.
    pub name: String,
    /// The engine.
    pub engine: f64,
    /// The hand-written loop.
    pub reference: f64,
}

impl Measurement {
    /// For the way from the worker to whoever prints the table.
    pub fn to_json(&self) -> String {
        json!({"name": self.name, "engine": self.engine, "reference": self.reference}).to_string()
    }

    /// What [`Measurement::to_json`] wrote.
    pub fn from_json(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        Some(Self {
            name: value["name"].as_str()?.to_owned(),
            engine: value["engine"].as_f64()?,
            reference: value["reference"].as_f64()?,
        })
    }
}

/// Where it was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// On the machine itself.
    Native,
    /// In a worker of a browser.
    Wasm,
}

/// Share of the native speed that wasm shall reach.
const WASM_OF_NATIVE: f64 = 0.75;
/// Share of W3's speed that is left with a timeout armed on each request.
const WITH_TIMEOUTS: f64 = 0.9;
/// How much dearer an event may be with a million pending than with a thousand.
const MILLION: f64 = 2.5;

/// Prints the table of what was measured here, beside what was measured natively, if that is known.
pub fn print(cases: &[Case], here: &[Measurement], target: Target, native: &[Measurement], line: &mut dyn FnMut(&str)) {
    let of = |list: &[Measurement], name: &str| list.iter().find(|m| m.name == name).cloned();
    line(&format!(
        "{:<48} {:>12} {:>13} {:>6} {:>6}   {}",
        "per second",
        "engine",
        "hand-written",
        "ratio",
        "goal",
        if native.is_empty() { "" } else { "of native" },
    ));
    for case in cases {
        let Some(m) = of(here, case.name) else {
            continue;
        };
        let goal = case.goal.map(|goals| goals[usize::from(target == Target::Wasm)]);
        let of_native = match of(native, case.name) {
            Some(n) if target == Target::Wasm => {
                format!("{:.2} (loop {:.2})", m.engine / n.engine, m.reference / n.reference)
            }
            _ => String::new(),
        };
        line(&format!(
            "{:<8} {:<39} {:>12} {:>13} {:>6.2} {:>6} {} {of_native}",
            case.name,
            format!("{} ({})", case.what, case.unit),
            grouped(m.engine),
            grouped(m.reference),
            m.engine / m.reference,
            goal.map_or(String::new(), |g| format!("{g:.2}")),
            goal.map_or(" ", |g| mark(m.engine / m.reference >= g)),
        ));
    }
    let ratio = |a: &str, b: &str| Some(of(here, a)?.engine / of(here, b)?.engine);
    if let Some(kept) = ratio("W3t", "W3") {
        line(&format!(
            "W3 with timeouts against without: {kept:.2}, goal {WITH_TIMEOUTS} {}",
            mark(kept >= WITH_TIMEOUTS)
        ));
    }
    if let Some(dearer) = ratio("W5-1k", "W5-1M") {
        line(&format!(
            "an event with a million pending against a thousand: {dearer:.2} times, goal {MILLION} {}",
            mark(dearer <= MILLION)
        ));
    }
    if target == Target::Wasm
        && let (Some(wasm), Some(native)) = (of(here, "W3"), of(native, "W3"))
    {
        let share = wasm.engine / native.engine;
        line(&format!(
            "W3 in wasm against native: {share:.2}, goal {WASM_OF_NATIVE} {}",
            mark(share >= WASM_OF_NATIVE)
        ));
    }
}

fn mark(met: bool) -> &'static str {
    if met { "✓" } else { "✗" }
}

/// A whole number with thousands apart.
pub fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

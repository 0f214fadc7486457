//! A result as people read it.

use std::fmt::Write;

use backpressure_sim::Design;
use backpressure_sim::analysis::comparison::Quantity;
use backpressure_sim::analysis::statistics::Interval;
use backpressure_sim::components::kind;
use backpressure_sim::metrics::{CONFIDENCE, Ends, LatencyConfidence, LatencyReport, NodeReport, Report, Requests};

use crate::replications;

/// The result of one run, or of several of the same design, as text that ends in a line break. Of several, each figure is
/// a mean with its interval.
pub fn render(reports: &[Report], design: &Design) -> String {
    let Some(first) = reports.first() else {
        return String::new();
    };
    let runs = Runs(reports);
    let mut out = String::new();
    let name = if design.name.is_empty() { "Unnamed design" } else { &design.name };
    let events: u64 = reports.iter().map(|r| r.events).sum();
    let wall_s: f64 = reports.iter().map(|r| r.wall_s).sum();
    let often = if reports.len() > 1 { format!("{} runs of ", reports.len()) } else { String::new() };
    let _ = writeln!(
        out,
        "{name}: {often}{} s simulated, the last {} s measured; {} events in {wall_s:.2} s of {}\n",
        figure(first.simulated_s),
        figure(first.measured_s),
        whole(events),
        if reports.len() > 1 { "computing" } else { "wall time" },
    );
    let rate = |read: fn(&Report) -> f64| runs.cell(|r| Some(read(r)), figure);
    let _ = writeln!(
        out,
        "Answers to users in the measured time: {} per s, {} per s of them within the deadline\n\n\
         Requests that arrived in the measured time, and their latency:\n",
        rate(|r| r.throughput_per_s),
        rate(|r| r.goodput_per_s),
    );
    let mut rows = vec![words(&["requests", "offered /s", "offered", "answered", "in time", "in flight", "failed"])];
    rows.push(runs.requests("all", |r| Some(&r.requests)));
    let names: Vec<&String> = if first.endpoints.len() > 1 { first.endpoints.keys().collect() } else { Vec::new() };
    for name in &names {
        rows.push(runs.requests(name, |r| Some(&r.endpoints.get(*name)?.requests)));
    }
    out += &aligned(&rows, 1, 0);

    let mut rows = vec![words(&["latency, ms", "mean", "p50", "p90", "p95", "p99", "p99.9", "max", ""])];
    rows.push(runs.latency("all", |r| Some(&r.latency_ms)));
    if reports.len() == 1 {
        rows.extend(first.latency_ms.confidence.as_ref().map(sure));
    }
    for name in &names {
        rows.push(runs.latency(name, |r| Some(&r.endpoints.get(*name)?.latency_ms)));
    }
    out.push('\n');
    out += &aligned(&rows, 1, 1);

    out += "\nComponents, with all their calls of the measured time:\n";
    let mut rows = vec![words(&[
        "component",
        "kind",
        "in /s",
        "out /s",
        "utilised",
        "queue mean",
        "max",
        "inside",
        "time mean, ms",
        "p99, ms",
        "hits",
        "failed",
    ])];
    // In the order of the design, as on the screen.
    for node in &design.nodes {
        let Some(n) = first.nodes.get(&node.id) else {
            continue;
        };
        let label = kind(&n.kind).map_or(n.kind.as_str(), |k| k.label);
        let number = |read: &dyn Fn(&NodeReport) -> f64| runs.cell(|r| r.nodes.get(&node.id).map(read), figure);
        let share = |read: &dyn Fn(&NodeReport) -> Option<f64>| runs.cell(|r| read(r.nodes.get(&node.id)?), percent);
        rows.push(vec![
            if node.name.is_empty() { node.id.clone() } else { node.name.clone() },
            label.to_owned(),
            number(&|n| n.rate_in_per_s),
            number(&|n| n.rate_out_per_s),
            share(&|n| n.utilisation),
            number(&|n| n.queue_mean),
            runs.cell(|r| Some(f64::from(r.nodes.get(&node.id)?.queue_max)), count),
            number(&|n| n.concurrency_mean),
            number(&|n| n.residence_ms.mean),
            number(&|n| n.residence_ms.p99),
            share(&|n| n.hit_ratio),
            runs.cell(|r| Some(r.nodes.get(&node.id)?.failed.values().sum::<u64>() as f64), count),
        ]);
    }
    out.push('\n');
    out += &aligned(&rows, 2, 0);

    let mut reasons: Vec<&String> = reports.iter().flat_map(|r| r.requests.failed.keys()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    if !reasons.is_empty() {
        let of = |r: &Report, reason: &str| r.requests.failed.get(reason).copied().unwrap_or(0) as f64;
        let reason = |name: &&String| {
            let n = runs.cell(|r| Some(of(r, name)), count);
            let share = runs.cell(|r| Some(of(r, name) / r.requests.offered.max(1) as f64), percent);
            format!("{name} {n} ({share})")
        };
        let _ = writeln!(out, "\nfailed requests: {}", reasons.iter().map(reason).collect::<Vec<_>>().join(", "));
    }
    out += &match reports {
        [one] => theory(one, design),
        _ => "\nTheory stands beside the figures of single runs: leave --replications out.\n".to_owned(),
    };
    for warning in replications::warnings(reports) {
        let _ = writeln!(out, "\nwarning: {warning}");
    }
    out
}

/// What stands for a figure where there is none.
const NOTHING: &str = "–";

/// Theory beside the figures of a run: a line for each figure that a formula gives.
fn theory(report: &Report, design: &Design) -> String {
    let mut rows = vec![words(&["theory", "", "formula", "theory", "simulated", "99 % sure", ""])];
    for node in &design.nodes {
        let Some(said) = report.theory.get(&node.id) else { continue };
        let name = if node.name.is_empty() { &node.id } else { &node.name };
        for compared in &said.figures {
            let percent = matches!(compared.figure, Quantity::Utilisation | Quantity::Refused | Quantity::HitRatio);
            let figure = |value: f64| if percent { format!("{:.2} %", value * 100.0) } else { figure(value) };
            let ends = |[low, high]: [f64; 2]| format!("{}–{}", figure(low), figure(high));
            let verdict = match compared.agrees {
                Some(true) => "agrees",
                Some(false) => "differs",
                None => "too early to say",
            };
            let unit = match compared.figure {
                Quantity::TimeMs | Quantity::TimeP99Ms => ", ms",
                Quantity::Throughput => ", 1/s",
                _ => "",
            };
            rows.push(vec![
                name.clone(),
                format!("{}{unit}", compared.figure.label()),
                said.model.clone().unwrap_or_default(),
                figure(compared.theory),
                figure(compared.simulated),
                compared.interval.map_or_else(|| NOTHING.to_owned(), ends),
                verdict.to_owned(),
            ]);
        }
    }
    if rows.len() > 1 { format!("\n{}", aligned(&rows, 3, 1)) } else { String::new() }
}

/// Runs of one design with different seeds.
struct Runs<'a>(&'a [Report]);

impl<'a> Runs<'a> {
    /// A figure: its value, or its mean and half-width over the runs that have it. Empty if none has; a dash if nothing was
    /// observed that it could be of.
    fn cell(&self, read: impl Fn(&'a Report) -> Option<f64>, write: fn(f64) -> String) -> String {
        let values: Vec<f64> = self.0.iter().filter_map(read).collect();
        let there: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        match (values.is_empty(), there.is_empty()) {
            (true, _) => String::new(),
            (_, true) => NOTHING.to_owned(),
            _ => with_interval(&Interval::of(&there, CONFIDENCE), write),
        }
    }

    fn requests(&self, name: &str, of: impl Fn(&'a Report) -> Option<&'a Requests>) -> Vec<String> {
        let number = |read: &dyn Fn(&Requests) -> u64| self.cell(|r| Some(read(of(r)?) as f64), count);
        vec![
            name.to_owned(),
            self.cell(|r| Some(of(r)?.offered as f64 / r.measured_s), figure),
            number(&|r| r.offered),
            number(&|r| r.answered),
            number(&|r| r.in_time),
            number(&|r| r.in_flight),
            number(&|r| r.failed.values().sum()),
        ]
    }

    fn latency(&self, name: &str, of: impl Fn(&'a Report) -> Option<&'a LatencyReport>) -> Vec<String> {
        let mut row = vec![name.to_owned()];
        let figures: [fn(&LatencyReport) -> f64; 7] =
            [|l| l.mean, |l| l.p50, |l| l.p90, |l| l.p95, |l| l.p99, |l| l.p999, |l| l.max];
        row.extend(figures.map(|read| self.cell(|r| Some(read(of(r)?)), figure)));
        let answered = self.0.iter().filter(|r| of(r).is_some_and(|l| l.mean.is_finite())).count();
        row.push(match answered {
            0 => "nothing was answered".to_owned(),
            n if n == self.0.len() => String::new(),
            n => format!("from {n} of {} runs: in the others nothing was answered", self.0.len()),
        });
        row
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

/// A mean and, of several runs, its half-width.
pub fn interval(i: &Interval) -> String {
    with_interval(i, figure)
}

fn with_interval(i: &Interval, write: fn(f64) -> String) -> String {
    if i.half_width.is_finite() { format!("{} ± {}", write(i.mean), write(i.half_width)) } else { write(i.mean) }
}

/// Between which two values each figure above lies, as far as the length of the run tells.
fn sure(c: &LatencyConfidence) -> Vec<String> {
    let ends =
        |ends: &Ends| ends.map_or_else(|| "–".to_owned(), |[low, high]| format!("{}–{}", figure(low), figure(high)));
    let mut row = vec![format!("  {:.0} % sure", c.level * 100.0)];
    row.extend([c.mean, c.p50, c.p90, c.p95, c.p99, c.p999].iter().map(ends));
    row
}

/// Columns side by side: the first `left` and the last `tail` begin at the left, figures between end at the right.
pub fn aligned(rows: &[Vec<String>], left: usize, tail: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|s| s.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (c, cell) in row.iter().enumerate() {
            let gap = " ".repeat(widths[c] - cell.chars().count());
            line += &if c < left || c + tail >= columns { format!("{cell}{gap}  ") } else { format!("{gap}{cell}  ") };
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

/// Four significant digits: 0.012, 12.67, 5,998.
pub fn figure(value: f64) -> String {
    if value < 0.0 {
        return format!("−{}", figure(-value));
    }
    match value {
        v if !v.is_finite() => NOTHING.to_owned(),
        0.0 => "0".to_owned(),
        v if v >= 999.5 => whole(v.round() as u64),
        v if v >= 100.0 => format!("{v:.1}"),
        v if v >= 1.0 => format!("{v:.2}"),
        v => format!("{v:.3}"),
    }
}

/// A value that somebody set: whole numbers whole, others to four significant digits.
pub fn number(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    match value.abs() {
        whole_one if whole_one.fract() == 0.0 && whole_one < 1e15 => format!("{sign}{}", whole(whole_one as u64)),
        other => format!("{sign}{}", figure(other)),
    }
}

pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A count; the mean of several rounded.
fn count(n: f64) -> String {
    whole(n.round().max(0.0) as u64)
}

fn whole(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(figure(12.6712), "12.67");
        assert_eq!(figure(0.0), "0");
        assert_eq!(figure(5998.4), "5,998");
        assert_eq!(figure(0.0123), "0.012");
        assert_eq!(figure(-1234.0), "−1,234");
        assert_eq!(whole(1_234_567), "1,234,567");
        assert_eq!(percent(0.853), "85.3 %");
        assert_eq!([1.0, 134.0, 2000.0, 15.2632].map(number), ["1", "134", "2,000", "15.26"]);
    }

    #[test]
    fn columns_line_up() {
        let rows = [words(&["a", "long", "b"]), words(&["name", "1", "2"])];
        assert_eq!(aligned(&rows, 1, 0), "a     long  b\nname     1  2\n");
    }
}

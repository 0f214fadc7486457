//! A result as people read it.

use std::fmt::Write;

use backpressure_sim::Design;
use backpressure_sim::components::kind;
use backpressure_sim::metrics::{Ends, LatencyConfidence, LatencyReport, Report, Requests};

/// The whole result as text, ending in a line break.
pub fn render(report: &Report, design: &Design) -> String {
    let mut out = String::new();
    let name = if design.name.is_empty() { "Unnamed design" } else { &design.name };
    let _ = writeln!(
        out,
        "{name}: {} s simulated, the last {} s measured; {} events in {:.2} s of wall time\n",
        figure(report.simulated_s),
        figure(report.measured_s),
        whole(report.events),
        report.wall_s
    );
    let mut rows = vec![words(&["requests", "per s", "offered", "answered", "in time", "in flight", "failed"])];
    rows.push(requests("all", &report.requests, report.measured_s));
    let endpoints = if report.endpoints.len() > 1 { Some(&report.endpoints) } else { None };
    for (name, endpoint) in endpoints.into_iter().flatten() {
        rows.push(requests(name, &endpoint.requests, report.measured_s));
    }
    out += &aligned(&rows, 1);

    let mut rows = vec![words(&["latency, ms", "mean", "p50", "p90", "p95", "p99", "p99.9", "max"])];
    rows.push(latency("all", &report.latency_ms));
    rows.extend(report.latency_ms.confidence.as_ref().map(interval));
    for (name, endpoint) in endpoints.into_iter().flatten() {
        rows.push(latency(name, &endpoint.latency_ms));
    }
    out.push('\n');
    out += &aligned(&rows, 1);

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
        let Some(n) = report.nodes.get(&node.id) else {
            continue;
        };
        let label = kind(&n.kind).map_or(n.kind.as_str(), |k| k.label);
        rows.push(vec![
            if node.name.is_empty() { node.id.clone() } else { node.name.clone() },
            label.to_owned(),
            figure(n.rate_in_per_s),
            figure(n.rate_out_per_s),
            n.utilisation.map_or_else(String::new, percent),
            figure(n.queue_mean),
            whole(n.queue_max.into()),
            figure(n.concurrency_mean),
            figure(n.residence_ms.mean),
            figure(n.residence_ms.p99),
            n.hit_ratio.map_or_else(String::new, percent),
            whole(n.failed.values().sum()),
        ]);
    }
    out.push('\n');
    out += &aligned(&rows, 2);

    let failed: u64 = report.requests.failed.values().sum();
    if failed > 0 {
        let share = |n: u64| percent(n as f64 / report.requests.offered.max(1) as f64);
        let reasons: Vec<_> = report
            .requests
            .failed
            .iter()
            .filter(|(_, n)| **n > 0)
            .map(|(reason, n)| format!("{reason} {} ({})", whole(*n), share(*n)))
            .collect();
        let _ = writeln!(out, "\nfailed requests: {}", reasons.join(", "));
    }
    for warning in &report.warnings {
        let _ = writeln!(out, "\nwarning: {warning}");
    }
    out
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

fn requests(name: &str, r: &Requests, seconds: f64) -> Vec<String> {
    vec![
        name.to_owned(),
        figure(r.answered as f64 / seconds),
        whole(r.offered),
        whole(r.answered),
        whole(r.in_time),
        whole(r.in_flight),
        whole(r.failed.values().sum()),
    ]
}

fn latency(name: &str, l: &LatencyReport) -> Vec<String> {
    let mut row = vec![name.to_owned()];
    row.extend([l.mean, l.p50, l.p90, l.p95, l.p99, l.p999, l.max].map(figure));
    row
}

/// Between which two values each figure above lies, as far as the length of the run tells.
fn interval(c: &LatencyConfidence) -> Vec<String> {
    let ends =
        |ends: &Ends| ends.map_or_else(|| "–".to_owned(), |[low, high]| format!("{}–{}", figure(low), figure(high)));
    let mut row = vec![format!("  {:.0} % sure", c.level * 100.0)];
    row.extend([c.mean, c.p50, c.p90, c.p95, c.p99, c.p999].iter().map(ends));
    row
}

/// Columns side by side: the first `left` begin at the left, figures end at the right.
fn aligned(rows: &[Vec<String>], left: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|s| s.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (c, cell) in row.iter().enumerate() {
            let gap = " ".repeat(widths[c] - cell.chars().count());
            line += &if c < left { format!("{cell}{gap}  ") } else { format!("{gap}{cell}  ") };
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

/// Four significant digits: 0.012, 12.67, 5,998.
fn figure(value: f64) -> String {
    match value.abs() {
        v if !v.is_finite() => "–".to_owned(),
        0.0 => "0".to_owned(),
        v if v >= 999.5 => whole(value.round().max(0.0) as u64),
        v if v >= 100.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
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
        assert_eq!(whole(1_234_567), "1,234,567");
        assert_eq!(percent(0.853), "85.3 %");
    }

    #[test]
    fn columns_line_up() {
        let rows = [words(&["a", "long", "b"]), words(&["name", "1", "2"])];
        assert_eq!(aligned(&rows, 1), "a     long  b\nname     1  2\n");
    }
}

//! `backpressure sweep`: latency against load, or any figure against any parameter.

use std::fmt::Write;

use backpressure_sim::Design;
use backpressure_sim::analysis::statistics::Interval;
use backpressure_sim::analysis::sweep::{FIGURES, Point, PointFigure, Shape, shape};
use backpressure_sim::metrics::CONFIDENCE;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::trial::{Set, Trial, set};
use crate::{Failure, print, print_json, table};

/// What to sweep, and how long each run is.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    trial: Trial,
    /// The parameter and its values: users.rate_rps=100..20000x20 (20 at equal steps), 100..20000x20log (at equal ratios),
    /// or a list such as web.slots=1,2,4. Further ones with a single value change the design of every run
    #[arg(long = "set", value_name = "COMPONENT.PARAMETER=VALUES", required = true)]
    sets: Vec<String>,
    /// Runs at each value, with as many seeds: figures become means, with 95 % intervals in JSON and CSV
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1000))]
    replications: u64,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Shape_::Table)]
    format: Shape_,
}

/// Shape of the result on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
enum Shape_ {
    /// For programs
    Json,
    /// For people
    Table,
    /// For spreadsheets
    Csv,
}

/// One value with what its runs gave.
struct Row {
    value: Value,
    figures: Vec<Interval>,
    /// Means of all figures, and the busiest node of the first run.
    point: Point,
}

/// Runs the sweep and prints it.
pub fn run(options: &Options) -> Result<(), Failure> {
    options.trial.check()?;
    let mut design = options.trial.read(&options.trial.design)?;
    let mut axis: Option<(&String, Set)> = None;
    for text in &options.sets {
        let found = set(&design, text)?;
        match found.values.as_slice() {
            [value] => design = found.setting.set(&design, value).map_err(|m| Failure::Usage(format!("--set {m}")))?,
            _ => match axis.replace((text, found)) {
                None => {}
                Some((first, _)) => {
                    return Err(Failure::Usage(format!(
                        "--set {first} and --set {text} both have several values; accepted: one parameter to sweep, and single values for the others"
                    )));
                }
            },
        }
    }
    let Some((_, Set { setting, values })) = axis else {
        return Err(Failure::Usage(
            "no --set has several values to sweep, such as users.rate_rps=100..2000x20".to_owned(),
        ));
    };
    let mut designs = Vec::new();
    for value in &values {
        let changed = setting.set(&design, value).map_err(|m| Failure::Usage(format!("--set {m}")))?;
        designs
            .extend((0..options.replications).map(|i| Design { seed: design.seed.wrapping_add(i), ..changed.clone() }));
    }
    let reports = options.trial.run_all(&designs)?;
    let points: Vec<Point> = reports.iter().map(Point::of).collect();
    let rows: Vec<Row> = values
        .into_iter()
        .zip(points.chunks(options.replications as usize))
        .map(|(value, points)| row(value, points))
        .collect();
    let xs: Vec<f64> = rows.iter().filter_map(|r| r.value.as_f64()).collect();
    let means: Vec<Point> = rows.iter().map(|r| r.point.clone()).collect();
    // Names have no order, so no bend.
    let found = if xs.len() == rows.len() { shape(&xs, &means) } else { Shape::default() };
    match options.format {
        Shape_::Json => print_json(&as_json(&setting.path(), &rows, &found, options.replications)),
        Shape_::Csv => print(&csv(&setting.path(), &rows, options.replications)),
        Shape_::Table => print(&text(&setting.path(), &rows, &found, &design)),
    }
}

fn row(value: Value, points: &[Point]) -> Row {
    let interval = |f: &PointFigure| Interval::of(&points.iter().map(|p| f.read(p)).collect::<Vec<_>>(), CONFIDENCE);
    Row { value, figures: FIGURES.iter().map(interval).collect(), point: Point::mean(points) }
}

fn as_json(path: &str, rows: &[Row], found: &Shape, replications: u64) -> Value {
    let point = |row: &Row| {
        let mut out = serde_json::Map::new();
        out.insert("value".to_owned(), row.value.clone());
        for (PointFigure { name, .. }, interval) in FIGURES.iter().zip(&row.figures) {
            // One run alone has no spread.
            out.insert((*name).to_owned(), if replications > 1 { json!(interval) } else { json!(interval.mean) });
        }
        out.insert("busiest".to_owned(), json!(row.point.busiest));
        out.insert("steady".to_owned(), json!(row.point.steady));
        Value::Object(out)
    };
    let value_at = |i: Option<usize>| i.and_then(|i| rows.get(i)).map(|r| r.value.clone());
    json!({
        "format": 1,
        "parameter": path,
        "replications": replications,
        "points": rows.iter().map(point).collect::<Vec<_>>(),
        "knee": value_at(found.knee),
        "knee_method": "Kneedle (Satopää et al., 2011) on mean latency, up to saturation",
        "saturated_at": value_at(found.saturated),
        "capacity_per_s": (found.capacity_per_s > 0.0).then_some(found.capacity_per_s),
        "limit": (!found.limit.is_empty()).then_some(&found.limit),
    })
}

fn csv(path: &str, rows: &[Row], replications: u64) -> String {
    let mut names = vec![path.to_owned()];
    for PointFigure { name, .. } in FIGURES {
        names.push(name.to_owned());
        if replications > 1 {
            names.push(format!("{name}_half_width"));
        }
    }
    names.extend(["busiest", "steady"].map(str::to_owned));
    let mut out = names.join(",") + "\n";
    for row in rows {
        let mut cells = vec![row.value.as_str().map_or_else(|| row.value.to_string(), str::to_owned)];
        for interval in &row.figures {
            cells.push(interval.mean.to_string());
            if replications > 1 {
                cells.push(interval.half_width.to_string());
            }
        }
        cells.push(row.point.busiest.clone());
        cells.push(row.point.steady.to_string());
        out += &(cells.join(",") + "\n");
    }
    out
}

fn text(path: &str, rows: &[Row], found: &Shape, design: &Design) -> String {
    let name = |id: &str| match design.node(id) {
        Some(node) if !node.name.is_empty() => node.name.clone(),
        _ => id.to_owned(),
    };
    let head = [path, "offered /s", "answered /s", "failed", "mean, ms", "p50", "p95", "p99", "busiest", "", ""];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for (i, row) in rows.iter().enumerate() {
        let p = &row.point;
        let remark = match () {
            () if !p.steady => "not steady: latency says how long the run was",
            () if found.knee == Some(i) => "◀ knee",
            () => "",
        };
        let value = row.value.as_f64().map_or_else(|| row.value.to_string(), table::figure);
        let mut line = vec![
            value,
            table::figure(p.offered_per_s),
            table::figure(p.throughput_per_s),
            table::percent(p.failed_share),
        ];
        line.extend(row.figures[4..8].iter().map(table::interval));
        line.extend([name(&p.busiest), table::percent(p.utilisation), remark.to_owned()]);
        lines.push(line);
    }
    let mut out = table::aligned(&lines, 0, 3);
    let value_at =
        |i: usize| rows.get(i).map_or_else(String::new, |r| r.value.as_f64().map_or_else(String::new, table::figure));
    out.push('\n');
    if let Some(i) = found.knee {
        let _ = writeln!(
            out,
            "knee: {path} = {}, where mean latency turns upwards (Kneedle, Satopää et al., 2011)",
            value_at(i)
        );
    }
    if let Some(i) = found.saturated {
        let _ =
            writeln!(out, "saturated from {path} = {}: queues grow without end, or more than 1 % fails", value_at(i));
    }
    if found.capacity_per_s > 0.0 {
        let _ = writeln!(
            out,
            "capacity: about {} requests/s, when every slot of {} is busy (utilisation law)",
            table::figure(found.capacity_per_s),
            name(&found.limit)
        );
    }
    out
}

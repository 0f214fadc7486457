//! `backpressure sweep`: latency against load, or any figure against any parameter.

use backpressure_sim::Design;
use backpressure_sim::analysis::statistics::Interval;
use backpressure_sim::analysis::sweep::{FIGURES, Point, PointFigure, Shape, shape};
use backpressure_sim::metrics::CONFIDENCE;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::trial::{Set, Trial, changed, set};
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
    /// Means with their intervals over the runs that have the figure; not a number if none has.
    figures: Vec<Interval>,
    /// Of how many runs there is a latency.
    answered: usize,
    /// Means of all figures, and the busiest node of the first run.
    point: Point,
}

/// Runs the sweep and prints it.
pub fn run(options: &Options) -> Result<(), Failure> {
    options.trial.check()?;
    let source = &options.trial.design;
    let mut design = options.trial.read(source)?;
    let mut axis: Option<(&String, Set)> = None;
    for text in &options.sets {
        let found = set(&design, source, text)?;
        match found.values.as_slice() {
            [value] => design = changed(&design, source, &found.setting, value)?,
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
        let changed = changed(&design, source, &setting, value)?;
        designs
            .extend((0..options.replications).map(|i| Design { seed: design.seed.wrapping_add(i), ..changed.clone() }));
    }
    let reports = options.trial.run_all(&designs)?;
    let points: Vec<Point> = reports.iter().map(Point::of).collect();
    let mut rows: Vec<Row> = values
        .into_iter()
        .zip(points.chunks(options.replications as usize))
        .map(|(value, points)| row(value, points))
        .collect();
    // Numbers in their order, however they were given; names have none.
    let number = |row: &Row| row.value.as_f64().unwrap_or(f64::INFINITY);
    rows.sort_by(|a, b| number(a).total_cmp(&number(b)));
    let xs: Vec<f64> = rows.iter().filter_map(|r| r.value.as_f64()).collect();
    let means: Vec<Point> = rows.iter().map(|r| r.point.clone()).collect();
    // Names have no order, so no bend.
    let found = if xs.len() == rows.len() { shape(&xs, &means, setting.is_load(&design)) } else { Shape::default() };
    match options.format {
        Shape_::Json => print_json(&as_json(&setting.path(), &rows, &found, options.replications)),
        Shape_::Csv => print(&csv(&setting.path(), &rows, options.replications)),
        Shape_::Table => print(&text(&setting.path(), &rows, &found, &design, options.replications)),
    }
}

fn row(value: Value, points: &[Point]) -> Row {
    let interval = |f: &PointFigure| {
        let there: Vec<f64> = points.iter().map(|p| f.read(p)).filter(|x| x.is_finite()).collect();
        if there.is_empty() { NONE } else { Interval::of(&there, CONFIDENCE) }
    };
    let answered = points.iter().filter(|p| p.latency_mean_ms.is_finite()).count();
    Row { value, figures: FIGURES.iter().map(interval).collect(), answered, point: Point::mean(points) }
}

const NONE: Interval = Interval { mean: f64::NAN, half_width: f64::NAN };

/// The column of what was answered, and those of latencies, in [`FIGURES`].
const ANSWERED: usize = 1;
const LATENCIES: std::ops::Range<usize> = 4..8;

fn as_json(path: &str, rows: &[Row], found: &Shape, replications: u64) -> Value {
    let point = |row: &Row| {
        let mut out = serde_json::Map::new();
        out.insert("value".to_owned(), row.value.clone());
        for (PointFigure { name, .. }, interval) in FIGURES.iter().zip(&row.figures) {
            // One run alone has no spread.
            let shown = if interval.mean.is_nan() {
                Value::Null
            } else if replications > 1 {
                json!(interval)
            } else {
                json!(interval.mean)
            };
            out.insert((*name).to_owned(), shown);
        }
        if replications > 1 {
            out.insert("runs_with_answers".to_owned(), json!(row.answered));
        }
        out.insert("busiest".to_owned(), json!(row.point.busiest));
        out.insert("steady".to_owned(), json!(row.point.steady));
        Value::Object(out)
    };
    let value_at = |i: Option<usize>| i.and_then(|i| rows.get(i)).map(|r| r.value.clone());
    let capacity = found.capacity.and_then(|i| rows.get(i)).map(|r| r.figures[ANSWERED]);
    json!({
        "format": 1,
        "parameter": path,
        "replications": replications,
        "points": rows.iter().map(point).collect::<Vec<_>>(),
        "knee": value_at(found.knee),
        "knee_method": "Kneedle (Satopää et al., 2011) on mean latency, where there is room",
        "saturated_at": value_at(found.saturated),
        "enough_from": value_at(found.enough),
        "capacity_per_s": capacity.map(|c| c.mean),
        "capacity_half_width": capacity.map(|c| c.half_width).filter(|h| h.is_finite()),
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
    names.extend((replications > 1).then(|| "runs_with_answers".to_owned()));
    names.extend(["busiest", "steady"].map(str::to_owned));
    let mut out = names.join(",") + "\n";
    for row in rows {
        let mut cells = vec![if row.value.is_null() {
            "off".to_owned()
        } else {
            row.value.as_str().map_or_else(|| row.value.to_string(), str::to_owned)
        }];
        for interval in &row.figures {
            let cell = |x: f64| if x.is_finite() { x.to_string() } else { String::new() };
            cells.push(cell(interval.mean));
            if replications > 1 {
                cells.push(cell(interval.half_width));
            }
        }
        if replications > 1 {
            cells.push(row.answered.to_string());
        }
        cells.push(row.point.busiest.clone());
        cells.push(row.point.steady.to_string());
        out += &(cells.join(",") + "\n");
    }
    out
}

/// A value as it was given: no digits that say nothing, no quotes.
fn value_text(value: &Value) -> String {
    match value {
        Value::Null => "off".to_owned(),
        Value::String(name) => name.clone(),
        Value::Number(n) => n.as_f64().map_or_else(String::new, table::number),
        other => other.to_string(),
    }
}

fn text(path: &str, rows: &[Row], found: &Shape, design: &Design, replications: u64) -> String {
    let name = |id: &str| match design.node(id) {
        Some(node) if !node.name.is_empty() => node.name.clone(),
        _ => id.to_owned(),
    };
    let head =
        [path, "offered /s", "answered /s", "failed", "mean, ms", "p50", "p95", "p99", "busiest", "utilised", ""];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for (i, row) in rows.iter().enumerate() {
        let p = &row.point;
        let mut remarks = Vec::new();
        if !p.steady {
            remarks.push("not steady: latency says how long the run was".to_owned());
        }
        if found.knee == Some(i) {
            remarks.push("◀ knee".to_owned());
        }
        if row.answered < replications as usize {
            remarks.push(match row.answered {
                0 => "nothing was answered".to_owned(),
                n => format!("latency from {n} of {replications} runs: in the others nothing was answered"),
            });
        }
        let mut line = vec![
            value_text(&row.value),
            table::figure(p.offered_per_s),
            table::interval(&row.figures[ANSWERED]),
            table::percent(p.failed_share),
        ];
        line.extend(row.figures[LATENCIES].iter().map(table::interval));
        let busy = !p.busiest.is_empty();
        line.extend([name(&p.busiest), if busy { table::percent(p.utilisation) } else { String::new() }]);
        line.push(remarks.join("; "));
        lines.push(line);
    }
    let mut out = table::aligned(&lines, 0, 3);
    out += "\nAnswered: all answers of the measured time; the rest is of the requests that arrived in it.\n";
    for sentence in said(path, rows, found, name) {
        out += &(sentence + "\n");
    }
    out
}

/// What the curve says, in sentences.
fn said(path: &str, rows: &[Row], found: &Shape, name: impl Fn(&str) -> String) -> Vec<String> {
    let at = |i: usize| rows.get(i).map_or_else(String::new, |r| format!("{path} = {}", value_text(&r.value)));
    let why = "queues grow without end, or more than 1 % fails";
    let mut out = Vec::new();
    out.extend(found.knee.map(|i| {
        let what =
            if found.falls { "beyond which mean latency falls little" } else { "where mean latency turns upwards" };
        format!("knee: {}, {what} (Kneedle, Satopää et al., 2011)", at(i))
    }));
    let none = !rows.iter().any(|r| r.point.has_room());
    out.extend(found.enough.map(|i| format!("enough from {}: below, {why}", at(i))));
    out.extend(found.saturated.map(|i| match none {
        true => format!("no value has room: {why}"),
        false => format!("saturated from {}: {why}", at(i)),
    }));
    out.extend(found.capacity.and_then(|i| rows.get(i)).map(|row| {
        let limit = match found.limit.as_str() {
            "" => String::new(),
            id => format!(", with every slot of {} busy", name(id)),
        };
        let most = table::interval(&row.figures[ANSWERED]);
        format!("capacity: about {most} requests/s, the most that was answered{limit}")
    }));
    out
}

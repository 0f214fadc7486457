//! A sweep: the same design run at one value of a parameter after another, and what the curve says. Each point is a run of
//! its own, so whoever has several cores runs several at a time.

use super::measures::MEASURES;
use crate::design::{Design, SettingKind};
use crate::engine::Simulation;
use crate::metrics::Report;
use backpressure_pack::Pack;
use serde::Serialize;
use serde_json::Value;

/// Most points of a sweep.
pub const MAX_POINTS: usize = 1000;

/// The values of a sweep, as people write them: `100..20000x20` (20 values at equal steps), `100..20000x20log` (at equal
/// ratios), `1,2,4,8`, `round_robin,random`, or a single one. The error says what is accepted.
pub fn values(text: &str, kind: &SettingKind) -> Result<Vec<Value>, String> {
    let found = match text.split_once("..") {
        Some((from, rest)) => spaced(from, rest, kind)?,
        None => text.split(',').map(|one| value(one.trim(), kind)).collect::<Result<Vec<_>, _>>()?,
    };
    if found.is_empty() || found.len() > MAX_POINTS {
        return Err(format!("{} for; accepted: 1 to {MAX_POINTS}", asked(found.len())));
    }
    Ok(found)
}

fn spaced(from: &str, rest: &str, kind: &SettingKind) -> Result<Vec<Value>, String> {
    let wrong = || {
        format!("`{from}..{rest}` is no range; accepted: FROM..TOxCOUNT or FROM..TOxCOUNTlog, such as 100..20000x20")
    };
    let whole = match kind {
        SettingKind::Number(_) => false,
        SettingKind::Integer(_) => true,
        _ => {
            return Err(format!("`{from}..{rest}` is a range of numbers, and the parameter is none; accepted: a list"));
        }
    };
    let (to, count) = rest.split_once('x').ok_or_else(wrong)?;
    let (count, log) = count.strip_suffix("log").map_or((count, false), |count| (count, true));
    let parse = |text: &str| text.trim().parse::<f64>().ok().filter(|x| x.is_finite()).ok_or_else(wrong);
    let (from, to, count) = (parse(from)?, parse(to)?, count.trim().parse::<usize>().map_err(|_| wrong())?);
    if !(2..=MAX_POINTS).contains(&count) {
        return Err(format!("{} for; accepted: 2 to {MAX_POINTS}", asked(count)));
    }
    if log && (from <= 0.0 || to <= 0.0) {
        return Err("equal ratios need both ends above 0".to_owned());
    }
    let mut out: Vec<Value> = Vec::with_capacity(count);
    for i in 0..count {
        let share = i as f64 / (count - 1) as f64;
        let x = match i {
            0 => from,
            _ if i + 1 == count => to,
            _ if log => from * libm::pow(to / from, share),
            _ => from + (to - from) * share,
        };
        let next = if whole { Value::from(libm::round(x) as i64) } else { Value::from(x) };
        // Whole numbers close to each other are the same.
        if out.last() != Some(&next) {
            out.push(next);
        }
    }
    Ok(out)
}

fn asked(count: usize) -> String {
    if count == 1 { "1 value is asked".to_owned() } else { format!("{count} values are asked") }
}

fn value(text: &str, kind: &SettingKind) -> Result<Value, String> {
    if text.is_empty() {
        return Err("a value is missing".to_owned());
    }
    let number = |what: &str| format!("`{text}` is no {what}");
    match kind {
        _ if text == "off" && !matches!(kind, SettingKind::Name(_)) => Ok(Value::Null),
        SettingKind::Number(_) => {
            text.parse::<f64>().ok().filter(|x| x.is_finite()).map(Value::from).ok_or_else(|| number("number"))
        }
        SettingKind::Integer(_) => text.parse::<i64>().map(Value::from).map_err(|_| number("whole number")),
        SettingKind::Bool => text.parse::<bool>().map(Value::from).map_err(|_| number("`true` or `false`")),
        SettingKind::Name(names) if names.is_empty() || names.contains(&text) => Ok(Value::from(text)),
        SettingKind::Name(names) => Err(format!("`{text}` is none of {}", names.join(", "))),
    }
}

/// How long each point is run.
#[derive(Clone, Copy, Debug, PartialEq, Pack)]
pub struct Length {
    /// Simulated time that is thrown away, s.
    pub warmup_s: f64,
    /// Simulated time measured after it, s.
    pub measured_s: f64,
}

/// What came out at one value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct Point {
    /// Requests made per second.
    pub offered_per_s: f64,
    /// Answers per second.
    pub throughput_per_s: f64,
    /// Answers in time per second.
    pub goodput_per_s: f64,
    /// Share of requests that failed, 0 to 1.
    pub failed_share: f64,
    /// Latency of answered requests, ms: mean, median and percentiles; not a number (in JSON `null`) if none was answered.
    pub latency_mean_ms: f64,
    /// Median.
    pub latency_p50_ms: f64,
    /// 95th percentile.
    pub latency_p95_ms: f64,
    /// 99th percentile.
    pub latency_p99_ms: f64,
    /// Id of the busiest node with slots; empty if there is none.
    pub busiest: String,
    /// Share of its slots busy, 0 to 1.
    pub utilisation: f64,
    /// Is it in a steady state? If not, latencies only say how long the run was.
    pub steady: bool,
}

impl Point {
    /// The point of a run.
    pub fn of(report: &Report) -> Self {
        let of = |name: &str| {
            let measure = MEASURES.iter().find(|m| m.name == name);
            measure.map_or(f64::NAN, |m| (m.read)(report))
        };
        let busy = report.nodes.iter().filter_map(|(id, n)| Some((id, n.utilisation?)));
        let (busiest, utilisation) =
            busy.max_by(|a, b| a.1.total_cmp(&b.1)).map_or((String::new(), 0.0), |(id, u)| (id.clone(), u));
        Self {
            offered_per_s: report.requests.offered as f64 / report.measured_s,
            throughput_per_s: of("throughput_per_s"),
            goodput_per_s: of("goodput_per_s"),
            failed_share: of("failed_share"),
            latency_mean_ms: of("latency_mean_ms"),
            latency_p50_ms: of("latency_p50_ms"),
            latency_p95_ms: of("latency_p95_ms"),
            latency_p99_ms: of("latency_p99_ms"),
            busiest,
            utilisation,
            steady: report.warnings.is_empty(),
        }
    }

    /// Is there room left? Not in a queue that grows, nor where more than one request in a hundred fails.
    pub fn has_room(&self) -> bool {
        self.steady && self.failed_share <= 0.01
    }
}

/// A number of a [`Point`].
#[derive(Clone, Copy, Debug)]
pub struct PointFigure {
    /// Name in results (`latency_p99_ms`).
    pub name: &'static str,
    /// Its place.
    pub of: fn(&mut Point) -> &mut f64,
}

impl PointFigure {
    /// Its value.
    pub fn read(&self, point: &Point) -> f64 {
        *(self.of)(&mut point.clone())
    }
}

/// Every number of a [`Point`], in the order of tables.
pub const FIGURES: [PointFigure; 9] = [
    PointFigure { name: "offered_per_s", of: |p| &mut p.offered_per_s },
    PointFigure { name: "throughput_per_s", of: |p| &mut p.throughput_per_s },
    PointFigure { name: "goodput_per_s", of: |p| &mut p.goodput_per_s },
    PointFigure { name: "failed_share", of: |p| &mut p.failed_share },
    PointFigure { name: "latency_mean_ms", of: |p| &mut p.latency_mean_ms },
    PointFigure { name: "latency_p50_ms", of: |p| &mut p.latency_p50_ms },
    PointFigure { name: "latency_p95_ms", of: |p| &mut p.latency_p95_ms },
    PointFigure { name: "latency_p99_ms", of: |p| &mut p.latency_p99_ms },
    PointFigure { name: "utilisation", of: |p| &mut p.utilisation },
];

impl Point {
    /// Several runs at one value as one point: means over the runs that have the figure; the busiest node is that of the
    /// first, and it is steady if all are.
    pub fn mean(points: &[Point]) -> Point {
        let mut mean = points.first().cloned().unwrap_or_default();
        for figure in FIGURES {
            let there: Vec<f64> = points.iter().map(|p| figure.read(p)).filter(|x| x.is_finite()).collect();
            *(figure.of)(&mut mean) = there.iter().sum::<f64>() / there.len() as f64;
        }
        mean.steady = points.iter().all(|p| p.steady);
        mean
    }
}

/// Runs a design for so long and reports. Common random numbers: the seed is that of the design at every point.
pub fn run(design: &Design, length: Length) -> Result<Report, String> {
    let mut sim =
        Simulation::new(design).map_err(|problems| problems.first().map_or(String::new(), |p| p.message.clone()))?;
    // Rounded as the command line does, which is to give the same.
    let ns = |s: f64| libm::round(s * 1e9) as u64;
    sim.run_until(ns(length.warmup_s), u64::MAX);
    sim.start_measuring();
    sim.run_until(ns(length.warmup_s + length.measured_s), u64::MAX);
    Ok(sim.report(0.0))
}

/// What the curve of a sweep says. Places are those of the points as they were given, in whatever order that was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Pack)]
pub struct Shape {
    /// The point where latency bends: beyond it a load makes it rise much faster than before, and more of a means such as
    /// slots gains little. `None` if the curve has no such bend.
    pub knee: Option<usize>,
    /// Does latency fall as the value rises, as it does with more slots?
    pub falls: bool,
    /// The smallest value without room ([`Point::has_room`]) above one with room; the smallest of all if none has room.
    pub saturated: Option<usize>,
    /// The smallest value with room from which on there is room, where smaller values have none.
    pub enough: Option<usize>,
    /// Where the most was answered, if the parameter is the load and more of it brings no more answers, nor fewer.
    pub capacity: Option<usize>,
    /// Id of the node whose slots are all busy then; empty if none is.
    pub limit: String,
}

/// Slots are as good as all busy from this share on.
const FULL: f64 = 0.98;
/// A load that grew by this share, of which less than that part was answered in addition, has met the capacity.
const GROWN: f64 = 0.05;
const ANSWERED: f64 = 0.5;

/// The shape of a curve of points at these values. `load`: is the parameter how much is asked for? Only then does the most that
/// was answered say what the system can do.
pub fn shape(xs: &[f64], points: &[Point], load: bool) -> Shape {
    let mut order: Vec<usize> = (0..xs.len().min(points.len())).collect();
    order.sort_by(|&a, &b| xs[a].total_cmp(&xs[b]));
    let sorted: Vec<(f64, &Point)> = order.iter().map(|&i| (xs[i], &points[i])).collect();
    let (enough, saturated) = edges(&sorted.iter().map(|(_, p)| p.has_room()).collect::<Vec<_>>());
    // Without room latencies say nothing, and would be the only bend that anybody saw.
    let from = enough.filter(|e| saturated.is_none_or(|s| *e < s)).unwrap_or(0);
    let good = from..saturated.filter(|s| *s >= from).unwrap_or(sorted.len());
    let seen: Vec<usize> = good.filter(|&i| sorted[i].1.latency_mean_ms.is_finite()).collect();
    let curve: Vec<(f64, f64)> = seen.iter().map(|&i| (sorted[i].0, sorted[i].1.latency_mean_ms)).collect();
    let capacity = if load { capacity(&sorted) } else { None };
    let place = |i: usize| order[i];
    Shape {
        knee: knee(&curve).map(|i| place(seen[i])),
        falls: curve.first().zip(curve.last()).is_some_and(|(first, last)| falls(first, last)),
        saturated: saturated.map(place),
        enough: enough.map(place),
        capacity: capacity.map(|c| place(c.0)),
        limit: capacity.map_or_else(String::new, |c| c.1.to_owned()),
    }
}

/// From where on there is enough, and from where on there is no room, by places in the order of values.
fn edges(room: &[bool]) -> (Option<usize>, Option<usize>) {
    let Some((first, last)) = room.iter().position(|r| !r).zip(room.iter().rposition(|r| !r)) else {
        return (None, None);
    };
    let beyond = (last + 1 < room.len()).then_some(last + 1);
    match (first, beyond) {
        // Room in the middle at most.
        (0, None) => {
            let enough = room.iter().position(|r| *r);
            (enough, Some(enough.map_or(0, |e| e + room[e..].iter().position(|r| !r).unwrap_or(0))))
        }
        (0, beyond) => (beyond, None),
        (first, beyond) => (beyond, Some(first)),
    }
}

/// Where the most was answered, if the load met the capacity, and what is busy all the time then.
fn capacity<'p>(sorted: &[(f64, &'p Point)]) -> Option<(usize, &'p str)> {
    let slope =
        |(x0, p0): (f64, &Point), (x1, p1): (f64, &Point)| (p1.throughput_per_s - p0.throughput_per_s) / (x1 - x0);
    let met = |i: usize| {
        let (_, p) = sorted[i];
        let full = p.utilisation >= FULL;
        if full && !p.has_room() {
            return true;
        }
        let Some(before) = i.checked_sub(1).map(|i| sorted[i]) else {
            return false;
        };
        // Users who wait for answers ask for no more than they get: of them, more people no longer bring more.
        let fewer = i >= 2 && full && slope(before, sorted[i]) < ANSWERED * slope(sorted[0], before);
        let grown = p.offered_per_s - before.1.offered_per_s;
        let answered = p.throughput_per_s - before.1.throughput_per_s;
        fewer || !p.has_room() && grown > GROWN * p.offered_per_s && answered < ANSWERED * grown
    };
    let met: Vec<usize> = (0..sorted.len()).filter(|&i| met(i)).collect();
    let answered = |i: usize| sorted[i].1.throughput_per_s;
    let most = met.iter().copied().max_by(|&a, &b| answered(a).total_cmp(&answered(b)))?;
    // A system that breaks down under load answered more before: then what it does beyond is no capacity.
    let breaks_down = (0..sorted.len()).any(|i| answered(i) > (1.0 + GROWN) * answered(most));
    let busiest = met.iter().map(|&i| sorted[i].1).max_by(|a, b| a.utilisation.total_cmp(&b.utilisation))?;
    let limit = if busiest.utilisation >= FULL { busiest.busiest.as_str() } else { "" };
    (answered(most) > 0.0 && !breaks_down).then_some((most, limit))
}

/// Does a curve with these ends fall?
fn falls(first: &(f64, f64), last: &(f64, f64)) -> bool {
    first.1 > last.1
}

/// Fewest points that have a bend.
const FEWEST: usize = 5;

/// The knee of a curve by Kneedle (Satopää, Albrecht, Irwin & Raghavan, 2011): with both axes scaled to 0..1, the point
/// farthest below the diagonal, if the curve comes back to it by more than the mean step afterwards (sensitivity 1). The
/// curve is taken as it is, without smoothing. `None` for a curve that bends the other way, or not at all.
pub fn knee(curve: &[(f64, f64)]) -> Option<usize> {
    if curve.len() < FEWEST {
        return None;
    }
    let range = |of: fn(&(f64, f64)) -> f64| {
        let (low, high) = curve.iter().map(of).fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        (low, high - low)
    };
    let ((x0, width), (y0, height)) = (range(|p| p.0), range(|p| p.1));
    if width <= 0.0 || height <= 0.0 {
        return None;
    }
    // A curve that falls with x has its bend where the mirrored one has it.
    let falls = falls(curve.first()?, curve.last()?);
    let below: Vec<f64> = curve
        .iter()
        .map(|&(x, y)| {
            let x = (x - x0) / width;
            (if falls { 1.0 - x } else { x }) - (y - y0) / height
        })
        .collect();
    let at = (0..below.len()).max_by(|&a, &b| below[a].total_cmp(&below[b]))?;
    let threshold = below[at] - 1.0 / (curve.len() - 1) as f64;
    let comes_back = below[at..].iter().any(|&d| d < threshold);
    (threshold > 0.0 && comes_back && at > 0).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NUMBER: SettingKind = SettingKind::Number("");
    const INTEGER: SettingKind = SettingKind::Integer("");

    #[test]
    fn ranges_hold_both_ends() {
        assert_eq!(values("100..500x5", &NUMBER), Ok([100.0, 200.0, 300.0, 400.0, 500.0].map(Value::from).to_vec()));
        let ratios = values("1..1000x4log", &NUMBER).unwrap();
        for (got, want) in ratios.iter().zip([1.0, 10.0, 100.0, 1000.0]) {
            assert!((got.as_f64().unwrap() - want).abs() < 1e-9, "{ratios:?}");
        }
        assert_eq!(values("1..3x5", &INTEGER), Ok(vec![json!(1), json!(2), json!(3)]), "each whole number once");
        assert_eq!(values("8..2x3", &INTEGER), Ok(vec![json!(8), json!(5), json!(2)]));
    }

    #[test]
    fn lists_are_of_the_parameters_kind() {
        assert_eq!(values("1, 2.5", &NUMBER), Ok(vec![json!(1.0), json!(2.5)]));
        assert_eq!(values("off", &NUMBER), Ok(vec![Value::Null]));
        assert_eq!(values("true,false", &SettingKind::Bool), Ok(vec![json!(true), json!(false)]));
        let names = SettingKind::Name(vec!["random", "round_robin"]);
        assert_eq!(values("random", &names), Ok(vec![json!("random")]));
        assert!(values("best", &names).unwrap_err().contains("random, round_robin"));
    }

    #[test]
    fn what_is_no_range_says_what_is() {
        for (text, complaint) in [
            ("1..5", "FROM..TOxCOUNT"),
            ("a..5x3", "FROM..TOxCOUNT"),
            ("1..5x1", "1 value is asked for; accepted: 2 to"),
            ("1..5x1001", "accepted: 2 to"),
            ("0..5x3log", "above 0"),
            ("1,two", "`two` is no number"),
            ("", "a value is missing"),
            ("1,,2", "a value is missing"),
            ("NaN", "`NaN` is no number"),
            ("inf", "`inf` is no number"),
            ("1..5x3logs", "FROM..TOxCOUNT"),
        ] {
            let error = values(text, &NUMBER).unwrap_err();
            assert!(error.contains(complaint), "{text}: {error}");
        }
        assert!(values("1..5x3", &SettingKind::Bool).unwrap_err().contains("accepted: a list"));
    }

    #[test]
    fn the_knee_is_where_the_paper_finds_it() {
        // Figure 2 of the paper: y = −1/x + 5 mirrored to a rising convex curve; and the time of M/M/1 against load,
        // 1/(1 − ρ) up to ρ = 0.9, whose farthest point from the chord is where the slope is the chord's: (1 − ρ)² = 0.1.
        let queue: Vec<(f64, f64)> =
            (0..=90).map(|i| f64::from(i) / 100.0).map(|rho| (rho, 1.0 / (1.0 - rho))).collect();
        let at = queue[knee(&queue).unwrap()].0;
        assert!((at - (1.0 - 0.1f64.sqrt())).abs() <= 0.01, "{at}");
        // Latency against the number of slots falls and has its elbow at the other side.
        let falling: Vec<(f64, f64)> = (1..=50).map(|i| (f64::from(i), 1.0 / f64::from(i))).collect();
        let at = falling[knee(&falling).unwrap()].0;
        assert!((at - 50f64.sqrt()).abs() <= 1.0, "{at}");
    }

    #[test]
    fn what_does_not_bend_has_no_knee() {
        let line = |f: fn(f64) -> f64| (0..20).map(|i| (f64::from(i), f(f64::from(i)))).collect::<Vec<_>>();
        assert_eq!(knee(&line(|x| 3.0 * x)), None);
        assert_eq!(knee(&line(|_| 5.0)), None);
        assert_eq!(knee(&line(|x| x.sqrt())), None, "it bends the other way");
        assert_eq!(knee(&[(0.0, 0.0), (1.0, 9.0)]), None);
    }

    /// M/M/1 of this capacity at this load.
    fn queue(load: f64, capacity: f64) -> Point {
        let rho = load / capacity;
        Point {
            offered_per_s: load,
            throughput_per_s: load.min(capacity),
            latency_mean_ms: 1.0 / (1.0 - rho.min(0.999)),
            utilisation: rho.min(1.0),
            busiest: "db".into(),
            steady: rho < 1.0,
            ..Point::default()
        }
    }

    #[test]
    fn the_shape_of_a_queue() {
        let loads: Vec<f64> = (1..=12).map(|i| f64::from(i) * 10.0).collect();
        let points: Vec<Point> = loads.iter().map(|&load| queue(load, 100.0)).collect();
        let s = shape(&loads, &points, true);
        assert_eq!((s.saturated, s.enough), (Some(9), None), "the first that is not steady");
        assert!(s.capacity.is_some_and(|i| points[i].throughput_per_s == 100.0) && s.limit == "db");
        assert!(!s.falls && s.knee.is_some_and(|k| (60.0..=80.0).contains(&loads[k])), "{s:?}");
    }

    #[test]
    fn the_order_of_the_values_does_not_matter() {
        let rising: Vec<f64> = (1..=12).map(|i| f64::from(i) * 10.0).collect();
        let mixed: Vec<f64> = [7, 2, 12, 9, 4, 1, 11, 5, 10, 8, 3, 6].map(|i| f64::from(i) * 10.0).to_vec();
        let falling: Vec<f64> = rising.iter().rev().copied().collect();
        let told = |loads: &[f64]| {
            let points: Vec<Point> = loads.iter().map(|&load| queue(load, 100.0)).collect();
            let s = shape(loads, &points, true);
            (s.knee.map(|i| loads[i]), s.saturated.map(|i| loads[i]), s.capacity.map(|i| points[i].throughput_per_s))
        };
        assert_eq!(told(&falling), told(&rising));
        assert_eq!(told(&mixed), told(&rising));
    }

    #[test]
    fn of_slots_there_are_enough_from_some_number_on_and_no_capacity_follows() {
        // 200 a second, 100 for each slot.
        let slots: Vec<f64> = (1..=8).map(f64::from).collect();
        let points: Vec<Point> = slots.iter().map(|&c| queue(200.0, 100.0 * c)).collect();
        let s = shape(&slots, &points, false);
        assert_eq!((s.enough.map(|i| slots[i]), s.saturated), (Some(3.0), None));
        assert_eq!((s.capacity, s.limit.as_str()), (None, ""));
        assert!(s.falls && s.knee.is_some_and(|k| slots[k] > 3.0), "{s:?}");
    }

    #[test]
    fn room_has_an_edge_on_either_side() {
        for (room, enough, saturated) in [
            ("++++", None, None),
            ("++--", None, Some(2)),
            ("--++", Some(2), None),
            ("-+--", Some(1), Some(2)),
            ("+--+", Some(3), Some(1)),
            ("+-+-", None, Some(1)),
            ("-+-+", Some(3), None),
            ("----", None, Some(0)),
            ("", None, None),
        ] {
            let there: Vec<bool> = room.chars().map(|c| c == '+').collect();
            assert_eq!(edges(&there), (enough, saturated), "{room}");
        }
    }

    #[test]
    fn a_light_load_says_nothing_of_the_capacity() {
        let told = |loads: &[f64], of: &dyn Fn(f64) -> Point| {
            let points: Vec<Point> = loads.iter().map(|&load| of(load)).collect();
            shape(loads, &points, true).capacity.map(|i| points[i].throughput_per_s)
        };
        let loads = [10.0, 20.0, 40.0, 80.0];
        assert_eq!(told(&loads, &|load| queue(load, 100.0)), None);
        assert_eq!(told(&[5.0, 5.0], &|load| queue(load, 100.0)), None);
        // A tenth of the messages is lost at any load.
        let lossy = |load: f64| Point { throughput_per_s: 0.9 * load, failed_share: 0.1, ..queue(load, 1000.0) };
        assert_eq!(told(&loads, &lossy), None);
        // All time out, or all beyond a load of 20.
        let late = |load: f64| Point { throughput_per_s: 0.0, failed_share: 1.0, ..queue(load, 1000.0) };
        assert_eq!(told(&loads, &late), None);
        let breaks_down = |load: f64| if load > 20.0 { late(load) } else { queue(load, 1000.0) };
        assert_eq!(told(&loads, &breaks_down), None);
    }

    #[test]
    fn the_capacity_is_what_more_load_does_not_add_to() {
        // A limit of 100 a second in front of servers with much to spare: the rest fails.
        let limited = |load: f64| Point {
            throughput_per_s: load.min(100.0),
            failed_share: 1.0 - (100.0 / load).min(1.0),
            ..queue(load, 1000.0)
        };
        let loads = [40.0, 80.0, 120.0, 160.0];
        let points = loads.map(limited);
        let s = shape(&loads, &points, true);
        assert!(s.capacity.is_some_and(|i| points[i].throughput_per_s == 100.0) && s.limit.is_empty(), "{s:?}");
        // Users who wait: of 100 a second each of ten makes ten, and more people make no more.
        let closed = |users: f64| Point {
            offered_per_s: users.min(100.0),
            throughput_per_s: users.min(100.0),
            ..queue(users, 100.0)
        };
        let users = [10.0, 50.0, 90.0, 150.0, 300.0];
        let points = users.map(|u| Point { steady: true, ..closed(u) });
        let s = shape(&users, &points, true);
        assert!(s.saturated.is_none() && s.limit == "db");
        assert!(s.capacity.is_some_and(|i| points[i].throughput_per_s == 100.0), "{s:?}");
    }

    #[test]
    fn where_nothing_is_answered_the_curve_has_a_gap_and_no_bend() {
        let loads: Vec<f64> = (1..=10).map(f64::from).collect();
        let points: Vec<Point> = loads
            .iter()
            .map(|&load| Point { latency_mean_ms: if load > 6.0 { f64::NAN } else { load }, ..queue(load, 1000.0) })
            .collect();
        assert_eq!(shape(&loads, &points, true).knee, None);
    }
}

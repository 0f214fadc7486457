//! The cases put to the test, and the table of what came out: on the screen, and in docs/TRUTH.md.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use backpressure_sim::analysis::statistics::Interval;

use crate::case::{Case, Figure, Replicate, Within};

/// Independent replications of a case; the interval of their mean is Student's with one degree less.
pub const REPLICATIONS: usize = 20;
const CONFIDENCE: f64 = 0.99;
/// An error of this share must fall out of the interval of an exact formula.
const SEEN: f64 = 0.02;
/// What the ends of a run and the histogram's buckets may cost, relative: far below any interval but the narrowest.
const RESOLUTION: f64 = 1e-4;

/// A row of the table.
pub struct Row {
    pub case: &'static str,
    pub figure: Figure,
    pub simulated: Interval,
    pub verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    Agrees,
    /// Theory lies outside.
    Differs,
    /// The interval is too wide to prove anything.
    TooWide,
}

impl Verdict {
    fn of(figure: &Figure, simulated: &Interval) -> Self {
        let theory = figure.theory;
        let off = (simulated.mean - theory).abs();
        match figure.within {
            Within::Interval => {
                let half = simulated.half_width.max(theory.abs() * RESOLUTION);
                if off > half {
                    return Self::Differs;
                }
                // Where theory is zero, as for a count of failures, only zero agrees.
                let seen = [-SEEN, SEEN].iter().all(|e| (simulated.mean - theory * (1.0 + e)).abs() > half);
                let seen = seen || (theory == 0.0 && simulated.mean == 0.0);
                if seen { Self::Agrees } else { Self::TooWide }
            }
            Within::Approximation(tolerance) if off > tolerance => Self::Differs,
            Within::Approximation(tolerance) if simulated.half_width > tolerance => Self::TooWide,
            Within::Approximation(_) => Self::Agrees,
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Self::Agrees => "✓ agrees",
            Self::Differs => "✗ differs",
            Self::TooWide => "✗ too wide",
        }
    }
}

/// A section of the table.
pub struct Section {
    pub title: &'static str,
    pub cases: Vec<Case>,
}

/// Runs every replication of every case, on all cores.
pub fn run(sections: &[Section]) -> Vec<Vec<Row>> {
    let cases: Vec<&Case> = sections.iter().flat_map(|s| &s.cases).collect();
    let jobs = cases.len() * REPLICATIONS;
    let results: Mutex<Vec<Option<Replicate>>> = Mutex::new((0..jobs).map(|_| None).collect());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZeroUsize::get) {
            scope.spawn(|| {
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    if job >= jobs {
                        return;
                    }
                    let seed = (job % REPLICATIONS) as u64 + 1;
                    let result = (cases[job / REPLICATIONS].replicate)(seed);
                    results.lock().unwrap()[job] = Some(result);
                }
            });
        }
    });
    let results: Vec<Replicate> = results.into_inner().unwrap().into_iter().flatten().collect();
    assert_eq!(results.len(), jobs);
    let mut by_case = results.chunks(REPLICATIONS);
    let mut tables: Vec<Vec<Row>> = sections
        .iter()
        .map(|section| section.cases.iter().flat_map(|case| rows(case, by_case.next().unwrap())).collect())
        .collect();
    tables.push(laws(&results));
    tables
}

fn rows<'a>(case: &'a Case, replicates: &'a [Replicate]) -> impl Iterator<Item = Row> + 'a {
    case.figures.iter().enumerate().map(|(i, figure)| {
        assert!(replicates.iter().all(|r| r.figures.len() == case.figures.len()), "{}", case.name);
        let values: Vec<f64> = replicates.iter().map(|r| r.figures[i]).collect();
        let figure = Figure { what: figure.what.clone(), ..*figure };
        row(case.name, figure, &values)
    })
}

fn row(case: &'static str, figure: Figure, values: &[f64]) -> Row {
    let simulated = Interval::of(values, CONFIDENCE);
    let verdict = Verdict::of(&figure, &simulated);
    Row { case, figure, simulated, verdict }
}

/// The laws that hold at every station, over all runs of all cases.
fn laws(results: &[Replicate]) -> Vec<Row> {
    let mean = |ratios: Vec<f64>| ratios.iter().sum::<f64>() / ratios.len() as f64;
    // One value a seed: the mean over all stations of all cases.
    let by_seed = |ratio: &dyn Fn(&crate::case::Station) -> Option<f64>| -> Vec<f64> {
        (0..REPLICATIONS)
            .map(|seed| {
                let runs = results.iter().skip(seed).step_by(REPLICATIONS);
                mean(runs.flat_map(|r| &r.stations).filter_map(ratio).collect())
            })
            .collect()
    };
    let stations: usize = results.iter().map(|r| r.stations.len()).sum();
    let broken = results.iter().flat_map(|r| &r.stations).filter(|s| !s.little_holds).count() as f64;
    let figure = |what: String, theory, within| Figure { what, theory, within };
    vec![
        row(
            "Little's law",
            figure(
                "stations that break it by more than the calls at the two ends of the run explain".into(),
                0.0,
                Within::Interval,
            ),
            &[broken; REPLICATIONS],
        ),
        row(
            "Little's law",
            figure(
                format!("L/(λW), mean over {stations} stations with 10,000 calls or more"),
                1.0,
                Within::Approximation(0.001),
            ),
            &by_seed(&|s| Some(s.little)),
        ),
        row(
            "utilisation law",
            figure("ρc/(λS), mean over all stations".into(), 1.0, Within::Interval),
            &by_seed(&|s| s.utilisation),
        ),
    ]
}

/// A number with as many decimals as its size and its uncertainty call for.
fn number(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}")
}

fn decimals(row: &Row) -> usize {
    // Two significant digits of the half-width, or five of the value.
    let small = if row.simulated.half_width > 0.0 { row.simulated.half_width } else { row.figure.theory.abs() * 1e-4 };
    if small <= 0.0 { 4 } else { (1.0 - libm::floor(libm::log10(small))).clamp(0.0, 6.0) as usize }
}

fn cells(row: &Row) -> [String; 5] {
    let d = decimals(row);
    [
        row.case.to_owned(),
        row.figure.what.clone(),
        number(row.figure.theory, d),
        format!("{} ± {}", number(row.simulated.mean, d), number(row.simulated.half_width, d)),
        row.verdict.mark().to_owned(),
    ]
}

/// The table for a terminal.
pub fn text(tables: &[Vec<Row>]) -> String {
    let rows: Vec<[String; 5]> = tables.iter().flatten().map(cells).collect();
    let width = |c: usize| rows.iter().map(|r| r[c].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    let mut out = String::new();
    for [case, what, theory, simulated, verdict] in &rows {
        let _ = writeln!(
            out,
            "{case:<0$}  {what:<1$}  {theory:>2$}  {simulated:>3$}  {verdict}",
            widths[0], widths[1], widths[2], widths[3]
        );
    }
    out
}

const HEAD: &str = "\
# What the simulation agrees with

`cargo xtask truth` runs the cases below and writes this page; a test holds it current. Every case goes through the same
engine and the same components as a design on the screen; those marked *policy* drive a policy by itself.

**Method.** Each case is run in 20 independent replications, with seeds 1 to 20. The warm-up of each is thrown away, and the mean
of the 20 results gets a 99 % confidence interval by Student's t with 19 degrees of freedom. An exact formula *agrees* if
its value lies in the interval, and neither 2 % more nor 2 % less does: an error of 2 % would be seen. An
approximation, or a limit, agrees if it lies within the tolerance given and the interval is narrower than that.

That is 20 runs, most of them long. A single run of a design knows its own figures less well: near saturation two minutes of
a mean may be off by half. So each run gives intervals of its own beside its figures, from batches of its requests, and none where
it is too short for its load.

λ is the arrival rate, μ the service rate of one server, S = 1/μ, c the number of servers, ρ = λ/(cμ), W the mean time in
system, L the mean number in system; E[…] is a mean and P(n) the share of time with n inside. H₈ = 1 + 1/2 + … + 1/8. In a closed
system each user thinks for Z and then asks for D of service: from N* users on they wait for each other. f is the share of
attempts that fail, r the number of retries, b the size of a token bucket and r there the rate at which it fills. T is a time that a key
stays in a cache. At stores w is the rate at which a row or key is written, N are its replicas, of which a read asks R and a write
waits for W, m is the mean time it takes to reach one more, and D there how far a replica is behind.
";

/// Under the laws.
const LAWS: &str = "
- Little's law: L/(λW) is a little more than 1, always to the same side: a call that is still inside at the end counts in L, but
  not in W, which is of calls that came and were answered while it was measured, and long ones are more often still inside. In runs
  of these lengths that is 2 in 10,000; hence the tolerance.
";

/// The whole of docs/TRUTH.md.
pub fn markdown(sections: &[Section], tables: &[Vec<Row>]) -> String {
    let mut out = HEAD.to_owned();
    let titles = sections.iter().map(|s| s.title).chain(["Laws that hold at every station of every run above"]);
    let none = Vec::new();
    let cases = sections.iter().map(|s| &s.cases).chain([&none]);
    for ((title, cases), rows) in titles.zip(cases).zip(tables) {
        let _ = write!(out, "\n## {title}\n\n| Case | Figure | Theory | Simulated | |\n|---|---|---|---|---|\n");
        let mut last = "";
        for row in rows {
            let [_, what, theory, simulated, verdict] = cells(row);
            let case = if row.case == last { "" } else { row.case };
            last = row.case;
            let tolerance = match row.figure.within {
                Within::Interval => String::new(),
                Within::Approximation(t) => format!(" (to {t})"),
            };
            let _ = writeln!(out, "| {case} | {what} | {theory}{tolerance} | {simulated} | {verdict} |");
        }
        if !cases.is_empty() {
            out.push('\n');
        }
        for case in cases {
            let _ = writeln!(out, "- {}: {}. {}.", case.name, case.law, case.how);
        }
    }
    out.push_str(LAWS);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(theory: f64, mean: f64, half_width: f64, within: Within) -> Verdict {
        let figure = Figure { what: String::new(), theory, within };
        Verdict::of(&figure, &Interval { mean, half_width })
    }

    #[test]
    fn an_error_of_two_per_cent_is_seen() {
        assert_eq!(verdict(10.0, 10.05, 0.1, Within::Interval), Verdict::Agrees);
        assert_eq!(verdict(10.0, 10.2, 0.1, Within::Interval), Verdict::Differs);
        assert_eq!(verdict(10.0, 9.8, 0.1, Within::Interval), Verdict::Differs);
    }

    #[test]
    fn an_interval_that_would_hide_such_an_error_proves_nothing() {
        assert_eq!(verdict(10.0, 10.0, 0.2, Within::Interval), Verdict::TooWide);
        assert_eq!(verdict(10.0, 10.15, 0.16, Within::Interval), Verdict::TooWide);
        assert_eq!(verdict(0.0, 0.0, 0.0, Within::Interval), Verdict::Agrees);
        assert_eq!(verdict(0.0, 1.0, 0.0, Within::Interval), Verdict::Differs);
    }

    #[test]
    fn an_approximation_has_its_tolerance() {
        assert_eq!(verdict(0.3, 0.305, 0.002, Within::Approximation(0.01)), Verdict::Agrees);
        assert_eq!(verdict(0.3, 0.311, 0.002, Within::Approximation(0.01)), Verdict::Differs);
        assert_eq!(verdict(0.3, 0.3, 0.02, Within::Approximation(0.01)), Verdict::TooWide);
    }
}

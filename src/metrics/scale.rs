//! Axes: round ticks, and numbers as people write them.

/// A rising axis from zero to a round number.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Largest value shown.
    pub top: f64,
    /// Values with a tick, zero first.
    pub ticks: Vec<f64>,
}

impl Scale {
    /// An axis that holds `max`, with about `wanted` ticks at 1, 2 or 5 times a power of ten.
    pub fn up_to(max: f64, wanted: usize) -> Self {
        let max = if max.is_finite() && max > 0.0 { max } else { 1.0 };
        let step = round_up(max / wanted.max(1) as f64);
        let count = (max / step - 1e-9).ceil().max(1.0) as usize;
        Self { top: step * count as f64, ticks: (0..=count).map(|i| i as f64 * step).collect() }
    }

    /// An axis from zero to exactly one, for shares.
    pub fn share() -> Self {
        Self { top: 1.0, ticks: vec![0.0, 0.5, 1.0] }
    }
}

/// The next 1, 2 or 5 times a power of ten.
fn round_up(x: f64) -> f64 {
    let power = 10f64.powf(x.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= x * (1.0 - 1e-9)).unwrap_or(x)
}

/// Ticks from `from` to `to` at round steps, both possibly off the ticks.
pub fn ticks_between(from: f64, to: f64, wanted: usize) -> Vec<f64> {
    let span = (to - from).max(1e-9);
    let step = round_up(span / wanted.max(1) as f64);
    let first = (from / step).ceil() as i64;
    (first..).map(|i| i as f64 * step).take_while(|t| *t <= to + step * 1e-9).take(20).collect()
}

/// A number in as few signs as tell it: `0.42`, `9.7`, `850`, `6.0k`, `1.2M`.
pub fn short(x: f64) -> String {
    let a = x.abs();
    match a {
        _ if !x.is_finite() => "–".to_owned(),
        _ if a >= 999_500.0 => format!("{:.1}M", x / 1e6),
        _ if a >= 9_995.0 => format!("{:.1}k", x / 1e3),
        _ if a >= 99.5 => format!("{x:.0}"),
        _ if a >= 9.95 => format!("{x:.1}"),
        _ if a >= 0.995 => format!("{x:.2}"),
        _ if a == 0.0 => "0".to_owned(),
        _ if a >= 0.01 => format!("{x:.2}"),
        _ => format!("{x:.1e}"),
    }
}

/// A tick's label: like [`short`], without needless digits.
pub fn tick(x: f64) -> String {
    let a = x.abs();
    let trim = |s: String| if s.contains('.') { s.trim_end_matches('0').trim_end_matches('.').to_owned() } else { s };
    match a {
        _ if a >= 1e6 => format!("{}M", trim(format!("{:.2}", x / 1e6))),
        _ if a >= 1e4 => format!("{}k", trim(format!("{:.1}", x / 1e3))),
        _ if a >= 1e-3 || a == 0.0 => trim(format!("{x:.3}")),
        _ => format!("{x:.0e}"),
    }
}

/// A latency with its unit: `0.31 ms`, `12.7 ms`, `2.10 s`.
pub fn latency(ms: f64) -> String {
    if ms >= 999.5 { format!("{} s", short(ms / 1000.0)) } else { format!("{} ms", short(ms)) }
}

/// A share as a percentage.
pub fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.1 { format!("{:.1} %", share * 100.0) } else { format!("{:.0} %", share * 100.0) }
}

/// The name of the last while, `seconds` long, at `now_ns` of a run: `last 2 s`. While it is all there was: `so far`. A window
/// is a little longer than what it is called by, which is 1, 2 or 5 times a power of ten.
pub fn stretch(seconds: f64, now_ns: u64) -> String {
    if seconds > now_ns as f64 / 1e9 - 1e-6 || seconds < 1.0 {
        return "so far".to_owned();
    }
    let mut power = 1u32;
    while f64::from(power) * 10.0 <= seconds && power < 1_000_000 {
        power *= 10;
    }
    let times = [5, 2].into_iter().find(|m| f64::from(m * power) <= seconds).unwrap_or(1);
    ["last ", &(times * power).to_string(), " s"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_on_round_numbers() {
        assert_eq!(Scale::up_to(6100.0, 3), Scale { top: 10_000.0, ticks: vec![0.0, 5000.0, 10_000.0] });
        assert_eq!(Scale::up_to(42.0, 3).ticks, [0.0, 20.0, 40.0, 60.0]);
        assert_eq!(Scale::up_to(0.0, 3).top, 1.0);
        assert_eq!(Scale::up_to(f64::NAN, 3).top, 1.0);
        assert_eq!(ticks_between(3.0, 11.0, 4), [4.0, 6.0, 8.0, 10.0]);
    }

    #[test]
    fn numbers_are_short() {
        let got: Vec<String> = [0.0, 0.001, 0.42, 9.7, 99.0, 850.0, 6000.0, 12_345.0, 1.2e6].map(short).into();
        assert_eq!(got, ["0", "1.0e-3", "0.42", "9.70", "99.0", "850", "6000", "12.3k", "1.2M"]);
        assert_eq!(
            ["0.5", "20", "5000", "10k"],
            [0.5, 20.0, 5000.0, 10_000.0].map(tick).each_ref().map(String::as_str)
        );
        assert_eq!(latency(2104.0), "2.10 s");
        assert_eq!(latency(12.67), "12.7 ms");
        assert_eq!([percent(0.853), percent(0.012), percent(0.0)], ["85 %", "1.2 %", "0 %"]);
    }

    #[test]
    fn the_last_while_has_a_name_that_stays() {
        let after_a_minute = |seconds: f64| stretch(seconds, 60_000_000_000);
        assert_eq!([after_a_minute(2.0), after_a_minute(2.49)], ["last 2 s", "last 2 s"]);
        assert_eq!(
            [after_a_minute(1.3), after_a_minute(6.2), after_a_minute(25.0)],
            ["last 1 s", "last 5 s", "last 20 s"]
        );
        assert_eq!(after_a_minute(60.0), "so far");
        assert_eq!(stretch(0.0, 0), "so far");
    }
}

//! Figures as they stand on a card and in the inspector: short, with their unit, never more precise than they are.
//! Each is appended to a buffer of the caller's: cards are written ten times a second.

use backpressure_sim::engine::call::Reason;
use std::fmt::Write;

/// A narrow space that does not break: between a figure and its unit.
const THIN: char = '\u{202f}';

/// Appends a number with three significant digits at most, `k` and `M` from 10 000 on.
pub fn amount(out: &mut String, value: f64) {
    let value = if value.is_finite() { value } else { 0.0 };
    let size = value.abs();
    // Writing to a String cannot fail.
    let _ = if size >= 9_999_500.0 {
        write!(out, "{:.1}M", value / 1e6)
    } else if size >= 999_500.0 {
        write!(out, "{:.2}M", value / 1e6)
    } else if size >= 99_950.0 {
        write!(out, "{:.0}k", value / 1e3)
    } else if size >= 9_999.5 {
        write!(out, "{:.1}k", value / 1e3)
    } else if size >= 9.95 || value.fract() == 0.0 {
        write!(out, "{value:.0}")
    } else if size >= 0.05 {
        write!(out, "{value:.1}")
    } else if size > 0.0 {
        out.push_str("<0.1");
        Ok(())
    } else {
        out.push('0');
        Ok(())
    };
}

/// Appends a rate: "240/s".
pub fn rate(out: &mut String, per_s: f64) {
    amount(out, per_s);
    out.push_str("/s");
}

/// Appends a share as a percentage: "85 %"; a share that is not nothing never reads 0, one that is not all never 100.
pub fn percent(out: &mut String, share: f64) {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let percent = share * 100.0;
    let _ = if share > 0.0 && percent < 0.1 {
        out.push_str("<0.1");
        Ok(())
    } else if share > 0.0 && percent < 9.95 {
        write!(out, "{percent:.1}")
    } else if share < 1.0 && percent >= 99.5 {
        write!(out, "{:.1}", percent.min(99.9))
    } else {
        write!(out, "{percent:.0}")
    };
    out.push(THIN);
    out.push('%');
}

/// Appends a duration given in ms: "0.42 ms", "34 ms", "1.2 s".
pub fn duration(out: &mut String, ms: f64) {
    let ms = if ms.is_finite() { ms.max(0.0) } else { 0.0 };
    let _ = if ms >= 9_950.0 {
        write!(out, "{:.0}{THIN}s", ms / 1e3)
    } else if ms >= 999.5 {
        write!(out, "{:.1}{THIN}s", ms / 1e3)
    } else if ms >= 9.95 {
        write!(out, "{ms:.0}{THIN}ms")
    } else if ms >= 0.995 {
        write!(out, "{ms:.1}{THIN}ms")
    } else if ms > 0.0 {
        write!(out, "{ms:.2}{THIN}ms")
    } else {
        write!(out, "0{THIN}ms")
    };
}

/// Appends a count: "12", "1,240", "12.4k".
pub fn count(out: &mut String, n: u64) {
    #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
    if n >= 10_000 {
        amount(out, n as f64);
    } else if n >= 1000 {
        let _ = write!(out, "{},{:03}", n / 1000, n % 1000);
    } else {
        let _ = write!(out, "{n}");
    }
}

/// A figure as text of its own, by one of the functions above.
pub fn text<T>(write: fn(&mut String, T), value: T) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

/// A sentence with its figures kept beside their units where a line ends: "fails 2 % of the time, 240 requests/s".
///
/// The simulation writes plain text, for terminals as well; how it wraps is a matter of the page.
#[inline(never)]
pub fn unbroken(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len() + 8);
    let mut follows_digit = false;
    for (i, word) in sentence.split(' ').enumerate() {
        if i > 0 {
            out.push(if follows_digit && is_unit(word) { '\u{a0}' } else { ' ' });
        }
        out.push_str(word);
        follows_digit = word.ends_with(|c: char| c.is_ascii_digit());
    }
    out
}

fn is_unit(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', ';', ':', ')']);
    word.ends_with("/s") || matches!(word, "%" | "ms" | "s" | "min" | "h" | "MB" | "GB" | "USD")
}

/// Reasons of failure in words.
#[inline(never)]
pub fn reason(name: &str) -> &str {
    Reason::named(name).map_or(name, |reason| reason.label())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_of_failure_has_words_that_are_no_identifier_and_fit_in_a_legend() {
        for name in Reason::ALL.map(Reason::name) {
            let words = reason(name);
            assert!(!words.contains('_') && words.len() <= 13, "{name}: {words}");
        }
        assert_eq!([reason("rate_limited"), reason("unauthorized"), reason("hit")], ["rate limit", "no access", "hit"]);
    }

    #[test]
    fn amounts_are_short() {
        let shown = |v: f64| text(amount, v);
        assert_eq!(shown(0.0), "0");
        assert_eq!(shown(0.01), "<0.1");
        assert_eq!(shown(2.34), "2.3");
        assert_eq!(shown(9.97), "10");
        assert_eq!(shown(240.4), "240");
        assert_eq!(shown(1240.0), "1240");
        assert_eq!(shown(12_400.0), "12.4k");
        assert_eq!(shown(124_000.0), "124k");
        assert_eq!(shown(1_240_000.0), "1.24M");
        assert_eq!(shown(f64::NAN), "0");
    }

    #[test]
    fn percentages_never_pretend() {
        let shown = |v: f64| text(percent, v).replace(THIN, " ");
        assert_eq!(shown(0.0), "0 %");
        assert_eq!(shown(0.0001), "<0.1 %");
        assert_eq!(shown(0.024), "2.4 %");
        assert_eq!(shown(0.854), "85 %");
        assert_eq!(shown(0.9999), "99.9 %");
        assert_eq!(shown(1.0), "100 %");
        assert_eq!(shown(7.0), "100 %");
    }

    #[test]
    fn durations_choose_their_unit() {
        let shown = |v: f64| text(duration, v).replace(THIN, " ");
        assert_eq!(shown(0.0), "0 ms");
        assert_eq!(shown(0.422), "0.42 ms");
        assert_eq!(shown(3.45), "3.5 ms");
        assert_eq!(shown(999.7), "1.0 s");
        assert_eq!(shown(34.2), "34 ms");
        assert_eq!(shown(12_345.0), "12 s");
    }

    #[test]
    fn a_figure_and_its_unit_stay_on_one_line() {
        let shown = |sentence: &str| unbroken(sentence).replace('\u{a0}', "_");
        assert_eq!(
            shown("The database is 98 % busy: 240 requests/s take 12.5 ms, for 3 s."),
            "The database is 98_% busy: 240_requests/s take 12.5_ms, for 3_s."
        );
        assert_eq!(shown("2 servers (4 %); it has s in it,  twice"), "2 servers (4_%); it has s in it,  twice");
        assert_eq!(shown(""), "");
    }
}

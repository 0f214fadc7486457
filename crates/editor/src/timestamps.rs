//! Instants of requests from a file: an access log cut down to its times, one a line, to be replayed by users.

/// Most instants a users component replays (the bound of its parameter).
pub const MAX: usize = 100_000;

/// So much of a file is enough to find [`MAX`] times in it, bytes: 160 a line.
pub const MAX_BYTES: usize = 16_000_000;

/// What was found in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    /// Instants, s, in order.
    pub at_s: Vec<f64>,
    /// Did it hold more than [`MAX`]? Then these are the first of them.
    pub more: bool,
}

/// The instants in the beginning of a CSV file, at least its first [`MAX_BYTES`]: a line that is cut off there does not count.
pub fn read_file(bytes: &[u8]) -> Result<Times, String> {
    if bytes.len() < MAX_BYTES {
        return read(&String::from_utf8_lossy(bytes));
    }
    let whole = bytes.iter().rposition(|b| *b == b'\n').unwrap_or(bytes.len());
    let times = read(&String::from_utf8_lossy(&bytes[..whole]))?;
    Ok(Times { more: true, ..times })
}

/// The instants in a CSV text, s, in order, at most [`MAX`]: of each line the first column that holds times. Times are seconds, Unix times (in
/// seconds, milli-, micro- or nanoseconds by their size), or as RFC 3339 writes them; such dates and Unix times count from the
/// first of them. A first line of headings is passed over.
fn read(text: &str) -> Result<Times, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (mut column, mut times, mut more) = (None, Vec::new(), false);
    for (n, (number, line)) in lines.enumerate() {
        if times.len() == MAX {
            more = true;
            break;
        }
        let mut cells = line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"'));
        let found = match column {
            None => cells.enumerate().find_map(|(at, cell)| Some((at, time(cell)?))),
            Some(at) => cells.nth(at).and_then(time).map(|time| (at, time)),
        };
        match found {
            Some((at, time)) => {
                column = Some(at);
                times.push(time);
            }
            None if n == 0 => {}
            None => {
                let start: String = line.chars().take(40).collect();
                return Err(format!(
                    "line {}, “{start}”, holds no time: write seconds (12.5), Unix time, or 2026-05-01T12:00:00Z",
                    number + 1
                ));
            }
        }
    }
    times.sort_by(f64::total_cmp);
    let Some(&first) = times.first() else {
        return Err("it holds no time: write one a line".to_owned());
    };
    if first > UNIX {
        // To the microsecond: what the subtraction leaves beyond that is noise.
        times.iter_mut().for_each(|t| *t = ((*t - first) * 1e6).round() / 1e6);
    }
    Ok(Times { at_s: times, more })
}

/// Seconds beyond which a number is a Unix time (the year 2001).
const UNIX: f64 = 1e9;

fn time(cell: &str) -> Option<f64> {
    match cell.parse::<f64>() {
        Ok(seconds) if !(0.0..1e20).contains(&seconds) => None,
        Ok(seconds) => Some(match seconds {
            s if s > UNIX * 1e8 => s / 1e9,
            s if s > UNIX * 1e5 => s / 1e6,
            s if s > UNIX * 1e2 => s / 1e3,
            s => s,
        }),
        Err(_) => date(cell),
    }
}

/// RFC 3339, also with a space for the T and without a zone (UTC).
fn date(text: &str) -> Option<f64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let mark = |at: usize, wanted: &[u8]| text.as_bytes().get(at).is_some_and(|b| wanted.contains(b));
    let marks = mark(4, b"-") && mark(7, b"-") && mark(10, b"Tt ") && mark(13, b":") && mark(16, b":");
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute) = (number(11, 13)?, number(14, 16)?);
    let rest = text.get(17..)?;
    let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (seconds, zone) = rest.split_at(zone_at);
    let seconds: f64 = seconds.parse().ok()?;
    if !marks || !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || seconds >= 61.0 {
        return None;
    }
    let offset_minutes = match zone {
        "" | "Z" | "z" => 0.0,
        _ => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let minutes = f64::from(hours.parse::<u8>().ok()?) * 60.0 + f64::from(minutes.parse::<u8>().ok()?);
            if zone.starts_with('-') { -minutes } else { minutes }
        }
    };
    // Days since 1970, with years that begin in March (Hinnant, "chrono-compatible low-level date algorithms").
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = f64::from(year * 365 + year / 4 - year / 100 + year / 400 + day_of_year) - 719_468.0;
    Some(days * 86_400.0 + f64::from(hour) * 3600.0 + (f64::from(minute) - offset_minutes) * 60.0 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(at_s: &[f64]) -> Times {
        Times { at_s: at_s.to_vec(), more: false }
    }

    #[test]
    fn seconds_one_a_line_with_and_without_a_heading_in_any_order() {
        assert_eq!(read("0.5\n0.1\n\n2\n"), Ok(all(&[0.1, 0.5, 2.0])));
        assert_eq!(read("path;at_s\r\n/a;3\r\n/b;1.5\r\n"), Ok(all(&[1.5, 3.0])));
    }

    #[test]
    fn unix_times_of_any_unit_and_dates_count_from_the_first() {
        for lines in [
            "1767225600.25\n1767225601.5",
            "1767225600250,GET\n1767225601500,GET",
            "1767225600250000\n1767225601500000",
            "time\n2026-01-01T00:00:00.250Z\n2026-01-01T00:00:01.5Z",
            "\"2026-01-01 01:00:00.25+01:00\"\n\"2025-12-31 23:00:01.5-01:00\"",
        ] {
            assert_eq!(read(lines), Ok(all(&[0.0, 1.25])), "{lines}");
        }
        // The well-known ones: the epoch, and a leap day.
        assert_eq!(date("1970-01-01T00:00:00Z"), Some(0.0));
        assert_eq!(date("2024-02-29T12:00:00Z"), Some(1_709_208_000.0));
    }

    #[test]
    fn of_a_huge_file_the_first_times_are_kept() {
        let lines = |n: usize| (0..n).map(|n| format!("{n}\n")).collect::<String>();
        let kept = read(&lines(MAX + 1)).expect("times");
        assert_eq!((kept.at_s.len(), kept.at_s.last().copied(), kept.more), (MAX, Some(99_999.0), true));
        assert!(!read(&lines(MAX)).expect("times").more);
        // Cut off in the middle of a line: that line would be another number.
        let line = format!("12{}\n", ",x".repeat(500));
        let mut bytes = line.repeat(MAX_BYTES / line.len() + 1).into_bytes();
        bytes.truncate(MAX_BYTES);
        bytes[MAX_BYTES - 2..].copy_from_slice(b"\n1");
        let kept = read_file(&bytes).expect("times");
        assert!(kept.more && kept.at_s.iter().all(|t| *t == 12.0), "{:?}", kept.at_s.last());
    }

    #[test]
    fn what_is_no_time_is_refused_with_its_line_and_what_to_write() {
        let refused = read("at\n1\n2\nlater\n").expect_err("no time");
        assert!(refused.contains("line 4, “later”") && refused.contains("write seconds"), "{refused}");
        assert!(read("").is_err() && read("a\n").is_err() && read("-1\n-2\n").is_err());
        assert!(read("2026-13-01T00:00:00Z\n2026-13-01T00:00:00Z").is_err());
        assert!(read("1970-01-01T00:00:0é\né\n").is_err(), "no half letters");
    }
}

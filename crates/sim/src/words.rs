//! Figures and counts as they stand in a sentence: one form for all of them, one and several told apart.

/// "1,463": a whole number, thousands set apart.
pub fn whole(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "0.4", "9.7", "10", "1,463": one decimal below ten, unless it is nothing; none beyond.
pub fn figure(value: f64) -> String {
    let tenths = libm::round(value * 10.0);
    if tenths < 100.0 && tenths % 10.0 != 0.0 { format!("{:.1}", tenths / 10.0) } else { whole(rounded(value)) }
}

/// "1 server", "2 servers", "1,463 servers".
pub fn count(n: u64, what: &str) -> String {
    format!("{} {what}{}", whole(n), if n == 1 { "" } else { "s" })
}

/// A number that is no whole one by chance, as [`count`] takes it.
pub fn rounded(value: f64) -> u64 {
    libm::round(value.max(0.0)) as u64
}

/// "1 answer a second is", "2.5 answers a second are".
pub fn per_s_are(rate: f64, what: &str) -> String {
    match figure(rate).as_str() {
        "1" => format!("1 {what} a second is"),
        many => format!("{many} {what}s a second are"),
    }
}

/// "1 answer is", "2 answers are".
pub fn count_are(n: u64, what: &str) -> String {
    format!("{} {}", count(n, what), if n == 1 { "is" } else { "are" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_one_form() {
        assert_eq!(
            [0.0, 0.36, 2.0, 9.96, 10.2, 999.6, 1463.0, 1.0e6].map(figure),
            ["0", "0.4", "2", "10", "10", "1,000", "1,463", "1,000,000"]
        );
    }

    #[test]
    fn one_and_several_are_told_apart() {
        assert_eq!([count(1, "slot"), count(0, "slot"), count(1200, "slot")], ["1 slot", "0 slots", "1,200 slots"]);
        assert_eq!([count_are(1, "answer"), count_are(2, "answer")], ["1 answer is", "2 answers are"]);
        assert_eq!([per_s_are(1.04, "read"), per_s_are(2.5, "read")], ["1 read a second is", "2.5 reads a second are"]);
        assert_eq!(rounded(-0.2), 0);
    }
}

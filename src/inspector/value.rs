//! From what a person types to what the document holds, and back. Pure: no browser, no document.

use backpressure_sim::design::{Field, FieldKind};
use serde_json::{Map, Number, Value};

/// The value of `field` in `object`: what the document says, or the default.
pub fn effective(object: &Map<String, Value>, field: &Field) -> Value {
    object.get(field.name).unwrap_or(&field.default).clone()
}

/// A copy of `object` in which `name` holds `value`; `None` takes the name out, so that the default holds.
pub fn with(object: &Map<String, Value>, name: &str, value: Option<Value>) -> Map<String, Value> {
    let mut changed = object.clone();
    match value {
        Some(value) => {
            changed.insert(name.to_owned(), value);
        }
        None => {
            changed.shift_remove(name);
        }
    }
    changed
}

/// The object that a value is, or an empty one.
pub fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// An object holding the default of each field that has one.
pub fn defaults(fields: &[Field]) -> Map<String, Value> {
    fields.iter().filter(|f| !f.default.is_null()).map(|f| (f.name.to_owned(), f.default.clone())).collect()
}

/// What an optional field holds when it is switched on: a sensible value inside its range.
pub fn switched_on(field: &Field) -> Value {
    if !field.default.is_null() {
        return field.default.clone();
    }
    match &field.kind {
        FieldKind::Number { unit, min, max } => {
            let usual = if *unit == "ms" { 1000.0 } else { 1.0 };
            number(f64::clamp(usual, *min, *max))
        }
        FieldKind::Integer { min, max, .. } => Value::from(100_u64.clamp(*min, *max)),
        FieldKind::Bool => Value::Bool(true),
        FieldKind::Text { .. } => Value::from(""),
        FieldKind::Choice { options } => options.first().map_or(Value::Null, |o| Value::from(o.name)),
        FieldKind::Group { fields } => Value::Object(defaults(fields)),
        FieldKind::Variant { tag, cases } => cases.first().map_or(Value::Null, |case| {
            let mut fields = defaults(&case.fields);
            fields.insert((*tag).to_owned(), Value::from(case.name));
            Value::Object(fields)
        }),
        FieldKind::List { .. } | FieldKind::Numbers { .. } => Value::Array(Vec::new()),
    }
}

/// A JSON number; whole numbers are written without a fraction, as a person would.
pub fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9.0e15 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and small enough, as just tested")]
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// How a value stands in its input.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(n) => n.as_f64().map_or_else(|| n.to_string(), plain),
        Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A number as a person types it: no exponent, no trailing zeros.
pub fn plain(value: f64) -> String {
    if value != 0.0 && (value.abs() >= 1e15 || value.abs() < 1e-9) { format!("{value:e}") } else { format!("{value}") }
}

/// A bound as it stands in a message: thousands set apart.
pub fn grouped(value: f64) -> String {
    let text = plain(value);
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(w, r)| (w, r));
    if whole.len() <= 4 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return text;
    }
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    out
}

/// "from 0.1 to 1 000 ms".
fn range(min: f64, max: f64, unit: &str) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    format!("from {} to {}{unit}", grouped(min), grouped(max))
}

/// Reads a number as people write them: spaces and underscores between digits, `1e3`, a decimal point.
fn read_number(text: &str) -> Result<f64, String> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '_').collect();
    if bare.is_empty() {
        return Err("Enter a number".into());
    }
    let bare = match bare.split_once(',') {
        // Commas may set thousands apart; a lone one is more likely meant as a decimal point, so it is not guessed at.
        Some((first, rest)) => {
            let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(w, f)| (w, Some(f)));
            let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
            let thousands =
                (1..=3).contains(&first.len()) && digits(first) && whole.split(',').all(|g| g.len() == 3 && digits(g));
            if !thousands {
                return Err("Write decimals with a point".into());
            }
            format!("{first}{}{}", whole.replace(',', ""), fraction.map(|f| format!(".{f}")).unwrap_or_default())
        }
        None => bare,
    };
    match bare.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(format!("“{}” is not a number", text.trim())),
    }
}

/// What typed text means for a scalar or a list of numbers, or one sentence saying what would be accepted.
pub fn parse(kind: &FieldKind, text: &str) -> Result<Value, String> {
    match kind {
        FieldKind::Number { unit, min, max } => {
            let value = read_number(text).map_err(|e| format!("{e}, {}.", range(*min, *max, unit)))?;
            if value < *min || value > *max {
                return Err(format!("Must be {}.", range(*min, *max, unit)));
            }
            Ok(number(value))
        }
        #[expect(clippy::cast_precision_loss, reason = "bounds are far below 2^53")]
        FieldKind::Integer { unit, min, max } => {
            let (low, high) = (*min as f64, *max as f64);
            let value = read_number(text).map_err(|e| format!("{e}, {}.", range(low, high, unit)))?;
            if value.fract() != 0.0 {
                return Err(format!("Must be a whole number {}.", range(low, high, unit)));
            }
            if value < low || value > high {
                return Err(format!("Must be {}.", range(low, high, unit)));
            }
            Ok(number(value))
        }
        FieldKind::Text { max_len } => {
            if text.len() > *max_len {
                return Err(format!("At most {max_len} characters; this has {}.", text.len()));
            }
            Ok(Value::from(text))
        }
        FieldKind::Numbers { unit, min, max, max_items } => {
            let parts = text.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|p| !p.is_empty());
            let mut values = Vec::new();
            for part in parts {
                let value = read_number(part).map_err(|e| format!("{e}."))?;
                if value < *min || value > *max {
                    return Err(format!("{part} is out of range: each must be {}.", range(*min, *max, unit)));
                }
                values.push(number(value));
            }
            if values.is_empty() {
                return Err("Enter at least one number; separate several by commas or spaces.".into());
            }
            if values.len() > *max_items {
                return Err(format!("At most {max_items} numbers; these are {}.", values.len()));
            }
            Ok(Value::Array(values))
        }
        _ => Err("This is not edited as text.".into()),
    }
}

/// The neighbouring value when an arrow key is pressed in a number's input: one unit of the leading digit's next place, so
/// that 0.5, 8 and 120 000 all move at a pace that suits them. `coarse` (Shift) moves ten times as far.
pub fn stepped(kind: &FieldKind, value: f64, up: bool, coarse: bool) -> Option<Value> {
    let (min, max, whole) = match kind {
        FieldKind::Number { min, max, .. } => (*min, *max, false),
        #[expect(clippy::cast_precision_loss, reason = "bounds are far below 2^53")]
        FieldKind::Integer { min, max, .. } => (*min as f64, *max as f64, true),
        _ => return None,
    };
    let magnitude = if value == 0.0 { 1.0 } else { 10_f64.powf(value.abs().log10().floor()) };
    let mut step = magnitude / 10.0;
    if max <= 1.0 {
        step = step.max(0.01);
    }
    if whole {
        step = step.max(1.0).round();
    }
    // Rounded to the fine step's own place: 0.1 + 0.2 shall read 0.3, and 8 + 10 shall be 18.
    let place = 10_f64.powf(step.log10().floor());
    if coarse {
        step *= 10.0;
    }
    let moved = if up { value + step } else { value - step };
    let rounded = (moved / place).round() * place;
    let clean = if place < 1.0 { format!("{rounded:.*}", decimals(place)).parse().unwrap_or(rounded) } else { rounded };
    Some(number(clean.clamp(min, max)))
}

/// Decimals needed to write `place` (0.01: two).
fn decimals(place: f64) -> usize {
    let digits = (-place.log10()).round().clamp(0.0, 12.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=12")]
    let digits = digits as usize;
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RATE: FieldKind = FieldKind::Number { unit: "requests/s", min: 0.001, max: 1_000_000.0 };
    const SLOTS: FieldKind = FieldKind::Integer { unit: "slots", min: 1, max: 100_000 };

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(parse(&RATE, " 1 000 "), Ok(json!(1000)));
        assert_eq!(parse(&RATE, "1e3"), Ok(json!(1000)));
        assert_eq!(parse(&RATE, "100,000.5"), Ok(json!(100_000.5)));
        assert_eq!(parse(&RATE, "0.25"), Ok(json!(0.25)));
        assert_eq!(parse(&SLOTS, "1_000"), Ok(json!(1000)));
    }

    #[test]
    fn refusals_say_what_would_be_accepted() {
        assert_eq!(parse(&RATE, "-3"), Err("Must be from 0.001 to 1,000,000 requests/s.".into()));
        assert!(parse(&RATE, "NaN").is_err_and(|m| m.contains("is not a number")));
        assert!(parse(&RATE, "inf").is_err());
        assert!(parse(&RATE, "1,5").is_err_and(|m| m.contains("point")));
        assert!(parse(&SLOTS, "2.5").is_err_and(|m| m.contains("whole number")));
        assert!(parse(&SLOTS, "").is_err_and(|m| m.contains("Enter a number")));
        assert!(parse(&FieldKind::Text { max_len: 3 }, "four").is_err());
    }

    #[test]
    fn samples_are_a_line_of_numbers() {
        let kind = FieldKind::Numbers { unit: "ms", min: 0.0, max: 100.0, max_items: 3 };
        assert_eq!(parse(&kind, "1, 2.5;3"), Ok(json!([1, 2.5, 3])));
        assert!(parse(&kind, "1 2 3 4").is_err_and(|m| m.contains("At most 3")));
        assert!(parse(&kind, "1 200").is_err_and(|m| m.starts_with("200 is out of range")));
        assert_eq!(text_of(&json!([1, 2.5, 3])), "1, 2.5, 3");
    }

    #[test]
    fn arrow_keys_move_at_the_values_own_pace() {
        assert_eq!(stepped(&RATE, 100.0, true, false), Some(json!(110)));
        assert_eq!(stepped(&RATE, 0.3, false, false), Some(json!(0.29)));
        assert_eq!(stepped(&RATE, 0.001, false, true), Some(json!(0.001)));
        assert_eq!(stepped(&SLOTS, 8.0, true, false), Some(json!(9)));
        assert_eq!(stepped(&SLOTS, 8.0, true, true), Some(json!(18)));
        assert_eq!(stepped(&SLOTS, 1.0, false, false), Some(json!(1)));
        let ratio = FieldKind::Number { unit: "", min: 0.0, max: 1.0 };
        assert_eq!(stepped(&ratio, 0.8, true, false), Some(json!(0.81)));
    }
}

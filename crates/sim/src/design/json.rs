//! A JSON reader that never gives up half-way: it keeps what it understood before a mistake, and says where that was.
//!
//! serde_json stops at the first mistake with nothing; a person whose file was cut off, or who wrote `NaN`, should
//! get back everything that can be told.

use serde_json::{Map, Number, Value};

/// Deepest nesting accepted. The document itself needs seven levels.
const MAX_DEPTH: usize = 64;
/// Mistakes reported one by one; a file with more of them is not JSON at all.
const MAX_NOTES: usize = 20;

/// What was understood, and what was not.
pub(super) struct Parsed {
    /// As much of the value as could be read; `None` if there was none at all.
    pub value: Option<Value>,
    /// A sentence for each mistake, with its line and column.
    pub mistakes: Vec<String>,
}

/// Reads any text.
pub(super) fn parse(text: &str) -> Parsed {
    let mut parser = Parser { text, at: 0, depth: 0, stopped: false, mistakes: Vec::new() };
    let value = parser.value();
    parser.space();
    if !parser.stopped && parser.at < text.len() {
        parser.note("there is more text after the end of the document");
    }
    Parsed { value, mistakes: parser.mistakes }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    stopped: bool,
    mistakes: Vec<String>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Reports a mistake at the place being read, and goes on.
    fn note(&mut self, what: &str) {
        if self.mistakes.len() >= MAX_NOTES {
            return;
        }
        let before = &self.text.as_bytes()[..self.at.min(self.text.len())];
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
        let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
        self.mistakes.push(format!("Line {line}, column {column}: {what}."));
    }

    /// Reports a mistake after which nothing more can be understood.
    fn stop(&mut self, what: &str) {
        if !self.stopped {
            self.note(what);
            self.stopped = true;
        }
    }

    /// Says that something else was expected here, or that the text has ended.
    fn expected(&mut self, what: &str) {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            None => self.stop(&format!("the text ends where {what} was expected; it seems to be cut off")),
            Some(c) => self.stop(&format!("found {c:?} where {what} was expected")),
        }
    }

    fn value(&mut self) -> Option<Value> {
        self.space();
        match self.peek() {
            Some(b'{' | b'[') if self.depth >= MAX_DEPTH => {
                self.stop(&format!("nested more than {MAX_DEPTH} levels deep"));
                None
            }
            Some(b'{') => {
                self.depth += 1;
                let object = self.object();
                self.depth -= 1;
                Some(Value::Object(object))
            }
            Some(b'[') => {
                self.depth += 1;
                let array = self.array();
                self.depth -= 1;
                Some(Value::Array(array))
            }
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word(),
            _ => {
                self.expected("a value");
                None
            }
        }
    }

    fn object(&mut self) -> Map<String, Value> {
        let mut map = Map::new();
        self.at += 1;
        loop {
            self.space();
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    return map;
                }
                Some(b'"') => {}
                _ => {
                    self.expected("a field name in quotes, or `}`");
                    return map;
                }
            }
            let Some(name) = self.string() else { return map };
            self.space();
            if self.peek() != Some(b':') {
                self.expected("`:`");
                return map;
            }
            self.at += 1;
            let value = self.value();
            if map.contains_key(&name) {
                self.note(&format!("field {:?} appears twice; the last one counts", super::reader::shorten(&name, 40)));
            }
            if let Some(value) = value {
                map.insert(name, value);
            }
            if self.stopped || !self.comma(b'}') {
                return map;
            }
        }
    }

    fn array(&mut self) -> Vec<Value> {
        let mut items = Vec::new();
        self.at += 1;
        loop {
            self.space();
            if self.peek() == Some(b']') {
                self.at += 1;
                return items;
            }
            items.extend(self.value());
            if self.stopped || !self.comma(b']') {
                return items;
            }
        }
    }

    /// After an item: true if another may follow (the closing bracket is left for the caller to take).
    fn comma(&mut self, close: u8) -> bool {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.space();
                if self.peek() == Some(close) {
                    self.note("a comma before the closing bracket; it is ignored");
                }
                true
            }
            Some(c) if c == close => true,
            _ => {
                self.expected(if close == b'}' { "`,` or `}`" } else { "`,` or `]`" });
                false
            }
        }
    }

    fn word(&mut self) -> Option<Value> {
        let rest = &self.text[self.at..];
        let word = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len())];
        let value = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            "NaN" | "Infinity" => {
                self.note(&format!("`{word}` is not a number that JSON, or a simulation, can hold"));
                Value::Null
            }
            _ => {
                self.expected("a value");
                return None;
            }
        };
        self.at += word.len();
        Some(value)
    }

    fn number(&mut self) -> Option<Value> {
        let rest = &self.text[self.at..];
        if rest.starts_with("-Infinity") {
            self.note("`-Infinity` is not a number that JSON, or a simulation, can hold");
            self.at += "-Infinity".len();
            return Some(Value::Null);
        }
        let text =
            &rest[..rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(rest.len())];
        if !is_number(text) {
            self.stop(&format!("`{}` is not a number", super::reader::shorten(text, 40)));
            return None;
        }
        let number = if let Ok(n) = text.parse::<u64>() {
            Number::from(n)
        } else if let Ok(n) = text.parse::<i64>().map_err(|_| ()).and_then(|n| if n == 0 { Err(()) } else { Ok(n) }) {
            Number::from(n)
        } else {
            let value: f64 = text.parse().unwrap_or(f64::INFINITY);
            if !value.is_finite() {
                self.note(&format!("{} is beyond every number that can be held", super::reader::shorten(text, 40)));
            }
            // Kept as the largest number there is, so that the parameter it belongs to refuses it by name.
            Number::from_f64(value.clamp(f64::MIN, f64::MAX)).unwrap_or_else(|| Number::from(0))
        };
        self.at += text.len();
        Some(Value::Number(number))
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let run = rest.find(|c: char| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
            out.push_str(&rest[..run]);
            self.at += run;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Some(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    if !self.escape(&mut out) {
                        return None;
                    }
                }
                _ => {
                    self.at = start;
                    self.stop("this text has no closing quote; the document seems to be cut off");
                    return None;
                }
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> bool {
        let c = self.peek();
        self.at += usize::from(c.is_some_and(|c| c.is_ascii()));
        out.push(match c {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let Some(high) = self.hex() else {
                    self.stop("`\\u` must be followed by four hexadecimal digits");
                    return false;
                };
                let mut code = u32::from(high);
                // A character beyond 16 bits is written as a pair of surrogates; half a pair stands for nothing.
                if (0xD800..0xDC00).contains(&high) && self.text[self.at..].starts_with("\\u") {
                    let back = self.at;
                    self.at += 2;
                    match self.hex() {
                        Some(low) if (0xDC00..0xE000).contains(&low) => {
                            code = 0x10000 + ((code - 0xD800) << 10) + (u32::from(low) - 0xDC00);
                        }
                        _ => self.at = back,
                    }
                }
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => {
                self.stop("this is not a known escape after `\\`");
                return false;
            }
        });
        true
    }

    fn hex(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.at += 4;
        u16::from_str_radix(digits, 16).ok()
    }
}

/// JSON's own grammar of numbers, which is narrower than Rust's.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(i) => (&text[..i], Some(&text[i + 1..])),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn agrees_with_serde_json_on_good_documents() {
        for text in [
            r#"{"a": [1, -2, 3.5, 1e3, -0.0, 0, 18446744073709551615, -9223372036854775808], "b": {"c": null}}"#,
            r#"["\u00e9\ud83d\ude00\n\"\\\/", true, false, ""]"#,
            "  [ ]  ",
            "{}",
            "-0",
            "3.141592653589793",
        ] {
            let parsed = parse(text);
            assert!(parsed.mistakes.is_empty(), "{text}: {:?}", parsed.mistakes);
            let expected: Value = serde_json::from_str(text).unwrap_or_default();
            assert_eq!(parsed.value, Some(expected), "{text}");
        }
    }

    #[test]
    fn what_came_before_a_mistake_is_kept() {
        for (text, kept, mistake) in [
            ("{\n \"a\": 1,\n \"b\": [2, 3", json!({"a": 1, "b": [2, 3]}), "Line 3, column 12: the text ends"),
            (r#"{"a": 1, "b": "tex"#, json!({"a": 1}), "column 15: this text has no closing quote"),
            (r#"{"a": 1e999}"#, json!({"a": f64::MAX}), "1e999 is beyond"),
            (r#"{"a": NaN, "b": -Infinity}"#, json!({"a": null, "b": null}), "`NaN` is not a number"),
            (r#"[1, 2,]"#, json!([1, 2]), "comma"),
            (r#"{"a": 1, "a": 2}"#, json!({"a": 2}), "appears twice"),
            (r#"[1] x"#, json!([1]), "more text"),
            (r#"[01]"#, json!([]), "`01` is not a number"),
            (r#"[1 2]"#, json!([1]), "found '2' where `,` or `]`"),
            (r#"{a: 1}"#, json!({}), "found 'a' where a field name"),
            ("[\"a\\q\"]", json!([]), "not a known escape"),
        ] {
            let parsed = parse(text);
            assert_eq!(parsed.value, Some(kept), "{text}");
            assert!(parsed.mistakes.first().is_some_and(|m| m.contains(mistake)), "{text}: {:?}", parsed.mistakes);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let parsed = parse(&"[".repeat(1_000_000));
        assert!(parsed.mistakes[0].contains("64 levels"), "{:?}", parsed.mistakes);
    }

    #[test]
    fn nothing_at_all() {
        assert!(parse("").value.is_none());
        assert!(parse("\u{feff}{}").value.is_none());
    }
}

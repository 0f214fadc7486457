//! Where reading a parameter reports what it did not like.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::{Problem, Severity};

/// Collects problems while parameters are read, each with the node or link and the JSON pointer it is about.
///
/// Reading never fails: whoever meets a bad value reports it here and goes on with the default.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    node: Option<String>,
    link: Option<String>,
    pointer: String,
    problems: Vec<Problem>,
}

impl Reader {
    /// A reader for the parameters of the node with this id.
    pub fn node(id: &str) -> Self {
        Self { node: Some(id.to_owned()), ..Self::default() }
    }

    /// A reader for the parameters of the link with this id.
    pub fn link(id: &str) -> Self {
        Self { link: Some(id.to_owned()), ..Self::default() }
    }

    /// Goes one step deeper (a field name or an index) for the time of `read`.
    pub fn at<R>(&mut self, step: impl Display, read: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.pointer.len();
        self.enter(&step.to_string());
        let result = read(self);
        self.pointer.truncate(length);
        result
    }

    #[inline(never)]
    fn enter(&mut self, step: &str) {
        self.pointer.push('/');
        // RFC 6901: `~` and `/` in a name are escaped.
        for c in step.chars() {
            match c {
                '~' => self.pointer.push_str("~0"),
                '/' => self.pointer.push_str("~1"),
                c => self.pointer.push(c),
            }
        }
    }

    /// JSON pointer of the place being read; empty at the top of `params`.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Reports something that keeps the design from running.
    #[inline(never)]
    pub fn error(&mut self, message: impl Into<String>) {
        self.report(Severity::Error, message.into());
    }

    /// Reports something worth knowing.
    #[inline(never)]
    pub fn warning(&mut self, message: impl Into<String>) {
        self.report(Severity::Warning, message.into());
    }

    /// Reports a value that is not accepted here, and what would be.
    #[inline(never)]
    pub fn refuse(&mut self, value: &Value, accepted: impl Display) {
        let name = self.place();
        self.error(format!("{name} is {}; accepted: {accepted}.", brief(value)));
    }

    /// The object in `value`, or a problem.
    #[inline(never)]
    pub fn object<'v>(&mut self, value: &'v Value) -> Option<&'v Map<String, Value>> {
        if !value.is_object() {
            self.refuse(value, "an object");
        }
        value.as_object()
    }

    /// Warns of each field of `map` that is not `known`; such fields stay in the document.
    #[inline(never)]
    pub fn unknown(&mut self, map: &Map<String, Value>, known: &[&str]) {
        for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
            self.at(name, |reader| {
                reader.warning(format!(
                    "`{}` is not a field known here; it is kept and has no effect. Known: {}.",
                    shorten(name, 40),
                    known.join(", ")
                ));
            });
        }
    }

    /// Everything reported so far.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Everything reported.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// The place being read as a person would name it: the last step of the pointer, with its parent for an index.
    #[inline(never)]
    fn place(&self) -> String {
        let mut steps = self.pointer.rsplit('/').filter(|s| !s.is_empty());
        match steps.next() {
            None => "`params`".to_owned(),
            Some(index) if index.bytes().all(|b| b.is_ascii_digit()) => {
                format!("`{}[{index}]`", steps.next().unwrap_or_default())
            }
            Some(name) => format!("`{name}`"),
        }
    }

    #[inline(never)]
    fn report(&mut self, severity: Severity, message: String) {
        self.problems.push(Problem {
            severity,
            node: self.node.clone(),
            link: self.link.clone(),
            field: (!self.pointer.is_empty()).then(|| self.pointer.clone()),
            message,
        });
    }
}

/// The value as short JSON, fit for a sentence.
pub(super) fn brief(value: &Value) -> String {
    match value {
        Value::Array(items) if items.len() > 3 => format!("a list of {} values", items.len()),
        Value::Object(map) if map.len() > 3 => format!("an object with {} fields", map.len()),
        Value::String(text) => format!("{:?}", shorten(text, 40)),
        Value::Number(n) if n.is_f64() => number(n.as_f64().unwrap_or(f64::NAN)),
        value => shorten(&value.to_string(), 40),
    }
}

/// At most `max` characters of `text`, with an ellipsis where it was cut.
pub(super) fn shorten(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// A number as people write it: `1,000,000`, `0.001`, `3.6e12`.
pub(super) fn number(value: f64) -> String {
    if value != 0.0 && (value.abs() >= 1e12 || value.abs() < 1e-6) {
        return format!("{value:e}");
    }
    let plain = format!("{value}");
    let (sign, rest) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(1_000_000.0), "1,000,000");
        assert_eq!(number(-1234.5), "-1,234.5");
        assert_eq!(number(0.001), "0.001");
        assert_eq!(number(100.0), "100");
        assert_eq!(number(f64::MAX), "1.7976931348623157e308");
    }

    #[test]
    fn pointers_are_escaped_and_unwound() {
        let mut reader = Reader::node("web");
        reader.at("a/b~c", |r| r.at(3, |r| r.error("bad")));
        reader.error("top");
        let fields: Vec<_> = reader.problems().iter().map(|p| p.field.clone()).collect();
        assert_eq!(fields, [Some("/a~1b~0c/3".to_owned()), None]);
        assert_eq!(reader.problems()[0].node.as_deref(), Some("web"));
    }

    #[test]
    fn long_values_are_cut() {
        let value = Value::String("é".repeat(1000));
        assert!(brief(&value).chars().count() < 50);
    }
}

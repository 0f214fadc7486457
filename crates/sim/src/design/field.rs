//! The one description of a parameter, from which the inspector form, the validation messages, the JSON Schema
//! and the reference documentation all come.

use serde_json::Value;

/// One parameter as a person sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Name in the document, with its unit (`timeout_ms`).
    pub name: &'static str,
    /// Label on the form (`Timeout`).
    pub label: &'static str,
    /// What it does, in a sentence or two (the doc comment of the field).
    pub help: &'static str,
    /// What it holds, and its range.
    pub kind: FieldKind,
    /// May be absent, meaning "off": the form shows a switch before it. The JSON is then missing or `null`.
    pub optional: bool,
    /// Value when the document does not say (`Value::Null` for an optional field that is off).
    pub default: Value,
    /// Shown under "More" on the form.
    pub advanced: bool,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    /// A finite number from `min` to `max`, both included, in `unit` (`ms`, `requests/s`, or empty).
    Number {
        /// Unit shown after the input.
        unit: &'static str,
        /// Smallest value accepted.
        min: f64,
        /// Largest value accepted.
        max: f64,
    },
    /// A whole number from `min` to `max`, both included.
    Integer {
        /// Unit shown after the input.
        unit: &'static str,
        /// Smallest value accepted.
        min: u64,
        /// Largest value accepted.
        max: u64,
    },
    /// True or false.
    Bool,
    /// A line of text of at most `max_len` bytes.
    Text {
        /// Longest text accepted, bytes.
        max_len: usize,
    },
    /// One of a few names, as a JSON string.
    Choice {
        /// The names.
        options: &'static [Option_],
    },
    /// An object with fields of its own.
    Group {
        /// Its fields.
        fields: Vec<Field>,
    },
    /// An object whose field `tag` names one of the cases; the case decides the other fields
    /// (`{"distribution": "exponential", "mean_ms": 6}`).
    Variant {
        /// Name of the deciding field.
        tag: &'static str,
        /// The cases.
        cases: Vec<Case>,
    },
    /// An array of objects, each with these fields.
    List {
        /// What one item is called on the form (`endpoint`).
        item: &'static str,
        /// Fields of an item.
        fields: Vec<Field>,
        /// Fewest items.
        min_items: usize,
        /// Most items.
        max_items: usize,
    },
    /// An array of numbers from `min` to `max` (the samples of an empirical distribution).
    Numbers {
        /// Unit of each.
        unit: &'static str,
        /// Smallest value accepted.
        min: f64,
        /// Largest value accepted.
        max: f64,
        /// Most numbers.
        max_items: usize,
    },
}

/// One name of a [`FieldKind::Choice`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Option_ {
    /// The string in the document (`least_connections`).
    pub name: &'static str,
    /// Label on the form (`Least connections`).
    pub label: &'static str,
    /// What it means, in a sentence.
    pub help: &'static str,
}

/// One case of a [`FieldKind::Variant`].
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The tag's value in the document (`exponential`).
    pub name: &'static str,
    /// Label on the form (`Exponential`).
    pub label: &'static str,
    /// What it means, in a sentence.
    pub help: &'static str,
    /// Fields of this case.
    pub fields: Vec<Field>,
}

//! What the `params!`, `choice!` and `variant!` macros rest on: how one parameter is described, read and written.
//!
//! All of this happens once for a design, and for a hundred parameters: nothing here, nor what the macros make, is inlined, so
//! that the page, where the simulation is compiled for speed, holds the code once.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::reader::{number, shorten};
use super::{Field, FieldKind, Reader};

/// What a component file says about one parameter besides its type and default: `label "Rate", unit "requests/s",
/// range 0.001..=1e6, advanced`. Each word is a method here, so any order will do and a misspelt one does not compile.
#[derive(Clone, Debug)]
pub struct Spec<B> {
    label: &'static str,
    unit: &'static str,
    range: Option<RangeInclusive<B>>,
    item: &'static str,
    items: RangeInclusive<usize>,
    max_len: usize,
    advanced: bool,
}

impl<B> Default for Spec<B> {
    fn default() -> Self {
        Self { label: "", unit: "", range: None, item: "item", items: 0..=1_000, max_len: 64, advanced: false }
    }
}

impl<B> Spec<B> {
    /// Label on the form.
    pub fn label(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    /// Unit shown after the input.
    pub fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// Smallest and largest value accepted, both included.
    pub fn range(self, range: RangeInclusive<B>) -> Self {
        Self { range: Some(range), ..self }
    }

    /// What one item of a list is called.
    pub fn item(self, item: &'static str) -> Self {
        Self { item, ..self }
    }

    /// Fewest and most items of a list, both included.
    pub fn items(self, items: RangeInclusive<usize>) -> Self {
        Self { items, ..self }
    }

    /// Longest text accepted, bytes.
    pub fn max_len(self, max_len: usize) -> Self {
        Self { max_len, ..self }
    }

    /// Shown under "More" on the form.
    pub fn advanced(self) -> Self {
        Self { advanced: true, ..self }
    }

    /// The description a form is drawn from.
    #[inline(never)]
    pub fn field<T: Param<Bound = B>>(&self, name: &'static str, help: &'static str, default: &T) -> Field {
        Field {
            name,
            label: self.label,
            help,
            kind: default.kind(self),
            optional: T::OPTIONAL,
            default: default.write_value(),
            advanced: self.advanced,
        }
    }

    /// Reads field `name` of `map`; a missing one has its default.
    #[inline(never)]
    pub fn read<T: Param<Bound = B>>(
        &self,
        map: &Map<String, Value>,
        name: &'static str,
        default: &T,
        reader: &mut Reader,
    ) -> T {
        match map.get(name) {
            None => default.clone(),
            Some(value) => reader.at(name, |reader| T::read_value(value, default, self, reader)),
        }
    }

    fn bounds(&self, widest: RangeInclusive<B>) -> (B, B)
    where
        B: Copy,
    {
        let range = self.range.as_ref().unwrap_or(&widest);
        (*range.start(), *range.end())
    }
}

/// A type a parameter can have.
pub trait Param: Clone {
    /// What its range is made of.
    type Bound;
    /// May the field be absent, meaning "off"?
    const OPTIONAL: bool = false;
    /// What the field holds, when `self` is the default.
    fn kind(&self, spec: &Spec<Self::Bound>) -> FieldKind;
    /// Reads a value; a bad one is reported, and gives the default.
    fn read_value(value: &Value, default: &Self, spec: &Spec<Self::Bound>, reader: &mut Reader) -> Self;
    /// The value as it stands in the document.
    fn write_value(&self) -> Value;
}

/// An object of named parameters: what `params!` makes.
pub trait Params: Clone + Default {
    /// Its fields, `self` giving the defaults.
    fn describe(&self) -> Vec<Field>;
    /// Reads an object; what is missing or bad is taken from `default`.
    fn read_map(map: &Map<String, Value>, default: &Self, reader: &mut Reader) -> Self;
    /// The object as it stands in the document, every field written out.
    fn write_map(&self) -> Map<String, Value>;
}

/// A list of plain numbers: `samples_ms` of an empirical distribution.
#[derive(Clone, Debug, Default, PartialEq, backpressure_pack::Pack)]
pub struct Numbers(pub Vec<f64>);

/// A finite number as JSON: whole numbers without a fraction, so that the document reads as a person would write it.
pub fn number_value(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { Value::from(value as i64) } else { Value::from(value) }
}

#[inline(never)]
fn accepted(what: &str, min: f64, max: f64, unit: &str) -> String {
    let space = if unit.is_empty() { "" } else { " " };
    format!("{what} from {} to {}{space}{unit}", number(min), number(max))
}

impl Param for f64 {
    type Bound = f64;

    #[inline(never)]
    fn kind(&self, spec: &Spec<f64>) -> FieldKind {
        let (min, max) = spec.bounds(0.0..=1e15);
        FieldKind::Number { unit: spec.unit, min, max }
    }

    #[inline(never)]
    fn read_value(value: &Value, default: &f64, spec: &Spec<f64>, reader: &mut Reader) -> f64 {
        let (min, max) = spec.bounds(0.0..=1e15);
        match value.as_f64() {
            Some(x) if x >= min && x <= max => x,
            _ => {
                reader.refuse(value, accepted("a number", min, max, spec.unit));
                *default
            }
        }
    }

    #[inline(never)]
    fn write_value(&self) -> Value {
        number_value(*self)
    }
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl Param for $type {
            type Bound = u64;

            #[inline(never)]
            fn kind(&self, spec: &Spec<u64>) -> FieldKind {
                let (min, max) = spec.bounds(0..=<$type>::MAX as u64);
                FieldKind::Integer { unit: spec.unit, min, max }
            }

            #[inline(never)]
            fn read_value(value: &Value, default: &$type, spec: &Spec<u64>, reader: &mut Reader) -> $type {
                let (min, max) = spec.bounds(0..=<$type>::MAX as u64);
                // `8.0` is a whole number too. Below 2^53 every one of those is exact.
                let whole = value.as_u64().or_else(|| {
                    value.as_f64().filter(|x| x.fract() == 0.0 && (0.0..9e15).contains(x)).map(|x| x as u64)
                });
                match whole.filter(|n| (min..=max).contains(n)).and_then(|n| <$type>::try_from(n).ok()) {
                    Some(n) => n,
                    None => {
                        reader.refuse(value, accepted("a whole number", min as f64, max as f64, spec.unit));
                        *default
                    }
                }
            }

            #[inline(never)]
            fn write_value(&self) -> Value {
                Value::from(*self)
            }
        }
    )*};
}
whole!(u32, u64);

impl Param for bool {
    type Bound = ();

    #[inline(never)]
    fn kind(&self, _: &Spec<()>) -> FieldKind {
        FieldKind::Bool
    }

    #[inline(never)]
    fn read_value(value: &Value, default: &bool, _: &Spec<()>, reader: &mut Reader) -> bool {
        value.as_bool().unwrap_or_else(|| {
            reader.refuse(value, "true or false");
            *default
        })
    }

    #[inline(never)]
    fn write_value(&self) -> Value {
        Value::from(*self)
    }
}

impl Param for String {
    type Bound = ();

    #[inline(never)]
    fn kind(&self, spec: &Spec<()>) -> FieldKind {
        FieldKind::Text { max_len: spec.max_len }
    }

    #[inline(never)]
    fn read_value(value: &Value, default: &String, spec: &Spec<()>, reader: &mut Reader) -> String {
        match value.as_str() {
            Some(text) if text.len() <= spec.max_len => text.to_owned(),
            _ => {
                reader.refuse(value, format_args!("text of at most {} bytes", spec.max_len));
                default.clone()
            }
        }
    }

    #[inline(never)]
    fn write_value(&self) -> Value {
        Value::from(self.clone())
    }
}

impl<T: Param + Default> Param for Option<T> {
    type Bound = T::Bound;
    const OPTIONAL: bool = true;

    #[inline(never)]
    fn kind(&self, spec: &Spec<T::Bound>) -> FieldKind {
        self.clone().unwrap_or_default().kind(spec)
    }

    #[inline(never)]
    fn read_value(value: &Value, default: &Self, spec: &Spec<T::Bound>, reader: &mut Reader) -> Self {
        if value.is_null() {
            return None;
        }
        // A bad value gives the default of the field (mostly "off"), never that of the type.
        let before = reader.problems().len();
        let inner = T::read_value(value, &default.clone().unwrap_or_default(), spec, reader);
        let bad = reader.problems()[before..].iter().any(|p| p.field.as_deref() == Some(reader.pointer()));
        if bad { default.clone() } else { Some(inner) }
    }

    #[inline(never)]
    fn write_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Param::write_value)
    }
}

#[inline(never)]
fn list<'v, B>(value: &'v Value, spec: &Spec<B>, reader: &mut Reader) -> Option<&'v Vec<Value>> {
    let items = value.as_array().filter(|v| spec.items.contains(&v.len()));
    if items.is_none() {
        reader.refuse(
            value,
            format_args!(
                "a list of {} to {} {}s",
                number(*spec.items.start() as f64),
                number(*spec.items.end() as f64),
                spec.item
            ),
        );
    }
    items
}

impl<T: Params> Param for Vec<T> {
    type Bound = ();

    #[inline(never)]
    fn kind(&self, spec: &Spec<()>) -> FieldKind {
        FieldKind::List {
            item: spec.item,
            fields: T::default().describe(),
            min_items: *spec.items.start(),
            max_items: *spec.items.end(),
        }
    }

    #[inline(never)]
    fn read_value(value: &Value, default: &Self, spec: &Spec<()>, reader: &mut Reader) -> Self {
        let Some(items) = list(value, spec, reader) else {
            return default.clone();
        };
        let blank = T::default();
        items
            .iter()
            .enumerate()
            .map(|(i, item)| {
                reader.at(i, |reader| match reader.object(item) {
                    Some(map) => T::read_map(map, &blank, reader),
                    None => blank.clone(),
                })
            })
            .collect()
    }

    #[inline(never)]
    fn write_value(&self) -> Value {
        self.iter().map(|x| Value::Object(x.write_map())).collect()
    }
}

impl Param for Numbers {
    type Bound = f64;

    #[inline(never)]
    fn kind(&self, spec: &Spec<f64>) -> FieldKind {
        let (min, max) = spec.bounds(0.0..=1e15);
        FieldKind::Numbers { unit: spec.unit, min, max, max_items: *spec.items.end() }
    }

    #[inline(never)]
    fn read_value(value: &Value, default: &Self, spec: &Spec<f64>, reader: &mut Reader) -> Self {
        let Some(items) = list(value, spec, reader) else {
            return default.clone();
        };
        // A bad number is left out rather than replaced: there is no default for one sample.
        let before = reader.problems().len();
        let numbers: Vec<f64> = items
            .iter()
            .enumerate()
            .map(|(i, item)| reader.at(i, |reader| f64::read_value(item, &0.0, spec, reader)))
            .collect();
        if reader.problems().len() > before {
            return default.clone();
        }
        Self(numbers)
    }

    #[inline(never)]
    fn write_value(&self) -> Value {
        self.0.iter().copied().map(number_value).collect()
    }
}

/// The case named by field `tag` of `map`, one of `cases`; the default's when the field is missing.
#[inline(never)]
pub fn read_tag<'a>(
    map: &Map<String, Value>,
    tag: &'static str,
    cases: &[&'a str],
    default: &'a str,
    reader: &mut Reader,
) -> Option<&'a str> {
    let Some(value) = map.get(tag) else {
        return Some(default);
    };
    let case = cases.iter().find(|case| value.as_str() == Some(case));
    if case.is_none() {
        reader.at(tag, |reader| {
            reader.refuse(value, shorten(&cases.join(", "), 400));
        });
    }
    case.copied()
}

//! `params!`, `choice!` and `variant!`: a component's parameters are described once, where they are declared.
//! Doc comments become the help text on the form, in the JSON Schema and in the reference.

/// Declares a struct of parameters.
///
/// ```text
/// params! {
///     /// Parameters of an app server.
///     pub struct AppServerParams {
///         /// Requests one instance works on at once.
///         slots: u32 = 8, label "Slots per instance", unit "slots", range 1..=100_000;
///         /// Give up after this long.
///         timeout_ms: Option<f64> = None, label "Timeout", unit "ms", range 0.1..=3_600_000.0, advanced;
///     }
/// }
/// ```
///
/// A field's type is `f64`, `u32`, `u64`, `bool`, `String`, [`Numbers`](crate::design::Numbers), something made by
/// one of these macros, `Option` of one of them (a field that may be off), or `Vec` of a `params!` struct. The words
/// after the default are the methods of [`Spec`](crate::design::params::Spec). `struct Name check path { … }`
/// names a `fn(&mut Name, &mut Reader)` that runs after reading, for what concerns several fields at once.
macro_rules! params {
    (
        $(#[doc = $doc:literal])+
        $vis:vis struct $name:ident $(check $check:path)? {
            $(
                $(#[doc = $help:literal])+
                $field:ident : $type:ty = $default:expr $(, $word:ident $($value:expr)?)* ;
            )*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, ::backpressure_pack::Pack)]
        $vis struct $name {
            $(
                $(#[doc = $help])+
                pub $field: $type,
            )*
        }

        impl Default for $name {
            #[inline(never)]
            fn default() -> Self {
                Self { $($field: $default),* }
            }
        }

        #[allow(dead_code)]
        impl $name {
            /// The fields as a person sees them.
            pub fn fields() -> Vec<$crate::design::Field> {
                $crate::design::params::Params::describe(&Self::default())
            }

            /// Reads the parameters; what is missing or bad has its default, and the bad is reported.
            pub fn read(
                map: &::serde_json::Map<String, ::serde_json::Value>,
                reader: &mut $crate::design::Reader,
            ) -> Self {
                $crate::design::params::Params::read_map(map, &Self::default(), reader)
            }

            /// Reports what is wrong with the parameters.
            pub fn check(
                map: &::serde_json::Map<String, ::serde_json::Value>,
                reader: &mut $crate::design::Reader,
            ) {
                Self::read(map, reader);
            }

            /// The parameters as they stand in the document, every field written out.
            pub fn write(&self) -> ::serde_json::Map<String, ::serde_json::Value> {
                $crate::design::params::Params::write_map(self)
            }
        }

        impl $crate::design::params::Params for $name {
            #[inline(never)]
            fn describe(&self) -> Vec<$crate::design::Field> {
                vec![$(
                    $crate::design::params::Spec::default()
                        $(.$word($($value)?))*
                        .field::<$type>(stringify!($field), concat!($($help),+).trim_ascii(), &self.$field)
                ),*]
            }

            #[inline(never)]
            #[allow(unused_mut)]
            fn read_map(
                map: &::serde_json::Map<String, ::serde_json::Value>,
                default: &Self,
                reader: &mut $crate::design::Reader,
            ) -> Self {
                reader.unknown(map, &[$(stringify!($field)),*]);
                let mut read = Self {
                    $($field: $crate::design::params::Spec::default()
                        $(.$word($($value)?))*
                        .read::<$type>(map, stringify!($field), &default.$field, reader)),*
                };
                $($check(&mut read, reader);)?
                read
            }

            #[inline(never)]
            fn write_map(&self) -> ::serde_json::Map<String, ::serde_json::Value> {
                let mut map = ::serde_json::Map::new();
                $(map.insert(
                    stringify!($field).to_owned(),
                    $crate::design::params::Param::write_value(&self.$field),
                );)*
                map
            }
        }

        impl $crate::design::params::Param for $name {
            type Bound = ();

            #[inline(never)]
            fn kind(&self, _: &$crate::design::params::Spec<()>) -> $crate::design::FieldKind {
                $crate::design::FieldKind::Group {
                    fields: $crate::design::params::Params::describe(self),
                }
            }

            #[inline(never)]
            fn read_value(
                value: &::serde_json::Value,
                default: &Self,
                _: &$crate::design::params::Spec<()>,
                reader: &mut $crate::design::Reader,
            ) -> Self {
                match reader.object(value) {
                    Some(map) => $crate::design::params::Params::read_map(map, default, reader),
                    None => default.clone(),
                }
            }

            #[inline(never)]
            fn write_value(&self) -> ::serde_json::Value {
                ::serde_json::Value::Object($crate::design::params::Params::write_map(self))
            }
        }
    };
}

/// Declares a choice among names; the first is the default.
///
/// ```text
/// choice! {
///     /// How a server is chosen.
///     pub enum Balancing {
///         /// Each server in turn.
///         RoundRobin = "round_robin", "Round robin";
///     }
/// }
/// ```
macro_rules! choice {
    (
        $(#[doc = $doc:literal])+
        $vis:vis enum $name:ident {
            $(#[doc = $first_help:literal])+
            $first:ident = $first_text:literal, $first_label:literal;
            $(
                $(#[doc = $help:literal])+
                $case:ident = $text:literal, $label:literal;
            )*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, ::backpressure_pack::Pack,
        )]
        $vis enum $name {
            $(#[doc = $first_help])+
            #[default]
            $first,
            $(
                $(#[doc = $help])+
                $case,
            )*
        }

        #[allow(dead_code)]
        impl $name {
            /// Every name, as a person sees it.
            pub const OPTIONS: &'static [$crate::design::Option_] = &[
                $crate::design::Option_ {
                    name: $first_text,
                    label: $first_label,
                    help: concat!($($first_help),+).trim_ascii(),
                },
                $($crate::design::Option_ {
                    name: $text,
                    label: $label,
                    help: concat!($($help),+).trim_ascii(),
                },)*
            ];

            /// The name in the document.
            pub const fn name(self) -> &'static str {
                match self {
                    Self::$first => $first_text,
                    $(Self::$case => $text,)*
                }
            }
        }

        impl $crate::design::params::Param for $name {
            type Bound = ();

            #[inline(never)]
            fn kind(&self, _: &$crate::design::params::Spec<()>) -> $crate::design::FieldKind {
                $crate::design::FieldKind::Choice { options: Self::OPTIONS }
            }

            #[inline(never)]
            fn read_value(
                value: &::serde_json::Value,
                default: &Self,
                _: &$crate::design::params::Spec<()>,
                reader: &mut $crate::design::Reader,
            ) -> Self {
                match value.as_str() {
                    Some($first_text) => Self::$first,
                    $(Some($text) => Self::$case,)*
                    _ => {
                        reader.refuse(value, [$first_text, $($text),*].join(", "));
                        *default
                    }
                }
            }

            #[inline(never)]
            fn write_value(&self) -> ::serde_json::Value {
                ::serde_json::Value::from(self.name())
            }
        }
    };
}

/// Declares an object whose field `tag` decides the others; the first case is the default.
///
/// ```text
/// variant! {
///     /// How requests arrive.
///     pub enum Workload tag "workload" {
///         /// Requests arrive whatever the system does.
///         Open = "open", "Open" {
///             /// Mean arrival rate.
///             rate_rps: f64 = 100.0, label "Rate", unit "requests/s", range 0.001..=1_000_000.0;
///         }
///     }
/// }
/// ```
///
/// Fields are written as in `params!`; a `check path` may stand after the tag.
macro_rules! variant {
    (
        $(#[doc = $doc:literal])+
        $vis:vis enum $name:ident tag $tag:literal $(check $check:path)? {
            $(
                $(#[doc = $case_help:literal])+
                $case:ident = $text:literal, $label:literal {
                    $(
                        $(#[doc = $help:literal])+
                        $field:ident : $type:ty = $default:expr $(, $word:ident $($value:expr)?)* ;
                    )*
                }
            )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, ::backpressure_pack::Pack)]
        $vis enum $name {
            $(
                $(#[doc = $case_help])+
                $case {
                    $(
                        $(#[doc = $help])+
                        $field: $type,
                    )*
                },
            )+
        }

        #[allow(dead_code, unreachable_patterns)]
        impl $name {
            const CASES: &'static [&'static str] = &[$($text),+];

            /// The case's name in the document.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$case { .. } => $text,)+
                }
            }

            /// The case of this name with its defaults.
            pub fn case(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$case { $($field: $default),* }),)+
                    _ => None,
                }
            }
        }

        impl Default for $name {
            #[inline(never)]
            #[allow(unreachable_code)]
            fn default() -> Self {
                $(return Self::$case { $($field: $default),* };)+
            }
        }

        impl $crate::design::params::Param for $name {
            type Bound = ();

            #[inline(never)]
            #[allow(unreachable_patterns)]
            fn kind(&self, _: &$crate::design::params::Spec<()>) -> $crate::design::FieldKind {
                // The case that is the field's default shows the field's values, the others their own.
                $crate::design::FieldKind::Variant {
                    tag: $tag,
                    cases: vec![$({
                        let default = match self {
                            Self::$case { .. } => self.clone(),
                            _ => Self::$case { $($field: $default),* },
                        };
                        $crate::design::Case {
                            name: $text,
                            label: $label,
                            help: concat!($($case_help),+).trim_ascii(),
                            fields: match &default {
                                Self::$case { $($field),* } => vec![$(
                                    $crate::design::params::Spec::default()
                                        $(.$word($($value)?))*
                                        .field::<$type>(
                                            stringify!($field),
                                            concat!($($help),+).trim_ascii(),
                                            $field,
                                        )
                                ),*],
                                _ => Vec::new(),
                            },
                        }
                    }),+],
                }
            }

            #[inline(never)]
            #[allow(unreachable_patterns, unused_mut)]
            fn read_value(
                value: &::serde_json::Value,
                default: &Self,
                _: &$crate::design::params::Spec<()>,
                reader: &mut $crate::design::Reader,
            ) -> Self {
                let Some(map) = reader.object(value) else {
                    return default.clone();
                };
                let name = default.name();
                let Some(case) = $crate::design::params::read_tag(map, $tag, Self::CASES, name, reader) else {
                    return default.clone();
                };
                // Fields left out have the values of the default where that is of the same case.
                let start = if case == name {
                    default.clone()
                } else {
                    Self::case(case).unwrap_or_else(|| default.clone())
                };
                let mut read = match &start {
                    $(Self::$case { $($field),* } => {
                        reader.unknown(map, &[$tag, $(stringify!($field)),*]);
                        Self::$case {
                            $($field: $crate::design::params::Spec::default()
                                $(.$word($($value)?))*
                                .read::<$type>(map, stringify!($field), $field, reader)),*
                        }
                    })+
                };
                $($check(&mut read, reader);)?
                read
            }

            #[inline(never)]
            fn write_value(&self) -> ::serde_json::Value {
                let mut map = ::serde_json::Map::new();
                map.insert($tag.to_owned(), ::serde_json::Value::from(self.name()));
                match self {
                    $(Self::$case { $($field),* } => {
                        $(map.insert(
                            stringify!($field).to_owned(),
                            $crate::design::params::Param::write_value($field),
                        );)*
                    })+
                }
                ::serde_json::Value::Object(map)
            }
        }
    };
}

pub(crate) use {choice, params, variant};

#[cfg(test)]
#[path = "macros_tests.rs"]
mod tests;

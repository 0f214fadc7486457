//! One file per kind of component: its parameters, its behaviour, its metrics, its tests.

use serde_json::{Map, Value};

use crate::design::{Field, Reader};

/// What the palette, the inspector and the documents say about a kind of component.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Name in the document (`load_balancer`).
    pub name: &'static str,
    /// Label on the palette (`Load balancer`).
    pub label: &'static str,
    /// One sentence: what it does in a system.
    pub summary: &'static str,
    /// What the model leaves out, a sentence each.
    pub leaves_out: &'static [&'static str],
    /// May other components call it?
    pub accepts_calls: bool,
    /// May it call other components?
    pub makes_calls: bool,
    /// Its parameters.
    pub fields: Vec<Field>,
    /// Reads a node's parameters and reports what is wrong with them (`AppServerParams::check`).
    pub check: fn(&Map<String, Value>, &mut Reader),
}

/// Every kind of component, in the order of the palette.
pub fn kinds() -> &'static [Kind] {
    &[]
}

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().iter().find(|kind| kind.name == name)
}

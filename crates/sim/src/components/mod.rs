//! One file per kind of component: its parameters, its behaviour, its metrics, its tests.

use crate::design::Field;

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
}

//! What the simulation says about kinds and connections, in the words the editor speaks.

use backpressure_sim::Node;
use backpressure_sim::components;
use backpressure_sim::design::{Field, LinkParams, Zone};
use std::collections::HashSet;

pub(crate) use backpressure_sim::design::{MAX_LINKS, MAX_NODES, MAX_NOTES, MAX_ZONES, may_connect};

/// Label of a kind (`Load balancer`).
pub(crate) fn label(kind: &str) -> String {
    match components::kind(kind) {
        Some(k) => k.label.to_owned(),
        None => capitalised(&kind.replace('_', " ")),
    }
}

/// What a node is called in a sentence: its name as it stands, or the kind's label in small letters.
pub(crate) fn title(node: &Node) -> String {
    if node.name.trim().is_empty() { lower(&label(&node.kind)) } else { node.name.trim().to_owned() }
}

/// What people call a zone.
pub(crate) fn zone_title(zone: &Zone) -> &str {
    if zone.name.trim().is_empty() { "Zone" } else { zone.name.trim() }
}

/// A name that tells a new part from those of these names: empty, which stands for `label`, or "label 2".
pub(crate) fn unused<'a>(label: &str, names: impl Iterator<Item = &'a str>) -> String {
    let taken: HashSet<&str> = names.map(str::trim).map(|name| if name.is_empty() { label } else { name }).collect();
    let mut name = String::new();
    let mut number = 1;
    while taken.contains(if name.is_empty() { label } else { &name }) {
        number += 1;
        name = format!("{label} {number}");
    }
    name
}

/// The text, cut between characters to at most this many bytes.
pub(crate) fn bounded(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// Parameters of a kind of component; none for an unknown one.
pub(crate) fn fields(kind: &str) -> &'static [Field] {
    components::kind(kind).map_or(&[], |k| &k.fields)
}

/// Parameters of a link.
pub(crate) fn link_fields() -> Vec<Field> {
    LinkParams::fields()
}

/// The label as it stands inside a sentence ("load balancer", but "SQL database").
pub(crate) fn lower(label: &str) -> String {
    let acronym = label.chars().take_while(|c| c.is_alphabetic()).filter(|c| c.is_ascii_uppercase()).count() > 1;
    let mut chars = label.chars();
    match chars.next() {
        Some(c) if !acronym => std::iter::once(c.to_ascii_lowercase()).chain(chars).collect(),
        _ => label.to_owned(),
    }
}

/// The text as it begins a sentence.
pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(c) => std::iter::once(c.to_ascii_uppercase()).chain(chars).collect(),
        None => String::new(),
    }
}

/// "1 component", "3 components".
pub(crate) fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_their_acronyms_inside_a_sentence() {
        assert_eq!(lower("Load balancer"), "load balancer");
        assert_eq!(lower("SQL database"), "SQL database");
        assert_eq!(label("made_up"), "Made up");
        assert_eq!(count(1, "component"), "1 component");
        assert_eq!(count(3, "component"), "3 components");
    }
}

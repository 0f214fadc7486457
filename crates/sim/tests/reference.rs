//! docs/components.md is written from the components' own descriptions, and kept current by this test.
//!
//! `BLESS=1 cargo test -p backpressure-sim --test reference` writes it anew.

use backpressure_sim::components::{Group, MetricOf, kinds};
use backpressure_sim::design::{FaultParams, Field, FieldKind, LinkParams};
use std::fmt::Write;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/components.md");

fn holds(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Number { unit, min, max } => format!("{min} to {max} {unit}"),
        FieldKind::Integer { unit, min, max } => format!("{min} to {max} {unit}"),
        FieldKind::Bool => "true or false".to_owned(),
        FieldKind::Text { max_len } => format!("text, at most {max_len} bytes"),
        FieldKind::Choice { options } => options.iter().map(|o| format!("`{}`", o.name)).collect::<Vec<_>>().join(", "),
        FieldKind::Group { .. } => "an object".to_owned(),
        FieldKind::Variant { tag, cases } => {
            let names: Vec<_> = cases.iter().map(|c| format!("`{}`", c.name)).collect();
            format!("by `{tag}`: {}", names.join(", "))
        }
        FieldKind::List { item, min_items, max_items, .. } => format!("a list of {min_items} to {max_items} {item}s"),
        FieldKind::Numbers { unit, max_items, .. } => format!("a list of at most {max_items} numbers, {unit}"),
    }
    .trim()
    .to_owned()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn rows(out: &mut String, fields: &[Field], prefix: &str) {
    for f in fields {
        let default =
            if f.default.is_object() || f.default.is_array() { String::new() } else { format!("`{}`", f.default) };
        let optional = if f.optional { ", or off" } else { "" };
        let _ = writeln!(
            out,
            "| `{prefix}{}` | {} | {}{optional} | {default} |",
            f.name,
            one_line(f.help),
            one_line(&holds(&f.kind))
        );
        match &f.kind {
            FieldKind::Group { fields } | FieldKind::List { fields, .. } => {
                rows(out, fields, &format!("{prefix}{}.", f.name))
            }
            FieldKind::Variant { cases, .. } if !cases.iter().any(|c| c.name == "exponential") => {
                for case in cases {
                    rows(out, &case.fields, &format!("{prefix}{} ({}).", f.name, case.name));
                }
            }
            _ => {}
        }
    }
}

fn table(out: &mut String, fields: &[Field]) {
    out.push_str("| Parameter | What it does | Accepted | Default |\n|---|---|---|---|\n");
    rows(out, fields, "");
    out.push('\n');
}

fn document() -> String {
    let mut out = String::from(
        "# The components\n\nWritten from the descriptions in the code, as the inspector's forms are; do not edit by hand.\n\
         Distributions of times are `constant`, `exponential`, `lognormal`, `pareto`, `uniform` or `empirical`.\n\n",
    );
    let mut groups: Vec<Group> = kinds().iter().map(|k| k.group).collect();
    groups.sort();
    groups.dedup();
    for group in groups {
        let _ = writeln!(out, "# {}\n", group.label());
        for kind in kinds().iter().filter(|k| k.group == group) {
            let _ = writeln!(out, "## {} (`{}`)\n\n{}\n", kind.label, kind.name, one_line(kind.summary));
            table(&mut out, &kind.fields);
            if !kind.metrics.is_empty() {
                out.push_str("It measures, beside what every component does:\n\n");
                for m in kind.metrics {
                    let sort = match m.of {
                        MetricOf::Count => "count",
                        MetricOf::Level => "level",
                        MetricOf::Span => "times",
                    };
                    let _ = writeln!(out, "- `{}` ({sort}): {}", m.name, one_line(m.help));
                }
                out.push('\n');
            }
            if !kind.faults.is_empty() {
                let _ = writeln!(out, "Faults of its own: {}.\n", kind.faults.join(", "));
            }
            if !kind.leaves_out.is_empty() {
                out.push_str("The model leaves out:\n\n");
                for sentence in kind.leaves_out {
                    let _ = writeln!(out, "- {}", one_line(sentence));
                }
                out.push('\n');
            }
            if !kind.sources.is_empty() {
                let _ = writeln!(out, "Sources: {}.\n", kind.sources.join("; "));
            }
        }
    }
    out.push_str("# Links\n\n");
    table(&mut out, &LinkParams::fields());
    out.push_str("# Faults\n\n");
    table(&mut out, &FaultParams::fields());
    out
}

#[test]
fn the_reference_is_current() {
    let now = document();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(PATH, &now).unwrap_or_else(|e| panic!("{PATH}: {e}"));
    }
    let kept = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(kept == now, "docs/components.md is not current: BLESS=1 cargo test -p backpressure-sim --test reference");
}

#[test]
fn every_component_says_what_it_is_what_it_leaves_out_and_what_its_parameters_do() {
    for kind in kinds() {
        assert!(kind.summary.ends_with('.') && kind.summary.len() > 20, "{}: {}", kind.name, kind.summary);
        assert!(!kind.leaves_out.is_empty(), "{} leaves nothing out?", kind.name);
        for f in kind.fields.iter() {
            assert!(!f.label.is_empty() && f.help.len() > 3, "{}.{}", kind.name, f.name);
        }
        let names: std::collections::BTreeSet<_> = kind.metrics.iter().map(|m| m.name).collect();
        assert_eq!(names.len(), kind.metrics.len(), "{}: two metrics of one name", kind.name);
    }
}

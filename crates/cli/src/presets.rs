//! The designs that come with Backpressure.

use std::fmt::Write;

use backpressure_presets::{PRESETS, Preset};
use backpressure_sim::design::read;

use crate::{Failure, print};

/// The document of the preset of this name.
pub fn find(name: &str) -> Result<&'static str, Failure> {
    backpressure_presets::find(name).map(|p| p.json).ok_or_else(|| {
        let names: Vec<_> = PRESETS.iter().map(|p| p.name).collect();
        Failure::Usage(format!("there is no preset {name:?}; there are {}", names.join(", ")))
    })
}

/// Prints the list, or the document of one.
pub fn list(name: Option<&str>) -> Result<(), Failure> {
    if let Some(name) = name {
        return print(find(name)?);
    }
    let mut text = String::new();
    let mut heading = "";
    for Preset { name, topic, json } in PRESETS {
        if *topic != heading {
            let _ = writeln!(text, "{topic}\n");
            heading = topic;
        }
        let design = read(json.as_bytes()).design;
        let _ = writeln!(text, "{name:<14} {}", design.name);
        for line in wrapped(&design.description, 84) {
            let _ = writeln!(text, "               {line}");
        }
        text.push('\n');
    }
    print(&text)
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

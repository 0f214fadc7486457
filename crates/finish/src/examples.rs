//! The example designs, as files beside the page: each by itself for who opens one, and all in one file for the start screen.

use std::path::Path;

use backpressure_presets::PRESETS;
use serde_json::{Value, json};

/// The folder of the page that they lie in.
const FOLDER: &str = "presets";

/// Writes them into the folder of a build.
///
/// # Errors
///
/// When one is not JSON, or a file cannot be written.
pub fn add(folder: &Path) -> Result<(), String> {
    let folder = folder.join(FOLDER);
    let failed = |problem: std::io::Error| format!("{}: {problem}", folder.display());
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let mut all = Vec::with_capacity(PRESETS.len());
    for preset in PRESETS {
        let design: Value =
            serde_json::from_str(preset.json).map_err(|problem| format!("{}: {problem}", preset.name))?;
        std::fs::write(folder.join(format!("{}.json", preset.name)), design.to_string()).map_err(failed)?;
        all.push(json!({"name": preset.name, "topic": preset.topic, "design": design}));
    }
    std::fs::write(folder.join("all.json"), Value::from(all).to_string()).map_err(failed)
}

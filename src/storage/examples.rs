//! The example designs: files beside the page, so that nobody downloads those that are not looked at (`crates/finish` puts them
//! there).

use super::source;
use backpressure_sim::design::{Design, read, read_object};
use serde_json::{Map, Value};

/// An example as the start screen shows it.
pub struct Example {
    /// Its name in addresses.
    pub name: String,
    /// The heading that it stands under.
    pub topic: String,
    /// The design.
    pub design: Design,
}

/// The example of this name; the sentence says why there is none.
pub async fn one(name: &str) -> Result<Design, String> {
    let unknown = || format!("There is no preset named “{name}”. Choose one under Designs.");
    if name.len() > 64 || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err(unknown());
    }
    let bytes = source::load(&format!("presets/{name}.json"))
        .await
        .map_err(|why| if why.not_found { unknown() } else { why.sentence })?;
    let design = read(&bytes).design;
    // Some hosts answer with a page of their own where there is no file.
    if design.nodes.is_empty() { Err(unknown()) } else { Ok(design) }
}

/// All of them, in the order to try them in.
pub async fn all() -> Result<Vec<Example>, String> {
    let bytes = source::load("presets/all.json").await.map_err(|why| why.sentence)?;
    let list: Vec<Map<String, Value>> =
        serde_json::from_slice(&bytes).map_err(|_| "presets/all.json is not a list of examples.")?;
    let example = |mut map: Map<String, Value>| {
        let mut text = |name: &str| match map.remove(name) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        let (name, topic) = (text("name"), text("topic"));
        let Some(Value::Object(design)) = map.remove("design") else { return None };
        Some(Example { name, topic, design: read_object(design).design })
    };
    Ok(list.into_iter().filter_map(example).collect())
}

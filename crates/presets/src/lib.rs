//! The example designs, each a JSON file in `static/presets` with a description of what to try.

/// An example design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in addresses and on the command line: that of its file.
    pub name: &'static str,
    /// The document.
    pub json: &'static str,
}

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        &[$(Preset { name: $name, json: include_str!(concat!("../../../static/presets/", $name, ".json")) }),*]
    };
}

/// All of them, in the order to try them in.
pub const PRESETS: &[Preset] = presets!["load-balanced"];

/// The one of this name.
pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|p| p.name == name)
}

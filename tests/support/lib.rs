//! What the whole-product tests share: the golden runs, and a browser with the built page in it.

pub mod bench;
pub mod golden;
pub mod reference;

/// The example designs: name and JSON.
pub const PRESETS: &[(&str, &str)] = &[];

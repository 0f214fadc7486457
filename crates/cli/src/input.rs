//! Where a design comes from: a file, standard input, or a preset.

use std::fs::File;
use std::io::{self, Read};

use backpressure_sim::design::{MAX_BYTES, Reading, read};

use crate::{Failure, presets};

/// Reads the design that `source` names: `-`, `preset:NAME`, or a path.
pub fn reading(source: &str) -> Result<Reading, Failure> {
    if let Some(name) = source.strip_prefix("preset:") {
        return Ok(read(presets::find(name)?.as_bytes()));
    }
    let bytes = if source == "-" { bounded(io::stdin().lock()) } else { File::open(source).and_then(bounded) };
    Ok(read(&bytes.map_err(|error| Failure::Io(format!("cannot read {source}: {error}")))?))
}

/// All there is; of something far too large only so much that it is seen to be.
fn bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(64 * MAX_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

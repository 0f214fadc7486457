//! Saving a run and going on from it.

use super::rng::mix;
use super::simulation::Simulation;

/// First bytes of a saved run: a name and the version of its layout, which changes with every change of the state.
const HEAD: &[u8; 4] = b"BPS9";

fn checksum(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(bytes.len() as u64, |h, c| {
        let mut word = [0; 8];
        word[..c.len()].copy_from_slice(c);
        mix(h ^ u64::from_le_bytes(word))
    })
}

impl Simulation {
    /// The whole run as bytes, for [`Simulation::restore`] of the same version of this crate.
    pub fn save(&self) -> Vec<u8> {
        let body = backpressure_pack::to_bytes(self);
        let mut out = Vec::with_capacity(body.len() + 12);
        out.extend_from_slice(HEAD);
        out.extend_from_slice(&checksum(&body).to_le_bytes());
        out.extend_from_slice(&body);
        out
    }

    /// The run that was saved. It goes on exactly as the saved one would have.
    pub fn restore(bytes: &[u8]) -> Result<Simulation, String> {
        let body = bytes.strip_prefix(HEAD).ok_or("this is not a saved run of this version of Backpressure")?;
        let (sum, body) = body.split_at_checked(8).ok_or("the saved run is cut short")?;
        if sum != checksum(body).to_le_bytes() {
            return Err("the saved run is damaged".to_owned());
        }
        backpressure_pack::from_bytes(body)
            .ok_or_else(|| "the saved run does not fit this version of Backpressure".to_owned())
    }
}

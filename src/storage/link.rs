//! A whole design in the page's address, never sent to any server.

use crate::app::FRAGMENT;
use backpressure_sim::Design;
use backpressure_sim::design::share;
use wasm_bindgen::JsValue;

/// Beyond this many characters mailers and chats cut addresses off: a file is offered instead.
pub const MAX_ADDRESS: usize = 8000;

/// The address that opens this design, or its length if it is too long to share.
pub fn address_of(design: &Design) -> Result<String, usize> {
    let base = base().unwrap_or_default();
    let address = format!("{base}{FRAGMENT}{}", share::encode(design));
    if address.len() > MAX_ADDRESS { Err(address.len()) } else { Ok(address) }
}

/// The page's own address without what names a design or how to show it.
fn base() -> Option<String> {
    let location = web_sys::window()?.location();
    Some(format!("{}{}", location.origin().ok()?, location.pathname().ok()?))
}

/// Writes the design into the page's address without a new entry in the history. A design too long for that leaves a
/// plain address.
pub fn write_address(design: &Design) {
    let Some(window) = web_sys::window() else { return };
    let (Some(base), Ok(history)) = (base(), window.history()) else { return };
    let address = if design.nodes.is_empty() { base } else { address_of(design).unwrap_or(base) };
    // Refused by browsers that count too many of these in a short time: the next edit writes it.
    let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
}

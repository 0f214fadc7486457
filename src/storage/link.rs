//! A whole design in the page's address, never sent to any server.

use crate::app::FRAGMENT;
use backpressure_sim::Design;
use backpressure_sim::design::share;
use wasm_bindgen::JsValue;

/// Beyond this many characters mailers and chats cut addresses off: a file is offered instead.
pub const MAX_ADDRESS: usize = 8000;

/// Text of more than this packs into no address: it is not even tried, bytes.
const HOPELESS: usize = 300_000;

/// The address that opens this design; `None` if it is too long to share.
pub fn address_of(design: &Design) -> Option<String> {
    let address = format!("{}{FRAGMENT}{}", base().unwrap_or_default(), share::encode(design));
    (address.len() <= MAX_ADDRESS).then_some(address)
}

/// The page's own address without what names a design or how to show it.
fn base() -> Option<String> {
    let location = web_sys::window()?.location();
    Some(format!("{}{}", location.origin().ok()?, location.pathname().ok()?))
}

/// Writes the design, whose text has so many bytes, into the page's address without a new entry in the history. A design
/// too long for that leaves a plain address.
pub fn write_address(design: &Design, bytes: usize) {
    let Some(window) = web_sys::window() else { return };
    let (Some(base), Ok(history)) = (base(), window.history()) else { return };
    let fits = !design.nodes.is_empty() && bytes < HOPELESS;
    let address = fits.then(|| address_of(design)).flatten().unwrap_or(base);
    // Refused by browsers that count too many of these in a short time: the next edit writes it.
    let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
}

//! What the whole-product tests share: the golden runs, and a browser with the built page in it.

pub mod bench;
#[cfg(not(target_arch = "wasm32"))]
pub mod counting;
pub mod golden;

#[cfg(all(feature = "browser", not(target_arch = "wasm32")))]
pub mod browser;
#[cfg(all(feature = "browser", not(target_arch = "wasm32")))]
pub mod crowd;
#[cfg(all(feature = "browser", not(target_arch = "wasm32")))]
pub mod effort;
#[cfg(all(feature = "browser", not(target_arch = "wasm32")))]
pub mod page;
#[cfg(all(feature = "browser", not(target_arch = "wasm32")))]
mod playground;
#[cfg(all(feature = "browser", not(target_arch = "wasm32")))]
pub mod site;

//! The web app: one binary that is the page where there is a window and the simulation's worker where there is none.

mod app;
mod canvas;
mod clipboard;
mod commands;
mod cost;
mod dialogs;
mod embed;
mod faults;
mod icons;
mod inspector;
mod metrics;
mod palette;
mod part;
mod promises;
mod protocol;
mod requests;
mod session;
mod storage;
mod sweep;
mod theme;
mod toolbar;
mod worker;

fn main() {
    let root = web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id("app"));
    match root {
        Some(root) => wasm_bindgen_futures::spawn_local(app::start(root)),
        None => worker::run(),
    }
}

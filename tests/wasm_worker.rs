//! The golden runs in a browser's worker: wasm gives the same result as native, bit for bit.
#![cfg(target_arch = "wasm32")]

use backpressure_tests::golden;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn this_is_a_worker() {
    let has = |name: &str| js_sys::Reflect::has(&js_sys::global(), &name.into()) == Ok(true);
    assert_eq!((has("document"), has("importScripts")), (false, true));
}

#[wasm_bindgen_test]
fn every_design_gives_its_golden_result() {
    golden::hold_all();
}

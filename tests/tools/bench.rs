//! `cargo xtask bench`: the table of `backpressure_tests::bench`, natively or in a browser's worker.

use backpressure_tests::bench;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    use std::sync::LazyLock;
    use std::time::Instant;

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    if let Err(problem) = bench::run(|| START.elapsed().as_secs_f64(), &mut |line| println!("{line}")) {
        eprintln!("error: {problem}");
        std::process::exit(1);
    }
}

/// In a worker: one message a line, then one that says how it ended.
#[cfg(target_arch = "wasm32")]
fn main() {
    use js_sys::{Function, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    let post = |text: &str| {
        let worker = js_sys::global();
        if let Some(send) =
            Reflect::get(&worker, &"postMessage".into()).ok().and_then(|f| f.dyn_into::<Function>().ok())
        {
            // Nobody would hear of a message that cannot be sent.
            let _ = send.call1(&JsValue::NULL, &text.into());
        }
    };
    match bench::run(|| js_sys::Date::now() / 1000.0, &mut |line| post(line)) {
        Ok(()) => post("done"),
        Err(problem) => post(&format!("error: {problem}")),
    }
}

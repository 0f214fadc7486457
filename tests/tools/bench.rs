//! The cases of `backpressure_tests::bench`, each measured side by side with its loop: natively as a quick look
//! (`cargo xtask bench quick W3` for one case, in processor time, so that a busy machine matters little), and in a
//! browser's worker.

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    use backpressure_tests::bench::{self, Target};
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let cases: Vec<_> =
        bench::cases().into_iter().filter(|c| wanted.is_empty() || wanted.iter().any(|w| c.name == w)).collect();
    let mut measured = Vec::new();
    for case in &cases {
        match bench::measure(case, processor_s) {
            Ok(m) => measured.push(m),
            Err(problem) => {
                eprintln!("error: {problem}");
                std::process::exit(1);
            }
        }
    }
    bench::print(&cases, &measured, Target::Native, &[], &mut |line| println!("{line}"));
}

/// Time this process was on a processor, s; where the system does not tell, wall time.
#[cfg(not(target_arch = "wasm32"))]
fn processor_s() -> f64 {
    use std::sync::LazyLock;
    use std::time::Instant;

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let ns = std::fs::read_to_string("/proc/self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    ns.map_or_else(|| START.elapsed().as_secs_f64(), |ns| ns / 1e9)
}

/// In a worker: one message a measurement, then one that says how it ended.
#[cfg(target_arch = "wasm32")]
fn main() {
    use backpressure_tests::bench;
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
    for case in bench::cases() {
        match bench::measure(&case, || js_sys::Date::now() / 1000.0) {
            Ok(m) => post(&m.to_json()),
            Err(problem) => return post(&format!("error: {problem}")),
        }
    }
    post("done");
}

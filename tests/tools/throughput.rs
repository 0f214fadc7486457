//! `cargo xtask bench browser`: requests simulated per wall second in a browser's worker.
//!
//! `throughput loops` prints what the benchmark in `BACKPRESSURE_DIST` reports; `throughput page` runs the three-tier web
//! application on the built page, flat out, with everything on the screen.

use std::time::{Duration, Instant};

use backpressure_tests::bench::{self, Measurement, Target, grouped};
use backpressure_tests::browser::wait_for;
use backpressure_tests::page::{Page, Screen};

/// How long the page runs, wall time.
const RUN: Duration = Duration::from_secs(10);
/// What the page must reach, requests per wall second.
const REQUIRED: f64 = 300_000.0;

fn main() {
    let good = match std::env::args().nth(1).as_deref() {
        Some("loops") => loops(),
        Some("page") => page(),
        _ => {
            eprintln!("usage: throughput loops|page");
            false
        }
    };
    if !good {
        std::process::exit(1);
    }
}

fn loops() -> bool {
    let page = Page::blank(Screen::Desktop);
    page.go(&page.site.page(""));
    let cases = bench::cases();
    let mut measured = Vec::new();
    loop {
        let line = wait_for_line(&page, measured.len());
        match Measurement::from_json(&line) {
            Some(m) => {
                println!("{}: {} per s, hand-written {}", m.name, grouped(m.engine), grouped(m.reference));
                measured.push(m);
            }
            None if line == "done" => break,
            None => {
                println!("{line}");
                return false;
            }
        }
    }
    bench::print(&cases, &measured, Target::Wasm, &bench::native(&cases), &mut |line| println!("{line}"));
    true
}

/// A line takes as long as five rounds of two measurements, on any machine.
fn wait_for_line(page: &Page, number: usize) -> String {
    let start = Instant::now();
    loop {
        if let Some(line) = page.get(&format!("window.lines[{number}] ?? null")).as_str() {
            return line.to_owned();
        }
        assert!(start.elapsed() < Duration::from_secs(300), "the worker says nothing");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn page() -> bool {
    let page = Page::open("?preset=three-tier");
    page.open_table();
    page.flat_out();
    page.play();
    // The first second is the browser's compiler warming up.
    std::thread::sleep(Duration::from_secs(1));
    let look = || (Instant::now(), page.figure("Requests answered"));
    let first = look();
    std::thread::sleep(RUN);
    let last = look();
    let rate = (last.1 - first.1) / (last.0 - first.0).as_secs_f64();
    let busy = wait_for("the finding", || Some(page.text("[data-testid=finding]")).filter(|text| !text.is_empty()));
    println!(
        "W3 on the built page, flat out, on the screen: {} requests/s (at least {})",
        grouped(rate),
        grouped(REQUIRED)
    );
    println!("the page says: {busy}");
    rate >= REQUIRED
}

//! What a visit costs.

use std::io::Write;
use std::process::{Command, Stdio};

use backpressure_tests::page::Page;
use backpressure_tests::site::dist;

/// Most that a visit may transfer, bytes, compressed: a second on a connection of 8 Mbit/s. The engine with every kind of
/// component and the editor are one module, which nothing is loaded after.
const BUDGET: usize = 1_000_000;

#[test]
fn the_page_stays_below_a_megabyte_compressed() {
    let page = Page::open("?preset=load-balanced");
    page.play();
    page.until("a run", "document.querySelector('[data-testid=sim-time]').textContent !== '0.000 ms'");
    let mut total = 0;
    for file in page.site.served() {
        let size = compressed(&std::fs::read(&file).unwrap_or_else(|problem| panic!("{problem}")));
        let name = file.strip_prefix(dist()).unwrap_or(&file).display().to_string();
        println!("{size:>9} {name}");
        total += size;
    }
    println!("{total:>9} in all");
    assert!(total > 20_000, "this cannot be the page");
    assert!(total < BUDGET, "a visit transfers {total} bytes; the budget is {BUDGET}");
    page.is_clean(&[]);
}

/// What `gzip -9` makes of it, as hosts do.
fn compressed(bytes: &[u8]) -> usize {
    let mut gzip = Command::new("gzip")
        .args(["-9", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|problem| panic!("gzip: {problem}"));
    let mut input = gzip.stdin.take().unwrap_or_else(|| panic!("gzip takes no input"));
    let own = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&own));
    let output = gzip.wait_with_output().unwrap_or_else(|problem| panic!("gzip: {problem}"));
    assert!(writer.join().is_ok_and(|written| written.is_ok()) && output.status.success(), "gzip failed");
    output.stdout.len()
}

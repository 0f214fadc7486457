//! The golden runs, natively. The browser runs the same in `wasm_page.rs` and `wasm_worker.rs`.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::path::Path;

use backpressure_sim::components::kinds;
use backpressure_tests::golden;
use serde_json::Map;

#[test]
fn every_design_gives_its_golden_result() {
    if std::env::var_os("BLESS").is_some() {
        bless();
    } else {
        golden::hold_all();
    }
}

#[test]
fn the_golden_designs_use_every_kind_of_component() {
    let designs = golden::designs();
    let used: BTreeSet<String> = designs.iter().flat_map(|(_, d)| d.nodes.iter().map(|n| n.kind.clone())).collect();
    let kinds: BTreeSet<String> = kinds().iter().map(|k| k.name.to_owned()).collect();
    assert_eq!(used, kinds);
    assert!(designs.len() >= 8, "{}", designs.len());
}

#[test]
fn another_seed_gives_another_result() {
    for (name, mut design) in golden::designs() {
        let before = golden::whole(&design);
        design.seed += 1;
        assert_ne!(golden::whole(&design).trace, before.trace, "{name}: the hash does not see the seed");
    }
}

/// Writes the table from what the native runs give now.
fn bless() {
    let table: Map<_, _> =
        golden::designs().into_iter().map(|(name, design)| (name, golden::whole(&design).to_json())).collect();
    let text = serde_json::to_string_pretty(&table).unwrap_or_else(|problem| panic!("{problem}"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden.json");
    std::fs::write(&path, text + "\n").unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
}

//! The simulation against theory: every row of docs/TRUTH.md. `cargo xtask truth` prints the table and writes the page.
//!
//! A case is one entry in the list of its file (`stations.rs`, `networks.rs`, …): the system, its formula, how long it is
//! simulated, and for each figure what theory gives and where the run shows it. Formulas and their sources are in
//! `analysis::theory`.

mod caches;
mod case;
mod clients;
#[path = "../common/mod.rs"]
mod common;
mod hashing;
mod limits;
mod networks;
mod stations;
mod stores;
mod table;

use std::path::Path;

use table::{Section, Verdict};

fn sections() -> Vec<Section> {
    vec![
        Section { title: "One station", cases: stations::cases() },
        Section { title: "Several stations", cases: networks::cases() },
        Section { title: "Clients", cases: clients::cases() },
        Section { title: "Caches", cases: caches::cases() },
        Section { title: "Rate limits", cases: limits::cases() },
        Section { title: "Where keys live", cases: hashing::cases() },
        Section { title: "Stores", cases: stores::cases() },
    ]
}

/// `TRUTH=write` writes docs/TRUTH.md; `TRUTH_ONLY=closed` runs only the cases with that in their name.
#[test]
fn theory_and_simulation_agree_and_the_page_says_so() {
    let mut sections = sections();
    let only = std::env::var("TRUTH_ONLY").ok();
    if let Some(part) = &only {
        sections.iter_mut().for_each(|s| s.cases.retain(|c| c.name.to_lowercase().contains(&part.to_lowercase())));
    }
    let tables = table::run(&sections);
    println!("{}", table::text(&tables));
    let page = table::markdown(&sections, &tables);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/TRUTH.md");
    if std::env::var("TRUTH").as_deref() == Ok("write") && only.is_none() {
        std::fs::write(&path, &page).unwrap();
    }
    let bad: Vec<_> = tables.iter().flatten().filter(|row| row.verdict != Verdict::Agrees).collect();
    assert!(bad.is_empty(), "{} of the rows above do not agree with theory", bad.len());
    if only.is_none() {
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == page, "docs/TRUTH.md does not show these results: cargo xtask truth writes it anew");
    }
}

//! The engine allocates nothing per event once warm.
#![cfg(not(target_arch = "wasm32"))]

use backpressure_sim::Simulation;
use backpressure_sim::metrics::OwnReport;
use backpressure_tests::counting::Counting;
use backpressure_tests::golden;

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

/// Events before and while allocations are counted.
const WARM: u64 = 1_000_000;
const COUNTED: u64 = 1_000_000;
/// A queue that grows beyond its longest so far doubles its room: that may happen a few times however long a run is warm.
const GROWTH: u64 = 20;

// The only test of this file: others, at the same time, would allocate.
#[test]
fn a_warm_run_allocates_nothing_per_event() {
    let mut bad = Vec::new();
    for (name, design) in golden::designs() {
        let mut sim = Simulation::new(&design).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        sim.run_until(u64::MAX, WARM);
        let before = ALLOCATOR.allocations();
        let ran = sim.run_until(u64::MAX, COUNTED);
        let allocated = ALLOCATOR.allocations() - before;
        assert_eq!(ran.events, COUNTED, "{name}");
        // What dies, comes back, or grows changes the design under the run: that is rare, and works with lists of its own.
        let report = sim.report(0.0);
        let changes = !design.faults.is_empty()
            || report.nodes.values().any(|n| {
                n.failed.contains_key("crashed")
                    || matches!(n.own.get("scale_events"), Some(OwnReport::Count(times)) if *times > 0)
            });
        let allowed = if changes { COUNTED / 100 } else { GROWTH };
        if allocated > allowed {
            bad.push(format!("{name}: {allocated} allocations in {COUNTED} events"));
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}

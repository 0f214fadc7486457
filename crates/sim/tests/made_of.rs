//! What components are made of, as the screen draws it: in the example designs the effect they are about shows inside.

use backpressure_sim::Simulation;
use backpressure_sim::design::{Trouble, read};
use backpressure_sim::engine::Victim;
use backpressure_sim::metrics::{Inside, PartMark, Recorder};

/// A run of an example, and its recorder.
fn start(text: &str) -> (Simulation, Recorder) {
    let sim = Simulation::new(&read(text.as_bytes()).design).unwrap_or_else(|p| panic!("{p:#?}"));
    (sim, Recorder::new())
}

/// What a component is made of after so many more seconds.
fn made_of(run: &mut (Simulation, Recorder), node: &str, seconds: u64) -> Inside {
    let (sim, recorder) = run;
    recorder.advance(sim, sim.now_ns() + seconds * 1_000_000_000, u64::MAX);
    let snapshot = recorder.snapshot(sim, 1.0);
    let node = snapshot.nodes.into_iter().find(|n| n.id == node);
    node.and_then(|n| n.made_of).unwrap_or_else(|| panic!("it is made of nothing"))
}

fn hot(inside: &Inside) -> Vec<usize> {
    (0..inside.parts.len()).filter(|&i| inside.parts[i].mark == PartMark::Hot).collect()
}

#[test]
fn a_router_shows_the_shard_that_has_more_than_its_share() {
    let inside = made_of(&mut start(include_str!("../../../static/presets/hot-shard.json")), "router", 5);
    assert_eq!((inside.caption.as_str(), inside.parts.len()), ("4 shards", 4));
    assert_eq!(hot(&inside), [0]);
    // The first of four gets 86 % of the requests; the others share the rest.
    assert!(inside.parts[0].level == 1.0 && inside.parts[1].level < 0.15, "{inside:?}");
}

#[test]
fn a_store_shows_the_partition_of_the_popular_key() {
    let inside = made_of(&mut start(include_str!("../../../static/presets/hot-partition.json")), "kv", 5);
    assert_eq!((inside.parts.len(), hot(&inside).len()), (8, 1));
}

#[test]
fn a_stream_shows_the_partition_that_falls_behind() {
    let inside = made_of(&mut start(include_str!("../../../static/presets/event-stream.json")), "stream", 15);
    assert_eq!((inside.parts.len(), hot(&inside).len()), (8, 1));
}

#[test]
fn a_cache_shows_its_hottest_keys() {
    // Four of five requests want the same article.
    let inside = made_of(&mut start(include_str!("../../../static/presets/hot-key.json")), "cache", 5);
    assert_eq!(hot(&inside), [0]);
    assert!(inside.parts[1].level < 0.3, "{inside:?}");
}

#[test]
fn a_database_shows_its_primary_and_a_replica_that_is_down() {
    let mut run = start(include_str!("../../../static/presets/read-replicas.json"));
    let marks = |inside: Inside| inside.parts.iter().map(|p| p.mark).collect::<Vec<_>>();
    assert_eq!(marks(made_of(&mut run, "db", 5)), [PartMark::Leads, PartMark::Plain, PartMark::Plain]);
    let crash = Trouble::Crash { instance: Some(2), silent: false };
    run.0.inject(Victim::Node("db".to_owned()), crash, Some(60.0));
    assert_eq!(marks(made_of(&mut run, "db", 1)), [PartMark::Leads, PartMark::Plain, PartMark::Down]);
}
